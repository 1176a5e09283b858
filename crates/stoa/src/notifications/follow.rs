//! The follower that tells people: reads the log, finds whom each thing concerns, and writes what they are told together
//! with its place in the log, so that nothing is told twice or not at all.
//!
//! A post that many watch is told in parts, each a transaction of its own; how far it got stands beside the place.

use std::collections::HashMap;
use std::time::Duration;

use super::deliver::{self, Recipient, Thing, once_each};
use super::kinds::Kind as Notice;
use crate::app::App;
use crate::brought;
use crate::db::changes::{self, Cursor, Entry};
use crate::db::{Kind, Tx, params};
use crate::follow::{self, Level, Reason};
use crate::messages;
use crate::posts::{self, Post};
use crate::site::Site;
use crate::topics::{Topic, queries};
use crate::users::names;
use crate::web::error::Result;

const NAME: &str = "notifications";
/// Entries of the log looked at in one transaction.
const BATCH: usize = 50;
/// Watchers told in one transaction.
const PART: usize = 4_000;
/// How often the log is looked at when no bell rings.
const TICK: Duration = Duration::from_secs(1);

/// Follows for ever.
pub async fn run(app: App) {
    let mut bell = app.db.doorbell();
    let mut rung = HashMap::new();
    loop {
        bell.mark_unchanged();
        let told = round(&app).await;
        if let Err(why) = told {
            tracing::error!("telling people fell behind: {why:?}");
            tokio::time::sleep(Duration::from_secs(5)).await;
        }
        if let Err(why) = ring(&app, &mut rung).await {
            tracing::warn!("ringing bells: {why:?}");
        }
        tokio::select! {
            _ = bell.changed() => {}
            () = tokio::time::sleep(TICK) => {}
        }
    }
}

async fn round(app: &App) -> Result<()> {
    super::reminders::round(app).await?;
    messages::look::end(app).await?;
    catch_up(app).await
}

const UNSEEN: &str = "select n.user_id, count(*) from notifications n
    where n.seen_at is null and n.user_id in ids($1) group by n.user_id";

/// Tells the open pages of this node's members how many notices are new, when that is another number than before.
async fn ring(app: &App, rung: &mut HashMap<i64, i64>) -> Result<()> {
    let here = app.live.members();
    rung.retain(|user, _| here.contains(user));
    if here.is_empty() {
        return Ok(());
    }
    let found: HashMap<i64, i64> =
        app.db.read(|tx| tx.all::<(i64, i64)>(UNSEEN, params![&here])).await?.into_iter().collect();
    let mut news = HashMap::new();
    for user in here {
        let count = found.get(&user).copied().unwrap_or(0);
        if rung.insert(user, count).is_some_and(|before| before != count) {
            news.insert(user, count);
        }
    }
    if !news.is_empty() {
        app.live.ring(news);
    }
    Ok(())
}

/// Tells everything up to the end of the log.
pub async fn catch_up(app: &App) -> Result<()> {
    while step(app).await? {}
    Ok(())
}

/// Where the follower is: its cursor, and how far it got with the watchers of the entry after it.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
struct Stand {
    at: Cursor,
    part: i64,
}

/// The next few entries, or the next part of one that many watch. Tells whether there may be more.
async fn step(app: &App) -> Result<bool> {
    let cached = app.clone();
    let found = app.db.read(|tx| {
        let stand = stand(tx)?;
        match stand {
            Some(stand) => Ok((Some(stand), changes::after(tx, stand.at, BATCH)?)),
            None => Ok((None, Vec::new())),
        }
    });
    let (Some(stand), entries) = found.await? else {
        changes::begin(&app.db, NAME).await?;
        return Ok(true);
    };
    if entries.is_empty() {
        return Ok(false);
    }
    app.db
        .write(move |tx| {
            // Another node may have been here in the meantime.
            if !claim(tx, stand)? {
                return Ok(());
            }
            let site = cached.site.now(tx)?;
            let now = cached.now();
            let mut part = stand.part;
            let mut done = stand.at;
            for entry in &entries {
                let next = tell(tx, &site, entry, part, now)?;
                if let Some(next) = next {
                    return keep(tx, Stand { at: done, part: next });
                }
                part = 0;
                done = Cursor { xid: entry.xid, seq: entry.seq };
            }
            keep(tx, Stand { at: done, part: 0 })
        })
        .await?;
    Ok(true)
}

fn stand(tx: &Tx) -> Result<Option<Stand>> {
    let row: Option<(i64, i64, i64)> =
        tx.first("select xid, seq, part from followers where name = $1", params![NAME])?;
    Ok(row.map(|(xid, seq, part)| Stand { at: Cursor { xid, seq }, part }))
}

