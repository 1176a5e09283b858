//! What an address of a wiki leads to: a page, a revision, a difference, an item; and which wikis are asked at all.

use percent_encoding::percent_decode_str;
use url::Url;

use crate::binding::named;
use crate::binding::title::{LONGEST, tidy};
use crate::wikis::Wiki;
use crate::wikis::find::is_wikimedia;

/// What is asked for at a wiki.
#[derive(Clone, Copy, Debug, PartialEq, Eq, Hash, PartialOrd, Ord)]
pub enum Kind {
    /// A page, by its title; files are pages too.
    Page = 1,
    /// A revision, by its number.
    Revision = 2,
    /// What a revision changed: `later`, or `earlier:later`; `later` may be `next` or `cur` then, for what follows it and for
    /// what is newest.
    Difference = 3,
    /// An item or a property of Wikidata: `Q42`, `P31`.
    Entity = 4,
}

impl Kind {
    pub fn of(number: i64) -> Option<Kind> {
        [Kind::Page, Kind::Revision, Kind::Difference, Kind::Entity].into_iter().find(|kind| *kind as i64 == number)
    }
}

/// Something that a wiki can be asked about.
#[derive(Clone, Debug, PartialEq, Eq, Hash)]
pub struct Target {
    /// The address of the wiki's `api.php`.
    pub api: String,
    pub kind: Kind,
    pub key: String,
}

/// Where a link leads.
#[derive(Clone, Debug, PartialEq, Eq)]
pub enum Leads {
    Wiki(Target),
    /// A task of Wikimedia's Phabricator, by its number. It says nothing to strangers who ask, so nobody does.
    Task(String),
}

/// The names of `Special:` in English and in languages whose wikis are large; the English one works everywhere.
const SPECIAL: [&str; 14] = [
    "Special",
    "Spezial",
    "Spécial",
    "Especial",
    "Speciale",
    "Speciaal",
    "Specjalna",
    "Служебная",
    "خاص",
    "特別",
    "特殊",
    "Спеціальна",
    "ویژه",
    "מיוחד",
];

/// The wiki that answers for an address: a joined one, or one of Wikimedia's.
pub fn wiki_of(wikis: &[Wiki], api: &str) -> Option<Wiki> {
    if let Some(joined) = wikis.iter().find(|wiki| wiki.api == api) {
        return Some(joined.clone());
    }
    let url = Url::parse(api).ok()?;
    wikimedia(&url).filter(|wiki| wiki.api == api)
}

/// One of Wikimedia's public wikis, by any address of it.
fn wikimedia(url: &Url) -> Option<Wiki> {
    let host = url.host_str()?.replace(".m.", ".");
    let (first, rest) = host.split_once('.')?;
    // What has its own program, or answers only those who are logged in.
    const OTHERS: [&str; 8] = ["phabricator", "gerrit", "gitlab", "upload", "lists", "stats", "grafana", "etherpad"];
    let is_one = url.scheme() == "https"
        && url.port().is_none()
        && is_wikimedia(&host)
        && rest.split('.').count() == 2
        && !OTHERS.contains(&first)
        && (first != "www" || matches!(rest, "wikidata.org" | "mediawiki.org" | "wikifunctions.org"));
    let is_language = !matches!(rest, "wikimedia.org" | "wikidata.org" | "mediawiki.org" | "wikifunctions.org");
    is_one.then(|| Wiki {
        name: host.clone(),
        title: host.trim_start_matches("www.").to_owned(),
        server: format!("https://{host}"),
        api: format!("https://{host}/w/api.php"),
        article: format!("https://{host}/wiki/$1"),
        lang: if is_language { first.to_owned() } else { String::new() },
        wiki_id: if rest == "wikidata.org" { "wikidatawiki".to_owned() } else { String::new() },
        ..Wiki::default()
    })
}

/// What an address leads to, if a wiki that may be asked knows it.
pub fn read(wikis: &[Wiki], address: &str) -> Option<Leads> {
    let url = Url::parse(address).ok()?;
    if url.host_str() == Some("phabricator.wikimedia.org") {
        let task = url.path().trim_matches('/');
        return number(task.strip_prefix('T')?).map(|n| Leads::Task(format!("T{n}")));
    }
    let own = wikimedia(&url);
    let (wiki, title) = match named::by_address(wikis, address) {
        Some((wiki, title)) => (Some(wiki), Some(title)),
        None => match &own {
            Some(own) => (Some(own), named::by_address(std::slice::from_ref(own), address).map(|(_, title)| title)),
            None => (wikis.iter().find(|wiki| is_index(wiki, &url)), None),
        },
    };
    let (kind, key) = at_wiki(wiki?, &url, title.as_deref())?;
    Some(Leads::Wiki(Target { api: wiki?.api.clone(), kind, key }))
}

