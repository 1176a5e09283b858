//! Who is in which group, and so who administers and moderates.

use crate::db::{Kind, Tx, params};
use crate::site::{ADMINISTRATORS, MODERATORS};
use crate::web::error::Result;

/// The group behind a role's name.
pub fn group_of(role: &str) -> Option<i64> {
    match role {
        "administrator" => Some(ADMINISTRATORS),
        "moderator" => Some(MODERATORS),
        _ => None,
    }
}

/// Puts somebody into a group. Their sessions end, so that what they may do changes with a log-in. `false` when they
/// were in it already.
pub fn grant(tx: &Tx, user: i64, group: i64, now: i64) -> Result<bool> {
    let new = tx.exec(
        "insert into group_members (group_id, user_id, created_at) values ($1, $2, $3) on conflict do nothing",
        params![group, user, now],
    )?;
    changed(tx, user, group, new, 1)
}

/// Takes somebody out of a group. Their sessions end. `false` when they were not in it.
pub fn revoke(tx: &Tx, user: i64, group: i64) -> Result<bool> {
    let gone = tx.exec("delete from group_members where group_id = $1 and user_id = $2", params![group, user])?;
    changed(tx, user, group, gone, -1)
}

fn changed(tx: &Tx, user: i64, group: i64, rows: u64, by: i64) -> Result<bool> {
    if rows == 0 {
        return Ok(false);
    }
    tx.exec("update groups set user_count = user_count + $2 where id = $1", params![group, by])?;
    crate::sessions::end_all(tx, user, None)?;
    tx.changed(Kind::GroupEdited, group);
    Ok(true)
}
