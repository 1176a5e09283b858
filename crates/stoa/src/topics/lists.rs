//! `GET /latest`, `/new`, `/unread`, `/top`: all topics one may see, in one order or another.

use crate::web::extract::Query;
use askama::Template;
use axum::http::HeaderMap;
use serde::Deserialize;

use crate::app::App;
use crate::clock::DAY;
use crate::db::{Tx, params};
use crate::follow::unread::{self, Counts, new_to, unread};
use crate::follow::wishes::Wishes;
use crate::topics::Topic;
use crate::topics::list::{Pager, Row, Slice, fill};
use crate::topics::queries::columns;
use crate::web::error::Result;
use crate::web::paging::{PER_PAGE, Place};
use crate::web::routes::Field;
use crate::web::shell::Head;
use crate::web::{Refusal, Visit, field, stored};

pub const QUERY: &[Field] = &[field("page", 20), field("before", 60), field("lang", 35)];
/// `all`: not only what is new to the reader.
pub const NEW_QUERY: &[Field] = &[field("page", 20), field("before", 60), field("lang", 35), field("all", 5)];
pub const TOP_QUERY: &[Field] = &[field("page", 20), field("before", 60), field("lang", 35), field("period", 10)];

/// What a list's address may say.
#[derive(Clone, Debug, Default, Deserialize)]
pub struct Asked {
    pub page: Option<String>,
    pub before: Option<String>,
    pub lang: Option<String>,
    pub period: Option<String>,
    pub all: Option<String>,
}

/// What every list leaves out for those who may not see it. `$1`: categories one sees, `$2`: 1 for staff.
macro_rules! listed {
    () => {
        "+t.category_id in ids($1) and (t.deleted_at is null or $2 = 1) and (t.hidden_at is null or $2 = 1)
        and (t.unlisted_at is null or $2 = 1)"
    };
}
pub(crate) use listed;

/// Columns, tables and visibility of a list, a condition of its own, and the order; the place is (`$3`, `$4`).
macro_rules! list {
    ($from:literal, $by:literal, $($condition:expr),+) => {
        concat!(
            "select ",
            columns!(),
            " from ",
            $from,
            " where ",
            listed!(),
            " and (",
            $by,
            ", t.id) < ($3, $4) and ",
            $($condition,)+
            " order by ",
            $by,
            " desc, t.id desc limit $6 offset $7"
        )
    };
}

const LATEST: &str = list!("topics t", "t.bumped_at", "$5 = $5");
const LATEST_IN: &str = list!("topics t", "t.bumped_at", "t.lang = $5");
const NEW: &str = list!("topics t", "t.created_at", "$5 = $5");
const NEW_IN: &str = list!("topics t", "t.created_at", "t.lang = $5");
const UNREAD: &str =
    list!("reads r join topics t on t.id = r.topic_id", "t.bumped_at", "($5 = '' or t.lang = $5) and ", unread!("$8"));
const NEW_TO: &str = list!("topics t", "t.created_at", "($5 = '' or t.lang = $5) and ", new_to!("$8", "$9"));
/// Likes and replies of topics that were alive since a time; the place is (score, id).
const TOP: &str =
    list!("topics t", "(t.like_count * 3 + t.post_count)", "($5 = '' or t.lang = $5) and t.bumped_at > $8");
/// The same for long periods, read in the order of the score.
const TOP_LONG: &str =
    list!("topics t", "(t.like_count * 3 + t.post_count)", "($5 = '' or t.lang = $5) and +t.bumped_at > $8");
const PINNED: &str = concat!(
    "select ",
    columns!(),
    " from topics t where t.pinned_at is not null and ",
    listed!(),
    " and (t.pinned_until is null or t.pinned_until > $3) and ($4 = '' or t.lang = $4 or t.lang = '')
    and (t.pinned_everywhere = 1 or t.category_id = $5) order by t.pinned_at desc limit 10"
);

/// Pinned topics of the site, or of a category.
pub fn pinned(tx: &Tx, v: &Visit, lang: &str, category: i64) -> Result<Vec<Topic>> {
    tx.all(PINNED, params![&v.viewer.sees, v.viewer.is_staff(), v.now, lang, category])
}

/// The tabs above the lists.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub enum Tab {
    Latest,
    New,
    Unread,
    /// What is new to the reader.
    NewToMe,
    Top,
    Categories,
}

#[derive(Template)]
#[template(path = "topics/templates/list.html")]
pub struct List<'a> {
    pub v: &'a Visit,
    pub head: Head,
    pub title: String,
    pub tab: Tab,
    pub rows: Vec<Row>,
    pub pager: Pager,
    pub lang: String,
    pub langs: Vec<(String, String)>,
    pub period: &'static str,
    pub is_home: bool,
    pub counts: Counts,
    /// How many topics were just taken as read, which can be undone.
    pub undoable: Option<i64>,
}

