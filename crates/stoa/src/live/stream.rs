//! `GET /live?topic=7` or `?list=latest`: server-sent events (HTML, section 9.2) that go on where `Last-Event-ID` says.

use std::convert::Infallible;
use std::pin::Pin;
use std::sync::Arc;
use std::task::{Context, Poll};

use axum::body::Body;
use axum::http::{HeaderMap, HeaderValue, header};
use axum::response::IntoResponse;
use bytes::Bytes;
use http_body::Frame;
use serde::Deserialize;
use tokio::sync::broadcast::{Receiver, error::RecvError};
use tokio::sync::mpsc;
use tokio::time::Instant;

use super::eyes::Eyes;
use super::hub::{Hub, Ticket, Who};
use super::news::{self, Act, News, What};
use super::wants::{Event, Wants};
use super::{BEAT, MISSED_MOST};
use crate::access;
use crate::app::App;
use crate::db::changes::{self, Cursor};
use crate::web::error::{Error, Result};
use crate::web::extract::Query;
use crate::web::{Visit, cookies};

#[derive(Deserialize)]
pub struct Asked {
    topic: Option<String>,
    list: Option<String>,
    since: Option<String>,
    once: Option<String>,
}

pub async fn open(v: Visit, app: App, Query(asked): Query<Asked>, headers: HeaderMap) -> Result {
    let wants = match (asked.topic.as_deref(), asked.list.as_deref()) {
        (Some(id), None) => {
            let id = id.parse().map_err(|_| Error::NotFound)?;
            Wants::Topic(app.db.read(|tx| access::topic(tx, &v, id)).await?.id)
        }
        (None, Some("latest")) => Wants::Latest,
        _ => return Err(Error::NotFound),
    };
    let who = v.viewer.id().map_or_else(|| Who::Network(v.caller.clone()), Who::Member);
    let ticket = Hub::enter(&app, who)?;
    let (news, at) = app.live.join(&app).await?;
    let token = cookies::read(&headers, &cookies::name("stoa", app.config.is_https())).map(str::to_owned);
    // A browser that comes back says where it was; an address can say it as well.
    let said = headers.get("last-event-id").and_then(|v| v.to_str().ok()).map(str::to_owned).or(asked.since);
    let since = said.and_then(|text| text.parse::<Cursor>().ok());
    let (out, frames) = mpsc::channel(4);
    let stream = Stream { eyes: Eyes::new(v.viewer.clone(), token, &v.site), wants, at, stood: 0, news, out, ticket };
    let once = asked.once.is_some();
    drop(v);
    tokio::spawn(stream.run(since, once));
    let about = [
        (header::CONTENT_TYPE, HeaderValue::from_static("text/event-stream")),
        (header::CACHE_CONTROL, HeaderValue::from_static("private, no-store")),
    ];
    // nginx would otherwise keep events until it has a bufferful.
    let unbuffered = [("x-accel-buffering", HeaderValue::from_static("no"))];
    Ok((about, unbuffered, Body::new(Frames(frames))).into_response())
}

/// The body: frames as the stream's task sends them.
struct Frames(mpsc::Receiver<Bytes>);

impl http_body::Body for Frames {
    type Data = Bytes;
    type Error = Infallible;
    fn poll_frame(
        mut self: Pin<&mut Self>,
        cx: &mut Context<'_>,
    ) -> Poll<Option<std::result::Result<Frame<Bytes>, Infallible>>> {
        self.0.poll_recv(cx).map(|bytes| bytes.map(|bytes| Ok(Frame::data(bytes))))
    }
}

/// Why a stream ends: the reader is gone, or may not listen any more.
struct Ended;

struct Stream {
    eyes: Eyes,
    wants: Wants,
    /// Everything up to here was told.
    at: Cursor,
    /// The newest post when it was told how things stand: entries up to it may come later.
    stood: i64,
    news: Receiver<Arc<News>>,
    out: mpsc::Sender<Bytes>,
    ticket: Ticket,
}

impl Stream {
    async fn run(mut self, since: Option<Cursor>, once: bool) {
        if Box::pin(self.begin(since)).await.is_ok() && !once {
            let Err(Ended) = self.listen().await;
        }
    }

    /// Tells what was missed, or how things stand.
    async fn begin(&mut self, since: Option<Cursor>) -> std::result::Result<(), Ended> {
        // Browsers come back after different times, so that they do not all come at once.
        self.send(format!("retry: {}\n\n", 2000 + rand::random::<u16>() % 3000)).await?;
        match since {
            Some(since) => self.go_back_to(since).await,
            None => self.stand(self.at).await,
        }
    }

