//! `GET /suggest/wiki?q=`: pages of the configured wiki whose titles begin so, asked of its `opensearch`
//! (<https://www.mediawiki.org/wiki/API:Opensearch>). A wiki that does not answer is no reason to stop writing: there
//! is nothing to suggest then.

use std::sync::Arc;
use std::time::Duration;

use axum::response::Response;
use quick_cache::sync::Cache;
use url::Url;

use super::{Asked, Item, MOST, answer};
use crate::app::App;
use crate::clock::MINUTE;
use crate::site::Site;
use crate::web::error::Result;
use crate::web::extract::Query;
use crate::web::routes::Field;
use crate::web::{Error, Member, field};

pub const QUERY: &[Field] = &[field("q", 80)];

/// How long a writer waits for the wiki.
const PATIENCE: Duration = Duration::from_secs(2);
/// How long an answer is good.
const KEPT: i64 = 10 * MINUTE;
/// How long a wiki that did not answer is left alone.
const LEFT_ALONE: i64 = MINUTE / 2;
/// Characters of a title that is shown; MediaWiki's own limit is 255 bytes.
const LONGEST: usize = 255;

/// What the wiki answered lately, by its address and what was typed; empty under its address alone when it did not.
pub struct Titles(Cache<String, (i64, Arc<Vec<String>>)>);

impl Default for Titles {
    fn default() -> Self {
        Titles(Cache::new(2000))
    }
}

impl Titles {
    fn get(&self, key: &str, now: i64) -> Option<Arc<Vec<String>>> {
        self.0.get(key).filter(|(until, _)| *until > now).map(|(_, titles)| titles)
    }
}

pub async fn page(me: Member, app: App, Query(asked): Query<Asked>) -> Result<Response> {
    let api = api(&me.site).ok_or(Error::NotFound)?;
    let typed = asked.q.trim();
    if typed.is_empty() {
        return Ok(answer(&[]));
    }
    let titles = match known(&app, &api, typed, me.now) {
        Some(titles) => titles,
        None => {
            app.throttle.wiki(me.user.id)?;
            ask(&app, &api, typed, me.now).await
        }
    };
    let item =
        |title: &String| Item { name: title.clone(), label: title.clone(), avatar: None, more: None, kind: "page" };
    Ok(answer(&titles.iter().map(item).collect::<Vec<_>>()))
}

fn key(api: &Url, typed: &str) -> String {
    format!("{api} {typed}")
}

/// What a wiki answered to the same letters lately, or that it does not answer.
pub fn known(app: &App, api: &Url, typed: &str, now: i64) -> Option<Arc<Vec<String>>> {
    app.wiki_titles.get(&key(api, typed), now).or_else(|| app.wiki_titles.get(api.as_str(), now))
}

/// Asks a wiki for titles that begin so, and keeps the answer for everybody.
pub async fn ask(app: &App, api: &Url, typed: &str, now: i64) -> Arc<Vec<String>> {
    let mut url = api.clone();
    url.query_pairs_mut()
        .append_pair("action", "opensearch")
        .append_pair("format", "json")
        .append_pair("formatversion", "2")
        .append_pair("limit", &MOST.to_string())
        .append_pair("redirects", "return")
        .append_pair("search", typed);
    let got = app.fetcher.get(url.as_str(), "application/json", PATIENCE).await;
    let found = match &got {
        Ok(got) if got.status == 200 => titles(&got.body),
        _ => None,
    };
    let (at, until, titles) = match found {
        Some(titles) => (key(api, typed), now + KEPT, titles),
        None => {
            tracing::debug!("the wiki at {api} suggested nothing: {:?}", got.map(|got| got.status));
            (api.as_str().to_owned(), now + LEFT_ALONE, Vec::new())
        }
    };
    let titles = Arc::new(titles);
    app.wiki_titles.0.insert(at, (until, titles.clone()));
    titles
}

/// `["typed", ["Title", …], …]`.
fn titles(body: &[u8]) -> Option<Vec<String>> {
    let parts: Vec<serde_json::Value> = serde_json::from_slice(body).ok()?;
    let titles = parts.get(1)?.as_array()?.iter().filter_map(|title| title.as_str());
    let fits = |title: &&str| {
        title.chars().count() <= LONGEST
            && !title.is_empty()
            && !title.contains(|c: char| c.is_control() || "[]|".contains(c))
    };
    Some(titles.filter(fits).take(MOST as usize).map(str::to_owned).collect())
}

/// Where the site's wiki answers programs: as it is set, or beside its pages.
fn api(site: &Site) -> Option<Url> {
    let (wiki, set) = (site.setting("wiki"), site.setting("wiki-api"));
    if wiki.is_empty() {
        return None;
    }
    if set.is_empty() { beside(wiki) } else { Url::parse(set).ok() }
}

/// `https://en.wikipedia.org/wiki/$1` → `https://en.wikipedia.org/w/api.php`, and the like.
fn beside(wiki: &str) -> Option<Url> {
    let before = wiki.split("$1").next()?;
    let (script, _) = before.split_once("index.php").unwrap_or((before, ""));
    let mut url = Url::parse(if before.contains("index.php") { script } else { before }).ok()?;
    url.set_query(None);
    url.set_fragment(None);
    let folder = if before.contains("index.php") { url.path().to_owned() } else { "/w/".to_owned() };
    url.set_path(&format!("{}api.php", folder));
    Some(url)
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn the_api_stands_beside_the_pages() {
        for (wiki, api) in [
            ("https://en.wikipedia.org/wiki/$1", "https://en.wikipedia.org/w/api.php"),
            ("https://wiki.example/$1", "https://wiki.example/w/api.php"),
            ("https://wiki.example/mw/index.php?title=$1", "https://wiki.example/mw/api.php"),
            ("https://wiki.example/index.php/$1", "https://wiki.example/api.php"),
            ("http://localhost:8080/wiki/$1?x=y", "http://localhost:8080/w/api.php"),
        ] {
            assert_eq!(beside(wiki).map(|url| url.to_string()).as_deref(), Some(api), "{wiki}");
        }
        assert!(beside("nowhere $1").is_none());
    }

    #[test]
    fn only_titles_are_taken_from_an_answer() {
        let body = br#"["te",["Tea","Te[x]t","Tee|","Teatime"],["","","",""],["u","u","u","u"]]"#;
        assert_eq!(titles(body), Some(vec!["Tea".to_owned(), "Teatime".to_owned()]));
        assert_eq!(titles(br#"["te",[]]"#), Some(Vec::new()));
        for odd in [&b"<html>"[..], b"{}", b"[]", br#"["te",{"a":1}]"#, b"\xff"] {
            assert_eq!(titles(odd), None);
        }
    }
}
