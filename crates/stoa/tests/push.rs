//! Web push: encrypted for one browser, signed by the site, and over when somebody logs out there.

use std::io::{Read, Write};
use std::net::{SocketAddr, TcpListener};
use std::sync::{Arc, Mutex};

use base64::Engine as _;
use base64::prelude::BASE64_URL_SAFE_NO_PAD as BASE64;
use stoa::clock::{DAY, HOUR, MINUTE};
use stoa::db::params;
use stoa::push::send;
use web_push_native::p256::ecdsa::signature::Verifier as _;
use web_push_native::p256::ecdsa::{Signature, VerifyingKey};
use web_push_native::p256::elliptic_curve::sec1::ToEncodedPoint as _;
use web_push_native::{Auth, p256};

use crate::support::{Engine, Stoa};

/// An address and what was sent there.
type Got = (String, Vec<u8>);

/// A push service that notes what it gets and answers as it is told.
struct Service {
    at: SocketAddr,
    got: Arc<Mutex<Vec<Got>>>,
    answer: Arc<Mutex<u16>>,
}

impl Service {
    fn start() -> Service {
        let listener = TcpListener::bind("127.0.0.1:0").expect("a port");
        let at = listener.local_addr().expect("an address");
        let (got, answer) = (Arc::new(Mutex::new(Vec::new())), Arc::new(Mutex::new(201)));
        let (seen, says) = (got.clone(), answer.clone());
        std::thread::spawn(move || {
            for stream in listener.incoming() {
                let mut stream = stream.expect("a connection");
                let (mut bytes, mut part) = (Vec::new(), [0; 4096]);
                let (head, body) = loop {
                    let n = stream.read(&mut part).expect("a request");
                    bytes.extend_from_slice(&part[..n]);
                    let Some(end) = bytes.windows(4).position(|w| w == b"\r\n\r\n") else { continue };
                    let head = String::from_utf8_lossy(&bytes[..end]).to_lowercase();
                    let length = head
                        .lines()
                        .find_map(|l| l.strip_prefix("content-length: "))
                        .map_or(0, |n| n.parse().expect("a length"));
                    if bytes.len() >= end + 4 + length {
                        break (String::from_utf8_lossy(&bytes[..end]).into_owned(), bytes[end + 4..].to_vec());
                    }
                };
                let status = *says.lock().expect("no panic");
                seen.lock().expect("no panic").push((head, body));
                write!(stream, "HTTP/1.1 {status} X\r\ncontent-length: 0\r\nconnection: close\r\n\r\n")
                    .expect("an answer");
            }
        });
        Service { at, got, answer }
    }

    fn answers(&self, status: u16) {
        *self.answer.lock().expect("no panic") = status;
    }

    fn take(&self) -> Vec<(String, Vec<u8>)> {
        std::mem::take(&mut *self.got.lock().expect("no panic"))
    }
}

/// The keys that a browser makes when it subscribes.
struct Device {
    secret: p256::SecretKey,
    auth: [u8; 16],
}

impl Device {
    fn new() -> Device {
        let secret = p256::SecretKey::from_slice(&[7; 32]).expect("a key");
        Device { secret, auth: *b"sixteen letters." }
    }

    fn fields(&self, endpoint: &str) -> Vec<(&'static str, String)> {
        let key = self.secret.public_key().to_encoded_point(false);
        vec![
            ("endpoint", endpoint.to_owned()),
            ("p256dh", BASE64.encode(key.as_bytes())),
            ("auth", BASE64.encode(self.auth)),
        ]
    }

    fn read(&self, body: &[u8]) -> serde_json::Value {
        let plain =
            web_push_native::decrypt(body.to_vec(), &self.secret, &Auth::from(self.auth)).expect("for this device");
        serde_json::from_slice(&plain).expect("JSON")
    }
}

fn header<'h>(head: &'h str, name: &str) -> &'h str {
    let found = head.lines().find(|l| l.to_lowercase().starts_with(&format!("{name}:")));
    found.and_then(|l| l.split_once(": ")).map_or("", |(_, value)| value)
}

async fn told(s: &Stoa) {
    stoa::notifications::follow::catch_up(&s.app).await.expect("people are told");
    while send::round(&s.app).await.expect("a round") {}
}

