//! The log of everything that happened, and how others follow it.
//!
//! On PostgreSQL a sequence number is taken before its transaction commits, so rows do not appear in the order of
//! their numbers. Each row therefore carries its transaction's id as well, followers read in the order
//! (transaction, number), and never past the oldest transaction that still runs. SQLite has one writer, its
//! transaction id is always 0.

use super::{Db, Engine, FromRow, Row, Tx, params};
use crate::web::error::Result;

/// What can happen. The numbers are stored: never reuse one.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
#[repr(i64)]
pub enum Kind {
    TopicCreated = 1,
    TopicEdited = 2,
    TopicDeleted = 3,
    PostCreated = 10,
    PostEdited = 11,
    PostDeleted = 12,
    PostLiked = 13,
    /// A post became one that others may edit, or is no longer.
    PostTurned = 14,
    UserCreated = 20,
    UserEdited = 21,
    CategoryEdited = 30,
    GroupEdited = 31,
    SettingsEdited = 40,
    /// Many rows came at once: derived state is made anew.
    Imported = 50,
    /// A mail waits in the outbox.
    MailQueued = 60,
    PollVoted = 70,
    PollEnded = 71,
    /// What a page elsewhere says about itself is there, or is another now.
    PreviewMade = 80,
}

impl Kind {
    /// Whether every cached page may now be wrong, because it shows names, colours, settings or rights.
    fn touches_the_site(self) -> bool {
        matches!(
            self,
            Kind::UserEdited | Kind::CategoryEdited | Kind::GroupEdited | Kind::SettingsEdited | Kind::Imported
        )
    }
}

/// One thing that a transaction did.
pub struct Change {
    pub kind: Kind,
    pub subject: i64,
}

/// One row of the log.
#[derive(Clone, Debug)]
pub struct Entry {
    pub xid: i64,
    pub seq: i64,
    pub kind: i64,
    pub subject: i64,
}

impl FromRow for Entry {
    fn from_row(row: &Row) -> Result<Self> {
        Ok(Entry { xid: row.get(0)?, seq: row.get(1)?, kind: row.get(2)?, subject: row.get(3)? })
    }
}

/// A follower's place in the log.
#[derive(Clone, Copy, Debug, Default, PartialEq, Eq, PartialOrd, Ord)]
pub struct Cursor {
    pub xid: i64,
    pub seq: i64,
}

impl std::fmt::Display for Cursor {
    fn fmt(&self, f: &mut std::fmt::Formatter) -> std::fmt::Result {
        write!(f, "{}.{}", self.xid, self.seq)
    }
}

impl std::str::FromStr for Cursor {
    type Err = std::num::ParseIntError;
    fn from_str(s: &str) -> std::result::Result<Self, Self::Err> {
        let (xid, seq) = s.split_once('.').unwrap_or(("0", s));
        Ok(Cursor { xid: xid.parse()?, seq: seq.parse()? })
    }
}

const APPEND_SQLITE: &str = "insert into changes (xid, kind, subject, at) values (0, $1, $2, $3)";
const APPEND_POSTGRES: &str = "insert into changes (xid, kind, subject, at)
    values (cast(cast(pg_current_xact_id() as text) as bigint), $1, $2, $3)";

const AFTER_SQLITE: &str = "select xid, seq, kind, subject from changes
    where (xid, seq) > ($1, $2) order by xid, seq limit $3";
const AFTER_POSTGRES: &str = "select xid, seq, kind, subject from changes
    where (xid, seq) > ($1, $2) and xid < cast(cast(pg_snapshot_xmin(pg_current_snapshot()) as text) as bigint)
    order by xid, seq limit $3";

const BUMP: &str = "update versions set number = number + 1 where name = $1";

/// Appends what a transaction did, as its last statements.
pub(super) fn append(tx: &Tx, changes: &[Change]) -> Result<()> {
    if changes.is_empty() {
        return Ok(());
    }
    let sql = match tx.engine() {
        Engine::Sqlite => APPEND_SQLITE,
        Engine::Postgres => APPEND_POSTGRES,
    };
    let now = crate::clock::system_micros();
    for change in changes {
        tx.exec(sql, params![change.kind as i64, change.subject, now])?;
    }
    if changes.iter().any(|c| c.kind.touches_the_site()) {
        tx.exec(BUMP, params!["site"])?;
    }
    Ok(())
}

/// The next entries after a cursor, oldest first, complete: none can appear before them later.
pub fn after(tx: &Tx, cursor: Cursor, limit: usize) -> Result<Vec<Entry>> {
    let sql = match tx.engine() {
        Engine::Sqlite => AFTER_SQLITE,
        Engine::Postgres => AFTER_POSTGRES,
    };
    tx.all(sql, params![cursor.xid, cursor.seq, limit])
}

const SETTLED_SQLITE: &str = "select xid, seq, 1 from changes order by xid desc, seq desc limit 1";
const SETTLED_POSTGRES: &str = "select c.xid, c.seq,
        case when c.xid < cast(cast(pg_snapshot_xmin(pg_current_snapshot()) as text) as bigint) then 1 else 0 end
    from (select xid, seq from changes order by xid desc, seq desc limit 1) c";

