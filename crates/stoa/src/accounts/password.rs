//! `/settings/password`: the old one and a new one. All other sessions end.

use askama::Template;
use axum::http::{HeaderMap, StatusCode};
use axum::response::Response;

use crate::accounts::proof::{self, Proof};
use crate::accounts::{Tab, password_problem, set_password};
use crate::app::App;
use crate::db::params;
use crate::passwords::Verdict;
use crate::sessions::{self, Browser};
use crate::web::error::Result;
use crate::web::page::redirect_saying;
use crate::web::routes::Field;
use crate::web::shell::Head;
use crate::web::{FieldErrors, Form, Member, Visit, field, page_with_status};

pub const FIELDS: &[Field] = &[field("old", 1000), field("password", 1000)];

#[derive(Template)]
#[template(path = "accounts/templates/password.html")]
struct Page<'a> {
    v: &'a Visit,
    head: Head,
    tab: Tab,
    proof: Proof,
    errors: FieldErrors,
}

pub async fn form(me: Member, app: App) -> Result {
    show(&me, &app, FieldErrors::default(), StatusCode::OK).await
}

async fn show(me: &Member, app: &App, errors: FieldErrors, status: StatusCode) -> Result {
    let proof = proof::asked(me, app).await?;
    let head = Head::titled(me.t.settings_password()).unlisted();
    page_with_status(status, &Page { v: me, head, tab: Tab::Password, proof, errors })
}

pub async fn submit(me: Member, app: App, headers: HeaderMap, f: Form) -> Result<Response> {
    let mut errors = FieldErrors::default();
    if let Some(problem) = password_problem(&me, f.raw("password"), &[&me.user.name]) {
        errors.add("password", problem);
    } else if !proof::shown(&me, &app, f.raw("old")).await? {
        errors.add("old", proof::problem(&me, &app).await?);
    }
    if !errors.is_empty() {
        return show(&me, &app, errors, StatusCode::UNPROCESSABLE_ENTITY).await;
    }
    let hash = app.passwords.hash(f.raw("password")).await?;
    let (user, now, browser) = (me.user.id, me.now, Browser::of(&app, &headers));
    let token = app.db.write(move |tx| {
        set_password(tx, user, &hash, now)?;
        sessions::end_all(tx, user, None)?;
        sessions::begin(tx, user, &browser, now)
    });
    let token = token.await?;
    let mut response = redirect_saying(&me, "/settings/password", "password-changed");
    sessions::welcome(&app, &mut response, &token, user, now);
    Ok(response)
}

/// Whether this is the password of whoever is logged in. Tries are counted as log-ins are.
pub async fn is_own(me: &Member, app: &App, password: &str) -> Result<bool> {
    let user = me.user.id;
    app.throttle.log_in_known(&format!("u{user}"))?;
    let stored: Option<String> = app
        .db
        .read(|tx| tx.first("select secret from identities where user_id = $1 and kind = 'password'", params![user]))
        .await?;
    Ok(app.passwords.check(password, stored).await? != Verdict::Wrong)
}
