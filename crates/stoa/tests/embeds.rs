//! Cards of discussions on other sites: `/oembed` says how, `/embed/t/{id}` is what is framed.

use stoa::db::params;
use stoa::site::Level;

use crate::support::{Ask, Stoa};

fn oembed(s: &Stoa, path: &str, more: &str) -> String {
    let url: String =
        url::form_urlencoded::byte_serialize(format!("{}{path}", s.app.config.base()).as_bytes()).collect();
    format!("/oembed?url={url}{more}")
}

both_engines! {
    async fn a_discussion_can_be_set_into_pages_of_others(s: Stoa) {
        let topic = s.topic("Tea & <b>biscuits</b>").by("ada").saying("Which goes with which?").await;
        s.reply(&topic, "bo", "Green tea, of course.").await;
        s.sql("update topics set like_count = 1 where id = $1", params![topic.id]).await;
        let stranger = s.stranger();
        let page = stranger.get(topic.url()).await;
        let found = page.dom().find(|e| e.attribute("type") == Some("application/json+oembed")).and_then(|e| e.attribute("href")).expect("it can be found").to_owned();
        let base = s.app.config.base();
        let path = found.strip_prefix(&base).expect("an address of this site").to_owned();
        let answer = stranger.get(&path).await;
        answer.is_ok();
        assert!(answer.header("content-type").starts_with("application/json") && answer.header("set-cookie").is_empty());
        assert_eq!(answer.header("access-control-allow-origin"), "*");
        let said: serde_json::Value = serde_json::from_str(&answer.body()).expect("JSON");
        assert_eq!((said["version"].as_str(), said["type"].as_str()), (Some("1.0"), Some("rich")));
        assert_eq!((said["title"].as_str(), said["author_name"].as_str()), (Some("Tea & <b>biscuits</b>"), Some("ada")));
        let html = said["html"].as_str().expect("a frame");
        assert!(html.contains("title=\"Tea &#38; &#60;b&#62;biscuits") || html.contains("title=\"Tea &amp; &lt;b&gt;biscuits"), "{html}");
        let src = html.split("src=\"").nth(1).and_then(|rest| rest.split('"').next()).expect("an address");
        assert_eq!(src, format!("{base}/embed/t/{}", topic.id));
        let card = stranger.get(src.strip_prefix(&base).expect("of this site")).await;
        card.is_ok().shows("Tea & <b>biscuits</b>").shows("ada").shows("Which goes with which?").shows("1 reply").shows("1 like").shows("bo").shows("Green tea, of course.");
        assert!(!card.body().contains("<b>biscuits") && !card.body().contains("<script") && !card.body().contains("<form"));
        assert!(card.links().contains(&format!("{base}{}", topic.url())));
        let small: serde_json::Value = serde_json::from_str(&stranger.get(oembed(s, &topic.url(), "&maxwidth=300&maxheight=100")).await.body()).expect("JSON");
        assert_eq!((small["width"].as_i64(), small["height"].as_i64()), (Some(300), Some(100)));
        let xml = stranger.get(oembed(s, &topic.url(), "&format=xml")).await;
        assert!(xml.header("content-type").starts_with("text/xml") && xml.body().contains("<type>rich</type>") && !xml.body().contains("<iframe"), "{}", xml.body());
        stranger.get(oembed(s, &topic.url(), "&format=yaml")).await.is(501);
        for wrong in [oembed(s, "/about", ""), "/oembed".into(), "/oembed?url=https%3A%2F%2Fother.example%2Ft%2Fx%2F1".into(), oembed(s, "/t/x/9999", "")] {
            stranger.get(wrong).await.is_not_found();
        }
        stranger.get(oembed(s, &topic.url(), "&maxwidth=wide")).await.is(400);
    }

    async fn a_post_has_a_card_of_its_own(s: Stoa) {
        let topic = s.topic("Tea").by("ada").saying("Which?").await;
        s.reply(&topic, "bo", "Green tea.").await;
        let post = s.post_id(&topic, 2).await;
        for path in [format!("{}/2", topic.url()), format!("{}#p2", topic.url()), format!("/p/{post}")] {
            let said: serde_json::Value = serde_json::from_str(&s.stranger().get(oembed(s, &path, "")).await.body()).expect("JSON");
            assert_eq!(said["author_name"], "bo", "{path}");
            assert!(said["html"].as_str().expect("a frame").contains(&format!("/embed/t/{}?post=2\"", topic.id)), "{path}");
        }
        let address = format!("/embed/t/{}?post=2", topic.id);
        s.stranger().get(&address).await.is_ok().shows("Green tea.").lacks("Which?");
        s.hide(&topic, 2).await;
        s.stranger().get(&address).await.is_not_found();
        s.stranger().get(format!("/embed/t/{}", topic.id)).await.is_ok().lacks("Green tea.");
        s.stranger().get(format!("/embed/t/{}?post=x", topic.id)).await.is_not_found();
    }

    /// Whoever is logged in sees what strangers see: the frame is on somebody else's page.
    async fn what_not_everybody_may_see_has_no_card(s: Stoa) {
        let circle = s.group("circle").await;
        s.join("inga", circle).await;
        let closed = s.category("Closed").for_group(circle, Level::Create).await;
        let secret = s.topic("Secret").by("inga").in_category(&closed).await;
        let gone = s.topic("Gone").await;
        s.sql("update topics set deleted_at = 1 where id = $1", params![gone.id]).await;
        for reader in [s.stranger(), s.browser("inga")] {
            for topic in [&secret, &gone] {
                reader.get(format!("/embed/t/{}", topic.id)).await.is_not_found();
                reader.get(oembed(s, &topic.url(), "")).await.is_not_found();
            }
        }
        assert!(!s.browser("inga").get(secret.url()).await.body().contains("+oembed"));
    }

    /// Only the card may be framed, and nothing of a session is in it.
    async fn only_the_card_may_be_framed(s: Stoa) {
        let topic = s.topic("Tea").await;
        let bo = s.browser("bo");
        let card = bo.get(format!("/embed/t/{}", topic.id)).await;
        let csp = card.header("content-security-policy");
        assert!(csp.contains("frame-ancestors *") && csp.contains("default-src 'none'") && !csp.contains("script"), "{csp}");
        assert_eq!(card.header("x-frame-options"), "");
        assert_eq!(card.header("set-cookie"), "");
        assert_eq!(card.body(), s.stranger().get(format!("/embed/t/{}", topic.id)).await.body());
        for path in [topic.url(), "/login".into(), format!("/embed/t/{}", topic.id + 99), oembed(s, &topic.url(), "")] {
            let page = bo.get(path).await;
            assert!(page.header("content-security-policy").contains("frame-ancestors 'none'"));
            assert_eq!(page.header("x-frame-options"), "DENY");
        }
        let arabic = s.stranger().ask(Ask::get(&format!("/embed/t/{}", topic.id)).with("accept-language", "ar")).await;
        assert!(arabic.body().contains("dir=\"rtl\"") && arabic.is_ok().body().contains("لا إعجابات بعد"));
    }
}
