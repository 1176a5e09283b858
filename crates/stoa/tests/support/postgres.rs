//! A PostgreSQL of our own for one run of the tests: started by the first story that asks, stopped when the run ends.
//!
//! Under nextest every test is a process, so the server belongs to the run (`NEXTEST_RUN_ID`) and ends with the runner;
//! under `cargo test` it belongs to the test binary. A small shell loop watches over that process and stops the server
//! when it is gone, however it went.

use std::fs::File;
use std::io::ErrorKind;
use std::os::unix::fs::{PermissionsExt, chown};
use std::os::unix::process::CommandExt;
use std::path::{Path, PathBuf};
use std::process::{Command, Stdio};
use std::sync::OnceLock;
use std::time::{Duration, Instant};

use tokio_postgres::NoTls;

const TEMPLATE: &str = "stoa_template";

/// The address of a fresh database with today's schema; `None` when this machine has no PostgreSQL.
pub async fn database() -> Option<String> {
    let name = format!("stoa_test_{}", hex::encode(rand::random::<[u8; 8]>()));
    if let Ok(given) = std::env::var("STOA_PG") {
        run(&given, &format!("create database {name}")).await;
        return Some(with_database(&given, &name));
    }
    let socket = server()?;
    ensure_template(&socket).await;
    run(&own_url(&socket, "postgres"), &format!("create database {name} template {TEMPLATE}")).await;
    Some(own_url(&socket, &name))
}

/// Drops a database that a story no longer needs.
pub async fn give_back(url: &str) {
    let config: tokio_postgres::Config = url.parse().expect("an address made here");
    let name = config.get_dbname().expect("an address with a database").to_owned();
    run(&with_database(url, "postgres"), &format!("drop database if exists {name} with (force)")).await;
}

async fn run(url: &str, sql: &str) {
    let (client, connection) = tokio_postgres::connect(url, NoTls).await.expect("PostgreSQL answers");
    let served = tokio::spawn(connection);
    client.batch_execute(sql).await.unwrap_or_else(|e| panic!("{sql}: {e:?}"));
    drop(client);
    let _ = served.await;
}

fn own_url(socket: &Path, database: &str) -> String {
    format!("postgresql:///{database}?user=stoa&host={}", socket.display())
}

/// The same server, another database.
fn with_database(url: &str, name: &str) -> String {
    let (front, query) = url.split_once('?').map_or((url, None), |(front, query)| (front, Some(query)));
    let (server, _) = front.rsplit_once('/').expect("postgres://server/database");
    format!("{server}/{name}{}", query.map(|q| format!("?{q}")).unwrap_or_default())
}

/// Makes the migrated template once per server, whichever process comes first.
async fn ensure_template(socket: &Path) {
    static DONE: tokio::sync::OnceCell<()> = tokio::sync::OnceCell::const_new();
    DONE.get_or_init(|| async {
        let lock = File::create(socket.join("template.lock")).expect("a lock file");
        lock.lock().expect("a lock");
        if socket.join("template.done").exists() {
            return;
        }
        let postgres = own_url(socket, "postgres");
        run(&postgres, &format!("create database {TEMPLATE}")).await;
        let place = ::stoa::db::Place::Url(own_url(socket, TEMPLATE));
        drop(::stoa::db::Db::open(&place).await.expect("the schema is made"));
        run(&postgres, &format!("alter database {TEMPLATE} allow_connections false")).await;
        run(
            &postgres,
            &format!("select pg_terminate_backend(pid, 5000) from pg_stat_activity where datname = '{TEMPLATE}'"),
        )
        .await;
        File::create(socket.join("template.done")).expect("a mark");
    })
    .await;
}

/// The folder of this run's server with its socket, started if it is not.
fn server() -> Option<PathBuf> {
    static SERVER: OnceLock<Option<PathBuf>> = OnceLock::new();
    SERVER.get_or_init(|| binaries().map(|bin| start(&bin))).clone()
}

/// Where the newest PostgreSQL's programs are.
fn binaries() -> Option<PathBuf> {
    let mut found: Vec<(u32, PathBuf)> = Vec::new();
    for entry in std::fs::read_dir("/usr/lib/postgresql").into_iter().flatten().flatten() {
        let number = entry.file_name().to_string_lossy().parse().unwrap_or(0);
        found.push((number, entry.path().join("bin")));
    }
    found.retain(|(number, bin)| *number >= 15 && bin.join("initdb").exists());
    found.sort();
    found.pop().map(|(_, bin)| bin).or_else(|| {
        let path = std::env::var_os("PATH")?;
        std::env::split_paths(&path).find(|dir| dir.join("initdb").exists() && dir.join("postgres").exists())
    })
}

