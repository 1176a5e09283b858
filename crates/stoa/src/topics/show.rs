//! `GET /t/{slug}/{id}`: a topic, a page of posts at a time.
//!
//! Strangers get a stored, compressed page. Members get the same stored body with their own bits set into it: what
//! they liked, what is theirs, where they stopped, and the box to reply in. Those bits stand in the body as marks.

use std::collections::HashSet;
use std::fmt::Write as _;

use crate::web::extract::{Path, Query};
use askama::Template;
use axum::http::HeaderMap;
use axum::response::Response;
use serde::Deserialize;

use crate::access;
use crate::app::App;
use crate::binding;
use crate::db::{Tx, params};
use crate::follow::{self, Control};
use crate::messages::queries::Shown;
use crate::messages::{contact, people};
use crate::polls::{self, show::Polls};
use crate::posts::marks::Mark;
use crate::posts::view::{self, PostView};
use crate::previews::cards;
use crate::site::{EVERYONE, Level, MEMBERS};
use crate::topics::continued::{self, Links};
use crate::topics::list::Pager;
use crate::topics::{Topic, old, queries, reply};
use crate::web::accept::{self, Coding};
use crate::web::error::Result;
use crate::web::page::{Fragment, redirect};
use crate::web::paging::{self, PER_PAGE};
use crate::web::pieces::Pieces;
use crate::web::routes::Field;
use crate::web::shell::Head;
use crate::web::{Error, Refusal, Visit, field};
use crate::wiki_links;

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
    /// `None` for conversations.
    category: Option<&'a crate::site::Category>,
    /// Who takes part in a conversation.
    people: Vec<Shown>,
    posts: Vec<PostView>,
    tags: Vec<String>,
    pager: Pager,
    /// 1-based numbers of the first post shown.
    first_shown: i64,
    is_member: bool,
    solved_by: Option<String>,
    links: Links,
    /// Wiki pages that it is about, and that link to it.
    wikis: binding::show::Links,
    may_reply: bool,
    /// For members who may reply.
    reply_box: Option<Fragment>,
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
        return Ok(crate::web::page::moved(&at_page(&topic, number)));
    }
    let staff = v.viewer.is_staff();
    let first = (number - 1) * PER_PAGE + 1;
    let links = match topic.linked {
        true => app.db.read(|tx| continued::of(tx, &v, &topic, first, first + PER_PAGE - 1)).await?,
        false => Links::default(),
    };
    let key = format!(
        "t {id} {number} {} {} {} {staff} {} {}",
        v.t.code(),
        v.site.version,
        topic.version,
        access::level(&v, &topic) as i64,
        links.key()
    );
    if v.viewer.user.is_none() && v.said.is_none() {
        let key = format!("{key} {}", v.look.classes());
        if let Some(stored) = app.pages.get(&key) {
            return Ok(stored.answer(&headers));
        }
        let html = app.db.read(|tx| anonymous(tx, &v, &topic, &links, number, pages)).await?;
        return Ok(app.pages.put(key, "text/html; charset=utf-8", html)?.answer(&headers));
    }
    let key = format!("{key} {} {} {}", v.viewer.user.is_some(), v.time_zone(), v.look.classes());
    let page = match app.pages.pieces(&key) {
        Some(page) => page,
        None => {
            let made = app.db.read(|tx| for_members(tx, &v, &topic, &links, number, pages)).await?;
            app.pages.put_pieces(key, made)
        }
    };
    let coding = accept::coding(&headers);
    let (answer, seen) = app.db.read(|tx| for_member(tx, &v, &topic, number, &page, coding)).await?;
    remember(&v, &app, &topic, number, &seen);
    Ok(answer)
}

fn anonymous(tx: &Tx, v: &Visit, topic: &Topic, links: &Links, number: i64, pages: i64) -> Result<String> {
    let body = body(tx, v, topic, links, number, pages)?;
    Ok(Page { v, head: head(v, topic, number), body }.render()?)
}

