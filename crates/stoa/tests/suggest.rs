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
        // Version, session, groups; the topic, its people, the others; the tags.
        assert_eq!(before, [6, 4, 4]);
        assert_eq!(s.number("select count(*) from users where name like 'Amy%'", params![]).await, 30);
    }

    async fn every_emoji_has_a_name(s: Stoa) {
        s.user("bo").await;
        let all = names(&s.browser("bo").get("/suggest/emoji").await);
        assert!(all.len() > 1500 && all.iter().any(|name| name == "tada") && all.iter().any(|name| name == "slight_smile"));
    }
}
