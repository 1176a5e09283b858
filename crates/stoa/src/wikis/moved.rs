//! A site that has another address than its wikis know tells them when it starts, so that what they show leads to it.

use super::messages::{self, About};
use crate::app::App;
use crate::db::params;
use crate::web::error::Result;

/// The number under which [`About::Site`] says that the site has moved.
const MOVED: i64 = 2;

/// Tells every wiki that knows this site by another address; of how many there were.
pub async fn tell(app: &App) -> Result<usize> {
    let base = app.config.base();
    let known: Vec<(i64, String)> =
        app.db.read(|tx| tx.all("select id, told_base from wikis where delivers = 1 order by id", &[])).await?;
    let others: Vec<(i64, String)> = known.into_iter().filter(|(_, told)| *told != base).collect();
    if others.is_empty() {
        return Ok(0);
    }
    let now = app.now();
    let told = others.iter().filter(|(_, told)| !told.is_empty()).count();
    app.db
        .write(move |tx| {
            for (wiki, before) in &others {
                let sql = "update wikis set told_base = $2 where id = $1 and told_base = $3";
                // Another node may have been quicker; a wiki from before this was kept knows the address that it has.
                if tx.exec(sql, params![wiki, &base, before])? == 1 && !before.is_empty() {
                    messages::add(tx, *wiki, About::Site, MOVED, None, now)?;
                }
            }
            Ok(())
        })
        .await?;
    Ok(told)
}
