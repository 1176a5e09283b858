//! `GET /tag/{tag}`: the topics that carry a tag, last active first.

use askama::Template;
use axum::http::HeaderMap;
use serde::Deserialize;

use crate::app::App;
use crate::db::{Tx, params};
use crate::follow::{self, Control, Kind};
use crate::tags;
use crate::topics::Topic;
use crate::topics::list::{Pager, Row, Slice, fill};
use crate::topics::lists::{self, listed};
use crate::topics::queries::columns;
use crate::web::error::Result;
use crate::web::extract::{Path, Query};
use crate::web::page::moved;
use crate::web::paging::{PER_PAGE, Place};
use crate::web::routes::Field;
use crate::web::shell::Head;
use crate::web::{Error, Visit, field, stored};

pub const QUERY: &[Field] = &[field("page", 20), field("before", 60)];

pub const LATEST: &str = concat!(
    "select ",
    columns!(),
    " from topic_tags tt join topics t on t.id = tt.topic_id where tt.tag_id = $5 and ",
    listed!(),
    " and (t.bumped_at, t.id) < ($3, $4) order by t.bumped_at desc, t.id desc limit $6 offset $7"
);

const FOUND: &str = concat!(
    "select g.id, g.name, g.description from tags g where g.folded = $3
     and exists (select 1 from topic_tags tt join topics t on t.id = tt.topic_id where tt.tag_id = g.id and ",
    listed!(),
    ")"
);

#[derive(Deserialize)]
pub struct Asked {
    page: Option<String>,
    before: Option<String>,
}

/// A tag on at least one topic that the viewer finds in lists; any other does not exist for them.
/// `staff`: hidden topics count as well. Id, name, description.
pub fn find(tx: &Tx, v: &Visit, staff: bool, tag: &str) -> Result<(i64, String, String)> {
    let folded = tags::folded(tag);
    if folded.chars().count() > 240 {
        return Err(Error::NotFound);
    }
    tx.first(FOUND, params![&v.viewer.sees, staff, &folded])?.ok_or(Error::NotFound)
}

#[derive(Template)]
#[template(path = "tags/templates/show.html")]
struct Page<'a> {
    v: &'a Visit,
    head: Head,
    name: String,
    about: String,
    rows: Vec<Row>,
    pager: Pager,
    follow: Option<Control>,
}

pub async fn page(
    v: Visit,
    app: App,
    Path(tag): Path<String>,
    Query(asked): Query<Asked>,
    headers: HeaderMap,
) -> Result {
    let found = app.db.read(|tx| find(tx, &v, v.viewer.is_staff(), &tag)).await?;
    if found.1 != tag {
        return Ok(moved(&tags::url(&found.1)));
    }
    let name = format!("tag {} {:?} {:?}", found.0, asked.page, asked.before);
    stored::page(&v, &app, &headers, &name, |tx| html(tx, &v, &found, &asked)).await
}

fn html(tx: &Tx, v: &Visit, (id, name, about): &(i64, String, String), asked: &Asked) -> Result<String> {
    let slice = Slice::read(asked.page.as_deref(), asked.before.as_deref())?;
    let staff = v.viewer.is_staff();
    let (at, before) = (slice.before.at, slice.before.id);
    let mut topics: Vec<Topic> =
        tx.all(LATEST, params![&v.viewer.sees, staff, at, before, id, PER_PAGE + 1, slice.skip])?;
    let next = lists::next_place(&mut topics, |t| Place { at: t.bumped_at, id: t.id });
    let rows = fill(tx, v, topics)?;
    let url = tags::url(name);
    let title = v.t.tag_title(name);
    let head = Head::titled(title.clone()).canonical(url.clone()).describe(about).feed(url.clone(), title);
    let pager = Pager::of_list(v, &url, slice.page, next);
    let follow = match v.viewer.id() {
        Some(me) => Some(Control {
            action: format!("{url}/follow"),
            level: follow::queries::one(tx, me, Kind::Tag, *id)?,
            why: String::new(),
            back: url,
        }),
        None => None,
    };
    Ok(Page { v, head, name: name.clone(), about: about.clone(), rows, pager, follow }.render()?)
}
