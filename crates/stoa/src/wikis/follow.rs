//! The follower that knows which discussions wikis have to hear of anew.

use crate::app::App;
use crate::db::changes::{self, Cursor, Entry};
use crate::db::{Kind, Tx, params};
use crate::site::{EVERYONE, Site};
use crate::web::error::Result;

use super::messages;

const NAME: &str = "wikis";
/// Entries of the log looked at in one transaction.
const BATCH: usize = 100;
/// A wiki that begins to listen, or for which much has changed, is told of so many topics; it fetches the rest by itself.
pub const NEWEST: i64 = 1000;

/// Remembers what is to be told, up to the end of the log.
pub async fn catch_up(app: &App) -> Result<()> {
    loop {
        let found = app.db.read(|tx| {
            let place: Option<(i64, i64)> =
                tx.first("select xid, seq from followers where name = $1", params![NAME])?;
            let Some((xid, seq)) = place else { return Ok(None) };
            let at = Cursor { xid, seq };
            Ok(Some((at, changes::after(tx, at, BATCH)?)))
        });
        let Some((at, entries)) = found.await? else {
            changes::begin(&app.db, NAME).await?;
            continue;
        };
        let Some(last) = entries.last() else { return Ok(()) };
        let to = Cursor { xid: last.xid, seq: last.seq };
        let cached = app.clone();
        app.db
            .write(move |tx| {
                // Another node may have been here in the meantime.
                let held = tx.exec(
                    "update followers set xid = $4, seq = $5 where name = $1 and xid = $2 and seq = $3",
                    params![NAME, at.xid, at.seq, to.xid, to.seq],
                )?;
                if held == 1 {
                    let site = cached.site.now(tx)?;
                    remember(tx, &site, &entries, cached.now())?;
                }
                Ok(())
            })
            .await?;
    }
}

fn remember(tx: &Tx, site: &Site, entries: &[Entry], now: i64) -> Result<()> {
    let listening: Vec<i64> = tx.all("select id from wikis where delivers = 1", &[])?;
    if listening.is_empty() {
        return Ok(());
    }
    let of = |kinds: &[Kind]| -> Vec<i64> {
        entries.iter().filter(|e| kinds.iter().any(|k| *k as i64 == e.kind)).map(|e| e.subject).collect()
    };
    if !of(&[Kind::Imported]).is_empty() {
        for wiki in &listening {
            messages::add_newest(tx, *wiki, NEWEST, now)?;
        }
    }
    let rooms: Vec<i64> = of(&[Kind::CategoryEdited]).iter().flat_map(|id| with_all_below(site, *id)).collect();
    if !rooms.is_empty() {
        messages::add_categories(tx, &rooms, now)?;
    }
    // What was hidden or moved away has to go where it was shown; what goes on where nobody sees it is not even named.
    let mut topics = of(&[Kind::TopicEdited, Kind::TopicDeleted]);
    let posts = of(&[Kind::PostCreated, Kind::PostEdited, Kind::PostDeleted]);
    let mut seen = of(&[Kind::TopicCreated]);
    if !posts.is_empty() {
        seen.extend(tx.all::<i64>("select distinct topic_id from posts where id in ids($1)", params![&posts])?);
    }
    if !seen.is_empty() {
        let open: Vec<i64> = site.seen_by(&[EVERYONE]);
        let sql = "select id from topics where id in ids($1) and category_id in ids($2)";
        topics.extend(tx.all::<i64>(sql, params![&seen, &open])?);
    }
    topics.sort_unstable();
    topics.dedup();
    messages::add_topics(tx, &topics, now)
}

/// A category and all below it, whoever may see them.
fn with_all_below(site: &Site, category: i64) -> Vec<i64> {
    let mut ids = vec![category];
    let mut next = 0;
    while let Some(parent) = ids.get(next).copied() {
        ids.extend(site.children(parent).map(|c| c.id).filter(|id| !ids.contains(id)).collect::<Vec<_>>());
        next += 1;
    }
    ids
}
