//! The program under measure: started on a folder, watched from outside, ended.

use std::io::BufRead;
use std::path::Path;
use std::process::{Child, Command, Stdio};
use std::time::Instant;

use anyhow::{Context, ensure};
use sha2::Digest;
use stoa::db::{Db, Place, params};

use crate::load;

pub const STOA: &str = env!("CARGO_BIN_EXE_stoa");
pub const TOKEN: &str = "a-session-made-by-the-bench";

pub struct Server {
    pub child: Child,
    pub address: String,
    /// Seconds until the first page was there.
    pub first_page: f64,
}

impl Drop for Server {
    fn drop(&mut self) {
        let _ = self.child.kill();
        let _ = self.child.wait();
    }
}

/// Starts the program; `path` is its first page.
pub fn start(site: &Path, path: &str) -> anyhow::Result<Server> {
    let began = Instant::now();
    let mut child = Command::new(STOA)
        .args(["serve", "--listen", "127.0.0.1:0", "--data"])
        .arg(site)
        .stdout(Stdio::piped())
        .stderr(Stdio::null())
        .spawn()?;
    let address = listening(&mut child)?;
    let page = load::get_once(&address, path, "")?;
    ensure!(page.starts_with(b"HTTP/1.1 301") || page.starts_with(b"HTTP/1.1 200"), "the first page did not come");
    Ok(Server { child, address, first_page: began.elapsed().as_secs_f64() })
}

/// Where a program listens, by its own words.
pub fn listening(child: &mut Child) -> anyhow::Result<String> {
    let out = child.stdout.take().context("a server without output")?;
    let mut line = String::new();
    std::io::BufReader::new(out).read_line(&mut line)?;
    let address = line.trim().strip_prefix("listening on http://").context("the server did not start")?;
    Ok(address.to_owned())
}

/// The store of a site that is at rest.
pub async fn store(site: &Path) -> anyhow::Result<Db> {
    std::fs::create_dir_all(site)?;
    Db::open(&Place::File(site.join("stoa.db"))).await
}

/// Sessions: the token of each, and whose it is.
pub async fn let_in(db: &Db, all: Vec<(String, i64)>) -> anyhow::Result<()> {
    let now = stoa::clock::system_micros();
    let wrote = db.write(move |tx| {
        for (token, user) in &all {
            let hash = hex::encode(sha2::Sha256::digest(token.as_bytes()));
            tx.exec(
                "insert into sessions (token_hash, user_id, device, created_at, seen_at, expires_at)
                 values ($1, $2, 'bench', $3, $3, $4)",
                params![&hash, *user, now, now + stoa::clock::DAY],
            )?;
        }
        Ok(())
    });
    wrote.await.map_err(stoa::web::Error::into_anyhow)?;
    Ok(())
}

/// Without an administrator every page leads to the set-up.
pub async fn set_up(db: &Db, user: i64) -> anyhow::Result<()> {
    let now = stoa::clock::system_micros();
    let wrote = db.write(move |tx| stoa::accounts::roles::grant(tx, user, stoa::site::ADMINISTRATORS, now));
    wrote.await.map_err(stoa::web::Error::into_anyhow)?;
    Ok(())
}

/// Seconds of processor time a process has used.
pub fn processor_time(pid: u32) -> anyhow::Result<f64> {
    let stat = std::fs::read_to_string(format!("/proc/{pid}/stat"))?;
    let after = stat.rsplit_once(')').context("an odd /proc/stat")?.1;
    let fields: Vec<&str> = after.split_whitespace().collect();
    let ticks: u64 = fields[11].parse::<u64>()? + fields[12].parse::<u64>()?;
    Ok(ticks as f64 / 100.0)
}

/// Resident megabytes.
pub fn memory(pid: u32) -> anyhow::Result<f64> {
    let status = std::fs::read_to_string(format!("/proc/{pid}/status"))?;
    let line = status.lines().find(|l| l.starts_with("VmRSS")).context("no VmRSS")?;
    let kilobytes: f64 = line.split_whitespace().nth(1).context("no number")?.parse()?;
    Ok(kilobytes / 1024.0)
}
