//! Accounts: signing up, setting a site up, a profile, a password.

use crate::web::Routes;

pub fn routes() -> Routes {
    Routes::new()
}
