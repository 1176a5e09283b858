//! `GET` and `POST /join/{name}`: whoever came from a wiki for the first time says which account here it shall be: the
//! one they are logged in with, or a new one.

use askama::Template;
use axum::http::{HeaderMap, StatusCode, header};
use axum::response::Response;

use super::arrivals::{self, Arrival};
use super::{Failed, failed, open};
use crate::accounts::{NewAccount, create, emails, name_is_taken, name_is_taken_by_others, name_problem, signup};
use crate::app::App;
use crate::brought::authors;
use crate::db::{Tx, params};
use crate::sessions::{self, Browser};
use crate::users::names::{self, Problem};
use crate::web::error::{Error, Result};
use crate::web::extract::Path;
use crate::web::page::{redirect, redirect_saying};
use crate::web::routes::Field;
use crate::web::shell::Head;
use crate::web::{FieldErrors, Form, Visit, field, page_with_status};
use crate::wikis::Wiki;
use crate::wikis::accounts::{self, Standing};

pub const FIELDS: &[Field] = &[field("name", 300), field("email", 400)];

#[derive(Template)]
#[template(path = "wikis/templates/join.html")]
struct Page<'a> {
    v: &'a Visit,
    head: Head,
    wiki: &'a Wiki,
    /// The name on the wiki.
    there: &'a str,
    typed: &'a str,
    email: &'a str,
    /// The wiki has had the address confirmed.
    email_is_known: bool,
    is_blocked: bool,
    is_open: bool,
    /// Posts of theirs were brought here and become theirs.
    is_awaited: bool,
    errors: FieldErrors,
}

#[derive(Template)]
#[template(path = "wikis/templates/link.html")]
struct LinkPage<'a> {
    v: &'a Visit,
    head: Head,
    wiki: &'a Wiki,
    there: &'a str,
    name: &'a str,
    is_blocked: bool,
    /// The account of the same wiki that is linked already, and would have to go first.
    has_other: Option<String>,
}

/// Who came, or `None` when it was too long ago.
pub async fn arrival(v: &Visit, app: &App, headers: &HeaderMap, wiki: &Wiki) -> Result<Option<(String, Arrival)>> {
    let Some(token) = arrivals::token_of(app, headers) else { return Ok(None) };
    let found = app.db.read(|tx| arrivals::look(tx, wiki.id, &token, v.now)).await?;
    Ok(found.map(|arrival| (token, arrival)))
}

pub async fn form(v: Visit, app: App, headers: HeaderMap, Path(name): Path<String>) -> Result {
    let wiki = open(&v, &name)?;
    let Some((_, arrival)) = arrival(&v, &app, &headers, &wiki).await? else {
        return failed(&v, &wiki, Failed::Stale, "/");
    };
    let there = arrival.profile.name.clone().unwrap_or_default();
    if let Some(me) = &v.viewer.user {
        let has_other = app.db.read(|tx| accounts::of_issuer(tx, me.id, &wiki.issuer)).await?.map(|a| a.name);
        let head = Head::titled(v.t.wiki_link_title()).unlisted();
        let is_blocked = arrival.profile.is_blocked;
        return page_with_status(
            StatusCode::OK,
            &LinkPage { v: &v, head, wiki: &wiki, there: &there, name: &me.name, is_blocked, has_other },
        );
    }
    // What stands in the way of the same name is said at once.
    let wanted = names::tidy(&there);
    let mut errors = FieldErrors::default();
    let (waiting, is_taken) = app
        .db
        .read(|tx| {
            let waiting = authors::waiting(tx, &wiki.issuer, &arrival.profile.sub)?.map(|(id, _)| id);
            Ok((waiting, is_taken(tx, &wanted, waiting)?))
        })
        .await?;
    if let Some(problem) = problem_of(&v, &wanted, &wanted) {
        errors.add("name", problem);
    } else if is_taken {
        errors.add("name", v.t.wiki_join_taken());
    }
    let email = arrival.profile.email.clone().unwrap_or_default();
    show(&v, &wiki, &arrival, (&wanted, &email), waiting.is_some(), errors, StatusCode::OK)
}

/// Whether a name is somebody else's. `own` is the account that waits for whoever came.
fn is_taken(tx: &Tx, name: &str, own: Option<i64>) -> Result<bool> {
    let (folded, skeleton) = (names::folded(name), names::skeleton_of(name));
    match own {
        Some(own) => name_is_taken_by_others(tx, own, &folded, &skeleton),
        None => name_is_taken(tx, &folded, &skeleton),
    }
}

/// What is wrong with a name. A wiki has let people mix scripts; that it looks like nobody else's is still asked.
fn problem_of(v: &Visit, name: &str, there: &str) -> Option<String> {
    if name == there && names::check(name) == Err(Problem::MixedScripts) { None } else { name_problem(v, name) }
}

