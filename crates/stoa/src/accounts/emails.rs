//! Mail addresses: kept once they are confirmed, each with one account, and told to nobody but their owner.

use crate::db::{Tx, params};
use crate::web::Visit;
use crate::web::error::Result;

/// Bytes, as in RFC 5321, section 4.5.3.
pub const LONGEST: usize = 254;

/// The key under which an address is found: people write theirs with capitals now and then.
pub fn folded(address: &str) -> String {
    address.trim().to_lowercase()
}

/// Whether mail could be sent there at all.
pub fn is_valid(address: &str) -> bool {
    address.len() <= LONGEST && address.parse::<lettre::Address>().is_ok()
}

/// What is wrong with an address, in the reader's language.
pub fn problem(v: &Visit, address: &str) -> Option<String> {
    if address.is_empty() {
        return Some(v.t.email_empty());
    }
    (!is_valid(address)).then(|| v.t.email_wrong())
}

/// Whose address this is.
pub fn owner(tx: &Tx, address: &str) -> Result<Option<i64>> {
    tx.first("select user_id from emails where folded = $1 and confirmed_at is not null", params![folded(address)])
}

/// The confirmed address of somebody.
pub fn of(tx: &Tx, user: i64) -> Result<Option<String>> {
    tx.first("select address from emails where user_id = $1 and confirmed_at is not null", params![user])
}

/// Makes an address, confirmed now, the one of an account, in place of the one it had; links that were sent to that
/// one lead nowhere any more. `false` when it belongs to somebody else.
pub fn attach(tx: &Tx, user: i64, address: &str, now: i64) -> Result<bool> {
    let folded = folded(address);
    if owner(tx, address)?.is_some_and(|owner| owner != user) {
        return Ok(false);
    }
    tx.exec("delete from emails where user_id = $1 or folded = $2", params![user, &folded])?;
    tx.exec(
        "insert into emails (user_id, address, folded, confirmed_at) values ($1, $2, $3, $4)",
        params![user, address.trim(), &folded, now],
    )?;
    tx.exec("delete from one_time_links where user_id = $1 and used_at is null", params![user])?;
    Ok(true)
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn addresses_are_known_by_their_form() {
        for fine in ["ada@example.org", "a.b+c@mail.example.org", "用户@例子.广告"] {
            assert!(is_valid(fine), "{fine}");
        }
        for wrong in ["", "ada", "ada@", "@example.org", "a b@example.org", "a@b\nBcc: c@d", "<a@b.org>"] {
            assert!(!is_valid(wrong), "{wrong:?}");
        }
        assert!(!is_valid(&format!("{}@example.org", "a".repeat(250))));
        assert_eq!(folded(" Ada@Example.ORG "), "ada@example.org");
    }
}
