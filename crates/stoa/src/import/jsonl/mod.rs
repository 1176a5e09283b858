//! `stoa import jsonl DIR`: users, categories, topics, posts and likes as JSON Lines, the neutral way in.
//!
//! A record is known again by its id together with its time: only records whose id was taken by something else are
//! written down in `imports`, so that the usual case costs nothing.

mod people;
pub(in crate::import) use people::free_slug;
mod records;
mod talk;

use std::collections::HashMap;
use std::path::{Path, PathBuf};

use anyhow::Context;

use super::lines::Lines;
use super::progress::Progress;
use super::report::Report;
use super::rows;
use super::run::{Closed, Run};
use crate::app::App;
use crate::db::Tx;
use crate::web::error::{Error, Result};

/// What is known of a topic that came in.
#[derive(Clone, Copy)]
struct TopicHere {
    id: i64,
    category_id: i64,
}

/// What is known of a post that came in.
#[derive(Clone, Copy)]
struct PostHere {
    id: i64,
    topic_id: i64,
    author_id: i64,
    number: i64,
}

/// An import under way, by the ids of the source.
struct Loader {
    run: Run,
    dir: PathBuf,
    users: HashMap<i64, i64>,
    categories: HashMap<i64, i64>,
    topics: HashMap<i64, TopicHere>,
    /// Topics whose posts are still to come, by their new ids: the line, the row.
    waiting: HashMap<i64, (u64, rows::Topic)>,
    posts: HashMap<i64, PostHere>,
    closed: Vec<Closed>,
}

/// Files that must be there; likes may be missing.
const NEEDED: [&str; 4] = ["users", "categories", "topics", "posts"];

/// Imports a folder. What cannot come in is in the report; an error means that the rest did not come in either.
pub async fn import(app: &App, dir: &Path, source: Option<String>, quiet: bool) -> anyhow::Result<Report> {
    anyhow::ensure!(dir.is_dir(), "{} is not a folder", dir.display());
    for name in NEEDED {
        let file = dir.join(format!("{name}.jsonl"));
        // A pipe is as good as a file.
        anyhow::ensure!(file.exists() && !file.is_dir(), "{} is missing", file.display());
    }
    let full = dir.canonicalize().with_context(|| format!("opening {}", dir.display()))?;
    let source = source.unwrap_or_else(|| format!("jsonl:{}", full.display()));
    let run = Run::start(app, &source, quiet).await?;
    let mut loader = Loader {
        run,
        dir: full,
        users: HashMap::new(),
        categories: HashMap::new(),
        topics: HashMap::new(),
        waiting: HashMap::new(),
        posts: HashMap::new(),
        closed: Vec::new(),
    };
    loader.users().await?;
    loader.categories().await?;
    loader.topics().await?;
    loader.posts().await?;
    loader.likes().await?;
    loader.run.finish(loader.closed).await
}

impl Loader {
    /// Opens one of the files, with a measure of how far it is read.
    fn open(&self, name: &'static str) -> anyhow::Result<(Lines, Progress)> {
        let (lines, size) = Lines::open(&self.dir.join(format!("{name}.jsonl")))?;
        Ok((lines, Progress::start(name, size, self.run.quiet)))
    }

    async fn read<T>(&self, job: impl FnMut(&Tx) -> Result<T>) -> anyhow::Result<T> {
        self.run.app.db.read(job).await.map_err(Error::into_anyhow)
    }

    async fn write<T: Send + 'static>(&self, job: impl FnMut(&Tx) -> Result<T> + Send + 'static) -> anyhow::Result<T> {
        self.run.app.db.write(job).await.map_err(Error::into_anyhow)
    }

    /// The largest id in a file, so that new ids take no place that a later record may keep.
    fn highest_id(&self, name: &'static str) -> anyhow::Result<i64> {
        #[derive(serde::Deserialize)]
        struct Id {
            id: i64,
        }
        let (mut lines, _) = Lines::open(&self.dir.join(format!("{name}.jsonl")))?;
        let mut highest = 0;
        while let Some(line) = lines.read()? {
            if let super::lines::Line::Text(text) = line
                && let Ok(found) = serde_json::from_str::<Id>(text)
            {
                highest = highest.max(found.id);
            }
        }
        Ok(highest)
    }
}
