//! What pages cost: a fixed number of statements, however much there is.

use std::time::{Duration, Instant};

use stoa::db::params;

use crate::support::{Browser, Stoa};

/// Statements that a request runs, with what it does beside the answer.
async fn cost(s: &Stoa, browser: &Browser, path: &str, expected: u64) {
    let before = s.app.db.statements();
    browser.get(path).await.is_ok();
    // How far a member has read is kept beside the answer: wait for it, but not for ever.
    let since = Instant::now();
    while s.app.db.statements() - before < expected && since.elapsed() < Duration::from_secs(20) {
        tokio::time::sleep(Duration::from_millis(1)).await;
    }
    settle(s).await;
    assert_eq!(s.app.db.statements() - before, expected, "statements of {path}");
}

async fn many_topics(s: &Stoa, count: i64) {
    let first = s.topic("The first one").await;
    s.sql(
        "insert into topics (category_id, title, slug, author_id, created_at, bumped_at, last_post_at, last_poster_id,
            post_count, highest_number)
         with recursive n(i) as (select 1 union all select i + 1 from n where i < $2)
         select t.category_id, 'Topic', 'topic', t.author_id, t.created_at + i, t.bumped_at + i, t.last_post_at, t.author_id, 1, 1
         from n, topics t where t.id = $1",
        params![first.id, count - 1],
    )
    .await;
    s.sql(
        "insert into posts (topic_id, number, author_id, raw, html, renderer, created_at)
         select id, 1, author_id, 'x', '<p>x</p>', 1, created_at from topics t where not exists (select 1 from posts p where p.topic_id = t.id)",
        &[],
    )
    .await;
}

async fn many_posts(s: &Stoa, topic: i64, count: i64) {
    s.sql(
        "insert into posts (topic_id, number, author_id, raw, html, renderer, created_at)
         with recursive n(i) as (select 2 union all select i + 1 from n where i < $2)
         select t.id, i, t.author_id, 'post', '<p>post</p>', 1, t.created_at from n, topics t where t.id = $1",
        params![topic, count],
    )
    .await;
    let sql = "update topics set highest_number = $2, post_count = $2, version = version + 1 where id = $1";
    s.sql(sql, params![topic, count]).await;
}

/// A list for a stranger: version, newest change, topics, people, tags, languages.
const LIST: u64 = 6;
/// What is kept costs nothing on SQLite, which shows whether something was written since; PostgreSQL is asked for the
/// version, and the newest change or the topic.
fn kept(s: &Stoa) -> u64 {
    if s.app.db.stamp().is_some() { 0 } else { 2 }
}
/// A topic for a stranger: version, topic, posts, tags.
const TOPIC: u64 = 4;

/// The same for a member: session (with groups and version), topic, likes and muted people, reading place (with draft and
/// own level of following); one more for who follows rooms or tags. How far it was read is written beside it when that is
/// further than before.
const TOPIC_OF_MEMBER: u64 = 4;

both_engines! {
    async fn a_list_costs_the_same_with_30_or_3000_topics(s: Stoa) {
        many_topics(s, 30).await;
        let reader = s.stranger();
        reader.get("/latest").await.is_ok();
        // Reads the site's categories and settings, which were changed.
        reader.get("/top").await.is_ok();
        cost(s, &reader, "/new", LIST).await;
        many_topics(s, 3000).await;
        reader.get("/top").await.is_ok();
        for path in ["/new", "/new?page=50", "/new?page=100"] {
            cost(s, &reader, path, LIST).await;
            cost(s, &reader, path, kept(s)).await;
        }
    }

    async fn a_topic_costs_the_same_with_30_or_3000_posts(s: Stoa) {
        let small = s.topic("Short").await;
        many_posts(s, small.id, 30).await;
        let large = s.topic("Long").await;
        many_posts(s, large.id, 3000).await;
        let reader = s.stranger();
        reader.get("/latest").await;
        for path in [small.url(), large.url(), format!("{}?page=50", large.url()), format!("{}?page=100", large.url())] {
            cost(s, &reader, &path, TOPIC).await;
            cost(s, &reader, &path, kept(s)).await;
        }
    }

    async fn a_member_costs_a_few_statements_more(s: Stoa) {
        let topic = s.topic("Long").await;
        many_posts(s, topic.id, 3000).await;
        let bo = s.browser("bo");
        let last = format!("{}?page=100", topic.url());
        bo.get(&last).await.is_ok();
        let settled = "select coalesce(max(last_number), 0) from reads where user_id = (select id from users where name = 'bo')";
        while s.number(settled, &[]).await < 3000 {
            tokio::time::sleep(Duration::from_millis(1)).await;
        }
        settle(s).await;
        for page in [100, 1, 50] {
            let path = format!("{}?page={page}", topic.url());
            // The posts and tags of page 100 are kept already.
            let body = if page == 100 { 0 } else { 2 };
            cost(s, &bo, &path, TOPIC_OF_MEMBER + body).await;
            cost(s, &bo, &path, TOPIC_OF_MEMBER).await;
        }
    }
}

