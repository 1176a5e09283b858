//! Private messages: for those in them and nobody else; and the staff only with a reason that everybody in them reads.

use stoa::clock::DAY;
use stoa::db::params;
use stoa::messages::look;

use crate::support::{Browser, Engine, Stoa};

async fn told(s: &Stoa) {
    let newest = async || s.app.db.read(stoa::db::changes::newest).await.expect("a place");
    // On PostgreSQL transactions of other stories hold the log back for as long as they run.
    loop {
        stoa::notifications::follow::catch_up(&s.app).await.expect("people are told");
        let at = newest().await;
        let seq: i64 = s.number("select seq from followers where name = 'notifications'", &[]).await;
        if seq >= at.seq {
            return;
        }
    }
}

/// Somebody writes to others; the page of the conversation.
async fn write(s: &Stoa, from: &Browser, to: &str, title: &str, text: &str) -> String {
    for name in to.split([',', '،']).map(|name| name.trim().trim_start_matches('@').to_lowercase()) {
        if s.number("select count(*) from groups where name = $1", params![&name]).await == 0 {
            s.user(&name).await;
        }
    }
    let page = from.get("/messages/new").await;
    let sent = page.form("messages/new").fill("to", to).fill("title", title).fill("raw", text).submit().await;
    sent.is_ok().shows("Your message is sent.").shows(text);
    sent.path.clone()
}