/// The run this process belongs to, and the process that ends with it.
fn run_of() -> (String, u32) {
    match std::env::var("NEXTEST_RUN_ID") {
        Ok(id) => {
            (id.chars().filter(char::is_ascii_alphanumeric).take(12).collect(), std::os::unix::process::parent_id())
        }
        Err(_) => (format!("p{}", std::process::id()), std::process::id()),
    }
}

// The server and its watch go on after this test; the watch ends both.
#[allow(clippy::zombie_processes)]
fn start(bin: &Path) -> PathBuf {
    let (run, watched) = run_of();
    let dir = std::env::temp_dir().join(format!("stoa-pg-{run}"));
    match std::fs::create_dir(&dir) {
        Ok(()) => {}
        Err(e) if e.kind() == ErrorKind::AlreadyExists => {}
        Err(e) => panic!("{}: {e}", dir.display()),
    }
    let lock = File::options().create(true).append(true).open(dir.join("start.lock")).expect("a lock file");
    lock.lock().expect("a lock");
    if dir.join("started").exists() {
        return dir;
    }
    let data = dir.join("data");
    std::fs::create_dir_all(&data).expect("a folder for the data");
    std::fs::set_permissions(&data, PermissionsExt::from_mode(0o700)).expect("rights");
    let user = another_user();
    if let Some((uid, gid)) = user {
        chown(&dir, Some(uid), Some(gid)).expect("root may give folders away");
        chown(&data, Some(uid), Some(gid)).expect("root may give folders away");
    }
    let program = |name: &str| {
        let mut command = Command::new(bin.join(name));
        if let Some((uid, gid)) = user {
            command.uid(uid).gid(gid);
        }
        command.current_dir(&dir).stdin(Stdio::null());
        command
    };
    let made = program("initdb")
        .args(["-A", "trust", "-U", "stoa", "--no-sync", "-E", "UTF8", "--locale=C", "-D"])
        .arg(&data)
        .output()
        .expect("initdb runs");
    assert!(made.status.success(), "initdb: {}", String::from_utf8_lossy(&made.stderr));
    let log = File::create(dir.join("log")).expect("a log");
    let server = program("postgres")
        .arg("-D")
        .arg(&data)
        .arg("-k")
        .arg(&dir)
        .args(["-c", "listen_addresses=", "-c", "fsync=off", "-c", "full_page_writes=off"])
        .args(["-c", "synchronous_commit=off", "-c", "max_connections=400", "-c", "shared_buffers=64MB"])
        .args(["-c", "autovacuum=off", "-c", "max_wal_size=256MB", "-c", "deadlock_timeout=50ms"])
        .stdout(Stdio::null())
        .stderr(log)
        .process_group(0)
        .spawn()
        .expect("postgres runs");
    // Watches in a process group of its own, so that a runner that kills a test does not kill the watch.
    Command::new("sh")
        .args(["-c", "while kill -0 \"$1\" 2>/dev/null; do sleep 1; done; kill -INT \"$2\"; while kill -0 \"$2\" 2>/dev/null; do sleep 0.2; done; rm -rf -- \"$3\"", "watch"])
        .args([watched.to_string(), server.id().to_string()])
        .arg(&dir)
        .stdin(Stdio::null())
        .stdout(Stdio::null())
        .stderr(Stdio::null())
        .process_group(0)
        .spawn()
        .expect("sh runs");
    let since = Instant::now();
    while !dir.join(".s.PGSQL.5432").exists() {
        assert!(since.elapsed() < Duration::from_secs(60), "PostgreSQL did not start; see {}/log", dir.display());
        std::thread::sleep(Duration::from_millis(20));
    }
    wait_until_it_answers(bin, &dir);
    File::create(dir.join("started")).expect("a mark");
    dir
}

fn wait_until_it_answers(bin: &Path, dir: &Path) {
    let since = Instant::now();
    loop {
        let asked = Command::new(bin.join("pg_isready")).arg("-h").arg(dir).stdout(Stdio::null()).status();
        if asked.is_ok_and(|status| status.success()) {
            return;
        }
        assert!(since.elapsed() < Duration::from_secs(60), "PostgreSQL does not answer; see {}/log", dir.display());
        std::thread::sleep(Duration::from_millis(20));
    }
}

/// PostgreSQL refuses to run as root: the user (and group) to run it as instead.
fn another_user() -> Option<(u32, u32)> {
    let own = std::fs::metadata("/proc/self").map(|m| std::os::unix::fs::MetadataExt::uid(&m)).unwrap_or(1);
    if own != 0 {
        return None;
    }
    let passwd = std::fs::read_to_string("/etc/passwd").unwrap_or_default();
    let find = |name: &str| {
        let line = passwd.lines().find(|line| line.split(':').next() == Some(name))?;
        let mut parts = line.split(':').skip(2);
        Some((parts.next()?.parse().ok()?, parts.next()?.parse().ok()?))
    };
    find("postgres").or_else(|| find("nobody"))
}
