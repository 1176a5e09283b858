//! Topics, posts, likes and old addresses of a Discourse site become rows.

use std::collections::{HashMap, HashSet};

use super::cooked;
use super::files::{Files, Plan};
use super::load::{Loader, NO_CATEGORY, NOBODY};
use super::model::{Permalink, Post as Given, Posts, Topic};
use crate::import::ids::{self, Ids};
use crate::import::likes::{self, Like};
use crate::import::posts::{self, Post};
use crate::import::progress::Progress;
use crate::import::{render, rows, run};
use crate::posts::text;
use crate::redirects;

const BATCH: usize = 2_000;
const TITLE: usize = 255;

/// What is known of a post that came in.
#[derive(Clone, Copy)]
pub(super) struct Here {
    pub id: i64,
    topic_id: i64,
    author_id: i64,
}

/// Why a post stays behind.
pub(super) fn left(forum: &super::model::Forum, post: &Given) -> Option<&'static str> {
    match forum.left_topics.get(&post.topic_id) {
        Some(why) => Some(*why),
        None if post.kind == 4 => Some("whispers"),
        None if post.number == 0 => Some("deleted posts"),
        None => None,
    }
}

fn source_text(post: &Given) -> String {
    match &post.raw {
        Some(raw) => text::clean(raw),
        None => text::clean(&cooked::to_markdown(&post.cooked)),
    }
}

impl Loader {
    /// Writes topics and posts, then likes, votes and old addresses.
    pub fn talk(&mut self, source: &dyn Posts, plan: &Plan, files: &Files) -> anyhow::Result<()> {
        let highest = self.forum.topics.keys().max().copied().unwrap_or(0);
        let mut topic_ids = self.ids("topics", "topics", highest)?;
        let mut topics_here = self.taken("topics")?;
        let mut post_ids = self.ids("posts", "posts", 0)?;
        let mut posts_here = self.taken("posts")?;
        let mut highest_post = 0;
        source.each(&mut |post| {
            highest_post = highest_post.max(post.id);
            Ok(())
        })?;
        post_ids.keep_free(highest_post);
        let mut waiting: HashMap<i64, rows::Topic> = HashMap::new();
        let mut topics: HashMap<i64, (i64, i64)> = HashMap::new();
        self.topics(&mut topic_ids, &mut topics_here, &mut topics, &mut waiting)?;
        let moved: HashMap<i64, i64> =
            topics.iter().filter(|(old, (new, _))| **old != *new).map(|(old, (new, _))| (*old, *new)).collect();
        let site = tokio::runtime::Handle::current().block_on(self.run.site())?;
        let base = self.run.app.config.base();
        let mut names = self.read(|tx| run::everyone(tx, &site, &base))?;
        files.iter().for_each(|(address, stored)| names.add_upload(address, stored.as_upload()));
        waiting.values().flat_map(|t| &t.tags).for_each(|tag| names.add_tag(tag));

        let mut here: HashMap<i64, Here> = HashMap::new();
        let mut batch: Vec<Post> = Vec::new();
        let mut solved: Vec<(i64, i64)> = Vec::new();
        let mut progress = Progress::start("posts", plan.count, self.run.quiet);
        let mut seen: HashSet<(i64, i64)> = HashSet::new();
        source.each(&mut |given| {
            progress.add(1);
            self.run.report.of("posts").read += 1;
            let Some(post) = self.post(given, plan, &topics, &mut seen, &moved) else { return Ok(()) };
            let (mut post, id, is_solution) = post;
            if let Some(known) = post_ids.known(id).filter(|known| posts_here.contains(known)) {
                self.run.report.of("posts").there_already += 1;
                here.insert(id, Here { id: known, topic_id: post.topic_id, author_id: post.author_id });
                return Ok(());
            }
            post.id = self.keep_id("posts", id, &mut post_ids, &mut posts_here);
            here.insert(id, Here { id: post.id, topic_id: post.topic_id, author_id: post.author_id });
            if is_solution {
                solved.push((post.topic_id, post.number));
            }
            batch.push(post);
            if batch.len() >= BATCH {
                let topics = (&mut topic_ids, &mut waiting);
                self.flush(std::mem::take(&mut batch), std::mem::take(&mut solved), &mut post_ids, topics, &names)?;
            }
            Ok(())
        })?;
        let count = batch.len();
        if count > 0 {
            self.flush(batch, solved, &mut post_ids, (&mut topic_ids, &mut waiting), &names)?;
        }
        drop(progress);
        for id in waiting.keys() {
            self.run.report.skip("topics", format!("topic {id}"), "has no posts", "");
        }
        self.likes(&here)?;
        self.polls(&here)?;
        self.addresses(&topics, &here)
    }