both_engines! {
    async fn two_people_write_to_each_other_and_nobody_else_sees_it(s: Stoa) {
        let (ada, bo) = (s.browser("ada"), s.browser("bo"));
        s.admin("root").await;
        s.moderator("ines").await;
        told(s).await;
        bo.get("/messages").await.is_ok().shows("No messages yet");
        let path = write(s, &ada, "Bo", "The harvest festival", "Will you bring the bread?").await;
        told(s).await;
        bo.get("/notifications").await.is_ok().shows("The harvest festival");
        bo.get("/messages").await.shows("The harvest festival").shows("ada");
        let page = bo.get(&path).await;
        page.is_ok().shows("Will you bring the bread?").shows("ada writes to you for the first time.").shows("Private:");
        let page = page.form("/replies").fill("raw", "Two loaves.").submit().await;
        page.is_ok().shows("Two loaves.").lacks("for the first time");
        told(s).await;
        ada.get("/notifications").await.shows("The harvest festival");
        let topic = s.number("select id from topics where kind = 2", &[]).await;
        for who in [s.stranger(), s.browser("mo"), s.browser("ines"), s.browser("root")] {
            for path in [&path, &format!("/t/{topic}/people"), &format!("{path}.atom"), &format!("/raw/{topic}"), &format!("{path}/print")] {
                let page = who.peek(path).await;
                assert!([404, 303].contains(&page.status), "{path}: {}", page.status);
                page.lacks("harvest festival").lacks("bread").lacks("loaves");
            }
            for path in ["/", "/latest", "/new?all=1", "/top", "/search?q=bread", "/u/ada", "/u/ada/posts", "/latest.atom", "/sitemap.xml", "/messages"] {
                who.get(path).await.lacks("festival").lacks("the bread");
            }
        }
        // What is said in private does not count where others see it.
        assert_eq!(s.number("select cast(sum(post_count) + sum(topic_count) as bigint) from users", &[]).await, 0);
        s.is_whole().await;
    }

    async fn wrong_recipients_are_named_and_the_text_stays(s: Stoa) {
        let (ada, bo) = (s.browser("ada"), s.browser("bo"));
        s.user("mo").await;
        let page = ada.get("/messages/new?person=nobody").await;
        page.shows("New message");
        let form = page.form("messages/new");
        assert_eq!(form.value("to"), Some("nobody"));
        let page = form.fill("title", "Hello").fill("raw", "A long text.").send().await;
        page.is(422).shows("There is nobody called “nobody” here.").shows("A long text.");
        for (to, says) in [("", "Name somebody else"), ("ada", "Name somebody else"), ("members", "nobody called “members”")] {
            page.form("messages/new").fill("to", to).send().await.is(422).shows(says).shows("A long text.");
        }
        let many: Vec<String> = (0..31).map(|n| format!("p{n}")).collect();
        page.form("messages/new").fill("to", &many.join(", ")).send().await.is(422).shows("At most 30");
        // Bo wants no messages; mo has muted ada, which she is not told.
        let settings = bo.get("/settings/following").await;
        settings.form("settings/following").drop("takes_messages").submit().await.is_ok();
        s.browser("mo").post("/u/ada/mute", &[]).await;
        for name in ["bo", "mo"] {
            page.form("messages/new").fill("to", name).send().await.is(422).shows(&format!("{name} takes no messages."));
        }
        s.moderator("ines").await;
        write(s, &s.browser("ines"), "bo, mo", "From the staff", "You can be reached.").await;
        assert_eq!(s.number("select count(*) from topics where kind = 2", &[]).await, 1);
        s.silence("ada", s.now() + DAY).await;
        page.form("messages/new").fill("to", "root").send().await.is(403);
    }

    /// A message that was begun waits, with those it is for, and is gone when it was sent.
    async fn what_was_begun_waits(s: Stoa) {
        let ada = s.browser("ada");
        s.user("bo").await;
        let draft = [("place", "new-message"), ("version", "0"), ("title", "Bread"), ("raw", "For Sunday"), ("to", "bo")];
        ada.post("/drafts", &draft).await.is_ok();
        ada.get("/drafts").await.shows("Bread");
        let page = ada.get("/messages/new").await;
        let form = page.form("messages/new");
        assert_eq!((form.value("to"), form.value("title"), form.value("raw")), (Some("bo"), Some("Bread"), Some("For Sunday")));
        form.submit().await.is_ok().shows("Your message is sent.");
        assert_eq!(ada.get("/messages/new").await.form("messages/new").value("to"), Some(""));
    }

    async fn people_come_and_go(s: Stoa) {
        let group = s.group("bakers").await;
        s.join("ada", group).await;
        s.join("cy", group).await;
        let (ada, bo, cy, mo) = (s.browser("ada"), s.browser("bo"), s.browser("cy"), s.browser("mo"));
        told(s).await;
        let path = write(s, &ada, "@bo، bakers", "Bread", "For Sunday.").await;
        cy.get("/messages").await.shows("Bread").shows("ada");
        cy.get(&path).await.is_ok().shows("For Sunday.");
        s.leave("cy", group).await;
        cy.peek(&path).await.is_not_found();
        let people = format!("/t/{}/people", s.number("select id from topics where kind = 2", &[]).await);
        mo.peek(&people).await.is_not_found();
        let page = bo.get(&people).await;
        page.is_ok().shows("bakers").form("/people").fill("to", "mo").submit().await.is_ok().shows("mo");
        told(s).await;
        mo.get("/notifications").await.shows("Bread");
        mo.get(&path).await.is_ok().shows("For Sunday.").shows("let in:");
        // Bo let mo in and may take them out again; mo may not take out bo.
        let (bo_id, mo_id) = (s.user("bo").await.to_string(), s.user("mo").await.to_string());
        mo.post(format!("{people}/remove"), &[("role", "1"), ("id", &bo_id)]).await.is(403);
        bo.post(format!("{people}/remove"), &[("role", "1"), ("id", &mo_id)]).await;
        mo.peek(&path).await.is_not_found();
        bo.get(&path).await.shows("took out:");
        let page = bo.post(people.replace("people", "leave"), &[]).await;
        bo.follow(page).await.is_ok().shows("You have left the conversation.");
        bo.peek(&path).await.is_not_found();
        ada.get(&path).await.shows("left.");
        ada.get(&path).await.form("/replies").fill("raw", "Only me now.").submit().await.is_ok();
        told(s).await;
        bo.get("/notifications").await.lacks("Only me");
    }

    async fn the_staff_look_in_with_a_reason_that_everybody_reads(s: Stoa) {
        s.admin("root").await;
        s.moderator("ines").await;
        let (ada, ines) = (s.browser("ada"), s.browser("ines"));
        s.user("bo").await;
        let path = write(s, &ada, "bo", "Threats", "Between us.").await;
        ines.peek(&path).await.is_not_found();
        s.browser("mo").peek("/admin/looks").await.is_not_found();
        let page = ines.get("/admin/looks").await;
        page.is_ok().shows("Nobody has looked into a conversation.").lacks("Threats");
        page.form("admin/looks").fill("topic", &path).send().await.is(422).shows("Say why.");
        page.form("admin/looks").fill("topic", "999999").fill("reason", "x").send().await.is(422).shows("no private conversation");
        let page = page.form("admin/looks").fill("topic", &path).fill("reason", "Bo asked for <help> in mail.").submit().await;
        page.is_ok().shows("Between us.").lacks("Your reply");
        ada.get(&path).await.shows("ines").shows("looks into this conversation for a day").shows("Bo asked for <help> in mail.");
        s.browser("root").peek(&path).await.is_not_found();
        s.browser("root").get("/admin/looks").await.shows("Bo asked for <help> in mail.").lacks("Threats");
        let topic = s.number("select id from topics where kind = 2", &[]).await;
        ines.post(format!("/t/{topic}/replies"), &[("raw", "I am one of you.")]).await.is(403);
        ines.post(format!("/t/{topic}/people"), &[("to", "root")]).await.is(403);
        s.wait(DAY + 1);
        look::end(&s.app).await.expect("looks end");
        ines.peek(&path).await.is_not_found();
        ada.get(&path).await.shows("no longer looks into this conversation.");
        assert_eq!(s.number("select count(*) from message_looks", &[]).await, 1);
    }

    async fn the_moderators_can_be_asked_in(s: Stoa) {
        s.moderator("ines").await;
        let (ada, bo, ines) = (s.browser("ada"), s.browser("bo"), s.browser("ines"));
        told(s).await;
        let path = write(s, &ada, "bo", "Buy my bread", "Cheap!").await;
        ines.peek(&path).await.is_not_found();
        let topic = s.number("select id from topics where kind = 2", &[]).await;
        let page = bo.post(format!("/t/{topic}/call-moderators"), &[]).await;
        bo.follow(page).await.is_ok().shows("The moderators can read this now");
        told(s).await;
        ines.get("/notifications").await.shows("Buy my bread");
        ines.get(&path).await.is_ok().shows("Cheap!").form("/replies").fill("raw", "Please stop.").submit().await.is_ok();
        // Twice is once.
        bo.post(format!("/t/{topic}/call-moderators"), &[]).await;
        let notices = s.number("select count(*) from posts where kind = 1 and topic_id = $1", params![topic]).await;
        assert_eq!(notices, 1);
    }
}

/// Only the subject goes out by mail, to people's own addresses.
#[tokio::test(flavor = "multi_thread")]
async fn mail_says_that_there_is_a_message_and_no_more() {
    let made = Stoa::start_with(Engine::Sqlite, |config| config.smtp = Some("smtp://127.0.0.1:9".into())).await;
    let s = &made.expect("SQLite is built in");
    let bo = s.user("bo").await;
    s.sql(
        "insert into emails (user_id, address, folded, confirmed_at) values ($1, 'bo@example.org', 'bo@example.org', 1)",
        params![bo],
    )
    .await;
    told(s).await;
    write(s, &s.browser("ada"), "bo", "The key", "It is under the stone.").await;
    told(s).await;
    s.wait(DAY);
    stoa::notifications::mail::round(&s.app).await.expect("mails are made");
    let mail = s.text("select subject || ' ' || body from outbox order by id desc limit 1", &[]).await;
    assert!(mail.contains("The key") && !mail.contains("stone"), "{mail}");
}
