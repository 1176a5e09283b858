//! What is refused, everywhere: forms without a token, from elsewhere, with unknown fields or far too much in them.

use axum::http::Method;
use stoa::web::routes::{Field, Policy, Route};

use crate::support::dump::{differences, dump};
use crate::support::page::multipart;
use crate::support::secrets::{Secrets, Viewer};
use crate::support::{Ask, Page};

fn routes(method: Method) -> Vec<Route> {
    let mut table = stoa::routes::all().table();
    table.retain(|r| r.method == method);
    table
}

/// The way of a program: every field of the route with something in it.
fn filled(route: &Route) -> Vec<(&'static str, &'static str)> {
    let value = |name: &str| match name {
        "raw" | "title" | "name" => "words",
        "email" => "someone@example.org",
        "password" | "new" | "repeat" | "current" => "a password of some length",
        "category" | "version" | "seen" => "1",
        _ => "x",
    };
    route
        .fields
        .iter()
        .filter(|f| f.name != "preview" && f.name != "add_file")
        .map(|f| (f.name, value(f.name)))
        .collect()
}

#[track_caller]
fn is_4xx(page: &Page, what: &str) {
    assert!((400..500).contains(&page.status), "{what}: {} {} answers {}", page.method, page.path, page.status);
}

stories! {
    /// Every form of the site, sent by an administrator's browser from somewhere it should not come from.
    async fn forms_from_elsewhere_change_nothing(s: Stoa) {
        let secrets = Secrets::plant(s).await;
        let admin = &secrets.browsers[&Viewer::Admin];
        let (token, foreign) = (admin.token().await, s.browser("bo").token().await);
        let before = dump(s, &[]);
        for route in routes(Method::POST) {
            let path = &secrets.paths(&route)[0];
            let fields = filled(&route);
            let with = |token: &str| {
                let fields: Vec<(&str, &str)> = fields.iter().copied().chain([("csrf", token)]).collect();
                Ask::post(path, &fields)
            };
            let json = format!("{{\"csrf\":\"{token}\",\"raw\":\"x\"}}");
            let mut asks = vec![
                ("no token", Ask::post(path, &fields)),
                ("an empty token", with("")),
                ("another's token", with(&foreign)),
                ("a cut token", with(&token[..token.len() - 2])),
                ("a foreign origin", with(&token).with("origin", "https://evil.example")),
                ("no origin to speak of", with(&token).with("origin", "null")),
                ("a name that only begins alike", with(&token).with("origin", "http://localhost.evil.example")),
                ("another site", with(&token).with("sec-fetch-site", "cross-site")),
                ("a neighbouring site", with(&token).with("sec-fetch-site", "same-site")),
            ];
            for kind in ["text/plain", "application/json", "application/xml", ""] {
                let mut ask = with(&token).with("content-type", kind);
                if kind == "application/json" {
                    ask.body = json.clone().into_bytes();
                }
                asks.push(("a body that is no form", ask));
            }
            for (what, ask) in asks {
                let page = admin.ask(ask).await;
                is_4xx(&page, what);
                let found = differences(&before, &dump(s, &[]));
                assert!(found.is_empty(), "{what}: POST {path}: {found:?}");
            }
        }
    }

    /// A field that a form does not have is refused by name, whoever sends it.
    async fn unknown_fields_are_refused(s: Stoa) {
        let secrets = Secrets::plant(s).await;
        let admin = &secrets.browsers[&Viewer::Admin];
        admin.peek("/latest").await;
        let before = dump(s, &[]);
        // What programs sign is no form.
        for route in routes(Method::POST).into_iter().filter(|route| route.policy != Policy::Open) {
            let path = &secrets.paths(&route)[0];
            for extra in ["author_id", "is_admin", "created_at", "topic_id[]", "__proto__"] {
                let fields: Vec<_> = filled(&route).into_iter().chain([(extra, "1")]).collect();
                let page = admin.post(path, &fields).await;
                page.is(400);
                assert!(page.body().contains(extra.trim_end_matches("[]")), "the field is named: {}", page.words());
            }
        }
        assert_eq!(differences(&before, &dump(s, &[])), Vec::<String>::new());
    }

    /// A megabyte in each field of each form, a hundred thousand fields, a file where none belongs.
    async fn everything_has_a_limit(s: Stoa) {
        let secrets = Secrets::plant(s).await;
        let admin = &secrets.browsers[&Viewer::Admin];
        admin.peek("/latest").await;
        let before = dump(s, &[]);
        let megabyte = "a".repeat(1 << 20);
        for route in routes(Method::POST) {
            let path = &secrets.paths(&route)[0];
            for field in route.fields.iter().map(|f| f.name).chain(["csrf", "once"]) {
                let fields: Vec<_> = filled(&route).into_iter().filter(|(k, _)| *k != field).chain([(field, megabyte.as_str())]).collect();
                let page = if field == "csrf" { admin.ask(Ask::post(path, &fields)).await } else { admin.post(path, &fields).await };
                is_4xx(&page, field);
            }
            for Field { name, limit } in route.fields {
                let long = "é".repeat(limit + 1);
                let fields: Vec<_> = filled(&route).into_iter().filter(|(k, _)| k != name).chain([(*name, long.as_str())]).collect();
                let page = admin.post(path, &fields).await;
                is_4xx(&page, name);
            }
            if let Some(field) = route.fields.first() {
                let many = vec![(field.name, "1"); 100_000];
                is_4xx(&admin.post(path, &many).await, "100,000 fields");
            }
            if !route.file {
                let token = admin.token().await;
                let file = ("a.png".to_owned(), vec![0; 1000]);
                let page = admin.ask(multipart(path, &[("csrf", &token)], Some(&file))).await;
                is_4xx(&page, "a file");
            }
        }
        assert_eq!(differences(&before, &dump(s, &[])), Vec::<String>::new());
        for route in routes(Method::GET) {
            let path = &secrets.paths(&route)[0];
            for field in route.fields {
                for value in ["9".repeat(field.limit + 1), "x".repeat(60_000)] {
                    let page = admin.peek(format!("{path}?{}={value}", field.name)).await;
                    assert!((400..500).contains(&page.status), "{} {path}?{}: {}", field.name, value.len(), page.status);
                }
            }
        }
        for path in ["/latest?page=1000000000", "/top?before=1", "/latest?before=-", "/latest?page=-1&before=1-1"] {
            s.stranger().get(path).await.is(404);
        }
    }

    /// 50 megabytes to any form: a page that says so.
    async fn fifty_megabytes_get_an_answer(s: Stoa) {
        let topic = s.topic("Tea").await;
        let bo = s.browser("bo");
        let token = bo.token().await;
        let mut ask = Ask::post(&format!("/t/{}/replies", topic.id), &[("csrf", &token)]);
        ask.body.extend_from_slice(b"&raw=");
        ask.body.resize(50 << 20, b'x');
        let page = bo.ask(ask).await;
        page.is(413).is_refused("too-large");
        assert_eq!(s.posts_in(&topic).await, 1);
    }

    /// Following every link and asking for every address, as an administrator: reading changes nothing.
    async fn reading_changes_nothing(s: Stoa) {
        let secrets = Secrets::plant(s).await;
        let admin = &secrets.browsers[&Viewer::Admin];
        admin.peek("/latest").await;
        // How far somebody has read is what reading does change.
        let without = ["reads"];
        let before = dump(s, &without);
        let mut seen = std::collections::BTreeSet::new();
        let mut waiting: Vec<String> = routes(Method::GET).iter().flat_map(|r| secrets.paths(r)).collect();
        while let Some(path) = waiting.pop() {
            let path = path.split('#').next().unwrap_or_default().to_owned();
            assert!(path.len() < 2000, "an address that grows from page to page: {path}");
            if !path.starts_with('/') || path.starts_with("//") || seen.len() > 1500 || !seen.insert(path.clone()) {
                continue;
            }
            let page = admin.peek(&path).await;
            assert!(page.status < 500, "{path}: {}", page.status);
            if page.header("content-type").starts_with("text/html") {
                waiting.extend(page.links());
            }
            waiting.extend(page.location());
        }
        assert!(seen.len() > 200, "only {} addresses", seen.len());
        assert_eq!(differences(&before, &dump(s, &without)), Vec::<String>::new());
    }

    /// A wrong method gets a page, not a blank answer.
    async fn other_methods_are_refused(s: Stoa) {
        let secrets = Secrets::plant(s).await;
        for route in stoa::routes::all().table() {
            let path = &secrets.paths(&route)[0];
            for method in ["PUT", "DELETE", "PATCH", "OPTIONS", "TRACE"] {
                let ask = Ask { method, ..Ask::get(path) };
                s.stranger().ask(ask).await.is(405);
            }
        }
    }

    /// No address leads to another site, whatever it is told to go back to.
    async fn nothing_leads_away(s: Stoa) {
        let secrets = Secrets::plant(s).await;
        let mut payloads: Vec<String> = OWN_REDIRECTS.iter().map(|p| (*p).to_owned()).collect();
        match crate::support::shared("data/security/open-redirect.json") {
            Some(text) => payloads.extend(serde_json::from_str::<Vec<String>>(&text).expect("a list of texts")),
            None => println!("skipped: no shared corpus"),
        }
        let leads_away = |page: &Page| {
            let Some(location) = page.headers.get("location") else { return false };
            let location = location.to_str().unwrap_or("//");
            let base = url::Url::parse("http://localhost/").expect("an address");
            base.join(location).map_or(true, |to| to.origin() != base.origin())
        };
        let mut asked = 0;
        for (route, field) in stoa::routes::all().table().iter().flat_map(|r| r.fields.iter().map(move |f| (r.clone(), f))) {
            if !matches!(field.name, "back" | "next" | "return" | "to" | "url" | "redirect" | "path" | "from") {
                continue;
            }
            let path = secrets.paths(&route)[0].clone();
            for payload in &payloads {
                for viewer in [Viewer::Anonymous, Viewer::Member] {
                    let browser = &secrets.browsers[&viewer];
                    let page = if route.method == Method::POST {
                        let fields: Vec<(&str, &str)> = filled(&route).into_iter().filter(|(k, _)| *k != field.name).chain([(field.name, payload.as_str())]).collect();
                        browser.post(&path, &fields).await
                    } else {
                        let value: String = url::form_urlencoded::byte_serialize(payload.as_bytes()).collect();
                        browser.peek(format!("{path}?{}={value}", field.name)).await
                    };
                    assert!(!leads_away(&page), "{} {path} {payload:?} leads to {:?}", route.method, page.headers.get("location"));
                    if page.status == 200 {
                        for link in page.links() {
                            // The way to a wiki carries along where one goes on afterwards; that has a story of its own.
                            let is_kept = link.starts_with("/login/wiki/tea?back=/");
                            assert!(is_kept || !link.contains("evil.example"), "{path} links {link}");
                        }
                    }
                    asked += 1;
                }
            }
        }
        // A path itself must not be taken for another host.
        for payload in payloads.iter().filter(|p| p.starts_with('/')) {
            let path: String = payload.chars().filter(|c| c.is_ascii_graphic()).collect();
            if path.parse::<axum::http::Uri>().is_ok_and(|uri| uri.host().is_none()) {
                let page = s.stranger().peek(&path).await;
                assert!(!leads_away(&page), "{path} leads to {:?}", page.headers.get("location"));
            }
        }
        assert!(asked > 50, "only {asked} answers");
    }

    /// Whatever is typed into an address: an answer, never a fault.
    async fn odd_addresses_are_answered(s: Stoa) {
        let secrets = Secrets::plant(s).await;
        let browser = &secrets.browsers[&Viewer::Member];
        browser.peek("/latest").await;
        let before = dump(s, &["reads"]);
        for route in routes(Method::GET) {
            for field in route.fields {
                for payload in ODD {
                    let value: String = url::form_urlencoded::byte_serialize(payload.as_bytes()).collect();
                    let path = format!("{}?{}={value}", secrets.paths(&route)[0], field.name);
                    let page = browser.peek(&path).await;
                    assert!(page.status < 500 || page.status == 503, "{path}: {}", page.status);
                    page.lacks("syntax error").lacks("SQLITE").lacks("near \"");
                }
            }
            let mut rest = route.path;
            while let Some((_, back)) = rest.split_once('{') {
                let (name, after) = back.split_once('}').expect("a closed brace");
                for payload in ODD_PARTS {
                    let path = route.path.replace(&format!("{{{name}}}"), payload);
                    let mut path = path.replace("{slug}", "-").replace("{format}", "atom");
                    while let (Some(a), Some(b)) = (path.find('{'), path.find('}')) {
                        path.replace_range(a..=b, "1");
                    }
                    let page = browser.peek(&path).await;
                    assert!(page.status < 500, "{path}: {}", page.status);
                }
                rest = after;
            }
        }
        assert_eq!(differences(&before, &dump(s, &["reads"])), Vec::<String>::new());
        s.stranger().get("/latest").await.is_ok().shows("Lighthouse keepers");
    }
}

