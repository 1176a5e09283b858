//! Interwiki prefixes: which wiki `[[m:Page]]` or `[[:de:Seite]]` means.

use std::collections::HashMap;
use std::sync::LazyLock;

use crate::languages::LANGUAGES;

/// A table of prefixes and the address pattern each stands for.
#[derive(Clone, Debug, Default, PartialEq, Eq)]
pub struct Interwiki {
    /// Pattern for links without a prefix.
    default: String,
    prefixes: HashMap<String, String>,
    /// Also the prefixes that every Wikimedia wiki has?
    wikimedia: bool,
}

/// Prefixes of projects that exist in many languages, and their domains.
const FAMILIES: &[(&str, &str)] = &[
    ("w", "wikipedia.org"),
    ("wikipedia", "wikipedia.org"),
    ("wikt", "wiktionary.org"),
    ("wiktionary", "wiktionary.org"),
    ("b", "wikibooks.org"),
    ("wikibooks", "wikibooks.org"),
    ("n", "wikinews.org"),
    ("wikinews", "wikinews.org"),
    ("q", "wikiquote.org"),
    ("wikiquote", "wikiquote.org"),
    ("s", "wikisource.org"),
    ("wikisource", "wikisource.org"),
    ("v", "wikiversity.org"),
    ("wikiversity", "wikiversity.org"),
    ("voy", "wikivoyage.org"),
    ("wikivoyage", "wikivoyage.org"),
];

/// Prefixes of single wikis.
const SINGLE: &[(&str, &str)] = &[
    ("m", "https://meta.wikimedia.org/wiki/$1"),
    ("meta", "https://meta.wikimedia.org/wiki/$1"),
    ("metawiki", "https://meta.wikimedia.org/wiki/$1"),
    ("c", "https://commons.wikimedia.org/wiki/$1"),
    ("commons", "https://commons.wikimedia.org/wiki/$1"),
    ("d", "https://www.wikidata.org/wiki/$1"),
    ("wikidata", "https://www.wikidata.org/wiki/$1"),
    ("f", "https://www.wikifunctions.org/wiki/$1"),
    ("wikifunctions", "https://www.wikifunctions.org/wiki/$1"),
    ("mw", "https://www.mediawiki.org/wiki/$1"),
    ("mediawikiwiki", "https://www.mediawiki.org/wiki/$1"),
    ("species", "https://species.wikimedia.org/wiki/$1"),
    ("wikispecies", "https://species.wikimedia.org/wiki/$1"),
    ("wikitech", "https://wikitech.wikimedia.org/wiki/$1"),
    ("incubator", "https://incubator.wikimedia.org/wiki/$1"),
    ("outreach", "https://outreach.wikimedia.org/wiki/$1"),
    ("outreachwiki", "https://outreach.wikimedia.org/wiki/$1"),
    ("foundation", "https://foundation.wikimedia.org/wiki/$1"),
    ("wmf", "https://foundation.wikimedia.org/wiki/$1"),
    ("strategy", "https://strategy.wikimedia.org/wiki/$1"),
    ("wikimania", "https://wikimania.wikimedia.org/wiki/$1"),
    ("translatewiki", "https://translatewiki.net/wiki/$1"),
    ("betawiki", "https://translatewiki.net/wiki/$1"),
    ("phab", "https://phabricator.wikimedia.org/$1"),
    ("phabricator", "https://phabricator.wikimedia.org/$1"),
    ("gerrit", "https://gerrit.wikimedia.org/r/$1"),
    ("gitlab", "https://gitlab.wikimedia.org/$1"),
    ("toolforge", "https://$1.toolforge.org"),
    ("doi", "https://doi.org/$1"),
    ("rfc", "https://www.rfc-editor.org/rfc/rfc$1"),
];

impl Interwiki {
    /// The prefixes every Wikimedia wiki knows, with English Wikipedia as the default wiki.
    pub fn wikimedia() -> Self {
        let prefixes = SINGLE.iter().map(|(prefix, url)| ((*prefix).to_owned(), (*url).to_owned())).collect();
        Self { default: "https://en.wikipedia.org/wiki/$1".to_owned(), prefixes, wikimedia: true }
    }

