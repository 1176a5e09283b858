//! `stoa check`: recounts every counter and looks whether the store is whole. It changes nothing.

use sha2::{Digest, Sha256};

use crate::app::App;
use crate::db::{Engine, Tx};
use crate::uploads;
use crate::web::error::Result;

/// A counter: what it is called, and a query for the rows where it is wrong (id, what it says, what there is).
struct Counter {
    name: &'static str,
    sql: &'static str,
}

const COUNTERS: &[Counter] = &[
    Counter {
        name: "topics.post_count",
        sql: "select t.id, t.post_count, coalesce(c.n, 0) from topics t
            left join (select topic_id, count(*) as n from posts where kind = 0 and deleted_at is null group by topic_id) c
            on c.topic_id = t.id where t.post_count <> coalesce(c.n, 0)",
    },
    Counter {
        name: "topics.highest_number",
        sql: "select t.id, t.highest_number, coalesce(c.n, 0) from topics t
            left join (select topic_id, max(number) as n from posts group by topic_id) c
            on c.topic_id = t.id where t.highest_number <> coalesce(c.n, 0)",
    },
    Counter {
        name: "topics.like_count",
        sql: "select t.id, t.like_count, coalesce(c.n, 0) from topics t
            left join (select topic_id, cast(sum(like_count) as bigint) as n from posts group by topic_id) c
            on c.topic_id = t.id where t.like_count <> coalesce(c.n, 0)",
    },
    Counter {
        name: "posts.like_count",
        sql: "select p.id, p.like_count, coalesce(c.n, 0) + p.imported_like_count from posts p
            left join (select post_id, count(*) as n from likes group by post_id) c
            on c.post_id = p.id where p.like_count <> coalesce(c.n, 0) + p.imported_like_count",
    },
    Counter {
        name: "posts.reply_count",
        sql: "select p.id, p.reply_count, coalesce(c.n, 0) from posts p
            left join (select topic_id, in_reply_to, count(*) as n from posts where in_reply_to is not null
                group by topic_id, in_reply_to) c
            on c.topic_id = p.topic_id and c.in_reply_to = p.number where p.reply_count <> coalesce(c.n, 0)",
    },
    Counter {
        name: "posts.quote_count",
        sql: "select p.id, p.quote_count, coalesce(c.n, 0) from posts p
            left join (select topic_id, number, count(*) as n from quotes group by topic_id, number) c
            on c.topic_id = p.topic_id and c.number = p.number where p.quote_count <> coalesce(c.n, 0)",
    },
    Counter {
        name: "posts.revision_count",
        sql: "select p.id, p.revision_count, coalesce(c.n, 0) from posts p
            left join (select post_id, count(*) as n from revisions group by post_id) c
            on c.post_id = p.id where p.revision_count <> coalesce(c.n, 0)",
    },
    Counter {
        name: "users.post_count",
        sql: "select u.id, u.post_count, coalesce(c.n, 0) from users u
            left join (select p.author_id, count(*) as n from posts p join topics t on t.id = p.topic_id
                where p.kind = 0 and p.deleted_at is null and t.category_id > 0 group by p.author_id) c
            on c.author_id = u.id where u.post_count <> coalesce(c.n, 0)",
    },
    Counter {
        name: "users.topic_count",
        sql: "select u.id, u.topic_count, coalesce(c.n, 0) from users u
            left join (select author_id, count(*) as n from topics where deleted_at is null and category_id > 0
                group by author_id) c
            on c.author_id = u.id where u.topic_count <> coalesce(c.n, 0)",
    },
    Counter {
        name: "users.likes_given_count",
        sql: "select u.id, u.likes_given_count, coalesce(c.n, 0) from users u
            left join (select user_id, count(*) as n from likes group by user_id) c
            on c.user_id = u.id where u.likes_given_count <> coalesce(c.n, 0)",
    },
    Counter {
        name: "users.likes_received_count",
        sql: "select u.id, u.likes_received_count, coalesce(c.n, 0) from users u
            left join (select author_id, cast(sum(like_count) as bigint) as n from posts group by author_id) c
            on c.author_id = u.id where u.likes_received_count <> coalesce(c.n, 0)",
    },
    Counter {
        name: "categories.topic_count",
        sql: "select g.id, g.topic_count, coalesce(c.n, 0) from categories g
            left join (select category_id, count(*) as n from topics where deleted_at is null group by category_id) c
            on c.category_id = g.id where g.topic_count <> coalesce(c.n, 0)",
    },
    Counter {
        name: "categories.post_count",
        sql: "select g.id, g.post_count, coalesce(c.n, 0) from categories g
            left join (select t.category_id, count(*) as n from posts p join topics t on t.id = p.topic_id
                where p.kind = 0 and p.deleted_at is null group by t.category_id) c
            on c.category_id = g.id where g.post_count <> coalesce(c.n, 0)",
    },
    Counter {
        name: "tags.topic_count",
        sql: "select g.id, g.topic_count, coalesce(c.n, 0) from tags g
            left join (select tt.tag_id, count(*) as n from topic_tags tt join topics t on t.id = tt.topic_id
                where t.deleted_at is null group by tt.tag_id) c
            on c.tag_id = g.id where g.topic_count <> coalesce(c.n, 0)",
    },
    Counter {
        name: "polls.voter_count",
        sql: "select l.id, l.voter_count, coalesce(c.n, 0) + l.imported_voter_count from polls l
            left join (select poll_id, count(distinct user_id) as n from poll_votes group by poll_id) c
            on c.poll_id = l.id where l.voter_count <> coalesce(c.n, 0) + l.imported_voter_count",
    },
    Counter {
        name: "poll_options.vote_count",
        sql: "select o.id, o.vote_count, coalesce(c.n, 0) + o.imported_vote_count from poll_options o
            left join (select option_id, count(*) as n from poll_votes group by option_id) c
            on c.option_id = o.id where o.vote_count <> coalesce(c.n, 0) + o.imported_vote_count",
    },
    Counter {
        name: "groups.user_count",
        sql: "select g.id, g.user_count, coalesce(c.n, 0) from groups g
            left join (select group_id, count(*) as n from group_members group by group_id) c
            on c.group_id = g.id where g.user_count <> coalesce(c.n, 0)",
    },
];

