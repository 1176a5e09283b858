//! What links here, asked of wikis that have no extension to tell it: external links and links by interwiki prefix
//! (<https://www.mediawiki.org/wiki/API:Exturlusage>, <https://www.mediawiki.org/wiki/API:Iwbacklinks>).

use std::collections::{BTreeMap, BTreeSet};

use serde_json::Value;
use url::Url;

use super::title::tidy;
use crate::app::App;
use crate::clock::HOUR;
use crate::db::{Kind, Tx, params};
use crate::web::error::Result;
use crate::wikis::api::{ask, list};
use crate::wikis::{Wiki, queries};

/// How often a wiki is asked.
const EVERY: i64 = HOUR;
/// Answers of 500 links that are read at most.
const ANSWERS: usize = 40;

/// Pages by id: title, and the topics each links to.
type Found = BTreeMap<i64, (String, BTreeSet<i64>)>;

/// Asks one wiki, if it has not been asked lately. Tells whether it was.
pub async fn round(app: &App, wiki: &Wiki) -> Result<bool> {
    let now = app.now();
    let id = wiki.id;
    let due = "select id from wikis where id = $1 and delivers = 0 and (links_asked_at is null or links_asked_at < $2)";
    if app.db.read(|tx| tx.first::<i64>(due, params![id, now - EVERY])).await?.is_none() {
        return Ok(false);
    }
    let taken = app.db.write(move |tx| {
        tx.exec(
            "update wikis set links_asked_at = $2 where id = $1 and delivers = 0
             and (links_asked_at is null or links_asked_at < $3)",
            params![id, now, now - EVERY],
        )
    });
    if taken.await? == 0 {
        return Ok(false);
    }
    if let Some(found) = found(app, wiki).await? {
        app.db.write(move |tx| keep(tx, id, &found)).await?;
    }
    Ok(true)
}

/// All of it, or nothing when a part did not come: half an answer would take links away that are there.
async fn found(app: &App, wiki: &Wiki) -> Result<Option<Found>> {
    let base = app.config.base();
    let Ok(here) = Url::parse(&base) else { return Ok(None) };
    let host = match here.port() {
        Some(port) => format!("{}:{port}", here.host_str().unwrap_or("")),
        None => here.host_str().unwrap_or("").to_owned(),
    };
    let mut all = Found::new();
    let query = format!("{host}{}/t/", here.path().trim_end_matches('/'));
    for protocol in ["https", "http"] {
        let pairs = [
            ("action", "query"),
            ("list", "exturlusage"),
            ("euprop", "ids|title|url"),
            ("eulimit", "500"),
            ("euprotocol", protocol),
            ("euquery", query.as_str()),
        ];
        let topic = |link: &Value| topic_at(&base, link["url"].as_str()?);
        if !gather(app, wiki, &pairs, "exturlusage", &mut all, topic).await {
            return Ok(None);
        }
    }
    let prefixes = app.db.read(|tx| queries::data(tx, wiki.id)).await?.interwiki;
    for prefix in prefixes {
        // `forum:d/12` and the like: the prefix stands for a beginning of this site's addresses.
        let Some(before) = prefix.url.strip_suffix("$1").filter(|url| url.starts_with(&base)) else { continue };
        let pairs = [
            ("action", "query"),
            ("list", "iwbacklinks"),
            ("iwblprop", "iwprefix|iwtitle"),
            ("iwbllimit", "500"),
            ("iwblprefix", prefix.prefix.as_str()),
        ];
        let topic = |link: &Value| topic_at(&base, &format!("{before}{}", link["iwtitle"].as_str()?));
        if !gather(app, wiki, &pairs, "iwbacklinks", &mut all, topic).await {
            return Ok(None);
        }
    }
    Ok(Some(all))
}

