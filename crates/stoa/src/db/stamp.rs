//! Whether anything was written since: a number that changes with every commit to a SQLite file, by any process, and
//! costs a look into shared memory.
//!
//! In WAL mode every commit changes the header of the WAL index, which all connections map
//! (<https://www.sqlite.org/walformat.html>, section 2.1): at byte 8 a counter of transactions, at byte 24 a checksum. The
//! mapping is SQLite's own, asked for through its VFS (<https://www.sqlite.org/c3ref/io_methods.html>). Opening the file `-shm`
//! here as well would be a mistake: closing any handle of it drops all of the process's locks on it (POSIX, `fcntl`).

use std::path::Path;
use std::ptr::{NonNull, null_mut};
use std::sync::Mutex;
use std::sync::atomic::{AtomicU32, Ordering};

use rusqlite::{Connection, OpenFlags, ffi};

const CHANGES: usize = 8;
const CHECKSUM: usize = 24;
/// Bytes of the part of a WAL index that is mapped at once.
const PART: i32 = 32_768;

/// The header of a WAL index in memory.
pub struct Stamp {
    header: NonNull<u8>,
    /// Keeps the mapping where it is.
    _open: Mutex<Connection>,
}

// SAFETY: the header is only read, through atomics, and lives as long as the connection beside it.
unsafe impl Send for Stamp {}
// SAFETY: as above.
unsafe impl Sync for Stamp {}

impl Stamp {
    /// Of a database in WAL mode that has been opened; `None` where SQLite has no shared memory for it.
    pub fn of(database: &Path) -> Option<Stamp> {
        let conn = Connection::open_with_flags(database, OpenFlags::SQLITE_OPEN_READ_ONLY).ok()?;
        // The first look at the data maps the index.
        let _: i64 = conn.query_row("select count(*) from sqlite_schema", [], |row| row.get(0)).ok()?;
        let header = NonNull::new(mapped(&conn)?)?;
        Some(Stamp { header, _open: Mutex::new(conn) })
    }

    /// The stamp now. Two equal ones have no commit between them.
    pub fn now(&self) -> u64 {
        u64::from(self.word(CHANGES)) << 32 | u64::from(self.word(CHECKSUM))
    }

    fn word(&self, at: usize) -> u32 {
        // SAFETY: the mapping begins at a page's edge and is longer than its header, so the word is aligned and inside.
        unsafe { &*self.header.as_ptr().add(at).cast::<AtomicU32>() }.load(Ordering::Acquire)
    }
}

/// Where the first part of the WAL index is mapped.
fn mapped(conn: &Connection) -> Option<*mut u8> {
    let mut file: *mut ffi::sqlite3_file = null_mut();
    // SAFETY: the handle is that of an open connection, and SQLITE_FCNTL_FILE_POINTER writes a pointer to `file`.
    let found = unsafe {
        let place = std::ptr::from_mut(&mut file).cast();
        ffi::sqlite3_file_control(conn.handle(), c"main".as_ptr(), ffi::SQLITE_FCNTL_FILE_POINTER, place)
    };
    if found != ffi::SQLITE_OK || file.is_null() {
        return None;
    }
    let mut part: *mut std::ffi::c_void = null_mut();
    // SAFETY: the file is open, so it has its methods; those of version 2 have shared memory. Nothing is made larger: the
    // part is there since the connection has read in WAL mode.
    let mapped = unsafe {
        let methods = (*file).pMethods.as_ref()?;
        if methods.iVersion < 2 {
            return None;
        }
        methods.xShmMap?(file, 0, PART, 0, std::ptr::from_mut(&mut part).cast())
    };
    (mapped == ffi::SQLITE_OK && !part.is_null()).then_some(part.cast())
}
