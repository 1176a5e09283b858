//! Search: an index per node that follows the log of changes, and the page that asks it.

use std::path::Path;

use stoa_search::Index;

/// The index of this node.
pub struct Search {
    pub index: Index,
}

impl Search {
    pub fn open(dir: &Path) -> anyhow::Result<Search> {
        Ok(Search { index: Index::open(dir)? })
    }
}

pub fn routes() -> crate::web::Routes {
    crate::web::Routes::new()
}
