//! `GET` and `POST /p/{id}/edit`: one's own post or a wiki post, with the version before kept. What others changed while
//! somebody wrote is never overwritten unseen: both changes are merged, or both texts are shown.

use crate::web::extract::Path;
use askama::Template;
use axum::http::StatusCode;
use axum::response::Response;
use stoa_markup::{Profile, RENDERER, Rendered, SafeHtml};

use crate::access;
use crate::app::App;
use crate::db::{Kind, Tx, params};
use crate::may;
use crate::posts::history::{Piece, compare};
use crate::posts::{self, Post, merge, restore, text, write};
use crate::topics::list::Person;
use crate::topics::{TITLE_LONGEST, Topic, reply};
use crate::uploads::{send, uses};
use crate::web::error::{Error, Refusal, Result};
use crate::web::page::{redirect_saying, refused};
use crate::web::routes::Field;
use crate::web::shell::Head;
use crate::web::{FieldErrors, Form, Member, Visit, field, page_with_status};

pub const FIELDS: &[Field] = &[
    field("title", 1000),
    field("raw", posts::FIELD_LIMIT),
    field("tags", 1000),
    field("tags_before", 1000),
    field("reason", 1000),
    field("preview", 5),
    field("version", 20),
    field("seen", 20),
    send::ALT,
    send::ADD,
];
const REASON_LONGEST: usize = 255;
/// How often a change is tried again when others save at the same moment.
pub const TRIES: usize = 5;

#[derive(Template)]
#[template(path = "posts/templates/edit.html")]
struct Page<'a> {
    v: &'a Visit,
    head: Head,
    topic: &'a Topic,
    post: &'a Post,
    typed: &'a Typed,
    version: i64,
    /// Revisions there were when the form was made: another edit since then is noticed.
    seen: i64,
    errors: FieldErrors,
    conflict: Option<Conflict>,
    preview: Option<SafeHtml>,
}

impl Page<'_> {
    fn may_rename(&self) -> bool {
        may::rename(self.v, self.post)
    }
}

/// What stands in the form.
#[derive(Clone, Default)]
struct Typed {
    raw: String,
    title: String,
    tags: String,
    /// The tags that the form was made with, if it says so.
    tags_before: Option<String>,
    reason: String,
}

/// Somebody else changed the same lines.
struct Conflict {
    by: Person,
    at: i64,
    /// What they changed.
    pieces: Vec<Piece>,
    theirs: String,
}

pub async fn form(me: Member, app: App, Path(id): Path<i64>) -> Result {
    let found = app.db.read(|tx| {
        let (topic, post) = access::post(tx, &me, id)?;
        may::edit(&me, &topic, &post)?;
        let draft = reply::draft_at(tx, me.user.id, &format!("edit-{id}"))?;
        Ok((tags_of(tx, &topic)?.join(", "), topic, post, draft))
    });
    let (tags, topic, post, draft) = found.await?;
    let typed = Typed {
        raw: draft.as_ref().map_or_else(|| post.raw.clone(), |d| d.raw.clone()),
        title: topic.title.clone(),
        tags: tags.clone(),
        tags_before: Some(tags),
        reason: String::new(),
    };
    let (version, seen) = draft.map_or((0, None), |d| (d.version, d.seen));
    let page = Page {
        v: &me,
        head: Head::titled(me.t.edit_title(&topic.title)).unlisted(),
        topic: &topic,
        post: &post,
        typed: &typed,
        version,
        // A draft goes on from the text that it was begun with.
        seen: seen.unwrap_or(post.revision_count),
        errors: FieldErrors::default(),
        conflict: None,
        preview: None,
    };
    page_with_status(StatusCode::OK, &page)
}

fn tags_of(tx: &Tx, topic: &Topic) -> Result<Vec<String>> {
    let tags: Vec<(i64, String, i64)> = tx.all(crate::topics::queries::TAGS, params![&[topic.id][..]])?;
    Ok(tags.into_iter().map(|(_, name, _)| name).collect())
}

