//! The front page: one sentence that says what this is, the latest topics, and how to take part.

pub mod hint;

use axum::http::HeaderMap;

use crate::app::App;
use crate::topics::lists::{self, Asked, Tab};
use crate::web::extract::Query;
use crate::web::{Policy, Routes, Visit};

pub fn routes() -> Routes {
    Routes::new().get_with("/", Policy::Everyone, lists::QUERY, page).get("/hint/close", Policy::Everyone, hint::close)
}

/// `GET /`.
pub async fn page(v: Visit, app: App, Query(asked): Query<Asked>, headers: HeaderMap) -> crate::web::Result {
    lists::cached(&v, &app, &headers, Tab::Latest, true, &asked).await
}
