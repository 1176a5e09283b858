//! `GET` and `POST /signup`: a name, a mail address, a password.
//!
//! Whoever signs up is in at once; the address joins the account when it is confirmed. So an address that is taken
//! gets the same answer as a free one, and its owner a mail.

use askama::Template;
use axum::http::{HeaderMap, StatusCode};
use axum::response::Response;

use crate::accounts::links::{self, Purpose};
use crate::accounts::{NewAccount, create, emails, name_is_taken, name_problem, password_problem};
use crate::app::App;
use crate::clock::MINUTE;
use crate::db::{Tx, params};
use crate::mail;
use crate::passwords::Verdict;
use crate::sessions::{self, Browser, login};
use crate::users::names;
use crate::web::error::Result;
use crate::web::page::{redirect, redirect_saying};
use crate::web::routes::Field;
use crate::web::shell::Head;
use crate::web::{Error, FieldErrors, Form, Visit, field, page_with_status};

pub const FIELDS: &[Field] = &[field("name", 300), field("email", 400), field("password", 1000)];
/// How long sending the same form again logs in, in place of "this name is taken".
const TWICE: i64 = 5 * MINUTE;

#[derive(Template)]
#[template(path = "accounts/templates/signup.html")]
struct Page<'a> {
    v: &'a Visit,
    head: Head,
    typed: String,
    email: String,
    errors: FieldErrors,
    /// With a name and a password.
    is_open: bool,
    by_wiki: bool,
}

pub async fn form(v: Visit) -> Result {
    if v.viewer.user.is_some() {
        return Ok(redirect("/"));
    }
    show(&v, "", "", FieldErrors::default(), StatusCode::OK)
}

fn show(v: &Visit, name: &str, email: &str, errors: FieldErrors, status: StatusCode) -> Result {
    let head = Head::titled(v.t.signup_title()).unlisted();
    let sign_up = v.site.setting("sign-up");
    let page = Page {
        v,
        head,
        typed: name.to_owned(),
        email: email.to_owned(),
        errors,
        is_open: sign_up == "open",
        by_wiki: sign_up != "closed" && v.site.has_wiki_login(),
    };
    page_with_status(status, &page)
}

pub async fn submit(v: Visit, app: App, headers: HeaderMap, f: Form) -> Result<Response> {
    if v.viewer.user.is_some() {
        return Ok(redirect("/"));
    }
    let (name, email, password) = (names::tidy(f.text("name")), f.text("email"), f.raw("password"));
    let again = |errors| show(&v, &name, email, errors, StatusCode::UNPROCESSABLE_ENTITY);
    if v.site.setting("sign-up") != "open" {
        return show(&v, &name, email, FieldErrors::default(), StatusCode::FORBIDDEN);
    }
    let mut errors = FieldErrors::default();
    if let Some(problem) = name_problem(&v, &name) {
        errors.add("name", problem);
    }
    if let Some(problem) = emails::problem(&v, email) {
        errors.add("email", problem);
    }
    if let Some(problem) = password_problem(&v, password, &[&name, email]) {
        errors.add("password", problem);
    }
    if !errors.is_empty() {
        return again(errors);
    }
    app.throttle.sign_up(&v.caller)?;
    let browser = Browser::of(&app, &headers);
    let (folded, skeleton) = (names::folded(&name), names::skeleton_of(&name));
    if app.db.read(|tx| name_is_taken(tx, &folded, &skeleton)).await? {
        if let Some(response) = sent_twice(&v, &app, &name, password, &browser).await? {
            return Ok(response);
        }
        errors.add("name", v.t.name_taken());
        return again(errors);
    }
    let hash = app.passwords.hash(password).await?;
    let may_mail = app.throttle.mail(&emails::folded(email)).is_ok();
    let new = NewAccount {
        name: name.clone(),
        password_hash: Some(hash),
        email: None,
        lang: v.t.language_code().to_owned(),
        at: v.now,
    };
    let (address, look, job) = (email.to_owned(), v.look.cookie(), v.clone());
    let made = app.db.write(move |tx| {
        let id = create(tx, &new)?;
        tx.exec("update users set look = $2 where id = $1", params![id, &look])?;
        ask_to_confirm(tx, &job, id, &new.name, &address, may_mail)?;
        Ok((id, sessions::begin(tx, id, &browser, new.at)?))
    });
    match made.await {
        Ok((id, token)) => {
            let said = if app.config.smtp.is_some() { "signed-up-confirm" } else { "signed-up" };
            let mut response = redirect_saying(&v, "/welcome", said);
            sessions::welcome(&app, &mut response, &token, id, v.now);
            Ok(response)
        }
        Err(Error::Taken(_)) => {
            errors.add("name", v.t.name_taken());
            again(errors)
        }
        Err(why) => Err(why),
    }
}

/// A double click: the account was made a moment ago, by whoever knows its password.
async fn sent_twice(v: &Visit, app: &App, name: &str, password: &str, browser: &Browser) -> Result<Option<Response>> {
    let Some(account) = app.db.read(|tx| login::find(tx, name)).await? else { return Ok(None) };
    if account.created_at < v.now - TWICE || app.throttle.log_in(&format!("u{}", account.id), &v.caller).is_err() {
        return Ok(None);
    }
    if app.passwords.check(password, account.secret).await? == Verdict::Wrong {
        return Ok(None);
    }
    let (id, browser, now) = (account.id, browser.clone(), v.now);
    let token = app.db.write(move |tx| sessions::begin(tx, id, &browser, now)).await?;
    let mut response = redirect("/welcome");
    sessions::welcome(app, &mut response, &token, id, account.changed_at);
    Ok(Some(response))
}

/// Sends the link that makes an address the account's own. The owner of a taken one is told that somebody named it;
/// the account sees the same either way.
pub fn ask_to_confirm(tx: &Tx, v: &Visit, user: i64, name: &str, address: &str, may_mail: bool) -> Result<()> {
    let token = links::make(tx, Purpose::Confirm, user, address, v.now)?;
    if !may_mail {
        return Ok(());
    }
    let site = stoa_i18n::Plain(v.site.name());
    match emails::owner(tx, address)? {
        Some(owner) if owner != user => {
            let (their_name, lang): (String, String) =
                tx.one("select name, lang from users where id = $1", params![owner])?;
            let t = v.app.words.t(&lang);
            let link = v.absolute("/reset");
            let body = t.mail_taken_text(&their_name, site, stoa_i18n::Plain(&link));
            mail::queue(tx, address, &t.mail_taken_subject(site), &body, v.now)
        }
        _ => {
            let link = v.absolute(&format!("/confirm/{token}"));
            let body = v.t.mail_confirm_text(name, site, stoa_i18n::Plain(&link));
            mail::queue(tx, address, &v.t.mail_confirm_subject(site), &body, v.now)
        }
    }
}