pub async fn submit(me: Member, app: App, Path(id): Path<i64>, f: Form) -> Result<Response> {
    let (topic, post) = app.db.read(|tx| access::post(tx, &me, id)).await?;
    may::edit(&me, &topic, &post)?;
    let renames = may::rename(&me, &post);
    let mut typed = Typed {
        raw: text::clean(f.raw("raw")).trim().to_owned(),
        title: match renames && f.has("title") {
            true => text::clean(f.text("title")).split_whitespace().collect::<Vec<_>>().join(" "),
            false => topic.title.clone(),
        },
        tags: f.text("tags").to_owned(),
        tags_before: f.has("tags_before").then(|| f.text("tags_before").to_owned()),
        reason: text::clean(f.text("reason")),
    };
    let mut errors = FieldErrors::default();
    let adds_file = send::into_text(&me, &app, &f, &mut typed.raw, &mut errors).await?;
    if !adds_file {
        // Whoever adds a file is not done yet: only what is wrong with the file is told.
        errors = problems(&me, &topic, &typed, renames && f.has("tags"));
    }
    let sent = Sent {
        typed,
        seen: f.number("seen"),
        version: f.number("version").unwrap_or(0),
        title: renames && f.has("title"),
        tags: renames && f.has("tags"),
    };
    if f.has("preview") || adds_file || !errors.is_empty() {
        let is_refused = !f.has("preview") && !errors.is_empty();
        let seen = sent.seen.unwrap_or(post.revision_count);
        return again(&me, &topic, &post, &sent, seen, errors, None, is_refused).await;
    }
    if !me.viewer.is(post.author_id) {
        app.throttle.post(me.user.id)?;
    }
    for _ in 0..TRIES {
        match attempt(&me, &app, id, &sent).await? {
            Attempt::Saved(response) => return Ok(response),
            Attempt::TooLate => {}
        }
    }
    Err(Refusal::Busy.into())
}

/// The form as it was sent.
struct Sent {
    typed: Typed,
    seen: Option<i64>,
    version: i64,
    /// Whether it has these, and whoever sent it may change them.
    title: bool,
    tags: bool,
}

/// What is wrong with what was typed, whatever others did.
fn problems(me: &Member, topic: &Topic, typed: &Typed, has_tags: bool) -> FieldErrors {
    let mut errors = reply::problems(me, &typed.raw);
    let length = typed.title.chars().count();
    if typed.title != topic.title && length == 0 {
        errors.add("title", me.t.topic_title_empty());
    } else if typed.title != topic.title && length > TITLE_LONGEST {
        errors.add("title", me.t.topic_title_too_long(TITLE_LONGEST, length));
    }
    if has_tags {
        let tags = crate::tags::split(&typed.tags);
        if tags.len() > crate::topics::TAGS_MOST {
            errors.add("tags", me.t.topic_tags_too_many(crate::topics::TAGS_MOST));
        } else if let Some(tag) = tags.iter().find(|t| !crate::tags::is_valid(t)) {
            errors.add("tags", me.t.topic_tag_wrong(tag));
        }
    }
    if typed.reason.chars().count() > REASON_LONGEST {
        errors.add("reason", me.t.edit_reason_too_long(REASON_LONGEST));
    }
    errors
}

/// The form once more, with everything that was typed.
#[expect(clippy::too_many_arguments, reason = "a page's parts, each from another place")]
async fn again(
    me: &Member,
    topic: &Topic,
    post: &Post,
    sent: &Sent,
    seen: i64,
    errors: FieldErrors,
    conflict: Option<Conflict>,
    is_refused: bool,
) -> Result<Response> {
    let preview = Some(text::cook_for(me, &sent.typed.raw, Profile::Post).await?.html);
    let head = Head::titled(me.t.edit_title(&topic.title)).unlisted();
    let (typed, version) = (&sent.typed, sent.version);
    let page = Page { v: me, head, topic, post, typed, version, seen, errors, conflict, preview };
    page_with_status(if is_refused { StatusCode::UNPROCESSABLE_ENTITY } else { StatusCode::OK }, &page)
}

enum Attempt {
    Saved(Response),
    /// Somebody else saved in between.
    TooLate,
}

/// What others did since the form was made.
struct Others {
    /// Text and title as they were then.
    base: (String, String),
    by: Person,
    at: i64,
}

/// The changes since a form with so many revisions was made, if there were any.
fn others(tx: &Tx, post: &Post, seen: Option<i64>) -> Result<Option<Others>> {
    let Some(seen) = seen.filter(|seen| (0..post.revision_count).contains(seen)) else { return Ok(None) };
    let Some(base) = restore::version(tx, post, seen)? else { return Ok(None) };
    let (by, at): (i64, i64) = tx.one(
        "select editor_id, created_at from revisions where post_id = $1 and number = $2",
        params![post.id, post.revision_count],
    )?;
    let by = crate::topics::list::people(tx, &[by])?.remove(&by).unwrap_or_default();
    Ok(Some(Others { base, by, at }))
}

