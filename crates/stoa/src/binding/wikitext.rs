//! `GET /t/{id}/wikitext`: a whole discussion as wikitext with signatures; and `POST /t/{id}/save`: the bot writes it on a page.

use std::collections::HashMap;

use axum::http::header;
use axum::response::{IntoResponse, Response};
use serde::Deserialize;
use stoa_i18n::T;
use stoa_markup::{SafeHtml, wikitext, wikitext_escaped};

use super::page::joined;
use super::title::{LONGEST, tidy};
use crate::access;
use crate::app::App;
use crate::db::{Tx, from_row, params};
use crate::topics::{Topic, post_url};
use crate::users;
use crate::web::error::{Error, Result};
use crate::web::extract::{Path, Query};
use crate::web::page::redirect_saying;
use crate::web::routes::Field;
use crate::web::visit::Viewer;
use crate::web::{Form, Member, Visit, field};
use crate::wikis::bot::client::{Client, Edit, Trouble};
use crate::wikis::{Wiki, bot};

pub const QUERY: &[Field] = &[field("wiki", 40)];
pub const FIELDS: &[Field] = &[field("wiki", 40), field("page", 300)];
/// Posts that are written; the end of a longer discussion says how many are not.
const POSTS_MOST: i64 = 1000;

#[derive(Deserialize)]
pub struct Asked {
    wiki: Option<String>,
}

struct Post {
    number: i64,
    html: SafeHtml,
    created_at: i64,
    author_id: i64,
    author: String,
}
from_row!(Post { number, html, created_at, author_id, author });

const POSTS: &str =
    "select p.number, p.html, p.created_at, p.author_id, u.name from posts p join users u on u.id = p.author_id
    where p.topic_id = $1 and p.kind = 0 and p.hidden_at is null and p.deleted_at is null order by p.number limit $2";

/// Those of some people who have an account of a wiki: person, name there.
const THERE: &str = "select user_id, name from wiki_accounts where issuer = $1 and user_id in ids($2)
    union all select user_id, name from wiki_authors where issuer = $1 and number is not null and user_id in ids($2)";

/// A discussion for a page of a wiki: who has an account there signs with it, everybody else with a link to their page
/// here. What is hidden is left out, whoever asks.
pub fn of(tx: &Tx, v: &Visit, topic: &Topic, wiki: &Wiki, t: &T) -> Result<String> {
    let posts: Vec<Post> = tx.all(POSTS, params![topic.id, POSTS_MOST])?;
    let authors: Vec<i64> = posts.iter().map(|p| p.author_id).collect();
    let there: HashMap<i64, String> =
        tx.all::<(i64, String)>(THERE, params![&wiki.issuer, &authors])?.into_iter().collect();
    let base = v.app.config.base();
    let (url, site) = (format!("{base}{}", topic.url()), wikitext_escaped(v.site.name()));
    let note = t.wikitext_note(stoa_i18n::Plain(&format!("[{url} {site}]")), t.date_time(v.now, "UTC"));
    let mut out = format!("''{note}''\n");
    for post in &posts {
        let page = format!("{base}{}", post_url(&topic.slug, topic.id, post.number));
        let who = match there.get(&post.author_id) {
            Some(name) => format!("[[User:{name}|{name}]] ([[User talk:{name}|{}]])", t.wikitext_talk()),
            None => format!("[{base}{} <bdi>{}</bdi>]", users::url(&post.author), wikitext_escaped(&post.author)),
        };
        let text = wikitext(&post.html, &base, &page);
        // What ends in a block cannot have a signature in its last line.
        let joint = if text.ends_with('>') || text.lines().last().is_some_and(|l| l.starts_with(['*', '#'])) {
            "\n\n"
        } else {
            " "
        };
        out.push_str(&format!("\n{text}{joint}{who} {}\n", signed_at(post.created_at, t)));
    }
    let left_out = topic.post_count - posts.len() as i64;
    if posts.len() as i64 == POSTS_MOST && left_out > 0 {
        out.push_str(&format!("\n''{}''\n", t.wikitext_more(left_out)));
    }
    Ok(out)
}

/// A time as signatures have it: MediaWiki's own form in English, else as the language writes it.
fn signed_at(at: i64, t: &T) -> String {
    if t.code() == "en" {
        let time = jiff::Timestamp::from_microsecond(at).unwrap_or_default();
        return format!("{} (UTC)", time.strftime("%H:%M, %-d %B %Y"));
    }
    format!("{} (UTC)", t.date_time(at, "UTC"))
}

fn wiki<'v>(v: &'v Visit, name: Option<&str>) -> Result<&'v Wiki> {
    match name.filter(|n| !n.is_empty()) {
        Some(name) => v.site.wiki(name).ok_or(Error::NotFound),
        None => v.site.wikis.first().ok_or(Error::NotFound),
    }
}

