//! From any address of a wiki to the wiki: its page says where programs are answered (`<link rel="EditURI">`), and where
//! it does not, `api.php` stands in one of a few usual places.

use std::time::Duration;

use html5ever::tendril::StrTendril;
use html5ever::tokenizer::{BufferQueue, Token, TokenSink, TokenSinkResult, Tokenizer};
use serde_json::Value;
use url::Url;

use super::site_data::{SiteData, with_scheme};
use crate::app::App;
use crate::fetch::{Failure, Most};

const PATIENCE: Duration = Duration::from_secs(8);
/// The link stands in the head.
const HEAD: Most = Most { bytes: 512 << 10, is_enough: true };
/// Wikimedia's wikis answer with about 150 KB.
const SITE_INFO: Most = Most { bytes: 4 << 20, is_enough: false };
const PLACES: [&str; 4] = ["/w/api.php", "/api.php", "/mediawiki/api.php", "/wiki/api.php"];
/// Wikis that have one set of accounts in common, known at Meta.
const WIKIMEDIA: [&str; 14] = [
    "wikipedia.org",
    "wiktionary.org",
    "wikibooks.org",
    "wikinews.org",
    "wikiquote.org",
    "wikisource.org",
    "wikiversity.org",
    "wikivoyage.org",
    "wikidata.org",
    "wikimedia.org",
    "mediawiki.org",
    "wikifunctions.org",
    "wikimediafoundation.org",
    "wikispecies.org",
];
const META: &str = "https://meta.wikimedia.org";

/// A wiki as it described itself.
#[derive(Clone, Debug)]
pub struct Found {
    pub api: Url,
    pub rest: String,
    pub server: String,
    pub article: String,
    pub title: String,
    pub lang: String,
    pub is_rtl: bool,
    pub wiki_id: String,
    pub generator: String,
    /// It takes no changes at the moment.
    pub is_read_only: bool,
    pub data: SiteData,
}

/// Why a wiki was not found; its message is `wiki-find-` and its key.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub enum Problem {
    /// What was typed is no address.
    Address,
    /// It may not be asked from here.
    NotPublic,
    NoAnswer,
    NotMediaWiki,
    /// It answers only those who are logged in.
    Private,
}

/// Whether a host is one of Wikimedia's.
pub fn is_wikimedia(host: &str) -> bool {
    WIKIMEDIA.iter().any(|w| host == *w || host.strip_suffix(w).is_some_and(|h| h.ends_with('.')))
}

impl Problem {
    pub fn key(self) -> &'static str {
        match self {
            Problem::Address => "wiki-find-address",
            Problem::NotPublic => "wiki-find-not-public",
            Problem::NoAnswer => "wiki-find-no-answer",
            Problem::NotMediaWiki => "wiki-find-not-mediawiki",
            Problem::Private => "wiki-find-private",
        }
    }

    fn of(failure: &Failure) -> Problem {
        match failure {
            Failure::NotPublic => Problem::NotPublic,
            Failure::TimedOut | Failure::NoAnswer(_) => Problem::NoAnswer,
            Failure::TooManyRedirects | Failure::TooLarge => Problem::NotMediaWiki,
        }
    }
}

impl Found {
    pub fn dir(&self) -> &'static str {
        if self.is_rtl { "rtl" } else { "ltr" }
    }

    /// Whose accounts it has. It is told from where the wiki was found, never from what it says of itself: what it says
    /// there must not open other people's accounts.
    pub fn issuer(&self) -> String {
        let host = self.api.host_str().unwrap_or("");
        if is_wikimedia(host) && self.api.scheme() == "https" {
            META.to_owned()
        } else {
            self.api.origin().ascii_serialization()
        }
    }

    /// What it could be called here: from its host, `meta` for `meta.wikimedia.org`, `en-wikipedia` for
    /// `en.wikipedia.org`.
    pub fn name_to_be(&self) -> String {
        let host = match self.api.host() {
            Some(url::Host::Domain(name)) => name.trim_start_matches("www."),
            _ => "",
        };
        let labels: Vec<&str> = host.split('.').collect();
        let name = match labels.as_slice() {
            [first, second, _, ..] if first.len() <= 3 || *first == "wiki" => format!("{first}-{second}"),
            [first, ..] => (*first).to_owned(),
            [] => String::new(),
        };
        let plain: String =
            name.chars().filter(|c| c.is_ascii_lowercase() || c.is_ascii_digit() || *c == '-').collect();
        let plain = plain.trim_matches('-');
        let short = &plain[..plain.len().min(super::NAME_LONGEST - 6)];
        if short.is_empty() { "wiki".to_owned() } else { short.to_owned() }
    }
}

