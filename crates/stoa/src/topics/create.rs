//! `GET` and `POST /new-topic`: a title, a text, one category and any tags.

use crate::web::extract::Query;
use askama::Template;
use axum::http::StatusCode;
use axum::response::Response;
use serde::Deserialize;
use stoa_markup::{Profile, Rendered, SafeHtml};

use crate::access;
use crate::app::App;
use crate::binding;
use crate::db::{Kind, Tx, params};
use crate::follow::raise;
use crate::may;
use crate::messages::MESSAGE;
use crate::posts::write::{self, NewPost};
use crate::posts::{self, Post, text};
use crate::site::{Category, Level, MESSAGES};
use crate::suggest;
use crate::topics::{TAGS_MOST, TITLE_LONGEST, Topic, continued, reply};
use crate::uploads::send;
use crate::web::error::Result;
use crate::web::page::{Fragment, redirect, redirect_saying};
use crate::web::routes::Field;
use crate::web::shell::Head;
use crate::web::{Error, FieldErrors, Form, Member, Visit, field, page_with_status};

/// `from` is the id of a post that the new topic goes on from.
/// `wiki` and `page` are a wiki page that it will be about.
pub const QUERY: &[Field] = &[
    field("category", 20),
    field("title", 255),
    field("tags", 500),
    field("from", 20),
    field("wiki", 40),
    field("page", 300),
];
pub const FIELDS: &[Field] = &[
    field("title", 1000),
    field("raw", posts::FIELD_LIMIT),
    field("category", 100),
    field("tags", 1000),
    field("lang", 35),
    field("from", 20),
    field("preview", 5),
    field("version", 20),
    binding::page::PAGES,
    send::ALT,
    send::ADD,
];
pub const PLACE: &str = "new-topic";

#[derive(Template)]
#[template(path = "topics/templates/create.html")]
struct Page<'a> {
    v: &'a Visit,
    head: Head,
    title: String,
    raw: String,
    tags: String,
    category: Option<i64>,
    version: i64,
    categories: Vec<&'a Category>,
    from: Option<From>,
    /// Where the draft is kept.
    place: String,
    errors: FieldErrors,
    preview: Option<SafeHtml>,
    /// Topics that may be about the same.
    similar: Fragment,
    /// Wiki pages that it is about, one on a line.
    pages: String,
}

/// The post that a topic goes on from.
#[derive(Clone)]
struct From {
    post: i64,
    number: i64,
    topic: Topic,
}

/// The place of the draft of a topic that goes on from a post.
pub const CONTINUED: &str = "continue-";

fn place(from: Option<&From>) -> String {
    from.map_or_else(|| PLACE.to_owned(), |from| format!("{CONTINUED}{}", from.post))
}

/// The post with this id, if one names it: one that cannot be read is not found.
fn continues(tx: &Tx, v: &Visit, post: Option<i64>) -> Result<Option<(From, Post)>> {
    let Some(id) = post else { return Ok(None) };
    let (topic, post) = access::post(tx, v, id)?;
    if post.kind != 0 { Err(Error::NotFound) } else { Ok(Some((From { post: id, number: post.number, topic }, post))) }
}

impl Page<'_> {
    fn is_chosen(&self, id: &i64) -> bool {
        self.category == Some(*id)
    }
}

#[derive(Deserialize)]
pub struct Asked {
    category: Option<i64>,
    title: Option<String>,
    tags: Option<String>,
    from: Option<i64>,
    wiki: Option<String>,
    page: Option<String>,
}

