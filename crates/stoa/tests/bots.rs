//! The bot on wikis without the extension. The wiki is a double that listens on this machine.

use mediawiki_double::Wiki;
use serde_json::Value;
use stoa::clock::{DAY, HOUR, MINUTE};
use stoa::db::params;
use stoa::site::{Level, MODERATORS};
use stoa::wikis::bot;

use crate::support::{Page, Stoa};

/// A joined wiki with a bot that works, and a node of the site that may ask it.
async fn working(s: &Stoa) -> (Wiki, Stoa) {
    let wiki = Wiki::start().await;
    let node = s.node_asking(wiki.at).await;
    node.admin("ines").await;
    let page = node.browser("ines").get("/admin/wikis/new").await;
    page.form("/admin/wikis/new").fill("address", &wiki.base()).submit().await.is_ok();
    set(&node, "bot-secret").await.is_ok().shows("settings are saved");
    (wiki, node)
}

async fn set(node: &Stoa, secret: &str) -> Page {
    let page = node.browser("ines").get("/admin/wikis/wiki").await;
    let form = page.form("/admin/wikis/wiki/bot").fill("bot_account", "StoaBot@site").fill("bot_secret", secret);
    form.add("bot", "1").submit().await
}

/// Time for another round.
async fn round(node: &Stoa) {
    node.settles().await;
    stoa::notifications::follow::catch_up(&node.app).await.expect("people are told");
    node.wait(10 * MINUTE);
    bot::round(&node.app).await.expect("a round");
}

fn edits(wiki: &Wiki) -> usize {
    wiki.state().edits.len()
}

