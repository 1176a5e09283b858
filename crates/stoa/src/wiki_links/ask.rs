//! Questions to a wiki about many things at once (<https://www.mediawiki.org/wiki/API:Query>).

use std::collections::HashMap;

use serde_json::Value;

use super::said::{self, Found};
use super::target::Kind;
use crate::app::App;
use crate::wikis::Wiki;
use crate::wikis::api::{Silence, answer, ask};

/// Things in one question: first sentences are given of so many pages (`exlimit`).
const AT_ONCE: usize = 20;
/// Languages of the interface in which a page is looked for.
const LANGUAGES: usize = 8;
/// Pixels of a picture's width.
const WIDTH: &str = "480";

/// What a wiki says about keys of one kind. Keys that are missing in it were not answered for.
pub async fn about(app: &App, wiki: &Wiki, kind: Kind, keys: &[String]) -> HashMap<String, Found> {
    let mut found = HashMap::new();
    for keys in keys.chunks(AT_ONCE) {
        let answered = match kind {
            Kind::Page => pages(app, wiki, keys).await,
            Kind::Entity => entities(app, wiki, keys).await,
            Kind::Revision | Kind::Difference => revisions(app, wiki, keys).await,
        };
        found.extend(answered.into_iter().flatten());
    }
    found
}

/// Languages of the interface.
fn codes(app: &App) -> Vec<String> {
    app.words.languages().into_iter().map(|language| language.code).take(LANGUAGES).collect()
}

type Answered = Option<Vec<(String, Found)>>;

async fn pages(app: &App, wiki: &Wiki, titles: &[String]) -> Answered {
    let joined = titles.join("|");
    let answer = ask(
        app,
        wiki,
        &[
            ("action", "query"),
            ("titles", &joined),
            ("redirects", "1"),
            ("prop", "info|extracts|description|pageimages|imageinfo"),
            ("exintro", "1"),
            ("explaintext", "1"),
            ("exsentences", "2"),
            ("exlimit", "20"),
            ("piprop", "thumbnail"),
            ("pithumbsize", WIDTH),
            ("pilicense", "free"),
            ("pilimit", "20"),
            ("iiprop", "url|extmetadata"),
            ("iiurlwidth", WIDTH),
            ("iiextmetadatafilter", "Artist|LicenseShortName|NonFree|ImageDescription"),
        ],
    )
    .await?;
    let query = &answer["query"];
    let mut found: Vec<(String, Found)> = Vec::new();
    for title in titles {
        let page = said::page_of(query, title);
        let mut one = page.map_or(Found::Nothing, said::page);
        // Wikis without the extension TextExtracts say nothing of it: then the page's own first words are read.
        if let (Found::Known(said), Some(page)) = (&mut one, page)
            && said.about.is_empty()
            && said.file.is_none()
            && page.get("extract").is_none()
        {
            said.about = first_words(app, wiki, &said.title).await.unwrap_or_default();
        }
        found.push((title.clone(), one));
    }
    names(app, wiki, &mut found).await;
    Some(found)
}

async fn first_words(app: &App, wiki: &Wiki, title: &str) -> Option<String> {
    let asked = [
        ("action", "parse"),
        ("page", title),
        ("prop", "text"),
        ("section", "0"),
        ("disablelimitreport", "1"),
        ("redirects", "1"),
    ];
    let answer = ask(app, wiki, &asked).await?;
    Some(said::first_words(answer["parse"]["text"].as_str()?))
}

/// The same pages in other languages of the interface.
async fn names(app: &App, wiki: &Wiki, found: &mut [(String, Found)]) {
    let mut titles: Vec<&str> = Vec::new();
    for (_, one) in found.iter() {
        if let Found::Known(said) = one
            && said.file.is_none()
            && !titles.contains(&said.title.as_str())
        {
            titles.push(&said.title);
        }
    }
    if titles.is_empty() {
        return;
    }
    let joined = titles.join("|");
    for code in codes(app).into_iter().filter(|code| *code != wiki.lang) {
        let asked = [
            ("action", "query"),
            ("titles", joined.as_str()),
            ("prop", "langlinks"),
            ("lllang", &code),
            ("llprop", "url"),
            ("lllimit", "50"),
        ];
        // A card does without.
        let Some(answer) = ask(app, wiki, &asked).await else { return };
        for (_, one) in found.iter_mut() {
            if let Found::Known(said) = one
                && let Some(name) =
                    said::page_of(&answer["query"], &said.title).and_then(|page| said::name_in(page, &code))
            {
                said.names.push(name);
            }
        }
    }
}

