//! Signing up, logging in, passwords, one-time links, profiles.

use stoa::accounts::{NewAccount, create, links, reset, roles, setup};
use stoa::clock::{DAY, HOUR, MINUTE};
use stoa::db::params;
use stoa::sessions::tidy;
use stoa::web::Error;

use crate::support::{Ask, Browser, Page, Stoa};

const PASSWORD: &str = "tea and cake";

/// Signs somebody up in a browser of their own.
async fn sign_up(s: &Stoa, name: &str, email: &str) -> (Browser, Page) {
    let browser = s.stranger();
    let form = browser.get("/signup").await.form("/signup");
    let page = form.fill("name", name).fill("email", email).fill("password", PASSWORD).submit().await;
    (browser, page)
}

async fn log_in(browser: &Browser, name: &str, password: &str) -> Page {
    let form = browser.get("/login?back=/settings").await.form("/login");
    form.fill("name", name).fill("password", password).send().await
}

/// The newest link of a kind in the outbox, as a path.
async fn link(s: &Stoa, kind: &str) -> String {
    let bodies = s
        .app
        .db
        .read(|tx| tx.all::<String>("select body from outbox order by id desc", &[]))
        .await
        .expect("the outbox can be read");
    let found = bodies.iter().find_map(|body| body.lines().find(|line| line.contains(kind)));
    let line = found.unwrap_or_else(|| panic!("no {kind} in {bodies:?}"));
    line[line.find(kind).expect("just found")..].trim().to_owned()
}

async fn mails(s: &Stoa) -> i64 {
    s.number("select count(*) from outbox", &[]).await
}

/// Asks for a link and waits for it, since it is made beside the answer.
async fn ask_for_reset(s: &Stoa, name: &str) -> String {
    let before = mails(s).await;
    let page = s.stranger().get("/reset").await.form("/reset").fill("name", name).submit().await;
    page.is_ok();
    for _ in 0..200 {
        if mails(s).await > before {
            return link(s, "/reset/").await;
        }
        tokio::time::sleep(std::time::Duration::from_millis(10)).await;
    }
    panic!("no link was made for {name}");
}

async fn confirm(s: &Stoa, browser: &Browser) {
    let path = link(s, "/confirm/").await;
    browser.get(&path).await.is_ok().form(&path).submit().await.is_ok();
}

