//! Joining a wiki: found by any address of it, told apart by keys, asked what is wrong. The wiki is a double that
//! listens on this machine.

use mediawiki_double::Wiki;
use serde_json::json;
use stoa::clock::DAY;
use stoa::db::params;
use stoa::wikis::{keys, queries, refresh};

use crate::support::{Page, Stoa};

/// A wiki, and a node of the site that may ask it, with an administrator.
async fn joined(s: &Stoa) -> (Wiki, Stoa) {
    let wiki = Wiki::start().await;
    let node = s.node_asking(wiki.at).await;
    node.admin("ines").await;
    (wiki, node)
}

/// Connects it as an administrator does; the page that answers.
pub async fn connect(node: &Stoa, address: &str) -> Page {
    let page = node.browser("ines").get("/admin/wikis/new").await;
    page.form("/admin/wikis/new").fill("address", address).submit().await
}

/// The lines for the wiki's settings.
fn snippet(page: &Page) -> String {
    page.dom().find(|e| e.attribute("id") == Some("snippet")).expect("the lines for the settings").text()
}

/// A value of one of those lines.
fn setting(snippet: &str, name: &str) -> String {
    let line = snippet.lines().find(|l| l.starts_with(name)).unwrap_or_else(|| panic!("no {name} in {snippet}"));
    line.split('\'').nth(1).expect("a value").to_owned()
}

/// What the extension says of itself when its settings are right.
fn about(snippet: &str, now: i64) -> serde_json::Value {
    let key = setting(snippet, "$wgStoaWebhookPublicKeys");
    json!({"extension": "1.0", "wiki": setting(snippet, "$wgStoaWiki"), "site": setting(snippet, "$wgStoaUrl"), "echo": true,
        "read_only": false, "keys": [keys::short(&key)], "time": now / 1_000_000})
}

async fn check(node: &Stoa) -> Page {
    node.browser("ines").get("/admin/wikis/wiki").await.form("/check").submit().await
}

