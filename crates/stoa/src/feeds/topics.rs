//! Feeds of topics: `/latest`, `/new`, `/top`, a category, a tag. Hidden, unlisted and deleted ones are in none of
//! them, whoever asks.

use std::collections::HashMap;

use axum::http::HeaderMap;

use super::MOST;
use super::feed::{Entry, Feed, Format, send};
use crate::access;
use crate::app::App;
use crate::categories;
use crate::db::{Tx, params};
use crate::tags;
use crate::topics::list::people;
use crate::topics::lists::{self, Asked, Tab, Which};
use crate::topics::{Topic, queries};
use crate::web::Visit;
use crate::web::error::Result;
use crate::web::extract::{Path, Query};
use crate::web::paging::Place;

/// First posts that everybody who sees the topic may read: topic, HTML.
const FIRST_POSTS: &str = "select topic_id, html from posts
    where topic_id in ids($1) and number = 1 and hidden_at is null and deleted_at is null";

const NEWEST: Place = Place::NEWEST;

pub async fn latest(
    v: Visit,
    app: App,
    Path(format): Path<String>,
    Query(asked): Query<Asked>,
    headers: HeaderMap,
) -> Result {
    let lang = lists::language(&asked)?;
    send(&v, &app, &headers, format.parse()?, &format!("latest {lang}"), |tx| {
        let found = lists::read(tx, &v, false, &which(&v, Tab::Latest, &lang), NEWEST, MOST, 0)?;
        let entries = entries(tx, &v, found, |t| t.bumped_at)?;
        Ok(of_list(&v, "/latest", query(&[("lang", &lang)]), v.t.list_latest_title(), entries))
    })
    .await
}

pub async fn newest(
    v: Visit,
    app: App,
    Path(format): Path<String>,
    Query(asked): Query<Asked>,
    headers: HeaderMap,
) -> Result {
    let lang = lists::language(&asked)?;
    send(&v, &app, &headers, format.parse()?, &format!("new {lang}"), |tx| {
        let found = lists::read(tx, &v, false, &which(&v, Tab::New, &lang), NEWEST, MOST, 0)?;
        let entries = entries(tx, &v, found, |t| t.created_at)?;
        Ok(of_list(&v, "/new", query(&[("lang", &lang)]), v.t.list_new_title(), entries))
    })
    .await
}

pub async fn top(
    v: Visit,
    app: App,
    Path(format): Path<String>,
    Query(asked): Query<Asked>,
    headers: HeaderMap,
) -> Result {
    let lang = lists::language(&asked)?;
    let (period, since) = lists::period(asked.period.as_deref(), v.now)?;
    send(&v, &app, &headers, format.parse()?, &format!("top {lang} {period}"), |tx| {
        let found = lists::read(
            tx,
            &v,
            false,
            &Which { tab: Tab::Top, lang: &lang, period, since, sees: &v.viewer.sees },
            NEWEST,
            MOST,
            0,
        )?;
        let entries = entries(tx, &v, found, |t| t.bumped_at)?;
        let shown = if period == "month" { "" } else { period };
        Ok(of_list(&v, "/top", query(&[("period", shown), ("lang", &lang)]), v.t.list_top_title(), entries))
    })
    .await
}

pub async fn category(
    v: Visit,
    app: App,
    Path((format, _, id)): Path<(String, String, i64)>,
    headers: HeaderMap,
) -> Result {
    let format: Format = format.parse()?;
    let category = access::category(&v, id)?;
    send(&v, &app, &headers, format, &format!("category {id}"), |tx| {
        let ids = categories::with_all_below(&v, id);
        let found = categories::queries::latest(tx, &ids, false, NEWEST, MOST, 0)?;
        let entries = entries(tx, &v, found, |t| t.bumped_at)?;
        Ok(of_list(&v, &category.url(), String::new(), category.name.clone(), entries))
    })
    .await
}

pub async fn tag(v: Visit, app: App, Path((format, tag)): Path<(String, String)>, headers: HeaderMap) -> Result {
    let format: Format = format.parse()?;
    let (id, name, _) = app.db.read(|tx| tags::show::find(tx, &v, false, &tag)).await?;
    send(&v, &app, &headers, format, &format!("tag {id}"), |tx| {
        let place = params![&v.viewer.sees, false, NEWEST.at, NEWEST.id, id, MOST, 0];
        let found = tx.all(tags::show::LATEST, place)?;
        let entries = entries(tx, &v, found, |t| t.bumped_at)?;
        Ok(of_list(&v, &tags::url(&name), String::new(), v.t.tag_title(&name), entries))
    })
    .await
}

/// A list that has no period.
fn which<'a>(v: &'a Visit, tab: Tab, lang: &'a str) -> Which<'a> {
    Which { tab, lang, period: "", since: 0, sees: &v.viewer.sees }
}

fn of_list(v: &Visit, path: &str, query: String, title: String, entries: Vec<Entry>) -> Feed {
    let title = v.t.feed_site(v.site.name(), title);
    Feed { title, page: format!("{path}{query}"), path: path.to_owned(), query, entries }
}

/// The parameters that say something.
fn query(parts: &[(&str, &str)]) -> String {
    let said: Vec<String> = parts.iter().filter(|(_, v)| !v.is_empty()).map(|(k, v)| format!("{k}={v}")).collect();
    if said.is_empty() { String::new() } else { format!("?{}", said.join("&")) }
}

/// Topics with their first posts. `updated`: the time that counts in this list.
pub fn entries(tx: &Tx, v: &Visit, found: Vec<Topic>, updated: impl Fn(&Topic) -> i64) -> Result<Vec<Entry>> {
    let ids: Vec<i64> = found.iter().map(|t| t.id).collect();
    let authors: Vec<i64> = found.iter().map(|t| t.author_id).collect();
    let people = people(tx, &authors)?;
    let mut html: HashMap<i64, String> = tx.all::<(i64, String)>(FIRST_POSTS, params![&ids])?.into_iter().collect();
    let mut labels: HashMap<i64, Vec<String>> = HashMap::new();
    for (topic, name) in tx.all::<(i64, String)>(queries::TAGS, params![&ids])? {
        labels.entry(topic).or_default().push(name);
    }
    let entries = found.into_iter().map(|t| Entry {
        id: format!("/t/{}", t.id),
        url: t.url(),
        author: people.get(&t.author_id).map(|p| p.name.clone()).unwrap_or_default(),
        published_at: t.created_at,
        updated_at: updated(&t),
        html: html.remove(&t.id).unwrap_or_default(),
        labels: v
            .category(&t.category_id)
            .map(|c| c.name.clone())
            .into_iter()
            .chain(labels.remove(&t.id).unwrap_or_default())
            .collect(),
        lang: t.lang,
        title: t.title,
    });
    Ok(entries.collect())
}
