//! Whether anything was written since: a number that changes with every commit to a SQLite file, by any process, and
//! costs a look into shared memory.
//!
//! In WAL mode every commit changes the header of the WAL index, which lies in the file `-shm` that all connections map
//! (<https://www.sqlite.org/walformat.html>, section 2.1): at byte 8 a counter of transactions, at byte 24 a checksum.

use std::fs::File;
use std::path::Path;
use std::sync::atomic::{AtomicU32, Ordering};

use memmap2::{Mmap, MmapOptions};

const HEADER: usize = 48;
const CHANGES: usize = 8;
const CHECKSUM: usize = 24;

/// The header of a WAL index, mapped into memory.
pub struct Stamp(Mmap);

impl Stamp {
    /// Of a database that has an open connection in WAL mode; `None` where there is no such file.
    pub fn of(database: &Path) -> Option<Stamp> {
        let mut name = database.as_os_str().to_owned();
        name.push("-shm");
        let file = File::open(Path::new(&name)).ok()?;
        if file.metadata().ok()?.len() < HEADER as u64 {
            return None;
        }
        // SAFETY: SQLite never makes the file shorter while a connection is open, and the pool that has this keeps one.
        // Others write to it; it is only read through atomics.
        let map = unsafe { MmapOptions::new().len(HEADER).map(&file) }.ok()?;
        Some(Stamp(map))
    }

    /// The stamp now. Two equal ones have no commit between them.
    pub fn now(&self) -> u64 {
        u64::from(self.word(CHANGES)) << 32 | u64::from(self.word(CHECKSUM))
    }

    fn word(&self, at: usize) -> u32 {
        let word = self.0[at..].as_ptr().cast::<AtomicU32>();
        // SAFETY: a mapping begins at a page's edge, so the word is aligned, and it lies inside of the header.
        unsafe { &*word }.load(Ordering::Acquire)
    }
}
