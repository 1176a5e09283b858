//! `POST /uploads`: takes a file in and answers with the Markdown that shows it, as JSON; and the same for the forms of
//! composers, where the file comes with the text.

use std::sync::LazyLock;
use std::time::Duration;

use axum::http::{StatusCode, header};
use axum::response::{IntoResponse, Response};
use sha2::{Digest, Sha256};
use tokio::sync::Semaphore;

use super::limits::Limits;
use super::picture::{self, Made};
use super::{NewFile, Stored, extension_of, later, sha1_of, told};
use crate::app::App;
use crate::db::{Tx, params};
use crate::web::error::{Error, Refusal, Result};
use crate::web::form::File;
use crate::web::page::refused;
use crate::web::routes::Field;
use crate::web::{FieldErrors, Form, Member, field};

pub const FIELDS: &[Field] = &[ALT];
/// What a picture shows, for those who do not see it.
pub const ALT: Field = field("alt", ALT_LONGEST);
/// The button that adds a file to a composer's text.
pub const ADD: Field = field("add_file", 5);
const ALT_LONGEST: usize = 1000;

/// Pictures read and written at once; each takes up to 256 MB.
pub static TURNS: LazyLock<Semaphore> = LazyLock::new(|| Semaphore::new(1));
/// How long one waits for a turn.
const PATIENCE: Duration = Duration::from_secs(30);

/// A file that was taken in.
pub struct Taken {
    pub stored: Stored,
    pub markdown: String,
    /// It moved, and only its first picture was kept.
    pub was_moving: bool,
}

/// Takes in a small copy of a picture that nobody sent, for the posts that `uses` are kept of. It goes like any other
/// file when nothing shows it.
pub fn keep_small(app: &App, bytes: &[u8], side: u32) -> Result<(Stored, String)> {
    let small = picture::small(bytes, side)?;
    let name = format!("preview.{}", small.extension);
    let stored = told(&NewFile { bytes: &small.bytes, name: &name, user_id: None, at: 0 });
    app.store.put(&stored.file_name(), &small.bytes)?;
    Ok((stored, sha1_of(&small.bytes)))
}

