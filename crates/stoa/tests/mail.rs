//! Mails leave the outbox through an SMTP server, and wait when it does not take them.

use std::sync::{Arc, Mutex};

use stoa::clock::{DAY, HOUR, MINUTE};
use stoa::mail::{self, sender};
use tokio::io::{AsyncBufReadExt, AsyncWriteExt, BufReader};
use tokio::net::{TcpListener, TcpStream};

use crate::support::Stoa;

/// A mail server that keeps what it is sent, and refuses the first `refused` recipients for now.
async fn server(refused: usize) -> (String, Arc<Mutex<Vec<String>>>) {
    let listener = TcpListener::bind("127.0.0.1:0").await.expect("a port");
    let url = format!("smtp://{}", listener.local_addr().expect("an address"));
    let kept = Arc::new(Mutex::new(Vec::new()));
    let left = Arc::new(Mutex::new(refused));
    let mails = kept.clone();
    tokio::spawn(async move {
        while let Ok((stream, _)) = listener.accept().await {
            tokio::spawn(talk(stream, mails.clone(), left.clone()));
        }
    });
    (url, kept)
}

async fn talk(stream: TcpStream, mails: Arc<Mutex<Vec<String>>>, left: Arc<Mutex<usize>>) {
    let (read, mut write) = stream.into_split();
    let mut lines = BufReader::new(read).lines();
    write.write_all(b"220 mail.example.org\r\n").await.expect("a greeting");
    let mut mail: Option<String> = None;
    while let Ok(Some(line)) = lines.next_line().await {
        if let Some(text) = &mut mail {
            if line == "." {
                mails.lock().expect("no panic").push(mail.take().unwrap_or_default());
                write.write_all(b"250 kept\r\n").await.expect("an answer");
            } else {
                text.push_str(&line);
                text.push('\n');
            }
            continue;
        }
        let answer: &[u8] = match line.split([' ', ':']).next().unwrap_or("") {
            "RCPT" if take(&left) => b"451 later\r\n",
            "DATA" => {
                mail = Some(String::new());
                b"354 go on\r\n"
            }
            "QUIT" => b"221 bye\r\n",
            _ => b"250 fine\r\n",
        };
        if write.write_all(answer).await.is_err() {
            return;
        }
    }
}

/// Counts one off, while there is one left.
fn take(left: &Mutex<usize>) -> bool {
    let mut left = left.lock().expect("no panic");
    let had = *left > 0;
    *left = left.saturating_sub(1);
    had
}

async fn queue(s: &Stoa, subject: &'static str) {
    let now = s.now();
    let body = "Hello \u{2068}Ада\u{2069},\n\nhttps://talk.example.org/reset/abc\n";
    s.app.db.write(move |tx| mail::queue(tx, "ada@example.org", subject, body, now)).await.expect("a row");
}

async fn site_with(s: &Stoa, url: &str) -> Stoa {
    let settings = |c: &mut stoa::config::Config| {
        c.smtp = Some(url.to_owned());
        c.mail_from = Some("Piazza <piazza@example.org>".into());
    };
    Stoa::start_with(s.engine(), settings).await.expect("a site")
}

both_engines! {
    async fn a_mail_goes_out_once(s: Stoa) {
        let (url, kept) = server(0).await;
        let s = site_with(s, &url).await;
        queue(&s, "Piazza:\n a new\tpassword").await;
        let sender = sender::configured(&s.app).expect("settings").expect("a server");
        for _ in 0..3 {
            sender.round(&s.app).await.expect("a round");
            s.wait(DAY);
        }
        let mails = kept.lock().expect("no panic").clone();
        assert_eq!(mails.len(), 1);
        for part in ["From: Piazza <piazza@example.org>", "To: ada@example.org", "Subject: Piazza: a new password", "/reset/abc"] {
            assert!(mails[0].contains(part), "{part} in {}", mails[0]);
        }
        assert_eq!(s.number("select count(*) from outbox where sent_at is not null and body = ''", &[]).await, 1);
    }

    /// A server that says "later" is asked later, and each time after a longer wait.
    async fn a_mail_that_is_not_taken_is_tried_again(s: Stoa) {
        let (url, kept) = server(2).await;
        let s = site_with(s, &url).await;
        queue(&s, "Tea").await;
        let sender = sender::configured(&s.app).expect("settings").expect("a server");
        sender.round(&s.app).await.expect("a round");
        sender.round(&s.app).await.expect("too early for the second try");
        assert_eq!(s.number("select tries from outbox", &[]).await, 1);
        assert!(s.text("select problem from outbox", &[]).await.contains("451"));
        s.wait(MINUTE);
        sender.round(&s.app).await.expect("the second try");
        s.wait(MINUTE);
        sender.round(&s.app).await.expect("too early for the third");
        assert_eq!((s.number("select tries from outbox", &[]).await, kept.lock().expect("no panic").len()), (2, 0));
        s.wait(HOUR);
        sender.round(&s.app).await.expect("the third try");
        assert_eq!(kept.lock().expect("no panic").len(), 1);
        assert_eq!(s.text("select problem from outbox", &[]).await, "");
    }

    /// Settings that cannot be right are told at start, and without a server nothing is sent.
    async fn settings_are_looked_at(s: Stoa) {
        assert!(sender::configured(&s.app).expect("no settings").is_none());
        assert!(sender::configured(&site_with(s, "nonsense").await.app).is_err());
        queue(s, "Tea").await;
        assert_eq!(s.number("select count(*) from outbox where sent_at is null and tries = 0", &[]).await, 1);
    }
}

