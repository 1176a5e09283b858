//! One-time links: for one purpose and one address, used once, for at most an hour. Opening one does nothing yet,
//! since mail scanners open links too; the button behind it does.

use crate::clock::MINUTE;
use crate::db::{Tx, from_row, params};
use crate::web::csrf;
use crate::web::error::{Refusal, Result};

/// How long a link works.
pub const LIVES: i64 = 60 * MINUTE;

#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub enum Purpose {
    /// That an address belongs to an account.
    Confirm,
    /// A new password.
    Reset,
}

impl Purpose {
    fn key(self) -> &'static str {
        match self {
            Purpose::Confirm => "confirm",
            Purpose::Reset => "reset",
        }
    }
}

/// What a link is for.
#[derive(Clone, Debug)]
pub struct Link {
    pub user_id: i64,
    /// The address it was sent to; empty when an administrator hands it over.
    pub address: String,
}
from_row!(Link { user_id, address });

/// Makes a link and returns its token, of which only a hash is kept. A new confirmation takes the place of the one
/// before.
pub fn make(tx: &Tx, purpose: Purpose, user: i64, address: &str, now: i64) -> Result<String> {
    if purpose == Purpose::Confirm {
        tx.exec(
            "delete from one_time_links where user_id = $1 and purpose = 'confirm' and used_at is null",
            params![user],
        )?;
    }
    let token = csrf::random_token();
    tx.exec(
        "insert into one_time_links (token_hash, purpose, user_id, address, created_at, expires_at)
         values ($1, $2, $3, $4, $5, $6)",
        params![csrf::hash_of(&token), purpose.key(), user, address, now, now + LIVES],
    )?;
    Ok(token)
}

/// What a link is for, while it works.
pub fn look(tx: &Tx, purpose: Purpose, token: &str, now: i64) -> Result<Link> {
    let found = tx.first(
        "select l.user_id, l.address from one_time_links l join users u on u.id = l.user_id
         where l.token_hash = $1 and l.purpose = $2 and l.used_at is null and l.expires_at > $3
            and u.deleted_at is null",
        params![csrf::hash_of(token), purpose.key(), now],
    )?;
    found.ok_or(Refusal::LinkUsed.into())
}

/// Uses a link up. Of many who try at once, one succeeds.
pub fn redeem(tx: &Tx, purpose: Purpose, token: &str, now: i64) -> Result<Link> {
    let link = tx.first(
        "update one_time_links set used_at = $3
         where token_hash = $1 and purpose = $2 and used_at is null and expires_at > $3 returning user_id, address",
        params![csrf::hash_of(token), purpose.key(), now],
    )?;
    link.ok_or(Refusal::LinkUsed.into())
}

/// The address that somebody has still to confirm.
pub fn unconfirmed(tx: &Tx, user: i64) -> Result<Option<String>> {
    tx.first(
        "select address from one_time_links where user_id = $1 and purpose = 'confirm' and used_at is null
         order by created_at desc limit 1",
        params![user],
    )
}
