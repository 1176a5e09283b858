//! Notifications: what somebody is told, on the site and by mail, and why.
//!
//! Handlers tell nobody anything: a follower of the log does ([`follow`]), by the table of kinds ([`kinds`]).

pub mod deliver;
pub mod digest;
pub mod follow;
pub mod kinds;
pub mod mail;
pub mod page;
pub mod read;
pub mod reminders;
pub mod settings;
pub mod text;
pub mod unsubscribe;

use self::page::Kept;
use crate::access;
use crate::app::App;
use crate::db::{Tx, params};
use crate::topics::{Topic, queries};
use crate::web::error::Result;
use crate::web::visit::{Viewer, Visit};
use crate::web::{Policy, Routes};

pub fn routes() -> Routes {
    Routes::new()
        .get_with("/notifications", Policy::Members, page::QUERY, page::page)
        .get("/notifications/{id}", Policy::Members, page::open)
        .get("/notifications/count", Policy::Members, page::count)
        .post("/notifications/{id}/read", Policy::Members, &[], read::one)
        .post("/notifications/{id}/mute-topic", Policy::Members, &[], read::mute_topic)
        .post("/notifications/read-all", Policy::Members, &[], read::all)
        .get("/settings/notifications", Policy::Members, settings::form)
        .post("/settings/notifications", Policy::Members, settings::FIELDS, settings::submit)
        .get("/unsubscribe/{token}", Policy::Everyone, unsubscribe::form)
        .post("/unsubscribe/{token}", Policy::Signed, unsubscribe::FIELDS, unsubscribe::submit)
}

/// Where somebody's mail goes, unless it was sent back too often.
pub fn address(tx: &Tx, user: i64) -> Result<Option<String>> {
    tx.first(
        "select address from emails where user_id = $1 and confirmed_at is not null and stopped_at is null",
        params![user],
    )
}

/// Notices by id under the topics that their reader still sees, each topic's in the order in which they were told.
pub fn by_topic(tx: &Tx, v: &Visit, ids: &[i64]) -> Result<Vec<(Topic, Vec<Kept>)>> {
    let mut kept: Vec<Kept> = tx.all(page::BY_IDS, params![ids])?;
    kept.sort_by_key(|n| n.id);
    let mut topics: Vec<i64> = kept.iter().filter_map(|n| n.topic_id).collect();
    topics.sort_unstable();
    topics.dedup();
    let found: Vec<Topic> = tx.all(queries::BY_IDS, params![&topics])?;
    let seen = access::visible_topics(tx, v, found)?;
    let own = |topic: Topic| {
        let of_topic: Vec<Kept> = kept.extract_if(.., |n| n.topic_id == Some(topic.id)).collect();
        (topic, of_topic)
    };
    Ok(seen.into_iter().map(own).collect())
}

/// A member's eyes, for what is written for them; `None` for somebody who may not log in.
pub fn reader(tx: &Tx, app: &App, user: i64, now: i64) -> Result<Option<Visit>> {
    let site = app.site.now(tx)?;
    let viewer = Viewer::of_member(tx, &site, user, now)?;
    Ok(viewer.map(|viewer| Visit::of_reader(app, site, viewer, now)))
}
