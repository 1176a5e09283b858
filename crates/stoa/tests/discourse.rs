//! `stoa import discourse`: from an invented backup, a folder, a site on this machine, and the real corpus.

use std::io::Write as _;
use std::path::{Path, PathBuf};
use std::sync::Arc;
use std::sync::atomic::{AtomicUsize, Ordering};

use axum::extract::{Query, State};
use axum::http::StatusCode;
use axum::response::{IntoResponse, Response};
use flate2::Compression;
use flate2::write::GzEncoder;
use serde_json::{Value, json};
use stoa::import::discourse;
use stoa::import::report::Report;

use crate::support::Stoa;

/// A picture of one pixel.
const PNG: &[u8] = b"\x89PNG\r\n\x1a\n\0\0\0\rIHDR\0\0\0\x01\0\0\0\x01\x08\x06\0\0\0\x1f\x15\xc4\x89\0\0\0\rIDATx\x9cc\xf8\xcf\xc0\xf0\x1f\0\x05\0\x01\xff\x89\x99=\x1d\0\0\0\0IEND\xaeB`\x82";

/// The short address of a SHA-1, as Discourse writes it.
fn short(sha1: &str) -> String {
    const DIGITS: &[u8] = b"0123456789abcdefghijklmnopqrstuvwxyzABCDEFGHIJKLMNOPQRSTUVWXYZ";
    let mut bytes: Vec<u32> =
        (0..40).step_by(2).map(|i| u32::from_str_radix(&sha1[i..i + 2], 16).expect("hex")).collect();
    let mut out = Vec::new();
    while bytes.iter().any(|b| *b > 0) {
        let mut rest = 0;
        for byte in &mut bytes {
            let value = rest * 256 + *byte;
            (*byte, rest) = (value / 62, value % 62);
        }
        out.push(char::from(DIGITS[rest as usize]));
    }
    out.into_iter().rev().collect()
}

