//! `POST /t/{id}/follow`, `/c/{slug}/{id}/follow`, `/tag/{tag}/follow`: choose how closely.

use axum::response::Response;

use super::{Kind, Level, Reason};
use crate::access;
use crate::app::App;
use crate::db::{Tx, params};
use crate::web::error::{Error, Result};
use crate::web::extract::Path;
use crate::web::page::{own_path, redirect_saying};
use crate::web::routes::Field;
use crate::web::{Form, Member, Refusal, field};

pub const FIELDS: &[Field] = &[field("level", 20), field("back", 2000)];

fn chosen(f: &Form) -> Result<Level> {
    Level::from_key(f.text("level")).ok_or_else(|| Refusal::NotAForm.into())
}

fn done(me: &Member, f: &Form) -> Response {
    redirect_saying(me, own_path(f.text("back")), "followed")
}

pub async fn topic(me: Member, app: App, Path(id): Path<i64>, f: Form) -> Result<Response> {
    let level = chosen(&f)?;
    let topic = app.db.read(|tx| access::topic(tx, &me, id)).await?;
    let (user, now) = (me.user.id, me.now);
    app.db.write(move |tx| set_topic(tx, user, topic.id, level, now)).await?;
    Ok(done(&me, &f))
}

/// Somebody's own choice for a topic.
pub fn set_topic(tx: &Tx, user: i64, topic: i64, level: Level, now: i64) -> Result<()> {
    tx.exec(
        "insert into reads (user_id, topic_id, last_number, updated_at, level, reason) values ($1, $2, 0, $5, $3, $4)
         on conflict (user_id, topic_id) do update set level = excluded.level, reason = excluded.reason",
        params![user, topic, level as i64, Reason::Chosen as i64, now],
    )?;
    Ok(())
}

pub async fn category(me: Member, app: App, Path((_, id)): Path<(String, i64)>, f: Form) -> Result<Response> {
    let level = chosen(&f)?;
    access::category(&me, id)?;
    let (user, now) = (me.user.id, me.now);
    app.db.write(move |tx| set(tx, user, Kind::Category, id, level, now)).await?;
    Ok(done(&me, &f))
}

pub async fn tag(me: Member, app: App, Path(tag): Path<String>, f: Form) -> Result<Response> {
    let level = chosen(&f)?;
    let found = app.db.read(|tx| crate::tags::show::find(tx, &me, me.viewer.is_staff(), &tag)).await?;
    let (user, now) = (me.user.id, me.now);
    app.db.write(move |tx| set(tx, user, Kind::Tag, found.0, level, now)).await?;
    Ok(done(&me, &f))
}

/// Somebody's wish for a category or a tag; normal is the absence of one.
pub fn set(tx: &Tx, user: i64, kind: Kind, subject: i64, level: Level, now: i64) -> Result<()> {
    if level == Level::Normal && kind == Kind::Tag {
        tx.exec(
            "delete from follows where user_id = $1 and kind = $2 and subject = $3",
            params![user, kind as i64, subject],
        )?;
        return Ok(());
    }
    let count: i64 = tx.one("select count(*) from follows where user_id = $1", params![user])?;
    if count >= MOST {
        return Err(Error::Refused(Refusal::TooManyOfThem));
    }
    // A room's own "normal" is kept: it may stand in one that is watched.
    tx.exec(
        "insert into follows (user_id, kind, subject, level, created_at) values ($1, $2, $3, $4, $5)
         on conflict (user_id, kind, subject) do update set level = excluded.level",
        params![user, kind as i64, subject, level as i64, now],
    )?;
    Ok(())
}

/// Categories and tags one person may follow.
const MOST: i64 = 2_000;
