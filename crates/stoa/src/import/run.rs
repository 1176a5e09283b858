//! The frame of every import: what stands around its batches.

use std::sync::Arc;
use std::time::Instant;

use super::report::Report;
use super::rows::{self, Rights};
use crate::app::App;
use crate::db::{Kind, params};
use crate::posts::text::Names;
use crate::site::{Site, SiteCache};
use crate::web::error::{Error, Result};

/// A running import.
pub struct Run {
    pub app: App,
    /// The name of the source, under which its records are remembered.
    pub source: String,
    pub report: Report,
    /// Whether to keep quiet about progress.
    pub quiet: bool,
    /// Whether an earlier run from this source was stopped.
    resumed: bool,
    started: Instant,
}

/// A category of this import that nobody can read yet.
#[derive(Clone, Debug)]
pub struct Closed {
    pub id: i64,
    pub rights: Rights,
}

impl Run {
    /// Notes that an import from this source is under way, so that one that was stopped is known to be unfinished.
    pub async fn start(app: &App, source: &str, quiet: bool) -> anyhow::Result<Run> {
        app.db.expect_much().await.map_err(Error::into_anyhow)?;
        let source: String = source.chars().take(300).collect();
        let name = source.clone();
        let marked = app.db.write(move |tx| {
            tx.exec(
                "insert into imports (source, kind, source_id, id) values ($1, 'running', 0, 0) on conflict do nothing",
                params![&name],
            )
        });
        let resumed = marked.await.map_err(Error::into_anyhow)? == 0;
        let report = Report::default();
        Ok(Run { app: app.clone(), source, report, quiet, resumed, started: Instant::now() })
    }

    /// Gives the categories their rights, tells the followers that everything is new, and hands over the report.
    pub async fn finish(mut self, closed: Vec<Closed>) -> anyhow::Result<Report> {
        let source = self.source.clone();
        let is_news = self.report.wrote() || self.resumed || !closed.is_empty();
        let done = self.app.db.write(move |tx| {
            for category in &closed {
                rows::open(tx, category.id, &category.rights)?;
            }
            tx.exec("delete from imports where source = $1 and kind in ('running', 'closed')", params![&source])?;
            if is_news {
                tx.changed(Kind::Imported, 0);
            }
            Ok(())
        });
        done.await.map_err(Error::into_anyhow)?;
        if self.report.wrote() {
            self.app.db.analyze().await.map_err(Error::into_anyhow)?;
        }
        self.report.seconds = self.started.elapsed().as_secs_f64();
        Ok(self.report)
    }

    /// What a site looks like now, with the rooms that are still closed: the kept snapshot may not know those.
    pub async fn site(&self) -> anyhow::Result<Arc<Site>> {
        self.app.db.read(|tx| SiteCache::default().now(tx)).await.map_err(Error::into_anyhow)
    }
}

/// Everybody and every tag that a text may name.
pub fn everyone<'s>(tx: &crate::db::Tx, site: &'s Site, base: &str) -> Result<Names<'s>> {
    let mut names = Names::none(site, base);
    for name in tx.all::<String>("select name from users where deleted_at is null", &[])? {
        names.add_person(&name);
    }
    for tag in tx.all::<String>("select name from tags", &[])? {
        names.add_tag(&tag);
    }
    Ok(names)
}
