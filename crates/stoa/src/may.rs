//! Who may do what: plain functions over plain values, each answering with a refusal a person can read.

use crate::access;
use crate::posts::Post;
use crate::site::{EVERYONE, Level, MEMBERS};
use crate::topics::Topic;
use crate::web::error::{Refusal, Result};
use crate::web::visit::{Member, Visit};

/// Write a reply in a topic that one sees.
pub fn reply(me: &Member, topic: &Topic) -> Result<()> {
    me.may_write()?;
    open(me, topic)?;
    if access::level(me, topic) < Level::Reply {
        return Err(Refusal::NotHere.into());
    }
    Ok(())
}

/// Start a topic in a category.
pub fn create_in(me: &Member, category: i64) -> Result<()> {
    me.may_write()?;
    if me.level(category) < Level::Create {
        return Err(Refusal::NotHere.into());
    }
    Ok(())
}

/// Change one's own post, or a wiki post where one may reply.
pub fn edit(me: &Member, topic: &Topic, post: &Post) -> Result<()> {
    let is_own = me.viewer.is(post.author_id);
    change(me, topic, post, is_own || post.wiki)?;
    if !is_own && access::level(me, topic) < Level::Reply {
        return Err(Refusal::NotHere.into());
    }
    Ok(())
}

/// Whether somebody who edits a post may give its topic another title and other tags.
pub fn rename(v: &Visit, post: &Post) -> bool {
    post.number == 1 && (v.viewer.is(post.author_id) || v.viewer.is_staff())
}

/// Say which wiki pages a topic is about: whoever began it, and staff.
pub fn bind(me: &Member, topic: &Topic) -> Result<()> {
    me.may_write()?;
    if !me.viewer.is(topic.author_id) && !me.viewer.is_staff() {
        return Err(Refusal::NotYours.into());
    }
    if topic.deleted_at.is_some() {
        return Err(Refusal::Gone.into());
    }
    Ok(())
}

/// Make a post one that everybody here may edit, or take that back: its author, and staff. Whoever only looks into a
/// conversation changes nothing there.
pub fn turn(me: &Member, topic: &Topic, post: &Post) -> Result<()> {
    let is_own = me.viewer.is(post.author_id);
    change(me, topic, post, is_own || me.viewer.is_staff())?;
    if !is_own && topic.is_message() && access::level(me, topic) < Level::Reply {
        return Err(Refusal::NotHere.into());
    }
    Ok(())
}

fn change(me: &Member, topic: &Topic, post: &Post, is_theirs: bool) -> Result<()> {
    me.may_write()?;
    if !is_theirs || post.kind != 0 {
        return Err(Refusal::NotYours.into());
    }
    if post.deleted_at.is_some() {
        return Err(Refusal::Gone.into());
    }
    open(me, topic)
}

/// Delete one's own post; the first one only while nobody has replied.
pub fn delete(me: &Member, topic: &Topic, post: &Post) -> Result<()> {
    change(me, topic, post, me.viewer.is(post.author_id))?;
    if post.number == 1 && topic.post_count > 1 {
        return Err(Refusal::HasReplies.into());
    }
    Ok(())
}

/// Like somebody else's post.
pub fn like(me: &Member, topic: &Topic, post: &Post) -> Result<()> {
    me.may_write()?;
    if me.viewer.is(post.author_id) || post.kind != 0 {
        return Err(Refusal::NotHere.into());
    }
    if post.deleted_at.is_some() || topic.deleted_at.is_some() {
        return Err(Refusal::Gone.into());
    }
    if topic.archived_at.is_some() {
        return Err(Refusal::TopicArchived.into());
    }
    Ok(())
}

/// Vote in a poll of a post: whoever may reply there.
pub fn vote(me: &Member, topic: &Topic, post: &Post) -> Result<()> {
    if post.deleted_at.is_some() {
        return Err(Refusal::Gone.into());
    }
    reply(me, topic)
}

/// Whether a visitor may vote in the polls of a topic, as its page shows them.
pub fn vote_in(v: &Visit, topic: &Topic) -> bool {
    v.as_member().is_some_and(|me| reply(&me, topic).is_ok())
}

/// Whether a stranger might, after logging in.
pub fn would_vote(v: &Visit, topic: &Topic) -> bool {
    let is_open = topic.closed_at.is_none() && topic.archived_at.is_none() && topic.deleted_at.is_none();
    is_open && v.site.level(topic.category_id, &[EVERYONE, MEMBERS]) >= Level::Reply
}

fn open(me: &Member, topic: &Topic) -> Result<()> {
    if topic.archived_at.is_some() {
        return Err(Refusal::TopicArchived.into());
    }
    if topic.closed_at.is_some() && !me.viewer.is_staff() {
        return Err(Refusal::TopicClosed.into());
    }
    if topic.deleted_at.is_some() {
        return Err(Refusal::Gone.into());
    }
    Ok(())
}
