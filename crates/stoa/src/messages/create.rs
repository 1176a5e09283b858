//! `GET` and `POST /messages/new`: whom it is for, what it is about, and a text.

use askama::Template;
use axum::http::StatusCode;
use axum::response::Response;
use serde::Deserialize;
use stoa_markup::{Profile, SafeHtml};

use super::Role;
use super::queries::{self, Typed};
use crate::app::App;
use crate::db::params;
use crate::messages::queries::One;
use crate::posts::write;
use crate::posts::{self, text};
use crate::site::MESSAGES;
use crate::topics::create::{NewTopic, add};
use crate::topics::{TITLE_LONGEST, reply};
use crate::uploads::send;
use crate::web::error::Result;
use crate::web::extract::Query;
use crate::web::page::{redirect, redirect_saying};
use crate::web::routes::Field;
use crate::web::shell::Head;
use crate::web::{FieldErrors, Form, Member, Visit, field, page_with_status};

pub const QUERY: &[Field] = &[field("person", 1000)];
pub const FIELDS: &[Field] = &[
    field("to", 4000),
    field("title", 1000),
    field("raw", posts::FIELD_LIMIT),
    field("preview", 5),
    field("version", 20),
    send::ALT,
    send::ADD,
];
/// The place of its draft; whom it is for is kept where topics keep their tags.
pub const PLACE: &str = "new-message";

#[derive(Template)]
#[template(path = "messages/templates/create.html")]
struct Page<'a> {
    v: &'a Visit,
    head: Head,
    to: String,
    title: String,
    raw: String,
    version: i64,
    errors: FieldErrors,
    preview: Option<SafeHtml>,
}

#[derive(Deserialize)]
pub struct Asked {
    person: Option<String>,
}

struct Fields {
    to: String,
    title: String,
    raw: String,
    version: i64,
}

pub async fn form(me: Member, app: App, Query(asked): Query<Asked>) -> Result {
    let draft = app.db.read(|tx| reply::draft_at(tx, me.user.id, PLACE)).await?.unwrap_or_default();
    let to = asked.person.filter(|name| !name.is_empty()).unwrap_or(draft.tags);
    let fields = Fields { to, title: draft.title, raw: draft.raw, version: draft.version };
    show(&me, fields, FieldErrors::default(), None, StatusCode::OK)
}

fn show(v: &Visit, f: Fields, errors: FieldErrors, preview: Option<SafeHtml>, status: StatusCode) -> Result {
    let head = Head::titled(v.t.message_new()).unlisted();
    let Fields { to, title, raw, version } = f;
    page_with_status(status, &Page { v, head, to, title, raw, version, errors, preview })
}

pub async fn submit(me: Member, app: App, f: Form) -> Result<Response> {
    me.may_write()?;
    let mut raw = text::clean(f.raw("raw")).trim().to_owned();
    let mut wrong_file = FieldErrors::default();
    let adds_file = send::into_text(&me, &app, &f, &mut raw, &mut wrong_file).await?;
    let title = text::clean(f.text("title")).split_whitespace().collect::<Vec<_>>().join(" ");
    let to = text::clean(f.text("to"));
    let typed = app.db.read(|tx| queries::typed(tx, &me, &to)).await?;
    let mut errors = problems(&me, &typed, &title, &raw);
    if adds_file {
        // Whoever adds a file is not done yet: only what is wrong with the file is told.
        errors = wrong_file;
    }
    if f.has("preview") || adds_file || !errors.is_empty() {
        let preview = text::cook_for(&me, &raw, Profile::Post).await?.html;
        let status =
            if f.has("preview") || errors.is_empty() { StatusCode::OK } else { StatusCode::UNPROCESSABLE_ENTITY };
        let fields = Fields { to, title, raw, version: f.number("version").unwrap_or(0) };
        return show(&me, fields, errors, Some(preview), status);
    }
    let once = f.once().map(str::to_owned);
    let (user, now) = (me.user.id, me.now);
    if let Some(place) = app.db.read(|tx| write::done_before(tx, user, once.as_deref())).await? {
        return Ok(redirect(&place));
    }
    app.throttle.post(user)?;
    let rendered = text::cook_for(&me, &raw, Profile::Post).await?;
    let given = Some(me.user.lang.as_str()).filter(|l| !l.is_empty()).unwrap_or(me.site.setting("language"));
    let lang = text::language_of(&format!("{title}. {}", rendered.text), given);
    let new =
        NewTopic { category_id: MESSAGES, author_id: user, title, raw, rendered, lang, tags: Vec::new(), at: now };
    let (member, found) = (me.clone(), typed.found);
    let place = app.db.write(move |tx| {
        if let Some(place) = write::done_before(tx, user, once.as_deref())? {
            return Ok(place);
        }
        let (id, slug) = add(tx, &new)?;
        queries::add(tx, id, &One { role: Role::Person, id: user, name: member.user.name.clone() }, user, now)?;
        for one in found.iter().filter(|one| (one.role, one.id) != (Role::Person, user)) {
            queries::add(tx, id, one, user, now)?;
        }
        tx.exec("delete from drafts where user_id = $1 and place = $2", params![user, PLACE])?;
        let place = crate::topics::url(&slug, id);
        write::done_now(tx, user, once.as_deref(), &place, now)?;
        Ok(place)
    });
    Ok(redirect_saying(&me, &place.await?, "message-sent"))
}

fn problems(me: &Member, typed: &Typed, title: &str, raw: &str) -> FieldErrors {
    let mut errors = reply::problems(me, raw);
    let length = title.chars().count();
    if length == 0 {
        errors.add("title", me.t.topic_title_empty());
    } else if length > TITLE_LONGEST {
        errors.add("title", me.t.topic_title_too_long(TITLE_LONGEST, length));
    }
    let is_for_nobody = typed.found.iter().all(|one| (one.role, one.id) == (Role::Person, me.user.id));
    if !typed.problems.is_empty() {
        errors.add("to", typed.problems.join(" "));
    } else if is_for_nobody {
        errors.add("to", me.t.message_to_nobody());
    }
    errors
}
