//! `GET /login/wiki/{name}`: off to the wiki. A link and no form, because it changes nothing here; what comes back is
//! bound to this browser.

use axum::http::{HeaderMap, header};
use axum::response::Response;
use serde::Deserialize;

use super::attempt::{Attempt, challenge};
use super::open;
use crate::app::App;
use crate::web::error::{Error, Result};
use crate::web::extract::{Path, Query};
use crate::web::page::redirect;
use crate::web::routes::Field;
use crate::web::{Visit, field};
use crate::wikis::oauth;

pub const QUERY: &[Field] = &[field("back", 4000)];

#[derive(Deserialize)]
pub struct Asked {
    back: Option<String>,
}

pub async fn page(
    v: Visit,
    app: App,
    headers: HeaderMap,
    Path(name): Path<String>,
    Query(asked): Query<Asked>,
) -> Result<Response> {
    let wiki = open(&v, &name)?;
    let attempt = Attempt::begin(&app, &headers, asked.back.as_deref().unwrap_or("/"));
    let state = attempt.state(&app, &wiki);
    let callback = callback(&v, &wiki.name);
    let challenge = challenge(&attempt.verifier(&app, &state));
    let to = oauth::authorize_url(&wiki, &callback, &state, &challenge).ok_or(Error::NotFound)?;
    let mut response = redirect(&to);
    response.headers_mut().append(header::SET_COOKIE, attempt.cookie(&app));
    Ok(response)
}

/// The address that the site is registered with on a wiki.
pub fn callback(v: &Visit, name: &str) -> String {
    v.absolute(&format!("/login/wiki/{name}/callback"))
}
