//! Posts come, change and go; the index is closed, broken and opened again.

use crate::{Site, post};
use stoa_search::{Doc, Index, Op, Query, Scope};

const DAY: i64 = 86_400_000_000;

fn community() -> Site {
    let site = Site::new();
    let topic = |id: i64, topic_id: i64, number: i64, author: &str, body: &str| Doc {
        topic_id,
        number,
        author: author.into(),
        body: body.into(),
        lang: "en".into(),
        created_at: id * DAY,
        ..post(id)
    };
    let titled = |doc: Doc, title: &str| Doc { title: title.into(), ..doc };
    let upload = "Uploading large files";
    let docs = vec![
        titled(topic(1, 1, 1, "Ada", "The wizard stops at one gigabyte."), upload),
        Doc { likes: 5, ..titled(topic(2, 1, 2, "Bo Ek", "Use chunked transfer for a wizard of this size."), upload) },
        Doc {
            lang: "de-AT".into(),
            tags: vec!["Hilfe".into(), "Dateien".into()],
            ..titled(topic(3, 2, 1, "ada", "Die Dateien sind zu groß."), "Dateien hochladen")
        },
        Doc { category_id: 2, ..titled(topic(4, 3, 1, "Cy", "A private wizard."), "Secret uploading") },
        Doc {
            likes: 9,
            tags: vec!["hilfe".into()],
            ..titled(topic(5, 4, 1, "Cy", "Nothing about magic, only transfer."), "Chunked")
        },
    ];
    site.index.apply(docs.into_iter().map(Op::Put).collect(), "seq 5").expect("a commit");
    site
}

#[test]
fn every_word_must_be_there() {
    let site = community();
    assert_eq!(site.found("wizard"), [1, 2]);
    assert_eq!(site.found("wizard gigabyte"), [1]);
    assert_eq!(site.found("WIZARD -gigabyte"), [2]);
    assert_eq!(site.found("\"chunked transfer\""), [2]);
    assert_eq!(site.found("\"transfer chunked\""), Vec::<i64>::new());
    assert_eq!(site.found("chunked transfer"), [2, 5]);
    assert_eq!(site.found("-wizard"), [3, 5]);
    assert_eq!(site.found("gross"), [3]);
    assert_eq!(site.found("wiz"), Vec::<i64>::new());
}

#[test]
fn a_title_counts_for_its_topic_once() {
    let site = community();
    // The opening post alone, though the title stands with each reply.
    assert_eq!(site.found("uploading"), [1]);
    // Title and text together find the reply.
    assert_eq!(site.found("uploading chunked"), [2]);
    assert_eq!(site.found("title:chunked"), [5]);
    assert_eq!(site.found("in:title files"), [1]);
    assert_eq!(site.found("title:\"large files\" gigabyte"), [1]);
    assert_eq!(site.found("transfer -title:chunked"), [2]);
    assert_eq!(site.find("chunked")[0], 5, "a match in the title comes first");
}

#[test]
fn operators_narrow() {
    let site = community();
    assert_eq!(site.found("by:ADA"), [1, 3]);
    assert_eq!(site.found("by:\"bo ek\" wizard"), [2]);
    assert_eq!(site.found("by:ada by:cy -by:cy"), [1, 3]);
    assert_eq!(site.found("tag:hilfe"), [3, 5]);
    assert_eq!(site.found("tag:hilfe tag:dateien"), [3]);
    assert_eq!(site.found("tag:hilfe -tag:dateien"), [5]);
    assert_eq!(site.found("lang:de"), [3]);
    assert_eq!(site.found("lang:de-at"), [3]);
    assert_eq!(site.found("lang:de-ch"), Vec::<i64>::new());
    assert_eq!(site.found("-lang:en"), [3]);
    assert_eq!(site.found("in:first wizard"), [1]);
    assert_eq!(site.found("after:1970-01-03"), [2, 3, 5]);
    assert_eq!(site.found("before:1970-01-03"), [1]);
    assert_eq!(site.found("after:1970-01-03 before:1970-01-04"), [2]);
}

#[test]
fn nobody_finds_what_they_may_not_see() {
    let site = community();
    let search = |text: &str, categories: &[i64]| {
        let scope = Scope { categories: categories.to_vec() };
        let hits = site.index.search(&Query::parse(text).0, &scope, 10, 0).expect("a search");
        (hits.total, hits.posts.len())
    };
    assert_eq!(search("wizard", &[1, 2]), (3, 3));
    assert_eq!(search("wizard", &[2]), (1, 1));
    assert_eq!(search("wizard", &[]), (0, 0));
    assert_eq!(search("wizard", &[7]), (0, 0));
    assert_eq!(search("-absent", &[1]), (4, 4));
    assert_eq!(search("", &[1]), (4, 4));
}

