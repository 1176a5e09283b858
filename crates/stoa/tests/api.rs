//! `/api/v1`: what everybody may read, for programs.

use serde_json::Value;
use stoa::db::params;
use stoa::site::{Level, MODERATORS};

use crate::support::{Ask, Stoa};

async fn read(s: &Stoa, path: &str) -> Value {
    let page = s.stranger().get(path).await;
    page.is_ok();
    assert!(page.header("content-type").starts_with("application/json"), "{path}");
    assert_eq!(page.header("access-control-allow-origin"), "*");
    assert!(page.header("ratelimit-policy").contains("q=300"), "{path} states its limit");
    assert!(page.header("set-cookie").is_empty(), "{path} leaves a cookie");
    serde_json::from_str(&page.body()).expect("JSON")
}

fn titles(list: &Value) -> Vec<&str> {
    list["discussions"].as_array().expect("a list").iter().map(|d| d["title"].as_str().expect("a title")).collect()
}

both_engines! {
    async fn a_discussion_is_told_whole(s: Stoa) {
        let group = s.group("editors").await;
        s.join("ada", group).await;
        s.user("bo").await;
        let room = s.category("Kitchen").await;
        let topic = s.topic("Green or black?").by("ada").in_category(&room).tagged(&["tea"]).saying("**Which** one, @bo?\n\n![x](https://e.example/x.png)").await;
        s.reply(&topic, "bo", "## Green\n\n<script>alert(1)</script> of course").await;
        let hidden = s.reply(&topic, "bo", "secret words").await;
        s.hide(&topic, hidden).await;
        s.sql("update groups set is_public = 1 where id = $1", params![group]).await;
        let found = read(s, &format!("/api/v1/discussions/{}", topic.id)).await;
        assert_eq!(found["title"], "Green or black?");
        assert_eq!(found["url"], format!("http://localhost{}", topic.url()));
        assert_eq!((&found["state"], &found["replies"], &found["participants"]), (&"open".into(), &2.into(), &2.into()));
        assert_eq!(found["categories"], serde_json::json!([{"slug": room.slug, "name": "Kitchen"}]));
        assert_eq!((&found["tags"], &found["groups"]), (&serde_json::json!(["tea"]), &serde_json::json!(["editors"])));
        assert_eq!(found["author"], serde_json::json!({"name": "ada", "url": "http://localhost/u/ada"}));
        let posts = found["posts"].as_array().expect("posts");
        assert_eq!(posts.iter().map(|p| p["number"].as_i64()).collect::<Vec<_>>(), [Some(1), Some(2)]);
        let html = posts[0]["html"].as_str().expect("HTML");
        assert!(html.contains("<b>Which</b>") && html.contains("<a href=\"http://localhost/u/bo\">@bo</a>"), "{html}");
        assert!(html.contains("<a href=\"https://e.example/x.png\">"), "images are links: {html}");
        assert!(posts[1]["html"].as_str().expect("HTML").starts_with("<p><b>Green</b></p>"));
        assert!(!found.to_string().contains("<script") && !found.to_string().contains("secret words"));
        let before = found["seq"].as_i64().expect("a number");
        s.reply(&topic, "cy", "White.").await;
        let after = read(s, &format!("/api/v1/discussions/{}", topic.id)).await;
        assert!(after["seq"].as_i64().expect("a number") > before, "it grows with what happens");
        s.stranger().get("/api/v1/discussions/999").await.is_not_found();
    }

    async fn long_discussions_come_in_parts(s: Stoa) {
        let topic = s.topic("Long").await;
        for n in 2..=70 {
            s.reply(&topic, "bo", &format!("Words {n} {}", "long ".repeat(300))).await;
        }
        let found = read(s, &format!("/api/v1/discussions/{}", topic.id)).await;
        let posts = found["posts"].as_array().expect("posts");
        let html: usize = posts.iter().map(|p| p["html"].as_str().map_or(0, str::len)).sum();
        assert!(html <= 50_000 && posts.len() > 20, "{} posts, {html} bytes", posts.len());
        assert_eq!((&posts[0]["number"], &posts[posts.len() - 1]["number"]), (&1.into(), &70.into()));
        assert_eq!(found["posts_left_out"].as_i64(), Some(70 - posts.len() as i64));
        let (mut all, mut after) = (Vec::new(), 0);
        loop {
            let part = read(s, &format!("/api/v1/discussions/{}/posts?after={after}", topic.id)).await;
            all.extend(part["posts"].as_array().expect("posts").iter().map(|p| p["number"].as_i64().expect("a number")));
            match part["next"].as_i64() {
                Some(next) => after = next,
                None => break,
            }
        }
        assert_eq!(all, (1..=70).collect::<Vec<_>>());
        let newest = read(s, "/api/v1/posts").await;
        assert_eq!(newest["posts"][0]["title"], "Long");
        assert_eq!(newest["posts"][0]["number"], 70);
        let next = newest["next"].as_i64().expect("more");
        assert_eq!(read(s, &format!("/api/v1/posts?before={next}")).await["next"], Value::Null);
    }

    async fn lists_are_chosen_in_every_way(s: Stoa) {
        let group = s.group("editors").await;
        s.join("ada", group).await;
        let room = s.category("Kitchen").await;
        let below = s.category("Cups").under(&room).await;
        let back = s.category("Backstage").for_group(MODERATORS, Level::Create).await;
        s.topic("A").by("ada").in_category(&room).tagged(&["tea"]).await;
        s.wait(60_000_000);
        s.topic("B").by("bo").in_category(&below).tagged(&["tea"]).await;
        s.wait(60_000_000);
        let old = s.topic("C").by("bo").await;
        s.topic("Z").by("ada").in_category(&back).tagged(&["tea"]).await;
        let list = async |query: &str| {
            let found = read(s, &format!("/api/v1/discussions?{query}")).await;
            titles(&found).join(" ")
        };
        assert_eq!(list("").await, "C B A");
        assert_eq!(list(&format!("category={}", room.slug)).await, "B A");
        assert_eq!(list(&format!("category={}", below.id)).await, "B");
        assert_eq!(list("tag=tea").await, "B A");
        assert_eq!(list("tag=tea&user=ada").await, "A");
        assert_eq!(list("user=BO&order=new").await, "C B");
        assert_eq!(list("limit=1").await, "C");
        s.stranger().get("/api/v1/discussions?group=editors").await.is_not_found();
        s.sql("update groups set is_public = 1 where id = $1", params![group]).await;
        assert_eq!(list("group=editors").await, "A");
        s.reply(&old, "ada", "again").await;
        assert_eq!(list("order=top&period=day").await, "C B A");
        s.wait(2 * stoa::clock::DAY);
        assert_eq!(list("period=day").await, "");
        let part = read(s, "/api/v1/discussions?limit=2").await;
        let next = part["next"].as_str().expect("more").to_owned();
        let rest = read(s, &format!("/api/v1/discussions?limit=2&after={next}")).await;
        assert_eq!((titles(&rest).join(" "), &rest["next"]), ("A".into(), &Value::Null));
        for wrong in ["category=nothing", "tag=nothing", "user=nobody", "page=Tea", "wiki=none&page=Tea"] {
            let page = s.stranger().get(format!("/api/v1/discussions?{wrong}")).await;
            assert_eq!(page.status, 404, "{wrong}");
            let said: Value = serde_json::from_str(&page.body()).expect("JSON");
            assert_eq!(said["error"], "not-found");
        }
        for wrong in ["order=nice", "limit=0", "limit=101", "after=x", "period=ever"] {
            assert_eq!(s.stranger().get(format!("/api/v1/discussions?{wrong}")).await.status, 404, "{wrong}");
        }
        assert_eq!(s.stranger().get("/api/v1/discussions?limit=x").await.status, 400);
    }

    /// Whoever asks is a stranger, with whatever cookie they come.
    async fn it_is_the_same_for_everybody(s: Stoa) {
        let back = s.category("Backstage").for_group(MODERATORS, Level::Create).await;
        let topic = s.topic("Curtain").in_category(&back).await;
        s.moderator("ines").await;
        let ines = s.browser("ines");
        ines.get(&topic.url()).await.is_ok();
        ines.get(&format!("/api/v1/discussions/{}", topic.id)).await.is_not_found();
        ines.get("/api/v1/discussions").await.is_ok().lacks("Curtain");
        ines.get("/api/v1/categories").await.is_ok().lacks("Backstage");
        ines.get("/api/v1/search?q=Curtain").await.is_ok().lacks("/curtain");
        let page = s.stranger().get("/api/v1/discussions").await;
        let again = s.stranger().ask(Ask::get("/api/v1/discussions").with("if-none-match", page.header("etag"))).await;
        assert_eq!(again.status, 304);
    }

    async fn places_and_people_are_told(s: Stoa) {
        let room = s.category("Kitchen").await;
        let topic = s.topic("Tea").by("ada").in_category(&room).tagged(&["cups"]).saying("A samovar.").await;
        stoa::search::follow::catch_up(&s.app).await.expect("the index follows");
        assert_eq!(read(s, "/api/v1/site").await["software"], "Stoa");
        assert_eq!(read(s, "/api/v1/categories").await["categories"][0]["name"], "Kitchen");
        assert_eq!(read(s, "/api/v1/tags").await["tags"][0], serde_json::json!({"name": "cups", "url": "http://localhost/tag/cups", "discussions": 1}));
        let ada = read(s, "/api/v1/people/ADA").await;
        assert_eq!((&ada["name"], &ada["feed"]), (&"ada".into(), &"http://localhost/u/ada.atom".into()));
        let found = read(s, "/api/v1/search?q=samovar").await;
        assert_eq!((&found["total"], &found["hits"][0]["discussion"]), (&1.into(), &topic.id.into()));
    }

    /// Every address is described, every description has its address, and what is answered is what is described.
    async fn the_description_is_true(s: Stoa) {
        s.topic("Tea").tagged(&["cups"]).await;
        let said = read(s, "/api/v1/openapi.json").await;
        let mut described: Vec<&str> = said["paths"].as_object().expect("paths").keys().map(String::as_str).filter(|p| !p.ends_with(".atom")).collect();
        let table = stoa::routes::all().table();
        let mut there: Vec<&str> = table.iter().map(|r| r.path).filter(|p| p.starts_with("/api/v1/") && !p.ends_with("/events")).collect();
        described.sort_unstable();
        there.sort_unstable();
        assert_eq!(described, there);
        for route in table.iter().filter(|r| r.path.starts_with("/api/v1/") && !r.path.ends_with("/events")) {
            let parameters = said["paths"][route.path]["get"]["parameters"].as_array().expect("parameters");
            let mut named: Vec<&str> = parameters.iter().filter(|p| p["in"] == "query").filter_map(|p| p["name"].as_str()).collect();
            let mut taken: Vec<&str> = route.fields.iter().map(|f| f.name).collect();
            named.sort_unstable();
            taken.sort_unstable();
            assert_eq!(named, taken, "{}", route.path);
        }
        let schema = &said["components"]["schemas"];
        for (path, name, at) in [("/api/v1/discussions", "Discussion", "/discussions/0"), ("/api/v1/discussions/1", "Discussion", ""), ("/api/v1/posts", "Written", "/posts/0"), ("/api/v1/tags", "Tag", "/tags/0"), ("/api/v1/site", "Site", "")] {
            let answer = read(s, path).await;
            let one = answer.pointer(at).expect("one").as_object().expect("an object");
            let properties = schema[name]["properties"].as_object().unwrap_or_else(|| panic!("{name} in {schema}"));
            for required in schema[name]["required"].as_array().expect("required") {
                assert!(one.contains_key(required.as_str().expect("a name")), "{path} has no {required}");
            }
            for key in one.keys() {
                assert!(properties.contains_key(key), "{path}: {key} is not described");
            }
        }
    }

    async fn a_network_that_asks_too_much_is_told_so(s: Stoa) {
        let stranger = s.stranger();
        let mut answers = 0;
        let refused = loop {
            let page = stranger.get("/api/v1/site").await;
            if page.status == 429 {
                break page;
            }
            answers += 1;
            assert!(answers < 3000, "no limit was met");
        };
        assert!(answers >= 300, "refused after {answers}");
        assert!(refused.header("retry-after").parse::<u64>().expect("seconds") >= 1);
        assert_eq!(serde_json::from_str::<Value>(&refused.body()).expect("JSON")["error"], "too-many-tries");
    }
}
