//! Editing together: wiki posts, two changes at once, and going back to an older version.

use stoa::clock::DAY;
use stoa::db::params;
use stoa::site::{EVERYONE, Level, MEMBERS};

use crate::support::{Stoa, Topic};

const LIST: &str = "milk\nbread\n\nsalt\nflour\n\ntea";

async fn shopping(s: &Stoa) -> (Topic, i64) {
    let topic = s.topic("Shopping").by("ada").saying(LIST).tagged(&["food"]).await;
    let post = s.post_id(&topic, 1).await;
    (topic, post)
}

/// Everybody is told what there is to tell: on PostgreSQL an entry of the log waits for other stories' transactions.
async fn tell(s: &Stoa) {
    let since = std::time::Instant::now();
    let left = "select count(*) from changes c, followers f where f.name = 'notifications' and (c.xid, c.seq) > (f.xid, f.seq)";
    loop {
        stoa::notifications::follow::catch_up(&s.app).await.expect("people are told");
        if s.number(left, &[]).await == 0 {
            return;
        }
        assert!(since.elapsed().as_secs() < 20, "the follower does not come to the end of the log");
        tokio::task::yield_now().await;
    }
}

async fn raw(s: &Stoa, post: i64) -> String {
    s.text("select raw from posts where id = $1", params![post]).await
}

