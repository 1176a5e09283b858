//! `/settings/email`: the address, which only its owner ever sees, and another one in its place.

use askama::Template;
use axum::http::StatusCode;
use axum::response::Response;

use crate::accounts::proof::{self, Proof};
use crate::accounts::{Tab, emails, links, signup};
use crate::app::App;
use crate::web::error::Result;
use crate::web::page::redirect_saying;
use crate::web::routes::Field;
use crate::web::shell::Head;
use crate::web::{FieldErrors, Form, Member, Visit, field, page_with_status};

pub const FIELDS: &[Field] = &[field("email", 400), field("password", 1000)];

#[derive(Template)]
#[template(path = "accounts/templates/email.html")]
struct Page<'a> {
    v: &'a Visit,
    head: Head,
    tab: Tab,
    current: Option<String>,
    unconfirmed: Option<String>,
    by_mail: bool,
    email: String,
    proof: Proof,
    errors: FieldErrors,
}

pub async fn form(me: Member, app: App) -> Result {
    show(&me, &app, None, FieldErrors::default(), StatusCode::OK).await
}

async fn show(me: &Member, app: &App, typed: Option<&str>, errors: FieldErrors, status: StatusCode) -> Result {
    let user = me.user.id;
    let (current, unconfirmed) = app.db.read(|tx| Ok((emails::of(tx, user)?, links::unconfirmed(tx, user)?))).await?;
    let proof = proof::asked(me, app).await?;
    let email = typed.map(str::to_owned).or(unconfirmed.clone()).unwrap_or_default();
    let head = Head::titled(me.t.settings_email()).unlisted();
    let by_mail = app.config.smtp.is_some();
    page_with_status(
        status,
        &Page { v: me, head, tab: Tab::Email, current, unconfirmed, by_mail, email, proof, errors },
    )
}

pub async fn submit(me: Member, app: App, f: Form) -> Result<Response> {
    let email = f.text("email").to_owned();
    let mut errors = FieldErrors::default();
    if let Some(problem) = emails::problem(&me, &email) {
        errors.add("email", problem);
    } else if !proof::shown(&me, &app, f.raw("password")).await? {
        errors.add("password", proof::problem(&me, &app).await?);
    }
    if !errors.is_empty() {
        return show(&me, &app, Some(&email), errors, StatusCode::UNPROCESSABLE_ENTITY).await;
    }
    app.throttle.mail(&emails::folded(&email))?;
    let (visit, user) = (me.visit.clone(), me.user.clone());
    app.db.write(move |tx| signup::ask_to_confirm(tx, &visit, user.id, &user.name, &email, true)).await?;
    Ok(redirect_saying(&me, "/settings/email", "email-asked"))
}