/// Takes the row of this follower, if it is still where it was read.
fn claim(tx: &Tx, stand: Stand) -> Result<bool> {
    let taken = tx.exec(
        "update followers set part = part where name = $1 and xid = $2 and seq = $3 and part = $4",
        params![NAME, stand.at.xid, stand.at.seq, stand.part],
    )?;
    Ok(taken == 1)
}

fn keep(tx: &Tx, stand: Stand) -> Result<()> {
    tx.exec(
        "update followers set xid = $2, seq = $3, part = $4 where name = $1",
        params![NAME, stand.at.xid, stand.at.seq, stand.part],
    )?;
    Ok(())
}

/// Tells of one entry. Returns where to go on with its watchers, if there are more.
fn tell(tx: &Tx, site: &Site, entry: &Entry, part: i64, now: i64) -> Result<Option<i64>> {
    let is = |kind: Kind| entry.kind == kind as i64;
    if is(Kind::PostCreated) {
        return told_post(tx, site, entry.subject, part);
    }
    if is(Kind::PostLiked) {
        told_like(tx, site, entry.subject, now)?;
    }
    if is(Kind::PostEdited) {
        told_edit(tx, site, entry.subject, now)?;
    }
    Ok(None)
}

fn post_and_topic(tx: &Tx, post: i64) -> Result<Option<(Post, Topic)>> {
    let Some(post): Option<Post> = tx.first(posts::queries::BY_ID, params![post])? else { return Ok(None) };
    let topic: Option<Topic> = tx.first(queries::BY_ID, params![post.topic_id])?;
    let is_there = post.kind == 0 && post.deleted_at.is_none() && post.hidden_at.is_none();
    Ok(topic.filter(|t| is_there && t.deleted_at.is_none()).map(|topic| (post, topic)))
}

fn told_post(tx: &Tx, site: &Site, id: i64, part: i64) -> Result<Option<i64>> {
    let Some((post, topic)) = post_and_topic(tx, id)? else { return Ok(None) };
    if brought::is_brought(tx, id)? {
        return Ok(None);
    }
    let thing = Thing { topic: &topic, post_id: id, number: post.number, actor: post.author_id, at: post.created_at };
    // In a conversation it is for everybody anyway.
    let spoken_to = if topic.is_message() { Vec::new() } else { spoken_to(tx, &post)? };
    if part == 0 {
        deliver::all(tx, site, &thing, &spoken_to)?;
    }
    let (watching, last) = if topic.is_message() {
        messages::tell::of_post(tx, topic.id, part)?
    } else {
        watchers(tx, site, &topic, post.number == 1, part)?
    };
    let others: Vec<Recipient> = once_each(watching, post.author_id)
        .into_iter()
        .filter(|r| !spoken_to.iter().any(|s| s.user == r.user))
        .collect();
    deliver::all(tx, site, &thing, &others)?;
    Ok(last)
}

/// Whom a post speaks to: whom it names, answers, quotes.
fn spoken_to(tx: &Tx, post: &Post) -> Result<Vec<Recipient>> {
    let mut all = Vec::new();
    let mut add = |user: i64, kind: Notice| all.push(Recipient { user, kind, why: Reason::Addressed });
    for name in stoa_markup::references(&post.raw).mentions.iter().take(MENTIONS) {
        let folded = names::folded(name);
        if let Some(id) = tx.first::<i64>("select id from users where folded = $1", params![&folded])? {
            add(id, Notice::Mention);
        }
    }
    if let Some(parent) = post.in_reply_to {
        let author: Option<i64> = tx.first(
            "select author_id from posts where topic_id = $1 and number = $2 and kind = 0",
            params![post.topic_id, parent],
        )?;
        author.into_iter().for_each(|id| add(id, Notice::Reply));
    }
    let quoted: Vec<i64> = tx.all(
        "select distinct p.author_id from quotes q join posts p on p.topic_id = q.topic_id and p.number = q.number
         where q.post_id = $1 and p.kind = 0 order by p.author_id limit 50",
        params![post.id],
    )?;
    quoted.into_iter().for_each(|id| add(id, Notice::Quote));
    Ok(once_each(all, post.author_id))
}

/// People one post may call.
const MENTIONS: usize = 50;

