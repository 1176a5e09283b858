//! Reminders whose time has come.

use crate::db::{Tx, from_row, params};
use crate::web::error::Result;

/// A reminder that is due. Whether its person still sees the post is for the one who tells them to ask.
#[derive(Clone, Debug, PartialEq, Eq)]
pub struct Due {
    pub bookmark_id: i64,
    pub user_id: i64,
    pub post_id: i64,
    pub topic_id: i64,
    pub number: i64,
    pub note: String,
}
from_row!(Due { bookmark_id, user_id, post_id, topic_id, number, note });

/// Reminders taken at once.
const MOST: i64 = 500;

/// Takes what is due, oldest first: each is handed out once, by the transaction that tells its person.
pub fn due(tx: &Tx, now: i64) -> Result<Vec<Due>> {
    let found: Vec<Due> = tx.all(
        "select b.id, b.user_id, b.post_id, p.topic_id, p.number, b.note
         from bookmarks b join posts p on p.id = b.post_id
         where b.remind_at is not null and b.reminded_at is null and b.remind_at <= $1
         order by b.remind_at, b.id limit $2",
        params![now, MOST],
    )?;
    let mut taken = Vec::with_capacity(found.len());
    for one in found {
        // Of two nodes that look at once, one changes the row.
        let changed = tx.exec(
            "update bookmarks set reminded_at = $2 where id = $1 and reminded_at is null",
            params![one.bookmark_id, now],
        )?;
        if changed > 0 {
            taken.push(one);
        }
    }
    Ok(taken)
}
