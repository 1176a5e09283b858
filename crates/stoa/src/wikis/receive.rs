//! `POST /api/v1/wiki/events`: what wikis say, signed (`docs/wiki-protocol.md`).

use std::time::Duration;

use axum::body::Bytes;
use axum::extract::Request;
use axum::http::{HeaderMap, StatusCode, header};
use axum::response::{IntoResponse, Response};
use http_body_util::{BodyExt, Limited};
use serde::Deserialize;
use serde_json::json;

use super::{Wiki, accounts, queries};
use crate::app::App;
use crate::binding::title::{self, tidy};
use crate::clock::SECOND;
use crate::db::{Kind, Tx, params};
use crate::web::error::{Error, Refusal, Result};

/// Bytes of the longest message.
const LONGEST: usize = 1 << 20;
const PATIENCE: Duration = Duration::from_secs(12);
/// How far a message's clock may be off.
const OFF: i64 = 5 * 60;
/// Topics that one page may link to.
const LINKS: usize = 2000;

/// What a wiki says.
#[derive(Debug, Deserialize)]
#[serde(tag = "type")]
enum Said {
    #[serde(rename = "ping")]
    Ping,
    #[serde(rename = "page.links")]
    Links(Links),
    #[serde(rename = "page.moved")]
    Moved { page_id: i64, from: String, title: String },
    #[serde(rename = "page.deleted")]
    Deleted { page_id: i64, title: String },
    #[serde(rename = "page.restored")]
    Restored { page_id: i64, title: String },
    #[serde(rename = "user.renamed")]
    Renamed { sub: String, name: String },
}

#[derive(Debug, Deserialize)]
struct Links {
    page_id: i64,
    title: String,
    links: Vec<i64>,
    embeds: Vec<i64>,
    rev: i64,
}

#[derive(Deserialize)]
struct From {
    wiki: String,
}

/// Takes one message.
pub async fn take(app: App, request: Request) -> Response {
    let (parts, body) = request.into_parts();
    let kind = parts.headers.get(header::CONTENT_TYPE).and_then(|v| v.to_str().ok()).unwrap_or("");
    if kind.split(';').next().map(str::trim) != Some("application/json") {
        return refused(StatusCode::UNSUPPORTED_MEDIA_TYPE, "application/json is what is read here");
    }
    let body = match tokio::time::timeout(PATIENCE, Limited::new(body, LONGEST).collect()).await {
        Ok(Ok(body)) => body.to_bytes(),
        Ok(Err(_)) => return refused(StatusCode::PAYLOAD_TOO_LARGE, "too long, or cut off"),
        Err(_) => return refused(StatusCode::REQUEST_TIMEOUT, "too slow"),
    };
    match taken(&app, &parts.headers, body).await {
        Ok(answer) => answer,
        Err(Error::Refused(Refusal::DiskFull | Refusal::Busy)) => {
            let mut answer = refused(StatusCode::SERVICE_UNAVAILABLE, "not now");
            answer.headers_mut().insert(header::RETRY_AFTER, header::HeaderValue::from_static("60"));
            answer
        }
        Err(why) => {
            tracing::error!("a wiki's message: {why:?}");
            refused(StatusCode::INTERNAL_SERVER_ERROR, "something went wrong here")
        }
    }
}

fn refused(status: StatusCode, why: &str) -> Response {
    (status, axum::Json(json!({ "error": why }))).into_response()
}

async fn taken(app: &App, headers: &HeaderMap, body: Bytes) -> Result<Response> {
    let text = |name: &str| headers.get(name).and_then(|v| v.to_str().ok()).unwrap_or("").to_owned();
    let (id, signatures) = (text("webhook-id"), text("webhook-signature"));
    let now = app.now();
    let is_id = (1..=64).contains(&id.len()) && id.bytes().all(|b| b.is_ascii_alphanumeric() || b"_.-".contains(&b));
    let timestamp: i64 = text("webhook-timestamp").parse().unwrap_or(0);
    if !is_id || (timestamp - now.div_euclid(SECOND)).abs() > OFF {
        return Ok(refused(
            StatusCode::UNAUTHORIZED,
            "the message has no name, or its clock is more than five minutes off",
        ));
    }
    let Ok(From { wiki: name }) = serde_json::from_slice(&body) else {
        return Ok(refused(StatusCode::UNPROCESSABLE_ENTITY, "no object, or none with the wiki's name"));
    };
    let wiki = app.db.read(|tx| queries::by_name(tx, &name)).await?;
    // Whether there is such a wiki is nobody's business who cannot sign for it.
    let Some(wiki) = wiki.filter(|w| w.has_signed(&id, timestamp, &body, &signatures, now)) else {
        return Ok(refused(StatusCode::UNAUTHORIZED, "no signature of a key that is known for this wiki"));
    };
    let said: Said = match serde_json::from_slice(&body) {
        Ok(said) => said,
        Err(e) => return Ok(refused(StatusCode::UNPROCESSABLE_ENTITY, &e.to_string())),
    };
    let status = app.db.write(move |tx| hear(tx, &wiki, &said, now)).await?;
    Ok(axum::Json(json!({ "status": status })).into_response())
}

