//! Writes what was brought: a topic with its posts, or the posts that came since.

use std::collections::HashMap;

use stoa_markup::Rendered;

use super::authors;
use super::talk::Section;
use crate::access;
use crate::db::{Kind, Tx, params};
use crate::posts::write::{self, NewPost};
use crate::topics::create::{self, NewTopic};
use crate::topics::{Topic, queries};
use crate::web::Visit;
use crate::web::error::Result;
use crate::wikis::Wiki;

/// A discussion that is ready to be written.
pub struct Ready {
    pub wiki: Wiki,
    /// The talk page.
    pub page: String,
    pub section: Section,
    /// A post for each comment, in the same order: text, what it is printed as, its language.
    pub posts: Vec<(String, Rendered, String)>,
    /// Numbers of the authors on the wiki.
    pub numbers: HashMap<String, i64>,
    pub category: i64,
    pub tags: Vec<String>,
    pub title: String,
    /// Who brings it.
    pub user: i64,
    pub now: i64,
}

/// A topic that was brought, and the numbers of its posts by the comments that they were.
pub struct Here {
    pub topic: Topic,
    pub numbers: HashMap<String, i64>,
}

/// The topic that a discussion is already, known by its first comment; none that is deleted or that `v` does not see.
pub fn here(tx: &Tx, v: &Visit, wiki: i64, section: &Section) -> Result<Option<Here>> {
    let Some(first) = section.by_time().first().map(|at| &section.comments[*at].id) else { return Ok(None) };
    let ids: Vec<i64> = tx.all(
        "select topic_id from brought_posts where wiki_id = $1 and comment = $2 order by topic_id desc limit 20",
        params![wiki, first],
    )?;
    for id in ids {
        let topic: Option<Topic> = tx.first(queries::BY_ID, params![id])?;
        if let Some(topic) = topic.filter(|t| t.deleted_at.is_none() && access::sees_topic(v, t)) {
            let sql = "select b.comment, p.number from brought_posts b join posts p on p.id = b.post_id where b.topic_id = $1";
            let numbers: Vec<(String, i64)> = tx.all(sql, params![id])?;
            return Ok(Some(Here { topic, numbers: numbers.into_iter().collect() }));
        }
    }
    Ok(None)
}

/// Writes it; the topic's id and slug, and how many posts were new.
pub fn write(tx: &Tx, me: &Visit, ready: &Ready) -> Result<(i64, String, usize)> {
    let found = here(tx, me, ready.wiki.id, &ready.section)?;
    let was_bumped = found.as_ref().map_or(0, |here| here.topic.bumped_at);
    let (mut topic, mut numbers) = match found {
        Some(here) => (Some((here.topic.id, here.topic.slug)), here.numbers),
        None => (None, HashMap::new()),
    };
    let mut added = 0;
    for at in ready.section.by_time() {
        let comment = &ready.section.comments[at];
        if numbers.contains_key(&comment.id) {
            continue;
        }
        let number = ready.numbers.get(&comment.author).copied();
        let author = authors::account(tx, &ready.wiki, &comment.author, number, ready.now)?;
        let (raw, rendered, lang) = &ready.posts[at];
        // Nobody writes in the future.
        let time = comment.at.min(ready.now);
        let (id, number) = match &topic {
            None => {
                let new = NewTopic {
                    category_id: ready.category,
                    author_id: author,
                    title: ready.title.clone(),
                    raw: raw.clone(),
                    rendered: rendered.clone(),
                    lang: lang.clone(),
                    tags: ready.tags.clone(),
                    at: time,
                };
                let (id, slug) = create::add(tx, &new)?;
                bind(tx, ready, id)?;
                topic = Some((id, slug));
                (tx.one("select id from posts where topic_id = $1 and number = 1", params![id])?, 1)
            }
            Some((topic, _)) => {
                let parent = comment.parent.and_then(|p| numbers.get(&ready.section.comments[p].id).copied());
                let post = NewPost {
                    topic_id: *topic,
                    author_id: author,
                    raw: raw.clone(),
                    rendered: rendered.clone(),
                    lang: lang.clone(),
                    in_reply_to: parent,
                    at: time,
                };
                write::add(tx, &post)?
            }
        };
        tx.exec(
            "insert into brought_posts (post_id, topic_id, wiki_id, comment) values ($1, $2, $3, $4)",
            params![id, topic.as_ref().map(|t| t.0), ready.wiki.id, &comment.id],
        )?;
        numbers.insert(comment.id.clone(), number);
        added += 1;
    }
    let (id, slug) = topic.ok_or_else(|| anyhow::anyhow!("a discussion without comments"))?;
    if added > 0 {
        settle(tx, id, was_bumped)?;
    }
    Ok((id, slug, added))
}

/// The topic is about the talk page, and says that it comes from there.
fn bind(tx: &Tx, ready: &Ready, topic: i64) -> Result<()> {
    // Comments have their ids in the page, and keep them longer than headings keep theirs.
    let place = ready.section.comments.first().map_or("", |c| c.id.as_str());
    tx.exec(
        "insert into topic_pages (topic_id, wiki_id, title, user_id, created_at, brought_from, brought_at)
         values ($1, $2, $3, $4, $5, $6, $5)",
        params![topic, ready.wiki.id, &ready.page, ready.user, ready.now, place],
    )
    .map(drop)
}

/// What was brought later may be older than what was written here since: the last post is the newest one.
fn settle(tx: &Tx, topic: i64, was_bumped: i64) -> Result<()> {
    let (author, at): (i64, i64) = tx.one(
        "select author_id, created_at from posts where topic_id = $1 and kind = 0 and deleted_at is null
         order by created_at desc, number desc limit 1",
        params![topic],
    )?;
    tx.exec(
        "update topics set last_post_at = $2, last_poster_id = $3, bumped_at = $4 where id = $1",
        params![topic, at, author, at.max(was_bumped)],
    )?;
    tx.changed(Kind::TopicEdited, topic);
    Ok(())
}

/// Whether a post was brought: nobody is told of what was said elsewhere long ago.
pub fn is_brought(tx: &Tx, post: i64) -> Result<bool> {
    Ok(tx.first::<i64>("select topic_id from brought_posts where post_id = $1", params![post])?.is_some())
}
