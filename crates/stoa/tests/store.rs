//! The store: the same promises on both engines.

use std::collections::BTreeSet;

use stoa::db::changes::{self, Cursor};
use stoa::db::{Db, Kind, Place, params};
use stoa::web::Error;

use crate::support::{Engine, Stoa};

both_engines! {
    /// Opening a store that is up to date changes nothing.
    async fn migrations_run_twice(s: Stoa) {
        let before = s.number("select count(*) from schema_migrations", &[]).await;
        assert!(before >= 1);
        let db = Db::open(&s.config.place()).await.expect("opened again");
        let after = db.read(|tx| tx.one::<i64>("select count(*) from schema_migrations", &[])).await.expect("a count");
        assert_eq!(before, after);
    }

    /// Data of a newer program is left alone.
    async fn a_newer_schema_is_refused(s: Stoa) {
        s.sql("insert into schema_migrations (number, name, at) values (9999, 'later', 0)", &[]).await;
        let refused = Db::open(&s.config.place()).await.err().expect("not opened").to_string();
        assert!(refused.contains("newer"), "{refused}");
    }

    /// 200 writers at once: each is told its fate, none is lost, and failures undo themselves alone.
    async fn many_writers_at_once(s: Stoa) {
        let jobs = (0..200_i64).map(|n| {
            let db = s.app.db.clone();
            tokio::spawn(async move {
                db.write(move |tx| {
                    tx.exec("insert into tags (name, folded) values ($1, $1)", params![format!("w{n}")])?;
                    tx.changed(Kind::TopicCreated, n);
                    if n % 10 == 3 { Err(Error::NotFound) } else { Ok(n) }
                })
                .await
            })
        });
        let mut kept = BTreeSet::new();
        for job in jobs.collect::<Vec<_>>() {
            if let Ok(n) = job.await.expect("no panic") {
                kept.insert(format!("w{n}"));
            }
        }
        assert_eq!(kept.len(), 180);
        let there = s.app.db.read(|tx| tx.all::<String>("select name from tags", &[])).await.expect("names");
        assert_eq!(there.into_iter().collect::<BTreeSet<_>>(), kept);
        assert_eq!(s.number("select count(*) from changes where kind = 1", &[]).await, 180);
    }

    /// Followers that read while others write see every entry once, in one order that never changes.
    async fn followers_miss_nothing(s: Stoa) {
        let db = s.app.db.clone();
        let begin = db.read(changes::newest).await.expect("a place");
        let writers: Vec<_> = (0..8_i64).map(|w| {
            let db = db.clone();
            tokio::spawn(async move {
                for n in 0..40_i64 {
                    let subject = w * 1000 + n;
                    db.write(move |tx| {
                        tx.changed(Kind::PostCreated, subject);
                        tx.exec("insert into tags (name, folded) values ($1, $1)", params![format!("f{subject}")])
                    }).await.expect("a write");
                }
            })
        }).collect();
        let (mut cursor, mut seen) = (begin, Vec::new());
        while seen.len() < 320 {
            for entry in db.read(|tx| changes::after(tx, cursor, 7)).await.expect("entries") {
                let next = Cursor { xid: entry.xid, seq: entry.seq };
                assert!(next > cursor, "{next} after {cursor}");
                cursor = next;
                seen.push(entry.subject);
            }
            assert!(writers.iter().any(|w| !w.is_finished()) || seen.len() <= 320);
            tokio::task::yield_now().await;
        }
        let once: BTreeSet<i64> = seen.iter().copied().collect();
        assert_eq!((once.len(), seen.len()), (320, 320), "each entry once");
        for writer in writers {
            writer.await.expect("no panic");
        }
        let rest = db.read(|tx| changes::after(tx, cursor, 10)).await.expect("entries");
        assert!(rest.is_empty());
    }

    /// A job that fails leaves no row and no entry in the log.
    async fn a_failed_write_leaves_nothing(s: Stoa) {
        let before = s.number("select count(*) from changes", &[]).await;
        let failed = s.app.db.write(|tx| {
            tx.exec("insert into tags (name, folded) values ('half', 'half')", &[])?;
            tx.changed(Kind::SettingsEdited, 1);
            Err::<(), _>(Error::NotFound)
        }).await;
        assert!(matches!(failed, Err(Error::NotFound)));
        assert_eq!(s.number("select count(*) from tags", &[]).await, 0);
        assert_eq!(s.number("select count(*) from changes", &[]).await, before);
        let panicked = s.app.db.write(|tx| {
            tx.exec("insert into tags (name, folded) values ('half', 'half')", &[])?;
            tx.exec("insert into no_such_table (a) values (1)", &[])
        }).await;
        assert!(matches!(panicked, Err(Error::Fault(_))));
        assert_eq!(s.number("select count(*) from tags", &[]).await, 0);
    }

    /// A second row with a unique value is an error of its own kind, and the store goes on.
    async fn what_is_taken_is_said_to_be_taken(s: Stoa) {
        s.sql("insert into tags (name, folded) values ('tea', 'tea')", &[]).await;
        let again = s.app.db.write(|tx| tx.exec("insert into tags (name, folded) values ('Tea', 'tea')", &[])).await;
        assert!(matches!(again, Err(Error::Taken(_))), "{again:?}");
        s.sql("insert into tags (name, folded) values ('milk', 'milk')", &[]).await;
        assert_eq!(s.number("select count(*) from tags", &[]).await, 2);
    }

    /// A row that is referred to cannot go.
    async fn references_hold(s: Stoa) {
        let topic = s.topic("Tea").await;
        let id = topic.id;
        let gone = s.app.db.write(move |tx| tx.exec("delete from topics where id = $1", params![id])).await;
        assert!(matches!(gone, Err(Error::Fault(_))), "{gone:?}");
        assert_eq!(s.posts_in(&topic).await, 1);
    }

    /// Every text column says how long it may be, and the store holds it to that.
    async fn every_text_column_has_a_limit(s: Stoa) {
        let schema = include_str!("../src/db/migrations/0001_talk.sql");
        let mut checked = 0;
        for (table, column) in text_columns(s).await {
            if table == "schema_migrations" {
                continue;
            }
            let limit = limit_of(s, &table, &column).await;
            assert!(limit.is_some_and(|n| n <= 3_000_000), "{table}.{column} has no limit in the schema");
            checked += 1;
        }
        assert!(checked >= schema.matches(" text ").count() / 2, "only {checked} columns were found");
    }

    /// A megabyte in a title or a name is refused by the store itself, whatever the pages check.
    async fn a_megabyte_is_refused_by_the_store(s: Stoa) {
        let topic = s.topic("Tea").await;
        let long = "x".repeat(1 << 20);
        for sql in [
            "update topics set title = $1", "update topics set slug = $1", "update users set name = $1",
            "update posts set raw = $1", "insert into settings (key, value) values ('a', $1)",
            "insert into redirects (path, target) values ('/x', $1)", "insert into tags (name, folded) values ($1, 'x')",
        ] {
            let long = long.clone();
            let refused = s.app.db.write(move |tx| tx.exec(sql, params![&long])).await;
            assert!(matches!(refused, Err(Error::Fault(_))), "{sql}: {:?}", refused.is_ok());
        }
        s.stranger().get(topic.url()).await.is_ok().shows("Tea");
    }

    /// Two topics are renamed at once: both engines run the closures until each stands.
    async fn opposite_orders_do_not_lock_up(s: Stoa) {
        let (a, b) = (s.topic("One").await.id, s.topic("Two").await.id);
        let jobs: Vec<_> = (0..20).map(|n| {
            let db = s.app.db.clone();
            let (first, second) = if n % 2 == 0 { (a, b) } else { (b, a) };
            tokio::spawn(async move {
                db.write(move |tx| {
                    tx.exec("update topics set like_count = like_count + 1 where id = $1", params![first])?;
                    tx.exec("update topics set like_count = like_count + 1 where id = $1", params![second])
                }).await
            })
        }).collect();
        for job in jobs {
            job.await.expect("no panic").expect("a deadlock is tried again until it is done");
        }
        for id in [a, b] {
            assert_eq!(s.number("select like_count from topics where id = $1", params![id]).await, 20);
        }
    }
}

