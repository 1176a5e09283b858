//! Likes as rows, and how a batch of them is written with everything that is counted along.

use std::collections::{BTreeMap, HashSet};

use super::{bulk, rows};
use crate::db::{Tx, Val, params};
use crate::web::error::Result;

/// A like to be.
#[derive(Clone, Copy, Debug)]
pub struct Like {
    pub post_id: i64,
    pub topic_id: i64,
    /// Who wrote the post.
    pub author_id: i64,
    pub user_id: i64,
    pub at: i64,
}

/// Writes likes that are not there yet; returns how many were new.
pub fn write(tx: &Tx, likes: &[Like]) -> Result<u64> {
    let mut ids: Vec<i64> = likes.iter().map(|l| l.post_id).collect();
    ids.sort_unstable();
    ids.dedup();
    let there: Vec<(i64, i64)> =
        tx.all("select post_id, user_id from likes where post_id in ids($1)", params![&ids])?;
    let mut there: HashSet<(i64, i64)> = there.into_iter().collect();
    let mut new: Vec<Like> = likes.iter().copied().filter(|l| there.insert((l.post_id, l.user_id))).collect();
    new.sort_unstable_by_key(|l| (l.post_id, l.user_id));
    bulk::insert(tx, "likes (post_id, user_id, created_at)", 3, "on conflict do nothing", &new, |l, out| {
        out.extend([Val::Int(l.post_id), Val::Int(l.user_id), Val::Int(l.at)]);
    })?;
    bulk::add_up(tx, "posts", "like_count", rows::counted(new.iter().map(|l| l.post_id)))?;
    let mut topics: BTreeMap<i64, i64> = BTreeMap::new();
    new.iter().for_each(|l| *topics.entry(l.topic_id).or_default() += 1);
    for (topic, count) in topics {
        tx.exec(
            "update topics set like_count = like_count + $2, version = version + 1 where id = $1",
            params![topic, count],
        )?;
    }
    bulk::add_up(tx, "users", "likes_given_count", rows::counted(new.iter().map(|l| l.user_id)))?;
    bulk::add_up(tx, "users", "likes_received_count", rows::counted(new.iter().map(|l| l.author_id)))?;
    Ok(new.len() as u64)
}
