//! Following, what is unread, and what people are told: whom, why, and by which way.

use stoa::clock::{DAY, HOUR, MINUTE};
use stoa::db::params;
use stoa::notifications::{digest, follow, mail, reminders};
use stoa::site::Level;

use crate::support::{Browser, Engine, Stoa, Topic};

/// Everybody is told what there is to tell. PostgreSQL shows the newest entries of the log only when no other story's
/// transaction that began before them still runs.
async fn tell(s: &Stoa) {
    let since = std::time::Instant::now();
    loop {
        follow::catch_up(&s.app).await.expect("people are told");
        let left = "select count(*) from changes c, followers f where f.name = 'notifications' and (c.xid, c.seq) > (f.xid, f.seq)";
        if s.number(left, &[]).await == 0 {
            return;
        }
        assert!(since.elapsed().as_secs() < 20, "the follower does not come to the end of the log");
        tokio::time::sleep(std::time::Duration::from_millis(2)).await;
    }
}

/// What stands on somebody's page of notifications.
async fn notices(browser: &Browser) -> String {
    browser.get("/notifications").await.is_ok().words()
}

async fn choose(browser: &Browser, page: &str, level: &str) {
    browser.get(page).await.form("/follow").press("level", level).await.is_ok();
}

async fn level(s: &Stoa, who: &str, topic: &Topic) -> (i64, i64) {
    let user = s.user(who).await;
    let sql = "select coalesce(max(level), -1) * 100 + coalesce(max(reason), 0) from reads where user_id = $1 and topic_id = $2";
    let both = s.number(sql, params![user, topic.id]).await;
    (both.div_euclid(100), both.rem_euclid(100))
}

