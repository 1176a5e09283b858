//! The line above a message from somebody one has never written with: what to look out for, and the ways out.

use askama::Template;

use crate::db::{Tx, params};
use crate::topics::Topic;
use crate::web::error::Result;
use crate::web::page::Fragment;
use crate::web::visit::Visit;

#[derive(Template)]
#[template(path = "messages/templates/_contact.html")]
struct Line<'a> {
    v: &'a Visit,
    topic: &'a Topic,
    csrf: &'a str,
    name: &'a str,
}

/// The name of who began it, unless the reader has ever written where that person takes part.
const STRANGER: &str = "select u.name from users u where u.id = $2 and not exists (
        select 1 from topic_people mine join topic_people theirs
            on theirs.topic_id = mine.topic_id and theirs.kind = 1 and theirs.subject = $2
        where mine.kind = 1 and mine.subject = $1 and exists (
            select 1 from posts p where p.topic_id = mine.topic_id and p.author_id = $1 and p.kind = 0))";

/// The line, or nothing where there is no need.
pub fn line(tx: &Tx, v: &Visit, topic: &Topic, csrf: &str) -> Result<Fragment> {
    let me = v.viewer.id().unwrap_or(0);
    if !topic.is_message() || topic.author_id == me || !topic.has_person(me) {
        return Ok(Fragment::default());
    }
    match tx.first::<String>(STRANGER, params![me, topic.author_id])? {
        Some(name) => Fragment::of(&Line { v, topic, csrf, name: &name }),
        None => Ok(Fragment::default()),
    }
}
