//! `POST /admin/wikis/{name}`: what the wiki is called here and where it stands; `…/refresh`: what it is like now.

use axum::response::Response;

use super::show::{self, Shown};
use super::{named, url};
use crate::admin::line;
use crate::app::App;
use crate::db::{Kind, params};
use crate::web::error::Result;
use crate::web::extract::Path;
use crate::web::page::redirect_saying;
use crate::web::routes::Field;
use crate::web::{FieldErrors, Form, Member, field};
use crate::wikis::refresh as site_data;

pub const FIELDS: &[Field] = &[field("title", 1000), field("position", 6)];
/// Characters.
const TITLE_LONGEST: usize = 100;
const POSITION_MOST: i64 = 9999;

pub async fn submit(me: Member, app: App, Path(name): Path<String>, f: Form) -> Result<Response> {
    let wiki = named(&me, &name)?;
    let title = line(f.raw("title"));
    let length = title.chars().count();
    let mut errors = FieldErrors::default();
    if title.is_empty() {
        errors.add("title", me.t.wiki_title_empty());
    } else if length > TITLE_LONGEST {
        errors.add("title", me.t.setting_too_long(TITLE_LONGEST, length));
    }
    let position = if f.has("position") { f.number("position") } else { Some(wiki.position) };
    let position = position.filter(|n| (0..=POSITION_MOST).contains(n));
    if position.is_none() {
        errors.add("position", me.t.wiki_position_wrong(POSITION_MOST));
    }
    let (true, Some(position)) = (errors.is_empty(), position) else {
        return show::show(&me, &app, &wiki, Shown { errors, title: Some(title), ..Shown::default() }).await;
    };
    let id = wiki.id;
    app.db
        .write(move |tx| {
            tx.exec("update wikis set title = $2, position = $3 where id = $1", params![id, &title, position])?;
            tx.changed(Kind::SettingsEdited, 0);
            Ok(())
        })
        .await?;
    Ok(redirect_saying(&me, &url(&wiki.name), "wiki-saved"))
}

/// Asks the wiki what it is like now.
pub async fn refresh(me: Member, app: App, Path(name): Path<String>) -> Result<Response> {
    let wiki = named(&me, &name)?;
    match site_data::one(&app, wiki.id, &wiki.api).await? {
        None => Ok(redirect_saying(&me, &url(&wiki.name), "wiki-asked")),
        Some(problem) => {
            let found = vec![super::check::Line::bad(me.msg(problem.key()))];
            show::show(&me, &app, &wiki, Shown { found, ..Shown::default() }).await
        }
    }
}
