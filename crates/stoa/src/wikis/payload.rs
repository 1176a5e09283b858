//! What is said to a wiki, made when it is sent, so that it is what is true then.

use serde_json::{Value, json};
use stoa_markup::excerpt;

use super::Wiki;
use super::messages::{About, Message};
use crate::access;
use crate::api::discussion::{Maker, direction, seq};
use crate::app::App;
use crate::clock::rfc3339;
use crate::db::{Tx, from_row, params};
use crate::notifications::kinds::Kind as Notice;
use crate::posts::{self, Post};
use crate::topics::{Topic, queries};
use crate::users;
use crate::web::error::Result;
use crate::web::visit::Viewer;

/// Characters of a notice's excerpt, and of a title.
const EXCERPT: usize = 300;
const TITLE: usize = 250;
/// The largest number that every program reads exactly (RFC 8259, section 6).
const NEWEST: i64 = (1 << 53) - 1;

/// A message's body; nothing when there is nothing to tell any more.
pub fn of(tx: &Tx, app: &App, wiki: &Wiki, message: &Message) -> Result<Option<Value>> {
    match About::from_number(message.kind) {
        Some(About::Discussion) => discussion(tx, app, message.subject),
        Some(About::Notice) => notice(tx, app, wiki, message),
        Some(About::NoticeRead) => read(tx, wiki, message),
        Some(About::Site) => Ok(Some(site(app, message.subject))),
        None => Ok(None),
    }
}

/// A topic as everybody sees it, or that it is not there.
fn discussion(tx: &Tx, app: &App, id: i64) -> Result<Option<Value>> {
    let site = app.site.now(tx)?;
    let found: Option<Topic> = tx.first(queries::BY_ID, params![id])?;
    let seq = found.as_ref().map_or(NEWEST, |t| seq(&site, t));
    let gone = json!({ "type": "discussion.deleted", "id": id, "seq": seq });
    let Some(topic) = found.filter(|t| access::is_listed_for(&Viewer::nobody(&site), t)) else {
        return Ok(Some(gone));
    };
    let whole = Maker { app, site: &site }.whole(tx, topic)?;
    Ok(Some(json!({ "type": "discussion.updated", "discussion": whole })))
}

struct Told {
    kind: i64,
    topic_id: Option<i64>,
    post_id: Option<i64>,
    actor_id: Option<i64>,
    actor: Option<String>,
    created_at: i64,
    read_at: Option<i64>,
    sub: Option<String>,
    actor_sub: Option<String>,
}
from_row!(Told { kind, topic_id, post_id, actor_id, actor, created_at, read_at, sub, actor_sub });

const TOLD: &str = "select n.kind, n.topic_id, n.post_id, n.actor_id, u.name, n.created_at, n.read_at,
        (select a.sub from wiki_accounts a where a.user_id = n.user_id and a.issuer = $2 limit 1),
        (select a.sub from wiki_accounts a where a.user_id = n.actor_id and a.issuer = $2 limit 1)
    from notifications n left join users u on u.id = n.actor_id where n.id = $1";

/// A notice, if its reader has not read it here meanwhile, and if it is about something that everybody may see: a wiki
/// is a public place.
fn notice(tx: &Tx, app: &App, wiki: &Wiki, message: &Message) -> Result<Option<Value>> {
    let Some(told) = tx.first::<Told>(TOLD, params![message.subject, &wiki.issuer])? else { return Ok(None) };
    let (Some(sub), Some(topic), None) = (&told.sub, told.topic_id, told.read_at) else { return Ok(None) };
    let Some(kind) = Notice::from_number(told.kind).and_then(word) else { return Ok(None) };
    let site = app.site.now(tx)?;
    let nobody = Viewer::nobody(&site);
    let topic: Option<Topic> = tx.first(queries::BY_ID, params![topic])?;
    let Some(topic) = topic.filter(|t| access::topic_is_open_to(&nobody, 0, t)) else { return Ok(None) };
    let post: Option<Post> = tx.first(posts::queries::BY_ID, params![told.post_id])?;
    let open = |p: &Post| access::post_is_open_to(&nobody, p.author_id, p.hidden_at, p.deleted_at);
    let Some(post) = post.filter(|p| p.topic_id == topic.id && open(p)) else { return Ok(None) };
    let actor = told.actor.unwrap_or_default();
    Ok(Some(json!({
        "type": "notification",
        "id": message.id,
        "kind": kind,
        "discussion": topic.id,
        "post": post.number,
        "title": excerpt(&topic.title, TITLE),
        "lang": topic.lang,
        "dir": direction(&topic.lang),
        "actor": { "name": actor, "sub": told.actor_id.and(told.actor_sub), "url": format!("{}{}", app.config.base(), users::url(&actor)) },
        "recipients": [{ "sub": sub }],
        "excerpt": excerpt(&posts::plain(&post.html), EXCERPT),
        "time": rfc3339(told.created_at),
    })))
}

/// What wikis call a kind of notice; nothing for what is private, and for what would be too much.
pub fn word(kind: Notice) -> Option<&'static str> {
    match kind {
        Notice::Mention => Some("mention"),
        Notice::Reply => Some("reply"),
        Notice::Quote => Some("quote"),
        Notice::Followed | Notice::FirstPost | Notice::Edited => Some("topic"),
        Notice::Like | Notice::Message | Notice::Invitation | Notice::Reminder => None,
    }
}

fn read(tx: &Tx, wiki: &Wiki, message: &Message) -> Result<Option<Value>> {
    let sub: Option<String> = tx.first(
        "select sub from wiki_accounts where user_id = $1 and issuer = $2",
        params![message.user_id, &wiki.issuer],
    )?;
    Ok(sub.map(|sub| json!({ "type": "notification.read", "id": message.subject, "recipients": [{ "sub": sub }] })))
}

/// How this site is, as numbers are stored: 0 live, 1 frozen, 2 moved.
fn site(app: &App, state: i64) -> Value {
    let state = match state {
        1 => "frozen",
        2 => "moved",
        _ => "live",
    };
    json!({ "type": "forum.state", "state": state, "base_url": app.config.base() })
}
