//! Telling people: who of those that a thing concerns may see it, wants to hear of it, and where.

use std::collections::{HashMap, HashSet};

use super::kinds::{Joined, Kind, channel};
use crate::clock::MINUTE;
use crate::db::{Tx, Val, params};
use crate::follow::Reason;
use crate::import::bulk;
use crate::site::{EVERYONE, Level, MEMBERS, Site};
use crate::topics::Topic;
use crate::web::error::Result;
use crate::wikis;

/// How long somebody counts as here after their last page.
pub const HERE_FOR: i64 = 10 * MINUTE;

/// What happened, to be told.
pub struct Thing<'t> {
    pub topic: &'t Topic,
    pub post_id: i64,
    pub number: i64,
    pub actor: i64,
    pub at: i64,
}

/// Somebody whom it concerns.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub struct Recipient {
    pub user: i64,
    pub kind: Kind,
    pub why: Reason,
}

/// Each person once, with the kind that stands first in the table, without the one who did it.
pub fn once_each(mut all: Vec<Recipient>, actor: i64) -> Vec<Recipient> {
    all.retain(|r| r.user != actor);
    all.sort_by_key(|r| (r.user, r.kind.rank()));
    all.dedup_by_key(|r| r.user);
    all
}

struct Facts {
    mail_when: i64,
    seen_at: Option<i64>,
    /// Devices that take push messages.
    devices: i64,
    /// Their accounts of wikis that are told things.
    wikis: i64,
}

const WHO: &str = concat!(
    "select u.id, u.mail_when, (select max(s.seen_at) from sessions s where s.user_id = u.id),
        (select count(*) from push_subscriptions d where d.user_id = u.id),
        (select count(*) from wiki_accounts a join wikis w on w.issuer = a.issuer where a.user_id = u.id and ",
    wikis::messages::hears!(),
    ")
    from users u where u.id in ids($1) and u.deleted_at is null
        and (u.suspended_until is null or u.suspended_until <= $2)"
);

/// Writes what each of these people is told. Left out are those who may not see it, who muted its author or topic, and
/// who do not want such things. Returns how many were told.
pub fn all(tx: &Tx, site: &Site, thing: &Thing, recipients: &[Recipient]) -> Result<usize> {
    if recipients.is_empty() {
        return Ok(0);
    }
    let ids: Vec<i64> = recipients.iter().map(|r| r.user).collect();
    let mut people: HashMap<i64, Facts> = HashMap::with_capacity(ids.len());
    tx.each(WHO, params![&ids, thing.at], |row| {
        let (mail_when, seen_at, devices, wikis) = (row.get(1)?, row.get(2)?, row.get(3)?, row.get(4)?);
        people.insert(row.get(0)?, Facts { mail_when, seen_at, devices, wikis });
        Ok(())
    })?;
    let left_out: HashSet<i64> = tx
        .all::<i64>(
            "select user_id from mutes where muted_id = $2 and user_id in ids($1)
             union all select user_id from reads where topic_id = $3 and level = 0 and user_id in ids($1)",
            params![&ids, thing.actor, thing.topic.id],
        )?
        .into_iter()
        .collect();
    let may_see = seeing(tx, site, thing.topic, &ids)?;
    let mut wishes: HashMap<(i64, i64), i64> = HashMap::new();
    tx.each("select user_id, kind, channels from deliveries where user_id in ids($1)", params![&ids], |row| {
        wishes.insert((row.get(0)?, row.get(1)?), row.get(2)?);
        Ok(())
    })?;
    let told: Vec<Told> = recipients
        .iter()
        .filter(|r| !left_out.contains(&r.user) && may_see.contains(r.user))
        .filter_map(|r| {
            let facts = people.get(&r.user)?;
            let line = r.kind.line();
            let channels = *wishes.get(&(r.user, r.kind as i64)).unwrap_or(&line.channels);
            if channels == 0 {
                return None;
            }
            let is_here = facts.seen_at.is_some_and(|seen| seen > thing.at - HERE_FOR);
            let mail = match facts.mail_when {
                _ if channels & channel::MAIL == 0 => None,
                0 => None,
                1 if is_here => Some(thing.at + HERE_FOR),
                _ => Some(thing.at),
            };
            let push = (channels & channel::PUSH != 0 && facts.devices > 0).then_some(thing.at);
            let wiki = channels & channel::WIKI != 0 && facts.wikis > 0 && r.kind.goes_to_wikis();
            Some(Told { recipient: *r, mail, push, wiki, is_quiet: channels & channel::SITE == 0 })
        })
        .collect();
    write(tx, thing, &told)?;
    let on_wikis: Vec<i64> = told.iter().filter(|t| t.wiki).map(|t| t.recipient.user).collect();
    if !on_wikis.is_empty() {
        wikis::messages::add_notices(tx, thing.topic.id, thing.at, &on_wikis)?;
    }
    Ok(told.len())
}

/// Somebody who is told, and when it goes out.
struct Told {
    recipient: Recipient,
    mail: Option<i64>,
    push: Option<i64>,
    /// Among their notices on the wiki.
    wiki: bool,
    /// Not on the site: only mail, push or the wiki.
    is_quiet: bool,
}

const COLUMNS: usize = 15;
const INTO: &str = "notifications (user_id, kind, joined, topic_id, post_id, number, last_number, actor_id, count, why,
    created_at, seen_at, mail_due_at, push_due_at, quiet)";
