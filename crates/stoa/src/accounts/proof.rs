//! How somebody shows, before what matters most is changed, that it is really them and not whoever found their device
//! open: with their password, or, without one, by having logged in with their wiki account a moment ago.

use super::password;
use crate::app::App;
use crate::clock::MINUTE;
use crate::db::{Tx, params};
use crate::web::Member;
use crate::web::error::Result;

/// How long a log-in counts as a proof.
const FRESH: i64 = 15 * MINUTE;

/// What is asked of somebody.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub enum Proof {
    Password,
    /// Nothing more: they logged in a moment ago.
    Fresh,
    /// To log in with their wiki account again.
    Again,
}

/// Whether somebody has a password at all.
pub fn has_password(tx: &Tx, user: i64) -> Result<bool> {
    let found: Option<i64> =
        tx.first("select 1 from identities where user_id = $1 and kind = 'password'", params![user])?;
    Ok(found.is_some())
}

/// What has to be asked now.
pub async fn asked(me: &Member, app: &App) -> Result<Proof> {
    let (user, session, since) = (me.user.id, me.user.session_id, me.now - FRESH);
    app.db
        .read(|tx| {
            let linked: Option<i64> =
                tx.first("select 1 from wiki_accounts where user_id = $1 limit 1", params![user])?;
            if linked.is_none() || has_password(tx, user)? {
                return Ok(Proof::Password);
            }
            let fresh: Option<i64> =
                tx.first("select 1 from sessions where id = $1 and created_at >= $2", params![session, since])?;
            Ok(if fresh.is_some() { Proof::Fresh } else { Proof::Again })
        })
        .await
}

/// What is said when it was not shown.
pub async fn problem(me: &Member, app: &App) -> Result<String> {
    Ok(if asked(me, app).await? == Proof::Again { me.t.proof_again() } else { me.t.password_wrong() })
}

/// Whether it was shown, `typed` being what stands in the field for the password.
pub async fn shown(me: &Member, app: &App, typed: &str) -> Result<bool> {
    match asked(me, app).await? {
        Proof::Password => password::is_own(me, app, typed).await,
        Proof::Fresh => Ok(true),
        Proof::Again => Ok(false),
    }
}
