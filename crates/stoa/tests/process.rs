//! The program as a process: its one line, its end, its exit codes, and being killed while it writes.

use std::collections::HashMap;
use std::io::{Read, Write};
use std::net::TcpStream;
use std::sync::atomic::{AtomicBool, Ordering};
use std::time::{Duration, Instant};

use crate::support::process::{Account, Process, ask, command, furnish};

fn runtime() -> tokio::runtime::Runtime {
    tokio::runtime::Builder::new_multi_thread().worker_threads(1).enable_all().build().expect("a runtime")
}

/// An empty folder is enough: one line on standard output, a page to set the site up, and a quick end.
#[test]
fn an_empty_folder_serves_a_page_to_set_it_up() {
    let folder = tempfile::tempdir().expect("a folder");
    let process = Process::start(&folder.path().join("not/yet/there"));
    let home = process.ask("GET", "/", None, &[]).expect("an answer");
    assert!(home.status == 200 || home.location.starts_with("/setup"), "{} {}", home.status, home.location);
    let page = process.ask("GET", "/setup", None, &[]).expect("an answer");
    assert!(page.status < 500, "{}", page.status);
    assert_eq!(process.ask("GET", "/healthz", None, &[]).map(|a| a.body).as_deref(), Some("ok\n"));
    assert_eq!(process.ask("GET", "/readyz", None, &[]).map(|a| a.status), Some(200));
    let (status, took, rest) = process.stop();
    assert!(status.success(), "{status}");
    assert!(took < Duration::from_secs(10), "{took:?}");
    assert_eq!(rest, Vec::<String>::new(), "one line on standard output, for programs that wait for it");
}

/// 0 for success, 1 for failure with a sentence that says why, 2 for a command line that is wrong.
#[test]
fn exit_codes_say_how_it_went() {
    let folder = tempfile::tempdir().expect("a folder");
    let program = || std::process::Command::new(env!("CARGO_BIN_EXE_stoa"));
    let run = |command: &mut std::process::Command| command.env_remove("STOA_DATABASE").output().expect("it runs");
    assert_eq!(run(program().arg("routes")).status.code(), Some(0));
    assert_eq!(run(program().arg("--version")).status.code(), Some(0));
    assert_eq!(run(program().arg("sing")).status.code(), Some(2));
    assert_eq!(run(program().args(["serve", "--colour"])).status.code(), Some(2));
    assert_eq!(run(program().args(["migrate", "--data"]).arg(folder.path())).status.code(), Some(0));
    std::fs::write(folder.path().join("stoa.toml"), "listn = '127.0.0.1:0'").expect("a file");
    let wrong = run(&mut command(folder.path()));
    let said = String::from_utf8_lossy(&wrong.stderr).into_owned();
    assert_eq!(wrong.status.code(), Some(1));
    assert!(said.contains("listn") && said.contains("stoa.toml"), "the key and the file are named: {said}");
    let folder = tempfile::tempdir().expect("a folder");
    std::fs::write(folder.path().join("stoa.db"), "no database at all, just words".repeat(200)).expect("a file");
    let wrong = run(&mut command(folder.path()));
    let said = String::from_utf8_lossy(&wrong.stderr).into_owned();
    assert_eq!(wrong.status.code(), Some(1));
    assert!(said.contains("stoa.db") && !said.contains("panicked"), "{said}");
    let taken = std::net::TcpListener::bind("127.0.0.1:0").expect("a port");
    let port = taken.local_addr().expect("an address").to_string();
    let other = tempfile::tempdir().expect("a folder");
    let wrong = run(program().args(["serve", "--listen", &port, "--data"]).arg(other.path()));
    assert_eq!(wrong.status.code(), Some(1));
    assert!(String::from_utf8_lossy(&wrong.stderr).contains(&port), "the address is named");
}

