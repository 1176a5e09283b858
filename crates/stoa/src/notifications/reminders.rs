//! Reminders of bookmarks become notices when their time has come.

use super::deliver::{self, Recipient, Thing};
use super::kinds::Kind;
use crate::app::App;
use crate::bookmarks;
use crate::db::params;
use crate::follow::Reason;
use crate::topics::{Topic, queries};
use crate::web::error::Result;

/// Tells of what is due now. Returns how many were told.
pub async fn round(app: &App) -> Result<usize> {
    let now = app.now();
    let waiting = app.db.read(|tx| {
        tx.first::<i64>(
            "select id from bookmarks where remind_at is not null and reminded_at is null and remind_at <= $1 limit 1",
            params![now],
        )
    });
    if waiting.await?.is_none() {
        return Ok(0);
    }
    let cached = app.clone();
    app.db
        .write(move |tx| {
            let site = cached.site.now(tx)?;
            let mut told = 0;
            for due in bookmarks::due(tx, now)? {
                let Some(topic): Option<Topic> = tx.first(queries::BY_ID, params![due.topic_id])? else { continue };
                let thing =
                    Thing { topic: &topic, post_id: due.post_id, number: due.number, actor: due.user_id, at: now };
                let recipient = Recipient { user: due.user_id, kind: Kind::Reminder, why: Reason::Reminder };
                told += deliver::all(tx, &site, &thing, &[recipient])?;
            }
            Ok(told)
        })
        .await
}
