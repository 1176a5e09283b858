//! What has had its time goes: expired sessions, used links, forms that were sent long ago, mails that went out, files that nothing shows.

use std::time::Duration;

use crate::app::App;
use crate::clock::{DAY, HOUR};
use crate::db::{Tx, params};
use crate::web::error::Result;

const EVERY: Duration = Duration::from_secs(3600);

/// Tidies up at start and then hourly, until the program ends.
pub async fn run(app: App) {
    loop {
        let now = app.now();
        if let Err(e) = app.db.write(move |tx| once(tx, now)).await {
            tracing::warn!("tidying up: {e:?}");
        }
        if let Err(e) = crate::uploads::sweep::once(&app).await {
            tracing::warn!("throwing unused uploads away: {e:?}");
        }
        app.throttle.tidy();
        tokio::time::sleep(EVERY).await;
    }
}

/// One round. Mail addresses leave the outbox a week after their mail went out or was given up.
pub fn once(tx: &Tx, now: i64) -> Result<()> {
    tx.exec("delete from sessions where expires_at < $1", params![now])?;
    tx.exec("delete from one_time_links where used_at is not null and used_at < $1", params![now - DAY])?;
    tx.exec(
        "delete from one_time_links where purpose <> 'confirm' and used_at is null and expires_at < $1",
        params![now - HOUR],
    )?;
    tx.exec("delete from one_time_links where used_at is null and expires_at < $1", params![now - 30 * DAY])?;
    tx.exec("delete from done_once where created_at < $1", params![now - DAY])?;
    tx.exec("delete from outbox where created_at < $1", params![now - 7 * DAY])?;
    Ok(())
}
