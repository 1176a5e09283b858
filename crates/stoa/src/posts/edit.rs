//! `GET` and `POST /p/{id}/edit`: one's own post, with the version before kept.

use crate::web::extract::Path;
use askama::Template;
use axum::http::StatusCode;
use axum::response::Response;
use stoa_markup::{Profile, RENDERER, Rendered, SafeHtml};

use crate::access;
use crate::app::App;
use crate::db::{Kind, Tx, params};
use crate::may;
use crate::posts::{self, Post, text, write};
use crate::topics::{TITLE_LONGEST, Topic, reply};
use crate::uploads::{send, uses};
use crate::web::error::{Error, Result};
use crate::web::page::{redirect_saying, refused};
use crate::web::routes::Field;
use crate::web::shell::Head;
use crate::web::{FieldErrors, Form, Member, Visit, field, page_with_status};

pub const FIELDS: &[Field] = &[
    field("title", 1000),
    field("raw", posts::FIELD_LIMIT),
    field("tags", 1000),
    field("reason", 1000),
    field("preview", 5),
    field("version", 20),
    field("seen", 20),
    send::ALT,
    send::ADD,
];
const REASON_LONGEST: usize = 255;

#[derive(Template)]
#[template(path = "posts/templates/edit.html")]
struct Page<'a> {
    v: &'a Visit,
    head: Head,
    topic: &'a Topic,
    post: &'a Post,
    title: String,
    tags: String,
    raw: String,
    reason: String,
    version: i64,
    /// Revisions there were when the form was made: another edit since then is noticed.
    seen: i64,
    errors: FieldErrors,
    preview: Option<SafeHtml>,
}

pub async fn form(me: Member, app: App, Path(id): Path<i64>) -> Result {
    let found = app.db.read(|tx| {
        let (topic, post) = access::post(tx, &me, id)?;
        may::edit(&me, &topic, &post)?;
        let draft = reply::draft_at(tx, me.user.id, &format!("edit-{id}"))?;
        let tags: Vec<(i64, String)> = tx.all(crate::topics::queries::TAGS, params![&[topic.id][..]])?;
        Ok((topic, post, draft, tags))
    });
    let (topic, post, draft, tags) = found.await?;
    let page = Page {
        v: &me,
        head: Head::titled(me.t.edit_title(&topic.title)).unlisted(),
        title: topic.title.clone(),
        tags: tags.into_iter().map(|(_, name)| name).collect::<Vec<_>>().join(", "),
        raw: draft.as_ref().map_or_else(|| post.raw.clone(), |d| d.raw.clone()),
        reason: String::new(),
        version: draft.map_or(0, |d| d.version),
        seen: post.revision_count,
        errors: FieldErrors::default(),
        preview: None,
        topic: &topic,
        post: &post,
    };
    page_with_status(StatusCode::OK, &page)
}

