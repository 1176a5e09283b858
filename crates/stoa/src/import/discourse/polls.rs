//! The votes of a Discourse site: whose they are from a backup, only how many from its JSON. The questions themselves
//! came with their posts' texts.

use std::collections::{BTreeMap, HashMap};

use super::load::Loader;
use super::talk::Here;
use crate::db::{Tx, params};
use crate::web::error::Result;

/// A poll of the source.
#[derive(Clone, Debug, Default)]
pub struct Poll {
    pub post_id: i64,
    pub name: String,
    pub is_closed: bool,
    /// Ids of its answers; they were made in the order of the text.
    pub options: Vec<i64>,
    /// Answer, user, time.
    pub votes: Vec<(i64, i64, i64)>,
    /// How many chose each answer, and how many voted, where it is not known who.
    pub counts: Vec<i64>,
    pub voters: i64,
}

/// Votes for a poll of ours: position of the answer, user, time.
struct Votes {
    post_id: i64,
    name: String,
    is_closed: bool,
    options: usize,
    votes: Vec<(i64, i64, i64)>,
    counts: Vec<i64>,
    voters: i64,
}

impl Loader {
    pub(super) fn polls(&mut self, here: &HashMap<i64, Here>) -> anyhow::Result<()> {
        let now = self.run.app.now();
        for (_, mut poll) in std::mem::take(&mut self.forum.polls) {
            let read = poll.votes.len() as u64 + poll.voters.unsigned_abs();
            self.run.report.of("votes").read += read;
            let Some(post) = here.get(&poll.post_id) else {
                self.run.report.leave("votes", "of posts that stay behind", read);
                continue;
            };
            poll.options.sort_unstable();
            let mut votes: Vec<(i64, i64, i64)> = Vec::new();
            for (option, user, at) in &poll.votes {
                let position = poll.options.binary_search(option).ok();
                if let (Some(position), Some(user)) = (position, self.users.get(user)) {
                    votes.push((position as i64, *user, *at));
                }
            }
            let count = votes.len() as u64 + poll.voters.unsigned_abs();
            self.run.report.leave("votes", "of people or for answers that are not there", read - count);
            let given = Votes {
                post_id: post.id,
                name: poll.name,
                is_closed: poll.is_closed,
                options: poll.options.len().max(poll.counts.len()),
                votes,
                counts: poll.counts,
                voters: poll.voters,
            };
            match self.write(move |tx| write(tx, &given, now))? {
                Done::Written => self.run.report.of("votes").written += count,
                Done::ThereAlready => self.run.report.of("votes").there_already += count,
                Done::NoSuchPoll => self.run.report.leave("votes", "in polls that are not known here", count),
            }
        }
        Ok(())
    }
}

enum Done {
    Written,
    ThereAlready,
    NoSuchPoll,
}

fn write(tx: &Tx, given: &Votes, now: i64) -> Result<Done> {
    let found: Option<(i64, i64)> = tx.first(
        "select id, voter_count from polls where post_id = $1 and name = $2",
        params![given.post_id, &given.name],
    )?;
    let Some((poll, voters)) = found else { return Ok(Done::NoSuchPoll) };
    let options: Vec<i64> =
        tx.all("select id from poll_options where poll_id = $1 order by position", params![poll])?;
    if options.len() != given.options {
        return Ok(Done::NoSuchPoll);
    }
    if voters > 0 {
        return Ok(Done::ThereAlready);
    }
    if given.is_closed {
        let sql =
            "update polls set closed_at = $2, closes_at = coalesce(closes_at, $2) where id = $1 and closed_at is null";
        tx.exec(sql, params![poll, now])?;
    }
    let mut counts: BTreeMap<i64, i64> = BTreeMap::new();
    let mut people = std::collections::BTreeSet::new();
    for (position, user, at) in &given.votes {
        let option = options[*position as usize];
        let sql = "insert into poll_votes (poll_id, user_id, option_id, created_at) values ($1, $2, $3, $4)
            on conflict do nothing";
        *counts.entry(option).or_default() += tx.exec(sql, params![poll, user, option, at])? as i64;
        people.insert(*user);
    }
    for (option, count) in counts {
        tx.exec("update poll_options set vote_count = vote_count + $2 where id = $1", params![option, count])?;
    }
    for (option, count) in options.iter().zip(&given.counts) {
        let sql = "update poll_options set vote_count = vote_count + $2, imported_vote_count = $2 where id = $1";
        tx.exec(sql, params![option, count])?;
    }
    let voters = people.len() as i64 + given.voters;
    let sql = "update polls set voter_count = $2, imported_voter_count = $3 where id = $1";
    tx.exec(sql, params![poll, voters, given.voters])?;
    Ok(Done::Written)
}