/// A dump as `pg_dump` writes it, with everything that must stay behind.
fn dump() -> String {
    let sha1 = stoa::uploads::sha1_of(PNG);
    let picture = short(&sha1);
    let table = |name: &str, columns: &str, rows: &[String]| {
        format!(
            "COPY public.{name} ({columns}) FROM stdin;\n{}\\.\n\n",
            rows.iter().map(|r| format!("{r}\n")).collect::<String>()
        )
    };
    let row = |fields: &[&str]| fields.join("\t");
    let at = "2020-01-02 03:04:05";
    let mut out = "--\n-- PostgreSQL database dump\n--\n\nSET statement_timeout = 0;\n\n".to_owned();
    out += &table(
        "categories",
        "id, name, slug, parent_category_id, read_restricted, description, created_at, position",
        &[
            row(&["1", "General", "general", "\\N", "f", "<p>Talk</p>", at, "1"]),
            row(&["2", "Closed room", "closed-room", "1", "t", "\\N", at, "2"]),
            row(&["3", "Nobody knows", "nobody-knows", "\\N", "t", "\\N", at, "3"]),
        ],
    );
    out += &table(
        "category_groups",
        "id, category_id, group_id, permission_type",
        &[row(&["1", "2", "41", "1"]), row(&["2", "3", "12", "1"])],
    );
    out += &table("group_users", "group_id, user_id, owner", &[row(&["41", "5", "t"]), row(&["10", "5", "f"])]);
    out += &table(
        "groups",
        "id, name, full_name, automatic",
        &[row(&["10", "trust_level_0", "\\N", "t"]), row(&["41", "circle", "The circle", "f"])],
    );
    out += &table(
        "permalinks",
        "id, url, topic_id, post_id, category_id, external_url",
        &[
            row(&["1", "old/path.html", "20", "\\N", "\\N", "\\N"]),
            row(&["2", "gone", "\\N", "\\N", "\\N", "https://elsewhere.example/"]),
        ],
    );
    out += &table("poll_options", "id, poll_id, html", &[row(&["8", "1", "a mug"]), row(&["7", "1", "a cup"])]);
    out += &table(
        "poll_votes",
        "poll_id, poll_option_id, user_id, created_at",
        &[row(&["1", "8", "5", at]), row(&["1", "8", "6", at]), row(&["1", "8", "77", at]), row(&["2", "9", "5", at])],
    );
    out += &table(
        "polls",
        "id, post_id, name, status",
        &[row(&["1", "105", "poll", "1"]), row(&["2", "120", "poll", "0"])],
    );
    out += &table(
        "post_actions",
        "id, post_id, user_id, post_action_type_id, deleted_at, created_at",
        &[
            row(&["1", "100", "6", "2", "\\N", at]),
            row(&["2", "101", "5", "2", at, at]),
            row(&["3", "120", "6", "2", "\\N", at]),
        ],
    );
    let post = |id: &str,
                user: &str,
                topic: &str,
                number: &str,
                raw: &str,
                kind: &str,
                action: &str,
                deleted: &str,
                reply: &str| {
        row(&[
            id,
            user,
            topic,
            number,
            raw,
            "<p>x</p>",
            at,
            "2020-02-02 03:04:05",
            kind,
            action,
            "f",
            deleted,
            "2",
            reply,
            "secret@mail.example",
            if id == "100" { "t" } else { "f" },
        ])
    };
    out += &table(
        "posts",
        "id, user_id, topic_id, post_number, raw, cooked, created_at, updated_at, post_type, action_code, hidden, deleted_at, version, reply_to_post_number, raw_email, wiki",
        &[
            post(
                "100",
                "5",
                "20",
                "1",
                &format!("First **words**\\n\\n![cup|1x1](upload://{picture}.png)"),
                "1",
                "\\N",
                "\\N",
                "\\N",
            ),
            post(
                "101",
                "6",
                "20",
                "2",
                "[quote=\"Ada_L, post:1, topic:20\"]\\nFirst\\n[/quote]\\nAnswer",
                "1",
                "\\N",
                "\\N",
                "1",
            ),
            post("102", "5", "20", "3", "psst whisper", "4", "\\N", "\\N", "\\N"),
            post("103", "5", "20", "4", "", "3", "closed.enabled", "\\N", "\\N"),
            post("104", "6", "20", "5", "deleted words", "1", "\\N", at, "\\N"),
            post(
                "105",
                "6",
                "20",
                "6",
                "To a deleted one\\n[poll results=on_close]\\n* a cup\\n* a mug\\n[/poll]",
                "1",
                "\\N",
                "\\N",
                "5",
            ),
            post("110", "5", "21", "1", "Circle words", "1", "\\N", "\\N", "\\N"),
            post("111", "5", "23", "1", "Unknown room words", "1", "\\N", "\\N", "\\N"),
            post("120", "5", "22", "1", "private words", "1", "\\N", "\\N", "\\N"),
        ],
    );
    out += &table("tags", "id, name", &[row(&["1", "cups"])]);
    out += &table(
        "topic_custom_fields",
        "id, topic_id, name, value",
        &[row(&["1", "20", "accepted_answer_post_id", "101"])],
    );
    out += &table("topic_tags", "id, topic_id, tag_id", &[row(&["1", "20", "1"])]);
    let topic = |id: &str, title: &str, category: &str, archetype: &str| {
        row(&[id, title, "a-slug", "5", category, archetype, at, at, "t", "f", "t", at, "\\N", "f", "\\N"])
    };
    out += &table(
        "topics",
        "id, title, slug, user_id, category_id, archetype, created_at, bumped_at, closed, archived, visible, pinned_at, pinned_until, pinned_globally, deleted_at",
        &[
            topic("20", "About cups", "1", "regular"),
            topic("21", "In the circle", "2", "regular"),
            topic("22", "A private message", "\\N", "private_message"),
            topic("23", "Behind a door", "3", "regular"),
        ],
    );
    out += &table(
        "uploads",
        "id, user_id, original_filename, filesize, sha1, url, created_at",
        &[
            row(&["1", "5", "cup.png", "70", &sha1, &format!("/uploads/default/original/1X/{sha1}.png"), at]),
            row(&["2", "5", "other.png", "70", &"0".repeat(40), "/uploads/default/original/1X/other.png", at]),
        ],
    );
    out += &table("user_emails", "id, user_id, email", &[row(&["1", "5", "ada@mail.example"])]);
    out += &table(
        "users",
        "id, username, name, created_at, trust_level, admin, ip_address",
        &[
            row(&["-1", "system", "system", at, "4", "t", "\\N"]),
            row(&["5", "Ada_L", "Ada", at, "2", "t", "192.0.2.77"]),
            row(&["6", "bo", "\\N", at, "1", "f", "\\N"]),
        ],
    );
    out + "--\n-- PostgreSQL database dump complete\n--\n"
}