pub async fn page(v: Visit, app: App, Path(id): Path<i64>, Query(asked): Query<Asked>) -> Result {
    let wiki = wiki(&v, asked.wiki.as_deref())?.clone();
    let t = app.words.t(&wiki.lang);
    let found = app.db.read(|tx| {
        let topic = public(tx, &v, id)?;
        let heading = wikitext_escaped(&topic.title);
        Ok(format!("== {heading} ==\n{}", of(tx, &v, &topic, &wiki, &t)?))
    });
    let headers = [
        (header::CONTENT_TYPE, "text/plain; charset=utf-8"),
        (header::CACHE_CONTROL, "private, no-cache"),
        (header::HeaderName::from_static("x-robots-tag"), "noindex"),
    ];
    Ok((headers, found.await?).into_response())
}

/// A topic that a wiki may show: one that everybody sees.
fn public(tx: &Tx, v: &Visit, id: i64) -> Result<Topic> {
    let topic = joined(tx, v, id)?;
    if access::topic_is_open_to(&Viewer::nobody(&v.site), 0, &topic) { Ok(topic) } else { Err(Error::NotFound) }
}

/// Writes it on a page that is new, or as a new section of one that is there: nothing is ever overwritten.
pub async fn save(me: Member, app: App, Path(id): Path<i64>, f: Form) -> Result<Response> {
    let wiki = wiki(&me, Some(f.text("wiki")))?.clone();
    let page = tidy(f.raw("page"));
    let t = app.words.t(&wiki.lang);
    let back = format!("/t/{id}/wikis");
    let found = app.db.read(|tx| {
        let topic = public(tx, &me, id)?;
        Ok((of(tx, &me, &topic, &wiki, &t)?, bot::of(tx, wiki.id)?.filter(|b| b.is_on), topic))
    });
    let (text, bot, topic) = found.await?;
    let is_title =
        !page.is_empty() && page.chars().count() <= LONGEST && !page.contains(['|', '[', ']', '{', '}', '<', '>']);
    let Some(bot) = bot.filter(|_| is_title) else { return Ok(redirect_saying(&me, &back, "save-refused")) };
    app.throttle.wiki(me.user.id)?;
    let done = async {
        let mut client = Client::log_in(&app, &wiki, &bot).await?;
        let stop = bot.stop_page();
        let there = client.pages(std::slice::from_ref(&stop)).await?;
        if there.get(&stop).is_some_and(|p| !p.text.trim().is_empty()) {
            return Err(Trouble::Stop(stop));
        }
        let (heading, summary) =
            (wikitext_escaped(&topic.title), t.wikitext_summary(stoa_i18n::Plain(&me.absolute(&topic.url()))));
        let edit = Edit { title: &page, text: &text, summary: &summary, section: Some(&heading), ..Edit::default() };
        client.edit(&edit).await
    };
    if let Err(why) = done.await {
        tracing::info!("saving topic {id} on {}: {why:?}", wiki.name);
        return Ok(redirect_saying(&me, &back, "save-failed"));
    }
    let (user, now) = (me.user.id, me.now);
    app.db
        .write(move |tx| {
            tx.exec(
                "insert into topic_saves (topic_id, wiki_id, page, highest_number, user_id, saved_at)
                 values ($1, $2, $3, $4, $5, $6) on conflict (topic_id, wiki_id, page) do update set
                    highest_number = excluded.highest_number, user_id = excluded.user_id, saved_at = excluded.saved_at",
                params![id, wiki.id, &page, topic.highest_number, user, now],
            )
        })
        .await?;
    Ok(redirect_saying(&me, &back, "saved-on-wiki"))
}

/// Where a topic was saved, when, and how many posts came since.
pub struct Saved {
    pub wiki: String,
    pub page: String,
    pub url: String,
    pub at: i64,
    pub since: i64,
}

pub fn saved(tx: &Tx, v: &Visit, topic: &Topic) -> Result<Vec<Saved>> {
    let rows: Vec<(i64, String, i64, i64)> = tx.all(
        "select wiki_id, page, highest_number, saved_at from topic_saves where topic_id = $1 order by saved_at desc limit 20",
        params![topic.id],
    )?;
    let saved = rows.into_iter().filter_map(|(id, page, number, at)| {
        let wiki = v.site.wikis.iter().find(|w| w.id == id)?;
        let since = (topic.highest_number - number).max(0);
        Some(Saved { wiki: wiki.title.clone(), url: wiki.page(&page), page, at, since })
    });
    Ok(saved.collect())
}
