//! The rounds of the bots: each wiki now and then, one thing after the other.

use std::time::Duration;

use super::client::{Client, Done, Trouble};
use super::{Bot, due, mirror, pages, talk};
use crate::app::App;
use crate::clock::{HOUR, MINUTE, SECOND};
use crate::db::{Kind, params};
use crate::web::error::Result;
use crate::wikis::{Wiki, queries};

/// How often it is looked for bots that are due.
const TICK: Duration = Duration::from_secs(5);
/// How often a wiki is looked at; sooner when pages may be written sooner.
const EVERY: i64 = MINUTE;
/// How often a wiki is looked at although there is nothing to write.
const LOOK_EVERY: i64 = HOUR;
/// How long a bot that was stopped waits before it looks again.
const STOPPED: i64 = 10 * MINUTE;

/// Works for ever.
pub async fn run(app: App) {
    loop {
        if let Err(why) = round(&app).await {
            tracing::warn!("wiki bots: {why:?}");
        }
        tokio::time::sleep(TICK).await;
    }
}

/// Each bot that is due does what there is to do.
pub async fn round(app: &App) -> Result<()> {
    let now = app.now();
    for bot in app.db.read(|tx| due(tx, now)).await? {
        let Some(wiki) = app.db.read(|tx| queries::by_id(tx, bot.wiki_id)).await? else { continue };
        // Another node leaves it alone meanwhile.
        let (id, next) = (bot.wiki_id, now + EVERY.min(bot.pause_seconds * SECOND));
        let taken = app.db.write(move |tx| {
            tx.exec(
                "update wiki_bots set next_at = $2 where wiki_id = $1 and (next_at is null or next_at <= $3)",
                params![id, next, now],
            )
        });
        if taken.await? == 0 {
            continue;
        }
        match work(app, &wiki, &bot, now).await? {
            Ok(false) => {}
            done => settle(app, &bot, done.map(drop), now).await?,
        }
    }
    Ok(())
}

/// Writes down how it went.
async fn settle(app: &App, bot: &Bot, done: Done<()>, now: i64) -> Result<()> {
    let id = bot.wiki_id;
    let (next, why) = match done {
        Ok(()) => (None, None),
        Err(Trouble::Later(after, why)) => {
            tracing::info!("the bot of wiki {id} waits: {why}");
            (Some(now + after), None)
        }
        Err(Trouble::Stop(why)) => (Some(now + STOPPED), Some(why)),
        Err(Trouble::No(code, info)) => (Some(now + STOPPED), Some(format!("{code}: {info}"))),
    };
    let was_stopped = bot.stopped_at.is_some();
    app.db
        .write(move |tx| {
            if let Some(next) = next {
                tx.exec("update wiki_bots set next_at = $2 where wiki_id = $1", params![id, next])?;
            }
            match &why {
                Some(why) => {
                    let why: String = why.chars().take(500).collect();
                    tx.exec(
                        "update wiki_bots set stopped_at = coalesce(stopped_at, $2), stopped_why = $3 where wiki_id = $1",
                        params![id, now, &why],
                    )?;
                }
                None if next.is_none() => {
                    tx.exec(
                        "update wiki_bots set stopped_at = null, stopped_why = '', worked_at = $2 where wiki_id = $1",
                        params![id, now],
                    )?;
                }
                None => {}
            }
            if why.is_some() != was_stopped {
                tx.changed(Kind::SettingsEdited, 0);
            }
            Ok(())
        })
        .await
}