impl List<'_> {
    fn is_period(&self, period: &str) -> bool {
        self.period == period
    }

    fn tab_is(&self, tab: Tab) -> bool {
        self.tab == tab
    }

    /// Whether it is the list that streams tell of.
    fn is_live(&self) -> bool {
        self.tab == Tab::Latest && self.lang.is_empty() && self.pager.previous.is_none()
    }

    /// When the newest thing in it happened.
    fn newest(&self) -> i64 {
        self.rows.iter().map(|row| row.topic.bumped_at).max().unwrap_or(0)
    }
}

/// The language filter of an address, if it is a language.
pub fn language(asked: &Asked) -> Result<String> {
    match asked.lang.as_deref() {
        None | Some("") => Ok(String::new()),
        Some(code) if stoa_i18n::is_language_code(code) => Ok(code.to_owned()),
        Some(_) => Err(crate::web::Error::NotFound),
    }
}

/// Languages of topics that the viewer may see, for the filter: code, name. Walks the index from language to language.
const LANGUAGES: &str = concat!(
    "with recursive l(lang) as (
        select min(lang) from topics where lang > ''
        union all select (select min(n.lang) from topics n where n.lang > l.lang) from l where l.lang is not null)
    select lang from l where lang is not null and exists (select 1 from topics t where t.lang = l.lang and ",
    listed!(),
    ")"
);

fn languages(tx: &Tx, v: &Visit) -> Result<Vec<(String, String)>> {
    let codes: Vec<String> = tx.all(LANGUAGES, params![&v.viewer.sees, v.viewer.is_staff()])?;
    Ok(codes.into_iter().map(|code| (code.clone(), stoa_i18n::language_name(&code))).collect())
}

pub async fn latest(v: Visit, app: App, Query(asked): Query<Asked>, headers: HeaderMap) -> Result {
    cached(&v, &app, &headers, Tab::Latest, false, &asked).await
}

pub async fn newest(v: Visit, app: App, Query(asked): Query<Asked>, headers: HeaderMap) -> Result {
    let tab = if v.viewer.user.is_some() && asked.all.is_none() { Tab::NewToMe } else { Tab::New };
    cached(&v, &app, &headers, tab, false, &asked).await
}

pub async fn unread(v: Visit, app: App, Query(asked): Query<Asked>, headers: HeaderMap) -> Result {
    cached(&v, &app, &headers, Tab::Unread, false, &asked).await
}

pub async fn top(v: Visit, app: App, Query(asked): Query<Asked>, headers: HeaderMap) -> Result {
    cached(&v, &app, &headers, Tab::Top, false, &asked).await
}

/// One of the lists; for those who are not logged in from the cache, as long as nothing has happened on the site.
pub async fn cached(v: &Visit, app: &App, headers: &HeaderMap, tab: Tab, is_home: bool, asked: &Asked) -> Result {
    let name =
        format!("list {tab:?} {is_home} {:?} {:?} {:?} {:?}", asked.page, asked.before, asked.lang, asked.period);
    stored::page(v, app, headers, &name, |tx| html(tx, v, tab, is_home, asked)).await
}

/// Which list is meant. `since`: when its period began, in microseconds.
pub struct Which<'a> {
    pub tab: Tab,
    pub lang: &'a str,
    pub period: &'static str,
    pub since: i64,
    /// Categories whose topics are listed; all of them must be ones that the viewer sees.
    pub sees: &'a [i64],
}

/// The rows of a list. `staff`: also those that are hidden, unlisted or deleted.
pub fn read(
    tx: &Tx,
    v: &Visit,
    staff: bool,
    which: &Which,
    before: Place,
    limit: i64,
    skip: i64,
) -> Result<Vec<Topic>> {
    let (sees, lang) = (which.sees, which.lang);
    let (latest, new) = if lang.is_empty() { (LATEST, NEW) } else { (LATEST_IN, NEW_IN) };
    let me = v.viewer.id();
    let top = if matches!(which.period, "year" | "all") { TOP_LONG } else { TOP };
    let (at, id) = (before.at, before.id);
    match which.tab {
        Tab::Latest | Tab::Categories => tx.all(latest, params![sees, staff, at, id, lang, limit, skip]),
        Tab::New => tx.all(new, params![sees, staff, at, id, lang, limit, skip]),
        Tab::Unread => tx.all(UNREAD, params![sees, staff, at, id, lang, limit, skip, me]),
        Tab::NewToMe => tx.all(NEW_TO, params![sees, staff, at, id, lang, limit, skip, me, which.since]),
        Tab::Top => tx.all(top, params![sees, staff, at, id, lang, limit, skip, which.since]),
    }
}

