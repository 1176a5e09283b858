//! A wiki for tests: what MediaWiki 1.43 and its extension OAuth answer, as it was recorded from a real one. The
//! extension itself cannot be had from a package, so log-in is tested against this.
//!
//! What is odd here is odd there: no `state` when somebody says no, codes of 910 letters, times with fractions,
//! `scope=openid` as an error, tokens that die together.

mod api;
mod authorize;
mod browser;
mod oauth;
mod preview;
#[cfg(test)]
mod tests;

use std::collections::HashMap;
use std::net::SocketAddr;
use std::sync::{Arc, Mutex, MutexGuard};

use axum::Router;
use axum::routing::{get, post};

pub use browser::{Answer, Browser};

/// Somebody with an account on the wiki.
#[derive(Clone, Debug)]
pub struct User {
    /// The central number.
    pub id: i64,
    pub name: String,
    pub edit_count: i64,
    /// As MediaWiki keeps times: `20200131120000`.
    pub registered: Option<String>,
    pub groups: Vec<String>,
    /// Until when (`infinity` for good).
    pub blocked: Option<String>,
    pub email: Option<String>,
    pub email_is_confirmed: bool,
    /// Name suppressed: the wiki says only that there is somebody.
    pub is_hidden: bool,
}

impl User {
    pub fn new(id: i64, name: &str) -> User {
        User {
            id,
            name: name.to_owned(),
            edit_count: 0,
            registered: Some("20200131120000".to_owned()),
            groups: vec!["*".to_owned(), "user".to_owned(), "autoconfirmed".to_owned()],
            blocked: None,
            email: None,
            email_is_confirmed: false,
            is_hidden: false,
        }
    }
}

/// A site that was registered for log-in.
#[derive(Clone, Debug)]
pub struct Client {
    pub id: String,
    pub secret: String,
    pub callback: String,
    pub grants: Vec<String>,
}

/// A code on its way.
#[derive(Clone, Debug)]
struct Code {
    user: i64,
    client: String,
    redirect: Option<String>,
    challenge: Option<(String, String)>,
    scopes: Vec<String>,
    is_used: bool,
}

/// A pair of tokens, alive or not.
#[derive(Clone, Debug)]
struct Tokens {
    user: i64,
    client: String,
    scopes: Vec<String>,
    refresh: String,
    is_alive: bool,
}

/// Everything the wiki knows. Tests change it while it runs.
pub struct State {
    pub server: String,
    pub generator: String,
    pub title: String,
    pub lang: String,
    pub is_rtl: bool,
    pub is_read_only: bool,
    pub is_private: bool,
    /// Whether it answers at all (503 otherwise).
    pub is_down: bool,
    /// Whether pages say where `api.php` is.
    pub has_edit_uri: bool,
    /// Whether the extension OAuth is there.
    pub has_oauth: bool,
    /// `sub` as newer versions write it: `mw:CentralAuth:4`.
    pub has_scoped_subs: bool,
    /// Whether it shares its accounts with others: the central number is another one than its own then.
    pub is_farm: bool,
    /// What the extension Stoa says of itself; without it, it is not installed.
    pub about: Option<serde_json::Value>,
    pub users: Vec<User>,
    pub clients: Vec<Client>,
    /// Beyond the few that every wiki has.
    pub interwiki: Vec<(String, String)>,
    /// (user, client) of those who have said yes before.
    approved: Vec<(i64, String)>,
    codes: HashMap<String, Code>,
    tokens: HashMap<String, Tokens>,
    /// Paths that were asked, in order.
    pub asked: Vec<String>,
    /// Pages: number and title; and where a title leads instead.
    pub pages: Vec<(i64, String)>,
    pub redirects: Vec<(String, String)>,
    /// What answers say of pages beside that, by title: `description`, `pagelanguage`, `imageinfo`, …
    pub says: Vec<(String, serde_json::Value)>,
    /// Whether the extension TextExtracts is there; without it, first words are to be had by parsing alone.
    pub has_extracts: bool,
    /// The text of pages that are parsed, as HTML.
    pub parsed: Vec<(String, String)>,
    /// Pages in other languages: title, language, title there.
    pub langlinks: Vec<(String, String, String)>,
    /// Revisions: the page's title and what the API says.
    pub revisions: Vec<(String, serde_json::Value)>,
    /// Items by their numbers, as the extension Wikibase says them.
    pub entities: Vec<(String, serde_json::Value)>,
    /// What was said on talk pages, as the extension DiscussionTools says it: the page and its headings.
    pub talk: Vec<(String, serde_json::Value)>,
    /// Whether it has that extension.
    pub has_discussion_tools: bool,
    /// What the wiki calls itself.
    pub wiki_id: String,
    /// Queries that were asked, in order.
    pub queries: Vec<HashMap<String, String>>,
    /// Addresses outside that pages link to: page, address.
    pub links: Vec<(i64, String)>,
    /// Account and password of a bot.
    pub bot: (String, String),
    /// Errors that the next edits meet: code and what is said.
    pub edit_errors: Vec<(String, String)>,
    /// Edits in order.
    pub edits: Vec<Edit>,
    /// What the extension Stoa was told.
    pub heard: Vec<Heard>,
    /// What it answers to the next messages instead of taking them: status and body.
    pub objections: Vec<(u16, serde_json::Value)>,
}

