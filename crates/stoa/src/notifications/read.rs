//! What was told counts as read: one thing, all, or what belongs to the posts that one has opened.

use axum::response::Response;

use crate::app::App;
use crate::db::{Tx, params};
use crate::follow::{Level, set};
use crate::web::Member;
use crate::web::error::{Error, Result};
use crate::web::extract::Path;
use crate::web::page::{redirect, redirect_saying};

/// `POST /notifications/{id}/read`.
pub async fn one(me: Member, app: App, Path(id): Path<i64>) -> Result<Response> {
    let (user, now) = (me.user.id, me.now);
    app.db.write(move |tx| mark(tx, user, id, now)).await?;
    Ok(redirect("/notifications"))
}

/// Marks one of somebody's own; any other does not exist.
pub fn mark(tx: &Tx, user: i64, id: i64, now: i64) -> Result<Option<i64>> {
    let topic: Option<Option<i64>> = tx.first(
        "update notifications set read_at = coalesce(read_at, $3), seen_at = coalesce(seen_at, $3), mail_due_at = null,
            push_due_at = null where id = $1 and user_id = $2 returning topic_id",
        params![id, user, now],
    )?;
    topic.ok_or(Error::NotFound)
}

/// `POST /notifications/{id}/mute-topic`: nothing more of this topic.
pub async fn mute_topic(me: Member, app: App, Path(id): Path<i64>) -> Result<Response> {
    let (user, now) = (me.user.id, me.now);
    app.db
        .write(move |tx| {
            let topic = mark(tx, user, id, now)?.ok_or(Error::NotFound)?;
            of_topic(tx, user, topic, i64::MAX, now)?;
            set::set_topic(tx, user, topic, Level::Muted, now)
        })
        .await?;
    Ok(redirect_saying(&me, "/notifications", "topic-muted"))
}

/// `POST /notifications/read-all`.
pub async fn all(me: Member, app: App) -> Result<Response> {
    let (user, now) = (me.user.id, me.now);
    app.db
        .write(move |tx| {
            tx.exec(
                "update notifications set read_at = $2, seen_at = coalesce(seen_at, $2), mail_due_at = null,
                    push_due_at = null where user_id = $1 and read_at is null",
                params![user, now],
            )
        })
        .await?;
    Ok(redirect_saying(&me, "/notifications", "notices-read"))
}

/// Somebody has read a topic up to a post: what was told of it so far is read.
pub fn of_topic(tx: &Tx, user: i64, topic: i64, last: i64, now: i64) -> Result<()> {
    tx.exec(
        "update notifications set read_at = $4, seen_at = coalesce(seen_at, $4), mail_due_at = null, push_due_at = null
         where user_id = $1 and topic_id = $2 and read_at is null and last_number <= $3",
        params![user, topic, last, now],
    )?;
    Ok(())
}

/// The same for all topics that were just taken as read together.
pub fn of_undone(tx: &Tx, user: i64, now: i64) -> Result<()> {
    tx.exec(
        "update notifications set read_at = $2, seen_at = coalesce(seen_at, $2), mail_due_at = null, push_due_at = null
         where user_id = $1 and read_at is null
            and topic_id in (select topic_id from read_undo where user_id = $1)",
        params![user, now],
    )?;
    Ok(())
}