/// The shared part of the page, with marks where members differ.
fn body(tx: &Tx, v: &Visit, topic: &Topic, links: &Links, number: i64, pages: i64) -> Result<Fragment> {
    let first = (number - 1) * PER_PAGE + 1;
    let mut posts = view::page(tx, v, topic, first, first + PER_PAGE - 1)?;
    polls::show::into_posts(tx, v, topic, &mut posts)?;
    wiki_links::show::into_posts(tx, v, &mut posts)?;
    cards::into_posts(tx, v, &mut posts)?;
    let tags = tx.all::<(i64, String)>(queries::TAGS, params![&[topic.id][..]])?;
    let solved_by = match topic.solved_number {
        Some(number) => tx.first::<String>(
            "select u.name from posts p join users u on u.id = p.author_id where p.topic_id = $1 and p.number = $2",
            params![topic.id, number],
        )?,
        None => None,
    };
    let at = |page: i64| at_page(topic, page);
    let pager = Pager {
        previous: (number > 1).then(|| at(number - 1)),
        previous_words: v.t.pager_previous(),
        next: (number < pages).then(|| at(number + 1)),
        next_words: v.t.pager_next(),
        here: v.t.pager_page_of(number, pages),
    };
    // A stranger is told what logging in would allow.
    let level = match &v.viewer.user {
        Some(_) => access::level(v, topic),
        None => v.site.level(topic.category_id, &[EVERYONE, MEMBERS]),
    };
    let open = topic.closed_at.is_none() && topic.archived_at.is_none() && topic.deleted_at.is_none();
    let may_reply = level >= Level::Reply && (open || (topic.closed_at.is_some() && v.viewer.is_staff()));
    let is_member = v.viewer.user.is_some();
    Fragment::of(&Body {
        v,
        topic,
        category: if topic.is_message() { None } else { Some(access::category(v, topic.category_id)?) },
        people: people::names(tx, &v.site, topic)?,
        posts,
        tags: tags.into_iter().map(|(_, name)| name).collect(),
        pager,
        first_shown: first,
        is_member,
        solved_by,
        links: links.clone(),
        wikis: binding::show::of(tx, v, topic)?,
        may_reply,
        reply_box: if is_member && may_reply { Some(reply::shared_box(v, topic)?) } else { None },
    })
}

/// Posts of a page that somebody likes, and whom they have muted.
const MY_LIKES: &str = "select 1, l.post_id from likes l join posts p on p.id = l.post_id
    where l.user_id = $1 and p.topic_id = $2 and p.number between $3 and $4
    union all select 2, m.muted_id from mutes m where m.user_id = $1";

/// The page of all members who may do the same here, in pieces.
fn for_members(tx: &Tx, v: &Visit, topic: &Topic, links: &Links, number: i64, pages: i64) -> Result<Pieces> {
    let v = v.shared(at_page(topic, number));
    let body = body(tx, &v, topic, links, number, pages)?;
    let html = Page { v: &v, head: head(&v, topic, number), body }.render()?;
    Pieces::of(&html, |mark, out| view::like_button(&v, mark, false, out))
}

/// How far somebody has read, their draft, whether they were told something that this page shows, their own level for the
/// topic and why, and whether they follow rooms or tags at all.
const MINE: &str = "select coalesce(r.last_number, 0), d.raw, d.version,
        (select count(*) from (select 1 as one from notifications n
            where n.user_id = $1 and n.topic_id = $2 and n.read_at is null and n.last_number <= $4 limit 1) told),
        r.level, coalesce(r.reason, 0),
        (select count(*) from (select 1 as one from follows f where f.user_id = $1 limit 1) wishes)
    from (select 1 as one) o left join reads r on r.user_id = $1 and r.topic_id = $2
        left join drafts d on d.user_id = $1 and d.place = $3";

/// A row of [`MINE`].
type Mine = (i64, Option<String>, Option<i64>, i64, Option<i64>, i64, i64);

/// What a visit changes: how far was read before, and whether there is something to take as read.
struct Seen {
    read: i64,
    was_told: bool,
}

