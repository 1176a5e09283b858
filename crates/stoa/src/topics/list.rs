//! Lists of topics: the rows, filled with names, tags and what is unread, in a fixed number of statements.

use std::collections::HashMap;

use crate::db::{Tx, params};
use crate::follow::wishes::Wishes;
use crate::topics::{Topic, queries};
use crate::users::avatar::Avatar;
use crate::web::error::Result;
use crate::web::paging::{self, PER_PAGE, Place};
use crate::web::visit::Visit;

/// Somebody beside a row.
#[derive(Clone, Debug, Default)]
pub struct Person {
    pub name: String,
    pub avatar: Avatar,
}

impl Person {
    pub fn url(&self) -> String {
        crate::users::url(&self.name)
    }
}

/// One row as a template prints it.
#[derive(Clone, Debug)]
pub struct Row {
    pub topic: Topic,
    pub author: Person,
    pub last: Person,
    pub tags: Vec<String>,
    /// Posts since the viewer was there; `None` when they never were.
    pub unread: Option<i64>,
    pub last_read: i64,
    /// Shown at the top, with its excerpt.
    pub is_pinned: bool,
    /// The reader's own level for it.
    pub level: Option<i64>,
    tag_ids: Vec<i64>,
}

impl Row {
    /// Where the title leads: to the first post not read yet.
    pub fn url(&self) -> String {
        match self.unread {
            Some(n) if n > 0 && self.last_read > 0 => self.topic.url_of(self.last_read + 1),
            _ => self.topic.url(),
        }
    }

    /// Whether the reader does not want to see it.
    pub fn is_muted(&self, wishes: &Wishes) -> bool {
        self.level == Some(0)
            || wishes.muted_people.contains(&self.topic.author_id)
            || self.tag_ids.iter().any(|tag| wishes.muted_tags.contains(tag))
    }

    pub fn last_url(&self) -> String {
        self.topic.url_of(self.topic.highest_number.max(1))
    }
}

/// The words and addresses of a page navigation.
#[derive(Clone, Debug, Default)]
pub struct Pager {
    pub previous: Option<String>,
    pub previous_words: String,
    pub next: Option<String>,
    pub next_words: String,
    pub here: String,
}

impl Pager {
    pub fn is_needed(&self) -> bool {
        self.previous.is_some() || self.next.is_some()
    }

    /// For a list in an order by time, newest first. `next` is the place to go on from, if there is more.
    pub fn of_list(v: &Visit, path: &str, page: i64, next: Option<Place>) -> Pager {
        let joint = if path.contains('?') { '&' } else { '?' };
        Pager {
            // Going back by number is only right as far as pages are counted; from further on it leads to the last
            // of those.
            previous: match page {
                1 => None,
                2 => Some(path.to_owned()),
                _ => Some(format!("{path}{joint}page={}", (page - 1).min(paging::COUNTED))),
            },
            previous_words: v.t.pager_newer(),
            next: next.map(|place| format!("{path}{joint}page={}&before={place}", page + 1)),
            next_words: v.t.pager_older(),
            here: v.t.pager_page(page),
        }
    }
}

/// Which part of a list is asked for.
#[derive(Clone, Copy, Debug)]
pub struct Slice {
    pub page: i64,
    pub before: Place,
    pub skip: i64,
}

impl Slice {
    /// Of `?page=` and `?before=`. Far pages need the place of the row before them.
    pub fn read(page: Option<&str>, before: Option<&str>) -> Result<Slice> {
        let page = paging::number(page)?;
        match before.filter(|b| !b.is_empty()) {
            Some(text) => match text.parse() {
                Ok(before) => Ok(Slice { page, before, skip: 0 }),
                Err(()) => Err(crate::web::Refusal::PageNumber.into()),
            },
            None if page <= paging::COUNTED => Ok(Slice { page, before: Place::NEWEST, skip: (page - 1) * PER_PAGE }),
            None => Err(crate::web::Refusal::PageNumber.into()),
        }
    }
}

/// Fills rows: people, tags, and what the viewer has read.
pub fn fill(tx: &Tx, v: &Visit, topics: Vec<Topic>) -> Result<Vec<Row>> {
    let ids: Vec<i64> = topics.iter().map(|t| t.id).collect();
    let people: Vec<i64> = topics.iter().flat_map(|t| [t.author_id, t.last_poster_id]).collect();
    let people = self::people(tx, &people)?;
    let mut tags: HashMap<i64, (Vec<String>, Vec<i64>)> = HashMap::new();
    for (topic, name, id) in tx.all::<(i64, String, i64)>(queries::TAGS, params![&ids])? {
        let (names, ids) = tags.entry(topic).or_default();
        names.push(name);
        ids.push(id);
    }
    let mut reads: HashMap<i64, (i64, Option<i64>)> = HashMap::new();
    if let Some(me) = v.viewer.id() {
        for (topic, last, level) in tx.all::<(i64, i64, Option<i64>)>(queries::READS, params![me, &ids])? {
            reads.insert(topic, (last, level));
        }
    }
    let person = |id: i64| people.get(&id).cloned().unwrap_or_default();
    let rows = topics.into_iter().map(|topic| {
        let own = reads.get(&topic.id).copied();
        // A topic that is followed but was never opened has not been read at all.
        let last_read = own.map(|(last, _)| last).filter(|last| *last > 0);
        let (names, tag_ids) = tags.remove(&topic.id).unwrap_or_default();
        Row {
            level: own.and_then(|(_, level)| level),
            tag_ids,
            author: person(topic.author_id),
            last: person(topic.last_poster_id),
            tags: names,
            unread: last_read.map(|n| (topic.highest_number - n).max(0)),
            last_read: last_read.unwrap_or(0),
            is_pinned: false,
            topic,
        }
    });
    Ok(rows.collect())
}

/// People by id.
pub fn people(tx: &Tx, ids: &[i64]) -> Result<HashMap<i64, Person>> {
    let mut ids = ids.to_vec();
    ids.sort_unstable();
    ids.dedup();
    let rows: Vec<(i64, String, Option<String>)> = tx.all(queries::PEOPLE, params![&ids])?;
    Ok(rows
        .into_iter()
        .map(|(id, name, picture)| (id, Person { avatar: Avatar::of(id, &name, picture.as_deref()), name }))
        .collect())
}