    /// The same table with another wiki for links without a prefix. `url` contains `$1`. A
    /// prefix that is a language means the same project as this wiki in that language.
    pub fn with_default(mut self, url: &str) -> Self {
        self.default = url.to_owned();
        self
    }

    /// Adds or replaces a prefix. `url` contains `$1` where the page name goes.
    pub fn set(&mut self, prefix: &str, url: &str) {
        self.prefixes.insert(prefix.to_lowercase(), url.to_owned());
    }

    /// Where `[[target]]` leads, and the text to show when the link has none of its own.
    /// `None` if there is no page in `target`, or no wiki to look for it.
    pub fn href(&self, target: &str) -> Option<(String, String)> {
        let shown = target.trim();
        let shown = shown.strip_prefix(':').unwrap_or(shown).trim();
        let (pattern, page) = self.wiki(shown)?;
        let (name, section) = match page.split_once('#') {
            Some((name, section)) => (name.trim(), Some(section.trim())),
            None => (page, None),
        };
        let only_words = !shown.contains(['<', '>', '{', '}', '\n', '|']);
        if (name.is_empty() && section.is_none_or(str::is_empty) && page == shown) || !only_words {
            return None;
        }
        let mut href = pattern.replace("$1", &encode(name, b"!$()*,-./:;@_~"));
        if let Some(section) = section.filter(|s| !s.is_empty()) {
            href.push('#');
            href.push_str(&encode(section, b"!$()*,-./:;@_~'&=+?"));
        }
        Some((href, shown.to_owned()))
    }

    /// The pattern for a target and what remains of it as page name.
    fn wiki<'t>(&self, target: &'t str) -> Option<(String, &'t str)> {
        let mut pattern = self.default.clone();
        let mut family = self.family_of_default();
        let mut page = target;
        // Prefixes chain: `w:de:Seite`, `:wikt:fr:mot`.
        for hop in 0..3 {
            let Some((prefix, rest)) = page.split_once(':') else {
                break;
            };
            let prefix = prefix.trim().to_lowercase();
            // Behind `w:` a language is Wikipedia's, whatever it is here.
            let is_theirs = hop > 0 && family.is_some() && is_language(&prefix);
            if let Some(url) = self.prefixes.get(&prefix).filter(|_| !is_theirs) {
                return (!url.is_empty()).then(|| (url.clone(), rest.trim()));
            }
            if !self.wikimedia {
                break;
            }
            if let Some((_, domain)) = FAMILIES.iter().find(|(name, _)| *name == prefix) {
                let language = family.as_ref().map_or("en", |(language, _)| language).to_owned();
                pattern = format!("https://{language}.{domain}/wiki/$1");
                family = Some((language, (*domain).to_owned()));
            } else if let Some((_, domain)) = family.as_ref().filter(|_| is_language(&prefix)) {
                pattern = format!("https://{prefix}.{domain}/wiki/$1");
                family = Some((prefix, domain.clone()));
            } else {
                break;
            }
            page = rest.trim();
        }
        (!pattern.is_empty()).then_some((pattern, page))
    }

    /// Language and domain that prefixes without a project of their own belong to. A default
    /// wiki outside the families (Meta, Commons) leads to Wikipedia, as it does there.
    fn family_of_default(&self) -> Option<(String, String)> {
        let host = self.default.split("://").nth(1)?.split('/').next()?;
        let of_family = host.split_once('.').filter(|(_, domain)| FAMILIES.iter().any(|(_, d)| d == domain));
        Some(match of_family {
            Some((language, domain)) => (language.to_owned(), domain.to_owned()),
            None => ("en".to_owned(), "wikipedia.org".to_owned()),
        })
    }
}

fn is_language(prefix: &str) -> bool {
    static ALL: LazyLock<Vec<&str>> = LazyLock::new(|| {
        let mut all: Vec<_> = LANGUAGES.split_whitespace().collect();
        all.sort_unstable();
        all
    });
    ALL.binary_search(&prefix).is_ok()
}