/// A reply that was on its way when the order to stop came is still answered.
#[test]
fn stopping_lets_running_requests_end() {
    let folder = tempfile::tempdir().expect("a folder");
    let (topic, people) = runtime().block_on(furnish(folder.path(), 1));
    let process = Process::start(folder.path());
    let mut stream = TcpStream::connect(&process.address).expect("a connection");
    let body = format!("csrf={}&raw=last+words", people[0].token);
    let head = format!(
        "POST /t/{topic}/replies HTTP/1.1\r\nhost: {}\r\ncookie: stoa={}\r\ncontent-type: application/x-www-form-urlencoded\r\ncontent-length: {}\r\n\r\n",
        process.address,
        people[0].cookie,
        body.len()
    );
    stream.write_all(head.as_bytes()).expect("sent");
    stream.write_all(&body.as_bytes()[..10]).expect("sent");
    // Another answer shows that the program has had the time to take this request up.
    assert!(process.ask("GET", "/healthz", None, &[]).is_some());
    let stopper = std::thread::spawn(move || process.stop());
    stream.write_all(&body.as_bytes()[10..]).expect("sent");
    let mut answer = String::new();
    stream.set_read_timeout(Some(Duration::from_secs(10))).expect("a limit");
    let _ = stream.read_to_string(&mut answer);
    assert!(answer.starts_with("HTTP/1.1 303"), "{answer:?}");
    let (status, took, _) = stopper.join().expect("no panic");
    assert!(status.success() && took < Duration::from_secs(10), "{status} after {took:?}");
}

/// What one writer did in one life of the program.
#[derive(Default)]
struct Log {
    /// once key → (writer, text, whether it was acknowledged)
    sent: HashMap<String, (usize, String, bool)>,
}

/// Kills the program again and again while eight people write; what was acknowledged is there, and nothing twice.
fn kill_and_count(kills: usize, life: std::ops::Range<u64>) {
    const WRITERS: usize = 8;
    /// Accounts of each writer, because one account may only write so much at once.
    const ACCOUNTS: usize = 6;
    let folder = tempfile::tempdir().expect("a folder");
    let (topic, people) = runtime().block_on(furnish(folder.path(), WRITERS * ACCOUNTS));
    let mut log = Log::default();
    let path = format!("/t/{topic}/replies");
    let mut slowest = Duration::ZERO;
    for round in 0..kills {
        let since = Instant::now();
        let process = Process::start(folder.path());
        slowest = slowest.max(since.elapsed());
        let done = AtomicBool::new(false);
        let address = process.address.clone();
        let logs: Vec<Log> = std::thread::scope(|scope| {
            let writers: Vec<_> = (0..WRITERS)
                .map(|w| {
                    let (done, address, path, people) = (&done, &address, &path, &people);
                    scope.spawn(move || write_until(done, address, path, people, w, WRITERS, round))
                })
                .collect();
            let span = Duration::from_millis(rand::random_range(life.clone()));
            std::thread::sleep(span);
            process.kill();
            done.store(true, Ordering::Relaxed);
            writers.into_iter().map(|w| w.join().expect("no panic")).collect()
        });
        for one in logs {
            log.sent.extend(one.sent);
        }
    }
    let acknowledged = log.sent.values().filter(|(_, _, known)| *known).count();
    let conn = rusqlite::Connection::open(folder.path().join("stoa.db")).expect("the store");
    // All at once: texts have no index, and two hundred kills leave ten thousands of them.
    let texts = || -> HashMap<String, i64> {
        let mut all = conn.prepare("select raw, count(*) from posts group by raw").expect("a statement");
        let rows = all.query_map([], |row| Ok((row.get(0)?, row.get(1)?))).expect("texts");
        rows.collect::<rusqlite::Result<_>>().expect("texts")
    };
    let there_now = texts();
    for (key, (_, text, known)) in &log.sent {
        let there = there_now.get(text).copied().unwrap_or(0);
        assert!(there <= 1, "{key}: {text:?} is there {there} times");
        assert!(!known || there == 1, "{key}: {text:?} was acknowledged and is lost");
    }
    // Whoever had no answer sends the same form again: it is written once, whether it was written before or not.
    let mut waiting: Vec<_> = log.sent.iter().filter(|(_, (_, _, known))| !known).collect();
    while !waiting.is_empty() {
        let process = Process::start(folder.path());
        let mut spent = Vec::new();
        waiting.retain(|(key, (writer, text, _))| {
            if spent.iter().filter(|w| *w == writer).count() >= 25 {
                return true;
            }
            spent.push(*writer);
            let sent = process.ask("POST", &path, Some(&people[*writer]), &[("raw", text), ("once", key)]);
            assert_eq!(sent.map(|a| a.status), Some(303), "{text}");
            false
        });
        let (status, _, _) = process.stop();
        assert!(status.success());
    }
    let there_now = texts();
    for (key, (_, text, _)) in &log.sent {
        assert_eq!(there_now.get(text), Some(&1), "{key}: {text:?}");
    }
    let whole: String = conn.query_row("pragma integrity_check", [], |row| row.get(0)).expect("a check");
    assert_eq!(whole, "ok");
    let broken = conn.prepare("pragma foreign_key_check").expect("a check").exists([]).expect("a check");
    assert!(!broken, "references are broken");
    let counts: (i64, i64, i64) = conn
        .query_row(
            "select t.post_count, t.highest_number, (select count(*) from posts p where p.topic_id = t.id) from topics t where t.id = ?1",
            [topic],
            |row| Ok((row.get(0)?, row.get(1)?, row.get(2)?)),
        )
        .expect("counts");
    assert_eq!((counts.0, counts.1), (counts.2, counts.2));
    println!(
        "{kills} kills: {acknowledged} acknowledged of {} sent, 0 lost, 0 doubled; slowest start {slowest:?}",
        log.sent.len()
    );
    assert!(acknowledged >= kills, "the writers hardly wrote: {acknowledged}");
}

