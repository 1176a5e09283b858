//! What is unread and what is new to somebody: how many, up to where they read, and taking it all as read.

use axum::http::StatusCode;
use axum::response::{IntoResponse, Response};

use super::raise::{self, Place};
use super::wishes::Wishes;
use crate::access;
use crate::app::App;
use crate::clock::{DAY, HOUR};
use crate::db::{Tx, params};
use crate::topics::lists::listed;
use crate::topics::show::read_to;
use crate::web::error::Result;
use crate::web::extract::Path;
use crate::web::page::{redirect, redirect_saying};
use crate::web::routes::Field;
use crate::web::visit::Visit;
use crate::web::{Form, Member, field};

pub const READ_FIELDS: &[Field] = &[field("last", 20), field("seconds", 20)];
pub const FROM_FIELDS: &[Field] = &[field("number", 20)];

/// How long a topic is new to those who were not there.
pub const NEW_FOR: i64 = 7 * DAY;
/// Counts go no further; then they say "99+".
pub const COUNTED: i64 = 100;
/// How long "mark all read" can be undone.
pub const UNDO_FOR: i64 = HOUR;

/// Topics that somebody follows and has not read to the end, for the tables `reads r join topics t`.
macro_rules! unread {
    ($user:literal) => {
        concat!("r.user_id = ", $user, " and r.level >= 3 and r.last_number < t.highest_number")
    };
}
/// Topics since a time that somebody has not opened, without what they muted, for the table `topics t`.
macro_rules! new_to {
    ($user:literal, $since:literal) => {
        concat!(
            "t.created_at > ",
            $since,
            " and t.author_id <> ",
            $user,
            " and not exists (select 1 from reads r where r.user_id = ",
            $user,
            " and r.topic_id = t.id and (r.last_number > 0 or r.level = 0))
            and not exists (select 1 from mutes m where m.user_id = ",
            $user,
            " and m.muted_id = t.author_id)
            and not exists (select 1 from topic_tags tt join follows f on f.kind = 2 and f.subject = tt.tag_id
                and f.level = 0 where tt.topic_id = t.id and f.user_id = ",
            $user,
            ")"
        )
    };
}
pub(crate) use {new_to, unread};

const COUNTS: &str = concat!(
    "select (select count(*) from (select 1 as one from reads r join topics t on t.id = r.topic_id where ",
    listed!(),
    " and ",
    unread!("$3"),
    " limit $5) u), (select count(*) from (select 1 as one from topics t where ",
    listed!(),
    " and ",
    new_to!("$3", "$4"),
    " limit $5) n)"
);

/// How many topics are unread and how many new, each at most [`COUNTED`].
#[derive(Clone, Copy, Debug, Default, PartialEq, Eq)]
pub struct Counts {
    pub unread: i64,
    pub new: i64,
}

impl Counts {
    /// A number for a tab, or nothing.
    pub fn shown(v: &Visit, n: &i64) -> String {
        match *n {
            0 => String::new(),
            n if n >= COUNTED => format!("{}+", v.number(COUNTED - 1)),
            n => v.number(n),
        }
    }
}

/// Since when topics are new to somebody.
pub fn new_since(tx: &Tx, user: i64, now: i64) -> Result<i64> {
    let kept: Option<i64> = tx.first("select new_since from users where id = $1", params![user])?;
    Ok(kept.unwrap_or(0).max(now - NEW_FOR))
}

pub fn counts(tx: &Tx, v: &Visit, wishes: &Wishes, since: i64) -> Result<Counts> {
    let Some(me) = v.viewer.id() else { return Ok(Counts::default()) };
    let (unread, new): (i64, i64) =
        tx.one(COUNTS, params![&wishes.sees(v), v.viewer.is_staff(), me, since, COUNTED])?;
    Ok(Counts { unread, new })
}

/// `POST /t/{id}/read`: a script tells how far one has read, and for how long.
pub async fn read(me: Member, app: App, Path(id): Path<i64>, f: Form) -> Result<Response> {
    let topic = app.db.read(|tx| access::topic(tx, &me, id)).await?;
    let last = f.number("last").unwrap_or(0).clamp(0, topic.highest_number);
    let seconds = f.number("seconds").unwrap_or(0).clamp(0, 600);
    let at = Place { user: me.user.id, topic: id, category: topic.category_id, now: me.now };
    let site = me.site.clone();
    app.db
        .write(move |tx| {
            if last > 0 {
                read_to(tx, at.user, id, last, at.now)?;
            }
            raise::read_for(tx, &site, at, seconds)
        })
        .await?;
    Ok(StatusCode::NO_CONTENT.into_response())
}

/// `POST /t/{id}/unread-from`: a post and all after it count as unread again, and the topic is tracked.
pub async fn from_here(me: Member, app: App, Path(id): Path<i64>, f: Form) -> Result<Response> {
    let topic = app.db.read(|tx| access::topic(tx, &me, id)).await?;
    let last = f.number("number").unwrap_or(1).clamp(1, topic.highest_number.max(1)) - 1;
    let (user, now) = (me.user.id, me.now);
    app.db
        .write(move |tx| {
            tx.exec(
                "insert into reads (user_id, topic_id, last_number, updated_at, level, reason) values ($1, $2, $3, $4, 3, 1)
                 on conflict (user_id, topic_id) do update set last_number = excluded.last_number,
                    updated_at = excluded.updated_at,
                    level = case when reads.level >= 3 then reads.level else 3 end,
                    reason = case when reads.level >= 3 then reads.reason else 1 end",
                params![user, id, last, now],
            )
        })
        .await?;
    Ok(redirect_saying(&me, "/unread", "unread-from"))
}

const REMEMBER: &str = concat!(
    "insert into read_undo (user_id, topic_id, last_number, created_at)
        select r.user_id, r.topic_id, r.last_number, cast($3 as bigint) from reads r join topics t on t.id = r.topic_id where ",
    listed!(),
    " and ",
    unread!("$4")
);

/// `POST /unread/mark-read`: everything that is followed counts as read.
pub async fn mark_all(me: Member, app: App) -> Result<Response> {
    let (v, user, now) = (me.clone(), me.user.id, me.now);
    app.db
        .write(move |tx| {
            let wishes = Wishes::of(tx, &v)?;
            tx.exec("delete from read_undo where user_id = $1", params![user])?;
            tx.exec(REMEMBER, params![&wishes.sees(&v), v.viewer.is_staff(), now, user])?;
            tx.exec(
                "update reads set updated_at = $2,
                    last_number = (select t.highest_number from topics t where t.id = reads.topic_id)
                 where user_id = $1 and topic_id in (select topic_id from read_undo where user_id = $1)",
                params![user, now],
            )?;
            crate::notifications::read::of_undone(tx, user, now)
        })
        .await?;
    Ok(redirect_saying(&me, "/unread", "all-read"))
}

/// `POST /new/mark-seen`: no topic that is there now is new any more.
pub async fn mark_new(me: Member, app: App) -> Result<Response> {
    let (user, now) = (me.user.id, me.now);
    app.db
        .write(move |tx| {
            tx.exec("delete from read_undo where user_id = $1", params![user])?;
            tx.exec(
                "insert into read_undo (user_id, topic_id, last_number, created_at)
                    select id, 0, new_since, cast($2 as bigint) from users where id = $1",
                params![user, now],
            )?;
            tx.exec("update users set new_since = $2 where id = $1", params![user, now])
        })
        .await?;
    Ok(redirect_saying(&me, "/new", "all-seen"))
}

/// How many topics were taken as read a short while ago, if that can be undone.
pub fn undoable(tx: &Tx, user: i64, now: i64) -> Result<Option<i64>> {
    let count: i64 =
        tx.one("select count(*) from read_undo where user_id = $1 and created_at > $2", params![user, now - UNDO_FOR])?;
    Ok((count > 0).then_some(count))
}

/// `POST /unread/undo`: as it was before.
pub async fn undo(me: Member, app: App) -> Result<Response> {
    let (user, now) = (me.user.id, me.now);
    let was_new = app
        .db
        .write(move |tx| {
            let rows: Vec<(i64, i64)> = tx.all(
                "select topic_id, last_number from read_undo where user_id = $1 and created_at > $2",
                params![user, now - UNDO_FOR],
            )?;
            for (topic, last) in &rows {
                match topic {
                    0 => tx.exec("update users set new_since = $2 where id = $1", params![user, *last])?,
                    _ => tx.exec(
                        "update reads set last_number = $3 where user_id = $1 and topic_id = $2",
                        params![user, *topic, *last],
                    )?,
                };
            }
            tx.exec("delete from read_undo where user_id = $1", params![user])?;
            Ok(rows.iter().any(|(topic, _)| *topic == 0))
        })
        .await?;
    Ok(redirect(if was_new { "/new" } else { "/unread" }))
}