/// Whether anything was asked of the wiki, which is what [`settle`] writes down.
async fn work(app: &App, wiki: &Wiki, bot: &Bot, now: i64) -> Result<Done<bool>> {
    let t = app.words.t(&wiki.lang);
    let found = app.db.read(|tx| {
        let made = pages::make(tx, app, wiki, &t, now)?;
        let mirrors = mirror::due(tx, app, bot, &t, now)?;
        let talks = if wiki.delivers { Vec::new() } else { talk::due(tx, app, wiki, bot, now)? };
        Ok((made, mirrors, talks))
    });
    let (made, mirrors, talks) = found.await?;
    let is_idle = mirrors.is_empty() && talks.is_empty() && !pages::differ(bot, &made);
    // A wiki is not asked for nothing; but now and then whether its pages are still there.
    if is_idle && bot.stopped_at.is_none() && bot.worked_at.is_some_and(|at| now < at + LOOK_EVERY) {
        return Ok(Ok(false));
    }
    let mut client = match Client::log_in(app, wiki, bot).await {
        Ok(client) => client,
        Err(why) => return Ok(Err(why)),
    };
    let mut titles = vec![bot.stop_page(), bot.data_page(), bot.list_page()];
    titles.extend(mirrors.iter().map(|m| m.mirror.page.clone()));
    titles.extend(talks.iter().filter(|t| t.has_news()).map(|t| t.page.clone()));
    titles.sort();
    titles.dedup();
    let mut there = std::collections::BTreeMap::new();
    for some in titles.chunks(20) {
        match client.pages(some).await {
            Ok(found) => there.extend(found),
            Err(why) => return Ok(Err(why)),
        }
    }
    if let Some(stop) = there.get(&bot.stop_page()).filter(|page| !page.text.trim().is_empty()) {
        let said: String = stop.text.trim().chars().take(300).collect();
        return Ok(Err(Trouble::Stop(format!("{}: {said} ({})", bot.stop_page(), stop.user))));
    }
    match pages::write(&mut client, bot, &made, &there, &t, now).await {
        Ok(written) => keep_pages(app, bot.wiki_id, &made, written, now).await?,
        Err(why) => return Ok(Err(why)),
    }
    let mut written = std::collections::BTreeSet::new();
    for due in &mirrors {
        // A page is read once in a round, so it is changed once in a round.
        if !written.insert(due.mirror.page.clone()) && due.opening.is_none() {
            continue;
        }
        let done = mirror::write(&mut client, due, &there, &t).await;
        let (id, topic, up_to, heading) = (bot.wiki_id, due.mirror.topic_id, due.up_to, due.heading.clone());
        let refused = done.as_ref().is_err_and(mirror::is_of_page);
        if let Err(why) = done
            && !refused
        {
            return Ok(Err(why));
        }
        app.db
            .write(move |tx| match refused {
                true => mirror::refused(tx, id, topic, now),
                false => mirror::told(tx, id, topic, up_to, &heading, now),
            })
            .await?;
    }
    for due in talks {
        let mut was_written = true;
        if due.has_news() {
            match talk::write(&mut client, bot, &due, &there, &t).await {
                Ok(is_written) => was_written = is_written,
                Err(Trouble::No(code, info)) => {
                    tracing::info!("{} takes no message: {code} {info}", due.page);
                    was_written = false;
                }
                Err(why) => return Ok(Err(why)),
            }
        }
        let wiki = wiki.clone();
        app.db.write(move |tx| talk::told(tx, &wiki, &due, was_written, now)).await?;
    }
    Ok(Ok(true))
}

async fn keep_pages(app: &App, id: i64, made: &pages::Made, (data, list): (bool, bool), now: i64) -> Result<()> {
    if !data && !list {
        return Ok(());
    }
    let (data_hash, list_hash) = (made.data_hash.clone(), made.list_hash.clone());
    app.db
        .write(move |tx| {
            if data {
                tx.exec(
                    "update wiki_bots set data_hash = $2, data_at = $3 where wiki_id = $1",
                    params![id, &data_hash, now],
                )?;
            }
            if list {
                tx.exec(
                    "update wiki_bots set list_hash = $2, list_at = $3 where wiki_id = $1",
                    params![id, &list_hash, now],
                )?;
            }
            Ok(())
        })
        .await
}
