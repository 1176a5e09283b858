//! `GET /embed/t/{id}`: a discussion as a card, for frames on other sites; `?post=12` is about a post of it.

use askama::Template;
use axum::http::{HeaderMap, HeaderName, HeaderValue, header};
use serde::Deserialize;
use stoa_markup::{SafeHtml, excerpt};

use super::{name, seen};
use crate::app::App;
use crate::db::{Tx, from_row, params};
use crate::topics::Topic;
use crate::web::error::{Error, Result};
use crate::web::extract::{Path, Query};
use crate::web::headers::FRAMED;
use crate::web::routes::Field;
use crate::web::{Refusal, Visit, field, stored};

pub const QUERY: &[Field] = &[field("post", 20)];

/// Characters of the text, and of each of the last replies.
const TEXT: usize = 280;
const REPLY: usize = 100;
/// Replies shown.
const REPLIES: i64 = 3;

#[derive(Deserialize)]
pub struct Asked {
    post: Option<String>,
}

/// One of the last replies.
struct Reply {
    number: i64,
    author: String,
    html: SafeHtml,
    lang: String,
    at: i64,
}
from_row!(Reply { number, author, html, lang, at });

impl Reply {
    fn words(&self) -> String {
        excerpt(&crate::posts::plain(&self.html), REPLY)
    }
}

const LAST: &str = "select p.number, u.name, p.html, p.lang, p.created_at from posts p join users u on u.id = p.author_id
    where p.topic_id = $1 and p.number > 1 and p.number <> $2 and p.kind = 0 and p.hidden_at is null and p.deleted_at is null
    order by p.number desc limit $3";

#[derive(Template)]
#[template(path = "embeds/templates/card.html")]
struct Card<'a> {
    v: &'a Visit,
    topic: &'a Topic,
    /// Where it leads.
    url: String,
    author: String,
    at: i64,
    text: String,
    lang: String,
    /// The newest first.
    replies: Vec<Reply>,
}

pub async fn page(v: Visit, app: App, Path(id): Path<i64>, Query(asked): Query<Asked>, headers: HeaderMap) -> Result {
    let number = match asked.post.as_deref().filter(|n| !n.is_empty()) {
        Some(number) => Some(number.parse().map_err(|_| Error::from(Refusal::PageNumber))?),
        None => None,
    };
    let key = stored::key(&v, &app, &format!("embed {id} {number:?}")).await?;
    let page = match app.pages.get(&key) {
        Some(page) => page,
        None => {
            let html = app.db.read(|tx| made(tx, &v, id, number)).await?;
            app.pages.put(key, "text/html; charset=utf-8", html)?
        }
    };
    let mut answer = page.answer(&headers);
    answer.headers_mut().insert(header::CONTENT_SECURITY_POLICY, HeaderValue::from_static(FRAMED));
    let shared = HeaderName::from_static("cross-origin-resource-policy");
    answer.headers_mut().insert(shared, HeaderValue::from_static("cross-origin"));
    Ok(answer)
}

fn made(tx: &Tx, v: &Visit, id: i64, number: Option<i64>) -> Result<String> {
    let (topic, post) = seen(tx, v, id, number)?;
    let shown = post.as_ref().map_or(1, |post| post.number);
    let card = Card {
        v,
        url: v.absolute(&if shown == 1 { topic.url() } else { topic.url_of(shown) }),
        author: name(tx, post.as_ref().map_or(topic.author_id, |post| post.author_id))?,
        at: post.as_ref().map_or(topic.created_at, |post| post.created_at),
        text: match &post {
            Some(post) => excerpt(&crate::posts::plain(&post.html), TEXT),
            None => excerpt(&topic.excerpt, TEXT),
        },
        lang: post.as_ref().map_or_else(|| topic.lang.clone(), |post| post.lang.clone()),
        replies: tx.all(LAST, params![topic.id, shown, REPLIES])?,
        topic: &topic,
    };
    Ok(card.render()?)
}
