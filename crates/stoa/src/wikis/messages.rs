//! The table of what wikis are told: rows are added in the transaction of what happened, or by the follower of the log, and
//! sent by `send`.

use crate::clock::{DAY, HOUR, MINUTE, SECOND};
use crate::db::{Tx, from_row, params};
use crate::web::error::Result;

/// What a message is about. The numbers are stored: never reuse one.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
#[repr(i64)]
pub enum About {
    /// A topic as it is now.
    Discussion = 1,
    /// A notification.
    Notice = 2,
    /// A notice was read here; the subject is the message that told it.
    NoticeRead = 3,
    /// How this site is: live, frozen or moved.
    Site = 4,
}

impl About {
    pub fn from_number(n: i64) -> Option<About> {
        [About::Discussion, About::Notice, About::NoticeRead, About::Site].into_iter().find(|about| *about as i64 == n)
    }
}

/// States as they are stored.
pub mod state {
    pub const WAITING: i64 = 0;
    pub const TOLD: i64 = 1;
    pub const GIVEN_UP: i64 = 2;
    pub const ON_ITS_WAY: i64 = 3;
}

/// A message on its way.
pub struct Message {
    pub id: i64,
    pub wiki_id: i64,
    pub kind: i64,
    pub subject: i64,
    pub user_id: Option<i64>,
    pub tries: i64,
    pub created_at: i64,
}
from_row!(Message { id, wiki_id, kind, subject, user_id, tries, created_at });

/// Pauses between tries; the last one again and again, until [`PATIENCE`] is over.
const PAUSES: [i64; 7] = [10 * SECOND, MINUTE, 5 * MINUTE, 20 * MINUTE, HOUR, 3 * HOUR, 6 * HOUR];
/// How long something is tried.
pub const PATIENCE: i64 = 3 * DAY;
/// A message that a node took and did not finish is taken by another after this time.
pub const TAKEN: i64 = MINUTE;
/// How long the log shows what was told, and what was given up.
const TOLD_KEPT: i64 = 7 * DAY;
const GIVEN_UP_KEPT: i64 = 90 * DAY;

/// How long to wait after so many tries.
pub fn pause(tries: i64) -> i64 {
    let at = usize::try_from(tries - 1).unwrap_or(0).min(PAUSES.len() - 1);
    PAUSES[at]
}

const ADD: &str = "insert into wiki_messages (wiki_id, kind, subject, user_id, next_try_at, created_at)
    values ($1, $2, $3, $4, $5, $5) on conflict (wiki_id, kind, subject) where state = 0 do nothing";

/// One message to one wiki; when the same one waits already, that is enough.
pub fn add(tx: &Tx, wiki: i64, about: About, subject: i64, user: Option<i64>, now: i64) -> Result<()> {
    tx.exec(ADD, params![wiki, about as i64, subject, user, now]).map(drop)
}

/// The topics that a condition on `t` finds, to every wiki that is told things.
macro_rules! discussions {
    ($condition:literal) => {
        concat!(
            "insert into wiki_messages (wiki_id, kind, subject, next_try_at, created_at)
             select w.id, 1, t.id, cast($1 as bigint), cast($1 as bigint) from topics t cross join wikis w
             where w.delivers = 1 and t.kind <> 2 and ",
            $condition,
            " on conflict (wiki_id, kind, subject) where state = 0 do nothing"
        )
    };
}

/// Some topics, as they are now.
pub fn add_topics(tx: &Tx, topics: &[i64], now: i64) -> Result<()> {
    if topics.is_empty() {
        return Ok(());
    }
    tx.exec(discussions!("t.id in ids($2)"), params![now, topics]).map(drop)
}

/// All topics of some categories: who may see them has changed.
pub fn add_categories(tx: &Tx, categories: &[i64], now: i64) -> Result<()> {
    tx.exec(discussions!("t.category_id in ids($2)"), params![now, categories]).map(drop)
}