both_engines! {
    async fn speaking_to_somebody_tells_them_once_and_why(s: Stoa) {
        tell(s).await;
        let topic = s.topic("Tea").by("ada").await;
        let (ada, bo) = (s.browser("ada"), s.browser("bo"));
        s.user("cleo").await;
        tell(s).await;
        let page = bo.get(topic.url()).await;
        let reply = page.form("reply").fill("raw", "[quote=\"ada, post:1, topic:1\"]\nThe first\n[/quote]\n\n@ada @cleo, with milk?");
        reply.fill("in_reply_to", "1").submit().await.is_ok();
        tell(s).await;
        tell(s).await;
        let told = notices(&ada).await;
        assert!(told.contains("bo mentioned you") && !told.contains("bo quoted you") && !told.contains("replied to you"), "{told}");
        assert!(told.contains("It speaks to you."), "{told}");
        assert!(notices(&s.browser("cleo")).await.contains("bo mentioned you"));
        assert!(!notices(&bo).await.contains("mentioned"), "nobody is told of their own post");
        assert_eq!(s.number("select count(*) from notifications", &[]).await, 2);
        // Reading the topic reads what was told of it, and takes it off the bell.
        s.app.db.read(|tx| tx.one::<i64>("select 1", &[])).await.expect("a read");
        ada.get(topic.url()).await.is_ok();
        let unread = "select count(*) from notifications n join users u on u.id = n.user_id where u.name = 'ada' and n.read_at is null";
        until(s, unread, 0).await;
    }

    async fn watching_a_topic_a_room_or_a_tag_tells_of_what_comes(s: Stoa) {
        tell(s).await;
        let room = s.category("Tea room").await;
        let topic = s.topic("Leaves").by("ada").in_category(&room).tagged(&["green"]).await;
        let (bo, cleo, dan, eve) = (s.browser("bo"), s.browser("cleo"), s.browser("dan"), s.browser("eve"));
        tell(s).await;
        choose(&bo, &topic.url(), "watching").await;
        choose(&cleo, &room.url(), "watching").await;
        choose(&dan, "/tag/green", "first-post").await;
        choose(&eve, &room.url(), "watching").await;
        choose(&eve, "/tag/green", "muted").await;
        s.reply(&topic, "ada", "more water").await;
        s.reply(&topic, "ada", "and more").await;
        tell(s).await;
        assert!(notices(&bo).await.contains("2 new replies, the last by ada"), "{}", notices(&bo).await);
        assert!(notices(&bo).await.contains("You watch this topic."));
        assert!(notices(&cleo).await.contains("You watch this category."));
        assert!(!notices(&dan).await.contains("ada"), "the first post only");
        assert!(!notices(&eve).await.contains("Leaves"), "a muted tag is stronger than a watched room");
        let second = s.topic("Cups").by("ada").in_category(&room).tagged(&["green"]).await;
        tell(s).await;
        assert!(notices(&dan).await.contains("ada started this topic"));
        assert!(notices(&cleo).await.contains("ada started this topic"));
        // A level belongs to the topic, whatever becomes of its title and place.
        let other = s.category("Elsewhere").await;
        s.sql("update topics set category_id = $2, title = 'Moved', slug = 'moved' where id = $1", params![topic.id, other.id]).await;
        s.reply(&topic, "ada", "still here").await;
        tell(s).await;
        assert!(notices(&bo).await.contains("3 new replies"), "{}", notices(&bo).await);
        assert!(!notices(&s.browser("ada")).await.contains("Cups"));
        assert!(second.id > topic.id);
    }

    async fn levels_rise_by_taking_part_and_are_never_lowered(s: Stoa) {
        let topic = s.topic("Serial").by("ada").await;
        let bo = s.browser("bo");
        bo.get(topic.url()).await.form("reply").fill("raw", "I am here").submit().await.is_ok();
        assert_eq!(level(s, "bo", &topic).await, (3, 3), "a reply tracks");
        bo.get(topic.url()).await.shows("Because you replied here.");
        choose(&bo, &topic.url(), "normal").await;
        bo.get(topic.url()).await.form("reply").fill("raw", "again").submit().await.is_ok();
        assert_eq!(level(s, "bo", &topic).await, (1, 1), "what was chosen stays");
        // Whoever watches the room keeps watching when they reply.
        let cleo = s.browser("cleo");
        let room = s.category("General").await;
        choose(&cleo, &room.url(), "watching").await;
        cleo.get(topic.url()).await.form("reply").fill("raw", "hello").submit().await.is_ok();
        assert_eq!(level(s, "cleo", &topic).await.0, -1, "the room's wish is closer already");
        cleo.get(topic.url()).await.shows("Because you follow this category.");
        // Reading for four minutes tracks.
        let dan = s.browser("dan");
        dan.get(topic.url()).await.is_ok();
        for _ in 0..4 {
            dan.post(format!("/t/{}/read", topic.id), &[("last", "2"), ("seconds", "59")]).await.is(204);
        }
        assert_eq!(level(s, "dan", &topic).await.0, -1);
        dan.post(format!("/t/{}/read", topic.id), &[("last", "2"), ("seconds", "10")]).await.is(204);
        assert_eq!(level(s, "dan", &topic).await, (3, 4));
    }

    async fn unread_and_new_agree_with_their_counts(s: Stoa) {
        let bo = s.browser("bo");
        let mut topics = Vec::new();
        for n in 0..3 {
            topics.push(s.topic(&format!("Part {n}")).by("ada").await);
        }
        let page = bo.get("/new").await;
        page.shows("Part 0").shows("Part 2").shows("New 3");
        bo.get(topics[0].url()).await.form("reply").fill("raw", "mine").submit().await.is_ok();
        bo.get("/latest").await.shows("New 2").lacks("Unread 1");
        s.reply(&topics[0], "ada", "yours").await;
        bo.get("/unread").await.shows("Part 0").shows("Unread 1");
        bo.get("/unread").await.form("/unread/mark-read").submit().await.shows("One topic was marked as read").shows("Nothing unread");
        bo.get("/unread").await.form("/unread/undo").submit().await.shows("Part 0").shows("Unread 1");
        bo.get("/new").await.form("/new/mark-seen").submit().await.shows("Nothing new").lacks("Part 1");
        bo.get("/new?all=1").await.shows("Part 1");
        bo.get("/new").await.form("/unread/undo").submit().await.shows("Part 1").shows("New 2");
        // From here on it is unread again.
        bo.get(topics[0].url()).await.is_ok();
        let read = format!("select last_number from reads r join users u on u.id = r.user_id where u.name = 'bo' and topic_id = {}", topics[0].id);
        until(s, &read, 3).await;
        bo.post(format!("/t/{}/unread-from", topics[0].id), &[("number", "2")]).await;
        assert_eq!(s.number(&read, &[]).await, 1);
        bo.get("/unread").await.shows("Part 0");
    }

    async fn a_muted_person_reaches_nobody_who_muted_them(s: Stoa) {
        tell(s).await;
        let topic = s.topic("Market").by("cleo").await;
        s.user("ada").await;
        let (bo, ada) = (s.browser("bo"), s.browser("ada"));
        bo.get("/u/ada").await.form("/mute").submit().await.shows("Hear ada again");
        s.reply(&topic, "ada", "@bo buy my fish").await;
        s.topic("Fish for sale").by("ada").await;
        tell(s).await;
        assert!(!notices(&bo).await.contains("ada"));
        let page = bo.get(topic.url()).await;
        page.shows("A post by ada, whom you have muted");
        bo.get("/latest").await.lacks("Fish for sale").shows("Market");
        bo.get("/new").await.lacks("Fish for sale");
        ada.get(topic.url()).await.lacks("whom you have muted");
        bo.get("/settings/following").await.shows("ada").form("/unmute").submit().await.is_ok();
        bo.get("/latest").await.shows("Fish for sale");
    }

    async fn nobody_is_told_of_what_they_may_not_see(s: Stoa) {
        tell(s).await;
        let group = s.group("keepers").await;
        s.join("inga", group).await;
        let room = s.category("Vault").for_group(group, Level::Create).await;
        let topic = s.topic("Gold").by("inga").in_category(&room).await;
        let (bo, vera) = (s.user("bo").await, s.join("vera", group).await);
        for user in [bo, vera] {
            let now = s.now();
            let sql = "insert into reads (user_id, topic_id, last_number, updated_at, level, reason) values ($1, $2, 1, $3, 4, 1)";
            s.sql(sql, params![user, topic.id, now]).await;
        }
        s.reply(&topic, "inga", "@bo @vera the key is under the mat").await;
        tell(s).await;
        assert!(!notices(&s.browser("bo")).await.contains("Gold"));
        assert!(notices(&s.browser("vera")).await.contains("inga mentioned you"));
        // What was told before is gone with the right to see it.
        s.leave("vera", group).await;
        let words = notices(&s.browser("vera")).await;
        assert!(!words.contains("Gold") && !words.contains("inga"), "{words}");
        assert_eq!(s.number("select count(*) from notifications where user_id = $1", params![bo]).await, 0);
    }

    async fn likes_are_told_together(s: Stoa) {
        tell(s).await;
        let topic = s.topic("Cake").by("ada").await;
        let post = s.post_id(&topic, 1).await;
        for name in ["bo", "cleo", "dan"] {
            s.wait(MINUTE);
            s.browser(name).get(topic.url()).await.form("like").submit().await.is_ok();
            tell(s).await;
        }
        let words = notices(&s.browser("ada")).await;
        assert!(words.contains("dan and 2 others like your post"), "{words}");
        assert_eq!(s.number("select count(*) from notifications where post_id = $1", params![post]).await, 1);
    }

    async fn the_grid_says_where_and_quiet_kinds_stay_quiet(s: Stoa) {
        tell(s).await;
        let topic = s.topic("Grid").by("ada").await;
        tell(s).await;
        let ada = s.browser("ada");
        choose(&ada, &topic.url(), "watching").await;
        let form = ada.get("/settings/notifications").await.form("/settings/notifications");
        let mut form = form.drop("on");
        for kind in ["mention-mail", "followed-site"] {
            form = form.add("on", kind);
        }
        form.submit().await.is_ok();
        s.reply(&topic, "bo", "@ada quietly").await;
        tell(s).await;
        assert!(!notices(&ada).await.contains("mentioned"), "only by mail");
        assert_eq!(s.number("select count(*) from notifications where mail_due_at is not null and quiet = 1", &[]).await, 1);
        s.reply(&topic, "bo", "no name").await;
        tell(s).await;
        assert!(notices(&ada).await.contains("bo replied"), "the topic is watched");
    }

    async fn a_reminder_comes_when_its_time_has_come(s: Stoa) {
        tell(s).await;
        let topic = s.topic("Ferry").by("bo").await;
        let post = s.post_id(&topic, 1).await;
        let ada = s.browser("ada");
        let form = ada.get(format!("/p/{post}/bookmark")).await.form("/bookmark");
        form.fill("note", "book seats").drop("when").add("when", "hours").submit().await.is_ok();
        reminders::round(&s.app).await.expect("a round");
        assert!(!notices(&ada).await.contains("reminded"), "too early");
        s.wait(3 * HOUR + MINUTE);
        for _ in 0..2 {
            reminders::round(&s.app).await.expect("a round");
        }
        assert!(notices(&ada).await.contains("You wanted to be reminded of this"), "{}", notices(&ada).await);
        assert_eq!(s.number("select count(*) from notifications", &[]).await, 1);
    }

    /// A large room is told in parts, and nobody twice, whatever stops in between.
    async fn many_watchers_are_told_in_parts(s: Stoa) {
        tell(s).await;
        let topic = s.topic("Announcement").by("ada").await;
        tell(s).await;
        s.sql(
            "insert into users (name, folded, skeleton, created_at)
             with recursive n(i) as (select 1 union all select i + 1 from n where i < 9000)
             select 'w' || i, 'w' || i, 'w' || i, 0 from n",
            &[],
        ).await;
        s.sql(
            "insert into reads (user_id, topic_id, last_number, updated_at, level, reason)
             select id, $1, 1, 0, 4, 1 from users where name like 'w%'",
            params![topic.id],
        ).await;
        s.reply(&topic, "ada", "to all").await;
        tell(s).await;
        assert_eq!(s.number("select count(*) from notifications", &[]).await, 9000);
        assert_eq!(s.number("select count(distinct user_id) from notifications", &[]).await, 9000);
        tell(s).await;
        assert_eq!(s.number("select count(*) from notifications where count > 1", &[]).await, 0);
    }
}

