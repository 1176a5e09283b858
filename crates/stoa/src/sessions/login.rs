//! `GET` and `POST /login`: a name (or a mail address) and a password.
//!
//! The answer says the same, and takes as long, whether there is such an account or not.

use askama::Template;
use axum::http::{HeaderMap, StatusCode};
use axum::response::Response;
use serde::Deserialize;

use crate::accounts::emails;
use crate::app::App;
use crate::db::{Tx, from_row, params};
use crate::passwords::{LONGEST, Verdict};
use crate::sessions::{self, Browser};
use crate::users::names;
use crate::web::error::Result;
use crate::web::extract::Query;
use crate::web::page::{own_path, redirect};
use crate::web::routes::Field;
use crate::web::shell::Head;
use crate::web::{FieldErrors, Form, Refusal, Visit, field, page_with_status};

pub const QUERY: &[Field] = &[field("back", 4000)];
pub const FIELDS: &[Field] = &[field("name", 300), field("password", 1000), field("back", 4000)];

#[derive(Template)]
#[template(path = "sessions/templates/login.html")]
struct Page<'a> {
    v: &'a Visit,
    head: Head,
    typed: String,
    back: String,
    errors: FieldErrors,
}

#[derive(Deserialize)]
pub struct Asked {
    back: Option<String>,
}

pub async fn form(v: Visit, Query(asked): Query<Asked>) -> Result {
    let back = own_path(asked.back.as_deref().unwrap_or("/")).to_owned();
    if v.viewer.user.is_some() {
        return Ok(redirect(&back));
    }
    show(&v, String::new(), back, FieldErrors::default(), StatusCode::OK)
}

fn show(v: &Visit, typed: String, back: String, errors: FieldErrors, status: StatusCode) -> Result {
    page_with_status(status, &Page { v, head: Head::titled(v.t.login_title()).unlisted(), typed, back, errors })
}

/// An account as logging in needs it.
pub struct Account {
    pub id: i64,
    pub suspended_until: Option<i64>,
    /// A hash, if there is a password.
    pub secret: Option<String>,
    pub changed_at: i64,
    pub created_at: i64,
}
from_row!(Account { id, suspended_until, secret, changed_at, created_at });

const BY_NAME: &str = "select u.id, u.suspended_until, i.secret, coalesce(i.changed_at, 0), u.created_at
    from users u left join identities i on i.user_id = u.id and i.kind = 'password'
    where u.folded = $1 and u.deleted_at is null";
const BY_ADDRESS: &str = "select u.id, u.suspended_until, i.secret, coalesce(i.changed_at, 0), u.created_at
    from emails e join users u on u.id = e.user_id left join identities i on i.user_id = u.id and i.kind = 'password'
    where e.folded = $1 and e.confirmed_at is not null and u.deleted_at is null";

/// The account that somebody means by a name or a mail address; names have no `@`.
pub fn find(tx: &Tx, typed: &str) -> Result<Option<Account>> {
    if typed.contains('@') {
        tx.first(BY_ADDRESS, params![emails::folded(typed)])
    } else {
        tx.first(BY_NAME, params![names::folded(typed)])
    }
}

pub async fn submit(v: Visit, app: App, headers: HeaderMap, f: Form) -> Result<Response> {
    let (typed, password) = (f.text("name"), f.raw("password"));
    let back = own_path(f.text("back"));
    let mut errors = FieldErrors::default();
    if typed.is_empty() {
        errors.add("name", v.t.login_name_empty());
    }
    if password.is_empty() {
        errors.add("password", v.t.login_password_empty());
    }
    if !errors.is_empty() {
        return show(&v, typed.to_owned(), back.to_owned(), errors, StatusCode::UNPROCESSABLE_ENTITY);
    }
    let browser = Browser::of(&app, &headers);
    let account = app.db.read(|tx| find(tx, typed)).await?;
    match &account {
        Some(a) if browser.is_known(&app, a.id, a.changed_at) => app.throttle.log_in_known(&format!("u{}", a.id))?,
        Some(a) => app.throttle.log_in(&format!("u{}", a.id), &v.caller)?,
        None => app.throttle.log_in(&format!("n{}", names::folded(typed)), &v.caller)?,
    }
    let stored = account.as_ref().and_then(|a| a.secret.clone());
    let verdict = app.passwords.check(shortened(password), stored).await?;
    let Some(account) = account.filter(|_| verdict != Verdict::Wrong) else {
        errors.add("name", v.t.login_wrong());
        return show(&v, typed.to_owned(), back.to_owned(), errors, StatusCode::UNPROCESSABLE_ENTITY);
    };
    if let Some(until) = account.suspended_until.filter(|until| *until > v.now) {
        return Err(Refusal::Suspended { until }.into());
    }
    let renewed = match verdict {
        Verdict::RightButOld => Some(app.passwords.hash(password).await?),
        _ => None,
    };
    let (user, now) = (account.id, v.now);
    let token = app.db.write(move |tx| {
        if let Some(secret) = &renewed {
            tx.exec(
                "update identities set secret = $2 where user_id = $1 and kind = 'password'",
                params![user, secret],
            )?;
        }
        sessions::begin(tx, user, &browser, now)
    });
    let token = token.await?;
    let mut response = redirect(back);
    sessions::welcome(&app, &mut response, &token, user, account.changed_at);
    Ok(response)
}

/// A password nobody can have, for input longer than any: hashing it must not cost more than a real one.
fn shortened(password: &str) -> &str {
    if password.chars().count() > LONGEST { "" } else { password }
}
