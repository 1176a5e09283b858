//! Search: an index per node that follows the log of changes, and the page that asks it.
//!
//! The index is derived: throw its folder away and it is made again from the store. What somebody may not see is left
//! out by the query itself and once more when the rows are loaded.

pub mod follow;
pub mod page;

use std::path::Path;
use std::sync::Arc;

use stoa_search::Index;

use crate::web::{Policy, Routes};

/// The index of this node.
pub struct Search {
    pub index: Arc<Index>,
}

impl Search {
    pub fn open(dir: &Path) -> anyhow::Result<Search> {
        std::fs::create_dir_all(dir)?;
        Ok(Search { index: Arc::new(Index::open(dir)?) })
    }
}

pub fn routes() -> Routes {
    Routes::new().get_with("/search", Policy::Everyone, page::QUERY, page::page)
}
