//! Logging in with an account of a wiki: there to say yes, back with a code, and then either the account here that
//! belongs to it, or the question which one shall.
//!
//! An account is found by who gave it out and its number there, never by its name or its mail address: whoever has the
//! same name on a wiki is not the same person for that.

pub mod arrivals;
pub mod attempt;
pub mod callback;
pub mod join;
pub mod link;
pub mod start;

use askama::Template;
use axum::http::StatusCode;

use super::Wiki;
use crate::web::error::{Error, Result};
use crate::web::shell::Head;
use crate::web::{Policy, Routes, Visit, page_with_status};

pub(super) fn routes() -> Routes {
    Routes::new()
        .get_with("/login/wiki/{name}", Policy::Everyone, start::QUERY, start::page)
        .get_with("/login/wiki/{name}/callback", Policy::Everyone, callback::QUERY, callback::page)
        .get("/join/{name}", Policy::Everyone, join::form)
        .post("/join/{name}", Policy::Everyone, join::FIELDS, join::submit)
        .post("/join/{name}/link", Policy::Members, &[], link::submit)
        .post("/join/{name}/leave", Policy::Everyone, &[], link::leave)
}

/// A wiki that people can log in with.
fn open(v: &Visit, name: &str) -> Result<Wiki> {
    v.site.wiki(name).filter(|wiki| wiki.takes_logins()).cloned().ok_or(Error::NotFound)
}

/// Why nobody was logged in; its message is `wiki-login-` and its key.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
enum Failed {
    /// They said no on the wiki.
    No,
    /// The wiki says no to the site.
    Refused,
    /// The wiki does not answer, or answers nonsense.
    NoAnswer,
    /// Begun in another browser, too long ago, or never.
    Stale,
    /// The wiki hides who they are.
    Hidden,
    /// The account belongs to another one here than the one that is logged in.
    Other,
}

impl Failed {
    fn key(self) -> &'static str {
        match self {
            Failed::No => "wiki-login-no",
            Failed::Refused => "wiki-login-refused",
            Failed::NoAnswer => "wiki-login-no-answer",
            Failed::Stale => "wiki-login-stale",
            Failed::Hidden => "wiki-login-hidden",
            Failed::Other => "wiki-login-other",
        }
    }

    fn status(self) -> StatusCode {
        match self {
            Failed::No => StatusCode::OK,
            Failed::NoAnswer => StatusCode::BAD_GATEWAY,
            // What stands in an address anybody can have written.
            Failed::Stale | Failed::Refused => StatusCode::BAD_REQUEST,
            Failed::Hidden => StatusCode::FORBIDDEN,
            Failed::Other => StatusCode::CONFLICT,
        }
    }
}

#[derive(Template)]
#[template(path = "wikis/templates/failed.html")]
struct FailedPage<'a> {
    v: &'a Visit,
    head: Head,
    title: String,
    wiki: &'a Wiki,
    text: String,
    back: &'a str,
    /// Trying again may help.
    again: bool,
}

/// The page that says why nobody was logged in, and what to do.
fn failed(v: &Visit, wiki: &Wiki, why: Failed, back: &str) -> Result {
    let is_in = v.viewer.user.is_some();
    let title = if is_in { v.t.wiki_link_failed_title() } else { v.t.wiki_login_failed_title() };
    let head = Head::titled(title.clone()).unlisted();
    let text = v.t.msg(why.key(), &[stoa_i18n::A::Text(wiki.title.as_str().into())]);
    let again = !matches!(why, Failed::Hidden | Failed::Other);
    page_with_status(why.status(), &FailedPage { v, head, title, wiki, text, back, again })
}