/// A file on its way into the store: what it is, and its smaller copies.
struct Kept {
    stored: Stored,
    sha1: String,
    variants: Vec<(i64, &'static str, i64)>,
    made: Option<Made>,
}

pub async fn submit(me: Member, app: App, f: Form) -> Result<Response> {
    let done = match f.file() {
        Some(file) => take(&me, &app, file, f.text("alt")).await,
        None => Err(Refusal::NoFile.into()),
    };
    let json = [(header::CONTENT_TYPE, "application/json")];
    Ok(match done {
        Ok(Taken { stored, markdown, was_moving }) => {
            let body = serde_json::json!({
                "markdown": markdown, "url": stored.url(), "name": stored.name,
                "width": stored.width, "height": stored.height,
                "note": if was_moving { me.t.upload_was_moving() } else { String::new() },
            });
            (StatusCode::CREATED, json, body.to_string()).into_response()
        }
        Err(Error::Refused(why)) => {
            let body = serde_json::json!({ "error": refused(&me, &why) });
            (why.status(), json, body.to_string()).into_response()
        }
        Err(other) => return Err(other),
    })
}

/// Takes the file of a composer's form in and writes it to the end of the text. Tells whether there was a file, or the
/// button for one was pressed: then the form comes back and nothing is published yet.
pub async fn into_text(me: &Member, app: &App, f: &Form, raw: &mut String, errors: &mut FieldErrors) -> Result<bool> {
    let Some(file) = f.file() else {
        if f.has(ADD.name) {
            errors.add("file", refused(me, &Refusal::NoFile));
        }
        return Ok(f.has(ADD.name));
    };
    match take(me, app, file, f.text("alt")).await {
        Ok(taken) => {
            if !raw.trim().is_empty() {
                raw.truncate(raw.trim_end().len());
                raw.push_str("\n\n");
            }
            raw.push_str(&taken.markdown);
            raw.push_str("\n\n");
            if taken.was_moving {
                errors.add("file", me.t.upload_was_moving());
            }
        }
        Err(Error::Refused(why)) => errors.add("file", refused(me, &why)),
        Err(other) => return Err(other),
    }
    Ok(true)
}

/// Takes a file in: looks whether it may come, writes pictures anew, keeps bytes and row.
pub async fn take(me: &Member, app: &App, file: &File, alt: &str) -> Result<Taken> {
    me.may_write()?;
    let limits = Limits::of(me);
    let name = tidy_name(&file.name);
    limits.take(&file.bytes, &extension_of(&file.bytes, &name))?;
    let (user, now, sent) = (me.user.id, me.now, file.bytes.len() as i64);
    let hash = hex::encode(Sha256::digest(&file.bytes));
    let known = app.db.read(|tx| {
        limits.today(tx, user, sent, now)?;
        tx.first::<String>("select extension from uploads where sha256 = $1", params![&hash])
    });
    let known = known.await?;
    app.throttle.upload(user)?;
    let is_picture = picture::is_picture(&file.bytes);
    let turn = match is_picture {
        true => match tokio::time::timeout(PATIENCE, TURNS.acquire()).await {
            Ok(turn) => Some(turn.map_err(|e| Error::Fault(e.into()))?),
            Err(_) => return Err(Refusal::Busy.into()),
        },
        false => None,
    };
    // A sweep does not run between the bytes and their row.
    let taking_in = app.taking_in.read().await;
    let (keeper, bytes) = (app.clone(), file.bytes.clone());
    // What is there already keeps its ending, whatever this sender calls it.
    let called = known.map_or_else(|| name.clone(), |ending| format!("known.{ending}"));
    let kept = tokio::task::spawn_blocking(move || keep(&keeper, &bytes, &called, is_picture));
    let Kept { stored, sha1, variants, made } = kept.await.map_err(|e| Error::Fault(e.into()))??;
    let stored = Stored { name, ..stored };
    drop(turn);
    let row = stored.clone();
    let id = app.db.write(move |tx| {
        limits.today(tx, user, sent, now)?;
        let id = super::add(tx, &row, &sha1, Some(user), now)?;
        tx.exec(
            "insert into upload_senders (upload_id, user_id, name, bytes, sent_at) values ($1, $2, $3, $4, $5)
             on conflict (upload_id, user_id) do update set name = excluded.name, sent_at = excluded.sent_at",
            params![id, user, &row.name, sent, now],
        )?;
        variants.iter().try_for_each(|variant| add_variant(tx, id, variant))?;
        Ok(id)
    });
    let id = id.await?;
    drop(taking_in);
    let was_moving = made.as_ref().is_some_and(|m| m.was_moving);
    if let Some(made) = made {
        later::make(app, id, stored.sha256.clone(), made);
    }
    Ok(Taken { markdown: markdown(&stored, alt), stored: Stored { id, ..stored }, was_moving })
}

fn keep(app: &App, bytes: &[u8], name: &str, is_picture: bool) -> Result<Kept> {
    if !is_picture {
        let stored = super::keep_file(app, &NewFile { bytes, name, user_id: None, at: 0 })?;
        return Ok(Kept { stored, sha1: sha1_of(bytes), variants: Vec::new(), made: None });
    }
    let made = picture::make(bytes)?;
    let main = &made.main.bytes;
    let stored = told(&NewFile { bytes: main, name, user_id: None, at: 0 });
    app.store.put(&stored.file_name(), main)?;
    let mut variants = Vec::new();
    for file in &made.others {
        variants.push(keep_variant(app, &stored.sha256, file)?);
    }
    Ok(Kept { stored, sha1: sha1_of(main), variants, made: Some(made) })
}

pub(super) fn keep_variant(app: &App, sha256: &str, file: &picture::File) -> Result<(i64, &'static str, i64)> {
    let width = i64::from(file.width);
    app.store.put(&super::variant_name(sha256, width, file.extension), &file.bytes)?;
    Ok((width, file.extension, file.bytes.len() as i64))
}

pub(super) fn add_variant(tx: &Tx, id: i64, (width, extension, bytes): &(i64, &str, i64)) -> Result<()> {
    tx.exec(
        "insert into upload_variants (upload_id, width, extension, bytes) values ($1, $2, $3, $4)
         on conflict (upload_id, width, extension) do update set bytes = excluded.bytes",
        params![id, width, *extension, bytes],
    )?;
    Ok(())
}

/// The Markdown that shows a file: an image, or a link with the file's name.
fn markdown(stored: &Stored, alt: &str) -> String {
    match stored.as_upload().is_image {
        true => format!("![{}]({})", escaped(&alt.split_whitespace().collect::<Vec<_>>().join(" ")), stored.url()),
        false => format!("[{}]({})", escaped(&stored.name), stored.url()),
    }
}

/// Text that Markdown takes for itself.
fn escaped(text: &str) -> String {
    let mut out = String::with_capacity(text.len());
    for c in text.chars() {
        if "\\[]*_`<&".contains(c) {
            out.push('\\');
        }
        out.push(c);
    }
    out
}

/// The last part of a file's name, without what cannot be seen or turns the direction.
fn tidy_name(name: &str) -> String {
    let last = name.rsplit(['/', '\\']).next().unwrap_or("");
    let odd = |c: char| {
        c.is_control() || matches!(c, '\u{200e}' | '\u{200f}' | '\u{202a}'..='\u{202e}' | '\u{2066}'..='\u{2069}' | '"')
    };
    let tidy: String = last.chars().filter(|c| !odd(*c)).take(200).collect();
    let tidy = tidy.trim_matches(['.', ' ']);
    if tidy.is_empty() { "file".into() } else { tidy.into() }
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn names_keep_their_letters_and_lose_tricks() {
        assert_eq!(tidy_name("C:\\Users\\Ada\\قطة.png"), "قطة.png");
        assert_eq!(tidy_name("../../etc/passwd"), "passwd");
        assert_eq!(tidy_name("invoice\u{202e}fdp.exe"), "invoicefdp.exe");
        assert_eq!(tidy_name(" .. "), "file");
    }

    #[test]
    fn words_stay_words_in_markdown() {
        let stored = Stored {
            id: 1,
            sha256: "a".repeat(64),
            extension: "pdf".into(),
            name: "a [draft] of *it*.pdf".into(),
            bytes: 1,
            width: None,
            height: None,
        };
        let rendered = stoa_markup::render(&markdown(&stored, ""), stoa_markup::Profile::Post, &stoa_markup::Nothing);
        assert_eq!(rendered.text, "a [draft] of *it*.pdf");
    }
}
