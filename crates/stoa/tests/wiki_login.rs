//! Logging in with an account of a wiki, against a double that answers as MediaWiki's extension OAuth was recorded to.

use mediawiki_double::{User, Wiki};
use stoa::clock::{DAY, MINUTE};
use stoa::db::params;

use crate::support::{Browser, Page, Stoa};
use crate::wikis::connect;

pub const ADA: i64 = 4;

/// A wiki with log-in, and a node of the site that may ask it.
pub struct There {
    pub wiki: Wiki,
    pub node: Stoa,
    /// The name of the wiki here.
    pub name: String,
}

/// Joins a wiki and registers the site there, as an administrator does.
pub async fn join(node: &Stoa, wiki: &Wiki, name: &str) {
    connect(node, &wiki.base()).await.is_ok();
    wiki.register("client-1", "secret-1", &format!("http://localhost/login/wiki/{name}/callback"));
    let at = format!("/admin/wikis/{name}");
    let form = node.browser("ines").get(&at).await.form(&format!("{at}/login"));
    form.fill("client", "client-1").fill("secret", "secret-1").add("login", "1").submit().await.is_ok();
}

pub async fn there(s: &Stoa) -> There {
    let wiki = Wiki::start().await;
    let node = s.node_asking(wiki.at).await;
    node.admin("ines").await;
    join(&node, &wiki, "wiki").await;
    let mut ada = User::new(ADA, "Ada (WMDE)");
    ada.edit_count = 700;
    wiki.add(ada);
    There { wiki, node, name: "wiki".to_owned() }
}

/// A path of the site out of an address that the wiki leads to.
pub fn own(address: &str) -> String {
    address
        .strip_prefix("http://localhost")
        .unwrap_or_else(|| panic!("not an address of the site: {address}"))
        .to_owned()
}

impl There {
    /// Where the wiki is asked whether somebody may log in.
    pub async fn begin(&self, browser: &Browser, back: &str) -> String {
        let page = browser.peek(format!("/login/wiki/{}?back={back}", self.name)).await;
        page.is(303);
        page.location().expect("it leads to the wiki")
    }

    /// The address that the wiki leads back to when somebody says yes.
    pub async fn allowed(&self, browser: &Browser, user: i64, back: &str) -> String {
        let asked = self.begin(browser, back).await;
        own(&self.wiki.browser(Some(user)).allow(&asked).await)
    }

    /// The whole way; the page in the end.
    pub async fn log_in(&self, browser: &Browser, user: i64, back: &str) -> Page {
        let callback = self.allowed(browser, user, back).await;
        browser.get(&callback).await
    }

    /// A new account with the name that is offered.
    pub async fn sign_up(&self, user: i64) -> Browser {
        let browser = self.node.stranger();
        let page = self.log_in(&browser, user, "/").await;
        page.form(&format!("/join/{}", self.name)).submit().await.is_ok();
        browser
    }

    pub async fn people(&self) -> i64 {
        self.node.number("select count(*) from users", &[]).await
    }

    pub async fn links(&self) -> i64 {
        self.node.number("select count(*) from wiki_accounts", &[]).await
    }

    pub async fn sessions(&self) -> i64 {
        self.node.number("select count(*) from sessions where device <> 'A test'", &[]).await
    }

    pub async fn level(&self, name: &str) -> i64 {
        self.node.number("select trust_level from users where name = $1", params![name]).await
    }
}

