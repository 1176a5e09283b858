//! The follower that knows which posts link to what on wikis, and asks the wikis about it, many things at a time.

use std::collections::BTreeMap;
use std::time::Duration;

use super::said::{Found, Said};
use super::target::{self, Kind};
use super::{Link, ask, links};
use crate::app::App;
use crate::clock::{DAY, HOUR, MINUTE};
use crate::db::changes::{self, Entry};
use crate::db::{self, Tx, params};
use crate::previews::are_on;
use crate::previews::follow::{keep, picture};
use crate::uploads;
use crate::web::error::Result;

const NAME: &str = "wiki-links";
/// Entries of the log looked at in one transaction.
const BATCH: usize = 50;
/// Things asked about in one round.
const AT_ONCE: i64 = 50;
/// How often the log is looked at when no bell rings.
const TICK: Duration = Duration::from_secs(2);
/// How long after each failure it is tried again; afterwards once a day, and then no more.
const WAITS: [i64; 3] = [MINUTE, 15 * MINUTE, 4 * HOUR];
const TRIES: i64 = 10;
/// What is being asked about is left alone by other nodes for so long.
const TAKEN: i64 = 3 * MINUTE;
/// How long an answer is good for: of a page, of one that is not there, of a revision, which may be hidden any time.
const PAGE_FOR: i64 = 30 * DAY;
const MISSING_FOR: i64 = DAY;
const REVISION_FOR: i64 = DAY;

/// Follows for ever.
pub async fn run(app: App) {
    let mut bell = app.db.doorbell();
    loop {
        bell.mark_unchanged();
        let done = match catch_up(&app).await {
            Ok(()) => round(&app).await.map(drop),
            Err(why) => Err(why),
        };
        if let Err(why) = done {
            tracing::error!("what links to wikis lead to fell behind: {why:?}");
            tokio::time::sleep(Duration::from_secs(5)).await;
        }
        tokio::select! {
            _ = bell.changed() => {}
            () = tokio::time::sleep(TICK) => {}
        }
    }
}

/// Remembers what the posts up to the end of the log link to.
pub async fn catch_up(app: &App) -> Result<()> {
    let keeper = app.clone();
    changes::follow(
        &app.db,
        NAME,
        BATCH,
        |tx, entries| found(tx, app, entries),
        move |tx, posts| keep_links(tx, posts, keeper.now()),
    )
    .await
}

/// Posts of these entries with what they link to, and those that may have linked to something before they were edited.
fn found(tx: &Tx, app: &App, entries: &[Entry]) -> Result<Vec<(i64, Vec<Link>)>> {
    let posts = changes::written_posts(tx, entries)?;
    if posts.is_empty() {
        return Ok(Vec::new());
    }
    let site = app.site.now(tx)?;
    if !are_on(&site) {
        return Ok(Vec::new());
    }
    let links = posts.into_iter().map(|p| (p.id, super::targets(&links(&site.wikis, &p.html)), p.was_edited));
    Ok(links
        .filter(|(_, found, was_edited)| *was_edited || !found.is_empty())
        .map(|(id, found, _)| (id, found))
        .collect())
}

fn keep_links(tx: &Tx, posts: &[(i64, Vec<Link>)], now: i64) -> Result<()> {
    for (post, found) in posts {
        tx.exec("delete from post_wiki_links where post_id = $1", params![post])?;
        for link in found {
            remember(tx, *post, link, now)?;
        }
    }
    Ok(())
}

/// A post links to something: it is asked about unless it is known, and shown at once if it is.
fn remember(tx: &Tx, post: i64, link: &Link, now: i64) -> Result<()> {
    let (api, kind, key) = (&link.target.api, link.target.kind as i64, &link.target.key);
    tx.exec(
        "insert into wiki_previews (api, kind, key, next_try_at, created_at) values ($1, $2, $3, $4, $4)
         on conflict (api, kind, key) do nothing",
        params![api, kind, key, now],
    )?;
    let (id, state, upload): (i64, i64, Option<i64>) = tx.one(
        "select id, state, upload_id from wiki_previews where api = $1 and kind = $2 and key = $3",
        params![api, kind, key],
    )?;
    tx.exec(
        "insert into post_wiki_links (post_id, preview_id, alone) values ($1, $2, $3) on conflict do nothing",
        params![post, id, link.is_alone],
    )?;
    // Nobody linked to it any more, or nobody had room for its picture.
    tx.exec(
        "update wiki_previews set next_try_at = $2, tries = 0 where id = $1
            and (next_try_at is null or cast($3 as bigint) = 1 and state = 1 and upload_id is null and data like '%\"picture\":\"h%')",
        params![id, now, i64::from(link.is_alone)],
    )?;
    if state > 0 {
        show(tx, id, upload)?;
    }
    Ok(())
}

/// The posts that link to something show what is known of it now, and whoever sees a card sees its picture.
fn show(tx: &Tx, preview: i64, upload: Option<i64>) -> Result<()> {
    if let Some(upload) = upload {
        tx.exec(
            "insert into post_uploads (post_id, upload_id, name)
             select post_id, cast($2 as bigint), 'preview' from post_wiki_links where preview_id = $1 and alone = 1
             on conflict do nothing",
            params![preview, upload],
        )?;
    }
    tx.exec(
        "update topics set version = version + 1 where id in (
            select p.topic_id from post_wiki_links l join posts p on p.id = l.post_id where l.preview_id = $1)",
        params![preview],
    )?;
    tx.changed(db::Kind::PreviewMade, preview);
    Ok(())
}