fn packed(text: &str) -> Vec<u8> {
    let mut gz = GzEncoder::new(Vec::new(), Compression::fast());
    gz.write_all(text.as_bytes()).expect("in memory");
    gz.finish().expect("in memory")
}

fn backup(dir: &Path) -> PathBuf {
    let mut tar = tar::Builder::new(GzEncoder::new(Vec::new(), Compression::fast()));
    let mut add = |name: &str, bytes: &[u8]| {
        let mut header = tar::Header::new_gnu();
        header.set_size(bytes.len() as u64);
        header.set_mode(0o644);
        tar.append_data(&mut header, name, bytes).expect("in memory");
    };
    add("dump.sql.gz", &packed(&dump()));
    add(&format!("uploads/default/original/1X/{}.png", stoa::uploads::sha1_of(PNG)), PNG);
    add("uploads/default/original/1X/other.png", b"belongs to nothing");
    let bytes = tar.into_inner().and_then(GzEncoder::finish).expect("in memory");
    let path = dir.join("cup-forum-2020-03-01-120000-v20200101.tar.gz");
    std::fs::write(&path, bytes).expect("a file");
    path
}

async fn import(s: &Stoa, from: &Path) -> Report {
    discourse::import(&s.app, &from.display().to_string(), None, true).await.expect("the import goes through")
}

async fn is_whole(s: &Stoa) {
    assert_eq!(stoa::check::run(&s.app, true).await.expect("a check"), Vec::<String>::new());
}

