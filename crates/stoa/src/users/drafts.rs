//! `GET /drafts`: what one has begun to write, to go on with or throw away.

use askama::Template;

use crate::access;
use crate::app::App;
use crate::db::{Tx, from_row, params};
use crate::messages;
use crate::topics::create;
use crate::web::error::Result;
use crate::web::shell::Head;
use crate::web::{Error, Member, Visit, page as show};

struct Kept {
    place: String,
    title: String,
    raw: String,
    updated_at: i64,
}
from_row!(Kept { place, title, raw, updated_at });

/// A draft as the list shows it.
struct Draft {
    place: String,
    words: String,
    /// Where to go on; `None` when what it was for is gone.
    url: Option<String>,
    excerpt: String,
    at: i64,
}

#[derive(Template)]
#[template(path = "users/templates/drafts.html")]
struct Page<'a> {
    v: &'a Visit,
    head: Head,
    drafts: Vec<Draft>,
}

/// The most there can be (`posts::preview`).
const MOST: i64 = 200;

pub async fn page(me: Member, app: App) -> Result {
    let drafts = app.db.read(|tx| {
        let kept: Vec<Kept> = tx.all(
            "select place, title, raw, updated_at from drafts where user_id = $1 order by updated_at desc limit $2",
            params![me.user.id, MOST],
        )?;
        kept.into_iter().map(|kept| draft(tx, &me, kept)).collect::<Result<Vec<Draft>>>()
    });
    let drafts = drafts.await?;
    show(&Page { v: &me, head: Head::titled(me.t.drafts_title()).unlisted(), drafts })
}

fn draft(tx: &Tx, v: &Visit, kept: Kept) -> Result<Draft> {
    let t = &v.t;
    let id = |prefix| kept.place.strip_prefix(prefix).and_then(|id: &str| id.parse::<i64>().ok());
    let found = if kept.place == create::PLACE {
        Some((if kept.title.is_empty() { t.drafts_topic() } else { kept.title }, "/new-topic".to_owned()))
    } else if let Some(post) = id(create::CONTINUED) {
        seen(access::post(tx, v, post))?.map(|(topic, post)| {
            let title = if kept.title.is_empty() { t.drafts_topic_from(&topic.title) } else { kept.title };
            (title, format!("/new-topic?from={}", post.id))
        })
    } else if kept.place == messages::create::PLACE {
        Some((if kept.title.is_empty() { t.drafts_message() } else { kept.title }, "/messages/new".to_owned()))
    } else if let Some(topic) = id("reply-") {
        seen(access::topic(tx, v, topic))?.map(|topic| (t.drafts_reply(&topic.title), format!("{}/reply", topic.url())))
    } else if let Some(post) = id("edit-") {
        seen(access::post(tx, v, post))?
            .map(|(topic, post)| (t.drafts_edit(&topic.title), format!("/p/{}/edit", post.id)))
    } else {
        None
    };
    let (words, url) = match found {
        Some((words, url)) => (words, Some(url)),
        None => (t.drafts_gone(), None),
    };
    Ok(Draft { place: kept.place, words, url, excerpt: stoa_markup::excerpt(&kept.raw, 200), at: kept.updated_at })
}

/// `None` for what one may not see (any more).
fn seen<T>(found: Result<T>) -> Result<Option<T>> {
    match found {
        Err(Error::NotFound) => Ok(None),
        other => other.map(Some),
    }
}
