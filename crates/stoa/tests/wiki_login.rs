//! Logging in with an account of a wiki, against a double that answers as MediaWiki's extension OAuth was recorded to.

use mediawiki_double::{User, Wiki};
use stoa::clock::{DAY, HOUR, MINUTE};
use stoa::db::params;
use stoa::wikis::queries;

use crate::support::{Ask, Browser, Page, Stoa};
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

both_engines! {
    /// A member links an account by a form of its own; the way there alone links nothing.
    async fn a_member_links_an_account(s: Stoa) {
        let there = there(s).await;
        let bo = there.node.browser("bo");
        bo.get("/settings/wikis").await.is_ok().shows("Link your Tea Wiki account");
        let page = there.log_in(&bo, ADA, "/settings/wikis").await;
        page.is_ok().shows("On Tea Wiki you are Ada (WMDE). Here you are logged in as bo.");
        assert_eq!(there.links().await, 0);
        page.form("/join/wiki/leave").submit().await.is_ok().shows("Nothing was linked");
        bo.get("/join/wiki").await.is(400);
        let page = there.log_in(&bo, ADA, "/settings/wikis").await;
        let page = page.form("/join/wiki/link").submit().await;
        page.is_ok().shows("The accounts are linked").shows("700");
        assert_eq!(page.path, "/settings/wikis");
        let other = there.node.stranger();
        there.log_in(&other, ADA, "/").await.is_ok();
        other.get("/u/bo").await.is_ok();
        assert_eq!(there.people().await, 2, "ines and bo");
        // Sent again from a page that stayed open, it does nothing.
        bo.post("/join/wiki/link", &[]).await.is(400);
    }

    /// Whoever has an account here finds the way from the page for new ones.
    async fn an_old_account_is_linked_after_logging_in(s: Stoa) {
        let there = there(s).await;
        let bo = there.node.user("bo").await;
        let hash = there.node.app.passwords.hash("correct horse").await.expect("a hash");
        let sql = "insert into identities (user_id, kind, secret, changed_at) values ($1, 'password', $2, 0)";
        there.node.sql(sql, params![bo, &hash]).await;
        let browser = there.node.stranger();
        let page = there.log_in(&browser, ADA, "/latest").await;
        assert!(page.links().contains(&"/login?back=/join/wiki".to_owned()));
        let page = browser.get("/login?back=/join/wiki").await;
        let page = page.form("/login").fill("name", "bo").fill("password", "correct horse").submit().await;
        page.is_ok().shows("Link your accounts?");
        page.form("/join/wiki/link").submit().await.is_ok();
        assert_eq!(there.node.number("select user_id from wiki_accounts", &[]).await, bo);
    }

    /// An account of a wiki belongs to one account here, and one here has one of each wiki.
    async fn an_account_belongs_to_one(s: Stoa) {
        let there = there(s).await;
        there.sign_up(ADA).await;
        let bo = there.node.browser("bo");
        there.log_in(&bo, ADA, "/").await.is(409).shows("belongs to another account here");
        bo.get("/u/bo").await.is_ok();
        there.wiki.add(User::new(5, "Bo there"));
        there.log_in(&bo, 5, "/").await.form("/join/wiki/link").submit().await.is_ok();
        there.wiki.add(User::new(6, "Second"));
        let page = there.log_in(&bo, 6, "/").await;
        page.is_ok().shows("is linked to Bo there on Tea Wiki");
        assert!(!page.has_form("/join/wiki/link"));
        bo.post("/join/wiki/link", &[]).await.is(409);
        assert_eq!(there.links().await, 2);
    }

    /// The last way in stays until there is another.
    async fn the_last_way_in_stays(s: Stoa) {
        let there = there(s).await;
        let ada = there.sign_up(ADA).await;
        let page = ada.get("/settings/wikis").await.form("/unlink").submit().await;
        page.is(409).shows("This is your only way to log in here. Set a password first");
        assert_eq!(there.links().await, 1);
        let page = ada.get("/settings/password").await;
        page.is_ok().shows("have no password");
        assert_eq!(page.form("/settings/password").value("old"), None);
        page.form("/settings/password").fill("password", "correct horse staple").submit().await.is_ok().shows("password");
        ada.get("/settings/wikis").await.form("/unlink").submit().await.is_ok().shows("The link is gone");
        assert_eq!(there.links().await, 0);
        let browser = there.node.stranger();
        let form = browser.get("/login").await.form("/login").fill("name", "Ada (WMDE)");
        form.fill("password", "correct horse staple").submit().await.is_ok();
        browser.get("/settings").await.is_ok();
    }

    /// What asks for a password asks those who have none to log in once more.
    async fn without_a_password_a_fresh_log_in_proves_it(s: Stoa) {
        let there = there(s).await;
        let ada = there.sign_up(ADA).await;
        there.node.wait(HOUR);
        for path in ["/settings/password", "/settings/email"] {
            let page = ada.get(path).await;
            page.is_ok().shows("please log in with your wiki account once more").shows("Log in with your Tea Wiki account");
            assert!(!page.has_form(path));
        }
        ada.post("/settings/password", &[("password", "correct horse staple")]).await.is(422);
        ada.post("/settings/email", &[("email", "ada@example.org")]).await.is(422);
        assert_eq!(there.node.number("select count(*) from identities", &[]).await, 0);
        let page = there.log_in(&ada, ADA, "/settings/email").await;
        page.is_ok();
        assert_eq!(page.path, "/settings/email");
        page.form("/settings/email").fill("email", "ada@example.org").submit().await.is_ok();
        assert_eq!(there.node.number("select count(*) from one_time_links where address = 'ada@example.org'", &[]).await, 1);
        // Whoever has a password is asked for it, linked or not.
        ada.get("/settings/password").await.form("/settings/password").fill("password", "correct horse staple").submit().await.is_ok();
        let page = ada.get("/settings/email").await;
        page.form("/settings/email").fill("email", "b@example.org").submit().await.is(422);
    }

    /// A site may take new members by the wiki alone, or none at all.
    async fn sign_up_can_be_by_the_wiki_alone(s: Stoa) {
        let there = there(s).await;
        let set = async |value: &str| {
            let form = there.node.browser("ines").get("/admin/settings").await.form("/admin/settings");
            form.fill("sign-up", value).submit().await.is_ok();
        };
        set("wiki").await;
        let stranger = there.node.stranger();
        let page = stranger.get("/signup").await;
        page.is_ok().shows("Here one signs up with a wiki account").shows("Log in with your Tea Wiki account");
        assert!(!page.has_form("/signup"));
        let fields = [("name", "Eve"), ("email", "eve@example.org"), ("password", "correct horse staple")];
        stranger.post("/signup", &fields).await.is(403);
        stranger.get("/login").await.shows("Log in with your wiki account, and you can make an account here.");
        there.node.browser("ines").get("/admin").await.shows("New members sign up with a wiki account.");
        there.sign_up(ADA).await;
        set("closed").await;
        there.wiki.add(User::new(5, "Bo there"));
        let browser = there.node.stranger();
        let page = there.log_in(&browser, 5, "/").await;
        page.is_ok().shows("takes no new members");
        assert!(!page.has_form("/join/wiki"));
        browser.post("/join/wiki", &[("name", "Bo there"), ("email", "")]).await.is(403);
        assert_eq!(there.people().await, 2, "ines and Ada");
        // Who has an account already still comes in.
        there.log_in(&there.node.stranger(), ADA, "/").await.is_ok();
    }

    /// Several wikis, each with its own accounts; and two that share theirs are one way in.
    async fn several_wikis_are_several_ways_in(s: Stoa) {
        let there = there(s).await;
        let second = Wiki::start().await;
        second.state().title = "Coffee Wiki".into();
        second.add(User::new(ADA, "Somebody else"));
        let mut config = there.node.config.clone();
        config.fetch_from = vec![there.wiki.at, second.at];
        let node = there.node.second_node_with(config).await;
        node.admin("ines").await;
        join(&node, &second, "wiki-2").await;
        let tea = There { node, ..there };
        let coffee = There { wiki: second, node: tea.node.second_node_with(tea.node.config.clone()).await, name: "wiki-2".into() };
        let ada = tea.sign_up(ADA).await;
        // The same number on another wiki is somebody else.
        let page = coffee.log_in(&coffee.node.stranger(), ADA, "/").await;
        page.is_ok().shows("Welcome, Somebody else");
        let page = coffee.log_in(&ada, ADA, "/").await;
        page.form("/join/wiki-2/link").submit().await.is_ok();
        let page = ada.get("/settings/wikis").await;
        page.shows("Tea Wiki").shows("Coffee Wiki").shows("Somebody else");
        // With two ways in, one may go.
        page.form("/wikis/wiki/unlink").submit().await.is_ok().shows("The link is gone");
        coffee.log_in(&coffee.node.stranger(), ADA, "/new").await.is_ok();
        // A third address that shares the accounts of the second is another door to the same account.
        coffee.node.sql("update wikis set issuer = (select issuer from wikis where name = 'wiki-2') where name = 'wiki'", &[]).await;
        let page = tea.log_in(&tea.node.stranger(), ADA, "/new").await;
        page.is_ok();
        assert_eq!(page.path, "/new");
        ada.get("/settings/wikis").await.shows("Tea Wiki · Coffee Wiki");
    }

    /// A wiki without log-in is no way in.
    async fn a_wiki_without_log_in_is_no_door(s: Stoa) {
        let there = there(s).await;
        there.node.sql("update wikis set login = 0", &[]).await;
        let browser = there.node.stranger();
        for path in ["/login/wiki/wiki", "/login/wiki/wiki/callback?code=1&state=1", "/join/wiki", "/login/wiki/nothing"] {
            browser.get(path).await.is_not_found();
        }
        browser.get("/login").await.is_ok().lacks("Tea Wiki");
        let secrets = there.node.app.db.read(|tx| queries::secrets(tx, 1)).await.expect("its secrets");
        assert_eq!(secrets.oauth_secret, "secret-1", "it can be switched on again");
    }

    /// A refusal keeps its key out of every page and every header.
    async fn secrets_stay_with_the_site(s: Stoa) {
        let there = there(s).await;
        let browser = there.node.stranger();
        let page = browser.ask(Ask::get("/login/wiki/wiki")).await;
        let location = page.location().expect("it leads to the wiki");
        assert!(location.contains("code_challenge_method=S256") && !location.contains("secret-1"), "{location}");
        let cookie = browser.cookie("stoa-wiki").expect("a cookie");
        assert!(!location.contains(cookie.split('.').next().expect("a secret")), "what binds the browser does not leave it");
    }
}
