//! `GET /suggest/emoji`: every short name that the renderer knows, `name`, with its character, `label`.

use std::sync::LazyLock;

use axum::http::header;
use axum::response::{IntoResponse, Response};

use super::Item;

/// The names never change while the program runs.
static ALL: LazyLock<String> = LazyLock::new(|| {
    let item = |(name, emoji): (&str, &str)| Item {
        name: name.to_owned(),
        label: emoji.to_owned(),
        avatar: None,
        more: None,
        kind: "emoji",
    };
    let items: Vec<Item> = stoa_markup::emoji_names().map(item).collect();
    serde_json::json!({ "items": items }).to_string()
});

pub async fn page() -> Response {
    let json = [(header::CONTENT_TYPE, "application/json"), (header::CACHE_CONTROL, "private, max-age=86400")];
    (json, ALL.as_str()).into_response()
}
