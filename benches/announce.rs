//! What notifications cost: a reply in a topic that 50,000 people watch. How long its author waits, until when all are
//! told, and what everybody else's pages take meanwhile.
//!
//! `cargo bench --bench announce` makes its own site in a temporary folder (SQLite) and prints one table.

// Each bench uses its part of what they share.
#[allow(dead_code)]
mod load;
#[allow(dead_code)]
mod site;

use std::io::{Read, Write};
use std::time::{Duration, Instant};

use anyhow::{Context, ensure};
use load::Target;
use stoa::db::{Db, params};

const WATCHERS: i64 = 50_000;
/// Replies that are measured.
const ROUNDS: usize = 5;
/// Readers at once, who are measured beside.
const READERS: usize = 4;
const READ_SECONDS: f64 = 3.0;

fn main() -> anyhow::Result<()> {
    let folder = tempfile::tempdir()?;
    let place = folder.path().join("site");
    let runtime = tokio::runtime::Runtime::new()?;
    let db = runtime.block_on(fill(&place))?;
    let server = site::start(&place, "/t/news/1")?;
    let address = server.address.as_str();
    let cookie = format!("Cookie: stoa={}\r\n", site::TOKEN);
    let page = load::get_once(address, "/t/news/1", &cookie)?;
    let token = load::token_in(&page).context("no token on the page")?;
    // The follower begins with what is new from now on.
    while runtime.block_on(number(&db, "select count(*) from followers where name = 'notifications'"))? == 0 {
        std::thread::sleep(Duration::from_millis(20));
    }
    let reading = Target::get(&["/t/news/1".into(), "/latest".into()], "Accept-Encoding: zstd\r\n");
    let quiet = runtime.block_on(load::run(address, &reading, READERS, READ_SECONDS))?;
    println!("| reply | author waits, ms | all told after, s | readers' p99 meanwhile, ms (quiet {:.2}) |", quiet.p99);
    println!("| ---: | ---: | ---: | ---: |");
    for round in 1..=ROUNDS {
        let began = Instant::now();
        let beside = {
            let (address, reading) = (address.to_owned(), reading.clone());
            runtime.spawn(async move { load::run(&address, &reading, READERS, READ_SECONDS).await })
        };
        let waited = reply(address, &cookie, &token, round)?;
        let wanted = WATCHERS * round as i64;
        while runtime.block_on(number(&db, "select coalesce(cast(sum(count) as bigint), 0) from notifications"))?
            < wanted
        {
            ensure!(began.elapsed() < Duration::from_secs(300), "not all were told");
            std::thread::sleep(Duration::from_millis(20));
        }
        let all = began.elapsed().as_secs_f64();
        let beside = runtime.block_on(beside)??;
        ensure!(beside.bad == 0, "{} pages did not come", beside.bad);
        println!("| {round} | {:.0} | {all:.2} | {:.2} |", waited * 1000.0, beside.p99);
    }
    println!("memory: {:.0} MB", site::memory(server.child.id())?);
    Ok(())
}

async fn number(db: &Db, sql: &str) -> anyhow::Result<i64> {
    db.read(|tx| tx.one::<i64>(sql, &[])).await.map_err(stoa::web::Error::into_anyhow)
}

/// A topic by its first member that all the others watch.
async fn fill(place: &std::path::Path) -> anyhow::Result<Db> {
    let db = site::store(place).await?;
    let now = stoa::clock::system_micros();
    let wrote = db.write(move |tx| {
        tx.exec(
            "insert into users (name, folded, skeleton, created_at, mail_when)
             with recursive n(i) as (select 1 union all select i + 1 from n where i <= $1)
             select 'w' || i, 'w' || i, 'w' || i, 0, 1 from n",
            params![WATCHERS],
        )?;
        tx.exec("insert into categories (id, name, slug, created_at) values (1, 'News', 'news', 0)", &[])?;
        tx.exec("insert into category_groups (category_id, group_id, level) values (1, 0, 1), (1, 10, 3)", &[])?;
        tx.exec(
            "insert into topics (id, category_id, title, slug, author_id, created_at, bumped_at, last_post_at, last_poster_id,
                post_count, highest_number) values (1, 1, 'News', 'news', 1, $1, $1, $1, 1, 1, 1)",
            params![now],
        )?;
        tx.exec(
            "insert into posts (topic_id, number, author_id, raw, html, renderer, created_at)
             values (1, 1, 1, 'News', '<p>News</p>', 1, $1)",
            params![now],
        )?;
        tx.exec(
            "insert into reads (user_id, topic_id, last_number, updated_at, level, reason)
             select id, 1, 1, 0, 4, 1 from users where id > 1",
            &[],
        )?;
        tx.exec("update versions set number = number + 1 where name = 'site'", &[])
    });
    wrote.await.map_err(stoa::web::Error::into_anyhow)?;
    site::let_in(&db, vec![(site::TOKEN.to_owned(), 1)]).await?;
    site::set_up(&db, 2).await?;
    db.analyze().await.map_err(stoa::web::Error::into_anyhow)?;
    Ok(db)
}

/// Sends a reply and waits for its answer; seconds.
fn reply(address: &str, cookie: &str, token: &str, round: usize) -> anyhow::Result<f64> {
    let body = format!("csrf={token}&raw=Announcement+number+{round}+to+everybody.");
    let request = format!(
        "POST /t/1/replies HTTP/1.1\r\nHost: {address}\r\n{cookie}Content-Type: application/x-www-form-urlencoded\r\n\
         Content-Length: {}\r\nConnection: close\r\n\r\n{body}",
        body.len()
    );
    let began = Instant::now();
    let mut stream = std::net::TcpStream::connect(address)?;
    stream.write_all(request.as_bytes())?;
    let mut answer = Vec::new();
    stream.read_to_end(&mut answer)?;
    let waited = began.elapsed().as_secs_f64();
    let head = String::from_utf8_lossy(&answer);
    ensure!(head.starts_with("HTTP/1.1 303"), "the reply was answered with {:.200}", head);
    Ok(waited)
}
