//! `POST /t/{id}/writing`: somebody is writing a reply, and shows it.
//!
//! Only those are told who show it themselves, may see the topic and have not muted the writer. It is kept nowhere: pages
//! forget it after some seconds unless it is said again. Nodes do not tell each other.

use axum::http::StatusCode;
use axum::response::{IntoResponse, Response};

use crate::access;
use crate::app::App;
use crate::may;
use crate::web::Member;
use crate::web::error::Result;
use crate::web::extract::Path;

pub async fn submit(me: Member, app: App, Path(id): Path<i64>) -> Result<Response> {
    let topic = app.db.read(|tx| access::topic(tx, &me, id)).await?;
    may::reply(&me, &topic)?;
    // Who says it too often is not told off: a page says it by itself.
    if me.user.shows_writing && app.throttle.writing(me.user.id) {
        app.live.somebody_writes(topic.into(), me.user.id, &me.user.name);
    }
    Ok(StatusCode::NO_CONTENT.into_response())
}
