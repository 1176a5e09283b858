//! `GET` and `POST /unsubscribe/{token}`: what a mail's link stops. The token says whose mail and which; it needs no
//! log-in and no form token, because mail programs send it by themselves (RFC 8058, section 3.2).

use askama::Template;
use axum::http::StatusCode;
use axum::response::{IntoResponse, Response};
use base64::Engine as _;
use base64::prelude::BASE64_URL_SAFE_NO_PAD as BASE64;

use super::kinds::{Kind, channel};
use super::settings::set_digest;
use crate::app::App;
use crate::db::{Tx, params};
use crate::follow::{Level, set};
use crate::web::error::{Error, Result};
use crate::web::extract::Path;
use crate::web::routes::Field;
use crate::web::shell::Head;
use crate::web::{Form, Visit, field, page as show, page_with_status};

pub const FIELDS: &[Field] = &[field("List-Unsubscribe", 40), field("all", 5)];

/// What a link stops.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub enum Stops {
    /// Mail of this topic: it is no longer watched.
    Topic(i64),
    /// Mail of this kind.
    Kind(Kind),
    Digest,
}

/// A token for the mails of one person.
pub fn token(app: &App, user: i64, stops: Stops) -> String {
    let (what, id) = match stops {
        Stops::Topic(id) => ('t', id),
        Stops::Kind(kind) => ('k', kind as i64),
        Stops::Digest => ('d', 0),
    };
    let text = format!("{user}.{what}.{id}");
    let seal = app.secret.seal(&format!("unsubscribe {text}"));
    format!("{}.{seal}", BASE64.encode(text))
}

fn read(app: &App, token: &str) -> Option<(i64, Stops)> {
    let (text, seal) = token.split_once('.')?;
    let text = String::from_utf8(BASE64.decode(text).ok()?).ok()?;
    if !app.secret.sealed(&format!("unsubscribe {text}"), seal) {
        return None;
    }
    let mut parts = text.split('.');
    let user = parts.next()?.parse().ok()?;
    let (what, id) = (parts.next()?, parts.next()?.parse::<i64>().ok()?);
    let stops = match what {
        "t" => Stops::Topic(id),
        "k" => Stops::Kind(Kind::from_number(id)?),
        "d" => Stops::Digest,
        _ => return None,
    };
    Some((user, stops))
}

#[derive(Template)]
#[template(path = "notifications/templates/unsubscribe.html")]
struct Page<'a> {
    v: &'a Visit,
    head: Head,
    token: String,
    what: String,
    is_done: bool,
}

fn page<'a>(v: &'a Visit, token: String, stops: Stops, is_done: bool) -> Page<'a> {
    let what = match stops {
        Stops::Topic(_) => v.t.unsubscribe_topic(),
        Stops::Kind(kind) => v.msg(format!("notice-kind-{}", kind.line().key)),
        Stops::Digest => v.t.digest_label(),
    };
    Page { v, head: Head::titled(v.t.unsubscribe_title()).unlisted(), token, what, is_done }
}

/// Opening the link does nothing yet: mail scanners open links too.
pub async fn form(v: Visit, app: App, Path(token): Path<String>) -> Result {
    let (_, stops) = read(&app, &token).ok_or(Error::NotFound)?;
    show(&page(&v, token, stops, false))
}

pub async fn submit(v: Visit, app: App, Path(token): Path<String>, f: Form) -> Result<Response> {
    let (user, stops) = read(&app, &token).ok_or(Error::NotFound)?;
    let (now, all) = (v.now, f.has("all"));
    app.db.write(move |tx| if all { stop_all(tx, user, now) } else { stop(tx, user, stops, now) }).await?;
    if f.has("List-Unsubscribe") {
        return Ok(StatusCode::OK.into_response());
    }
    page_with_status(StatusCode::OK, &page(&v, token, stops, true))
}

fn stop(tx: &Tx, user: i64, stops: Stops, now: i64) -> Result<()> {
    match stops {
        Stops::Topic(topic) => {
            set::set_topic(tx, user, topic, Level::Normal, now)?;
            tx.exec(
                "update notifications set mail_due_at = null where user_id = $1 and topic_id = $2",
                params![user, topic],
            )?;
        }
        Stops::Kind(kind) => {
            let without = kind.line().channels & !channel::MAIL;
            tx.exec(
                "insert into deliveries (user_id, kind, channels) values ($1, $2, $3)
                 on conflict (user_id, kind) do update set channels =
                    case when deliveries.channels in (2, 3, 6, 7) then deliveries.channels - 2 else deliveries.channels end",
                params![user, kind as i64, without],
            )?;
            tx.exec(
                "update notifications set mail_due_at = null where user_id = $1 and kind = $2",
                params![user, kind as i64],
            )?;
        }
        Stops::Digest => set_digest(tx, user, 0, now)?,
    }
    Ok(())
}

fn stop_all(tx: &Tx, user: i64, now: i64) -> Result<()> {
    tx.exec("update users set mail_when = 0 where id = $1", params![user])?;
    tx.exec("update notifications set mail_due_at = null where user_id = $1", params![user])?;
    set_digest(tx, user, 0, now)
}