/// An edit that a bot made.
#[derive(Clone, Debug)]
pub struct Edit {
    pub title: String,
    /// The whole page afterwards.
    pub text: String,
    pub summary: String,
    pub is_bot: bool,
}

/// A message that came to the extension.
#[derive(Clone, Debug)]
pub struct Heard {
    /// `webhook-id`, `webhook-timestamp`, `webhook-signature`.
    pub id: String,
    pub timestamp: i64,
    pub signature: String,
    pub body: String,
}

impl Heard {
    /// The message itself.
    pub fn said(&self) -> serde_json::Value {
        serde_json::from_str(&self.body).expect("JSON")
    }
}

/// A wiki that listens on this machine.
#[derive(Clone)]
pub struct Wiki {
    pub at: SocketAddr,
    state: Arc<Mutex<State>>,
    router: Router,
}

type Shared = Arc<Mutex<State>>;

fn locked(state: &Shared) -> MutexGuard<'_, State> {
    state.lock().unwrap_or_else(std::sync::PoisonError::into_inner)
}

impl Wiki {
    /// Starts one on a free port of this machine.
    pub async fn start() -> Wiki {
        Self::start_at("127.0.0.1:0").await
    }

    pub async fn start_at(listen: &str) -> Wiki {
        let listener = tokio::net::TcpListener::bind(listen).await.expect("a port");
        let at = listener.local_addr().expect("an address");
        let state = Arc::new(Mutex::new(State {
            server: format!("http://{at}"),
            generator: "MediaWiki 1.43.9".to_owned(),
            title: "Tea Wiki".to_owned(),
            lang: "en".to_owned(),
            is_rtl: false,
            is_read_only: false,
            is_private: false,
            is_down: false,
            has_edit_uri: true,
            has_oauth: true,
            has_scoped_subs: false,
            is_farm: true,
            about: None,
            users: Vec::new(),
            clients: Vec::new(),
            interwiki: Vec::new(),
            approved: Vec::new(),
            codes: HashMap::new(),
            tokens: HashMap::new(),
            asked: Vec::new(),
            pages: Vec::new(),
            redirects: Vec::new(),
            says: Vec::new(),
            has_extracts: true,
            parsed: Vec::new(),
            langlinks: Vec::new(),
            revisions: Vec::new(),
            entities: Vec::new(),
            talk: Vec::new(),
            has_discussion_tools: true,
            wiki_id: "teawiki".to_owned(),
            queries: Vec::new(),
            links: Vec::new(),
            bot: ("StoaBot@site".to_owned(), "bot-secret".to_owned()),
            edit_errors: Vec::new(),
            edits: Vec::new(),
            heard: Vec::new(),
            objections: Vec::new(),
        }));
        let router = routes(state.clone());
        let served = router.clone();
        tokio::spawn(async move { axum::serve(listener, served).await });
        Wiki { at, state, router }
    }

