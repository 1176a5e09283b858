//! `GET /categories`: every room one may see, with what it is for and what is new in it.

use std::collections::HashMap;

use askama::Template;
use axum::http::HeaderMap;

use crate::app::App;
use crate::categories::{children, is_private, queries, with_all_below};
use crate::db::{Tx, params};
use crate::site::Category;
use crate::topics::Topic;
use crate::web::error::Result;
use crate::web::shell::Head;
use crate::web::{Visit, stored};

/// Topics on a card.
const LATEST: usize = 3;

/// A category of the first rank, with all below it.
struct Card<'a> {
    category: &'a Category,
    about: String,
    children: Vec<&'a Category>,
    /// Of the category and all below it.
    topic_count: i64,
    latest: Vec<Topic>,
    is_private: bool,
}

#[derive(Template)]
#[template(path = "categories/templates/index.html")]
struct Page<'a> {
    v: &'a Visit,
    head: Head,
    cards: Vec<Card<'a>>,
}

pub async fn page(v: Visit, app: App, headers: HeaderMap) -> Result {
    stored::page(&v, &app, &headers, "categories", |tx| html(tx, &v)).await
}

fn html(tx: &Tx, v: &Visit) -> Result<String> {
    type Found = (i64, i64, Option<i64>, Option<i64>, Option<i64>);
    let found: Vec<Found> = tx.all(queries::WITH_LATEST, params![&v.viewer.sees, v.viewer.is_staff()])?;
    let ids: Vec<i64> = found.iter().flat_map(|(_, _, a, b, c)| [*a, *b, *c]).flatten().collect();
    let mut topics: HashMap<i64, Vec<Topic>> = HashMap::new();
    for topic in tx.all::<Topic>(queries::TOPICS, params![&ids])? {
        topics.entry(topic.category_id).or_default().push(topic);
    }
    let counts: HashMap<i64, i64> = found.iter().map(|(id, count, ..)| (*id, *count)).collect();
    let roots = v.site.categories.iter().filter(|c| c.parent_id.is_none() && v.viewer.may_see(c.id));
    let cards = roots.map(|category| {
        let all = with_all_below(v, category.id);
        let mut latest: Vec<Topic> = all.iter().filter_map(|id| topics.remove(id)).flatten().collect();
        latest.sort_by_key(|t| std::cmp::Reverse((t.bumped_at, t.id)));
        latest.truncate(LATEST);
        Card {
            about: crate::posts::plain(&category.description),
            children: children(v, category.id),
            topic_count: all.iter().filter_map(|id| counts.get(id)).sum(),
            latest,
            is_private: is_private(v, category),
            category,
        }
    });
    let cards = cards.collect();
    let head = Head::titled(v.t.categories_title()).canonical("/categories").describe(&v.t.categories_lead());
    Ok(Page { v, head, cards }.render()?)
}
