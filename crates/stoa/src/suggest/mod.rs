//! Suggestions while somebody writes: people after `@`, categories and tags after `#`, emoji after `:`, pages of the wiki
//! after `[[`, pages of joined wikis for what a topic is about, and topics that may be about the same as a new one.

pub mod emoji;
pub mod pages;
pub mod people;
pub mod places;
pub mod topics;
pub mod wiki;

use axum::http::header;
use axum::response::{IntoResponse, Response};
use serde::{Deserialize, Serialize};

use crate::web::routes::Field;
use crate::web::{Policy, Routes, field};

/// The most that one answer holds.
const MOST: i64 = 10;
pub const QUERY: &[Field] = &[field("q", 60), field("topic", 20)];
pub const PLACES_QUERY: &[Field] = &[field("q", 60)];

pub fn routes() -> Routes {
    Routes::new()
        .get_with("/suggest/people", Policy::Members, QUERY, people::page)
        .get_with("/suggest/places", Policy::Members, PLACES_QUERY, places::page)
        .get_with("/suggest/topics", Policy::Members, topics::QUERY, topics::page)
        .get_with("/suggest/pages", Policy::Members, pages::QUERY, pages::page)
        .get_with("/suggest/wiki", Policy::Members, wiki::QUERY, wiki::page)
        .get("/suggest/emoji", Policy::Members, emoji::page)
}

/// What is asked for.
#[derive(Debug, Default, Deserialize)]
pub struct Asked {
    #[serde(default)]
    pub q: String,
    pub topic: Option<String>,
}

/// One line of a list of suggestions.
#[derive(Debug, Serialize)]
pub struct Item {
    /// What is written into the text, without its sign.
    pub name: String,
    /// What is shown.
    pub label: String,
    #[serde(skip_serializing_if = "Option::is_none")]
    pub avatar: Option<String>,
    /// What stands beside it, where the name says too little.
    #[serde(skip_serializing_if = "Option::is_none")]
    pub more: Option<String>,
    pub kind: &'static str,
}

/// The answer of every list: `{ "items": […] }`.
fn answer(items: &[Item]) -> Response {
    let json = [(header::CONTENT_TYPE, "application/json"), (header::CACHE_CONTROL, "private, no-store")];
    (json, serde_json::json!({ "items": items }).to_string()).into_response()
}

/// The end of the range of all words that begin with `start`.
fn end(start: &str) -> String {
    format!("{start}\u{10ffff}")
}
