//! `POST /t/{id}/replies`: a reply; `GET /t/{slug}/{id}/reply`: its own page, with a quote if one asked for it.

use crate::web::extract::{Path, Query};
use askama::Template;
use axum::http::StatusCode;
use axum::response::Response;
use serde::Deserialize;
use stoa_markup::{Profile, SafeHtml};

use crate::access;
use crate::app::App;
use crate::db::{Tx, from_row, params};
use crate::follow::raise;
use crate::may;
use crate::posts::marks::Mark;
use crate::posts::write::{self, NewPost};
use crate::posts::{self, text};
use crate::topics::Topic;
use crate::uploads::send;
use crate::web::error::Result;
use crate::web::page::{Fragment, redirect, redirect_saying};
use crate::web::routes::Field;
use crate::web::shell::Head;
use crate::web::{FieldErrors, Form, Member, Visit, field, page_with_status};

pub const QUERY: &[Field] = &[field("to", 20), field("quote", 20)];
pub const FIELDS: &[Field] = &[
    field("raw", posts::FIELD_LIMIT),
    field("in_reply_to", 20),
    field("preview", 5),
    field("version", 20),
    send::ALT,
    send::ADD,
];

/// A text that was not sent yet.
#[derive(Clone, Debug, Default)]
pub struct Draft {
    pub title: String,
    pub raw: String,
    pub category_id: Option<i64>,
    pub tags: String,
    pub version: i64,
    /// Revisions of the post that is edited, when this was begun.
    pub seen: Option<i64>,
}
from_row!(Draft { title, raw, category_id, tags, version, seen });

/// The place under which a reply's draft is kept.
pub fn place(topic: i64) -> String {
    format!("reply-{topic}")
}

pub fn draft(tx: &Tx, user: i64, topic: i64) -> Result<Option<Draft>> {
    draft_at(tx, user, &place(topic))
}

/// What somebody has begun to write at a place.
pub fn draft_at(tx: &Tx, user: i64, place: &str) -> Result<Option<Draft>> {
    tx.first(
        "select title, raw, category_id, tags, version, seen from drafts where user_id = $1 and place = $2",
        params![user, place],
    )
}

/// The box itself, at the end of a topic and on its own page.
#[derive(Template)]
#[template(path = "topics/templates/_reply.html")]
struct Box_<'a> {
    v: &'a Visit,
    topic: &'a Topic,
    csrf: &'a str,
    beside: Fragment,
    raw: &'a str,
    in_reply_to: Option<i64>,
    version: String,
    errors: &'a FieldErrors,
    preview: Option<SafeHtml>,
}

/// The reply box as it stands in the page of all members, with marks for what is each one's own.
pub fn shared_box(v: &Visit, topic: &Topic) -> Result<Fragment> {
    let (raw, version, errors) = (Mark::Draft.to_string(), Mark::DraftVersion.to_string(), &FieldErrors::default());
    let (csrf, beside) = (&v.csrf(), Fragment::joined(Mark::Beside.to_string()));
    Fragment::of(&Box_ { v, topic, csrf, beside, raw: &raw, in_reply_to: None, version, errors, preview: None })
}

#[derive(Template)]
#[template(path = "topics/templates/_beside.html")]
struct Beside<'a> {
    v: &'a Visit,
    topic: &'a Topic,
}

/// What stands above the reply box for some: rules before a first post, who else is writing.
pub fn beside(v: &Visit, topic: &Topic, out: &mut String) -> Result<()> {
    if v.viewer.is_first_post() || v.viewer.shows_writing() {
        Beside { v, topic }.render_into(out)?;
    }
    Ok(())
}

#[derive(Template)]
#[template(path = "topics/templates/reply.html")]
struct Page<'a> {
    v: &'a Visit,
    head: Head,
    topic: &'a Topic,
    parent: Option<(i64, String)>,
    reply_box: Fragment,
}

#[derive(Deserialize)]
pub struct Asked {
    to: Option<i64>,
    quote: Option<i64>,
}

/// A post that is answered or quoted, if it can be read: number, name, text.
fn answered(tx: &Tx, v: &Visit, topic: &Topic, number: i64) -> Result<Option<(i64, String, String)>> {
    let found: Option<posts::Post> = tx.first(posts::queries::BY_NUMBER, params![topic.id, number])?;
    let Some(post) = found.filter(|p| p.kind == 0 && access::sees_text(v, p)) else { return Ok(None) };
    let name: String = tx.one("select name from users where id = $1", params![post.author_id])?;
    Ok(Some((post.number, name, post.raw)))
}

