//! What a post asks, stored when the post is written, edited or imported. Votes survive an edit that leaves the
//! answers alone; answers that somebody may have voted for are not changed.

use stoa_markup::{Poll as Written, PollResults};

use super::{ALWAYS, CHANGEABLE, ON_CLOSE, ON_VOTE, Poll, STAFF_ONLY};
use crate::db::{Tx, params};
use crate::web::error::{Refusal, Result};

const OF_POST: &str = concat!("select ", super::columns!(), " from polls l where l.post_id = $1");
const INSERT: &str = "insert into polls (post_id, position, name, title, is_many, min_choices, max_choices, results,
        closes_at, created_at, is_public) values ($1, $2, $3, $4, $5, $6, $7, $8, $9, $10, $11) returning id";
const UPDATE: &str = "update polls set position = $2, title = $3, is_many = $4, min_choices = $5, max_choices = $6,
        results = $7, closes_at = $8, is_public = $9 where id = $1";

/// Makes the polls of a post those of its text. `written_at` is when the post was, or when an edit adds a poll.
pub fn put(tx: &Tx, post: i64, polls: &[Written], written_at: i64, now: i64) -> Result<()> {
    let mut before: Vec<Poll> = tx.all(OF_POST, params![post])?;
    for (position, poll) in polls.iter().enumerate() {
        let position = position as i64;
        match before.iter().position(|b| b.name == poll.name) {
            Some(at) => update(tx, &before.swap_remove(at), poll, position, now)?,
            None => insert(tx, post, poll, position, written_at)?,
        }
    }
    for gone in before {
        lock(tx, gone.id)?;
        remove_options(tx, gone.id)?;
        tx.exec("delete from polls where id = $1", params![gone.id])?;
    }
    Ok(())
}

/// Whether an edit may leave a post with this text, asked before its form is done with.
pub fn check(tx: &Tx, post: i64, raw: &str, now: i64) -> Result<()> {
    let before: Vec<Poll> = tx.all(OF_POST, params![post])?;
    if before.is_empty() {
        return Ok(());
    }
    let polls = stoa_markup::polls(raw).unwrap_or_default();
    for old in &before {
        let is_fixed = match polls.iter().find(|p| p.name == old.name) {
            Some(new) => !is_same(tx, old, new)? && (old.voter_count > 0 || old.created_at + CHANGEABLE < now),
            None => old.voter_count > 0,
        };
        if is_fixed {
            return Err(Refusal::PollFixed.into());
        }
    }
    Ok(())
}

fn insert(tx: &Tx, post: i64, poll: &Written, position: i64, at: i64) -> Result<()> {
    let id: i64 = tx.one(
        INSERT,
        params![
            post,
            position,
            &poll.name,
            &poll.title,
            poll.is_many,
            poll.min as i64,
            poll.max as i64,
            results(poll),
            closes_at(poll),
            at,
            poll.is_public
        ],
    )?;
    insert_options(tx, id, poll)
}

fn update(tx: &Tx, old: &Poll, new: &Written, position: i64, now: i64) -> Result<()> {
    let voters = lock(tx, old.id)?;
    let same = is_same(tx, old, new)?;
    if !same && (voters > 0 || old.created_at + CHANGEABLE < now) {
        return Err(Refusal::PollFixed.into());
    }
    let ends = closes_at(new);
    tx.exec(
        UPDATE,
        params![
            old.id,
            position,
            &new.title,
            new.is_many,
            new.min as i64,
            new.max as i64,
            results(new),
            ends,
            new.is_public
        ],
    )?;
    if ends.is_none_or(|at| at > now) {
        tx.exec("update polls set closed_at = null where id = $1", params![old.id])?;
    }
    if !same {
        remove_options(tx, old.id)?;
        insert_options(tx, old.id, new)?;
    }
    Ok(())
}

/// Keeps voters waiting until this transaction is done, and says how many there are.
pub fn lock(tx: &Tx, poll: i64) -> Result<i64> {
    tx.one("update polls set voter_count = voter_count where id = $1 returning voter_count", params![poll])
}

fn insert_options(tx: &Tx, id: i64, poll: &Written) -> Result<()> {
    for (position, text) in poll.options.iter().enumerate() {
        tx.exec(
            "insert into poll_options (poll_id, position, text) values ($1, $2, $3)",
            params![id, position as i64, text],
        )?;
    }
    Ok(())
}

/// Only of polls without votes: with votes, the store itself says no.
fn remove_options(tx: &Tx, id: i64) -> Result<()> {
    let votes: i64 = tx.one("select count(*) from poll_votes where poll_id = $1", params![id])?;
    if votes > 0 {
        return Err(Refusal::PollFixed.into());
    }
    tx.exec("delete from poll_options where poll_id = $1", params![id])?;
    Ok(())
}

/// Whether everything that voters relied on is as it was.
fn is_same(tx: &Tx, old: &Poll, new: &Written) -> Result<bool> {
    let options: Vec<String> =
        tx.all("select text from poll_options where poll_id = $1 order by position", params![old.id])?;
    Ok(old.is_many == new.is_many
        && old.min_choices == new.min as i64
        && old.max_choices == new.max as i64
        && old.results == results(new)
        && old.is_public == new.is_public
        && options == new.options)
}

fn results(poll: &Written) -> i64 {
    match poll.results {
        PollResults::Always => ALWAYS,
        PollResults::OnVote => ON_VOTE,
        PollResults::OnClose => ON_CLOSE,
        PollResults::StaffOnly => STAFF_ONLY,
    }
}

/// When it ends: as a moment, or as a day in UTC.
pub fn closes_at(poll: &Written) -> Option<i64> {
    let text = poll.close.as_deref()?;
    if let Ok(at) = text.parse::<jiff::Timestamp>() {
        return Some(at.as_microsecond());
    }
    let day: jiff::civil::Date = text.parse().ok()?;
    day.to_zoned(jiff::tz::TimeZone::UTC).ok().map(|at| at.timestamp().as_microsecond())
}
