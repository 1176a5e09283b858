//! `/api/v1`: what everybody may read, for programs. Read only, the same for all who ask, as JSON (RFC 8259); the
//! description of all of it is at `/api/v1/openapi.json`. Atom is at the addresses of the pages, with `.atom` behind them.
//!
//! Version 1 stays: fields may come, none goes or changes its meaning. What could not be read that way will be
//! `/api/v2`, beside this one.

pub mod discussion;
mod discussions;
mod openapi;
mod people;
mod places;
mod posts;
mod search;
mod wiki;

use axum::http::{HeaderMap, HeaderValue, header};
use axum::response::{IntoResponse, Response};
use serde::Serialize;

use crate::app::App;
use crate::db::Tx;
use crate::web::error::{Error, Result};
use crate::web::{Policy, Routes, Visit, page, stored};

/// Requests of one network that are answered at once.
pub const BURST: u32 = 300;
/// And each second after that.
pub const EACH_SECOND: u32 = 5;
const JSON: &str = "application/json; charset=utf-8";

pub fn routes() -> Routes {
    Routes::new()
        .get("/api/v1/openapi.json", Policy::Public, openapi::page)
        .get("/api/v1/site", Policy::Public, places::site)
        .get("/api/v1/categories", Policy::Public, places::categories)
        .get_with("/api/v1/tags", Policy::Public, places::TAGS_QUERY, places::tags)
        .get_with("/api/v1/discussions", Policy::Public, discussions::QUERY, discussions::list)
        .get("/api/v1/discussions/{id}", Policy::Public, discussions::one)
        .get_with("/api/v1/discussions/{id}/posts", Policy::Public, posts::QUERY, posts::of_discussion)
        .get_with("/api/v1/posts", Policy::Public, posts::NEWEST_QUERY, posts::newest)
        .get("/api/v1/people/{name}", Policy::Public, people::one)
        .get_with("/api/v1/search", Policy::Public, search::QUERY, search::page)
        .get_with("/api/v1/wiki/{wiki}/discussions", Policy::Public, wiki::LOG_QUERY, wiki::log)
        .get_with("/api/v1/wiki/{wiki}/page/{title}/discussions", Policy::Public, wiki::PAGE_QUERY, wiki::of_page)
        .get("/feeds/{format}/api/v1/wiki/{wiki}/page/{title}/discussions", Policy::Everyone, wiki::feed_of_page)
}

/// Answers with what `make` says, as JSON: kept as long as nothing happens on the site. `name` says everything that it
/// depends on beside that.
async fn answer<T: Serialize>(
    v: &Visit,
    app: &App,
    headers: &HeaderMap,
    name: &str,
    mut make: impl FnMut(&Tx) -> Result<T>,
) -> Result {
    let key = stored::key(v, app, &format!("api {name}")).await?;
    if let Some(found) = app.pages.get(&key) {
        return Ok(found.answer(headers));
    }
    let text = app.db.read(|tx| serde_json::to_string(&make(tx)?).map_err(|e| Error::Fault(e.into()))).await?;
    Ok(app.pages.put(key, JSON, text)?.answer(headers))
}

/// What every answer to a program says beside its own.
pub fn leave(headers: &mut HeaderMap) {
    headers.insert(header::ACCESS_CONTROL_ALLOW_ORIGIN, HeaderValue::from_static("*"));
    headers.insert(header::VARY, HeaderValue::from_static("accept-encoding"));
    if headers.contains_key(header::ETAG) {
        // Short, because what is asked for is what is new; whoever asks again says what they have.
        headers.insert(header::CACHE_CONTROL, HeaderValue::from_static("public, max-age=2, stale-if-error=86400"));
    }
    let policy = format!("\"network\";q={BURST};w={}", BURST / EACH_SECOND);
    headers.insert("ratelimit-policy", HeaderValue::try_from(policy).expect("digits are a header value"));
}

/// Why something was not answered: `{"error": "not-found", "message": "…"}`.
pub fn failure(v: &Visit, why: &Error) -> Response {
    let error = match why {
        Error::Refused(refusal) => refusal.key(),
        Error::NotFound | Error::LogIn => "not-found",
        Error::Taken(_) | Error::Again(_) | Error::Fault(_) => "fault",
    };
    let said = serde_json::json!({ "error": error, "message": page::words(v, why).1 });
    let mut response = (why.status(), [(header::CONTENT_TYPE, JSON)], said.to_string()).into_response();
    if let Error::Refused(refusal) = why
        && let Some(seconds) = refusal.retry_after()
    {
        response.headers_mut().insert(header::RETRY_AFTER, HeaderValue::from(seconds));
    }
    response
}
