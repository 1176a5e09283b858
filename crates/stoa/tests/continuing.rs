//! A topic that goes on from a post of another: both say so, to whoever sees the other.

use stoa::db::params;
use stoa::site::Level;

use crate::support::{Browser, Category, Stoa, Topic};

/// Begins a topic from a post; returns it.
async fn go_on(s: &Stoa, browser: &Browser, post: i64, title: &str, room: &Category) -> Topic {
    let form = browser.get(format!("/new-topic?from={post}")).await.form("/new-topic");
    let page = form.fill("title", title).fill("category", &room.id.to_string()).submit().await;
    page.is_ok();
    let id = s.number("select max(id) from topics", &[]).await;
    Topic { id, slug: s.text("select slug from topics where id = $1", params![id]).await }
}

both_engines! {
    async fn both_topics_say_where_the_talk_goes_on(s: Stoa) {
        let room = s.category("General").await;
        let tea = s.topic("Tea").by("ada").await;
        s.reply(&tea, "cleo", "But what of coffee?").await;
        let post = s.post_id(&tea, 2).await;
        let bo = s.browser("bo");
        let page = bo.get(tea.url()).await;
        assert!(page.links().contains(&format!("/new-topic?from={post}")), "a way there");
        let page = bo.get(format!("/new-topic?from={post}")).await;
        page.is_ok().shows("Continued from Tea · Post 2");
        let form = page.form("/new-topic");
        assert_eq!(form.value("category"), Some(room.id.to_string().as_str()));
        let raw = form.value("raw").expect("a text").to_owned();
        assert!(raw.contains("[quote=\"cleo, post:2") && raw.contains("But what of coffee?"), "{raw}");
        // A form that comes back still knows where it goes on from.
        let page = form.fill("raw", &format!("{raw}A lot.")).submit().await;
        page.is(422).shows("Continued from Tea · Post 2");
        let page = page.form("/new-topic").fill("title", "Coffee").submit().await;
        page.is_ok().shows("Continued from Tea · Post 2").shows("A lot.");
        let coffee = page.path.clone();
        assert!(page.links().contains(&format!("{}#p2", tea.url())), "{:?}", page.links());
        for reader in [s.stranger(), bo, s.browser("ada")] {
            let page = reader.get(tea.url()).await;
            page.is_ok().shows("Continued in Coffee");
            assert!(page.links().contains(&coffee));
            reader.get(&coffee).await.is_ok().shows("Continued from Tea · Post 2");
        }
        s.is_whole().await;
    }

    /// What becomes of one topic is seen on the other, though nothing was written there.
    async fn links_follow_renaming_hiding_and_deleting(s: Stoa) {
        let room = s.category("General").await;
        let tea = s.topic("Tea").by("ada").await;
        let post = s.post_id(&tea, 1).await;
        let (ada, bo) = (s.browser("ada"), s.browser("bo"));
        let coffee = go_on(s, &bo, post, "Coffee", &room).await;
        ada.post(format!("/p/{post}/edit"), &[("title", "All about tea"), ("raw", "x")]).await.is(303);
        let first = s.post_id(&coffee, 1).await;
        bo.post(format!("/p/{first}/edit"), &[("title", "All about coffee"), ("raw", "x")]).await.is(303);
        let tea_url = s.stranger().get(tea.url()).await.path;
        for reader in [s.stranger(), s.browser("cleo")] {
            reader.get(&tea_url).await.shows("Continued in All about coffee");
            reader.get(coffee.url()).await.shows("Continued from All about tea");
        }
        s.moderator("ines").await;
        for how in ["hidden", "unlisted", "deleted"] {
            let now = s.now();
            // As moderation does, which tells that topic and not the other.
            let set = async |at: Option<i64>| s.sql(&format!("update topics set {how}_at = $2, version = version + 1 where id = $1"), params![coffee.id, at]).await;
            set(Some(now)).await;
            for reader in [s.stranger(), s.browser("cleo")] {
                reader.get(&tea_url).await.is_ok().lacks("All about coffee").lacks("Continued in");
            }
            s.browser("ines").get(&tea_url).await.shows("Continued in All about coffee");
            set(None).await;
            s.stranger().get(&tea_url).await.shows("Continued in All about coffee");
        }
        s.hide(&tea, 1).await;
        s.stranger().get(coffee.url()).await.is_ok().lacks("All about tea");
        s.browser("ines").get(coffee.url()).await.shows("Continued from All about tea");
    }

    /// From an open room into a closed one, and the other way round: one side is nobody's business.
    async fn a_link_into_a_closed_room_is_for_those_inside(s: Stoa) {
        let circle = s.group("circle").await;
        let open = s.category("General").await;
        let closed = s.category("Closed").for_group(circle, Level::Create).await;
        s.join("inga", circle).await;
        let (tea, secret) = (s.topic("Tea").await, s.topic("Secret tea").by("inga").saying("Psst.").in_category(&closed).await);
        let (post, secret_post) = (s.post_id(&tea, 1).await, s.post_id(&secret, 1).await);
        let (inga, bo) = (s.browser("inga"), s.browser("bo"));
        let inside = go_on(s, &inga, post, "Whispers", &closed).await;
        let outside = go_on(s, &inga, secret_post, "Openly", &open).await;
        // Everybody in the same words, whoever looked first.
        for _ in 0..2 {
            inga.get(tea.url()).await.shows("Continued in Whispers");
            bo.get(tea.url()).await.is_ok().lacks("Whispers");
            s.stranger().get(tea.url()).await.is_ok().lacks("Whispers");
            inga.get(outside.url()).await.shows("Continued from Secret tea");
            bo.get(outside.url()).await.is_ok().lacks("Secret tea").lacks("Continued from");
            s.stranger().get(outside.url()).await.is_ok().lacks("Continued from");
        }
        inga.get(inside.url()).await.shows("Continued from Tea");
        // Nobody goes on from what they cannot read, and learns nothing by trying.
        bo.get(format!("/new-topic?from={secret_post}")).await.is_not_found();
        let room = open.id.to_string();
        let from = secret_post.to_string();
        let fields = [("title", "T"), ("raw", "x"), ("category", room.as_str()), ("from", from.as_str())];
        bo.post("/new-topic", &fields).await.is_not_found();
        assert_eq!(s.number("select count(*) from continued", &[]).await, 2);
        s.leave("inga", circle).await;
        inga.get(tea.url()).await.is_ok().lacks("Whispers");
    }

    /// From a conversation: only those who take part in it learn of that.
    async fn a_conversation_goes_on_in_the_open(s: Stoa) {
        let room = s.category("General").await;
        let talk = s.topic("Between us").by("ada").saying("Psst.").between(&["ada", "bo"]).await;
        let post = s.post_id(&talk, 1).await;
        let open = go_on(s, &s.browser("ada"), post, "Openly", &room).await;
        s.moderator("ines").await;
        s.admin("root").await;
        for inside in ["ada", "bo"] {
            s.browser(inside).get(open.url()).await.shows("Continued from Between us");
            s.browser(inside).get(talk.url()).await.shows("Continued in Openly");
        }
        for outside in ["cleo", "ines", "root"] {
            s.browser(outside).get(open.url()).await.is_ok().lacks("Between us").lacks("Continued from");
            s.browser(outside).get(format!("/new-topic?from={post}")).await.is_not_found();
        }
        s.stranger().get(open.url()).await.is_ok().lacks("Continued from");
    }

    /// A draft of such a topic stands by itself and leads back.
    async fn its_draft_is_its_own(s: Stoa) {
        let tea = s.topic("Tea").await;
        let post = s.post_id(&tea, 1).await;
        let bo = s.browser("bo");
        for (place, raw) in [("new-topic".to_owned(), "something else"), (format!("continue-{post}"), "half a thought")] {
            bo.post("/drafts", &[("place", &place), ("raw", raw), ("version", "0")]).await.is_ok();
        }
        let form = bo.get(format!("/new-topic?from={post}")).await.form("/new-topic");
        assert_eq!(form.value("raw"), Some("half a thought"));
        let list = bo.get("/drafts").await;
        list.shows("New topic that goes on from: Tea");
        assert!(list.links().contains(&format!("/new-topic?from={post}")));
        form.fill("title", "On").submit().await.is(422);
        let room = s.category("General").await.id.to_string();
        let form = bo.get(format!("/new-topic?from={post}")).await.form("/new-topic");
        form.fill("title", "On").fill("category", &room).submit().await.is_ok();
        assert_eq!(s.text("select place from drafts", &[]).await, "new-topic");
    }
}
