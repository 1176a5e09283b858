//! Nothing inside is ever reached: a listener counts who comes.

use std::collections::HashMap;
use std::io::{Read, Write};
use std::net::{TcpListener, TcpStream};
use std::path::{Path, PathBuf};
use std::sync::Mutex;
use std::sync::atomic::{AtomicUsize, Ordering};
use std::thread;

use super::*;

/// A server on loopback that counts its callers and answers each path with what was said.
struct Inside {
    at: SocketAddr,
    calls: Arc<AtomicUsize>,
}

type Says = Box<dyn Fn(&str, &mut TcpStream) -> std::io::Result<()> + Send + Sync>;

fn inside(says: Says) -> Inside {
    let listener = TcpListener::bind("127.0.0.1:0").expect("a free port");
    let at = listener.local_addr().expect("an address");
    let calls = Arc::new(AtomicUsize::new(0));
    let (count, says) = (calls.clone(), Arc::new(says));
    thread::spawn(move || {
        for stream in listener.incoming() {
            let (Ok(mut stream), says) = (stream, says.clone()) else { continue };
            count.fetch_add(1, Ordering::SeqCst);
            thread::spawn(move || {
                let mut head = [0; 8192];
                let got = stream.read(&mut head).unwrap_or(0);
                let head = String::from_utf8_lossy(&head[..got]).into_owned();
                let path = head.split(' ').nth(1).unwrap_or("/").to_owned();
                assert!(!head.to_lowercase().contains("cookie"), "{head}");
                // A caller that has gone away is what some of these are about.
                drop(says(&path, &mut stream));
            });
        }
    });
    Inside { at, calls }
}

fn text(stream: &mut TcpStream, body: &str) -> std::io::Result<()> {
    write!(
        stream,
        "HTTP/1.1 200 OK\r\ncontent-type: text/HTML; charset=utf-8\r\ncontent-length: {}\r\nconnection: close\r\n\r\n{body}",
        body.len()
    )
}

fn moved(stream: &mut TcpStream, to: &str) -> std::io::Result<()> {
    write!(stream, "HTTP/1.1 302 Found\r\nlocation: {to}\r\ncontent-length: 0\r\nconnection: close\r\n\r\n")
}

/// Names of a test, each with the answers it gets one after another; nothing asks a real server for names.
fn names(list: &[(&str, &[&str])]) -> Lookup {
    let mut answers: HashMap<String, Vec<String>> = HashMap::new();
    for (name, ips) in list {
        answers.insert((*name).to_owned(), ips.iter().map(|ip| (*ip).to_owned()).collect());
    }
    let asked = Mutex::new(HashMap::<String, usize>::new());
    Arc::new(move |name| {
        if let Ok(at) = name.parse::<SocketAddr>() {
            return Ok(vec![at]);
        }
        let (host, port) = name.rsplit_once(':').expect("host:port");
        let Some(ips) = answers.get(host) else { return Err(std::io::ErrorKind::NotFound.into()) };
        let mut asked = asked.lock().expect("no panic while the lock is held");
        let n = asked.entry(host.to_owned()).or_default();
        let ip = &ips[(*n).min(ips.len() - 1)];
        *n += 1;
        ip.split('+')
            .map(|ip| Ok(SocketAddr::new(ip.parse().expect("an address"), port.parse().expect("a port"))))
            .collect()
    })
}

const SOON: Duration = Duration::from_secs(3);

#[tokio::test]
async fn what_was_allowed_is_fetched() {
    let server = inside(Box::new(|path, stream| match path {
        "/start" => moved(stream, "/end#there"),
        path => text(stream, &format!("<title>{path}</title>")),
    }));
    let fetcher = Fetcher::new(&[server.at], true);
    let answer = fetcher.get(&format!("http://{}/start", server.at), "text/html", SOON).await.expect("an answer");
    assert_eq!((answer.status, answer.kind.as_str(), answer.url.path()), (200, "text/html", "/end"));
    assert_eq!(answer.body, b"<title>/end</title>");
    assert_eq!(server.calls.load(Ordering::SeqCst), 2);
    // A page that is not there is an answer too.
    assert_eq!(
        Fetcher::new(&[], true).get(&format!("http://{}/", server.at), "*/*", SOON).await.expect_err("no"),
        Failure::NotPublic
    );
    assert_eq!(server.calls.load(Ordering::SeqCst), 2);
}