pub async fn form(me: Member, app: App, Path((_, id)): Path<(String, i64)>, Query(asked): Query<Asked>) -> Result {
    let found = app.db.read(|tx| {
        let topic = access::topic(tx, &me, id)?;
        may::reply(&me, &topic)?;
        let other = match asked.quote.or(asked.to) {
            Some(number) => answered(tx, &me, &topic, number)?,
            None => None,
        };
        let draft = draft(tx, me.user.id, id)?.unwrap_or_default();
        Ok((topic, other, draft))
    });
    let (topic, other, draft) = found.await?;
    let mut raw = draft.raw;
    if let (Some(_), Some((number, name, text))) = (asked.quote, &other) {
        if !raw.is_empty() {
            raw.push_str("\n\n");
        }
        raw.push_str(&stoa_markup::quote_block(name, *number, topic.id, text));
        raw.push_str("\n\n");
    }
    let errors = FieldErrors::default();
    let sent = Sent { raw: &raw, in_reply_to: other.as_ref().map(|o| o.0), version: draft.version };
    show(&me, &topic, other.map(|(number, name, _)| (number, name)), sent, &errors, None, StatusCode::OK)
}

struct Sent<'a> {
    raw: &'a str,
    in_reply_to: Option<i64>,
    version: i64,
}

fn show(
    v: &Visit,
    topic: &Topic,
    parent: Option<(i64, String)>,
    sent: Sent,
    errors: &FieldErrors,
    preview: Option<SafeHtml>,
    status: StatusCode,
) -> Result {
    let csrf = v.csrf();
    let mut above = String::new();
    beside(v, topic, &mut above)?;
    let Sent { raw, in_reply_to, version } = sent;
    let version = version.to_string();
    let reply_box =
        Box_ { v, topic, csrf: &csrf, beside: Fragment::joined(above), raw, in_reply_to, version, errors, preview };
    let reply_box = crate::web::page::Fragment::of(&reply_box)?;
    let head = Head::titled(v.t.reply_title(&topic.title)).unlisted();
    page_with_status(status, &Page { v, head, topic, parent, reply_box })
}

pub async fn submit(me: Member, app: App, Path(id): Path<i64>, f: Form) -> Result<Response> {
    let topic = app.db.read(|tx| access::topic(tx, &me, id)).await?;
    may::reply(&me, &topic)?;
    let raw = text::clean(f.raw("raw"));
    let mut raw = raw.trim().to_owned();
    let mut wrong_file = FieldErrors::default();
    let adds_file = send::into_text(&me, &app, &f, &mut raw, &mut wrong_file).await?;
    let in_reply_to = f.number("in_reply_to");
    let sent = Sent { raw: &raw, in_reply_to, version: f.number("version").unwrap_or(0) };
    // Whoever adds a file is not done yet: only what is wrong with the file is told.
    let errors = if adds_file { wrong_file } else { problems(&me, &raw) };
    if f.has("preview") || adds_file || !errors.is_empty() {
        let status =
            if errors.is_empty() || f.has("preview") { StatusCode::OK } else { StatusCode::UNPROCESSABLE_ENTITY };
        let preview = text::cook_for(&me, &raw, Profile::Post).await?.html;
        return show(&me, &topic, None, sent, &errors, Some(preview), status);
    }
    let once = f.once().map(str::to_owned);
    let (user, now) = (me.user.id, me.now);
    let before = app.db.read(|tx| match write::done_before(tx, user, once.as_deref())? {
        Some(place) => Ok(Some(place)),
        None => Ok(write::same_again(tx, &topic, user, &raw, now)?.map(|number| topic.url_of(number))),
    });
    if let Some(place) = before.await? {
        return Ok(redirect(&place));
    }
    app.throttle.post(user)?;
    let rendered = text::cook_for(&me, &raw, Profile::Post).await?;
    let lang = text::language_of(&rendered.text, if me.user.lang.is_empty() { &topic.lang } else { &me.user.lang });
    let post = NewPost { topic_id: id, author_id: user, raw, rendered, lang, in_reply_to, at: now };
    let member = me.clone();
    let place = app.db.write(move |tx| {
        if let Some(place) = write::done_before(tx, user, once.as_deref())? {
            return Ok(place);
        }
        let topic = access::topic(tx, &member, id)?;
        may::reply(&member, &topic)?;
        let (_, number) = write::add(tx, &post)?;
        let at = raise::Place { user, topic: id, category: topic.category_id, now };
        raise::replied(tx, &member.site, at)?;
        tx.exec("delete from drafts where user_id = $1 and place = $2", params![user, &place(id)])?;
        let place = topic.url_of(number);
        write::done_now(tx, user, once.as_deref(), &place, now)?;
        Ok(place)
    });
    Ok(redirect_saying(&me, &place.await?, "replied"))
}

/// What is wrong with a post's text.
pub fn problems(v: &Visit, raw: &str) -> FieldErrors {
    let mut errors = FieldErrors::default();
    let length = raw.chars().count();
    if length == 0 {
        errors.add("raw", v.t.post_empty());
    } else if length > posts::LONGEST {
        errors.add("raw", v.t.post_too_long(posts::LONGEST, length));
    } else if let Some(problem) = crate::polls::problem(v, raw) {
        errors.add("raw", problem);
    }
    errors
}
