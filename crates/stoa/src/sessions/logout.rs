//! `POST /logout`: ends the session of this browser.

use axum::http::header;
use axum::response::Response;

use crate::app::App;
use crate::db::params;
use crate::web::error::Result;
use crate::web::page::redirect_saying;
use crate::web::{Visit, cookies};

/// Ends it; a browser that has none any more is told the same.
pub async fn submit(v: Visit, app: App) -> Result<Response> {
    if let Some(session) = v.viewer.user.as_ref().map(|u| u.session_id) {
        app.db.write(move |tx| tx.exec("delete from sessions where id = $1", params![session])).await?;
    }
    Ok(goodbye(&v, "logged-out"))
}

/// The answer after which a browser has no session.
pub fn goodbye(v: &Visit, said: &str) -> Response {
    let mut response = redirect_saying(v, "/", said);
    let gone = cookies::set("stoa", "", Some(0), v.app.config.is_https());
    response.headers_mut().append(header::SET_COOKIE, gone);
    response
}