fn show(
    v: &Visit,
    wiki: &Wiki,
    arrival: &Arrival,
    (typed, email): (&str, &str),
    is_awaited: bool,
    errors: FieldErrors,
    status: StatusCode,
) -> Result {
    let there = arrival.profile.name.as_deref().unwrap_or("");
    let page = Page {
        v,
        head: Head::titled(v.t.signup_title()).unlisted(),
        wiki,
        there,
        typed,
        email,
        email_is_known: arrival.profile.email.is_some(),
        is_blocked: arrival.profile.is_blocked,
        is_open: v.site.setting("sign-up") != "closed",
        is_awaited,
        errors,
    };
    page_with_status(status, &page)
}

/// A new account.
pub async fn submit(v: Visit, app: App, headers: HeaderMap, Path(name): Path<String>, f: Form) -> Result<Response> {
    let wiki = open(&v, &name)?;
    if v.viewer.user.is_some() {
        return Ok(redirect("/welcome"));
    }
    let Some((arrived, arrival)) = arrival(&v, &app, &headers, &wiki).await? else {
        return failed(&v, &wiki, Failed::Stale, "/");
    };
    let there = names::tidy(arrival.profile.name.as_deref().unwrap_or(""));
    let (name, email) = (names::tidy(f.text("name")), f.text("email").to_owned());
    let waiting = app.db.read(|tx| authors::waiting(tx, &wiki.issuer, &arrival.profile.sub)).await?.is_some();
    let again = |errors, status| show(&v, &wiki, &arrival, (&name, &email), waiting, errors, status);
    if v.site.setting("sign-up") == "closed" {
        return again(FieldErrors::default(), StatusCode::FORBIDDEN);
    }
    let mut errors = FieldErrors::default();
    if let Some(problem) = problem_of(&v, &name, &there) {
        errors.add("name", problem);
    }
    if !email.is_empty()
        && let Some(problem) = emails::problem(&v, &email)
    {
        errors.add("email", problem);
    }
    if !errors.is_empty() {
        return again(errors, StatusCode::UNPROCESSABLE_ENTITY);
    }
    let (browser, now, id) = (Browser::of(&app, &headers), v.now, wiki.id);
    let (issuer, profile, job, look) = (wiki.issuer.clone(), arrival.profile.clone(), v.clone(), v.look.cookie());
    let may_mail = !email.is_empty() && app.throttle.mail(&emails::folded(&email)).is_ok();
    let new = NewAccount { name: name.clone(), lang: v.t.language_code().to_owned(), at: now, ..NewAccount::default() };
    let address = email.clone();
    let made = app.db.write(move |tx| {
        if !arrivals::take(tx, &arrived)? {
            return Ok(None);
        }
        // What was brought from the wiki as theirs is theirs from now on.
        let user = match authors::waiting(tx, &issuer, &profile.sub)? {
            Some((user, _)) => {
                authors::adopt(tx, user, &new)?;
                user
            }
            None => create(tx, &new)?,
        };
        tx.exec("update users set look = $2 where id = $1", params![user, &look])?;
        let standing = Standing::of(&profile, profile.name.clone().unwrap_or_default());
        accounts::link(tx, id, &issuer, &profile.sub, user, &standing, now)?;
        let asked = mail(tx, &job, user, &new.name, &profile, &address, may_mail)?;
        Ok(Some((user, asked, sessions::begin(tx, user, &browser, now)?)))
    });
    match made.await {
        Ok(Some((user, asked, token))) => {
            let said = if asked && app.config.smtp.is_some() { "signed-up-confirm" } else { "signed-up" };
            let mut response = redirect_saying(&v, "/welcome", said);
            sessions::welcome(&app, &mut response, &token, user, 0);
            response.headers_mut().append(header::SET_COOKIE, arrivals::over(&app));
            Ok(response)
        }
        Ok(None) => failed(&v, &wiki, Failed::Stale, "/"),
        Err(Error::Taken(_)) => {
            errors.add("name", v.t.name_taken());
            again(errors, StatusCode::UNPROCESSABLE_ENTITY)
        }
        Err(why) => Err(why),
    }
}

/// The address that was given: one that the wiki has had confirmed is the account's own at once, unless it is somebody
/// else's; any other is asked about by mail. Whether it was.
fn mail(
    tx: &Tx,
    v: &Visit,
    user: i64,
    name: &str,
    profile: &crate::wikis::oauth::Profile,
    address: &str,
    may_mail: bool,
) -> Result<bool> {
    if address.is_empty() {
        return Ok(false);
    }
    let is_known = profile.email.as_deref().is_some_and(|known| known == address);
    if is_known && emails::attach(tx, user, address, v.now)? {
        return Ok(false);
    }
    signup::ask_to_confirm(tx, v, user, name, address, may_mail)?;
    Ok(true)
}
