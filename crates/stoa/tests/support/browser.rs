//! A browser without a screen: cookies, links, forms, redirects.

use std::collections::BTreeMap;
use std::sync::{Arc, Mutex};

use ::stoa::app::App;
use ::stoa::clock::DAY;
use ::stoa::db::params;
use ::stoa::users::names;
use ::stoa::web::csrf;
use axum::body::Body;
use axum::http::{Request, header};
use http_body_util::BodyExt;
use tower::ServiceExt;

use super::page::Page;
use super::stoa::Stoa;

/// Somebody's browser; clones share their cookies.
#[derive(Clone)]
pub struct Browser {
    app: App,
    router: axum::Router,
    who: Option<String>,
    session: Arc<tokio::sync::OnceCell<()>>,
    cookies: Arc<Mutex<BTreeMap<String, String>>>,
}

/// What is asked: method, path, headers and body, each as it will be sent.
#[derive(Clone, Debug, Default)]
pub struct Ask {
    pub method: &'static str,
    pub path: String,
    pub headers: Vec<(String, String)>,
    pub body: Vec<u8>,
}

impl Ask {
    pub fn get(path: &str) -> Ask {
        Ask { method: "GET", path: path.to_owned(), ..Ask::default() }
    }

    /// A form as browsers encode it, without a token unless it is among the fields.
    pub fn post(path: &str, fields: &[(&str, &str)]) -> Ask {
        let body = url::form_urlencoded::Serializer::new(String::new()).extend_pairs(fields).finish();
        Ask { method: "POST", path: path.to_owned(), body: body.into_bytes(), ..Ask::default() }
            .with("content-type", "application/x-www-form-urlencoded")
            .with("sec-fetch-site", "same-origin")
            .with("origin", "http://localhost")
    }

    /// What a program sends: no cookie, no token, JSON.
    pub fn post_json(path: &str, body: String) -> Ask {
        Ask { method: "POST", path: path.to_owned(), body: body.into_bytes(), ..Ask::default() }
            .with("content-type", "application/json")
    }

    /// Adds a header, or replaces it.
    pub fn with(mut self, name: &str, value: &str) -> Ask {
        self.headers.retain(|(key, _)| !key.eq_ignore_ascii_case(name));
        self.headers.push((name.to_owned(), value.to_owned()));
        self
    }

    pub fn without(mut self, name: &str) -> Ask {
        self.headers.retain(|(key, _)| !key.eq_ignore_ascii_case(name));
        self
    }
}

impl Browser {
    pub(super) fn of(s: &Stoa, who: Option<&str>) -> Browser {
        Browser {
            app: s.app.clone(),
            router: s.router.clone(),
            who: who.map(str::to_owned),
            session: Arc::default(),
            cookies: Arc::default(),
        }
    }

    /// The page at a path, after redirects.
    pub async fn get(&self, path: impl AsRef<str>) -> Page {
        self.follow(self.ask(Ask::get(path.as_ref())).await).await
    }

    /// The first answer, with redirects left alone.
    pub async fn peek(&self, path: impl AsRef<str>) -> Page {
        self.ask(Ask::get(path.as_ref())).await
    }

    /// Sends a form with a right token from no page at all; redirects are left alone.
    pub async fn post(&self, path: impl AsRef<str>, fields: &[(&str, &str)]) -> Page {
        let token = self.token().await;
        let fields: Vec<_> = fields.iter().copied().chain([("csrf", token.as_str())]).collect();
        self.ask(Ask::post(path.as_ref(), &fields)).await
    }

    /// A form token of this browser, as a page of the site would carry it.
    pub async fn token(&self) -> String {
        self.log_in().await;
        let https = self.app.config.is_https();
        let cookie = |base: &str| self.cookie(&::stoa::web::cookies::name(base, https));
        let subject = match (cookie("stoa"), cookie("stoa-visit")) {
            (Some(token), _) => format!("session {}", csrf::hash_of(&token)),
            (None, Some(visit)) => format!("visit {visit}"),
            (None, None) => {
                let made = csrf::random_token();
                self.keep(&::stoa::web::cookies::name("stoa-visit", https), &made);
                format!("visit {made}")
            }
        };
        self.app.secret.token(&subject)
    }

