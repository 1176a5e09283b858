//! `GET` and `POST /admin/wikis/new`: one field, any address of the wiki; the rest the site finds out by itself.

use askama::Template;
use axum::http::StatusCode;
use axum::response::Response;

use super::show::{self, Shown};
use crate::app::App;
use crate::web::error::{Error, Result};
use crate::web::routes::Field;
use crate::web::shell::Head;
use crate::web::{FieldErrors, Form, Member, Visit, field, page_with_status};
use crate::wikis::{find, keys, queries};

pub const FIELDS: &[Field] = &[field("address", 1000)];

#[derive(Template)]
#[template(path = "wikis/templates/connect.html")]
struct Page<'a> {
    v: &'a Visit,
    head: Head,
    typed: &'a str,
    errors: FieldErrors,
}

pub async fn form(me: Member) -> Result {
    again(&me, "", FieldErrors::default(), StatusCode::OK)
}

fn again(v: &Visit, typed: &str, errors: FieldErrors, status: StatusCode) -> Result {
    page_with_status(status, &Page { v, head: Head::titled(v.t.wiki_connect()).unlisted(), typed, errors })
}

/// Finds the wiki and joins it. The answer is its page with the wiki's own secret key on it, which is shown this once.
pub async fn submit(me: Member, app: App, f: Form) -> Result<Response> {
    let typed = f.text("address");
    let mut errors = FieldErrors::default();
    let found = match find::find(&app, typed).await {
        Ok(found) => found,
        Err(problem) => {
            errors.add("address", me.msg(problem.key()));
            return again(&me, typed, errors, StatusCode::UNPROCESSABLE_ENTITY);
        }
    };
    let (sign_key, seed, now) = (keys::new_seed(), keys::new_seed(), me.now);
    let (shown, api) = (seed.clone(), found.api.to_string());
    match app.db.write(move |tx| queries::add(tx, &found, &sign_key, &seed, now)).await {
        Ok((id, _)) => {
            let wiki = app.db.read(|tx| queries::by_id(tx, id)).await?.ok_or(Error::NotFound)?;
            show::show(&me, &app, &wiki, Shown { seed: Some(shown), said: Some("wiki-connected"), ..Shown::default() })
                .await
        }
        Err(Error::Taken(_)) => {
            let name = app.db.read(|tx| queries::at_api(tx, &api)).await?.unwrap_or_default();
            errors.add("address", me.t.wiki_connected_already(&name));
            again(&me, typed, errors, StatusCode::UNPROCESSABLE_ENTITY)
        }
        Err(why) => Err(why),
    }
}
