//! Asks wikis, page by page and not often, what has become of the pages that topics are about: what they are really
//! called, where a redirect leads, and whether they were moved.

use std::collections::HashMap;

use serde_json::Value;

use super::title::tidy;
use crate::app::App;
use crate::clock::DAY;
use crate::db::{Kind, Tx, from_row, params};
use crate::web::error::Result;
use crate::wikis::Wiki;
use crate::wikis::api::{ask, list};

/// Titles in one question, as many as anybody may ask for (<https://www.mediawiki.org/wiki/API:Query>).
const AT_ONCE: i64 = 50;
/// How often each page is asked for.
const EVERY: i64 = DAY;

#[derive(Clone)]
struct Bound {
    topic_id: i64,
    title: String,
    page_id: Option<i64>,
}
from_row!(Bound { topic_id, title, page_id });

/// One question to each wiki that has pages which were not asked for lately. Tells whether there may be more.
pub async fn round(app: &App, wikis: &[Wiki]) -> Result<bool> {
    let now = app.now();
    let mut is_more = false;
    for wiki in wikis {
        let due = app.db.read(|tx| {
            tx.all::<Bound>(
                "select topic_id, title, page_id from topic_pages
                 where wiki_id = $1 and (checked_at is null or checked_at < $2)
                 order by checked_at nulls first, title limit $3",
                params![wiki.id, now - EVERY, AT_ONCE],
            )
        });
        let due = due.await?;
        is_more |= due.len() as i64 == AT_ONCE;
        if !due.is_empty() {
            one_wiki(app, wiki, due, now).await?;
        }
    }
    Ok(is_more)
}

async fn one_wiki(app: &App, wiki: &Wiki, due: Vec<Bound>, now: i64) -> Result<()> {
    let mut found: Vec<(Bound, Option<(i64, String)>)> = Vec::new();
    let (known, unknown): (Vec<Bound>, Vec<Bound>) = due.into_iter().partition(|b| b.page_id.is_some());
    let mut answered = true;
    if !known.is_empty() {
        let ids: Vec<String> = known.iter().filter_map(|b| b.page_id).map(|id| id.to_string()).collect();
        match ask(app, wiki, &[("action", "query"), ("pageids", &ids.join("|"))]).await {
            Some(answer) => {
                let pages = pages_by_id(&answer);
                found.extend(known.into_iter().map(|b| {
                    let page = b.page_id.and_then(|id| Some((id, pages.get(&id)?.clone())));
                    (b, page)
                }));
            }
            None => answered = false,
        }
    }
    if !unknown.is_empty() {
        let titles: Vec<&str> = unknown.iter().map(|b| b.title.as_str()).collect();
        match ask(app, wiki, &[("action", "query"), ("titles", &titles.join("|")), ("redirects", "1")]).await {
            Some(answer) => found.extend(unknown.into_iter().map(|b| {
                let page = page_by_title(&answer, &b.title);
                (b, page)
            })),
            None => answered = false,
        }
    }
    let wiki = wiki.id;
    app.db
        .write(move |tx| {
            for (bound, page) in &found {
                keep(tx, wiki, bound, page.as_ref(), now)?;
            }
            if !answered {
                // It is asked again in an hour.
                let again = now - EVERY + crate::clock::HOUR;
                tx.exec(
                    "update topic_pages set checked_at = $2 where wiki_id = $1 and (checked_at is null or checked_at < $2)",
                    params![wiki, again],
                )?;
            }
            Ok(())
        })
        .await
}

fn keep(tx: &Tx, wiki: i64, bound: &Bound, page: Option<&(i64, String)>, now: i64) -> Result<()> {
    let at = params![wiki, bound.topic_id, &bound.title, now];
    let Some((id, title)) = page else {
        // Not there, or not yet: it stays as it was named.
        return tx
            .exec("update topic_pages set checked_at = $4 where wiki_id = $1 and topic_id = $2 and title = $3", at)
            .map(drop);
    };
    if *title != bound.title {
        tx.exec(
            "delete from topic_pages where wiki_id = $1 and topic_id = $2 and title = $3",
            params![wiki, bound.topic_id, title],
        )?;
        tx.exec("update topics set version = version + 1 where id = $1", params![bound.topic_id])?;
        tx.changed(Kind::TopicEdited, bound.topic_id);
    }
    tx.exec(
        "update topic_pages set title = $4, page_id = $5, checked_at = $6
         where wiki_id = $1 and topic_id = $2 and title = $3",
        params![wiki, bound.topic_id, &bound.title, title, id, now],
    )
    .map(drop)
}

fn page(value: &Value) -> Option<(i64, String)> {
    Some((value["pageid"].as_i64()?, tidy(value["title"].as_str()?)))
}

fn pages_by_id(answer: &Value) -> HashMap<i64, String> {
    list(&answer["query"]["pages"]).filter_map(page).collect()
}

/// The page that a title leads to in the end: by the wiki's own form of it, and by one redirect.
fn page_by_title(answer: &Value, title: &str) -> Option<(i64, String)> {
    let query = &answer["query"];
    let follow = |key: &str, from: &str| {
        let step = list(&query[key]).find(|step| step["from"].as_str() == Some(from))?;
        step["to"].as_str().map(str::to_owned)
    };
    let title = follow("normalized", title).unwrap_or_else(|| title.to_owned());
    let title = follow("redirects", &title).unwrap_or(title);
    list(&query["pages"]).find(|p| p["title"].as_str() == Some(title.as_str())).and_then(page)
}

#[cfg(test)]
mod tests {
    use serde_json::json;

    use super::*;

    #[test]
    fn a_title_leads_to_its_page() {
        let answer = json!({"query": {
            "normalized": [{"from": "projekt:tee", "to": "Project:Tee"}],
            "redirects": [{"from": "Project:Tee", "to": "Project:Tea"}],
            "pages": [{"pageid": 7, "title": "Project:Tea"}, {"title": "Nowhere", "missing": true}]
        }});
        assert_eq!(page_by_title(&answer, "projekt:tee"), Some((7, "Project:Tea".into())));
        assert_eq!(page_by_title(&answer, "Nowhere"), None);
        assert_eq!(page_by_title(&json!([]), "Tea"), None);
        assert_eq!(pages_by_id(&answer).get(&7).map(String::as_str), Some("Project:Tea"));
    }
}
