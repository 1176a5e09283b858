//! Which account here belongs to which on a wiki: linking, unlinking, several wikis, and sign-up by the wiki alone.

use mediawiki_double::{User, Wiki};
use stoa::clock::HOUR;
use stoa::db::params;
use stoa::wikis::queries;

use crate::support::Ask;
use crate::wiki_login::{ADA, There, join, there};

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