    fn topics(
        &mut self,
        ids: &mut Ids,
        taken: &mut HashSet<i64>,
        topics: &mut HashMap<i64, (i64, i64)>,
        waiting: &mut HashMap<i64, rows::Topic>,
    ) -> anyhow::Result<()> {
        let rooms: HashMap<i64, i64> =
            self.read(|tx| tx.all::<(i64, i64)>("select id, category_id from topics", &[]))?.into_iter().collect();
        let all: Vec<Topic> = self.forum.topics.values().cloned().collect();
        for topic in all {
            self.run.report.of("topics").read += 1;
            let known = ids.known(topic.id);
            if let Some((id, room)) = known.and_then(|id| Some((id, *rooms.get(&id)?))) {
                topics.insert(topic.id, (id, room));
                self.run.report.of("topics").there_already += 1;
                continue;
            }
            let place = format!("topic {}", topic.id);
            let room = self.categories.get(&topic.category_id.unwrap_or(NO_CATEGORY)).copied();
            let title = text::clean(&topic.title).split_whitespace().collect::<Vec<_>>().join(" ");
            let Some(category_id) = room else {
                self.run.report.skip("topics", place, "no such category", &format!("{:?}", topic.category_id));
                continue;
            };
            if title.is_empty() {
                self.run.report.skip("topics", place, "there is no title", "");
                continue;
            }
            if title.chars().count() > TITLE {
                self.run.report.change("topics", place, "a title is cut", &format!("{TITLE} characters are the most"));
            }
            let author = topic.user_id.and_then(|id| self.users.get(&id)).or(self.users.get(&NOBODY)).copied();
            let Some(author_id) = author else { continue };
            let id = self.keep_id("topics", topic.id, ids, taken);
            topics.insert(topic.id, (id, category_id));
            let slug = if topic.slug.is_empty() { stoa_markup::slug(&title) } else { topic.slug.clone() };
            let since = topic.bumped_at.unwrap_or(topic.created_at);
            let mut seen = HashSet::new();
            let fits = |t: &&String| crate::tags::is_valid(t);
            let mut tags: Vec<String> = topic.tags.iter().filter(fits).cloned().collect();
            tags.retain(|t| seen.insert(crate::tags::folded(t)));
            let row = rows::Topic {
                id,
                category_id,
                title: title.chars().take(TITLE).collect(),
                slug: slug.chars().take(TITLE).collect(),
                author_id,
                lang: if topic.lang.len() <= 35 { topic.lang } else { String::new() },
                created_at: topic.created_at,
                bumped_at: since.max(topic.created_at),
                pinned_at: topic.pinned_at,
                pinned_until: topic.pinned_until,
                pinned_everywhere: topic.pinned_globally && topic.pinned_at.is_some(),
                closed_at: topic.closed.then_some(since),
                archived_at: topic.archived.then_some(since),
                unlisted_at: topic.unlisted.then_some(since),
                tags,
                ..rows::Topic::default()
            };
            waiting.insert(id, row);
        }
        Ok(())
    }

