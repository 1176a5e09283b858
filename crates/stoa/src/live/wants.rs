//! What a stream is about, and the events it is told.

use serde_json::json;

use super::news::{Act, News, Post, What};
use crate::access;
use crate::db::{Tx, params};
use crate::follow::wishes::Wishes;
use crate::site::Site;
use crate::topics::Topic;
use crate::topics::lists::listed;
use crate::topics::queries::{self, columns};
use crate::web::error::Result;
use crate::web::visit::Viewer;

/// What a stream is about.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub enum Wants {
    Topic(i64),
    Latest,
}

/// One event as it is sent.
#[derive(Debug)]
pub struct Event {
    pub name: &'static str,
    pub data: serde_json::Value,
}

impl Event {
    fn post(post: &Post) -> Event {
        Event { name: "post", data: json!({ "topic": post.topic_id, "number": post.number }) }
    }

    fn topic(topic: &Topic) -> Event {
        let data = json!({ "id": topic.id, "replies": topic.reply_count(), "bumped": topic.bumped_at });
        Event { name: "topic", data }
    }

    /// Too much happened: the page is loaded anew.
    pub fn reload() -> Event {
        Event { name: "reload", data: json!({}) }
    }
}

/// Whether one of two people has muted the other.
const MUTED: &str = "select 1 from mutes where user_id = $1 and muted_id = $2
    union all select 1 from mutes where user_id = $2 and muted_id = $1";

/// Whether somebody is told when this one writes: only who shows it themselves.
fn sees_writing(viewer: &Viewer, writer: i64) -> bool {
    viewer.user.as_ref().is_some_and(|user| user.shows_writing && user.id != writer)
}

/// A few, lest the newest is one that the reader has muted; of five such in a row nothing is said.
const NEWEST: &str =
    concat!("select ", columns!(), " from topics t where ", listed!(), " order by t.bumped_at desc, t.id desc limit 5");

impl Wants {
    /// Whether it is about this at all, whoever looks.
    pub fn concerns(self, viewer: &Viewer, what: &What) -> bool {
        match what {
            What::Everything => true,
            What::Site => false,
            What::Topic(_) => self == Wants::Latest,
            What::Writing { topic, user, .. } => self == Wants::Topic(topic.id) && sees_writing(viewer, *user),
            What::Post { act, topic, .. } => match self {
                Wants::Topic(id) => topic.id == id,
                Wants::Latest => *act == Act::Written,
            },
            What::Bells(counts) => viewer.id().is_some_and(|id| counts.contains_key(&id)),
        }
    }

    /// What is told of it to somebody who sees with these eyes.
    pub fn event(self, viewer: &Viewer, news: &News) -> Option<Event> {
        if !self.concerns(viewer, &news.what) {
            return None;
        }
        let me = viewer.id().unwrap_or(0);
        match &news.what {
            What::Site => None,
            What::Everything => Some(Event::reload()),
            What::Bells(counts) => {
                let count = counts.get(&me)?;
                Some(Event { name: "bell", data: json!({ "count": count }) })
            }
            What::Topic(topic) => access::is_listed_for(viewer, topic).then(|| Event::topic(topic)),
            What::Writing { topic, name, .. } => access::topic_is_open_to(viewer, me, topic)
                .then(|| Event { name: "writing", data: json!({ "name": name }) }),
            What::Post { act, post, topic } => {
                let seen = access::topic_is_open_to(viewer, me, topic)
                    && access::post_is_open_to(viewer, post.author_id, post.hidden_at, post.deleted_at);
                match self {
                    _ if !seen => None,
                    Wants::Latest => access::is_listed_for(viewer, topic).then(|| Event::topic(topic)),
                    Wants::Topic(_) => Some(match act {
                        Act::Written => Event::post(post),
                        Act::Edited => Event { name: "edited", data: json!({ "number": post.number }) },
                        Act::Liked => {
                            let data = json!({ "post": post.id, "number": post.number, "count": post.like_count });
                            Event { name: "likes", data }
                        }
                    }),
                }
            }
        }
    }

    /// Whether it is about something that lists leave out for this viewer, or a writer whom they have muted.
    pub fn leaves_out(self, tx: &Tx, viewer: &Viewer, news: &News) -> Result<bool> {
        let (topic, author) = match &news.what {
            What::Writing { user, .. } => {
                return Ok(tx.first::<i64>(MUTED, params![viewer.id(), *user])?.is_some());
            }
            What::Topic(topic) => (topic, topic.author_id),
            What::Post { topic, post, .. } => (topic, post.author_id),
            _ => return Ok(false),
        };
        if self != Wants::Latest || viewer.user.is_none() {
            return Ok(false);
        }
        let wishes = Wishes::of_viewer(tx, viewer)?;
        Ok(wishes.muted_people.contains(&author) || wishes.leave_out(tx, &news.site, viewer, topic)?)
    }

    /// How things stand when a stream begins, for a page that was made a moment ago.
    pub fn now(self, tx: &Tx, site: &Site, viewer: &Viewer) -> Result<Option<Event>> {
        match self {
            Wants::Topic(id) => {
                let found: Option<Topic> = tx.first(queries::BY_ID, params![id])?;
                let seen = found.filter(|t| access::topic_is_open_to(viewer, viewer.id().unwrap_or(0), t));
                Ok(seen.map(|topic| {
                    let data = json!({ "topic": topic.id, "number": topic.highest_number });
                    Event { name: "post", data }
                }))
            }
            Wants::Latest => {
                let wishes = Wishes::of_viewer(tx, viewer)?;
                let sees = wishes.sees_of(site, viewer);
                let found: Vec<Topic> = tx.all(NEWEST, params![&sees, viewer.is_staff()])?;
                for topic in found {
                    if !wishes.leave_out(tx, site, viewer, &topic)? {
                        return Ok(Some(Event::topic(&topic)));
                    }
                }
                Ok(None)
            }
        }
    }
}
