//! What is said of pages, revisions and items to whoever shows links to them.

use std::collections::HashMap;

use axum::http::header;
use axum::response::{IntoResponse, Response};
use serde_json::{Map, Value, json};

use super::{State, Wiki};

impl Wiki {
    /// A few pages with something to say, a file, and changes of one of them.
    pub fn furnish(&self) {
        let picture = format!("{}/picture.png", self.base());
        let mut state = self.state();
        let titles = ["Green tea", "Mint", "Cha", "File:Cup.jpg"];
        state.pages = titles.iter().zip(1..).map(|(title, id)| (id, (*title).to_owned())).collect();
        state.redirects.push(("Gyokuro".into(), "Green tea".into()));
        state.langlinks.push(("Green tea".into(), "fr".into(), "Thé vert".into()));
        state.langlinks.push(("Green tea".into(), "ar".into(), "شاي أخضر".into()));
        let file = json!({"ns": 6, "imageinfo": [{"thumburl": picture, "extmetadata": {
            "Artist": {"value": "<a href=\"//x.example\">Ada <i>L.</i></a>"}, "LicenseShortName": {"value": "CC BY-SA 4.0"},
            "ImageDescription": {"value": "<p>A <b>cup</b></p><script>alert(1)</script>"}}}]});
        state.says = vec![
            (
                "Green tea".into(),
                json!({"extract": "", "description": "a \"drink\" <b>of</b> leaves", "thumbnail": {"source": picture}}),
            ),
            ("Mint".into(), json!({"extract": "Mint is a herb."})),
            ("File:Cup.jpg".into(), file),
        ];
        let revision = |id: i64, parent: i64, size: i64, comment: &str| {
            let at = "2026-11-26T10:00:00Z";
            json!({"revid": id, "parentid": parent, "user": "Ada", "timestamp": at, "size": size, "comment": comment})
        };
        state.revisions = [
            revision(10, 0, 100, "begun"),
            revision(12, 10, 220, "<script>alert(2)</script>"),
            revision(13, 12, 90, "less"),
        ]
        .map(|said| ("Green tea".to_owned(), said))
        .into();
    }
}

impl Wiki {
    /// For looking at by eye, beside those: long names, pages in other scripts, a wide file, and what a wiki of items has.
    pub fn furnish_more(&self) {
        let picture = format!("{}/picture.png", self.base());
        let mut state = self.state();
        let long =
            "Proceedings of the Third International Conference on the History, Cultivation and Preparation of Tea";
        for title in
            [long, "شاي بالنعناع", "Donaudampfschifffahrtselektrizitätenhauptbetriebswerkbauunterbeamtengesellschaft"]
        {
            let id = state.pages.len() as i64 + 1;
            state.pages.push((id, title.to_owned()));
        }
        let words =
            "A conference at which people from 41 countries spoke about leaves, water, pots and patience ".repeat(3);
        state.says.push((long.into(), json!({"extract": words.trim(), "thumbnail": {"source": picture}})));
        state.says.push((
            "شاي بالنعناع".into(),
            json!({"description": "مشروب ساخن من الشاي الأخضر والنعناع", "pagelanguage": "ar", "thumbnail": {"source": picture}}),
        ));
        let name = |lang: &str, value: &str| json!({"language": lang, "value": value});
        state.entities.push((
            "Q42".into(),
            json!({"id": "Q42",
                "labels": {"en": name("en", "Douglas Adams"), "ar": name("ar", "دوغلاس آدمز")},
                "descriptions": {"en": name("en", "English writer and humorist (1952–2001)"), "ar": name("ar", "كاتب إنجليزي")}}),
        ));
    }
}

