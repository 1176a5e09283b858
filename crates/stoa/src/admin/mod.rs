//! Administration without a shell: settings, categories, groups, people.

use crate::web::Routes;

pub fn routes() -> Routes {
    Routes::new()
}
