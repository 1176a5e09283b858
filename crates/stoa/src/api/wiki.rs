//! `GET /api/v1/wiki/{wiki}/…`: what is about a wiki page, and everything that has changed, for wikis that keep a copy.

use axum::http::HeaderMap;
use schemars::JsonSchema;
use serde::{Deserialize, Serialize};

use super::answer;
use super::discussion::{Discussion, Maker};
use crate::access;
use crate::app::App;
use crate::binding::queries;
use crate::binding::title::tidy;
use crate::db::changes::{self, Cursor};
use crate::db::{Kind, Tx, params};
use crate::feeds::feed::{Feed, Format, send};
use crate::feeds::topics::entries;
use crate::topics::Topic;
use crate::topics::queries::BY_IDS;
use crate::web::error::{Error, Result};
use crate::web::extract::{Path, Query};
use crate::web::routes::Field;
use crate::web::{Refusal, Visit, field};

pub const PAGE_QUERY: &[Field] = &[field("limit", 3)];
pub const LOG_QUERY: &[Field] = &[field("since", 60), field("limit", 3)];
/// Discussions in an answer.
const MOST: i64 = 100;

/// How many.
#[derive(Debug, Deserialize, JsonSchema)]
pub struct AskedPage {
    /// 1 to 100 of each; 100 when nothing is said.
    pub limit: Option<i64>,
}

/// What a wiki page has to do with discussions.
#[derive(Serialize, JsonSchema)]
pub struct OfPage {
    pub wiki: String,
    pub title: String,
    /// Those that are about it, newest post first.
    pub discussions: Vec<Discussion>,
    /// Those that the page links to or shows.
    pub linked: Vec<Discussion>,
}

/// From where on.
#[derive(Debug, Deserialize, JsonSchema)]
pub struct AskedLog {
    /// What an answer said as `next`; the beginning when nothing is said.
    pub since: Option<String>,
    /// 1 to 100; 100 when nothing is said.
    pub limit: Option<i64>,
}

/// Part of the log.
#[derive(Serialize, JsonSchema)]
pub struct Log {
    /// As they are now.
    pub discussions: Vec<Discussion>,
    /// Ids of those that are no longer there, or no longer for everybody.
    pub deleted: Vec<i64>,
    /// For `since`.
    pub next: String,
    /// Whether there is more already.
    pub more: bool,
}

/// Topics of these ids that everybody finds in lists, newest post first.
fn listed(tx: &Tx, v: &Visit, ids: &[i64], limit: i64) -> Result<Vec<Topic>> {
    let mut found: Vec<Topic> = tx.all(BY_IDS, params![ids])?;
    found.retain(|topic| access::is_listed_for(&v.viewer, topic));
    found.sort_by_key(|t| std::cmp::Reverse((t.bumped_at, t.id)));
    found.truncate(usize::try_from(limit).unwrap_or(0));
    Ok(found)
}

fn limit(asked: Option<i64>) -> Result<i64> {
    let limit = asked.unwrap_or(MOST);
    if (1..=MOST).contains(&limit) { Ok(limit) } else { Err(Refusal::PageNumber.into()) }
}

/// `GET /api/v1/wiki/{wiki}/page/{title}/discussions`.
pub async fn of_page(
    v: Visit,
    app: App,
    Path((wiki, title)): Path<(String, String)>,
    Query(asked): Query<AskedPage>,
    headers: HeaderMap,
) -> Result {
    let limit = limit(asked.limit)?;
    let title = tidy(&title);
    answer(&v, &app, &headers, &format!("page {wiki} {title} {limit}"), |tx| {
        let maker = Maker { app: &app, site: &v.site };
        let bound = queries::bound_to(tx, &wiki, &title)?;
        let linked: Vec<i64> =
            queries::linked_from(tx, &wiki, &title)?.into_iter().filter(|id| !bound.contains(id)).collect();
        Ok(OfPage {
            discussions: maker.of(tx, listed(tx, &v, &bound, limit)?)?,
            linked: maker.of(tx, listed(tx, &v, &linked, limit)?)?,
            wiki: wiki.clone(),
            title: title.clone(),
        })
    })
    .await
}

/// `GET /api/v1/wiki/{wiki}/page/{title}/discussions.atom`.
pub async fn feed_of_page(
    v: Visit,
    app: App,
    Path((format, wiki, title)): Path<(String, String, String)>,
    headers: HeaderMap,
) -> Result {
    let format: Format = format.parse()?;
    let title = tidy(&title);
    send(&v, &app, &headers, format, &format!("page {wiki} {title}"), |tx| {
        let bound = queries::bound_to(tx, &wiki, &title)?;
        let path = format!("/api/v1/wiki/{wiki}/page/{}/discussions", crate::topics::encoded(&title));
        Ok(Feed {
            title: v.t.feed_site(v.site.name(), &title),
            page: format!("/latest?wiki={wiki}&page={}", crate::topics::encoded(&title)),
            path,
            query: String::new(),
            entries: entries(tx, &v, listed(tx, &v, &bound, crate::feeds::MOST)?, |t| t.bumped_at)?,
        })
    })
    .await
}