#[test]
fn categories_are_resolved_by_the_caller() {
    let site = community();
    let scope = Scope { categories: vec![1, 2] };
    let mut query = Query::parse("in:secret wizard").0;
    assert_eq!(site.index.search(&query, &scope, 10, 0).expect("a search").total, 0, "not resolved yet");
    query.set_category_ids(vec![2, 3]);
    assert_eq!(site.index.search(&query, &scope, 10, 0).expect("a search").total, 1);
    query.set_category_ids(vec![3]);
    assert_eq!(site.index.search(&query, &scope, 10, 0).expect("a search").total, 0);
    let mut query = Query::parse("-in:secret wizard").0;
    assert_eq!(site.index.search(&query, &scope, 10, 0).expect("a search").total, 0, "not resolved yet");
    query.set_excluded_category_ids(vec![2]);
    assert_eq!(site.index.search(&query, &scope, 10, 0).expect("a search").total, 2);
}

#[test]
fn results_come_in_order_and_in_pages() {
    let site = community();
    assert_eq!(site.find("order:latest transfer"), [5, 2]);
    assert_eq!(site.find("order:latest by:ada"), [3, 1]);
    assert_eq!(site.find("by:ada"), [3, 1], "without words, newest first");
    assert_eq!(site.find("order:likes -nothing2")[..2], [5, 2]);
    let scope = Scope { categories: vec![1] };
    let page = |limit, offset| {
        let hits = site.index.search(&Query::parse("order:latest").0, &scope, limit, offset).expect("a search");
        (hits.total, hits.posts.iter().map(|hit| hit.post_id).collect::<Vec<_>>())
    };
    assert_eq!(page(2, 0), (4, vec![5, 3]));
    assert_eq!(page(2, 2), (4, vec![2, 1]));
    assert_eq!(page(2, 4), (4, vec![]));
    assert_eq!(page(0, 0), (4, vec![]));
    assert_eq!(page(usize::MAX, usize::MAX), (4, vec![]));
    let first = &site.hits("order:latest transfer").posts[0];
    assert_eq!((first.topic_id, first.score), (4, (5 * DAY) as f64));
}

#[test]
fn fresh_and_liked_posts_come_first_among_equals() {
    let site = Site::new();
    let now = std::time::SystemTime::UNIX_EPOCH.elapsed().expect("after 1970").as_micros() as i64;
    let doc =
        |id, age: i64, likes| Doc { body: "the same words".into(), created_at: now - age * DAY, likes, ..post(id) };
    let docs = [doc(1, 3_000, 0), doc(2, 1, 0), doc(3, 3_000, 50), doc(4, 1, 50)];
    site.index.apply(docs.map(Op::Put).to_vec(), "").expect("a commit");
    let order = site.find("same words");
    assert_eq!((order[0], order[3]), (4, 1), "{order:?}");
}

#[test]
fn where_the_query_stands_as_a_word_comes_first() {
    // 京都 (Kyoto) is within 東京都 (the city of Tokyo) by letters alone.
    let site = Site::of(&["東京都に行く予定です".to_owned(), "京都に行く予定です".to_owned()]);
    assert_eq!(site.find("京都"), [2, 1]);
    assert_eq!(site.found("行"), [1, 2]);
}

#[test]
fn posts_change_and_go() {
    let site = community();
    site.index.apply(vec![Op::Put(Doc { body: "Rewritten.".into(), ..post(1) })], "seq 6").expect("a commit");
    assert_eq!(site.found("wizard"), [2]);
    assert_eq!(site.found("rewritten"), [1]);
    assert_eq!(site.index.doc_count(), 5);
    site.index.apply(vec![Op::Delete { post_id: 5 }, Op::Delete { post_id: 99 }], "seq 7").expect("a commit");
    assert_eq!(site.found("transfer"), [2]);
    site.index.apply(vec![Op::DeleteTopic { topic_id: 1 }], "seq 8").expect("a commit");
    assert_eq!(site.found(""), [3]);
    // In order within one call: the last word counts.
    let ops = vec![
        Op::Put(post(7)),
        Op::Delete { post_id: 7 },
        Op::Put(Doc { body: "again".into(), ..post(7) }),
        Op::Put(post(8)),
        Op::Delete { post_id: 8 },
    ];
    site.index.apply(ops, "seq 9").expect("a commit");
    assert_eq!(site.found(""), [3, 7]);
    assert_eq!(site.found("again"), [7]);
    site.index.clear().expect("a writer");
    site.index.fill([post(11)]).expect("taken in");
    assert_eq!(site.found(""), [3, 7], "the old posts are found until the new ones are there");
    site.index.apply(Vec::new(), "seq 10").expect("a commit");
    assert_eq!(site.found(""), [11]);
    assert!(site.index.fill([post(12)]).is_err(), "it was not cleared again");
    assert_eq!(site.index.cursor().as_deref(), Some("seq 10"));
}

