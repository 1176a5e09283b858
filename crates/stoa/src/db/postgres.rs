//! PostgreSQL 15 or newer, through a small pool of connections with prepared statements kept.

use std::sync::atomic::AtomicU64;
use std::time::Duration;

use anyhow::{Context, anyhow};
use deadpool_postgres::{ClientWrapper, Manager, ManagerConfig, Object, RecyclingMethod};
use tokio::runtime::Handle;
use tokio_postgres::error::SqlState;
use tokio_postgres::types::ToSql;

use super::{Conn, Row, Tx, Val};
use crate::web::error::{Error, Refusal, Result};

/// How often a transaction is tried again after a serialisation failure or a deadlock.
const TRIES: u32 = 8;
/// From this try on a transaction runs alone, so that it cannot meet the same others again and again.
const ALONE: u32 = 3;
/// The advisory lock that all transactions share and one that runs alone has to itself.
const GATE: i64 = 0x5374_6f61;

pub struct Pool(deadpool_postgres::Pool);

impl Pool {
    pub async fn open(url: &str) -> anyhow::Result<Pool> {
        let config: tokio_postgres::Config = url.parse().context("reading the database address")?;
        let recycling = ManagerConfig { recycling_method: RecyclingMethod::Fast };
        let manager = match config.get_ssl_mode() {
            tokio_postgres::config::SslMode::Require => Manager::from_config(config, tls()?, recycling),
            _ => Manager::from_config(config, tokio_postgres::NoTls, recycling),
        };
        let pool = deadpool_postgres::Pool::builder(manager).max_size(16).build()?;
        drop(pool.get().await.context("connecting to PostgreSQL")?);
        Ok(Pool(pool))
    }

    pub async fn get(&self) -> Result<Object> {
        self.0.get().await.map_err(|e| Error::Fault(anyhow!("no database connection: {e}")))
    }
}

/// TLS with the roots that browsers trust.
fn tls() -> anyhow::Result<tokio_postgres_rustls::MakeRustlsConnect> {
    let roots = rustls::RootCertStore { roots: webpki_roots::TLS_SERVER_ROOTS.to_vec() };
    let provider = std::sync::Arc::new(rustls::crypto::ring::default_provider());
    let config = rustls::ClientConfig::builder_with_provider(provider)
        .with_safe_default_protocol_versions()?
        .with_root_certificates(roots)
        .with_no_client_auth();
    Ok(tokio_postgres_rustls::MakeRustlsConnect::new(config))
}

pub async fn write<T>(pool: &Pool, statements: &AtomicU64, mut job: impl FnMut(&Tx) -> Result<T> + Send) -> Result<T> {
    let client = pool.get().await?;
    tokio::task::block_in_place(|| {
        let mut tries = 0;
        loop {
            tries += 1;
            match once(&client, statements, &begin(tries), &mut job) {
                // Those who met once would meet again: each waits for a time of its own, longer every time.
                Err(Error::Again(_)) if tries < TRIES => {
                    std::thread::sleep(Duration::from_millis(rand::random_range(1..4_u64 << tries)));
                }
                Err(Error::Again(why)) => return Err(Error::Fault(why)),
                other => return other,
            }
        }
    })
}

/// How a transaction begins at its n-th try. Row locks are taken in whatever order a job needs them, and PostgreSQL
/// ends one of two that wait for each other. The lock is taken before any row, so waiting for it blocks nobody who works.
fn begin(tries: u32) -> String {
    let how = if tries < ALONE { "_shared" } else { "" };
    format!("begin; select pg_advisory_xact_lock{how}({GATE})")
}

fn once<T>(
    client: &ClientWrapper,
    statements: &AtomicU64,
    begin: &str,
    job: &mut impl FnMut(&Tx) -> Result<T>,
) -> Result<T> {
    if let Err(why) = batch(client, begin) {
        batch(client, "rollback")?;
        return Err(why);
    }
    let tx = Tx::new(Conn::Postgres(client), statements);
    let done = job(&tx).and_then(|value| tx.finish().map(|()| value));
    match done {
        Ok(value) => batch(client, "commit").map(|()| value),
        Err(why) => {
            batch(client, "rollback")?;
            Err(why)
        }
    }
}

pub fn each(client: &ClientWrapper, sql: &str, params: &[Val], take: &mut dyn FnMut(&Row) -> Result<()>) -> Result<()> {
    let rows = Handle::current().block_on(async {
        let statement = client.prepare_cached(sql).await.map_err(|e| fault(e, sql))?;
        client.query(&statement, &refs(params)).await.map_err(|e| fault(e, sql))
    })?;
    for row in &rows {
        take(&Row::Postgres(row))?;
    }
    Ok(())
}

pub fn exec(client: &ClientWrapper, sql: &str, params: &[Val]) -> Result<u64> {
    Handle::current().block_on(async {
        let statement = client.prepare_cached(sql).await.map_err(|e| fault(e, sql))?;
        client.execute(&statement, &refs(params)).await.map_err(|e| fault(e, sql))
    })
}

pub fn batch(client: &ClientWrapper, sql: &str) -> Result<()> {
    Handle::current().block_on(client.batch_execute(sql)).map_err(|e| fault(e, sql))
}

fn refs<'a>(params: &'a [Val]) -> Vec<&'a (dyn ToSql + Sync)> {
    params.iter().map(|v| v as &(dyn ToSql + Sync)).collect()
}

fn fault(error: tokio_postgres::Error, at: &str) -> Error {
    let code = error.code().cloned();
    let text = match error.as_db_error() {
        Some(db) => anyhow!("{}: {at:.300}", db.message()),
        None => anyhow!("{error}: {at:.300}"),
    };
    match code {
        Some(SqlState::T_R_SERIALIZATION_FAILURE | SqlState::T_R_DEADLOCK_DETECTED) => Error::Again(text),
        Some(SqlState::UNIQUE_VIOLATION) => Error::Taken(text),
        Some(SqlState::DISK_FULL) => Error::Refused(Refusal::DiskFull),
        _ => Error::Fault(text),
    }
}
