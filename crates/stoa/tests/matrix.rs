//! The permission matrix: every route of the table, asked by everybody, for everything that is secret.
//!
//! Routes join by existing. The suite asks some thousands of times; with `STOA_MATRIX=full` every address is asked in
//! every language mode and as scripts ask, more than 50,000 times (see drills/README.md).

use std::collections::{BTreeMap, BTreeSet};

use axum::http::Method;
use stoa::clock::DAY;
use stoa::db::params;
use stoa::notifications::{digest, mail};
use stoa::web::routes::{Policy, Route};

use crate::support::dump::{differences, dump};
use crate::support::secrets::{Secrets, Viewer};
use crate::support::{Ask, Engine, Page, Stoa};

fn table() -> Vec<Route> {
    stoa::routes::all().table()
}

/// Headers and body as one text.
fn whole(page: &Page) -> String {
    let headers: Vec<String> =
        page.headers.iter().map(|(k, v)| format!("{k}: {}", String::from_utf8_lossy(v.as_bytes()))).collect();
    format!("{}\n{}", headers.join("\n"), page.body())
}

/// How an address is asked for: headers beside the usual ones.
fn manners() -> Vec<Vec<(&'static str, &'static str)>> {
    let mut manners = vec![vec![]];
    if std::env::var("STOA_MATRIX").is_ok_and(|v| v == "full") {
        manners.push(vec![("x-fragment", "1")]);
        manners.push(vec![("accept-language", "fr")]);
        manners.push(vec![("accept-language", "ar"), ("x-fragment", "1")]);
        manners.push(vec![("accept", "application/json")]);
        manners.push(vec![("range", "bytes=0-20000")]);
        manners.push(vec![("host", "elsewhere.example")]);
        manners.push(vec![("x-forwarded-host", "elsewhere.example"), ("x-forwarded-for", "203.0.113.9")]);
    }
    manners
}