fn write_until(
    done: &AtomicBool,
    address: &str,
    path: &str,
    people: &[Account],
    writer: usize,
    writers: usize,
    round: usize,
) -> Log {
    let mut log = Log::default();
    for n in 0.. {
        if done.load(Ordering::Relaxed) {
            break;
        }
        let who = writer + writers * (n / 25);
        let Some(account) = people.get(who) else { break };
        let (key, text) = (format!("k{round}x{writer}x{n}"), format!("round {round} writer {writer} post {n}"));
        log.sent.insert(key.clone(), (who, text.clone(), false));
        match ask(address, "POST", path, Some(account), &[("raw", &text), ("once", &key)]) {
            Some(answer) if answer.status == 303 => {
                log.sent.insert(key, (who, text, true));
            }
            Some(answer) => panic!("{} {}", answer.status, answer.body),
            None => break,
        }
    }
    log
}

#[test]
fn killed_twenty_times_it_loses_nothing() {
    kill_and_count(20, 150..450);
}

/// `drills/kill.sh` runs this one; it takes about ten minutes.
#[test]
#[ignore = "a drill: about ten minutes"]
fn killed_two_hundred_times_it_loses_nothing() {
    kill_and_count(200, 200..3000);
}

/// Callers who send their headers, their body or nothing slowly, or do not read: all are closed within 15 seconds,
/// while others are answered as ever.
#[test]
fn slow_callers_are_closed() {
    let folder = tempfile::tempdir().expect("a folder");
    let (topic, people) = runtime().block_on(furnish(folder.path(), 2));
    let process = Process::start(folder.path());
    let address = process.address.clone();
    let connect = || {
        let stream = TcpStream::connect(&address).expect("a connection");
        stream.set_read_timeout(Some(Duration::from_secs(20))).expect("a limit");
        stream
    };
    let head = |length: usize| {
        format!(
            "POST /t/{topic}/replies HTTP/1.1\r\nhost: {address}\r\ncookie: stoa={}\r\ncontent-type: application/x-www-form-urlencoded\r\ncontent-length: {length}\r\n\r\n",
            people[0].cookie
        )
    };
    let since = Instant::now();
    std::thread::scope(|scope| {
        let mut slow = Vec::new();
        for kind in 0..3 {
            for _ in 0..15 {
                let mut stream = connect();
                let first: Vec<u8> = match kind {
                    0 => Vec::new(),
                    1 => b"GET /latest HTTP/1.1\r\nhost: x\r\nx-slow: ".to_vec(),
                    _ => head(1000).into_bytes(),
                };
                slow.push(scope.spawn(move || {
                    let _ = stream.write_all(&first);
                    let mut dribble = stream.try_clone().expect("a handle");
                    // One byte now and then, as slow callers do to seem alive.
                    let alive = std::thread::spawn(move || {
                        while kind > 0 && dribble.write_all(b"a").is_ok() {
                            std::thread::sleep(Duration::from_millis(500));
                        }
                    });
                    let mut rest = Vec::new();
                    let _ = stream.read_to_end(&mut rest);
                    let took = since.elapsed();
                    drop(stream);
                    drop(alive);
                    (kind, took)
                }));
            }
        }
        // One that asks for pages and never reads them.
        let mut deaf = connect();
        slow.push(scope.spawn(move || {
            let asked = b"GET /assets/missing HTTP/1.1\r\nhost: x\r\n\r\n".repeat(200_000);
            deaf.set_write_timeout(Some(Duration::from_secs(20))).expect("a limit");
            let _ = deaf.write_all(&asked);
            (3, since.elapsed())
        }));
        let (mut asked, mut longest) = (0, Duration::ZERO);
        while since.elapsed() < Duration::from_secs(5) {
            let begun = Instant::now();
            let answer = ask(&address, "GET", "/latest", None, &[]).expect("an answer");
            assert_eq!(answer.status, 200);
            longest = longest.max(begun.elapsed());
            asked += 1;
        }
        assert!(
            asked > 20 && longest < Duration::from_secs(2),
            "{asked} others were answered, the slowest in {longest:?}"
        );
        for one in slow {
            let (kind, took) = one.join().expect("no panic");
            assert!(took < Duration::from_secs(16), "kind {kind} was kept for {took:?}");
        }
    });
    assert!(process.ask("GET", "/latest", None, &[]).is_some_and(|a| a.status == 200));
}

