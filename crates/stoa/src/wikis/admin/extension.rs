//! `POST /admin/wikis/{name}/extension`: whether the wiki is told what happens; `…/keys`: new keys for both directions.

use axum::response::Response;

use super::show::{self, Shown};
use super::{named, url};
use crate::app::App;
use crate::db::{Kind, params};
use crate::web::error::{Error, Result};
use crate::web::extract::Path;
use crate::web::page::redirect_saying;
use crate::web::routes::Field;
use crate::web::{Form, Member, field};
use crate::wikis::messages::{self, About};
use crate::wikis::{follow, keys, queries};

pub const FIELDS: &[Field] = &[field("delivers", 5)];

pub async fn submit(me: Member, app: App, Path(name): Path<String>, f: Form) -> Result<Response> {
    let wiki = named(&me, &name)?;
    let base = app.config.base();
    let (id, delivers, begins, now) = (wiki.id, f.text("delivers") == "1", !wiki.delivers, me.now);
    app.db
        .write(move |tx| {
            tx.exec("update wikis set delivers = $2, told_base = $3 where id = $1", params![id, delivers, &base])?;
            if delivers && begins {
                follow::begin(tx, id)?;
                messages::add(tx, id, About::Site, 0, None, now)?;
                messages::add_newest(tx, id, follow::NEWEST, now)?;
            }
            tx.changed(Kind::SettingsEdited, 0);
            Ok(())
        })
        .await?;
    Ok(redirect_saying(&me, &url(&wiki.name), "wiki-saved"))
}

/// Makes new keys and shows the wiki's own, this once.
pub async fn renew(me: Member, app: App, Path(name): Path<String>) -> Result<Response> {
    let wiki = named(&me, &name)?;
    let (id, sign_key, seed, now) = (wiki.id, keys::new_seed(), keys::new_seed(), me.now);
    let shown = seed.clone();
    app.db.write(move |tx| queries::renew_keys(tx, id, &sign_key, &seed, now)).await?;
    let wiki = app.db.read(|tx| queries::by_id(tx, id)).await?.ok_or(Error::NotFound)?;
    show::show(&me, &app, &wiki, Shown { seed: Some(shown), said: Some("wiki-keys-made"), ..Shown::default() }).await
}