/// What people type to break a search or a statement.
const ODD: [&str; 44] = [
    "'",
    "\"",
    "\\",
    ";",
    "--",
    "/*",
    "*/",
    "'; drop table posts; --",
    "' or '1'='1",
    "1 or 1=1",
    "\") or (\"\"=\"",
    "(select 1)",
    "$1",
    "?1",
    ":a",
    "%",
    "_",
    "*",
    "**",
    "~",
    "^",
    "(",
    ")",
    "((((((((((((((((",
    "a AND",
    "OR",
    "NOT",
    "\"unclosed",
    "title:",
    "category:nothing",
    "order:\0",
    "-",
    "- -",
    "--a",
    "a*b*c",
    "[a TO z]",
    "{!x}",
    "/.*/",
    "\u{0}",
    "\u{202e}abc",
    "\u{fffd}",
    "🦉🦉🦉",
    "NaN",
    "18446744073709551616",
];
const ODD_PARTS: [&str; 14] = [
    "%27",
    "%22",
    "%00",
    "..%2f..%2fetc%2fpasswd",
    "-1",
    "0",
    "9223372036854775807",
    "9223372036854775808",
    "1e9",
    "%ff",
    "%E2%80%AE",
    "a%20b",
    "%3Cscript%3E",
    "1.atom",
];
const OWN_REDIRECTS: [&str; 30] = [
    "https://evil.example",
    "//evil.example",
    "///evil.example",
    "/\\evil.example",
    "\\\\evil.example",
    "/\t/evil.example",
    "/\n/evil.example",
    "https:evil.example",
    "http:/\\evil.example",
    "javascript:alert(1)",
    "data:text/html,x",
    "/%09/evil.example",
    "/.evil.example",
    "//evil.example/..",
    "/..//evil.example",
    "/.//evil.example",
    "/x/..//evil.example",
    "/%2f%2fevil.example",
    "/%5cevil.example",
    "http://localhost@evil.example",
    "http://localhost.evil.example",
    "//localhost@evil.example",
    "?//evil.example",
    "#//evil.example",
    "evil.example",
    "/\u{3000}/evil.example",
    "/\u{ff0f}evil.example",
    "//evil%E3%80%82example",
    "/\r\nlocation: https://evil.example",
    "@evil.example",
];