/// Two programs on one folder, by mistake or during an upgrade: both answer, what one writes the other shows.
#[test]
fn two_programs_on_one_folder_are_safe() {
    let folder = tempfile::tempdir().expect("a folder");
    let (topic, people) = runtime().block_on(furnish(folder.path(), 4));
    let (one, two) = (Process::start(folder.path()), Process::start(folder.path()));
    let path = format!("/t/{topic}/replies");
    std::thread::scope(|scope| {
        for (n, account) in people.iter().enumerate() {
            let address = if n % 2 == 0 { one.address.clone() } else { two.address.clone() };
            let path = &path;
            scope.spawn(move || {
                for m in 0..20 {
                    let text = format!("from {n}, number {m}.");
                    let answer =
                        ask(&address, "POST", path, Some(account), &[("raw", &text), ("once", &format!("{n}-{m}"))]);
                    assert_eq!(answer.map(|a| a.status), Some(303));
                }
            });
        }
    });
    let page = one.ask("GET", &format!("/t/-/{topic}?page=3"), None, &[]).expect("an answer");
    assert_eq!(page.status, 301, "{}", page.location);
    for process in [&one, &two] {
        let page = process.ask("GET", &page.location, None, &[]).expect("an answer");
        assert!(page.body.contains("number 19."), "the last ones are shown by both");
    }
    let conn = rusqlite::Connection::open(folder.path().join("stoa.db")).expect("the store");
    let posts: i64 = conn.query_row("select count(*) from posts", [], |row| row.get(0)).expect("a count");
    assert_eq!(posts, 81);
}
