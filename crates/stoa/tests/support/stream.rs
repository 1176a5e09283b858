//! A stream of server-sent events, read as it comes.

use std::time::Duration;

use axum::body::Body;
use http_body_util::BodyExt;

use super::browser::{Ask, Browser};

/// One event.
#[derive(Clone, Debug, Default, PartialEq)]
pub struct Event {
    pub id: String,
    pub name: String,
    pub data: serde_json::Value,
}

/// An open stream.
pub struct Stream {
    pub status: u16,
    pub headers: axum::http::HeaderMap,
    body: Body,
    text: String,
    has_ended: bool,
}

impl Browser {
    /// Opens a stream, or goes on after an event.
    pub async fn listen(&self, path: &str, last: Option<&str>) -> Stream {
        let ask = Ask::get(path).with("accept", "text/event-stream");
        let ask = if let Some(last) = last { ask.with("last-event-id", last) } else { ask };
        let (parts, body) = self.begin(ask).await;
        let (status, headers) = (parts.status.as_u16(), parts.headers);
        Stream { status, headers, body, text: String::new(), has_ended: false }
    }
}

impl super::Stoa {
    /// Waits until everything written so far can be read from the log: on PostgreSQL other stories' transactions, which
    /// run on the same server, keep it back for a moment.
    pub async fn settles(&self) {
        while self.app.db.read(::stoa::db::changes::settled).await.expect("the log").is_none() {
            tokio::time::sleep(Duration::from_millis(20)).await;
        }
    }
}

impl Stream {
    /// The next event within a time; `None` when none came, or the stream ended.
    pub async fn within(&mut self, time: Duration) -> Option<Event> {
        tokio::time::timeout(time, self.read()).await.ok().flatten()
    }

    /// The next event, which has to come.
    pub async fn next(&mut self) -> Event {
        self.within(Duration::from_secs(5)).await.expect("an event within five seconds")
    }

    /// Whether nothing comes for a second and a half: longer than a stream needs to hear of anything.
    pub async fn is_silent(&mut self) -> bool {
        match self.within(Duration::from_millis(1500)).await {
            None => true,
            Some(event) => {
                println!("not silent: {event:?}");
                false
            }
        }
    }

    /// Whether it ends within two seconds, without another event.
    pub async fn ends(&mut self) -> bool {
        self.within(Duration::from_secs(2)).await.is_none() && self.has_ended
    }

    async fn read(&mut self) -> Option<Event> {
        loop {
            while let Some((block, rest)) = self.text.split_once("\n\n") {
                let event = parse(block);
                self.text = rest.to_owned();
                if event.is_some() {
                    return event;
                }
            }
            match self.body.frame().await {
                Some(frame) => {
                    let bytes = frame.expect("a frame").into_data().expect("data");
                    self.text.push_str(std::str::from_utf8(&bytes).expect("UTF-8"));
                }
                None => {
                    self.has_ended = true;
                    return None;
                }
            }
        }
    }
}

/// All events of a text.
pub fn events(text: &str) -> Vec<Event> {
    text.split("\n\n").filter_map(parse).collect()
}

fn parse(block: &str) -> Option<Event> {
    let mut event = Event::default();
    for line in block.lines() {
        match line.split_once(": ") {
            Some(("id", value)) => event.id = value.to_owned(),
            Some(("event", value)) => event.name = value.to_owned(),
            Some(("data", value)) => event.data = serde_json::from_str(value).expect("data is JSON"),
            _ => {}
        }
    }
    (!event.name.is_empty()).then_some(event)
}
