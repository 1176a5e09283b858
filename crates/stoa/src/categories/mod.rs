//! Categories: a tree of rooms, each with its own rights.

use crate::web::Routes;

pub fn routes() -> Routes {
    Routes::new()
}
