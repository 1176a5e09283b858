//! `GET /admin/mail`: what became of the site's mails. Addresses are shortened: nobody but their owner reads them.

use askama::Template;

use crate::app::App;
use crate::clock::DAY;
use crate::db::{Tx, from_row, params};
use crate::web::error::Result;
use crate::web::shell::Head;
use crate::web::{Member, Visit, page as answer};

const MOST: usize = 50;

#[derive(Template)]
#[template(path = "admin/templates/mail.html")]
struct Page<'a> {
    v: &'a Visit,
    head: Head,
    has_smtp: bool,
    state: State,
    mails: Vec<Mail>,
}

/// How the outbox stands.
pub struct State {
    pub waiting: i64,
    /// Of those: tried at least once without success.
    pub failing: i64,
    /// Sent within the last day.
    pub sent: i64,
    /// When the oldest of those that wait was written.
    pub oldest: Option<i64>,
}

struct Mail {
    recipient: String,
    subject: String,
    created_at: i64,
    next_try_at: i64,
    tries: i64,
    sent_at: Option<i64>,
    problem: String,
}
from_row!(Mail { recipient, subject, created_at, next_try_at, tries, sent_at, problem });

/// Counts the outbox.
pub fn state(tx: &Tx, now: i64) -> Result<State> {
    let waiting: (i64, Option<i64>) =
        tx.one("select count(*), min(created_at) from outbox where sent_at is null", &[])?;
    Ok(State {
        waiting: waiting.0,
        failing: tx.one("select count(*) from outbox where sent_at is null and tries > 0", &[])?,
        sent: tx.one("select count(*) from outbox where sent_at > $1", params![now - DAY])?,
        oldest: waiting.1,
    })
}

pub async fn page(v: Member, app: App) -> Result {
    let now = v.now;
    let (state, mut mails) = app
        .db
        .read(|tx| {
            let mails: Vec<Mail> = tx.all(
                "select recipient, subject, created_at, next_try_at, tries, sent_at, problem from outbox
                 order by case when sent_at is null then 0 else 1 end, id desc limit $1",
                params![MOST],
            )?;
            Ok((state(tx, now)?, mails))
        })
        .await?;
    for mail in &mut mails {
        mail.recipient = masked(&mail.recipient);
        mail.problem = without_addresses(&mail.problem);
    }
    let head = Head::titled(v.t.admin_mail_title()).unlisted();
    answer(&Page { v: &v, head, has_smtp: app.config.smtp.is_some(), state, mails })
}

/// An address as far as others may read it: `a…@example.org`.
pub fn masked(address: &str) -> String {
    match address.rsplit_once('@') {
        Some((name, host)) => format!("{}…@{host}", name.chars().next().unwrap_or('…')),
        None => "…".to_owned(),
    }
}

/// What a mail server answered, with every address in it shortened.
pub fn without_addresses(text: &str) -> String {
    let is_part =
        |c: char| !c.is_whitespace() && !matches!(c, '<' | '>' | '(' | ')' | '[' | ']' | ',' | ';' | '"' | ':');
    let mut out = String::with_capacity(text.len());
    let mut word = String::new();
    let end = |word: &mut String, out: &mut String| {
        out.push_str(&if word.contains('@') { masked(word) } else { word.clone() });
        word.clear();
    };
    for c in text.chars() {
        if is_part(c) {
            word.push(c);
        } else {
            end(&mut word, &mut out);
            out.push(c);
        }
    }
    end(&mut word, &mut out);
    out
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn no_address_is_shown_whole() {
        assert_eq!(masked("ada@example.org"), "a…@example.org");
        assert_eq!(masked("Ünal@example.org"), "Ü…@example.org");
        assert_eq!(masked("nonsense"), "…");
        assert_eq!(
            without_addresses("550 5.1.1 <ada.l@example.org>: unknown user, see mailto:help@host.example"),
            "550 5.1.1 <a…@example.org>: unknown user, see mailto:h…@host.example"
        );
        assert_eq!(without_addresses("connection refused"), "connection refused");
    }
}
