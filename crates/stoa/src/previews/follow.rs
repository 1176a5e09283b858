//! The follower that knows which posts link to what, and asks the pages that are due.

use std::time::Duration;

use tokio::task::JoinSet;

use super::head::{self, Said};
use super::{addresses, are_on};
use crate::app::App;
use crate::clock::{DAY, HOUR, MINUTE};
use crate::db::changes::{self, Entry};
use crate::db::{Kind, Tx, params};
use crate::fetch::{Failure, Most};
use crate::uploads::{self, send};
use crate::web::error::{Error, Result};

const NAME: &str = "link-previews";
/// Entries of the log looked at in one transaction.
const BATCH: usize = 50;
/// Pages asked in one round.
const AT_ONCE: i64 = 4;
/// How often the log is looked at when no bell rings.
const TICK: Duration = Duration::from_secs(2);
/// How long a page may take, and its picture.
const PATIENCE: Duration = Duration::from_secs(8);
/// The head of a page stands at its beginning.
const PAGE: Most = Most { bytes: 512 << 10, is_enough: true };
const PICTURE: Most = Most { bytes: 5 << 20, is_enough: false };
/// Pixels on the long side of a card's picture.
const SIDE: u32 = 480;
/// How long after each failure it is tried again; after the last one no more.
const WAITS: [i64; 3] = [MINUTE, 15 * MINUTE, 4 * HOUR];
/// A page that is being asked is left alone by other nodes for so long.
const TAKEN: i64 = 2 * MINUTE;
/// After that a new link to a page is a reason to ask again: to one that has a card, to one that has none.
const GOOD_FOR: i64 = 30 * DAY;
const DEAD_FOR: i64 = DAY;

