//! Levels that rise by themselves: who writes or reads long enough in a topic follows it more closely.

use super::{Level, Reason, queries};
use crate::db::{Tx, params};
use crate::site::Site;
use crate::web::error::Result;

/// Where somebody takes part.
#[derive(Clone, Copy, Debug)]
pub struct Place {
    pub user: i64,
    pub topic: i64,
    pub category: i64,
    pub now: i64,
}

/// Raises somebody's level for a topic. What they chose themselves stays, and nothing is ever lowered.
fn to(tx: &Tx, site: &Site, at: Place, level: Level, reason: Reason) -> Result<()> {
    let (has, why) = queries::of_topic(tx, site, at.user, at.topic, at.category)?;
    let is_wish = why == Reason::Chosen || (has == Level::Muted && reason == Reason::Read);
    if is_wish || has >= level {
        return Ok(());
    }
    tx.exec(
        "insert into reads (user_id, topic_id, last_number, updated_at, level, reason) values ($1, $2, 0, $5, $3, $4)
         on conflict (user_id, topic_id) do update set level = excluded.level, reason = excluded.reason",
        params![at.user, at.topic, level as i64, reason as i64, at.now],
    )?;
    Ok(())
}

/// The author of a new topic watches it.
pub fn started(tx: &Tx, site: &Site, at: Place) -> Result<()> {
    to(tx, site, at, Level::Watching, Reason::Started)
}

/// Whoever replies follows as closely as they have set.
pub fn replied(tx: &Tx, site: &Site, at: Place) -> Result<()> {
    let wish: Option<i64> = tx.first("select on_reply from users where id = $1", params![at.user])?;
    match wish.and_then(Level::from_number) {
        Some(level) => to(tx, site, at, level, Reason::Replied),
        None => Ok(()),
    }
}

/// Adds seconds that a topic was in front of its reader; after a while it is tracked.
pub fn read_for(tx: &Tx, site: &Site, at: Place, seconds: i64) -> Result<()> {
    let total: i64 = tx.one(
        "insert into reads (user_id, topic_id, last_number, updated_at, read_seconds) values ($1, $2, 0, $4, $3)
         on conflict (user_id, topic_id) do update set read_seconds = reads.read_seconds + excluded.read_seconds
         returning read_seconds",
        params![at.user, at.topic, seconds, at.now],
    )?;
    let after: i64 = tx.first("select track_after from users where id = $1", params![at.user])?.unwrap_or(-1);
    if after >= 0 && total >= after {
        to(tx, site, at, Level::Tracking, Reason::Read)?;
    }
    Ok(())
}