/// Something that is due.
#[derive(Clone)]
struct Due {
    id: i64,
    key: String,
    tries: i64,
}

/// One round: asks about what is due, and tells how much there was.
pub async fn round(app: &App) -> Result<usize> {
    let now = app.now();
    let due = app.db.read(|tx| {
        if !are_on(&*app.site.now(tx)?) {
            return Ok(Vec::new());
        }
        tx.all::<(i64, i64)>(
            "select id, next_try_at from wiki_previews where next_try_at is not null and next_try_at <= $1
             order by next_try_at, id limit $2",
            params![now, AT_ONCE],
        )
    });
    let due = due.await?;
    let count = due.len();
    if count == 0 {
        return Ok(0);
    }
    let cached = app.clone();
    let (wikis, taken) = app.db.write(move |tx| Ok((cached.site.now(tx)?.wikis.clone(), take(tx, &due, now)?))).await?;
    for ((api, kind), due) in taken {
        let (wiki, kind) = (target::wiki_of(&wikis, &api), Kind::of(kind));
        let keys: Vec<String> = due.iter().map(|d| d.key.clone()).collect();
        let mut found = match (&wiki, kind) {
            (Some(wiki), Some(kind)) => ask::about(app, wiki, kind, &keys).await,
            // A wiki that the site is no longer joined to.
            _ => keys.into_iter().map(|key| (key, Found::Nothing)).collect(),
        };
        for one in due {
            let said = found.remove(&one.key);
            settle(app, one, kind, said, now).await?;
        }
    }
    Ok(count)
}

type Taken = BTreeMap<(String, i64), Vec<Due>>;

/// Takes what is due, unless another node did; what no post links to any more is left alone.
fn take(tx: &Tx, due: &[(i64, i64)], now: i64) -> Result<Taken> {
    let mut taken = Taken::new();
    for (id, at) in due {
        let mine: Option<(String, i64, String, i64)> = tx.first(
            "update wiki_previews set tries = tries + 1,
                next_try_at = case when exists (select 1 from post_wiki_links l where l.preview_id = wiki_previews.id)
                    then cast($3 as bigint) end
             where id = $1 and next_try_at = $2
             returning api, kind, key, case when next_try_at is null then 0 else tries end",
            params![id, at, now + TAKEN],
        )?;
        if let Some((api, kind, key, tries)) = mine
            && tries > 0
        {
            taken.entry((api, kind)).or_default().push(Due { id: *id, key, tries });
        }
    }
    Ok(taken)
}

async fn settle(app: &App, due: Due, kind: Option<Kind>, found: Option<Found>, now: i64) -> Result<()> {
    let Some(found) = found else {
        let next = match due.tries {
            tries if tries > TRIES => None,
            tries => Some(now + WAITS.get(tries as usize - 1).copied().unwrap_or(DAY)),
        };
        let id = due.id;
        let sql = "update wiki_previews set next_try_at = $2 where id = $1";
        return app.db.write(move |tx| tx.exec(sql, params![id, next]).map(drop)).await;
    };
    let (state, said, good_for) = match found {
        Found::Known(said) if matches!(kind, Some(Kind::Revision | Kind::Difference)) => (1, Some(said), REVISION_FOR),
        Found::Known(said) => (1, Some(said), PAGE_FOR),
        Found::Missing => (2, None, MISSING_FOR),
        // The next change may be made tomorrow.
        Found::Nothing if kind.is_some_and(|kind| target::moves(kind, &due.key)) => (3, None, MISSING_FOR),
        Found::Nothing => (3, None, PAGE_FOR),
    };
    let id = due.id;
    let (before, has_room): (Before, bool) = app
        .db
        .read(move |tx| {
            let before = tx.one("select state, data, upload_id from wiki_previews where id = $1", params![id])?;
            let sql = "select count(*) from post_wiki_links where preview_id = $1 and alone = 1";
            Ok((before, tx.one::<i64>(sql, params![id])? > 0))
        })
        .await?;
    let wanted = said.as_ref().map_or("", |said| said.picture.as_str()).to_owned();
    let old: Said = serde_json::from_str(&before.1).unwrap_or_default();
    let is_same = before.2.is_some() && old.picture == wanted;
    let bytes = match !wanted.is_empty() && has_room && !is_same {
        true => picture(app, &wanted).await,
        false => None,
    };
    let data = match &said {
        Some(said) => serde_json::to_string(said).unwrap_or_default(),
        None => String::new(),
    };
    // A sweep does not run between a picture's bytes and its row.
    let taking_in = app.taking_in.read().await;
    let kept = match bytes {
        Some(bytes) => keep(app, bytes).await,
        None => None,
    };
    let done = app.db.write(move |tx| {
        let upload = match &kept {
            Some((stored, sha1)) => Some(uploads::add(tx, stored, sha1, None, now)?),
            None if is_same => before.2,
            None => None,
        };
        tx.exec(
            "update wiki_previews set state = $2, data = $3, upload_id = $4, tries = 0, asked_at = $5, next_try_at = $6
             where id = $1",
            params![id, state, &data, upload, now, now + good_for],
        )?;
        if (state, &data, upload) != (before.0, &before.1, before.2) {
            show(tx, id, upload)?;
        }
        Ok(())
    });
    let done = done.await;
    drop(taking_in);
    done
}

/// State, data and picture as they were.
type Before = (i64, String, Option<i64>);
