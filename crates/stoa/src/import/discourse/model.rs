//! A Discourse site in its own ids, whatever it was read from.

use std::collections::{BTreeMap, HashMap};

#[derive(Clone, Debug, Default)]
pub struct User {
    pub id: i64,
    pub username: String,
    pub name: String,
    pub title: String,
    pub bio: String,
    pub lang: String,
    pub trust_level: i64,
    /// UTC microseconds; `None` when the source does not say.
    pub created_at: Option<i64>,
    pub suspended_until: Option<i64>,
    pub silenced_until: Option<i64>,
}

#[derive(Clone, Debug, Default)]
pub struct Group {
    pub id: i64,
    pub name: String,
    pub full_name: String,
    pub members: Vec<(i64, bool)>,
}

#[derive(Clone, Debug, Default)]
pub struct Category {
    pub id: i64,
    pub name: String,
    pub slug: String,
    pub parent_id: Option<i64>,
    pub description: String,
    pub lang: String,
    pub position: i64,
    pub created_at: Option<i64>,
    pub read_restricted: bool,
    /// Group and Discourse's level: 1 create, 2 reply, 3 see.
    pub rights: Vec<(i64, i64)>,
}

#[derive(Clone, Debug, Default)]
pub struct Topic {
    pub id: i64,
    pub category_id: Option<i64>,
    pub title: String,
    pub slug: String,
    pub user_id: Option<i64>,
    pub lang: String,
    pub created_at: i64,
    pub bumped_at: Option<i64>,
    pub pinned_at: Option<i64>,
    pub pinned_until: Option<i64>,
    pub pinned_globally: bool,
    pub closed: bool,
    pub archived: bool,
    pub unlisted: bool,
    pub solved_number: Option<i64>,
    pub tags: Vec<String>,
}

#[derive(Clone, Debug, Default)]
pub struct Post {
    pub id: i64,
    pub topic_id: i64,
    pub number: i64,
    pub user_id: i64,
    pub raw: Option<String>,
    pub cooked: String,
    pub created_at: i64,
    pub updated_at: i64,
    pub version: i64,
    pub reply_to: Option<i64>,
    /// 1 a post, 2 a moderator's act, 3 a small act, 4 a whisper.
    pub kind: i64,
    pub action: String,
    pub hidden: bool,
    pub wiki: bool,
    pub likes: i64,
    pub is_solution: bool,
}

/// A file of the source.
#[derive(Clone, Debug, Default)]
pub struct Upload {
    pub sha1: String,
    /// Its old address, such as `/uploads/default/original/1X/….png`.
    pub url: String,
    pub name: String,
    pub user_id: Option<i64>,
    pub created_at: i64,
}

/// Everything but the posts.
#[derive(Debug, Default)]
pub struct Forum {
    pub users: BTreeMap<i64, User>,
    pub groups: BTreeMap<i64, Group>,
    pub categories: BTreeMap<i64, Category>,
    pub topics: BTreeMap<i64, Topic>,
    /// Topics that stay behind, such as private messages: their posts do as well.
    pub left_topics: HashMap<i64, &'static str>,
    /// Post, user, time. Empty when only the counts are known.
    pub likes: Vec<(i64, i64, i64)>,
    /// By their ids. Empty when votes are not known.
    pub polls: BTreeMap<i64, super::polls::Poll>,
    pub uploads: Vec<Upload>,
    /// Old address, new address (in the source's ids).
    pub permalinks: Vec<(String, Permalink)>,
    /// Posts that solve their topic.
    pub solutions: std::collections::HashSet<i64>,
    /// The site's language.
    pub lang: String,
    /// What was read, by kind; what became of it is counted later.
    pub left: BTreeMap<&'static str, u64>,
    /// Records that could not be read: kind, place, reason, exactly.
    pub broken: Vec<(&'static str, String, &'static str, String)>,
}

#[derive(Clone, Debug)]
pub enum Permalink {
    Topic(i64),
    Post(i64),
    Category(i64),
    Url(String),
}

/// Where the posts come from, in the order of their topics or of time; asked as often as needed.
pub trait Posts {
    /// Calls `take` for each post.
    fn each(&self, take: &mut dyn FnMut(Post) -> anyhow::Result<()>) -> anyhow::Result<()>;

    /// Bytes of the files with these old addresses; calls `take` for each that is there.
    fn files(
        &self,
        wanted: &HashMap<String, Upload>,
        take: &mut dyn FnMut(&Upload, &[u8]) -> anyhow::Result<()>,
    ) -> anyhow::Result<()>;
}
