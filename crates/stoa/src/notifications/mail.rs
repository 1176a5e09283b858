//! Mail of what was told: one for each person and topic, when its time has come and it was not read on the site before.
//!
//! It is text and HTML in the reader's language, answers no questions about who reads it (no picture is fetched), and stops
//! with one click (RFC 8058). Of topics that not everybody may see it tells the title alone.

use std::time::Duration;

use askama::Template;

use super::kinds::Kind;
use super::page::{self, Kept};
use super::text::plain;
use super::unsubscribe::{Stops, token};
use crate::access;
use crate::app::App;
use crate::db::{Tx, from_row, params};
use crate::feeds::absolute;
use crate::mail::{self, NewMail};
use crate::posts::{self, Post};
use crate::site::{EVERYONE, Level};
use crate::topics::Topic;
use crate::web::error::Result;
use crate::web::page::Fragment;
use crate::web::visit::Visit;

/// How often it is looked for what is due.
const EVERY: Duration = Duration::from_secs(15);
/// Notices looked at in one round.
const AT_ONCE: i64 = 200;
/// Posts told in full in one mail; for more there is the link.
const POSTS: i64 = 10;

struct Due {
    id: i64,
    user: i64,
}
from_row!(Due { id, user });

/// A post in a mail.
struct Told {
    author: String,
    at: String,
    text: String,
    html: Fragment,
    lang: String,
    url: String,
}

#[derive(Template)]
#[template(path = "notifications/templates/mail.html")]
struct Html<'a> {
    v: &'a Visit,
    title: &'a str,
    lines: &'a [String],
    posts: &'a [Told],
    private: bool,
    url: String,
    stop: String,
    why: &'a str,
}

/// Sends for ever.
pub async fn run(app: App) {
    loop {
        match round(&app).await {
            Ok(true) => continue,
            Ok(false) => {}
            Err(why) => tracing::error!("writing notices as mail: {why:?}"),
        }
        tokio::time::sleep(EVERY).await;
    }
}

/// Writes what is due into the outbox. Tells whether there may be more.
pub async fn round(app: &App) -> Result<bool> {
    let now = app.now();
    let due: Vec<Due> = app
        .db
        .read(|tx| {
            tx.all(
                "select id, user_id from notifications where mail_due_at <= $1 order by mail_due_at, id limit $2",
                params![now, AT_ONCE],
            )
        })
        .await?;
    let full = due.len() as i64 == AT_ONCE;
    let mut users: Vec<i64> = due.iter().map(|d| d.user).collect();
    users.sort_unstable();
    users.dedup();
    for user in users {
        let ids: Vec<i64> = due.iter().filter(|d| d.user == user).map(|d| d.id).collect();
        let mailer = app.clone();
        app.db.write(move |tx| of_user(tx, &mailer, user, &ids, now)).await?;
    }
    Ok(full)
}

const TAKE: &str = "update notifications set mail_due_at = null where id in ids($1) and mail_due_at <= $2
    and read_at is null returning id";

/// The mails of one person. Takes the notices first, so that another node does not send them as well.
fn of_user(tx: &Tx, app: &App, user: i64, ids: &[i64], now: i64) -> Result<()> {
    let taken: Vec<i64> = tx.all(TAKE, params![ids, now])?;
    tx.exec(
        "update notifications set mail_due_at = null where id in ids($1) and mail_due_at <= $2",
        params![ids, now],
    )?;
    let address = super::address(tx, user)?;
    let (Some(address), true) = (address, app.config.smtp.is_some()) else { return Ok(()) };
    let Some(v) = super::reader(tx, app, user, now)? else { return Ok(()) };
    for (topic, own) in super::by_topic(tx, &v, &taken)? {
        let mail = of_topic(tx, app, &v, &topic, &own)?;
        mail::queue_for(tx, user, &address, mail, now)?;
    }
    Ok(())
}