stories! {
    /// No secret word reaches anybody who may not read it, by any address, in any header.
    async fn nobody_reads_what_is_not_for_them(s: Stoa) {
        let secrets = Secrets::plant(s).await;
        let (mut answers, mut leaks) = (0_u64, BTreeMap::<String, BTreeSet<String>>::new());
        let mut shown: BTreeSet<(Viewer, &str)> = BTreeSet::new();
        for route in table().iter().filter(|r| r.method == Method::GET) {
            let queries = secrets.queries(route);
            for (at, path) in secrets.paths(route).iter().enumerate() {
                for (n, query) in queries.iter().enumerate() {
                    // Every field with every value once, on changing addresses, and every address without a query.
                    if n > 0 && queries.len() > 3 && (at + n) % 3 != 0 && route.path.contains('{') {
                        continue;
                    }
                    let address = format!("{path}{query}");
                    for viewer in Viewer::ALL {
                        for manner in manners() {
                            let mut ask = Ask::get(&address);
                            for (name, value) in &manner {
                                ask = ask.with(name, value);
                            }
                            let page = secrets.browsers[&viewer].ask(ask).await;
                            answers += 1;
                            // 501 is what oEmbed answers to a format that it does not have.
                            assert!(page.status < 500 || page.status == 501, "{viewer:?} {address}: {}", page.status);
                            let text = whole(&page);
                            for canary in secrets.found(viewer, &address, &text) {
                                leaks.entry(format!("{} at {}", canary.what, route.path)).or_default().insert(format!("{viewer:?} {address}"));
                            }
                            for canary in secrets.canaries.iter().filter(|c| c.seen_by.contains(&viewer) && text.contains(&c.word)) {
                                shown.insert((viewer, canary.what));
                            }
                        }
                    }
                }
            }
        }
        println!("{answers} answers, {} leaks", leaks.len());
        assert!(leaks.is_empty(), "{}", leaks.iter().map(|(k, v)| format!("{k}: {} times, such as {:?}", v.len(), v.first())).collect::<Vec<_>>().join("\n"));
        assert!(answers >= 2_000, "only {answers} answers");
        // The matrix would be blind if those who may read did not find the words either.
        for (viewer, what) in [
            (Viewer::Insider, "private title"), (Viewer::Insider, "answer of a poll"), (Viewer::Insider, "private body"), (Viewer::Admin, "private body"),
            (Viewer::Insider, "category name"), (Viewer::Insider, "body below"), (Viewer::Author, "hidden reply"),
            (Viewer::Moderator, "hidden reply"), (Viewer::Moderator, "deleted reply"), (Viewer::Moderator, "deleted body"),
            (Viewer::Author, "draft"), (Viewer::Author, "bookmark note"), (Viewer::Insider, "private file"), (Viewer::Insider, "message"), (Viewer::Author, "answer to a message"), (Viewer::Author, "file of a message"), (Viewer::Insider, "name of a private file"),
            (Viewer::Moderator, "file of a hidden post"), (Viewer::Author, "unused file"), (Viewer::Insider, "group-only tag"), (Viewer::Author, "old revision of a hidden post"),
        ] {
            assert!(shown.contains(&(viewer, what)), "{viewer:?} never saw the {what}: the matrix is blind there");
        }
    }

    /// Nothing that somebody may not do leaves a trace in the store.
    async fn nobody_changes_what_is_not_theirs(s: Stoa) {
        let secrets = Secrets::plant(s).await;
        let without = ["reads", "search_terms"];
        let mut asked = 0;
        let mut changes = Vec::new();
        // A browser's first request makes its session.
        for browser in secrets.browsers.values() {
            browser.peek("/latest").await;
        }
        for route in table().iter().filter(|r| r.method == Method::POST) {
            for path in secrets.paths(route) {
                for viewer in Viewer::ALL {
                    if may_change(&secrets, route, &path, viewer) {
                        continue;
                    }
                    for fields in bodies(&secrets, route, &path) {
                        let fields: Vec<(&str, &str)> = fields.iter().map(|(k, v)| (*k, v.as_str())).collect();
                        let before = dump(s, &without);
                        let page = secrets.browsers[&viewer].post(&path, &fields).await;
                        asked += 1;
                        let found = differences(&before, &dump(s, &without));
                        if !found.is_empty() || page.status >= 500 {
                            changes.push(format!("{viewer:?} POST {path} {fields:?} ({}):\n  {}", page.status, found.join("\n  ")));
                        }
                        let leaks = secrets.found(viewer, &format!("{path} {fields:?}"), &whole(&page));
                        changes.extend(leaks.iter().map(|c| format!("{viewer:?} POST {path} shows the {}", c.what)));
                    }
                }
            }
        }
        println!("{asked} forms, {} changes", changes.len());
        assert!(changes.is_empty(), "{}", changes.join("\n"));
        assert!(asked >= 400, "only {asked} forms");
    }

    /// What one may not see cannot be told from what does not exist.
    async fn a_secret_looks_like_nothing(s: Stoa) {
        let secrets = Secrets::plant(s).await;
        let mut pairs = 0;
        let secret_posts = ["message", "private", "below", "hidden topic", "deleted topic", "hidden", "deleted"];
        for route in table() {
            let (known, missing) = if route.path.contains("/t/{") {
                (secrets.topics.iter().filter(|(w, _)| !matches!(*w, "public" | "unlisted")).map(|(_, t)| t.id).collect(), 999_999)
            } else if route.path.starts_with("/p/{id}") {
                (secrets.posts.iter().filter(|(w, _)| secret_posts.contains(w)).map(|(_, id)| *id).collect(), 999_999)
            } else if route.path.starts_with("/polls/{id}") {
                (secrets.polls.iter().filter(|(w, ..)| *w != "public").map(|(_, id, _)| *id).collect(), 999_999)
            } else if route.path.starts_with("/c/{slug}/{id}") {
                (secrets.categories[1..].iter().map(|c| c.id).collect::<Vec<_>>(), 999_999)
            } else if route.path == "/live" {
                (secrets.topics.iter().filter(|(w, _)| !matches!(*w, "public" | "unlisted")).map(|(_, t)| t.id).collect(), 999_999)
            } else {
                continue;
            };
            let at = |id: i64| {
                if route.path == "/live" {
                    return format!("/live?topic={id}&once=1");
                }
                let path = route.path.replace("{id}", &id.to_string()).replace("{slug}", "-").replace("{number}", "1").replace("{format}", "atom");
                let path = path.replace("{topic}", &id.to_string()).replace("{list}", "latest").replace("{parent}", "-");
                assert!(!path.contains('{'), "the matrix does not know how to fill {path}");
                path
            };
            for viewer in [Viewer::Anonymous, Viewer::Member, Viewer::OtherGroup, Viewer::ExMember, Viewer::Suspended] {
                let browser = &secrets.browsers[&viewer];
                for id in &known {
                    let (mut answers, mut sizes) = (Vec::new(), Vec::new());
                    for path in [at(*id), at(missing)] {
                        let page = match route.method == Method::POST {
                            true => browser.post(&path, &[]).await,
                            false => browser.peek(&path).await,
                        };
                        sizes.push(page.status);
                        answers.push(without_chance(&whole(&page), &path));
                    }
                    pairs += 1;
                    assert_eq!(answers[0], answers[1], "{viewer:?} {} {} can tell {id} from nothing {sizes:?}", route.method, route.path);
                }
            }
        }
        assert!(pairs > 100, "only {pairs} pairs");
    }
}

