//! Other addresses of categories, as Discourse had them: they lead to the one that counts.

use axum::response::Response;

use crate::access;
use crate::site::Category;
use crate::web::error::Result;
use crate::web::extract::Path;
use crate::web::page::moved;
use crate::web::{Error, Visit};

fn to(v: &Visit, category: Option<&Category>) -> Result<Response> {
    let category = category.ok_or(Error::NotFound)?;
    Ok(moved(&access::category(v, category.id)?.url()))
}

fn by_id<'v>(v: &'v Visit, id: &str) -> Option<&'v Category> {
    id.parse().ok().and_then(|id| v.site.category(id))
}

/// `GET /c/{slug}`, also with the id alone; else an address that was kept.
pub async fn by_slug(v: Visit, Path(slug): Path<String>) -> Result {
    if let Some(category) = v.site.category_by_slug(&slug).or_else(|| by_id(&v, &slug)) {
        return to(&v, Some(category));
    }
    crate::redirects::kept(&v).await
}

/// `GET /c/{parent}/{slug}/{id}`, and `/c/{slug}/{id}/none` or `/all`.
pub async fn below(v: Visit, Path((_, second, third)): Path<(String, String, String)>) -> Result {
    to(&v, by_id(&v, &third).or_else(|| by_id(&v, &second)))
}

/// `GET /c/{slug}/{id}/l/latest` and its sisters.
pub async fn list(v: Visit, Path((_, id, _)): Path<(String, String, String)>) -> Result {
    to(&v, by_id(&v, &id).or_else(|| v.site.category_by_slug(&id)))
}

/// `GET /c/{parent}/{slug}/{id}/l/latest` and its sisters.
pub async fn list_below(v: Visit, Path((_, _, id, _)): Path<(String, String, String, String)>) -> Result {
    to(&v, by_id(&v, &id))
}
