//! `/reset`: asks for a name or an address, always answers the same, and mails a link; `/reset/{token}`: a new password.
//!
//! Without an SMTP server an administrator hands the link over.

use askama::Template;
use axum::http::StatusCode;
use axum::response::Response;

use crate::accounts::links::{self, Purpose};
use crate::accounts::{emails, password_problem, set_password};
use crate::app::App;
use crate::db::{Tx, params};
use crate::mail;
use crate::sessions::{end_all, logout};
use crate::users::names;
use crate::web::error::{Refusal, Result};
use crate::web::extract::Path;
use crate::web::routes::Field;
use crate::web::shell::Head;
use crate::web::{FieldErrors, Form, Visit, csrf, field, page, page_with_status};

pub const FIELDS: &[Field] = &[field("name", 400)];
pub const NEW_FIELDS: &[Field] = &[field("password", 1000)];

#[derive(Template)]
#[template(path = "accounts/templates/reset.html")]
struct Page<'a> {
    v: &'a Visit,
    head: Head,
    errors: FieldErrors,
    is_sent: bool,
    by_mail: bool,
}

#[derive(Template)]
#[template(path = "accounts/templates/new_password.html")]
struct NewPassword<'a> {
    v: &'a Visit,
    head: Head,
    name: String,
    errors: FieldErrors,
}

pub async fn form(v: Visit) -> Result {
    show(&v, FieldErrors::default(), false, StatusCode::OK)
}

fn show(v: &Visit, errors: FieldErrors, is_sent: bool, status: StatusCode) -> Result {
    let by_mail = v.app.config.smtp.is_some();
    page_with_status(status, &Page { v, head: Head::titled(v.t.reset_title()).unlisted(), errors, is_sent, by_mail })
}

/// Answers at once; whether there is such an account is looked up beside the answer, so that its time says nothing.
pub async fn submit(v: Visit, app: App, f: Form) -> Result {
    let typed = f.text("name").to_owned();
    if typed.is_empty() {
        let mut errors = FieldErrors::default();
        errors.add("name", v.t.login_name_empty());
        return show(&v, errors, false, StatusCode::UNPROCESSABLE_ENTITY);
    }
    app.throttle.sign_up(&v.caller)?;
    let visit = v.clone();
    tokio::spawn(async move {
        let sent = visit.clone();
        if let Err(e) = app.db.write(move |tx| send(tx, &sent, &typed)).await {
            tracing::warn!("a reset link for somebody: {e:?}");
        }
    });
    show(&v, FieldErrors::default(), true, StatusCode::OK)
}

const BY_NAME: &str = "select u.id, u.name, u.lang, coalesce(e.address, '') from users u
    left join emails e on e.user_id = u.id and e.confirmed_at is not null
    where u.folded = $1 and u.deleted_at is null";
const BY_ADDRESS: &str = "select u.id, u.name, u.lang, e.address from emails e join users u on u.id = e.user_id
    where e.folded = $1 and e.confirmed_at is not null and u.deleted_at is null";

/// Puts a mail with a link into the outbox, if there is such an account. Somebody without an address gets a row that
/// only administrators see.
fn send(tx: &Tx, v: &Visit, typed: &str) -> Result<()> {
    let found: Option<(i64, String, String, String)> = if typed.contains('@') {
        tx.first(BY_ADDRESS, params![emails::folded(typed)])?
    } else {
        tx.first(BY_NAME, params![names::folded(typed)])?
    };
    let Some((user, name, lang, address)) = found else { return Ok(()) };
    if v.app.throttle.mail(&format!("reset {user}")).is_err() {
        return Ok(());
    }
    let token = links::make(tx, Purpose::Reset, user, &address, v.now)?;
    let t = if lang.is_empty() { v.t.clone() } else { v.app.words.t(&lang) };
    let site = stoa_i18n::Plain(v.site.name());
    let link = v.absolute(&format!("/reset/{token}"));
    let body = t.mail_reset_text(&name, site, stoa_i18n::Plain(&link));
    mail::queue(tx, &address, &t.mail_reset_subject(site), &body, v.now)
}

/// Makes a link for somebody, for an administrator to hand over: the path, behind the site's address.
pub fn link_for(tx: &Tx, user: i64, now: i64) -> Result<String> {
    let address = emails::of(tx, user)?.unwrap_or_default();
    Ok(format!("/reset/{}", links::make(tx, Purpose::Reset, user, &address, now)?))
}

