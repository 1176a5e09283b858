//! `GET /notifications`: what somebody was told, unread first, by topic, each with its reason; `/notifications/{id}`: to
//! the thing itself.

use askama::Template;
use axum::http::header;
use axum::response::{IntoResponse, Response};
use serde::Deserialize;

use super::kinds::{Kind, Line};
use crate::access;
use crate::app::App;
use crate::db::{FromRow, Row, Tx, params};
use crate::follow::Reason;
use crate::topics::list::{Pager, Person, Slice};
use crate::topics::{Topic, queries};
use crate::users::avatar::Avatar;
use crate::web::error::{Error, Result};
use crate::web::extract::{Path, Query};
use crate::web::page::redirect;
use crate::web::paging::{PER_PAGE, Place};
use crate::web::routes::Field;
use crate::web::shell::Head;
use crate::web::{Member, Visit, field, page as show};

pub const QUERY: &[Field] = &[field("page", 20), field("before", 60)];

#[derive(Deserialize)]
pub struct Asked {
    page: Option<String>,
    before: Option<String>,
}

/// What is kept of a notice.
pub struct Kept {
    pub id: i64,
    pub kind: i64,
    pub topic_id: Option<i64>,
    pub number: i64,
    pub last_number: i64,
    pub actor: String,
    pub count: i64,
    pub why: i64,
    pub created_at: i64,
    pub read_at: Option<i64>,
    pub actor_id: i64,
    pub picture: Option<String>,
}

impl FromRow for Kept {
    fn from_row(row: &Row) -> Result<Self> {
        Ok(Kept {
            id: row.get(0)?,
            kind: row.get(1)?,
            topic_id: row.get(2)?,
            number: row.get(3)?,
            last_number: row.get(4)?,
            count: row.get(5)?,
            why: row.get(6)?,
            created_at: row.get(7)?,
            read_at: row.get(8)?,
            actor_id: row.get::<Option<i64>>(9)?.unwrap_or(0),
            actor: row.get::<Option<String>>(10)?.unwrap_or_default(),
            picture: row.get(11)?,
        })
    }
}

/// What a page needs of a notice, for tables `notifications n`.
macro_rules! notice {
    ($rest:literal) => {
        concat!(
            "select n.id, n.kind, n.topic_id, n.number, n.last_number, n.count, n.why, n.created_at, n.read_at, n.actor_id,
                u.name, f.sha256
             from notifications n left join users u on u.id = n.actor_id left join uploads f on f.id = u.avatar_upload_id
             where ",
            $rest
        )
    };
}

const UNREAD: &str =
    notice!("n.user_id = $1 and n.read_at is null and n.quiet = 0 order by n.created_at desc, n.id desc limit 200");
const READ: &str = notice!(
    "n.user_id = $1 and n.read_at is not null and n.quiet = 0 and (n.created_at, n.id) < ($2, $3)
    order by n.created_at desc, n.id desc limit $4 offset $5"
);

pub const BY_IDS: &str = notice!("n.id in ids($1)");

/// A notice as it is shown.
pub struct Notice {
    pub id: i64,
    pub line: &'static Line,
    pub actor: Person,
    /// The sentence that says what happened, in the reader's language.
    pub text: String,
    pub why: String,
    pub at: i64,
    pub is_unread: bool,
    pub has_topic: bool,
}

/// Notices of one topic together.
pub struct Group {
    pub title: String,
    pub lang: String,
    pub notices: Vec<Notice>,
}

#[derive(Template)]
#[template(path = "notifications/templates/list.html")]
struct Page<'a> {
    v: &'a Visit,
    head: Head,
    unread: Vec<Group>,
    read: Vec<Group>,
    pager: Pager,
    is_first: bool,
}

pub async fn page(me: Member, app: App, Query(asked): Query<Asked>) -> Result {
    let slice = Slice::read(asked.page.as_deref(), asked.before.as_deref())?;
    let user = me.user.id;
    let found = app.db.read(|tx| {
        let unread: Vec<Kept> = if slice.page == 1 { tx.all(UNREAD, params![user])? } else { Vec::new() };
        let (at, id) = (slice.before.at, slice.before.id);
        let mut read: Vec<Kept> = tx.all(READ, params![user, at, id, PER_PAGE + 1, slice.skip])?;
        let more = read.len() as i64 > PER_PAGE;
        read.truncate(PER_PAGE as usize);
        let next = read.last().filter(|_| more).map(|n| Place { at: n.created_at, id: n.id });
        Ok((groups(tx, &me, unread)?, groups(tx, &me, read)?, next))
    });
    let (unread, read, next) = found.await?;
    seen(&app, user, me.now).await?;
    let pager = Pager::of_list(&me, "/notifications", slice.page, next);
    let head = Head::titled(me.t.notices_title()).unlisted();
    show(&Page { v: &me, head, unread, read, pager, is_first: slice.page == 1 })
}