both_engines! {
    /// Data for the gadget, and a list for everybody; nothing that is not for all.
    async fn two_pages_are_kept_current(s: Stoa) {
        let (wiki, node) = working(s).await;
        let back = node.category("Backstage").for_group(MODERATORS, Level::Create).await;
        let topic = node.topic("Green {{or}} black?").await;
        let secret = node.topic("Curtain").in_category(&back).await;
        for id in [topic.id, secret.id] {
            let sql = "insert into topic_pages (topic_id, wiki_id, title, created_at) select $1, id, 'Green tea', created_at from wikis";
            node.sql(sql, params![id]).await;
        }
        node.reply(&topic, "bo", "Green.").await;
        round(&node).await;
        let data: Value = serde_json::from_str(&wiki.text("Project:Stoa/data.json")).expect("JSON");
        assert_eq!((&data["v"], &data["site"]), (&1.into(), &"http://localhost".into()));
        assert_eq!(data["pages"]["Green tea"].as_array().map(Vec::len), Some(1));
        assert_eq!((&data["pages"]["Green tea"][0]["id"], &data["latest"][0]["replies"]), (&topic.id.into(), &1.into()));
        let list = wiki.text("Project:Stoa/list");
        assert!(list.starts_with(&format!("* [http://localhost/t/-/{} <bdi>Green &#123;&#123;or", topic.id)), "{list}");
        assert!(!list.contains("Curtain") && !data.to_string().contains("Curtain"));
        assert!(wiki.state().edits.iter().all(|e| e.is_bot && !e.summary.is_empty()));
        let before = edits(&wiki);
        let asked = wiki.times("/w/api.php");
        round(&node).await;
        assert_eq!((edits(&wiki), wiki.times("/w/api.php")), (before, asked), "nothing has changed, and nothing is asked");
        node.wait(HOUR);
        round(&node).await;
        assert!(edits(&wiki) == before && wiki.times("/w/api.php") > asked, "now and then it looks");
        node.reply(&topic, "bo", "Black.").await;
        round(&node).await;
        assert_eq!(edits(&wiki), before + 2);
        // Not more often than it was told to.
        node.reply(&topic, "bo", "White.").await;
        node.wait(MINUTE);
        bot::round(&node.app).await.expect("a round");
        assert_eq!(edits(&wiki), before + 2);
    }

    async fn a_discussion_is_told_of_on_a_talk_page(s: Stoa) {
        let (wiki, node) = working(s).await;
        let topic = node.topic("Which tea?").saying("Green or black?").await;
        node.reply(&topic, "bo", "Before it was chosen.").await;
        node.browser("ada").get(&format!("/t/{}/wikis", topic.id)).await.is_ok().lacks("Tell of it there");
        let page = node.browser("ines").get(&format!("/t/{}/wikis", topic.id)).await;
        let form = page.form("/mirror");
        assert_eq!(form.value("page"), Some("Project talk:Stoa"));
        form.submit().await.is_ok().shows("The bot will tell of it");
        round(&node).await;
        let text = wiki.text("Project talk:Stoa");
        assert!(text.starts_with("== Which tea? ==\n") && text.contains("<blockquote>Green or black?</blockquote>"), "{text}");
        assert!(text.contains("[[User:StoaBot|StoaBot]]") && !text.contains("Before it was chosen"));
        wiki.write("Project talk:Stoa", &format!("{text}\n\n== Another ==\nBy somebody."));
        node.reply(&topic, "cy", "[[Green]] {{tea}} ~~~~").await;
        round(&node).await;
        let text = wiki.text("Project talk:Stoa");
        let (ours, other) = text.split_once("== Another ==").expect("the other section stays");
        assert!(ours.contains(": [http://localhost/t/which-tea/") && ours.contains("<bdi>cy</bdi>]: "), "{ours}");
        assert!(ours.contains("&#123;&#123;tea") && !ours.contains("{{tea}}") && other.contains("By somebody."), "{text}");
        assert_eq!(wiki.state().edits.last().expect("an edit").summary, "/* Which tea? */ New replies");
        // Many replies are one comment; a section that was archived is begun anew.
        wiki.write("Project talk:Stoa", "All archived.");
        for n in 0..8 {
            node.reply(&topic, "bo", &format!("Reply {n}")).await;
        }
        let before = wiki.state().edits.iter().filter(|e| e.title == "Project talk:Stoa").count();
        round(&node).await;
        let text = wiki.text("Project talk:Stoa");
        assert!(text.starts_with("All archived.\n\n== Which tea? ==") && text.contains("Reply 4") && text.contains("3 more replies"), "{text}");
        assert_eq!(wiki.state().edits.iter().filter(|e| e.title == "Project talk:Stoa").count(), before + 1);
        let page = node.browser("ines").get(&format!("/t/{}/wikis", topic.id)).await;
        page.form("/unmirror").submit().await.is_ok();
        node.reply(&topic, "bo", "Not told.").await;
        round(&node).await;
        assert!(!wiki.text("Project talk:Stoa").contains("Not told"));
    }

    async fn people_hear_on_their_talk_page_if_they_want(s: Stoa) {
        let (wiki, node) = working(s).await;
        let topic = node.topic("Tea").by("bo").await;
        let (user, now) = (node.user("ada").await, node.now());
        node.sql("insert into wiki_accounts (wiki_id, issuer, sub, user_id, name, linked_at, refreshed_at)
            select id, issuer, '41', $1, 'Ada L.', $2, $2 from wikis", params![user, now]).await;
        node.sql("update wikis set login = 1, oauth_client = 'x'", &[]).await;
        node.reply(&topic, "bo", "@ada not asked for.").await;
        round(&node).await;
        assert_eq!(wiki.text("User talk:Ada L."), "");
        let page = node.browser("ada").get("/settings/wikis").await;
        page.form("/talk-page").add("talk_page", "1").submit().await.is_ok();
        node.reply(&topic, "bo", "@ada one.").await;
        node.reply(&topic, "cy", "@ada two.").await;
        round(&node).await;
        let text = wiki.text("User talk:Ada L.");
        assert!(text.starts_with("== News from Stoa ==\n* ") && text.matches("\n* ").count() == 2, "{text}");
        assert!(text.contains("bo mentioned you") && text.contains("/settings/wikis"), "{text}");
        let before = edits(&wiki);
        node.reply(&topic, "bo", "@ada read already.").await;
        node.settles().await;
        stoa::notifications::follow::catch_up(&node.app).await.expect("people are told");
        node.browser("ada").post("/notifications/read-all", &[]).await.is(303);
        round(&node).await;
        assert!(wiki.state().edits[before..].iter().all(|e| !e.title.starts_with("User")), "nothing to tell any more");
        wiki.write("User talk:Ada L.", "{{nobots}}");
        node.reply(&topic, "bo", "@ada kept out.").await;
        round(&node).await;
        assert_eq!(wiki.text("User talk:Ada L."), "{{nobots}}");
        assert_eq!(node.number("select count(*) from wiki_messages where state = 2", &[]).await, 1);
    }

    /// With signatures of those who have an account there, a link back, and no markup but ours; never over what is there.
    async fn a_discussion_is_saved_on_the_wiki(s: Stoa) {
        let (wiki, node) = working(s).await;
        let topic = node.topic("Which {{tea}}?").by("ada").saying("**Green** or [black](https://e.example/)?\n\n* one\n* two").await;
        let (user, now) = (node.user("ada").await, node.now());
        node.sql("insert into wiki_accounts (wiki_id, issuer, sub, user_id, name, linked_at, refreshed_at)
            select id, issuer, '41', $1, 'Ada L.', $2, $2 from wikis", params![user, now]).await;
        node.reply(&topic, "bo", "{{delete}} ~~~~").await;
        let hidden = node.reply(&topic, "bo", "secret words").await;
        node.hide(&topic, hidden).await;
        let text = node.stranger().get(format!("/t/{}/wikitext", topic.id)).await;
        text.is_ok();
        assert_eq!(
            text.body(),
            format!(
                "== Which &#123;&#123;tea&#125;&#125;? ==\n''This discussion was saved from [http://localhost{} Stoa] at 10 Mar 2026, 09:00 (UTC). What was written there later is not here.''\n\n\
                 '\'\'Green'\'\' or [https://e.example/ black]?\n\n* one\n* two\n\n[[User:Ada L.|Ada L.]] ([[User talk:Ada L.|talk]]) 09:00, 10 March 2026 (UTC)\n\n\
                 &#123;&#123;delete&#125;&#125; &#126;&#126;&#126;&#126; [http://localhost/u/bo <bdi>bo</bdi>] 09:00, 10 March 2026 (UTC)\n",
                topic.url()
            )
        );
        wiki.write("Talk:Tea", "Something old.");
        let page = node.browser("ines").get(&format!("/t/{}/wikis", topic.id)).await;
        page.form("/save").fill("page", "Talk:Tea").submit().await.is_ok().shows("is saved on the wiki").shows("It was saved here");
        let saved = wiki.text("Talk:Tea");
        assert!(saved.starts_with("Something old.\n\n== Which &#123;&#123;tea&#125;&#125;? ==\n''This"), "{saved}");
        node.reply(&topic, "bo", "Later.").await;
        node.browser("ada").get(&format!("/t/{}/wikis", topic.id)).await.is_ok().shows("One post since then").lacks("Save it there");
        wiki.state().edit_errors = vec![("protectedpage".into(), "This page has been protected.".into())];
        let page = node.browser("ines").get(&format!("/t/{}/wikis", topic.id)).await;
        page.form("/save").fill("page", "Main Page").submit().await.is_ok().shows("The wiki did not take it");
        let back = node.category("Backstage").for_group(MODERATORS, Level::Create).await;
        let secret = node.topic("Curtain").in_category(&back).await;
        node.browser("ines").get(&format!("/t/{}/wikitext", secret.id)).await.is_not_found();
        node.browser("ines").get(&format!("/t/{}/wikis", secret.id)).await.is_ok().lacks("For use on a wiki").lacks("Save it there");
    }

    /// Anybody there can stop it; a wiki that is busy is left alone; what is wrong is said.
    async fn it_stops_when_it_is_told_to(s: Stoa) {
        let (wiki, node) = working(s).await;
        node.topic("Tea").await;
        wiki.write("Project:Stoa/stop", "Too many edits. --[[User:Bo]]");
        round(&node).await;
        assert_eq!(edits(&wiki), 1);
        let page = node.browser("ines").get("/admin/wikis/wiki").await;
        page.is_ok().shows("It has stood still since").shows("Too many edits.");
        wiki.write("Project:Stoa/stop", "");
        round(&node).await;
        assert_eq!(edits(&wiki), 4, "it goes on by itself");
        node.browser("ines").get("/admin/wikis/wiki").await.is_ok().lacks("It has stood still").shows("Worked last");
        node.topic("Coffee").await;
        wiki.state().edit_errors = vec![("maxlag".into(), "Waiting for a database server: 7 seconds lagged.".into())];
        round(&node).await;
        assert_eq!(edits(&wiki), 4);
        round(&node).await;
        assert_eq!(edits(&wiki), 6, "later it is written");
        node.topic("Cocoa").await;
        wiki.state().edit_errors = vec![("blocked".into(), "You have been blocked from editing.".into())];
        round(&node).await;
        node.browser("ines").get("/admin/wikis/wiki").await.is_ok().shows("You have been blocked");
        node.wait(HOUR);
        set(&node, "wrong").await;
        bot::round(&node.app).await.expect("a round");
        node.browser("ines").get("/admin/wikis/wiki").await.is_ok().shows("Incorrect username or password").lacks("bot-secret");
        wiki.state().is_down = true;
        set(&node, "").await.is_ok();
        node.wait(DAY);
        bot::round(&node.app).await.expect("a round");
        assert_eq!(edits(&wiki), 6);
    }

    async fn its_settings_are_checked(s: Stoa) {
        let (_wiki, node) = working(s).await;
        let page = node.browser("ines").get("/admin/wikis/wiki").await;
        assert!(!page.body().contains("bot-secret"), "the secret is not shown");
        let form = page.form("/admin/wikis/wiki/bot").fill("bot_account", "Other@x").fill("bot_pause", "1").fill("bot_base", "a|b");
        let again = form.submit().await;
        again.is(422).shows("Without a password").shows("A number from 5").shows("not the title of a page");
        assert_eq!(again.form("/admin/wikis/wiki/bot").value("bot_account"), Some("Other@x"));
    }
}
