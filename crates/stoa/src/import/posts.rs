//! Posts as rows, and how a batch of them is written with everything that is counted along.

use std::collections::BTreeMap;

use stoa_markup::{QuoteRef, RENDERER, SafeHtml, Upload};

use super::{bulk, rows};
use crate::db::{Tx, Val, params};
use crate::uploads::uses;
use crate::web::error::Result;

/// Characters that the store takes.
pub const RAW_LONGEST: usize = 150_000;
pub const HTML_LONGEST: usize = 3_000_000;

/// A post to be.
#[derive(Clone, Debug, Default)]
pub struct Post {
    pub id: i64,
    pub topic_id: i64,
    /// The topic's category, for its count.
    pub category_id: i64,
    pub number: i64,
    /// 0 a post, 1 a notice.
    pub kind: i64,
    pub action: String,
    pub author_id: i64,
    pub raw: String,
    pub html: SafeHtml,
    /// Only of first posts: what lists show of the topic.
    pub excerpt: Option<String>,
    pub lang: String,
    pub in_reply_to: Option<i64>,
    pub created_at: i64,
    pub edited_at: Option<i64>,
    /// Likes of people that are not known.
    pub likes: i64,
    pub hidden_at: Option<i64>,
    pub wiki: bool,
    pub quotes: Vec<QuoteRef>,
    pub polls: Vec<stoa_markup::Poll>,
    /// Stored files that it shows.
    pub uploads: Vec<Upload>,
}

/// What a batch adds to one topic.
#[derive(Default)]
struct Growth {
    posts: i64,
    likes: i64,
    highest: i64,
    /// The newest post: time, author.
    last: Option<(i64, i64)>,
    excerpt: Option<String>,
}

const GROW: &str = "update topics set post_count = post_count + $2, like_count = like_count + $3,
        highest_number = case when highest_number < $4 then $4 else highest_number end, version = version + 1
    where id = $1";
const LAST: &str = "update topics set last_post_at = $2, last_poster_id = $3,
        bumped_at = case when bumped_at < $2 then $2 else bumped_at end
    where id = $1 and last_post_at <= $2";
const RECOUNT_QUOTED: &str = "update posts set quote_count =
        (select count(*) from quotes q where q.topic_id = posts.topic_id and q.number = posts.number)
    where id in ids($1) and exists
        (select 1 from quotes q where q.topic_id = posts.topic_id and q.number = posts.number)";
const RECOUNT_QUOTED_ONE: &str = "update posts set quote_count =
        (select count(*) from quotes q where q.topic_id = $1 and q.number = $2) where topic_id = $1 and number = $2";
const RECOUNT_REPLIES: &str = "update posts set reply_count =
        (select count(*) from posts c where c.topic_id = posts.topic_id and c.in_reply_to = posts.number)
    where topic_id = $1 and number = $2";

/// Writes posts. Their topics, authors and categories are there.
pub fn write(tx: &Tx, posts: &[Post]) -> Result<()> {
    let mut growths: BTreeMap<i64, Growth> = BTreeMap::new();
    let mut replies: BTreeMap<(i64, i64), i64> = BTreeMap::new();
    for post in posts {
        grow(growths.entry(post.topic_id).or_default(), post);
        if let Some(parent) = post.in_reply_to {
            *replies.entry((post.topic_id, parent)).or_default() += 1;
        }
    }
    let late = late(tx, posts, &growths)?;
    insert(tx, posts, &mut replies)?;
    quotes(tx, posts)?;
    for post in posts.iter().filter(|p| !p.polls.is_empty()) {
        crate::polls::put::put(tx, post.id, &post.polls, post.created_at, post.created_at)?;
    }
    uses::remember_all(tx, posts.iter().map(|p| (p.id, &p.uploads[..])))?;
    for ((topic, parent), more) in &replies {
        tx.exec(
            "update posts set reply_count = reply_count + $3 where topic_id = $1 and number = $2",
            params![topic, parent, more],
        )?;
    }
    for (topic, number) in late {
        tx.exec(RECOUNT_REPLIES, params![topic, number])?;
    }
    for (topic, grown) in &growths {
        tx.exec(GROW, params![topic, grown.posts, grown.likes, grown.highest])?;
        if let Some((at, author)) = grown.last {
            tx.exec(LAST, params![topic, at, author])?;
        }
        if let Some(excerpt) = &grown.excerpt {
            tx.exec("update topics set excerpt = $2 where id = $1", params![topic, excerpt])?;
        }
    }
    let counted = || posts.iter().filter(|p| p.kind == 0);
    bulk::add_up(tx, "users", "post_count", rows::counted(counted().map(|p| p.author_id)))?;
    bulk::add_up(tx, "categories", "post_count", rows::counted(counted().map(|p| p.category_id)))?;
    let mut received: BTreeMap<i64, i64> = BTreeMap::new();
    posts.iter().for_each(|p| *received.entry(p.author_id).or_default() += p.likes);
    bulk::add_up(tx, "users", "likes_received_count", received)
}

