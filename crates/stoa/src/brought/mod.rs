//! Discussions from talk pages of wikis, brought here as topics: authors, times and who answered whom are kept, the topic says
//! where it comes from, and what was written there since can be brought after it.
//!
//! The wiki's extension DiscussionTools says what was said on a page (`action=discussiontoolspageinfo`). Authors who have
//! an account here are the authors here; for the others one is made that nobody can log in to until its owner comes from the
//! wiki.

pub mod authors;
pub mod body;
mod keep;
mod page;
pub mod talk;

pub use keep::is_brought;

use crate::web::{Policy, Routes};

pub fn routes() -> Routes {
    Routes::new().get_with("/bring", Policy::Moderators, page::QUERY, page::form).post(
        "/bring",
        Policy::Moderators,
        page::FIELDS,
        page::submit,
    )
}
