//! `GET /manifest.webmanifest`: what a phone needs to put the site on its home screen, where some of them want it before
//! they take push messages (W3C Web Application Manifest).

use axum::http::header;
use axum::response::{IntoResponse, Response};

use crate::web::Visit;
use crate::web::error::Result;

pub async fn page(v: Visit) -> Result<Response> {
    let short: String = v.site.name().chars().take(12).collect();
    let manifest = serde_json::json!({
        "id": "/",
        "name": v.site.name(),
        "short_name": short.trim(),
        "description": v.site.setting("tagline"),
        "start_url": "/",
        "scope": "/",
        "display": "standalone",
        "theme_color": "#ffffff",
        "background_color": "#ffffff",
        "icons": [
            { "src": v.asset("favicon.svg"), "sizes": "any", "type": "image/svg+xml" },
            { "src": v.asset("apple-touch-icon.png"), "sizes": "180x180", "type": "image/png" },
        ],
    });
    let head = [(header::CONTENT_TYPE, "application/manifest+json"), (header::CACHE_CONTROL, "no-cache")];
    Ok((head, manifest.to_string()).into_response())
}
