//! The topics, posts and likes of a JSON Lines import.

use std::collections::{HashMap, HashSet};

use tokio::task::JoinHandle;

use super::people::language;
use super::records::{self, Found, micros, place};
use super::{Loader, PostHere, TopicHere};
use crate::db::params;
use crate::import::ids::{self, Ids};
use crate::import::likes::{self, Like};
use crate::import::posts::{self, Post};
use crate::import::{render, rows, run};
use crate::posts::text;
use crate::web::error::{Error, Result};

const TOPICS: usize = 2_000;
const POSTS: usize = 4_000;
const LIKES: usize = 10_000;
/// Characters, as the store takes them.
const TITLE: usize = 255;

/// A batch that is being written while the next one is made.
type Writing = Option<(u64, JoinHandle<Result<u64>>)>;

impl Loader {
    pub(super) async fn topics(&mut self) -> anyhow::Result<()> {
        let (mut lines, mut progress) = self.open("topics")?;
        let mut here: HashMap<i64, (i64, i64)> = HashMap::new();
        self.read(|tx| {
            tx.each("select id, created_at, category_id from topics", &[], |row| {
                here.insert(row.get(0)?, (row.get(1)?, row.get(2)?));
                Ok(())
            })
        })
        .await?;
        let highest = if here.is_empty() { 0 } else { self.highest_id("topics")? };
        let source = self.run.source.clone();
        let mut ids = self.read(|tx| Ids::load(tx, &source, "topics", "topics", highest)).await?;
        loop {
            let read = lines.bytes;
            let batch: Vec<Found<records::Topic>> = records::some(&mut lines, &mut self.run.report, "topics", TOPICS)?;
            if batch.is_empty() {
                return Ok(());
            }
            for Found { line, record } in batch {
                let at = place("topics", line);
                let report = &mut self.run.report;
                if self.topics.contains_key(&record.id) {
                    report.skip("topics", at, "an id that came before", &record.id.to_string());
                    continue;
                }
                let created = micros(record.created);
                let known = ids.known(record.id);
                let same = here.get(&record.id).is_some_and(|(at, _)| Some(*at) == created).then_some(record.id);
                if let Some((id, (_, category_id))) = known.or(same).and_then(|id| Some((id, *here.get(&id)?))) {
                    self.topics.insert(record.id, TopicHere { id, category_id });
                    report.of("topics").there_already += 1;
                    continue;
                }
                let mut topic = match self.topic(&record) {
                    Ok(topic) => topic,
                    Err((reason, exactly)) => {
                        self.run.report.skip("topics", at, reason, &exactly);
                        continue;
                    }
                };
                let report = &mut self.run.report;
                if topic.tags.len() < record.tags.len() {
                    report.change("topics", at.clone(), "tags left out", &record.tags.join(", "));
                }
                if record.id <= 0 || here.contains_key(&record.id) {
                    topic.id = ids.fresh();
                    ids.remember(record.id, topic.id);
                    report.change("topics", at, "the id was taken", &format!("{} is now {}", record.id, topic.id));
                }
                here.insert(topic.id, (topic.created_at, topic.category_id));
                self.topics.insert(record.id, TopicHere { id: topic.id, category_id: topic.category_id });
                self.waiting.insert(topic.id, (line, topic));
            }
            let mapped = ids.take();
            self.write(move |tx| ids::write(tx, &mapped)).await?;
            progress.add(lines.bytes - read);
        }
    }

    /// A record as a row, or why it cannot be one.
    fn topic(&self, record: &records::Topic) -> std::result::Result<rows::Topic, (&'static str, String)> {
        let title = text::clean(&record.title).split_whitespace().collect::<Vec<_>>().join(" ");
        if title.is_empty() {
            return Err(("there is no title", String::new()));
        }
        if title.chars().count() > TITLE {
            return Err(("too long", format!("a title of more than {TITLE} characters")));
        }
        let created_at = micros(record.created).ok_or(("a time out of range", record.created.to_string()))?;
        let category = self.categories.get(&record.category);
        let author = self.users.get(&record.author);
        let mut tags: Vec<String> = record.tags.iter().filter(|t| crate::tags::is_valid(t)).cloned().collect();
        let mut seen = HashSet::new();
        tags.retain(|t| seen.insert(crate::tags::folded(t)));
        Ok(rows::Topic {
            id: record.id,
            category_id: *category.ok_or(("no such category", record.category.to_string()))?,
            slug: stoa_markup::slug(&title).chars().take(TITLE).collect(),
            title,
            author_id: *author.ok_or(("no such author", record.author.to_string()))?,
            lang: language(&record.language, ""),
            created_at,
            bumped_at: created_at,
            tags,
            ..rows::Topic::default()
        })
    }