/// Whether an address is the wiki's `index.php`, where revisions need no title.
fn is_index(wiki: &Wiki, url: &Url) -> bool {
    wiki.api.strip_suffix("api.php").is_some_and(|folder| {
        Url::parse(&format!("{folder}index.php"))
            .is_ok_and(|index| index.origin() == url.origin() && index.path() == url.path())
    })
}

fn at_wiki(wiki: &Wiki, url: &Url, title: Option<&str>) -> Option<(Kind, String)> {
    let asked = |name: &str| url.query_pairs().find(|(key, _)| key == name).map(|(_, value)| value.into_owned());
    if let Some(diff) = asked("diff") {
        let old = asked("oldid").as_deref().and_then(number);
        return match (diff.as_str(), old) {
            ("prev", Some(old)) => Some((Kind::Difference, old)),
            ("next", Some(old)) => difference(Some(old), "next".to_owned()),
            // No number is the newest (`DifferenceEngine::mapDiffPrevNext`).
            ("cur" | "0" | "", Some(old)) => difference(Some(old), "cur".to_owned()),
            (diff, old) => difference(old, number(diff)?),
        };
    }
    if let Some(old) = asked("oldid").as_deref().and_then(number) {
        return Some((Kind::Revision, old));
    }
    if asked("action").is_some_and(|action| !matches!(action.as_str(), "view" | "history" | "info")) {
        return None;
    }
    let title = tidy(title?);
    if title.is_empty()
        || title.len() > LONGEST
        || title.contains(char::is_control)
        || title.contains(['|', '<', '>', '[', ']', '{', '}'])
    {
        return None;
    }
    if let Some((space, name)) = title.split_once(':')
        && SPECIAL.iter().any(|special| special.to_lowercase() == space.trim().to_lowercase())
    {
        let parts: Vec<&str> = name.split('/').collect();
        return match parts.as_slice() {
            [page, one] if page.eq_ignore_ascii_case("Diff") => difference(None, number(one)?),
            [page, "prev", one] if page.eq_ignore_ascii_case("Diff") => difference(None, number(one)?),
            [page, one, "prev"] if page.eq_ignore_ascii_case("Diff") => difference(None, number(one)?),
            [page, from, to @ ("next" | "cur")] if page.eq_ignore_ascii_case("Diff") => {
                difference(Some(number(from)?), (*to).to_owned())
            }
            [page, from, to] if page.eq_ignore_ascii_case("Diff") => difference(Some(number(from)?), number(to)?),
            [page, one] if page.eq_ignore_ascii_case("PermanentLink") => Some((Kind::Revision, number(one)?)),
            [page, "revision", one] if page.eq_ignore_ascii_case("Redirect") => Some((Kind::Revision, number(one)?)),
            [page, one] if page.eq_ignore_ascii_case("EntityPage") && wiki.wiki_id == "wikidatawiki" => entity(one),
            _ => None,
        };
    }
    if wiki.wiki_id == "wikidatawiki"
        && let Some(found) = entity(title.strip_prefix("Property:").unwrap_or(&title))
    {
        return Some(found);
    }
    Some((Kind::Page, title))
}

/// Whether a key means another revision when the page is changed.
pub fn moves(kind: Kind, key: &str) -> bool {
    kind == Kind::Difference && (key.ends_with(":next") || key.ends_with(":cur"))
}

fn difference(from: Option<String>, to: String) -> Option<(Kind, String)> {
    match from {
        Some(from) if from != to => Some((Kind::Difference, format!("{from}:{to}"))),
        _ => Some((Kind::Difference, to)),
    }
}

fn entity(id: &str) -> Option<(Kind, String)> {
    let id = id.to_uppercase();
    number(id.strip_prefix(['Q', 'P'])?).map(|_| (Kind::Entity, id))
}

