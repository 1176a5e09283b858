//! `GET /api/v1/people/{name}`: somebody, as everybody may see them.

use axum::http::HeaderMap;
use schemars::JsonSchema;
use serde::Serialize;
use stoa_markup::{SafeHtml, elsewhere};

use super::answer;
use crate::app::App;
use crate::clock::rfc3339;
use crate::db::{from_row, params};
use crate::users::names;
use crate::web::Visit;
use crate::web::error::{Error, Result};
use crate::web::extract::Path;

/// A member.
#[derive(Serialize, JsonSchema)]
pub struct Member {
    pub name: String,
    pub display_name: String,
    pub title: String,
    pub url: String,
    /// Since when (RFC 3339).
    pub created: String,
    /// What they say of themselves, in the elements of a post.
    pub about: String,
    /// Groups whose members everybody may know.
    pub groups: Vec<String>,
    /// Their posts, as a feed.
    pub feed: String,
}

struct Row {
    id: i64,
    name: String,
    display_name: String,
    title: String,
    about: SafeHtml,
    created_at: i64,
}
from_row!(Row { id, name, display_name, title, about, created_at });

/// `GET /api/v1/people/{name}`.
pub async fn one(v: Visit, app: App, Path(name): Path<String>, headers: HeaderMap) -> Result {
    answer(&v, &app, &headers, &format!("person {name}"), |tx| {
        let found: Option<Row> = tx.first(
            "select id, name, display_name, title, bio_html, created_at from users where folded = $1 and deleted_at is null",
            params![names::folded(&name)],
        )?;
        let row = found.ok_or(Error::NotFound)?;
        let groups = tx.all(
            "select g.name from group_members m join groups g on g.id = m.group_id
             where m.user_id = $1 and g.is_public = 1 order by g.name",
            params![row.id],
        )?;
        let url = v.absolute(&crate::users::url(&row.name));
        Ok(Member {
            about: elsewhere(&row.about, &app.config.base(), &url),
            feed: format!("{url}.atom"),
            url,
            name: row.name,
            display_name: row.display_name,
            title: row.title,
            created: rfc3339(row.created_at),
            groups,
        })
    })
    .await
}
