//! A site in this process: a fresh folder, a clock that stands still, quick passwords, no sockets.

// A vocabulary for stories: not every word is used at every time.
#![allow(dead_code, unused_imports)]

pub mod addresses;
pub mod browser;
pub mod dom;
pub mod dump;
pub mod page;
pub mod postgres;
pub mod process;
pub mod secrets;
pub mod stoa;
pub mod stream;
pub mod world;

pub use ::stoa::db::Engine;
pub use browser::{Ask, Browser};
pub use page::Page;
pub use stoa::{START, Stoa};
pub use stream::{Event, Stream};
pub use world::{Category, Topic};

/// A file of the shared corpus beside the repository, if it is there; `STOA_SHARED` names another place.
pub fn shared(path: &str) -> Option<String> {
    let root = std::path::Path::new(env!("CARGO_MANIFEST_DIR")).join("../..");
    let folder = std::env::var("STOA_SHARED").map_or_else(|_| root.join("../shared"), std::path::PathBuf::from);
    std::fs::read_to_string(folder.join(path)).ok()
}

/// Tells the story in the body twice: on SQLite (`name::sqlite`) and on PostgreSQL (`name::postgres`).
///
/// ```ignore
/// both_engines! {
///     /// Why this matters.
///     async fn a_reply_is_counted(s: Stoa) {
///         let topic = s.topic("Tea").await;
///         s.reply(&topic, "bo", "with milk").await;
///         assert_eq!(s.posts_in(&topic).await, 2);
///     }
/// }
/// ```
macro_rules! both_engines {
    ($($(#[$meta:meta])* async fn $name:ident($s:ident: Stoa) $body:block)+) => { $(
        $(#[$meta])*
        mod $name {
            #[allow(unused_imports)]
            use super::*;
            async fn story($s: &$crate::support::Stoa) $body
            #[test]
            fn sqlite() {
                $crate::support::stoa::tell($crate::support::Engine::Sqlite, async |s| story(s).await);
            }
            #[test]
            fn postgres() {
                $crate::support::stoa::tell($crate::support::Engine::Postgres, async |s| story(s).await);
            }
        }
    )+ };
}

/// Tells a story on SQLite alone: for what does not depend on the store.
macro_rules! stories {
    ($($(#[$meta:meta])* async fn $name:ident($s:ident: Stoa) $body:block)+) => { $(
        $(#[$meta])*
        #[test]
        fn $name() {
            async fn story($s: &$crate::support::Stoa) $body
            $crate::support::stoa::tell($crate::support::Engine::Sqlite, async |s| story(s).await);
        }
    )+ };
}