/// The digits of a number that could be one, without percent signs.
fn number(text: &str) -> Option<String> {
    let text = percent_decode_str(text).decode_utf8().ok()?;
    let is_one = (1..=18).contains(&text.len()) && text.bytes().all(|b| b.is_ascii_digit()) && !text.starts_with('0');
    is_one.then(|| text.into_owned())
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn addresses_lead_to_what_wikis_can_be_asked_for() {
        let tea = Wiki {
            api: "https://tea.example/w/api.php".into(),
            article: "https://tea.example/wiki/$1".into(),
            ..Wiki::default()
        };
        let at = |host: &str, kind, key: &str| {
            Some(Leads::Wiki(Target { api: format!("https://{host}/w/api.php"), kind, key: key.into() }))
        };
        use Kind::*;
        for (address, expected) in [
            ("https://tea.example/wiki/Green_tea#Brewing", at("tea.example", Page, "Green tea")),
            ("https://tea.example/wiki/File:A_b.jpg", at("tea.example", Page, "File:A b.jpg")),
            ("https://tea.example/w/index.php?title=Tea&diff=12&oldid=7", at("tea.example", Difference, "7:12")),
            ("https://tea.example/w/index.php?diff=12", at("tea.example", Difference, "12")),
            ("https://tea.example/w/index.php?title=Tea&diff=prev&oldid=7", at("tea.example", Difference, "7")),
            ("https://tea.example/w/index.php?title=Tea&diff=next&oldid=7", at("tea.example", Difference, "7:next")),
            ("https://tea.example/w/index.php?title=Tea&diff=cur&oldid=7", at("tea.example", Difference, "7:cur")),
            ("https://tea.example/w/index.php?title=Tea&diff=0&oldid=7", at("tea.example", Difference, "7:cur")),
            ("https://tea.example/w/index.php?title=Tea&diff=&oldid=7", at("tea.example", Difference, "7:cur")),
            ("https://tea.example/w/index.php?title=Tea&diff=next", None),
            ("https://tea.example/w/index.php?title=Tea&diff=later&oldid=7", None),
            ("https://tea.example/wiki/Special:Diff/7/next", at("tea.example", Difference, "7:next")),
            ("https://tea.example/wiki/Special:Diff/7/cur", at("tea.example", Difference, "7:cur")),
            ("https://tea.example/w/index.php?title=Tea&oldid=7", at("tea.example", Revision, "7")),
            ("https://tea.example/w/index.php?title=Tea&action=edit", None),
            ("https://tea.example/wiki/Special:Diff/7/12", at("tea.example", Difference, "7:12")),
            ("https://tea.example/wiki/Special:Diff/12", at("tea.example", Difference, "12")),
            ("https://tea.example/wiki/special:permanentLink/12", at("tea.example", Revision, "12")),
            ("https://tea.example/wiki/Special:RecentChanges", None),
            ("https://tea.example/other", None),
            ("https://fr.wikipedia.org/wiki/Th%C3%A9", at("fr.wikipedia.org", Page, "Thé")),
            ("https://fr.m.wikipedia.org/wiki/Th%C3%A9", at("fr.wikipedia.org", Page, "Thé")),
            ("https://de.wikipedia.org/wiki/Spezial:Diff/12", at("de.wikipedia.org", Difference, "12")),
            ("https://commons.wikimedia.org/wiki/File:A.jpg", at("commons.wikimedia.org", Page, "File:A.jpg")),
            ("https://www.wikidata.org/wiki/Q42", at("www.wikidata.org", Entity, "Q42")),
            ("https://www.wikidata.org/wiki/Property:P31#x", at("www.wikidata.org", Entity, "P31")),
            ("https://www.wikidata.org/wiki/Special:EntityPage/Q42", at("www.wikidata.org", Entity, "Q42")),
            ("https://www.wikidata.org/wiki/Wikidata:Tea", at("www.wikidata.org", Page, "Wikidata:Tea")),
            ("https://phabricator.wikimedia.org/T12", Some(Leads::Task("T12".into()))),
            ("https://phabricator.wikimedia.org/D12", None),
            ("https://phabricator.wikimedia.org/T12x", None),
            ("https://www.wikipedia.org/wiki/X", None),
            ("https://upload.wikimedia.org/wiki/X", None),
            ("https://wikipedia.org.evil.example/wiki/X", None),
            ("https://evilwikipedia.org/wiki/X", None),
            ("https://en.wikipedia.org:8443/wiki/X", None),
            ("http://10.0.0.1/wiki/X", None),
            ("not an address", None),
        ] {
            assert_eq!(read(std::slice::from_ref(&tea), address), expected, "{address}");
        }
    }

    #[test]
    fn only_wikis_that_may_be_asked_are() {
        assert!(wiki_of(&[], "https://en.wikipedia.org/w/api.php").is_some());
        assert!(wiki_of(&[], "https://en.wikipedia.org/w/other.php").is_none());
        assert!(wiki_of(&[], "https://tea.example/w/api.php").is_none());
    }
}
