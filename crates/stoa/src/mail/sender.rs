//! Sends what waits in the outbox, each mail until it is taken, with longer and longer waits between the tries.

use std::time::Duration;

use anyhow::Context;
use lettre::message::header::ContentType;
use lettre::message::{Mailbox, header};
use lettre::{AsyncSmtpTransport, AsyncTransport, Message, Tokio1Executor};

use crate::app::App;
use crate::clock::MINUTE;
use crate::db::{from_row, params};
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
}
from_row!(Waiting { id, recipient, subject, body, tries });

/// The server and the sender of the settings; `None` when there is no server. What is wrong with them is told at start.
pub fn configured(app: &App) -> anyhow::Result<Option<Sender>> {
    let Some(url) = &app.config.smtp else { return Ok(None) };
    let smtp = Smtp::from_url(url).context("the setting smtp (such as smtps://user:password@mail.example.org)")?;
    let host = url::Url::parse(&app.config.base()).ok().and_then(|u| u.host_str().map(str::to_owned));
    let from = app.config.mail_from.clone().unwrap_or(format!("stoa@{}", host.as_deref().unwrap_or("localhost")));
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
                     returning id, recipient, subject, body, tries",
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
        match self.send(&mail).await {
            // What was in it has arrived; links need not lie here as well.
            Ok(()) => {
                app.db
                    .write(move |tx| {
                        tx.exec(
                            "update outbox set sent_at = $2, body = '', problem = '' where id = $1",
                            params![id, now],
                        )
                    })
                    .await?;
            }
            Err(why) => {
                tracing::warn!("mail {id}, try {}: {why:#}", mail.tries);
                let problem: String = format!("{why:#}").chars().filter(|c| *c != '\0').take(500).collect();
                app.db
                    .write(move |tx| tx.exec("update outbox set problem = $2 where id = $1", params![id, &problem]))
                    .await?;
            }
        }
        Ok(())
    }

    async fn send(&self, mail: &Waiting) -> anyhow::Result<()> {
        let message = Message::builder()
            .from(self.from.clone())
            .to(Mailbox::new(None, mail.recipient.parse()?))
            .subject(&mail.subject)
            .message_id(None)
            .header(header::ContentTransferEncoding::QuotedPrintable)
            .header(ContentType::TEXT_PLAIN)
            .body(mail.body.clone())?;
        self.smtp.send(message).await?;
        Ok(())
    }
}