/// Things that point at something which is not there (id, where it points, 0).
const LOOSE_ENDS: &[Counter] = &[
    Counter {
        name: "posts.in_reply_to",
        sql: "select p.id, p.in_reply_to, 0 from posts p where p.in_reply_to is not null and not exists
            (select 1 from posts q where q.topic_id = p.topic_id and q.number = p.in_reply_to)",
    },
    Counter {
        name: "topics.solved_number",
        sql: "select t.id, t.solved_number, 0 from topics t where t.solved_number is not null and not exists
            (select 1 from posts p where p.topic_id = t.id and p.number = t.solved_number)",
    },
    Counter {
        name: "topics without a first post",
        sql: "select t.id, t.highest_number, 0 from topics t where not exists
            (select 1 from posts p where p.topic_id = t.id)",
    },
];

/// How many rows of one kind are named.
const NAMED: usize = 20;

/// What is wrong, a sentence each; empty when all is well. `deep` reads every uploaded file and compares its hash.
pub async fn run(app: &App, deep: bool) -> Result<Vec<String>> {
    let mut problems = app.db.read_long(rows).await?;
    let folder = app.clone();
    let files = app.db.read_long(move |tx| files(tx, &folder, deep)).await?;
    problems.extend(files);
    Ok(problems)
}

fn rows(tx: &Tx) -> Result<Vec<String>> {
    let mut problems = Vec::new();
    if tx.engine() == Engine::Sqlite {
        for found in tx.all::<String>("pragma integrity_check(20)", &[])?.into_iter().filter(|found| found != "ok") {
            problems.push(format!("the database file is damaged: {found}"));
        }
        tx.each("pragma foreign_key_check", &[], |row| {
            let (table, id): (String, Option<i64>) = (row.get(0)?, row.get(1)?);
            let parent: String = row.get(2)?;
            problems.push(format!("{table} {}: its row in {parent} is missing", id.unwrap_or(0)));
            Ok(())
        })?;
    }
    for counter in COUNTERS {
        name_some(&mut problems, tx.all(counter.sql, &[])?, |(id, says, is)| {
            format!("{} of {id} says {says}, there are {is}", counter.name)
        });
    }
    for end in LOOSE_ENDS {
        name_some(&mut problems, tx.all(end.sql, &[])?, |(id, to, _)| {
            format!("{}: {id} points to {to}, which is not there", end.name)
        });
    }
    Ok(problems)
}

fn name_some(problems: &mut Vec<String>, rows: Vec<(i64, i64, i64)>, say: impl Fn((i64, i64, i64)) -> String) {
    let rest = rows.len().saturating_sub(NAMED);
    problems.extend(rows.into_iter().take(NAMED).map(say));
    if rest > 0 {
        problems.push(format!("… and {rest} more of the same kind"));
    }
}

fn files(tx: &Tx, app: &App, deep: bool) -> Result<Vec<String>> {
    let mut problems = Vec::new();
    let stored: Vec<(String, String, i64)> = tx.all("select sha256, extension, bytes from uploads order by id", &[])?;
    for (sha256, extension, bytes) in stored {
        let name = format!("{sha256}.{extension}");
        if has_length(app, &name, bytes, &mut problems)? && deep {
            let hash = app.store.get(&name)?.map(|bytes| hex::encode(Sha256::digest(bytes)));
            if hash.as_deref() != Some(sha256.as_str()) {
                problems.push(format!("the file {name} is damaged: its SHA-256 is another"));
            }
        }
    }
    let variants: Vec<(String, i64, String, i64)> = tx.all(
        "select f.sha256, w.width, w.extension, w.bytes from upload_variants w join uploads f on f.id = w.upload_id
         order by w.upload_id, w.width, w.extension",
        &[],
    )?;
    for (sha256, width, extension, bytes) in variants {
        has_length(app, &uploads::variant_name(&sha256, width, &extension), bytes, &mut problems)?;
    }
    Ok(problems)
}

/// Whether a file is there, as long as it should be.
fn has_length(app: &App, name: &str, bytes: i64, problems: &mut Vec<String>) -> Result<bool> {
    match app.store.size(name)? {
        None => problems.push(format!("the file {name} is missing")),
        Some(found) if i64::try_from(found) != Ok(bytes) => {
            problems.push(format!("the file {name} has {found} bytes, there should be {bytes}"));
        }
        Some(_) => return Ok(true),
    }
    Ok(false)
}
