//! `GET /u/{name}`: somebody, and the topics they started; `/u/{name}/posts`: what they wrote. Only what the viewer may see.

use askama::Template;
use axum::http::HeaderMap;
use serde::Deserialize;
use stoa_markup::SafeHtml;

use crate::app::App;
use crate::db::{Tx, from_row, params};
use crate::redirects;
use crate::site::ADMINISTRATORS;
use crate::topics::list::{Pager, Row, Slice, fill};
use crate::topics::lists::{self, listed};
use crate::topics::queries::columns;
use crate::topics::{self, Topic};
use crate::users::avatar::Avatar;
use crate::users::{names, url};
use crate::web::error::Result;
use crate::web::extract::{Path, Query};
use crate::web::page::moved;
use crate::web::paging::{PER_PAGE, Place};
use crate::web::routes::Field;
use crate::web::shell::Head;
use crate::web::{Error, Visit, field, stored};

pub const QUERY: &[Field] = &[field("page", 20), field("before", 60)];
/// Counts go no further than this, so that nobody's page costs more than another.
const COUNTED: i64 = 1000;

#[derive(Deserialize)]
pub struct Asked {
    page: Option<String>,
    before: Option<String>,
}

/// Somebody, as everybody may see them.
struct Person {
    id: i64,
    name: String,
    display_name: String,
    title: String,
    bio: SafeHtml,
    bio_raw: String,
    created_at: i64,
    suspended_until: Option<i64>,
    picture: Option<String>,
    staff: Option<i64>,
    /// The name on a wiki of somebody who was never here.
    elsewhere: Option<String>,
}
from_row!(Person {
    id,
    name,
    display_name,
    title,
    bio,
    bio_raw,
    created_at,
    suspended_until,
    picture,
    staff,
    elsewhere
});

const FOUND: &str = "select u.id, u.name, u.display_name, u.title, u.bio_html, u.bio_raw, u.created_at,
        u.suspended_until, f.sha256,
        (select min(g.group_id) from group_members g where g.user_id = u.id and g.group_id in (1, 2)),
        (select a.name from wiki_authors a where a.user_id = u.id)
    from users u left join uploads f on f.id = u.avatar_upload_id where u.folded = $1 and u.deleted_at is null";

const TOPICS: &str = concat!(
    "select ",
    columns!(),
    " from topics t where t.author_id = $5 and ",
    listed!(),
    " and (t.created_at, t.id) < ($3, $4) order by t.created_at desc, t.id desc limit $6 offset $7"
);

/// A post of theirs; newer posts have higher ids.
const POSTS: &str = concat!(
    "select p.id, p.number, p.html, p.lang, p.created_at, t.id, t.title, t.slug, t.lang, t.category_id
     from posts p join topics t on t.id = p.topic_id
     where p.author_id = $3 and p.kind = 0 and p.deleted_at is null and (p.hidden_at is null or $2 = 1) and ",
    listed!(),
    " and p.id < $4 order by p.id desc limit $5 offset $6"
);

const TOPIC_COUNT: &str = concat!(
    "select count(*) from (select 1 as one from topics t where t.author_id = $3 and ",
    listed!(),
    " limit $4) found"
);

const POST_COUNT: &str = concat!(
    "select count(*) from (select 1 as one from posts p join topics t on t.id = p.topic_id
     where p.author_id = $3 and p.kind = 0 and p.deleted_at is null and (p.hidden_at is null or $2 = 1) and ",
    listed!(),
    " limit $4) found"
);

struct Written {
    id: i64,
    number: i64,
    html: SafeHtml,
    lang: String,
    created_at: i64,
    topic_id: i64,
    title: String,
    slug: String,
    topic_lang: String,
    category_id: i64,
}
from_row!(Written { id, number, html, lang, created_at, topic_id, title, slug, topic_lang, category_id });

impl Written {
    fn url(&self) -> String {
        topics::post_url(&self.slug, self.topic_id, self.number)
    }

    fn excerpt(&self) -> String {
        stoa_markup::excerpt(&crate::posts::plain(&self.html), 300)
    }
}

