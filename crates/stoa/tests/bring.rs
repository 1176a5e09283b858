//! Discussions from talk pages, brought here as topics: whose words they are stays, and so does when they were said.

use serde_json::{Value, json};
use stoa::db::params;

use crate::support::{Page, Stoa};
use crate::wiki_login::{There, there};

const ADA: i64 = 4;
const BO: i64 = 5;
const PAGE: &str = "Talk:Green tea";

fn comment(id: &str, author: &str, at: &str, html: &str, replies: &[Value]) -> Value {
    json!({"type": "comment", "level": 1, "id": id, "author": author, "timestamp": at, "html": html, "replies": replies})
}

fn heading(id: &str, html: &str, replies: &[Value]) -> Value {
    json!({"type": "heading", "headingLevel": 2, "id": id, "html": html, "replies": replies})
}

/// What is said on the talk page, with some of the answers to the first comment.
fn talk(answers: &[Value]) -> Value {
    let first =
        comment("c-Ada-1", "Ada (WMDE)", "2026-01-02T10:00:00Z", "Which <a href=\"./Green_tea\">tea</a>? --", answers);
    json!([
        {"type": "heading", "headingLevel": null, "id": "h-", "html": "", "othercontent": "<p>Welcome</p>", "replies": []},
        heading("h-Which", "Which <i>tea</i>?", &[first]),
        heading("h-Nobody", "Nobody signed", &[]),
    ])
}

/// A wiki with a talk page, on which Ada, Bo and somebody without an account wrote.
async fn talking(s: &Stoa) -> There {
    let there = there(s).await;
    there.wiki.add(mediawiki_double::User::new(BO, "Bo"));
    there.node.category("Tea").await;
    let deeper = comment("c-Ada-3", "Ada (WMDE)", "2026-01-04T10:00:00Z", "Why, @ines? <b>Say</b>.", &[]);
    let bo = comment("c-Bo-2", "Bo", "2026-01-03T10:00:00Z", "Green.<ul><li>one</li></ul>", &[deeper]);
    let nobody = comment(
        "c-IP-4",
        "2001:DB8::1",
        "2026-01-02T12:00:00Z",
        "Black. <img src=\"//x.example/i.png\" alt=\"a cup\">",
        &[],
    );
    set(&there, talk(&[bo, nobody]));
    there
}

fn set(there: &There, said: Value) {
    there.wiki.state().talk = vec![(PAGE.to_owned(), said)];
}

async fn look(there: &There, page: &str) -> Page {
    there.node.browser("ines").get("/bring").await.form("/bring").fill("page", page).submit().await
}

/// Brings the discussion as a moderator does.
async fn bring(there: &There) -> Page {
    let page = look(there, PAGE).await;
    let category = there.node.number("select id from categories where slug = 'tea'", &[]).await.to_string();
    page.form("discussions").add("section", "h-Which").fill("category", &category).submit().await
}

/// (number, author, text, parent, time) of each post of the newest topic.
async fn posts(node: &Stoa) -> Vec<(i64, String, String, Option<i64>, i64)> {
    let sql =
        "select p.number, u.name, p.raw, p.in_reply_to, p.created_at from posts p join users u on u.id = p.author_id
        where p.topic_id = (select max(id) from topics) order by p.number";
    node.app.db.read(|tx| tx.all(sql, &[])).await.expect("posts")
}