/// Somebody who waits for a link that was not mailed.
#[derive(Clone, Debug)]
pub struct Pending {
    pub user_id: i64,
    pub name: String,
    /// Asked for at, UTC microseconds.
    pub at: i64,
    /// The path of the link, behind the site's address.
    pub path: String,
}

/// Reset links that still work and have not been mailed, newest first. No mail address is among it.
pub fn pending(tx: &Tx, now: i64) -> Result<Vec<Pending>> {
    let bodies: Vec<String> = tx.all(
        "select body from outbox where sent_at is null and created_at > $1 order by created_at desc limit 200",
        params![now - links::LIVES],
    )?;
    let mut pending = Vec::new();
    for body in bodies {
        let Some(token) = token_in(&body) else { continue };
        let found: Option<(i64, String, i64)> = tx.first(
            "select u.id, u.name, l.created_at from one_time_links l join users u on u.id = l.user_id
             where l.token_hash = $1 and l.purpose = 'reset' and l.used_at is null and l.expires_at > $2",
            params![csrf::hash_of(token), now],
        )?;
        if let Some((user_id, name, at)) = found {
            pending.push(Pending { user_id, name, at, path: format!("/reset/{token}") });
        }
    }
    Ok(pending)
}

/// The token of the link in a mail.
fn token_in(body: &str) -> Option<&str> {
    let (_, rest) = body.split_once("/reset/")?;
    let end = rest.find(|c: char| !c.is_ascii_alphanumeric() && c != '-' && c != '_').unwrap_or(rest.len());
    Some(&rest[..end]).filter(|token| !token.is_empty())
}

/// The name behind a link, while it works and its address is still the account's.
fn name_behind(tx: &Tx, link: &links::Link) -> Result<String> {
    if emails::of(tx, link.user_id)?.unwrap_or_default() != link.address {
        return Err(Refusal::LinkUsed.into());
    }
    tx.one("select name from users where id = $1", params![link.user_id])
}

pub async fn new_password(v: Visit, app: App, Path(token): Path<String>) -> Result {
    let name = app.db.read(|tx| name_behind(tx, &links::look(tx, Purpose::Reset, &token, v.now)?)).await?;
    let head = Head::titled(v.t.new_password_title()).unlisted();
    page(&NewPassword { v: &v, head, name, errors: FieldErrors::default() })
}

pub async fn redeem(v: Visit, app: App, Path(token): Path<String>, f: Form) -> Result<Response> {
    let name = app.db.read(|tx| name_behind(tx, &links::look(tx, Purpose::Reset, &token, v.now)?)).await?;
    if let Some(problem) = password_problem(&v, f.raw("password"), &[&name]) {
        let mut errors = FieldErrors::default();
        errors.add("password", problem);
        let head = Head::titled(v.t.new_password_title()).unlisted();
        let page = NewPassword { v: &v, head, name, errors };
        return page_with_status(StatusCode::UNPROCESSABLE_ENTITY, &page);
    }
    let hash = app.passwords.hash(f.raw("password")).await?;
    let now = v.now;
    let done = app.db.write(move |tx| {
        let link = links::redeem(tx, Purpose::Reset, &token, now)?;
        name_behind(tx, &link)?;
        set_password(tx, link.user_id, &hash, now)?;
        tx.exec(
            "delete from one_time_links where user_id = $1 and purpose = 'reset' and used_at is null",
            params![link.user_id],
        )?;
        end_all(tx, link.user_id, None)
    });
    done.await?;
    let mut response = logout::goodbye(&v, "password-reset");
    response.headers_mut().insert(axum::http::header::LOCATION, axum::http::HeaderValue::from_static("/login"));
    Ok(response)
}

#[cfg(test)]
mod tests {
    use super::token_in;

    #[test]
    fn the_link_of_a_mail_is_found() {
        assert_eq!(token_in("Hello\n\nhttps://a.example/reset/aB-_9\n\nBye"), Some("aB-_9"));
        assert_eq!(token_in("https://a.example/confirm/aB"), None);
        assert_eq!(token_in("https://a.example/reset/"), None);
    }
}