async fn attempt(me: &Member, app: &App, id: i64, sent: &Sent) -> Result<Attempt> {
    let found = app.db.read(|tx| {
        let (topic, post) = access::post(tx, me, id)?;
        may::edit(me, &topic, &post)?;
        Ok((tags_of(tx, &topic)?, others(tx, &post, sent.seen)?, topic, post))
    });
    let (tags_now, others, topic, post) = found.await?;
    let typed = &sent.typed;
    let mut raw = typed.raw.clone();
    let mut title = if sent.title { typed.title.clone() } else { topic.title.clone() };
    let mut errors = FieldErrors::default();
    let mut conflict = None;
    if let Some(Others { base, by, at }) = others {
        match merge::texts(&base.0, &typed.raw, &post.raw) {
            Some(merged) => raw = merged,
            None => {
                errors.add("raw", me.t.edit_conflict());
                let pieces = compare(&base.0, &post.raw);
                conflict = Some(Conflict { by, at, pieces, theirs: post.raw.clone() });
            }
        }
        match merge::lines(&base.1, &title, &topic.title) {
            _ if !sent.title => {}
            Some(merged) => title = merged.to_owned(),
            None => errors.add("title", me.t.edit_conflict_title(&topic.title)),
        }
    }
    let is_merged = raw != typed.raw && raw != post.raw;
    if errors.is_empty() && is_merged {
        errors = reply::problems(me, &raw);
    }
    if errors.is_empty()
        && raw != post.raw
        && let Err(Error::Refused(why)) = app.db.read(|tx| crate::polls::put::check(tx, id, &raw, me.now)).await
    {
        errors.add("raw", refused(me, &why));
    }
    let tags = sent.tags.then(|| {
        let mine = crate::tags::split(&typed.tags);
        match &typed.tags_before {
            Some(before) => merge::sets(&crate::tags::split(before), &mine, &tags_now),
            None => mine,
        }
    });
    if tags.as_ref().is_some_and(|tags| tags.len() > crate::topics::TAGS_MOST) {
        errors.add("tags", me.t.topic_tags_too_many(crate::topics::TAGS_MOST));
    }
    if !errors.is_empty() {
        // Whoever has seen both texts decides between them: the next time is not a surprise.
        let seen = if conflict.is_some() { post.revision_count } else { sent.seen.unwrap_or(post.revision_count) };
        return Ok(Attempt::Saved(again(me, &topic, &post, sent, seen, errors, conflict, true).await?));
    }
    let rendered = text::cook_for(me, &raw, Profile::Post).await?;
    let lang = text::language_of(&rendered.text, &post.lang);
    let edit = Edit {
        post_id: id,
        editor_id: me.user.id,
        seen: post.revision_count,
        raw,
        rendered,
        lang,
        title,
        tags,
        reason: typed.reason.clone(),
        at: me.now,
    };
    Ok(match save(me, app, edit).await? {
        Some(place) => Attempt::Saved(redirect_saying(me, &place, if is_merged { "merged" } else { "edited" })),
        None => Attempt::TooLate,
    })
}

/// A change of a post's text and, for a first post, of its topic's title and tags.
#[derive(Clone)]
pub struct Edit {
    pub post_id: i64,
    pub editor_id: i64,
    /// Revisions of the post that the change was made from.
    pub seen: i64,
    pub raw: String,
    pub rendered: Rendered,
    pub lang: String,
    pub title: String,
    pub tags: Option<Vec<String>>,
    pub reason: String,
    pub at: i64,
}

/// Saves a change and tells where the post stands; `None` when somebody else saved first.
pub async fn save(me: &Member, app: &App, edit: Edit) -> Result<Option<String>> {
    let member = me.clone();
    let done = app.db.write(move |tx| {
        let (topic, post) = access::post(tx, &member, edit.post_id)?;
        may::edit(&member, &topic, &post)?;
        // Of two who arrive at once, the second waits here and then finds another number.
        let held = tx.exec(
            "update posts set revision_count = revision_count where id = $1 and revision_count = $2",
            params![post.id, edit.seen],
        )?;
        if held == 0 {
            return Ok(None);
        }
        tx.exec(
            "delete from drafts where user_id = $1 and place = $2",
            params![member.user.id, format!("edit-{}", post.id)],
        )?;
        let slug = apply(tx, &topic, &post, &edit)?.unwrap_or(topic.slug);
        Ok(Some(crate::topics::post_url(&slug, topic.id, post.number)))
    });
    done.await
}

/// Keeps the version before and puts the new one in its place. Returns the topic's slug when it was renamed.
fn apply(tx: &Tx, topic: &Topic, post: &Post, edit: &Edit) -> Result<Option<String>> {
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
