//! `GET /bookmarks/{token}.ics`: reminders for a calendar program, which cannot log in; the address is the secret.
//! `POST /bookmarks/renew`: another address, the old one leads nowhere any more.

use axum::http::{HeaderValue, header};
use axum::response::{IntoResponse, Response};

use super::ics::{self, Entry};
use super::list::{Bookmark, bookmarks};
use crate::access;
use crate::app::App;
use crate::db::{Tx, params};
use crate::site::{EVERYONE, MEMBERS};
use crate::topics::queries::columns;
use crate::web::error::Result;
use crate::web::extract::Path;
use crate::web::page::redirect_saying;
use crate::web::visit::Viewer;
use crate::web::{Error, Member, Visit, csrf};

/// Reminders in a calendar: the newest.
const COMING: &str = concat!(bookmarks!(), "b.remind_at is not null order by b.remind_at desc, b.id desc limit 500");

/// Whose calendar it is: nobody's when they are gone or suspended.
const OWNER: &str = "select c.user_id from calendar_tokens c join users u on u.id = c.user_id
    where c.token = $1 and u.deleted_at is null and (u.suspended_until is null or u.suspended_until <= $2)";

/// The secret of a member's calendar, if they have made one.
pub fn token(tx: &Tx, user: i64) -> Result<Option<String>> {
    tx.first("select token from calendar_tokens where user_id = $1", params![user])
}

pub fn path(token: &str) -> String {
    format!("/bookmarks/{token}.ics")
}

pub async fn page(v: Visit, app: App, Path(file): Path<String>) -> Result {
    let token = file.strip_suffix(".ics").ok_or(Error::NotFound)?;
    let found = app.db.read(|tx| {
        let owner: i64 = tx.first(OWNER, params![token, v.now])?.ok_or(Error::NotFound)?;
        let mut groups: Vec<i64> = tx.all("select group_id from group_members where user_id = $1", params![owner])?;
        groups.extend([EVERYONE, MEMBERS]);
        let viewer = Viewer { user: None, sees: v.site.seen_by(&groups), groups };
        let rows: Vec<Bookmark> = tx.all(COMING, params![owner])?;
        let seen = rows.into_iter().filter(|b| {
            access::topic_is_open_to(&viewer, owner, &b.topic)
                && access::post_is_open_to(&viewer, b.author_id, b.hidden_at, b.deleted_at)
        });
        Ok(seen.collect::<Vec<Bookmark>>())
    });
    let host = url::Url::parse(v.app.config.base().as_str()).ok();
    let host = host.as_ref().and_then(|url| url.host_str()).unwrap_or("localhost").to_owned();
    let entries: Vec<Entry> = found.await?.into_iter().map(|b| entry(&v, &host, b)).collect();
    let text = ics::calendar(&v.t.calendar_name(v.site.name()), &entries);
    let about = [
        (header::CONTENT_TYPE, HeaderValue::from_static("text/calendar; charset=utf-8")),
        (header::CACHE_CONTROL, HeaderValue::from_static("private, no-store")),
    ];
    Ok((about, text).into_response())
}

fn entry(v: &Visit, host: &str, b: Bookmark) -> Entry {
    Entry {
        uid: format!("bookmark-{}@{host}", b.id),
        made_at: b.created_at,
        at: b.remind_at.unwrap_or(b.created_at),
        url: v.absolute(&b.topic.url_of(b.number)),
        summary: b.topic.title,
        description: b.note,
    }
}

pub async fn renew(me: Member, app: App) -> Result<Response> {
    let (user, now) = (me.user.id, me.now);
    let token = csrf::random_token();
    app.db
        .write(move |tx| {
            tx.exec(
                "insert into calendar_tokens (user_id, token, created_at) values ($1, $2, $3)
                 on conflict (user_id) do update set token = excluded.token, created_at = excluded.created_at",
                params![user, &token, now],
            )
        })
        .await?;
    Ok(redirect_saying(&me, "/bookmarks", "calendar-renewed"))
}
