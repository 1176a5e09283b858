//! Categories: a tree of rooms, each with its own rights.

pub mod index;
pub mod old;
pub mod queries;
pub mod show;

use crate::site::{Category, EVERYONE, Level};
use crate::web::{Policy, Routes, Visit};

pub fn routes() -> Routes {
    Routes::new()
        .get("/categories", Policy::Everyone, index::page)
        .get_with("/c/{slug}/{id}", Policy::Everyone, show::QUERY, show::page)
        .get("/c/{slug}", Policy::Everyone, old::by_slug)
        .get("/c/{parent}/{slug}/{id}", Policy::Everyone, old::below)
        .get("/c/{slug}/{id}/l/{list}", Policy::Everyone, old::list)
        .get("/c/{parent}/{slug}/{id}/l/{list}", Policy::Everyone, old::list_below)
}

/// Subcategories that a viewer may see, in their order.
pub fn children(v: &Visit, parent: i64) -> Vec<&Category> {
    v.site.children(parent).filter(|c| v.viewer.may_see(c.id)).collect()
}

/// A category and all below it that a viewer may see.
pub fn with_all_below(v: &Visit, category: i64) -> Vec<i64> {
    let mut ids = vec![category];
    let mut next = 0;
    while let Some(parent) = ids.get(next).copied() {
        for child in children(v, parent) {
            if !ids.contains(&child.id) {
                ids.push(child.id);
            }
        }
        next += 1;
    }
    ids
}

/// Whether strangers cannot see it.
pub fn is_private(v: &Visit, category: &Category) -> bool {
    v.site.level(category.id, &[EVERYONE]) < Level::See
}
