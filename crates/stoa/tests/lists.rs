//! Home, categories and tags: each shows what its reader may see, and nothing more.

use stoa::site::{EVERYONE, Level, MODERATORS};

both_engines! {
    async fn the_front_page_says_what_this_is(s: Stoa) {
        s.topic("Where to begin").await;
        let page = s.stranger().get("/").await;
        page.is_ok().shows("Where to begin").shows("How to take part").shows("A place to talk");
        assert!(page.links().contains(&"/rules".to_owned()));
        s.browser("bo").get("/").await.is_ok().shows("Latest topics").shows("Where to begin").shows("How to take part");
    }

    /// A category shows its own topics and those below it, pinned ones first, page by page.
    async fn a_category_shows_all_below_it(s: Stoa) {
        let events = s.category("Events").await;
        let photos = s.category("Photo contests").under(&events).await;
        let other = s.category("Elsewhere").await;
        let old = s.topic("Rules of the house").in_category(&events).await;
        s.mark(&old, "pinned").await;
        for n in 1..=40 {
            s.wait(stoa::clock::MINUTE);
            let room = if n % 2 == 0 { &events } else { &photos };
            s.topic(&format!("Meeting number {n:02}.")).in_category(room).await;
        }
        s.topic("Not of this room").in_category(&other).await;
        let page = s.stranger().get(events.url()).await;
        page.is_ok().shows("Meeting number 40.").shows("Meeting number 11.").lacks("Meeting number 10.");
        page.shows("Photo contests").lacks("Not of this room");
        let text = page.words();
        assert!(text.find("Rules of the house") < text.find("Meeting number 40."), "pinned topics come first");
        let next = page.links().into_iter().find(|link| link.contains("page=2")).expect("a second page");
        let page = s.stranger().get(next).await;
        page.is_ok().shows("Meeting number 10.").shows("Meeting number 01.").lacks("Meeting number 11.");
        let page = s.stranger().get(photos.url()).await;
        page.is_ok().shows("Meeting number 39.").lacks("Meeting number 40.").lacks("Rules of the house");
    }

    /// What one may not see is on no list, in no count, and its name leads nowhere.
    async fn a_hidden_room_leaves_no_trace(s: Stoa) {
        let open = s.category("Open room").await;
        let room = s.category("Backstage").for_group(MODERATORS, Level::Create).await;
        let below = s.category("Trapdoor").for_group(EVERYONE, Level::See).under(&room).await;
        s.topic("Plain talk").in_category(&open).tagged(&["shared", "plain"]).await;
        s.topic("Behind the curtain").in_category(&room).tagged(&["shared", "whisper"]).await;
        s.topic("Under the boards").in_category(&below).tagged(&["creak"]).await;
        s.moderator("ines").await;
        for browser in [s.stranger(), s.browser("bo")] {
            for path in ["/", "/latest", "/categories", "/tags", "/tag/shared", "/new", "/top?period=all"] {
                let page = browser.get(path).await;
                page.is_ok();
                for trace in ["Backstage", "Trapdoor", "Behind the curtain", "Under the boards", "whisper", "creak"] {
                    page.lacks(trace);
                }
            }
            for path in [room.url(), below.url(), "/tag/whisper".into(), "/tag/Whisper".into(), "/tag/creak".into()] {
                browser.peek(&path).await.is_not_found();
            }
            for path in ["/c/backstage", "/c/trapdoor", "/c/x/backstage/l/latest"] {
                browser.peek(path).await.is_not_found();
            }
            browser.peek(format!("/c/x/y/{}", room.id)).await.is_not_found();
            browser.peek(format!("/c/wrong/{}", room.id)).await.is_not_found();
            browser.get("/tags").await.shows("shared 1");
        }
        let ines = s.browser("ines");
        ines.get("/categories").await.shows("Backstage").shows("Behind the curtain");
        ines.get("/tags").await.shows("shared 2").shows("whisper 1");
        ines.get("/tag/whisper").await.is_ok().shows("Behind the curtain");
    }

    async fn unlisted_hidden_and_deleted_topics_are_in_no_list(s: Stoa) {
        let room = s.category("Open room").await;
        for how in ["unlisted", "hidden", "deleted"] {
            let topic = s.topic(&format!("A topic that is {how}")).in_category(&room).tagged(&["odd"]).await;
            s.mark(&topic, how).await;
        }
        s.moderator("ines").await;
        for browser in [s.stranger(), s.browser("bo")] {
            for path in ["/", "/categories", "/tags", &room.url()] {
                browser.get(path).await.is_ok().lacks("A topic that is").lacks("odd<");
            }
            browser.peek("/tag/odd").await.is_not_found();
        }
        s.browser("ines").get(room.url()).await.shows("A topic that is hidden").shows("A topic that is unlisted");
    }

    /// However many categories there are, the page of all of them asks as many questions.
    async fn the_page_of_categories_has_a_fixed_cost(s: Stoa) {
        s.topic("First").await;
        let bo = s.browser("bo");
        let cost = async || {
            bo.get("/categories").await.is_ok();
            let before = s.app.db.statements();
            bo.get("/categories").await.is_ok();
            s.app.db.statements() - before
        };
        let few = cost().await;
        for n in 0..12 {
            let room = s.category(&format!("Room {n}")).await;
            s.topic(&format!("Talk {n}")).in_category(&room).await;
        }
        assert_eq!(few, cost().await);
    }
}

