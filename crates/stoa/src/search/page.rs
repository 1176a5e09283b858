//! `GET /search?q=…`: words, "phrases", -not, and `in: by: tag: lang: before: after: title:`.

use std::collections::HashMap;

use anyhow::Context;
use askama::Template;
use serde::Deserialize;
use stoa_markup::SafeHtml;
use stoa_search::{Problem, Query as Asking, Scope, highlight};

use crate::app::App;
use crate::db::{Tx, from_row, params};
use crate::topics::list::{Pager, Person, people};
use crate::topics::lists::listed;
use crate::users::names;
use crate::web::error::{Error, Refusal, Result};
use crate::web::extract::Query;
use crate::web::paging;
use crate::web::routes::Field;
use crate::web::shell::Head;
use crate::web::{Visit, field, page as show};

pub const QUERY: &[Field] = &[
    field("q", 400),
    field("in", 100),
    field("by", 100),
    field("tag", 100),
    field("lang", 35),
    field("after", 20),
    field("before", 20),
    field("order", 20),
    field("page", 20),
];
const PER_PAGE: usize = 20;
/// The index counts no further.
const LAST_PAGE: i64 = 100;
const SNIPPET: usize = 240;
/// People and tags named beside the posts.
const NAMES: i64 = 5;

#[derive(Deserialize, Default)]
pub struct Asked {
    q: Option<String>,
    #[serde(rename = "in")]
    category: Option<String>,
    by: Option<String>,
    tag: Option<String>,
    lang: Option<String>,
    after: Option<String>,
    before: Option<String>,
    order: Option<String>,
    page: Option<String>,
}

pub struct Hit {
    post_id: i64,
    pub topic_id: i64,
    pub number: i64,
    pub title: String,
    slug: String,
    category_id: i64,
    author_id: i64,
    html: SafeHtml,
    pub lang: String,
    topic_lang: String,
    pub created_at: i64,
}
from_row!(Hit { post_id, topic_id, number, title, slug, category_id, author_id, html, lang, topic_lang, created_at });

/// A post that was found, as a page shows it.
pub struct Found {
    pub hit: Hit,
    pub url: String,
    title: Vec<(String, bool)>,
    /// Pieces of its text, and whether each is what was looked for.
    pub snippet: Vec<(String, bool)>,
    pub author: Person,
}

/// What a search finds.
pub struct Results {
    pub hits: Vec<Found>,
    pub total: i64,
    problems: Vec<Problem>,
    /// Whether anything was asked for.
    is_asked: bool,
}

#[derive(Template)]
#[template(path = "search/templates/search.html")]
struct Page<'a> {
    v: &'a Visit,
    head: Head,
    q: String,
    asked: bool,
    found: Vec<Found>,
    total: i64,
    people: Vec<Person>,
    tags: Vec<String>,
    problems: Vec<String>,
    pager: Pager,
    categories: Vec<&'a crate::site::Category>,
}

impl Page<'_> {
    /// Whether it is asked for by words alone, which could be the title of a topic.
    fn is_plain(&self) -> bool {
        self.q.chars().count() <= crate::topics::TITLE_LONGEST && !self.q.contains([':', '"'])
    }
}

const LOAD: &str = concat!(
    "select p.id, t.id, p.number, t.title, t.slug, t.category_id, p.author_id, p.html, p.lang, t.lang, p.created_at
    from posts p join topics t on t.id = p.topic_id where ",
    listed!(),
    " and p.id in ids($3) and p.kind = 0 and p.deleted_at is null and p.hidden_at is null"
);

/// The query with the filters of the form written behind it as words.
fn whole(asked: &Asked) -> String {
    let mut words = asked.q.clone().unwrap_or_default().trim().to_owned();
    let filters = [
        ("in", &asked.category),
        ("by", &asked.by),
        ("tag", &asked.tag),
        ("lang", &asked.lang),
        ("after", &asked.after),
        ("before", &asked.before),
        ("order", &asked.order),
    ];
    for (name, value) in filters {
        let Some(value) = value.as_deref().map(str::trim).filter(|v| !v.is_empty()) else { continue };
        if !words.is_empty() {
            words.push(' ');
        }
        let value = value.replace('"', "");
        let quote = if value.contains(' ') { "\"" } else { "" };
        words.push_str(&format!("{name}:{quote}{value}{quote}"));
    }
    words
}