/// Reads a list to its end.
async fn gather(
    app: &App,
    wiki: &Wiki,
    pairs: &[(&str, &str)],
    list_name: &str,
    all: &mut Found,
    topic: impl Fn(&Value) -> Option<i64>,
) -> bool {
    let mut goes_on: Vec<(String, String)> = Vec::new();
    for _ in 0..ANSWERS {
        let mut asked = pairs.to_vec();
        asked.extend(goes_on.iter().map(|(k, v)| (k.as_str(), v.as_str())));
        let Some(answer) = ask(app, wiki, &asked).await else { return false };
        for link in list(&answer["query"][list_name]) {
            if let (Some(page), Some(title), Some(topic)) =
                (link["pageid"].as_i64(), link["title"].as_str(), topic(link))
            {
                all.entry(page).or_insert_with(|| (tidy(title), BTreeSet::new())).1.insert(topic);
            }
        }
        let Some(next) = answer["continue"].as_object() else { return true };
        goes_on = next.iter().filter_map(|(k, v)| Some((k.clone(), v.as_str()?.to_owned()))).collect();
    }
    true
}

/// The topic that an address of this site leads to: `/t/7`, `/t/slug/7`, `/t/slug/7/12`, `/t/slug/7#p12`.
pub fn topic_at(base: &str, address: &str) -> Option<i64> {
    let rest = |text: &str| text.split_once("://").map(|(_, rest)| rest.to_owned());
    let (address, base) = (rest(address)?, rest(base)?);
    let path = address.strip_prefix(base.as_str())?.strip_prefix("/t/")?;
    let path = path.split(['?', '#']).next()?;
    let mut parts = path.split('/');
    let first = parts.next()?;
    match parts.next() {
        // `/t/7/12` is post 12 of topic 7.
        Some(second) if parts.next().is_some() || first.parse::<i64>().is_err() => second.parse().ok(),
        _ => first.parse().ok(),
    }
}

fn keep(tx: &Tx, wiki: i64, found: &Found) -> Result<()> {
    let before: BTreeSet<(i64, i64)> = tx
        .all::<(i64, i64)>("select page_id, topic_id from wiki_page_links where wiki_id = $1", params![wiki])?
        .into_iter()
        .collect();
    let wanted: BTreeSet<i64> = found.values().flat_map(|(_, topics)| topics.iter().copied()).collect();
    let wanted: Vec<i64> = wanted.into_iter().collect();
    let known: BTreeSet<i64> = tx
        .all::<i64>("select id from topics where id in ids($1) and kind <> 2", params![&wanted])?
        .into_iter()
        .collect();
    let mut now = BTreeSet::new();
    for (page, (title, topics)) in found {
        let topics: Vec<i64> = topics.iter().copied().filter(|t| known.contains(t)).collect();
        if topics.is_empty() || title.chars().count() > super::title::LONGEST {
            continue;
        }
        tx.exec(
            "insert into wiki_pages (wiki_id, page_id, title, revision) values ($1, $2, $3, 0)
             on conflict (wiki_id, page_id) do update set title = excluded.title, deleted_at = null",
            params![wiki, page, title],
        )?;
        now.extend(topics.into_iter().map(|topic| (*page, topic)));
    }
    for (page, topic) in before.difference(&now) {
        tx.exec(
            "delete from wiki_page_links where wiki_id = $1 and page_id = $2 and topic_id = $3",
            params![wiki, page, topic],
        )?;
    }
    for (page, topic) in now.difference(&before) {
        tx.exec(
            "insert into wiki_page_links (wiki_id, page_id, topic_id) values ($1, $2, $3) on conflict do nothing",
            params![wiki, page, topic],
        )?;
    }
    let changed: BTreeSet<i64> = before.symmetric_difference(&now).map(|(_, topic)| *topic).collect();
    for topic in changed {
        tx.exec("update topics set version = version + 1 where id = $1", params![topic])?;
        tx.changed(Kind::TopicEdited, topic);
    }
    Ok(())
}

#[cfg(test)]
mod tests {
    use super::topic_at;

    #[test]
    fn addresses_of_topics_are_known_in_every_form() {
        let base = "https://s.example";
        for address in [
            "https://s.example/t/7",
            "http://s.example/t/7",
            "https://s.example/t/tea/7",
            "https://s.example/t/tea/7/12",
            "https://s.example/t/-/7/12",
            "https://s.example/t/tea/7?page=2#p40",
            "https://s.example/t/7/12",
            "https://s.example/t/2024/7/1",
        ] {
            assert_eq!(topic_at(base, address), Some(7), "{address}");
        }
        for address in ["https://s.example/u/7", "https://other.example/t/7", "https://s.example/t/tea", "mailto:t/7"] {
            assert_eq!(topic_at(base, address), None, "{address}");
        }
    }
}
