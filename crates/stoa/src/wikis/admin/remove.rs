//! `GET /admin/wikis/{name}/remove`: what goes with a wiki; `POST`: it is taken away.

use askama::Template;
use axum::response::Response;

use super::named;
use crate::app::App;
use crate::web::error::Result;
use crate::web::extract::Path;
use crate::web::page::redirect_saying;
use crate::web::shell::Head;
use crate::web::{Member, Visit, page as answer};
use crate::wikis::{Wiki, queries};

#[derive(Template)]
#[template(path = "wikis/templates/remove.html")]
struct Page<'a> {
    v: &'a Visit,
    head: Head,
    wiki: &'a Wiki,
    /// Accounts here that belong to accounts there.
    people: i64,
    /// Those of them that have no other way in.
    only: i64,
}

pub async fn form(me: Member, app: App, Path(name): Path<String>) -> Result {
    let wiki = named(&me, &name)?;
    let (people, only) = app.db.read(|tx| queries::people(tx, &wiki)).await?;
    answer(&Page {
        v: &me,
        head: Head::titled(me.t.wiki_remove_title(&wiki.title)).unlisted(),
        wiki: &wiki,
        people,
        only,
    })
}

pub async fn submit(me: Member, app: App, Path(name): Path<String>) -> Result<Response> {
    let id = named(&me, &name)?.id;
    app.db.write(move |tx| queries::remove(tx, id)).await?;
    Ok(redirect_saying(&me, "/admin/wikis", "wiki-removed"))
}