/// The newest topics for a wiki that has just begun to listen; it fetches the rest by itself.
pub fn add_newest(tx: &Tx, wiki: i64, most: i64, now: i64) -> Result<()> {
    tx.exec(
        "insert into wiki_messages (wiki_id, kind, subject, next_try_at, created_at)
         select cast($2 as bigint), 1, t.id, cast($1 as bigint), cast($1 as bigint) from topics t
         where t.id in (select x.id from topics x order by x.bumped_at desc, x.id desc limit $3) and t.kind <> 2
         on conflict (wiki_id, kind, subject) where state = 0 do nothing",
        params![now, wiki, most],
    )
    .map(drop)
}

/// Whether the account `a` hears of things on the wiki `w`: by the extension, or by the bot on its talk page.
macro_rules! hears {
    () => {
        "(w.delivers = 1 or a.talk_page = 1 and exists (select 1 from wiki_bots b where b.wiki_id = w.id and b.is_on = 1))"
    };
}
pub(crate) use hears;

/// Notices about a topic of one moment, for those of some people who have an account of a wiki that is told things.
pub fn add_notices(tx: &Tx, topic: i64, at: i64, users: &[i64]) -> Result<()> {
    const SQL: &str = concat!(
        "insert into wiki_messages (wiki_id, kind, subject, user_id, next_try_at, created_at)
         select w.id, 2, n.id, n.user_id, cast($2 as bigint), cast($2 as bigint)
         from notifications n join wiki_accounts a on a.user_id = n.user_id join wikis w on w.issuer = a.issuer and ",
        hears!(),
        " where n.user_id in ids($3) and n.topic_id = $1 and n.created_at = $2 and n.read_at is null
         on conflict (wiki_id, kind, subject) where state = 0 do nothing"
    );
    tx.exec(SQL, params![topic, at, users]).map(drop)
}

/// Notices that were told on a wiki and have been read here since.
pub fn add_read(tx: &Tx, now: i64, most: i64) -> Result<u64> {
    let read: Vec<(i64, i64, Option<i64>)> = tx.all(
        "select m.id, m.wiki_id, m.user_id from wiki_messages m join notifications n on n.id = m.subject
         where m.kind = 2 and m.state = 1 and m.read_told = 0 and n.read_at is not null order by m.id limit $1",
        params![most],
    )?;
    let ids: Vec<i64> = read.iter().map(|r| r.0).collect();
    for (id, wiki, user) in read {
        add(tx, wiki, About::NoticeRead, id, user, now)?;
    }
    if ids.is_empty() {
        return Ok(0);
    }
    tx.exec("update wiki_messages set read_told = 1 where id in ids($1)", params![&ids])
}

/// Whether [`add_read`] has something to do; read without writing.
pub fn has_read(tx: &Tx) -> Result<bool> {
    let found: Option<i64> = tx.first(
        "select m.id from wiki_messages m join notifications n on n.id = m.subject
         where m.kind = 2 and m.state = 1 and m.read_told = 0 and n.read_at is not null limit 1",
        &[],
    )?;
    Ok(found.is_some())
}

/// Messages that are due for wikis with the extension, in the order in which things happened.
pub fn due(tx: &Tx, now: i64, most: i64) -> Result<Vec<Message>> {
    tx.all(
        "select id, wiki_id, kind, subject, user_id, tries, created_at from wiki_messages
         where next_try_at <= $1 and exists (select 1 from wikis w where w.id = wiki_messages.wiki_id and w.delivers = 1)
         order by next_try_at, id limit $2",
        params![now, most],
    )
}

/// Takes a message, unless another node did.
pub fn take(tx: &Tx, message: &Message, now: i64) -> Result<bool> {
    let taken = tx.exec(
        "update wiki_messages set state = 3, tries = tries + 1, next_try_at = $2
         where id = $1 and tries = $3 and next_try_at <= $4",
        params![message.id, now + TAKEN, message.tries, now],
    )?;
    Ok(taken == 1)
}