const JOIN: &str = "on conflict (user_id, kind, joined) where read_at is null do update set
    post_id = excluded.post_id, last_number = excluded.last_number, actor_id = excluded.actor_id,
    count = notifications.count + 1, created_at = excluded.created_at, seen_at = excluded.seen_at,
    mail_due_at = coalesce(notifications.mail_due_at, excluded.mail_due_at),
    push_due_at = coalesce(excluded.push_due_at, notifications.push_due_at)";

fn write(tx: &Tx, thing: &Thing, told: &[Told]) -> Result<()> {
    bulk::insert(tx, INTO, COLUMNS, JOIN, told, |told, out| {
        let r = told.recipient;
        let joined = match r.kind.line().joined {
            Joined::ByPost => thing.post_id,
            Joined::ByTopic => thing.topic.id,
        };
        out.extend([
            Val::Int(r.user),
            Val::Int(r.kind as i64),
            Val::Int(joined),
            Val::Int(thing.topic.id),
            Val::Int(thing.post_id),
            Val::Int(thing.number),
            Val::Int(thing.number),
            Val::Int(thing.actor),
            Val::Int(1),
            Val::Int(r.why as i64),
            Val::Int(thing.at),
            // What is not told on the site raises no count there.
            if told.is_quiet { Val::Int(thing.at) } else { Val::Null },
            Val::from(&told.mail),
            Val::from(&told.push),
            Val::Int(told.is_quiet.into()),
        ]);
    })?;
    Ok(())
}

/// Who of some people may see a topic.
pub enum Seeing {
    All,
    Some(HashSet<i64>),
}

impl Seeing {
    pub fn contains(&self, user: i64) -> bool {
        match self {
            Seeing::All => true,
            Seeing::Some(ids) => ids.contains(&user),
        }
    }
}

/// The same rules as [`crate::access::sees_topic`], for many people at once.
pub fn seeing(tx: &Tx, site: &Site, topic: &Topic, ids: &[i64]) -> Result<Seeing> {
    let is_plain = topic.deleted_at.is_none() && topic.hidden_at.is_none();
    if is_plain && site.level(topic.category_id, &[EVERYONE, MEMBERS]) >= Level::See {
        return Ok(Seeing::All);
    }
    let mut groups: HashMap<i64, Vec<i64>> = HashMap::new();
    tx.each("select user_id, group_id from group_members where user_id in ids($1)", params![ids], |row| {
        groups.entry(row.get(0)?).or_default().push(row.get(1)?);
        Ok(())
    })?;
    let sees = |id: i64| {
        let mut own = groups.get(&id).cloned().unwrap_or_default();
        own.extend([EVERYONE, MEMBERS]);
        let viewer = crate::web::visit::Viewer::with_groups(site, own);
        crate::access::topic_is_open_to(&viewer, id, topic)
    };
    Ok(Seeing::Some(ids.iter().copied().filter(|id| sees(*id)).collect()))
}
