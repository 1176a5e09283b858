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
