//! A feed in either format: Atom (RFC 4287) and RSS 2.0 with the Dublin Core and Atom modules.

use std::str::FromStr;

use askama::Template;
use axum::http::{HeaderMap, HeaderValue, StatusCode, header};
use axum::response::{IntoResponse, Response};
use sha2::{Digest, Sha256};

use super::absolute;
use crate::app::App;
use crate::db::Tx;
use crate::web::error::Result;
use crate::web::{Error, Visit, accept, stored};

#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub enum Format {
    Atom,
    Rss,
}

impl FromStr for Format {
    type Err = Error;
    fn from_str(text: &str) -> Result<Format> {
        match text {
            "atom" => Ok(Format::Atom),
            "rss" => Ok(Format::Rss),
            _ => Err(Error::NotFound),
        }
    }
}

impl Format {
    fn mime(self) -> &'static str {
        match self {
            Format::Atom => "application/atom+xml; charset=utf-8",
            Format::Rss => "application/rss+xml; charset=utf-8",
        }
    }

    fn ending(self) -> &'static str {
        match self {
            Format::Atom => "atom",
            Format::Rss => "rss",
        }
    }
}

/// What a feed is of.
pub struct Feed {
    pub title: String,
    /// The page it belongs to, a path.
    pub page: String,
    /// The feed's path without ending, and its query with `?`, or nothing.
    pub path: String,
    pub query: String,
    pub entries: Vec<Entry>,
}

/// One entry: a topic, or a post.
pub struct Entry {
    /// A path that never changes.
    pub id: String,
    /// Where it is read, a path.
    pub url: String,
    pub title: String,
    /// Empty when it is not known.
    pub lang: String,
    pub author: String,
    /// Microseconds.
    pub published_at: i64,
    pub updated_at: i64,
    /// Post HTML.
    pub html: String,
    pub labels: Vec<String>,
}

impl Entry {
    fn content(&self, v: &Visit) -> String {
        absolute::links(&self.html, &v.absolute(""), &v.absolute(&self.id))
    }
}

#[derive(Template)]
#[template(path = "feeds/templates/atom.xml")]
struct Atom<'a> {
    v: &'a Visit,
    feed: &'a Feed,
    own: String,
    updated_at: i64,
}

#[derive(Template)]
#[template(path = "feeds/templates/rss.xml")]
struct Rss<'a> {
    v: &'a Visit,
    feed: &'a Feed,
    own: String,
    updated_at: i64,
}

impl Feed {
    /// The document, without characters that XML cannot contain.
    pub fn render(&self, v: &Visit, format: Format) -> Result<String> {
        let own = v.absolute(&format!("{}.{}{}", self.path, format.ending(), self.query));
        let updated_at = self.entries.iter().map(|e| e.updated_at).max().unwrap_or(0);
        let text = match format {
            Format::Atom => Atom { v, feed: self, own, updated_at }.render()?,
            Format::Rss => Rss { v, feed: self, own, updated_at }.render()?,
        };
        Ok(text.replace(|c: char| !is_xml(c), ""))
    }
}

/// Whether a character may stand in XML 1.0 (section 2.2).
fn is_xml(c: char) -> bool {
    matches!(c, '\t' | '\n' | '\r' | '\u{20}'..='\u{d7ff}' | '\u{e000}'..='\u{fffd}' | '\u{10000}'..='\u{10ffff}')
}

/// Sends a feed: from the cache for strangers, made anew for members. `name` says everything that its content
/// depends on, beside the reader and the state of the site.
pub async fn send(
    v: &Visit,
    app: &App,
    headers: &HeaderMap,
    format: Format,
    name: &str,
    make: impl FnMut(&Tx) -> Result<Feed>,
) -> Result {
    let mut make = make;
    let mut text = |tx: &Tx| make(tx)?.render(v, format);
    if v.viewer.user.is_some() {
        return Ok(answer(format.mime(), app.db.read(&mut text).await?, headers));
    }
    let key = stored::key(v, app, &format!("feed {format:?} {name}")).await?;
    if let Some(found) = app.pages.get(&key) {
        return Ok(found.answer(headers));
    }
    let made = app.db.read(&mut text).await?;
    Ok(app.pages.put(key, format.mime(), made)?.answer(headers))
}

/// A text for one reader, or 304 when they have it.
pub fn answer(kind: &'static str, text: String, asked: &HeaderMap) -> Response {
    let etag = format!("\"{}\"", hex::encode(&Sha256::digest(text.as_bytes())[..12]));
    let known = accept::has(asked, &etag);
    let own = [
        (header::ETAG, HeaderValue::try_from(etag).expect("hexadecimal digits in quotes are a header value")),
        (header::CACHE_CONTROL, HeaderValue::from_static("private, no-cache")),
        (header::VARY, HeaderValue::from_static("accept-language, cookie")),
        (header::CONTENT_TYPE, HeaderValue::from_static(kind)),
    ];
    if known { (StatusCode::NOT_MODIFIED, own).into_response() } else { (own, text).into_response() }
}

#[cfg(test)]
mod tests {
    use super::is_xml;

    #[test]
    fn only_what_xml_can_contain() {
        assert!("Tea – 茶 🍵\t\n".chars().all(is_xml));
        assert!(['\0', '\u{1}', '\u{b}', '\u{1f}', '\u{fffe}', '\u{ffff}'].into_iter().all(|c| !is_xml(c)));
    }
}