    /// A post as a row without its id and HTML, with its id in the source and whether it solves its topic.
    fn post(
        &mut self,
        given: Given,
        plan: &Plan,
        topics: &HashMap<i64, (i64, i64)>,
        seen: &mut HashSet<(i64, i64)>,
        moved: &HashMap<i64, i64>,
    ) -> Option<(Post, i64, bool)> {
        let place = format!("post {} (number {} of topic {})", given.id, given.number, given.topic_id);
        if let Some(why) = left(&self.forum, &given) {
            self.run.report.leave("posts", why, 1);
            return None;
        }
        let report = &mut self.run.report;
        let Some((topic_id, category_id)) = topics.get(&given.topic_id).copied() else {
            report.skip("posts", place, "no such topic", "");
            return None;
        };
        if !(1..10_000_000).contains(&given.number) || !seen.insert((given.topic_id, given.number)) {
            report.skip("posts", place, "a number that another post has", "");
            return None;
        }
        let author_id = self.users.get(&given.user_id).or(self.users.get(&NOBODY)).copied()?;
        let raw = source_text(&given);
        if raw.chars().count() > posts::RAW_LONGEST {
            report.skip("posts", place, "too long", &format!("{} characters are the most", posts::RAW_LONGEST));
            return None;
        }
        // What moderators wrote beside an act is a post; an act alone is a notice.
        let is_notice = given.kind == 3 || (given.kind == 2 && raw.trim().is_empty());
        let parent = given.reply_to.filter(|n| *n < given.number && plan.places.contains(&(given.topic_id, *n)));
        let likes = if self.forum.likes.is_empty() { given.likes } else { 0 };
        let post = Post {
            topic_id,
            category_id,
            number: given.number,
            kind: i64::from(is_notice),
            action: if is_notice { given.action.chars().take(60).collect() } else { String::new() },
            author_id,
            raw: if moved.is_empty() { raw } else { readdress(&raw, moved) },
            lang: self.forum.lang.clone(),
            in_reply_to: parent,
            created_at: given.created_at,
            edited_at: (given.version > 1 && given.updated_at > given.created_at).then_some(given.updated_at),
            likes,
            hidden_at: given.hidden.then_some(given.updated_at),
            wiki: given.wiki && !is_notice,
            ..Post::default()
        };
        let is_solution = given.is_solution || self.forum.solutions.contains(&given.id);
        Some((post, given.id, is_solution))
    }

    fn flush(
        &mut self,
        mut new: Vec<Post>,
        solved: Vec<(i64, i64)>,
        post_ids: &mut Ids,
        (topic_ids, waiting): (&mut Ids, &mut HashMap<i64, rows::Topic>),
        names: &text::Names,
    ) -> anyhow::Result<()> {
        self.keep_places(&mut new)?;
        render::posts(&mut new, names, true);
        let mut topics: Vec<rows::Topic> = Vec::new();
        for post in &new {
            if let Some(mut topic) = waiting.remove(&post.topic_id) {
                if topic.lang.is_empty() {
                    topic.lang.clone_from(&post.lang);
                }
                topics.push(topic);
            }
        }
        let (mut mapped, count) = (topic_ids.take(), new.len() as u64);
        mapped.extend(post_ids.take());
        self.run.report.of("topics").written += topics.len() as u64;
        self.write(move |tx| {
            rows::topics(tx, &topics)?;
            posts::write(tx, &new)?;
            for (topic, number) in &solved {
                let sql = "update topics set solved_number = $2 where id = $1";
                tx.exec(sql, crate::db::params![topic, number])?;
            }
            ids::write(tx, &mapped)
        })?;
        self.run.report.of("posts").written += count;
        Ok(())
    }

    /// Posts whose number was given to somebody who wrote here since an earlier run come after all others.
    fn keep_places(&mut self, new: &mut [Post]) -> anyhow::Result<()> {
        let topics: Vec<i64> = new.iter().map(|p| p.topic_id).collect();
        let sql = "select topic_id, number from posts where topic_id in ids($1)";
        let taken: HashSet<(i64, i64)> =
            self.read(|tx| tx.all(sql, crate::db::params![&topics]))?.into_iter().collect();
        let mut highest: HashMap<i64, i64> = HashMap::new();
        for (topic, number) in taken.iter().copied().chain(new.iter().map(|p| (p.topic_id, p.number))) {
            highest.entry(topic).and_modify(|h| *h = (*h).max(number)).or_insert(number);
        }
        for post in new.iter_mut().filter(|p| taken.contains(&(p.topic_id, p.number))) {
            let last = highest.entry(post.topic_id).or_insert(0);
            *last += 1;
            let exactly = format!("number {} of topic {} is now {last}", post.number, post.topic_id);
            self.run.report.change("posts", format!("post {}", post.id), "the number was taken", &exactly);
            post.number = *last;
        }
        Ok(())
    }