/// Everything here can be said twice: it tells how things are, not what to do.
fn hear(tx: &Tx, wiki: &Wiki, said: &Said, now: i64) -> Result<&'static str> {
    match said {
        Said::Ping => Ok("ok"),
        Said::Links(links) => linked(tx, wiki, links),
        Said::Moved { page_id, from, title } => moved(tx, wiki, *page_id, &tidy(from), &tidy(title)),
        Said::Deleted { page_id, title } => deleted(tx, wiki, *page_id, &tidy(title), Some(now)),
        Said::Restored { page_id, title } => deleted(tx, wiki, *page_id, &tidy(title), None),
        Said::Renamed { sub, name } => renamed(tx, wiki, sub, name),
    }
}

const PAGE: &str = "insert into wiki_pages (wiki_id, page_id, title, revision) values ($1, $2, $3, $4)
    on conflict (wiki_id, page_id) do update set title = excluded.title, revision = excluded.revision, deleted_at = null
    where wiki_pages.revision <= excluded.revision";

/// What a revision of a page links to and shows.
fn linked(tx: &Tx, wiki: &Wiki, said: &Links) -> Result<&'static str> {
    let title = tidy(&said.title);
    if title.is_empty() || title.chars().count() > title::LONGEST {
        return Ok("none");
    }
    if tx.exec(PAGE, params![wiki.id, said.page_id, &title, said.rev])? == 0 {
        return Ok("stale");
    }
    let before: Vec<i64> = tx.all(
        "select topic_id from wiki_page_links where wiki_id = $1 and page_id = $2",
        params![wiki.id, said.page_id],
    )?;
    tx.exec("delete from wiki_page_links where wiki_id = $1 and page_id = $2", params![wiki.id, said.page_id])?;
    let wanted: Vec<i64> = said.links.iter().chain(&said.embeds).copied().take(LINKS).collect();
    let known: Vec<i64> = tx.all("select id from topics where id in ids($1) and kind <> 2", params![&wanted])?;
    for topic in &known {
        tx.exec(
            "insert into wiki_page_links (wiki_id, page_id, topic_id, embeds) values ($1, $2, $3, $4)",
            params![wiki.id, said.page_id, topic, said.embeds.contains(topic)],
        )?;
    }
    let changed: Vec<i64> = before
        .iter()
        .filter(|t| !known.contains(t))
        .chain(known.iter().filter(|t| !before.contains(t)))
        .copied()
        .collect();
    shown(tx, &changed)?;
    Ok("stored")
}

/// What is bound to a page goes with it.
fn moved(tx: &Tx, wiki: &Wiki, page: i64, from: &str, to: &str) -> Result<&'static str> {
    if to.is_empty() || to.chars().count() > title::LONGEST || from == to {
        return Ok("none");
    }
    let topics: Vec<i64> =
        tx.all("select topic_id from topic_pages where wiki_id = $1 and title = $2", params![wiki.id, from])?;
    // A topic may be about both already.
    tx.exec(
        "delete from topic_pages where wiki_id = $1 and title = $2 and exists (
            select 1 from topic_pages o where o.topic_id = topic_pages.topic_id and o.wiki_id = $1 and o.title = $3)",
        params![wiki.id, from, to],
    )?;
    tx.exec(
        "update topic_pages set title = $3, page_id = $4 where wiki_id = $1 and title = $2",
        params![wiki.id, from, to, page],
    )?;
    tx.exec("update wiki_pages set title = $3 where wiki_id = $1 and page_id = $2", params![wiki.id, page, to])?;
    shown(tx, &topics)?;
    shown(tx, &linking(tx, wiki, page)?)?;
    Ok("stored")
}

fn linking(tx: &Tx, wiki: &Wiki, page: i64) -> Result<Vec<i64>> {
    tx.all("select topic_id from wiki_page_links where wiki_id = $1 and page_id = $2", params![wiki.id, page])
}

/// A page is gone, or back. What is bound to its title stays bound: people discuss deleted pages as well.
fn deleted(tx: &Tx, wiki: &Wiki, page: i64, title: &str, at: Option<i64>) -> Result<&'static str> {
    tx.exec(
        "update wiki_pages set deleted_at = $3, title = $4 where wiki_id = $1 and page_id = $2",
        params![wiki.id, page, at, title],
    )?;
    shown(tx, &linking(tx, wiki, page)?)?;
    Ok("stored")
}

/// An account is called otherwise now, which is for its wiki to say; the name here follows as it does with a log-in.
fn renamed(tx: &Tx, wiki: &Wiki, sub: &str, name: &str) -> Result<&'static str> {
    if name.is_empty() || name.len() > 255 {
        return Ok("none");
    }
    Ok(if accounts::renamed(tx, &wiki.issuer, sub, name)? { "stored" } else { "none" })
}

/// The pages of these topics are others now.
fn shown(tx: &Tx, topics: &[i64]) -> Result<()> {
    if topics.is_empty() {
        return Ok(());
    }
    tx.exec("update topics set version = version + 1 where id in ids($1)", params![topics])?;
    for topic in topics {
        tx.changed(Kind::TopicEdited, *topic);
    }
    Ok(())
}
