//! What an entry of the log means, looked up once for all streams.

use std::collections::HashMap;
use std::sync::Arc;

use crate::db::changes::{Cursor, Entry};
use crate::db::{Kind, Tx, from_row, params};
use crate::site::Site;
use crate::topics::{Topic, queries};
use crate::web::error::Result;

/// One thing that happened, and the site as it was right after.
pub struct News {
    pub at: Cursor,
    pub site: Arc<Site>,
    pub what: What,
}

pub enum What {
    /// Rights, groups or settings are others now: every viewer is looked at again.
    Site,
    /// So much is new that each page is loaded anew.
    Everything,
    Topic(Arc<Topic>),
    Post {
        act: Act,
        post: Post,
        topic: Arc<Topic>,
    },
    /// Somebody writes a reply, and shows it. Not in the log: it has no place.
    Writing {
        topic: Arc<Topic>,
        user: i64,
        name: String,
    },
    /// How many notifications these members have not seen. Not in the log: it has no place.
    Bells(HashMap<i64, i64>),
}

/// What became of a post.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub enum Act {
    Written,
    Edited,
    Liked,
}

/// A post's bare facts.
#[derive(Clone, Debug)]
pub struct Post {
    pub id: i64,
    pub topic_id: i64,
    pub number: i64,
    pub author_id: i64,
    pub like_count: i64,
    pub hidden_at: Option<i64>,
    pub deleted_at: Option<i64>,
}
from_row!(Post { id, topic_id, number, author_id, like_count, hidden_at, deleted_at });

const POSTS: &str = "select id, topic_id, number, author_id, like_count, hidden_at, deleted_at from posts
    where id in ids($1)";

fn act(kind: i64) -> Option<Act> {
    match kind {
        k if k == Kind::PostCreated as i64 => Some(Act::Written),
        k if k == Kind::PostEdited as i64 => Some(Act::Edited),
        k if k == Kind::PostLiked as i64 => Some(Act::Liked),
        _ => None,
    }
}

/// The entries that mean something to streams, in their order, as things stand now: what is hidden by now was never there.
pub fn of(tx: &Tx, site: &Arc<Site>, entries: &[Entry]) -> Result<Vec<News>> {
    let subjects = |wanted: &dyn Fn(&Entry) -> bool| -> Vec<i64> {
        entries.iter().filter(|e| wanted(e)).map(|e| e.subject).collect()
    };
    let is_topic = |e: &Entry| e.kind == Kind::TopicCreated as i64;
    let posts = subjects(&|e| act(e.kind).is_some());
    let mut topics = subjects(&is_topic);
    let posts: HashMap<i64, Post> = match posts.is_empty() {
        true => HashMap::new(),
        false => tx.all::<Post>(POSTS, params![&posts])?.into_iter().map(|p| (p.id, p)).collect(),
    };
    topics.extend(posts.values().map(|p| p.topic_id));
    let topics: HashMap<i64, Arc<Topic>> = match topics.is_empty() {
        true => HashMap::new(),
        false => tx.all::<Topic>(queries::BY_IDS, params![&topics])?.into_iter().map(|t| (t.id, t.into())).collect(),
    };
    let what = |entry: &Entry| {
        if entry.kind == Kind::Imported as i64 {
            return Some(What::Everything);
        }
        if is_topic(entry) {
            return topics.get(&entry.subject).map(|topic| What::Topic(topic.clone()));
        }
        let act = act(entry.kind)?;
        let post = posts.get(&entry.subject)?.clone();
        let topic = topics.get(&post.topic_id)?.clone();
        Some(What::Post { act, post, topic })
    };
    let news = entries.iter().filter_map(|entry| {
        let at = Cursor { xid: entry.xid, seq: entry.seq };
        Some(News { at, site: site.clone(), what: what(entry)? })
    });
    Ok(news.collect())
}
