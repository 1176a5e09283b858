//! `POST /admin/wikis/moved`: wikis that know this site by another address are told the one it has now, so that what they show
//! leads to it. Somebody has to say so: a copy that was started elsewhere is not the site that moved.

use axum::response::Response;

use super::messages::{self, About};
use crate::app::App;
use crate::db::{Tx, params};
use crate::web::Member;
use crate::web::error::Result;
use crate::web::page::redirect_saying;

/// The number under which [`About::Site`] says that the site has moved.
const MOVED: i64 = 2;

/// Titles of wikis that know this site by another address, and one of those addresses.
pub fn elsewhere(tx: &Tx, base: &str) -> Result<Vec<(String, String)>> {
    tx.all(
        "select title, told_base from wikis where delivers = 1 and told_base <> '' and told_base <> $1
         order by position, id",
        params![base],
    )
}

/// Tells them.
pub async fn submit(me: Member, app: App) -> Result<Response> {
    let (base, now) = (app.config.base(), me.now);
    app.db
        .write(move |tx| {
            let sql = "update wikis set told_base = $1 where delivers = 1 and told_base <> '' and told_base <> $1 returning id";
            let told: Vec<i64> = tx.all(sql, params![&base])?;
            for wiki in told {
                messages::add(tx, wiki, About::Site, MOVED, None, now)?;
            }
            Ok(())
        })
        .await?;
    Ok(redirect_saying(&me, "/admin/wikis", "wikis-told"))
}
