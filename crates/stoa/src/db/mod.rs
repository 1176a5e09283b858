//! The store: one small door to SQLite and PostgreSQL that takes the same SQL text.
//!
//! Both engines run statements written once, with `$1` parameters, `ids($n)` for a list of ids, 64-bit integers
//! and text. A write is a closure over a [`Tx`]; it may be run again after a serialisation failure, so it has no side
//! effect but its statements. Every write that changes what somebody may see appends to `changes` ([`Tx::changed`]),
//! in the same transaction.

pub mod changes;
mod migrate;
mod postgres;
mod sql;
mod sqlite;
mod stamp;
mod value;

use std::collections::HashMap;
use std::path::PathBuf;
use std::sync::atomic::{AtomicU64, Ordering};
use std::sync::{Arc, Mutex};

use tokio::sync::watch;

pub use changes::Kind;
pub use value::{FromRow, Get, Row, Val, from_row};

use crate::web::error::{Error, Result};
use changes::{Change, Cursor};
use std::cell::RefCell;

/// Statement parameters: `params![id, name, flag]`.
#[macro_export]
macro_rules! params {
    ($($v:expr),* $(,)?) => { &[$($crate::db::Val::from($v)),*] };
}
pub use params;

/// Which engine a site runs on.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub enum Engine {
    Sqlite,
    Postgres,
}

/// Where a site's rows are.
#[derive(Clone, Debug)]
pub enum Place {
    /// A SQLite file; its folder must exist.
    File(PathBuf),
    /// A `postgres://` address, see <https://www.postgresql.org/docs/15/libpq-connect.html#LIBPQ-CONNSTRING>.
    Url(String),
}

enum Store {
    Sqlite(sqlite::Pool),
    Postgres(postgres::Pool),
}

/// A handle to the store; cheap to clone.
#[derive(Clone)]
pub struct Db(Arc<Inner>);

struct Inner {
    store: Store,
    statements: Arc<AtomicU64>,
    doorbell: watch::Sender<u64>,
    /// How far followers have looked beyond their written places, and over how many entries.
    passed: Mutex<HashMap<&'static str, (Cursor, usize)>>,
}

/// A running transaction (or, under [`Db::read`], a reading connection).
pub struct Tx<'c> {
    conn: Conn<'c>,
    changes: RefCell<Vec<Change>>,
    statements: &'c AtomicU64,
}

enum Conn<'c> {
    Sqlite(&'c rusqlite::Connection),
    Postgres(&'c deadpool_postgres::ClientWrapper),
}

impl Db {
    /// Opens the store and brings its schema up to date.
    pub async fn open(place: &Place) -> anyhow::Result<Db> {
        let db = Self::open_as_it_is(place).await?;
        migrate::run(&db).await?;
        Ok(db)
    }

    /// Opens the store without touching its schema, for `stoa migrate` and tests of migrations.
    pub async fn open_as_it_is(place: &Place) -> anyhow::Result<Db> {
        let statements = Arc::new(AtomicU64::new(0));
        let (doorbell, _) = watch::channel(0);
        let store = match place {
            Place::File(path) => Store::Sqlite(sqlite::Pool::open(path, statements.clone(), doorbell.clone())?),
            Place::Url(url) => Store::Postgres(postgres::Pool::open(url).await?),
        };
        Ok(Db(Arc::new(Inner { store, statements, doorbell, passed: Mutex::default() })))
    }

    pub fn engine(&self) -> Engine {
        match self.0.store {
            Store::Sqlite(_) => Engine::Sqlite,
            Store::Postgres(_) => Engine::Postgres,
        }
    }

    /// Runs `job` on a reading connection. On SQLite it runs at once on this thread, so its statements must be
    /// short (a page's worth); use [`Db::read_long`] for reports and rebuilds.
    pub async fn read<T>(&self, mut job: impl FnMut(&Tx) -> Result<T>) -> Result<T> {
        match &self.0.store {
            Store::Sqlite(pool) => pool.read(|conn| job(&Tx::new(Conn::Sqlite(conn), &self.0.statements))),
            Store::Postgres(pool) => {
                let client = pool.get().await?;
                tokio::task::block_in_place(|| job(&Tx::new(Conn::Postgres(&client), &self.0.statements)))
            }
        }
    }

    /// Like [`Db::read`], off the async workers.
    pub async fn read_long<T: Send + 'static>(
        &self,
        mut job: impl FnMut(&Tx) -> Result<T> + Send + 'static,
    ) -> Result<T> {
        let client = match &self.0.store {
            Store::Sqlite(_) => None,
            Store::Postgres(pool) => Some(pool.get().await?),
        };
        let db = self.clone();
        let done = tokio::task::spawn_blocking(move || match (&db.0.store, client) {
            (Store::Sqlite(pool), _) => pool.read(|conn| job(&Tx::new(Conn::Sqlite(conn), &db.0.statements))),
            (_, Some(client)) => job(&Tx::new(Conn::Postgres(&client), &db.0.statements)),
            (Store::Postgres(_), None) => Err(Error::Fault(anyhow::anyhow!("no connection was taken"))),
        });
        done.await.map_err(|e| Error::Fault(anyhow::anyhow!("a long read stopped: {e}")))?
    }

    /// Runs `job` as one transaction and answers once it is durable. It is undone whole when `job` fails. `job`
    /// may run more than once (PostgreSQL asks for it after a deadlock), so it must only act through its [`Tx`].
    pub async fn write<T: Send + 'static>(&self, job: impl FnMut(&Tx) -> Result<T> + Send + 'static) -> Result<T> {
        match &self.0.store {
            Store::Sqlite(pool) => pool.write(job).await,
            Store::Postgres(pool) => {
                let done = postgres::write(pool, &self.0.statements, job).await?;
                self.ring();
                Ok(done)
            }
        }
    }

    /// Tells the followers on this node that `changes` may have grown.
    pub fn ring(&self) {
        self.0.doorbell.send_modify(|n| *n += 1);
    }

    /// A bell that rings after writes of this node; the log itself is the truth.
    pub fn doorbell(&self) -> watch::Receiver<u64> {
        self.0.doorbell.subscribe()
    }

    fn passed(&self, follower: &'static str) -> (Cursor, usize) {
        self.0.passed.lock().expect("no panic while the lock is held").get(follower).copied().unwrap_or_default()
    }

    fn pass(&self, follower: &'static str, to: Cursor, count: usize) {
        self.0.passed.lock().expect("no panic while the lock is held").insert(follower, (to, count));
    }

    /// A number that changes with every commit, by whomever; two equal ones say that nothing was written in between.
    /// `None` where that cannot be known without asking (PostgreSQL).
    pub fn stamp(&self) -> Option<u64> {
        match &self.0.store {
            Store::Sqlite(pool) => pool.stamp(),
            Store::Postgres(_) => None,
        }
    }

    /// How many statements this handle has run, for the tests that say what a page costs.
    pub fn statements(&self) -> u64 {
        self.0.statements.load(Ordering::Relaxed)
    }

    /// Makes ready for many large writes by a command that ends afterwards: SQLite keeps more pages at hand and moves
    /// them to their places less often.
    pub async fn expect_much(&self) -> Result<()> {
        match self.engine() {
            Engine::Sqlite => {
                self.write(|tx| tx.batch("pragma cache_size = -262144; pragma wal_autocheckpoint = 16000")).await
            }
            Engine::Postgres => Ok(()),
        }
    }

    /// Refreshes what the engine's planner knows, after a large import.
    pub async fn analyze(&self) -> Result<()> {
        self.write(|tx| tx.batch("analyze")).await
    }
}

