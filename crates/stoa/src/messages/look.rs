//! `GET` and `POST /admin/looks`: one of the staff looks into a conversation that is not theirs. It needs a reason, is
//! kept for good, stands in the conversation for everybody in it to read, and ends by itself after a day.

use askama::Template;
use axum::http::StatusCode;
use axum::response::Response;

use super::Role;
use super::queries::{self, One};
use crate::app::App;
use crate::clock::DAY;
use crate::db::{Tx, from_row, params};
use crate::posts::text;
use crate::topics::Topic;
use crate::web::error::Result;
use crate::web::page::redirect_saying;
use crate::web::routes::Field;
use crate::web::shell::Head;
use crate::web::{FieldErrors, Form, Member, Visit, field, page_with_status};

pub const FIELDS: &[Field] = &[field("topic", 500), field("reason", 2000)];
/// How long one may look.
pub const LASTS: i64 = DAY;
const REASON_LONGEST: usize = 500;
/// Looks that the page shows.
const SHOWN: i64 = 100;

/// A look as the page shows it. The conversation's title is not: it is private.
struct Look {
    topic_id: i64,
    name: String,
    reason: String,
    at: i64,
}
from_row!(Look { topic_id, name, reason, at });

#[derive(Template)]
#[template(path = "messages/templates/looks.html")]
struct Page<'a> {
    v: &'a Visit,
    head: Head,
    looks: Vec<Look>,
    topic: String,
    reason: String,
    errors: FieldErrors,
}

pub async fn page(me: Member, app: App) -> Result {
    show(&me, &app, String::new(), String::new(), FieldErrors::default(), StatusCode::OK).await
}

async fn show(v: &Visit, app: &App, topic: String, reason: String, errors: FieldErrors, status: StatusCode) -> Result {
    let looks = app.db.read(|tx| {
        tx.all(
            "select l.topic_id, u.name, l.reason, l.at from message_looks l join users u on u.id = l.user_id
             order by l.id desc limit $1",
            params![SHOWN],
        )
    });
    let head = Head::titled(v.t.looks_title()).unlisted();
    page_with_status(status, &Page { v, head, looks: looks.await?, topic, reason, errors })
}

pub async fn open(me: Member, app: App, f: Form) -> Result<Response> {
    let (typed, reason) = (f.text("topic").trim().to_owned(), text::clean(f.text("reason")).trim().to_owned());
    let mut errors = FieldErrors::default();
    if reason.is_empty() {
        errors.add("reason", me.t.looks_reason_empty());
    } else if reason.chars().count() > REASON_LONGEST {
        errors.add("reason", me.t.looks_reason_too_long(REASON_LONGEST));
    }
    let id = number_in(&typed);
    let found = app.db.read(|tx| match id {
        Some(id) => queries::now(tx, id),
        None => Ok(None),
    });
    let topic = found.await?.filter(Topic::is_message);
    if topic.is_none() {
        errors.add("topic", me.t.looks_no_topic());
    }
    let Some(topic) = topic.filter(|_| errors.is_empty()) else {
        return show(&me, &app, typed, reason, errors, StatusCode::UNPROCESSABLE_ENTITY).await;
    };
    let (member, id) = (me.clone(), topic.id);
    app.db
        .write(move |tx| {
            let one = One { role: Role::Looks, id: member.user.id, name: String::new() };
            // Whoever looks again has another day.
            queries::remove(tx, id, Role::Looks, member.user.id)?;
            queries::add(tx, id, &one, member.user.id, member.now)?;
            tx.exec(
                "insert into message_looks (topic_id, user_id, reason, at) values ($1, $2, $3, $4)",
                params![id, member.user.id, &reason, member.now],
            )?;
            queries::say(tx, id, member.user.id, "look", &reason, member.now)
        })
        .await?;
    Ok(redirect_saying(&me, &topic.url(), "look-opened"))
}

/// The number of a topic, by itself or at the end of its address.
fn number_in(typed: &str) -> Option<i64> {
    let path = typed.split(['?', '#']).next()?;
    let mut parts = path.trim_end_matches('/').rsplit('/');
    parts.find_map(|part| part.parse().ok())
}

/// Ends the looks that are over. Each is said in its conversation.
pub async fn end(app: &App) -> Result<()> {
    let over = app.now() - LASTS;
    let due = move |tx: &Tx| {
        tx.all::<(i64, i64)>(
            "select topic_id, subject from topic_people where kind = 3 and added_at <= $1 limit 100",
            params![over],
        )
    };
    if app.db.read(due).await?.is_empty() {
        return Ok(());
    }
    let now = app.now();
    app.db
        .write(move |tx| {
            for (topic, user) in due(tx)? {
                if queries::remove(tx, topic, Role::Looks, user)? {
                    queries::say(tx, topic, user, "look_ended", "", now)?;
                }
            }
            Ok(())
        })
        .await
}

#[cfg(test)]
mod tests {
    use super::number_in;

    #[test]
    fn a_topic_is_known_by_its_number_or_address() {
        assert_eq!(number_in("42"), Some(42));
        assert_eq!(number_in("https://talk.example.org/t/a-title/42?page=2#p31"), Some(42));
        assert_eq!(number_in("/t/2026/42/"), Some(42));
        assert_eq!(number_in("a title"), None);
    }
}
