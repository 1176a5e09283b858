//! Live streams: what is told, to whom, and until when.

use std::collections::HashMap;

use serde_json::json;
use stoa::db::params;
use stoa::site::Level;

use crate::support::dump::{differences, dump};
use crate::support::stream::events;
use crate::support::{Engine, Stoa, Topic};

/// A like as its form sets it.
async fn likes(s: &Stoa, topic: &Topic, number: i64, who: &str) {
    let post = s.post_id(topic, number).await;
    s.browser(who).post(format!("/p/{post}/like"), &[]).await;
}

fn of_topic(topic: &Topic) -> String {
    format!("/live?topic={}", topic.id)
}

both_engines! {
    /// Everybody who looks at a topic hears of replies, likes and edits.
    async fn a_reply_arrives(s: Stoa) {
        let topic = s.topic("Tea").by("ada").await;
        s.settles().await;
        let mut stranger = s.stranger().listen(&of_topic(&topic), None).await;
        assert_eq!(stranger.status, 200);
        assert_eq!(stranger.headers["content-type"], "text/event-stream");
        assert!(!stranger.headers.contains_key("content-encoding"));
        let mut bo = s.browser("bo").listen(&of_topic(&topic), None).await;
        for stream in [&mut stranger, &mut bo] {
            let first = stream.next().await;
            assert_eq!((first.name.as_str(), first.data), ("post", json!({ "topic": topic.id, "number": 1 })));
        }
        s.reply(&topic, "ada", "With milk.").await;
        for stream in [&mut stranger, &mut bo] {
            let event = stream.next().await;
            assert_eq!((event.name.as_str(), &event.data), ("post", &json!({ "topic": topic.id, "number": 2 })));
            assert!(event.id.split_once('.').is_some_and(|(_, seq)| seq.parse::<i64>().is_ok()), "{}", event.id);
        }
        likes(s, &topic, 2, "bo").await;
        let post = s.post_id(&topic, 2).await;
        let event = stranger.next().await;
        assert_eq!((event.name.as_str(), event.data), ("likes", json!({ "post": post, "number": 2, "count": 1 })));
        let ada = s.browser("ada");
        let page = ada.get(format!("/p/{post}/edit")).await;
        page.form(&format!("/p/{post}/edit")).fill("raw", "Without milk.").submit().await;
        let event = stranger.next().await;
        assert_eq!((event.name.as_str(), event.data), ("edited", json!({ "number": 2 })));
        let other = s.topic("Coffee").await;
        s.reply(&other, "bo", "Black.").await;
        assert!(stranger.is_silent().await, "another topic's replies are not told");
    }

    /// Of what somebody may not see nothing is told, neither about a topic nor in a list.
    async fn secrets_are_not_told(s: Stoa) {
        let group = s.group("club").await;
        s.join("inga", group).await;
        let room = s.category("Room").for_group(group, Level::Create).await;
        let private = s.topic("Private").by("inga").in_category(&room).await;
        let public = s.topic("Public").by("ada").await;
        let hidden_topic = s.topic("Hidden").by("vera").await;
        s.mark(&hidden_topic, "hidden").await;
        let unlisted = s.topic("Unlisted").by("vera").await;
        s.mark(&unlisted, "unlisted").await;
        assert_eq!(s.browser("bo").listen(&of_topic(&private), None).await.status, 404);
        assert_eq!(s.stranger().listen(&of_topic(&hidden_topic), None).await.status, 404);
        s.settles().await;
        let (mut bo, mut list) = (s.browser("bo").listen(&of_topic(&public), None).await, s.browser("bo").listen("/live?list=latest", None).await);
        let mut inside = s.browser("inga").listen("/live?list=latest", None).await;
        bo.next().await;
        assert_eq!(list.next().await.data["id"], json!(public.id), "the newest topic that bo sees");
        inside.next().await;
        // Hidden and deleted in the same moment, as a filter for spam does.
        let (author, now) = (s.user("vera").await, s.now());
        for how in ["hidden_at", "deleted_at"] {
            let topic = public.id;
            let sql = format!(
                "insert into posts (topic_id, number, author_id, raw, html, renderer, created_at, {how})
                 values ($1, (select max(number) + 1 from posts where topic_id = $1), $2, 'x', 'x', 1, $3, $3) returning id"
            );
            s.app.db.write(move |tx| {
                let id: i64 = tx.one(&sql, params![topic, author, now])?;
                tx.changed(stoa::db::Kind::PostCreated, id);
                tx.changed(stoa::db::Kind::PostEdited, id);
                tx.changed(stoa::db::Kind::PostLiked, id);
                Ok(())
            }).await.expect("a post");
        }
        s.reply(&hidden_topic, "vera", "Nobody hears this.").await;
        s.reply(&unlisted, "vera", "Only those with the address.").await;
        s.reply(&private, "inga", "Among us.").await;
        assert_eq!(inside.next().await.data["id"], json!(private.id), "the list of those inside has it");
        assert!(bo.is_silent().await && list.is_silent().await);
        // What moderators see they hear of.
        s.moderator("ines").await;
        s.settles().await;
        let mut ines = s.browser("ines").listen("/live?list=latest", None).await;
        ines.next().await;
        s.reply(&hidden_topic, "vera", "Still here.").await;
        assert_eq!(ines.next().await.data["id"], json!(hidden_topic.id));
    }

    /// Who left a group hears nothing more of its topics; who is suspended or logged out is let go. Within two seconds.
    async fn revoked_rights_end_streams(s: Stoa) {
        let group = s.group("club").await;
        for name in ["inga", "olga", "sid", "lola"] {
            s.join(name, group).await;
        }
        let room = s.category("Room").for_group(group, Level::Create).await;
        let private = s.topic("Private").by("inga").in_category(&room).await;
        s.settles().await;
        let mut streams = HashMap::new();
        for name in ["inga", "olga", "sid", "lola"] {
            let mut stream = s.browser(name).listen(&of_topic(&private), None).await;
            stream.next().await;
            streams.insert(name, stream);
        }
        s.reply(&private, "inga", "All hear this.").await;
        for stream in streams.values_mut() {
            assert_eq!(stream.next().await.data["number"], json!(2));
        }
        s.leave("olga", group).await;
        s.suspend("sid", s.now() + stoa::clock::DAY).await;
        let lola = s.user("lola").await;
        s.app.db.write(move |tx| tx.exec("delete from sessions where user_id = $1", params![lola])).await.expect("no session");
        tokio::time::sleep(std::time::Duration::from_millis(1600)).await;
        s.reply(&private, "inga", "Only inga hears this.").await;
        assert_eq!(streams.get_mut("inga").expect("hers").next().await.data["number"], json!(3));
        assert!(streams.get_mut("olga").expect("hers").is_silent().await, "olga left the group");
        assert!(streams.get_mut("sid").expect("his").ends().await, "sid is suspended");
        assert!(streams.get_mut("lola").expect("hers").ends().await, "lola logged out");
    }

    /// A browser that comes back misses nothing and hears nothing twice, from whichever node.
    async fn a_stream_goes_on_where_it_stopped(s: Stoa) {
        let topic = s.topic("Tea").await;
        s.settles().await;
        let bo = s.browser("bo");
        let mut stream = bo.listen(&of_topic(&topic), None).await;
        stream.next().await;
        s.reply(&topic, "ada", "One.").await;
        let last = stream.next().await;
        assert_eq!(last.data["number"], json!(2));
        drop(stream);
        for n in 0..3 {
            s.reply(&topic, "ada", &format!("While nobody listened, {n}.")).await;
        }
        let mut stream = bo.listen(&of_topic(&topic), Some(&last.id)).await;
        let mut numbers = Vec::new();
        for _ in 0..3 {
            numbers.push(stream.next().await.data["number"].as_i64().expect("a number"));
        }
        s.reply(&topic, "ada", "And now.").await;
        let end = stream.next().await;
        numbers.push(end.data["number"].as_i64().expect("a number"));
        assert_eq!(numbers, [3, 4, 5, 6]);
        assert!(stream.is_silent().await);
        let other = s.second_node().await;
        let mut elsewhere = other.stranger().listen(&of_topic(&topic), Some(&end.id)).await;
        s.reply(&topic, "ada", "Seven.").await;
        assert_eq!(elsewhere.next().await.data["number"], json!(7));
        // Those who ask now and then get what is new since, and an end.
        let page = bo.get(format!("/live?topic={}&since={}&once=1", topic.id, last.id)).await;
        let told: Vec<i64> = events(&page.body()).iter().filter_map(|e| e.data["number"].as_i64()).collect();
        assert_eq!(told, [3, 4, 5, 6, 7]);
        // A place from another store, and one too long ago.
        let page = bo.get(format!("/live?topic={}&since=999999999999.999999999999&once=1", topic.id)).await;
        assert_eq!(events(&page.body()).iter().map(|e| e.name.as_str()).collect::<Vec<_>>(), ["reload", "post"]);
        let id = topic.id;
        s.app.db.write(move |tx| {
            (0..1001).for_each(|_| tx.changed(stoa::db::Kind::TopicEdited, id));
            Ok(())
        }).await.expect("much happened");
        s.settles().await;
        let page = bo.get(format!("/live?topic={}&since={}&once=1", topic.id, last.id)).await;
        assert_eq!(events(&page.body()).iter().map(|e| e.name.as_str()).collect::<Vec<_>>(), ["reload", "post"]);
    }

    /// A list does not hear of what its reader has muted; others do.
    async fn what_is_muted_is_not_told_to_lists(s: Stoa) {
        let noisy = s.category("Noise").await;
        let (open, muted) = (s.topic("Open").await, s.topic("Muted").await);
        let (below, by_vera) = (s.topic("Below").in_category(&noisy).await, s.topic("Hers").by("vera").await);
        let tagged = s.topic("Tagged").tagged(&["shouting"]).await;
        let bo = s.browser("bo");
        for path in [format!("/t/{}/follow", muted.id), format!("{}/follow", noisy.url()), "/tag/shouting/follow".to_owned()] {
            bo.post(&path, &[("level", "muted")]).await.is(303);
        }
        bo.post("/u/vera/mute", &[]).await.is(303);
        s.settles().await;
        s.wait(stoa::clock::MINUTE);
        s.reply(&open, "ada", "One.").await;
        s.wait(stoa::clock::MINUTE);
        s.reply(&muted, "ada", "Newer.").await;
        s.settles().await;
        let (mut his, mut all) = (bo.listen("/live?list=latest", None).await, s.stranger().listen("/live?list=latest", None).await);
        assert_eq!(his.next().await.data["id"], json!(open.id), "how things stand, without what is muted");
        let first = all.next().await;
        assert_eq!(first.data["id"], json!(muted.id));
        for topic in [&muted, &below, &by_vera, &tagged] {
            s.reply(topic, "ada", "Not for bo.").await;
            assert_eq!(all.next().await.data["id"], json!(topic.id));
        }
        s.reply(&open, "vera", "Whom bo does not hear.").await;
        assert_eq!(all.next().await.data["id"], json!(open.id));
        assert!(his.is_silent().await);
        s.reply(&open, "ada", "For all.").await;
        let heard = his.next().await;
        assert_eq!((&heard.data["id"], &heard.data["replies"]), (&json!(open.id), &json!(3)));
        // Neither when it comes back, and from now on when it is no longer muted.
        let page = bo.get(format!("/live?list=latest&since={}&once=1", first.id)).await;
        let told: Vec<serde_json::Value> = events(&page.body()).into_iter().map(|e| e.data["id"].clone()).filter(|id| !id.is_null()).collect();
        assert_eq!(told, [json!(open.id)]);
        bo.post("/u/vera/unmute", &[]).await.is(303);
        s.reply(&by_vera, "vera", "Heard again.").await;
        assert_eq!(his.next().await.data["id"], json!(by_vera.id));
    }

    /// Who writes is shown to those who show it themselves, see the topic, and have not muted each other. Nothing is kept.
    async fn who_is_writing_is_shown_to_those_who_show_it(s: Stoa) {
        let group = s.group("club").await;
        let room = s.category("Room").for_group(group, Level::Create).await;
        for name in ["ada", "bo", "cy", "dan", "eve", "fay"] {
            s.join(name, group).await;
        }
        let (topic, other) = (s.topic("Tea").in_category(&room).await, s.topic("Coffee").in_category(&room).await);
        let opts_in = async |name: &str, is_on: bool| {
            let form = s.browser(name).get("/settings/following").await.form("/settings/following");
            let form = if is_on { form.add("shows_writing", "1") } else { form.drop("shows_writing") };
            form.submit().await.is_ok();
        };
        let writes = async |name: &str| s.browser(name).post(format!("/t/{}/writing", topic.id), &[]).await;
        for name in ["ada", "bo", "dan", "eve", "fay"] {
            opts_in(name, true).await;
        }
        s.browser("bo").get(topic.url()).await.shows("Tea");
        assert!(s.browser("bo").get(topic.url()).await.body().contains("data-writing=\"/t/"));
        s.browser("cy").get(topic.url()).await.lacks("data-writing");
        s.browser("dan").post("/u/ada/mute", &[]).await.is(303);
        s.browser("ada").post("/u/eve/mute", &[]).await.is(303);
        s.settles().await;
        let mut streams = HashMap::new();
        for name in ["ada", "bo", "cy", "dan", "eve", "fay"] {
            let mut stream = s.browser(name).listen(&of_topic(&topic), None).await;
            stream.next().await;
            streams.insert(name, stream);
        }
        let mut elsewhere = s.browser("bo").listen(&of_topic(&other), None).await;
        elsewhere.next().await;
        let dump = || (s.engine() == Engine::Sqlite).then(|| dump(s, &["reads", "sessions"]));
        let before = dump();
        writes("ada").await.is(204);
        let event = streams.get_mut("bo").expect("his").next().await;
        assert_eq!((event.name.as_str(), event.data, event.id.as_str()), ("writing", json!({ "name": "ada" }), ""));
        assert_eq!(streams.get_mut("fay").expect("hers").next().await.data["name"], json!("ada"));
        for (name, why) in [("ada", "wrote it"), ("cy", "does not show it"), ("dan", "has muted ada"), ("eve", "is muted by ada")] {
            assert!(streams.get_mut(name).expect("a stream").is_silent().await, "{name} {why}");
        }
        assert!(elsewhere.is_silent().await, "another topic");
        if let (Some(before), Some(after)) = (before, dump()) {
            assert_eq!(differences(&before, &after), Vec::<String>::new());
        }
        // Who does not show it, or may not write, tells nobody; who does not see the topic is told that there is none.
        writes("cy").await.is(204);
        s.silence("fay", s.now() + stoa::clock::DAY).await;
        writes("fay").await.is_refused("silenced");
        assert_eq!(writes("gus").await.status, 404);
        assert!(streams.get_mut("bo").expect("his").is_silent().await);
        // Rights that are gone and a choice that was taken back count from the next moment on.
        s.leave("fay", group).await;
        opts_in("bo", false).await;
        tokio::time::sleep(std::time::Duration::from_millis(1100)).await;
        writes("ada").await.is(204);
        for name in ["bo", "fay"] {
            assert!(streams.get_mut(name).expect("a stream").is_silent().await, "{name}");
        }
        // Said without end, it is passed on now and then.
        opts_in("bo", true).await;
        for _ in 0..20 {
            writes("ada").await.is(204);
        }
        tokio::time::sleep(std::time::Duration::from_millis(1100)).await;
        let mut bo = s.browser("bo").listen(&of_topic(&topic), None).await;
        bo.next().await;
        writes("ada").await.is(204);
        assert!(bo.is_silent().await);
    }

    /// Lists hear of new topics and of topics with something new.
    async fn a_list_hears_of_topics(s: Stoa) {
        let tea = s.topic("Tea").await;
        s.settles().await;
        let mut list = s.stranger().listen("/live?list=latest", None).await;
        let first = list.next().await;
        assert_eq!((first.name.as_str(), &first.data["id"]), ("topic", &json!(tea.id)));
        s.wait(stoa::clock::MINUTE);
        s.reply(&tea, "bo", "Milk.").await;
        let event = list.next().await;
        assert_eq!(event.data, json!({ "id": tea.id, "replies": 1, "bumped": s.now() }));
        let coffee = s.topic("Coffee").await;
        assert_eq!(list.next().await.data["id"], json!(coffee.id));
    }
}

