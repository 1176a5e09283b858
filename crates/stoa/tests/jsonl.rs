//! `stoa import jsonl`: what comes in, what does not, and what happens when it is stopped or run again.

use std::fmt::Write as _;
use std::io::Write as _;
use std::path::Path;

use stoa::import::jsonl;
use stoa::import::report::Report;
use tempfile::TempDir;

use crate::support::Stoa;

/// A small community as the neutral format writes it.
fn folder(users: &str, categories: &str, topics: &str, posts: &str, likes: &str) -> TempDir {
    let dir = tempfile::tempdir().expect("a folder");
    let files = [("users", users), ("categories", categories), ("topics", topics), ("posts", posts), ("likes", likes)];
    for (name, text) in files {
        std::fs::write(dir.path().join(format!("{name}.jsonl")), text).expect("a file");
    }
    dir
}

const USERS: &str = r#"{"id":1,"username":"ada_1","name":"Ada","language":"en","bio":"**tea**","created":1577836800}
{"id":2,"username":"bo_2","name":"","language":"he","bio":"","created":1577836900}
"#;
const CATEGORIES: &str = r#"{"id":1,"name":"News","slug":"news","description":"All of it."}
"#;
const TOPICS: &str = r#"{"id":1,"category":1,"language":"en","created":1600000000,"size":2,"title":"Tea","tags":["cup"],"first_post":1,"author":1}
"#;
const POSTS: &str = r#"{"id":1,"topic":1,"index":0,"author":1,"reply_to":null,"created":1600000000,"language":"en","direction":"ltr","body":"Who has **tea**?"}
{"id":2,"topic":1,"index":1,"author":2,"reply_to":1,"created":1600000100,"language":"en","direction":"ltr","body":"[quote=\"ada 1, post:1, topic:1\"]\nWho\n[/quote]\n\n@ada_1 me"}
"#;
const LIKES: &str = r#"{"post":1,"user":2,"created":1600000200}
"#;

async fn import(s: &Stoa, dir: &Path) -> Report {
    jsonl::import(&s.app, dir, None, true).await.expect("the import goes through")
}

async fn is_whole(s: &Stoa) {
    assert_eq!(stoa::check::run(&s.app, true).await.expect("a check"), Vec::<String>::new());
}

