//! `POST /p/{id}/wiki` and `/unwiki`: a post that everybody who may reply here may edit, and one's own again.

use axum::response::Response;

use crate::access;
use crate::app::App;
use crate::db::{Kind, params};
use crate::may;
use crate::web::Member;
use crate::web::error::Result;
use crate::web::extract::Path;
use crate::web::page::redirect_saying;

pub async fn submit(me: Member, app: App, Path(id): Path<i64>) -> Result<Response> {
    turn(me, app, id, true).await
}

pub async fn undo(me: Member, app: App, Path(id): Path<i64>) -> Result<Response> {
    turn(me, app, id, false).await
}

async fn turn(me: Member, app: App, id: i64, on: bool) -> Result<Response> {
    let member = me.clone();
    let place = app.db.write(move |tx| {
        let (topic, post) = access::post(tx, &member, id)?;
        may::turn(&member, &topic, &post)?;
        if post.wiki != on {
            tx.exec("update posts set wiki = $2 where id = $1", params![id, on])?;
            tx.exec("update topics set version = version + 1 where id = $1", params![topic.id])?;
            tx.changed(Kind::PostTurned, id);
        }
        Ok(topic.url_of(post.number))
    });
    Ok(redirect_saying(&me, &place.await?, if on { "wiki-begun" } else { "wiki-ended" }))
}