both_engines! {
    /// Everything public comes in as it was, everything private stays behind, and a second run adds nothing.
    async fn a_backup_comes_in(s: Stoa) {
        let dir = tempfile::tempdir().expect("a folder");
        let path = backup(dir.path());
        let report = import(s, &path).await;
        let text = report.to_string();
        let posts = report.tally("posts");
        assert_eq!((posts.read, posts.written, posts.left_behind, posts.skipped), (9, 6, 3, 0), "{text}");
        assert_eq!((report.tally("topics").read, report.tally("topics").written), (4, 3), "{text}");
        assert_eq!((report.tally("likes").read, report.tally("likes").written), (2, 1), "{text}");
        assert_eq!((report.tally("uploads").written, report.tally("uploads").left_behind), (1, 1), "{text}");
        for left in ["private messages", "whispers", "deleted posts", "mail addresses", "IP addresses"] {
            assert!(text.contains(left), "{left} is not in\n{text}");
        }
        let page = s.stranger().get("/t/about-cups/20").await;
        let page = s.stranger().follow(page).await;
        page.is_ok().shows("About cups").shows("First").shows("Answer").lacks("psst").lacks("deleted words");
        page.shows("Anyone here can edit this.");
        assert_eq!(s.number("select cast(sum(wiki) as bigint) from posts", &[]).await, 1);
        let html = s.text("select html from posts where id = 100", &[]).await;
        assert!(html.contains("<img src=\"/uploads/"), "{html}");
        assert_eq!(s.text("select action from posts where id = 103", &[]).await, "closed.enabled");
        assert_eq!(s.number("select kind from posts where id = 103", &[]).await, 1);
        assert_eq!(s.number("select solved_number from topics where id = 20", &[]).await, 2);
        assert_eq!(s.number("select count(*) from posts where id = 105 and in_reply_to is null", &[]).await, 1);
        assert_eq!(s.number("select like_count * 10 + quote_count from posts where id = 100", &[]).await, 11);
        assert_eq!(s.number("select edited_at from posts where id = 100", &[]).await, 1_580_612_645_000_000);

        // A poll that had ended has ended here; who voted is kept, and shown to nobody.
        assert_eq!((report.tally("votes").read, report.tally("votes").written), (4, 2), "{text}");
        s.browser("zoe").get("/t/a-slug/20").await.is_ok().shows("2 votes, 100%").shows("0 votes, 0%").shows("Ended");

        // Rights: the circle sees its room, nobody the one whose right cannot be said here.
        s.stranger().get("/t/in-the-circle/21").await.is_not_found();
        s.browser("zoe").get("/t/a-slug/21").await.is_not_found();
        s.browser("zoe").get("/t/a-slug/23").await.is_not_found();
        let circle = s.number("select id from groups where name = 'circle'", &[]).await;
        s.join("zoe", circle).await;
        s.browser("zoe").get("/t/a-slug/21").await.is_ok().shows("Circle words");
        s.browser("zoe").get("/t/a-slug/23").await.is_not_found();
        // Nobody administers because they did so there.
        assert_eq!(s.number("select count(*) from group_members where group_id = 1", &[]).await, 0);

        // Old addresses.
        assert_eq!(s.stranger().peek("/old/path.html").await.location().as_deref(), Some("/t/-/20"));
        let old = format!("/uploads/default/original/1X/{}.png", stoa::uploads::sha1_of(PNG));
        assert!(s.stranger().peek(old).await.location().is_some_and(|to| to.starts_with("/uploads/")));

        // Nothing private is anywhere in the store.
        for (table, column) in [("posts", "raw"), ("posts", "html"), ("users", "bio_raw"), ("topics", "title")] {
            let sql = format!("select count(*) from {table} where {column} like '%private%' or {column} like '%psst%'
                or {column} like '%mail.example%' or {column} like '%192.0.2%'");
            assert_eq!(s.number(&sql, &[]).await, 0, "{table}.{column}");
        }
        assert_eq!(s.number("select count(*) from emails", &[]).await, 0);
        is_whole(s).await;

        let again = import(s, &path).await;
        assert_eq!((again.tally("posts").written, again.tally("posts").there_already), (0, 6), "{again}");
        assert_eq!((again.tally("votes").written, again.tally("votes").there_already), (0, 2), "{again}");
        assert_eq!(s.number("select count(*) from posts", &[]).await, 6);
        is_whole(s).await;
    }

    /// A site on this machine that gives twenty posts at once and asks to wait.
    async fn a_site_is_fetched(s: Stoa) {
        let asked = Arc::new(AtomicUsize::new(0));
        let router = axum::Router::new().fallback(site).with_state(asked.clone());
        let listener = tokio::net::TcpListener::bind("127.0.0.1:0").await.expect("a port");
        let address = format!("http://{}", listener.local_addr().expect("a port"));
        let server = tokio::spawn(async move { axum::serve(listener, router).await });
        let report = discourse::import(&s.app, &address, None, true).await.expect("it goes through");
        assert_eq!((report.tally("topics").written, report.tally("posts").written), (1, 45), "{report}");
        assert_eq!(report.skips(), 0, "{report}");
        assert_eq!(s.text("select raw from posts where topic_id = 7 and number = 45", &[]).await, "Source **45**");
        assert_eq!(s.text("select name from categories where id = 4", &[]).await, "Teas");
        s.stranger().get("/t/many-cups/7").await.is_ok().shows("Many cups");
        let page = s.stranger().get("/t/many-cups/7?page=2").await;
        page.shows("Anyone here can edit this.");
        assert_eq!(s.number("select cast(sum(wiki) as bigint) from posts", &[]).await, 1);
        page.shows("1 vote, 33%").shows("2 votes, 67%").shows("3 people have voted.").shows("Ended");
        let again = discourse::import(&s.app, &address, None, true).await.expect("it goes through");
        assert_eq!((again.tally("posts").written, again.tally("posts").there_already), (0, 45), "{again}");
        is_whole(s).await;
        server.abort();
    }
}

/// A site of one topic with 45 posts; the first request is told to come back.
async fn site(
    State(asked): State<Arc<AtomicUsize>>,
    uri: axum::http::Uri,
    Query(query): Query<Vec<(String, String)>>,
) -> Response {
    if asked.fetch_add(1, Ordering::SeqCst) == 0 {
        return (StatusCode::TOO_MANY_REQUESTS, json!({"extras": {"wait_seconds": 1}}).to_string()).into_response();
    }
    let post = |n: i64| {
        let asks = if n == 44 { "[poll]\n* a cup\n* a mug\n[/poll]\n\n" } else { "" };
        let polls = json!([{"name": "poll", "status": "closed", "voters": 3,
            "options": [{"id": "x", "html": "a cup", "votes": 1}, {"id": "y", "html": "a mug", "votes": 2}]}]);
        json!({"id": 1000 + n, "topic_id": 7, "post_number": n, "user_id": 3, "username": "teapot", "cooked": "<p>c</p>",
            "raw": format!("{asks}Source **{n}**"), "polls": if n == 44 { polls } else { json!([]) }, "created_at": "2020-01-02T03:04:05.000Z", "post_type": 1, "version": 1, "wiki": n == 45})
    };
    let answer: Value = match uri.path() {
        "/site.json" => json!({"categories": [{"id": 4, "name": "Teas", "slug": "teas", "read_restricted": false}]}),
        "/c/teas/4.json" if query.iter().any(|(k, v)| k == "page" && v == "0") => json!({"topic_list": {
            "topics": [{"id": 7, "posts_count": 45, "last_posted_at": "2020"}], "more_topics_url": "/c/teas/4?page=1"}}),
        "/c/teas/4.json" => json!({"topic_list": {"topics": []}}),
        "/t/7.json" => json!({"id": 7, "title": "Many cups", "slug": "many-cups", "category_id": 4, "user_id": 3,
            "archetype": "regular", "created_at": "2020-01-02T03:04:05.000Z", "visible": true,
            "post_stream": {"posts": (1..=20).map(post).collect::<Vec<_>>(), "stream": (1001..=1045).collect::<Vec<_>>()}}),
        "/t/7/posts.json" => {
            let ids: Vec<i64> =
                query.iter().filter(|(k, _)| k == "post_ids[]").filter_map(|(_, v)| v.parse().ok()).collect();
            assert!(!ids.is_empty() && ids.len() <= 20, "{ids:?}");
            json!({"id": 7, "post_stream": {"posts": ids.iter().map(|id| post(id - 1000)).collect::<Vec<_>>()}})
        }
        _ => return StatusCode::NOT_FOUND.into_response(),
    };
    answer.to_string().into_response()
}

stories! {
    /// A folder holds topics with and without their source, broken files, and things that mean nothing.
    async fn a_folder_of_json_comes_in(s: Stoa) {
        let dir = tempfile::tempdir().expect("a folder");
        let post = |id: i64, n: i64, extra: Value| {
            let mut post = json!({"id": id, "topic_id": 9, "post_number": n, "user_id": 2, "username": "ada", "name": "Ada",
                "cooked": "<p>Cooked <b>words</b></p>", "created_at": "2020-01-02T03:04:05.000Z", "post_type": 1,
                "actions_summary": [{"id": 2, "count": 3}]});
            post.as_object_mut().expect("an object").extend(extra.as_object().expect("an object").clone());
            post
        };
        let topic = json!({"id": 9, "title": "From a folder", "slug": "from-a-folder", "category_id": 31, "user_id": 2,
            "archetype": "regular", "created_at": "2020-01-02T03:04:05.000Z", "closed": true, "visible": false,
            "tags": ["one", {"id": 1, "name": "two"}], "accepted_answer": {"post_number": 2},
            "post_stream": {"posts": [post(50, 1, json!({})), post(51, 2, json!({"raw": "Known **source**"})),
                post(52, 3, json!({"post_number": null}))]}});
        std::fs::write(dir.path().join("t.jsonl"), format!("{topic}\nnot json\n")).expect("a file");
        let raw = json!({"topic_id": 9, "raw_pages": "ada | 2020-01-02 03:04:05 UTC | #1\n\nRaw *words*\n\n-------------------------\n\n"});
        std::fs::create_dir(dir.path().join("deep")).expect("a folder");
        std::fs::write(dir.path().join("deep/raw.json.gz"), packed(&raw.to_string())).expect("a file");
        let cut = &packed(&topic.to_string())[..40];
        std::fs::write(dir.path().join("cut.json.gz"), cut).expect("a file");
        let report = import(s, dir.path()).await;
        let text = report.to_string();
        assert_eq!((report.tally("posts").written, report.tally("topics").written), (2, 1), "{text}");
        assert!(text.contains("t.jsonl:2: broken JSON"), "{text}");
        assert!(text.contains("cut.json.gz: the file ends too early"), "{text}");
        assert!(text.contains("t.jsonl:1: a field is missing"), "{text}");
        assert_eq!(s.text("select raw from posts where id = 50", &[]).await, "Raw *words*");
        assert_eq!(s.text("select raw from posts where id = 51", &[]).await, "Known **source**");
        assert_eq!(s.number("select like_count from topics where id = 9", &[]).await, 6);
        assert_eq!(s.number("select solved_number from topics where id = 9", &[]).await, 2);
        assert_eq!(s.number("select count(*) from topics where closed_at is not null and unlisted_at is not null", &[]).await, 1);
        assert_eq!(s.number("select count(*) from topic_tags", &[]).await, 2);
        is_whole(s).await;
    }

    /// Archives that are cut or something else are refused before anything is written.
    async fn a_truncated_archive_leaves_nothing(s: Stoa) {
        let dir = tempfile::tempdir().expect("a folder");
        let whole = std::fs::read(backup(dir.path())).expect("a file");
        let dump = packed(&dump());
        let cases: [(&str, Vec<u8>); 5] = [
            ("cut.tar.gz", whole[..whole.len() / 2].to_vec()),
            ("cut.sql.gz", dump[..dump.len() / 2].to_vec()),
            ("picture.tar.gz", PNG.to_vec()),
            ("empty.sql.gz", Vec::new()),
            ("other.sql.gz", packed("-- PostgreSQL database dump\nCOPY public.users (id) FROM stdin;\n1\n\\.\n")),
        ];
        for (name, bytes) in cases {
            let path = dir.path().join(name);
            std::fs::write(&path, bytes).expect("a file");
            let error = discourse::import(&s.app, &path.display().to_string(), None, true).await;
            let error = format!("{:#}", error.expect_err(name));
            assert!(error.contains(name), "{error}");
        }
        for table in ["users", "categories where id > 0", "topics", "posts", "imports"] {
            assert_eq!(s.number(&format!("select count(*) from {table}"), &[]).await, 0, "{table}");
        }
    }

    /// The real corpus, when it is here: what goes in comes out.
    async fn a_real_forum_comes_in(s: Stoa) {
        let shared = std::env::var("STOA_SHARED").map_or_else(|_| Path::new(env!("CARGO_MANIFEST_DIR")).join("../../../shared"), PathBuf::from);
        let corpus = shared.join("data/discourse/urho3d");
        let Ok(counts) = std::fs::read_to_string(corpus.join("COUNTS.json")) else {
            println!("skipped: no shared corpus");
            return;
        };
        let counts: Value = serde_json::from_str(&counts).expect("counts");
        let count = |name: &str| counts[name].as_i64().expect("a count");
        let report = import(s, &corpus).await;
        assert_eq!(s.number("select count(*) from topics", &[]).await, count("topics"), "{report}");
        assert_eq!(s.number("select count(*) from posts", &[]).await, count("posts"), "{report}");
        assert_eq!(s.number("select count(*) from posts where kind = 1", &[]).await, count("small_actions"));
        assert_eq!(s.number("select cast(sum(like_count) as bigint) from posts", &[]).await, count("likes_actions"));
        assert_eq!(s.number("select count(*) from topics where solved_number is not null", &[]).await, count("accepted_answers"));
        assert_eq!(s.number("select count(*) from topics where closed_at is not null", &[]).await, count("closed"));
        // Nine of them answer posts that were deleted before the forum was saved.
        let replies = s.number("select count(*) from posts where in_reply_to is not null", &[]).await;
        assert_eq!(replies, count("replies_with_reply_to") - 9);
        assert_eq!(report.skips(), 0, "{report}");
        for (category, topics) in counts["topics_per_category_id"].as_object().expect("a table") {
            let sql = format!("select topic_count from categories where id = {category}");
            assert_eq!(s.number(&sql, &[]).await, topics.as_i64().expect("a count"), "category {category}");
        }
        is_whole(s).await;
        assert!(!import(s, &corpus).await.wrote(), "a second run finds everything there");
    }
}
