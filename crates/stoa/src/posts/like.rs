//! `POST /p/{id}/like` and `/unlike`: once per person, taken back as easily; `GET /p/{id}/likes`: whose they are.

use crate::web::extract::Path;
use askama::Template;
use axum::response::Response;

use crate::access;
use crate::app::App;
use crate::db::{Kind, Tx, params};
use crate::may;
use crate::posts::Post;
use crate::topics::Topic;
use crate::topics::list::Person;
use crate::users::avatar::Avatar;
use crate::web::error::Result;
use crate::web::page::{page as show, redirect};
use crate::web::shell::Head;
use crate::web::{Member, Visit};

pub async fn submit(me: Member, app: App, Path(id): Path<i64>) -> Result<Response> {
    turn(me, app, id, true).await
}

pub async fn undo(me: Member, app: App, Path(id): Path<i64>) -> Result<Response> {
    turn(me, app, id, false).await
}

async fn turn(me: Member, app: App, id: i64, on: bool) -> Result<Response> {
    let place = app.db.write(move |tx| {
        let (topic, post) = access::post(tx, &me, id)?;
        may::like(&me, &topic, &post)?;
        set(tx, &topic, &post, me.user.id, on, me.now)?;
        Ok(topic.url_of(post.number))
    });
    Ok(redirect(&place.await?))
}

/// Sets or takes back a like, with every count; doing it twice does it once.
pub fn set(tx: &Tx, topic: &Topic, post: &Post, user: i64, on: bool, now: i64) -> Result<()> {
    let changed = if on {
        tx.exec(
            "insert into likes (post_id, user_id, created_at) values ($1, $2, $3) on conflict do nothing",
            params![post.id, user, now],
        )?
    } else {
        tx.exec("delete from likes where post_id = $1 and user_id = $2", params![post.id, user])?
    };
    if changed == 0 {
        return Ok(());
    }
    let step = if on { 1 } else { -1 };
    tx.exec("update posts set like_count = like_count + $2 where id = $1", params![post.id, step])?;
    tx.exec(
        "update topics set like_count = like_count + $2, version = version + 1 where id = $1",
        params![topic.id, step],
    )?;
    tx.exec("update users set likes_given_count = likes_given_count + $2 where id = $1", params![user, step])?;
    tx.exec(
        "update users set likes_received_count = likes_received_count + $2 where id = $1",
        params![post.author_id, step],
    )?;
    tx.changed(Kind::PostLiked, post.id);
    Ok(())
}

#[derive(Template)]
#[template(path = "posts/templates/likes.html")]
struct Page<'a> {
    v: &'a Visit,
    head: Head,
    topic: &'a Topic,
    post: &'a Post,
    people: Vec<Person>,
    /// Likes that came with an import, without names.
    others: i64,
}

/// Names shown.
const MOST: i64 = 200;

pub async fn page(v: Visit, app: App, Path(id): Path<i64>) -> Result {
    let found = app.db.read(|tx| {
        let (topic, post) = access::post(tx, &v, id)?;
        let people: Vec<(i64, String, Option<String>)> = tx.all(
            "select u.id, u.name, f.sha256 from likes l join users u on u.id = l.user_id
                left join uploads f on f.id = u.avatar_upload_id
             where l.post_id = $1 order by l.created_at, u.id limit $2",
            params![id, MOST],
        )?;
        Ok((topic, post, people))
    });
    let (topic, post, people) = found.await?;
    let people: Vec<Person> = people
        .into_iter()
        .map(|(id, name, picture)| Person { avatar: Avatar::of(id, &name, picture.as_deref()), name })
        .collect();
    let others = (post.like_count - people.len() as i64).max(0);
    show(&Page { v: &v, head: Head::titled(v.t.likes_title()).unlisted(), topic: &topic, post: &post, people, others })
}