both_engines! {
    /// Its author opens it, everybody who may reply changes it under their own name, and its author takes it back.
    async fn a_wiki_post_is_edited_by_many(s: Stoa) {
        let (topic, post) = shopping(s).await;
        let (ada, bo) = (s.browser("ada"), s.browser("bo"));
        let edit = format!("/p/{post}/edit");
        bo.get(&edit).await.is(403).is_refused("not-yours");
        bo.post(format!("/p/{post}/wiki"), &[]).await.is(403).is_refused("not-yours");
        let page = ada.get(topic.url()).await.form(&format!("/p/{post}/wiki")).submit().await;
        page.is_ok().shows("Anyone here can edit this.").lacks("Last edited");
        let page = bo.get(topic.url()).await;
        page.is_ok().shows("Anyone here can edit this.");
        assert!(page.links().contains(&edit), "bo is led to the form");
        let form = bo.get(&edit).await;
        form.is_ok().shows("Edit a wiki post");
        let form = form.form("edit");
        assert_eq!(form.value("title"), None, "the title stays its author's");
        let page = form.fill("raw", &format!("{LIST}\ncoffee")).fill("reason", "we are out of it").submit().await;
        page.is_ok().shows("coffee").shows("Last edited by bo");
        s.stranger().get(topic.url()).await.shows("Last edited by bo").shows("coffee");
        let history = s.stranger().get(format!("/p/{post}/history")).await;
        history.is_ok().shows("we are out of it").lacks("Restore this version");
        let editor = "select u.name from revisions r join users u on u.id = r.editor_id where r.number = 1";
        assert_eq!(s.text(editor, &[]).await, "bo");
        // What bo sends beside the text is not taken.
        bo.post(&edit, &[("raw", "a"), ("title", "Bo's list"), ("tags", "mine")]).await.is(303);
        assert_eq!(s.text("select title from topics", &[]).await, "Shopping");
        assert_eq!(s.number("select count(*) from tags where name = 'mine'", &[]).await, 0);
        bo.post(format!("/p/{post}/delete"), &[]).await.is(403).is_refused("not-yours");
        ada.get(topic.url()).await.form(&format!("/p/{post}/unwiki")).submit().await.is_ok().lacks("Anyone here");
        bo.post(&edit, &[("raw", "b")]).await.is(403).is_refused("not-yours");
        assert_eq!(raw(s, post).await, "a");
        s.is_whole().await;
    }

    async fn a_wiki_post_is_for_those_who_may_reply(s: Stoa) {
        let room = s.category("Notices").for_group(EVERYONE, Level::See).for_group(MEMBERS, Level::See).await;
        let notice = s.topic("Notice").by("ada").in_category(&room).await;
        let (topic, post) = shopping(s).await;
        let there = s.post_id(&notice, 1).await;
        s.moderator("ines").await;
        let ines = s.browser("ines");
        for (topic, post) in [(&notice, there), (&topic, post)] {
            let page = ines.get(topic.url()).await.form(&format!("/p/{post}/wiki")).submit().await;
            page.is_ok().shows("Anyone here can edit this.");
        }
        let bo = s.browser("bo");
        bo.post(format!("/p/{there}/edit"), &[("raw", "x")]).await.is(403).is_refused("not-here");
        let edit = format!("/p/{post}/edit");
        s.silence("bo", s.now() + DAY).await;
        bo.post(&edit, &[("raw", "x")]).await.is(403).is_refused("silenced");
        s.stranger().post(&edit, &[("raw", "x")]).await.is(401);
        s.wait(2 * DAY);
        bo.post(&edit, &[("raw", "x")]).await.is(303);
        s.mark(&topic, "closed").await;
        bo.post(&edit, &[("raw", "y")]).await.is(403).is_refused("topic-closed");
        assert!(!bo.get(topic.url()).await.links().contains(&edit), "no way in where there is none");
        s.mark(&topic, "hidden").await;
        bo.get(&edit).await.is_not_found();
        assert_eq!(raw(s, post).await, "x");
    }

    /// Two people change different lines: the text has both changes, and nobody is asked anything.
    async fn changes_of_different_lines_are_merged(s: Stoa) {
        let (topic, post) = shopping(s).await;
        s.browser("ada").post(format!("/p/{post}/wiki"), &[]).await.is(303);
        let edit = format!("/p/{post}/edit");
        let (ada, bo) = (s.browser("ada").get(&edit).await.form("edit"), s.browser("bo").get(&edit).await.form("edit"));
        let ada = ada.fill("title", "Shopping for two").fill("tags", "food, two");
        ada.fill("raw", &LIST.replace("tea", "green tea")).submit().await.is_ok();
        let page = bo.fill("raw", &LIST.replace("milk", "oat milk")).submit().await;
        page.is_ok().shows("oat milk").shows("green tea").shows("both changes are in the text").shows("Shopping for two");
        assert_eq!(raw(s, post).await, "oat milk\nbread\n\nsalt\nflour\n\ngreen tea");
        s.stranger().get(topic.url()).await.is_ok().shows("two");
        assert_eq!(s.number("select count(*) from revisions where post_id = $1", params![post]).await, 2);
        s.is_whole().await;
    }

    /// Two tabs of the author: what one tab changed of title and tags, the other does not undo.
    async fn titles_and_tags_are_merged_as_well(s: Stoa) {
        let (_, post) = shopping(s).await;
        let ada = s.browser("ada");
        let edit = format!("/p/{post}/edit");
        let (one, two) = (ada.get(&edit).await.form("edit"), ada.get(&edit).await.form("edit"));
        let three = ada.get(&edit).await.form("edit");
        one.fill("title", "Shopping list").fill("tags", "lists").submit().await.is_ok();
        two.fill("raw", "only tea").fill("tags", "food, tea").submit().await.is_ok().shows("Shopping list");
        let tags = "select string_agg(g.name, ' ') from (select g.name from tags g join topic_tags tt on tt.tag_id = g.id
            order by g.name) g";
        assert_eq!(s.text(tags, &[]).await, "lists tea");
        let page = three.fill("title", "What to buy").fill("raw", LIST).submit().await;
        page.is(422).shows("“Shopping list”");
        assert_eq!(page.form("edit").value("title"), Some("What to buy"));
        assert_eq!(s.text("select title from topics", &[]).await, "Shopping list");
    }

    /// Two people change the same line: the second sees both texts, loses neither, and decides.
    async fn changes_of_the_same_line_are_shown(s: Stoa) {
        let (topic, post) = shopping(s).await;
        s.browser("ada").post(format!("/p/{post}/wiki"), &[]).await.is(303);
        let edit = format!("/p/{post}/edit");
        let (ada, bo) = (s.browser("ada").get(&edit).await.form("edit"), s.browser("bo").get(&edit).await.form("edit"));
        ada.fill("raw", &LIST.replace("tea", "green tea")).submit().await.is_ok();
        let mine = LIST.replace("tea", "black tea");
        // A preview changes nothing of what is known about the beginning.
        let bo = bo.fill("raw", &mine).press("preview", "1").await.form("edit");
        let page = bo.submit().await;
        page.is(422).shows("What ada changed").shows("green tea").shows("The whole text as it is now");
        assert_eq!(page.form("edit").value("raw"), Some(mine.as_str()));
        let dom = page.dom();
        let now = dom.find(|e| e.attribute("id") == Some("now")).expect("their whole text");
        assert_eq!(now.text(), LIST.replace("tea", "green tea"));
        assert_eq!(raw(s, post).await, LIST.replace("tea", "green tea"), "nothing was overwritten");
        page.form("edit").submit().await.is_ok().shows("black tea");
        let history = s.stranger().get(format!("/p/{post}/history")).await;
        history.shows("green tea").shows("black tea");
        s.browser("bo").get(topic.url()).await.is_ok();
        s.is_whole().await;
    }

    /// A draft that was begun before somebody else's change goes on from what it was begun with.
    async fn a_draft_does_not_undo_what_others_did_since(s: Stoa) {
        let (_, post) = shopping(s).await;
        let (ada, bo) = (s.browser("ada"), s.browser("bo"));
        ada.post(format!("/p/{post}/wiki"), &[]).await.is(303);
        let (edit, place) = (format!("/p/{post}/edit"), format!("edit-{post}"));
        let mine = LIST.replace("milk", "oat milk");
        let fields = [("place", place.as_str()), ("raw", mine.as_str()), ("version", "0"), ("seen", "0")];
        bo.post("/drafts", &fields).await.is_ok();
        ada.post(&edit, &[("raw", &LIST.replace("tea", "green tea"))]).await.is(303);
        let form = bo.get(&edit).await.form("edit");
        assert_eq!(form.value("raw"), Some(mine.as_str()));
        form.submit().await.is_ok();
        assert_eq!(raw(s, post).await, "oat milk\nbread\n\nsalt\nflour\n\ngreen tea");
        assert_eq!(s.number("select count(*) from drafts", &[]).await, 0);
    }

    /// Twenty people save at the same moment: every line is there.
    async fn nothing_is_lost_in_a_crowd(s: Stoa) {
        let lines: Vec<String> = (0..20).flat_map(|n| [format!("line {n}"), String::new()]).collect();
        let topic = s.topic("Crowd").by("ada").saying(lines.join("\n").trim()).await;
        let post = s.post_id(&topic, 1).await;
        s.browser("ada").post(format!("/p/{post}/wiki"), &[]).await.is(303);
        let mut forms = Vec::new();
        for n in 0..4 {
            let form = s.browser(&format!("member {n}")).get(format!("/p/{post}/edit")).await.form("edit");
            let text = form.value("raw").expect("a text").replace(&format!("line {}\n", n * 5), &format!("by {n}\n"));
            forms.push(form.fill("raw", &text));
        }
        let jobs: Vec<_> = forms.into_iter().map(|form| tokio::spawn(form.send())).collect();
        for job in jobs {
            job.await.expect("no panic").is(303);
        }
        let text = raw(s, post).await;
        assert!((0..4).all(|n| text.contains(&format!("by {n}"))), "{text}");
        assert_eq!(s.number("select revision_count from posts where id = $1", params![post]).await, 4);
        s.is_whole().await;
    }

    async fn an_older_version_comes_back(s: Stoa) {
        let (topic, post) = shopping(s).await;
        let ada = s.browser("ada");
        let edit = format!("/p/{post}/edit");
        ada.post(&edit, &[("raw", "second"), ("title", "Second")]).await.is(303);
        ada.post(&edit, &[("raw", "third"), ("title", "Third")]).await.is(303);
        let path = format!("/p/{post}/history");
        s.browser("bo").get(&path).await.is_ok().lacks("Restore this version");
        s.browser("bo").post(format!("/p/{post}/restore"), &[("number", "0")]).await.is(403).is_refused("not-yours");
        let history = ada.get(&path).await;
        history.is_ok().shows("As it was first written").shows("Restore this version");
        let numbers: Vec<String> = history.dom().all().iter().filter(|e| e.attribute("name") == Some("number"))
            .filter_map(|e| e.attribute("value").map(str::to_owned)).collect();
        assert_eq!(numbers, ["1", "0"], "the newest is there already");
        let page = history.form("restore").submit().await;
        page.is_ok().shows("second").shows("Second");
        let page = ada.get(&path).await.form("restore").fill("number", "0").submit().await;
        page.is_ok().shows("Shopping").shows("flour");
        assert_eq!(raw(s, post).await, LIST);
        assert_eq!(s.number("select revision_count from posts where id = $1", params![post]).await, 4);
        ada.post(format!("/p/{post}/restore"), &[("number", "9")]).await.is_not_found();
        ada.post(format!("/p/{post}/restore"), &[("number", "x")]).await.is(400);
        s.stranger().get(topic.url()).await.is(200);
        s.is_whole().await;
    }

    /// Whoever watches a first post hears of a wiki edit as of any other: once, until they have looked.
    async fn wiki_edits_are_told_as_others_are(s: Stoa) {
        let (topic, post) = shopping(s).await;
        stoa::notifications::follow::catch_up(&s.app).await.expect("the follower begins");
        s.browser("ada").post(format!("/p/{post}/wiki"), &[]).await.is(303);
        s.browser("cleo").post(format!("/t/{}/follow", topic.id), &[("level", "first-post")]).await.is(303);
        for text in ["one", "two", "three"] {
            s.browser("bo").post(format!("/p/{post}/edit"), &[("raw", text)]).await.is(303);
        }
        tell(s).await;
        let told = "select count(*) from notifications n join users u on u.id = n.user_id where u.name = $1";
        assert_eq!(s.number(told, params!["cleo"]).await, 1);
        assert_eq!(s.number(told, params!["bo"]).await, 0);
    }
}