/// Follows for ever.
pub async fn run(app: App) {
    let mut bell = app.db.doorbell();
    loop {
        bell.mark_unchanged();
        let done = match catch_up(&app).await {
            Ok(()) => ask(&app).await.map(drop),
            Err(why) => Err(why),
        };
        if let Err(why) = done {
            tracing::error!("previews of links fell behind: {why:?}");
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

/// A post, and the pages it links to.
type Links = (i64, Vec<String>);

/// Posts of these entries that link to pages, and those that may have before they were edited.
fn found(tx: &Tx, app: &App, entries: &[Entry]) -> Result<Vec<Links>> {
    let posts = changes::written_posts(tx, entries)?;
    if posts.is_empty() {
        return Ok(Vec::new());
    }
    let (site, base) = (app.site.now(tx)?, app.config.base());
    if !are_on(&site) {
        return Ok(Vec::new());
    }
    let links = posts.into_iter().map(|post| (post.id, addresses(&post.html, &base, &site.wikis), post.was_edited));
    Ok(links
        .filter(|(_, found, was_edited)| *was_edited || !found.is_empty())
        .map(|(id, found, _)| (id, found))
        .collect())
}

fn keep_links(tx: &Tx, posts: &[Links], now: i64) -> Result<()> {
    for (post, found) in posts {
        tx.exec("delete from post_links where post_id = $1", params![post])?;
        for address in found {
            link(tx, *post, address, now)?;
        }
    }
    Ok(())
}

/// A post links to a page: it is asked if it has not been lately, and shown at once if it has.
fn link(tx: &Tx, post: i64, address: &str, now: i64) -> Result<()> {
    tx.exec(
        "insert into link_previews (address, next_try_at, created_at) values ($1, $2, $2) on conflict (address) do nothing",
        params![address, now],
    )?;
    let (id, state, upload): (i64, i64, Option<i64>) =
        tx.one("select id, state, upload_id from link_previews where address = $1", params![address])?;
    tx.exec("insert into post_links (post_id, preview_id) values ($1, $2) on conflict do nothing", params![post, id])?;
    tx.exec(
        "update link_previews set next_try_at = $2, tries = 0
         where id = $1 and next_try_at is null and (state = 1 and asked_at < $3 or state = 2 and asked_at < $4)",
        params![id, now, now - GOOD_FOR, now - DEAD_FOR],
    )?;
    if state == 1 {
        show(tx, id, upload)?;
    }
    Ok(())
}

/// The posts that link to a page show its card now, and whoever sees one of them sees its picture.
fn show(tx: &Tx, preview: i64, upload: Option<i64>) -> Result<()> {
    if let Some(upload) = upload {
        tx.exec(
            "insert into post_uploads (post_id, upload_id, name)
             select post_id, cast($2 as bigint), 'preview' from post_links where preview_id = $1
             on conflict do nothing",
            params![preview, upload],
        )?;
    }
    tx.exec(
        "update topics set version = version + 1 where id in (
            select p.topic_id from post_links l join posts p on p.id = l.post_id where l.preview_id = $1)",
        params![preview],
    )?;
    tx.changed(Kind::PreviewMade, preview);
    Ok(())
}

/// One round: asks the pages that are due and tells how many there were.
pub async fn ask(app: &App) -> Result<usize> {
    let now = app.now();
    let due = app.db.read(|tx| {
        if !are_on(&*app.site.now(tx)?) {
            return Ok(Vec::new());
        }
        tx.all::<(i64, String, i64)>(
            "select id, address, next_try_at from link_previews where next_try_at is not null and next_try_at <= $1
             order by next_try_at, id limit $2",
            params![now, AT_ONCE],
        )
    });
    let due = due.await?;
    let count = due.len();
    let mut asked = JoinSet::new();
    for (id, address, at) in due {
        let app = app.clone();
        asked.spawn(async move {
            if let Err(why) = ask_one(&app, id, &address, at).await {
                tracing::warn!("the preview of {address}: {why:?}");
            }
        });
    }
    while asked.join_next().await.is_some() {}
    Ok(count)
}

/// What came of asking.
enum Outcome {
    /// What it says, with the bytes of its picture.
    Known(Box<Said>, Option<bytes::Bytes>),
    /// It may answer later.
    Later,
    Nothing,
}

async fn ask_one(app: &App, id: i64, address: &str, at: i64) -> Result<()> {
    let now = app.now();
    let tries: Option<i64> = app
        .db
        .write(move |tx| {
            tx.first(
                "update link_previews set tries = tries + 1, next_try_at = $3 where id = $1 and next_try_at = $2
                 returning tries",
                params![id, at, now + TAKEN],
            )
        })
        .await?;
    let Some(tries) = tries else { return Ok(()) };
    let outcome = fetch(app, address).await;
    // A sweep does not run between a picture's bytes and its row.
    let taking_in = app.taking_in.read().await;
    let kept = match &outcome {
        Outcome::Known(_, Some(picture)) => keep(app, picture.clone()).await,
        _ => None,
    };
    let done = app.db.write(move |tx| settle(tx, id, tries, &outcome, kept.as_ref(), now)).await;
    drop(taking_in);
    done
}

fn settle(
    tx: &Tx,
    id: i64,
    tries: i64,
    outcome: &Outcome,
    picture: Option<&(uploads::Stored, String)>,
    now: i64,
) -> Result<()> {
    match outcome {
        Outcome::Known(said, _) => {
            let upload = match picture {
                Some((stored, sha1)) => Some(uploads::add(tx, stored, sha1, None, now)?),
                None => None,
            };
            tx.exec(
                "update link_previews set state = 1, title = $2, site = $3, about = $4, lang = $5, upload_id = $6,
                    next_try_at = null, asked_at = $7 where id = $1",
                params![id, &said.title, &said.site, &said.about, &said.lang, upload, now],
            )?;
            show(tx, id, upload)
        }
        Outcome::Later if tries as usize <= WAITS.len() => {
            let next = now + WAITS[tries as usize - 1];
            tx.exec("update link_previews set next_try_at = $2 where id = $1", params![id, next]).map(drop)
        }
        // What was known before stays: a page that is down for a day does not lose its cards.
        Outcome::Later | Outcome::Nothing => tx
            .exec(
                "update link_previews set state = case when state = 1 then 1 else 2 end, next_try_at = null, asked_at = $2
                 where id = $1",
                params![id, now],
            )
            .map(drop),
    }
}

async fn fetch(app: &App, address: &str) -> Outcome {
    let got = app.fetcher.get_some(address, "text/html, application/xhtml+xml", PATIENCE, PAGE).await;
    let page = match got {
        Ok(page) => page,
        Err(Failure::NotPublic | Failure::TooManyRedirects | Failure::TooLarge) => return Outcome::Nothing,
        Err(Failure::TimedOut | Failure::NoAnswer(_)) => return Outcome::Later,
    };
    match page.status {
        200 if matches!(page.kind.as_str(), "text/html" | "application/xhtml+xml") => {}
        408 | 425 | 429 | 500..=599 => return Outcome::Later,
        _ => return Outcome::Nothing,
    }
    let Some(said) = head::read(&page.body, page.charset.as_deref(), &page.url) else { return Outcome::Nothing };
    let picture = match &said.picture {
        Some(at) => picture(app, at.as_str()).await,
        None => None,
    };
    Outcome::Known(Box::new(said), picture)
}

/// A card does without a picture that cannot be had.
pub async fn picture(app: &App, address: &str) -> Option<bytes::Bytes> {
    let accept = "image/webp, image/png, image/jpeg, image/gif";
    let got = app.fetcher.get_some(address, accept, PATIENCE, PICTURE).await.ok()?;
    (got.status == 200).then(|| got.body.into())
}

/// Writes a picture anew, small.
pub async fn keep(app: &App, picture: bytes::Bytes) -> Option<(uploads::Stored, String)> {
    let _turn = send::TURNS.acquire().await.ok()?;
    let keeper = app.clone();
    match tokio::task::spawn_blocking(move || send::keep_small(&keeper, &picture, SIDE)).await {
        Ok(Ok(kept)) => Some(kept),
        Ok(Err(Error::Refused(_))) | Err(_) => None,
        Ok(Err(why)) => {
            tracing::warn!("keeping the picture of a preview: {why:?}");
            None
        }
    }
}
