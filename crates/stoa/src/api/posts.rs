//! `GET /api/v1/posts` and `/api/v1/discussions/{id}/posts`: posts, newest first over the whole site, or all of one discussion in
//! their order.

use axum::http::HeaderMap;
use schemars::JsonSchema;
use serde::{Deserialize, Serialize};
use stoa_markup::SafeHtml;

use super::answer;
use super::discussion::{Maker, Post};
use super::discussions::public;
use crate::app::App;
use crate::db::{from_row, params};
use crate::topics::lists::listed;
use crate::web::error::{Error, Result};
use crate::web::extract::{Path, Query};
use crate::web::routes::Field;
use crate::web::{Refusal, Visit, field};

pub const QUERY: &[Field] = &[field("after", 20)];
pub const NEWEST_QUERY: &[Field] = &[field("before", 20)];
/// Posts in an answer.
const PER_PAGE: i64 = 50;

/// From where on.
#[derive(Debug, Deserialize, JsonSchema)]
pub struct Asked {
    /// A post's number; those behind it come.
    pub after: Option<String>,
}

/// From where on.
#[derive(Debug, Deserialize, JsonSchema)]
pub struct AskedNewest {
    /// What an answer said as `next`.
    pub before: Option<String>,
}

/// Posts of a discussion.
#[derive(Serialize, JsonSchema)]
pub struct Posts {
    pub posts: Vec<Post>,
    /// For `after`; `null` at the end.
    pub next: Option<i64>,
}

/// A post and where it stands.
#[derive(Serialize, JsonSchema)]
pub struct Written {
    #[serde(flatten)]
    pub post: Post,
    /// The discussion's id, and its title.
    pub discussion: i64,
    pub title: String,
}

/// Posts of the whole site.
#[derive(Serialize, JsonSchema)]
pub struct Newest {
    pub posts: Vec<Written>,
    /// For `before`; `null` at the end.
    pub next: Option<i64>,
}

struct Row {
    id: i64,
    number: i64,
    html: SafeHtml,
    lang: String,
    created_at: i64,
    author: String,
    topic_id: i64,
    title: String,
    slug: String,
}
from_row!(Row { id, number, html, lang, created_at, author, topic_id, title, slug });

const NEWEST: &str = concat!(
    "select p.id, p.number, p.html, p.lang, p.created_at, u.name, t.id, t.title, t.slug
    from posts p cross join topics t cross join users u
    where t.id = p.topic_id and u.id = p.author_id and p.kind = 0 and p.hidden_at is null
    and p.deleted_at is null and p.id < $3 and ",
    listed!(),
    " order by p.id desc limit $4"
);

fn place(text: Option<&str>, none: i64) -> Result<i64> {
    match text {
        None | Some("") => Ok(none),
        Some(text) => text.parse().ok().filter(|n| *n >= 0).ok_or(Error::from(Refusal::PageNumber)),
    }
}

/// `GET /api/v1/discussions/{id}/posts`.
pub async fn of_discussion(
    v: Visit,
    app: App,
    Path(id): Path<i64>,
    Query(asked): Query<Asked>,
    headers: HeaderMap,
) -> Result {
    let after = place(asked.after.as_deref(), 0)?;
    answer(&v, &app, &headers, &format!("posts {id} {after}"), |tx| {
        let topic = public(tx, &v, id)?;
        let maker = Maker { app: &app, site: &v.site };
        let mut posts = maker.posts_after(tx, &topic, after, PER_PAGE + 1)?;
        let is_more = posts.len() as i64 > PER_PAGE;
        posts.truncate(PER_PAGE as usize);
        let next = posts.last().filter(|_| is_more).map(|p| p.number);
        Ok(Posts { posts, next })
    })
    .await
}

/// `GET /api/v1/posts`.
pub async fn newest(v: Visit, app: App, Query(asked): Query<AskedNewest>, headers: HeaderMap) -> Result {
    let before = place(asked.before.as_deref(), i64::MAX)?;
    answer(&v, &app, &headers, &format!("newest posts {before}"), |tx| {
        let rows: Vec<Row> = tx.all(NEWEST, params![&v.viewer.sees, false, before, PER_PAGE + 1])?;
        let is_more = rows.len() as i64 > PER_PAGE;
        let next = rows.get(PER_PAGE as usize - 1).filter(|_| is_more).map(|row| row.id);
        let maker = Maker { app: &app, site: &v.site };
        let posts = rows.into_iter().take(PER_PAGE as usize).map(|row| Written {
            discussion: row.topic_id,
            title: row.title,
            post: maker.post(
                &row.slug,
                super::discussion::PostRow {
                    topic_id: row.topic_id,
                    number: row.number,
                    html: row.html,
                    lang: row.lang,
                    created_at: row.created_at,
                    author: row.author,
                },
            ),
        });
        Ok(Newest { posts: posts.collect(), next })
    })
    .await
}
