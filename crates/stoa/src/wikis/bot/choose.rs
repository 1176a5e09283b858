//! `POST /t/{id}/mirror` and `/unmirror`: whether the bot tells of a discussion on a talk page; and `/settings/wikis/{name}/talk-page`:
//! whether it writes to somebody.

use axum::response::Response;

use super::of;
use crate::access;
use crate::app::App;
use crate::binding::title::{LONGEST, tidy};
use crate::db::{Tx, params};
use crate::web::error::{Error, Result};
use crate::web::extract::Path;
use crate::web::page::redirect_saying;
use crate::web::routes::Field;
use crate::web::visit::{Viewer, Visit};
use crate::web::{Form, Member, Policy, Routes, field};

const FIELDS: &[Field] = &[field("wiki", 40), field("page", 300)];
const UNDO_FIELDS: &[Field] = &[field("wiki", 40)];
const TALK_FIELDS: &[Field] = &[field("talk_page", 5)];

pub fn routes() -> Routes {
    Routes::new()
        .post("/t/{id}/mirror", Policy::Moderators, FIELDS, mirror)
        .post("/t/{id}/unmirror", Policy::Moderators, UNDO_FIELDS, unmirror)
        .post("/settings/wikis/{name}/talk-page", Policy::Members, TALK_FIELDS, talk_page)
}

/// A talk page on which a topic is told of.
pub struct Told {
    pub wiki: String,
    pub wiki_title: String,
    pub page: String,
    pub url: String,
}

/// Where a topic is told of.
pub fn told(tx: &Tx, v: &Visit, topic: i64) -> Result<Vec<Told>> {
    let rows: Vec<(i64, String)> =
        tx.all("select wiki_id, page from topic_mirrors where topic_id = $1 order by wiki_id", params![topic])?;
    let told = rows.into_iter().filter_map(|(id, page)| {
        let wiki = v.site.wikis.iter().find(|w| w.id == id)?;
        Some(Told { wiki: wiki.name.clone(), wiki_title: wiki.title.clone(), url: wiki.page(&page), page })
    });
    Ok(told.collect())
}

async fn mirror(me: Member, app: App, Path(id): Path<i64>, f: Form) -> Result<Response> {
    let wiki = me.site.wiki(f.text("wiki")).ok_or(Error::NotFound)?.id;
    let page = tidy(f.raw("page"));
    let (found, bot) = app.db.read(|tx| Ok((access::topic(tx, &me, id)?, of(tx, wiki)?))).await?;
    let is_public = access::topic_is_open_to(&Viewer::nobody(&me.site), 0, &found);
    let is_on = bot.is_some_and(|b| b.is_on);
    if !is_on || !is_public || page.is_empty() || page.chars().count() > LONGEST || page.contains(['|', '[', '{', '<'])
    {
        return Ok(redirect_saying(&me, &format!("/t/{id}/wikis"), "mirror-refused"));
    }
    let (user, now) = (me.user.id, me.now);
    app.db
        .write(move |tx| {
            tx.exec(
                "insert into topic_mirrors (topic_id, wiki_id, page, heading, user_id, created_at)
                 values ($1, $2, $3, '', $4, $5) on conflict (topic_id, wiki_id) do nothing",
                params![id, wiki, &page, user, now],
            )?;
            tx.exec("update wiki_bots set next_at = null where wiki_id = $1", params![wiki])
        })
        .await?;
    Ok(redirect_saying(&me, &format!("/t/{id}/wikis"), "mirror-begun"))
}

async fn unmirror(me: Member, app: App, Path(id): Path<i64>, f: Form) -> Result<Response> {
    let wiki = me.site.wiki(f.text("wiki")).ok_or(Error::NotFound)?.id;
    app.db.read(|tx| access::topic(tx, &me, id)).await?;
    app.db
        .write(move |tx| tx.exec("delete from topic_mirrors where topic_id = $1 and wiki_id = $2", params![id, wiki]))
        .await?;
    Ok(redirect_saying(&me, &format!("/t/{id}/wikis"), "mirror-ended"))
}

async fn talk_page(me: Member, app: App, Path(name): Path<String>, f: Form) -> Result<Response> {
    let issuer = me.site.wiki(&name).ok_or(Error::NotFound)?.issuer.clone();
    let (user, on) = (me.user.id, f.text("talk_page") == "1");
    app.db
        .write(move |tx| {
            tx.exec(
                "update wiki_accounts set talk_page = $3 where user_id = $1 and issuer = $2",
                params![user, &issuer, on],
            )
        })
        .await?;
    Ok(redirect_saying(&me, "/settings/wikis", "preferences-saved"))
}
