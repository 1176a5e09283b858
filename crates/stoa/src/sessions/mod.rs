//! Sessions: logging in and out, and where one is logged in.

pub mod device;
pub mod list;
pub mod login;
pub mod logout;
pub mod tidy;

use axum::http::{HeaderMap, header};
use axum::response::Response;

use crate::app::App;
use crate::clock::{DAY, MINUTE};
use crate::db::{Tx, params};
use crate::web::error::Result;
use crate::web::{Policy, Routes, Visit, cookies, csrf};

/// How long a log-in lasts.
pub const LIVES: i64 = 60 * DAY;
/// How long a browser counts as one that the account has been used with.
const KNOWN_SECONDS: i64 = 365 * 86_400;
/// How exactly "last seen" is kept.
const SEEN_EVERY: i64 = 5 * MINUTE;

pub fn routes() -> Routes {
    Routes::new()
        .get_with("/login", Policy::Everyone, login::QUERY, login::form)
        .post("/login", Policy::Everyone, login::FIELDS, login::submit)
        .post("/logout", Policy::Everyone, &[], logout::submit)
        .get("/settings/sessions", Policy::Members, list::page)
        .post("/settings/sessions/{id}/end", Policy::Members, &[], list::end)
        .post("/settings/sessions/end-others", Policy::Members, &[], list::end_others)
}

/// What a browser said about itself and brought along, as far as a new session needs it.
#[derive(Clone, Debug, Default)]
pub struct Browser {
    device: String,
    old_token: Option<String>,
    known: Option<String>,
}

impl Browser {
    pub fn of(app: &App, headers: &HeaderMap) -> Browser {
        let https = app.config.is_https();
        let cookie = |base: &str| cookies::read(headers, &cookies::name(base, https)).map(str::to_owned);
        let agent = headers.get(header::USER_AGENT).and_then(|v| v.to_str().ok()).unwrap_or("");
        Browser { device: device::label(agent), old_token: cookie("stoa"), known: cookie("stoa-device") }
    }

    /// Whether somebody has logged in to this account with this browser since its password was last changed.
    pub fn is_known(&self, app: &App, user: i64, password_changed_at: i64) -> bool {
        let subject = known_subject(user, password_changed_at);
        self.known.as_deref().is_some_and(|token| app.secret.accepts(&subject, token))
    }
}

fn known_subject(user: i64, password_changed_at: i64) -> String {
    format!("device {user} {password_changed_at}")
}

/// A new session, under a new id; the one this browser had before ends. Returns the token for the cookie, of which
/// only a hash is kept.
pub fn begin(tx: &Tx, user: i64, browser: &Browser, now: i64) -> Result<String> {
    if let Some(old) = &browser.old_token {
        tx.exec("delete from sessions where token_hash = $1", params![csrf::hash_of(old)])?;
    }
    let token = csrf::random_token();
    tx.exec(
        "insert into sessions (token_hash, user_id, device, created_at, seen_at, expires_at)
         values ($1, $2, $3, $4, $4, $5)",
        params![csrf::hash_of(&token), user, &browser.device, now, now + LIVES],
    )?;
    Ok(token)
}

/// Ends all sessions of somebody, or all but one.
pub fn end_all(tx: &Tx, user: i64, but: Option<i64>) -> Result<u64> {
    tx.exec("delete from sessions where user_id = $1 and id <> $2", params![user, but.unwrap_or(0)])
}

/// Gives the browser its session, remembers it as one of this account's, and lets the account's own language and look
/// take the place of the stranger's.
pub fn welcome(app: &App, response: &mut Response, token: &str, user: i64, password_changed_at: i64) {
    let https = app.config.is_https();
    let known = app.secret.token(&known_subject(user, password_changed_at));
    let headers = response.headers_mut();
    headers.append(header::SET_COOKIE, cookies::set("stoa", token, Some(LIVES / 1_000_000), https));
    headers.append(header::SET_COOKIE, cookies::set("stoa-device", &known, Some(KNOWN_SECONDS), https));
    for stranger in ["stoa-lang", "stoa-look"] {
        headers.append(header::SET_COOKIE, cookies::set(stranger, "", Some(0), https));
    }
}

/// Notes that a session is in use, every five minutes at most, beside the answer.
pub fn seen(v: &Visit) {
    let Some(user) = &v.viewer.user else { return };
    if v.now - user.seen_at < SEEN_EVERY {
        return;
    }
    let (session, now, app) = (user.session_id, v.now, v.app.clone());
    tokio::spawn(async move {
        let wrote = app.db.write(move |tx| {
            tx.exec(
                "update sessions set seen_at = $2 where id = $1 and seen_at <= $3",
                params![session, now, now - SEEN_EVERY],
            )
        });
        if let Err(e) = wrote.await {
            tracing::warn!("keeping when a session was seen: {e:?}");
        }
    });
}
