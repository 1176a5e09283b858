//! The only door to an object by its id: it opens for those who may see it, and for all others there is nothing there.

use crate::db::{Tx, params};
use crate::messages::Part;
use crate::posts::{self, Post};
use crate::site::{Category, Level};
use crate::topics::{self, Topic};
use crate::web::error::{Error, Result};
use crate::web::visit::{Viewer, Visit};

/// A topic that this viewer may see.
pub fn topic(tx: &Tx, v: &Visit, id: i64) -> Result<Topic> {
    let found: Option<Topic> = tx.first(topics::queries::BY_ID, params![id])?;
    found.filter(|topic| sees_topic(v, topic)).ok_or(Error::NotFound)
}

/// Whether a viewer may see a topic at all. Unlisted ones are seen by those who have the address.
pub fn sees_topic(v: &Visit, topic: &Topic) -> bool {
    topic_is_open_to(&v.viewer, v.viewer.id().unwrap_or(0), topic)
}

/// The same for a member by id, whose groups `viewer` has.
pub fn topic_is_open_to(viewer: &Viewer, member: i64, topic: &Topic) -> bool {
    let staff = viewer.is_staff();
    let within = if topic.is_message() {
        topic.part_of(member, &viewer.groups) != Part::Nothing
    } else {
        viewer.may_see(topic.category_id)
    };
    within && (topic.deleted_at.is_none() || staff) && (topic.hidden_at.is_none() || staff || member == topic.author_id)
}

/// Whether a list shows a topic to this viewer: as `listed!` says it to the store.
pub fn is_listed_for(viewer: &Viewer, topic: &Topic) -> bool {
    let gone = topic.deleted_at.is_some() || topic.hidden_at.is_some() || topic.unlisted_at.is_some();
    viewer.may_see(topic.category_id) && (!gone || viewer.is_staff())
}

/// What a viewer may do in a topic, by its category or by their part in a conversation.
pub fn level(v: &Visit, topic: &Topic) -> Level {
    if !topic.is_message() {
        return v.level(topic.category_id);
    }
    match topic.part_of(v.viewer.id().unwrap_or(0), &v.viewer.groups) {
        Part::Nothing => Level::Nothing,
        Part::Looks => Level::See,
        Part::Takes => Level::Reply,
    }
}

/// Those of some topics that this viewer may see.
pub fn visible_topics(_: &Tx, v: &Visit, topics: Vec<Topic>) -> Result<Vec<Topic>> {
    Ok(topics.into_iter().filter(|topic| sees_topic(v, topic)).collect())
}

/// A post that this viewer may see, text and all, and its topic.
pub fn post(tx: &Tx, v: &Visit, id: i64) -> Result<(Topic, Post)> {
    let found: Option<Post> = tx.first(posts::queries::BY_ID, params![id])?;
    let post = found.ok_or(Error::NotFound)?;
    let topic = topic(tx, v, post.topic_id)?;
    if sees_text(v, &post) { Ok((topic, post)) } else { Err(Error::NotFound) }
}

/// Whether a viewer may read a post's text, given that its topic is visible.
pub fn sees_text(v: &Visit, post: &Post) -> bool {
    sees_post(v, post.author_id, post.hidden_at, post.deleted_at)
}

/// The same of a post's bare facts.
pub fn sees_post(v: &Visit, author: i64, hidden_at: Option<i64>, deleted_at: Option<i64>) -> bool {
    post_is_open_to(&v.viewer, author, hidden_at, deleted_at)
}

/// The same for whoever these are the eyes of.
pub fn post_is_open_to(viewer: &Viewer, author: i64, hidden_at: Option<i64>, deleted_at: Option<i64>) -> bool {
    let staff = viewer.is_staff();
    (deleted_at.is_none() || staff) && (hidden_at.is_none() || staff || viewer.is(author))
}

/// A category that this viewer may see.
pub fn category(v: &Visit, id: i64) -> Result<&Category> {
    let found = v.site.category(id).ok_or(Error::NotFound)?;
    if v.level(id) >= Level::See { Ok(found) } else { Err(Error::NotFound) }
}
