//! Whoever came back from a wiki and is not known here yet: kept for an hour, under a token that only their browser has.

use axum::http::{HeaderMap, HeaderValue};

use crate::app::App;
use crate::clock::{HOUR, SECOND};
use crate::db::{Tx, params};
use crate::web::error::Result;
use crate::web::{cookies, csrf};
use crate::wikis::oauth::Profile;

const COOKIE: &str = "stoa-arrival";
/// How long somebody may think about it.
const LIVES: i64 = HOUR;

/// Somebody, and where they wanted to go.
pub struct Arrival {
    pub profile: Profile,
    pub back: String,
}

/// Keeps one; the token for the cookie, of which only a hash is kept.
pub fn add(tx: &Tx, wiki: i64, profile: &Profile, back: &str, now: i64) -> Result<String> {
    let token = csrf::random_token();
    let text = serde_json::to_string(profile).map_err(anyhow::Error::from)?;
    tx.exec("delete from wiki_arrivals where created_at < $1", params![now - LIVES])?;
    tx.exec(
        "insert into wiki_arrivals (token_hash, wiki_id, profile, back, created_at) values ($1, $2, $3, $4, $5)",
        params![csrf::hash_of(&token), wiki, text, back, now],
    )?;
    Ok(token)
}

pub fn cookie(app: &App, token: &str) -> HeaderValue {
    cookies::set(COOKIE, token, Some(LIVES / SECOND), app.config.is_https())
}

/// The cookie of a browser whose owner is somebody here now.
pub fn over(app: &App) -> HeaderValue {
    cookie_of(app, "", 0)
}

fn cookie_of(app: &App, value: &str, seconds: i64) -> HeaderValue {
    cookies::set(COOKIE, value, Some(seconds), app.config.is_https())
}

/// The hash of this browser's token, if it has one.
pub fn token_of(app: &App, headers: &HeaderMap) -> Option<String> {
    cookies::read(headers, &cookies::name(COOKIE, app.config.is_https())).map(csrf::hash_of)
}

/// Who came from this wiki with this token.
pub fn look(tx: &Tx, wiki: i64, token_hash: &str, now: i64) -> Result<Option<Arrival>> {
    let found: Option<(String, String)> = tx.first(
        "select profile, back from wiki_arrivals where token_hash = $1 and wiki_id = $2 and created_at > $3",
        params![token_hash, wiki, now - LIVES],
    )?;
    Ok(found.and_then(|(profile, back)| Some(Arrival { profile: serde_json::from_str(&profile).ok()?, back })))
}

/// Forgets one. Of several who try at once, one succeeds.
pub fn take(tx: &Tx, token_hash: &str) -> Result<bool> {
    Ok(tx.exec("delete from wiki_arrivals where token_hash = $1", params![token_hash])? == 1)
}
