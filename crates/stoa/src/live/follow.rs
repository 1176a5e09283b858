//! The follower of a node: runs while somebody listens, and passes on what the log says.

use std::time::Duration;

use super::news;
use crate::app::App;
use crate::db::changes::{self, Cursor};
use crate::web::error::Result;

/// Entries of the log taken at once.
const BATCH: usize = 200;
/// How often the log is looked at when no bell rings: other nodes' writes ring none here, and on PostgreSQL an entry
/// waits for older transactions.
const TICK: Duration = Duration::from_millis(500);

/// Follows as long as there are streams.
pub async fn run(app: App) {
    let mut bell = app.db.doorbell();
    loop {
        bell.mark_unchanged();
        if let Err(why) = catch_up(&app).await {
            tracing::error!("live streams fell behind: {why:?}");
            tokio::time::sleep(Duration::from_secs(2)).await;
        }
        if app.live.rests() {
            return;
        }
        tokio::select! {
            _ = bell.changed() => {}
            () = tokio::time::sleep(TICK) => {}
        }
    }
}

async fn catch_up(app: &App) -> Result<()> {
    loop {
        let from = app.live.place();
        let found = app.db.read(|tx| {
            let entries = changes::after(tx, from, BATCH)?;
            // Read after the entries: rights that were taken before something was written are taken.
            let site = app.site.now(tx)?;
            let news = news::of(tx, &site, &entries)?;
            let to = entries.last().map_or(from, |e| Cursor { xid: e.xid, seq: e.seq });
            Ok((to, site, news, entries.len()))
        });
        let (to, site, news, count) = found.await?;
        app.live.tell(to, site, news);
        if count < BATCH {
            return Ok(());
        }
    }
}