/// The newest place in the log, if it stands for everything that was written so far. On PostgreSQL it does not while a
/// transaction runs that began earlier: its entries will come below this place and move nothing that is named by it.
pub fn settled(tx: &Tx) -> Result<Option<Cursor>> {
    let sql = match tx.engine() {
        Engine::Sqlite => SETTLED_SQLITE,
        Engine::Postgres => SETTLED_POSTGRES,
    };
    let found: Option<(i64, i64, bool)> = tx.first(sql, &[])?;
    Ok(match found {
        Some((xid, seq, true)) => Some(Cursor { xid, seq }),
        Some(_) => None,
        None => Some(Cursor::default()),
    })
}

/// Puts a follower without a place at the end of the log: what happened before it came is not told.
pub async fn begin(db: &Db, follower: &'static str) -> Result<()> {
    db.write(move |tx| {
        let newest = newest(tx)?;
        tx.exec(
            "insert into followers (name, xid, seq) values ($1, $2, $3) on conflict do nothing",
            params![follower, newest.xid, newest.seq],
        )?;
        Ok(())
    })
    .await
}

/// A post that was written or edited.
pub struct WrittenPost {
    pub id: i64,
    pub html: String,
    pub was_edited: bool,
}

/// The posts that entries say were written or edited, as they are now.
pub fn written_posts(tx: &Tx, entries: &[Entry]) -> Result<Vec<WrittenPost>> {
    let kinds = [Kind::PostCreated as i64, Kind::PostEdited as i64];
    let ids: Vec<i64> = entries.iter().filter(|e| kinds.contains(&e.kind)).map(|e| e.subject).collect();
    if ids.is_empty() {
        return Ok(Vec::new());
    }
    let rows: Vec<(i64, String, i64)> =
        tx.all("select id, html, revision_count from posts where id in ids($1) and kind = 0", params![&ids])?;
    Ok(rows.into_iter().map(|(id, html, revisions)| WrittenPost { id, html, was_edited: revisions > 0 }).collect())
}

/// How many entries that were nothing to a follower are passed over before its place is written down.
const PASSED: usize = 1000;

/// Lets a follower see everything up to the end of the log, at most `batch` entries at once. `find` reads what they mean to it;
/// `keep` writes that, in the transaction that moves the follower's place, so that nothing is kept twice or not at all.
/// Where nothing was found nothing is written, because every commit makes stored pages look old (`stamp`): how far this
/// process has looked is remembered instead, and looked at again after a start.
pub async fn follow<W: Send + Sync + 'static>(
    db: &Db,
    follower: &'static str,
    batch: usize,
    mut find: impl FnMut(&Tx, &[Entry]) -> Result<Vec<W>>,
    keep: impl Fn(&Tx, &[W]) -> Result<()> + Clone + Send + 'static,
) -> Result<()> {
    loop {
        let passed = db.passed(follower);
        let found = db.read(|tx| {
            let place: Option<(i64, i64)> =
                tx.first("select xid, seq from followers where name = $1", params![follower])?;
            let Some((xid, seq)) = place else { return Ok(None) };
            let at = Cursor { xid, seq };
            let entries = after(tx, at.max(passed.0), batch)?;
            let works = find(tx, &entries)?;
            Ok(Some((at, entries, works)))
        });
        let Some((at, entries, works)) = found.await? else {
            begin(db, follower).await?;
            continue;
        };
        let Some(last) = entries.last() else { return Ok(()) };
        let to = Cursor { xid: last.xid, seq: last.seq };
        let count = if passed.0 > at { passed.1 } else { 0 } + entries.len();
        if works.is_empty() && count < PASSED {
            db.pass(follower, to, count);
            continue;
        }
        let keep = keep.clone();
        db.write(move |tx| {
            // Another node may have been here in the meantime.
            let held = tx.exec(
                "update followers set xid = $4, seq = $5 where name = $1 and xid = $2 and seq = $3",
                params![follower, at.xid, at.seq, to.xid, to.seq],
            )?;
            if held == 1 && !works.is_empty() { keep(tx, &works) } else { Ok(()) }
        })
        .await?;
    }
}

/// The newest place in the log, for followers that start now.
pub fn newest(tx: &Tx) -> Result<Cursor> {
    let found: Option<(i64, i64)> =
        tx.first("select xid, seq from changes order by xid desc, seq desc limit 1", &[])?;
    Ok(found.map_or_else(Cursor::default, |(xid, seq)| Cursor { xid, seq }))
}

const COMPLETE_SQLITE: &str = "select xid, seq from changes order by xid desc, seq desc limit 1";
const COMPLETE_POSTGRES: &str = "select xid, seq from changes
    where xid < cast(cast(pg_snapshot_xmin(pg_current_snapshot()) as text) as bigint)
    order by xid desc, seq desc limit 1";

/// The newest place below which nothing can appear any more: what [`after`] leads to in the end.
pub fn complete(tx: &Tx) -> Result<Cursor> {
    let sql = match tx.engine() {
        Engine::Sqlite => COMPLETE_SQLITE,
        Engine::Postgres => COMPLETE_POSTGRES,
    };
    let found: Option<(i64, i64)> = tx.first(sql, &[])?;
    Ok(found.map_or_else(Cursor::default, |(xid, seq)| Cursor { xid, seq }))
}
