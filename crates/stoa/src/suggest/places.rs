//! `GET /suggest/places?q=`: categories that one sees, and tags of topics that one sees.

use super::{Asked, Item, MOST, answer, end};
use crate::app::App;
use crate::db::params;
use crate::tags::folded;
use crate::topics::lists::listed;
use crate::web::Member;
use crate::web::error::Result;
use crate::web::extract::Query;

const TAGS: &str = concat!(
    "select g.name from tags g where g.folded >= $3 and g.folded < $4 and exists (
        select 1 from topic_tags tt join topics t on t.id = tt.topic_id where tt.tag_id = g.id and ",
    listed!(),
    ") order by g.folded limit $5"
);

pub async fn page(me: Member, app: App, Query(asked): Query<Asked>) -> Result {
    let start = folded(asked.q.trim_start_matches('#'));
    // A name inside another begins after the colon: `#parent:child`.
    let own = start.rsplit(':').next().unwrap_or(&start).to_owned();
    let begins = |text: &str| {
        let text = folded(text);
        text.starts_with(&own) || text.split(|c: char| !c.is_alphanumeric()).any(|word| word.starts_with(&own))
    };
    let mut items: Vec<Item> = (me.site.categories.iter())
        .filter(|c| me.viewer.may_see(c.id) && (begins(&c.slug) || begins(&c.name)))
        .take(MOST as usize)
        .map(|c| Item { name: c.slug.clone(), label: c.name.clone(), avatar: None, more: None, kind: "category" })
        .collect();
    let parameters = params![&me.viewer.sees, me.viewer.is_staff(), &start, end(&start), MOST];
    let tags: Vec<String> = app.db.read(|tx| tx.all(TAGS, parameters)).await?;
    // Where a category has the same name, the sign means the category.
    let tags = tags.into_iter().filter(|tag| me.site.category_by_slug(&folded(tag)).is_none());
    let room = (MOST as usize).saturating_sub(items.len());
    items.extend(tags.take(room).map(|name| Item { label: name.clone(), name, avatar: None, more: None, kind: "tag" }));
    Ok(answer(&items))
}
