//! The format that takes seconds to write: pictures in AVIF, made after the answer, one at a time.

use std::sync::LazyLock;

use stoa_markup::{SafeHtml, offer};
use tokio::sync::Semaphore;

use super::picture::Made;
use super::seen::sources;
use super::send::{add_variant, keep_variant};
use crate::app::App;
use crate::db::{Tx, params};
use crate::web::error::{Error, Result};

/// Pictures written as AVIF at once, beside those that somebody waits for.
static TURNS: LazyLock<Semaphore> = LazyLock::new(|| Semaphore::new(1));

/// Begins; posts that were written with the picture in the meantime offer the new format when it is there.
pub fn make(app: &App, id: i64, sha256: String, made: Made) {
    if !cfg!(feature = "avif") {
        return;
    }
    let app = app.clone();
    tokio::spawn(async move {
        if let Err(e) = keep(&app, id, sha256, made).await {
            tracing::warn!("writing upload {id} as AVIF: {e:?}");
        }
    });
}

async fn keep(app: &App, id: i64, sha256: String, made: Made) -> Result<()> {
    let _turn = TURNS.acquire().await.map_err(|e| Error::Fault(e.into()))?;
    let files = tokio::task::spawn_blocking(move || made.avif()).await.map_err(|e| Error::Fault(e.into()))??;
    if files.is_empty() {
        return Ok(());
    }
    let _taking_in = app.taking_in.read().await;
    let there = app.db.read(|tx| tx.first::<i64>("select id from uploads where id = $1", params![id])).await?;
    if there.is_none() {
        return Ok(());
    }
    let (keeper, hash) = (app.clone(), sha256.clone());
    let kept = tokio::task::spawn_blocking(move || {
        files.iter().map(|file| keep_variant(&keeper, &hash, file)).collect::<Result<Vec<_>>>()
    });
    let kept = kept.await.map_err(|e| Error::Fault(e.into()))??;
    app.db
        .write(move |tx| {
            kept.iter().try_for_each(|variant| add_variant(tx, id, variant))?;
            offer_in_posts(tx, id, &sha256)
        })
        .await
}

fn offer_in_posts(tx: &Tx, upload: i64, sha256: &str) -> Result<()> {
    let sources = sources(tx, upload, sha256)?;
    let Some(avif) = sources.iter().find(|s| s.kind == "image/avif") else { return Ok(()) };
    let posts: Vec<(i64, i64, SafeHtml)> = tx.all(
        "select p.id, p.topic_id, p.html from post_uploads pu join posts p on p.id = pu.post_id where pu.upload_id = $1",
        params![upload],
    )?;
    for (post, topic, html) in posts {
        if let Some(html) = offer(&html, &format!("/uploads/{sha256}-"), avif) {
            tx.exec("update posts set html = $2 where id = $1", params![post, &html])?;
            tx.exec("update topics set version = version + 1 where id = $1", params![topic])?;
        }
    }
    Ok(())
}
