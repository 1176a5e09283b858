//! `GET /t/{slug}/{id}`: a topic, a page of posts at a time.
//!
//! Strangers get a stored, compressed page. Members get the same stored body with their own bits set into it: what
//! they liked, what is theirs, where they stopped, and the box to reply in. Those bits stand in the body as marks.

use std::collections::HashSet;

use crate::web::extract::{Path, Query};
use askama::Template;
use axum::http::HeaderMap;
use axum::response::Response;
use serde::Deserialize;

use crate::access;
use crate::app::App;
use crate::db::{Tx, params};
use crate::posts::marks::{self, Mark};
use crate::posts::view::{self, PostView};
use crate::site::{EVERYONE, Level, MEMBERS};
use crate::topics::list::Pager;
use crate::topics::{Topic, old, queries, reply};
use crate::web::error::Result;
use crate::web::page::{Fragment, redirect};
use crate::web::paging::{self, PER_PAGE};
use crate::web::routes::Field;
use crate::web::shell::Head;
use crate::web::{Error, Refusal, Visit, field};

pub const QUERY: &[Field] = &[field("page", 20)];
pub const GO_QUERY: &[Field] = &[field("post", 20), field("date", 20)];

#[derive(Deserialize)]
pub struct Asked {
    page: Option<String>,
}

#[derive(Template)]
#[template(path = "topics/templates/show.html")]
struct Page<'a> {
    v: &'a Visit,
    head: Head,
    body: Fragment,
}

#[derive(Template)]
#[template(path = "topics/templates/_body.html")]
struct Body<'a> {
    v: &'a Visit,
    topic: &'a Topic,
    category: &'a crate::site::Category,
    posts: Vec<PostView>,
    tags: Vec<String>,
    pager: Pager,
    /// 1-based numbers of the first post shown.
    first_shown: i64,
    is_member: bool,
    solved_by: Option<String>,
    may_reply: bool,
}

pub async fn page(
    v: Visit,
    app: App,
    Path((slug, id)): Path<(String, i64)>,
    Query(asked): Query<Asked>,
    headers: HeaderMap,
) -> Result {
    let topic = match app.db.read(|tx| access::topic(tx, &v, id)).await {
        Ok(topic) if topic.slug == slug => topic,
        // `/t/7/12` is post 12 of topic 7, as in Discourse.
        found => match old::by_numbers(&v, &app, &slug, id).await? {
            Some(place) => return Ok(crate::web::page::moved(&place)),
            None => found?,
        },
    };
    let number = paging::number(asked.page.as_deref())?;
    let pages = paging::of_post(topic.highest_number);
    if number > pages {
        return Err(Refusal::PageNumber.into());
    }
    if slug != topic.slug {
        let query = if number > 1 { format!("?page={number}") } else { String::new() };
        return Ok(crate::web::page::moved(&format!("{}{query}", topic.url())));
    }
    let staff = v.viewer.is_staff();
    let key = format!(
        "t {id} {number} {} {} {} {staff} {}",
        v.t.code(),
        v.site.version,
        topic.version,
        v.level(topic.category_id) as i64
    );
    if v.viewer.user.is_none() && v.said.is_none() {
        let key = format!("{key} {}", v.look.classes());
        if let Some(stored) = app.pages.get(&key) {
            return Ok(stored.answer(&headers));
        }
        let html = app.db.read(|tx| anonymous(tx, &v, &topic, number, pages)).await?;
        return Ok(app.pages.put(key, "text/html; charset=utf-8", html)?.answer(&headers));
    }
    let key = format!("{key} {} {}", v.viewer.user.is_some(), v.time_zone());
    let body = match app.pages.body(&key) {
        Some(body) => body,
        None => {
            let made = app.db.read(|tx| body(tx, &v, &topic, number, pages)).await?;
            app.pages.put_body(key, made)
        }
    };
    let html = app.db.read(|tx| for_member(tx, &v, &topic, number, &body)).await?;
    remember(&v, &app, &topic, number);
    crate::web::page::html(html)
}