both_engines! {
    /// Links between topics are looked up with each page, so that each reader sees their own: one statement, and only
    /// where there are any.
    async fn a_topic_that_goes_on_elsewhere_costs_one_more(s: Stoa) {
        let topic = s.topic("Tea").await;
        let room = s.category("General").await.id.to_string();
        let post = s.post_id(&topic, 1).await.to_string();
        for title in ["Coffee", "Milk", "Sugar"] {
            let fields = [("title", title), ("raw", "x"), ("category", room.as_str()), ("from", post.as_str())];
            s.browser("bo").post("/new-topic", &fields).await.is(303);
        }
        let reader = s.stranger();
        reader.get("/latest").await;
        cost(s, &reader, &topic.url(), TOPIC + 1).await;
        let again = if kept(s) == 0 { 0 } else { kept(s) + 1 };
        cost(s, &reader, &topic.url(), again).await;
    }
}

both_engines! {
    /// Cards of linked pages: one statement for all posts of a page, when the page is made.
    async fn cards_cost_one_statement_more(s: Stoa) {
        let topic = s.topic("Tea").saying("https://one.example/").await;
        for n in 0..10 {
            s.reply(&topic, "bo", &format!("https://one.example/{n}\n\nhttps://two.example/{n}")).await;
        }
        let reader = s.stranger();
        reader.get("/latest").await;
        cost(s, &reader, &topic.url(), TOPIC + 1).await;
        cost(s, &reader, &topic.url(), kept(s)).await;
    }
}

both_engines! {
    /// Linked accounts: the session, the accounts, whether there is a password, and where bots write, however many wikis there
    /// are. The page to log in knows the wikis from the site's snapshot.
    async fn wikis_cost_nothing_to_know(s: Stoa) {
        let bo = s.browser("bo");
        bo.get("/settings/wikis").await.is_ok();
        cost(s, &bo, "/settings/wikis", 4).await;
        let stranger = s.stranger();
        stranger.get("/login").await.is_ok();
        let before = s.app.db.statements();
        stranger.get("/login").await.is_ok();
        let alone = s.app.db.statements() - before;
        for n in 0..20 {
            let (name, now) = (format!("wiki-{n}"), s.now());
            s.sql(
                "insert into wikis (name, title, server, api, rest, article, issuer, oauth_client, login, sign_key, wiki_key, created_at, next_ask_at)
                 values ($1, $1, 'https://w.invalid', $1, '', '', $1, 'c', 1, '', '', $2, $2)",
                params![&name, now],
            )
            .await;
        }
        stranger.get("/login").await.is_ok().shows("Log in with your wiki-7 account");
        cost(s, &stranger, "/login", alone).await;
        cost(s, &bo, "/settings/wikis", 4).await;
    }
}

/// Gives what runs beside an answer the time to run more than it should.
async fn settle(s: &Stoa) {
    let mut seen = 0;
    while seen != s.app.db.statements() {
        seen = s.app.db.statements();
        tokio::time::sleep(Duration::from_millis(5)).await;
    }
}
