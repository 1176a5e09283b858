//! Adding a post to a topic, with everything that is counted and remembered along with it, in one transaction.

use stoa_markup::{QuoteRef, RENDERER, Rendered};

use crate::db::{Kind, Tx, params};
use crate::topics::show::read_to;
use crate::topics::{Topic, queries};
use crate::uploads::uses;
use crate::web::error::{Error, Result};

/// A post to be.
#[derive(Clone)]
pub struct NewPost {
    pub topic_id: i64,
    pub author_id: i64,
    pub raw: String,
    pub rendered: Rendered,
    pub lang: String,
    pub in_reply_to: Option<i64>,
    pub at: i64,
}

const NEXT_NUMBER: &str = "update topics set highest_number = highest_number + 1, post_count = post_count + 1,
        bumped_at = $2, last_post_at = $2, last_poster_id = $3, version = version + 1
    where id = $1 returning highest_number";

const INSERT: &str = "insert into posts
    (topic_id, number, author_id, raw, html, renderer, lang, in_reply_to, created_at, quote_count)
    values ($1, $2, $3, $4, $5, $6, $7, $8, $9,
        (select count(*) from quotes q where q.topic_id = $1 and q.number = $2)) returning id";

/// Adds it and returns its id and number. Its author has read up to it.
pub fn add(tx: &Tx, post: &NewPost) -> Result<(i64, i64)> {
    let (id, number) = put(tx, post)?;
    read_to(tx, post.author_id, post.topic_id, number, post.at)?;
    Ok((id, number))
}

/// The same for one that its author did not write here. Posters of one topic wait for each other at its row.
pub fn put(tx: &Tx, post: &NewPost) -> Result<(i64, i64)> {
    let number: i64 = tx.one(NEXT_NUMBER, params![post.topic_id, post.at, post.author_id])?;
    let parent = post.in_reply_to.filter(|n| *n >= 1 && *n < number);
    let id: i64 = tx.one(
        INSERT,
        params![
            post.topic_id,
            number,
            post.author_id,
            &post.raw,
            &post.rendered.html,
            RENDERER,
            &post.lang,
            parent,
            post.at
        ],
    )?;
    if let Some(parent) = parent {
        tx.exec(
            "update posts set reply_count = reply_count + 1 where topic_id = $1 and number = $2",
            params![post.topic_id, parent],
        )?;
    }
    remember_quotes(tx, id, &post.rendered.quotes)?;
    crate::polls::put::put(tx, id, &post.rendered.polls, post.at, post.at)?;
    uses::remember(tx, id, &post.rendered.uploads)?;
    // What is said in private is not counted where others see it.
    tx.exec(
        "update users set post_count = post_count + 1
         where id = $1 and (select t.category_id from topics t where t.id = $2) > 0",
        params![post.author_id, post.topic_id],
    )?;
    tx.exec(
        "update categories set post_count = post_count + 1 where id = (select category_id from topics where id = $1)",
        params![post.topic_id],
    )?;
    tx.changed(Kind::PostCreated, id);
    Ok((id, number))
}

/// Keeps which posts a text quotes, and counts it there.
pub fn remember_quotes(tx: &Tx, post: i64, quotes: &[QuoteRef]) -> Result<()> {
    for quote in quotes {
        let (Some(topic), Some(number)) = (quote.topic_id, quote.post_number) else { continue };
        let new = tx.exec(
            "insert into quotes (post_id, topic_id, number) values ($1, $2, $3) on conflict do nothing",
            params![post, topic, number],
        )?;
        if new > 0 {
            tx.exec(
                "update posts set quote_count = quote_count + 1 where topic_id = $1 and number = $2",
                params![topic, number],
            )?;
        }
    }
    Ok(())
}

/// Forgets what a text quoted, before it is edited.
pub fn forget_quotes(tx: &Tx, post: i64) -> Result<()> {
    tx.exec(
        "update posts set quote_count = quote_count - 1 where exists
            (select 1 from quotes q where q.post_id = $1 and q.topic_id = posts.topic_id and q.number = posts.number)
            and posts.topic_id in (select q.topic_id from quotes q where q.post_id = $1)",
        params![post],
    )?;
    tx.exec("delete from quotes where post_id = $1", params![post])?;
    Ok(())
}

/// What this form did when it was sent before, if it was.
pub fn done_before(tx: &Tx, user: i64, key: Option<&str>) -> Result<Option<String>> {
    match key {
        Some(key) => tx.first("select result from done_once where user_id = $1 and key = $2", params![user, key]),
        None => Ok(None),
    }
}

/// Remembers what a form did, so that sending it again shows the first.
pub fn done_now(tx: &Tx, user: i64, key: Option<&str>, result: &str, now: i64) -> Result<()> {
    if let Some(key) = key {
        tx.exec(
            "insert into done_once (user_id, key, result, created_at) values ($1, $2, $3, $4)",
            params![user, key, result, now],
        )
        // The same form arrived twice at once and the other was quicker: the next try finds what it did.
        .map_err(|e| match e {
            Error::Taken(why) => Error::Again(why),
            other => other,
        })?;
    }
    Ok(())
}

/// A reply with the same text that its author sent to the same topic within the last minute: a double click without
/// a key.
pub fn same_again(tx: &Tx, topic: &Topic, author: i64, raw: &str, now: i64) -> Result<Option<i64>> {
    tx.first(
        "select number from posts where topic_id = $1 and number > $2 and author_id = $3 and raw = $4
            and created_at > $5 and deleted_at is null order by number desc limit 1",
        params![topic.id, topic.highest_number - 20, author, raw, now - crate::clock::MINUTE],
    )
}

/// Reads a topic again inside the transaction that changes it.
pub fn topic_now(tx: &Tx, id: i64) -> Result<Option<Topic>> {
    tx.first(queries::BY_ID, params![id])
}
