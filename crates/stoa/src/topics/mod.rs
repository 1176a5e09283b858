//! Topics: a title, and the posts under it.

pub mod continued;
pub mod create;
pub mod list;
pub mod lists;
pub mod old;
pub mod print;
pub mod queries;
pub mod reply;
pub mod show;

use crate::db::from_row;
use crate::web::visit::Number;
use crate::web::{Policy, Routes};

/// Characters.
pub const TITLE_LONGEST: usize = 200;
pub const TAGS_MOST: usize = 8;

#[derive(Clone, Debug, Default)]
pub struct Topic {
    pub id: i64,
    pub kind: i64,
    pub category_id: i64,
    pub title: String,
    pub slug: String,
    pub excerpt: String,
    pub author_id: i64,
    pub lang: String,
    pub created_at: i64,
    pub bumped_at: i64,
    pub last_post_at: i64,
    pub last_poster_id: i64,
    pub post_count: i64,
    pub highest_number: i64,
    pub like_count: i64,
    pub pinned_at: Option<i64>,
    pub pinned_until: Option<i64>,
    pub pinned_everywhere: bool,
    pub closed_at: Option<i64>,
    pub archived_at: Option<i64>,
    pub unlisted_at: Option<i64>,
    pub hidden_at: Option<i64>,
    pub deleted_at: Option<i64>,
    pub solved_number: Option<i64>,
    pub version: i64,
    /// It goes on from a post of another topic, or is gone on from.
    pub linked: bool,
    /// Who takes part in a private conversation, as the store lists them (`messages::people`).
    pub people: Option<String>,
}
from_row!(Topic {
    id,
    kind,
    category_id,
    title,
    slug,
    excerpt,
    author_id,
    lang,
    created_at,
    bumped_at,
    last_post_at,
    last_poster_id,
    post_count,
    highest_number,
    like_count,
    pinned_at,
    pinned_until,
    pinned_everywhere,
    closed_at,
    archived_at,
    unlisted_at,
    hidden_at,
    deleted_at,
    solved_number,
    version,
    linked,
    people,
});

impl Topic {
    pub fn url(&self) -> String {
        url(&self.slug, self.id)
    }

    /// Where a post of it stands.
    pub fn url_of(&self, number: impl Number) -> String {
        post_url(&self.slug, self.id, number.value())
    }

    /// Replies, not counting the first post.
    pub fn reply_count(&self) -> i64 {
        (self.post_count - 1).max(0)
    }

    pub fn is_pinned(&self, now: impl Number) -> bool {
        self.pinned_at.is_some() && self.pinned_until.is_none_or(|until| until > now.value())
    }
}

pub fn url(slug: &str, id: i64) -> String {
    format!("/t/{}/{id}", encoded(slug))
}

/// The page and the anchor of a post.
pub fn post_url(slug: &str, id: i64, number: i64) -> String {
    match crate::web::paging::of_post(number) {
        1 => format!("/t/{}/{id}#p{number}", encoded(slug)),
        page => format!("/t/{}/{id}?page={page}#p{number}", encoded(slug)),
    }
}

/// A part of a path, percent-encoded where it is not ASCII.
pub fn encoded(part: &str) -> String {
    let mut out = String::with_capacity(part.len());
    for byte in part.bytes() {
        match byte {
            b'A'..=b'Z' | b'a'..=b'z' | b'0'..=b'9' | b'-' | b'_' | b'.' | b'~' => out.push(byte.into()),
            _ => out.push_str(&format!("%{byte:02X}")),
        }
    }
    out
}

pub fn routes() -> Routes {
    Routes::new()
        .get_with("/latest", Policy::Everyone, lists::QUERY, lists::latest)
        .get_with("/new", Policy::Everyone, lists::NEW_QUERY, lists::newest)
        .get_with("/unread", Policy::Members, lists::QUERY, lists::unread)
        .get_with("/top", Policy::Everyone, lists::TOP_QUERY, lists::top)
        .get_with("/t/{slug}/{id}", Policy::Everyone, show::QUERY, show::page)
        .get_with("/t/{slug}/{id}/go", Policy::Everyone, show::GO_QUERY, show::go)
        .get_with("/t/{slug}/{id}/print", Policy::Everyone, print::QUERY, print::page)
        .get("/t/{id}", Policy::Everyone, old::by_id)
        .get("/t/{slug}/{id}/{number}", Policy::Everyone, show::post)
        .get_with("/new-topic", Policy::Members, create::QUERY, create::form)
        .post_file("/new-topic", Policy::Members, create::FIELDS, create::submit)
        .get_with("/t/{slug}/{id}/reply", Policy::Members, reply::QUERY, reply::form)
        .post_file("/t/{id}/replies", Policy::Members, reply::FIELDS, reply::submit)
}
