//! People: names in any script that cannot be mistaken for one another, and their pages.

pub mod avatar;
pub mod drafts;
pub mod names;
pub mod show;

use crate::web::{Policy, Routes};

/// The address of somebody's page. Spaces become underscores, as on wikis.
pub fn url(name: &str) -> String {
    let mut out = String::from("/u/");
    for byte in name.replace(' ', "_").bytes() {
        match byte {
            b'A'..=b'Z' | b'a'..=b'z' | b'0'..=b'9' | b'-' | b'_' | b'.' | b'~' | b'!' | b'(' | b')' => {
                out.push(byte.into());
            }
            _ => out.push_str(&format!("%{byte:02X}")),
        }
    }
    out
}

pub fn routes() -> Routes {
    Routes::new()
        .get_with("/u/{name}", Policy::Everyone, show::QUERY, show::topics)
        .get_with("/u/{name}/posts", Policy::Everyone, show::QUERY, show::posts)
        .get("/drafts", Policy::Members, drafts::page)
}