/// Notices and digests go to everybody's mailbox, and in nobody's is anything that they may not see.
#[tokio::test(flavor = "multi_thread")]
async fn no_mail_says_what_is_not_for_its_reader() {
    let made = Stoa::start_with(Engine::Sqlite, |config| config.smtp = Some("smtp://127.0.0.1:9".into())).await;
    let s = &made.expect("SQLite is built in");
    for viewer in Viewer::ALL.iter().filter(|v| !matches!(v, Viewer::Anonymous | Viewer::Author)) {
        let (user, address, now) = (s.user(viewer.name()).await, format!("{}@example.org", viewer.name()), s.now());
        let sql = "insert into emails (user_id, address, folded, confirmed_at) values ($1, $2, $2, $3)";
        s.sql(sql, params![user, &address, now]).await;
    }
    let secrets = Secrets::plant(s).await;
    s.wait(DAY);
    let now = s.now();
    s.sql("update users set digest_days = 7, digest_due_at = $1", params![now]).await;
    while digest::round(&s.app).await.expect("a round") {}
    while mail::round(&s.app).await.expect("a round") {}
    let sent = s.app.db.read(|tx| {
        tx.all::<(String, String)>(
            "select u.name, o.recipient || ' ' || o.subject || ' ' || o.body || ' ' || o.html || ' ' || o.headers
             from outbox o join users u on u.id = o.user_id",
            &[],
        )
    });
    let sent = sent.await.expect("mails");
    let title = secrets.canaries.iter().find(|c| c.what == "private title").expect("a secret").word.clone();
    assert!(sent.iter().any(|(name, text)| name == "inga" && text.contains(&title)), "who may see it is told of it");
    assert!(sent.len() >= 5, "only {} mails", sent.len());
    for (name, text) in &sent {
        let viewer = *Viewer::ALL.iter().find(|v| v.name() == name).expect("one of them");
        let leaks: Vec<&str> = secrets.found(viewer, "", text).iter().map(|c| c.what).collect();
        // An address stands in a mail to it.
        let leaks: Vec<&str> = leaks.into_iter().filter(|what| *what != "address").collect();
        assert!(leaks.is_empty(), "a mail to {name} has the {leaks:?}: {text}");
    }
}

/// Whether a viewer may change something by this form: then it is no matter of this matrix.
fn may_change(secrets: &Secrets, route: &Route, path: &str, viewer: Viewer) -> bool {
    // Logging in, signing up and choosing colours are for everybody; their own tests say what they may do.
    const FOR_ALL: [&str; 8] =
        ["/login", "/logout", "/signup", "/join", "/reset", "/appearance", "/setup", "/language"];
    let first = path.trim_start_matches('/').split('/').next().unwrap_or("");
    if matches!(route.policy, Policy::Everyone | Policy::Signed | Policy::SetUp) {
        assert!(
            FOR_ALL.contains(&format!("/{first}").as_str()) || route.path.contains("{token}"),
            "a form for everybody that the matrix does not know: {}",
            route.path
        );
        return !route.path.contains("{token}");
    }
    if !viewer.is_logged_in() {
        return false;
    }
    match route.policy {
        Policy::Administrators => viewer == Viewer::Admin,
        Policy::Moderators => matches!(viewer, Viewer::Moderator | Viewer::Admin),
        _ if route.path.starts_with("/t/{") || route.path.starts_with("/p/{") => {
            let part = |what: &str| {
                let topic =
                    secrets.topics.iter().any(|(w, t)| *w == what && path.starts_with(&format!("/t/{}/", t.id)));
                topic || secrets.posts.iter().any(|(w, id)| *w == what && path.starts_with(&format!("/p/{id}/")))
            };
            // Silence keeps from writing to others; bookmarks are one's own.
            let is_private = route.path.ends_with("bookmark");
            if viewer == Viewer::Silenced && !is_private {
                return false;
            }
            let own = ["/edit", "/restore", "/delete"].iter().any(|act| route.path.ends_with(act));
            let own_or_staff = route.path.ends_with("wiki") || route.path.ends_with("wikis");
            let sees = (part("public") || part("unlisted"))
                || ((part("private") || part("below"))
                    && matches!(viewer, Viewer::Insider | Viewer::Author | Viewer::Admin))
                || (part("message") && matches!(viewer, Viewer::Insider | Viewer::Author))
                || (part("hidden") && matches!(viewer, Viewer::Author | Viewer::Moderator | Viewer::Admin))
                || (part("hidden topic") && matches!(viewer, Viewer::Author | Viewer::Moderator | Viewer::Admin));
            // What is deleted staff still reads, and may keep for themselves.
            let is_staff = matches!(viewer, Viewer::Moderator | Viewer::Admin);
            let sees = sees || (is_private && is_staff && (part("deleted") || part("deleted topic")));
            let writer = if part("public") || part("unlisted") { Viewer::Member } else { Viewer::Author };
            match () {
                () if own => sees && viewer == writer,
                () if own_or_staff => sees && (viewer == writer || is_staff),
                () => sees,
            }
        }
        _ if route.path.starts_with("/polls/{id}") => {
            let poll = secrets.polls.iter().find(|(_, id, _)| path.starts_with(&format!("/polls/{id}/")));
            match poll.map(|(what, ..)| *what) {
                _ if viewer == Viewer::Silenced => false,
                Some("public") => true,
                Some("private") => matches!(viewer, Viewer::Insider | Viewer::Author | Viewer::Admin),
                Some("hidden") => matches!(viewer, Viewer::Author | Viewer::Moderator | Viewer::Admin),
                _ => false,
            }
        }
        // Notices have their own test for whose they are; each of these may have some.
        _ if route.path.starts_with("/notifications/{id}") => {
            matches!(viewer, Viewer::Insider | Viewer::Author | Viewer::Admin)
        }
        // A stranger to the room follows nothing in it.
        _ if route.path.starts_with("/c/{slug}/{id}/follow") => {
            let open = secrets.categories[0].id;
            path.contains(&format!("/{open}/")) || matches!(viewer, Viewer::Insider | Viewer::Author | Viewer::Admin)
        }
        _ if route.path.starts_with("/tag/{tag}") => {
            path.starts_with(&format!("/tag/{}/", secrets.tags[0]))
                || matches!(viewer, Viewer::Insider | Viewer::Author | Viewer::Admin)
        }
        // Members' own things: drafts, settings, sessions of their own. Others' sessions have their own test.
        _ if route.path == "/new-topic" => matches!(viewer, Viewer::Insider | Viewer::Author | Viewer::Admin),
        _ => !route.path.contains("{id}") || viewer == Viewer::Author,
    }
}

