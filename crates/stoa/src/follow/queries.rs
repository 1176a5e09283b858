//! What somebody follows, and at what level a topic reaches them.

use std::collections::HashMap;

use super::{Kind, Level, Reason};
use crate::db::{Tx, params};
use crate::site::{MESSAGES, Site};
use crate::web::error::Result;

/// Without any wish.
pub const DEFAULT: (Level, Reason) = (Level::Normal, Reason::Default);

/// Somebody's level for a topic and why, as it counts now: own, else of the tags, else of the nearest category.
pub fn of_topic(tx: &Tx, site: &Site, user: i64, topic: i64, category: i64) -> Result<(Level, Reason)> {
    let own: Option<(Option<i64>, i64)> =
        tx.first("select level, reason from reads where user_id = $1 and topic_id = $2", params![user, topic])?;
    match own.and_then(|(level, reason)| of_own(level, reason)) {
        Some(own) => Ok(own),
        None => of_place(tx, site, user, topic, category),
    }
}

/// Somebody's own level for a topic, from the numbers that `reads` has of it.
pub fn of_own(level: Option<i64>, reason: i64) -> Option<(Level, Reason)> {
    Some((Level::from_number(level?)?, Reason::from_number(reason)))
}

/// The level without any wish: whoever takes part in a conversation watches it.
pub fn default_in(category: i64) -> (Level, Reason) {
    if category == MESSAGES { (Level::Watching, Reason::Member) } else { DEFAULT }
}

/// The level that a topic gets from what somebody wishes for its tags and categories.
pub fn of_place(tx: &Tx, site: &Site, user: i64, topic: i64, category: i64) -> Result<(Level, Reason)> {
    if category == MESSAGES {
        return Ok(default_in(category));
    }
    let rooms = with_parents(site, category);
    let wishes: Vec<(i64, i64, i64)> = tx.all(
        "select kind, subject, level from follows where user_id = $1 and kind = 1 and subject in ids($2)
         union all select f.kind, f.subject, f.level from topic_tags tt
            join follows f on f.user_id = $1 and f.kind = 2 and f.subject = tt.tag_id where tt.topic_id = $3",
        params![user, &rooms, topic],
    )?;
    Ok(of_wishes(&wishes, &rooms))
}

/// The level that wishes (kind, subject, level) for categories and tags give to a topic; `rooms`: its category and
/// those around it, nearest first. A muted one wins over all others, then the closest.
pub fn of_wishes(wishes: &[(i64, i64, i64)], rooms: &[i64]) -> (Level, Reason) {
    let room =
        rooms.iter().find_map(|room| wishes.iter().find(|(kind, id, _)| *kind == Kind::Category as i64 && id == room));
    let tags = wishes.iter().filter(|(kind, _, _)| *kind == Kind::Tag as i64);
    let all = room.into_iter().chain(tags);
    let found: Vec<(Level, Reason)> = all
        .filter_map(|(kind, _, level)| {
            let reason = if *kind == Kind::Category as i64 { Reason::Category } else { Reason::Tag };
            Some((Level::from_number(*level)?, reason))
        })
        .collect();
    let muted = found.iter().find(|(level, _)| *level == Level::Muted);
    let closest = found.iter().max_by_key(|(level, _)| *level);
    muted.or(closest).copied().unwrap_or(DEFAULT)
}

/// A category and those it stands in, nearest first.
pub fn with_parents(site: &Site, category: i64) -> Vec<i64> {
    let mut rooms = vec![category];
    while let Some(parent) = site.category(rooms[rooms.len() - 1]).and_then(|c| c.parent_id) {
        if rooms.contains(&parent) {
            break;
        }
        rooms.push(parent);
    }
    rooms
}

/// Somebody's own wishes for categories or tags: subject and level.
pub fn own(tx: &Tx, user: i64, kind: Kind) -> Result<HashMap<i64, Level>> {
    let rows: Vec<(i64, i64)> =
        tx.all("select subject, level from follows where user_id = $1 and kind = $2", params![user, kind as i64])?;
    Ok(rows.into_iter().filter_map(|(id, level)| Some((id, Level::from_number(level)?))).collect())
}

/// One wish; normal when there is none.
pub fn one(tx: &Tx, user: i64, kind: Kind, subject: i64) -> Result<Level> {
    let level: Option<i64> = tx.first(
        "select level from follows where user_id = $1 and kind = $2 and subject = $3",
        params![user, kind as i64, subject],
    )?;
    Ok(level.and_then(Level::from_number).unwrap_or(Level::Normal))
}

/// Ids of the people somebody does not want to hear.
pub fn muted(tx: &Tx, user: i64) -> Result<Vec<i64>> {
    tx.all("select muted_id from mutes where user_id = $1 order by muted_id", params![user])
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn the_nearest_room_and_the_closest_tag_count_and_muting_wins() {
        let rooms = [3, 1];
        let level = |wishes: &[(i64, i64, i64)]| of_wishes(wishes, &rooms).0;
        assert_eq!(level(&[]), Level::Normal);
        assert_eq!(level(&[(1, 1, 4)]), Level::Watching, "a room's wish holds for the rooms in it");
        assert_eq!(level(&[(1, 1, 4), (1, 3, 1)]), Level::Normal, "the nearer room's wish comes first");
        assert_eq!(level(&[(1, 3, 3), (2, 9, 4)]), Level::Watching, "the closest of room and tags");
        assert_eq!(level(&[(1, 3, 4), (2, 9, 0)]), Level::Muted, "muting wins");
        assert_eq!(of_wishes(&[(2, 9, 3)], &rooms), (Level::Tracking, Reason::Tag));
    }
}