/// Where a reader of the log is: still among the topics that were there from the beginning, or in the log itself.
enum Since {
    /// Behind this topic, and the log as it was when the reading began.
    Topics(i64, Cursor),
    Log(Cursor),
}

impl Since {
    fn parse(text: &str) -> Option<Since> {
        match text.split_once('~') {
            Some((topic, log)) => Some(Since::Topics(topic.parse().ok()?, log.parse().ok()?)),
            None => Some(Since::Log(text.parse().ok()?)),
        }
    }
}

impl std::fmt::Display for Since {
    fn fmt(&self, f: &mut std::fmt::Formatter) -> std::fmt::Result {
        match self {
            Since::Topics(topic, log) => write!(f, "{topic}~{log}"),
            Since::Log(log) => write!(f, "{log}"),
        }
    }
}

/// `GET /api/v1/wiki/{wiki}/discussions`: first all topics in the order of their ids, then what happened since that was
/// begun.
pub async fn log(
    v: Visit,
    app: App,
    Path(wiki): Path<String>,
    Query(asked): Query<AskedLog>,
    headers: HeaderMap,
) -> Result {
    let limit = limit(asked.limit)?;
    let since = asked.since.filter(|s| !s.is_empty());
    let place = match &since {
        Some(text) => Some(Since::parse(text).ok_or(Error::from(Refusal::PageNumber))?),
        None => None,
    };
    answer(&v, &app, &headers, &format!("log {wiki} {since:?} {limit}"), |tx| {
        queries::wiki(tx, &wiki)?;
        match &place {
            None => topics(tx, &v, &app, 0, changes::complete(tx)?, limit),
            Some(Since::Topics(topic, log)) => topics(tx, &v, &app, *topic, *log, limit),
            Some(Since::Log(log)) => changed(tx, &v, &app, *log, limit),
        }
    })
    .await
}

const TOPICS: &str = concat!(
    "select ",
    crate::topics::queries::columns!(),
    " from topics t where t.id > $3 and ",
    crate::topics::lists::listed!(),
    " order by t.id limit $4"
);

fn topics(tx: &Tx, v: &Visit, app: &App, after: i64, log: Cursor, limit: i64) -> Result<Log> {
    let found: Vec<Topic> = tx.all(TOPICS, params![&v.viewer.sees, false, after, limit])?;
    let next = match found.last() {
        Some(last) if found.len() as i64 == limit => Since::Topics(last.id, log),
        _ => Since::Log(log),
    };
    let discussions = Maker { app, site: &v.site }.of(tx, found)?;
    Ok(Log { discussions, deleted: Vec::new(), more: true, next: next.to_string() })
}

/// Topics of a room that nobody outside sees any more.
const CLOSED: &str = "select id from topics where category_id = $1 order by id desc limit $2";
const CLOSED_MOST: i64 = 10_000;

fn changed(tx: &Tx, v: &Visit, app: &App, from: Cursor, limit: i64) -> Result<Log> {
    let entries = changes::after(tx, from, usize::try_from(limit).unwrap_or(0))?;
    let next = entries.last().map_or(from, |e| Cursor { xid: e.xid, seq: e.seq });
    let found: Vec<Topic> = tx.all(BY_IDS, params![&queries::topics_of(tx, &entries)?])?;
    // What was never seen outside and goes on inside is not named; what was moved away is.
    let moves = [Kind::TopicEdited as i64, Kind::TopicDeleted as i64];
    let moved: Vec<i64> = entries.iter().filter(|e| moves.contains(&e.kind)).map(|e| e.subject).collect();
    let (seen, gone): (Vec<Topic>, Vec<Topic>) =
        found.into_iter().filter(|t| !t.is_message()).partition(|t| access::is_listed_for(&v.viewer, t));
    let mut deleted: Vec<i64> = gone.iter().map(|t| t.id).filter(|id| moved.contains(id)).collect();
    // Whole rooms were opened, closed or filled: those that are closed are named, and all others are read once more.
    let mut restart = false;
    for entry in &entries {
        if entry.kind == Kind::CategoryEdited as i64 && !v.viewer.may_see(entry.subject) {
            deleted.extend(tx.all::<i64>(CLOSED, params![entry.subject, CLOSED_MOST])?);
        }
        restart |= entry.kind == Kind::CategoryEdited as i64 || entry.kind == Kind::Imported as i64;
    }
    let next = if restart { Since::Topics(0, next) } else { Since::Log(next) };
    Ok(Log {
        discussions: Maker { app, site: &v.site }.of(tx, seen)?,
        deleted,
        more: restart || entries.len() as i64 == limit,
        next: next.to_string(),
    })
}
