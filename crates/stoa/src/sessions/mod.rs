//! Sessions: logging in and out, and where one is logged in.

use crate::web::Routes;

pub fn routes() -> Routes {
    Routes::new()
}
