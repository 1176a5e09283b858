//! Links to wikis in the texts of posts: where they lead, and what is shown of the pages behind them.

use mediawiki_double::Wiki;
use serde_json::json;
use stoa::clock::{DAY, MINUTE};
use stoa::db::params;
use stoa::wiki_links::follow;

use crate::support::dom::Element;
use crate::support::{Page, Stoa};
use crate::wikis::connect;

/// A node with a wiki that it is joined to.
async fn joined(s: &Stoa) -> (Wiki, Stoa) {
    let wiki = Wiki::start().await;
    for (prefix, url) in [
        ("de", "https://de.tea.example/wiki/$1"),
        ("w", "https://en.wikipedia.org/wiki/$1"),
        ("herb", "https://herbs.example/$1"),
        ("odd", "https://odd.example/"),
    ] {
        wiki.state().interwiki.push((prefix.into(), url.into()));
    }
    let node = s.node_asking(wiki.at).await;
    node.admin("ines").await;
    connect(&node, &wiki.base()).await.is_ok();
    (wiki, node)
}

both_engines! {
    /// The prefixes of the first wiki, the names of all, and above them what administrators wrote.
    async fn prefixes_of_joined_wikis_are_known(s: Stoa) {
        let (wiki, s) = joined(s).await;
        let text = "[[wiki:Green tea]] [[herb:Mint]] [[de:Tee]] [[w:de:Tee]] [[odd:Page]] [[m:Page]]";
        let topic = s.topic("Tea").saying(text).await;
        let links = s.stranger().get(topic.url()).await.links();
        for address in [
            &format!("{}/wiki/Green_tea", wiki.base()),
            "https://herbs.example/Mint",
            "https://de.tea.example/wiki/Tee",
            "https://de.wikipedia.org/wiki/Tee",
            "https://en.wikipedia.org/wiki/odd:Page",
            "https://meta.wikimedia.org/wiki/Page",
        ] {
            assert!(links.iter().any(|link| link == address), "{address} in {links:?}");
        }
        let settings = s.browser("ines").get("/admin/settings").await.form("/admin/settings");
        settings.fill("interwiki", "herb https://own.example/$1").submit().await.is_ok();
        let topic = s.topic("Herbs").saying("[[herb:Mint]] and [[de:Tee]]").await;
        let links = s.stranger().get(topic.url()).await.links();
        assert!(links.iter().any(|l| l == "https://own.example/Mint") && links.iter().any(|l| l == "https://de.tea.example/wiki/Tee"), "{links:?}");
    }
}

/// Everything that is due is asked.
async fn settle(s: &Stoa) {
    s.settles().await;
    follow::catch_up(&s.app).await.expect("the log is read");
    while follow::round(&s.app).await.expect("wikis are asked") > 0 {}
}

/// A wiki with pages, and a follower that begins before anybody posts.
async fn world(s: &Stoa) -> (Wiki, Stoa) {
    let (wiki, s) = joined(s).await;
    wiki.furnish();
    follow::catch_up(&s.app).await.expect("the follower begins");
    (wiki, s)
}

/// The cards of a page.
fn cards(page: &Page) -> Vec<Element> {
    page.dom().all().into_iter().filter(|e| e.attribute("class") == Some("link-card")).cloned().collect()
}

/// The link that leads to an address.
fn link(page: &Page, address: &str) -> Element {
    page.dom()
        .find(|e| e.name == "a" && e.attribute("href") == Some(address))
        .unwrap_or_else(|| panic!("no {address}"))
        .clone()
}