/// What became of one try.
pub enum Outcome {
    /// It is told; what was answered.
    Told(i64, String),
    /// Not now: again after so many microseconds, or after the usual pause.
    Later(Option<i64>, String, Option<i64>),
    /// Sending it again would not help.
    GiveUp(Option<i64>, String),
    /// There is nothing to tell any more.
    Nothing,
}

/// Writes down what became of a try.
pub fn settle(tx: &Tx, message: &Message, outcome: &Outcome, now: i64) -> Result<()> {
    let cut = |text: &str| text.chars().take(300).collect::<String>();
    match outcome {
        Outcome::Told(status, answer) => tx.exec(
            "update wiki_messages set state = 1, next_try_at = null, sent_at = $2, status = $3, answer = $4 where id = $1",
            params![message.id, now, *status, cut(answer)],
        )?,
        Outcome::Nothing => tx.exec("delete from wiki_messages where id = $1", params![message.id])?,
        Outcome::Later(status, answer, after) if now < message.created_at + PATIENCE => {
            // A newer message of the same subject waits already: this one has nothing to add.
            let newer: Option<i64> = tx.first(
                "select id from wiki_messages where wiki_id = $1 and kind = $2 and subject = $3 and state = 0",
                params![message.wiki_id, message.kind, message.subject],
            )?;
            if newer.is_some() {
                return tx.exec("delete from wiki_messages where id = $1", params![message.id]).map(drop);
            }
            let next = now + after.unwrap_or_else(|| pause(message.tries + 1));
            tx.exec(
                "update wiki_messages set state = 0, next_try_at = $2, status = $3, answer = $4 where id = $1",
                params![message.id, next, *status, cut(answer)],
            )?;
            // While a wiki does not answer, the others need not find that out one by one.
            tx.exec(
                "update wiki_messages set next_try_at = $2 where wiki_id = $1 and state = 0 and next_try_at < $2",
                params![message.wiki_id, next],
            )?
        }
        Outcome::Later(status, answer, _) | Outcome::GiveUp(status, answer) => tx.exec(
            "update wiki_messages set state = 2, next_try_at = null, sent_at = $2, status = $3, answer = $4 where id = $1",
            params![message.id, now, *status, cut(answer)],
        )?,
    };
    Ok(())
}

/// Sends again what was given up: one, or all of a wiki.
pub fn again(tx: &Tx, wiki: i64, one: Option<i64>, now: i64) -> Result<()> {
    // Of discussions the newest state is told anyway.
    tx.exec(
        "delete from wiki_messages where wiki_id = $1 and state = 2 and kind = 1 and exists (
            select 1 from wiki_messages n where n.wiki_id = $1 and n.kind = 1 and n.subject = wiki_messages.subject
                and (n.state = 0 or n.state = 2 and n.id > wiki_messages.id))",
        params![wiki],
    )?;
    tx.exec(
        "update wiki_messages set state = 0, tries = 0, created_at = $2, next_try_at = $2, status = null, answer = ''
         where wiki_id = $1 and state = 2 and ($3 = 0 or id = $3)",
        params![wiki, now, one.unwrap_or(0)],
    )
    .map(drop)
}

/// What waits is tried now: the wiki answers again.
pub fn hurry(tx: &Tx, wiki: i64, now: i64) -> Result<()> {
    tx.exec(
        "update wiki_messages set next_try_at = $2 where wiki_id = $1 and state = 0 and next_try_at > $2",
        params![wiki, now],
    )
    .map(drop)
}

/// Forgets what is long past.
pub fn tidy(tx: &Tx, now: i64) -> Result<()> {
    tx.exec(
        "delete from wiki_messages where state = 1 and sent_at < $1
            and not (kind = 2 and read_told = 0 and sent_at > $2) or state = 2 and sent_at < $2
            or state = 0 and created_at < $1 and next_try_at < $1",
        params![now - TOLD_KEPT, now - GIVEN_UP_KEPT],
    )
    .map(drop)
}