    /// `http://127.0.0.1:…`
    pub fn base(&self) -> String {
        format!("http://{}", self.at)
    }

    /// Its rows, to look at and to change.
    pub fn state(&self) -> MutexGuard<'_, State> {
        locked(&self.state)
    }

    /// Gives somebody an account.
    pub fn add(&self, user: User) {
        self.state().users.push(user);
    }

    /// The text of a page; nothing when there is none.
    pub fn text(&self, title: &str) -> String {
        self.state().edits.iter().rev().find(|e| e.title == title).map_or_else(String::new, |e| e.text.clone())
    }

    /// Somebody writes a page.
    pub fn write(&self, title: &str, text: &str) {
        let (title, text) = (title.to_owned(), text.to_owned());
        self.state().edits.push(Edit { title, text, summary: String::new(), is_bot: false });
    }

    /// Changes somebody's account.
    pub fn change(&self, id: i64, change: impl FnOnce(&mut User)) {
        if let Some(user) = self.state().users.iter_mut().find(|u| u.id == id) {
            change(user);
        }
    }

    /// Registers a site for log-in with nothing but who somebody is.
    pub fn register(&self, id: &str, secret: &str, callback: &str) {
        self.register_with(id, secret, callback, &["mwoauth-authonly"]);
    }

    /// The same with other rights, such as `mwoauth-authonlyprivate` for the mail address.
    pub fn register_with(&self, id: &str, secret: &str, callback: &str, grants: &[&str]) {
        let mut state = self.state();
        state.clients.retain(|client| client.id != id);
        state.clients.push(Client {
            id: id.to_owned(),
            secret: secret.to_owned(),
            callback: callback.to_owned(),
            grants: grants.iter().map(|g| (*g).to_owned()).collect(),
        });
    }

    /// A browser in which somebody is logged in on the wiki; nobody for `None`.
    pub fn browser(&self, user: Option<i64>) -> Browser {
        Browser::new(self.router.clone(), self.base(), user)
    }

    /// How often a path was asked.
    pub fn times(&self, path: &str) -> usize {
        self.state().asked.iter().filter(|asked| *asked == path).count()
    }
}

fn routes(state: Shared) -> Router {
    let rest = Router::new()
        .route("/oauth2/authorize", get(authorize::authorize))
        .route("/oauth2/access_token", post(oauth::access_token))
        .route("/oauth2/resource/{kind}", get(oauth::resource))
        .route("/stoa/v1/about", get(api::about))
        .route("/stoa/v1/events", post(api::events));
    Router::new()
        .nest("/w/rest.php", rest)
        .route("/w/api.php", get(api::api).post(api::act))
        .route("/picture.png", get(preview::picture))
        .route("/wiki/{*title}", get(authorize::page).post(authorize::form))
        .layer(axum::middleware::from_fn_with_state(state.clone(), note))
        .with_state(state)
}

/// Notes what is asked, and answers nothing when the wiki is down.
async fn note(
    axum::extract::State(state): axum::extract::State<Shared>,
    request: axum::extract::Request,
    next: axum::middleware::Next,
) -> axum::response::Response {
    use axum::response::IntoResponse as _;
    let path = request.uri().path().to_owned();
    let is_missing = {
        let mut state = locked(&state);
        state.asked.push(path.clone());
        if state.is_down {
            return (axum::http::StatusCode::SERVICE_UNAVAILABLE, "down").into_response();
        }
        !state.has_oauth && path.contains("/oauth2/")
    };
    if is_missing {
        return oauth::no_handler(&path);
    }
    next.run(request).await
}
