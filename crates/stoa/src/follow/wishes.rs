//! What somebody does not want to see in lists.

use std::collections::{HashMap, HashSet};

use super::{Level, queries};
use crate::db::{Tx, params};
use crate::site::Site;
use crate::topics::Topic;
use crate::web::error::Result;
use crate::web::visit::{Viewer, Visit};

/// A member's wishes, as far as lists need them; a stranger has none.
#[derive(Default)]
pub struct Wishes {
    rooms: HashMap<i64, Level>,
    pub muted_tags: Vec<i64>,
    pub muted_people: HashSet<i64>,
}

impl Wishes {
    pub fn of(tx: &Tx, v: &Visit) -> Result<Wishes> {
        Self::of_viewer(tx, &v.viewer)
    }

    /// The same for whoever these are the eyes of.
    pub fn of_viewer(tx: &Tx, viewer: &Viewer) -> Result<Wishes> {
        let mut wishes = Wishes::default();
        let Some(me) = viewer.id() else { return Ok(wishes) };
        let rows: Vec<(i64, i64, i64)> = tx.all(
            "select kind, subject, level from follows where user_id = $1 and (kind = 1 or level = 0)
             union all select 0, muted_id, 0 from mutes where user_id = $1",
            params![me],
        )?;
        for (kind, subject, level) in rows {
            match (kind, Level::from_number(level)) {
                (0, _) => drop(wishes.muted_people.insert(subject)),
                (1, Some(level)) => drop(wishes.rooms.insert(subject, level)),
                _ => wishes.muted_tags.push(subject),
            }
        }
        Ok(wishes)
    }

    /// The categories that lists are made of: those one sees, without the muted.
    pub fn sees(&self, v: &Visit) -> Vec<i64> {
        self.sees_of(&v.site, &v.viewer)
    }

    /// The same for whoever these are the eyes of.
    pub fn sees_of(&self, site: &Site, viewer: &Viewer) -> Vec<i64> {
        viewer.sees.iter().copied().filter(|id| !self.is_muted_room(site, *id)).collect()
    }

    fn is_muted_room(&self, site: &Site, category: i64) -> bool {
        if self.rooms.is_empty() {
            return false;
        }
        let rooms = queries::with_parents(site, category);
        rooms.iter().find_map(|room| self.rooms.get(room)) == Some(&Level::Muted)
    }

    /// Whether lists leave a topic out for this member, as [`Row::is_muted`](crate::topics::list::Row) says it of a row.
    pub fn leave_out(&self, tx: &Tx, site: &Site, viewer: &Viewer, topic: &Topic) -> Result<bool> {
        let Some(me) = viewer.id() else { return Ok(false) };
        if self.is_muted_room(site, topic.category_id) || self.muted_people.contains(&topic.author_id) {
            return Ok(true);
        }
        let sql = "select 1 from reads where user_id = $1 and topic_id = $2 and level = 0
            union all select 1 from topic_tags where topic_id = $2 and tag_id in ids($3)";
        Ok(tx.first::<i64>(sql, params![me, topic.id, &self.muted_tags])?.is_some())
    }
}
