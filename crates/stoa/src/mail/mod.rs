//! Mail: what waits in the outbox goes out, and is tried again.
//!
//! Handlers only put rows into the outbox. Without an SMTP server they stay there, and administrators hand the links in
//! them over.

pub mod sender;

use crate::db::{Kind, Tx, params};
use crate::web::error::Result;

/// Puts a mail into the outbox: plain text, in its reader's language.
pub fn queue(tx: &Tx, to: &str, subject: &str, body: &str, now: i64) -> Result<()> {
    let subject = subject.split_whitespace().collect::<Vec<_>>().join(" ");
    let id: i64 = tx.one(
        "insert into outbox (recipient, subject, body, created_at, next_try_at) values ($1, $2, $3, $4, $4) returning id",
        params![to, subject, body, now],
    )?;
    tx.changed(Kind::MailQueued, id);
    Ok(())
}