    /// One request, one answer.
    pub async fn ask(&self, ask: Ask) -> Page {
        let (method, path) = (ask.method, ask.path.clone());
        let (parts, body) = self.begin(ask).await;
        let bytes = body.collect().await.expect("a body ends").to_bytes();
        Page::new(method, path, parts, bytes, self.clone())
    }

    /// One request, and the answer as it begins.
    pub(super) async fn begin(&self, ask: Ask) -> (axum::http::response::Parts, Body) {
        self.log_in().await;
        let mut request = Request::builder().method(ask.method).uri(&ask.path);
        let own = |name: &str| ask.headers.iter().any(|(key, _)| key.eq_ignore_ascii_case(name));
        if !own("host") {
            request = request.header(header::HOST, "localhost");
        }
        let cookies = self.cookie_line();
        if !cookies.is_empty() && !own("cookie") {
            request = request.header(header::COOKIE, cookies);
        }
        for (name, value) in &ask.headers {
            request = request.header(name, value);
        }
        let request = request.body(Body::from(ask.body)).unwrap_or_else(|e| panic!("{}: {e}", ask.path));
        let answer = self.router.clone().oneshot(request).await.expect("a router always answers");
        let (parts, body) = answer.into_parts();
        for line in parts.headers.get_all(header::SET_COOKIE) {
            self.take_cookie(line.to_str().expect("cookies are plain text"));
        }
        (parts, body)
    }

    /// Goes on while an answer leads on.
    pub async fn follow(&self, mut page: Page) -> Page {
        for _ in 0..10 {
            let Some(next) = page.location() else { return page };
            let path = next.split('#').next().unwrap_or("/").to_owned();
            page = self.ask(Ask::get(&path)).await;
        }
        panic!("{} leads in a circle", page.path);
    }

    pub fn cookie(&self, name: &str) -> Option<String> {
        self.cookies.lock().expect("no panic while the lock is held").get(name).cloned()
    }

    /// Puts a cookie into the browser.
    pub fn keep(&self, name: &str, value: &str) {
        self.cookies.lock().expect("no panic while the lock is held").insert(name.to_owned(), value.to_owned());
    }

    fn cookie_line(&self) -> String {
        let kept = self.cookies.lock().expect("no panic while the lock is held");
        kept.iter().map(|(name, value)| format!("{name}={value}")).collect::<Vec<_>>().join("; ")
    }

    fn take_cookie(&self, line: &str) {
        let (pair, rest) = line.split_once(';').unwrap_or((line, ""));
        let (name, value) = pair.split_once('=').expect("a cookie has a name and a value");
        let mut kept = self.cookies.lock().expect("no panic while the lock is held");
        if rest.split(';').any(|part| part.trim().eq_ignore_ascii_case("max-age=0")) {
            kept.remove(name);
        } else {
            kept.insert(name.to_owned(), value.to_owned());
        }
    }

    /// Puts a session into the store and its cookie into the browser, the first time.
    async fn log_in(&self) {
        let Some(who) = self.who.clone() else { return };
        self.session
            .get_or_init(|| async {
                let token = csrf::random_token();
                let hash = csrf::hash_of(&token);
                let now = self.app.now();
                let made = self.app.db.write(move |tx| {
                    let (folded, skeleton) = (names::folded(&who), names::skeleton_of(&who));
                    let user: i64 = match tx.first("select id from users where folded = $1", params![&folded])? {
                        Some(id) => id,
                        None => tx.one(
                            "insert into users (name, folded, skeleton, created_at) values ($1, $2, $3, $4) returning id",
                            params![&who, &folded, &skeleton, now],
                        )?,
                    };
                    tx.exec(
                        "insert into sessions (token_hash, user_id, device, created_at, seen_at, expires_at)
                         values ($1, $2, 'A test', $3, $3, $4)",
                        params![&hash, user, now, now + 400 * DAY],
                    )
                });
                made.await.expect("a session");
                self.keep(&::stoa::web::cookies::name("stoa", self.app.config.is_https()), &token);
            })
            .await;
    }

    /// The words of the program in English.
    pub(super) fn words(&self) -> &stoa_i18n::Words {
        &self.app.words
    }
}
