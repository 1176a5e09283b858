//! Bookmarks: posts that somebody wants to find again, with a note and a reminder; nobody else sees them.

pub mod calendar;
pub mod due;
pub mod ics;
pub mod list;
pub mod set;
pub mod when;

pub use due::{Due, due};

use crate::web::{Policy, Routes};

/// Characters.
pub const NOTE_LONGEST: usize = 255;

pub fn routes() -> Routes {
    Routes::new()
        .get_with("/bookmarks", Policy::Members, list::QUERY, list::page)
        .post("/bookmarks/renew", Policy::Members, &[], calendar::renew)
        .get("/bookmarks/{token}", Policy::Everyone, calendar::page)
        .get("/p/{id}/bookmark", Policy::Members, set::form)
        .post("/p/{id}/bookmark", Policy::Members, set::FIELDS, set::submit)
        .post("/p/{id}/unbookmark", Policy::Members, &[], set::remove)
}