#[tokio::test(flavor = "multi_thread")]
async fn a_device_is_told_what_only_it_can_read() {
    let service = Service::start();
    let made = Stoa::start_with(Engine::Sqlite, |config| config.fetch_from = vec![service.at]).await;
    let s = &made.expect("SQLite is built in");
    let (bo, device) = (s.browser("bo"), Device::new());
    let id = s.user("bo").await;
    s.sql("update users set lang = 'ar' where id = $1", params![id]).await;
    told(s).await;
    let topic = s.topic("Tea & cake").by("bo").await;
    s.reply(&topic, "ada", "Before: @bo").await;
    told(s).await;
    assert!(service.take().is_empty(), "no device yet");

    let endpoint = format!("http://{}/send/abc", service.at);
    let send = |fields: Vec<(&'static str, String)>| {
        let bo = &bo;
        async move {
            let fields: Vec<(&str, &str)> = fields.iter().map(|(k, v)| (*k, v.as_str())).collect();
            bo.post("/push", &fields).await
        }
    };
    // An address of the inner network, keys that are none: nothing is kept.
    send(device.fields("http://127.0.0.1:1/x")).await.is(400);
    let mut wrong = device.fields(&endpoint);
    wrong[1].1 = BASE64.encode([4; 65]);
    send(wrong).await.is(400);
    assert_eq!(s.number("select count(*) from push_subscriptions", &[]).await, 0);
    let page = send(device.fields(&endpoint)).await;
    bo.follow(page).await.is_ok();
    bo.get("/settings/notifications?uselang=en").await.shows("this device");

    s.reply(&topic, "ada", "The **secret** recipe for @bo").await;
    told(s).await;
    let got = service.take();
    assert_eq!(got.len(), 1, "one for the device and topic");
    let (head, body) = &got[0];
    assert!(head.starts_with("POST /send/abc "), "{head}");
    assert_eq!((header(head, "content-encoding"), header(head, "ttl")), ("aes128gcm", "86400"));
    let message = device.read(body);
    assert_eq!(message["title"], "Tea & cake");
    assert_eq!((&message["lang"], &message["dir"]), (&"ar".into(), &"rtl".into()));
    assert_eq!(message["url"], format!("/t/tea-cake/{}#p3", topic.id));
    assert!(message["body"].as_str().is_some_and(|b| b.contains("ada")), "{message}");
    assert!(!message.to_string().contains("secret") && !String::from_utf8_lossy(body).contains("Tea"), "{message}");

    // RFC 8292: signed with the key that the page gave to the browser, for this service, for less than a day.
    let authorization = header(head, "authorization");
    let (token, key) = authorization.strip_prefix("vapid t=").and_then(|a| a.split_once(", k=")).expect(authorization);
    let given = bo.get("/settings/notifications").await.body();
    assert!(given.contains(&format!("data-push-key=\"{key}\"")));
    let key = VerifyingKey::from_sec1_bytes(&BASE64.decode(key).expect("base64")).expect("a key");
    let (signed, signature) = token.rsplit_once('.').expect("three parts");
    let signature = Signature::from_slice(&BASE64.decode(signature).expect("base64")).expect("a signature");
    key.verify(signed.as_bytes(), &signature).expect("signed by the site");
    let claims = BASE64.decode(signed.split_once('.').expect("two parts").1).expect("base64");
    let claims: serde_json::Value = serde_json::from_slice(&claims).expect("JSON");
    assert_eq!(claims["aud"], format!("http://{}", service.at));
    let lasts = claims["exp"].as_i64().expect("a time") - s.now() / 1_000_000;
    assert!((1..=86_400).contains(&lasts), "{lasts}");

    // Once is enough; what was read is not told.
    told(s).await;
    assert!(service.take().is_empty());
    s.reply(&topic, "ada", "@bo again").await;
    stoa::notifications::follow::catch_up(&s.app).await.expect("people are told");
    bo.get(topic.url()).await.is_ok();
    bo.post("/notifications/read-all", &[]).await;
    told(s).await;
    assert!(service.take().is_empty());
}

#[tokio::test(flavor = "multi_thread")]
async fn a_device_that_is_away_is_tried_again_and_one_that_is_gone_forgotten() {
    let service = Service::start();
    let made = Stoa::start_with(Engine::Sqlite, |config| config.fetch_from = vec![service.at]).await;
    let s = &made.expect("SQLite is built in");
    let (bo, device) = (s.browser("bo"), Device::new());
    told(s).await;
    let endpoint = format!("http://{}/send/abc", service.at);
    let fields = device.fields(&endpoint);
    let fields: Vec<(&str, &str)> = fields.iter().map(|(k, v)| (*k, v.as_str())).collect();
    bo.post("/push", &fields).await;
    let topic = s.topic("Tea").by("bo").await;
    service.answers(503);
    s.reply(&topic, "ada", "@bo").await;
    told(s).await;
    assert_eq!(service.take().len(), 1);
    told(s).await;
    assert!(service.take().is_empty(), "not at once");
    s.wait(5 * MINUTE);
    service.answers(201);
    told(s).await;
    assert_eq!(service.take().len(), 1, "after a while");
    s.wait(HOUR);
    told(s).await;
    assert!(service.take().is_empty());

    // The grid switches it off for a kind.
    let page = bo.get("/settings/notifications").await;
    let boxes = page.dom();
    let ticked: Vec<&str> = boxes
        .all()
        .iter()
        .filter(|e| e.attribute("name") == Some("on") && e.attribute("checked").is_some())
        .filter_map(|e| e.attribute("value"))
        .collect();
    assert!(ticked.contains(&"mention-push"), "{ticked:?}");
    let mut form: Vec<(&str, &str)> = ticked.iter().filter(|v| **v != "mention-push").map(|v| ("on", *v)).collect();
    form.extend([("mail_when", "1"), ("digest_days", "7")]);
    bo.post("/settings/notifications", &form).await;
    s.reply(&topic, "ada", "@bo by mention alone").await;
    told(s).await;
    assert!(service.take().is_empty(), "no push of mentions");
    s.reply(&topic, "ada", "[quote=\"bo, post:1, topic:1\"]\nx\n[/quote]\n\nNothing.").await;
    s.sql("delete from deliveries", &[]).await;

    // Another person at the same browser takes it over; whoever logs out there hears nothing there.
    let cy = s.browser("cy");
    cy.post("/push", &fields).await;
    assert_eq!(s.number("select count(*) from push_subscriptions", &[]).await, 1);
    s.reply(&topic, "ada", "@cy and @bo").await;
    told(s).await;
    let got = service.take();
    assert_eq!(got.len(), 1);
    cy.post("/logout", &[]).await;
    s.reply(&topic, "ada", "@cy once more").await;
    told(s).await;
    assert!(service.take().is_empty(), "logged out");
    assert_eq!(s.number("select count(*) from push_subscriptions", &[]).await, 0);

    // Gone for good.
    bo.post("/push", &fields).await;
    service.answers(410);
    s.wait(DAY);
    s.reply(&topic, "ada", "@bo there?").await;
    told(s).await;
    assert_eq!(service.take().len(), 1);
    assert_eq!(
        s.number("select count(*) from push_subscriptions where user_id = $1", params![s.user("bo").await]).await,
        0
    );
}
