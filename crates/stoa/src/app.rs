//! Everything a handler may need, made once at start: the store, the words, the clock, the settings.

use std::ops::Deref;
use std::sync::{Arc, Mutex};

use stoa_i18n::Words;

use crate::clock::Clock;
use crate::config::Config;
use crate::db::Db;
use crate::fetch::Fetcher;
use crate::live::hub::Hub;
use crate::passwords::Passwords;
use crate::search::Search;
use crate::site::SiteCache;
use crate::suggest::wiki::Titles;
use crate::throttle::Throttle;
use crate::uploads::store::Store;
use crate::web::cache::PageCache;
use crate::web::csrf::Secret;

/// The running program; cheap to clone.
#[derive(Clone)]
pub struct App(Arc<Parts>);

pub struct Parts {
    pub config: Config,
    pub db: Db,
    pub clock: Clock,
    pub words: Words,
    pub site: SiteCache,
    pub pages: PageCache,
    pub search: Search,
    pub passwords: Passwords,
    pub throttle: Throttle,
    /// What happens, for those who watch.
    pub live: Hub,
    pub secret: Secret,
    pub fetcher: Fetcher,
    /// The key that push services know the site by.
    pub push: crate::push::Key,
    /// What the wiki suggested lately.
    pub wiki_titles: Titles,
    /// Where the bytes of files that people sent are.
    pub store: Store,
    /// Held for reading while a file is taken in, and for writing while unused ones are thrown away.
    pub taking_in: tokio::sync::RwLock<()>,
    pub set_up_key: Mutex<Option<String>>,
}

impl Deref for App {
    type Target = Parts;
    fn deref(&self) -> &Parts {
        &self.0
    }
}

impl App {
    /// Opens the store and gets everything ready to answer.
    pub async fn open(config: Config, clock: Clock) -> anyhow::Result<App> {
        std::fs::create_dir_all(&config.data)
            .map_err(|e| anyhow::anyhow!("the data folder {} cannot be made: {e}", config.data.display()))?;
        let db = Db::open(&config.place()).await?;
        let mut words = Words::embedded();
        let own_words = config.data.join("locales");
        if own_words.is_dir() {
            words = words.with_dir(&own_words).map_err(|e| anyhow::anyhow!("{e}"))?;
        }
        let secret = Secret::load(&db).await?;
        let push = crate::push::Key::load(&db).await?;
        let search = Search::open(&config.data.join("search"))?;
        Ok(App(Arc::new(Parts {
            store: Store::open(&config)?,
            taking_in: tokio::sync::RwLock::new(()),
            throttle: Throttle::new(),
            live: Hub::new(),
            passwords: Passwords::new(config.quick_passwords),
            pages: PageCache::new(64 << 20),
            site: SiteCache::default(),
            wiki_titles: Titles::default(),
            fetcher: Fetcher::new(&config.fetch_from, config.fetch_outside),
            set_up_key: Mutex::new(None),
            config,
            db,
            clock,
            words,
            search,
            secret,
            push,
        })))
    }

    pub fn now(&self) -> i64 {
        self.clock.now()
    }
}

impl axum::extract::FromRequestParts<App> for App {
    type Rejection = std::convert::Infallible;
    async fn from_request_parts(
        _: &mut axum::http::request::Parts,
        app: &App,
    ) -> std::result::Result<App, Self::Rejection> {
        Ok(app.clone())
    }
}