#[tokio::test]
async fn nothing_inside_is_reached() {
    let server = inside(Box::new(|_, stream| text(stream, "secret")));
    let port = server.at.port();
    let mut targets: Vec<String> = Vec::new();
    for host in [
        "127.0.0.1",
        "127.0.1.3",
        "127.127.127.127",
        "127.1",
        "127.0.1",
        "0",
        "0.0.0.0",
        "0.1.2.3",
        "2130706433",
        "0x7f000001",
        "0x7f.1",
        "0177.0.0.1",
        "017700000001",
        "0x7f.0x0.0x0.0x1",
        "127.0.0.1.",
        "[::1]",
        "[::]",
        "[0:0:0:0:0:0:0:1]",
        "[::ffff:127.0.0.1]",
        "[::ffff:7f00:1]",
        "[::127.0.0.1]",
        "[64:ff9b::127.0.0.1]",
        "[64:ff9b:1::7f00:1]",
        "[2002:7f00:1::]",
        "[2001:0:7f00:1::]",
        "[fc00::1]",
        "[fd00:ec2::254]",
        "[fe80::1]",
        "[fec0::1]",
        "[ff02::1]",
        "[2001:db8::1]",
        "[100::1]",
        "10.0.0.1",
        "100.64.0.1",
        "169.254.169.254",
        "172.16.0.1",
        "192.168.0.1",
        "192.0.0.192",
        "198.18.0.1",
        "224.0.0.1",
        "240.0.0.1",
        "255.255.255.255",
        "①②⑦.⓪.⓪.①",
        "１２７.０.０.１",
        "localhost",
        "localhost.",
        "LOCALHOST",
        "foo.localhost",
        "localtest.example",
        "mixed.example",
        "mapped.example",
        "nat.example",
        "b\u{fc}cher.example",
        "metadata.google.internal",
    ] {
        for scheme in ["http", "https"] {
            targets.push(format!("{scheme}://{host}/"));
            targets.push(format!("{scheme}://{host}:{port}/"));
        }
    }
    targets.extend([
        format!("http://user@127.0.0.1:{port}/"),
        format!("http://example.org@127.0.0.1:{port}/"),
        format!("http://127.0.0.1:{port}@mixed.example/"),
        format!("http://127.0.0.1:{port}\\@mixed.example/"),
        format!("http:127.0.0.1:{port}/"),
        format!("http:/127.0.0.1:{port}/"),
        format!("//127.0.0.1:{port}/"),
        format!("http://127.0.0.1:{port}#@mixed.example/"),
        format!("ftp://127.0.0.1:{port}/"),
        format!("gopher://127.0.0.1:{port}/_GET"),
        format!("dict://127.0.0.1:{port}/"),
        format!("ldap://127.0.0.1:{port}/"),
        format!("ws://127.0.0.1:{port}/"),
        "file:///etc/passwd".into(),
        "data:text/html,x".into(),
        "javascript:x".into(),
        "unix:/run/x".into(),
        "http://".into(),
        "http:///".into(),
        String::new(),
        "http://mixed.example:22/".into(),
        "http://mixed.example:6379/".into(),
        format!("http://{}/", "a".repeat(3000)),
        "http://[::1%25lo]/".into(),
    ]);
    let lookup = names(&[
        ("localhost", &["127.0.0.1"]),
        ("localhost.", &["127.0.0.1"]),
        ("foo.localhost", &["::1"]),
        ("localtest.example", &["127.0.0.1"]),
        ("mixed.example", &["203.0.113.9+127.0.0.1"]),
        ("mapped.example", &["::ffff:127.0.0.1"]),
        ("nat.example", &["64:ff9b::7f00:1"]),
        ("xn--bcher-kva.example", &["10.0.0.1"]),
        ("metadata.google.internal", &["169.254.169.254"]),
    ]);
    // Another port is allowed, so that nothing is refused for its port alone.
    let fetcher = Fetcher::with_lookup(&[SocketAddr::new([127, 0, 0, 2].into(), port)], true, lookup);
    let mut refused = 0;
    for target in &targets {
        match fetcher.get(target, "*/*", SOON).await {
            Ok(answer) => panic!("{target} was fetched: {answer:?}"),
            Err(Failure::NotPublic) => refused += 1,
            // A name that is not known here.
            Err(Failure::NoAnswer(_)) => {}
            Err(other) => panic!("{target}: {other:?}"),
        }
    }
    assert!(targets.len() >= 80 && refused >= 200, "{refused} of {}", targets.len());
    assert_eq!(server.calls.load(Ordering::SeqCst), 0, "somebody came in");
}

