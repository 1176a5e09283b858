//! A small closed-loop load: connections that are kept, requests in turn, answers read to their end.

use std::io::{Read, Write};
use std::time::{Duration, Instant};

use anyhow::{Context, bail, ensure};
use tokio::io::{AsyncReadExt, AsyncWriteExt};

/// What to ask for, in turn. A `{n}` in a body is a number of its own for each request.
#[derive(Clone)]
pub struct Target {
    /// Heads, and the bodies of those that send something.
    requests: Vec<(String, Option<String>)>,
}

impl Target {
    pub fn get(paths: &[String], headers: &str) -> Target {
        let head = |path: &String| (format!("GET {path} HTTP/1.1\r\nHost: 127.0.0.1\r\n{headers}\r\n"), None);
        Target { requests: paths.iter().map(head).collect() }
    }

    /// Replies in a topic by several people, each with a session's cookie and a token of its own, and each text another.
    pub fn replies(path: &str, people: &[(String, String)]) -> Target {
        let reply = |(cookie, token): &(String, String)| {
            let head = format!(
                "POST {path} HTTP/1.1\r\nHost: 127.0.0.1\r\n{cookie}Content-Type: application/x-www-form-urlencoded\r\n"
            );
            let body =
                format!("csrf={token}&raw=A+reply+of+its+own+number+{{n}},+with+**some**+text+and+a+%5B%5BPage%5D%5D.");
            (head, Some(body))
        };
        Target { requests: people.iter().map(reply).collect() }
    }

    fn request(&self, n: usize) -> String {
        match &self.requests[n % self.requests.len()] {
            (head, None) => head.clone(),
            (head, Some(body)) => {
                let body = body.replace("{n}", &n.to_string());
                format!("{head}Content-Length: {}\r\n\r\n{body}", body.len())
            }
        }
    }
}

/// What came of it.
#[derive(Clone, Debug)]
pub struct Measured {
    pub requests: usize,
    pub rate: f64,
    pub p50: f64,
    pub p99: f64,
    /// Answers that were neither a page nor a redirect.
    pub bad: usize,
}

impl Measured {
    /// The one in the middle by its rate.
    pub fn median(mut all: Vec<Measured>) -> Measured {
        all.sort_by(|a, b| a.rate.total_cmp(&b.rate));
        all[all.len() / 2].clone()
    }
}

/// Asks for `seconds` on so many connections.
pub async fn run(address: &str, target: &Target, connections: usize, seconds: f64) -> anyhow::Result<Measured> {
    let began = Instant::now();
    let until = began + Duration::from_secs_f64(seconds);
    let mut tasks = Vec::new();
    for connection in 0..connections {
        let (address, target) = (address.to_owned(), target.clone());
        tasks.push(tokio::spawn(async move { keep_asking(&address, &target, connection, until).await }));
    }
    let (mut times, mut bad) = (Vec::new(), 0);
    for task in tasks {
        let (own, wrong) = task.await??;
        times.extend(own);
        bad += wrong;
    }
    let seconds = began.elapsed().as_secs_f64();
    times.sort_unstable();
    ensure!(!times.is_empty(), "nothing was answered");
    let at = |share: f64| times[((times.len() - 1) as f64 * share) as usize] as f64 / 1000.0;
    Ok(Measured { requests: times.len(), rate: times.len() as f64 / seconds, p50: at(0.5), p99: at(0.99), bad })
}

/// Times in microseconds, and how many answers were bad.
async fn keep_asking(
    address: &str,
    target: &Target,
    connection: usize,
    until: Instant,
) -> anyhow::Result<(Vec<u64>, usize)> {
    let mut stream = tokio::net::TcpStream::connect(address).await?;
    stream.set_nodelay(true)?;
    let (mut times, mut bad) = (Vec::new(), 0);
    let mut buffer = Vec::with_capacity(256 * 1024);
    // Numbers that no other connection and no earlier run has used.
    let mut n = (until.elapsed().as_nanos() as usize).wrapping_add(connection * 10_000_000)
        + std::time::SystemTime::now().duration_since(std::time::UNIX_EPOCH)?.as_secs() as usize * 1000;
    while Instant::now() < until {
        let asked = Instant::now();
        stream.write_all(target.request(n).as_bytes()).await?;
        n += 1;
        buffer.clear();
        let end = loop {
            let got = stream.read_buf(&mut buffer).await?;
            ensure!(got > 0, "the server hung up");
            if let Some(end) = end_of(&buffer)? {
                break end;
            }
        };
        ensure!(buffer.len() == end, "more came than was asked for");
        let status = &buffer[9..12];
        if !(status.starts_with(b"2") || status.starts_with(b"3")) {
            bad += 1;
        }
        times.push(asked.elapsed().as_micros() as u64);
    }
    Ok((times, bad))
}

/// Where the answer ends, once its head is there.
fn end_of(bytes: &[u8]) -> anyhow::Result<Option<usize>> {
    let Some(head) = bytes.windows(4).position(|w| w == b"\r\n\r\n") else { return Ok(None) };
    let text = std::str::from_utf8(&bytes[..head])?;
    let length = text
        .lines()
        .filter_map(|l| l.split_once(':'))
        .find(|(name, _)| name.eq_ignore_ascii_case("content-length"))
        .context("an answer without a length")?
        .1
        .trim()
        .parse::<usize>()?;
    let end = head + 4 + length;
    Ok((bytes.len() >= end).then_some(end))
}

/// One request on a connection of its own; the whole answer.
pub fn get_once(address: &str, path: &str, headers: &str) -> anyhow::Result<Vec<u8>> {
    get_once_of(address, &Target::get(&[path.to_owned()], headers))
}

pub fn get_once_of(address: &str, target: &Target) -> anyhow::Result<Vec<u8>> {
    let mut stream = std::net::TcpStream::connect(address)?;
    let n = std::time::SystemTime::now().duration_since(std::time::UNIX_EPOCH)?.as_nanos() as usize;
    stream.write_all(target.request(n).as_bytes())?;
    let mut bytes = Vec::new();
    let mut part = [0; 65536];
    loop {
        if let Some(end) = end_of(&bytes)? {
            bytes.truncate(end);
            return Ok(bytes);
        }
        match stream.read(&mut part)? {
            0 => bail!("the server hung up"),
            got => bytes.extend_from_slice(&part[..got]),
        }
    }
}

pub fn body_of(answer: &[u8]) -> &[u8] {
    answer.windows(4).position(|w| w == b"\r\n\r\n").map_or(&[], |at| &answer[at + 4..])
}

/// Where a redirect leads, as a path.
pub fn location(address: &str, path: &str) -> anyhow::Result<String> {
    let answer = get_once(address, path, "")?;
    let text = String::from_utf8_lossy(&answer).into_owned();
    let line = text.lines().find_map(|l| l.strip_prefix("location: ")).context("no redirect")?;
    Ok(line.trim().to_owned())
}

/// The form token on a page.
pub fn token_in(page: &[u8]) -> Option<String> {
    let text = String::from_utf8_lossy(page);
    let after = text.split_once(r#"name="csrf" value=""#)?.1;
    Some(after.split('"').next()?.to_owned())
}
