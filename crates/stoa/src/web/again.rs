//! The same question of another stranger: while nothing was written since, it gets the same stored page, without
//! looking at the store at all.

use std::sync::Arc;

use axum::http::request::Parts;
use axum::http::{Method, header};
use axum::response::Response;

use super::cache::Stored;
use super::gate::asked_for;
use super::routes::{Policy, Route};
use super::visit::Visit;
use crate::app::App;
use crate::clock::HOUR;

/// A question that strangers may share the answer to, and the state of the store when it was asked.
pub struct Asked {
    key: String,
    stamp: u64,
}

/// An answer that was kept, as long as the store is in that state and until that time.
#[derive(Clone)]
pub struct Kept {
    page: Arc<Stored>,
    stamp: u64,
    until: i64,
}

impl Kept {
    pub fn size(&self) -> u64 {
        self.page.size()
    }
}

/// Put into an answer that is a stored page.
#[derive(Clone)]
pub struct Served(pub Arc<Stored>);

impl Asked {
    /// `None` for whoever may get a page of their own: they come with a cookie of ours.
    pub fn of(app: &App, route: &Route, parts: &Parts) -> Option<Asked> {
        if parts.method != Method::GET || route.policy != Policy::Everyone {
            return None;
        }
        let headers = &parts.headers;
        let has_cookie = headers.get_all(header::COOKIE).iter().any(|c| c.to_str().is_ok_and(|c| c.contains("stoa")));
        if has_cookie || headers.contains_key("x-fragment") {
            return None;
        }
        let stamp = app.db.stamp()?;
        let language = headers.get(header::ACCEPT_LANGUAGE).map_or(&b""[..], |v| v.as_bytes());
        let path = asked_for(parts).path_and_query()?.as_str();
        Some(Asked { key: format!("{path}\n{}", String::from_utf8_lossy(language)), stamp })
    }

    /// The answer that another stranger got.
    pub fn answer(&self, app: &App, parts: &Parts) -> Option<Response> {
        let kept = app.pages.again(&self.key)?;
        (kept.stamp == self.stamp && app.now() < kept.until).then(|| kept.page.answer(&parts.headers))
    }

    /// Keeps an answer for the next one, unless something was written while it was made.
    pub fn keep(self, visit: &Visit, response: &Response) {
        let app = &visit.app;
        let is_plain = visit.viewer.user.is_none() && visit.uselang.is_none() && visit.new_visit.get().is_none();
        if let Some(Served(page)) = response.extensions().get()
            && is_plain
            && app.db.stamp() == Some(self.stamp)
        {
            let until = (visit.now.div_euclid(HOUR) + 1) * HOUR;
            app.pages.keep(self.key, Kept { page: page.clone(), stamp: self.stamp, until });
        }
    }
}
