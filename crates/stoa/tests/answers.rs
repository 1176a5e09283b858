//! What every answer carries, whatever it is; and answers when much is asked or the disk is full.

use std::collections::BTreeMap;

use axum::http::Method;
use stoa::db::params;
use stoa::web::routes::Policy;

use crate::support::secrets::{Secrets, Viewer};
use crate::support::{Ask, Engine, Page, Stoa};

/// Headers of every answer, with what must be in them.
const ALWAYS: [(&str, &str); 8] = [
    ("content-security-policy", ""),
    ("x-content-type-options", "nosniff"),
    ("referrer-policy", "same-origin"),
    ("x-frame-options", "DENY"),
    ("cross-origin-opener-policy", "same-origin"),
    ("cross-origin-resource-policy", ""),
    ("permissions-policy", "geolocation=()"),
    ("cache-control", ""),
];

#[track_caller]
fn carries_the_headers(page: &Page) {
    // The one page that others may frame; nobody's session is in it.
    let is_card = page.path.starts_with("/embed/") && matches!(page.status, 200 | 304);
    for (name, part) in ALWAYS {
        if is_card && name == "x-frame-options" {
            assert_eq!(page.header(name), "");
            continue;
        }
        let value = page.header(name);
        assert!(
            !value.is_empty() && value.contains(part),
            "{} {} ({}) has {name}: {value:?}",
            page.method,
            page.path,
            page.status
        );
    }
    let csp = page.header("content-security-policy");
    if is_card {
        assert_eq!(csp, stoa::web::headers::FRAMED);
        return;
    }
    assert!(csp.contains("default-src 'self'") || csp.contains("default-src 'none'"), "{csp}");
    assert!(!csp.contains("unsafe") && !csp.contains("http:") && !csp.contains('*'), "{csp}");
    if page.header("content-type").starts_with("text/html") {
        assert!(
            csp.contains("frame-ancestors 'none'")
                && csp.contains("base-uri 'none'")
                && csp.contains("form-action 'self'"),
            "{csp}"
        );
        assert!(
            page.header("cache-control").contains("private"),
            "{} may be kept by others: {}",
            page.path,
            page.header("cache-control")
        );
    }
}

