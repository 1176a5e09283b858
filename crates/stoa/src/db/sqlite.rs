//! SQLite: one writer thread that commits in groups, and readers that never wait for it.

use std::path::Path;
use std::sync::atomic::AtomicU64;
use std::sync::{Arc, Mutex};
use std::time::Duration;

use anyhow::{Context, anyhow};
use rusqlite::config::DbConfig;
use rusqlite::{Connection, OpenFlags};
use tokio::sync::{oneshot, watch};

use super::stamp::Stamp;
use super::{Conn, Row, Tx, Val};
use crate::web::error::{Error, Refusal, Result};

/// How many jobs one commit may carry.
const GROUP: usize = 256;
/// Prepared statements kept per connection.
const STATEMENTS: usize = 256;

/// Answers a job once its fate is known: `None` when the group was committed, else why not.
type Deliver = Box<dyn FnOnce(Option<&rusqlite::Error>) + Send>;
/// Work for the writer; it is handed the reason instead of a place when its group has already failed.
type Job = Box<dyn FnOnce(std::result::Result<Place, &rusqlite::Error>) -> Deliver + Send>;

/// Where a job runs: a transaction of its own, or a savepoint in one that it shares.
#[derive(Clone, Copy)]
struct Place<'c> {
    conn: &'c Connection,
    is_alone: bool,
}

pub struct Pool {
    path: std::path::PathBuf,
    readers: Mutex<Vec<Connection>>,
    writer: std::sync::mpsc::Sender<Job>,
    statements: Arc<AtomicU64>,
    stamp: Option<Stamp>,
}

impl Pool {
    pub fn open(path: &Path, statements: Arc<AtomicU64>, bell: watch::Sender<u64>) -> anyhow::Result<Pool> {
        let conn = Connection::open(path).with_context(|| format!("opening {}", path.display()))?;
        conn.busy_timeout(Duration::from_secs(20))?;
        conn.set_prepared_statement_cache_capacity(STATEMENTS);
        conn.execute_batch(
            "pragma page_size = 8192; pragma journal_mode = wal; pragma synchronous = full; pragma foreign_keys = on;
             pragma mmap_size = 1073741824; pragma cache_size = -16000; pragma temp_store = memory;
             pragma journal_size_limit = 67108864; pragma trusted_schema = off;",
        )
        .with_context(|| format!("{} is not a database that can be used", path.display()))?;
        same_plan(&conn)?;
        let stamp = Stamp::of(path);
        let (writer, jobs) = std::sync::mpsc::channel::<Job>();
        std::thread::Builder::new().name("sqlite-writer".into()).spawn(move || {
            while let Ok(first) = jobs.recv() {
                let group = std::iter::once(first).chain(std::iter::from_fn(|| jobs.try_recv().ok()).take(GROUP - 1));
                commit(&conn, group);
                bell.send_modify(|n| *n += 1);
            }
        })?;
        Ok(Pool { path: path.to_owned(), readers: Mutex::default(), writer, statements, stamp })
    }

    pub fn read<T>(&self, job: impl FnOnce(&Connection) -> Result<T>) -> Result<T> {
        let kept = self.readers.lock().expect("no panic while the lock is held").pop();
        let conn = match kept {
            Some(conn) => conn,
            None => self.reader().map_err(Error::Fault)?,
        };
        let done = job(&conn);
        self.readers.lock().expect("no panic while the lock is held").push(conn);
        done
    }

    pub fn stamp(&self) -> Option<u64> {
        self.stamp.as_ref().map(Stamp::now)
    }

    fn reader(&self) -> anyhow::Result<Connection> {
        let flags = OpenFlags::SQLITE_OPEN_READ_ONLY | OpenFlags::SQLITE_OPEN_NO_MUTEX;
        let conn = Connection::open_with_flags(&self.path, flags)?;
        conn.busy_timeout(Duration::from_secs(20))?;
        conn.set_prepared_statement_cache_capacity(STATEMENTS);
        conn.execute_batch("pragma query_only = on; pragma mmap_size = 1073741824; pragma temp_store = memory;")?;
        same_plan(&conn)?;
        Ok(conn)
    }

    pub async fn write<T: Send + 'static>(&self, mut job: impl FnMut(&Tx) -> Result<T> + Send + 'static) -> Result<T> {
        let (answer, done) = oneshot::channel();
        let statements = self.statements.clone();
        let run: Job = Box::new(move |place| {
            let result = match place {
                Err(failure) => Err(fault(failure, "an earlier write of the same group")),
                Ok(place) => undone_when_failed(place, || {
                    let tx = Tx::new(Conn::Sqlite(place.conn), &statements);
                    let value = job(&tx)?;
                    tx.finish()?;
                    Ok(value)
                }),
            };
            Box::new(move |failure| {
                let result = match failure {
                    Some(failure) if result.is_ok() => Err(fault(failure, "committing")),
                    _ => result,
                };
                // Nobody waits for the answer when a browser hung up: the write stands all the same.
                let _ = answer.send(result);
            })
        });
        self.writer.send(run).map_err(|_| Error::Fault(anyhow!("the writer has stopped")))?;
        done.await.map_err(|_| Error::Fault(anyhow!("the writer stopped before it answered")))?
    }
}

