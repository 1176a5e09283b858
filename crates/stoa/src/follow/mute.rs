//! `POST /u/{name}/mute`, `/unmute`: somebody's notices and posts no longer reach one, or do again. They are not told.

use axum::response::Response;

use crate::app::App;
use crate::db::{Tx, params};
use crate::users::names;
use crate::web::error::{Error, Result};
use crate::web::extract::Path;
use crate::web::page::redirect_saying;
use crate::web::routes::Field;
use crate::web::{Form, Member, Refusal};

pub const FIELDS: &[Field] = &[];
/// People one person may mute.
const MOST: i64 = 500;

fn find(tx: &Tx, name: &str) -> Result<(i64, String)> {
    let folded = names::folded(name);
    if folded.chars().count() > 240 {
        return Err(Error::NotFound);
    }
    tx.first("select id, name from users where folded = $1 and deleted_at is null", params![&folded])?
        .ok_or(Error::NotFound)
}

pub async fn mute(me: Member, app: App, Path(name): Path<String>, _: Form) -> Result<Response> {
    let (id, name) = app.db.read(|tx| find(tx, &name)).await?;
    let (user, now) = (me.user.id, me.now);
    if id == user {
        return Err(Refusal::NotHere.into());
    }
    app.db
        .write(move |tx| {
            if tx.one::<i64>("select count(*) from mutes where user_id = $1", params![user])? >= MOST {
                return Err(Refusal::TooManyOfThem.into());
            }
            tx.exec(
                "insert into mutes (user_id, muted_id, created_at) values ($1, $2, $3) on conflict do nothing",
                params![user, id, now],
            )
        })
        .await?;
    Ok(redirect_saying(&me, &crate::users::url(&name), "muted"))
}

pub async fn unmute(me: Member, app: App, Path(name): Path<String>, _: Form) -> Result<Response> {
    let (id, name) = app.db.read(|tx| find(tx, &name)).await?;
    let user = me.user.id;
    app.db
        .write(move |tx| tx.exec("delete from mutes where user_id = $1 and muted_id = $2", params![user, id]))
        .await?;
    Ok(redirect_saying(&me, &crate::users::url(&name), "unmuted"))
}