/// On PostgreSQL a number is given before its transaction commits: a follower must wait for the late one.
#[test]
fn late_committers_are_not_skipped() {
    crate::support::stoa::tell(Engine::Postgres, async |s: &Stoa| {
        let begin = s.app.db.read(changes::newest).await.expect("a place");
        let url = s.config.database.clone().expect("a PostgreSQL address");
        let (client, connection) = tokio_postgres::connect(&url, tokio_postgres::NoTls).await.expect("a connection");
        tokio::spawn(connection);
        let late = "begin; insert into changes (xid, kind, subject, at)
            values (cast(cast(pg_current_xact_id() as text) as bigint), 10, 1, 0)";
        client.batch_execute(late).await.expect("the slow one begins");
        s.app
            .db
            .write(|tx| {
                tx.changed(Kind::PostCreated, 2);
                Ok(())
            })
            .await
            .expect("the quick one is done");
        let seen = s.app.db.read(|tx| changes::after(tx, begin, 10)).await.expect("entries");
        assert!(seen.is_empty(), "the quick one is not shown before the slow one: {seen:?}");
        client.batch_execute("commit").await.expect("the slow one ends");
        let mut seen = Vec::new();
        // Transactions of other databases on the same server hold entries back as well, for as long as they run.
        while seen.len() < 2 {
            seen = s.app.db.read(|tx| changes::after(tx, begin, 10)).await.expect("entries");
        }
        assert_eq!(seen.iter().map(|e| e.subject).collect::<Vec<_>>(), [1, 2]);
    });
}

