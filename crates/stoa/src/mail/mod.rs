//! Mail: what waits in the outbox goes out, and is tried again.
//!
//! Handlers only put rows into the outbox. Without an SMTP server they stay there, and administrators hand the links in
//! them over.

pub mod sender;

use crate::app::App;
use crate::db::{Kind, Tx, params};
use crate::web::error::Result;

/// A mail to be, as text and HTML, with headers beside the usual ones: name and value.
#[derive(Clone, Debug, Default)]
pub struct NewMail {
    pub subject: String,
    pub text: String,
    pub html: String,
    pub headers: Vec<(String, String)>,
}

/// The name by which the site's mails call it: its host.
pub fn host(app: &App) -> String {
    let host = url::Url::parse(&app.config.base()).ok().and_then(|u| u.host_str().map(str::to_owned));
    host.unwrap_or_else(|| "localhost".into())
}

/// Puts a mail to a member into the outbox. What is too long for it is cut: the text, and the HTML as a whole.
pub fn queue_for(tx: &Tx, user: i64, to: &str, mail: NewMail, now: i64) -> Result<()> {
    let subject: String = mail.subject.split_whitespace().collect::<Vec<_>>().join(" ").chars().take(300).collect();
    let text: String = mail.text.chars().take(TEXT_LONGEST).collect();
    let html = if mail.html.chars().count() > HTML_LONGEST { String::new() } else { mail.html };
    let headers: String = mail.headers.iter().map(|(name, value)| format!("{name}: {value}\n")).collect();
    let id: i64 = tx.one(
        "insert into outbox (recipient, subject, body, html, headers, user_id, created_at, next_try_at)
         values ($1, $2, $3, $4, $5, $6, $7, $7) returning id",
        params![to, subject, text, html, headers, user, now],
    )?;
    tx.changed(Kind::MailQueued, id);
    Ok(())
}

/// Characters that the outbox takes.
const TEXT_LONGEST: usize = 90_000;
const HTML_LONGEST: usize = 390_000;

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
