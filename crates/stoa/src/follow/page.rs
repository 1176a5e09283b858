//! `GET` and `POST /settings/following`: what one follows, whom one has muted, and when levels rise by themselves.

use askama::Template;
use axum::response::Response;

use super::{Kind, Level, queries};
use crate::access;
use crate::accounts::Tab;
use crate::app::App;
use crate::db::{Tx, params};
use crate::topics::Topic;
use crate::topics::queries::{COLUMNS, columns};
use crate::web::error::Result;
use crate::web::page::redirect_saying;
use crate::web::routes::Field;
use crate::web::shell::Head;
use crate::web::{Form, Member, Refusal, Visit, field, page as show};

pub const FIELDS: &[Field] =
    &[field("track_after", 10), field("on_reply", 20), field("takes_messages", 5), field("shows_writing", 5)];
/// Topics shown.
const MOST: i64 = 100;

/// When a topic that one reads is tracked: seconds, and the end of its message's key.
const TRACK_AFTER: [(i64, &str); 5] =
    [(0, "at-once"), (60, "minute"), (240, "four-minutes"), (600, "ten-minutes"), (-1, "never")];
const ON_REPLY: [Level; 3] = [Level::Normal, Level::Tracking, Level::Watching];

/// Something followed: its name, where it is, its language, and the words of its level.
struct Followed {
    name: String,
    url: String,
    lang: String,
    level: String,
}

#[derive(Template)]
#[template(path = "follow/templates/settings.html")]
struct Page<'a> {
    v: &'a Visit,
    head: Head,
    tab: Tab,
    categories: Vec<Followed>,
    tags: Vec<Followed>,
    topics: Vec<Followed>,
    muted: Vec<(String, String)>,
    track_after: i64,
    on_reply: Level,
    takes_messages: bool,
}

impl Page<'_> {
    fn tracks_after(&self, seconds: &i64) -> bool {
        self.track_after == *seconds
    }

    fn reply_is(&self, level: &Level) -> bool {
        self.on_reply == *level
    }
}

const TOPICS: &str = concat!(
    "select ",
    columns!(),
    ", r.level from reads r join topics t on t.id = r.topic_id
     where r.user_id = $1 and r.level is not null and r.level <> 1 order by r.updated_at desc limit $2"
);

struct WithLevel {
    topic: Topic,
    level: i64,
}

impl crate::db::FromRow for WithLevel {
    fn from_row(row: &crate::db::Row) -> Result<Self> {
        Ok(WithLevel { topic: Topic::from_row(row)?, level: row.get(COLUMNS)? })
    }
}

pub async fn form(me: Member, app: App) -> Result {
    let user = me.user.id;
    let name_of =
        |level: i64| Level::from_number(level).map(|l| me.msg(format!("follow-{}", l.key()))).unwrap_or_default();
    let found = app.db.read(|tx| {
        let categories = queries::own(tx, user, Kind::Category)?;
        let categories = me.site.categories.iter().filter(|c| me.viewer.may_see(c.id)).filter_map(|c| {
            let level = categories.get(&c.id)?;
            Some(Followed { name: c.name.clone(), url: c.url(), lang: c.lang.clone(), level: name_of(*level as i64) })
        });
        let topics: Vec<WithLevel> = tx.all(TOPICS, params![user, MOST])?;
        let topics = topics.into_iter().filter(|t| access::sees_topic(&me, &t.topic)).map(|t| Followed {
            name: t.topic.title.clone(),
            url: t.topic.url(),
            lang: t.topic.lang.clone(),
            level: name_of(t.level),
        });
        let tags = tags(tx, &me)?.into_iter().map(|(name, level)| Followed {
            url: crate::tags::url(&name),
            name,
            lang: String::new(),
            level: name_of(level),
        });
        let muted: Vec<String> = tx.all(
            "select u.name from mutes m join users u on u.id = m.muted_id where m.user_id = $1 order by u.folded",
            params![user],
        )?;
        let (track_after, on_reply, takes_messages): (i64, i64, i64) =
            tx.one("select track_after, on_reply, takes_messages from users where id = $1", params![user])?;
        Ok(Page {
            v: &me,
            head: Head::titled(me.t.settings_following()).unlisted(),
            tab: Tab::Following,
            categories: categories.collect(),
            tags: tags.collect(),
            topics: topics.collect(),
            muted: muted.into_iter().map(|name| (crate::users::url(&name), name)).collect(),
            track_after,
            on_reply: Level::from_number(on_reply).unwrap_or(Level::Tracking),
            takes_messages: takes_messages == 1,
        })
    });
    show(&found.await?)
}

/// Tags with a wish that the member finds in lists: name and level.
fn tags(tx: &Tx, v: &Visit) -> Result<Vec<(String, i64)>> {
    let all: Vec<(String, i64)> = tx.all(
        "select g.name, f.level from follows f join tags g on g.id = f.subject
         where f.user_id = $1 and f.kind = 2 order by g.folded limit 500",
        params![v.viewer.id()],
    )?;
    let mut seen = Vec::new();
    for (name, level) in all {
        if crate::tags::show::find(tx, v, v.viewer.is_staff(), &name).is_ok() {
            seen.push((name, level));
        }
    }
    Ok(seen)
}

pub async fn submit(me: Member, app: App, f: Form) -> Result<Response> {
    let after = f.number("track_after").filter(|n| TRACK_AFTER.iter().any(|(known, _)| known == n));
    let on_reply = Level::from_key(f.text("on_reply")).filter(|level| ON_REPLY.contains(level));
    let (Some(after), Some(on_reply)) = (after, on_reply) else { return Err(Refusal::NotAForm.into()) };
    let (user, takes, writing) = (me.user.id, f.has("takes_messages"), f.has("shows_writing"));
    app.db
        .write(move |tx| {
            tx.exec(
                "update users set track_after = $2, on_reply = $3, takes_messages = $4, shows_writing = $5 where id = $1",
                params![user, after, on_reply as i64, i64::from(takes), writing],
            )
        })
        .await?;
    Ok(redirect_saying(&me, "/settings/following", "preferences-saved"))
}