/// A list that others collected, where it is there.
#[tokio::test]
async fn a_list_of_known_tricks_reaches_nothing() {
    let data = std::env::var_os("STOA_SHARED")
        .map_or_else(|| Path::new(env!("CARGO_MANIFEST_DIR")).join("../../../shared/data"), PathBuf::from);
    let Ok(list) = std::fs::read_to_string(data.join("security/ssrf-urls-A.json")) else {
        println!("skipped: no list of addresses");
        return;
    };
    let list: Vec<String> = serde_json::from_str(&list).expect("JSON");
    let server = inside(Box::new(|_, stream| text(stream, "secret")));
    // Every name leads inside: whatever is connected to would be counted or not be public.
    let lookup: Lookup = Arc::new(move |name| match name.parse::<SocketAddr>() {
        // An address of the public internet is let through by name alone; it is not really asked.
        Ok(at) if address::is_public(at.ip()) => Err(std::io::ErrorKind::NotFound.into()),
        Ok(at) => Ok(vec![at]),
        Err(_) => Ok(vec![SocketAddr::new(
            [127, 0, 0, 1].into(),
            name.rsplit_once(':').map_or(80, |(_, p)| p.parse().unwrap_or(80)),
        )]),
    });
    let port = server.at.port();
    let fetcher = Fetcher::with_lookup(&[SocketAddr::new([127, 0, 0, 2].into(), port)], true, lookup);
    for target in &list {
        let with_port = target.replacen("127.0.0.1", &format!("127.0.0.1:{port}"), 1);
        for target in [target, &with_port] {
            if let Ok(answer) = fetcher.get(target, "*/*", SOON).await {
                panic!("{target} was fetched: {answer:?}");
            }
        }
    }
    println!("{} addresses", list.len());
    assert_eq!(server.calls.load(Ordering::SeqCst), 0);
}

#[tokio::test]
async fn redirects_are_looked_at_like_addresses() {
    let secret = inside(Box::new(|_, stream| text(stream, "secret")));
    let place = secret.at;
    let server = inside(Box::new(move |path, stream| match path {
        "/plain" => moved(stream, &format!("http://{place}/")),
        "/decimal" => moved(stream, &format!("http://2130706433:{}/", place.port())),
        "/relative" => moved(stream, &format!("//127.0.0.1:{}/", place.port())),
        "/mapped" => moved(stream, &format!("http://[::ffff:127.0.0.1]:{}/", place.port())),
        "/user" => moved(stream, &format!("http://a@127.0.0.1:{}/", place.port())),
        "/file" => moved(stream, "file:///etc/passwd"),
        "/name" => moved(stream, &format!("http://inner.example:{}/", place.port())),
        path => moved(stream, &format!("/{}", path.len())),
    }));
    let lookup = names(&[("inner.example", &["127.0.0.1"])]);
    // The port is one that is allowed somewhere, so that it is the address that counts.
    let allowed = [server.at, SocketAddr::new([127, 0, 0, 2].into(), place.port())];
    let fetcher = Fetcher::with_lookup(&allowed, true, lookup);
    for path in ["plain", "decimal", "relative", "mapped", "user", "file", "name"] {
        let why = fetcher.get(&format!("http://{}/{path}", server.at), "*/*", SOON).await.expect_err(path);
        assert_eq!(why, Failure::NotPublic, "{path}");
    }
    assert_eq!(secret.calls.load(Ordering::SeqCst), 0);
    let before = server.calls.load(Ordering::SeqCst);
    let why = fetcher.get(&format!("http://{}/round-and-round", server.at), "*/*", SOON).await.expect_err("a circle");
    assert_eq!(why, Failure::TooManyRedirects);
    assert_eq!(server.calls.load(Ordering::SeqCst) - before, 4, "three redirects are followed");
}

/// Whoever is told by a header who asks is the one that was meant.
#[tokio::test]
async fn headers_are_for_one_address_alone() {
    let other = inside(Box::new(|_, stream| text(stream, "other")));
    let place = other.at;
    let server = inside(Box::new(move |_, stream| moved(stream, &format!("http://{place}/"))));
    let fetcher = Fetcher::new(&[server.at, other.at], false);
    let headers = vec![("authorization".to_owned(), "Bearer secret".to_owned())];
    let answer = fetcher.get_with(&format!("http://{}/", server.at), headers, "*/*", SOON, WHOLE).await;
    assert_eq!(answer.expect("an answer").status, 302, "a redirect is the answer");
    assert_eq!(other.calls.load(Ordering::SeqCst), 0);
    let without = fetcher.get(&format!("http://{}/", server.at), "*/*", SOON).await.expect("an answer");
    assert_eq!(without.body, b"other", "without headers it is followed");
}

