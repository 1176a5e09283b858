//! Suggestions while writing: whom and what one may name.

use stoa::db::params;
use stoa::site::Level;

use crate::support::{Browser, Page};

/// The names of an answer, in its order.
fn names(page: &Page) -> Vec<String> {
    let answer: serde_json::Value = serde_json::from_str(&page.body()).expect("JSON");
    let items = answer["items"].as_array().expect("items");
    items.iter().map(|item| item["name"].as_str().expect("a name").to_owned()).collect()
}

both_engines! {
    async fn people_are_found_by_how_their_names_begin(s: Stoa) {
        for name in ["Ada Lovelace", "Adam", "ada-two", "Bo", "Élodie"] {
            s.user(name).await;
        }
        let bo = s.browser("Bo");
        assert_eq!(names(&bo.get("/suggest/people?q=ADA").await), ["ada-two", "Ada Lovelace", "Adam"]);
        assert_eq!(names(&bo.get("/suggest/people?q=ada%20L").await), ["Ada Lovelace"]);
        assert_eq!(names(&bo.get("/suggest/people?q=%C3%A9lo").await), ["Élodie"]);
        assert!(names(&bo.get("/suggest/people?q=zz").await).is_empty());
        assert!(names(&bo.get("/suggest/people?q=bo").await).is_empty(), "nobody calls themselves");
        s.sql("update users set deleted_at = 1 where name = 'Adam'", &[]).await;
        assert_eq!(names(&bo.get("/suggest/people?q=adam").await), Vec::<String>::new());
        for n in 0..15 {
            s.user(&format!("Many {n}")).await;
        }
        assert_eq!(names(&bo.get("/suggest/people?q=many").await).len(), 10);
        let stranger = s.stranger().peek("/suggest/people?q=ada").await;
        assert_ne!(stranger.status, 200);
        stranger.lacks("Lovelace");
    }

    /// Those who talk in the topic come first; of a topic that one may not see nothing is said.
    async fn people_of_the_topic_come_first(s: Stoa) {
        for name in ["Ada", "Adele", "Adil", "bo"] {
            s.user(name).await;
        }
        let topic = s.topic("Tea").by("bo").await;
        s.reply(&topic, "Adil", "Milk first.").await;
        let bo = s.browser("bo");
        let of_topic = format!("/suggest/people?q=ad&topic={}", topic.id);
        assert_eq!(names(&bo.get(&of_topic).await), ["Adil", "Ada", "Adele"]);
        assert_eq!(names(&bo.get("/suggest/people?q=ad").await), ["Ada", "Adele", "Adil"]);
        s.sql("update users set display_name = 'The Adventurer' where name = 'Adil'", &[]).await;
        assert_eq!(names(&bo.get(format!("/suggest/people?q=adv&topic={}", topic.id)).await), ["Adil"]);
        let group = s.group("tea club").await;
        s.join("Adil", group).await;
        let club = s.category("Club").for_group(group, Level::Reply).await;
        let secret = s.topic("Secret").by("Adil").in_category(&club).await;
        let of_secret = format!("/suggest/people?q=ad&topic={}", secret.id);
        assert_eq!(names(&bo.get(&of_secret).await), ["Ada", "Adele", "Adil"]);
        assert_eq!(names(&bo.get("/suggest/people?q=ad&topic=rubbish").await), ["Ada", "Adele", "Adil"]);
    }

    async fn places_are_those_one_may_see(s: Stoa) {
        let group = s.group("tea club").await;
        s.join("ada", group).await;
        s.category("Teapots").await;
        let club = s.category("Tea club").for_group(group, Level::Reply).await;
        s.topic("Open").by("bo").tagged(&["teatime", "milk"]).await;
        s.topic("Secret").by("ada").in_category(&club).tagged(&["tea-secret"]).await;
        let (ada, bo) = (s.browser("ada"), s.browser("bo"));
        let of = async |browser: &Browser| names(&browser.get("/suggest/places?q=tea").await);
        let (hers, his) = (of(&ada).await, of(&bo).await);
        assert!(hers.contains(&"tea-secret".to_owned()) && hers.contains(&"tea-club".to_owned()), "{hers:?}");
        assert_eq!(his, ["teapots", "teatime"]);
        assert!(names(&bo.get("/suggest/places?q=CLUB").await).is_empty());
        assert_eq!(names(&ada.get("/suggest/places?q=CLUB").await), ["tea-club"]);
    }

    /// A new topic is shown those that may be about the same: while its title is typed, and in the preview; only those
    /// that the writer may see.
    async fn topics_like_a_new_one_are_shown(s: Stoa) {
        let group = s.group("tea club").await;
        s.join("ada", group).await;
        let club = s.category("Club").for_group(group, Level::Create).await;
        s.topic("Which teapot pours well?").await;
        s.topic("A porcelain teapot for guests").in_category(&club).await;
        let hidden = s.topic("The teapot of a spammer").by("vera").await;
        s.topic("Coffee").await;
        stoa::search::follow::catch_up(&s.app).await.expect("the index follows");
        s.mark(&hidden, "hidden").await;
        let (ada, bo) = (s.browser("ada"), s.browser("bo"));
        let like = "/suggest/topics?q=My%20TEAPOT%20drips";
        bo.get(like).await.is_ok().shows("A topic that may be about the same").shows("Which teapot pours well?").lacks("porcelain").lacks("spammer").lacks("Coffee");
        ada.get(like).await.is_ok().shows("2 topics that may be about the same").shows("porcelain");
        for nothing in ["/suggest/topics?q=", "/suggest/topics?q=te", "/suggest/topics?q=zebra", "/suggest/topics"] {
            assert_eq!(bo.get(nothing).await.is_ok().body(), r#"{"html":""}"#, "{nothing}");
        }
        s.stranger().peek("/suggest/topics?q=teapot").await.is(303).lacks("pours");
        let page = bo.get("/new-topic").await;
        page.is_ok().lacks("may be about the same");
        let page = page.form("/new-topic").fill("title", "My teapot drips").fill("raw", "Onto the table.").press("preview", "1").await;
        page.is_ok().shows("Which teapot pours well?").lacks("porcelain");
        assert_eq!(page.form("/new-topic").value("title"), Some("My teapot drips"));
        bo.get("/new-topic?title=teapot").await.shows("Which teapot pours well?");
        // Five at most, in one statement.
        for n in 0..9 {
            s.topic(&format!("Teapot number {n}")).await;
        }
        stoa::search::follow::catch_up(&s.app).await.expect("the index follows");
        bo.get("/latest").await.is_ok();
        let start = s.app.db.statements();
        let page = bo.get(like).await;
        page.shows("5 topics");
        // Session and topics.
        assert_eq!(s.app.db.statements() - start, 2);
    }

    /// However many people, posts and tags there are.
    async fn suggestions_cost_a_fixed_number_of_statements(s: Stoa) {
        let topic = s.topic("Tea").by("ada").tagged(&["tea"]).await;
        let bo = s.browser("bo");
        bo.get("/latest").await.is_ok();
        let asked = [format!("/suggest/people?q=a&topic={}", topic.id), "/suggest/people?q=a".into(), "/suggest/places?q=t".into()];
        let mut before = Vec::new();
        for round in 0..2 {
            for (at, path) in asked.iter().enumerate() {
                let start = s.app.db.statements();
                bo.get(path).await.is_ok();
                let cost = s.app.db.statements() - start;
                if round == 0 { before.push(cost) } else { assert_eq!(cost, before[at], "{path}") }
            }
            if round == 0 {
                for n in 0..30 {
                    s.user(&format!("Amy {n}")).await;
                    s.reply(&topic, &format!("Amy {n}"), "Yes.").await;
                    s.topic(&format!("More {n}")).by("ada").tagged(&[&format!("tag{n}")]).await;
                }
                bo.get("/latest").await.is_ok();
            }
        }
        // Session (with groups and version); the topic, its people, the others; the tags.
        assert_eq!(before, [4, 2, 2]);
        assert_eq!(s.number("select count(*) from users where name like 'Amy%'", params![]).await, 30);
    }

    async fn every_emoji_has_a_name(s: Stoa) {
        s.user("bo").await;
        let all = names(&s.browser("bo").get("/suggest/emoji").await);
        assert!(all.len() > 1500 && all.iter().any(|name| name == "tada") && all.iter().any(|name| name == "slight_smile"));
    }
}

/// A wiki on loopback: how often it was asked, and its address. It is slow about what begins with "slow".
fn wiki() -> (std::sync::Arc<std::sync::atomic::AtomicUsize>, std::net::SocketAddr) {
    use std::io::{Read, Write};
    let listener = std::net::TcpListener::bind("127.0.0.1:0").expect("a free port");
    let at = listener.local_addr().expect("an address");
    let count = std::sync::Arc::new(std::sync::atomic::AtomicUsize::new(0));
    let asked = count.clone();
    std::thread::spawn(move || {
        for mut stream in listener.incoming().flatten() {
            let asked = asked.clone();
            std::thread::spawn(move || {
                let mut head = [0; 8192];
                let got = stream.read(&mut head).unwrap_or(0);
                let head = String::from_utf8_lossy(&head[..got]).into_owned();
                asked.fetch_add(1, std::sync::atomic::Ordering::SeqCst);
                assert!(head.starts_with("GET /w/api.php?action=opensearch&"), "{head}");
                assert!(!head.contains("bo") && !head.to_lowercase().contains("cookie"), "{head}");
                if head.contains("search=slow") {
                    std::thread::sleep(std::time::Duration::from_secs(10));
                }
                let body = r#"["te",["Tea","Tea (drink)","Te|x","شاي"],[],[]]"#;
                let length = body.len();
                let kind = "content-type: application/json";
                drop(write!(
                    stream,
                    "HTTP/1.1 200 OK\r\n{kind}\r\ncontent-length: {length}\r\nconnection: close\r\n\r\n{body}"
                ));
            });
        }
    });
    (count, at)
}

#[test]
fn the_wiki_suggests_its_pages() {
    use crate::support::{Engine, Stoa};
    use std::sync::atomic::Ordering;
    use stoa::clock::HOUR;
    let runtime = tokio::runtime::Builder::new_multi_thread().worker_threads(2).enable_all().build();
    runtime.expect("a runtime starts").block_on(async {
        let (count, at) = wiki();
        let s =
            Stoa::start_with(Engine::Sqlite, |config| config.fetch_from = vec![at]).await.expect("SQLite is built in");
        let s = &s;
        s.sql(
            "insert into settings (key, value) values ('wiki', $1)",
            params![format!("http://{at}/wiki/$1").as_str()],
        )
        .await;
        let bo = s.browser("bo");
        assert_eq!(names(&bo.get("/suggest/wiki?q=te").await), ["Tea", "Tea (drink)", "شاي"]);
        let kind: serde_json::Value = serde_json::from_str(&bo.get("/suggest/wiki?q=te").await.body()).expect("JSON");
        assert_eq!((&kind["items"][0]["kind"], &kind["items"][0]["label"]), (&"page".into(), &"Tea".into()));
        s.browser("cy").get("/suggest/wiki?q=te").await.is_ok();
        assert_eq!(count.load(Ordering::SeqCst), 1, "an answer is kept for a while, for all");
        s.wait(HOUR);
        bo.get("/suggest/wiki?q=te").await.is_ok();
        assert_eq!(count.load(Ordering::SeqCst), 2);
        assert!(names(&bo.get("/suggest/wiki?q=").await).is_empty());
        // A wiki that does not answer: nothing to suggest, soon, and it is left alone for a moment.
        let since = std::time::Instant::now();
        let slow = bo.get("/suggest/wiki?q=slowly").await;
        assert!(names(slow.is_ok()).is_empty());
        assert!(since.elapsed() < std::time::Duration::from_secs(4));
        assert!(names(&bo.get("/suggest/wiki?q=other").await).is_empty());
        assert_eq!(count.load(Ordering::SeqCst), 3);
        s.wait(HOUR);
        assert_eq!(names(&bo.get("/suggest/wiki?q=other").await).len(), 3);
        // Whoever asks without end is asked to wait; strangers ask nothing.
        let mut last = 200;
        for n in 0..60 {
            last = bo.peek(format!("/suggest/wiki?q=x{n}")).await.status;
        }
        assert_eq!(last, 429);
        assert_ne!(s.stranger().peek("/suggest/wiki?q=te").await.status, 200);
        // Its own address for programs, which is not one that is allowed here; and no wiki at all.
        s.sql("insert into settings (key, value) values ('wiki-api', 'http://127.0.0.1:1/api.php')", &[]).await;
        assert!(names(&s.browser("dan").get("/suggest/wiki?q=te").await).is_empty());
        s.sql("update settings set value = '' where key = 'wiki'", &[]).await;
        s.browser("dan").get("/suggest/wiki?q=te").await.is_not_found();
    });
}

both_engines! {
    /// The line of the field that names what a topic is about: titles of all joined wikis in turn, as the field reads them.
    async fn joined_wikis_suggest_their_pages(s: Stoa) {
        use crate::wikis::connect;
        use mediawiki_double::Wiki;
        use stoa::clock::HOUR;
        let (tea, herbs) = (Wiki::start().await, Wiki::start().await);
        tea.furnish();
        let more = ["Gunpowder", "Genmaicha"].into_iter().zip(20..).map(|(title, id)| (id, title.to_owned()));
        herbs.state().pages.extend(more);
        herbs.state().title = "Herb Wiki".into();
        herbs.state().wiki_id = "herbs".into();
        let s = s.node_asking_all(vec![tea.at, herbs.at]).await;
        s.admin("ines").await;
        let bo = s.browser("bo");
        bo.get("/suggest/pages?q=gr").await.is_not_found();
        connect(&s, &tea.base()).await.is_ok();
        connect(&s, &herbs.base()).await.is_ok();
        let other = s.text("select name from wikis order by position desc, id desc limit 1", &[]).await;
        let own = |title: &str| format!("{other}:{title}");
        assert_eq!(names(&bo.get("/suggest/pages?q=G").await), ["Green tea".to_owned(), own("Gunpowder"), "Gyokuro".into(), own("Genmaicha")]);
        let said: serde_json::Value = serde_json::from_str(&bo.get("/suggest/pages?q=G").await.body()).expect("JSON");
        assert_eq!((&said["items"][1]["label"], &said["items"][1]["more"]), (&"Gunpowder".into(), &"Herb Wiki".into()));
        assert_eq!(names(&bo.get(format!("/suggest/pages?q={other}%3A%20gen")).await), [own("Genmaicha")]);
        let searches = |wiki: &Wiki| wiki.state().queries.iter().filter(|q| q.get("action").is_some_and(|a| a == "opensearch")).count();
        assert_eq!((searches(&tea), searches(&herbs)), (1, 2), "kept for all, and a wiki that is not meant is not asked");
        assert!(names(&bo.get("/suggest/pages?q=").await).is_empty() && names(&bo.get("/suggest/pages?q=zz").await).is_empty());
        // What is suggested is what the field reads.
        let topic = s.topic("About powder").by("bo").await;
        let place = format!("/t/{}/wikis", topic.id);
        bo.get(&place).await.form(&place).fill("pages", &own("Gunpowder")).submit().await.is_ok();
        assert_eq!(s.text("select title from topic_pages", &[]).await, "Gunpowder");
        // One that is down says nothing, and the other is not waited for twice.
        herbs.state().is_down = true;
        s.wait(HOUR);
        assert_eq!(names(&bo.get("/suggest/pages?q=Gr").await), ["Green tea"]);
        assert_ne!(s.stranger().peek("/suggest/pages?q=G").await.status, 200);
    }
}
