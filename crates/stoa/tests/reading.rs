//! Reading: lists, topics, pages, and what every state of a topic or a post means for whom.

use stoa::clock::{DAY, HOUR};
use stoa::db::params;
use stoa::site::{EVERYONE, Level};

use crate::support::{Ask, Page, Stoa, Topic};

both_engines! {
    async fn a_list_leads_to_a_topic(s: Stoa) {
        let topic = s.topic("Tea ceremonies").by("ada").tagged(&["green", "お茶"]).await;
        let list = s.stranger().get("/latest").await;
        list.is_ok().shows("Tea ceremonies").shows("green").shows("お茶").shows("ada");
        assert!(list.links().contains(&topic.url()), "{:?}", list.links());
        let page = s.stranger().get(topic.url()).await;
        page.is_ok().shows("Tea ceremonies").shows("The first post of Tea ceremonies.");
        assert!(!page.has_form("reply"), "a stranger has no box to reply in");
    }

    /// Names of topics may change; an address with an old or a wrong name leads to the right one.
    async fn an_address_with_another_name_leads_on(s: Stoa) {
        let topic = s.topic("Tea").await;
        let old = s.stranger().peek(format!("/t/coffee/{}", topic.id)).await;
        assert_eq!((old.status, old.location()), (301, Some(topic.url())));
        s.stranger().get(format!("/t/tea/{}", topic.id + 999)).await.is_not_found();
        s.stranger().get("/t/tea/not-a-number").await.is_not_found();
    }

    async fn pages_of_a_topic_hold_thirty_posts(s: Stoa) {
        let topic = s.topic("A long one").await;
        for n in 2..=65 {
            s.reply(&topic, "bo", &format!("reply number {n}.")).await;
        }
        let reader = s.stranger();
        reader.get(topic.url()).await.shows("reply number 30.").lacks("reply number 31.");
        reader.get(format!("{}?page=2", topic.url())).await.shows("reply number 31.").lacks("reply number 61.");
        reader.get(format!("{}?page=3", topic.url())).await.shows("reply number 65.");
        reader.get(format!("{}?page=4", topic.url())).await.is(404).is_refused("page-number");
        for absurd in ["0", "-1", "1000000000", "99999999999999999999", "two", "1e3"] {
            reader.get(format!("{}?page={absurd}", topic.url())).await.is(404).is_refused("page-number");
        }
        let jump = reader.peek(format!("{}/40", topic.url())).await;
        assert_eq!(jump.location(), Some(format!("{}?page=2#p40", topic.url())));
        let jump = reader.peek(format!("{}/go?post=999", topic.url())).await;
        assert_eq!(jump.location(), Some(format!("{}?page=3#p65", topic.url())));
    }

    async fn deep_lists_are_reached_by_their_last_row(s: Stoa) {
        for n in 0..65 {
            s.wait(1_000_000);
            s.topic(&format!("Topic number {n}.")).await;
        }
        let reader = s.stranger();
        let mut page = reader.get("/latest").await;
        let mut seen = 0;
        for at in 0.. {
            seen += page.body().matches("class=\"topic-row ").count().max(page.body().matches("class=\"topic-row\"").count());
            let dom = page.dom();
            let Some(next) = dom.find(|e| e.attribute("rel") == Some("next") && e.name == "a") else { break };
            assert!(at < 5, "the list does not end");
            page = reader.get(next.attribute("href").expect("a link")).await;
            page.is_ok();
        }
        assert_eq!(seen, 65);
        page.shows("Topic number 0.");
        for absurd in ["?page=1000000000", "?page=101", "?page=0", "?page=2&before=nonsense", "?before=1", "?page=x"] {
            reader.get(format!("/latest{absurd}")).await.is(404).is_refused("page-number");
        }
    }

    /// Closed topics are read and not answered; moderators still may.
    async fn a_closed_topic_takes_no_replies(s: Stoa) {
        let topic = s.topic("Enough said").await;
        s.moderator("ines").await;
        let open = s.browser("bo").get(topic.url()).await;
        s.mark(&topic, "closed").await;
        s.browser("bo").get(topic.url()).await.is_ok().shows("Closed: no new replies");
        assert!(!s.browser("bo").get(topic.url()).await.has_form("reply"));
        open.form("reply").fill("raw", "one more").submit().await.is_refused("topic-closed");
        s.browser("bo").post(format!("/t/{}/replies", topic.id), &[("raw", "and one")]).await.is(403);
        let edit = format!("/p/{}/edit", s.post_id(&topic, 1).await);
        s.browser("ada").post(edit, &[("raw", "changed")]).await.is(403);
        assert_eq!(s.posts_in(&topic).await, 1);
        let ines = s.browser("ines").get(topic.url()).await;
        ines.form("reply").fill("raw", "from a moderator").submit().await.shows("from a moderator");
    }

    /// Archived topics stay as they are: no replies, edits, deletions or likes, by nobody.
    async fn an_archived_topic_stays_as_it_is(s: Stoa) {
        let topic = s.topic("History").await;
        s.reply(&topic, "bo", "a reply of bo's").await;
        s.moderator("ines").await;
        s.mark(&topic, "archived").await;
        s.stranger().get(topic.url()).await.is_ok().shows("a reply of bo's");
        let (first, second) = (s.post_id(&topic, 1).await, s.post_id(&topic, 2).await);
        for (who, path) in [
            ("bo", format!("/t/{}/replies", topic.id)), ("ines", format!("/t/{}/replies", topic.id)),
            ("bo", format!("/p/{second}/edit")), ("bo", format!("/p/{second}/delete")), ("bo", format!("/p/{first}/like")),
        ] {
            let fields: &[(&str, &str)] = if path.ends_with("edit") || path.ends_with("replies") { &[("raw", "no")] } else { &[] };
            s.browser(who).post(&path, fields).await.is(403).is_refused("topic-archived");
        }
        assert_eq!(s.posts_in(&topic).await, 2);
        assert_eq!(s.number("select like_count from topics", &[]).await, 0);
    }

    async fn a_pinned_topic_stands_first_until_its_time(s: Stoa) {
        let pinned = s.topic("Read me first").await;
        s.wait(HOUR);
        s.topic("Newer talk").await;
        let until = s.now() + DAY;
        s.sql("update topics set pinned_at = 1, pinned_everywhere = 1, pinned_until = $2, version = version + 1 where id = $1", params![pinned.id, until]).await;
        let place = |page: &Page, title: &str| page.words().find(title).expect("listed");
        let list = s.stranger().get("/latest").await;
        assert!(place(&list, "Read me first") < place(&list, "Newer talk"));
        s.wait(2 * DAY);
        let list = s.stranger().get("/latest").await;
        assert!(place(&list, "Read me first") > place(&list, "Newer talk"), "its time is over");
    }

    /// Unlisted: in no list, still there for those who have the address.
    async fn an_unlisted_topic_is_in_no_list(s: Stoa) {
        let topic = s.topic("Quiet corner").tagged(&["hush"]).await;
        s.mark(&topic, "unlisted").await;
        s.moderator("ines").await;
        for list in ["/latest", "/new", "/top", "/unread"] {
            s.browser("bo").get(list).await.is_ok().lacks("Quiet corner");
        }
        s.browser("ines").get("/latest").await.shows("Quiet corner");
        let page = s.stranger().get(topic.url()).await;
        page.is_ok().shows("Quiet corner");
        assert!(page.body().contains("noindex"), "search engines are told to leave it out");
    }

    async fn hidden_topics_are_for_their_author_and_moderators(s: Stoa) {
        let topic = s.topic("Under review").by("ada").await;
        s.mark(&topic, "hidden").await;
        s.moderator("ines").await;
        s.stranger().get(topic.url()).await.is_not_found().lacks("Under review");
        s.browser("bo").get(topic.url()).await.is_not_found().lacks("Under review");
        s.browser("bo").get("/latest").await.lacks("Under review");
        s.browser("ada").get(topic.url()).await.is_ok().shows("Under review");
        s.browser("ines").get(topic.url()).await.is_ok().shows("Under review");
    }

    async fn deleted_topics_are_for_moderators(s: Stoa) {
        let topic = s.topic("Gone").by("ada").await;
        s.mark(&topic, "deleted").await;
        s.moderator("ines").await;
        for who in ["ada", "bo"] {
            s.browser(who).get(topic.url()).await.is_not_found();
            s.browser(who).post(format!("/t/{}/replies", topic.id), &[("raw", "hello")]).await.is_not_found();
        }
        s.browser("ines").get(topic.url()).await.is_ok().shows("Gone");
        s.browser("ines").post(format!("/t/{}/replies", topic.id), &[("raw", "hello")]).await.is(410).is_refused("gone");
    }

    /// A page that an author saw with their own hidden post is not given to others from memory.
    async fn a_hidden_post_is_not_shown_from_memory(s: Stoa) {
        let topic = s.topic("Talk").by("ada").await;
        s.reply(&topic, "cleo", "words that were hidden").await;
        s.hide(&topic, 2).await;
        s.moderator("ines").await;
        s.browser("cleo").get(topic.url()).await.is_ok();
        s.browser("ines").get(topic.url()).await.shows("words that were hidden");
        s.browser("bo").get(topic.url()).await.is_ok().lacks("words that were hidden");
        s.stranger().get(topic.url()).await.is_ok().lacks("words that were hidden");
        let id = s.post_id(&topic, 2).await;
        s.browser("cleo").get(format!("/p/{id}/edit")).await.is_ok().shows("words that were hidden");
        for path in [format!("/p/{id}"), format!("/p/{id}/history"), format!("/p/{id}/likes")] {
            s.browser("bo").get(&path).await.is_not_found();
        }
        let quote = s.browser("bo").get(format!("{}/reply?quote=2", topic.url())).await;
        quote.is_ok().lacks("words that were hidden");
    }

    async fn a_category_is_for_its_groups(s: Stoa) {
        let group = s.group("board").await;
        let room = s.category("Boardroom").for_group(group, Level::Create).await;
        let below = s.category("Under the table").for_group(EVERYONE, Level::See).under(&room).await;
        let (inside, under) = (s.topic("Minutes").in_category(&room).await, s.topic("Crumbs").in_category(&below).await);
        s.join("cleo", group).await;
        s.moderator("ines").await;
        s.browser("cleo").get(inside.url()).await.is_ok();
        s.browser("cleo").get(under.url()).await.is_ok();
        for who in ["bo", "ines"] {
            for topic in [&inside, &under] {
                s.browser(who).get(topic.url()).await.is_not_found();
            }
            s.browser(who).get("/latest").await.lacks("Minutes").lacks("Crumbs").lacks("Boardroom");
        }
        s.leave("cleo", group).await;
        s.browser("cleo").get(inside.url()).await.is_not_found();
        s.browser("cleo").get("/latest").await.lacks("Minutes");
    }

    async fn the_unread_line_follows_the_reader(s: Stoa) {
        let topic = s.topic("Serial").await;
        let bo = s.browser("bo");
        bo.get(topic.url()).await.is_ok();
        read_to(s, "bo", &topic, 1).await;
        bo.get(topic.url()).await.form("/follow").press("level", "tracking").await.is_ok();
        s.reply(&topic, "ada", "the second part").await;
        bo.get("/unread").await.shows("Serial");
        let page = bo.get(topic.url()).await;
        assert!(page.body().contains("id=\"unread\""), "the line stands before what is new");
        read_to(s, "bo", &topic, 2).await;
        bo.get("/unread").await.lacks("Serial");
    }

    /// A clock that goes back an hour, and one that jumps a year ahead: posts keep their order and their numbers.
    async fn a_clock_in_trouble_reorders_nothing(s: Stoa) {
        let topic = s.topic("Time").await;
        let ada = s.browser("ada");
        for (n, jump) in [-HOUR, 366 * DAY, -HOUR, -366 * DAY, 5 * HOUR].into_iter().enumerate() {
            s.wait(jump);
            let page = ada.get(topic.url()).await;
            page.form("reply").fill("raw", &format!("part {n}")).submit().await.is_ok().shows(&format!("part {n}"));
        }
        let rows: Vec<(i64, String)> = s.app.db.read(|tx| {
            tx.all("select number, raw from posts where topic_id = $1 order by number", params![topic.id])
        }).await.expect("posts");
        let numbers: Vec<i64> = rows.iter().map(|r| r.0).collect();
        assert_eq!(numbers, [1, 2, 3, 4, 5, 6]);
        assert!((0..5).all(|n| rows[n + 1].1 == format!("part {n}")), "{rows:?}");
        let page = s.stranger().get(topic.url()).await;
        let words = page.words();
        let places: Vec<_> = (0..5).map(|n| words.find(&format!("part {n}")).expect("shown")).collect();
        assert!(places.is_sorted(), "{places:?}");
        assert_eq!(s.number("select count(distinct seq) - count(*) from changes", &[]).await, 0);
    }

    /// A session ends when its own time has come, and not because a clock went back.
    async fn sessions_end_by_their_own_rule(s: Stoa) {
        let bo = s.browser("bo");
        bo.get("/unread").await.is_ok();
        s.wait(-HOUR);
        bo.peek("/unread").await.is_ok();
        s.wait(401 * DAY);
        assert_eq!(bo.peek("/unread").await.status, 303, "logged out");
    }
}