    fn likes(&mut self, here: &HashMap<i64, Here>) -> anyhow::Result<()> {
        let all = std::mem::take(&mut self.forum.likes);
        for batch in all.chunks(BATCH) {
            let mut new = Vec::new();
            let mut lost = 0;
            for (post, user, at) in batch {
                match (here.get(post), self.users.get(user)) {
                    (Some(post), Some(user)) => {
                        let (post_id, topic_id, author_id) = (post.id, post.topic_id, post.author_id);
                        new.push(Like { post_id, topic_id, author_id, user_id: *user, at: *at });
                    }
                    _ => lost += 1,
                }
            }
            self.run.report.of("likes").read += batch.len() as u64;
            self.run.report.leave("likes", "of posts that stay behind", lost);
            let count = new.len() as u64;
            let written = self.write(move |tx| likes::write(tx, &new))?;
            self.run.report.of("likes").written += written;
            self.run.report.of("likes").there_already += count - written;
        }
        Ok(())
    }

    /// Old addresses that the source kept answering.
    fn addresses(&mut self, topics: &HashMap<i64, (i64, i64)>, here: &HashMap<i64, Here>) -> anyhow::Result<()> {
        let mut pairs: Vec<(String, String)> = Vec::new();
        for (from, to) in std::mem::take(&mut self.forum.permalinks) {
            let from = format!("/{}", from.trim_matches('/'));
            let target = match to {
                Permalink::Topic(id) => topics.get(&id).map(|(id, _)| format!("/t/-/{id}")),
                Permalink::Post(id) => here.get(&id).map(|post| format!("/p/{}", post.id)),
                Permalink::Category(id) => self.categories.get(&id).map(|id| format!("/c/-/{id}")),
                Permalink::Url(url) => Some(url).filter(|u| u.starts_with('/') && !u.starts_with("//")),
            };
            self.run.report.of("addresses").read += 1;
            match target {
                Some(target) if from.chars().count() <= 500 && target.chars().count() <= 500 => {
                    pairs.push((from, target));
                }
                _ => self.run.report.leave("addresses", "lead to other sites or to what stays behind", 1),
            }
        }
        self.run.report.of("addresses").written += pairs.len() as u64;
        self.write(move |tx| pairs.iter().try_for_each(|(from, to)| redirects::keep(tx, from, to)))
    }
}

/// Quotes name the topic they come from: those of topics with a new id follow them.
fn readdress(raw: &str, moved: &HashMap<i64, i64>) -> String {
    let mut out = String::with_capacity(raw.len());
    let mut rest = raw;
    while let Some(at) = rest.find("topic:") {
        let (before, after) = rest.split_at(at + "topic:".len());
        out.push_str(before);
        let digits = after.bytes().take_while(u8::is_ascii_digit).count();
        let in_quote = out.rfind("[quote=").is_some_and(|start| !out[start..].contains(']'));
        match after[..digits].parse::<i64>().ok().filter(|_| in_quote).and_then(|id| moved.get(&id)) {
            Some(new) => out.push_str(&new.to_string()),
            None => out.push_str(&after[..digits]),
        }
        rest = &after[digits..];
    }
    out.push_str(rest);
    out
}

#[cfg(test)]
mod tests {
    #[test]
    fn quotes_follow_their_topic() {
        let moved = std::collections::HashMap::from([(9, 100)]);
        let raw = "topic:9 [quote=\"a, post:2, topic:9\"]\nx\n[/quote] [quote=\"b, post:1, topic:8\"]y[/quote] topic:9";
        let after = super::readdress(raw, &moved);
        assert_eq!(after, raw.replace("post:2, topic:9", "post:2, topic:100"));
    }
}