/// One page of what is found by a query, as far as this viewer may see it.
pub async fn find(v: &Visit, app: &App, q: &str, number: i64) -> Result<Results> {
    if number > LAST_PAGE {
        return Err(Refusal::PageNumber.into());
    }
    let (mut query, problems) = Asking::parse(q);
    let ids = |slugs: &[String]| -> Vec<i64> {
        let known = slugs.iter().filter_map(|slug| v.site.category_by_slug(slug));
        let mut ids: Vec<i64> = known.map(|c| c.id).filter(|id| v.viewer.may_see(*id)).collect();
        ids.extend(ids.clone().iter().flat_map(|id| v.site.children(*id)).map(|c| c.id));
        ids
    };
    let (wanted, unwanted) = (ids(&query.categories), ids(&query.excluded_categories));
    if !query.categories.is_empty() {
        query.set_category_ids(wanted);
    }
    if !query.excluded_categories.is_empty() {
        query.set_excluded_category_ids(unwanted);
    }
    query.authors = query.authors.iter().map(|name| names::folded(name)).collect();
    query.excluded_authors = query.excluded_authors.iter().map(|name| names::folded(name)).collect();
    let is_asked = !query.is_empty();
    let (index, scope) = (app.search.index.clone(), Scope { categories: v.viewer.sees.clone() });
    let offset = (number as usize - 1) * PER_PAGE;
    let search = query.clone();
    let hits = tokio::task::spawn_blocking(move || index.search(&search, &scope, PER_PAGE, offset));
    let hits = hits.await.context("a search stopped")?.context("searching").map_err(Error::Fault)?;
    let order: Vec<i64> = hits.posts.iter().map(|h| h.post_id).collect();
    let found = app.db.read(|tx| {
        let rows: Vec<Hit> = tx.all(LOAD, params![&v.viewer.sees, v.viewer.is_staff(), &order])?;
        let authors: Vec<i64> = rows.iter().map(|r| r.author_id).collect();
        let authors = people(tx, &authors)?;
        let mut rows: HashMap<i64, Hit> = rows.into_iter().map(|r| (r.post_id, r)).collect();
        let found = order.iter().filter_map(|id| rows.remove(id)).map(|hit| Found {
            url: crate::topics::post_url(&hit.slug, hit.topic_id, hit.number),
            title: highlight(&hit.title, &query, 250),
            snippet: highlight(&crate::posts::plain(&hit.html), &query, SNIPPET),
            author: authors.get(&hit.author_id).cloned().unwrap_or_default(),
            hit,
        });
        Ok(found.collect())
    });
    Ok(Results { hits: found.await?, total: hits.total as i64, problems, is_asked })
}

pub async fn page(v: Visit, app: App, Query(asked): Query<Asked>) -> Result {
    let q = crate::posts::text::clean(&whole(&asked));
    let number = paging::number(asked.page.as_deref())?;
    let found = find(&v, &app, &q, number).await?;
    let (people, tags) = match number {
        1 => app.db.read(|tx| named(tx, &v, &q)).await?,
        _ => (Vec::new(), Vec::new()),
    };
    let path = format!("/search?q={}", url::form_urlencoded::byte_serialize(q.as_bytes()).collect::<String>());
    let pages = (found.total as usize).div_ceil(PER_PAGE) as i64;
    let last = pages.clamp(1, LAST_PAGE);
    let at = |page: i64| if page == 1 { path.clone() } else { format!("{path}&page={page}") };
    let pager = Pager {
        previous: (number > 1).then(|| at(number - 1)),
        previous_words: v.t.pager_previous(),
        next: (number < last).then(|| at(number + 1)),
        next_words: v.t.pager_next(),
        here: v.t.pager_page_of(number, last),
    };
    let title = if q.is_empty() { v.t.search_title() } else { v.t.search_title_of(&q) };
    let page = Page {
        head: Head::titled(title).unlisted(),
        asked: found.is_asked,
        total: found.total,
        problems: found.problems.iter().map(|p| problem(&v, p)).collect(),
        categories: v.site.categories.iter().filter(|c| v.viewer.may_see(c.id)).collect(),
        v: &v,
        q,
        found: found.hits,
        people,
        tags,
        pager,
    };
    show(&page)
}

/// People and tags whose names begin with the words asked for.
fn named(tx: &Tx, v: &Visit, q: &str) -> Result<(Vec<Person>, Vec<String>)> {
    let plain = !q.is_empty() && q.chars().count() <= names::LONGEST && !q.contains([':', '"']);
    let (person, tag) = (names::folded(q), crate::tags::folded(q));
    if !plain || person.is_empty() {
        return Ok((Vec::new(), Vec::new()));
    }
    let end = |start: &str| format!("{start}\u{10ffff}");
    let people: Vec<(i64, String, Option<String>)> = tx.all(
        "select u.id, u.name, f.sha256 from users u left join uploads f on f.id = u.avatar_upload_id
         where u.folded >= $1 and u.folded < $2 and u.deleted_at is null order by u.folded limit $3",
        params![&person, end(&person), NAMES],
    )?;
    // Only tags of topics that this viewer may see.
    let tags = tx.all(
        concat!(
            "select g.name from tags g where g.folded >= $3 and g.folded < $4 and exists (
                select 1 from topic_tags tt join topics t on t.id = tt.topic_id where tt.tag_id = g.id and ",
            listed!(),
            ") order by g.folded limit $5"
        ),
        params![&v.viewer.sees, v.viewer.is_staff(), &tag, end(&tag), NAMES],
    )?;
    let people = people.into_iter().map(|(id, name, picture)| Person {
        avatar: crate::users::avatar::Avatar::of(id, &name, picture.as_deref()),
        name,
    });
    Ok((people.collect(), tags))
}

fn problem(v: &Visit, problem: &Problem) -> String {
    match problem {
        Problem::BadDate(text) => v.t.search_bad_date(text),
        Problem::EmptyOperator(text) => v.t.search_empty_operator(text),
        Problem::UnknownOrder(text) => v.t.search_unknown_order(text),
        Problem::NotDeniable(text) => v.t.search_not_deniable(text),
        Problem::NothingToFind(_) => v.t.search_nothing_to_find(),
        Problem::UnclosedQuote(text) => v.t.search_unclosed_quote(text),
        Problem::TooLong(_) => v.t.search_too_long(),
        Problem::TooManyTerms(text) => v.t.search_too_many_terms(text),
    }
}