/// A file that is no database is named in the error, and left as it is.
#[tokio::test]
async fn a_file_that_is_no_database_is_left_alone() {
    let dir = tempfile::tempdir().expect("a folder");
    let path = dir.path().join("stoa.db");
    std::fs::write(&path, b"This is a shopping list, not a database. ".repeat(100)).expect("a file");
    let refused = Db::open(&Place::File(path.clone())).await.err().expect("not opened");
    assert!(format!("{refused:#}").contains("stoa.db"), "{refused:#}");
    assert!(std::fs::read(&path).expect("the file").starts_with(b"This is a shopping list"));
}

async fn text_columns(s: &Stoa) -> Vec<(String, String)> {
    let sql = match s.engine() {
        Engine::Sqlite => {
            "select m.name, c.name from sqlite_master m, pragma_table_info(m.name) c
             where m.type = 'table' and lower(c.type) like '%text%' order by 1, 2"
        }
        Engine::Postgres => {
            "select cast(table_name as text), cast(column_name as text) from information_schema.columns
             where table_schema = 'public' and data_type in ('text', 'character varying') order by 1, 2"
        }
    };
    s.app.db.read(|tx| tx.all(sql, &[])).await.expect("the columns")
}

/// The number in the column's `check (length(column) <= number)`.
async fn limit_of(s: &Stoa, table: &str, column: &str) -> Option<u64> {
    let texts: Vec<String> = match s.engine() {
        Engine::Sqlite => {
            s.app.db.read(|tx| tx.all("select sql from sqlite_master where name = $1", params![table])).await
        }
        Engine::Postgres => {
            let sql = "select pg_get_constraintdef(oid) from pg_constraint where conrelid = to_regclass($1) and contype = 'c'";
            let sql = sql.replace("$1", &format!("'{table}'"));
            s.app.db.read(|tx| tx.all(&sql, &[])).await
        }
    }
    .expect("the checks");
    let text = texts.join("\n");
    for bound in [format!("length({column}) <= "), format!("length({column}) = ")] {
        if let Some((_, rest)) = text.split_once(&bound) {
            let digits: String = rest.chars().take_while(char::is_ascii_digit).collect();
            return digits.parse().ok();
        }
    }
    None
}

/// What strangers are shown again without a look at the store must not outlive a write of anybody: this program's, or
/// another's on the same file.
#[tokio::test(flavor = "multi_thread")]
async fn a_stamp_changes_with_every_commit_to_the_file() {
    let folder = tempfile::tempdir().expect("a folder");
    let place = stoa::db::Place::File(folder.path().join("stoa.db"));
    let (one, other) = (Db::open(&place).await.expect("a store"), Db::open(&place).await.expect("the same store"));
    let mut seen = std::collections::BTreeSet::from([one.stamp().expect("SQLite has a stamp")]);
    for n in 0..20_i64 {
        let writer = if n % 2 == 0 { &one } else { &other };
        let wrote = writer.write(move |tx| {
            tx.exec("insert into settings (key, value) values ($1, 'x')", params![format!("key-{n}")])
        });
        wrote.await.expect("a write");
        assert_eq!(one.stamp(), other.stamp(), "both look at the same file");
        assert!(seen.insert(one.stamp().expect("a stamp")), "commit {n} left the stamp as it was");
    }
    one.read(|tx| tx.one::<i64>("select count(*) from settings", &[])).await.expect("a read");
    assert!(seen.contains(&one.stamp().expect("a stamp")), "reading changes nothing");
}
