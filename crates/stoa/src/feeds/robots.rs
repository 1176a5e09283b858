//! `GET /robots.txt` (RFC 9309) and `/opensearch.xml`.

use askama::Template;
use axum::http::{HeaderMap, header};
use axum::response::{IntoResponse, Response};

use super::feed::answer;
use crate::app::App;
use crate::web::Visit;
use crate::web::error::Result;

/// Addresses that are forms, personal, endless, or the same text again.
const NOT_FOR_ROBOTS: &[&str] = &[
    "/search?",
    "/login",
    "/signup",
    "/join/",
    "/setup",
    "/settings",
    "/notifications",
    "/unread",
    "/new-topic",
    "/appearance",
    "/admin",
    "/p/",
    "/raw/",
    "/feeds/",
    "/t/*/print",
    "/t/*/reply",
    "/t/*/go?",
];

pub async fn robots(app: App) -> Response {
    let mut out = String::from("User-agent: *\n");
    for path in NOT_FOR_ROBOTS {
        out.push_str(&format!("Disallow: {path}\n"));
    }
    out.push_str(&format!("\nSitemap: {}/sitemap.xml\n", app.config.base()));
    let kind = [(header::CONTENT_TYPE, "text/plain; charset=utf-8"), (header::CACHE_CONTROL, "public, max-age=3600")];
    (kind, out).into_response()
}

#[derive(Template)]
#[template(path = "feeds/templates/opensearch.xml")]
struct OpenSearch<'a> {
    v: &'a Visit,
    /// At most 16 characters, says the specification.
    name: String,
}

/// So that a browser offers to search here from its address bar.
pub async fn open_search(v: Visit, headers: HeaderMap) -> Result {
    let name: String = v.site.name().chars().take(16).collect();
    let text = OpenSearch { v: &v, name: name.trim().to_owned() }.render()?;
    Ok(answer("application/opensearchdescription+xml; charset=utf-8", text, &headers))
}
