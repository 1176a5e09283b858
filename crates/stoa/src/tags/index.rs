//! `GET /tags`: the tags of the topics one may see, with how many there are of each.

use askama::Template;

use crate::app::App;
use crate::db::{Tx, params};
use crate::topics::lists::listed;
use crate::web::error::Result;
use crate::web::page::Fragment;
use crate::web::shell::Head;
use crate::web::{Visit, stored};

/// Tags on the page.
const MOST: usize = 500;

/// Tags by how often they are used, each with the number of topics that the viewer finds in lists: name, topics.
const COUNTED: &str = concat!(
    "select g.name, n.topics from (
        select tt.tag_id, count(*) as topics from topic_tags tt join topics t on t.id = tt.topic_id where ",
    listed!(),
    " group by tt.tag_id) n join tags g on g.id = n.tag_id order by n.topics desc, g.folded limit $3"
);

#[derive(Template)]
#[template(path = "tags/templates/index.html")]
struct Page<'a> {
    v: &'a Visit,
    head: Head,
    list: &'a Fragment,
}

#[derive(Template)]
#[template(path = "tags/templates/_list.html")]
struct List<'a> {
    v: &'a Visit,
    tags: Vec<(String, i64)>,
    is_cut: bool,
}

/// Counting is not for every request: the list is kept for all who see the same categories, until something happens.
pub async fn page(v: Visit, app: App) -> Result {
    let name = format!("tags {:?} {}", v.viewer.sees, v.viewer.is_staff());
    let key = stored::key(&v, &app, &name).await?;
    let list = match app.pages.body(&key) {
        Some(list) => list,
        None => {
            let visit = v.clone();
            let made = app.db.read_long(move |tx| list(tx, &visit)).await?;
            app.pages.put_body(key, made)
        }
    };
    let head = Head::titled(v.t.tags_title()).canonical("/tags").describe(&v.t.tags_lead());
    crate::web::page::html(Page { v: &v, head, list: &list }.render()?)
}

fn list(tx: &Tx, v: &Visit) -> Result<Fragment> {
    let mut tags: Vec<(String, i64)> = tx.all(COUNTED, params![&v.viewer.sees, v.viewer.is_staff(), MOST + 1])?;
    let is_cut = tags.len() > MOST;
    tags.truncate(MOST);
    Fragment::of(&List { v, tags, is_cut })
}
