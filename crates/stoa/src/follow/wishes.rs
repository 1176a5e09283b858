//! What somebody does not want to see in lists.

use std::collections::{HashMap, HashSet};

use super::{Level, queries};
use crate::db::{Tx, params};
use crate::web::error::Result;
use crate::web::visit::Visit;

/// A member's wishes, as far as lists need them; a stranger has none.
#[derive(Default)]
pub struct Wishes {
    rooms: HashMap<i64, Level>,
    pub muted_tags: Vec<i64>,
    pub muted_people: HashSet<i64>,
}

impl Wishes {
    pub fn of(tx: &Tx, v: &Visit) -> Result<Wishes> {
        let mut wishes = Wishes::default();
        let Some(me) = v.viewer.id() else { return Ok(wishes) };
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
        let is_muted = |id: i64| {
            let rooms = queries::with_parents(&v.site, id);
            rooms.iter().find_map(|room| self.rooms.get(room)) == Some(&Level::Muted)
        };
        if self.rooms.is_empty() {
            return v.viewer.sees.clone();
        }
        v.viewer.sees.iter().copied().filter(|id| !is_muted(*id)).collect()
    }
}
