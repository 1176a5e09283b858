//! `GET /raw/{topic}` and `/raw/{topic}/{number}`: what people wrote, as they wrote it, in the layout that programs
//! know from Discourse.

use axum::http::{HeaderMap, HeaderName, HeaderValue};
use serde::Deserialize;

use super::feed::answer;
use crate::access;
use crate::app::App;
use crate::db::{Tx, from_row, params};
use crate::posts::{self, Post};
use crate::web::error::Result;
use crate::web::extract::{Path, Query};
use crate::web::routes::Field;
use crate::web::{Error, Refusal, Visit, field, paging};

pub const QUERY: &[Field] = &[field("page", 20)];

/// Posts of one page of a topic's source.
const PER_PAGE: i64 = 100;

const TEXT: &str = "text/plain; charset=utf-8";

#[derive(Deserialize)]
pub struct Asked {
    page: Option<String>,
}

struct Found {
    number: i64,
    created_at: i64,
    raw: String,
    author_id: i64,
    hidden_at: Option<i64>,
    deleted_at: Option<i64>,
    author: String,
}
from_row!(Found { number, created_at, raw, author_id, hidden_at, deleted_at, author });

const PAGE: &str = "select p.number, p.created_at, p.raw, p.author_id, p.hidden_at, p.deleted_at, u.name
    from posts p join users u on u.id = p.author_id
    where p.topic_id = $1 and p.kind = 0 and p.number between $2 and $3 order by p.number";

/// A page of a topic: the posts that the viewer may read.
pub async fn topic(v: Visit, app: App, Path(id): Path<i64>, Query(asked): Query<Asked>, headers: HeaderMap) -> Result {
    let page = paging::number(asked.page.as_deref())?;
    let topic = app.db.read(|tx| access::topic(tx, &v, id)).await?;
    let first = page.checked_sub(1).and_then(|p| p.checked_mul(PER_PAGE)).filter(|n| *n < topic.highest_number.max(1));
    let first = first.ok_or(Error::from(Refusal::PageNumber))? + 1;
    let text = app.db.read(|tx| text(tx, &v, id, first)).await?;
    Ok(unindexed(answer(TEXT, text, &headers)))
}

fn text(tx: &Tx, v: &Visit, topic: i64, first: i64) -> Result<String> {
    let mut out = String::new();
    for p in tx.all::<Found>(PAGE, params![topic, first, first + PER_PAGE - 1])? {
        if access::sees_post(v, p.author_id, p.hidden_at, p.deleted_at) {
            let at = crate::clock::rfc3339(p.created_at).replace('T', " ").replace('Z', " UTC");
            out.push_str(&format!("{} | {at} | #{}\n\n{}\n\n", p.author, p.number, p.raw));
            out.push_str("-------------------------\n\n");
        }
    }
    Ok(out)
}

/// One post's text alone.
pub async fn post(v: Visit, app: App, Path((id, number)): Path<(i64, i64)>, headers: HeaderMap) -> Result {
    let found = app.db.read(|tx| {
        access::topic(tx, &v, id)?;
        tx.first::<Post>(posts::queries::BY_NUMBER, params![id, number])
    });
    let post = found.await?.filter(|post| access::sees_text(&v, post)).ok_or(Error::NotFound)?;
    Ok(unindexed(answer(TEXT, post.raw, &headers)))
}

/// Search engines are to find the page, not its source.
fn unindexed(mut response: axum::response::Response) -> axum::response::Response {
    response.headers_mut().insert(HeaderName::from_static("x-robots-tag"), HeaderValue::from_static("noindex"));
    response
}
