//! `POST /admin/wikis/{name}/login`: what the wiki knows the site as, and whether people log in with its accounts.

use axum::response::Response;
use url::Url;

use super::show::{self, Shown};
use super::{named, url};
use crate::app::App;
use crate::db::{Kind, params};
use crate::web::error::Result;
use crate::web::extract::Path;
use crate::web::page::redirect_saying;
use crate::web::routes::Field;
use crate::web::{FieldErrors, Form, Member, field};
use crate::wikis::{Wiki, queries};

pub const FIELDS: &[Field] = &[field("client", 300), field("secret", 1000), field("issuer", 300), field("login", 5)];
const CLIENT_LONGEST: usize = 100;
const SECRET_LONGEST: usize = 300;

/// The issuer of a wiki that shares its accounts with no other: where it was found.
pub(super) fn own_issuer(wiki: &Wiki) -> String {
    Url::parse(&wiki.api).map_or_else(|_| wiki.server.clone(), |api| api.origin().ascii_serialization())
}

pub async fn submit(me: Member, app: App, Path(name): Path<String>, f: Form) -> Result<Response> {
    let wiki = named(&me, &name)?;
    let (client, secret, login) = (f.text("client").to_owned(), f.text("secret").to_owned(), f.text("login") == "1");
    let known = app.db.read(|tx| queries::secrets(tx, wiki.id)).await?.oauth_secret;
    let secret = if secret.is_empty() { known } else { secret };
    let issuer = if f.has("issuer") { f.text("issuer").to_owned() } else { wiki.issuer.clone() };
    let mut errors = FieldErrors::default();
    let odd = |text: &str, most: usize| text.len() > most || !text.bytes().all(|b| b.is_ascii_graphic());
    if odd(&client, CLIENT_LONGEST) {
        errors.add("client", me.t.wiki_client_wrong());
    } else if login && client.is_empty() {
        errors.add("client", me.t.wiki_client_empty());
    }
    if odd(&secret, SECRET_LONGEST) {
        errors.add("secret", me.t.wiki_secret_wrong());
    } else if login && secret.is_empty() {
        errors.add("secret", me.t.wiki_secret_empty());
    }
    let others = me.site.wikis.iter().map(|w| w.issuer.as_str());
    if issuer != own_issuer(&wiki) && !others.into_iter().any(|other| other == issuer) {
        errors.add("issuer", me.t.wiki_issuer_wrong());
    }
    if !errors.is_empty() {
        return show::show(&me, &app, &wiki, Shown { errors, client: Some(client), ..Shown::default() }).await;
    }
    let id = wiki.id;
    app.db
        .write(move |tx| {
            tx.exec(
                "update wikis set oauth_client = $2, oauth_secret = $3, issuer = $4, login = $5 where id = $1",
                params![id, &client, &secret, &issuer, login],
            )?;
            tx.changed(Kind::SettingsEdited, 0);
            Ok(())
        })
        .await?;
    Ok(redirect_saying(&me, &url(&wiki.name), "wiki-saved"))
}
