//! Administration of wikis: connect one in one page, log in with its accounts, join it by the extension.

pub mod bot;
pub mod check;
pub mod connect;
pub mod extension;
pub mod general;
pub mod list;
pub mod login;
pub mod messages;
pub mod remove;
pub mod show;

use super::{Wiki, moved};
use crate::web::error::{Error, Result};
use crate::web::{Policy, Routes, Visit};

pub(super) fn routes() -> Routes {
    let only = Policy::Administrators;
    Routes::new()
        .get("/admin/wikis", only, list::page)
        .post("/admin/wikis/moved", only, &[], moved::submit)
        .get("/admin/wikis/new", only, connect::form)
        .post("/admin/wikis/new", only, connect::FIELDS, connect::submit)
        .get("/admin/wikis/{name}", only, show::page)
        .post("/admin/wikis/{name}", only, general::FIELDS, general::submit)
        .post("/admin/wikis/{name}/login", only, login::FIELDS, login::submit)
        .post("/admin/wikis/{name}/extension", only, extension::FIELDS, extension::submit)
        .post("/admin/wikis/{name}/bot", only, bot::FIELDS, bot::submit)
        .post("/admin/wikis/{name}/keys", only, &[], extension::renew)
        .post("/admin/wikis/{name}/check", only, &[], check::submit)
        .post("/admin/wikis/{name}/refresh", only, &[], general::refresh)
        .get_with("/admin/wikis/{name}/messages", only, messages::QUERY, messages::page)
        .post("/admin/wikis/{name}/messages/again", only, messages::AGAIN_FIELDS, messages::again)
        .get("/admin/wikis/{name}/remove", only, remove::form)
        .post("/admin/wikis/{name}/remove", only, &[], remove::submit)
}

/// A joined wiki by the name in an address.
fn named(v: &Visit, name: &str) -> Result<Wiki> {
    v.site.wiki(name).cloned().ok_or(Error::NotFound)
}

/// The address of a wiki's page in the administration.
fn url(name: &str) -> String {
    format!("/admin/wikis/{name}")
}