/// A name that first leads to a place that is fine, and inside when it is asked again.
#[tokio::test]
async fn an_answer_that_changes_changes_nothing() {
    let secret = inside(Box::new(|_, stream| text(stream, "secret")));
    let port = secret.at.port();
    // The same port at another loopback address, so that only the address differs.
    let listener = TcpListener::bind(("127.0.0.2", port)).expect("the port is free there");
    thread::spawn(move || {
        for mut stream in listener.incoming().flatten() {
            let mut head = [0; 4096];
            let _ = stream.read(&mut head);
            let again = String::from_utf8_lossy(&head).starts_with("GET /again");
            drop(if again { moved(&mut stream, "/next") } else { text(&mut stream, "fine") });
        }
    });
    let fine = SocketAddr::new([127, 0, 0, 2].into(), port);
    let fetcher = Fetcher::with_lookup(&[fine], true, names(&[("turns.example", &["127.0.0.2", "127.0.0.1"])]));
    let first = fetcher.get(&format!("http://turns.example:{port}/"), "*/*", SOON).await.expect("an answer");
    assert_eq!(first.body, b"fine");
    let again = fetcher.get(&format!("http://turns.example:{port}/"), "*/*", SOON).await.expect_err("inside");
    assert_eq!(again, Failure::NotPublic);
    let fetcher = Fetcher::with_lookup(&[fine], true, names(&[("turns.example", &["127.0.0.2", "127.0.0.1"])]));
    let moved = fetcher.get(&format!("http://turns.example:{port}/again"), "*/*", SOON).await.expect_err("inside");
    assert_eq!(moved, Failure::NotPublic);
    assert_eq!(secret.calls.load(Ordering::SeqCst), 0);
}

#[tokio::test]
async fn what_is_too_much_or_too_slow_is_left() {
    let server = inside(Box::new(|path, stream| match path {
        "/large" => {
            write!(stream, "HTTP/1.1 200 OK\r\ncontent-type: text/html\r\nconnection: close\r\n\r\n")?;
            loop {
                stream.write_all(&[b'x'; 65536])?;
            }
        }
        "/bomb" => {
            write!(stream, "HTTP/1.1 200 OK\r\ncontent-encoding: gzip\r\nconnection: close\r\n\r\n")?;
            let mut gzip = flate2::write::GzEncoder::new(stream, flate2::Compression::best());
            for _ in 0..2000 {
                gzip.write_all(&[0; 65536])?;
            }
            gzip.finish().map(drop)
        }
        "/drip" => {
            write!(stream, "HTTP/1.1 200 OK\r\ncontent-length: 100000\r\n\r\n")?;
            loop {
                stream.write_all(b"x")?;
                thread::sleep(Duration::from_millis(50));
            }
        }
        "/silent" => {
            thread::sleep(Duration::from_secs(30));
            Ok(())
        }
        "/head" => loop {
            stream.write_all(b"HTTP/1.1 200 OK\r\n")?;
            stream.write_all(format!("x-{}: y\r\n", "h".repeat(1000)).repeat(100).as_bytes())?;
        },
        _ => stream.write_all(b"SSH-2.0-OpenSSH_9.2\r\n"),
    }));
    let fetcher = Fetcher::new(&[server.at], true);
    let get = async |path: &str| {
        let since = Instant::now();
        let why = fetcher.get(&format!("http://{}/{path}", server.at), "*/*", Duration::from_millis(700)).await;
        assert!(since.elapsed() < Duration::from_secs(2), "{path} took {:?}", since.elapsed());
        why.expect_err(path)
    };
    assert_eq!(get("large").await, Failure::TooLarge);
    assert_eq!(get("bomb").await, Failure::TooLarge);
    assert_eq!(get("drip").await, Failure::TimedOut);
    assert_eq!(get("silent").await, Failure::TimedOut);
    assert!(matches!(get("head").await, Failure::NoAnswer(_)));
    assert!(matches!(get("other").await, Failure::NoAnswer(_)));
    // A name that is looked up for ever.
    let slow: Lookup = Arc::new(|_| {
        thread::sleep(Duration::from_secs(20));
        Ok(Vec::new())
    });
    let since = Instant::now();
    let slow =
        Fetcher::with_lookup(&[], true, slow).get("http://slow.example/", "*/*", Duration::from_millis(500)).await;
    assert_eq!(slow.expect_err("slow"), Failure::TimedOut);
    assert!(since.elapsed() < Duration::from_secs(2));
}