/// A statement is planned once. Where `analyze` has run, SQLite would otherwise plan it anew for each set of parameters,
/// which cost more than running it.
fn same_plan(conn: &Connection) -> rusqlite::Result<()> {
    conn.set_db_config(DbConfig::SQLITE_DBCONFIG_ENABLE_QPSG, true)?;
    Ok(())
}

/// Runs a group of jobs as one transaction and answers them after the commit. Several jobs have a savepoint each. One
/// alone has none: under a savepoint every statement walks through all that the savepoint remembers, which made large
/// imports spend a third of their time there.
fn commit(conn: &Connection, group: impl Iterator<Item = Job>) {
    let group: Vec<Job> = group.collect();
    let is_alone = group.len() == 1;
    let mut answers: Vec<Deliver> = Vec::with_capacity(group.len());
    let mut failure = conn.execute_batch("begin immediate").err();
    for job in group {
        if let Some(why) = &failure {
            answers.push(job(Err(why)));
            continue;
        }
        answers.push(job(Ok(Place { conn, is_alone })));
        // A full disk makes the engine roll the whole group back at once, not only one savepoint.
        if conn.is_autocommit() && !is_alone {
            failure = Some(rolled_back());
        }
    }
    if failure.is_none() && !conn.is_autocommit() {
        failure = conn.execute_batch("commit").err();
        if failure.is_some() && !conn.is_autocommit() {
            let _ = conn.execute_batch("rollback");
        }
    }
    for answer in answers {
        answer(failure.as_ref());
    }
}

fn rolled_back() -> rusqlite::Error {
    rusqlite::Error::SqliteFailure(
        rusqlite::ffi::Error::new(rusqlite::ffi::SQLITE_FULL),
        Some("the transaction was rolled back by the engine".into()),
    )
}

/// Runs a job; when it fails, nothing of it stays.
fn undone_when_failed<T>(Place { conn, is_alone }: Place, job: impl FnOnce() -> Result<T>) -> Result<T> {
    if !is_alone {
        conn.execute_batch("savepoint job").map_err(|e| fault(&e, "savepoint"))?;
    }
    let result = std::panic::catch_unwind(std::panic::AssertUnwindSafe(job))
        .unwrap_or_else(|_| Err(Error::Fault(anyhow!("a write panicked"))));
    if conn.is_autocommit() {
        // The engine has undone everything; a job that did not notice has not succeeded.
        return result.and_then(|_| Err(fault(&rolled_back(), "a write")));
    }
    match (is_alone, result.is_err()) {
        (true, true) => conn.execute_batch("rollback").map_err(|e| fault(&e, "rollback"))?,
        (true, false) => {}
        (false, failed) => {
            if failed {
                conn.execute_batch("rollback to job").map_err(|e| fault(&e, "rollback"))?;
            }
            conn.execute_batch("release job").map_err(|e| fault(&e, "release"))?;
        }
    }
    result
}

pub fn each(conn: &Connection, sql: &str, params: &[Val], take: &mut dyn FnMut(&Row) -> Result<()>) -> Result<()> {
    let mut statement = conn.prepare_cached(sql).map_err(|e| fault(&e, sql))?;
    let mut rows = statement.query(rusqlite::params_from_iter(params)).map_err(|e| fault(&e, sql))?;
    while let Some(row) = rows.next().map_err(|e| fault(&e, sql))? {
        take(&Row::Sqlite(row))?;
    }
    Ok(())
}

pub fn exec(conn: &Connection, sql: &str, params: &[Val]) -> Result<u64> {
    let mut statement = conn.prepare_cached(sql).map_err(|e| fault(&e, sql))?;
    let changed = statement.execute(rusqlite::params_from_iter(params)).map_err(|e| fault(&e, sql))?;
    Ok(changed as u64)
}

pub fn batch(conn: &Connection, sql: &str) -> Result<()> {
    conn.execute_batch(sql).map_err(|e| fault(&e, sql))
}

/// A full disk is something a person must hear of in plain words; all else is a fault.
fn fault(error: &rusqlite::Error, at: &str) -> Error {
    use rusqlite::ErrorCode;
    match error.sqlite_error_code() {
        Some(ErrorCode::DiskFull) => Error::Refused(Refusal::DiskFull),
        Some(ErrorCode::ConstraintViolation) => {
            let extended = error.sqlite_error().map_or(0, |e| e.extended_code);
            let text = anyhow!("{error}: {at:.300}");
            match extended {
                rusqlite::ffi::SQLITE_CONSTRAINT_UNIQUE | rusqlite::ffi::SQLITE_CONSTRAINT_PRIMARYKEY => {
                    Error::Taken(text)
                }
                _ => Error::Fault(text),
            }
        }
        _ => Error::Fault(anyhow!("{error}: {at:.300}")),
    }
}