/// Waits for what runs beside an answer.
async fn until(s: &Stoa, sql: &str, wanted: i64) {
    let since = std::time::Instant::now();
    while s.number(sql, &[]).await != wanted {
        assert!(since.elapsed().as_secs() < 20, "{sql} is {}", s.number(sql, &[]).await);
        tokio::time::sleep(std::time::Duration::from_millis(1)).await;
    }
}

async fn with_mail(s: &Stoa, name: &str) -> i64 {
    let user = s.user(name).await;
    let (address, now) = (format!("{name}@example.org"), s.now());
    let sql = "insert into emails (user_id, address, folded, confirmed_at) values ($1, $2, $2, $3)";
    s.sql(sql, params![user, &address, now]).await;
    user
}

/// A site that sends mail.
async fn mailing() -> Stoa {
    let made = Stoa::start_with(Engine::Sqlite, |config| config.smtp = Some("smtp://127.0.0.1:9".into())).await;
    made.expect("SQLite is built in")
}

async fn send(s: &Stoa) {
    while mail::round(&s.app).await.expect("a round") {}
}

#[tokio::test(flavor = "multi_thread")]
async fn mail_goes_to_those_who_are_away_and_stops_with_one_click() {
    let s = mailing().await;
    tell(&s).await;
    let ada = with_mail(&s, "ada").await;
    s.sql("update users set lang = 'ar' where id = $1", params![ada]).await;
    let topic = s.topic("Tea & <cake>").by("ada").await;
    tell(&s).await;
    s.reply(&topic, "bo", "[quote=\"ada, post:1, topic:1\"]\nFirst\n[/quote]\n\n**Milk** for @ada?").await;
    tell(&s).await;
    send(&s).await;
    assert_eq!(s.number("select count(*) from outbox", &[]).await, 1);
    let (body, html) = (s.text("select body from outbox", &[]).await, s.text("select html from outbox", &[]).await);
    assert!(body.contains("ada:\n> First") && body.contains("**Milk** for @ada?"), "{body}");
    assert!(html.contains("lang=\"ar\" dir=\"rtl\"") && html.contains("<strong>Milk</strong>"), "{html}");
    assert!(html.contains("Tea &#38; &#60;cake&#62;") || html.contains("Tea &amp; &lt;cake&gt;"), "{html}");
    assert!(html.contains("href=\"http://localhost/t/"), "links lead here from anywhere: {html}");
    let headers = s.text("select headers from outbox", &[]).await;
    assert!(headers.contains("List-Unsubscribe-Post: List-Unsubscribe=One-Click"), "{headers}");
    let link =
        headers.split("<http://localhost").nth(1).and_then(|rest| rest.split('>').next()).expect("a link").to_owned();
    // A scanner that opens the link changes nothing; the mail program's own request needs no page before it.
    s.stranger().get(&link).await.is_ok();
    assert_eq!(s.number("select count(*) from deliveries", &[]).await, 0);
    s.stranger().ask(crate::support::Ask::post(&link, &[("List-Unsubscribe", "One-Click")])).await.is(200);
    s.reply(&topic, "bo", "@ada once more").await;
    tell(&s).await;
    send(&s).await;
    assert_eq!(s.number("select count(*) from outbox", &[]).await, 1, "no more mail of mentions");
    assert!(notices(&s.browser("ada")).await.contains("bo"), "the site still tells");
    s.stranger().get(format!("{link}x")).await.is_not_found();
}