    pub(super) async fn posts(&mut self) -> anyhow::Result<()> {
        let (mut lines, mut progress) = self.open("posts")?;
        let is_first: bool =
            self.read(|tx| Ok(tx.first::<i64>("select id from posts limit 1", &[])?.is_none())).await?;
        let highest = if is_first { 0 } else { self.highest_id("posts")? };
        let source = self.run.source.clone();
        let mut ids = self.read(|tx| Ids::load(tx, &source, "posts", "posts", highest)).await?;
        let site = self.run.site().await?;
        let base = self.run.app.config.base();
        let mut names = self.read(|tx| run::everyone(tx, &site, &base)).await?;
        self.waiting.values().flat_map(|(_, topic)| &topic.tags).for_each(|tag| names.add_tag(tag));
        let mut places: HashSet<(i64, i64)> = HashSet::new();
        let mut writing: Writing = None;
        loop {
            let read = lines.bytes;
            let found: Vec<Found<records::Post>> = records::some(&mut lines, &mut self.run.report, "posts", POSTS)?;
            if found.is_empty() {
                break;
            }
            let here = if is_first { HashMap::new() } else { self.posts_here(&found, &ids).await? };
            let mut new = Vec::with_capacity(found.len());
            for Found { line, record } in found {
                self.take_post(line, record, &here, &mut ids, &mut places, &mut new);
            }
            if !is_first {
                self.move_taken(&mut new).await?;
            }
            tokio::task::block_in_place(|| render::posts(&mut new, &names, false));
            self.drop_huge(&mut new);
            self.settle(&mut writing, "posts").await?;
            // A topic comes with the first of its posts, so that a stop leaves none empty.
            let mut topics: Vec<rows::Topic> = Vec::new();
            topics.extend(new.iter().filter_map(|post| Some(self.waiting.remove(&post.topic_id)?.1)));
            self.run.report.of("topics").written += topics.len() as u64;
            let (db, mapped, count) = (self.run.app.db.clone(), ids.take(), new.len() as u64);
            let job = async move {
                db.write(move |tx| {
                    rows::topics(tx, &topics)?;
                    posts::write(tx, &new)?;
                    ids::write(tx, &mapped)?;
                    Ok(new.len() as u64)
                })
                .await
            };
            writing = Some((count, tokio::spawn(job)));
            progress.add(lines.bytes - read);
        }
        for (line, _) in std::mem::take(&mut self.waiting).into_values() {
            self.run.report.skip("topics", place("topics", line), "has no posts", "");
        }
        self.settle(&mut writing, "posts").await
    }

    /// Posts of these records that are there already, by their own id: topic, author, number, time.
    async fn posts_here(
        &self,
        found: &[Found<records::Post>],
        ids: &Ids,
    ) -> anyhow::Result<HashMap<i64, (PostHere, i64)>> {
        let mut wanted: Vec<i64> = found.iter().map(|f| f.record.id).collect();
        wanted.extend(found.iter().filter_map(|f| ids.known(f.record.id)));
        let rows: Vec<(i64, i64, i64, i64, i64)> = self
            .read(|tx| {
                let sql = "select id, topic_id, author_id, number, created_at from posts where id in ids($1)";
                tx.all(sql, params![&wanted])
            })
            .await?;
        let here = |(id, topic_id, author_id, number, at)| (id, (PostHere { id, topic_id, author_id, number }, at));
        Ok(rows.into_iter().map(here).collect())
    }

    fn take_post(
        &mut self,
        line: u64,
        record: records::Post,
        here: &HashMap<i64, (PostHere, i64)>,
        ids: &mut Ids,
        places: &mut HashSet<(i64, i64)>,
        new: &mut Vec<Post>,
    ) {
        let at = || place("posts", line);
        let report = &mut self.run.report;
        if self.posts.contains_key(&record.id) {
            return report.skip("posts", at(), "an id that came before", &record.id.to_string());
        }
        let Some(topic) = self.topics.get(&record.topic).copied() else {
            return report.skip("posts", at(), "no such topic", &record.topic.to_string());
        };
        let known = ids.known(record.id).and_then(|id| here.get(&id));
        let same = here.get(&record.id).filter(|(p, at)| p.topic_id == topic.id && Some(*at) == micros(record.created));
        if let Some((post, _)) = known.or(same) {
            places.insert((post.topic_id, post.number));
            self.posts.insert(record.id, *post);
            report.of("posts").there_already += 1;
            return;
        }
        let Some(author_id) = self.users.get(&record.author).copied() else {
            return report.skip("posts", at(), "no such author", &record.author.to_string());
        };
        let Some(created_at) = micros(record.created) else {
            return report.skip("posts", at(), "a time out of range", &record.created.to_string());
        };
        if record.body.chars().count() > posts::RAW_LONGEST {
            let exactly = format!("{} characters, {} are the most", record.body.chars().count(), posts::RAW_LONGEST);
            return report.skip("posts", at(), "too long", &exactly);
        }
        if !(0..10_000_000).contains(&record.index) {
            return report.skip("posts", at(), "an index out of range", &record.index.to_string());
        }
        let number = record.index + 1;
        if !places.insert((topic.id, number)) {
            let exactly = format!("index {} of topic {}", record.index, record.topic);
            return report.skip("posts", at(), "a place that another post has", &exactly);
        }
        let parent = record.reply_to.and_then(|id| self.posts.get(&id));
        let parent = parent.filter(|p| p.topic_id == topic.id && p.number < number).map(|p| p.number);
        if let (Some(wanted), None) = (record.reply_to, parent) {
            report.change("posts", at(), "answers no post before it", &format!("reply_to {wanted} is left out"));
        }
        let id = if record.id > 0 && !here.contains_key(&record.id) {
            record.id
        } else {
            let id = ids.fresh();
            ids.remember(record.id, id);
            report.change("posts", at(), "the id was taken", &format!("{} is now {id}", record.id));
            id
        };
        self.posts.insert(record.id, PostHere { id, topic_id: topic.id, author_id, number });
        new.push(Post {
            id,
            topic_id: topic.id,
            category_id: topic.category_id,
            number,
            author_id,
            raw: text::clean(&record.body),
            lang: language(&record.language, ""),
            in_reply_to: parent,
            created_at,
            ..Post::default()
        });
    }