stories! {
    async fn other_addresses_of_a_category_lead_to_it(s: Stoa) {
        let events = s.category("Events").await;
        let photos = s.category("Photos").under(&events).await;
        let stranger = s.stranger();
        for path in [
            "/c/photos".to_owned(),
            format!("/c/{}", photos.id),
            format!("/c/wrong/{}", photos.id),
            format!("/c/events/photos/{}", photos.id),
            "/c/events/photos".to_owned(),
            format!("/c/photos/{}/l/latest", photos.id),
            format!("/c/events/photos/{}/l/top", photos.id),
            format!("/c/photos/{}/none", photos.id),
        ] {
            assert_eq!(stranger.peek(&path).await.is(301).location(), Some(photos.url()), "{path}");
        }
        stranger.peek("/c/nowhere").await.is_not_found();
        stranger.peek("/c/photos/99999").await.is_not_found();
    }

    async fn other_addresses_of_a_topic_lead_to_it(s: Stoa) {
        let topic = s.topic("Tea and cake").await;
        s.reply(&topic, "bo", "with milk").await;
        let room = s.category("Backstage").for_group(MODERATORS, Level::Create).await;
        let hidden = s.topic("Not for you").in_category(&room).await;
        let stranger = s.stranger();
        assert_eq!(stranger.peek(format!("/t/{}", topic.id)).await.is(301).location(), Some(topic.url()));
        let post = stranger.peek(format!("/t/{}/2", topic.id)).await;
        assert_eq!(post.is(301).location(), Some(format!("{}#p2", topic.url())));
        stranger.peek(format!("/t/{}", hidden.id)).await.is_not_found();
        stranger.peek(format!("/t/{}/9", hidden.id)).await.is_not_found();
        stranger.peek("/t/tea-and-cake").await.is_not_found();
        s.sql("insert into redirects (path, target) values ('/t/old-tea', $1)", stoa::params![&topic.url()]).await;
        assert_eq!(stranger.peek("/t/old-tea").await.is(301).location(), Some(topic.url()));
    }

    async fn a_tag_has_one_address(s: Stoa) {
        s.topic("Tea").tagged(&["Édition", "notes.rss"]).await;
        let stranger = s.stranger();
        let place = stranger.peek("/tag/%C3%A9dition").await;
        assert_eq!(place.is(301).location().as_deref(), Some("/tag/%C3%89dition"));
        stranger.get("/tag/%C3%89dition").await.is_ok().shows("Tea");
        let page = stranger.get("/tags").await;
        let link = page.links().into_iter().find(|link| link.contains("notes")).expect("the tag is listed");
        stranger.get(link).await.is_ok().shows("Topics tagged “notes.rss”");
    }

    async fn an_empty_room_offers_a_next_step(s: Stoa) {
        let room = s.category("Empty room").await;
        let silent = s.category("Quiet room").for_group(EVERYONE, Level::See).await;
        let page = s.browser("bo").get(room.url()).await;
        page.is_ok().shows("No topics in “Empty room” yet").shows("Start the first one");
        assert!(page.links().contains(&format!("/new-topic?category={}", room.id)));
        s.browser("bo").get(silent.url()).await.is_ok().lacks("/new-topic?category=");
        s.stranger().get("/tags").await.is_ok().shows("No tags yet");
    }

    async fn absurd_pages_are_refused(s: Stoa) {
        let room = s.category("Room").await;
        s.topic("Tea").in_category(&room).tagged(&["tea"]).await;
        for list in [room.url(), "/tag/tea".to_owned(), "/".to_owned()] {
            for query in ["page=0", "page=-1", "page=x", "page=99999999999999999999", "page=101", "page=2&before=x"] {
                s.stranger().get(format!("{list}?{query}")).await.is_refused("page-number");
            }
        }
    }
}
