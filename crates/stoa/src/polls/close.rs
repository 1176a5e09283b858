//! A poll ends when its time has come: the pages that show it are made anew.

use std::time::Duration;

use crate::app::App;
use crate::db::{Kind, params};
use crate::web::error::Result;

/// Pages that are kept for strangers show an ended poll as open for this long at most.
const EVERY: Duration = Duration::from_secs(10);

/// Looks for polls that have ended, until the program ends.
pub async fn run(app: App) {
    loop {
        if let Err(e) = once(&app).await {
            tracing::warn!("ending polls: {e:?}");
        }
        tokio::time::sleep(EVERY).await;
    }
}

const DUE: &str = "select l.id, p.topic_id, p.id from polls l join posts p on p.id = l.post_id
    where l.closed_at is null and l.closes_at <= $1 order by l.closes_at limit 500";

/// One round. Several nodes may do it at once: the first one counts.
pub async fn once(app: &App) -> Result<()> {
    let now = app.now();
    if app.db.read(|tx| tx.all::<(i64, i64, i64)>(DUE, params![now])).await?.is_empty() {
        return Ok(());
    }
    let ended = app.db.write(move |tx| {
        for (poll, topic, post) in tx.all::<(i64, i64, i64)>(DUE, params![now])? {
            let first = tx.exec(
                "update polls set closed_at = closes_at where id = $1 and closed_at is null and closes_at <= $2",
                params![poll, now],
            )?;
            if first > 0 {
                tx.exec("update topics set version = version + 1 where id = $1", params![topic])?;
                tx.changed(Kind::PollEnded, post);
            }
        }
        Ok(())
    });
    ended.await
}
