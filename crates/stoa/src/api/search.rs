//! `GET /api/v1/search`: the search of the site, with the same words and operators.

use axum::http::HeaderMap;
use schemars::JsonSchema;
use serde::{Deserialize, Serialize};

use super::answer;
use crate::app::App;
use crate::clock::rfc3339;
use crate::search::page::find;
use crate::web::error::Result;
use crate::web::extract::Query;
use crate::web::paging;
use crate::web::routes::Field;
use crate::web::{Visit, field};

pub const QUERY: &[Field] = &[field("q", 400), field("page", 20)];

/// What is looked for.
#[derive(Debug, Deserialize, JsonSchema)]
pub struct Asked {
    /// Words, "phrases", -not, and `in: by: tag: lang: before: after: title: order:`.
    pub q: String,
    /// 1 to 100.
    pub page: Option<String>,
}

/// A post that was found.
#[derive(Serialize, JsonSchema)]
pub struct Hit {
    pub discussion: i64,
    pub number: i64,
    pub title: String,
    pub url: String,
    pub author: String,
    /// When it was written (RFC 3339).
    pub time: String,
    pub lang: String,
    /// The words around what was found, without markup.
    pub excerpt: String,
}

/// What was found.
#[derive(Serialize, JsonSchema)]
pub struct Hits {
    /// How many there are in all.
    pub total: i64,
    pub hits: Vec<Hit>,
}

/// `GET /api/v1/search`.
pub async fn page(v: Visit, app: App, Query(asked): Query<Asked>, headers: HeaderMap) -> Result {
    let number = paging::number(asked.page.as_deref())?;
    let q = crate::posts::text::clean(&asked.q);
    let found = find(&v, &app, &q, number).await?;
    answer(&v, &app, &headers, &format!("search {number} {q}"), |_| {
        let hits = found.hits.iter().map(|found| Hit {
            discussion: found.hit.topic_id,
            number: found.hit.number,
            title: found.hit.title.clone(),
            url: v.absolute(&found.url),
            author: found.author.name.clone(),
            time: rfc3339(found.hit.created_at),
            lang: found.hit.lang.clone(),
            excerpt: found.snippet.iter().map(|(text, _)| text.as_str()).collect(),
        });
        Ok(Hits { total: found.total, hits: hits.collect() })
    })
    .await
}