/// The wiki that an address belongs to.
pub async fn find(app: &App, typed: &str) -> Result<Found, Problem> {
    let start = address(typed).ok_or(Problem::Address)?;
    if start.path().ends_with("/api.php") {
        return ask(app, &bare(start)).await;
    }
    let page = app.fetcher.get_some(start.as_str(), "text/html, */*;q=0.1", PATIENCE, HEAD).await;
    let page = page.map_err(|failure| Problem::of(&failure))?;
    let mut places = Vec::new();
    if let Some(link) = edit_uri(&String::from_utf8_lossy(&page.body)) {
        places.extend(page.url.join(&link).ok().map(bare));
    }
    let folder = page.url.path().split("/index.php").next().filter(|_| page.url.path().contains("/index.php"));
    for place in folder.map(|f| format!("{f}/api.php")).iter().map(String::as_str).chain(PLACES) {
        let mut url = page.url.clone();
        url.set_path(place);
        places.push(bare(url));
    }
    let mut worst = Problem::NotMediaWiki;
    let mut asked: Vec<Url> = Vec::new();
    for place in places {
        if asked.contains(&place) {
            continue;
        }
        match ask(app, &place).await {
            Ok(found) => return Ok(found),
            Err(Problem::Private) => return Err(Problem::Private),
            Err(Problem::NotMediaWiki) => {}
            Err(other) => worst = other,
        }
        asked.push(place);
    }
    Err(worst)
}

/// What was typed as an address; people leave `https://` out.
fn address(typed: &str) -> Option<Url> {
    let typed = typed.trim();
    let whole =
        if typed.contains("://") { typed.to_owned() } else { format!("https://{}", typed.trim_start_matches('/')) };
    let url = Url::parse(&whole).ok()?;
    let plain = url.username().is_empty() && url.password().is_none();
    (plain && ["http", "https"].contains(&url.scheme()) && url.host().is_some() && typed.len() <= 500).then_some(url)
}

fn bare(mut url: Url) -> Url {
    url.set_query(None);
    url.set_fragment(None);
    url
}

/// Asks a wiki what it is like.
pub async fn ask(app: &App, api: &Url) -> Result<Found, Problem> {
    let mut url = api.clone();
    url.query_pairs_mut()
        .append_pair("action", "query")
        .append_pair("format", "json")
        .append_pair("formatversion", "2")
        .append_pair("meta", "siteinfo")
        .append_pair("siprop", "general|namespaces|namespacealiases|interwikimap|languages");
    let got = app.fetcher.get_some(url.as_str(), "application/json", PATIENCE, SITE_INFO).await;
    let got = got.map_err(|failure| Problem::of(&failure))?;
    if got.status >= 500 {
        return Err(Problem::NoAnswer);
    }
    let said: Value = serde_json::from_slice(&got.body).map_err(|_| Problem::NotMediaWiki)?;
    if said["error"]["code"] == "readapidenied" {
        return Err(Problem::Private);
    }
    read(&said["query"], bare(got.url)).ok_or(Problem::NotMediaWiki)
}

/// A wiki from the part `query` of its answer.
fn read(query: &Value, api: Url) -> Option<Found> {
    let general = &query["general"];
    let text = |key: &str, most: usize| -> String {
        general[key].as_str().unwrap_or("").chars().filter(|c| !c.is_control()).take(most).collect()
    };
    let generator = text("generator", 60);
    if !generator.starts_with("MediaWiki ") {
        return None;
    }
    // A wiki that does not know its own address is taken at the one it was found at.
    let said = with_scheme(&text("server", 300), api.scheme());
    let server = Url::parse(&said).ok().filter(|u| u.scheme().starts_with("http"));
    let server = server.map_or_else(|| api.origin().ascii_serialization(), |u| u.origin().ascii_serialization());
    let path = text("articlepath", 200);
    let path = if path.contains("$1") { path } else { "/index.php?title=$1".to_owned() };
    let article = if path.starts_with('/') { format!("{server}{path}") } else { path };
    let is_web = Url::parse(&article).is_ok_and(|at| ["http", "https"].contains(&at.scheme()));
    let article = if is_web { article } else { format!("{server}/wiki/$1") };
    let rest = api.as_str().strip_suffix("api.php").map(|folder| format!("{folder}rest.php"))?;
    let title = text("sitename", 100);
    Some(Found {
        rest,
        server,
        article,
        title: if title.trim().is_empty() { api.host_str().unwrap_or("wiki").to_owned() } else { title },
        lang: text("lang", 35),
        is_rtl: general["rtl"].as_bool().unwrap_or(general["rtl"].is_string()),
        wiki_id: text("wikiid", 100),
        generator,
        is_read_only: general["readonly"].as_bool().unwrap_or(general["readonly"].is_string()),
        data: SiteData::of(query, api.scheme()),
        api,
    })
}

