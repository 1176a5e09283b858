//! Tells wikis what is due: one message after the other to each, signed, until it is taken (`docs/wiki-protocol.md`).

use std::collections::BTreeMap;
use std::time::Duration;

use serde::Deserialize;
use tokio::task::JoinSet;

use super::messages::{self, Message, Outcome};
use super::{Wiki, follow, payload, queries};
use crate::app::App;
use crate::clock::SECOND;
use crate::fetch::{Answer, Failure};
use crate::web::error::Result;

/// How often it is looked for what is due when no bell rings.
const TICK: Duration = Duration::from_secs(2);
/// Messages taken up in one round.
const AT_ONCE: i64 = 100;
/// How long a wiki may take over one message.
const PATIENCE: Duration = Duration::from_secs(10);
/// Notices that were read, taken over in one transaction.
const READ_AT_ONCE: i64 = 200;
/// How often what is long past is forgotten.
const TIDY_EVERY: i64 = crate::clock::HOUR;

/// Follows the log and sends, for ever.
pub async fn run(app: App) {
    let mut bell = app.db.doorbell();
    let mut tidied = 0;
    loop {
        bell.mark_unchanged();
        match round(&app).await {
            Ok(true) => continue,
            Ok(false) => {}
            Err(why) => {
                tracing::error!("telling wikis: {why:?}");
                tokio::time::sleep(Duration::from_secs(5)).await;
            }
        }
        if app.now() > tidied + TIDY_EVERY {
            tidied = app.now();
            if let Err(why) = app.db.write(move |tx| messages::tidy(tx, tidied)).await {
                tracing::warn!("tidying messages to wikis: {why:?}");
            }
        }
        tokio::select! {
            _ = bell.changed() => {}
            () = tokio::time::sleep(TICK) => {}
        }
    }
}

/// Follows the log and sends what is due. Tells whether there may be more.
pub async fn round(app: &App) -> Result<bool> {
    // Without a wiki that listens there is nothing to follow for.
    if app.db.read(|tx| tx.first::<i64>("select id from wikis where delivers = 1 limit 1", &[])).await?.is_none() {
        return Ok(false);
    }
    follow::catch_up(app).await?;
    let now = app.now();
    if app.db.read(messages::has_read).await? {
        app.db.write(move |tx| messages::add_read(tx, now, READ_AT_ONCE)).await?;
    }
    let due = app.db.read(|tx| messages::due(tx, now, AT_ONCE)).await?;
    let is_full = due.len() as i64 == AT_ONCE;
    let mut by_wiki: BTreeMap<i64, Vec<Message>> = BTreeMap::new();
    for message in due {
        by_wiki.entry(message.wiki_id).or_default().push(message);
    }
    let mut sending = JoinSet::new();
    for (wiki, own) in by_wiki {
        let app = app.clone();
        sending.spawn(async move { to_wiki(&app, wiki, own).await });
    }
    let mut is_done = true;
    while let Some(sent) = sending.join_next().await {
        match sent {
            Ok(sent) => is_done &= sent?,
            Err(e) => tracing::error!("telling a wiki stopped: {e}"),
        }
    }
    Ok(is_full && is_done)
}

/// Sends messages to one wiki, until it does not answer. Tells whether all were sent.
async fn to_wiki(app: &App, wiki: i64, own: Vec<Message>) -> Result<bool> {
    for message in own {
        let now = app.now();
        let message = std::sync::Arc::new(message);
        let mine = message.clone();
        if !app.db.write(move |tx| messages::take(tx, &mine, now)).await? {
            continue;
        }
        let outcome = send(app, wiki, &message).await?;
        let goes_on = !matches!(outcome, Outcome::Later(..));
        let done = app.now();
        app.db.write(move |tx| messages::settle(tx, &message, &outcome, done)).await?;
        if !goes_on {
            return Ok(false);
        }
    }
    Ok(true)
}

async fn send(app: &App, wiki: i64, message: &Message) -> Result<Outcome> {
    let now = app.now();
    let made = app.db.read(|tx| {
        let Some(wiki) = queries::by_id(tx, wiki)?.filter(|w| w.delivers) else { return Ok(None) };
        let Some(body) = payload::of(tx, app, &wiki, message)? else { return Ok(None) };
        Ok(Some((wiki.clone(), body.to_string(), queries::secrets(tx, wiki.id)?)))
    });
    let Some((wiki, body, secrets)) = made.await? else { return Ok(Outcome::Nothing) };
    let answer = post(app, &wiki, &secrets, &format!("m{}", message.id), body.into_bytes(), now).await?;
    Ok(read(answer))
}

/// Sends one signed message.
pub async fn post(
    app: &App,
    wiki: &Wiki,
    secrets: &queries::Secrets,
    id: &str,
    body: Vec<u8>,
    now: i64,
) -> Result<std::result::Result<Answer, Failure>> {
    let timestamp = now.div_euclid(SECOND);
    let headers = vec![
        ("content-type".to_owned(), "application/json".to_owned()),
        ("webhook-id".to_owned(), id.to_owned()),
        ("webhook-timestamp".to_owned(), timestamp.to_string()),
        ("webhook-signature".to_owned(), secrets.signatures(id, timestamp, &body, now)?),
    ];
    Ok(app.fetcher.post(&format!("{}/stoa/v1/events", wiki.rest), headers, body, PATIENCE).await)
}

#[derive(Deserialize)]
struct Said {
    status: String,
}

/// What an answer means.
fn read(answer: std::result::Result<Answer, Failure>) -> Outcome {
    let answer = match answer {
        Ok(answer) => answer,
        Err(Failure::NotPublic) => return Outcome::Later(None, "not a public address".into(), None),
        Err(why) => return Outcome::Later(None, format!("{why:?}"), None),
    };
    let status = i64::from(answer.status);
    let text = String::from_utf8_lossy(&answer.body).trim().to_owned();
    match answer.status {
        200 => match serde_json::from_slice::<Said>(&answer.body) {
            Ok(said) => Outcome::Told(status, said.status),
            // Something else answers at this address.
            Err(_) => Outcome::Later(Some(status), text, None),
        },
        400 | 413 | 415 | 422 => Outcome::GiveUp(Some(status), text),
        _ => Outcome::Later(Some(status), text, answer.retry_after.map(|s| s * SECOND)),
    }
}
