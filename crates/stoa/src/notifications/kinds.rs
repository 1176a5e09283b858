//! The table of kinds: every sort of thing that somebody may be told, in one place. A new act adds a line here, its
//! messages, and a call of [`super::deliver::all`].

/// A sort of thing told. The numbers are stored: never reuse one.
#[derive(Clone, Copy, Debug, PartialEq, Eq, PartialOrd, Ord)]
#[repr(i64)]
pub enum Kind {
    Mention = 1,
    Reply = 2,
    Quote = 3,
    Like = 4,
    Followed = 5,
    FirstPost = 6,
    Message = 7,
    Invitation = 8,
    Edited = 9,
    Reminder = 10,
}

/// What things of one kind have in common while they are unread, so that they stand in one row.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub enum Joined {
    /// Each stands for itself.
    ByPost,
    /// All of a topic together.
    ByTopic,
}

/// Where things are told: bits that add up.
pub mod channel {
    pub const SITE: i64 = 1;
    pub const MAIL: i64 = 2;
    pub const PUSH: i64 = 4;
    /// Among the notices of the wiki that somebody's account comes from.
    pub const WIKI: i64 = 8;
    pub const ALL: [(i64, &str); 4] = [(SITE, "site"), (MAIL, "mail"), (PUSH, "push"), (WIKI, "wiki")];
}

/// A line of the table.
#[derive(Clone, Copy, Debug)]
pub struct Line {
    pub kind: Kind,
    /// The end of its messages' keys.
    pub key: &'static str,
    pub icon: &'static str,
    pub joined: Joined,
    /// Channels until somebody chooses others.
    pub channels: i64,
}

use Joined::{ByPost, ByTopic};
use channel::{MAIL, PUSH, SITE, WIKI};

/// In the order in which settings show them; of two that fit one thing the earlier counts.
pub const ALL: &[Line] = &[
    line(Kind::Message, "message", "message", ByTopic, SITE | MAIL | PUSH),
    line(Kind::Invitation, "invitation", "userAdd", ByTopic, SITE | MAIL | PUSH),
    line(Kind::Reminder, "reminder", "clock", ByPost, SITE | MAIL | PUSH),
    line(Kind::Mention, "mention", "userAvatar", ByPost, SITE | MAIL | PUSH | WIKI),
    line(Kind::Reply, "reply", "reply", ByPost, SITE | MAIL | PUSH | WIKI),
    line(Kind::Quote, "quote", "quotes", ByPost, SITE | MAIL | WIKI),
    line(Kind::FirstPost, "first-post", "article", ByPost, SITE | MAIL | WIKI),
    line(Kind::Followed, "followed", "speechBubbles", ByTopic, SITE | MAIL | WIKI),
    line(Kind::Edited, "edited", "edit", ByPost, SITE),
    line(Kind::Like, "like", "heart", ByPost, SITE),
];

const fn line(kind: Kind, key: &'static str, icon: &'static str, joined: Joined, channels: i64) -> Line {
    Line { kind, key, icon, joined, channels }
}

impl Kind {
    pub fn line(self) -> &'static Line {
        ALL.iter().find(|line| line.kind == self).expect("every kind has its line, as a test says")
    }

    pub fn from_number(n: i64) -> Option<Kind> {
        ALL.iter().map(|line| line.kind).find(|kind| *kind as i64 == n)
    }

    /// Whether wikis have a word for it: a wiki is a public place, so nothing private is told there.
    pub fn goes_to_wikis(self) -> bool {
        crate::wikis::payload::word(self).is_some()
    }

    /// How early in the table it stands; of two kinds for one person and thing the lower counts.
    pub fn rank(self) -> usize {
        ALL.iter().position(|line| line.kind == self).unwrap_or(ALL.len())
    }
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn every_kind_has_one_line_and_its_number_leads_back() {
        for line in ALL {
            assert_eq!(Kind::from_number(line.kind as i64), Some(line.kind));
            assert_eq!(ALL.iter().filter(|other| other.kind == line.kind).count(), 1);
            assert_eq!(line.kind.line().key, line.key);
        }
    }
}