fn anonymous(tx: &Tx, v: &Visit, topic: &Topic, number: i64, pages: i64) -> Result<String> {
    let body = body(tx, v, topic, number, pages)?;
    Ok(Page { v, head: head(v, topic, number), body }.render()?)
}

/// The shared part of the page, with marks where members differ.
fn body(tx: &Tx, v: &Visit, topic: &Topic, number: i64, pages: i64) -> Result<Fragment> {
    let first = (number - 1) * PER_PAGE + 1;
    let posts = view::page(tx, v, topic, first, first + PER_PAGE - 1)?;
    let tags = tx.all::<(i64, String)>(queries::TAGS, params![&[topic.id][..]])?;
    let solved_by = match topic.solved_number {
        Some(number) => tx.first::<String>(
            "select u.name from posts p join users u on u.id = p.author_id where p.topic_id = $1 and p.number = $2",
            params![topic.id, number],
        )?,
        None => None,
    };
    let at = |page: i64| if page == 1 { topic.url() } else { format!("{}?page={page}", topic.url()) };
    let pager = Pager {
        previous: (number > 1).then(|| at(number - 1)),
        previous_words: v.t.pager_previous(),
        next: (number < pages).then(|| at(number + 1)),
        next_words: v.t.pager_next(),
        here: v.t.pager_page_of(number, pages),
    };
    // A stranger is told what logging in would allow.
    let level = match &v.viewer.user {
        Some(_) => v.level(topic.category_id),
        None => v.site.level(topic.category_id, &[EVERYONE, MEMBERS]),
    };
    let open = topic.closed_at.is_none() && topic.archived_at.is_none() && topic.deleted_at.is_none();
    Fragment::of(&Body {
        v,
        topic,
        category: access::category(v, topic.category_id)?,
        posts,
        tags: tags.into_iter().map(|(_, name)| name).collect(),
        pager,
        first_shown: first,
        is_member: v.viewer.user.is_some(),
        solved_by,
        may_reply: level >= Level::Reply && (open || (topic.closed_at.is_some() && v.viewer.is_staff())),
    })
}

const MY_LIKES: &str = "select l.post_id from likes l join posts p on p.id = l.post_id
    where l.user_id = $1 and p.topic_id = $2 and p.number between $3 and $4";

fn for_member(tx: &Tx, v: &Visit, topic: &Topic, number: i64, body: &Fragment) -> Result<String> {
    let me = v.viewer.id().unwrap_or(0);
    let first = (number - 1) * PER_PAGE + 1;
    let liked: HashSet<i64> =
        tx.all::<i64>(MY_LIKES, params![me, topic.id, first, first + PER_PAGE - 1])?.into_iter().collect();
    let read: Option<i64> =
        tx.first("select last_number from reads where user_id = $1 and topic_id = $2", params![me, topic.id])?;
    let draft = reply::draft(tx, me, topic.id)?;
    let csrf = v.csrf();
    let mut divided = false;
    let body = marks::fill(body.as_str(), |mark, out| {
        match mark {
            Mark::Like { post, number, count, author } => {
                view::like_button(v, &csrf, post, number, count, author, liked.contains(&post), out)?;
            }
            Mark::Own { author, post, number } => view::own_actions(v, author, post, number, out)?,
            Mark::Unread { number } => {
                let new = read.is_some_and(|read| read > 0 && number > read && number > 1);
                if new && !divided {
                    divided = true;
                    view::unread_line(v, out)?;
                }
            }
            Mark::Reply => reply::box_into(v, topic, &csrf, draft.as_ref(), out)?,
        }
        Ok(())
    })?;
    Ok(Page { v, head: head(v, topic, number), body: Fragment::joined(body) }.render()?)
}