/// Bodies that could do harm: fields that the route has, with secret objects wherever one is named.
fn bodies(secrets: &Secrets, route: &Route, path: &str) -> Vec<Vec<(&'static str, String)>> {
    let room = secrets.categories[1].id.to_string();
    let one = |category: &str| {
        let value = |name: &str| match name {
            // Whoever names a file that they may not see is not told its name.
            "raw" | "body" | "text" => format!("A text that must not stay. []({})", secrets.files[0]),
            "title" => "A title that must not stay".to_owned(),
            "category" | "parent" => category.to_owned(),
            "tags" => "intruder".to_owned(),
            "role" => "administrator".to_owned(),
            "name" | "user" | "person" => "bo".to_owned(),
            "in_reply_to" | "version" | "seen" => "0".to_owned(),
            "place" => "new-topic".to_owned(),
            "option" => {
                let poll = secrets.polls.iter().find(|(_, id, _)| path.starts_with(&format!("/polls/{id}/")));
                poll.map_or(0, |(.., option)| *option).to_string()
            }
            "lang" | "language" => "en".to_owned(),
            _ => "1".to_owned(),
        };
        route
            .fields
            .iter()
            .filter(|f| f.name != "preview" && f.name != "add_file")
            .map(|f| (f.name, value(f.name)))
            .collect::<Vec<_>>()
    };
    let mut bodies = vec![one(&room)];
    if route.fields.iter().any(|f| f.name == "category") {
        bodies.push(one(&secrets.categories[2].id.to_string()));
        bodies.push(one(&secrets.categories[1].slug));
    } else {
        bodies.push(Vec::new());
    }
    bodies
}

/// An answer without what differs by chance: tokens, keys, numbers of requests, and the address itself.
fn without_chance(text: &str, path: &str) -> String {
    let encoded: String = url::form_urlencoded::byte_serialize(path.as_bytes()).collect();
    let in_link = path.replace('?', "%3F").replace('=', "%3D").replace('&', "%26");
    let mut out = text.replace(path, "PATH").replace(&encoded, "PATH").replace(&in_link, "PATH");
    for (before, after) in [
        ("name=\"csrf\" value=\"", "\""),
        ("name=\"once\" value=\"", "\""),
        ("data-csrf=\"", "\""),
        ("x-request-id: ", "\n"),
        // Tells how long the address is that the page repeats.
        ("content-length: ", "\n"),
        ("stoa-visit=", ";"),
    ] {
        let mut kept = String::new();
        let mut rest = out.as_str();
        while let Some((front, back)) = rest.split_once(before) {
            kept.push_str(front);
            kept.push_str(before);
            rest = back.split_once(after).map_or("", |(_, rest)| rest);
        }
        kept.push_str(rest);
        out = kept;
    }
    out
}
