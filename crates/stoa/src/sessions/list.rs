//! `GET /settings/sessions`: where one is logged in, and how to end it.

use askama::Template;
use axum::response::Response;
use stoa_i18n::T;

use crate::accounts::Tab;
use crate::app::App;
use crate::db::{from_row, params};
use crate::sessions::{end_all, logout};
use crate::web::error::Result;
use crate::web::extract::Path;
use crate::web::page::redirect_saying;
use crate::web::shell::Head;
use crate::web::{Error, Member, Visit, page as show};

struct Session {
    id: i64,
    device: String,
    created_at: i64,
    seen_at: i64,
}
from_row!(Session { id, device, created_at, seen_at });

#[derive(Template)]
#[template(path = "sessions/templates/list.html")]
struct Page<'a> {
    v: &'a Visit,
    head: Head,
    tab: Tab,
    here: i64,
    sessions: Vec<Session>,
}

/// A device in the reader's words.
pub fn device_words(t: &T, label: &str) -> String {
    match label.split_once('/').unwrap_or(("", "")) {
        ("", "") => t.session_unknown(),
        ("", one) | (one, "") => one.to_owned(),
        (browser, system) => t.session_device(stoa_i18n::Plain(browser), stoa_i18n::Plain(system)),
    }
}

impl Page<'_> {
    fn device(&self, label: &str) -> String {
        device_words(&self.v.t, label)
    }

    fn is_here(&self, id: &i64) -> bool {
        self.here == *id
    }
}

pub async fn page(me: Member, app: App) -> Result {
    let sessions = app.db.read(|tx| {
        tx.all(
            "select id, device, created_at, seen_at from sessions where user_id = $1 and expires_at > $2
             order by seen_at desc, id desc limit 100",
            params![me.user.id, me.now],
        )
    });
    let sessions: Vec<Session> = sessions.await?;
    let head = Head::titled(me.t.sessions_title()).unlisted();
    show(&Page { v: &me, head, tab: Tab::Sessions, here: me.user.session_id, sessions })
}

/// Ends one session of one's own.
pub async fn end(me: Member, app: App, Path(id): Path<i64>) -> Result<Response> {
    let user = me.user.id;
    let ended =
        app.db.write(move |tx| tx.exec("delete from sessions where id = $1 and user_id = $2", params![id, user]));
    if ended.await? == 0 {
        return Err(Error::NotFound);
    }
    if id == me.user.session_id {
        return Ok(logout::goodbye(&me, "logged-out"));
    }
    Ok(redirect_saying(&me, "/settings/sessions", "session-ended"))
}

/// Ends all sessions but this one.
pub async fn end_others(me: Member, app: App) -> Result<Response> {
    let (user, here) = (me.user.id, me.user.session_id);
    app.db.write(move |tx| end_all(tx, user, Some(here))).await?;
    Ok(redirect_saying(&me, "/settings/sessions", "sessions-ended"))
}