#[tokio::test(flavor = "multi_thread")]
async fn mail_waits_for_those_who_are_here_and_is_not_sent_when_they_read() {
    let s = mailing().await;
    tell(&s).await;
    with_mail(&s, "ada").await;
    let topic = s.topic("Here").by("ada").await;
    let ada = s.browser("ada");
    ada.get("/latest").await.is_ok();
    tell(&s).await;
    s.reply(&topic, "bo", "@ada are you there?").await;
    tell(&s).await;
    send(&s).await;
    assert_eq!(s.number("select count(*) from outbox", &[]).await, 0, "she is here");
    ada.get(topic.url()).await.is_ok();
    until(&s, "select count(*) from notifications where read_at is null", 0).await;
    s.wait(11 * MINUTE);
    send(&s).await;
    assert_eq!(s.number("select count(*) from outbox", &[]).await, 0, "she has read it");
    s.reply(&topic, "bo", "@ada and now?").await;
    tell(&s).await;
    s.wait(HOUR);
    send(&s).await;
    assert_eq!(s.number("select count(*) from outbox", &[]).await, 1);
}

#[tokio::test(flavor = "multi_thread")]
async fn mail_of_a_private_room_has_the_title_alone() {
    let s = mailing().await;
    tell(&s).await;
    let group = s.group("keepers").await;
    let vera = with_mail(&s, "vera").await;
    s.join("vera", group).await;
    let room = s.category("Vault").for_group(group, Level::Create).await;
    let topic = s.topic("Gold").by("inga").in_category(&room).await;
    s.reply(&topic, "inga", "@vera under the mat").await;
    tell(&s).await;
    send(&s).await;
    let body = s.text("select body || html from outbox where user_id = $1", params![vera]).await;
    assert!(body.contains("Gold") && !body.contains("mat"), "{body}");
    s.leave("vera", group).await;
    s.reply(&topic, "inga", "@vera again").await;
    tell(&s).await;
    send(&s).await;
    assert_eq!(s.number("select count(*) from outbox", &[]).await, 1);
}