    /// Posts whose number was given to somebody who wrote here in the meantime come after all others of the topic.
    async fn move_taken(&mut self, new: &mut [Post]) -> anyhow::Result<()> {
        let topics: Vec<i64> = new.iter().map(|p| p.topic_id).collect();
        let sql = "select topic_id, number from posts where topic_id in ids($1)";
        let taken: HashSet<(i64, i64)> = self.read(|tx| tx.all(sql, params![&topics])).await?.into_iter().collect();
        let mut highest: HashMap<i64, i64> = HashMap::new();
        for (topic, number) in &taken {
            highest.entry(*topic).and_modify(|h| *h = (*h).max(*number)).or_insert(*number);
        }
        for post in new.iter_mut().filter(|p| taken.contains(&(p.topic_id, p.number))) {
            let last = highest.entry(post.topic_id).or_insert(0);
            *last += 1;
            let exactly = format!("post {} of topic {} is now number {last}", post.id, post.topic_id);
            self.run.report.change("posts", format!("post {}", post.id), "the number was taken", &exactly);
            post.number = *last;
        }
        Ok(())
    }

    /// Takes out posts whose HTML is larger than the store takes.
    fn drop_huge(&mut self, new: &mut Vec<Post>) {
        let report = &mut self.run.report;
        new.retain(|post| {
            let fits = post.html.as_str().len() <= posts::HTML_LONGEST;
            if !fits {
                report.skip("posts", format!("post {}", post.id), "too long", "its HTML has more than 3,000,000 bytes");
            }
            fits
        });
    }

    /// Waits for the batch that is being written.
    async fn settle(&mut self, writing: &mut Writing, kind: &'static str) -> anyhow::Result<()> {
        if let Some((count, job)) = writing.take() {
            let written = job.await?.map_err(Error::into_anyhow)?;
            self.run.report.of(kind).written += written;
            self.run.report.of(kind).there_already += count - written;
        }
        Ok(())
    }

    pub(super) async fn likes(&mut self) -> anyhow::Result<()> {
        if !self.dir.join("likes.jsonl").is_file() {
            return Ok(());
        }
        let (mut lines, mut progress) = self.open("likes")?;
        let mut writing: Writing = None;
        loop {
            let read = lines.bytes;
            let found: Vec<Found<records::Like>> = records::some(&mut lines, &mut self.run.report, "likes", LIKES)?;
            if found.is_empty() {
                break;
            }
            let mut new = Vec::with_capacity(found.len());
            for Found { line, record } in found {
                match self.like(&record) {
                    Ok(like) => new.push(like),
                    Err((reason, exactly)) => {
                        self.run.report.skip("likes", place("likes", line), reason, &exactly);
                    }
                }
            }
            self.settle(&mut writing, "likes").await?;
            let (db, count) = (self.run.app.db.clone(), new.len() as u64);
            writing = Some((count, tokio::spawn(async move { db.write(move |tx| likes::write(tx, &new)).await })));
            progress.add(lines.bytes - read);
        }
        self.settle(&mut writing, "likes").await
    }

    fn like(&self, record: &records::Like) -> std::result::Result<Like, (&'static str, String)> {
        let post = self.posts.get(&record.post).ok_or(("no such post", record.post.to_string()))?;
        let user = self.users.get(&record.user).ok_or(("no such user", record.user.to_string()))?;
        let at = micros(record.created).ok_or(("a time out of range", record.created.to_string()))?;
        if *user == post.author_id {
            return Err(("somebody likes their own post", format!("post {}", record.post)));
        }
        let (post_id, topic_id, author_id) = (post.id, post.topic_id, post.author_id);
        Ok(Like { post_id, topic_id, author_id, user_id: *user, at })
    }
}
