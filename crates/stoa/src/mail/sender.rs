//! Sends what waits in the outbox, each mail until it is taken, with longer and longer waits between the tries.

use std::time::Duration;

use anyhow::Context;
use lettre::message::header::ContentType;
use lettre::message::{Mailbox, MultiPart, SinglePart, header};
use lettre::{AsyncSmtpTransport, AsyncTransport, Message, Tokio1Executor};

use crate::app::App;
use crate::clock::MINUTE;
use crate::db::{Tx, from_row, params};
use crate::web::error::Result;

/// Looked into at least this often, for mails whose next try has come.
const EVERY: Duration = Duration::from_secs(60);
const AT_ONCE: i64 = 20;
/// The last one comes about four days after the first.
const TRIES: i64 = 12;
/// How long a server may take with one mail.
const PATIENCE: Duration = Duration::from_secs(60);

type Smtp = AsyncSmtpTransport<Tokio1Executor>;

struct Waiting {
    id: i64,
    recipient: String,
    subject: String,
    body: String,
    tries: i64,
    html: String,
    headers: String,
    user: Option<i64>,
}
from_row!(Waiting { id, recipient, subject, body, tries, html, headers, user });

/// The server and the sender of the settings; `None` when there is no server. What is wrong with them is told at start.
pub fn configured(app: &App) -> anyhow::Result<Option<Sender>> {
    let Some(url) = &app.config.smtp else { return Ok(None) };
    let smtp = Smtp::from_url(url).context("the setting smtp (such as smtps://user:password@mail.example.org)")?;
    let from = app.config.mail_from.clone().unwrap_or(format!("stoa@{}", super::host(app)));
    let from = from.parse().with_context(|| format!("the setting mail-from: {from}"))?;
    Ok(Some(Sender { smtp: smtp.timeout(Some(PATIENCE)).build(), from }))
}

/// A way to send.
pub struct Sender {
    smtp: Smtp,
    from: Mailbox,
}

impl Sender {
    /// Sends whatever waits, until the program ends.
    pub async fn run(self, app: App) {
        let mut bell = app.db.doorbell();
        loop {
            match self.round(&app).await {
                Ok(more) if more => continue,
                Ok(_) => {}
                Err(e) => tracing::warn!("looking for mails to send: {e:?}"),
            }
            let _ = tokio::time::timeout(EVERY, bell.changed()).await;
        }
    }

    /// Tries what is due, and tells whether there may be more. A mail is put off before it is tried, so that two nodes
    /// do not send it both, and one that stops the program is not tried for ever.
    pub async fn round(&self, app: &App) -> Result<bool> {
        let now = app.now();
        let due = app.db.read(|tx| {
            tx.first::<i64>("select id from outbox where sent_at is null and next_try_at <= $1 limit 1", params![now])
        });
        if due.await?.is_none() {
            return Ok(false);
        }
        let waiting: Vec<Waiting> = app
            .db
            .write(move |tx| {
                tx.all(
                    "update outbox set tries = tries + 1, next_try_at = case when tries + 1 >= $3 then $4
                        else $1 + $2 * (tries + 1) * (tries + 1) * (tries + 1) end
                     where id in (select id from outbox where sent_at is null and next_try_at <= $1
                        order by next_try_at limit $5)
                        and next_try_at <= $1
                     returning id, recipient, subject, body, tries, html, headers, user_id",
                    params![now, MINUTE, TRIES, i64::MAX, AT_ONCE],
                )
            })
            .await?;
        let full = waiting.len() as i64 == AT_ONCE;
        for mail in waiting {
            self.attempt(app, mail).await?;
        }
        Ok(full)
    }

    async fn attempt(&self, app: &App, mail: Waiting) -> Result<()> {
        let (id, now) = (mail.id, app.now());
        let user = mail.user;
        match self.send(&mail).await {
            // What was in it has arrived; links need not lie here as well.
            Ok(()) => {
                app.db
                    .write(move |tx| {
                        if let Some(user) = user {
                            let sql = "update emails set bounce_count = 0 where user_id = $1 and bounce_count > 0";
                            tx.exec(sql, params![user])?;
                        }
                        tx.exec(
                            "update outbox set sent_at = $2, body = '', html = '', headers = '', problem = '' where id = $1",
                            params![id, now],
                        )
                    })
                    .await?;
            }
            Err(why) => {
                tracing::warn!("mail {id}, try {}: {why:#}", mail.tries);
                let of_server = why.downcast_ref::<lettre::transport::smtp::Error>();
                let is_final = of_server.is_some_and(|e| e.is_permanent());
                // The server's words stand in the error already; its sources would say them again.
                let words = of_server.map_or_else(|| format!("{why:#}"), ToString::to_string);
                let problem: String = words.chars().filter(|c| *c != '\0').take(500).collect();
                app.db
                    .write(move |tx| {
                        if let Some(user) = user.filter(|_| is_final) {
                            bounced(tx, user, &problem, now)?;
                        }
                        if is_final {
                            let sql = "update outbox set tries = $2, next_try_at = $3 where id = $1";
                            tx.exec(sql, params![id, TRIES, i64::MAX])?;
                        }
                        tx.exec("update outbox set problem = $2 where id = $1", params![id, &problem])
                    })
                    .await?;
            }
        }
        Ok(())
    }

    async fn send(&self, mail: &Waiting) -> anyhow::Result<()> {
        let mut message = Message::builder()
            .from(self.from.clone())
            .to(Mailbox::new(None, mail.recipient.parse()?))
            .subject(&mail.subject)
            .message_id(None);
        for (name, value) in mail.headers.lines().filter_map(|line| line.split_once(": ")) {
            let name = header::HeaderName::new_from_ascii(name.to_owned()).context("the name of a header")?;
            message = message.raw_header(header::HeaderValue::new(name, value.to_owned()));
        }
        let text = SinglePart::builder()
            .header(header::ContentTransferEncoding::QuotedPrintable)
            .header(ContentType::TEXT_PLAIN)
            .body(mail.body.clone());
        let message = if mail.html.is_empty() {
            message.singlepart(text)?
        } else {
            let html = SinglePart::builder()
                .header(header::ContentTransferEncoding::QuotedPrintable)
                .header(ContentType::TEXT_HTML)
                .body(mail.html.clone());
            message.multipart(MultiPart::alternative().singlepart(text).singlepart(html))?
        };
        self.smtp.send(message).await?;
        Ok(())
    }
}

/// Refusals in a row after which nothing more is sent to an address.
const BOUNCES: i64 = 3;

/// A server said for good that it does not take mail for somebody. They see it beside their settings.
fn bounced(tx: &Tx, user: i64, problem: &str, now: i64) -> Result<()> {
    tx.exec(
        "update emails set bounce_count = bounce_count + 1, problem = $2,
            stopped_at = case when bounce_count + 1 >= $3 then coalesce(stopped_at, $4) else stopped_at end
         where user_id = $1",
        params![user, problem, BOUNCES, now],
    )?;
    Ok(())
}
