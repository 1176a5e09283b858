//! The follower that keeps the index: reads the log, loads what changed, commits with its place in the log.

use std::collections::BTreeSet;
use std::time::Duration;

use anyhow::Context;
use stoa_markup::SafeHtml;
use stoa_search::{Doc, Op};

use crate::app::App;
use crate::db::changes::{self, Cursor, Entry};
use crate::db::{FromRow, Kind, Row, Tx, params};
use crate::users::names;
use crate::web::error::{Error, Result};

/// Entries of the log taken at once.
const BATCH: usize = 500;
/// Posts loaded at once while the index is made anew.
const PAGE: i64 = 1000;
/// How often the log is looked at when no bell rings: other nodes' writes ring none here.
const TICK: Duration = Duration::from_secs(1);

/// Follows for ever.
pub async fn run(app: App) {
    let mut bell = app.db.doorbell();
    loop {
        bell.mark_unchanged();
        match catch_up(&app).await {
            Ok(()) => {}
            Err(why) => {
                tracing::error!("the search index fell behind: {why:?}");
                tokio::time::sleep(Duration::from_secs(5)).await;
            }
        }
        if app.search.index.release_idle() {
            crate::memory::give_back();
        }
        tokio::select! {
            _ = bell.changed() => {}
            () = tokio::time::sleep(TICK) => {}
        }
    }
}

/// Brings the index up to the end of the log.
pub async fn catch_up(app: &App) -> Result<()> {
    let mut cursor = match place(app) {
        Some(cursor) => cursor,
        None => rebuild(app).await?,
    };
    loop {
        let entries = app.db.read(|tx| changes::after(tx, cursor, BATCH)).await?;
        let Some(last) = entries.last() else { return Ok(()) };
        let next = Cursor { xid: last.xid, seq: last.seq };
        if entries.iter().any(|e| e.kind == Kind::Imported as i64) {
            cursor = rebuild(app).await?;
            continue;
        }
        let ops = app.db.read(|tx| ops(tx, &entries)).await?;
        commit(app, ops, next).await?;
        cursor = next;
    }
}

fn place(app: &App) -> Option<Cursor> {
    app.search.index.cursor()?.parse().ok()
}

async fn commit(app: &App, ops: Vec<Op>, cursor: Cursor) -> Result<()> {
    let index = app.search.index.clone();
    let done = tokio::task::spawn_blocking(move || index.apply(ops, &cursor.to_string()));
    done.await.context("the index writer stopped")?.context("writing the search index")?;
    Ok(())
}

/// Makes the index anew from the store; returns the place in the log it stands for.
async fn rebuild(app: &App) -> Result<Cursor> {
    let cursor = app.db.read(changes::newest).await?;
    let index = app.search.index.clone();
    let done = app.db.read_long(move |tx| {
        index.clear().map_err(Error::Fault)?;
        let mut last = 0;
        loop {
            let rows: Vec<Found> = tx.all(&select("p.id > $1 order by p.id limit $2"), params![last, PAGE])?;
            let Some(end) = rows.last() else { return Ok(()) };
            last = end.doc.post_id;
            index.fill(rows.into_iter().filter(|r| r.is_listed).map(|r| r.doc)).map_err(Error::Fault)?;
        }
    });
    done.await?;
    commit(app, Vec::new(), cursor).await?;
    crate::memory::give_back();
    Ok(cursor)
}

struct Found {
    doc: Doc,
    is_listed: bool,
}

impl FromRow for Found {
    fn from_row(row: &Row) -> Result<Self> {
        let author: String = row.get(4)?;
        let tags: Option<String> = row.get(11)?;
        Ok(Found {
            doc: Doc {
                post_id: row.get(0)?,
                topic_id: row.get(1)?,
                number: row.get(2)?,
                category_id: row.get(3)?,
                author: names::folded(&author),
                title: row.get(5)?,
                body: crate::posts::plain(&row.get::<SafeHtml>(6)?),
                lang: row.get(7)?,
                created_at: row.get(8)?,
                likes: row.get(9)?,
                tags: tags.unwrap_or_default().split('\n').filter(|t| !t.is_empty()).map(str::to_owned).collect(),
            },
            is_listed: row.get(10)?,
        })
    }
}

/// Posts as the index wants them. A topic's tags come as lines of one text.
fn select(condition: &str) -> String {
    format!(
        "select p.id, p.topic_id, p.number, t.category_id, u.name, t.title, p.html, p.lang, p.created_at, p.like_count,
            case when p.kind = 0 and t.kind = 0 and p.deleted_at is null and p.hidden_at is null and t.deleted_at is null
                and t.hidden_at is null and t.unlisted_at is null then 1 else 0 end,
            (select string_agg(g.folded, '\n') from topic_tags tt join tags g on g.id = tt.tag_id
                where tt.topic_id = t.id)
         from posts p join topics t on t.id = p.topic_id join users u on u.id = p.author_id where {condition}"
    )
}

fn ops(tx: &Tx, entries: &[Entry]) -> Result<Vec<Op>> {
    let of = |kinds: &[Kind]| -> BTreeSet<i64> {
        entries.iter().filter(|e| kinds.iter().any(|k| *k as i64 == e.kind)).map(|e| e.subject).collect()
    };
    let topics: Vec<i64> = of(&[Kind::TopicEdited, Kind::TopicDeleted]).into_iter().collect();
    let posts: Vec<i64> =
        of(&[Kind::PostCreated, Kind::PostEdited, Kind::PostDeleted, Kind::PostLiked]).into_iter().collect();
    let mut ops: Vec<Op> = topics.iter().map(|id| Op::DeleteTopic { topic_id: *id }).collect();
    let mut rows: Vec<Found> = tx.all(&select("p.topic_id in ids($1)"), params![&topics])?;
    rows.extend(tx.all::<Found>(&select("p.id in ids($1)"), params![&posts])?);
    for row in rows {
        ops.push(if row.is_listed { Op::Put(row.doc) } else { Op::Delete { post_id: row.doc.post_id } });
    }
    Ok(ops)
}