both_engines! {
    /// The whole way in and out and in again.
    async fn somebody_signs_up_and_comes_back(s: Stoa) {
        let (ada, page) = sign_up(s, "Ada Lovelace", "ada@example.org").await;
        page.is_ok().shows("Welcome! You are logged in.");
        ada.get("/settings").await.shows("Display name");
        let token = ada.cookie("stoa").expect("a session");
        ada.get("/settings").await.form("/logout").submit().await.shows("You are logged out.");
        assert_eq!(ada.cookie("stoa"), None);
        ada.keep("stoa", &token);
        assert_eq!(ada.peek("/settings").await.location().as_deref(), Some("/login?back=%2Fsettings"), "it ended");
        let page = log_in(&ada, "ada_LOVELACE", PASSWORD).await;
        assert_eq!(page.location().as_deref(), Some("/settings"), "back where one wanted to go");
        assert_ne!(ada.cookie("stoa").as_deref(), Some(token.as_str()), "a new session has a new id");
        ada.get("/settings").await.shows("Display name");
    }

    /// A taken address says nothing, and its owner is told.
    async fn a_taken_address_looks_like_a_free_one(s: Stoa) {
        let (ada, first) = sign_up(s, "Ada", "ada@example.org").await;
        confirm(s, &ada).await;
        let (_, second) = sign_up(s, "Bo", "Ada@Example.org").await;
        let told = |page: &Page| page.words().replace("Ada", "").replace("Bo", "").replace(" A ", " ").replace(" B ", " ");
        assert_eq!(told(&first), told(&second));
        let newest = s.text("select subject || body from outbox order by id desc limit 1", &[]).await;
        assert!(newest.contains("somebody named your mail address") && newest.contains("/reset"), "{newest}");
        assert!(!newest.contains("Bo") && !newest.contains("/confirm/"), "{newest}");
        let owners = s.number("select count(*) from emails where folded = 'ada@example.org'", &[]).await;
        assert_eq!(owners, 1);
    }

    /// A form sent twice logs in; it does not say that the name is taken.
    async fn a_double_click_signs_up_once(s: Stoa) {
        let browser = s.stranger();
        let form = browser.get("/signup").await.form("/signup");
        let form = form.fill("name", "Ada").fill("email", "ada@example.org").fill("password", PASSWORD);
        let visit = browser.cookie("stoa-visit").expect("a visit");
        form.clone().send().await.is(303);
        let other = s.stranger();
        other.keep("stoa-visit", &visit);
        let again = Ask::post("/signup", &form.fields.iter().map(|(k, v)| (k.as_str(), v.as_str())).collect::<Vec<_>>());
        other.ask(again).await.is(303);
        assert_eq!(s.number("select count(*) from users", &[]).await, 1);
    }

    /// Names that look like somebody else's, and everything else that is wrong, keep what was typed.
    async fn what_is_wrong_is_said_beside_the_field(s: Stoa) {
        s.user("paypa").await;
        let browser = s.stranger();
        let form = browser.get("/signup").await.form("/signup");
        let page = form.fill("name", "раура").fill("email", "a@example.org").fill("password", PASSWORD).send().await;
        page.is(422).shows("This name is taken, or looks too much like one that is.");
        assert_eq!(page.form("/signup").value("name"), Some("раура"));
        let page = page.form("/signup").fill("name", "a<b").fill("email", "nobody").fill("password", "short").send().await;
        page.is(422).shows("There are 3 problems").shows("does not look like a mail address").shows("at least 10");
        page.lacks("value=\"short\"");
    }

    /// A new password by a mailed link: once, for an hour, and every session ends.
    async fn a_reset_link_works_once_for_an_hour(s: Stoa) {
        let (ada, _) = sign_up(s, "Ada", "ada@example.org").await;
        confirm(s, &ada).await;
        let path = ask_for_reset(s, "ada@example.org").await;
        let other = s.stranger();
        other.get(&path).await.is_ok();
        other.get(&path).await.is_ok().shows("Ada");
        let form = other.get(&path).await.form(&path).fill("password", "a new one, longer");
        form.clone().submit().await.shows("Your new password is saved");
        form.send().await.is(410);
        assert!(ada.peek("/settings").await.location().is_some(), "the old session ended");
        log_in(&s.stranger(), "Ada", PASSWORD).await.is(422);
        log_in(&s.stranger(), "Ada", "a new one, longer").await.is(303);
        let late = ask_for_reset(s, "Ada").await;
        s.wait(61 * MINUTE);
        s.stranger().get(&late).await.is(410).is_refused("link-used");
    }

    /// Of fifty who redeem one link at once, one wins.
    async fn one_of_fifty_redeems(s: Stoa) {
        let user = s.user("Ada").await;
        let now = s.now();
        let token = s.app.db.write(move |tx| links::make(tx, links::Purpose::Reset, user, "", now)).await.expect("a link");
        let tries = (0..50).map(|_| {
            let (app, token) = (s.app.clone(), token.clone());
            tokio::spawn(async move { app.db.write(move |tx| links::redeem(tx, links::Purpose::Reset, &token, now)).await.is_ok() })
        });
        let mut won = 0;
        for one in tries.collect::<Vec<_>>() {
            won += i32::from(one.await.expect("no panic"));
        }
        assert_eq!(won, 1);
    }

    /// A link is for one purpose, and for the address it was sent to.
    async fn a_link_is_bound(s: Stoa) {
        let (ada, _) = sign_up(s, "Ada", "ada@example.org").await;
        let confirmation = link(s, "/confirm/").await;
        s.stranger().get(confirmation.replace("/confirm/", "/reset/")).await.is(410);
        confirm(s, &ada).await;
        let old = ask_for_reset(s, "Ada").await;
        let form = ada.get("/settings/email").await.form("/settings/email");
        form.fill("email", "new@example.org").fill("password", PASSWORD).submit().await.is_ok();
        confirm(s, &ada).await;
        s.stranger().get(&old).await.is(410);
        ada.get("/settings/email").await.shows("new@example.org").lacks("ada@example.org");
        log_in(&s.stranger(), "ada@example.org", PASSWORD).await.is(422);
        log_in(&s.stranger(), "NEW@example.org", PASSWORD).await.is(303);
    }

    /// Administrators see who waits for a link, and no address.
    async fn without_mail_an_administrator_hands_the_link_over(s: Stoa) {
        let (ada, _) = sign_up(s, "Ada", "ada@example.org").await;
        confirm(s, &ada).await;
        let path = ask_for_reset(s, "Ada").await;
        let now = s.now();
        let pending = s.app.db.read(|tx| reset::pending(tx, now)).await.expect("a list");
        assert_eq!(pending.iter().map(|p| (p.name.as_str(), p.path.as_str())).collect::<Vec<_>>(), [("Ada", path.as_str())]);
        let user = pending[0].user_id;
        let made = s.app.db.write(move |tx| reset::link_for(tx, user, now)).await.expect("a link");
        s.stranger().get(&made).await.is_ok();
    }

    /// Setting up happens once, by whoever has the key.
    async fn a_site_is_set_up_once(s: Stoa) {
        setup::announce(&s.app).await.expect("a key");
        let key = s.app.set_up_key.lock().expect("no panic").clone().expect("a key");
        let browser = s.stranger();
        assert_eq!(browser.peek("/latest").await.location().as_deref(), Some("/setup"));
        browser.get("/latest").await.is_ok().shows("This site is not set up yet");
        browser.get("/setup?key=wrong").await.is(403);
        let form = browser.get(format!("/setup?key={key}")).await.form("/setup");
        let form = form.fill("site_name", "Piazza").fill("name", "Ada").fill("email", "ada@example.org");
        form.clone().fill("password", "short").send().await.is(422);
        form.fill("password", PASSWORD).submit().await.is_ok().shows("Piazza");
        browser.get("/settings").await.shows("Administration");
        assert_eq!(s.number("select count(*) from categories where id > 0", &[]).await, 5);
        assert_eq!(s.number("select count(*) from pages", &[]).await, 4);
        s.stranger().get(format!("/setup?key={key}")).await.is(409).is_refused("already-set-up");
        let fields = [("key", key.as_str()), ("site_name", "Mine"), ("name", "Eve"), ("password", PASSWORD)];
        s.stranger().post("/setup", &fields).await.is(409);
    }

    /// What a role may do changes with a new session.
    async fn roles_come_with_a_log_in(s: Stoa) {
        let (ada, _) = sign_up(s, "Ada", "ada@example.org").await;
        let user = s.number("select id from users where name = 'Ada'", &[]).await;
        let now = s.now();
        let give = move |tx: &stoa::db::Tx| roles::grant(tx, user, stoa::site::MODERATORS, now);
        assert!(s.app.db.write(give).await.expect("granted"));
        assert!(!s.app.db.write(give).await.expect("granted again"), "twice changes nothing");
        assert!(ada.peek("/settings").await.location().is_some());
        assert_eq!(s.number("select user_count from groups where id = 2", &[]).await, 1);
        assert!(s.app.db.write(move |tx| roles::revoke(tx, user, stoa::site::MODERATORS)).await.expect("revoked"));
        assert_eq!(s.number("select user_count from groups where id = 2", &[]).await, 0);
    }

    /// Taken names and addresses are told apart from faults.
    async fn an_account_is_made_once(s: Stoa) {
        let new = |name: &str, email: &str| NewAccount {
            name: name.into(), email: Some(email.into()), lang: "en".into(), at: s.now(), ..NewAccount::default()
        };
        for (account, fine) in [
            (new("Ada", "ada@example.org"), true),
            (new("ADA", "other@example.org"), false),
            (new("Bo", "ADA@example.org"), false),
            (new("Bo", "bo@example.org"), true),
        ] {
            let made = s.app.db.write(move |tx| create(tx, &account)).await;
            assert!(if fine { made.is_ok() } else { matches!(made, Err(Error::Taken(_))) }, "{made:?}");
        }
        assert_eq!(s.number("select count(*) from users", &[]).await, 2);
    }

    /// What has had its time goes.
    async fn old_things_go(s: Stoa) {
        let (_, _) = sign_up(s, "Ada", "ada@example.org").await;
        let user = s.number("select id from users", &[]).await;
        let now = s.now();
        let fill = move |tx: &stoa::db::Tx| {
            links::make(tx, links::Purpose::Reset, user, "", now)?;
            tx.exec("insert into done_once (user_id, key, result, created_at) values ($1, 'k', '/', $2)", params![user, now])
        };
        s.app.db.write(fill).await.expect("rows");
        let count = async || {
            let mut all = Vec::new();
            for table in ["sessions", "one_time_links", "done_once", "outbox"] {
                all.push(s.number(&format!("select count(*) from {table}"), &[]).await);
            }
            all
        };
        assert_eq!(count().await, [1, 2, 1, 1]);
        for (after, left) in [(HOUR, [1, 2, 1, 1]), (3 * HOUR, [1, 1, 1, 1]), (2 * DAY, [1, 1, 0, 1]), (61 * DAY, [0, 0, 0, 0])] {
            let then = now + after;
            s.app.db.write(move |tx| tidy::once(tx, then)).await.expect("tidied");
            assert_eq!(count().await, left, "after {after}");
        }
    }
}