pub async fn form(me: Member, app: App, Query(asked): Query<Asked>) -> Result {
    let found = app.db.read(|tx| {
        let from = continues(tx, &me, asked.from)?;
        let draft = reply::draft_at(tx, me.user.id, &place(from.as_ref().map(|(from, _)| from)))?;
        let quoted = match (&from, &draft) {
            (Some((from, post)), None) => {
                let name: String = tx.one("select name from users where id = $1", params![post.author_id])?;
                stoa_markup::quote_block(&name, from.number, from.topic.id, &post.raw) + "\n\n"
            }
            _ => String::new(),
        };
        Ok((from.map(|(from, _)| from), draft, quoted))
    });
    let (from, draft, quoted) = found.await?;
    let room = from.as_ref().map(|from| from.topic.category_id).filter(|id| me.level(*id) >= Level::Create);
    let draft = draft.unwrap_or_else(|| reply::Draft { raw: quoted, category_id: room, ..Default::default() });
    let fields = Fields {
        title: asked.title.filter(|t| !t.is_empty()).unwrap_or(draft.title),
        raw: draft.raw,
        tags: asked.tags.filter(|t| !t.is_empty()).unwrap_or(draft.tags),
        category: asked.category.or(draft.category_id),
        version: draft.version,
        from,
        pages: binding::named::line(&me.site.wikis, asked.wiki.as_deref(), asked.page.as_deref()),
    };
    let similar = suggest::topics::list(&me, &app, &fields.title).await?;
    show(&me, fields, FieldErrors::default(), None, similar, StatusCode::OK)
}

struct Fields {
    title: String,
    raw: String,
    tags: String,
    category: Option<i64>,
    version: i64,
    from: Option<From>,
    pages: String,
}

fn show(
    v: &Visit,
    f: Fields,
    errors: FieldErrors,
    preview: Option<SafeHtml>,
    similar: Fragment,
    status: StatusCode,
) -> Result {
    let categories: Vec<&Category> = v.site.categories.iter().filter(|c| v.level(c.id) >= Level::Create).collect();
    let page = Page {
        v,
        head: Head::titled(v.t.new_topic_title()).unlisted(),
        title: f.title,
        raw: f.raw,
        tags: f.tags,
        category: f.category,
        version: f.version,
        categories,
        place: place(f.from.as_ref()),
        from: f.from,
        errors,
        preview,
        similar,
        pages: f.pages,
    };
    page_with_status(status, &page)
}

