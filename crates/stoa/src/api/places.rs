//! `GET /api/v1/site`, `/categories`, `/tags`: what there is, and where.

use axum::http::HeaderMap;
use schemars::JsonSchema;
use serde::{Deserialize, Serialize};

use super::answer;
use crate::app::App;
use crate::db::params;
use crate::topics::lists::listed;
use crate::web::Visit;
use crate::web::error::Result;
use crate::web::extract::Query;
use crate::web::field;
use crate::web::routes::Field;

pub const TAGS_QUERY: &[Field] = &[field("after", 100)];
/// Tags in an answer.
const TAGS: usize = 500;

/// The site itself.
#[derive(Serialize, JsonSchema)]
pub struct Site {
    pub name: String,
    pub tagline: String,
    /// Where it is, without a slash at its end.
    pub url: String,
    /// Its usual language.
    pub lang: String,
    pub software: &'static str,
    pub version: &'static str,
    /// The wikis that it is joined to.
    pub wikis: Vec<Wiki>,
}

/// A wiki.
#[derive(Serialize, JsonSchema)]
pub struct Wiki {
    /// As addresses here call it.
    pub name: String,
    pub title: String,
    pub lang: String,
    /// Where its pages are; `$1` stands for a title.
    pub article: String,
}

/// A category.
#[derive(Serialize, JsonSchema)]
pub struct Category {
    pub id: i64,
    pub slug: String,
    pub name: String,
    pub url: String,
    /// The one above it.
    pub parent: Option<i64>,
    pub lang: String,
    /// Without markup.
    pub description: String,
}

#[derive(Serialize, JsonSchema)]
pub struct Categories {
    pub categories: Vec<Category>,
}

/// From where on.
#[derive(Debug, Deserialize, JsonSchema)]
pub struct AskedTags {
    /// What an answer said as `next`.
    pub after: Option<String>,
}

/// A tag, and how many discussions carry it.
#[derive(Serialize, JsonSchema)]
pub struct Tag {
    pub name: String,
    pub url: String,
    pub discussions: i64,
}

#[derive(Serialize, JsonSchema)]
pub struct Tags {
    /// In the order of their letters.
    pub tags: Vec<Tag>,
    /// For `after`; `null` at the end.
    pub next: Option<String>,
}

const COUNTED: &str = concat!(
    "select g.name, g.folded, count(*) from tags g join topic_tags tt on tt.tag_id = g.id join topics t on t.id = tt.topic_id
     where g.folded > $3 and ",
    listed!(),
    " group by g.id, g.name, g.folded order by g.folded limit $4"
);

/// `GET /api/v1/site`.
pub async fn site(v: Visit, app: App, headers: HeaderMap) -> Result {
    answer(&v, &app, &headers, "site", |tx| {
        let wikis = tx.all::<(String, String, String, String)>(crate::binding::queries::NAMES, &[])?;
        Ok(Site {
            name: v.site.name().to_owned(),
            tagline: v.site.setting("tagline").to_owned(),
            url: app.config.base(),
            lang: v.site.setting("language").to_owned(),
            software: "Stoa",
            version: env!("CARGO_PKG_VERSION"),
            wikis: wikis.into_iter().map(|(name, title, lang, article)| Wiki { name, title, lang, article }).collect(),
        })
    })
    .await
}

/// `GET /api/v1/categories`.
pub async fn categories(v: Visit, app: App, headers: HeaderMap) -> Result {
    answer(&v, &app, &headers, "categories", |_| {
        let seen = v.site.categories.iter().filter(|c| v.viewer.may_see(c.id));
        let categories = seen.map(|c| Category {
            id: c.id,
            slug: c.slug.clone(),
            name: c.name.clone(),
            url: v.absolute(&c.url()),
            parent: c.parent_id,
            lang: c.lang.clone(),
            description: crate::posts::plain(&c.description),
        });
        Ok(Categories { categories: categories.collect() })
    })
    .await
}

/// `GET /api/v1/tags`.
pub async fn tags(v: Visit, app: App, Query(asked): Query<AskedTags>, headers: HeaderMap) -> Result {
    let after = asked.after.unwrap_or_default();
    answer(&v, &app, &headers, &format!("tags {after}"), |tx| {
        let mut rows: Vec<(String, String, i64)> = tx.all(COUNTED, params![&v.viewer.sees, false, &after, TAGS + 1])?;
        let is_more = rows.len() > TAGS;
        rows.truncate(TAGS);
        let next = rows.last().filter(|_| is_more).map(|row| row.1.clone());
        let tags = rows.into_iter().map(|(name, _, discussions)| Tag {
            url: v.absolute(&crate::tags::url(&name)),
            name,
            discussions,
        });
        Ok(Tags { tags: tags.collect(), next })
    })
    .await
}
