//! The crate's tests, and what several of them need.

mod cldr;
mod locales;
mod messages;
mod reader;

use crate::{LoadError, Words};
use std::path::{Path, PathBuf};
use std::sync::atomic::{AtomicU32, Ordering};

/// A folder of the shared test corpus, or `None` where it is not there.
fn shared(path: &str) -> Option<PathBuf> {
    let root = std::env::var_os("STOA_SHARED")
        .map_or_else(|| Path::new(env!("CARGO_MANIFEST_DIR")).join("../../../shared/data"), PathBuf::from);
    let path = root.join(path);
    if !path.exists() {
        eprintln!("skipped: no shared corpus");
        return None;
    }
    Some(path)
}

/// The embedded words with these files (name, JSON) over them, from a folder that is gone afterwards.
fn words_with(files: &[(&str, &str)]) -> Result<Words, LoadError> {
    static COUNT: AtomicU32 = AtomicU32::new(0);
    let count = COUNT.fetch_add(1, Ordering::Relaxed);
    let dir = std::env::temp_dir().join(format!("stoa-i18n-{}-{count}", std::process::id()));
    std::fs::create_dir_all(&dir).expect("a temporary folder");
    for (name, text) in files {
        std::fs::write(dir.join(name), text).expect("a temporary file");
    }
    let words = Words::embedded().with_dir(&dir);
    std::fs::remove_dir_all(&dir).expect("our own folder");
    words
}