both_engines! {
    /// The first log-in makes an account without a password, under the wiki's name; the next ones only lead on.
    async fn the_first_log_in_makes_an_account(s: Stoa) {
        let there = there(s).await;
        let browser = there.node.stranger();
        browser.get("/login").await.is_ok().shows("Log in with your Tea Wiki account");
        browser.get("/signup").await.is_ok().shows("Log in with your Tea Wiki account");
        let page = there.log_in(&browser, ADA, "/latest").await;
        page.is_ok().shows("Welcome, Ada (WMDE). You come from Tea Wiki");
        assert_eq!(page.path, "/join/wiki", "the code is out of the address");
        let form = page.form("/join/wiki");
        assert_eq!((form.value("name"), form.value("email"), form.value("password")), (Some("Ada (WMDE)"), Some(""), None));
        let page = form.submit().await;
        page.is_ok();
        assert_eq!(page.path, "/welcome");
        browser.get("/u/Ada_(WMDE)").await.is_ok().shows("Ada (WMDE)");
        browser.get("/settings/wikis").await.is_ok().shows("Ada (WMDE)").shows("700");
        assert_eq!(there.node.number("select count(*) from identities", &[]).await, 0);
        // A second browser, a year later.
        there.node.wait(365 * DAY);
        let second = there.node.stranger();
        let page = there.log_in(&second, ADA, "/new").await;
        page.is_ok();
        assert_eq!(page.path, "/new");
        second.get("/settings").await.is_ok();
        assert_eq!(there.links().await, 1);
    }

    /// Names in any script, with spaces and brackets, are kept as they are.
    async fn names_of_every_script_are_kept(s: Stoa) {
        let there = there(s).await;
        for (id, name) in [(10, "أمينة محمد"), (11, "山田 太郎"), (12, "Олена (WMUA)"), (13, "नीलिमा"), (14, "O’Brien-Ünal (alt.)"), (15, "Юзерbob")] {
            there.wiki.add(User::new(id, name));
            let browser = there.sign_up(id).await;
            assert_eq!(there.node.number("select count(*) from users where name = $1", params![name]).await, 1, "{name}");
            browser.get("/settings/wikis").await.is_ok().shows(name);
        }
        // What cannot be a name here is said at once, and another can be chosen.
        there.wiki.add(User::new(16, "Money$$"));
        let browser = there.node.stranger();
        let page = there.log_in(&browser, 16, "/").await;
        page.is_ok().shows("$");
        page.form("/join/wiki").submit().await.is(422);
        page.form("/join/wiki").fill("name", "Money").submit().await.is_ok();
        browser.get("/settings/wikis").await.shows("Money$$");
    }

    /// Same name, same address: still somebody else. Nobody gets into an account by being called like its owner.
    async fn nobody_is_known_by_name_or_address(s: Stoa) {
        let there = there(s).await;
        let bo = there.node.user("bo").await;
        let now = there.node.now();
        let sql = "insert into emails (user_id, address, folded, confirmed_at) values ($1, 'bo@example.org', 'bo@example.org', $2)";
        there.node.sql(sql, params![bo, now]).await;
        there.wiki.register_with("client-1", "secret-1", "http://localhost/login/wiki/wiki/callback", &["mwoauth-authonlyprivate"]);
        let mut impostor = User::new(20, "Bo");
        impostor.email = Some("bo@example.org".into());
        impostor.email_is_confirmed = true;
        there.wiki.add(impostor);
        let browser = there.node.stranger();
        let page = there.log_in(&browser, 20, "/").await;
        page.is_ok().shows("Somebody here has this name already");
        assert_eq!(page.form("/join/wiki").value("email"), Some("bo@example.org"));
        let page = page.form("/join/wiki").submit().await;
        page.is(422).shows("This name is taken");
        page.form("/join/wiki").fill("name", "Another Bo").submit().await.is_ok();
        browser.get("/settings").await.is_ok();
        assert_eq!(there.node.number("select count(*) from wiki_accounts where user_id = $1", params![bo]).await, 0);
        assert_eq!(there.node.number("select user_id from emails where folded = 'bo@example.org'", &[]).await, bo);
    }

    /// Accounts have no mail address unless the wiki tells one, and only one that it had confirmed is believed.
    async fn an_address_counts_when_the_wiki_had_it_confirmed(s: Stoa) {
        let there = there(s).await;
        there.wiki.register_with("client-1", "secret-1", "http://localhost/login/wiki/wiki/callback", &["mwoauth-authonlyprivate"]);
        for (id, confirmed) in [(30, true), (31, false)] {
            let mut user = User::new(id, &format!("Person {id}"));
            user.email = Some(format!("p{id}@example.org"));
            user.email_is_confirmed = confirmed;
            there.wiki.add(user);
            let page = there.log_in(&there.node.stranger(), id, "/").await;
            let expected = if confirmed { format!("p{id}@example.org") } else { String::new() };
            assert_eq!(page.form("/join/wiki").value("email"), Some(expected.as_str()));
        }
        let counted = "select count(*) from emails where confirmed_at is not null";
        there.sign_up(30).await;
        assert_eq!(there.node.number(counted, &[]).await, 1);
        // An address that was typed is asked about, as everywhere.
        let browser = there.node.stranger();
        let page = there.log_in(&browser, 31, "/").await;
        page.form("/join/wiki").fill("email", "not an address").submit().await.is(422);
        page.form("/join/wiki").fill("email", "p31@example.org").submit().await.is_ok();
        assert_eq!(there.node.number(counted, &[]).await, 1);
        assert_eq!(there.node.number("select count(*) from one_time_links where address = 'p31@example.org'", &[]).await, 1);
    }
}

