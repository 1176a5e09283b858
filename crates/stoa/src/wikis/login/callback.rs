//! `GET /login/wiki/{name}/callback`: back from the wiki, with a code or with a reason.

use axum::http::{HeaderMap, header};
use axum::response::Response;
use serde::Deserialize;

use super::attempt::Attempt;
use super::start::callback;
use super::{Failed, arrivals, failed, open};
use crate::app::App;
use crate::sessions::{self, Browser};
use crate::web::error::Result;
use crate::web::extract::{Path, Query};
use crate::web::page::{redirect, redirect_saying};
use crate::web::routes::Field;
use crate::web::{Refusal, Visit, field};
use crate::wikis::accounts;
use crate::wikis::oauth::{self, Profile, Trouble};
use crate::wikis::{Wiki, queries};

/// A code has about 910 letters.
pub const QUERY: &[Field] = &[field("code", 6000), field("state", 300), field("error", 200)];

#[derive(Deserialize)]
pub struct Asked {
    code: Option<String>,
    state: Option<String>,
    error: Option<String>,
}

pub async fn page(
    v: Visit,
    app: App,
    headers: HeaderMap,
    Path(name): Path<String>,
    Query(asked): Query<Asked>,
) -> Result<Response> {
    let wiki = open(&v, &name)?;
    let attempt = Attempt::of(&app, &headers);
    let back = attempt.as_ref().map_or("/", |a| a.back.as_str());
    // Whoever says no comes back without a `state`; nothing happens then, so nothing depends on it.
    if let Some(error) = &asked.error {
        let why = if ["unauthorized_client", "access_denied"].contains(&error.as_str()) {
            Failed::No
        } else {
            Failed::Refused
        };
        if why == Failed::Refused {
            tracing::warn!("the wiki {} said {:?} to a log-in", wiki.name, error.chars().take(60).collect::<String>());
        }
        return failed(&v, &wiki, why, back);
    }
    let (Some(code), Some(state), Some(attempt)) = (&asked.code, &asked.state, &attempt) else {
        return failed(&v, &wiki, Failed::Stale, back);
    };
    if !attempt.accepts(&app, &wiki, state) {
        return failed(&v, &wiki, Failed::Stale, back);
    }
    app.throttle.arrival(&v.caller)?;
    let profile = match who(&v, &app, &wiki, code, &attempt.verifier(&app, state)).await {
        Ok(profile) => profile,
        Err(trouble) => {
            // Neither code nor token nor secret is in it.
            tracing::warn!("the wiki {} did not say who somebody is: {trouble:?}", wiki.name);
            let why = match trouble {
                // A code that was used already: the page was opened a second time.
                Trouble::Refused(400, _) => Failed::Stale,
                Trouble::NoAnswer(_) | Trouble::Odd | Trouble::Refused(500.., _) => Failed::NoAnswer,
                Trouble::Refused(..) => Failed::Refused,
            };
            return failed(&v, &wiki, why, back);
        }
    };
    let Some(name) = profile.name.clone() else { return failed(&v, &wiki, Failed::Hidden, back) };
    let mut response = arrive(&v, &app, &headers, &wiki, profile, name, &attempt.back).await?;
    response.headers_mut().append(header::SET_COOKIE, Attempt::over(&app));
    Ok(response)
}

/// Gives the code for a token, and asks whose it is.
async fn who(v: &Visit, app: &App, wiki: &Wiki, code: &str, verifier: &str) -> std::result::Result<Profile, Trouble> {
    let secrets = app.db.read(|tx| queries::secrets(tx, wiki.id)).await.map_err(|_| Trouble::Odd)?;
    let token = oauth::exchange(app, wiki, &secrets.oauth_secret, &callback(v, &wiki.name), code, verifier).await?;
    oauth::profile(app, wiki, &token).await
}

async fn arrive(
    v: &Visit,
    app: &App,
    headers: &HeaderMap,
    wiki: &Wiki,
    profile: Profile,
    name: String,
    back: &str,
) -> Result<Response> {
    let found = app.db.read(|tx| accounts::find(tx, &wiki.issuer, &profile.sub)).await?;
    let Some(account) = found else {
        let (id, kept, now) = (wiki.id, back.to_owned(), v.now);
        let token = app.db.write(move |tx| arrivals::add(tx, id, &profile, &kept, now)).await?;
        let mut response = redirect(&format!("/join/{}", wiki.name));
        response.headers_mut().append(header::SET_COOKIE, arrivals::cookie(app, &token));
        return Ok(response);
    };
    if v.viewer.user.as_ref().is_some_and(|me| me.id != account.user_id) {
        return failed(v, wiki, Failed::Other, back);
    }
    if let Some(until) = account.suspended_until.filter(|until| *until > v.now) {
        return Err(Refusal::Suspended { until }.into());
    }
    let (browser, now, id, user) = (Browser::of(app, headers), v.now, wiki.id, account.user_id);
    let (changed_at, is_blocked) = (account.password_changed_at, profile.is_blocked);
    let standing = accounts::Standing::of(&profile, name);
    let token = app.db.write(move |tx| {
        accounts::refresh(tx, &account, Some(id), &standing, now)?;
        sessions::begin(tx, user, &browser, now)
    });
    let token = token.await?;
    let mut response = if is_blocked { redirect_saying(v, back, "wiki-blocked") } else { redirect(back) };
    sessions::welcome(app, &mut response, &token, user, changed_at);
    Ok(response)
}