fn grow(grown: &mut Growth, post: &Post) {
    grown.highest = grown.highest.max(post.number);
    grown.likes += post.likes;
    if post.kind == 0 {
        grown.posts += 1;
        if grown.last.is_none_or(|(at, _)| at <= post.created_at) {
            grown.last = Some((post.created_at, post.author_id));
        }
        if post.number == 1 {
            grown.excerpt.clone_from(&post.excerpt);
        }
    }
}

/// Posts that come after posts with larger numbers did: those may already reply to them.
fn late(tx: &Tx, posts: &[Post], growths: &BTreeMap<i64, Growth>) -> Result<Vec<(i64, i64)>> {
    let topics: Vec<i64> = growths.keys().copied().collect();
    let highest: Vec<(i64, i64)> =
        tx.all("select id, highest_number from topics where id in ids($1) and highest_number > 0", params![&topics])?;
    let highest: BTreeMap<i64, i64> = highest.into_iter().collect();
    let is_late = |p: &&Post| highest.get(&p.topic_id).is_some_and(|h| *h > p.number);
    Ok(posts.iter().filter(is_late).map(|p| (p.topic_id, p.number)).collect())
}

/// Inserts the rows; replies within the batch are counted on the way and taken out of `replies`.
fn insert(tx: &Tx, posts: &[Post], replies: &mut BTreeMap<(i64, i64), i64>) -> Result<()> {
    let counts: Vec<(&Post, i64)> =
        posts.iter().map(|p| (p, replies.remove(&(p.topic_id, p.number)).unwrap_or(0))).collect();
    let into = "posts (id, topic_id, number, kind, action, author_id, raw, html, renderer, lang, in_reply_to,
        created_at, edited_at, like_count, imported_like_count, reply_count, hidden_at, wiki)";
    bulk::insert(tx, into, 18, "", &counts, |(p, replies), out| {
        out.extend([
            Val::Int(p.id),
            Val::Int(p.topic_id),
            Val::Int(p.number),
            Val::Int(p.kind),
            Val::from(&p.action),
            Val::Int(p.author_id),
            Val::from(&p.raw),
            Val::from(&p.html),
            Val::from(RENDERER),
            Val::from(&p.lang),
            Val::from(&p.in_reply_to),
            Val::Int(p.created_at),
            Val::from(&p.edited_at),
            Val::Int(p.likes),
            Val::Int(p.likes),
            Val::Int(*replies),
            Val::from(&p.hidden_at),
            Val::from(p.wiki),
        ]);
    })?;
    bulk::ids_given(tx, "posts")
}

/// Keeps what the posts quote, and counts it on both sides of the batch: what they quote, and what quoted them before
/// they came.
fn quotes(tx: &Tx, posts: &[Post]) -> Result<()> {
    let mut quotes: Vec<(i64, i64, i64)> = Vec::new();
    for post in posts {
        for quote in &post.quotes {
            if let (Some(topic), Some(number)) = (quote.topic_id, quote.post_number) {
                quotes.push((post.id, topic, number));
            }
        }
    }
    quotes.sort_unstable();
    quotes.dedup();
    let into = "quotes (post_id, topic_id, number)";
    bulk::insert(tx, into, 3, "on conflict do nothing", &quotes, |(post, topic, number), out| {
        out.extend([Val::Int(*post), Val::Int(*topic), Val::Int(*number)]);
    })?;
    let ids: Vec<i64> = posts.iter().map(|p| p.id).collect();
    tx.exec(RECOUNT_QUOTED, params![&ids])?;
    let mut quoted: Vec<(i64, i64)> = quotes.iter().map(|(_, topic, number)| (*topic, *number)).collect();
    quoted.sort_unstable();
    quoted.dedup();
    for (topic, number) in quoted {
        tx.exec(RECOUNT_QUOTED_ONE, params![topic, number])?;
    }
    Ok(())
}
