//! Writing: topics, replies, edits, likes, quotes, drafts, and sending twice.

use stoa::clock::{DAY, HOUR};
use stoa::db::params;
use stoa::site::{EVERYONE, Level, MEMBERS};

use crate::support::Ask;

both_engines! {
    async fn a_topic_is_begun(s: Stoa) {
        let room = s.category("Kitchen").await;
        let bo = s.browser("bo");
        let form = bo.get("/new-topic").await.form("/new-topic");
        let form = form.fill("title", "  How   to boil water ").fill("raw", "It is *hot*.");
        let page = form.fill("category", &room.id.to_string()).fill("tags", "#tea, お茶 tea").submit().await;
        page.is_ok().shows("How to boil water").shows("It is hot.").shows("お茶");
        assert!(page.path.starts_with("/t/how-to-boil-water/"), "{}", page.path);
        s.stranger().get("/latest").await.shows("How to boil water").shows("Kitchen");
        assert_eq!(s.number("select topic_count from categories where id = $1", params![room.id]).await, 1);
        assert_eq!(s.number("select topic_count from tags where name = 'tea'", &[]).await, 1);
        assert_eq!(s.number("select post_count + topic_count from users where name = 'bo'", &[]).await, 2);
        s.is_whole().await;
    }

    /// What is wrong is said beside the form, and nothing that was typed is lost.
    async fn a_topic_with_problems_comes_back(s: Stoa) {
        let room = s.category("Kitchen").await;
        let bo = s.browser("bo");
        let form = bo.get("/new-topic").await.form("/new-topic").fill("raw", "my long text");
        let page = form.clone().fill("category", &room.id.to_string()).submit().await;
        page.is(422).shows("my long text");
        let page = form.clone().fill("title", "No room").submit().await;
        page.is(422);
        assert_eq!(page.form("/new-topic").value("title"), Some("No room"));
        let long = "t".repeat(201);
        let form = form.fill("category", &room.id.to_string());
        form.clone().fill("title", &long).submit().await.is(422).shows("200");
        form.clone().fill("title", "ok").fill("tags", "a,b,c,d,e,f,g,h,i").submit().await.is(422);
        form.clone().fill("title", "ok").fill("tags", "<b>").submit().await.is(422);
        form.fill("title", "ok").fill("raw", &"x".repeat(65_001)).submit().await.is(422);
        assert_eq!(s.number("select count(*) from topics", &[]).await, 0);
    }

    async fn rights_say_where_a_topic_may_begin(s: Stoa) {
        let read = s.category("Announcements").for_group(EVERYONE, Level::See).await;
        let answer = s.category("Questions").for_group(EVERYONE, Level::See).for_group(MEMBERS, Level::Reply).await;
        let closed = s.group("closed").await;
        let secret = s.category("Secret").for_group(closed, Level::Create).await;
        for room in [&read, &answer, &secret] {
            let fields = [("title", "Hello"), ("raw", "A text."), ("category", &room.id.to_string())];
            s.browser("bo").post("/new-topic", &fields).await.is(422).lacks("Secret");
            let by_name = [("title", "Hello"), ("raw", "A text."), ("category", room.slug.as_str())];
            s.browser("bo").post("/new-topic", &by_name).await.is(422).lacks("Secret");
        }
        let notice = s.topic("News").in_category(&read).await;
        let reply = format!("/t/{}/replies", notice.id);
        s.browser("bo").post(&reply, &[("raw", "First!")]).await.is(403).is_refused("not-here");
        let question = s.topic("Why?").in_category(&answer).await;
        s.browser("bo").post(format!("/t/{}/replies", question.id), &[("raw", "Because.")]).await.is(303);
        assert_eq!((s.posts_in(&notice).await, s.posts_in(&question).await), (1, 2));
    }

    /// A double click, a slow network and ten tabs: one post.
    async fn sending_twice_writes_once(s: Stoa) {
        let topic = s.topic("Tea").await;
        let bo = s.browser("bo");
        let form = bo.get(topic.url()).await.form("reply").fill("raw", "with milk");
        let jobs: Vec<_> = (0..10).map(|_| tokio::spawn(form.clone().send())).collect();
        let mut places = Vec::new();
        for job in jobs {
            let page = job.await.expect("no panic");
            places.push(page.is(303).location().expect("a place"));
        }
        places.dedup();
        assert_eq!(places.len(), 1, "all are shown the first: {places:?}");
        assert_eq!(s.posts_in(&topic).await, 2);
        // Without a key, the same words within a minute are taken for a double click; later they are meant.
        let reply = format!("/t/{}/replies", topic.id);
        bo.post(&reply, &[("raw", "yes")]).await.is(303);
        bo.post(&reply, &[("raw", "yes")]).await.is(303);
        assert_eq!(s.posts_in(&topic).await, 3);
        s.wait(HOUR);
        bo.post(&reply, &[("raw", "yes")]).await.is(303);
        assert_eq!(s.posts_in(&topic).await, 4);
        let room = s.category("General").await.id.to_string();
        let begin = bo.get("/new-topic").await.form("/new-topic").fill("title", "New").fill("raw", "text");
        let begin = begin.fill("category", &room);
        let (one, two) = tokio::join!(begin.clone().send(), begin.clone().send());
        assert_eq!(one.location(), two.location());
        assert_eq!(s.number("select count(*) from topics", &[]).await, 2);
        s.is_whole().await;
    }

    async fn an_edit_keeps_what_was_before(s: Stoa) {
        let topic = s.topic("Old name").by("ada").saying("the old words stay true").await;
        let post = s.post_id(&topic, 1).await;
        let ada = s.browser("ada");
        let form = ada.get(format!("/p/{post}/edit")).await.form("edit");
        let form = form.fill("title", "New name").fill("raw", "the new words stay true").fill("reason", "was wrong");
        let page = form.submit().await;
        page.is_ok().shows("New name").shows("the new words stay true");
        let history = s.stranger().get(format!("/p/{post}/history")).await;
        history.is_ok().shows("was wrong");
        let dom = history.dom();
        let marked = |tag: &str| dom.all().iter().filter(|e| e.name == tag).map(|e| e.words()).collect::<Vec<_>>().join("|");
        assert!(marked("del").contains("old"), "{}", marked("del"));
        assert!(marked("ins").contains("new"), "{}", marked("ins"));
        let old = s.stranger().peek(topic.url()).await;
        assert_eq!((old.status, old.location()), (301, Some(format!("/t/new-name/{}", topic.id))));
        s.browser("bo").get(format!("/p/{post}/edit")).await.is(403).is_refused("not-yours");
        s.is_whole().await;
    }

    /// Two tabs: the second to save is told, and its text is kept.
    async fn two_edits_at_once_do_not_overwrite(s: Stoa) {
        let topic = s.topic("Tea").by("ada").await;
        let post = s.post_id(&topic, 1).await;
        let ada = s.browser("ada");
        let path = format!("/p/{post}/edit");
        let (one, two) = (ada.get(&path).await.form("edit"), ada.get(&path).await.form("edit"));
        one.fill("raw", "from the first tab").submit().await.is_ok();
        let page = two.fill("raw", "from the second tab").submit().await;
        page.is(422);
        assert_eq!(page.form("edit").value("raw"), Some("from the second tab"));
        assert_eq!(s.text("select raw from posts where id = $1", params![post]).await, "from the first tab");
        page.form("edit").submit().await.is_ok().shows("from the second tab");
        assert_eq!(s.number("select count(*) from revisions", &[]).await, 2);
    }

    async fn a_deleted_post_leaves_a_place(s: Stoa) {
        let topic = s.topic("Tea").by("ada").await;
        s.reply(&topic, "bo", "never mind this").await;
        let (first, second) = (s.post_id(&topic, 1).await, s.post_id(&topic, 2).await);
        s.browser("ada").get(format!("/p/{first}/delete")).await.is(403).is_refused("has-replies");
        s.browser("ada").post(format!("/p/{second}/delete"), &[]).await.is(403).is_refused("not-yours");
        let page = s.browser("bo").get(format!("/p/{second}/delete")).await.form("delete").submit().await;
        page.is_ok().lacks("never mind this");
        s.stranger().get(topic.url()).await.is_ok().lacks("never mind this");
        assert_eq!(s.posts_in(&topic).await, 1);
        s.browser("ada").get(format!("/p/{first}/delete")).await.form("delete").submit().await;
        s.stranger().get(topic.url()).await.is_not_found();
        assert_eq!(s.number("select topic_count + post_count from categories", &[]).await, 0);
        assert_eq!(s.number("select coalesce(cast(sum(topic_count + post_count) as bigint), 0) from users", &[]).await, 0);
        s.is_whole().await;
    }

    async fn a_like_is_given_and_taken_back(s: Stoa) {
        let topic = s.topic("Tea").by("ada").await;
        let post = s.post_id(&topic, 1).await;
        let bo = s.browser("bo");
        let page = bo.get(topic.url()).await;
        page.form("like").clone().submit().await.is_ok();
        bo.post(format!("/p/{post}/like"), &[]).await;
        let counts = "select p.like_count * 1000 + t.like_count * 100 + g.likes_given_count * 10 + r.likes_received_count
            from posts p join topics t on t.id = p.topic_id join users g on g.name = 'bo' join users r on r.name = 'ada'";
        assert_eq!(s.number(counts, &[]).await, 1111);
        s.stranger().get(format!("/p/{post}/likes")).await.is_ok().shows("bo");
        bo.get(topic.url()).await.form("unlike").submit().await.is_ok();
        bo.post(format!("/p/{post}/unlike"), &[]).await;
        assert_eq!(s.number(counts, &[]).await, 0);
        s.browser("ada").post(format!("/p/{post}/like"), &[]).await.is(403);
        assert_eq!(s.number(counts, &[]).await, 0);
        s.is_whole().await;
    }

    async fn a_quote_is_counted_where_it_came_from(s: Stoa) {
        let topic = s.topic("Tea").by("ada").saying("Leaves first, water second.").await;
        let bo = s.browser("bo");
        let page = bo.get(format!("{}/reply?quote=1", topic.url())).await;
        let form = page.form("reply");
        let raw = form.value("raw").expect("a text").to_owned();
        assert!(raw.contains("Leaves first") && raw.contains("ada"), "{raw}");
        form.fill("raw", &format!("{raw}\nI disagree.")).submit().await.is_ok().shows("I disagree.");
        let count = "select quote_count from posts where number = 1";
        assert_eq!(s.number(count, &[]).await, 1);
        let reply = s.post_id(&topic, 2).await;
        bo.post(format!("/p/{reply}/edit"), &[("raw", "I agree.")]).await.is(303);
        assert_eq!(s.number(count, &[]).await, 0);
        s.is_whole().await;
    }

    async fn a_draft_is_kept_and_a_second_tab_is_told(s: Stoa) {
        let topic = s.topic("Tea").await;
        let bo = s.browser("bo");
        let place = format!("reply-{}", topic.id);
        let keep = async |raw: &str, version: &str| {
            bo.post("/drafts", &[("place", &place), ("raw", raw), ("version", version)]).await
        };
        let kept = keep("half a thought", "0").await;
        assert!(kept.is_ok().body().contains("\"version\":1"), "{}", kept.body());
        assert_eq!(bo.get(topic.url()).await.form("reply").value("raw"), Some("half a thought"));
        keep("from another tab", "0").await.is(409);
        assert_eq!(bo.get(topic.url()).await.form("reply").value("raw"), Some("half a thought"));
        keep("a whole thought", "1").await.is_ok();
        s.browser("cleo").get(topic.url()).await.lacks("a whole thought");
        bo.post("/drafts", &[("place", "somewhere-else"), ("raw", "x"), ("version", "0")]).await.is(400);
        bo.get(topic.url()).await.form("reply").submit().await.is_ok();
        assert_eq!(s.number("select count(*) from drafts", &[]).await, 0, "sent, so the draft is gone");
        keep("again", "0").await.is_ok();
        let gone = bo.post("/drafts/discard", &[("place", &place), ("back", "/latest")]).await;
        assert_eq!(gone.location().as_deref(), Some("/latest"));
        assert_eq!(s.number("select count(*) from drafts", &[]).await, 0);
    }

    async fn a_silenced_member_keeps_reading_but_cannot_write(s: Stoa) {
        let topic = s.topic("Commons upload help").by("ada").await;
        let until = s.now() + 3 * DAY;
        s.silence("bo", until).await;
        let bo = s.browser("bo");
        let page = bo.get(topic.url()).await;
        page.is_ok().shows("Commons upload help");
        bo.post(format!("/t/{}/replies", topic.id), &[("raw", "me too")]).await.is(403).is_refused("silenced");
        let room = s.category("General").await.id.to_string();
        bo.post("/new-topic", &[("title", "T"), ("raw", "x"), ("category", &room)]).await.is(403).is_refused("silenced");
        let post = s.post_id(&topic, 1).await;
        bo.post(format!("/p/{post}/like"), &[]).await.is(403).is_refused("silenced");
        assert_eq!(s.posts_in(&topic).await, 1);
        s.wait(4 * DAY);
        bo.post(format!("/t/{}/replies", topic.id), &[("raw", "me too")]).await.is(303);
    }

    async fn a_suspended_member_is_a_stranger(s: Stoa) {
        let topic = s.topic("Tea").await;
        let bo = s.browser("bo");
        bo.get("/unread").await.is_ok();
        let until = s.now() + DAY;
        s.suspend("bo", until).await;
        bo.peek("/unread").await.is(303);
        bo.post(format!("/t/{}/replies", topic.id), &[("raw", "hello")]).await.is(401);
        assert_eq!(s.posts_in(&topic).await, 1);
        s.wait(2 * DAY);
        bo.get("/unread").await.is_ok();
    }

    /// What a text contains is kept to the letter, whatever the alphabet, and nothing in it runs.
    async fn every_alphabet_comes_back_as_it_was(s: Stoa) {
        let topic = s.topic("Tea").await;
        let bo = s.browser("bo");
        for (n, text) in ["日本語の本文 — 改行", "مرحبا بالعالم", "שלום עולם", "नमस्ते दुनिया", "👩‍👩‍👧‍👦 and \u{1F3F3}\u{FE0F}\u{200D}\u{1F308}", "a\tb & <c> \"d\" 'e'"].into_iter().enumerate() {
            bo.get(topic.url()).await.form("reply").fill("raw", text).submit().await.is_ok();
            let kept = s.text("select raw from posts where number = $1", params![n + 2]).await;
            assert_eq!(kept, text);
        }
        bo.get(topic.url()).await.form("reply").fill("raw", "nul\0 and \u{8} bell\r\nline").submit().await.is_ok();
        assert_eq!(s.text("select raw from posts where number = 8", &[]).await, "nul and  bell\nline");
        let script = "<script>alert(1)</script> <img src=x onerror=alert(1)> [x](javascript:alert(1))";
        let page = bo.get(topic.url()).await.form("reply").fill("raw", script).submit().await;
        for element in page.dom().all() {
            assert!(element.attributes.iter().all(|(k, v)| !k.starts_with("on") && !v.starts_with("javascript:")), "{element:?}");
            assert!(element.name != "script" || !element.text().contains("alert"), "{element:?}");
        }
        s.is_whole().await;
    }

    /// Thirty at once, then a pause; the text is kept on the page that says so.
    async fn a_flood_is_slowed(s: Stoa) {
        let topic = s.topic("Tea").await;
        let bo = s.browser("bo");
        let reply = format!("/t/{}/replies", topic.id);
        let mut refused = None;
        for n in 0..40 {
            let page = bo.post(&reply, &[("raw", &format!("flood {n}"))]).await;
            if page.status == 429 {
                refused = Some((n, page));
                break;
            }
            page.is(303);
        }
        let (n, page) = refused.expect("a limit");
        assert!(n >= 30, "refused after {n}");
        page.is_refused("too-fast").shows(&format!("flood {n}"));
        assert!(page.header("retry-after").parse::<u64>().is_ok_and(|s| s >= 1));
    }
}

stories! {
    async fn a_preview_writes_nothing(s: Stoa) {
        let topic = s.topic("Tea").await;
        let bo = s.browser("bo");
        let page = bo.get(topic.url()).await.form("reply").fill("raw", "**strong** tea").press("preview", "1").await;
        page.is_ok().shows("strong tea");
        assert_eq!(page.form("reply").value("raw"), Some("**strong** tea"));
        let fragment = bo.post("/preview", &[("raw", "*soft*")]).await;
        assert!(fragment.is_ok().body().contains("<em>soft</em>"), "{}", fragment.body());
        assert_eq!(s.posts_in(&topic).await, 1);
    }

    /// What a script gets in place of a page is made by the same templates.
    async fn a_failure_for_a_script_is_a_part_of_a_page(s: Stoa) {
        let topic = s.topic("Tea").await;
        s.mark(&topic, "closed").await;
        let bo = s.browser("bo");
        let token = bo.token().await;
        let ask = Ask::post(&format!("/t/{}/replies", topic.id), &[("raw", "x"), ("csrf", &token)]).with("x-fragment", "1");
        let part = bo.ask(ask).await;
        part.is(403).is_refused("topic-closed");
        assert!(!part.body().contains("<html"), "{}", part.body());
    }
}