/// The newest mail in a box that a server delivers into, once it is there.
fn delivered(folder: &std::path::Path) -> String {
    let since = std::time::Instant::now();
    loop {
        let files = std::fs::read_dir(folder.join("new")).map(|all| all.flatten().map(|e| e.path()).collect());
        let newest: Option<std::path::PathBuf> = files.unwrap_or_else(|_| Vec::new()).into_iter().max();
        if let Some(path) = newest {
            return std::fs::read_to_string(path).expect("a mail");
        }
        assert!(since.elapsed().as_secs() < 30, "nothing in {}", folder.display());
        std::thread::sleep(std::time::Duration::from_millis(20));
    }
}

/// Against a server that `drills/smtp.sh` starts: notices arrive whole, an unknown box stops mail, a full one delays it.
#[test]
fn mail_goes_through_a_real_server() {
    let (Ok(server), Ok(folder), Ok(access)) =
        (std::env::var("STOA_TEST_SMTP"), std::env::var("STOA_TEST_MAIL"), std::env::var("STOA_TEST_ACCESS"))
    else {
        println!("skipped: STOA_TEST_SMTP names no server (drills/smtp.sh starts one)");
        return;
    };
    let folder = std::path::PathBuf::from(folder);
    crate::support::stoa::tell(crate::support::Engine::Sqlite, async |s: &Stoa| {
        let s = &site_with(s, &format!("smtp://{server}")).await;
        stoa::notifications::follow::catch_up(&s.app).await.expect("the follower begins");
        for (name, lang) in [("bo", "ar"), ("later", "en"), ("gone", "en")] {
            let (user, address, now) = (s.user(name).await, format!("{name}@example.org"), s.now());
            let sql = "insert into emails (user_id, address, folded, confirmed_at) values ($1, $2, $2, $3)";
            s.sql(sql, stoa::db::params![user, &address, now]).await;
            s.sql("update users set lang = $2, mail_when = 2 where id = $1", stoa::db::params![user, lang]).await;
        }
        let topic = s.topic("شاي مع الكعك").by("ada").await;
        let text = format!("مرحبا @bo @later @gone\n\n.\n\n{}", "A long line of words. ".repeat(80));
        s.reply(&topic, "ada", &text).await;
        let sender = sender::configured(&s.app).expect("settings").expect("a server");
        let send = async || {
            stoa::notifications::follow::catch_up(&s.app).await.expect("people are told");
            while stoa::notifications::mail::round(&s.app).await.expect("a round") {}
            while sender.round(&s.app).await.expect("a round") {}
        };
        send().await;
        let mail = delivered(&folder.join("bo"));
        let (head, body) = mail.split_once("\n\n").expect("a head and a body");
        let head = head.replace("\n ", " ").replace("\n\t", " ");
        for part in [
            "From: Piazza <piazza@example.org>",
            "To: bo@example.org",
            "Subject: [Stoa] =?utf-8?b?2LTYp9m",
            "Message-ID: <",
            "Auto-Submitted: auto-generated",
            "List-Unsubscribe: <http://localhost/unsubscribe/",
            "List-Unsubscribe-Post: List-Unsubscribe=One-Click",
            "Content-Type: multipart/alternative",
            "Return-Path: <piazza@example.org>",
        ] {
            assert!(head.contains(part), "{part} in {head}");
        }
        assert!(body.contains("text/plain") && body.contains("text/html"), "{body}");
        assert!(mail.lines().all(|line| line.len() <= 998), "RFC 5322, section 2.1.1");
        // A box that is full for now: tried again, and then it arrives.
        assert!(s.text("select problem from outbox where recipient = 'later@example.org'", &[]).await.contains("450"));
        // Nobody lives there: said beside the person's settings, and after three refusals no more is sent.
        let gone = s.browser("gone");
        for _ in 0..2 {
            s.reply(&topic, "ada", "@gone?").await;
            send().await;
            gone.post("/notifications/read-all", &[]).await;
        }
        gone.get("/settings/notifications").await.shows("550").shows("Your mail came back several times");
        let waiting = s.number("select count(*) from outbox where recipient = 'gone@example.org'", &[]).await;
        s.reply(&topic, "ada", "@gone, once more").await;
        send().await;
        assert_eq!(s.number("select count(*) from outbox where recipient = 'gone@example.org'", &[]).await, waiting);
        std::fs::write(&access, "").expect("the box is emptied");
        s.wait(HOUR);
        // Postfix reads its tables again with the next process; each serves one connection here.
        let since = std::time::Instant::now();
        while s
            .number("select count(*) from outbox where recipient = 'later@example.org' and sent_at is null", &[])
            .await
            > 0
        {
            assert!(
                since.elapsed().as_secs() < 60,
                "{}",
                s.text("select problem from outbox where recipient = 'later@example.org'", &[]).await
            );
            s.wait(DAY);
            send().await;
        }
        delivered(&folder.join("later"));
    });
}