both_engines! {
    /// Ids, times, likes and replies are kept, and a second run changes nothing.
    async fn a_community_comes_in_once(s: Stoa) {
        let dir = folder(USERS, CATEGORIES, TOPICS, POSTS, LIKES);
        let report = import(s, dir.path()).await;
        assert_eq!(report.skips(), 0, "{report}");
        for (kind, count) in [("users", 2), ("categories", 1), ("topics", 1), ("posts", 2), ("likes", 1)] {
            assert_eq!((report.tally(kind).read, report.tally(kind).written), (count, count), "{kind}");
        }
        let page = s.stranger().get("/t/tea/1").await;
        page.is_ok().shows("Who has").shows("ada 1");
        assert_eq!(s.number("select reply_count * 100 + like_count * 10 + quote_count from posts where id = 1", &[]).await, 111);
        assert_eq!(s.number("select created_at from posts where id = 2", &[]).await, 1_600_000_100_000_000);
        assert_eq!(s.number("select bumped_at from topics where id = 1", &[]).await, 1_600_000_100_000_000);
        is_whole(s).await;

        let again = import(s, dir.path()).await;
        assert!(!again.wrote(), "{again}");
        assert_eq!(again.tally("posts").there_already, 2);
        assert_eq!(again.tally("likes").there_already, 1);
        // What people write afterwards comes after what was brought in.
        s.browser("cleo").post("/t/1/replies", &[("raw", "Me too, with milk.")]).await;
        assert_eq!(s.number("select number from posts where raw like 'Me too%'", &[]).await, 3);
        is_whole(s).await;
    }

    /// Each broken record is named by file and line, and takes nothing else with it.
    async fn broken_records_are_named(s: Stoa) {
        let users = format!(
            "{USERS}{{\"id\":3,\"username\":\"cy\"\n{}\n{}\n",
            r#"{"id":4,"username":"dee","created":1577836800,"shoe_size":44}"#,
            r#"{"id":"five","username":"eve","created":1577836800}"#,
        );
        let users = users + "{\"id\":6,\"username\":\"b\u{43e}b\",\"created\":1577836800}\n";
        let posts = format!(
            "{POSTS}{}\n{}\n{{\"id\":5,\"topic\":1,\"index\":4,\"author\":1,\"created\":1600000300,\"body\":\"{}\"}}\n{}\n",
            r#"{"id":3,"topic":9,"index":0,"author":1,"created":1600000300,"body":"no such topic"}"#,
            r#"{"id":4,"topic":1,"index":3,"author":99,"created":1600000300,"body":"no such author"}"#,
            "x".repeat(200_000),
            r#"{"id":6,"topic":1,"index":1,"author":1,"created":1600000300,"body":"same place"}"#,
        );
        let posts = posts + r#"{"id":7,"topic":1,"index":6,"author":6,"created":1600000400,"body":"good again"}"#;
        let dir = folder(&users, CATEGORIES, TOPICS, &posts, "{\"post\":77,\"user\":1,\"created\":1}\n");
        let report = import(s, dir.path()).await;
        let text = report.to_string();
        for line in [
            "users.jsonl:3: broken JSON",
            "users.jsonl:4: a field that is not known: unknown field `shoe_size`",
            "users.jsonl:5: a value of the wrong kind",
            "users.jsonl:6: another name",
            "posts.jsonl:3: no such topic: 9",
            "posts.jsonl:4: no such author: 99",
            "posts.jsonl:5: too long: 200000 characters",
            "posts.jsonl:6: a place that another post has",
            "likes.jsonl:1: no such post: 77",
        ] {
            assert!(text.contains(line), "{line} is missing in\n{text}");
        }
        assert_eq!((report.tally("users").written, report.tally("posts").written, report.skips()), (3, 3, 8), "{text}");
        assert_eq!(s.number("select number from posts where raw = 'good again'", &[]).await, 7);
        is_whole(s).await;
    }

    /// An import that was stopped has left whole batches behind, unseen, and goes on without doubles.
    async fn a_stopped_import_goes_on(s: Stoa) {
        let (mut topics, mut posts) = (String::new(), String::new());
        for topic in 1..=50 {
            let _ = writeln!(
                topics,
                r#"{{"id":{topic},"category":1,"created":1600000000,"title":"Topic {topic}","author":1}}"#
            );
        }
        for post in 1..=20_000i64 {
            let (topic, index) = ((post - 1) % 50 + 1, (post - 1) / 50);
            let _ = writeln!(
                posts,
                r#"{{"id":{post},"topic":{topic},"index":{index},"author":{},"created":{},"body":"Words {post}"}}"#,
                post % 2 + 1,
                1_600_000_000 + post
            );
        }
        let dir = folder(USERS, CATEGORIES, &topics, "", "");
        // The posts come through a pipe that gives half of them and then nothing, until the import was stopped.
        let pipe = dir.path().join("posts.jsonl");
        std::fs::remove_file(&pipe).expect("no file");
        assert!(std::process::Command::new("mkfifo").arg(&pipe).status().is_ok_and(|status| status.success()), "a pipe");
        let (stopped, wait) = std::sync::mpsc::channel::<()>();
        let (end, half) = (pipe.clone(), posts[..posts.len() / 2].to_owned());
        let giver = std::thread::spawn(move || {
            let mut file = std::fs::OpenOptions::new().write(true).open(end).expect("the pipe");
            file.write_all(half.as_bytes()).expect("somebody reads");
            let _ = wait.recv();
        });
        let (app, path) = (s.app.clone(), dir.path().to_owned());
        let job = tokio::spawn(async move { jsonl::import(&app, &path, None, true).await });
        while s.number("select count(*) from posts", &[]).await == 0 {
            assert!(!job.is_finished(), "it ended before it could be stopped");
            tokio::time::sleep(std::time::Duration::from_millis(5)).await;
        }
        s.stranger().get("/latest").await.lacks("Topic 1");
        job.abort();
        drop(stopped);
        let ended = job.await;
        assert!(ended.is_err_and(|e| e.is_cancelled()), "it was stopped");
        giver.join().expect("all that was to be given");
        // A batch that was on its way to the store still arrives, as it would at a server of its own.
        let mut half = -1;
        while half != s.number("select count(*) from posts", &[]).await {
            half = s.number("select count(*) from posts", &[]).await;
            tokio::time::sleep(std::time::Duration::from_millis(700)).await;
        }
        assert!(half < 20_000, "stopped half-way, not at {half}");
        std::fs::remove_file(&pipe).expect("no pipe");
        std::fs::write(&pipe, &posts).expect("a file");
        is_whole(s).await;
        s.stranger().get("/t/topic-1/1").await.is_not_found();

        let report = import(s, dir.path()).await;
        assert_eq!(report.skips(), 0, "{report}");
        assert_eq!(s.number("select count(*) from posts", &[]).await, 20_000);
        assert_eq!(report.tally("posts").read, 20_000);
        is_whole(s).await;
        s.stranger().get("/t/topic-1/1").await.is_ok();
    }

    /// Into a site that has people and talk already: nothing of it is touched, and taken ids are told.
    async fn it_joins_what_is_there(s: Stoa) {
        let topic = s.topic("Here before").by("ada 1").await;
        let dir = folder(USERS, CATEGORIES, TOPICS, POSTS, LIKES);
        let report = import(s, dir.path()).await;
        let text = report.to_string();
        assert!(text.contains("the id was taken"), "{text}");
        assert!(text.contains("“ada_1” is now “ada 1 (2)”"), "{text}");
        assert_eq!(report.tally("posts").written, 2);
        s.stranger().get(topic.url()).await.is_ok().shows("Here before").lacks("Who has");
        let before = s.number("select count(*) from posts", &[]).await;
        assert!(!import(s, dir.path()).await.wrote());
        assert_eq!(s.number("select count(*) from posts", &[]).await, before);
        is_whole(s).await;
    }
}

stories! {
    /// A folder that is none, or lacks a file, is named and nothing happens.
    async fn a_wrong_folder_is_refused(s: Stoa) {
        let dir = folder(USERS, CATEGORIES, TOPICS, POSTS, LIKES);
        std::fs::remove_file(dir.path().join("topics.jsonl")).expect("it was there");
        let error = jsonl::import(&s.app, dir.path(), None, true).await.expect_err("a file is missing");
        assert!(error.to_string().contains("topics.jsonl is missing"), "{error}");
        let nowhere = dir.path().join("nowhere");
        assert!(jsonl::import(&s.app, &nowhere, None, true).await.is_err());
        assert_eq!(s.number("select count(*) from users", &[]).await, 0);
    }
}
