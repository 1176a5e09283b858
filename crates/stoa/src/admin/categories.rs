//! `GET /admin/categories`: all categories as a tree, each with who may do what in it.

use std::collections::{HashMap, HashSet};

use askama::Template;

use super::rights;
use crate::app::App;
use crate::site::{Category, Site};
use crate::web::error::Result;
use crate::web::shell::Head;
use crate::web::{Member, Visit, page as answer};

#[derive(Template)]
#[template(path = "admin/templates/categories.html")]
struct Page<'a> {
    v: &'a Visit,
    head: Head,
    rows: Vec<Row<'a>>,
}

struct Row<'a> {
    category: &'a Category,
    /// The categories it stands in, outermost first.
    above: Vec<&'a Category>,
    topics: i64,
    rights: Vec<String>,
}

pub async fn page(v: Member, app: App) -> Result {
    let counts: HashMap<i64, i64> = app
        .db
        .read(|tx| tx.all::<(i64, i64)>("select id, topic_count from categories", &[]))
        .await?
        .into_iter()
        .collect();
    let rows = tree(&v.site).into_iter().map(|(above, category)| Row {
        rights: rights::sentences(&v, category.parent_id, &category.rights),
        topics: counts.get(&category.id).copied().unwrap_or(0),
        category,
        above,
    });
    answer(&Page { v: &v, head: Head::titled(v.t.admin_categories_title()).unlisted(), rows: rows.collect() })
}

/// Every category after the one it stands in, with those it stands in, outermost first.
pub fn tree(site: &Site) -> Vec<(Vec<&Category>, &Category)> {
    let is_root = |c: &&Category| c.parent_id.is_none_or(|p| site.category(p).is_none());
    let mut waiting: Vec<(Vec<&Category>, &Category)> =
        site.categories.iter().rev().filter(is_root).map(|c| (Vec::new(), c)).collect();
    let (mut out, mut seen) = (Vec::new(), HashSet::new());
    while let Some((above, category)) = waiting.pop() {
        if !seen.insert(category.id) {
            continue;
        }
        let mut path = above.clone();
        path.push(category);
        let children: Vec<&Category> = site.children(category.id).collect();
        waiting.extend(children.into_iter().rev().map(|child| (path.clone(), child)));
        out.push((above, category));
    }
    out
}
