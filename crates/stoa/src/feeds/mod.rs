//! What programs read: Atom and RSS feeds, source texts, the sitemap, robots.txt.

use crate::web::Routes;

pub fn routes() -> Routes {
    Routes::new()
}
