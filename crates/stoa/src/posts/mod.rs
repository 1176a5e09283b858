//! Posts: numbered, in a topic; number 1 opens it, the others are replies.

pub mod delete;
pub mod edit;
pub mod history;
pub mod like;
pub mod marks;
pub mod merge;
pub mod preview;
pub mod queries;
pub mod restore;
pub mod text;
pub mod view;
pub mod wiki;
pub mod write;

use stoa_markup::SafeHtml;

use crate::db::from_row;
use crate::web::{Policy, Routes};

/// Characters of a post's text. Imports may bring longer ones, up to the store's limit.
pub const LONGEST: usize = 65_000;
/// What a form takes at all, so that a text that is too long comes back with its reason and is not lost.
pub const FIELD_LIMIT: usize = 150_000;

#[derive(Clone, Debug)]
pub struct Post {
    pub id: i64,
    pub topic_id: i64,
    pub number: i64,
    pub kind: i64,
    pub action: String,
    pub author_id: i64,
    pub raw: String,
    pub html: SafeHtml,
    pub lang: String,
    pub in_reply_to: Option<i64>,
    pub created_at: i64,
    pub edited_at: Option<i64>,
    pub revision_count: i64,
    pub like_count: i64,
    pub reply_count: i64,
    pub hidden_at: Option<i64>,
    pub deleted_at: Option<i64>,
    /// Whoever may reply may edit it.
    pub wiki: bool,
}
from_row!(Post {
    id,
    topic_id,
    number,
    kind,
    action,
    author_id,
    raw,
    html,
    lang,
    in_reply_to,
    created_at,
    edited_at,
    revision_count,
    like_count,
    reply_count,
    hidden_at,
    deleted_at,
    wiki,
});

pub fn routes() -> Routes {
    Routes::new()
        .get("/p/{id}", Policy::Everyone, history::go)
        .get("/p/{id}/edit", Policy::Members, edit::form)
        .post_file("/p/{id}/edit", Policy::Members, edit::FIELDS, edit::submit)
        .get("/p/{id}/history", Policy::Everyone, history::page)
        .post("/p/{id}/restore", Policy::Members, restore::FIELDS, restore::submit)
        .post("/p/{id}/wiki", Policy::Members, &[], wiki::submit)
        .post("/p/{id}/unwiki", Policy::Members, &[], wiki::undo)
        .get("/p/{id}/delete", Policy::Members, delete::form)
        .post("/p/{id}/delete", Policy::Members, &[], delete::submit)
        .get("/p/{id}/likes", Policy::Everyone, like::page)
        .post("/p/{id}/like", Policy::Members, &[], like::submit)
        .post("/p/{id}/unlike", Policy::Members, &[], like::undo)
        .post("/preview", Policy::Members, preview::FIELDS, preview::submit)
        .post("/drafts", Policy::Members, preview::DRAFT_FIELDS, preview::keep)
        .post("/drafts/discard", Policy::Members, preview::DISCARD_FIELDS, preview::discard)
}

/// Actions on a topic that stand between its posts as thin lines, by the names Discourse gives them.
const NOTICES: &[&str] = &[
    "closed.enabled",
    "closed.disabled",
    "archived.enabled",
    "archived.disabled",
    "pinned.enabled",
    "pinned.disabled",
    "pinned_globally.enabled",
    "pinned_globally.disabled",
    "visible.enabled",
    "visible.disabled",
    "split_topic",
    "autoclosed.enabled",
    "autoclosed.disabled",
    "invited_user",
    "removed_user",
    "user_left",
    "public_topic",
    "people_added",
    "person_removed",
    "look",
    "look_ended",
];

/// The message of a notice: `notice-` and the action, or a general one.
pub fn notice_key(action: &str) -> String {
    match NOTICES.iter().find(|known| **known == action) {
        Some(known) => format!("notice-{}", known.replace(['.', '_'], "-")),
        None => "notice-other".to_owned(),
    }
}

/// The words of stored HTML, without its tags; what the renderer wrote is regular enough to be read by its brackets.
pub fn plain(html: &SafeHtml) -> String {
    let mut out = String::new();
    let mut rest = html.as_str();
    while let Some((before, after)) = rest.split_once('<') {
        out.push_str(before);
        let (tag, after) = after.split_once('>').unwrap_or((after, ""));
        let block = ["p", "/p", "br", "li", "/li", "div", "/div", "tr", "td", "th", "h", "pre", "blockquote", "/pre"];
        if block.iter().any(|b| tag.starts_with(b)) && !out.ends_with([' ', '\n']) {
            out.push(' ');
        }
        rest = after;
    }
    out.push_str(rest);
    let out = out.replace("&lt;", "<").replace("&gt;", ">").replace("&quot;", "\"").replace("&#39;", "'");
    out.replace("&nbsp;", "\u{a0}").replace("&amp;", "&").trim().to_owned()
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn words_without_tags() {
        let html = SafeHtml::from_store("<p>Tea &amp; <b>ca</b>ke</p><ul><li>a &lt; b</li></ul>".into());
        assert_eq!(plain(&html), "Tea & cake a < b");
    }
}
