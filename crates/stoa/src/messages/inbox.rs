//! `GET /messages`: the conversations one takes part in, newest first.

use askama::Template;

use crate::access;
use crate::app::App;
use crate::db::{Tx, params};
use crate::topics::Topic;
use crate::topics::list::{self, Pager, Person, Row, Slice};
use crate::topics::lists::Asked;
use crate::topics::queries::columns;
use crate::web::error::Result;
use crate::web::extract::Query;
use crate::web::paging::{PER_PAGE, Place};
use crate::web::routes::Field;
use crate::web::shell::Head;
use crate::web::{Member, Visit, field, page as show};

pub const QUERY: &[Field] = &[field("page", 20), field("before", 60)];

/// A conversation in the list.
struct Conversation {
    row: Row,
    /// Names of the others in it.
    others: Vec<String>,
}

impl Conversation {
    /// Posts that the reader has not seen: all of them where they never were.
    fn new_posts(&self) -> i64 {
        self.row.unread.unwrap_or(self.row.topic.post_count)
    }
}

#[derive(Template)]
#[template(path = "messages/templates/inbox.html")]
struct Page<'a> {
    v: &'a Visit,
    head: Head,
    conversations: Vec<Conversation>,
    pager: Pager,
}

const MINE: &str = concat!(
    "select ",
    columns!(),
    " from topics t where t.id in (
        select tp.topic_id from topic_people tp where tp.kind in (1, 3) and tp.subject = $1
        union select tp.topic_id from topic_people tp where tp.kind = 2 and tp.subject in ids($2))
     and t.deleted_at is null and (t.bumped_at, t.id) < ($3, $4)
     order by t.bumped_at desc, t.id desc limit $5 offset $6"
);

pub async fn page(me: Member, app: App, Query(asked): Query<Asked>) -> Result {
    let slice = Slice::read(asked.page.as_deref(), asked.before.as_deref())?;
    let (conversations, next) = app.db.read(|tx| read(tx, &me, slice)).await?;
    let pager = Pager::of_list(&me, "/messages", slice.page, next);
    show(&Page { v: &me, head: Head::titled(me.t.messages_title()).unlisted(), conversations, pager })
}

fn read(tx: &Tx, me: &Member, slice: Slice) -> Result<(Vec<Conversation>, Option<Place>)> {
    let before = slice.before;
    let mut topics: Vec<Topic> =
        tx.all(MINE, params![me.user.id, &me.viewer.groups, before.at, before.id, PER_PAGE + 1, slice.skip])?;
    let more = topics.len() as i64 > PER_PAGE;
    topics.truncate(PER_PAGE as usize);
    let next = topics.last().filter(|_| more).map(|t| Place { at: t.bumped_at, id: t.id });
    topics.retain(|topic| access::sees_topic(me, topic));
    let rows = list::fill(tx, me, topics)?;
    let ids: Vec<i64> = rows.iter().flat_map(|row| others(&row.topic, me.user.id)).collect();
    let people = list::people(tx, &ids)?;
    let name = |id: i64| people.get(&id).map(|p: &Person| p.name.clone());
    let conversations = rows.into_iter().map(|row| Conversation {
        others: others(&row.topic, me.user.id)
            .filter_map(name)
            .chain(super::people::group_names(&me.site, &row.topic))
            .collect(),
        row,
    });
    Ok((conversations.collect(), next))
}

/// Ids of the people in a conversation besides oneself.
fn others(topic: &Topic, me: i64) -> impl Iterator<Item = i64> {
    topic.taking_part().filter(move |(role, id)| *role == super::Role::Person && *id != me).map(|(_, id)| id)
}
