//! Feeds, source texts, the sitemap and the print view: whole, valid, and without a trace of what is not for all.

use crate::support::Ask;
use stoa::site::{Level, MODERATORS};

/// Every feed of a site with the topic `t`, the category `c`, the tag `tea` and the member ada.
fn feeds(t: &crate::support::Topic, c: &crate::support::Category) -> Vec<String> {
    let mut all = Vec::new();
    for ending in ["atom", "rss"] {
        for page in ["/latest", "/new", "/top", "/tag/tea", "/posts", "/u/ada", &t.url(), &c.url()] {
            all.push(format!("{page}.{ending}"));
        }
    }
    all
}

both_engines! {
    async fn every_list_has_feeds(s: Stoa) {
        let room = s.category("Kitchen").await;
        let topic = s.topic("Tea <& cake>").in_category(&room).tagged(&["tea"]).await;
        for path in feeds(&topic, &room) {
            let page = s.stranger().peek(&path).await;
            page.is_ok();
            let kind = if path.ends_with("atom") { "application/atom+xml" } else { "application/rss+xml" };
            assert!(page.header("content-type").starts_with(kind), "{path}");
            let text = page.body();
            assert!(text.starts_with("<?xml") && text.contains("cake&#62;"), "{path}: {text}");
            assert!(text.contains(&format!("href=\"http://localhost{path}\"")), "{path} does not name itself: {text}");
            assert!(text.contains(">ada</"), "{path} names no author: {text}");
        }
    }

    /// Private rooms, hidden and unlisted topics, and hidden posts are in nobody's feed who may not see them; moderators'
    /// feeds leave out what is hidden as well.
    async fn feeds_keep_secrets(s: Stoa) {
        let room = s.category("Kitchen").await;
        let back = s.category("Backstage").for_group(MODERATORS, Level::Create).await;
        let topic = s.topic("Open tea").in_category(&room).tagged(&["tea"]).await;
        s.reply(&topic, "ada", "a reply to be hidden").await;
        s.hide(&topic, 2).await;
        s.topic("Curtain tea").in_category(&back).tagged(&["tea"]).saying("curtain words").await;
        for how in ["unlisted", "hidden", "deleted"] {
            let odd = s.topic(&format!("Odd tea, {how}")).in_category(&room).tagged(&["tea"]).saying("odd words").await;
            s.mark(&odd, how).await;
        }
        s.moderator("ines").await;
        for path in feeds(&topic, &room) {
            for (browser, is_staff) in [(s.stranger(), false), (s.browser("bo"), false), (s.browser("ines"), true)] {
                let page = browser.peek(&path).await;
                page.is_ok().lacks("Odd tea").lacks("odd words").lacks("to be hidden");
                if !is_staff {
                    page.lacks("Curtain").lacks("curtain words").lacks("Backstage");
                }
            }
        }
        s.browser("ines").peek("/latest.atom").await.is_ok().shows("Curtain tea");
    }

    async fn sources_are_for_readers(s: Stoa) {
        let topic = s.topic("Tea").saying("First *post*").await;
        s.reply(&topic, "bo", "Second **post**").await;
        s.reply(&topic, "cleo", "gone words").await;
        s.hide(&topic, 3).await;
        let back = s.category("Backstage").for_group(MODERATORS, Level::Create).await;
        let secret = s.topic("Curtain").in_category(&back).await;
        let stranger = s.stranger();
        let page = stranger.peek(format!("/raw/{}", topic.id)).await;
        page.is_ok().lacks("gone words");
        assert!(page.header("content-type").starts_with("text/plain"));
        let text = page.body();
        assert!(text.starts_with("ada | 2026-03-10 09:00:00 UTC | #1\n\nFirst *post*\n\n-----"), "{text}");
        assert!(text.contains("bo | 2026-03-10 09:00:00 UTC | #2\n\nSecond **post**\n\n"), "{text}");
        assert_eq!(stranger.peek(format!("/raw/{}/2", topic.id)).await.body(), "Second **post**");
        stranger.peek(format!("/raw/{}/3", topic.id)).await.is_not_found();
        stranger.peek(format!("/raw/{}/9", topic.id)).await.is_not_found();
        stranger.peek(format!("/raw/{}?page=2", topic.id)).await.is_refused("page-number");
        stranger.peek(format!("/raw/{}", secret.id)).await.is_not_found();
        stranger.peek(format!("/raw/{}/1", secret.id)).await.is_not_found();
        s.browser("cleo").peek(format!("/raw/{}/3", topic.id)).await.is_ok();
    }

    /// The sitemap is a stranger's, whoever asks for it.
    async fn the_sitemap_is_of_what_strangers_see(s: Stoa) {
        let topic = s.topic("Open tea").await;
        let back = s.category("Backstage").for_group(MODERATORS, Level::Create).await;
        s.topic("Curtain").in_category(&back).await;
        let unlisted = s.topic("Nowhere listed").await;
        s.mark(&unlisted, "unlisted").await;
        s.moderator("ines").await;
        s.admin("root").await;
        for browser in [s.stranger(), s.browser("ines"), s.browser("root")] {
            let index = browser.peek("/sitemap.xml").await;
            index.is_ok();
            assert!(index.body().contains("<loc>http://localhost/sitemap/1.xml</loc><lastmod>2026-03-10T09:00:00Z</lastmod>"));
            let part = browser.peek("/sitemap/1.xml").await;
            part.is_ok().lacks("curtain").lacks("nowhere");
            assert!(part.body().contains(&format!("<loc>http://localhost{}</loc>", topic.url())));
            browser.peek("/sitemap/0.xml").await.is_ok().lacks("backstage");
        }
        for path in ["/sitemap/2.xml", "/sitemap/-1.xml", "/sitemap/1", "/sitemap/x.xml", "/sitemap/9999999999999999.xml"] {
            s.stranger().peek(path).await.is_not_found();
        }
    }
}

