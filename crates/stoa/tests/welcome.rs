//! First steps: after signing up, before the first post, and what a stranger reads first.

use stoa::db::params;
use stoa::site::Level;

use crate::support::Stoa;

async fn level(s: &Stoa, who: i64, category: i64) -> i64 {
    let sql = "select coalesce(max(level), -1) from follows where user_id = $1 and kind = 1 and subject = $2";
    s.number(sql, params![who, category]).await
}

both_engines! {
    /// Who has just signed up may choose what to follow, and is asked for nothing.
    async fn first_steps_are_offered_and_optional(s: Stoa) {
        s.admin("ines").await;
        let (tea, coffee) = (s.category("Tea").await, s.category("Coffee").await);
        let group = s.group("club").await;
        let club = s.category("Club").for_group(group, Level::Create).await;
        let browser = s.stranger();
        let form = browser.get("/signup").await.form("/signup");
        let page = form.fill("name", "Newt").fill("email", "newt@example.org").fill("password", "seven small boats").submit().await;
        assert_eq!(page.path, "/welcome");
        page.is_ok().shows("Welcome, Newt!").shows("Tea").shows("You are told of every new reply.").lacks("Club");
        assert!(page.links().contains(&"/latest".to_owned()), "it can be passed over");
        assert!(page.links().contains(&"/new-topic".to_owned()), "there is no topic for it, so hello is said in a new one");
        let form = page.form("/welcome");
        let fields: Vec<String> = form.fields.iter().filter(|(k, _)| k == "follow").map(|(_, v)| v.clone()).collect();
        assert_eq!(fields, [format!("{}-normal", tea.id), format!("{}-normal", coffee.id)]);
        let page = form.fill("follow", &format!("{}-watching", tea.id)).submit().await;
        page.is_ok().shows("Saved.");
        let newt = s.user("Newt").await;
        assert_eq!(level(s, newt, tea.id).await, 4);
        assert_eq!(level(s, newt, coffee.id).await, -1, "what was left as it was is no wish");
        assert_eq!(page.form("/welcome").fields.iter().find(|(k, _)| k == "follow").expect("a field").1, format!("{}-watching", tea.id));
        // What one does not see cannot be followed, and nothing else of such a form is done.
        let both = [format!("{}-muted", coffee.id), format!("{}-watching", club.id)];
        browser.post("/welcome", &[("follow", &both[0]), ("follow", &both[1])]).await.is_not_found();
        assert_eq!((level(s, newt, coffee.id).await, level(s, newt, club.id).await), (-1, -1));
        for wrong in ["x", "1-loud", "-", "watching"] {
            browser.post("/welcome", &[("follow", wrong)]).await.is(400);
        }
        browser.post("/welcome", &[("digest_days", "3")]).await.is(400);
        browser.post("/welcome", &[("digest_days", "1")]).await.is(303);
        assert_eq!(s.number("select digest_days from users where id = $1", params![newt]).await, 1);
        assert_eq!(s.stranger().peek("/welcome").await.location().as_deref(), Some("/login?back=%2Fwelcome"));
    }

    /// The topic that an administrator set is where hello is said, for those who may write there.
    async fn hello_is_said_where_the_site_says(s: Stoa) {
        s.admin("ines").await;
        let group = s.group("club").await;
        let club = s.category("Club").for_group(group, Level::Create).await;
        let (open, secret) = (s.topic("Who are you?").await, s.topic("Among us").in_category(&club).await);
        let ines = s.browser("ines");
        let set = async |value: &str| ines.get("/admin/settings").await.form("/admin/settings").fill("welcome-topic", value).submit().await;
        set("somewhere").await.is(422).shows("neither the address nor the number");
        set("99999").await.is(422).shows("no topic with the number 99999");
        set(&format!("https://stoa.example{}?page=1#p1", open.url())).await.is_ok();
        assert_eq!(ines.get("/admin/settings").await.form("/admin/settings").value("welcome-topic"), Some(open.id.to_string().as_str()));
        let bo = s.browser("bo");
        bo.get("/welcome").await.shows("Who are you?");
        s.mark(&open, "closed").await;
        bo.get("/welcome").await.shows("Start a topic: who you are");
        set(&secret.id.to_string()).await.is_ok();
        let page = bo.get("/welcome").await;
        page.shows("Start a topic: who you are").lacks("Among us");
        assert!(!page.links().iter().any(|link| link.contains(&format!("/{}", secret.id))));
        set("").await.is_ok();
    }

    /// Two rules stand by the box until the first post is written, on a page that is otherwise shared.
    async fn the_first_post_is_met_with_two_rules(s: Stoa) {
        let topic = s.topic("Tea").by("ada").await;
        let (ada, bo) = (s.browser("ada"), s.browser("bo"));
        let here = "You have not posted here before";
        ada.get(topic.url()).await.is_ok().lacks(here);
        bo.get(topic.url()).await.shows(here);
        bo.get("/new-topic").await.shows(here);
        ada.get("/new-topic").await.lacks(here);
        s.stranger().get(topic.url()).await.lacks(here);
        bo.get(topic.url()).await.form("/replies").fill("raw", "With milk.").submit().await.is_ok().lacks(here);
        bo.get("/new-topic").await.lacks(here);
    }

    /// A stranger's front page says what this is until that is closed; both pages are kept for all.
    async fn strangers_are_told_what_this_place_is(s: Stoa) {
        s.admin("ines").await;
        s.topic("Tea").await;
        let (one, other) = (s.stranger(), s.stranger());
        let what = "What is this place?";
        let page = one.get("/").await;
        page.shows(what);
        assert!(!page.headers.contains_key("set-cookie"), "the page is the same for all strangers");
        one.get("/latest").await.lacks(what);
        one.get("/hint/close").await.is_ok().lacks(what);
        assert_eq!(one.cookie("stoa-look").as_deref(), Some("met"));
        let closed = one.get("/").await;
        closed.lacks(what);
        other.get("/").await.shows(what);
        assert!(closed.header("etag") != page.header("etag") && !closed.header("etag").is_empty());
        // Other choices of looks keep it closed.
        one.get("/appearance").await.form("/appearance").fill("theme", "dark").submit().await.is_ok();
        assert!(one.cookie("stoa-look").is_some_and(|look| look.contains("dark") && look.contains("met")));
        s.browser("bo").get("/").await.lacks(what);
        s.browser("bo").get("/hint/close").await.is_ok();
        assert_eq!(s.number("select count(*) from users where look <> ''", &[]).await, 0);
    }

    /// Lists with nothing in them say what will be there and what to do next.
    async fn empty_lists_lead_on(s: Stoa) {
        s.category("General").await;
        let bo = s.browser("bo");
        for (path, words, next) in [
            ("/unread", "Nothing unread", "/latest"),
            ("/new", "Nothing new", "/latest"),
            ("/latest", "Topics will appear here", "/new-topic"),
            ("/latest?page=3", "There is no more", "/latest"),
            ("/latest?lang=de", "Nothing in this language yet", "/new-topic"),
            ("/top", "Nothing in this period", "/top?period=all"),
            ("/bookmarks", "No bookmarks yet", "/latest"),
            ("/drafts", "No drafts", "/new-topic"),
            ("/notifications", "Nothing yet", "/latest"),
            ("/tags", "No tags yet", "/new-topic"),
            ("/search?q=zebra", "Nothing found", "/new-topic?title=zebra"),
            ("/u/bo", "What you write will be listed here", "/new-topic"),
            ("/u/bo/posts", "What you write will be listed here", "/new-topic"),
            ("/settings/following", "You follow nothing yet", "/categories"),
        ] {
            let page = bo.get(path).await;
            page.is_ok().shows(words);
            // What stands in the page itself, not around it.
            let main = page.body().split_once("<main").expect("a main part").1.split_once("</main>").expect("its end").0.to_owned();
            assert!(main.contains(&format!("href=\"{next}\"")), "{path} does not lead to {next}");
        }
    }
}