#[test]
fn the_cursor_and_the_posts_survive_closing() {
    let site = community();
    let Site { index, dir } = site;
    assert_eq!(index.cursor().as_deref(), Some("seq 5"));
    drop(index);
    let index = Index::open(dir.path()).expect("the same index");
    assert_eq!((index.cursor().as_deref(), index.doc_count()), (Some("seq 5"), 5));
    index.apply(Vec::new(), "seq 9").expect("a commit without changes");
    assert_eq!(index.cursor().as_deref(), Some("seq 9"));
}

#[test]
fn what_was_not_committed_is_not_seen() {
    let site = Site::new();
    assert_eq!(site.index.cursor(), None);
    site.index.clear().expect("a writer");
    site.index.fill((1..=500).map(|id| Doc { body: "bulk".into(), ..post(id) })).expect("taken in");
    assert_eq!((site.index.doc_count(), site.index.cursor()), (0, None));
    site.index.release_idle();
    site.index.apply(vec![Op::Delete { post_id: 1 }], "all").expect("a commit");
    assert_eq!((site.index.doc_count(), site.hits("bulk").total), (499, 499));
}

#[test]
fn a_broken_index_starts_empty() {
    for damage in ["meta.json", "every segment"] {
        let Site { index, dir } = community();
        drop(index);
        let folder = dir.path().join("posts-1");
        let mut damaged = 0;
        for entry in std::fs::read_dir(&folder).expect("the folder") {
            let path = entry.expect("an entry").path();
            let name = path.file_name().and_then(|n| n.to_str()).expect("a name").to_owned();
            let chosen =
                if damage == "meta.json" { name == damage } else { name.contains(".term") || name.contains(".idx") };
            if chosen {
                std::fs::write(&path, "not what it was").expect("writable");
                damaged += 1;
            }
        }
        assert!(damaged > 0, "{damage}");
        let index = Index::open(dir.path()).expect("an empty index");
        assert_eq!((index.doc_count(), index.cursor()), (0, None), "{damage}");
        index.apply(vec![Op::Put(post(1))], "1").expect("it works again");
        assert_eq!(index.doc_count(), 1);
    }
}

#[test]
fn an_index_of_another_format_makes_room() {
    let dir = tempfile::tempdir().expect("a temporary folder");
    std::fs::create_dir(dir.path().join("posts-0")).expect("a folder");
    std::fs::write(dir.path().join("posts-0/meta.json"), "{}").expect("a file");
    std::fs::write(dir.path().join("notes.txt"), "somebody else's").expect("a file");
    let index = Index::open(dir.path()).expect("an empty index");
    assert_eq!(index.doc_count(), 0);
    assert!(!dir.path().join("posts-0").exists());
    assert!(dir.path().join("notes.txt").exists());
}

#[test]
fn searching_goes_on_while_posts_come() {
    let site = Site::new();
    std::thread::scope(|threads| {
        let reader = threads.spawn(|| {
            let mut most = 0;
            for _ in 0..200 {
                let total = site.hits("word").total;
                assert!(total >= most, "posts do not vanish");
                most = total;
            }
        });
        for id in 1..=20 {
            site.index
                .apply(vec![Op::Put(Doc { body: "a word".into(), ..post(id) })], &id.to_string())
                .expect("a commit");
        }
        reader.join().expect("no panic");
    });
    assert_eq!(site.hits("word").total, 20);
}

#[test]
fn titles_that_share_telling_words_are_alike() {
    let site = Site::new();
    let topic =
        |id, title: &str, category_id| Doc { topic_id: id, number: 1, title: title.into(), category_id, ..post(id) };
    let mut docs = vec![
        topic(1, "How do I upload large files?", 1),
        topic(2, "Uploading large videos to Commons", 1),
        topic(3, "Large files in the secret room", 2),
        topic(4, "東京都の写真展", 1),
        Doc { number: 2, title: "How do I upload large files?".into(), ..post(5) },
    ];
    docs.extend((100..160).map(|id| topic(id, &format!("How do I cook number {id}?"), 1)));
    site.index.apply(docs.into_iter().map(Op::Put).collect(), "1").expect("written");
    let alike = |title: &str, categories: &[i64]| -> Vec<i64> {
        let scope = Scope { categories: categories.to_vec() };
        site.index.similar(title, &scope, 5).expect("a search").iter().map(|hit| hit.post_id).collect()
    };
    assert_eq!(
        alike("how do i upload LARGE files", &[1])[..],
        [1, 2],
        "the topic itself, not its reply, and its neighbour"
    );
    assert_eq!(alike("Large files", &[2]), [3]);
    assert!(alike("How do I", &[1]).is_empty(), "words that stand everywhere say nothing");
    assert!(alike("How do I knit a scarf", &[1]).is_empty());
    assert_eq!(alike("東京の写真", &[1]), [4]);
    assert!(alike("Large files", &[]).is_empty() && alike("", &[1]).is_empty() && alike("???", &[1]).is_empty());
}