stories! {
    async fn a_reader_who_has_the_feed_is_told_so(s: Stoa) {
        let topic = s.topic("Tea").await;
        s.user("bo").await;
        for browser in [s.stranger(), s.browser("bo")] {
            let etag = browser.peek("/latest.atom").await.header("etag").to_owned();
            assert!(etag.starts_with('"'), "{etag}");
            browser.ask(Ask::get("/latest.atom").with("if-none-match", &etag)).await.is(304);
            s.reply(&topic, "ada", "more tea").await;
            s.wait(stoa::clock::MINUTE);
            s.reply(&topic, "ada", "and cake").await;
            browser.ask(Ask::get("/latest.atom").with("if-none-match", &etag)).await.is_ok();
        }
    }

    async fn links_in_feeds_are_whole_and_texts_are_valid(s: Stoa) {
        s.user("bo").await;
        s.topic("Tea \u{fffe}time").saying("Ask @bo <script>alert(1)</script> `href=\"/x\"`").await;
        let text = s.stranger().peek("/posts.atom").await.body();
        assert!(text.contains("&#60;a") && text.contains("http://localhost/u/bo"), "{text}");
        assert!(!text.contains('\u{fffe}') && !text.contains("<script"), "{text}");
        assert!(text.contains("xml:lang=\"en\""), "{text}");
    }

    async fn feeds_that_are_not_there(s: Stoa) {
        let topic = s.topic("Tea").await;
        let hidden = s.topic("Hidden").await;
        s.mark(&hidden, "hidden").await;
        for path in [
            "/u/nobody.atom".to_owned(),
            "/tag/none.rss".to_owned(),
            "/c/none/999.atom".to_owned(),
            "/about.atom".to_owned(),
            "/feeds/json/latest".to_owned(),
            format!("/feeds/pdf{}", topic.url()),
            format!("{}.atom", hidden.url()),
            "/latest.atom/x".to_owned(),
        ] {
            s.stranger().peek(&path).await.is_not_found();
        }
        s.stranger().peek("/latest.atom?lang=de").await.is_ok().lacks("Tea");
        s.stranger().peek("/latest.atom?lang=%3C").await.is_not_found();
    }

    async fn the_print_view_holds_the_whole_topic(s: Stoa) {
        let topic = s.topic("Long tea").await;
        for n in 2..=40 {
            s.reply(&topic, "bo", &format!("cup number {n}.")).await;
        }
        s.hide(&topic, 40).await;
        let page = s.stranger().get(format!("{}/print", topic.url())).await;
        page.is_ok().shows("Long tea").shows("cup number 2.").shows("cup number 39.").lacks("cup number 40.");
        assert!(page.body().contains("<meta name=\"robots\" content=\"noindex\">"));
        s.stranger().get(format!("{}/print?page=2", topic.url())).await.is_refused("page-number");
        let back = s.category("Backstage").for_group(MODERATORS, Level::Create).await;
        let secret = s.topic("Curtain").in_category(&back).await;
        s.stranger().get(format!("{}/print", secret.url())).await.is_not_found();
    }

    async fn robots_find_the_map_and_leave_forms_alone(s: Stoa) {
        let page = s.stranger().peek("/robots.txt").await;
        page.is_ok();
        let text = page.body();
        assert!(text.contains("\nSitemap: http://localhost/sitemap.xml\n"), "{text}");
        assert!(text.lines().any(|line| line == "Disallow: /login") && !text.contains("Disallow: /\n"), "{text}");
        let page = s.stranger().peek("/opensearch.xml").await;
        page.is_ok();
        assert!(page.body().contains("template=\"http://localhost/search?q={searchTerms}\""), "{}", page.body());
    }

    /// Places for members' own bits are never printed as they are.
    async fn strangers_pages_have_no_marks(s: Stoa) {
        let topic = s.topic("Tea").await;
        s.reply(&topic, "bo", "with milk").await;
        for page in [s.stranger().get(topic.url()).await, s.browser("bo").get(topic.url()).await] {
            assert!(!page.is_ok().body().contains(['\u{1}', '\u{2}', '\u{3}']));
        }
    }
}
