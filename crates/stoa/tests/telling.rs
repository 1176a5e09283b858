//! What a site and a wiki tell each other: discussions and notices out, links and moves in. The wiki is a double that
//! listens on this machine.

use mediawiki_double::{Heard, Wiki};
use serde_json::{Value, json};
use stoa::clock::{DAY, HOUR, MINUTE, SECOND};
use stoa::config::Config;
use stoa::db::{Kind, params};
use stoa::site::{EVERYONE, Level, MEMBERS, MODERATORS};
use stoa::wikis::{keys, messages, moved, send};

use crate::support::{Ask, Category, Page, Stoa, Topic};

/// A joined wiki that is told what happens, and a node of the site that may ask it.
async fn listening(s: &Stoa) -> (Wiki, Stoa) {
    let wiki = Wiki::start().await;
    let node = s.node_asking(wiki.at).await;
    node.admin("ines").await;
    let page = node.browser("ines").get("/admin/wikis/new").await;
    page.form("/admin/wikis/new").fill("address", &wiki.base()).submit().await.is_ok();
    // The follower begins at the end of the log.
    tell(&node).await;
    let page = node.browser("ines").get("/admin/wikis/wiki").await;
    page.form("/admin/wikis/wiki/extension").add("delivers", "1").submit().await.is_ok();
    tell(&node).await;
    (wiki, node)
}

/// Everything is told that is to be told now.
async fn tell(node: &Stoa) {
    node.settles().await;
    stoa::notifications::follow::catch_up(&node.app).await.expect("people are told");
    node.settles().await;
    while send::round(&node.app).await.expect("a round") {}
}

fn heard(wiki: &Wiki) -> Vec<Heard> {
    std::mem::take(&mut wiki.state().heard)
}

fn said(wiki: &Wiki) -> Vec<Value> {
    heard(wiki).iter().map(Heard::said).collect()
}

/// Links somebody's account to one of the wiki.
async fn link(node: &Stoa, name: &str, sub: &str) {
    let (user, now) = (node.user(name).await, node.now());
    node.sql(
        "insert into wiki_accounts (wiki_id, issuer, sub, user_id, name, linked_at, refreshed_at)
         select id, issuer, $2, $1, $3, $4, $4 from wikis",
        params![user, sub, name, now],
    )
    .await;
}

/// A wiki's own key, as the administrator pasted it: the site keeps the public half alone.
pub async fn own_key(node: &Stoa) -> String {
    let seed = keys::new_seed();
    node.sql("update wikis set wiki_key = $1", params![keys::public_of(&seed).expect("a key")]).await;
    seed
}

/// A signed message of the wiki.
pub async fn say(node: &Stoa, seed: &str, body: &Value) -> Page {
    let body = body.to_string();
    let at = node.now() / SECOND;
    let signature = keys::sign(seed, "m1", at, body.as_bytes()).expect("a signature");
    send_raw(node, "m1", at, &signature, body).await
}

async fn send_raw(node: &Stoa, id: &str, at: i64, signature: &str, body: String) -> Page {
    let ask = Ask::post_json("/api/v1/wiki/events", body)
        .with("webhook-id", id)
        .with("webhook-timestamp", &at.to_string())
        .with("webhook-signature", signature);
    node.stranger().ask(ask).await
}

pub fn status(page: &Page) -> Value {
    page.is_ok();
    serde_json::from_str::<Value>(&page.body()).expect("JSON")["status"].clone()
}

/// Only moderators see a room any more.
async fn close(node: &Stoa, room: &Category) {
    rights(node, room, &[(MODERATORS, Level::Create)]).await;
}

async fn open(node: &Stoa, room: &Category) {
    rights(node, room, &[(EVERYONE, Level::See), (MEMBERS, Level::Create)]).await;
}

async fn rights(node: &Stoa, room: &Category, rights: &[(i64, Level)]) {
    let (id, rights) = (room.id, rights.to_vec());
    let done = node.app.db.write(move |tx| {
        tx.exec("delete from category_groups where category_id = $1", params![id])?;
        for (group, level) in &rights {
            tx.exec(
                "insert into category_groups (category_id, group_id, level) values ($1, $2, $3)",
                params![id, *group, *level as i64],
            )?;
        }
        tx.changed(Kind::CategoryEdited, id);
        Ok(())
    });
    done.await.expect("other rights");
}

