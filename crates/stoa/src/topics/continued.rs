//! A topic that goes on from a post of another: a relation of its own, looked up anew for each reader, because either side
//! may be renamed, moved, hidden or deleted, and not everybody sees both.

use sha2::{Digest, Sha256};

use super::queries::{COLUMNS, columns};
use crate::access;
use crate::db::{FromRow, Row, Tx, params};
use crate::topics::Topic;
use crate::web::error::Result;
use crate::web::visit::Visit;

/// The other side of a link, as its reader may see it.
#[derive(Clone, Debug, PartialEq, Eq)]
pub struct Other {
    pub title: String,
    pub lang: String,
    pub url: String,
    /// The post's number: in this topic where it is continued, in the other one where it comes from.
    pub number: i64,
}

/// What a page of a topic has links to.
#[derive(Clone, Debug, Default)]
pub struct Links {
    /// The post that this topic goes on from.
    pub from: Option<Other>,
    /// Topics that go on from posts of this page.
    pub into: Vec<Other>,
}

struct Found {
    topic: Topic,
    is_from: bool,
    number: i64,
    author: i64,
    hidden_at: Option<i64>,
    deleted_at: Option<i64>,
}

impl FromRow for Found {
    fn from_row(row: &Row) -> Result<Self> {
        Ok(Found {
            topic: Topic::from_row(row)?,
            is_from: row.get(COLUMNS)?,
            number: row.get(COLUMNS + 1)?,
            author: row.get(COLUMNS + 2)?,
            hidden_at: row.get(COLUMNS + 3)?,
            deleted_at: row.get(COLUMNS + 4)?,
        })
    }
}

/// $1 the topic, $2 and $3 the numbers of the posts shown.
const LINKS: &str = concat!(
    "select * from (select ",
    columns!(),
    ", 1 as is_from, p.number, p.author_id as post_author, p.hidden_at as post_hidden, p.deleted_at as post_deleted
        from continued c join posts p on p.id = c.post_id join topics t on t.id = p.topic_id where c.topic_id = $1
     union all select ",
    columns!(),
    ", 0, p.number, p.author_id, p.hidden_at, p.deleted_at
        from posts p join continued c on c.post_id = p.id join topics t on t.id = c.topic_id
        where p.topic_id = $1 and p.number between $2 and $3) l
     order by l.number, l.id limit 200"
);

/// The links of a topic's posts with numbers from `first` to `last`, as this viewer may see them. A topic without any
/// costs nothing.
pub fn of(tx: &Tx, v: &Visit, topic: &Topic, first: i64, last: i64) -> Result<Links> {
    let mut links = Links::default();
    if !topic.linked {
        return Ok(links);
    }
    for found in tx.all::<Found>(LINKS, params![topic.id, first, last])? {
        // What no list shows is not named here either; a conversation is named to those who take part.
        let is_named = match found.topic.is_message() {
            true => access::sees_topic(v, &found.topic),
            false => access::is_listed_for(&v.viewer, &found.topic),
        };
        if !is_named || !access::sees_post(v, found.author, found.hidden_at, found.deleted_at) {
            continue;
        }
        let url = if found.is_from { found.topic.url_of(found.number) } else { found.topic.url() };
        let other = Other { title: found.topic.title, lang: found.topic.lang, url, number: found.number };
        match found.is_from {
            true => links.from = Some(other),
            false => links.into.push(other),
        }
    }
    Ok(links)
}

impl Links {
    /// The topics that go on from a post.
    pub fn of_post(&self, number: &i64) -> impl Iterator<Item = &Other> {
        self.into.iter().filter(move |other| other.number == *number)
    }

    /// A part of a stored page's key: readers who see the same links share the page.
    pub fn key(&self) -> String {
        if self.from.is_none() && self.into.is_empty() {
            return String::new();
        }
        hex::encode(Sha256::digest(format!("{:?}", (&self.from, &self.into))))
    }
}

/// Remembers that a topic goes on from a post of another.
pub fn remember(tx: &Tx, topic: i64, post: i64) -> Result<()> {
    tx.exec("insert into continued (topic_id, post_id) values ($1, $2)", params![topic, post])?;
    tx.exec(
        "update topics set linked = 1, version = version + 1
         where id = $1 or id = (select topic_id from posts where id = $2)",
        params![topic, post],
    )?;
    Ok(())
}