both_engines! {
    /// Saying no brings one back without `state`: that is told, and nothing has happened.
    async fn saying_no_needs_no_state(s: Stoa) {
        let there = there(s).await;
        let browser = there.node.stranger();
        let asked = there.begin(&browser, "/latest").await;
        let callback = own(&there.wiki.browser(Some(ADA)).refuse(&asked).await);
        assert!(callback.contains("error=unauthorized_client") && !callback.contains("state="), "{callback}");
        browser.get(&callback).await.is_ok().shows("You said no on Tea Wiki").shows("Try again");
        // Also in a browser that has not even begun.
        there.node.stranger().get(&callback).await.is_ok().shows("You said no");
        assert_eq!((there.people().await, there.sessions().await), (1, 0));
        assert_eq!(there.wiki.times("/w/rest.php/oauth2/access_token"), 0);
    }

    /// A scope that the wiki does not know is an error there; the site asks for none, and tells what came back.
    async fn the_wiki_is_asked_for_no_scope(s: Stoa) {
        let there = there(s).await;
        let browser = there.node.stranger();
        let asked = there.begin(&browser, "/").await;
        assert!(!asked.contains("scope="), "{asked}");
        let callback = own(&there.wiki.browser(Some(ADA)).allow(&format!("{asked}&scope=openid")).await);
        assert!(callback.contains("error=invalid_scope"), "{callback}");
        browser.get(&callback).await.is(400).shows("does not let this site ask who you are");
        assert_eq!(there.sessions().await, 0);
    }

    /// Codes make addresses of more than a kilobyte.
    async fn long_codes_are_taken(s: Stoa) {
        let there = there(s).await;
        let browser = there.node.stranger();
        let callback = there.allowed(&browser, ADA, "/").await;
        assert!(callback.len() > 960, "{}", callback.len());
        browser.get(&callback).await.is_ok().shows("Welcome, Ada");
        // Much longer ones are refused before anything is asked.
        let asked = there.wiki.times("/w/rest.php/oauth2/access_token");
        browser.get(format!("/login/wiki/wiki/callback?code={}&state=x", "a".repeat(6001))).await.is(413);
        assert_eq!(there.wiki.times("/w/rest.php/oauth2/access_token"), asked);
    }

    /// What was not begun in this browser, for this wiki, lately, goes nowhere: the wiki is not even asked.
    async fn an_answer_without_a_question_is_refused(s: Stoa) {
        let there = there(s).await;
        let stale = async |browser: &Browser, path: &str| {
            browser.get(path).await.is(400).shows("begun too long ago, or in another browser");
        };
        let browser = there.node.stranger();
        let callback = there.allowed(&browser, ADA, "/").await;
        let (front, state) = callback.split_once("&state=").expect("a state");
        stale(&browser, front).await;
        stale(&browser, &format!("{front}&state=")).await;
        stale(&browser, &format!("{front}&state={}x", &state[..state.len() - 1])).await;
        stale(&browser, "/login/wiki/wiki/callback").await;
        // Somebody leads a stranger's browser to the end of his own way: it would be logged in as him.
        stale(&there.node.stranger(), &callback).await;
        let victim = there.node.stranger();
        there.begin(&victim, "/").await;
        stale(&victim, &callback).await;
        assert_eq!(there.wiki.times("/w/rest.php/oauth2/access_token"), 0);
        there.node.wait(31 * MINUTE);
        stale(&browser, &callback).await;
        assert_eq!((there.wiki.times("/w/rest.php/oauth2/access_token"), there.sessions().await), (0, 0));
    }

    /// A code is good once: opening the page a second time does nothing.
    async fn a_code_is_used_once(s: Stoa) {
        let there = there(s).await;
        there.sign_up(ADA).await;
        let browser = there.node.stranger();
        let callback = there.allowed(&browser, ADA, "/").await;
        let cookie = browser.cookie("stoa-wiki").expect("a cookie");
        browser.get(&callback).await.is_ok();
        browser.keep("stoa-wiki", &cookie);
        let before = there.sessions().await;
        browser.get(&callback).await.is(400).shows("is over already");
        assert_eq!(there.sessions().await, before);
        browser.get("/settings").await.is_ok();
    }

    /// Two tabs can be on their way at once.
    async fn two_tabs_do_not_disturb_each_other(s: Stoa) {
        let there = there(s).await;
        there.sign_up(ADA).await;
        let browser = there.node.stranger();
        let first = there.allowed(&browser, ADA, "/top").await;
        let second = there.allowed(&browser, ADA, "/new").await;
        let cookie = browser.cookie("stoa-wiki").expect("a cookie");
        browser.get(&second).await.is_ok();
        browser.keep("stoa-wiki", &cookie);
        browser.get(&first).await.is_ok();
        browser.get("/settings").await.is_ok();
    }

    /// Where one wanted to go is on this site.
    async fn nobody_is_led_away(s: Stoa) {
        let there = there(s).await;
        there.sign_up(ADA).await;
        for away in ["https://evil.example/", "//evil.example", "/\\evil.example", "javascript:1"] {
            let browser = there.node.stranger();
            let callback = there.allowed(&browser, ADA, away).await;
            let page = browser.peek(&callback).await;
            assert_eq!(page.location().as_deref(), Some("/"), "{away}");
        }
    }

    /// The site is not known there, its secret is wrong, the wiki is away: each is told, and nobody is logged in.
    async fn a_wiki_that_says_no_is_told(s: Stoa) {
        let there = there(s).await;
        let browser = there.node.stranger();
        let callback = there.allowed(&browser, ADA, "/").await;
        there.wiki.register("client-1", "another", "http://localhost/login/wiki/wiki/callback");
        browser.get(&callback).await.is(400).shows("does not let this site ask");
        there.wiki.state().is_down = true;
        let before = there.wiki.times("/w/rest.php/oauth2/access_token");
        browser.get(&callback).await.is(502).shows("does not answer at the moment");
        assert_eq!(there.wiki.times("/w/rest.php/oauth2/access_token"), before + 1);
        there.wiki.state().clients.clear();
        there.wiki.state().is_down = false;
        let answer = there.wiki.browser(Some(ADA)).ask("GET", &there.begin(&browser, "/").await, "").await;
        assert_eq!(answer.status, 401, "the wiki leads nowhere for a site that it does not know");
        assert_eq!(there.sessions().await, 0);
    }

    /// Whom the wiki hides is told so, politely, and no account is made.
    async fn a_hidden_account_is_refused_politely(s: Stoa) {
        let there = there(s).await;
        let mut hidden = User::new(9, "Somebody hidden");
        hidden.is_hidden = true;
        there.wiki.add(hidden);
        let browser = there.node.stranger();
        there.log_in(&browser, 9, "/").await.is(403).shows("your account there is hidden").lacks("Somebody hidden");
        assert_eq!((there.people().await, there.sessions().await), (1, 0));
        // One that was known before is not let in either.
        there.sign_up(ADA).await;
        there.wiki.change(ADA, |ada| ada.is_hidden = true);
        there.log_in(&there.node.stranger(), ADA, "/").await.is(403);
        assert_eq!(there.sessions().await, 1);
    }

    /// Suspended here is suspended, whichever way one comes.
    async fn a_suspended_member_stays_out(s: Stoa) {
        let there = there(s).await;
        there.sign_up(ADA).await;
        there.node.suspend("Ada (WMDE)", there.node.now() + 30 * DAY).await;
        there.log_in(&there.node.stranger(), ADA, "/").await.is_refused("suspended");
        assert_eq!(there.sessions().await, 1);
    }

    /// Newer wikis write the number in another form: it is somebody else's until the wiki says that it is the same.
    async fn numbers_of_newer_wikis_are_taken_as_they_are(s: Stoa) {
        let there = there(s).await;
        there.wiki.state().has_scoped_subs = true;
        there.sign_up(ADA).await;
        assert_eq!(there.node.text("select sub from wiki_accounts", &[]).await, "mw:CentralAuth:4");
        there.log_in(&there.node.stranger(), ADA, "/new").await.is_ok();
        assert_eq!(there.links().await, 1);
    }

    /// Neither code nor token nor the wiki's secrets are kept anywhere.
    async fn no_token_is_kept(s: Stoa) {
        let there = there(s).await;
        there.sign_up(ADA).await;
        let columns = "select count(*) from wiki_arrivals";
        assert_eq!(there.node.number(columns, &[]).await, 0, "who has arrived is forgotten");
        let kept = there.node.text("select name || issuer || sub || groups from wiki_accounts", &[]).await;
        assert!(kept.len() < 200, "{kept}");
    }
}