/// Opening the list takes the count off the bell.
async fn seen(app: &App, user: i64, now: i64) -> Result<()> {
    let unseen = app.db.read(|tx| {
        tx.first::<i64>("select id from notifications where user_id = $1 and seen_at is null limit 1", params![user])
    });
    if unseen.await?.is_some() {
        app.db
            .write(move |tx| {
                tx.exec(
                    "update notifications set seen_at = $2 where user_id = $1 and seen_at is null",
                    params![user, now],
                )
            })
            .await?;
    }
    Ok(())
}

/// Puts notices of one topic together, in the order of the newest. What the reader may not see (any more) is left out.
pub fn groups(tx: &Tx, v: &Visit, kept: Vec<Kept>) -> Result<Vec<Group>> {
    let mut ids: Vec<i64> = kept.iter().filter_map(|n| n.topic_id).collect();
    ids.sort_unstable();
    ids.dedup();
    let topics: Vec<Topic> = tx.all(queries::BY_IDS, params![&ids])?;
    let visible = access::visible_topics(tx, v, topics)?;
    let mut groups: Vec<(i64, Group)> = Vec::new();
    for kept in kept {
        let Some(kind) = Kind::from_number(kept.kind) else { continue };
        let topic = kept.topic_id.and_then(|id| visible.iter().find(|t| t.id == id));
        if kept.topic_id.is_some() && topic.is_none() {
            continue;
        }
        let id = kept.topic_id.unwrap_or(-kept.id);
        let notice = notice(v, kind, topic, kept);
        match groups.iter_mut().find(|(other, _)| *other == id) {
            Some((_, group)) => group.notices.push(notice),
            None => {
                let (title, lang) = topic.map(|t| (t.title.clone(), t.lang.clone())).unwrap_or_default();
                groups.push((id, Group { title, lang, notices: vec![notice] }));
            }
        }
    }
    Ok(groups.into_iter().map(|(_, group)| group).collect())
}

fn notice(v: &Visit, kind: Kind, topic: Option<&Topic>, kept: Kept) -> Notice {
    let line = kind.line();
    Notice {
        id: kept.id,
        line,
        text: text(v, kind, &kept.actor, kept.count),
        why: why(v, kept.why),
        at: kept.created_at,
        is_unread: kept.read_at.is_none(),
        has_topic: topic.is_some(),
        actor: Person { avatar: Avatar::of(kept.actor_id, &kept.actor, kept.picture.as_deref()), name: kept.actor },
    }
}

/// What happened, as a sentence.
pub fn text(v: &Visit, kind: Kind, actor: &str, count: i64) -> String {
    use stoa_i18n::A;
    let key = format!("notice-{}", kind.line().key);
    v.t.msg(&key, &[A::Text(actor.into()), A::Number(count), A::Number(count - 1)])
}

/// Why one is told.
pub fn why(v: &Visit, reason: i64) -> String {
    v.msg(format!("notice-why-{}", Reason::from_number(reason).key()))
}

/// `GET /notifications/{id}`: to the post. That reads it, because a topic's page reads what it shows.
pub async fn open(me: Member, app: App, Path(id): Path<i64>) -> Result<Response> {
    let user = me.user.id;
    let found = app.db.read(|tx| {
        let kept: Option<(Option<i64>, i64)> =
            tx.first("select topic_id, number from notifications where id = $1 and user_id = $2", params![id, user])?;
        let (topic, number) = kept.ok_or(Error::NotFound)?;
        match topic {
            Some(topic) => Ok(access::topic(tx, &me, topic)?.url_of(number.max(1))),
            None => Ok("/notifications".to_owned()),
        }
    });
    Ok(redirect(&found.await?))
}

/// `GET /notifications/count`: how many are new, for the bell of an open page.
pub async fn count(me: Member) -> Result<Response> {
    let body = serde_json::json!({ "count": me.user.unseen_count }).to_string();
    Ok(([(header::CONTENT_TYPE, "application/json")], body).into_response())
}