fn html(tx: &Tx, v: &Visit, tab: Tab, is_home: bool, asked: &Asked) -> Result<String> {
    let lang = language(asked)?;
    let slice = Slice::read(asked.page.as_deref(), asked.before.as_deref())?;
    let (period, since) = period(asked.period.as_deref(), v.now)?;
    let wishes = Wishes::of(tx, v)?;
    let sees = if tab == Tab::Top { v.viewer.sees.clone() } else { wishes.sees(v) };
    let (new_since, undoable) = match v.viewer.id() {
        Some(me) if matches!(tab, Tab::Unread | Tab::NewToMe) => {
            (unread::new_since(tx, me, v.now)?, unread::undoable(tx, me, v.now)?)
        }
        Some(me) => (unread::new_since(tx, me, v.now)?, None),
        None => (0, None),
    };
    let counts = unread::counts(tx, v, &wishes, new_since)?;
    let since = if tab == Tab::NewToMe { new_since } else { since };
    let which = Which { tab, lang: &lang, period, since, sees: &sees };
    let mut topics = read(tx, v, v.viewer.is_staff(), &which, slice.before, PER_PAGE + 1, slice.skip)?;
    let next = next_place(&mut topics, |t| match tab {
        Tab::New | Tab::NewToMe => Place { at: t.created_at, id: t.id },
        Tab::Top => Place { at: t.like_count * 3 + t.post_count, id: t.id },
        _ => Place { at: t.bumped_at, id: t.id },
    });
    let pinned = match (tab, slice.page) {
        (Tab::Latest, 1) => pinned(tx, v, &lang, 0)?,
        _ => Vec::new(),
    };
    let mut rows = with_pinned(tx, v, pinned, topics)?;
    rows.retain(|row| !row.is_muted(&wishes));
    let mut path = address(tab, is_home, &lang, period);
    if tab == Tab::New && v.viewer.user.is_some() {
        path.push_str(if path.contains('?') { "&all=1" } else { "?all=1" });
    }
    let title = match tab {
        Tab::Latest | Tab::Categories => v.t.list_latest_title(),
        Tab::New | Tab::NewToMe => v.t.list_new_title(),
        Tab::Unread => v.t.list_unread_title(),
        Tab::Top => v.t.list_top_title(),
    };
    let mut head = Head::titled(if is_home { String::new() } else { title.clone() }).canonical(path.clone());
    head = match tab {
        Tab::Unread | Tab::NewToMe => head.unlisted(),
        Tab::New => head.feed("/new", title.clone()),
        Tab::Top => head.feed("/top", title.clone()),
        _ => head.feed("/latest", title.clone()),
    };
    if !v.site.setting("tagline").is_empty() {
        head = head.describe(v.site.setting("tagline"));
    }
    let pager = Pager::of_list(v, &path, slice.page, next);
    let langs = languages(tx, v)?;
    Ok(List { v, head, title, tab, rows, pager, lang, langs, period, is_home, counts, undoable }.render()?)
}

/// Cuts the one row too many off, which tells that there is more.
pub fn next_place(topics: &mut Vec<Topic>, place: impl Fn(&Topic) -> Place) -> Option<Place> {
    if topics.len() as i64 <= PER_PAGE {
        return None;
    }
    topics.truncate(PER_PAGE as usize);
    topics.last().map(place)
}

/// Pinned rows first, each topic once.
pub fn with_pinned(tx: &Tx, v: &Visit, pinned: Vec<Topic>, topics: Vec<Topic>) -> Result<Vec<Row>> {
    let pins: Vec<i64> = pinned.iter().map(|t| t.id).collect();
    let rest = topics.into_iter().filter(|t| !pins.contains(&t.id));
    let mut rows = fill(tx, v, pinned.into_iter().chain(rest).collect())?;
    for row in rows.iter_mut().take(pins.len()) {
        row.is_pinned = true;
    }
    Ok(rows)
}

fn address(tab: Tab, is_home: bool, lang: &str, period: &str) -> String {
    let path = match tab {
        _ if is_home => "/",
        Tab::Latest | Tab::Categories => "/latest",
        Tab::New | Tab::NewToMe => "/new",
        Tab::Unread => "/unread",
        Tab::Top => "/top",
    };
    let mut parts = Vec::new();
    if tab == Tab::Top && period != "month" {
        parts.push(format!("period={period}"));
    }
    if !lang.is_empty() {
        parts.push(format!("lang={lang}"));
    }
    if parts.is_empty() { path.to_owned() } else { format!("{path}?{}", parts.join("&")) }
}

/// The periods of `/top`.
pub const PERIODS: [&str; 6] = ["day", "week", "month", "quarter", "year", "all"];

/// The period's name and when it began, in microseconds.
pub fn period(asked: Option<&str>, now: i64) -> Result<(&'static str, i64)> {
    let asked = asked.filter(|p| !p.is_empty()).unwrap_or("month");
    let name = PERIODS.into_iter().find(|p| *p == asked).ok_or(crate::web::Error::from(Refusal::PageNumber))?;
    let days = match name {
        "day" => 1,
        "week" => 7,
        "month" => 30,
        "quarter" => 91,
        "year" => 365,
        _ => return Ok((name, i64::MIN)),
    };
    Ok((name, now - days * DAY))
}