/// What the pipe trick shows: the target without prefixes and without a closing bracket.
pub(crate) fn short_name(target: &str) -> String {
    let page = target.rsplit_once(':').map_or(target, |(_, page)| page);
    let page = match page.trim_end().strip_suffix(')').and_then(|p| p.rsplit_once(" (")) {
        Some((name, _)) if !name.trim().is_empty() => name,
        _ => page,
    };
    page.trim().to_owned()
}

/// Writes a title as MediaWiki does: underscores for spaces, percent signs for the rest.
fn encode(title: &str, keep: &[u8]) -> String {
    let mut out = String::with_capacity(title.len() + 8);
    for byte in title.bytes() {
        match byte {
            b' ' => out.push('_'),
            _ if byte.is_ascii_alphanumeric() || keep.contains(&byte) => out.push(char::from(byte)),
            _ => out.push_str(&format!("%{byte:02X}")),
        }
    }
    out
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn prefixes_lead_where_they_lead_on_a_wiki() {
        let wiki = Interwiki::wikimedia();
        let leads = |target: &str| wiki.href(target).map(|(href, _)| href).unwrap_or_default();
        assert_eq!(leads("Main Page"), "https://en.wikipedia.org/wiki/Main_Page");
        assert_eq!(leads(":de:Straße"), "https://de.wikipedia.org/wiki/Stra%C3%9Fe");
        assert_eq!(leads("m:Steward requests#New"), "https://meta.wikimedia.org/wiki/Steward_requests#New");
        assert_eq!(leads("w:fr:Rue"), "https://fr.wikipedia.org/wiki/Rue");
        assert_eq!(leads("wikt:de:Wort"), "https://de.wiktionary.org/wiki/Wort");
        assert_eq!(leads("c:File:A b.jpg"), "https://commons.wikimedia.org/wiki/File:A_b.jpg");
        assert_eq!(leads("phab:T12"), "https://phabricator.wikimedia.org/T12");
        assert_eq!(leads("zh-min-nan:X"), "https://zh-min-nan.wikipedia.org/wiki/X");
        assert_eq!(leads("Help:Links?&\"<"), "");
        assert_eq!(leads("What? & \"why\""), "https://en.wikipedia.org/wiki/What%3F_%26_%22why%22");
        assert_eq!(leads("#Top"), "https://en.wikipedia.org/wiki/#Top");
        assert_eq!(leads(" "), "");
        assert_eq!(wiki.href(":m: User:Ada").unwrap().1, "m: User:Ada");
    }

    #[test]
    fn a_community_has_its_own_default_and_prefixes() {
        let mut wiki = Interwiki::wikimedia().with_default("https://de.wikivoyage.org/wiki/$1");
        wiki.set("Forum", "https://forum.example/t/$1");
        let leads = |target: &str| wiki.href(target).unwrap().0;
        assert_eq!(leads("Rom"), "https://de.wikivoyage.org/wiki/Rom");
        assert_eq!(leads("it:Roma"), "https://it.wikivoyage.org/wiki/Roma");
        assert_eq!(leads("w:Rom"), "https://de.wikipedia.org/wiki/Rom");
        assert_eq!(leads("forum:12"), "https://forum.example/t/12");
        wiki.set("it", "https://it.example/$1");
        let leads = |target: &str| wiki.href(target).unwrap().0;
        assert_eq!(leads("it:Roma"), "https://it.example/Roma");
        assert_eq!(leads("w:it:Roma"), "https://it.wikipedia.org/wiki/Roma");
        let bare = Interwiki::default();
        assert_eq!(bare.href("Page"), None);
        let own = Interwiki::default().with_default("https://wiki.example/$1");
        assert_eq!(own.href("de:Seite").unwrap().0, "https://wiki.example/de:Seite");
    }

    #[test]
    fn the_pipe_trick_keeps_the_name() {
        assert_eq!(short_name("m:User:Ada (WMF)"), "Ada");
        assert_eq!(short_name("Page"), "Page");
        assert_eq!(short_name("(x)"), "(x)");
    }
}
