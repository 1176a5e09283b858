//! Keys: what they do is said on a page, and they can be switched off.

stories! {
    /// The switch goes with the account, or with the browser of a stranger; the page itself says so to the script.
    async fn single_keys_can_be_switched_off(s: Stoa) {
        s.admin("ines").await;
        let topic = s.topic("Tea").await;
        for (browser, name) in [(s.browser("bo"), "bo"), (s.stranger(), "a stranger")] {
            let is_off = async |path: &str| {
                let page = browser.get(path).await;
                let html = page.is_ok().dom().find(|e| e.name == "html").expect("a page").attribute("class").unwrap_or("").to_owned();
                html.split(' ').any(|class| class == "keys-off")
            };
            assert!(!is_off(&topic.url()).await, "{name}");
            browser.get("/appearance").await.form("/appearance").fill("keys", "off").submit().await.is_ok();
            for path in [topic.url().as_str(), "/latest", "/keys"] {
                assert!(is_off(path).await, "{name} at {path}");
            }
            browser.get("/keys").await.shows("Single keys are off.");
            browser.get("/appearance").await.form("/appearance").fill("theme", "dark").submit().await.is_ok();
            assert!(is_off("/latest").await, "{name}: another choice leaves it as it is");
            browser.get("/appearance").await.form("/appearance").fill("keys", "on").submit().await.is_ok();
            assert!(!is_off(&topic.url()).await, "{name}");
        }
        // With the account, so that it holds in every browser.
        let bo = s.browser("bo");
        bo.get("/appearance").await.form("/appearance").fill("keys", "off").submit().await.is_ok();
        assert_eq!(s.text("select look from users where name = 'bo'", &[]).await, "dark.nokeys");
        s.browser("bo").get("/keys").await.shows("Single keys are off.");
    }

    /// The sheet and the page say the same, each what its reader can do.
    async fn the_page_of_keys_says_what_they_do(s: Stoa) {
        s.admin("ines").await;
        s.browser("bo").get("/keys").await.shows("watch the topic").shows("unread from this post on").shows("unread topics");
        s.stranger().get("/keys").await.shows("next or previous").lacks("watch the topic");
        let topic = s.topic("Tea").await;
        let page = s.browser("bo").get(topic.url()).await;
        for keys in ["m w", "m t", "m m", "g u", "g n", "c"] {
            assert!(page.dom().find(|e| e.attribute("data-key") == Some(keys)).is_some(), "{keys} does nothing on a topic");
        }
    }
}
