//! Every address of the program: one line per feature.

use crate::web::assets;
use crate::web::routes::{Policy, Routes};

/// The whole table.
pub fn all() -> Routes {
    Routes::new()
        .merge(crate::home::routes())
        .merge(crate::topics::routes())
        .merge(crate::posts::routes())
        .merge(crate::polls::routes())
        .merge(crate::categories::routes())
        .merge(crate::tags::routes())
        .merge(crate::users::routes())
        .merge(crate::follow::routes())
        .merge(crate::notifications::routes())
        .merge(crate::search::routes())
        .merge(crate::suggest::routes())
        .merge(crate::live::routes())
        .merge(crate::bookmarks::routes())
        .merge(crate::messages::routes())
        .merge(crate::push::routes())
        .merge(crate::sessions::routes())
        .merge(crate::accounts::routes())
        .merge(crate::uploads::routes())
        .merge(crate::pages::routes())
        .merge(crate::feeds::routes())
        .merge(crate::api::routes())
        .merge(crate::embeds::routes())
        .merge(crate::binding::routes())
        .merge(crate::brought::routes())
        .merge(crate::admin::routes())
        .merge(crate::wikis::routes())
        .get("/assets/{name}", Policy::Open, assets::asset)
        .get("/favicon.ico", Policy::Open, assets::favicon)
        .get("/healthz", Policy::Open, health)
        .get("/readyz", Policy::Open, ready)
}

/// Alive.
async fn health() -> &'static str {
    "ok\n"
}

/// Alive, and the store answers.
async fn ready(app: crate::app::App) -> axum::response::Response {
    use axum::response::IntoResponse;
    match app.db.read(|tx| tx.one::<i64>("select number from versions where name = 'site'", &[])).await {
        Ok(_) => "ready\n".into_response(),
        Err(_) => (axum::http::StatusCode::SERVICE_UNAVAILABLE, "the store does not answer\n").into_response(),
    }
}
