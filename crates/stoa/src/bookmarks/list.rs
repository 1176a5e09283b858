//! `GET /bookmarks`: one's own bookmarks, newest first, and the address of one's calendar.

use askama::Template;
use serde::Deserialize;
use stoa_markup::SafeHtml;

use super::calendar;
use crate::access;
use crate::app::App;
use crate::db::{FromRow, Row, Tx, params};
use crate::topics::Topic;
use crate::topics::list::{Pager, Slice};
use crate::topics::queries::{COLUMNS, columns};
use crate::web::error::Result;
use crate::web::extract::Query;
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

/// A bookmark with what it is of.
pub struct Bookmark {
    pub topic: Topic,
    pub id: i64,
    pub note: String,
    pub remind_at: Option<i64>,
    pub created_at: i64,
    pub post_id: i64,
    pub number: i64,
    pub html: SafeHtml,
    pub lang: String,
    pub author_id: i64,
    pub hidden_at: Option<i64>,
    pub deleted_at: Option<i64>,
    pub author: String,
}

impl FromRow for Bookmark {
    fn from_row(row: &Row) -> Result<Self> {
        Ok(Bookmark {
            topic: Topic::from_row(row)?,
            id: row.get(COLUMNS)?,
            note: row.get(COLUMNS + 1)?,
            remind_at: row.get(COLUMNS + 2)?,
            created_at: row.get(COLUMNS + 3)?,
            post_id: row.get(COLUMNS + 4)?,
            number: row.get(COLUMNS + 5)?,
            html: row.get(COLUMNS + 6)?,
            lang: row.get(COLUMNS + 7)?,
            author_id: row.get(COLUMNS + 8)?,
            hidden_at: row.get(COLUMNS + 9)?,
            deleted_at: row.get(COLUMNS + 10)?,
            author: row.get(COLUMNS + 11)?,
        })
    }
}

impl Bookmark {
    fn url(&self) -> String {
        self.topic.url_of(self.number)
    }

    fn excerpt(&self) -> String {
        stoa_markup::excerpt(&crate::posts::plain(&self.html), 200)
    }

    fn is_past(&self, now: &i64) -> bool {
        self.remind_at.is_some_and(|at| at <= *now)
    }
}

/// A bookmark's columns; what follows chooses which.
macro_rules! bookmarks {
    () => {
        concat!(
            "select ",
            columns!(),
            ", b.id, b.note, b.remind_at, b.created_at, p.id, p.number, p.html, p.lang, p.author_id, p.hidden_at,
                p.deleted_at, u.name
            from bookmarks b join posts p on p.id = b.post_id join topics t on t.id = p.topic_id
                join users u on u.id = p.author_id
            where b.user_id = $1 and "
        )
    };
}
pub(super) use bookmarks;

const PAGE: &str =
    concat!(bookmarks!(), "(b.created_at, b.id) < ($2, $3) order by b.created_at desc, b.id desc limit $4 offset $5");

#[derive(Template)]
#[template(path = "bookmarks/templates/list.html")]
struct Page<'a> {
    v: &'a Visit,
    head: Head,
    bookmarks: Vec<Bookmark>,
    pager: Pager,
    calendar: Option<String>,
}

pub async fn page(me: Member, app: App, Query(asked): Query<Asked>) -> Result {
    let slice = Slice::read(asked.page.as_deref(), asked.before.as_deref())?;
    let found = app.db.read(|tx| Ok((read(tx, &me, slice)?, calendar::token(tx, me.user.id)?)));
    let ((bookmarks, next), token) = found.await?;
    let pager = Pager::of_list(&me, "/bookmarks", slice.page, next);
    let calendar = token.map(|token| me.absolute(&calendar::path(&token)));
    show(&Page { v: &me, head: Head::titled(me.t.bookmarks_title()).unlisted(), bookmarks, pager, calendar })
}

/// A page of what one still sees, and where the next begins.
fn read(tx: &Tx, me: &Member, slice: Slice) -> Result<(Vec<Bookmark>, Option<Place>)> {
    let before = slice.before;
    let mut rows: Vec<Bookmark> = tx.all(PAGE, params![me.user.id, before.at, before.id, PER_PAGE + 1, slice.skip])?;
    let more = rows.len() as i64 > PER_PAGE;
    rows.truncate(PER_PAGE as usize);
    let next = rows.last().filter(|_| more).map(|b| Place { at: b.created_at, id: b.id });
    rows.retain(|b| access::sees_topic(me, &b.topic) && access::sees_post(me, b.author_id, b.hidden_at, b.deleted_at));
    Ok((rows, next))
}
