//! `/settings/wikis`: the accounts on wikis that are one's own, what the wikis say of them, and what that means here.

use askama::Template;
use axum::http::StatusCode;
use axum::response::Response;

use super::accounts::{self, Linked};
use super::{bot, standing};
use crate::accounts::{Tab, proof};
use crate::app::App;
use crate::db::Tx;
use crate::web::error::{Error, Result};
use crate::web::extract::Path;
use crate::web::page::redirect_saying;
use crate::web::shell::Head;
use crate::web::{Member, Policy, Routes, Visit, page_with_status};
use crate::wikis::Wiki;

pub(super) fn routes() -> Routes {
    Routes::new()
        .get("/settings/wikis", Policy::Members, page)
        .post("/settings/wikis/{name}/refresh", Policy::Members, &[], refresh)
        .post("/settings/wikis/{name}/unlink", Policy::Members, &[], unlink)
}

/// One set of accounts: the wikis that share it, and the account there that is one's own.
struct Row<'a> {
    wikis: Vec<&'a Wiki>,
    linked: Option<Linked>,
    /// A bot writes on one of them.
    has_bot: bool,
}

impl Row<'_> {
    /// The wiki that stands for them: the one with log-in, else the first.
    fn first(&self) -> &Wiki {
        self.wikis.iter().find(|w| w.takes_logins()).unwrap_or(&self.wikis[0])
    }

    fn titles(&self) -> String {
        self.wikis.iter().map(|w| w.title.as_str()).collect::<Vec<_>>().join(" · ")
    }
}

#[derive(Template)]
#[template(path = "wikis/templates/settings.html")]
struct Page<'a> {
    v: &'a Visit,
    head: Head,
    tab: Tab,
    rows: Vec<Row<'a>>,
    has_password: bool,
    /// Why the last act was not done.
    problem: Option<String>,
}

impl Page<'_> {
    /// The account's page on the wiki.
    fn page_of(&self, wiki: &Wiki, name: &str) -> String {
        wiki.page(&format!("User:{name}"))
    }

    /// Groups with a comma between.
    fn groups(&self, linked: &Linked) -> String {
        linked.groups.split(' ').filter(|g| *g != "autoconfirmed").collect::<Vec<_>>().join(", ")
    }
}

pub async fn page(me: Member, app: App) -> Result {
    show(&me, &app, None, StatusCode::OK).await
}

async fn show(me: &Member, app: &App, problem: Option<String>, status: StatusCode) -> Result {
    let user = me.user.id;
    let found = app.db.read(|tx| Ok((accounts::of_user(tx, user)?, proof::has_password(tx, user)?, bot::on(tx)?)));
    let (linked, has_password, bots) = found.await?;
    let mut rows: Vec<Row> = Vec::new();
    for wiki in &me.site.wikis {
        match rows.iter_mut().find(|row| row.wikis[0].issuer == wiki.issuer) {
            Some(row) => {
                row.wikis.push(wiki);
                row.has_bot |= bots.contains(&wiki.id);
            }
            None => {
                let own = linked.iter().find(|l| l.issuer == wiki.issuer).cloned();
                rows.push(Row { wikis: vec![wiki], linked: own, has_bot: bots.contains(&wiki.id) });
            }
        }
    }
    // What can be neither used nor linked is not worth a line.
    rows.retain(|row| row.linked.is_some() || row.first().takes_logins());
    let head = Head::titled(me.t.settings_wikis()).unlisted();
    page_with_status(status, &Page { v: me, head, tab: Tab::Wikis, rows, has_password, problem })
}

fn named(me: &Member, name: &str) -> Result<Wiki> {
    me.site.wiki(name).cloned().ok_or(Error::NotFound)
}

/// Asks the wiki anew what it says of the account.
pub async fn refresh(me: Member, app: App, Path(name): Path<String>) -> Result<Response> {
    let wiki = named(&me, &name)?;
    let user = me.user.id;
    let own = app.db.read(|tx| accounts::of_issuer(tx, user, &wiki.issuer)).await?.ok_or(Error::NotFound)?;
    app.throttle.wiki(user)?;
    if standing::one(&app, &wiki, own.id).await? {
        return Ok(redirect_saying(&me, "/settings/wikis", "wiki-refreshed"));
    }
    show(&me, &app, Some(me.t.settings_wiki_silent(&wiki.title)), StatusCode::BAD_GATEWAY).await
}

/// Takes the link away, unless nobody could log in to the account afterwards.
pub async fn unlink(me: Member, app: App, Path(name): Path<String>) -> Result<Response> {
    let wiki = named(&me, &name)?;
    let (user, issuer, site) = (me.user.id, wiki.issuer.clone(), me.site.clone());
    let done = app.db.write(move |tx| {
        if accounts::of_issuer(tx, user, &issuer)?.is_none() {
            return Err(Error::NotFound);
        }
        if !has_other_way(tx, user, &issuer, &site.wikis)? {
            return Ok(false);
        }
        accounts::unlink(tx, user, &issuer)
    });
    if done.await? {
        return Ok(redirect_saying(&me, "/settings/wikis", "wiki-unlinked"));
    }
    show(&me, &app, Some(me.t.settings_wiki_last(&wiki.title)), StatusCode::CONFLICT).await
}

/// A password, or another wiki that lets people log in.
fn has_other_way(tx: &Tx, user: i64, but: &str, wikis: &[Wiki]) -> Result<bool> {
    if proof::has_password(tx, user)? {
        return Ok(true);
    }
    let linked = accounts::of_user(tx, user)?;
    let open = |issuer: &str| wikis.iter().any(|w| w.issuer == issuer && w.takes_logins());
    Ok(linked.iter().any(|l| l.issuer != but && open(&l.issuer)))
}
