//! The index folder: what is stored about a post, how it changes, how it is asked.

use crate::query::Query;
use anyhow::Result;
use std::path::Path;

/// One post as the index sees it.
#[derive(Clone, Debug, Default, PartialEq)]
pub struct Doc {
    /// Id of the post; putting the same id again replaces it.
    pub post_id: i64,
    /// Id of its topic.
    pub topic_id: i64,
    /// Number of the post in its topic, from 1.
    pub number: i64,
    /// Category of the topic, compared with [`Scope::categories`].
    pub category_id: i64,
    /// Folded name of the author.
    pub author: String,
    /// Title of the topic.
    pub title: String,
    /// Text of the post, without markup.
    pub body: String,
    /// Language of the post (BCP 47).
    pub lang: String,
    /// Tags of the topic.
    pub tags: Vec<String>,
    /// When it was written, µs UTC.
    pub created_at: i64,
    /// How many like it.
    pub likes: i64,
}

/// One change of the index.
#[derive(Clone, Debug, PartialEq)]
pub enum Op {
    /// Adds a post or replaces it.
    Put(Doc),
    /// Forgets a post.
    Delete {
        /// Which one.
        post_id: i64,
    },
    /// Forgets all posts of a topic.
    DeleteTopic {
        /// Which one.
        topic_id: i64,
    },
    /// Forgets everything.
    Clear,
}

/// What the one who asks may see; part of every query.
#[derive(Clone, Debug, Default, PartialEq)]
pub struct Scope {
    /// Ids of the categories visible to the viewer.
    pub categories: Vec<i64>,
}

/// One post found.
#[derive(Clone, Debug, PartialEq)]
pub struct Hit {
    /// The post.
    pub post_id: i64,
    /// Its topic.
    pub topic_id: i64,
    /// Relevance, or the value the results are ordered by.
    pub score: f64,
}

/// A page of results.
#[derive(Clone, Debug, Default, PartialEq)]
pub struct Hits {
    /// Best first.
    pub posts: Vec<Hit>,
    /// How many there are in all.
    pub total: usize,
}

/// An open index.
pub struct Index;

impl Index {
    /// Opens the index in a folder, or starts an empty one.
    pub fn open(_dir: &Path) -> Result<Index> {
        Ok(Index)
    }
    /// What the last commit was told: how far the index has followed.
    pub fn cursor(&self) -> Option<String> {
        None
    }
    /// Carries out changes in one commit; searches see them when this returns.
    pub fn apply(&self, _ops: Vec<Op>, _cursor: &str) -> Result<()> {
        Ok(())
    }
    /// Takes in changes without a commit (for rebuilding); the next [`Index::apply`] commits them.
    pub fn bulk(&self, _ops: Vec<Op>) -> Result<()> {
        Ok(())
    }
    /// Gives back the writer's memory when nothing was written for 30 s.
    pub fn release_idle(&self) {}
    /// How many posts are in the index.
    pub fn doc_count(&self) -> u64 {
        0
    }
    /// Finds posts.
    pub fn search(
        &self,
        _q: &Query,
        _scope: &Scope,
        _limit: usize,
        _offset: usize,
    ) -> Result<Hits> {
        Ok(Hits::default())
    }
}
