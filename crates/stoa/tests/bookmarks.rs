//! Bookmarks: found again, reminded of, and nobody else's.

use stoa::bookmarks::due;
use stoa::clock::{DAY, HOUR};
use stoa::db::params;
use stoa::site::Level;

both_engines! {
    async fn a_post_is_kept_with_a_note_and_let_go(s: Stoa) {
        let topic = s.topic("Tea").by("ada").await;
        s.reply(&topic, "ada", "With milk.").await;
        let post = s.post_id(&topic, 2).await;
        let bo = s.browser("bo");
        bo.get(topic.url()).await.shows("Bookmark");
        let page = bo.get(format!("/p/{post}/bookmark")).await;
        page.form("bookmark").fill("note", "For the winter").fill("when", "hours").submit().await.is_ok().shows("The bookmark is saved.");
        let list = bo.get("/bookmarks").await;
        list.shows("For the winter").shows("With milk.").shows("Reminder:");
        s.browser("ada").get("/bookmarks").await.lacks("winter").shows("No bookmarks yet");
        let page = bo.get(format!("/p/{post}/bookmark")).await;
        page.form("bookmark").fill("note", "x".repeat(256).as_str()).submit().await.shows("256");
        page.form("bookmark").fill("when", "at").fill("date", "2020-01-01").submit().await.shows("still to come");
        page.form("bookmark").fill("note", "For the summer").submit().await.is_ok();
        assert_eq!(s.number("select remind_at from bookmarks", &[]).await, s.now() + 3 * HOUR, "the reminder stays");
        assert_eq!(s.number("select count(*) from bookmarks", &[]).await, 1);
        bo.get(format!("/p/{post}/bookmark")).await.form("unbookmark").submit().await.is_ok().shows("No bookmarks yet");
        assert_eq!(s.number("select count(*) from bookmarks", &[]).await, 0);
    }

    /// What one may not see any more is neither in the list nor in the calendar.
    async fn a_bookmark_of_what_is_gone_is_not_shown(s: Stoa) {
        let group = s.group("club").await;
        s.join("bo", group).await;
        let room = s.category("Room").for_group(group, Level::Create).await;
        let secret = s.topic("Secret tea").in_category(&room).await;
        let open = s.topic("Open tea").await;
        let bo = s.browser("bo");
        for topic in [&secret, &open] {
            let post = s.post_id(topic, 1).await;
            bo.post(format!("/p/{post}/bookmark"), &[("note", &format!("zq {}", topic.id)), ("when", "week")]).await;
        }
        bo.post("/bookmarks/renew", &[]).await;
        let token = s.text("select token from calendar_tokens", &[]).await;
        let calendar = format!("/bookmarks/{token}.ics");
        let page = bo.get("/bookmarks").await;
        page.shows("Secret tea");
        assert!(page.body().contains(&calendar), "the page says the address");
        let stranger = s.stranger();
        let page = stranger.get(&calendar).await;
        assert_eq!(page.headers["content-type"], "text/calendar; charset=utf-8");
        let text = page.body();
        assert!(text.contains("SUMMARY:Secret tea") && text.contains("SUMMARY:Open tea"), "{text}");
        s.leave("bo", group).await;
        bo.get("/bookmarks").await.lacks("Secret tea").shows("Open tea");
        let text = stranger.get(&calendar).await.body().to_string();
        assert!(!text.contains("Secret") && text.contains("Open tea"), "{text}");
        bo.post("/bookmarks/renew", &[]).await;
        assert_eq!(stranger.peek(&calendar).await.status, 404, "the old address leads nowhere");
        let token = s.text("select token from calendar_tokens", &[]).await;
        s.suspend("bo", s.now() + DAY).await;
        assert_eq!(stranger.peek(format!("/bookmarks/{token}.ics")).await.status, 404);
    }

    async fn a_reminder_is_due_once(s: Stoa) {
        let topic = s.topic("Tea").await;
        let post = s.post_id(&topic, 1).await;
        let bo = s.browser("bo");
        bo.post(format!("/p/{post}/bookmark"), &[("note", "drink it"), ("when", "hours")]).await;
        let take = async || {
            let now = s.now();
            s.app.db.write(move |tx| due(tx, now)).await.expect("what is due")
        };
        assert!(take().await.is_empty(), "not yet");
        s.wait(3 * HOUR);
        let found = take().await;
        assert_eq!(found.len(), 1);
        assert_eq!((found[0].post_id, found[0].topic_id, found[0].number), (post, topic.id, 1));
        assert_eq!((found[0].user_id, found[0].note.as_str()), (s.user("bo").await, "drink it"));
        assert!(take().await.is_empty(), "told once");
        bo.post(format!("/p/{post}/bookmark"), &[("note", "again"), ("when", "tomorrow")]).await;
        s.wait(2 * DAY);
        assert_eq!(take().await.len(), 1, "a new time is a new reminder");
        assert_eq!(s.number("select count(*) from bookmarks where reminded_at is null", params![]).await, 0);
    }
}
