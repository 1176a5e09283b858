//! The follower that knows which discussions wikis have to hear of anew.

use crate::app::App;
use crate::db::changes::{self, Entry};
use crate::db::{Kind, Tx, params};
use crate::site::{EVERYONE, Site};
use crate::web::error::Result;

use super::messages;

const NAME: &str = "wikis";
/// Entries of the log looked at in one transaction.
const BATCH: usize = 100;
/// A wiki that begins to listen, or for which much has changed, is told of so many topics; it fetches the rest by itself.
pub const NEWEST: i64 = 1000;

/// What wikis have to hear of.
enum News {
    /// Much at once.
    Imported,
    /// Who may see what is in these rooms.
    Rooms(Vec<i64>),
    Topics(Vec<i64>),
}

/// Remembers what is to be told, up to the end of the log.
pub async fn catch_up(app: &App) -> Result<()> {
    let keeper = app.clone();
    changes::follow(
        &app.db,
        NAME,
        BATCH,
        |tx, entries| found(tx, app, entries),
        move |tx, news| keep(tx, news, keeper.now()),
    )
    .await
}

fn found(tx: &Tx, app: &App, entries: &[Entry]) -> Result<Vec<News>> {
    let of = |kinds: &[Kind]| -> Vec<i64> {
        entries.iter().filter(|e| kinds.iter().any(|k| *k as i64 == e.kind)).map(|e| e.subject).collect()
    };
    let (imported, rooms) = (of(&[Kind::Imported]), of(&[Kind::CategoryEdited]));
    // What was hidden or moved away has to go where it was shown; what goes on where nobody sees it is not even named.
    let mut topics = of(&[Kind::TopicEdited, Kind::TopicDeleted]);
    let posts = of(&[Kind::PostCreated, Kind::PostEdited, Kind::PostDeleted]);
    let mut seen = of(&[Kind::TopicCreated]);
    if [&imported, &rooms, &topics, &posts, &seen].iter().all(|ids| ids.is_empty()) {
        return Ok(Vec::new());
    }
    let site = app.site.now(tx)?;
    let mut news = Vec::new();
    if !imported.is_empty() {
        news.push(News::Imported);
    }
    if !rooms.is_empty() {
        news.push(News::Rooms(rooms.iter().flat_map(|id| with_all_below(&site, *id)).collect()));
    }
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
    if !topics.is_empty() {
        news.push(News::Topics(topics));
    }
    Ok(news)
}

fn keep(tx: &Tx, news: &[News], now: i64) -> Result<()> {
    for one in news {
        match one {
            News::Imported => {
                for wiki in tx.all::<i64>("select id from wikis where delivers = 1", &[])? {
                    messages::add_newest(tx, wiki, NEWEST, now)?;
                }
            }
            News::Rooms(rooms) => messages::add_categories(tx, rooms, now)?,
            News::Topics(topics) => messages::add_topics(tx, topics, now)?,
        }
    }
    Ok(())
}

/// A wiki begins to listen: when no other does, nobody has followed meanwhile, and what happened before is not told one by
/// one.
pub fn begin(tx: &Tx, wiki: i64) -> Result<()> {
    let sql =
        "delete from followers where name = $1 and not exists (select 1 from wikis where delivers = 1 and id <> $2)";
    tx.exec(sql, params![NAME, wiki]).map(drop)
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
