//! `stoa import discourse SRC`: a folder of its JSON, a backup archive, or the address of a site.
//!
//! Ids, numbers, dates, likes, tags, states and addresses are kept. Private messages, whispers, mail and IP addresses
//! and whatever was deleted stay behind.

mod backup;
mod cooked;
mod copy;
mod crawl;
mod files;
mod folder;
mod load;
mod model;
mod polls;
mod shapes;
mod tables;
mod talk;

use std::path::Path;

use anyhow::Context;

use super::report::Report;
use super::run::Run;
use crate::app::App;
use load::Loader;
use model::{Forum, Posts};

/// Imports a folder, a backup or an address.
pub async fn import(app: &App, from: &str, source: Option<String>, quiet: bool) -> anyhow::Result<Report> {
    if from.starts_with("http://") || from.starts_with("https://") {
        let cache = app.config.data.join("import").join(crawl::folder_name(from)?);
        let (address, folder) = (from.to_owned(), cache.clone());
        tokio::task::spawn_blocking(move || crawl::fetch(&address, &folder, quiet)).await??;
        let (forum, posts) = tokio::task::block_in_place(|| folder::read(&cache))?;
        let name = source.unwrap_or_else(|| format!("discourse:{}", from.trim_end_matches('/')));
        let report = load(app, &name, forum, &posts, false, quiet).await?;
        // The next run asks the site anew.
        std::fs::remove_dir_all(&cache).with_context(|| format!("removing {}", cache.display()))?;
        return Ok(report);
    }
    let path = Path::new(from);
    let full = path.canonicalize().with_context(|| format!("opening {from}"))?;
    if full.is_dir() {
        let (forum, posts) = tokio::task::block_in_place(|| folder::read(&full))?;
        let name = source.unwrap_or_else(|| format!("discourse:{}", full.display()));
        return load(app, &name, forum, &posts, false, quiet).await;
    }
    let (forum, posts) = tokio::task::block_in_place(|| backup::read(&full))?;
    let name = source.unwrap_or_else(|| format!("discourse:{}", site_of(&full)));
    load(app, &name, forum, &posts, true, quiet).await
}

/// The part of a backup's name that stays the same from one backup to the next:
/// `<site>-YYYY-MM-DD-HHMMSS-v<version>.tar.gz`.
fn site_of(path: &Path) -> String {
    let name = path.file_name().map(|n| n.to_string_lossy().into_owned()).unwrap_or_default();
    let is_date = |part: &str| part.len() == 4 && part.starts_with("20") && part.bytes().all(|b| b.is_ascii_digit());
    let parts: Vec<&str> = name.split('-').collect();
    let end = parts.iter().position(|part| is_date(part)).filter(|at| *at > 0);
    end.map_or_else(|| path.display().to_string(), |end| parts[..end].join("-"))
}

async fn load(
    app: &App,
    source: &str,
    mut forum: Forum,
    posts: &(dyn Posts + Sync),
    is_backup: bool,
    quiet: bool,
) -> anyhow::Result<Report> {
    let mut run = Run::start(app, source, quiet).await?;
    for (kind, place, reason, exactly) in std::mem::take(&mut forum.broken) {
        run.report.of(kind).read += 1;
        run.report.skip(kind, place, reason, &exactly);
    }
    for (what, count) in std::mem::take(&mut forum.left) {
        run.report.leave_out(what, count);
    }
    let mut topics: std::collections::BTreeMap<&str, u64> = std::collections::BTreeMap::new();
    forum.left_topics.values().for_each(|why| *topics.entry(why).or_default() += 1);
    for (why, count) in topics {
        run.report.of("topics").read += count;
        run.report.leave("topics", why, count);
    }
    let loader = tokio::task::block_in_place(|| {
        let mut loader = Loader::new(run, forum, is_backup);
        let plan = loader.plan(posts)?;
        loader.people()?;
        loader.groups()?;
        loader.rooms()?;
        let files = loader.files(posts, &plan)?;
        loader.talk(posts, &plan, &files)?;
        anyhow::Ok(loader)
    })?;
    loader.run.finish(loader.closed).await
}

#[cfg(test)]
mod tests {
    #[test]
    fn two_backups_of_one_site_are_one_source() {
        let of = |name: &str| super::site_of(std::path::Path::new(name));
        assert_eq!(of("/b/my-forum-2024-01-02-030405-v20240101.tar.gz"), "my-forum");
        assert_eq!(of("/b/my-forum-2025-02-03-030405-v20250101.tar.gz"), "my-forum");
        assert_eq!(of("/b/dump.sql.gz"), "/b/dump.sql.gz");
    }
}