fn of_topic(tx: &Tx, app: &App, v: &Visit, topic: &Topic, notices: &[Kept]) -> Result<NewMail> {
    let t = &v.t;
    let kinds: Vec<Kind> = notices.iter().filter_map(|n| Kind::from_number(n.kind)).collect();
    let private = v.site.level(topic.category_id, &[EVERYONE]) < Level::See;
    let lines: Vec<String> =
        notices.iter().zip(&kinds).map(|(n, kind)| page::text(v, *kind, &n.actor, n.count)).collect();
    let posts = if private { Vec::new() } else { told(tx, v, topic, notices)? };
    let first = notices.iter().map(|n| n.number).min().unwrap_or(1).max(1);
    let url = v.absolute(&topic.url_of(first));
    let stops = match kinds.as_slice() {
        [Kind::Followed, ..] | [Kind::FirstPost, ..] | [Kind::Message, ..] => Stops::Topic(topic.id),
        [kind, ..] => Stops::Kind(*kind),
        [] => Stops::Topic(topic.id),
    };
    let stop = v.absolute(&format!("/unsubscribe/{}", token(app, v.viewer.id().unwrap_or(0), stops)));
    let why = notices.first().map(|n| page::why(v, n.why)).unwrap_or_default();
    let mut text = String::new();
    for line in &lines {
        text.push_str(line);
        text.push('\n');
    }
    if private {
        text.push_str(&format!("\n{}\n\n{}\n", topic.title, t.mail_private()));
    }
    for post in &posts {
        text.push_str(&format!("\n--- {} · {}\n\n{}\n", post.author, post.at, post.text));
    }
    text.push_str(&format!("\n{}\n{url}\n\n-- \n{why}\n{}\n{stop}\n", t.mail_read_on(), t.mail_stop()));
    let html =
        Html { v, title: &topic.title, lines: &lines, posts: &posts, private, url, stop: stop.clone(), why: &why };
    let site = v.site.name();
    let host = mail::host(app);
    let headers = vec![
        ("List-Unsubscribe".to_owned(), format!("<{stop}>")),
        ("List-Unsubscribe-Post".to_owned(), "List-Unsubscribe=One-Click".to_owned()),
        ("Auto-Submitted".to_owned(), "auto-generated".to_owned()),
        ("References".to_owned(), format!("<topic.{}@{host}>", topic.id)),
        ("In-Reply-To".to_owned(), format!("<topic.{}@{host}>", topic.id)),
    ];
    Ok(NewMail { subject: format!("[{site}] {}", topic.title), text, html: html.render()?, headers })
}

/// The posts that the notices are about, oldest first.
fn told(tx: &Tx, v: &Visit, topic: &Topic, notices: &[Kept]) -> Result<Vec<Told>> {
    let mut numbers: Vec<i64> = Vec::new();
    for n in notices.iter().filter(|n| n.kind != Kind::Like as i64) {
        numbers.extend((n.number..=n.last_number.max(n.number)).take(POSTS as usize));
    }
    numbers.sort_unstable();
    numbers.dedup();
    numbers.truncate(POSTS as usize);
    let found: Vec<Post> = tx.all(posts::queries::BY_NUMBERS, params![topic.id, &numbers])?;
    let muted = crate::follow::queries::muted(tx, v.viewer.id().unwrap_or(0))?;
    let mut told = Vec::new();
    for post in found {
        if post.kind != 0 || !access::sees_text(v, &post) || muted.contains(&post.author_id) {
            continue;
        }
        let author: String = tx.one("select name from users where id = $1", params![post.author_id])?;
        let url = v.absolute(&topic.url_of(post.number));
        told.push(Told {
            at: v.date_time(post.created_at),
            text: plain(&post.raw),
            html: Fragment::joined(absolute::links(post.html.as_str(), &v.app.config.base(), &url)),
            lang: post.lang,
            author,
            url,
        });
    }
    Ok(told)
}