#[derive(Template)]
#[template(path = "users/templates/show.html")]
struct Page<'a> {
    v: &'a Visit,
    head: Head,
    person: &'a Person,
    avatar: Avatar,
    role: String,
    topic_count: String,
    post_count: String,
    is_own: bool,
    is_muted: bool,
    shows_posts: bool,
    rows: Vec<Row>,
    posts: Vec<Written>,
    pager: Pager,
}

impl Page<'_> {
    fn is_suspended(&self) -> bool {
        self.person.suspended_until.is_some_and(|until| until > self.v.now)
    }
}

pub async fn topics(
    v: Visit,
    app: App,
    Path(name): Path<String>,
    Query(asked): Query<Asked>,
    headers: HeaderMap,
) -> Result {
    show(v, app, name, asked, headers, false).await
}

pub async fn posts(
    v: Visit,
    app: App,
    Path(name): Path<String>,
    Query(asked): Query<Asked>,
    headers: HeaderMap,
) -> Result {
    show(v, app, name, asked, headers, true).await
}

async fn show(v: Visit, app: App, name: String, asked: Asked, headers: HeaderMap, shows_posts: bool) -> Result {
    let folded = names::folded(&name);
    if folded.chars().count() > 240 {
        return Err(Error::NotFound);
    }
    let found = app.db.read(|tx| tx.first::<Person>(FOUND, params![&folded])).await?;
    // Whoever was renamed is still found at the old address.
    let Some(person) = found else { return redirects::kept(&v).await };
    let path = if shows_posts { format!("{}/posts", url(&person.name)) } else { url(&person.name) };
    if name != person.name.replace(' ', "_") {
        return Ok(moved(&path));
    }
    let key = format!("u {} {shows_posts} {:?} {:?}", person.id, asked.page, asked.before);
    stored::page(&v, &app, &headers, &key, |tx| html(tx, &v, &person, &path, shows_posts, &asked)).await
}

fn html(tx: &Tx, v: &Visit, person: &Person, path: &str, shows_posts: bool, asked: &Asked) -> Result<String> {
    let slice = Slice::read(asked.page.as_deref(), asked.before.as_deref())?;
    let (sees, staff, id, limit) = (&v.viewer.sees, v.viewer.is_staff(), person.id, PER_PAGE + 1);
    let (mut rows, mut posts) = (Vec::new(), Vec::new());
    let next = if shows_posts {
        posts = tx.all::<Written>(POSTS, params![sees, staff, id, slice.before.id, limit, slice.skip])?;
        let more = posts.len() as i64 > PER_PAGE;
        posts.truncate(PER_PAGE as usize);
        posts.last().filter(|_| more).map(|p| Place { at: p.created_at, id: p.id })
    } else {
        let (at, before) = (slice.before.at, slice.before.id);
        let mut topics: Vec<Topic> = tx.all(TOPICS, params![sees, staff, at, before, id, limit, slice.skip])?;
        let next = lists::next_place(&mut topics, |t| Place { at: t.created_at, id: t.id });
        rows = fill(tx, v, topics)?;
        next
    };
    let topic_count: i64 = tx.one(TOPIC_COUNT, params![sees, staff, id, COUNTED + 1])?;
    let post_count: i64 = tx.one(POST_COUNT, params![sees, staff, id, COUNTED + 1])?;
    let t = &v.t;
    let feed = url(&person.name);
    let head =
        Head::titled(person.name.clone()).canonical(path).describe(&person.bio_raw).feed(feed, person.name.clone());
    let page = Page {
        v,
        head,
        avatar: Avatar::of(id, &person.name, person.picture.as_deref()),
        role: match person.staff {
            Some(ADMINISTRATORS) => t.role_administrator(),
            Some(_) => t.role_moderator(),
            None => String::new(),
        },
        topic_count: if topic_count > COUNTED { t.user_topics_over(COUNTED) } else { t.user_topic_count(topic_count) },
        post_count: if post_count > COUNTED { t.user_posts_over(COUNTED) } else { t.user_post_count(post_count) },
        is_own: v.viewer.is(id),
        is_muted: match v.viewer.id() {
            Some(me) => {
                let sql = "select muted_id from mutes where user_id = $1 and muted_id = $2";
                tx.first::<i64>(sql, params![me, id])?.is_some()
            }
            None => false,
        },
        shows_posts,
        rows,
        posts,
        pager: Pager::of_list(v, path, slice.page, next),
        person,
    };
    Ok(page.render()?)
}
