//! `GET` and `POST /p/{id}/delete`: one's own post; that something stood there stays visible.

use crate::web::extract::Path;
use askama::Template;
use axum::response::Response;

use crate::access;
use crate::app::App;
use crate::db::{Kind, Tx, params};
use crate::may;
use crate::posts::Post;
use crate::topics::Topic;
use crate::web::error::Result;
use crate::web::page::{page, redirect_saying};
use crate::web::shell::Head;
use crate::web::{Member, Visit};

#[derive(Template)]
#[template(path = "posts/templates/delete.html")]
struct Page<'a> {
    v: &'a Visit,
    head: Head,
    topic: &'a Topic,
    post: &'a Post,
}

pub async fn form(me: Member, app: App, Path(id): Path<i64>) -> Result {
    let (topic, post) = app.db.read(|tx| access::post(tx, &me, id)).await?;
    may::delete(&me, &topic, &post)?;
    page(&Page { v: &me, head: Head::titled(me.t.delete_title()).unlisted(), topic: &topic, post: &post })
}

pub async fn submit(me: Member, app: App, Path(id): Path<i64>) -> Result<Response> {
    let member = me.clone();
    let place = app.db.write(move |tx| {
        let (topic, post) = access::post(tx, &member, id)?;
        may::delete(&member, &topic, &post)?;
        take(tx, &topic, &post, member.user.id, member.now)?;
        Ok(if post.number == 1 {
            let none = if topic.is_message() { "/messages" } else { "/" };
            member.site.category(topic.category_id).map_or_else(|| none.to_owned(), |c| c.url())
        } else {
            topic.url_of(post.number)
        })
    });
    Ok(redirect_saying(&me, &place.await?, "deleted"))
}

/// Takes a post away, and its topic with it when it was the only one; every count follows.
pub fn take(tx: &Tx, topic: &Topic, post: &Post, by: i64, now: i64) -> Result<()> {
    tx.exec("update posts set deleted_at = $2, deleted_by = $3 where id = $1", params![post.id, now, by])?;
    tx.exec("update topics set post_count = post_count - 1, version = version + 1 where id = $1", params![topic.id])?;
    let counted = i64::from(!topic.is_message());
    tx.exec("update users set post_count = post_count - $2 where id = $1", params![post.author_id, counted])?;
    tx.exec("update categories set post_count = post_count - 1 where id = $1", params![topic.category_id])?;
    tx.changed(Kind::PostDeleted, post.id);
    if post.number == 1 {
        tx.exec("update topics set deleted_at = $2, deleted_by = $3 where id = $1", params![topic.id, now, by])?;
        tx.exec("update users set topic_count = topic_count - $2 where id = $1", params![topic.author_id, counted])?;
        tx.exec("update categories set topic_count = topic_count - 1 where id = $1", params![topic.category_id])?;
        tx.exec(
            "update tags set topic_count = topic_count - 1
             where id in (select tag_id from topic_tags where topic_id = $1)",
            params![topic.id],
        )?;
        tx.changed(Kind::TopicDeleted, topic.id);
    } else if topic.last_post_at == post.created_at {
        // The last word now belongs to whoever spoke before.
        tx.exec(
            "update topics set (last_post_at, last_poster_id) = (
                select p.created_at, p.author_id from posts p
                where p.topic_id = $1 and p.deleted_at is null order by p.number desc limit 1)
             where id = $1",
            params![topic.id],
        )?;
    }
    Ok(())
}
