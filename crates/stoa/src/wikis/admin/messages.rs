//! `/admin/wikis/{name}/messages`: what the wiki was told, what waits, and what was given up, to be sent again.

use askama::Template;
use axum::response::Response;
use serde::Deserialize;

use super::{named, url};
use crate::app::App;
use crate::db::{Tx, from_row, params};
use crate::web::error::Result;
use crate::web::extract::Query;
use crate::web::page::redirect_saying;
use crate::web::routes::Field;
use crate::web::shell::Head;
use crate::web::{Form, Member, Path, Visit, field, page as show};
use crate::wikis::Wiki;
use crate::wikis::messages::{self, About, state};

pub const QUERY: &[Field] = &[field("before", 20)];
pub const AGAIN_FIELDS: &[Field] = &[field("id", 20)];
/// Messages on a page.
const PER_PAGE: i64 = 50;

#[derive(Deserialize)]
pub struct Asked {
    before: Option<i64>,
}

struct Row {
    id: i64,
    kind: i64,
    subject: i64,
    state: i64,
    tries: i64,
    next_try_at: Option<i64>,
    created_at: i64,
    sent_at: Option<i64>,
    status: Option<i64>,
    answer: String,
}
from_row!(Row { id, kind, subject, state, tries, next_try_at, created_at, sent_at, status, answer });

impl Row {
    fn about(&self, v: &Visit) -> String {
        match About::from_number(self.kind) {
            Some(About::Discussion) => v.t.wiki_message_discussion(),
            Some(About::Notice) => v.t.wiki_message_notice(),
            Some(About::NoticeRead) => v.t.wiki_message_read(),
            Some(About::Site) | None => v.t.wiki_message_site(),
        }
    }

    fn topic(&self) -> Option<i64> {
        (About::from_number(self.kind) == Some(About::Discussion)).then_some(self.subject)
    }

    fn is_given_up(&self) -> bool {
        self.state == state::GIVEN_UP
    }

    fn words(&self, v: &Visit) -> String {
        match self.state {
            state::TOLD => v.t.wiki_message_told(),
            state::GIVEN_UP => v.t.wiki_message_given_up(),
            _ if self.tries > 0 => v.t.wiki_message_again(self.tries),
            _ => v.t.wiki_message_waits(),
        }
    }

    /// What was answered last, and with which status.
    fn said(&self) -> String {
        let status = self.status.map(|s| s.to_string()).unwrap_or_default();
        format!("{status} {}", self.answer).trim().to_owned()
    }
}

#[derive(Template)]
#[template(path = "wikis/templates/messages.html")]
struct Page<'a> {
    v: &'a Visit,
    head: Head,
    wiki: Wiki,
    rows: Vec<Row>,
    waiting: i64,
    given_up: i64,
    next: Option<i64>,
}

fn count(tx: &Tx, wiki: i64, state: i64) -> Result<i64> {
    tx.one("select count(*) from wiki_messages where wiki_id = $1 and state = $2", params![wiki, state])
}

pub async fn page(me: Member, app: App, Path(name): Path<String>, Query(asked): Query<Asked>) -> Result {
    let wiki = named(&me, &name)?;
    let found = app.db.read(|tx| {
        let rows: Vec<Row> = tx.all(
            "select id, kind, subject, state, tries, next_try_at, created_at, sent_at, status, answer
             from wiki_messages where wiki_id = $1 and id < $2 order by id desc limit $3",
            params![wiki.id, asked.before.unwrap_or(i64::MAX), PER_PAGE + 1],
        )?;
        Ok((rows, count(tx, wiki.id, state::WAITING)?, count(tx, wiki.id, state::GIVEN_UP)?))
    });
    let (mut rows, waiting, given_up) = found.await?;
    let is_more = rows.len() as i64 > PER_PAGE;
    rows.truncate(PER_PAGE as usize);
    let next = rows.last().filter(|_| is_more).map(|row| row.id);
    let head = Head::titled(me.t.wiki_messages_title()).unlisted();
    show(&Page { v: &me, head, wiki, rows, waiting, given_up, next })
}

/// `POST …/messages/again`: one, or all that was given up; and what waits is tried at once.
pub async fn again(me: Member, app: App, Path(name): Path<String>, f: Form) -> Result<Response> {
    let wiki = named(&me, &name)?;
    let (id, one, now) = (wiki.id, f.number("id"), me.now);
    app.db
        .write(move |tx| {
            messages::again(tx, id, one, now)?;
            messages::hurry(tx, id, now)
        })
        .await?;
    Ok(redirect_saying(&me, &format!("{}/messages", url(&name)), "wiki-messages-again"))
}
