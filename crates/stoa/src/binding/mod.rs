//! What topics are about: pages of the wikis that this site is joined to. Both sides show the other, and what is bound stays
//! bound when a page is moved.

pub mod backlinks;
pub mod check;
pub mod follow;
pub mod named;
pub mod page;
pub mod queries;
pub mod show;
pub mod title;
pub mod wikitext;

use crate::web::{Policy, Routes};

pub fn routes() -> Routes {
    Routes::new()
        .get("/t/{id}/wikis", Policy::Everyone, page::page)
        .post("/t/{id}/wikis", Policy::Members, page::FIELDS, page::submit)
        .get_with("/t/{id}/wikitext", Policy::Everyone, wikitext::QUERY, wikitext::page)
        .post("/t/{id}/save", Policy::Moderators, wikitext::FIELDS, wikitext::save)
}