async fn entities(app: &App, wiki: &Wiki, ids: &[String]) -> Answered {
    let codes = codes(app);
    let asked = [
        ("action", "wbgetentities"),
        ("ids", &ids.join("|")),
        ("props", "labels|descriptions"),
        ("languages", &codes.join("|")),
        ("languagefallback", "1"),
    ];
    let answer = ask(app, wiki, &asked).await?;
    Some(ids.iter().map(|id| (id.clone(), said::entity(&answer["entities"][id.as_str()], id, &codes))).collect())
}

/// A revision or a difference by numbers: what it is compared with, unless that is the one before, and itself.
#[derive(Clone, Copy)]
struct Numbers {
    from: Option<i64>,
    to: i64,
}

async fn revisions(app: &App, wiki: &Wiki, keys: &[String]) -> Answered {
    let mut numbered: Vec<(&String, Option<Numbers>)> = Vec::new();
    for key in keys {
        let (from, to) = key.split_once(':').map_or((None, key.as_str()), |(from, to)| (from.parse().ok(), to));
        let numbers = match (from, to) {
            (Some(from), "next" | "cur") => match compared(app, wiki, from, to).await {
                // Not answered for: this one is asked for again.
                None => continue,
                Some(to) => to.map(|to| Numbers { from: Some(from), to }),
            },
            (from, to) => to.parse().ok().map(|to| Numbers { from, to }),
        };
        numbered.push((key, numbers));
    }
    let numbers = || numbered.iter().filter_map(|(_, numbers)| *numbers);
    let mut answers =
        vec![by_number(app, wiki, numbers().flat_map(|n| [n.from, Some(n.to)]).flatten().collect()).await?];
    // What the size is compared with stands in the revision before.
    let parent = |to: i64| said::revision_of(&answers[0], to).and_then(|(_, r)| r["parentid"].as_i64());
    let parents: Vec<i64> = numbers().filter(|n| n.from.is_none()).filter_map(|n| parent(n.to)).collect();
    let before: Vec<Option<i64>> =
        numbered.iter().map(|(_, n)| n.and_then(|n| n.from.or_else(|| parent(n.to)))).collect();
    answers.push(by_number(app, wiki, parents).await?);
    let size = |number: i64| match number {
        0 => Some(0),
        _ => answers.iter().find_map(|answer| said::revision_of(answer, number)).and_then(|(_, r)| r["size"].as_i64()),
    };
    let found = numbered.iter().zip(before).map(|((key, numbers), before)| {
        let found = numbers
            .and_then(|numbers| said::revision_of(&answers[0], numbers.to))
            .map(|(page, revision)| said::revision(page, revision, before.and_then(size)));
        ((*key).clone(), found.unwrap_or(Found::Nothing))
    });
    Some(found.collect())
}

/// The revision that `next` or `cur` means beside another one (<https://www.mediawiki.org/wiki/API:Compare>); `Some(None)` when
/// the wiki has none, or it is the same one.
async fn compared(app: &App, wiki: &Wiki, from: i64, relative: &str) -> Option<Option<i64>> {
    let number = from.to_string();
    let asked = [("action", "compare"), ("fromrev", number.as_str()), ("torelative", relative), ("prop", "ids")];
    match answer(app, wiki, &asked).await {
        Ok(said) => Some(said["compare"]["torevid"].as_i64().filter(|to| *to != from)),
        Err(Silence::Refused(code)) if code == "nosuchrevid" => Some(None),
        Err(_) => None,
    }
}

/// Revisions by their numbers, as `query` of an answer.
async fn by_number(app: &App, wiki: &Wiki, mut numbers: Vec<i64>) -> Option<Value> {
    numbers.retain(|number| *number > 0);
    numbers.sort_unstable();
    numbers.dedup();
    if numbers.is_empty() {
        return Some(Value::Null);
    }
    let joined = numbers.iter().map(i64::to_string).collect::<Vec<_>>().join("|");
    let asked = [
        ("action", "query"),
        ("revids", joined.as_str()),
        ("prop", "revisions"),
        ("rvprop", "ids|timestamp|user|comment|size"),
    ];
    let mut answer = ask(app, wiki, &asked).await?;
    Some(answer["query"].take())
}