pub async fn submit(me: Member, app: App, Path(id): Path<i64>, f: Form) -> Result<Response> {
    let (topic, post) = app.db.read(|tx| access::post(tx, &me, id)).await?;
    may::edit(&me, &topic, &post)?;
    let mut raw = text::clean(f.raw("raw")).trim().to_owned();
    let is_first = post.number == 1;
    let title = if is_first && f.has("title") {
        text::clean(f.text("title")).split_whitespace().collect::<Vec<_>>().join(" ")
    } else {
        topic.title.clone()
    };
    let tags = (is_first && f.has("tags")).then(|| crate::tags::split(f.text("tags")));
    let reason = text::clean(f.text("reason"));
    let mut wrong_file = FieldErrors::default();
    let adds_file = send::into_text(&me, &app, &f, &mut raw, &mut wrong_file).await?;
    let mut errors = reply::problems(&me, &raw);
    let length = title.chars().count();
    if title != topic.title && length == 0 {
        errors.add("title", me.t.topic_title_empty());
    } else if title != topic.title && length > TITLE_LONGEST {
        errors.add("title", me.t.topic_title_too_long(TITLE_LONGEST, length));
    }
    if let Some(tags) = &tags {
        if tags.len() > crate::topics::TAGS_MOST {
            errors.add("tags", me.t.topic_tags_too_many(crate::topics::TAGS_MOST));
        } else if let Some(tag) = tags.iter().find(|t| !crate::tags::is_valid(t)) {
            errors.add("tags", me.t.topic_tag_wrong(tag));
        }
    }
    if reason.chars().count() > REASON_LONGEST {
        errors.add("reason", me.t.edit_reason_too_long(REASON_LONGEST));
    }
    if adds_file {
        // Whoever adds a file is not done yet: only what is wrong with the file is told.
        errors = wrong_file;
    }
    if f.number("seen").is_some_and(|seen| seen != post.revision_count) && raw != post.raw {
        errors.add("raw", me.t.edit_conflict());
    }
    if errors.is_empty()
        && raw != post.raw
        && let Err(Error::Refused(why)) = app.db.read(|tx| crate::polls::put::check(tx, id, &raw, me.now)).await
    {
        errors.add("raw", refused(&me, &why));
    }
    if f.has("preview") || adds_file || !errors.is_empty() {
        let preview = Some(text::cook_for(&me, &raw, Profile::Post).await?.html);
        let status =
            if f.has("preview") || errors.is_empty() { StatusCode::OK } else { StatusCode::UNPROCESSABLE_ENTITY };
        let head = Head::titled(me.t.edit_title(&topic.title)).unlisted();
        let (version, seen) = (f.number("version").unwrap_or(0), post.revision_count);
        let tags = f.text("tags").to_owned();
        return page_with_status(
            status,
            &Page {
                v: &me,
                head,
                title,
                tags,
                raw,
                reason,
                version,
                seen,
                errors,
                preview,
                topic: &topic,
                post: &post,
            },
        );
    }
    let rendered = text::cook_for(&me, &raw, Profile::Post).await?;
    let lang = text::language_of(&rendered.text, &post.lang);
    let edit = Edit { post_id: id, editor_id: me.user.id, raw, rendered, lang, title, tags, reason, at: me.now };
    let (member, place) = (me.clone(), topic.url_of(post.number));
    let slug = app.db.write(move |tx| {
        let (topic, post) = access::post(tx, &member, id)?;
        may::edit(&member, &topic, &post)?;
        tx.exec("delete from drafts where user_id = $1 and place = $2", params![member.user.id, format!("edit-{id}")])?;
        apply(tx, &topic, &post, &edit)
    });
    let place = match slug.await? {
        Some(slug) => crate::topics::post_url(&slug, topic.id, post.number),
        None => place,
    };
    Ok(redirect_saying(&me, &place, "edited"))
}

/// A change of a post's text and, for a first post, of its topic's title and tags.
pub struct Edit {
    pub post_id: i64,
    pub editor_id: i64,
    pub raw: String,
    pub rendered: Rendered,
    pub lang: String,
    pub title: String,
    pub tags: Option<Vec<String>>,
    pub reason: String,
    pub at: i64,
}

/// Keeps the version before and puts the new one in its place. Returns the topic's slug when it was renamed.
pub fn apply(tx: &Tx, topic: &Topic, post: &Post, edit: &Edit) -> Result<Option<String>> {
    let renamed = post.number == 1 && edit.title != topic.title;
    if edit.raw != post.raw || renamed {
        let number: i64 = tx.one(
            "update posts set raw = $2, html = $3, renderer = $4, lang = $5, edited_at = $6,
                revision_count = revision_count + 1 where id = $1 returning revision_count",
            params![post.id, &edit.raw, &edit.rendered.html, RENDERER, &edit.lang, edit.at],
        )?;
        let before = if post.number == 1 { topic.title.as_str() } else { "" };
        tx.exec(
            "insert into revisions (post_id, number, editor_id, title, raw, reason, created_at)
             values ($1, $2, $3, $4, $5, $6, $7)",
            params![post.id, number, edit.editor_id, before, &post.raw, &edit.reason, edit.at],
        )?;
        write::forget_quotes(tx, post.id)?;
        write::remember_quotes(tx, post.id, &edit.rendered.quotes)?;
        crate::polls::put::put(tx, post.id, &edit.rendered.polls, edit.at, edit.at)?;
        uses::remember(tx, post.id, &edit.rendered.uploads)?;
        tx.changed(Kind::PostEdited, post.id);
    }
    let mut slug = None;
    if post.number == 1 {
        let excerpt = stoa_markup::excerpt(&edit.rendered.text, 300);
        let new = if renamed { stoa_markup::slug(&edit.title) } else { topic.slug.clone() };
        tx.exec(
            "update topics set title = $2, slug = $3, excerpt = $4, lang = $5 where id = $1",
            params![topic.id, &edit.title, &new, &excerpt, &edit.lang],
        )?;
        if let Some(tags) = &edit.tags {
            crate::tags::put(tx, topic.id, tags)?;
        }
        tx.changed(Kind::TopicEdited, topic.id);
        slug = renamed.then_some(new);
    }
    tx.exec("update topics set version = version + 1 where id = $1", params![topic.id])?;
    Ok(slug)
}
