//! `POST /preview`: a text as it will look; `POST /drafts`: a text kept while it is written.

use axum::http::{StatusCode, header};
use axum::response::{IntoResponse, Response};
use stoa_markup::Profile;

use crate::app::App;
use crate::db::params;
use crate::posts::{self, text};
use crate::web::error::Result;
use crate::web::page::{own_path, redirect_saying};
use crate::web::routes::Field;
use crate::web::{Form, Member, Refusal, field};

pub const FIELDS: &[Field] = &[field("raw", posts::FIELD_LIMIT)];
pub const DRAFT_FIELDS: &[Field] = &[
    field("place", 60),
    field("title", 1000),
    field("raw", posts::FIELD_LIMIT),
    field("category", 20),
    field("tags", 1000),
    field("to", 4000),
    field("version", 20),
    field("seen", 20),
];
pub const DISCARD_FIELDS: &[Field] = &[field("place", 60), field("back", 2000)];
/// Drafts one person may have.
const MOST: i64 = 200;

/// Answers with the HTML of the text alone.
pub async fn submit(me: Member, f: Form) -> Result {
    let raw = text::clean(f.raw("raw"));
    if raw.chars().count() > posts::LONGEST {
        return Err(Refusal::TooLarge.into());
    }
    let html = text::cook_for(&me, &raw, Profile::Post).await?.html.into_string();
    Ok(([(header::CONTENT_TYPE, "text/html; charset=utf-8")], html).into_response())
}

/// Keeps a draft. `version` is the one that was read: another one in the store means that a second tab or device was
/// quicker (409, with nothing overwritten). Answers with JSON.
pub async fn keep(me: Member, app: App, f: Form) -> Result<Response> {
    let place = f.text("place").to_owned();
    let known = [crate::topics::create::PLACE, crate::messages::create::PLACE].contains(&place.as_str())
        || ["reply-", "edit-", crate::topics::create::CONTINUED]
            .iter()
            .find_map(|of| place.strip_prefix(of))
            .is_some_and(|n| n.parse::<i64>().is_ok());
    if !known {
        return Err(Refusal::NotAForm.into());
    }
    let cut = |text: &str, most: usize| text.chars().take(most).collect::<String>();
    // Whom a message is for stands where topics have their tags.
    let beside = if place == crate::messages::create::PLACE { "to" } else { "tags" };
    let (title, tags) = (cut(&text::clean(f.text("title")), 255), cut(&text::clean(f.text(beside)), 500));
    let raw = text::clean(f.raw("raw"));
    let (category, version) = (f.number("category"), f.number("version").unwrap_or(0));
    let seen = f.number("seen");
    let (user, now) = (me.user.id, me.now);
    let kept = app.db.write(move |tx| {
        let had: Option<i64> =
            tx.first("select version from drafts where user_id = $1 and place = $2", params![user, &place])?;
        if had.unwrap_or(0) != version {
            return Ok(None);
        }
        if raw.trim().is_empty() && title.is_empty() {
            tx.exec("delete from drafts where user_id = $1 and place = $2", params![user, &place])?;
            return Ok(Some(0));
        }
        if had.is_none() && tx.one::<i64>("select count(*) from drafts where user_id = $1", params![user])? >= MOST {
            return Err(Refusal::TooManyOfThem.into());
        }
        let new: i64 = tx.one(
            "insert into drafts (user_id, place, title, raw, category_id, tags, version, updated_at, seen)
             values ($1, $2, $3, $4, $5, $6, 1, $7, $8)
             on conflict (user_id, place) do update set title = excluded.title, raw = excluded.raw,
                category_id = excluded.category_id, tags = excluded.tags, version = drafts.version + 1,
                updated_at = excluded.updated_at, seen = excluded.seen
             returning version",
            params![user, &place, &title, &raw, category, &tags, now, seen],
        )?;
        Ok(Some(new))
    });
    let json = [(header::CONTENT_TYPE, "application/json")];
    Ok(match kept.await? {
        Some(version) => {
            let body = serde_json::json!({"version": version, "saved_at": crate::clock::rfc3339(now)});
            (json, body.to_string()).into_response()
        }
        None => (StatusCode::CONFLICT, json, r#"{"conflict":true}"#).into_response(),
    })
}

/// Throws a draft away.
pub async fn discard(me: Member, app: App, f: Form) -> Result<Response> {
    let (user, place) = (me.user.id, f.text("place").to_owned());
    app.db
        .write(move |tx| tx.exec("delete from drafts where user_id = $1 and place = $2", params![user, &place]))
        .await?;
    Ok(redirect_saying(&me, own_path(f.text("back")), "draft-discarded"))
}