#[tokio::test(flavor = "multi_thread")]
async fn a_digest_comes_to_those_who_were_not_here() {
    let s = mailing().await;
    let ada = with_mail(&s, "ada").await;
    with_mail(&s, "bo").await;
    let now = s.now();
    s.sql("update users set digest_due_at = $1 where name in ('ada', 'bo')", params![now + 7 * DAY]).await;
    s.topic("The harbour").by("cleo").saying("Ships came in today.").await;
    s.wait(6 * DAY);
    digest::round(&s.app).await.expect("a round");
    assert_eq!(s.number("select count(*) from outbox", &[]).await, 0, "not due yet");
    s.browser("bo").get("/latest").await.is_ok();
    s.topic("The lighthouse").by("cleo").await;
    s.wait(2 * DAY);
    digest::round(&s.app).await.expect("a round");
    digest::round(&s.app).await.expect("a round");
    assert_eq!(s.number("select count(*) from outbox", &[]).await, 1, "bo was here");
    let body = s.text("select body from outbox where user_id = $1", params![ada]).await;
    assert!(body.contains("The lighthouse") && body.contains("/unsubscribe/"), "{body}");
    let due = s.number("select digest_due_at from users where id = $1", params![ada]).await;
    assert_eq!(due, s.now() + 7 * DAY);
}