/// Answers to questions that are not about pages by title.
pub fn answer(state: &State, asked: &HashMap<String, String>) -> Option<Value> {
    let of = |key: &str| asked.get(key).map_or("", String::as_str);
    if of("action") == "parse" {
        let text = state.parsed.iter().find(|(title, _)| title == of("page")).map(|(_, text)| text);
        return Some(match text {
            Some(text) => json!({"parse": {"title": of("page"), "text": text}}),
            None => json!({"error": {"code": "missingtitle", "info": "The page you specified doesn't exist."}}),
        });
    }
    if of("action") == "opensearch" {
        let (typed, most) = (of("search").to_lowercase(), of("limit").parse().unwrap_or(10));
        let titles = state.pages.iter().map(|(_, title)| title).chain(state.redirects.iter().map(|(from, _)| from));
        let titles: Vec<&String> = titles.filter(|title| title.to_lowercase().starts_with(&typed)).take(most).collect();
        return Some(json!([of("search"), titles, vec![""; titles.len()], vec![""; titles.len()]]));
    }
    if of("action") == "compare" {
        return Some(compare(state, of("fromrev").parse().unwrap_or(0), of("torelative")));
    }
    if of("action") == "discussiontoolspageinfo" {
        let said = state.talk.iter().find(|(title, _)| title == of("page")).map(|(_, said)| said);
        let error = |code: &str, info: &str| json!({"error": {"code": code, "info": info}});
        return Some(match said {
            _ if !state.has_discussion_tools => {
                error("badvalue", "Unrecognized value for parameter \"action\": discussiontoolspageinfo.")
            }
            Some(said) => json!({"discussiontoolspageinfo": {"threaditemshtml": said}}),
            None => error("nosuchrevid", "No current revision of title."),
        });
    }
    if of("action") == "wbgetentities" {
        let known = |id: &str| state.entities.iter().find(|(own, _)| own == id).map(|(_, said)| said.clone());
        let one = |id: &str| (id.to_owned(), known(id).unwrap_or_else(|| json!({"id": id, "missing": ""})));
        let entities: Map<String, Value> = of("ids").split('|').map(one).collect();
        return Some(json!({"entities": entities, "success": 1}));
    }
    if of("action") == "query" && !of("revids").is_empty() {
        let (mut pages, mut bad): (Vec<Value>, Map<String, Value>) = (Vec::new(), Map::new());
        for id in of("revids").split('|') {
            let number = id.parse::<i64>().ok();
            match state.revisions.iter().find(|(_, said)| said["revid"].as_i64() == number) {
                Some((title, said)) => match pages.iter_mut().find(|page| page["title"] == title.as_str()) {
                    Some(page) => page["revisions"].as_array_mut().expect("a list").push(said.clone()),
                    None => pages.push(json!({"pageid": 1, "ns": 0, "title": title, "revisions": [said]})),
                },
                None => drop(bad.insert(id.to_owned(), json!({"revid": id, "missing": true}))),
            }
        }
        let mut query = json!({"badrevids": bad});
        if !pages.is_empty() {
            query["pages"] = pages.into();
        }
        return Some(json!({"batchcomplete": true, "query": query}));
    }
    None
}

/// Which two revisions a difference is between (<https://www.mediawiki.org/wiki/API:Compare>).
fn compare(state: &State, from: i64, relative: &str) -> Value {
    let number = |said: &Value, name: &str| said[name].as_i64();
    let Some((title, _)) = state.revisions.iter().find(|(_, said)| number(said, "revid") == Some(from)) else {
        return json!({"error": {"code": "nosuchrevid", "info": format!("There is no revision with ID {from}.")}});
    };
    let of_page = || state.revisions.iter().filter(|(own, _)| own == title).map(|(_, said)| said);
    let to = match relative {
        "next" => of_page().find(|said| number(said, "parentid") == Some(from)),
        "cur" => of_page().max_by_key(|said| number(said, "revid")),
        _ => return json!({"error": {"code": "badvalue", "info": "Unrecognized value for parameter \"torelative\"."}}),
    };
    let mut said = json!({"fromid": 1, "fromrevid": from});
    // The newest has none after it: MediaWiki compares with nothing then, and warns.
    if let Some(to) = to {
        said["toid"] = 1.into();
        said["torevid"] = to["revid"].clone();
    }
    json!({"compare": said})
}

/// What is said of the pages of an answer beside that they are there.
pub fn more(state: &State, asked: &HashMap<String, String>, query: &mut Map<String, Value>) {
    let props: Vec<&str> = asked.get("prop").map_or("", String::as_str).split('|').collect();
    for page in query.get_mut("pages").and_then(Value::as_array_mut).into_iter().flatten() {
        let title = page["title"].as_str().unwrap_or("").to_owned();
        if props.contains(&"info") {
            page["pagelanguage"] = state.lang.as_str().into();
        }
        if props.contains(&"langlinks") {
            let wanted = asked.get("lllang").map_or("", String::as_str);
            let links = state.langlinks.iter().filter(|(own, lang, _)| *own == title && lang == wanted);
            let links: Vec<Value> = links
                .map(|(_, lang, there)| {
                    json!({"lang": lang, "title": there, "url": format!("https://{lang}.tea.example/wiki/{there}")})
                })
                .collect();
            if !links.is_empty() {
                page["langlinks"] = links.into();
            }
            continue;
        }
        for (_, said) in state.says.iter().filter(|(own, _)| *own == title) {
            for (key, value) in said.as_object().into_iter().flatten() {
                if key != "extract" || state.has_extracts {
                    page[key] = value.clone();
                }
            }
        }
    }
}

/// A picture, red all over.
pub async fn picture() -> Response {
    const PNG: &[u8] = include_bytes!("red.png");
    ([(header::CONTENT_TYPE, "image/png")], PNG).into_response()
}
