//! Feeds of posts: all, those of a topic, those of a person. Notices, hidden and deleted posts are in none of them.

use axum::http::HeaderMap;

use super::MOST;
use super::feed::{Entry, Feed, Format, send};
use crate::access;
use crate::app::App;
use crate::db::{from_row, params};
use crate::topics::lists::listed;
use crate::users;
use crate::web::error::Result;
use crate::web::extract::Path;
use crate::web::{Error, Visit};

struct Found {
    id: i64,
    number: i64,
    html: String,
    lang: String,
    created_at: i64,
    edited_at: Option<i64>,
    author: String,
    topic_id: i64,
    title: String,
    slug: String,
}
from_row!(Found { id, number, html, lang, created_at, edited_at, author, topic_id, title, slug });

/// Posts `p` with author `u` and topic `t`. The order of the tables is fixed: newest posts first, until there are
/// enough.
macro_rules! posts {
    () => {
        "select p.id, p.number, p.html, p.lang, p.created_at, p.edited_at, u.name, t.id, t.title, t.slug
        from posts p cross join topics t cross join users u
        where t.id = p.topic_id and u.id = p.author_id and p.kind = 0 and p.hidden_at is null
        and p.deleted_at is null and "
    };
}

const ALL: &str = concat!(posts!(), listed!(), " order by p.id desc limit $3");
const OF_USER: &str = concat!(posts!(), "p.author_id = $4 and ", listed!(), " order by p.id desc limit $3");
/// An unlisted topic is followed by those who have its address.
const OF_TOPIC: &str = concat!(
    posts!(),
    "p.topic_id = $1 and t.hidden_at is null and t.deleted_at is null order by p.number desc limit $2"
);

fn entry(v: &Visit, p: Found) -> Entry {
    Entry {
        id: format!("/p/{}", p.id),
        url: crate::topics::post_url(&p.slug, p.topic_id, p.number),
        title: v.t.feed_post_title(&p.author, &p.title),
        lang: p.lang,
        author: p.author,
        published_at: p.created_at,
        updated_at: p.edited_at.unwrap_or(p.created_at),
        html: p.html,
        labels: Vec::new(),
    }
}

/// `GET /posts.atom`.
pub async fn all(v: Visit, app: App, Path(format): Path<String>, headers: HeaderMap) -> Result {
    send(&v, &app, &headers, format.parse()?, "posts", |tx| {
        let found: Vec<Found> = tx.all(ALL, params![&v.viewer.sees, false, MOST])?;
        Ok(Feed {
            title: v.t.feed_site(v.site.name(), v.t.feed_posts()),
            page: "/latest".to_owned(),
            path: "/posts".to_owned(),
            query: String::new(),
            entries: found.into_iter().map(|p| entry(&v, p)).collect(),
        })
    })
    .await
}

/// `GET /t/{slug}/{id}.atom`.
pub async fn of_topic(
    v: Visit,
    app: App,
    Path((format, _, id)): Path<(String, String, i64)>,
    headers: HeaderMap,
) -> Result {
    let format: Format = format.parse()?;
    let topic = app.db.read(|tx| access::topic(tx, &v, id)).await?;
    if topic.hidden_at.is_some() || topic.deleted_at.is_some() {
        return Err(Error::NotFound);
    }
    send(&v, &app, &headers, format, &format!("topic {id}"), |tx| {
        let found: Vec<Found> = tx.all(OF_TOPIC, params![id, MOST])?;
        Ok(Feed {
            title: v.t.feed_site(v.site.name(), &topic.title),
            page: topic.url(),
            path: topic.url(),
            query: String::new(),
            entries: found.into_iter().map(|p| entry(&v, p)).collect(),
        })
    })
    .await
}

/// `GET /u/{name}.atom`.
pub async fn of_user(v: Visit, app: App, Path((format, name)): Path<(String, String)>, headers: HeaderMap) -> Result {
    let format: Format = format.parse()?;
    let found = app.db.read(|tx| {
        let folded = users::names::folded(&name);
        tx.first::<(i64, String)>(
            "select id, name from users where folded = $1 and deleted_at is null",
            params![&folded],
        )
    });
    let (id, name) = found.await?.ok_or(Error::NotFound)?;
    send(&v, &app, &headers, format, &format!("user {id}"), |tx| {
        let found: Vec<Found> = tx.all(OF_USER, params![&v.viewer.sees, false, MOST, id])?;
        Ok(Feed {
            title: v.t.feed_site(v.site.name(), v.t.feed_of_user(&name)),
            page: users::url(&name),
            path: users::url(&name),
            query: String::new(),
            entries: found.into_iter().map(|p| entry(&v, p)).collect(),
        })
    })
    .await
}
