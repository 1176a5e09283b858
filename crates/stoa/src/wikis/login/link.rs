//! `POST /join/{name}/link`: the account that is logged in shall be the one of whoever came from the wiki. It is asked
//! for by a form of its own, so that nobody's account is linked to a stranger's by a page that leads here.

use axum::http::{HeaderMap, header};
use axum::response::Response;

use super::join::arrival;
use super::{Failed, arrivals, failed, open};
use crate::app::App;
use crate::brought::authors;
use crate::web::error::{Error, Result};
use crate::web::extract::Path;
use crate::web::page::{own_path, redirect_saying};
use crate::web::{Member, Visit};
use crate::wikis::accounts::{self, Standing};

pub async fn submit(me: Member, app: App, headers: HeaderMap, Path(name): Path<String>) -> Result<Response> {
    let wiki = open(&me, &name)?;
    let Some((token, arrived)) = arrival(&me, &app, &headers, &wiki).await? else {
        return failed(&me, &wiki, Failed::Stale, "/");
    };
    let (id, issuer, user, now, profile) = (wiki.id, wiki.issuer.clone(), me.user.id, me.now, arrived.profile);
    let linked = app.db.write(move |tx| {
        if !arrivals::take(tx, &token)? {
            return Ok(false);
        }
        let standing = Standing::of(&profile, profile.name.clone().unwrap_or_default());
        accounts::link(tx, id, &issuer, &profile.sub, user, &standing, now)?;
        if let Some((made, _)) = authors::waiting(tx, &issuer, &profile.sub)? {
            authors::hand_over(tx, made, user, now)?;
        }
        Ok(true)
    });
    match linked.await {
        Ok(true) => {
            let back = if arrived.back == "/" { "/settings/wikis" } else { own_path(&arrived.back) };
            let mut response = redirect_saying(&me, back, "wiki-linked");
            response.headers_mut().append(header::SET_COOKIE, arrivals::over(&app));
            Ok(response)
        }
        Ok(false) => failed(&me, &wiki, Failed::Stale, "/"),
        // Somebody else has it by now, or this account has another one of the same wiki.
        Err(Error::Taken(_)) => failed(&me, &wiki, Failed::Other, "/settings/wikis"),
        Err(why) => Err(why),
    }
}

/// `POST /join/{name}/leave`: rather not.
pub async fn leave(v: Visit, app: App, headers: HeaderMap, Path(name): Path<String>) -> Result<Response> {
    open(&v, &name)?;
    if let Some(token) = arrivals::token_of(&app, &headers) {
        app.db.write(move |tx| arrivals::take(tx, &token)).await?;
    }
    let mut response = redirect_saying(&v, "/", "wiki-left");
    response.headers_mut().append(header::SET_COOKIE, arrivals::over(&app));
    Ok(response)
}