pub async fn submit(me: Member, app: App, f: Form) -> Result<Response> {
    let mut raw = text::clean(f.raw("raw")).trim().to_owned();
    let mut wrong_file = FieldErrors::default();
    let adds_file = send::into_text(&me, &app, &f, &mut raw, &mut wrong_file).await?;
    let from = app.db.read(|tx| continues(tx, &me, f.number("from"))).await?.map(|(from, _)| from);
    let title = text::clean(f.text("title")).split_whitespace().collect::<Vec<_>>().join(" ");
    let chosen = f.text("category");
    // Programs may name a category by its slug.
    let category = chosen.parse().ok().or_else(|| me.site.category_by_slug(chosen).map(|c| c.id));
    let category = category.filter(|id| me.level(*id) >= Level::See);
    let tags = crate::tags::split(f.text("tags"));
    let mut errors = reply::problems(&me, &raw);
    let length = title.chars().count();
    if length == 0 {
        errors.add("title", me.t.topic_title_empty());
    } else if length > TITLE_LONGEST {
        errors.add("title", me.t.topic_title_too_long(TITLE_LONGEST, length));
    }
    match category {
        None => errors.add("category", me.t.topic_category_missing()),
        Some(id) if me.level(id) < Level::Create => errors.add("category", me.t.topic_category_not_yours()),
        Some(_) => {}
    }
    if tags.len() > TAGS_MOST {
        errors.add("tags", me.t.topic_tags_too_many(TAGS_MOST));
    } else if let Some(tag) = tags.iter().find(|t| !crate::tags::is_valid(t)) {
        errors.add("tags", me.t.topic_tag_wrong(tag));
    }
    let pages = binding::page::read(&me, &f, &mut errors);
    if adds_file {
        // Whoever adds a file is not done yet: only what is wrong with the file is told.
        errors = wrong_file;
    }
    if f.has("preview") || adds_file || !errors.is_empty() {
        let preview = text::cook_for(&me, &raw, Profile::Post).await?.html;
        let status =
            if f.has("preview") || errors.is_empty() { StatusCode::OK } else { StatusCode::UNPROCESSABLE_ENTITY };
        let version = f.number("version").unwrap_or(0);
        let (tags, pages) = (f.text("tags").to_owned(), f.raw("pages").to_owned());
        let fields = Fields { title, raw, tags, category, version, from, pages };
        let similar = suggest::topics::list(&me, &app, &fields.title).await?;
        return show(&me, fields, errors, Some(preview), similar, status);
    }
    let category = category.unwrap_or_default();
    may::create_in(&me, category)?;
    let once = f.once().map(str::to_owned);
    let (user, now) = (me.user.id, me.now);
    if let Some(place) = app.db.read(|tx| write::done_before(tx, user, once.as_deref())).await? {
        return Ok(redirect(&place));
    }
    app.throttle.post(user)?;
    let rendered = text::cook_for(&me, &raw, Profile::Post).await?;
    let own = Some(me.user.lang.as_str()).filter(|l| !l.is_empty());
    let given = me.site.category(category).map(|c| c.lang.as_str()).filter(|l| !l.is_empty()).or(own);
    let lang = text::language_of(&format!("{title}. {}", rendered.text), given.unwrap_or(me.site.setting("language")));
    let new = NewTopic { category_id: category, author_id: user, title, raw, rendered, lang, tags, at: now };
    let site = me.site.clone();
    let (member, draft_place, from) = (me.clone(), place(from.as_ref()), from.map(|from| from.post));
    let place = app.db.write(move |tx| {
        if let Some(place) = write::done_before(tx, user, once.as_deref())? {
            return Ok(place);
        }
        continues(tx, &member, from)?;
        let (id, slug) = add(tx, &new)?;
        if let Some(post) = from {
            continued::remember(tx, id, post)?;
        }
        binding::page::put(tx, id, &pages, user, now)?;
        raise::started(tx, &site, raise::Place { user, topic: id, category: new.category_id, now })?;
        tx.exec("delete from drafts where user_id = $1 and place = $2", params![user, &draft_place])?;
        let place = crate::topics::url(&slug, id);
        write::done_now(tx, user, once.as_deref(), &place, now)?;
        Ok(place)
    });
    Ok(redirect_saying(&me, &place.await?, "topic-created"))
}

/// A topic to be, with its first post.
#[derive(Clone)]
pub struct NewTopic {
    pub category_id: i64,
    pub author_id: i64,
    pub title: String,
    pub raw: String,
    pub rendered: Rendered,
    pub lang: String,
    pub tags: Vec<String>,
    pub at: i64,
}

const INSERT: &str = "insert into topics
    (category_id, title, slug, excerpt, author_id, lang, created_at, bumped_at, last_post_at, last_poster_id, kind)
    values ($1, $2, $3, $4, $5, $6, $7, $7, $7, $5, $8) returning id";

/// Adds a topic and its first post; returns its id and slug.
pub fn add(tx: &Tx, new: &NewTopic) -> Result<(i64, String)> {
    let slug = stoa_markup::slug(&new.title);
    let excerpt = stoa_markup::excerpt(&new.rendered.text, 300);
    let is_message = new.category_id == MESSAGES;
    let kind = if is_message { MESSAGE } else { 0 };
    let id: i64 =
        tx.one(INSERT, params![new.category_id, &new.title, &slug, &excerpt, new.author_id, &new.lang, new.at, kind])?;
    crate::tags::put(tx, id, &new.tags)?;
    if !is_message {
        tx.exec("update users set topic_count = topic_count + 1 where id = $1", params![new.author_id])?;
    }
    tx.exec("update categories set topic_count = topic_count + 1 where id = $1", params![new.category_id])?;
    tx.changed(Kind::TopicCreated, id);
    let post = NewPost {
        topic_id: id,
        author_id: new.author_id,
        raw: new.raw.clone(),
        rendered: new.rendered.clone(),
        lang: new.lang.clone(),
        in_reply_to: None,
        at: new.at,
    };
    write::add(tx, &post)?;
    Ok((id, slug))
}