/// Waits until it is known that somebody has read so far: that is written beside the answer.
async fn read_to(s: &Stoa, who: &str, topic: &Topic, number: i64) {
    let user = s.user(who).await;
    let sql = "select coalesce(max(last_number), 0) from reads where user_id = $1 and topic_id = $2";
    let since = std::time::Instant::now();
    while since.elapsed() < std::time::Duration::from_secs(20) {
        if s.number(sql, params![user, topic.id]).await >= number {
            return;
        }
        tokio::time::sleep(std::time::Duration::from_millis(1)).await;
    }
    panic!("{who} never got to post {number}");
}

stories! {
    /// A stranger's page is kept: the second answer has the same mark, and a browser that has it gets no body.
    async fn a_stored_page_has_a_mark(s: Stoa) {
        let topic = s.topic("Tea").await;
        let first = s.stranger().get(topic.url()).await;
        let mark = first.header("etag").to_owned();
        assert!(mark.starts_with('"'), "{mark}");
        let again = s.stranger().ask(Ask::get(&topic.url()).with("if-none-match", &mark)).await;
        assert_eq!((again.status, again.bytes.len()), (304, 0));
        s.reply(&topic, "bo", "with milk").await;
        let new = s.stranger().ask(Ask::get(&topic.url()).with("if-none-match", &mark)).await;
        new.is_ok().shows("with milk");
    }
}
