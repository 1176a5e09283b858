//! `GET /admin/wikis`: the wikis that the site is joined to.

use askama::Template;

use crate::app::App;
use crate::web::error::Result;
use crate::web::shell::Head;
use crate::web::{Member, Visit, page as show};
use crate::wikis::moved;

#[derive(Template)]
#[template(path = "wikis/templates/list.html")]
struct Page<'a> {
    v: &'a Visit,
    head: Head,
    /// Wikis that know the site by another address: their titles, and that address.
    elsewhere: Vec<(String, String)>,
    base: String,
}

pub async fn page(me: Member, app: App) -> Result {
    let base = app.config.base();
    let elsewhere = app.db.read(|tx| moved::elsewhere(tx, &base)).await?;
    show(&Page { v: &me, head: Head::titled(me.t.wikis_title()).unlisted(), elsewhere, base })
}
