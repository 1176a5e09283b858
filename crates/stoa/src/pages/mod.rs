//! The texts every footer links: about, rules, privacy, imprint.

use crate::web::Routes;

pub fn routes() -> Routes {
    Routes::new()
}
