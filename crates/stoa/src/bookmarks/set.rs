//! `GET` and `POST /p/{id}/bookmark`, `POST /p/{id}/unbookmark`: keeps a post for oneself, changes its note or reminder,
//! lets it go.

use askama::Template;
use axum::http::StatusCode;
use axum::response::Response;

use super::NOTE_LONGEST;
use super::when::{self, CHOICES};
use crate::access;
use crate::app::App;
use crate::db::{Tx, params};
use crate::posts::Post;
use crate::topics::Topic;
use crate::web::error::Result;
use crate::web::extract::Path;
use crate::web::page::redirect_saying;
use crate::web::routes::Field;
use crate::web::shell::Head;
use crate::web::{FieldErrors, Form, Member, Visit, field, page_with_status};

pub const FIELDS: &[Field] = &[field("note", 2000), field("when", 20), field("date", 20), field("time", 20)];

#[derive(Template)]
#[template(path = "bookmarks/templates/set.html")]
struct Page<'a> {
    v: &'a Visit,
    head: Head,
    topic: &'a Topic,
    post: &'a Post,
    is_kept: bool,
    note: String,
    choice: String,
    date: String,
    time: String,
    errors: FieldErrors,
}

impl Page<'_> {
    fn is_chosen(&self, choice: &str) -> bool {
        self.choice == choice
    }
}

const MINE: &str = "select note, remind_at from bookmarks where user_id = $1 and post_id = $2";

fn mine(tx: &Tx, me: i64, post: i64) -> Result<Option<(String, Option<i64>)>> {
    tx.first(MINE, params![me, post])
}

pub async fn form(me: Member, app: App, Path(id): Path<i64>) -> Result {
    let found = app.db.read(|tx| Ok((access::post(tx, &me, id)?, mine(tx, me.user.id, id)?)));
    let ((topic, post), kept) = found.await?;
    let is_kept = kept.is_some();
    let (note, at) = kept.unwrap_or_default();
    let (date, time) = at.map(|at| when::fields(at, me.time_zone())).unwrap_or_default();
    let choice = if at.is_some() { "at" } else { "none" }.to_owned();
    show(&me, StatusCode::OK, &topic, &post, |page| Page { is_kept, note, choice, date, time, ..page })
}

fn show<'a>(
    v: &'a Visit,
    status: StatusCode,
    topic: &'a Topic,
    post: &'a Post,
    fill: impl FnOnce(Page<'a>) -> Page<'a>,
) -> Result {
    let empty = Page {
        v,
        head: Head::titled(v.t.bookmark_title()).unlisted(),
        topic,
        post,
        is_kept: false,
        note: String::new(),
        choice: String::new(),
        date: String::new(),
        time: String::new(),
        errors: FieldErrors::default(),
    };
    page_with_status(status, &fill(empty))
}

pub async fn submit(me: Member, app: App, Path(id): Path<i64>, f: Form) -> Result<Response> {
    let note = f.text("note").split_whitespace().collect::<Vec<_>>().join(" ");
    let (choice, date, time) = (f.text("when").to_owned(), f.text("date").to_owned(), f.text("time").to_owned());
    let mut errors = FieldErrors::default();
    let length = note.chars().count();
    if length > NOTE_LONGEST {
        errors.add("note", me.t.setting_too_long(NOTE_LONGEST, length));
    }
    // A reminder that has passed stays where it was when only the note is changed.
    let kept = app.db.read(|tx| Ok((access::post(tx, &me, id)?, mine(tx, me.user.id, id)?))).await?;
    let ((topic, post), kept) = kept;
    let had = kept.as_ref().and_then(|(_, at)| *at);
    let is_same =
        choice == "at" && had.is_some_and(|at| when::fields(at, me.time_zone()) == (date.clone(), time.clone()));
    let remind_at = match when::moment(&choice, &date, &time, me.time_zone(), me.now) {
        _ if is_same => had,
        Ok(at) => at,
        Err(when::NoMoment) => {
            errors.add("date", me.t.bookmark_when_wrong());
            None
        }
    };
    if !errors.is_empty() {
        let is_kept = kept.is_some();
        return show(&me, StatusCode::UNPROCESSABLE_ENTITY, &topic, &post, |page| Page {
            is_kept,
            note,
            choice,
            date,
            time,
            errors,
            ..page
        });
    }
    let member = me.clone();
    let place = app.db.write(move |tx| {
        let (topic, post) = access::post(tx, &member, id)?;
        tx.exec(
            "insert into bookmarks (user_id, post_id, note, remind_at, created_at) values ($1, $2, $3, $4, $5)
             on conflict (user_id, post_id) do update set note = excluded.note, remind_at = excluded.remind_at,
                reminded_at = case when bookmarks.remind_at = excluded.remind_at then bookmarks.reminded_at end",
            params![member.user.id, id, &note, remind_at, member.now],
        )?;
        Ok(topic.url_of(post.number))
    });
    Ok(redirect_saying(&me, &place.await?, "bookmarked"))
}

/// Lets a bookmark go.
pub async fn remove(me: Member, app: App, Path(id): Path<i64>) -> Result<Response> {
    let member = me.clone();
    app.db
        .write(move |tx| {
            access::post(tx, &member, id)?;
            tx.exec("delete from bookmarks where user_id = $1 and post_id = $2", params![member.user.id, id])
        })
        .await?;
    Ok(redirect_saying(&me, "/bookmarks", "unbookmarked"))
}