both_engines! {
    /// A link by itself gets a card, any other says what is there when it is pointed at; what is not there is red.
    async fn links_say_what_they_lead_to(s: Stoa) {
        let (wiki, s) = world(s).await;
        let at = |title: &str| format!("{}/wiki/{title}", wiki.base());
        let text = format!(
            "{}\n\nWith [[wiki:mint]], {} and [[wiki:Nothing]].\n\n[my own words]({})",
            at("Gyokuro"), at("Cha"), at("Green_tea")
        );
        let topic = s.topic("Tea").by("ada").saying(&text).await;
        let stranger = s.stranger();
        assert!(cards(&stranger.get(topic.url()).await).is_empty(), "not known yet: plain links");
        settle(&s).await;
        for reader in [&stranger, &s.browser("bo")] {
            let page = reader.get(topic.url()).await;
            let shown = cards(&page);
            assert_eq!(shown.len(), 1, "{}", page.body());
            let words = shown[0].words();
            for part in ["Tea Wiki", "Green tea", "a \"drink\" <b>of</b> leaves"] {
                assert!(words.contains(part), "{part} in {words}");
            }
            assert!(!words.contains("Thé"), "{words}");
            let src = shown[0].find(|e| e.name == "img").and_then(|e| e.attribute("src")).expect("a picture").to_owned();
            assert!(src.starts_with("/uploads/"), "copied: {src}");
            reader.get(&src).await.is_ok();
            assert_eq!(link(&page, &at("Mint".to_lowercase().as_str())).attribute("title"), Some("Mint is a herb."));
            assert_eq!(link(&page, &at("Cha")).text(), "Cha", "words for a bare address");
            let missing = link(&page, &at("Nothing"));
            assert_eq!(missing.attribute("class"), Some("wiki-new"));
            assert!(missing.text().contains("(page does not exist)"));
            let own = link(&page, &at("Green_tea"));
            assert_eq!((own.text().as_str(), own.attribute("title")), ("my own words", Some("a \"drink\" <b>of</b> leaves")));
        }
        let french = stranger.get(format!("{}?uselang=fr", topic.url())).await;
        assert!(cards(&french)[0].words().contains("Dans votre langue : Thé vert"), "{}", cards(&french)[0].words());
        assert!(french.links().contains(&"https://fr.tea.example/wiki/Thé vert".to_owned()) || french.body().contains("https://fr.tea.example/wiki/"));
        // One question for all of them, and one for each other language of the interface.
        let asked = |s: &Wiki, prop: &str| s.state().queries.iter().filter(|q| q.get("prop").is_some_and(|p| p.contains(prop))).count();
        assert_eq!(asked(&wiki, "extracts"), 1);
        // A second post about it asks nothing.
        s.reply(&topic, "bo", &at("Gyokuro")).await;
        settle(&s).await;
        assert_eq!((cards(&stranger.get(topic.url()).await).len(), asked(&wiki, "extracts")), (2, 1));
    }

    /// Wikis without the extension that gives first sentences: the page's own are read.
    async fn first_words_are_read_where_no_extension_gives_them(s: Stoa) {
        let (wiki, s) = world(s).await;
        wiki.state().has_extracts = false;
        wiki.state().parsed.push(("Mint".into(), "<table><tr><td>box</td></tr></table><p>Mint &amp; herbs.<sup>[1]</sup></p>".into()));
        let topic = s.topic("Herbs").saying("see [[wiki:Mint]]").await;
        settle(&s).await;
        let page = s.stranger().get(topic.url()).await;
        assert_eq!(link(&page, &format!("{}/wiki/Mint", wiki.base())).attribute("title"), Some("Mint & herbs."));
    }

    async fn changes_and_old_revisions_say_whose_they_are(s: Stoa) {
        let (wiki, s) = world(s).await;
        let diff = format!("{}/w/index.php?title=Green_tea&diff=12", wiki.base());
        let special = format!("{}/wiki/Special:Diff/10/13", wiki.base());
        let old = format!("{}/w/index.php?oldid=10", wiki.base());
        let topic = s.topic("Changes").saying(&format!("{diff}\n\n{special}\n\nas in {old} it was")).await;
        settle(&s).await;
        let page = s.stranger().get(topic.url()).await;
        let shown = cards(&page);
        assert_eq!(shown.len(), 2, "{}", page.body());
        for part in ["Change to “Green tea”", "Ada", "120 bytes more", "<script>alert(2)</script>"] {
            assert!(shown[0].words().contains(part), "{part} in {}", shown[0].words());
        }
        assert!(shown[1].words().contains("10 bytes less"), "{}", shown[1].words());
        assert!(!page.body().contains("<script>alert"));
        assert_eq!(link(&page, &old).text(), "Revision of “Green tea”");
        // The wiki hides a name: within a day nothing of the change is shown here.
        for (_, said) in wiki.state().revisions.iter_mut().filter(|(_, r)| r["revid"] == 12) {
            said["userhidden"] = true.into();
            said.as_object_mut().expect("a revision").remove("user");
        }
        s.wait(DAY + 1);
        settle(&s).await;
        let page = s.stranger().get(topic.url()).await;
        assert_eq!(cards(&page).len(), 1);
        assert_eq!(link(&page, &diff).text(), diff, "a plain link again");
    }

    /// `diff=next` and `diff=cur` mean a revision that only the wiki knows, and another one when the page is changed.
    async fn changes_named_by_their_place_are_shown_too(s: Stoa) {
        let (wiki, s) = world(s).await;
        let index = format!("{}/w/index.php?title=Green_tea", wiki.base());
        let next = format!("{index}&diff=next&oldid=10");
        let newest = format!("{index}&diff=cur&oldid=10");
        let before = format!("{index}&diff=prev&oldid=12");
        let last = format!("{index}&diff=next&oldid=13");
        let nowhere = format!("{index}&diff=cur&oldid=99");
        let topic = s.topic("Changes").saying(&[&next, &newest, &before, &last, &nowhere].map(String::as_str).join("\n\n")).await;
        settle(&s).await;
        let page = s.stranger().get(topic.url()).await;
        let words: Vec<String> = cards(&page).iter().map(Element::words).collect();
        assert_eq!(words.len(), 3, "{words:?}");
        for (words, part) in words.iter().zip(["120 bytes more", "10 bytes less", "120 bytes more"]) {
            assert!(words.contains("Change to “Green tea”") && words.contains(part), "{part} in {words}");
        }
        for plain in [&last, &nowhere] {
            assert_eq!(link(&page, plain).text(), *plain, "nothing there yet, or never");
        }
        let at = "2026-11-26T12:00:00Z";
        let said = json!({"revid": 14, "parentid": 13, "user": "Bo", "timestamp": at, "size": 100, "comment": "again"});
        wiki.state().revisions.push(("Green tea".into(), said));
        s.wait(DAY + 1);
        settle(&s).await;
        let words: Vec<String> = cards(&s.stranger().get(topic.url()).await).iter().map(Element::words).collect();
        assert_eq!(words.len(), 4, "{words:?}");
        assert!(words[1].contains("Bo") && words[1].contains("0 bytes more"), "the newest is another one: {}", words[1]);
        assert!(words[3].contains("Bo") && words[3].contains("10 bytes more"), "{}", words[3]);
    }

    async fn files_say_whose_they_are(s: Stoa) {
        let (wiki, s) = world(s).await;
        let file = format!("{}/wiki/File:Cup.jpg", wiki.base());
        let topic = s.topic("Cups").saying(&file).await;
        settle(&s).await;
        let page = s.stranger().get(topic.url()).await;
        let card = cards(&page).first().cloned().expect("a card");
        for part in ["File:Cup.jpg", "A cup", "By Ada L.", "Licence: CC BY-SA 4.0"] {
            assert!(card.words().contains(part), "{part} in {}", card.words());
        }
        assert!(!page.body().contains("alert(1)") && !page.body().contains("x.example"));
        let src = card.find(|e| e.name == "img").and_then(|e| e.attribute("src")).expect("a picture").to_owned();
        s.stranger().get(&src).await.is_ok();
        // As private as the posts that show it.
        s.sql("update topics set deleted_at = 1 where id = $1", params![topic.id]).await;
        s.stranger().get(&src).await.is_not_found();
    }

    async fn items_have_the_readers_words_and_tasks_a_name(s: Stoa) {
        let wiki = Wiki::start().await;
        wiki.state().wiki_id = "wikidatawiki".into();
        wiki.state().entities.push(("Q42".into(), json!({"id": "Q42",
            "labels": {"en": {"language": "en", "value": "Douglas"}, "ar": {"language": "ar", "value": "دوغلاس"}},
            "descriptions": {"en": {"language": "en", "value": "writer & <i>humorist</i>"}}})));
        let s = s.node_asking(wiki.at).await;
        s.admin("ines").await;
        connect(&s, &wiki.base()).await.is_ok();
        follow::catch_up(&s.app).await.expect("the follower begins");
        let item = format!("{}/wiki/Q42", wiki.base());
        let text = format!("{item}\n\nit is {item} and {}/wiki/Q7, see https://phabricator.wikimedia.org/T12", wiki.base());
        let topic = s.topic("Items").saying(&text).await;
        settle(&s).await;
        let page = s.stranger().get(topic.url()).await;
        page.shows("Douglas (Q42)").shows("writer & <i>humorist</i>").shows("Phabricator task T12");
        assert_eq!(cards(&page).len(), 1);
        assert_eq!(link(&page, &format!("{}/wiki/Q7", wiki.base())).attribute("class"), Some("wiki-new"));
        s.stranger().get(format!("{}?uselang=ar", topic.url())).await.shows("دوغلاس");
    }

    /// A wiki that is down is asked again later, and what it said before stays.
    async fn a_wiki_that_is_down_is_asked_later(s: Stoa) {
        let (wiki, s) = world(s).await;
        wiki.state().is_down = true;
        let mint = format!("{}/wiki/Mint", wiki.base());
        let topic = s.topic("Herbs").by("ines").saying(&mint).await;
        settle(&s).await;
        assert!(cards(&s.stranger().get(topic.url()).await).is_empty());
        wiki.state().is_down = false;
        settle(&s).await;
        assert!(cards(&s.stranger().get(topic.url()).await).is_empty(), "not yet");
        s.wait(MINUTE);
        settle(&s).await;
        assert_eq!(cards(&s.stranger().get(topic.url()).await).len(), 1);
        wiki.state().is_down = true;
        s.wait(30 * DAY);
        settle(&s).await;
        assert_eq!(cards(&s.stranger().get(topic.url()).await).len(), 1, "what was known stays");
        // Nobody links to it any more: nobody is asked again.
        s.browser("ines").post(format!("/p/{}/edit", s.post_id(&topic, 1).await), &[("raw", "no link")]).await.is(303);
        s.wait(30 * DAY);
        settle(&s).await;
        assert_eq!(s.number("select count(*) from wiki_previews where next_try_at is not null", &[]).await, 0);
    }

    async fn previews_that_are_off_ask_nobody(s: Stoa) {
        let (wiki, s) = world(s).await;
        let form = s.browser("ines").get("/admin/settings").await.form("/admin/settings");
        form.fill("link-previews", "off").submit().await.is_ok();
        let before = wiki.state().queries.len();
        let topic = s.topic("Herbs").saying(&format!("{}/wiki/Mint", wiki.base())).await;
        settle(&s).await;
        assert!(cards(&s.stranger().get(topic.url()).await).is_empty());
        assert_eq!(wiki.state().queries.len(), before);
    }
}
