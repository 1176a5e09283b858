//! `GET /confirm/{token}`: a button; `POST`: the address is the account's own from now on.

use askama::Template;
use axum::response::Response;

use crate::accounts::emails;
use crate::accounts::links::{self, Purpose};
use crate::app::App;
use crate::web::error::{Refusal, Result};
use crate::web::extract::Path;
use crate::web::page::redirect_saying;
use crate::web::shell::Head;
use crate::web::{Visit, page};

#[derive(Template)]
#[template(path = "accounts/templates/confirm.html")]
struct Page<'a> {
    v: &'a Visit,
    head: Head,
    address: String,
}

pub async fn form(v: Visit, app: App, Path(token): Path<String>) -> Result {
    let link = app.db.read(|tx| links::look(tx, Purpose::Confirm, &token, v.now)).await?;
    page(&Page { v: &v, head: Head::titled(v.t.confirm_title()).unlisted(), address: link.address })
}

pub async fn submit(v: Visit, app: App, Path(token): Path<String>) -> Result<Response> {
    let now = v.now;
    let done = app.db.write(move |tx| {
        let link = links::redeem(tx, Purpose::Confirm, &token, now)?;
        // Somebody else may have confirmed the same address in the meantime.
        if emails::attach(tx, link.user_id, &link.address, now)? { Ok(()) } else { Err(Refusal::LinkUsed.into()) }
    });
    done.await?;
    Ok(redirect_saying(&v, if v.viewer.user.is_some() { "/" } else { "/login" }, "confirmed"))
}
