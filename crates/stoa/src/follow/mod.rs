//! Following: how closely somebody wants to hear of a topic, a category or a tag, and whom they do not want to hear.
//!
//! A topic's level is the reader's own (chosen, or raised because they wrote or read there) or else the one of its
//! category and tags. It is kept under the topic's id, so that it survives a new title or another category. Reading
//! and writing raise a level, nothing but its owner lowers it.

pub mod mute;
pub mod page;
pub mod queries;
pub mod raise;
pub mod set;
pub mod unread;
pub mod wishes;

use askama::Template;

use crate::web::page::Fragment;
use crate::web::visit::Visit;
use crate::web::{Policy, Routes};

/// How closely. The numbers are stored.
#[derive(Clone, Copy, Debug, PartialEq, Eq, PartialOrd, Ord)]
#[repr(i64)]
pub enum Level {
    /// Nothing is told, and it is left out of lists.
    Muted = 0,
    /// Told when somebody speaks to one.
    Normal = 1,
    /// Told of each new topic; in a topic, of changes to its first post.
    FirstPost = 2,
    /// New replies are counted, but not told.
    Tracking = 3,
    /// Each new reply is told.
    Watching = 4,
}

impl Level {
    pub const ALL: [Level; 5] = [Level::Watching, Level::Tracking, Level::FirstPost, Level::Normal, Level::Muted];

    pub fn from_number(n: i64) -> Option<Level> {
        Level::ALL.into_iter().find(|level| *level as i64 == n)
    }

    /// The end of its messages' keys, and what forms send.
    pub fn key(self) -> &'static str {
        match self {
            Level::Muted => "muted",
            Level::Normal => "normal",
            Level::FirstPost => "first-post",
            Level::Tracking => "tracking",
            Level::Watching => "watching",
        }
    }

    pub fn from_key(key: &str) -> Option<Level> {
        Level::ALL.into_iter().find(|level| level.key() == key)
    }
}

/// Why a topic has the level it has, or why somebody was told of a thing. The numbers are stored.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
#[repr(i64)]
pub enum Reason {
    /// As everything is without a wish.
    Default = 0,
    Chosen = 1,
    Started = 2,
    Replied = 3,
    Read = 4,
    Category = 5,
    Tag = 6,
    /// It speaks to them: a mention, a reply, a quote, a like.
    Addressed = 7,
    /// They take part in a private conversation.
    Member = 8,
    /// They asked to be reminded.
    Reminder = 9,
}

impl Reason {
    pub fn from_number(n: i64) -> Reason {
        use Reason::*;
        [Default, Chosen, Started, Replied, Read, Category, Tag, Addressed, Member, Reminder]
            .into_iter()
            .find(|reason| *reason as i64 == n)
            .unwrap_or(Default)
    }

    /// The end of its message's key.
    pub fn key(self) -> &'static str {
        match self {
            Reason::Default => "default",
            Reason::Chosen => "chosen",
            Reason::Started => "started",
            Reason::Replied => "replied",
            Reason::Read => "read",
            Reason::Category => "category",
            Reason::Tag => "tag",
            Reason::Addressed => "addressed",
            Reason::Member => "member",
            Reason::Reminder => "reminder",
        }
    }
}

/// What can be followed beside topics. The numbers are stored.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
#[repr(i64)]
pub enum Kind {
    Category = 1,
    Tag = 2,
}

/// The control with which a level is chosen: one form with a button a level.
pub struct Control {
    /// Where the form is sent.
    pub action: String,
    pub level: Level,
    /// A sentence saying why it is so; empty where nothing is to be said.
    pub why: String,
    /// Where one comes back to.
    pub back: String,
}

impl Control {
    /// Words of a level: name and what it means here.
    pub fn words(&self, v: &Visit, level: impl std::borrow::Borrow<Level>) -> (String, String) {
        let level = *level.borrow();
        let of_topic = self.action.starts_with("/t/") && level == Level::FirstPost;
        let means =
            if of_topic { "follow-first-post-topic".to_owned() } else { format!("follow-{}-means", level.key()) };
        (v.msg(format!("follow-{}", level.key())), v.msg(means))
    }

    /// The keys that choose a level on a topic's page.
    pub fn keys(&self, level: impl std::borrow::Borrow<Level>) -> Option<&'static str> {
        match level.borrow() {
            _ if !self.action.starts_with("/t/") => None,
            Level::Watching => Some("m w"),
            Level::Tracking => Some("m t"),
            Level::Muted => Some("m m"),
            Level::Normal | Level::FirstPost => None,
        }
    }

    /// Its HTML, with the token of the page.
    pub fn html(&self, v: &Visit) -> askama::Result<Fragment> {
        let csrf = v.csrf();
        Ok(Fragment::joined(ControlHtml { v, c: self, csrf: &csrf }.render()?))
    }
}

#[derive(Template)]
#[template(path = "follow/templates/_control.html")]
struct ControlHtml<'a> {
    v: &'a Visit,
    c: &'a Control,
    csrf: &'a str,
}

/// Why a topic has its level, as a sentence; empty where there is nothing to explain.
pub fn why(v: &Visit, reason: Reason) -> String {
    match reason {
        Reason::Default | Reason::Addressed | Reason::Reminder => String::new(),
        reason => v.msg(format!("follow-why-{}", reason.key())),
    }
}

pub fn routes() -> Routes {
    Routes::new()
        .post("/t/{id}/follow", Policy::Members, set::FIELDS, set::topic)
        .post("/c/{slug}/{id}/follow", Policy::Members, set::FIELDS, set::category)
        .post("/tag/{tag}/follow", Policy::Members, set::FIELDS, set::tag)
        .post("/t/{id}/read", Policy::Members, unread::READ_FIELDS, unread::read)
        .post("/t/{id}/unread-from", Policy::Members, unread::FROM_FIELDS, unread::from_here)
        .post("/unread/mark-read", Policy::Members, &[], unread::mark_all)
        .post("/new/mark-seen", Policy::Members, &[], unread::mark_new)
        .post("/unread/undo", Policy::Members, &[], unread::undo)
        .post("/u/{name}/mute", Policy::Members, mute::FIELDS, mute::mute)
        .post("/u/{name}/unmute", Policy::Members, mute::FIELDS, mute::unmute)
        .get("/settings/following", Policy::Members, page::form)
        .post("/settings/following", Policy::Members, page::FIELDS, page::submit)
}
