//! The site itself: starting it on either engine, and its clock.

use std::path::Path;

use ::stoa::app::App;
use ::stoa::clock::Clock;
use ::stoa::config::Config;
use ::stoa::db::{Engine, Val};
use tempfile::TempDir;

use super::postgres;

/// When every story begins: 2026-03-10 09:00 UTC, in microseconds.
pub const START: i64 = 1_773_133_200_000_000;

/// A whole site in this process.
pub struct Stoa {
    pub app: App,
    pub router: axum::Router,
    pub config: Config,
    folder: TempDir,
}

/// Runs one story on an engine, and says so when that engine is not there.
pub fn tell(engine: Engine, story: impl AsyncFnOnce(&Stoa)) {
    let runtime = tokio::runtime::Builder::new_multi_thread().worker_threads(2).enable_all().build();
    runtime.expect("a runtime starts").block_on(async {
        let Some(s) = Stoa::start_on(engine).await else {
            println!("skipped: no PostgreSQL binaries");
            return;
        };
        story(&s).await;
        s.stop().await;
    });
}

impl Stoa {
    /// A site on SQLite.
    pub async fn start() -> Stoa {
        Self::start_on(Engine::Sqlite).await.expect("SQLite is built in")
    }

    /// A site on an engine; `None` when there is no PostgreSQL here.
    pub async fn start_on(engine: Engine) -> Option<Stoa> {
        Self::start_with(engine, |_| {}).await
    }

    /// A site with other settings than the usual ones, such as a base address with https.
    pub async fn start_with(engine: Engine, settings: impl FnOnce(&mut Config)) -> Option<Stoa> {
        let folder = tempfile::Builder::new().prefix("stoa-test-").tempdir().expect("a temporary folder");
        let mut config = Config::of(folder.path());
        config.quick_passwords = true;
        // No story asks the world for anything.
        config.fetch_outside = false;
        config.listen = "localhost".into();
        if engine == Engine::Postgres {
            config.database = Some(postgres::database().await?);
        }
        settings(&mut config);
        let app = App::open(config.clone(), Clock::fixed(START)).await.expect("the site opens");
        let router = ::stoa::routes::all().router(&app);
        Some(Stoa { app, router, config, folder })
    }

    /// A second program on the same data, as another process would be: its own caches, the same clock.
    pub async fn second_node(&self) -> Stoa {
        self.second_node_with(self.config.clone()).await
    }

    /// The same, and it may ask a server on this machine.
    pub async fn node_asking(&self, at: std::net::SocketAddr) -> Stoa {
        self.node_asking_all(vec![at]).await
    }

    /// The same with several.
    pub async fn node_asking_all(&self, at: Vec<std::net::SocketAddr>) -> Stoa {
        self.second_node_with(Config { fetch_from: at, ..self.config.clone() }).await
    }

    /// A second program on the same data with other settings.
    pub async fn second_node_with(&self, config: Config) -> Stoa {
        let app = App::open(config.clone(), self.app.clock.clone()).await.expect("a second node opens");
        let router = ::stoa::routes::all().router(&app);
        let folder = tempfile::tempdir().expect("a temporary folder");
        Stoa { app, router, config, folder }
    }

    /// The data folder.
    pub fn folder(&self) -> &Path {
        self.folder.path()
    }

    pub fn engine(&self) -> Engine {
        self.app.db.engine()
    }

    pub fn now(&self) -> i64 {
        self.app.now()
    }

    /// Moves the clock (microseconds; `stoa::clock` has the units). Backwards works as well.
    pub fn wait(&self, micros: i64) {
        self.app.clock.advance(micros);
    }

    /// One number from the store.
    pub async fn number(&self, sql: &str, params: &[Val<'_>]) -> i64 {
        self.app.db.read(|tx| tx.one::<i64>(sql, params)).await.expect("a number")
    }

    /// One text from the store.
    pub async fn text(&self, sql: &str, params: &[Val<'_>]) -> String {
        self.app.db.read(|tx| tx.one::<String>(sql, params)).await.expect("a text")
    }

    /// Runs a statement in a transaction of its own, as SQL in the dialect of `stoa::db`.
    pub async fn sql(&self, sql: &str, params: &[Val<'_>]) -> u64 {
        let (sql, params) = (sql.to_owned(), params.iter().map(owned).collect::<Vec<_>>());
        let done = self.app.db.write(move |tx| {
            // What the statement touches may be on every cached page.
            tx.exec("update versions set number = number + 1 where name = 'site'", &[])?;
            tx.exec(&sql, &params)
        });
        done.await.expect("the statement runs")
    }

    /// Every counter is right and the store is whole, as `stoa check` sees it.
    pub async fn is_whole(&self) {
        let found = ::stoa::check::run(&self.app, true).await.expect("the check runs");
        assert!(found.is_empty(), "{}", found.join("\n"));
    }

    /// Gives a database back; a story that failed leaves its own to the end of the run.
    async fn stop(self) {
        let Stoa { app, router, config, folder } = self;
        drop((router, app, folder));
        if let Some(url) = config.database {
            postgres::give_back(&url).await;
        }
    }
}

/// A parameter that may travel to another thread.
fn owned(value: &Val<'_>) -> Val<'static> {
    match value {
        Val::Null => Val::Null,
        Val::Int(n) => Val::Int(*n),
        Val::Text(text) => Val::Own((*text).to_owned()),
        Val::Own(text) => Val::Own(text.clone()),
        Val::Bytes(_) | Val::Ids(_) => panic!("a story passes numbers and texts"),
    }
}
