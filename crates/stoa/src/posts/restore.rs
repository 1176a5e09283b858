//! `POST /p/{id}/restore`: an older version of a post becomes the newest; those in between stay in the history.

use axum::response::Response;
use stoa_markup::Profile;

use super::edit::{self, Edit};
use super::{Post, text};
use crate::access;
use crate::app::App;
use crate::db::{Tx, params};
use crate::may;
use crate::topics::Topic;
use crate::web::error::{Error, Refusal, Result};
use crate::web::extract::Path;
use crate::web::page::redirect_saying;
use crate::web::routes::Field;
use crate::web::{Form, Member, field};

/// `number`: after how many changes the version stood; 0 is what was first written.
pub const FIELDS: &[Field] = &[field("number", 20)];

/// A version of a post that is not the newest: its text and, of a first post, its title.
pub fn version(tx: &Tx, post: &Post, number: i64) -> Result<Option<(String, String)>> {
    tx.first("select raw, title from revisions where post_id = $1 and number = $2", params![post.id, number + 1])
}

pub async fn submit(me: Member, app: App, Path(id): Path<i64>, f: Form) -> Result<Response> {
    let number = f.number("number").filter(|n| (0..i64::MAX).contains(n)).ok_or(Refusal::NotAForm)?;
    for _ in 0..edit::TRIES {
        let found = app.db.read(|tx| {
            let (topic, post) = access::post(tx, &me, id)?;
            may::edit(&me, &topic, &post)?;
            let (raw, title) = version(tx, &post, number)?.ok_or(Error::NotFound)?;
            crate::polls::put::check(tx, id, &raw, me.now)?;
            Ok((topic, post, raw, title))
        });
        let (topic, post, raw, title) = found.await?;
        let edit = change(&me, &topic, &post, raw, title, number).await?;
        if let Some(place) = edit::save(&me, &app, edit).await? {
            return Ok(redirect_saying(&me, &place, "restored"));
        }
    }
    Err(Refusal::Busy.into())
}

async fn change(me: &Member, topic: &Topic, post: &Post, raw: String, title: String, number: i64) -> Result<Edit> {
    let rendered = text::cook_for(me, &raw, Profile::Post).await?;
    let lang = text::language_of(&rendered.text, &post.lang);
    Ok(Edit {
        post_id: post.id,
        editor_id: me.user.id,
        seen: post.revision_count,
        raw,
        rendered,
        lang,
        title: if title.is_empty() || !may::rename(me, post) { topic.title.clone() } else { title },
        tags: None,
        reason: match number {
            0 => me.t.restore_reason_first(),
            _ => me.t.restore_reason(number),
        },
        at: me.now,
    })
}