impl<'c> Tx<'c> {
    fn new(conn: Conn<'c>, statements: &'c AtomicU64) -> Self {
        Tx { conn, changes: RefCell::default(), statements }
    }

    pub fn engine(&self) -> Engine {
        match self.conn {
            Conn::Sqlite(_) => Engine::Sqlite,
            Conn::Postgres(_) => Engine::Postgres,
        }
    }

    /// All rows of a query.
    pub fn all<T: FromRow>(&self, sql: &str, params: &[Val]) -> Result<Vec<T>> {
        let mut rows = Vec::new();
        self.each(sql, params, |row| {
            rows.push(T::from_row(row)?);
            Ok(())
        })?;
        Ok(rows)
    }

    /// The first row, if there is one.
    pub fn first<T: FromRow>(&self, sql: &str, params: &[Val]) -> Result<Option<T>> {
        let mut first = None;
        self.each(sql, params, |row| {
            if first.is_none() {
                first = Some(T::from_row(row)?);
            }
            Ok(())
        })?;
        Ok(first)
    }

    /// The one row that must be there, such as a count or a `returning`.
    pub fn one<T: FromRow>(&self, sql: &str, params: &[Val]) -> Result<T> {
        self.first(sql, params)?.ok_or_else(|| Error::Fault(anyhow::anyhow!("no row from: {sql}")))
    }

    /// Calls `take` with each row as it comes.
    pub fn each(&self, sql: &str, params: &[Val], mut take: impl FnMut(&Row) -> Result<()>) -> Result<()> {
        self.statements.fetch_add(1, Ordering::Relaxed);
        match self.conn {
            Conn::Sqlite(conn) => sqlite::each(conn, &sql::sqlite(sql), params, &mut take),
            Conn::Postgres(client) => postgres::each(client, &sql::postgres(sql), params, &mut take),
        }
    }

    /// Runs a statement and tells how many rows it changed.
    pub fn exec(&self, sql: &str, params: &[Val]) -> Result<u64> {
        self.statements.fetch_add(1, Ordering::Relaxed);
        match self.conn {
            Conn::Sqlite(conn) => sqlite::exec(conn, &sql::sqlite(sql), params),
            Conn::Postgres(client) => postgres::exec(client, &sql::postgres(sql), params),
        }
    }

    /// Runs several statements without parameters.
    pub fn batch(&self, sql: &str) -> Result<()> {
        match self.conn {
            Conn::Sqlite(conn) => sqlite::batch(conn, sql),
            Conn::Postgres(client) => postgres::batch(client, sql),
        }
    }

    /// Records that something happened. It is appended to the log when the closure ends, so that on PostgreSQL
    /// the append holds nobody up.
    pub fn changed(&self, kind: Kind, subject: i64) {
        self.changes.borrow_mut().push(Change { kind, subject });
    }

    fn finish(&self) -> Result<()> {
        changes::append(self, &self.changes.take())
    }
}