/// Those who watch: the topic itself, or its tags and rooms where they have no wish of their own for the topic. In the
/// order of their ids, after `part`; the second value is where to go on.
const WATCHERS: &str = "select w.user_id, max(w.why) from (
        select r.user_id, 1 as why from reads r where r.topic_id = $1 and r.level = 4 and r.user_id > $4
        union all
        select f.user_id, f.kind + 4 from follows f
            where (f.kind = 1 and f.subject in ids($2) or f.kind = 2 and f.subject in ids($3))
                and f.level in (4, $5) and f.user_id > $4
                and not exists (select 1 from reads r
                    where r.user_id = f.user_id and r.topic_id = $1 and r.level is not null)
    ) w group by w.user_id order by w.user_id limit $6";

fn watchers(tx: &Tx, site: &Site, topic: &Topic, is_first: bool, part: i64) -> Result<(Vec<Recipient>, Option<i64>)> {
    let rooms = follow::queries::with_parents(site, topic.category_id);
    let tags: Vec<i64> = tx.all("select tag_id from topic_tags where topic_id = $1", params![topic.id])?;
    let first_level = if is_first { Level::FirstPost } else { Level::Watching } as i64;
    let rows: Vec<(i64, i64)> = tx.all(WATCHERS, params![topic.id, &rooms, &tags, part, first_level, PART])?;
    let last = rows.last().map(|(id, _)| *id).filter(|_| rows.len() == PART);
    // A nearer room's or a muted tag's wish may say otherwise.
    let by_wish: Vec<i64> = rows.iter().filter(|(_, why)| *why > 1).map(|(id, _)| *id).collect();
    let mut wishes: HashMap<i64, Vec<(i64, i64, i64)>> = HashMap::new();
    tx.each(
        "select user_id, kind, subject, level from follows where user_id in ids($1)
            and (kind = 1 and subject in ids($2) or kind = 2 and subject in ids($3))",
        params![&by_wish, &rooms, &tags],
        |row| {
            wishes.entry(row.get(0)?).or_default().push((row.get(1)?, row.get(2)?, row.get(3)?));
            Ok(())
        },
    )?;
    let kind = if is_first { Notice::FirstPost } else { Notice::Followed };
    let recipients = rows.into_iter().filter_map(|(user, why)| {
        if why == 1 {
            return Some(Recipient { user, kind, why: Reason::Chosen });
        }
        let (level, reason) = follow::queries::of_wishes(wishes.get(&user)?, &rooms);
        let wanted = level == Level::Watching || (is_first && level == Level::FirstPost);
        wanted.then_some(Recipient { user, kind, why: reason })
    });
    Ok((recipients.collect(), last))
}

/// The author of a liked post hears of its newest like.
fn told_like(tx: &Tx, site: &Site, id: i64, now: i64) -> Result<()> {
    let Some((post, topic)) = post_and_topic(tx, id)? else { return Ok(()) };
    // The log says that likes changed, not whose: a like that was taken back again is not told.
    let newest: Option<(i64, i64)> = tx.first(
        "select user_id, created_at from likes where post_id = $1 order by created_at desc, user_id desc limit 1",
        params![id],
    )?;
    let Some((actor, at)) = newest.filter(|(_, at)| *at > now - crate::clock::HOUR) else { return Ok(()) };
    let known: Option<i64> = tx.first(
        "select id from notifications where user_id = $1 and kind = $2 and joined = $3 and created_at >= $4 limit 1",
        params![post.author_id, Notice::Like as i64, id, at],
    )?;
    if known.is_some() || actor == post.author_id {
        return Ok(());
    }
    let thing = Thing { topic: &topic, post_id: id, number: post.number, actor, at };
    deliver::all(tx, site, &thing, &[Recipient { user: post.author_id, kind: Notice::Like, why: Reason::Addressed }])?;
    Ok(())
}

/// Whoever watches a topic's first post hears when it was changed by somebody.
fn told_edit(tx: &Tx, site: &Site, id: i64, now: i64) -> Result<()> {
    let Some((post, topic)) = post_and_topic(tx, id)? else { return Ok(()) };
    if post.number != 1 {
        return Ok(());
    }
    let editor: Option<i64> =
        tx.first("select editor_id from revisions where post_id = $1 order by number desc limit 1", params![id])?;
    let editor = editor.unwrap_or(post.author_id);
    let watching: Vec<i64> = tx.all(
        "select user_id from reads where topic_id = $1 and level = 2 order by user_id limit $2",
        params![topic.id, PART],
    )?;
    let watching = watching.into_iter().map(|user| Recipient { user, kind: Notice::Edited, why: Reason::Chosen });
    let thing = Thing { topic: &topic, post_id: id, number: 1, actor: editor, at: now };
    deliver::all(tx, site, &thing, &once_each(watching.collect(), editor))?;
    Ok(())
}