stories! {
    /// Wrong passwords and missing accounts get one answer, and only so many tries.
    async fn guessing_ends_and_the_owner_still_gets_in(s: Stoa) {
        let (ada, _) = sign_up(s, "Ada", "ada@example.org").await;
        ada.get("/settings").await.form("/logout").submit().await;
        let stranger = s.stranger();
        let wrong = log_in(&stranger, "Ada", "not this one").await;
        let nobody = log_in(&stranger, "Nobody", "not this one").await;
        assert_eq!((wrong.status, nobody.status), (422, 422));
        assert_eq!(wrong.words().replace("Ada", ""), nobody.words().replace("Nobody", ""));
        let mut refused = 0;
        for _ in 0..20 {
            refused += i32::from(log_in(&stranger, "Ada", "not this one").await.status == 429);
        }
        assert!(refused >= 14, "{refused} of 20 were refused");
        log_in(&stranger, "Ada", PASSWORD).await.is(429).is_refused("too-many-tries");
        log_in(&ada, "Ada", PASSWORD).await.is(303);
    }

    /// A session id that somebody was given does not become one that is logged in.
    async fn a_fixed_session_is_useless(s: Stoa) {
        sign_up(s, "Ada", "ada@example.org").await;
        let victim = s.stranger();
        victim.keep("stoa", "fixed-by-somebody-else");
        log_in(&victim, "Ada", PASSWORD).await.is(303);
        assert_ne!(victim.cookie("stoa").as_deref(), Some("fixed-by-somebody-else"));
        let thief = s.stranger();
        thief.keep("stoa", "fixed-by-somebody-else");
        assert!(thief.peek("/settings").await.location().is_some());
    }

    async fn suspended_people_are_told_until_when(s: Stoa) {
        sign_up(s, "Ada", "ada@example.org").await;
        s.suspend("Ada", s.now() + 10 * DAY).await;
        log_in(&s.stranger(), "Ada", "not this one").await.is(422);
        log_in(&s.stranger(), "Ada", PASSWORD).await.is(403).is_refused("suspended");
        s.wait(11 * DAY);
        log_in(&s.stranger(), "Ada", PASSWORD).await.is(303);
    }

    /// Sessions are listed by device and can be ended; the network address and the browser's own words are not kept.
    async fn sessions_are_listed_and_ended(s: Stoa) {
        let (here, _) = sign_up(s, "Ada", "ada@example.org").await;
        let there = s.stranger();
        log_in(&there, "Ada", PASSWORD).await.is(303);
        s.sql("update sessions set device = 'Firefox/Linux' where id = (select max(id) from sessions)", &[]).await;
        let page = here.get("/settings/sessions").await;
        page.shows("this one").shows("Firefox on Linux").is_ok();
        let id = s.number("select max(id) from sessions", &[]).await;
        let stranger = s.browser("Bo");
        stranger.post(format!("/settings/sessions/{id}/end"), &[]).await.is_not_found();
        page.form(&format!("/settings/sessions/{id}/end")).submit().await.shows("That session is ended.");
        assert!(there.peek("/settings").await.location().is_some());
        log_in(&there, "Ada", PASSWORD).await.is(303);
        here.get("/settings/sessions").await.form("end-others").submit().await.shows("All other sessions are ended.");
        assert!(there.peek("/settings").await.location().is_some());
        here.get("/settings").await.is_ok();
    }

    async fn a_changed_password_ends_the_other_sessions(s: Stoa) {
        let (here, _) = sign_up(s, "Ada", "ada@example.org").await;
        let there = s.stranger();
        log_in(&there, "Ada", PASSWORD).await.is(303);
        let form = here.get("/settings/password").await.form("/settings/password");
        form.clone().fill("old", "not this one").fill("password", "a new one, longer").send().await.is(422);
        form.fill("old", PASSWORD).fill("password", "a new one, longer").submit().await.is_ok().shows("Your new password");
        assert!(there.peek("/settings").await.location().is_some());
        here.get("/settings").await.is_ok();
    }

    async fn with_https_cookies_are_bound_to_the_host(s: Stoa) {
        let https = Stoa::start_with(s.engine(), |c| c.base_url = Some("https://talk.example.org".into())).await.expect("a site");
        let hash = https.app.passwords.hash(PASSWORD).await.expect("a hash");
        let new = NewAccount { name: "Ada".into(), password_hash: Some(hash), lang: "en".into(), at: https.now(), email: None };
        https.app.db.write(move |tx| create(tx, &new)).await.expect("an account");
        let browser = https.stranger();
        let token = browser.token().await;
        let ask = Ask::post("/login", &[("name", "Ada"), ("password", PASSWORD), ("csrf", &token)]);
        let page = browser.ask(ask.with("origin", "https://talk.example.org")).await;
        page.is(303);
        let set: Vec<_> = page.headers.get_all("set-cookie").iter().map(|v| v.to_str().expect("text")).collect();
        let session = set.iter().find(|c| c.starts_with("__Host-stoa=")).expect("a session cookie");
        for part in ["HttpOnly", "Secure", "SameSite=Lax", "Path=/"] {
            assert!(session.contains(part), "{session}");
        }
        assert!(!session.contains("Domain"), "{session}");
    }

    /// A profile is seen by everybody, in the words it was written in, made safe.
    async fn a_profile_is_written_and_read(s: Stoa) {
        let (ada, _) = sign_up(s, "Ada Lovelace", "ada@example.org").await;
        let form = ada.get("/settings").await.form("/settings");
        form.fill("display_name", "Countess").fill("bio", "I like **engines**<script>alert(1)</script>").submit().await.is_ok();
        let page = s.stranger().get("/u/Ada_Lovelace").await;
        page.is_ok().shows("Countess").shows("I like engines").shows("Here since").lacks("ada@example.org");
        assert!(!page.body().contains("<script>alert"), "{}", page.body());
        assert_eq!(s.stranger().peek("/u/ada%20lovelace").await.location().as_deref(), Some("/u/Ada_Lovelace"));
        s.stranger().get("/u/Nobody").await.is_not_found();
        s.sql("update users set deleted_at = 1", &[]).await;
        s.stranger().get("/u/Ada_Lovelace").await.is_not_found();
    }

    /// A person's page lists what the reader may see, and nothing else.
    async fn a_page_hides_what_one_may_not_see(s: Stoa) {
        let group = s.group("insiders").await;
        s.join("Ada", group).await;
        let secret = s.category("Backstage").for_group(group, stoa::site::Level::Create).await;
        s.topic("Open tea").by("Ada").saying("with open milk").await;
        s.topic("Closed tea").by("Ada").in_category(&secret).saying("with secret milk").await;
        let gone = s.topic("Gone tea").by("Ada").saying("with hidden milk").await;
        s.hide(&gone, 1).await;
        let stranger = s.stranger();
        stranger.get("/u/Ada").await.shows("Open tea").lacks("Closed tea").shows("2 topics");
        stranger.get("/u/Ada/posts").await.shows("with open milk").lacks("secret milk").lacks("hidden milk").shows("1 post");
        s.browser("Ada").get("/u/Ada/posts").await.shows("with secret milk").shows("Your drafts");
    }

    async fn drafts_are_listed_and_thrown_away(s: Stoa) {
        let topic = s.topic("Tea").await;
        let ada = s.browser("Ada");
        ada.get("/drafts").await.shows("No drafts");
        for (place, raw) in [("new-topic", "about cake"), (format!("reply-{}", topic.id).as_str(), "with milk"), ("reply-999", "lost")] {
            ada.post("/drafts", &[("place", place), ("raw", raw), ("version", "0")]).await.is_ok();
        }
        let page = ada.get("/drafts").await;
        page.shows("about cake").shows("Reply to:").shows("with milk").shows("Something that is no longer here");
        s.browser("Bo").get("/drafts").await.lacks("milk");
        ada.post("/drafts/discard", &[("place", "new-topic"), ("back", "/drafts")]).await.is(303);
        ada.get("/drafts").await.lacks("about cake").shows("with milk");
    }

    /// A stranger's look is in a cookie, a member's with the account.
    async fn appearance_is_remembered(s: Stoa) {
        let stranger = s.stranger();
        let page = stranger.get("/appearance?back=/latest").await;
        let form = page.form("/appearance").fill("theme", "dark").fill("text", "large").fill("width", "wide").fill("language", "en");
        assert_eq!(form.send().await.location().as_deref(), Some("/latest"));
        let page = stranger.get("/login").await;
        assert_eq!(page.dom().find(|e| e.name == "html").and_then(|e| e.attribute("class").map(str::to_owned)).as_deref(), Some("dark text-large width-wide"));
        let (ada, _) = sign_up(s, "Ada", "ada@example.org").await;
        ada.get("/appearance").await.form("/appearance").fill("theme", "light").fill("density", "compact").send().await.is(303);
        assert_eq!(s.text("select look from users where name = 'Ada'", &[]).await, "light.compact");
        let foreign = stranger.get("/appearance?back=//evil.example").await.form("/appearance");
        assert_eq!(foreign.send().await.location().as_deref(), Some("/"));
    }

    async fn a_picture_is_sent_and_removed(s: Stoa) {
        let (ada, _) = sign_up(s, "Ada", "ada@example.org").await;
        let mut png = std::io::Cursor::new(Vec::new());
        image::RgbImage::from_pixel(300, 200, image::Rgb([200, 30, 30])).write_to(&mut png, image::ImageFormat::Png).expect("a picture");
        let form = ada.get("/settings").await.form("/settings/picture");
        form.clone().file("me.png", png.get_ref()).submit().await.is_ok().shows("Your picture is saved.");
        let page = s.stranger().get("/u/Ada").await;
        let src = page.links().into_iter().find(|l| l.starts_with("/avatars/")).expect("a picture on the page");
        assert_eq!(s.stranger().get(&src).await.is_ok().header("content-type"), "image/webp");
        form.clone().file("me.svg", b"<svg xmlns='http://www.w3.org/2000/svg'/>").send().await.is(422).is_refused("not-an-image");
        form.file("big.png", &vec![0; 9 << 20]).send().await.is(413);
        ada.get("/settings").await.form("/settings/picture/remove").submit().await.shows("Your picture is removed.");
        assert!(!s.stranger().get("/u/Ada").await.links().iter().any(|l| l.starts_with("/avatars/")));
    }

    async fn a_closed_site_takes_nobody(s: Stoa) {
        s.sql("insert into settings (key, value) values ('sign-up', 'closed')", &[]).await;
        let stranger = s.stranger();
        stranger.get("/signup").await.shows("takes no new members");
        let fields = [("name", "Ada"), ("email", "ada@example.org"), ("password", PASSWORD)];
        stranger.post("/signup", &fields).await.is(403);
        assert_eq!(s.number("select count(*) from users", &[]).await, 0);
    }
}