    async fn listen(&mut self) -> std::result::Result<Infallible, Ended> {
        let app = self.ticket.app.clone();
        let mut closing = app.live.closing();
        if *closing.borrow_and_update() {
            return Err(Ended);
        }
        let mut beat = Instant::now() + BEAT;
        loop {
            tokio::select! {
                () = self.out.closed() => return Err(Ended),
                _ = closing.changed() => return Err(Ended),
                heard = self.news.recv() => match heard {
                    // What is done now and then is not kept room for in each of thousands of tasks that wait.
                    Ok(news) => Box::pin(self.hear(&app, &news)).await?,
                    Err(RecvError::Lagged(_)) => Box::pin(self.go_back_to(self.at)).await?,
                    Err(RecvError::Closed) => return Err(Ended),
                },
                () = tokio::time::sleep_until(beat) => {
                    if !Box::pin(self.eyes.still_here(&app)).await {
                        return Err(Ended);
                    }
                    self.send(":\n\n".into()).await?;
                    beat = Instant::now() + BEAT;
                }
            }
        }
    }

    async fn hear(&mut self, app: &App, news: &News) -> std::result::Result<(), Ended> {
        let has_place = !matches!(news.what, What::Site | What::Bells(_) | What::Writing { .. });
        if has_place && news.at <= self.at {
            return Ok(());
        }
        let is_told = matches!(&news.what, What::Post { act: Act::Written, post, .. } if post.number <= self.stood);
        if matches!(news.what, What::Site) || !is_told && self.wants.concerns(&self.eyes.viewer, &news.what) {
            if !self.eyes.renew(app, &news.site).await {
                return Err(Ended);
            }
            if let Some(event) = self.wants.event(&self.eyes.viewer, news)
                && !self.leaves_out(app, news).await?
            {
                self.tell(&event, has_place.then_some(news.at)).await?;
            }
        }
        if has_place {
            self.at = news.at;
        }
        Ok(())
    }

    /// Whether it is about what the reader has muted.
    async fn leaves_out(&self, app: &App, news: &News) -> std::result::Result<bool, Ended> {
        let (wants, viewer) = (self.wants, &self.eyes.viewer);
        if viewer.user.is_none() || (wants != Wants::Latest && !matches!(news.what, What::Writing { .. })) {
            return Ok(false);
        }
        app.db.read(|tx| wants.leaves_out(tx, viewer, news)).await.map_err(|why| {
            tracing::warn!("a live stream ends, what its reader has muted could not be read: {why:?}");
            Ended
        })
    }

    /// Tells what the log has after a place, if that is not too much.
    async fn go_back_to(&mut self, since: Cursor) -> std::result::Result<(), Ended> {
        let app = self.ticket.app.clone();
        let found = app.db.read(|tx| {
            let newest = changes::newest(tx)?;
            let entries = changes::after(tx, since, MISSED_MOST + 1)?;
            // A place that was never given comes from another store: a backup was restored.
            if entries.len() > MISSED_MOST || since > newest {
                return Ok((changes::complete(tx)?, None));
            }
            let site = app.site.now(tx)?;
            let to = entries.last().map_or(since, |e| Cursor { xid: e.xid, seq: e.seq });
            Ok((to, Some(news::of(tx, &site, &entries)?)))
        });
        match found.await {
            Ok((_, Some(missed))) if missed.is_empty() => {
                self.at = self.at.max(since);
                Ok(())
            }
            Ok((to, Some(missed))) => {
                self.at = since;
                for news in missed {
                    self.hear(&app, &news).await?;
                }
                self.at = self.at.max(to);
                Ok(())
            }
            Ok((to, None)) => {
                self.tell(&Event::reload(), Some(to)).await?;
                self.at = to;
                self.stand(to).await
            }
            Err(why) => {
                tracing::warn!("a live stream ends, the log could not be read: {why:?}");
                Err(Ended)
            }
        }
    }

    /// Tells how things stand.
    async fn stand(&mut self, at: Cursor) -> std::result::Result<(), Ended> {
        let (wants, viewer) = (self.wants, &self.eyes.viewer);
        let app = &self.ticket.app;
        match app.db.read(|tx| wants.now(tx, &*app.site.now(tx)?, viewer)).await {
            Ok(Some(event)) => {
                self.stood = event.data["number"].as_i64().unwrap_or(0);
                self.tell(&event, Some(at)).await
            }
            Ok(None) => Ok(()),
            Err(why) => {
                tracing::warn!("a live stream ends before it began: {why:?}");
                Err(Ended)
            }
        }
    }

    async fn tell(&self, event: &Event, at: Option<Cursor>) -> std::result::Result<(), Ended> {
        let id = at.map(|at| format!("id: {at}\n")).unwrap_or_default();
        self.send(format!("{id}event: {}\ndata: {}\n\n", event.name, event.data)).await
    }

    async fn send(&self, text: String) -> std::result::Result<(), Ended> {
        self.out.send(text.into()).await.map_err(|_| Ended)
    }
}
