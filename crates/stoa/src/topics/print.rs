//! `GET /t/{slug}/{id}/print`: a whole topic on one calm page.

use askama::Template;
use serde::Deserialize;

use crate::access;
use crate::app::App;
use crate::posts::view::{self, PostView};
use crate::topics::Topic;
use crate::topics::list::Pager;
use crate::web::error::Result;
use crate::web::extract::{Path, Query};
use crate::web::page::moved;
use crate::web::routes::Field;
use crate::web::{Refusal, Visit, field, paging};

pub const QUERY: &[Field] = &[field("page", 20)];

/// Posts on one printed page; a longer topic has several.
const PER_PAGE: i64 = 1000;

#[derive(Deserialize)]
pub struct Asked {
    page: Option<String>,
}

#[derive(Template)]
#[template(path = "topics/templates/print.html")]
struct Page<'a> {
    v: &'a Visit,
    topic: &'a Topic,
    posts: Vec<PostView>,
    pager: Pager,
}

pub async fn page(v: Visit, app: App, Path((slug, id)): Path<(String, i64)>, Query(asked): Query<Asked>) -> Result {
    let topic = app.db.read(|tx| access::topic(tx, &v, id)).await?;
    let number = paging::number(asked.page.as_deref())?;
    let pages = (topic.highest_number.max(1) - 1) / PER_PAGE + 1;
    if number > pages {
        return Err(Refusal::PageNumber.into());
    }
    let path = format!("{}/print", topic.url());
    let at = |page: i64| if page == 1 { path.clone() } else { format!("{path}?page={page}") };
    if slug != topic.slug {
        return Ok(moved(&at(number)));
    }
    let pager = Pager {
        previous: (number > 1).then(|| at(number - 1)),
        previous_words: v.t.pager_previous(),
        next: (number < pages).then(|| at(number + 1)),
        next_words: v.t.pager_next(),
        here: v.t.pager_page_of(number, pages),
    };
    let html = app.db.read_long(move |tx| {
        let first = (number - 1) * PER_PAGE + 1;
        let posts = view::page(tx, &v, &topic, first, first + PER_PAGE - 1)?;
        Ok(Page { v: &v, topic: &topic, posts, pager: pager.clone() }.render()?)
    });
    crate::web::page::html(html.await?)
}
