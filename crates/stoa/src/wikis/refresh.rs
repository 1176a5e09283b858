//! Wikis are asked once a day what they are like now: their names of namespaces and their interwiki maps change.

use std::time::Duration;

use url::Url;

use super::{find, queries};
use crate::app::App;
use crate::clock::HOUR;
use crate::db::params;
use crate::web::error::Result;

/// How often it is looked whether one is due.
const EVERY: Duration = Duration::from_secs(600);

/// Until the program ends.
pub async fn run(app: App) {
    loop {
        if let Err(why) = round(&app).await {
            tracing::warn!("asking the wikis what they are like: {why:?}");
        }
        tokio::time::sleep(EVERY).await;
    }
}

/// Asks those that are due, and tells how many there were. One that does not answer is asked again in an hour, and what
/// is known of it stays.
pub async fn round(app: &App) -> Result<usize> {
    let now = app.now();
    let due: Vec<(i64, String)> = app
        .db
        .read(|tx| tx.all("select id, api from wikis where next_ask_at <= $1 order by next_ask_at, id", params![now]))
        .await?;
    let mut asked = 0;
    for (id, api) in due {
        let mine = app.db.write(move |tx| {
            let sql = "update wikis set next_ask_at = $2 where id = $1 and next_ask_at <= $3";
            tx.exec(sql, params![id, now + HOUR, now])
        });
        // Another node may have taken it.
        if mine.await? == 1 {
            asked += 1;
            one(app, id, &api).await?;
        }
    }
    Ok(asked)
}

/// Asks one wiki, and keeps what it says; what is wrong when it says nothing.
pub async fn one(app: &App, id: i64, api: &str) -> Result<Option<find::Problem>> {
    let Ok(url) = Url::parse(api) else { return Ok(Some(find::Problem::Address)) };
    match find::ask(app, &url).await {
        Ok(found) => {
            let now = app.now();
            app.db.write(move |tx| queries::keep(tx, id, &found, now)).await?;
            Ok(None)
        }
        Err(problem) => {
            tracing::info!("the wiki at {api} did not say what it is like: {problem:?}");
            Ok(Some(problem))
        }
    }
}
