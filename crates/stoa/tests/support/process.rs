//! The program itself as a process: started on a folder, asked over sockets, killed.

use std::io::{BufRead, BufReader, Read, Write};
use std::net::TcpStream;
use std::path::Path;
use std::process::{Child, Command, ExitStatus, Stdio};
use std::sync::mpsc;
use std::time::{Duration, Instant};

use ::stoa::db::{Db, Place, params};
use ::stoa::users::names;
use ::stoa::web::csrf::{self, Secret};

/// A running `stoa serve`.
pub struct Process {
    child: Child,
    /// `127.0.0.1:port`
    pub address: String,
    /// Everything that came on standard output after the first line.
    rest: mpsc::Receiver<String>,
    errors: mpsc::Receiver<String>,
}

/// Somebody who is logged in: what their requests carry.
#[derive(Clone)]
pub struct Account {
    pub name: String,
    pub cookie: String,
    pub token: String,
}

/// An answer over a socket.
pub struct Answer {
    pub status: u16,
    pub location: String,
    pub body: String,
}

pub fn command(folder: &Path) -> Command {
    let mut command = Command::new(env!("CARGO_BIN_EXE_stoa"));
    command.arg("serve").arg("--data").arg(folder).args(["--listen", "127.0.0.1:0"]).env("STOA_LOG", "warn");
    for name in ["STOA_DATABASE", "STOA_BASE_URL", "STOA_DEMO", "STOA_LISTEN", "STOA_DATA", "STOA_SMTP"] {
        command.env_remove(name);
    }
    command.stdin(Stdio::null()).stdout(Stdio::piped()).stderr(Stdio::piped());
    command
}

impl Process {
    /// Starts the program and waits for its line.
    pub fn start(folder: &Path) -> Process {
        let mut child = command(folder).spawn().expect("the program starts");
        let mut out = BufReader::new(child.stdout.take().expect("a pipe"));
        let mut first = String::new();
        out.read_line(&mut first).expect("a line");
        let address = first.trim_end().strip_prefix("listening on http://");
        let address = address.unwrap_or_else(|| panic!("the first line is {first:?}")).to_owned();
        Process { child, address, rest: lines(out), errors: lines(BufReader::new(std::io::empty())) }.with_errors()
    }

    fn with_errors(mut self) -> Process {
        self.errors = lines(BufReader::new(self.child.stderr.take().expect("a pipe")));
        self
    }

    pub fn kill(mut self) {
        self.child.kill().expect("the process is ours");
        self.child.wait().expect("it ends");
    }

    /// Asks it to stop; says how it ended, how long that took, and what it printed since it began to listen.
    pub fn stop(mut self) -> (ExitStatus, Duration, Vec<String>) {
        let since = Instant::now();
        let done = Command::new("kill").args(["-TERM", &self.child.id().to_string()]).status().expect("kill runs");
        assert!(done.success());
        let status = self.child.wait().expect("it ends");
        (status, since.elapsed(), self.rest.iter().collect())
    }

    /// Lines on standard error so far.
    pub fn errors(&self) -> Vec<String> {
        self.errors.try_iter().collect()
    }

    /// One request on a connection of its own; `None` when the program went away before it answered.
    pub fn ask(&self, method: &str, path: &str, account: Option<&Account>, fields: &[(&str, &str)]) -> Option<Answer> {
        ask(&self.address, method, path, account, fields)
    }
}

impl Drop for Process {
    fn drop(&mut self) {
        let _ = self.child.kill();
        let _ = self.child.wait();
    }
}

/// Reads lines beside everything else, so that a full pipe stops nobody.
fn lines(reader: impl BufRead + Send + 'static) -> mpsc::Receiver<String> {
    let (sender, receiver) = mpsc::channel();
    std::thread::spawn(move || {
        for line in reader.lines().map_while(Result::ok) {
            if sender.send(line).is_err() {
                break;
            }
        }
    });
    receiver
}

/// One request to an address.
pub fn ask(
    address: &str,
    method: &str,
    path: &str,
    account: Option<&Account>,
    fields: &[(&str, &str)],
) -> Option<Answer> {
    let mut body = url::form_urlencoded::Serializer::new(String::new());
    body.extend_pairs(fields);
    let mut cookie = String::new();
    if let Some(account) = account {
        body.append_pair("csrf", &account.token);
        cookie = format!("cookie: stoa={}\r\n", account.cookie);
    }
    let body = if method == "POST" { body.finish() } else { String::new() };
    let kind = if method == "POST" { "content-type: application/x-www-form-urlencoded\r\n" } else { "" };
    let text = format!(
        "{method} {path} HTTP/1.1\r\nhost: {address}\r\nconnection: close\r\n{cookie}{kind}content-length: {}\r\n\r\n{body}",
        body.len()
    );
    let mut stream = TcpStream::connect(address).ok()?;
    stream.set_read_timeout(Some(Duration::from_secs(30))).ok()?;
    stream.write_all(text.as_bytes()).ok()?;
    let mut bytes = Vec::new();
    stream.read_to_end(&mut bytes).ok()?;
    let text = String::from_utf8_lossy(&bytes);
    let (head, body) = text.split_once("\r\n\r\n")?;
    let status = head.split(' ').nth(1)?.parse().ok()?;
    let location = head.lines().find_map(|line| line.strip_prefix("location: ")).unwrap_or_default().to_owned();
    Some(Answer { status, location, body: body.to_owned() })
}

/// Makes a site in an empty folder: a category, a topic of the first person's, and people who are logged in.
pub async fn furnish(folder: &Path, people: usize) -> (i64, Vec<Account>) {
    let db = Db::open(&Place::File(folder.join("stoa.db"))).await.expect("the store");
    let secret = Secret::load(&db).await.expect("a key");
    let now = ::stoa::clock::system_micros();
    let mut accounts = Vec::new();
    for n in 0..people {
        let (name, cookie) = (format!("writer {n}"), csrf::random_token());
        let hash = csrf::hash_of(&cookie);
        let token = secret.token(&format!("session {hash}"));
        accounts.push(Account { name: name.clone(), cookie, token });
        let made = db.write(move |tx| {
            let id: i64 = tx.one(
                "insert into users (name, folded, skeleton, created_at) values ($1, $2, $3, $4) returning id",
                params![&name, names::folded(&name), names::skeleton_of(&name), now],
            )?;
            tx.exec(
                "insert into sessions (token_hash, user_id, device, created_at, seen_at, expires_at)
                 values ($1, $2, 'A test', $3, $3, $4)",
                params![&hash, id, now, now + 400 * ::stoa::clock::DAY],
            )
        });
        made.await.expect("somebody");
    }
    let topic = db.write(move |tx| {
        tx.exec("insert into group_members (group_id, user_id, created_at) values (1, 1, $1)", params![now])?;
        tx.exec(
            "insert into categories (id, name, slug, created_at) values (1, 'General', 'general', $1)",
            params![now],
        )?;
        tx.exec("insert into category_groups (category_id, group_id, level) values (1, 0, 1), (1, 10, 3)", &[])?;
        let rendered = stoa_markup::Rendered {
            html: stoa_markup::SafeHtml::from_store("<p>Begin.</p>".into()),
            ..Default::default()
        };
        let new = ::stoa::topics::create::NewTopic {
            category_id: 1,
            author_id: 1,
            title: "Writing".into(),
            raw: "Begin.".into(),
            rendered,
            lang: "en".into(),
            tags: Vec::new(),
            at: now,
        };
        Ok(::stoa::topics::create::add(tx, &new)?.0)
    });
    (topic.await.expect("a topic"), accounts)
}