both_engines! {
    /// Whatever address somebody has at hand, and the site knows the rest.
    async fn a_wiki_is_connected_by_any_address_of_it(s: Stoa) {
        let (wiki, node) = joined(s).await;
        wiki.state().interwiki.push(("de".into(), "//de.tea.example/wiki/$1".into()));
        let page = connect(&node, &format!("{}/wiki/Green_tea?action=history#top", wiki.base())).await;
        page.is_ok().shows("The wiki is connected").shows("Tea Wiki").shows("MediaWiki 1.43.9");
        assert!(page.body().contains("value=\"http://localhost/login/wiki/wiki/callback\""), "the address to register");
        let data = node.app.db.read(|tx| queries::data(tx, 1)).await.expect("what it said");
        assert_eq!(data.interwiki.iter().map(|p| p.url.as_str()).collect::<Vec<_>>(), ["https://www.mediawiki.org/wiki/$1", "http://de.tea.example/wiki/$1"]);
        assert!(data.namespaces.iter().any(|n| n.canonical == "Project" && n.name == "Tea Wiki" && n.aliases == ["P"]));
        let site = node.site().await;
        let found = site.wiki("wiki").expect("it is joined");
        assert_eq!((found.page("Green tea"), found.issuer.as_str()), (format!("{}/wiki/Green_tea", wiki.base()), wiki.base().as_str()));
        // The same wiki, from another of its pages.
        connect(&node, &format!("{}/w/api.php", wiki.base())).await.is(422).shows("This wiki is connected already");
        assert_eq!(node.number("select count(*) from wikis", &[]).await, 1);
        node.browser("ines").get("/admin/wikis").await.is_ok().shows("Tea Wiki");
    }

    /// A page need not say where programs are answered.
    async fn a_wiki_whose_pages_say_nothing_is_found_in_the_usual_places(s: Stoa) {
        let (wiki, node) = joined(s).await;
        wiki.state().has_edit_uri = false;
        wiki.state().server = "http://tea.example".into();
        connect(&node, &wiki.base()).await.is_ok().shows("Tea Wiki");
        // It is asked where it was found, whatever it calls itself; and whose accounts it has is not for it to say.
        let site = node.site().await;
        let found = site.wiki("wiki").expect("it is joined");
        assert_eq!((found.rest.clone(), found.issuer.clone()), (format!("{}/w/rest.php", wiki.base()), wiki.base()));
        assert_eq!(found.page("Tea"), "http://tea.example/wiki/Tea");
    }

    /// Each mistake has its own words, and what was typed stays.
    async fn what_is_no_wiki_is_told_apart(s: Stoa) {
        let (wiki, node) = joined(s).await;
        for (typed, words) in [
            ("", "not the address of a web page"),
            ("ftp://wiki.example/", "not the address of a web page"),
            ("https://wiki.example/wiki/Tea", "cannot be asked from here"),
            ("http://169.254.169.254/", "cannot be asked from here"),
        ] {
            let page = connect(&node, typed).await;
            page.is(422).shows(words);
            assert_eq!(page.form("/admin/wikis/new").value("address"), Some(typed));
        }
        wiki.state().is_private = true;
        connect(&node, &wiki.base()).await.is(422).shows("answers only those who are logged in there");
        wiki.state().is_private = false;
        wiki.state().generator = "Other software".into();
        connect(&node, &wiki.base()).await.is(422).shows("not from a MediaWiki");
        wiki.state().is_down = true;
        connect(&node, &wiki.base()).await.is(422).shows("does not answer");
        assert_eq!(node.number("select count(*) from wikis", &[]).await, 0);
    }

    /// The wiki's secret is on the page that made it, and nowhere else afterwards: not on a page, not in the store.
    async fn the_wikis_secret_is_shown_once(s: Stoa) {
        let (wiki, node) = joined(s).await;
        let page = connect(&node, &wiki.base()).await;
        let lines = snippet(&page);
        let seed = setting(&lines, "$wgStoaSigningKey");
        assert_eq!(page.header("cache-control"), "private, no-store");
        let later = node.browser("ines").get("/admin/wikis/wiki").await;
        later.is_ok().lacks(&seed).shows("$wgStoaSigningKey");
        let kept = node.text("select sign_key || wiki_key from wikis", &[]).await;
        assert!(!kept.contains(&seed));
        // What the wiki signs with it is known as the wiki's.
        let site = node.site().await;
        let found = site.wiki("wiki").expect("it is joined");
        let signed = keys::sign(&seed, "m1", 7, b"{}").expect("a signature");
        assert!(found.has_signed("m1", 7, b"{}", &signed, node.now()));
        // And what the site signs fits the key in the settings.
        let secrets = node.app.db.read(|tx| queries::secrets(tx, found.id)).await.expect("its secrets");
        let ours = secrets.signatures("m2", 8, b"[]", node.now()).expect("a signature");
        assert!(keys::fits(&setting(&lines, "$wgStoaWebhookPublicKeys"), "m2", 8, b"[]", &ours));
    }

    /// While a key is replaced both count, so that nothing is lost; a day later only the new one does.
    async fn keys_change_without_a_gap(s: Stoa) {
        let (wiki, node) = joined(s).await;
        let before = snippet(&connect(&node, &wiki.base()).await);
        // Pressed twice, the keys that the wiki has still count.
        node.browser("ines").get("/admin/wikis/wiki").await.form("/keys").submit().await.is_ok();
        let page = node.browser("ines").get("/admin/wikis/wiki").await.form("/keys").submit().await;
        page.is_ok().shows("There are new keys").shows("The keys before the newest ones count until");
        let after = snippet(&page);
        let (old, new) = (setting(&before, "$wgStoaSigningKey"), setting(&after, "$wgStoaSigningKey"));
        assert_ne!(old, new);
        for (waited, old_counts) in [(0, true), (2 * DAY, false)] {
            node.wait(waited);
            let (site, now) = (node.site().await, node.now());
            let found = site.wiki("wiki").expect("it is joined");
            let signed = |seed: &str| keys::sign(seed, "m", 1, b"x").expect("a signature");
            assert!(found.has_signed("m", 1, b"x", &signed(&new), now));
            assert_eq!(found.has_signed("m", 1, b"x", &signed(&old), now), old_counts);
            let secrets = node.app.db.read(|tx| queries::secrets(tx, found.id)).await.expect("its secrets");
            let ours = secrets.signatures("m", 1, b"x", now).expect("signatures");
            let fits = |snippet: &str| keys::fits(&setting(snippet, "$wgStoaWebhookPublicKeys"), "m", 1, b"x", &ours);
            assert!(fits(&after), "whoever has the new settings understands");
            assert_eq!(fits(&before), old_counts, "and whoever has the old ones, for a day");
        }
    }

    /// The test button says in plain words what is wrong, one thing after the other.
    async fn the_test_says_what_is_wrong(s: Stoa) {
        let (wiki, node) = joined(s).await;
        let lines = snippet(&connect(&node, &wiki.base()).await);
        check(&node).await.is_ok().shows("The wiki answers (MediaWiki 1.43.9)").shows("not registered for log-in there yet").shows("Stoa is not installed");
        let good = about(&lines, node.now());
        let wrong = |key: &str, value: serde_json::Value| {
            let mut about = good.clone();
            about[key] = value;
            wiki.state().about = Some(about);
        };
        wrong("wiki", json!("coffee"));
        check(&node).await.shows("calls itself coffee").lacks("joined to this site");
        wrong("site", json!("https://elsewhere.example"));
        check(&node).await.shows("set up for another site").shows("http://localhost");
        wrong("keys", json!(["AAAAAAAA"]));
        check(&node).await.shows("knows none of the keys");
        wrong("time", json!(node.now() / 1_000_000 + 400));
        check(&node).await.shows("400 seconds apart");
        wrong("echo", json!(false));
        check(&node).await.shows("does not have the extension Echo").shows("joined to this site");
        wrong("extension", json!(null));
        check(&node).await.shows("could not be understood");
        wrong("echo", json!(true));
        check(&node).await.shows("The extension Stoa 1.0 is installed and joined to this site.");
        wiki.state().is_read_only = true;
        check(&node).await.shows("read-only at the moment");
        wiki.state().generator = "MediaWiki 1.39.17".into();
        check(&node).await.shows("needs MediaWiki 1.43 or newer").lacks("joined to this site");
        wiki.state().is_down = true;
        check(&node).await.is_ok().shows("does not answer");
    }

    /// The key and secret of log-in are tried without anybody logging in.
    async fn the_test_tries_the_key_for_log_in(s: Stoa) {
        let (wiki, node) = joined(s).await;
        connect(&node, &wiki.base()).await.is_ok();
        let page = node.browser("ines").get("/admin/wikis/wiki").await;
        let form = page.form("/admin/wikis/wiki/login");
        form.clone().add("login", "1").submit().await.is(422).shows("needs the key").shows("needs the secret");
        let page = form.fill("client", "client-1").fill("secret", "secret-1").add("login", "1").submit().await;
        page.is_ok().lacks("secret-1").shows("The wiki’s settings are saved.");
        let callback = "http://localhost/login/wiki/wiki/callback";
        check(&node).await.shows("does not take the site’s key and secret");
        wiki.register("client-1", "secret-1", "http://localhost/elsewhere");
        check(&node).await.shows("does not take the site’s key and secret").shows(callback);
        wiki.register("client-1", "secret-1", callback);
        check(&node).await.shows("The wiki knows the site for log-in.").lacks("secret-1");
        wiki.state().has_oauth = false;
        check(&node).await.shows("does not have the extension OAuth");
        // Left empty, the secret stays.
        let page = node.browser("ines").get("/admin/wikis/wiki").await;
        page.form("/admin/wikis/wiki/login").fill("client", "client-2").submit().await.is_ok();
        assert_eq!(node.text("select oauth_client || ' ' || oauth_secret from wikis", &[]).await, "client-2 secret-1");
    }

    /// Once a day each wiki is asked what it is like; one that is away loses nothing.
    async fn wikis_are_asked_once_a_day(s: Stoa) {
        let (wiki, node) = joined(s).await;
        connect(&node, &wiki.base()).await.is_ok();
        assert_eq!(refresh::round(&node.app).await.expect("a round"), 0, "it was asked a moment ago");
        wiki.state().interwiki.push(("de".into(), "https://de.tea.example/wiki/$1".into()));
        wiki.state().generator = "MediaWiki 1.44.0".into();
        node.wait(DAY);
        assert_eq!(refresh::round(&node.app).await.expect("a round"), 1);
        assert_eq!(node.site().await.wiki("wiki").expect("it is joined").generator, "MediaWiki 1.44.0");
        wiki.state().is_down = true;
        node.wait(DAY);
        assert_eq!(refresh::round(&node.app).await.expect("a round"), 1);
        assert_eq!(refresh::round(&node.app).await.expect("a round"), 0, "it is left alone for an hour");
        let data = node.app.db.read(|tx| queries::data(tx, 1)).await.expect("what it said");
        assert!(data.interwiki.iter().any(|p| p.prefix == "de"), "what is known stays");
        node.browser("ines").get("/admin/wikis/wiki").await.form("/refresh").submit().await.is_ok().shows("does not answer");
        wiki.state().is_down = false;
        node.browser("ines").get("/admin/wikis/wiki").await.form("/refresh").submit().await.is_ok().shows("has told anew");
    }

    /// A wiki goes after it was said what goes with it; who belongs to whom is known when it comes back.
    async fn a_wiki_that_is_taken_away_can_come_back(s: Stoa) {
        let (wiki, node) = joined(s).await;
        connect(&node, &wiki.base()).await.is_ok();
        let (bo, now) = (node.user("bo").await, node.now());
        node.sql(
            "insert into wiki_accounts (wiki_id, issuer, sub, user_id, name, linked_at, refreshed_at) values (1, $1, '4', $2, 'Bo', $3, $3)",
            params![&wiki.base(), bo, now],
        )
        .await;
        let page = node.browser("ines").get("/admin/wikis/wiki/remove").await;
        page.is_ok().shows("One person here has linked an account there").shows("One person has no other way to log in");
        page.form("/remove").submit().await.is_ok().shows("no longer connected").shows("No wiki yet");
        node.browser("ines").get("/admin/wikis/wiki").await.is_not_found();
        connect(&node, &wiki.base()).await.is_ok();
        assert_eq!(node.number("select count(*) from wiki_accounts a join wikis w on w.id = a.wiki_id", &[]).await, 1);
    }

    /// Title and place are the site's own; whose accounts a wiki has is chosen from wikis that are joined.
    async fn bad_settings_of_a_wiki_come_back(s: Stoa) {
        let (wiki, node) = joined(s).await;
        connect(&node, &wiki.base()).await.is_ok();
        let page = node.browser("ines").get("/admin/wikis/wiki").await;
        let form = page.form("/admin/wikis/wiki");
        form.clone().fill("title", " ").fill("position", "x").submit().await.is(422).shows("There are 2 problems");
        let page = form.clone().fill("title", &"x".repeat(101)).submit().await;
        page.is(422);
        assert_eq!(page.form("/admin/wikis/wiki").value("title").map(str::len), Some(101));
        form.fill("title", "Das Teewiki").submit().await.is_ok().shows("Das Teewiki");
        let login = node.browser("ines").get("/admin/wikis/wiki").await.form("/admin/wikis/wiki/login");
        login.clone().fill("client", "a b").submit().await.is(422).shows("cannot be a key");
        login.add("issuer", "https://meta.wikimedia.org").submit().await.is(422).shows("choose whose accounts");
        assert_eq!(node.text("select issuer from wikis", &[]).await, wiki.base());
    }
}
