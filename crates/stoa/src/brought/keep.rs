//! Writes what was brought: a topic with its posts, or the posts that came since.

use std::collections::HashMap;

use stoa_markup::Rendered;

use super::authors;
use super::talk::Section;
use crate::access;
use crate::clock::DAY;
use crate::db::{Kind, Tx, params};
use crate::may;
use crate::posts::write::{self, NewPost};
use crate::topics::Topic;
use crate::topics::create::{self, NewTopic};
use crate::topics::queries::columns;
use crate::web::error::Result;
use crate::web::{Member, Visit};
use crate::wikis::Wiki;
use crate::wikis::standing::Numbered;

/// A discussion that is ready to be written.
pub struct Ready {
    pub wiki: Wiki,
    /// The talk page.
    pub page: String,
    pub section: Section,
    /// A post for each comment, in the same order: text, what it is printed as, its language.
    pub posts: Vec<(String, Rendered, String)>,
    /// Numbers of the authors on the wiki.
    pub numbers: HashMap<String, Numbered>,
    /// For a topic that is new.
    pub category: i64,
    pub tags: Vec<String>,
    pub title: String,
    /// Who brings it.
    pub user: i64,
    pub now: i64,
}

/// A topic that was brought, and the numbers of its posts by the keys of the comments that they were.
pub struct Here {
    pub topic: Topic,
    pub numbers: HashMap<i64, i64>,
}

impl Here {
    /// How many comments are not in it.
    pub fn new_in(&self, section: &Section) -> usize {
        section.comments.iter().filter(|c| !self.numbers.contains_key(&c.key)).count()
    }
}

/// The topics that some discussions are already, in the same order; none that is deleted or that `v` does not see. A discussion
/// is known by its first comment or by half of all: single ones may have gone to another page.
pub fn here(tx: &Tx, v: &Visit, wiki: i64, sections: &[Section]) -> Result<Vec<Option<Here>>> {
    let keys: Vec<i64> = sections.iter().flat_map(|s| &s.comments).map(|c| c.key).collect();
    let rows: Vec<(i64, i64, i64)> = tx.all(
        "select b.comment, b.topic_id, p.number from brought_posts b join posts p on p.id = b.post_id
         where b.wiki_id = $1 and b.comment in ids($2)",
        params![wiki, &keys],
    )?;
    let mut by_topic: HashMap<i64, HashMap<i64, i64>> = HashMap::new();
    for (comment, topic, number) in rows {
        by_topic.entry(topic).or_default().insert(comment, number);
    }
    let ids: Vec<i64> = by_topic.keys().copied().collect();
    let topics: Vec<Topic> =
        tx.all(concat!("select ", columns!(), " from topics t where t.id in ids($1) order by t.id"), params![&ids])?;
    let open: Vec<&Topic> = topics.iter().filter(|t| t.deleted_at.is_none() && access::sees_topic(v, t)).collect();
    let found = sections.iter().map(|section| {
        let first = section.by_time().first().map(|at| section.comments[*at].key);
        let score = |topic: &&&Topic| {
            let known = &by_topic[&topic.id];
            let same = section.comments.iter().filter(|c| known.contains_key(&c.key)).count();
            (same * 2 >= section.comments.len().max(1) || first.is_some_and(|key| known.contains_key(&key)))
                .then_some(same)
        };
        let best = open.iter().filter_map(|t| Some((score(&t)?, t.id, t))).max_by_key(|(same, id, _)| (*same, *id));
        best.map(|(_, id, topic)| Here { topic: (**topic).clone(), numbers: by_topic[&id].clone() })
    });
    Ok(found.collect())
}

/// Writes it; the topic's id and slug, and how many posts were new.
pub fn write(tx: &Tx, me: &Member, ready: &Ready) -> Result<(i64, String, usize)> {
    authors::alone(tx, &ready.wiki.issuer)?;
    let found = here(tx, me, ready.wiki.id, std::slice::from_ref(&ready.section))?.pop().flatten();
    match &found {
        Some(here) => may::reply(me, &here.topic)?,
        None => may::create_in(me, ready.category)?,
    }
    let was_bumped = found.as_ref().map_or(0, |here| here.topic.bumped_at);
    let (mut topic, mut numbers) = match found {
        Some(here) => (Some((here.topic.id, here.topic.slug)), here.numbers),
        None => (None, HashMap::new()),
    };
    let mut added = 0;
    for at in ready.section.by_time() {
        let comment = &ready.section.comments[at];
        if numbers.contains_key(&comment.key) {
            continue;
        }
        // Who has the name now may not be who had it then.
        let number =
            ready.numbers.get(&comment.author).filter(|n| n.since.is_none_or(|since| since <= comment.at + DAY));
        let number = number.map(|n| n.number);
        let author = authors::account(tx, &ready.wiki, &comment.author, number, ready.now)?;
        let (raw, rendered, lang) = &ready.posts[at];
        // Nobody writes in the future, nor before there were wikis.
        let time = comment.at.clamp(0, ready.now);
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
                let parent = comment.parent.and_then(|p| numbers.get(&ready.section.comments[p].key).copied());
                let post = NewPost {
                    topic_id: *topic,
                    author_id: author,
                    raw: raw.clone(),
                    rendered: rendered.clone(),
                    lang: lang.clone(),
                    in_reply_to: parent,
                    at: time,
                };
                write::put(tx, &post)?
            }
        };
        tx.exec(
            "insert into brought_posts (post_id, topic_id, wiki_id, comment) values ($1, $2, $3, $4)",
            params![id, topic.as_ref().map(|t| t.0), ready.wiki.id, comment.key],
        )?;
        numbers.insert(comment.key, number);
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