async fn bind(node: &Stoa, topic: &Topic, by: &str, pages: &str) -> Page {
    let page = node.browser(by).get(&format!("/t/{}/wikis", topic.id)).await;
    page.form("/wikis").fill("pages", pages).submit().await
}

both_engines! {
    /// A site that moves says so to wikis that know its old address, once.
    async fn wikis_hear_of_another_address(s: Stoa) {
        let (wiki, node) = listening(s).await;
        heard(&wiki);
        moved::tell(&node.app).await.expect("nothing to tell");
        tell(&node).await;
        assert!(said(&wiki).is_empty(), "it is where it was");
        let elsewhere = Config { base_url: Some("http://localhost:81".into()), ..node.config.clone() };
        let node = node.second_node_with(elsewhere).await;
        assert_eq!(moved::tell(&node.app).await.expect("one wiki"), 1);
        assert_eq!(moved::tell(&node.app).await.expect("none any more"), 0);
        tell(&node).await;
        assert_eq!(said(&wiki), [json!({"type": "forum.state", "state": "moved", "base_url": "http://localhost:81"})]);
    }

    /// Signed, whole, and once: what happened meanwhile is told as it is now.
    async fn a_wiki_is_told_of_discussions(s: Stoa) {
        let old = s.topic("Old tea").await;
        let (wiki, node) = listening(s).await;
        let begun = said(&wiki);
        assert_eq!(begun[0], json!({"type": "forum.state", "state": "live", "base_url": "http://localhost"}));
        assert_eq!((&begun[1]["type"], &begun[1]["discussion"]["id"]), (&"discussion.updated".into(), &old.id.into()));
        let topic = node.topic("Green tea").by("ada").await;
        for n in 0..3 {
            node.reply(&topic, "bo", &format!("Reply {n}")).await;
        }
        tell(&node).await;
        let told = heard(&wiki);
        assert_eq!(told.len(), 1, "{told:?}");
        let first = told[0].said();
        assert_eq!((&first["discussion"]["replies"], &first["discussion"]["posts"][3]["html"]), (&3.into(), &"<p>Reply 2</p>\n".into()));
        let seed = node.text("select sign_key from wikis", &[]).await;
        let key = keys::public_of(&seed).expect("a key");
        assert!(keys::fits(&key, &told[0].id, told[0].timestamp, told[0].body.as_bytes(), &told[0].signature));
        assert_eq!(told[0].timestamp, node.now() / SECOND);
        tell(&node).await;
        assert!(said(&wiki).is_empty(), "nothing happened");
        node.reply(&topic, "bo", "More").await;
        tell(&node).await;
        let next = said(&wiki);
        assert!(next[0]["discussion"]["seq"].as_i64() > first["discussion"]["seq"].as_i64());
        node.browser("ines").get("/admin/wikis/wiki/messages").await.is_ok().shows("Told").shows("200 stored");
    }

    /// What is not for everybody is never said; what no longer is goes there as well.
    async fn what_is_hidden_goes_from_the_wiki(s: Stoa) {
        let (wiki, node) = listening(s).await;
        said(&wiki);
        let back = node.category("Backstage").for_group(MODERATORS, Level::Create).await;
        let room = node.category("Kitchen").await;
        tell(&node).await;
        let secret = node.topic("Curtain").in_category(&back).await;
        let topic = node.topic("Tea").in_category(&room).await;
        node.reply(&secret, "ines", "words").await;
        node.topic("Between us").between(&["ada", "bo"]).by("ada").await;
        tell(&node).await;
        let told = said(&wiki);
        assert_eq!(told.len(), 1, "{told:?}");
        let seq = told[0]["discussion"]["seq"].as_i64().expect("a number");
        // The room is closed to the public.
        close(&node, &room).await;
        tell(&node).await;
        let told = said(&wiki);
        assert_eq!(told.len(), 1, "{told:?}");
        assert_eq!((&told[0]["type"], &told[0]["id"]), (&"discussion.deleted".into(), &topic.id.into()));
        assert!(told[0]["seq"].as_i64().expect("a number") > seq, "or the wiki would take it for old news");
    }

    /// Nothing is lost while a wiki is away, and nothing is said twice.
    async fn a_wiki_that_does_not_answer_hears_it_later(s: Stoa) {
        let (wiki, node) = listening(s).await;
        said(&wiki);
        let topic = node.topic("Tea").await;
        let other = node.topic("Coffee").await;
        wiki.state().objections = vec![(503, json!({"error": "read-only"}))];
        tell(&node).await;
        assert!(said(&wiki).is_empty());
        assert_eq!(node.number("select count(*) from wiki_messages where state = 0", &[]).await, 2);
        node.reply(&topic, "bo", "Meanwhile.").await;
        tell(&node).await;
        assert!(said(&wiki).is_empty(), "it said when it can be asked again");
        node.wait(30 * SECOND);
        tell(&node).await;
        let mut ids: Vec<i64> = said(&wiki).iter().map(|m| m["discussion"]["id"].as_i64().expect("an id")).collect();
        ids.sort_unstable();
        assert_eq!(ids, [topic.id, other.id]);
        // One that is never taken is given up, and can be sent again.
        wiki.state().objections = vec![(422, json!({"error": "odd"}))];
        node.reply(&topic, "bo", "Again.").await;
        tell(&node).await;
        let page = node.browser("ines").get("/admin/wikis/wiki/messages").await;
        page.is_ok().shows("Given up").shows("422");
        page.form("/messages/again").submit().await.is_ok();
        tell(&node).await;
        assert_eq!(said(&wiki).len(), 1);
        assert_eq!(node.number("select count(*) from wiki_messages where state <> 1", &[]).await, 0);
        // After three days of silence.
        wiki.state().is_down = true;
        node.reply(&topic, "bo", "And again.").await;
        for _ in 0..80 {
            tell(&node).await;
            node.wait(HOUR);
        }
        assert_eq!(node.number("select count(*) from wiki_messages where state = 2", &[]).await, 1);
        node.wait(100 * DAY);
        let now = node.now();
        node.app.db.write(move |tx| messages::tidy(tx, now)).await.expect("it is tidied");
        assert_eq!(node.number("select count(*) from wiki_messages", &[]).await, 0);
    }

    async fn notices_reach_the_wiki(s: Stoa) {
        let (wiki, node) = listening(s).await;
        let topic = node.topic("Tea").by("ada").await;
        link(&node, "ada", "41").await;
        link(&node, "bo", "mw:CentralAuth:12").await;
        tell(&node).await;
        said(&wiki);
        node.reply(&topic, "bo", "@ada **Green**, I think.").await;
        node.reply(&topic, "cy", "@ada Black.").await;
        tell(&node).await;
        let told: Vec<Value> = said(&wiki).into_iter().filter(|m| m["type"] == "notification").collect();
        assert_eq!(told.len(), 2, "{told:?}");
        let first = &told[0];
        assert_eq!((&first["kind"], &first["discussion"], &first["post"]), (&"mention".into(), &topic.id.into(), &2.into()));
        assert_eq!(first["recipients"], json!([{"sub": "41"}]));
        assert_eq!((&first["actor"]["name"], &first["actor"]["sub"]), (&"bo".into(), &"mw:CentralAuth:12".into()));
        assert_eq!((&first["title"], &first["excerpt"]), (&"Tea".into(), &"@ada Green, I think.".into()));
        assert_eq!(told[1]["actor"]["sub"], Value::Null, "who has no account there is only a name");
        // Read here is read there.
        node.browser("ada").post("/notifications/read-all", &[]).await.is(303);
        tell(&node).await;
        let read: Vec<Value> = said(&wiki).into_iter().filter(|m| m["type"] == "notification.read").collect();
        assert_eq!(read.len(), 2, "{read:?}");
        assert_eq!((&read[0]["id"], &read[0]["recipients"]), (&first["id"], &json!([{"sub": "41"}])));
    }

    /// Nobody who has no account there, who does not want it, or may not see it; nothing that is not for everybody.
    async fn notices_keep_to_those_who_want_them(s: Stoa) {
        let (wiki, node) = listening(s).await;
        let topic = node.topic("Tea").by("ada").await;
        let back = node.category("Backstage").for_group(MODERATORS, Level::Create).await;
        let secret = node.topic("Curtain").by("ines").in_category(&back).await;
        node.reply(&topic, "bo", "@ada has no account there.").await;
        tell(&node).await;
        assert!(said(&wiki).iter().all(|m| m["type"] != "notification"));
        link(&node, "ines", "1").await;
        link(&node, "ada", "2").await;
        node.moderator("mo").await;
        node.reply(&secret, "mo", "@ines inside.").await;
        node.topic("Between us").between(&["ada", "bo"]).by("bo").await;
        let page = node.browser("ada").get("/settings/notifications").await;
        assert!(page.body().contains("value=\"mention-wiki\"") && !page.body().contains("value=\"message-wiki\""));
        page.form("/settings/notifications").drop("on").add("on", "mention-site").submit().await.is_ok();
        node.reply(&topic, "bo", "@ada not wanted there.").await;
        tell(&node).await;
        let told = said(&wiki);
        assert!(told.iter().all(|m| m["type"] != "notification"), "{told:?}");
        let page = node.browser("ada").get("/settings/notifications").await;
        page.form("/settings/notifications").add("on", "mention-wiki").submit().await.is_ok();
        node.reply(&topic, "bo", "@ada wanted.").await;
        // Read before it was told.
        node.settles().await;
        stoa::notifications::follow::catch_up(&node.app).await.expect("people are told");
        node.browser("ada").post("/notifications/read-all", &[]).await.is(303);
        tell(&node).await;
        assert!(said(&wiki).iter().all(|m| m["type"] != "notification"));
    }

    async fn both_sides_show_the_other(s: Stoa) {
        let (wiki, node) = listening(s).await;
        let topic = node.topic("Which tea?").by("ada").await;
        let other = node.topic("Cups").by("bo").await;
        tell(&node).await;
        said(&wiki);
        bind(&node, &topic, "ada", "green tea\nhttp://elsewhere.example/wiki/Tea").await.shows("not a page of a wiki");
        bind(&node, &topic, "ada", &format!("green tea\n{}/wiki/Talk:Tea#x", wiki.base())).await.is_ok();
        let page = node.stranger().get(&topic.url()).await;
        assert!(page.body().contains(&format!("{}/wiki/Green_tea", wiki.base())), "{}", page.body());
        page.shows("Talk:Tea");
        node.browser("bo").get(&format!("/t/{}/wikis", topic.id)).await.is_ok().shows("Green tea").lacks("Save pages");
        tell(&node).await;
        let told = said(&wiki);
        assert_eq!(told[0]["discussion"]["pages"], json!([{"wiki": "wiki", "title": "Green tea"}, {"wiki": "wiki", "title": "Talk:Tea"}]));
        let of_page = async |title: &str| {
            let page = node.stranger().get(format!("/api/v1/wiki/wiki/page/{title}/discussions")).await;
            page.is_ok();
            serde_json::from_str::<Value>(&page.body()).expect("JSON")
        };
        let found = of_page("Green_tea").await;
        assert_eq!((&found["discussions"][0]["id"], &found["linked"]), (&topic.id.into(), &json!([])));
        node.stranger().get("/api/v1/wiki/wiki/page/Green_tea/discussions.atom").await.is_ok().shows("Which tea?");
        let listed = node.stranger().get("/api/v1/discussions?wiki=wiki&page=Green+tea").await;
        listed.is_ok().shows("Which tea?").lacks("Cups");
        // The wiki tells what it links to, and what has moved.
        let seed = own_key(&node).await;
        let links = json!({"type": "page.links", "wiki": "wiki", "page_id": 7, "title": "Green_tea", "links": [other.id, 999], "embeds": [topic.id], "rev": 5});
        assert_eq!(status(&say(&node, &seed, &links).await), "stored");
        node.stranger().get(&other.url()).await.is_ok().shows("Wiki pages that link here").shows("Green tea");
        assert_eq!(of_page("Green_tea").await["linked"][0]["id"], other.id);
        let older = json!({"type": "page.links", "wiki": "wiki", "page_id": 7, "title": "Green_tea", "links": [], "embeds": [], "rev": 4});
        assert_eq!(status(&say(&node, &seed, &older).await), "stale");
        let moved = json!({"type": "page.moved", "wiki": "wiki", "page_id": 7, "from": "Green tea", "title": "Camellia", "redirect": true});
        assert_eq!(status(&say(&node, &seed, &moved).await), "stored");
        node.stranger().get(&topic.url()).await.is_ok().shows("Camellia").lacks("Green tea");
        assert_eq!(of_page("Camellia").await["discussions"][0]["id"], topic.id);
        let gone = json!({"type": "page.deleted", "wiki": "wiki", "page_id": 7, "title": "Camellia"});
        assert_eq!(status(&say(&node, &seed, &gone).await), "stored");
        node.stranger().get(&other.url()).await.is_ok().lacks("Wiki pages that link here");
    }

    /// From the wiki's "discuss this page" to a topic that is about it.
    async fn a_page_is_discussed(s: Stoa) {
        let (wiki, node) = listening(s).await;
        node.category("Kitchen").await;
        let page = node.browser("ada").get("/new-topic?wiki=wiki&page=Talk:Green_tea").await;
        let form = page.form("/new-topic");
        assert_eq!(form.value("pages"), Some("Talk:Green tea"));
        let sent = form.fill("title", "About the page").fill("raw", "What about it?").fill("category", "kitchen").submit().await;
        sent.is_ok().shows("Talk:Green tea");
        tell(&node).await;
        let told = said(&wiki);
        assert_eq!(told.last().expect("a message")["discussion"]["pages"][0]["title"], "Talk:Green tea");
        let page = node.browser("ada").get("/new-topic?wiki=none&page=Tea").await;
        assert_eq!(page.form("/new-topic").value("pages"), Some(""));
    }

    async fn only_signed_messages_count(s: Stoa) {
        let (_wiki, node) = listening(s).await;
        let seed = own_key(&node).await;
        let body = json!({"type": "ping", "wiki": "wiki"});
        assert_eq!(status(&say(&node, &seed, &body).await), "ok");
        let (text, at) = (body.to_string(), node.now() / SECOND);
        let good = keys::sign(&seed, "m1", at, text.as_bytes()).expect("a signature");
        let foreign = keys::sign(&keys::new_seed(), "m1", at, text.as_bytes()).expect("a signature");
        for (what, id, at, signature, body) in [
            ("forged", "m1", at, foreign.as_str(), text.clone()),
            ("altered", "m1", at, good.as_str(), text.replace("ping", "pinG")),
            ("under another name", "m2", at, good.as_str(), text.clone()),
            ("at another time", "m1", at + 1, good.as_str(), text.clone()),
            ("unsigned", "m1", at, "", text.clone()),
            ("nameless", "", at, good.as_str(), text.clone()),
        ] {
            assert_eq!(send_raw(&node, id, at, signature, body).await.status, 401, "{what}");
        }
        let unknown = json!({"type": "ping", "wiki": "nowhere"});
        assert_eq!(say(&node, &seed, &unknown).await.status, 401, "nobody learns which wikis there are");
        assert_eq!(say(&node, &seed, &json!({"type": "odd", "wiki": "wiki"})).await.status, 422);
        assert_eq!(say(&node, &seed, &json!([1])).await.status, 422);
        node.wait(6 * MINUTE);
        assert_eq!(send_raw(&node, "m1", at, &good, text.clone()).await.status, 401, "too old");
        let plain = Ask::post_json("/api/v1/wiki/events", text).with("content-type", "text/plain");
        assert_eq!(node.stranger().ask(plain).await.status, 415);
        // While a key is replaced, both count.
        let now = node.now();
        let new = keys::new_seed();
        node.sql("update wikis set old_wiki_key = wiki_key, old_wiki_until = $2, wiki_key = $1", params![keys::public_of(&new).expect("a key"), now + DAY]).await;
        assert_eq!(status(&say(&node, &seed, &body).await), "ok");
        assert_eq!(status(&say(&node, &new, &body).await), "ok");
        node.wait(2 * DAY);
        assert_eq!(say(&node, &seed, &body).await.status, 401);
    }

    /// Whoever keeps a copy misses nothing, whatever was lost on the way.
    async fn a_copy_can_be_kept(s: Stoa) {
        let (_wiki, node) = listening(s).await;
        let room = node.category("Kitchen").await;
        let mut topics = Vec::new();
        for n in 0..5 {
            topics.push(node.topic(&format!("T{n}")).in_category(&room).await);
        }
        let mut copy = std::collections::BTreeMap::new();
        let mut since = String::new();
        let mut follow = async |limit: i64| {
            loop {
                node.settles().await;
                let page = node.stranger().get(format!("/api/v1/wiki/wiki/discussions?limit={limit}&since={since}")).await;
                page.is_ok();
                let part: Value = serde_json::from_str(&page.body()).expect("JSON");
                for one in part["discussions"].as_array().expect("a list") {
                    copy.insert(one["id"].as_i64().expect("an id"), one["replies"].as_i64().expect("a number"));
                }
                for gone in part["deleted"].as_array().expect("a list") {
                    copy.remove(&gone.as_i64().expect("an id"));
                }
                since = part["next"].as_str().expect("a place").to_owned();
                if part["more"] == false {
                    return copy.clone();
                }
            }
        };
        assert_eq!(follow(2).await.len(), 5);
        node.reply(&topics[3], "bo", "words").await;
        assert_eq!(follow(2).await[&topics[3].id], 1);
        close(&node, &room).await;
        assert_eq!(follow(100).await.len(), 0, "the room was closed");
        open(&node, &room).await;
        assert_eq!(follow(100).await.len(), 5, "and opened again");
        node.stranger().get("/api/v1/wiki/nowhere/discussions").await.is_not_found();
        assert_eq!(node.stranger().get("/api/v1/wiki/wiki/discussions?since=x").await.status, 404);
    }

    /// Without an extension the wiki is asked: what pages are really called, and what links here.
    async fn a_wiki_without_extension_is_asked(s: Stoa) {
        let wiki = Wiki::start().await;
        let node = s.node_asking(wiki.at).await;
        node.admin("ines").await;
        let page = node.browser("ines").get("/admin/wikis/new").await;
        page.form("/admin/wikis/new").fill("address", &wiki.base()).submit().await.is_ok();
        let topic = node.topic("Which tea?").by("ada").await;
        wiki.state().pages = vec![(7, "Green tea".into()), (8, "Village pump".into())];
        wiki.state().redirects = vec![("Grüner Tee".into(), "Green tea".into())];
        wiki.state().links = vec![
            (8, format!("http://localhost{}#p2", topic.url())),
            (8, "http://localhost/u/ada".into()),
            (7, "http://localhost.evil.example/t/x/1".into()),
        ];
        bind(&node, &topic, "ada", "Grüner Tee\nNowhere").await.is_ok();
        while stoa::binding::follow::round(&node.app).await.expect("a round") {}
        let page = node.stranger().get(&topic.url()).await;
        page.is_ok().shows("Green tea").shows("Nowhere").shows("Village pump").lacks("Grüner");
        // The page is moved, and the link taken away.
        wiki.state().pages[0].1 = "Camellia".into();
        wiki.state().links.clear();
        node.wait(2 * DAY);
        while stoa::binding::follow::round(&node.app).await.expect("a round") {}
        node.stranger().get(&topic.url()).await.is_ok().shows("Camellia").lacks("Village pump");
        // Many titles in a script that takes much room in an address.
        for n in 0..10 {
            let more = node.topic(&format!("Tea {n}")).by("ada").await;
            bind(&node, &more, "ada", &format!("{}{n}", "شاي أخضر من الصين ".repeat(6))).await.is_ok();
        }
        while stoa::binding::follow::round(&node.app).await.expect("a round") {}
        let early = "select count(*) from topic_pages where checked_at is null or checked_at < $1";
        assert_eq!(node.number(early, params![node.now()]).await, 0, "all were asked for");
        // A wiki that does not answer takes nothing away.
        wiki.state().is_down = true;
        node.wait(2 * DAY);
        stoa::binding::follow::round(&node.app).await.expect("a round");
        node.stranger().get(&topic.url()).await.is_ok().shows("Camellia");
    }
}
