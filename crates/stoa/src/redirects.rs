//! Addresses never die: what was renamed, moved or imported leaves a redirect.

use axum::http::Uri;
use axum::response::Response;

use crate::db::{Tx, params};
use crate::web::error::{Error, Result};
use crate::web::page::{moved, own_path};
use crate::web::visit::Visit;

/// Bytes an old path may have, as browsers send it (percent-encoded).
pub const LONGEST: usize = 500;

/// The answer for an address that has no page of its own but used to have one.
pub async fn find(visit: &Visit, uri: &Uri) -> Result<Option<Response>> {
    let path = uri.path().to_owned();
    if path.len() > LONGEST {
        return Ok(None);
    }
    let target = visit.app.db.read(|tx| {
        tx.first::<String>("select target from redirects where path = $1", params![path.trim_end_matches('/')])
    });
    Ok(target.await?.map(|target| moved(own_path(&target))))
}

/// The same for a page that has no other answer: what was not kept is not found.
pub async fn kept(visit: &Visit) -> Result {
    let uri: Uri = visit.path.parse().map_err(|_| Error::NotFound)?;
    find(visit, &uri).await?.ok_or(Error::NotFound)
}

/// Keeps an old address going to a new one; the newest word counts.
pub fn keep(tx: &Tx, path: &str, target: &str) -> Result<()> {
    tx.exec(
        "insert into redirects (path, target) values ($1, $2) on conflict (path) do update set target = excluded.target",
        params![path.trim_end_matches('/'), target],
    )?;
    Ok(())
}