/// The page of one member, and how far they had read.
fn for_member(
    tx: &Tx,
    v: &Visit,
    topic: &Topic,
    number: i64,
    page: &Pieces,
    coding: Coding,
) -> Result<(Response, Seen)> {
    let me = v.viewer.id().unwrap_or(0);
    let first = (number - 1) * PER_PAGE + 1;
    let (mut liked, mut muted) = (HashSet::new(), HashSet::new());
    for (kind, id) in tx.all::<(i64, i64)>(MY_LIKES, params![me, topic.id, first, first + PER_PAGE - 1])? {
        if kind == 1 {
            liked.insert(id)
        } else {
            muted.insert(id)
        };
    }
    let (read, draft, version, told, level, reason, wishes): Mine =
        tx.one(MINE, params![me, topic.id, reply::place(topic.id), last_shown(topic, number)])?;
    let (level, reason) = match follow::queries::of_own(level, reason) {
        Some(own) => own,
        None if wishes == 0 => follow::queries::default_in(topic.category_id),
        None => follow::queries::of_place(tx, &v.site, me, topic.id, topic.category_id)?,
    };
    let control = Control {
        action: format!("/t/{}/follow", topic.id),
        level,
        why: follow::why(v, reason),
        back: at_page(topic, number),
    };
    let polls = Polls::load(tx, page.polls(), v.viewer.id())?;
    let csrf = v.csrf();
    let contact = contact::line(tx, v, topic, &csrf)?;
    let unread = page.numbers().find(|n| read > 0 && *n > read && *n > 1);
    let is_special = |post: i64, number: i64, author: i64| {
        author == me
            || page.has_poll(post)
            || Some(number) == unread
            || (!liked.is_empty() && liked.contains(&post))
            || (!muted.is_empty() && muted.contains(&author))
    };
    let answer = page.answer(coding, is_special, |mark, out| {
        match mark {
            Mark::Like { post, .. } => view::like_button(v, mark, liked.contains(&post), out)?,
            Mark::Own { .. } => view::own_actions(v, mark, out)?,
            Mark::Post { number, .. } if Some(number) == unread => view::unread_line(v, out)?,
            Mark::Poll { poll } => polls.render(v, topic, poll, &csrf, out)?,
            Mark::Draft => escaped(draft.as_deref().unwrap_or(""), out),
            Mark::DraftVersion => write!(out, "{}", version.unwrap_or(0)).expect("a string takes everything"),
            Mark::Beside => reply::beside(v, topic, out)?,
            Mark::Once => out.push_str(&Visit::new_once()),
            Mark::Contact => out.push_str(contact.as_str()),
            Mark::Csrf => out.push_str(&csrf),
            Mark::Me => out.push_str(v.me()?.as_str()),
            Mark::Said => out.push_str(v.toast()?.as_str()),
            Mark::Follow => out.push_str(control.html(v)?.as_str()),
            Mark::Text { author, name } if muted.contains(&author) => view::muted_begins(v, name, out)?,
            Mark::TextEnd { author } if muted.contains(&author) => out.push_str("</details>"),
            Mark::Post { .. } | Mark::End | Mark::Text { .. } | Mark::TextEnd { .. } => {}
        }
        Ok(())
    });
    Ok((answer?, Seen { read, was_told: told > 0 }))
}

/// Text as HTML shows it.
fn escaped(text: &str, out: &mut String) {
    use askama::filters::Escaper as _;
    askama::filters::Html.write_escaped_str(out, text).expect("a string takes everything");
}

/// The number of the last post on a page.
fn last_shown(topic: &Topic, number: i64) -> i64 {
    (number * PER_PAGE).min(topic.highest_number)
}

/// The address of a page of a topic.
fn at_page(topic: &Topic, number: i64) -> String {
    if number == 1 { topic.url() } else { format!("{}?page={number}", topic.url()) }
}

/// What previews, feeds and search engines are told.
fn head(v: &Visit, topic: &Topic, number: i64) -> Head {
    let mut head = Head::titled(topic.title.clone())
        .canonical(at_page(topic, number))
        .describe(&topic.excerpt)
        .feed(topic.url(), topic.title.clone());
    if topic.is_message() || topic.unlisted_at.is_some() || topic.hidden_at.is_some() || topic.deleted_at.is_some() {
        return head.unlisted();
    }
    if v.site.level(topic.category_id, &[EVERYONE]) >= Level::See {
        head.embed = topic.url();
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
fn remember(v: &Visit, app: &App, topic: &Topic, number: i64, seen: &Seen) {
    let Some(me) = v.viewer.id() else { return };
    let (topic, last, now) = (topic.id, last_shown(topic, number), v.now);
    if last <= seen.read && !seen.was_told {
        return;
    }
    let app = app.clone();
    tokio::spawn(async move {
        let wrote = app.db.write(move |tx| {
            read_to(tx, me, topic, last, now)?;
            crate::notifications::read::of_topic(tx, me, topic, last, now)
        });
        if let Err(e) = wrote.await {
            tracing::warn!("keeping how far topic {topic} was read: {e:?}");
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
