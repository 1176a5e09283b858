//! Wiki pages as people name them: one on a line, by its title, by a wiki's name and a title, or by its address.

use percent_encoding::percent_decode_str;
use url::Url;

use super::title::{LONGEST, tidy};
use crate::wikis::Wiki;

/// Pages that a topic may be about.
pub const MOST: usize = 10;

/// A page of a joined wiki.
#[derive(Clone, Debug, PartialEq, Eq, PartialOrd, Ord)]
pub struct Page {
    pub wiki_id: i64,
    pub title: String,
}

/// What a line stands for; `Err` is the line itself, when it is no page of a joined wiki.
pub fn read(wikis: &[Wiki], text: &str) -> Vec<Result<Page, String>> {
    let mut found: Vec<Result<Page, String>> = Vec::new();
    for line in text.lines().map(str::trim).filter(|line| !line.is_empty()) {
        let page = one(wikis, line).ok_or_else(|| line.to_owned());
        if !found.contains(&page) {
            found.push(page);
        }
    }
    found
}

/// The line that names a page of a wiki, as links to the composer carry it; nothing when there is no such wiki.
pub fn line(wikis: &[Wiki], wiki: Option<&str>, page: Option<&str>) -> String {
    let Some(title) = page.map(tidy).filter(|t| !t.is_empty()) else { return String::new() };
    match wiki.and_then(|name| wikis.iter().position(|w| w.name == name)) {
        Some(0) => title,
        Some(at) => format!("{}:{title}", wikis[at].name),
        None => String::new(),
    }
}

fn one(wikis: &[Wiki], line: &str) -> Option<Page> {
    let line = line.strip_prefix("[[").and_then(|l| l.strip_suffix("]]")).unwrap_or(line);
    let (wiki, title) = if line.starts_with("http://") || line.starts_with("https://") || line.starts_with("//") {
        by_address(wikis, line)?
    } else {
        let named = line.split_once(':').and_then(|(name, rest)| {
            Some((wikis.iter().find(|w| w.name == name.trim().to_lowercase())?, rest.to_owned()))
        });
        named.or_else(|| Some((wikis.first()?, line.to_owned())))?
    };
    let title = capital(&tidy(&title));
    is_title(&title).then_some(Page { wiki_id: wiki.id, title })
}

/// The page of a joined wiki that has this address, in one of the forms that MediaWiki gives its pages.
pub fn by_address<'w>(wikis: &'w [Wiki], address: &str) -> Option<(&'w Wiki, String)> {
    let whole = if address.starts_with("//") { format!("https:{address}") } else { address.to_owned() };
    let url = Url::parse(&whole).ok()?;
    wikis.iter().find_map(|wiki| title_at(wiki, &url).map(|title| (wiki, title)))
}

fn title_at(wiki: &Wiki, url: &Url) -> Option<String> {
    let article = Url::parse(&wiki.article.replace("$1", "TITLE")).ok()?;
    let api = Url::parse(&wiki.api).ok()?;
    // Wikis have a mobile address beside the usual one.
    let host = url.host_str()?.replace(".m.", ".");
    let port = url.port_or_known_default();
    if Some(host.as_str()) != article.host_str() || port != article.port_or_known_default() {
        return None;
    }
    if let Some((_, title)) = url.query_pairs().find(|(key, _)| key == "title") {
        let folder = api.path().strip_suffix("api.php")?;
        return url
            .path()
            .strip_prefix(folder)
            .filter(|rest| rest.starts_with("index.php"))
            .map(|_| title.into_owned());
    }
    let before = article.path().strip_suffix("TITLE")?;
    let path = url.path();
    let title = path
        .strip_prefix(before)
        .or_else(|| path.strip_prefix(&format!("{}index.php/", api.path().strip_suffix("api.php")?)))?;
    percent_decode_str(title).decode_utf8().ok().map(|t| t.into_owned())
}

/// Whether MediaWiki could have a page of this title.
fn is_title(title: &str) -> bool {
    !title.is_empty()
        && title.chars().count() <= LONGEST
        && !title.contains(|c: char| c.is_control() || "[]{}|<>".contains(c))
}

/// A title with the large letter that nearly all wikis begin theirs with, behind the namespace.
fn capital(title: &str) -> String {
    let (space, name) = match title.split_once(':') {
        Some((space, name)) => (format!("{}:", large(space.trim_end())), name.trim_start()),
        None => (String::new(), title),
    };
    format!("{space}{}", large(name))
}

fn large(word: &str) -> String {
    let mut letters = word.chars();
    letters.next().map_or_else(String::new, |first| first.to_uppercase().chain(letters).collect())
}

#[cfg(test)]
mod tests {
    use super::*;

    fn wiki(id: i64, name: &str, article: &str, api: &str) -> Wiki {
        Wiki { id, name: name.into(), article: article.into(), api: api.into(), ..Wiki::default() }
    }

    #[test]
    fn pages_are_named_in_many_ways() {
        let wikis = [
            wiki(1, "meta", "https://meta.example/wiki/$1", "https://meta.example/w/api.php"),
            wiki(2, "local", "http://127.0.0.1:8440/index.php?title=$1", "http://127.0.0.1:8440/api.php"),
        ];
        let page = |wiki_id: i64, title: &str| Some(Page { wiki_id, title: title.into() });
        for (line, expected) in [
            ("Green tea", page(1, "Green tea")),
            ("green_tea", page(1, "Green tea")),
            ("[[Talk:green tea]]", page(1, "Talk:Green tea")),
            ("local:Green tea", page(2, "Green tea")),
            ("https://meta.example/wiki/Gr%C3%BCner_Tee#Anbau", page(1, "Grüner Tee")),
            ("https://meta.m.example/wiki/Tea", page(1, "Tea")),
            ("//meta.example/w/index.php?title=Talk:Tea&action=edit", page(1, "Talk:Tea")),
            ("https://meta.example/w/index.php/Tea", page(1, "Tea")),
            ("http://127.0.0.1:8440/index.php?title=Tea", page(2, "Tea")),
            ("https://other.example/wiki/Tea", None),
            ("https://meta.example/somewhere", None),
            ("a|b", None),
        ] {
            assert_eq!(one(&wikis, line), expected, "{line}");
        }
        let read = read(&wikis, "Tea\n\n tea \nhttps://other.example/x\n");
        assert_eq!(read, [Ok(Page { wiki_id: 1, title: "Tea".into() }), Err("https://other.example/x".into())]);
        assert!(super::read(&[], "Tea")[0].is_err());
    }
}
