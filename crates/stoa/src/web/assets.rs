//! `GET /assets/{name}`: the browser's files, made when the program was built.

use axum::extract::Path;
use axum::http::{HeaderMap, StatusCode, header};
use axum::response::{IntoResponse, Response};

use super::accept::{self, Coding};

pub async fn asset(Path(name): Path<String>, headers: HeaderMap) -> Response {
    serve(&name, &headers)
}

/// `GET /favicon.ico`, which browsers ask for by themselves.
pub async fn favicon(headers: HeaderMap) -> Response {
    serve(stoa_assets::url("favicon.ico").trim_start_matches("/assets/"), &headers)
}

fn serve(name: &str, headers: &HeaderMap) -> Response {
    let Some(asset) = stoa_assets::get(name) else { return StatusCode::NOT_FOUND.into_response() };
    let forever = [(header::CACHE_CONTROL, "public, max-age=31536000, immutable"), (header::ETAG, asset.etag)];
    if accept::has(headers, asset.etag) {
        return (StatusCode::NOT_MODIFIED, forever).into_response();
    }
    let kind = [(header::CONTENT_TYPE, asset.mime), (header::VARY, "accept-encoding")];
    match accept::coding(headers) {
        Coding::Zstd if !asset.zstd.is_empty() => {
            (forever, kind, [(header::CONTENT_ENCODING, "zstd")], asset.zstd).into_response()
        }
        Coding::Brotli if !asset.brotli.is_empty() => {
            (forever, kind, [(header::CONTENT_ENCODING, "br")], asset.brotli).into_response()
        }
        _ => (forever, kind, asset.bytes).into_response(),
    }
}
