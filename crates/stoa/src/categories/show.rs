//! `GET /c/{slug}/{id}`: one room: what it is for, and its topics with those of the rooms below it.

use askama::Template;
use axum::http::HeaderMap;
use serde::Deserialize;

use crate::access;
use crate::app::App;
use crate::categories::{children, is_private, queries, with_all_below};
use crate::db::Tx;
use crate::follow::{self, Control, Kind};
use crate::site::{Category, EVERYONE, Level, MEMBERS};
use crate::topics::list::{Pager, Row, Slice};
use crate::topics::lists;
use crate::web::error::Result;
use crate::web::extract::{Path, Query};
use crate::web::page::moved;
use crate::web::paging::{PER_PAGE, Place};
use crate::web::routes::Field;
use crate::web::shell::Head;
use crate::web::{Error, Visit, field, stored};

pub const QUERY: &[Field] = &[field("page", 20), field("before", 60)];

#[derive(Deserialize)]
pub struct Asked {
    page: Option<String>,
    before: Option<String>,
}

#[derive(Template)]
#[template(path = "categories/templates/show.html")]
struct Page<'a> {
    v: &'a Visit,
    head: Head,
    category: &'a Category,
    parent: Option<&'a Category>,
    children: Vec<&'a Category>,
    /// The name of its language in itself; empty where any is welcome.
    language: String,
    is_private: bool,
    may_create: bool,
    rows: Vec<Row>,
    pager: Pager,
    follow: Option<Control>,
}

pub async fn page(
    v: Visit,
    app: App,
    Path((slug, id)): Path<(String, String)>,
    Query(asked): Query<Asked>,
    headers: HeaderMap,
) -> Result {
    // Older addresses name parent and child by their slugs.
    let id = match id.parse::<i64>() {
        Ok(id) => id,
        Err(_) => v.site.category_by_slug(&id).ok_or(Error::NotFound)?.id,
    };
    let category = access::category(&v, id)?;
    if slug != category.slug {
        return Ok(moved(&category.url()));
    }
    let name = format!("category {id} {:?} {:?}", asked.page, asked.before);
    stored::page(&v, &app, &headers, &name, |tx| html(tx, &v, category, &asked)).await
}

fn html(tx: &Tx, v: &Visit, category: &Category, asked: &Asked) -> Result<String> {
    let slice = Slice::read(asked.page.as_deref(), asked.before.as_deref())?;
    let ids = with_all_below(v, category.id);
    let mut topics = queries::latest(tx, &ids, v.viewer.is_staff(), slice.before, PER_PAGE + 1, slice.skip)?;
    let next = lists::next_place(&mut topics, |t| Place { at: t.bumped_at, id: t.id });
    let mut pinned = if slice.page == 1 { lists::pinned(tx, v, "", category.id)? } else { Vec::new() };
    pinned.retain(|topic| ids.contains(&topic.category_id));
    let rows = lists::with_pinned(tx, v, pinned, topics)?;
    let about = crate::posts::plain(&category.description);
    let mut head = Head::titled(category.name.clone())
        .canonical(category.url())
        .describe(&about)
        .feed(category.url(), category.name.clone());
    if is_private(v, category) {
        head = head.unlisted();
    }
    let follow = match v.viewer.id() {
        Some(me) => Some(Control {
            action: format!("{}/follow", category.url()),
            level: follow::queries::one(tx, me, Kind::Category, category.id)?,
            why: String::new(),
            back: category.url(),
        }),
        None => None,
    };
    let groups = if v.viewer.user.is_some() { v.viewer.groups.clone() } else { vec![EVERYONE, MEMBERS] };
    let page = Page {
        v,
        head,
        category,
        parent: category.parent_id.and_then(|id| v.site.category(id)),
        children: children(v, category.id),
        language: if category.lang.is_empty() { String::new() } else { stoa_i18n::language_name(&category.lang) },
        is_private: is_private(v, category),
        // Strangers are asked to log in on the way.
        may_create: v.site.level(category.id, &groups) >= Level::Create,
        rows,
        pager: Pager::of_list(v, &category.url(), slice.page, next),
        follow,
    };
    Ok(page.render()?)
}
