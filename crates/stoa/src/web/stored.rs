//! Pages that are the same for all who are not logged in, as long as nothing has happened on the site.

use axum::http::HeaderMap;

use crate::app::App;
use crate::clock::HOUR;
use crate::db::Tx;
use crate::db::changes;
use crate::web::error::Result;
use crate::web::page::html;
use crate::web::visit::Visit;

/// A page by its name (which says everything its content depends on, beside the reader and the state of the site):
/// from the cache for strangers, made anew for members.
pub async fn page(
    v: &Visit,
    app: &App,
    headers: &HeaderMap,
    name: &str,
    make: impl FnMut(&Tx) -> Result<String>,
) -> Result {
    if v.viewer.user.is_some() || v.said.is_some() {
        return html(app.db.read(make).await?);
    }
    let key = key(v, app, name).await?;
    if let Some(page) = app.pages.get(&key) {
        return Ok(page.answer(headers));
    }
    let text = app.db.read(make).await?;
    Ok(app.pages.put(key, "text/html; charset=utf-8", text)?.answer(headers))
}

/// The key under which a page for strangers is kept: its name, their language and look, and the newest change. While a
/// change is on its way that would leave the newest one as it is, the key is one that nobody asks for again.
pub async fn key(v: &Visit, app: &App, name: &str) -> Result<String> {
    let newest = match app.db.read(changes::settled).await? {
        Some(newest) => newest.to_string(),
        None => format!("unsettled {}", v.request_id),
    };
    // Pins and periods end without anything happening: nothing is kept for longer than an hour.
    let hour = v.now.div_euclid(HOUR);
    Ok(format!("{name} {} {} {} {newest} {hour}", v.t.code(), v.look.classes(), v.site.version))
}