both_engines! {
    async fn a_talk_page_s_discussion_becomes_a_topic(s: Stoa) {
        let there = talking(s).await;
        let node = &there.node;
        // Somebody here has Bo's name.
        node.browser("bo").get("/").await.is_ok();
        node.browser("ines").get("/new-topic").await.is_ok().shows("Bring a discussion here");
        let page = look(&there, &format!("{}/wiki/Talk:Green_tea", there.wiki.base())).await;
        page.is_ok().shows("Which tea?").shows("4 comments").shows("3 people").lacks("Nobody signed").lacks("Here already");
        bring(&there).await.is_ok().shows("The discussion is here now").shows("Brought here from").shows("Tea Wiki");
        let found = posts(node).await;
        let at = |text: &str| text.parse::<jiff::Timestamp>().expect("a time").as_microsecond();
        let expected = [
            (1, "Ada (WMDE)", format!("Which [tea]({}/wiki/Green_tea)?", there.wiki.base()), None, "2026-01-02T10:00:00Z"),
            (2, "2001 DB8 1", "Black. a cup".to_owned(), Some(1), "2026-01-02T12:00:00Z"),
            (3, "Bo (wiki)", "Green.\n\n- one".to_owned(), Some(1), "2026-01-03T10:00:00Z"),
            (4, "Ada (WMDE)", "Why, @ines? **Say**.".to_owned(), Some(3), "2026-01-04T10:00:00Z"),
        ];
        let expected: Vec<_> = expected.into_iter().map(|(n, who, raw, to, when)| (n, who.to_owned(), raw, to, at(when))).collect();
        assert_eq!(found, expected);
        // Nobody is told of it, whom it names neither.
        node.settles().await;
        assert_eq!(node.number("select count(*) from notifications", &[]).await, 0);
        node.browser("bo").get("/u/Bo_(wiki)").await.is_ok().shows("Known as “Bo” on a wiki").lacks("Here since");
        // It is about the talk page, and says where on it it was.
        let page = node.stranger().get("/latest").await;
        page.is_ok().shows("Which tea?");
        let topic = node.number("select max(id) from topics", &[]).await;
        let page = node.stranger().get(&format!("/t/{topic}")).await;
        let link = format!("{}/wiki/Talk:Green_tea#c-Ada-1", there.wiki.base());
        assert!(page.links().contains(&link), "{:?}", page.links());
        // The form of its pages cannot take that away.
        let form = node.browser("ines").get(&format!("/t/{topic}/wikis")).await.form("/wikis");
        assert_eq!(form.value("pages"), Some(""));
        form.submit().await.is_ok().shows("Brought here from");
        // Back as wikitext, whoever has an account there signs with it.
        let text = node.browser("ines").get(&format!("/t/{topic}/wikitext")).await.body();
        assert!(text.contains("[[User:Bo|Bo]]") && text.contains("10:00, 3 January 2026 (UTC)"), "{text}");
        node.is_whole().await;
    }

    async fn what_was_said_since_is_brought_after_it(s: Stoa) {
        let there = talking(s).await;
        let node = &there.node;
        bring(&there).await.is_ok();
        let page = look(&there, PAGE).await;
        page.is_ok().shows("Here already").shows("nothing new");
        // Sent again all the same, nothing comes twice.
        bring(&there).await.is_ok();
        assert_eq!((posts(node).await.len(), node.number("select count(*) from topics where category_id > 0", &[]).await), (4, 1));
        // Somebody goes on here, others there; one comment has been taken away there.
        let topic = node.number("select max(id) from topics", &[]).await;
        let page = node.browser("dan").get(&format!("/t/{topic}")).await;
        page.form(&format!("/t/{topic}/replies")).fill("raw", "I say it here.").submit().await.is_ok();
        let later = comment("c-Cy-5", "Cy", "2026-01-09T10:00:00Z", "Mint.", &[]);
        let bo = comment("c-Bo-2", "Bo", "2026-01-03T10:00:00Z", "Green.", &[later]);
        set(&there, talk(&[bo]));
        look(&there, PAGE).await.is_ok().shows("1 new");
        bring(&there).await.is_ok().shows("The discussion is here now");
        let found = posts(node).await;
        let last = found.last().expect("posts");
        assert_eq!((found.len(), last.0, last.1.as_str(), last.2.as_str(), last.3), (6, 6, "Cy", "Mint.", Some(3)));
        // The newest post is the one that was written here.
        let sql = "select u.name from topics t join users u on u.id = t.last_poster_id where t.id = $1 and t.bumped_at = t.last_post_at";
        assert_eq!(node.text(sql, params![topic]).await, "dan");
        node.is_whole().await;
    }

    async fn whoever_comes_from_the_wiki_finds_their_words(s: Stoa) {
        let there = talking(s).await;
        let node = &there.node;
        bring(&there).await.is_ok();
        let people = node.number("select count(*) from users", &[]).await;
        let ada = node.stranger();
        let page = there.log_in(&ada, ADA, "/").await;
        page.is_ok().shows("Discussions from Tea Wiki were brought here").lacks("There is a problem");
        let form = page.form("/join/wiki");
        assert_eq!(form.value("name"), Some("Ada (WMDE)"));
        form.fill("name", "ines").submit().await.is(422);
        page.form("/join/wiki").fill("name", "Ada L").submit().await.is_ok();
        assert_eq!(node.number("select count(*) from users", &[]).await, people);
        ada.get("/u/Ada_L/posts").await.is_ok().shows("Which").lacks("on a wiki");
        // Their own now, so that they may change it.
        let post = node.number("select p.id from posts p join users u on u.id = p.author_id where u.name = 'Ada L' and p.number = 1", &[]).await;
        ada.get(&format!("/p/{post}/edit")).await.is_ok();
        assert_eq!(node.number("select count(*) from wiki_accounts where name = 'Ada (WMDE)'", &[]).await, 1);
        // What is brought later is theirs at once.
        let more = comment("c-Ada-9", "Ada (WMDE)", "2026-02-01T10:00:00Z", "And mint?", &[]);
        set(&there, talk(&[more]));
        bring(&there).await.is_ok();
        assert_eq!(posts(node).await.last().expect("posts").1, "Ada L");
    }

    async fn a_member_who_links_their_account_gets_their_words(s: Stoa) {
        let there = talking(s).await;
        let node = &there.node;
        bring(&there).await.is_ok();
        let cy = node.browser("cy");
        let page = there.log_in(&cy, BO, "/").await;
        page.form("/join/wiki/link").submit().await.is_ok();
        let found = posts(node).await;
        assert_eq!(found.iter().filter(|p| p.1 == "cy").map(|p| p.0).collect::<Vec<_>>(), [3]);
        cy.get("/u/Bo").await.is_not_found();
        cy.get("/u/cy/posts").await.is_ok().shows("Green.");
        assert_eq!(node.number("select count(*) from wiki_authors where name = 'Bo'", &[]).await, 0);
        node.is_whole().await;
    }

    async fn what_cannot_be_brought_is_told(s: Stoa) {
        let there = talking(s).await;
        let node = &there.node;
        look(&there, "").await.is_ok().lacks("There is a problem");
        look(&there, "https://elsewhere.example/x").await.is(422).shows("is not a page of a wiki");
        look(&there, "Talk:Nothing").await.is(422).shows("There is no such page on the wiki");
        set(&there, json!([heading("h-Nobody", "Nobody signed", &[])]));
        look(&there, PAGE).await.is(422).shows("Nobody has signed anything");
        there.wiki.state().has_discussion_tools = false;
        look(&there, PAGE).await.is(422).shows("it needs the extension DiscussionTools");
        there.wiki.state().is_down = true;
        look(&there, PAGE).await.is(422).shows("Tea Wiki does not answer now");
        there.wiki.state().is_down = false;
        there.wiki.state().has_discussion_tools = true;
        set(&there, talk(&[]));
        let page = look(&there, PAGE).await;
        let form = page.form("discussions");
        let page = form.fill("tags", "a b c").submit().await;
        page.is(422).shows("Choose a discussion").shows("Which tea?");
        assert_eq!(page.form("discussions").value("tags"), Some("a b c"), "what was typed is kept");
        assert_eq!(node.number("select count(*) from topics where category_id > 0", &[]).await, 0);
        // Members do not put words into others' mouths.
        node.browser("bo").get("/bring").await.is_not_found();
        node.browser("bo").get("/new-topic").await.lacks("Bring a discussion here");
    }
}