stories! {
    /// Every route × every kind of answer: pages, redirects, refusals, faults.
    async fn every_answer_carries_the_headers(s: Stoa) {
        let secrets = Secrets::plant(s).await;
        let mut statuses: BTreeMap<u16, u64> = BTreeMap::new();
        for route in stoa::routes::all().table() {
            for path in secrets.paths(&route).iter().take(8) {
                for viewer in [Viewer::Anonymous, Viewer::Member, Viewer::Admin] {
                    let browser = &secrets.browsers[&viewer];
                    let mut asks = vec![Ask { method: "PUT", ..Ask::get(path) }];
                    if route.method == Method::POST {
                        asks.push(Ask::post(path, &[]));
                        asks.push(Ask::post(path, &[("no-such-field", "1")]));
                        asks.push(Ask::post(path, &[("csrf", &"x".repeat(5000))]));
                    } else {
                        asks.push(Ask::get(path));
                        asks.push(Ask::get(path).with("x-fragment", "1"));
                        asks.push(Ask::get(path).with("if-none-match", "*"));
                        asks.push(Ask { method: "HEAD", ..Ask::get(path) });
                    }
                    for ask in asks {
                        let page = browser.ask(ask).await;
                        carries_the_headers(&page);
                        *statuses.entry(page.status).or_default() += 1;
                    }
                }
            }
        }
        for path in ["/no/such/address", "/wp-login.php", "/t", "/%00", "/t/-/1/99999"] {
            carries_the_headers(&s.stranger().peek(path).await);
        }
        for status in [200, 303, 400, 403, 404, 405] {
            assert!(statuses.contains_key(&status), "no answer was a {status}: {statuses:?}");
        }
    }

    /// Cookies that say who somebody is can be read by no script and are sent to no other site.
    async fn cookies_are_kept_close(s: Stoa) {
        let with_https = Stoa::start_with(Engine::Sqlite, |config| config.base_url = Some("https://talk.example.org".into())).await.expect("a site");
        for (site, prefix, secure) in [(s, "stoa", false), (&with_https, "__Host-stoa", true)] {
            let topic = site.topic("Tea").await;
            let bo = site.browser("bo");
            let token = bo.token().await;
            let mut ask = Ask::post(&format!("/t/{}/replies", topic.id), &[("raw", "hello"), ("csrf", &token)]);
            if secure {
                ask = ask.with("origin", "https://talk.example.org").with("host", "talk.example.org");
            }
            let page = bo.ask(ask).await;
            page.is(303);
            let cookies: Vec<_> = page.headers.get_all("set-cookie").iter().map(|v| v.to_str().expect("text").to_owned()).collect();
            assert!(!cookies.is_empty());
            for cookie in cookies {
                assert!(cookie.starts_with(prefix) && cookie.contains("HttpOnly") && cookie.contains("SameSite=Lax") && cookie.contains("Path=/"), "{cookie}");
                assert_eq!(cookie.contains("Secure"), secure, "{cookie}");
                assert!(!cookie.contains("Domain"), "{cookie}");
            }
            assert_eq!(page.header("strict-transport-security").is_empty(), !secure);
        }
    }

    /// Links in pages stay on the address the operator gave, whatever a caller claims.
    async fn forged_hosts_change_nothing(s: Stoa) {
        let topic = s.topic("Tea").await;
        for (name, value) in [
            ("host", "evil.example"), ("x-forwarded-host", "evil.example"), ("x-forwarded-proto", "gopher"),
            ("forwarded", "host=evil.example;proto=http"), ("x-original-url", "/admin"), ("x-rewrite-url", "/admin"),
            ("x-http-method-override", "DELETE"), ("x-forwarded-for", "127.0.0.1, evil.example"),
        ] {
            let plain = s.stranger().ask(Ask::get(&topic.url())).await;
            let forged = s.stranger().ask(Ask::get(&topic.url()).with(name, value)).await;
            assert_eq!((plain.status, plain.body()), (forged.status, forged.body()), "{name}: {value}");
            let header = format!("{:?}", forged.headers);
            assert!(!header.contains("evil"), "{header}");
        }
    }

    /// Fifty people log in at once: readers are answered before the hashing is through.
    async fn logging_in_slows_no_reader(s: Stoa) {
        let real = Stoa::start_with(Engine::Sqlite, |config| config.quick_passwords = false).await.expect("a site");
        drop(s.stranger());
        real.topic("Tea").await;
        real.stranger().get("/latest").await.is_ok();
        let hash = real.app.passwords.hash("a long enough password").await.expect("a hash");
        let jobs: Vec<_> = (0..50).map(|_| {
            let (app, hash) = (real.app.clone(), hash.clone());
            tokio::spawn(async move { app.passwords.check("another password", Some(hash)).await.is_ok() })
        }).collect();
        tokio::task::yield_now().await;
        for _ in 0..100 {
            real.stranger().get("/latest").await.is_ok();
        }
        let waiting = jobs.iter().filter(|j| !j.is_finished()).count();
        assert!(waiting >= 10, "100 pages were read while {waiting} of 50 still waited: reading had to wait for them");
        for job in jobs {
            job.await.expect("no panic");
        }
    }

    /// Everybody's routes and members' routes are what they say: the policy is the first door.
    async fn members_pages_ask_strangers_to_log_in(s: Stoa) {
        let secrets = Secrets::plant(s).await;
        for route in stoa::routes::all().table() {
            let path = &secrets.paths(&route)[0];
            let stranger = &secrets.browsers[&Viewer::Anonymous];
            match (route.policy, route.method == Method::POST) {
                (Policy::Members, false) => {
                    let page = stranger.peek(path).await;
                    assert!(page.location().is_some_and(|l| l.starts_with("/login?back=")), "{path}: {} {:?}", page.status, page.location());
                }
                (Policy::Members | Policy::Moderators | Policy::Administrators, true) => {
                    stranger.post(path, &[]).await.is(401);
                }
                (Policy::Moderators | Policy::Administrators, false) => {
                    secrets.browsers[&Viewer::Member].peek(path).await.is_not_found();
                }
                _ => {}
            }
            if route.policy == Policy::Administrators {
                let moderator = &secrets.browsers[&Viewer::Moderator];
                let page = if route.method == Method::POST { moderator.post(path, &[]).await } else { moderator.peek(path).await };
                page.is_not_found();
            }
        }
    }

    /// A full disk: a clear answer with the text kept, nothing half-written, reading goes on, and writing once there
    /// is room again.
    async fn a_full_disk_is_said_and_survived(s: Stoa) {
        let topic = s.topic("Tea").await;
        let limit = |pages: i64| {
            let db = s.app.db.clone();
            async move { db.write(move |tx| tx.one::<i64>(&format!("pragma max_page_count = {pages}"), &[])).await.expect("a limit") }
        };
        let used = s.number("pragma page_count", &[]).await;
        limit(used + 3).await;
        let text = "It is full of words. ".repeat(400);
        let mut refused = None;
        let mut kept = 1;
        for n in 0..25 {
            let page = s.browser("bo").post(format!("/t/{}/replies", topic.id), &[("raw", &format!("{n} {text}"))]).await;
            if page.status == 507 {
                refused = Some(page);
                break;
            }
            page.is(303);
            kept += 1;
        }
        let page = refused.expect("the disk was full in the end");
        page.is_refused("disk-full").shows("It is full of words.");
        assert!(page.header("retry-after").parse::<u64>().is_ok());
        assert_eq!(s.posts_in(&topic).await, kept);
        assert_eq!(s.number("select count(*) from posts where topic_id = $1", params![topic.id]).await, kept);
        s.is_whole().await;
        s.stranger().get(topic.url()).await.is_ok().shows("Tea");
        limit(1_000_000).await;
        s.browser("bo").post(format!("/t/{}/replies", topic.id), &[("raw", "there is room again")]).await.is(303);
        assert_eq!(s.posts_in(&topic).await, kept + 1);
        s.is_whole().await;
    }
}