/// What previews, feeds and search engines are told.
fn head(v: &Visit, topic: &Topic, number: i64) -> Head {
    let canonical = if number == 1 { topic.url() } else { format!("{}?page={number}", topic.url()) };
    let mut head = Head::titled(topic.title.clone())
        .canonical(canonical)
        .describe(&topic.excerpt)
        .feed(topic.url(), topic.title.clone());
    if topic.unlisted_at.is_some() || topic.hidden_at.is_some() || topic.deleted_at.is_some() {
        return head.unlisted();
    }
    head.data = Fragment::json(&serde_json::json!({
        "@context": "https://schema.org",
        "@type": "DiscussionForumPosting",
        "headline": topic.title,
        "text": topic.excerpt,
        "url": v.absolute(&topic.url()),
        "datePublished": crate::clock::rfc3339(topic.created_at),
        "dateModified": crate::clock::rfc3339(topic.last_post_at),
        "inLanguage": topic.lang,
        "interactionStatistic": [
            {"@type": "InteractionCounter", "interactionType": "https://schema.org/CommentAction", "userInteractionCount": topic.reply_count()},
            {"@type": "InteractionCounter", "interactionType": "https://schema.org/LikeAction", "userInteractionCount": topic.like_count},
        ],
    }));
    head
}

/// Opening a page reads to its end. The write happens beside the answer.
fn remember(v: &Visit, app: &App, topic: &Topic, number: i64) {
    let Some(me) = v.viewer.id() else { return };
    let (topic, last, now) = (topic.id, (number * PER_PAGE).min(topic.highest_number), v.now);
    let app = app.clone();
    tokio::spawn(async move {
        let known = app.db.read(|tx| {
            tx.first::<i64>("select last_number from reads where user_id = $1 and topic_id = $2", params![me, topic])
        });
        if known.await.is_ok_and(|known| known.is_none_or(|known| known < last)) {
            let wrote = app.db.write(move |tx| read_to(tx, me, topic, last, now)).await;
            if let Err(e) = wrote {
                tracing::warn!("keeping how far topic {topic} was read: {e:?}");
            }
        }
    });
}

/// Somebody has read a topic up to a post.
pub fn read_to(tx: &Tx, user: i64, topic: i64, last: i64, now: i64) -> Result<()> {
    tx.exec(
        "insert into reads (user_id, topic_id, last_number, updated_at) values ($1, $2, $3, $4)
         on conflict (user_id, topic_id) do update set last_number = excluded.last_number, updated_at = excluded.updated_at
         where reads.last_number < excluded.last_number",
        params![user, topic, last, now],
    )?;
    Ok(())
}

/// `GET /t/{slug}/{id}/{number}`: the page and anchor of a post; a number that was never given leads to the nearest.
pub async fn post(v: Visit, app: App, Path((_, id, number)): Path<(String, i64, i64)>) -> Result {
    let topic = app.db.read(|tx| access::topic(tx, &v, id)).await?;
    Ok(redirect(&topic.url_of(number.clamp(1, topic.highest_number.max(1)))))
}

#[derive(Deserialize)]
pub struct Go {
    post: Option<String>,
    date: Option<String>,
}

/// `GET /t/{slug}/{id}/go?post=57` or `?date=2024-05-01`: jumps to a post, or to the first one since a day.
pub async fn go(v: Visit, app: App, Path((_, id)): Path<(String, i64)>, Query(asked): Query<Go>) -> Result<Response> {
    let topic = app.db.read(|tx| access::topic(tx, &v, id)).await?;
    let filled = |text: Option<String>| text.filter(|t| !t.trim().is_empty());
    let number = match (filled(asked.post), filled(asked.date)) {
        (Some(number), _) => number.trim().parse::<i64>().map_err(|_| Error::from(Refusal::PageNumber))?,
        (None, Some(date)) => {
            let day: jiff::civil::Date = date.trim().parse().map_err(|_| Error::from(Refusal::PageNumber))?;
            let since = day.to_zoned(jiff::tz::TimeZone::UTC).map_err(|_| Error::from(Refusal::PageNumber))?;
            let since = since.timestamp().as_microsecond();
            let found = app.db.read(|tx| {
                tx.first::<i64>(
                    "select number from posts where topic_id = $1 and created_at >= $2 order by number limit 1",
                    params![topic.id, since],
                )
            });
            found.await?.unwrap_or(topic.highest_number)
        }
        (None, None) => 1,
    };
    Ok(redirect(&topic.url_of(number.clamp(1, topic.highest_number.max(1)))))
}
