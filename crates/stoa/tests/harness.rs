//! The harness itself: what a story may rely on.

use crate::support::Ask;

both_engines! {
    /// A visitor reads, a member writes, and the count follows.
    async fn a_story_reads_and_writes(s: Stoa) {
        let topic = s.topic("Commons upload help").by("ada").await;
        s.stranger().get(topic.url()).await.is_ok().shows("Commons upload help").lacks("me too");
        let bo = s.browser("bo");
        let page = bo.get(topic.url()).await;
        page.form("reply").fill("raw", "me too").submit().await.is_ok().shows("me too").shows("Your reply is here.");
        assert_eq!(s.posts_in(&topic).await, 2);
        s.stranger().get(topic.url()).await.shows("me too");
    }

    /// Each story stands on a store of its own, and a second node shares it.
    async fn nodes_share_a_store(s: Stoa) {
        let two = s.second_node().await;
        let topic = s.topic("Seen by both").await;
        two.stranger().get(topic.url()).await.is_ok().shows("Seen by both");
        assert_eq!(s.number("select count(*) from topics", &[]).await, 1);
    }
}

stories! {
    async fn groups_open_doors(s: Stoa) {
        let group = s.group("editors").await;
        let room = s.category("Backstage").for_group(group, stoa::site::Level::Create).await;
        let topic = s.topic("Behind the curtain").in_category(&room).await;
        s.join("cleo", group).await;
        s.browser("cleo").get(topic.url()).await.is_ok();
        s.browser("bo").get(topic.url()).await.is_not_found();
        s.leave("cleo", group).await;
        s.browser("cleo").get(topic.url()).await.is_not_found();
    }

    async fn a_request_is_sent_as_it_is(s: Stoa) {
        let page = s.stranger().ask(Ask::get("/latest").with("accept-language", "en")).await;
        page.is_ok();
        s.stranger().peek("/new-topic").await.is(303);
    }
}
