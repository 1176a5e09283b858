//! Where the follower and the streams of a node meet: the broadcast, the place it has come to, and how many listen.

use std::collections::HashMap;
use std::sync::{Arc, Mutex, MutexGuard};

use tokio::sync::{broadcast, watch};

use super::news::{News, What};
use crate::app::App;
use crate::db::changes::{self, Cursor};
use crate::site::Site;
use crate::topics::Topic;
use crate::web::Refusal;
use crate::web::error::Result;

/// News kept for streams that are busy; who falls behind further looks into the log.
const KEPT: usize = 256;

pub struct Hub {
    news: broadcast::Sender<Arc<News>>,
    /// How far the follower has told; `None` while nobody listens and none runs.
    told: Mutex<Option<Told>>,
    open: Mutex<Open>,
    closing: watch::Sender<bool>,
}

struct Told {
    at: Cursor,
    site: Arc<Site>,
}

#[derive(Default)]
struct Open {
    all: usize,
    by: HashMap<Who, usize>,
}

/// Whose streams are counted together.
#[derive(Clone, Debug, PartialEq, Eq, Hash)]
pub enum Who {
    Member(i64),
    /// Strangers of one network, by its key of the day.
    Network(String),
}

impl Default for Hub {
    fn default() -> Self {
        Self::new()
    }
}

impl Hub {
    pub fn new() -> Hub {
        let (news, _) = broadcast::channel(KEPT);
        let (closing, _) = watch::channel(false);
        Hub { news, told: Mutex::default(), open: Mutex::default(), closing }
    }

    fn told(&self) -> MutexGuard<'_, Option<Told>> {
        self.told.lock().expect("no panic while the lock is held")
    }

    fn open(&self) -> MutexGuard<'_, Open> {
        self.open.lock().expect("no panic while the lock is held")
    }

    /// Lets one more stream in, or says that there are enough.
    pub fn enter(app: &App, who: Who) -> Result<Ticket> {
        let (each, config) = (app.config.streams_each, &app.config);
        let most = if matches!(who, Who::Member(_)) { each } else { each.saturating_mul(10) };
        let mut open = app.live.open();
        let own = open.by.get(&who).copied().unwrap_or(0);
        if open.all >= config.streams || own >= most {
            return Err(Refusal::Busy.into());
        }
        open.all += 1;
        open.by.insert(who.clone(), own + 1);
        drop(open);
        Ok(Ticket { app: app.clone(), who })
    }

    /// How many streams are open.
    pub fn count(&self) -> usize {
        self.open().all
    }

    /// Members who listen.
    pub fn members(&self) -> Vec<i64> {
        let member = |who: &Who| if let Who::Member(id) = who { Some(*id) } else { None };
        self.open().by.keys().filter_map(member).collect()
    }

    /// From here on everything is heard: the news after the place that comes along.
    pub async fn join(&self, app: &App) -> Result<(broadcast::Receiver<Arc<News>>, Cursor)> {
        let joined = self.told().as_ref().map(|told| (self.news.subscribe(), told.at));
        if let Some(joined) = joined {
            return Ok(joined);
        }
        let (at, site) = app.db.read(|tx| Ok((changes::complete(tx)?, app.site.now(tx)?))).await?;
        let mut told = self.told();
        if told.is_none() {
            *told = Some(Told { at, site });
            tokio::spawn(super::follow::run(app.clone()));
        }
        let at = told.as_ref().map_or(at, |told| told.at);
        Ok((self.news.subscribe(), at))
    }

    /// Where the follower goes on.
    pub(super) fn place(&self) -> Cursor {
        self.told().as_ref().map_or_else(Cursor::default, |told| told.at)
    }

    /// Passes on what was found up to a place.
    pub(super) fn tell(&self, at: Cursor, site: Arc<Site>, found: Vec<News>) {
        let mut told = self.told();
        let Some(told) = told.as_mut() else { return };
        if site.version != told.site.version {
            let _ = self.news.send(Arc::new(News { at, site: site.clone(), what: What::Site }));
        }
        for news in found {
            // Nobody listening is no failure.
            let _ = self.news.send(Arc::new(news));
        }
        *told = Told { at, site };
    }

    /// Whether the follower may stop, because nobody listens; the next stream starts another.
    pub(super) fn rests(&self) -> bool {
        let mut told = self.told();
        if self.news.receiver_count() > 0 && !*self.closing.borrow() {
            return false;
        }
        *told = None;
        true
    }

    /// Tells members how many notifications they have not seen. `counts` is asked of the store for [`Hub::members`].
    pub fn ring(&self, counts: HashMap<i64, i64>) {
        if let Some(told) = &*self.told() {
            let (at, site) = (told.at, told.site.clone());
            let _ = self.news.send(Arc::new(News { at, site, what: What::Bells(counts) }));
        }
    }

    /// Tells that somebody writes a reply, to those who hear it here and now.
    pub fn somebody_writes(&self, topic: Arc<Topic>, user: i64, name: &str) {
        if let Some(told) = &*self.told() {
            let what = What::Writing { topic, user, name: name.to_owned() };
            let _ = self.news.send(Arc::new(News { at: told.at, site: told.site.clone(), what }));
        }
    }

    /// Ends all streams, so that the program can stop; browsers come back to the next one with their place.
    pub fn close(&self) {
        self.closing.send_replace(true);
    }

    pub(super) fn closing(&self) -> watch::Receiver<bool> {
        self.closing.subscribe()
    }
}

/// A place among the open streams, given back when the stream ends.
pub struct Ticket {
    pub app: App,
    who: Who,
}

impl Drop for Ticket {
    fn drop(&mut self) {
        let mut open = self.app.live.open();
        open.all -= 1;
        let left = open.by.get(&self.who).map_or(0, |n| n - 1);
        if left == 0 {
            open.by.remove(&self.who);
        } else {
            open.by.insert(self.who.clone(), left);
        }
    }
}
