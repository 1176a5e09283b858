//! Live: what happens while somebody looks, told as server-sent events.
//!
//! One follower per node reads the log of changes ([`follow`]), looks each entry up once ([`news`]) and passes it to every
//! open stream ([`hub`]). Each stream decides with the eyes of its own viewer what of it is told ([`stream`]). No event of
//! the log says more than numbers; texts are fetched by the page from addresses that ask again who looks. Who is writing
//! right now ([`writing`]) is in no log, and known to one node alone.

pub mod eyes;
pub mod follow;
pub mod hub;
pub mod news;
pub mod stream;
pub mod wants;
pub mod writing;

use std::time::Duration;

use crate::web::routes::Field;
use crate::web::{Policy, Routes, Visit, field};

/// What a stream's address may say: what it is about; `once`: what is missing since `since`, and no more.
pub const QUERY: &[Field] = &[field("topic", 20), field("list", 20), field("since", 50), field("once", 1)];
/// A stream that has nothing to say says so, lest somebody on the way take it for dead.
const BEAT: Duration = Duration::from_secs(20);
/// Entries of the log that a stream goes back for; after a longer absence the page is loaded anew.
pub const MISSED_MOST: usize = 1000;

pub fn routes() -> Routes {
    Routes::new().get_with("/live", Policy::Everyone, QUERY, stream::open).post(
        "/t/{id}/writing",
        Policy::Members,
        &[],
        writing::submit,
    )
}

/// How many things the plurals of a language are asked with: one of each kind that any language has.
const SAMPLES: [i64; 6] = [0, 1, 2, 3, 11, 100];

impl Visit {
    /// The words of the button on a topic's page, for scripts.
    pub fn new_replies(&self) -> String {
        self.plurals(|n| self.t.live_new_replies(n))
    }

    /// The words of the link to a post's likes, for scripts.
    pub fn likes_of_post(&self) -> String {
        self.plurals(|n| self.t.post_likes_label(n))
    }

    /// The words of the button on a list, for scripts.
    pub fn new_topics(&self) -> String {
        self.plurals(|n| self.t.live_new_topics(n))
    }

    /// A message in every plural there may be, `$1` for the number.
    fn plurals(&self, message: impl Fn(i64) -> String) -> String {
        SAMPLES.map(|n| message(n).replacen(&self.number(n), "$1", 1)).join("|")
    }
}