/// Where a page says that programs are answered.
fn edit_uri(html: &str) -> Option<String> {
    #[derive(Default)]
    struct Sink(std::cell::RefCell<Option<String>>);
    impl TokenSink for Sink {
        type Handle = ();
        fn process_token(&self, token: Token, _: u64) -> TokenSinkResult<()> {
            let Token::TagToken(tag) = token else { return TokenSinkResult::Continue };
            let of = |name: &str| tag.attrs.iter().find(|a| &*a.name.local == name).map(|a| a.value.to_string());
            let mut found = self.0.borrow_mut();
            if found.is_none()
                && &*tag.name == "link"
                && of("rel").is_some_and(|rel| rel.eq_ignore_ascii_case("EditURI"))
            {
                *found = of("href");
            }
            TokenSinkResult::Continue
        }
    }
    let tokenizer = Tokenizer::new(Sink::default(), Default::default());
    let queue = BufferQueue::default();
    queue.push_back(StrTendril::from(html));
    let _ = tokenizer.feed(&queue);
    tokenizer.end();
    tokenizer.sink.0.into_inner()
}

#[cfg(test)]
mod tests {
    use serde_json::json;

    use super::*;

    fn at(api: &str) -> Found {
        let query = json!({"general": {"generator": "MediaWiki 1.43.9", "sitename": "Tea", "server": "//tea.example", "articlepath": "/wiki/$1"}});
        read(&query, Url::parse(api).expect("an address")).expect("a wiki")
    }

    #[test]
    fn a_wiki_gets_a_short_name_from_its_host() {
        for (api, name) in [
            ("https://meta.wikimedia.org/w/api.php", "meta"),
            ("https://en.wikipedia.org/w/api.php", "en-wikipedia"),
            ("https://www.mediawiki.org/w/api.php", "mediawiki"),
            ("https://wiki.example.org/api.php", "wiki-example"),
            ("https://commons.wikimedia.org/w/api.php", "commons"),
            ("http://127.0.0.1:8441/api.php", "wiki"),
            ("http://localhost/api.php", "localhost"),
        ] {
            assert_eq!(at(api).name_to_be(), name);
        }
    }

    #[test]
    fn whose_accounts_a_wiki_has_is_not_for_it_to_say() {
        assert_eq!(at("https://fr.wikipedia.org/w/api.php").issuer(), META);
        assert_eq!(at("https://evil-wikipedia.org/w/api.php").issuer(), "https://evil-wikipedia.org");
        assert_eq!(at("http://en.wikipedia.org/w/api.php").issuer(), "http://en.wikipedia.org");
        assert_eq!(at("https://tea.example:8443/api.php").issuer(), "https://tea.example:8443");
    }

    #[test]
    fn addresses_are_told_as_people_type_them() {
        assert_eq!(
            address(" en.wikipedia.org/wiki/Tea ").expect("an address").as_str(),
            "https://en.wikipedia.org/wiki/Tea"
        );
        for odd in ["", "javascript:alert(1)", "file:///etc/passwd", "https://user:pass@wiki.example/", "http://"] {
            assert!(address(odd).is_none(), "{odd}");
        }
        let found = at("https://tea.example/w/api.php");
        assert_eq!(
            (found.rest.as_str(), found.article.as_str()),
            ("https://tea.example/w/rest.php", "https://tea.example/wiki/$1")
        );
        assert!(read(&json!({"general": {"generator": "Something else"}}), found.api).is_none());
    }

    #[test]
    fn the_page_says_where_programs_are_answered() {
        let page = r#"<head><link rel="stylesheet" href="/x"><link rel="EditURI" type="application/rsd+xml" href="//w.example/w/api.php?action=rsd"></head>"#;
        assert_eq!(edit_uri(page).as_deref(), Some("//w.example/w/api.php?action=rsd"));
        assert_eq!(edit_uri("<p>EditURI"), None);
    }
}
