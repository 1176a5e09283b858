//! Web push (RFC 8030): notices on a device while no page of the site is open. What is sent is encrypted for the browser
//! (RFC 8291), so that its maker's push service reads nothing of it, and signed with the site's own key (RFC 8292).

mod key;
pub mod manifest;
pub mod send;
pub mod subscribe;

pub use key::Key;

use crate::web::{Policy, Routes};

/// Devices of one person.
pub const DEVICES: i64 = 20;

pub fn routes() -> Routes {
    Routes::new()
        .post("/push", Policy::Members, subscribe::FIELDS, subscribe::submit)
        .post("/push/{id}/remove", Policy::Members, &[], subscribe::remove)
        .get("/manifest.webmanifest", Policy::Everyone, manifest::page)
        .get("/worker.js", Policy::Open, subscribe::worker)
}
