//! What a wiki says of itself, as far as it is kept: names of namespaces, where its interwiki prefixes lead, languages.
//! Read from `action=query&meta=siteinfo` (<https://www.mediawiki.org/wiki/API:Siteinfo>), which answers in slightly
//! different forms over the years, so what is missing or odd is passed over.

use serde::{Deserialize, Serialize};
use serde_json::Value;

use super::api::list;

/// Bytes of the kept form; the column takes as many characters.
const LONGEST: usize = 190_000;
/// The interwiki map of Wikimedia's wikis has about 900 entries.
const PREFIXES_MOST: usize = 2500;

/// Kept as JSON with each wiki.
#[derive(Clone, Debug, Default, PartialEq, Eq, Serialize, Deserialize)]
#[serde(default)]
pub struct SiteData {
    pub main_page: String,
    /// Whether the first letter of a title may be small (`case-sensitive`).
    pub is_case_sensitive: bool,
    pub namespaces: Vec<Namespace>,
    pub interwiki: Vec<Prefix>,
    /// (code, name in that language)
    pub languages: Vec<(String, String)>,
}

#[derive(Clone, Debug, Default, PartialEq, Eq, Serialize, Deserialize)]
#[serde(default)]
pub struct Namespace {
    pub id: i64,
    /// In the wiki's language, with spaces; empty for articles.
    pub name: String,
    /// In English.
    pub canonical: String,
    /// Other names that lead there.
    pub aliases: Vec<String>,
}

#[derive(Clone, Debug, Default, PartialEq, Eq, Serialize, Deserialize)]
#[serde(default)]
pub struct Prefix {
    pub prefix: String,
    /// The address of a page, with `$1` where its title goes.
    pub url: String,
    /// The name of the language, where the prefix stands for the same wiki in another one.
    pub language: String,
}

impl SiteData {
    /// From the part `query` of the answer; `scheme` is for addresses that leave theirs open.
    pub fn of(query: &Value, scheme: &str) -> SiteData {
        let mut namespaces: Vec<Namespace> = query["namespaces"]
            .as_object()
            .into_iter()
            .flatten()
            .filter_map(|(_, n)| {
                let id = n["id"].as_i64()?;
                Some(Namespace { id, name: text(&n["name"]), canonical: text(&n["canonical"]), aliases: Vec::new() })
            })
            .collect();
        namespaces.sort_by_key(|n| n.id);
        for alias in query["namespacealiases"].as_array().into_iter().flatten() {
            let found = namespaces.iter_mut().find(|n| Some(n.id) == alias["id"].as_i64());
            if let Some(namespace) = found {
                namespace.aliases.push(text(&alias["alias"]));
            }
        }
        let prefix = |p: &Value| {
            let url = with_scheme(&text(&p["url"]), scheme);
            let prefix = Prefix { prefix: text(&p["prefix"]).to_lowercase(), url, language: text(&p["language"]) };
            (!prefix.prefix.is_empty() && ["http://", "https://"].iter().any(|s| prefix.url.starts_with(s)))
                .then_some(prefix)
        };
        let language = |l: &Value| Some((l["code"].as_str()?.to_owned(), text(&l["name"])));
        let general = &query["general"];
        let mut data = SiteData {
            main_page: text(&general["mainpage"]),
            is_case_sensitive: general["case"] == "case-sensitive",
            namespaces,
            interwiki: list(&query["interwikimap"]).filter_map(prefix).take(PREFIXES_MOST).collect(),
            languages: list(&query["languages"]).filter_map(language).collect(),
        };
        // A wiki with more than that to say is kept without what is needed least.
        if data.to_json().len() > LONGEST {
            data.languages.clear();
        }
        while data.to_json().len() > LONGEST && !data.interwiki.is_empty() {
            data.interwiki.truncate(data.interwiki.len() / 2);
        }
        if data.to_json().len() > LONGEST {
            data.namespaces.clear();
        }
        data
    }

    pub fn to_json(&self) -> String {
        serde_json::to_string(self).unwrap_or_else(|_| "{}".to_owned())
    }
}

fn text(value: &Value) -> String {
    value.as_str().unwrap_or("").chars().filter(|c| !c.is_control()).take(500).collect()
}

/// `//wiki.example` with the scheme that it leaves open.
pub fn with_scheme(address: &str, scheme: &str) -> String {
    if address.starts_with("//") { format!("{scheme}:{address}") } else { address.to_owned() }
}

#[cfg(test)]
mod tests {
    use serde_json::json;

    use super::*;

    #[test]
    fn what_is_needed_is_kept_and_the_rest_is_passed_over() {
        let query = json!({
            "general": {"mainpage": "Accueil", "case": "first-letter"},
            "namespaces": {"0": {"id": 0, "name": ""}, "4": {"id": 4, "name": "Projet", "canonical": "Project"}, "x": 7},
            "namespacealiases": [{"id": 4, "alias": "P"}, {"id": 99, "alias": "Q"}],
            "interwikimap": [
                {"prefix": "De", "url": "//de.wiki.example/wiki/$1", "language": "Deutsch"},
                {"prefix": "bad", "url": "javascript:$1"}, {"prefix": 7}
            ],
            "languages": [{"code": "fr", "name": "français"}, {}]
        });
        let data = SiteData::of(&query, "https");
        assert_eq!(data.namespaces.len(), 2);
        assert_eq!(data.namespaces[1].aliases, ["P"]);
        assert_eq!(data.interwiki.len(), 1);
        assert_eq!(
            (data.interwiki[0].prefix.as_str(), data.interwiki[0].url.as_str()),
            ("de", "https://de.wiki.example/wiki/$1")
        );
        assert_eq!(serde_json::from_str::<SiteData>(&data.to_json()).expect("it is read again"), data);
        assert_eq!(SiteData::of(&json!("nothing"), "https"), SiteData::default());
    }

    #[test]
    fn a_wiki_with_much_to_say_is_cut_down_to_what_fits() {
        let long = "x".repeat(400);
        let prefixes: Vec<_> = (0..2000)
            .map(|n| json!({"prefix": format!("p{n}"), "url": format!("https://{n}.example/{long}$1")}))
            .collect();
        let data = SiteData::of(&json!({"interwikimap": prefixes, "namespaces": {"0": {"id": 0}}}), "https");
        assert!(data.to_json().len() <= LONGEST && !data.interwiki.is_empty() && data.namespaces.len() == 1);
    }
}
