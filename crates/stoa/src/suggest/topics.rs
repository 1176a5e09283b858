//! `GET /suggest/topics?q=`: topics that may be about the same as a new one with this title, as
//! `{ "html": … }`: the piece that the page itself has.

use anyhow::Context;
use askama::Template;
use axum::http::header;
use axum::response::IntoResponse;
use stoa_search::Scope;

use super::Asked;
use crate::app::App;
use crate::db::params;
use crate::topics::Topic;
use crate::topics::lists::listed;
use crate::topics::queries::columns;
use crate::web::error::{Error, Result};
use crate::web::extract::Query;
use crate::web::page::Fragment;
use crate::web::routes::Field;
use crate::web::{Member, Visit, field};

pub const QUERY: &[Field] = &[field("q", 255)];
/// Topics shown.
const MOST: usize = 5;
/// Characters below which a title says nothing.
const SHORTEST: usize = 3;

const LOAD: &str = concat!("select ", columns!(), " from topics t where ", listed!(), " and t.id in ids($3)");

#[derive(Template)]
#[template(path = "suggest/templates/_topics.html")]
struct Html<'a> {
    v: &'a Visit,
    topics: Vec<Topic>,
}

pub async fn page(me: Member, app: App, Query(asked): Query<Asked>) -> Result {
    let html = list(&me, &app, &asked.q).await?;
    let json = [(header::CONTENT_TYPE, "application/json"), (header::CACHE_CONTROL, "private, no-store")];
    Ok((json, serde_json::json!({ "html": html.as_str() }).to_string()).into_response())
}

/// The list as it stands below the title; nothing where there is nothing alike.
pub async fn list(v: &Visit, app: &App, title: &str) -> Result<Fragment> {
    let title = title.trim();
    if !(SHORTEST..=1000).contains(&title.chars().count()) {
        return Ok(Fragment::default());
    }
    let (index, scope, text) =
        (app.search.index.clone(), Scope { categories: v.viewer.sees.clone() }, title.to_owned());
    // Twice as many: some may be hidden since they were written into the index.
    let hits = tokio::task::spawn_blocking(move || index.similar(&text, &scope, 2 * MOST));
    let hits = hits.await.context("a search stopped")?.context("searching").map_err(Error::Fault)?;
    let order: Vec<i64> = hits.iter().map(|hit| hit.topic_id).collect();
    if order.is_empty() {
        return Ok(Fragment::default());
    }
    let mut topics: Vec<Topic> =
        app.db.read(|tx| tx.all(LOAD, params![&v.viewer.sees, v.viewer.is_staff(), &order])).await?;
    topics.sort_by_key(|topic| order.iter().position(|id| *id == topic.id));
    topics.truncate(MOST);
    match topics.is_empty() {
        true => Ok(Fragment::default()),
        false => Fragment::of(&Html { v, topics }),
    }
}
