//! Keeps what is known of wiki pages true, for ever and without haste.

use std::time::Duration;

use super::{backlinks, check};
use crate::app::App;
use crate::web::error::Result;

/// How often it is looked for pages that have not been asked for lately.
const TICK: Duration = Duration::from_secs(5);

pub async fn run(app: App) {
    loop {
        match round(&app).await {
            Ok(true) => continue,
            Ok(false) => {}
            Err(why) => tracing::warn!("asking wikis about pages: {why:?}"),
        }
        tokio::time::sleep(TICK).await;
    }
}

/// Tells whether there may be more to ask.
pub async fn round(app: &App) -> Result<bool> {
    let wikis = app.db.read(crate::wikis::queries::all).await?;
    for wiki in wikis.iter().filter(|w| !w.delivers) {
        backlinks::round(app, wiki).await?;
    }
    check::round(app, &wikis).await
}