stories! {
    /// The bell is told to its member alone, and only with what changed.
    async fn the_bell_rings_for_one(s: Stoa) {
        let topic = s.topic("Tea").await;
        let (bo, ada) = (s.user("bo").await, s.user("ada").await);
        let mut hers = s.browser("ada").listen(&of_topic(&topic), None).await;
        let mut his = s.browser("bo").listen("/live?list=latest", None).await;
        hers.next().await;
        his.next().await;
        let mut listening = s.app.live.members();
        listening.sort_unstable();
        let mut both = vec![bo, ada];
        both.sort_unstable();
        assert_eq!(listening, both);
        s.app.live.ring(HashMap::from([(bo, 3)]));
        let event = his.next().await;
        assert_eq!((event.name.as_str(), event.data), ("bell", json!({ "count": 3 })));
        assert!(hers.is_silent().await);
    }

    /// There is an end to how many streams one may open; a stream that was closed makes room.
    async fn too_many_streams_are_refused(s: Stoa) {
        let topic = s.topic("Tea").await;
        let bo = s.browser("bo");
        let mut open = Vec::new();
        for _ in 0..s.config.streams_each {
            let mut stream = bo.listen(&of_topic(&topic), None).await;
            stream.next().await;
            open.push(stream);
        }
        let refused = bo.listen(&of_topic(&topic), None).await;
        assert_eq!(refused.status, 503);
        assert!(refused.headers.contains_key("retry-after"));
        assert_eq!(s.browser("ada").listen(&of_topic(&topic), None).await.status, 200, "others are let in");
        open.pop();
        tokio::time::sleep(std::time::Duration::from_millis(200)).await;
        assert_eq!(bo.listen(&of_topic(&topic), None).await.status, 200);
        s.app.live.close();
        assert!(open[0].ends().await, "all streams end when the program stops");
        for strange in ["/live", "/live?topic=x", "/live?list=top", "/live?topic=1&list=latest", "/live?topic=999"] {
            assert_eq!(bo.peek(strange).await.status, 404, "{strange}");
        }
    }
}
