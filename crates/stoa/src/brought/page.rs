//! `GET` and `POST /bring`: a talk page's discussions, and one of them becomes a topic.

use askama::Template;
use axum::http::StatusCode;
use axum::response::Response;
use serde::Deserialize;
use stoa_markup::{Profile, Rendered};

use super::body;
use super::keep::{self, Here, Ready};
use super::talk::{self, MOST, Section, Trouble};
use crate::app::App;
use crate::binding::named::{self, Page};
use crate::may;
use crate::posts::text::{self, Names};
use crate::posts::{LONGEST, write};
use crate::site::{Category, Level};
use crate::topics::{TAGS_MOST, TITLE_LONGEST};
use crate::web::error::{Error, Result};
use crate::web::extract::Query;
use crate::web::page::{redirect, redirect_saying};
use crate::web::routes::Field;
use crate::web::shell::Head;
use crate::web::{FieldErrors, Form, Member, Visit, field, page_with_status};
use crate::wikis::{Wiki, standing};

pub const QUERY: &[Field] = &[field("page", 300)];
pub const FIELDS: &[Field] = &[field("page", 300), field("section", 500), field("category", 20), field("tags", 1000)];

#[derive(Deserialize)]
pub struct Asked {
    page: Option<String>,
}

/// A discussion to choose.
struct Choice {
    id: String,
    title: String,
    /// How many comments, by how many people.
    comments: usize,
    people: usize,
    /// UTC microseconds of the first and the last comment.
    from: i64,
    to: i64,
    /// The topic that it is already: address, and how many comments are new.
    here: Option<(String, usize)>,
}

impl Choice {
    fn of(section: &Section, page: &str, here: Option<Here>) -> Choice {
        let times = || section.comments.iter().map(|c| c.at);
        let new = |here: &Here| section.comments.iter().filter(|c| !here.numbers.contains_key(&c.id)).count();
        Choice {
            id: section.id.clone(),
            title: title(section, page),
            comments: section.comments.len(),
            people: section.authors().len(),
            from: times().min().unwrap_or(0),
            to: times().max().unwrap_or(0),
            here: here.map(|here| (here.topic.url(), new(&here))),
        }
    }

    /// Whether there is anything to bring.
    fn is_open(&self) -> bool {
        self.here.as_ref().is_none_or(|(_, new)| *new > 0)
    }
}

#[derive(Template)]
#[template(path = "brought/templates/bring.html")]
struct BringPage<'a> {
    v: &'a Visit,
    head: Head,
    page: String,
    wiki: Option<&'a Wiki>,
    choices: Vec<Choice>,
    chosen: String,
    categories: Vec<&'a Category>,
    category: Option<i64>,
    tags: String,
    errors: FieldErrors,
}

impl BringPage<'_> {
    fn is_chosen(&self, id: &i64) -> bool {
        self.category == Some(*id)
    }
}

/// What somebody typed, and what is wrong with it.
#[derive(Default)]
struct Typed {
    page: String,
    section: String,
    category: Option<i64>,
    tags: String,
    errors: FieldErrors,
}

pub async fn form(me: Member, app: App, Query(asked): Query<Asked>) -> Result {
    let mut typed = Typed { page: asked.page.unwrap_or_default(), ..Typed::default() };
    if typed.page.trim().is_empty() {
        return show(&me, typed, None, Vec::new());
    }
    let found = look(&me, &app, &mut typed).await?;
    choose(&me, &app, typed, found).await
}

/// The page that was named and its discussions; why not is told beside the field.
async fn look(me: &Member, app: &App, typed: &mut Typed) -> Result<Option<(Page, Vec<Section>)>> {
    let page = match named::read(&me.site.wikis, &typed.page).into_iter().next() {
        Some(Ok(page)) => page,
        Some(Err(line)) => {
            typed.errors.add("page", me.t.pages_unknown(line.as_str()));
            return Ok(None);
        }
        None => {
            typed.errors.add("page", me.t.bring_page_empty());
            return Ok(None);
        }
    };
    app.throttle.wiki(me.user.id)?;
    let wiki = wiki_of(me, page.wiki_id)?;
    match talk::ask(app, wiki, &page.title).await {
        Ok(sections) => {
            let signed: Vec<Section> = sections.into_iter().filter(|s| !s.comments.is_empty()).collect();
            if signed.is_empty() {
                typed.errors.add("page", me.t.bring_nothing());
                return Ok(None);
            }
            Ok(Some((page, signed)))
        }
        Err(why) => {
            let why = match why {
                Trouble::Missing => me.t.bring_missing(),
                Trouble::NoTools => me.t.bring_no_tools(wiki.title.as_str()),
                Trouble::NoAnswer => me.t.bring_no_answer(wiki.title.as_str()),
            };
            typed.errors.add("page", why);
            Ok(None)
        }
    }
}

fn wiki_of(v: &Visit, id: i64) -> Result<&Wiki> {
    v.site.wikis.iter().find(|w| w.id == id).ok_or(Error::NotFound)
}

/// The title of a topic: the heading, or the page's name above the first heading.
fn title(section: &Section, page: &str) -> String {
    let title = if section.title.is_empty() { page } else { &section.title };
    title.chars().take(TITLE_LONGEST).collect()
}

async fn choose(me: &Member, app: &App, typed: Typed, found: Option<(Page, Vec<Section>)>) -> Result {
    let Some((page, sections)) = found else { return show(me, typed, None, Vec::new()) };
    let choices = app.db.read(|tx| {
        let choice = |s: &Section| Ok(Choice::of(s, &page.title, keep::here(tx, me, page.wiki_id, s)?));
        sections.iter().map(choice).collect::<Result<Vec<Choice>>>()
    });
    show(me, typed, Some(page.wiki_id), choices.await?)
}

fn show(v: &Visit, typed: Typed, wiki: Option<i64>, choices: Vec<Choice>) -> Result {
    let status = if typed.errors.is_empty() { StatusCode::OK } else { StatusCode::UNPROCESSABLE_ENTITY };
    let page = BringPage {
        v,
        head: Head::titled(v.t.bring_title()).unlisted(),
        page: typed.page,
        wiki: wiki.and_then(|id| wiki_of(v, id).ok()),
        choices,
        chosen: typed.section,
        categories: v.site.categories.iter().filter(|c| v.level(c.id) >= Level::Create).collect(),
        category: typed.category,
        tags: typed.tags,
        errors: typed.errors,
    };
    page_with_status(status, &page)
}

pub async fn submit(me: Member, app: App, f: Form) -> Result<Response> {
    let (user, now, once) = (me.user.id, me.now, f.once().map(str::to_owned));
    if let Some(place) = app.db.read(|tx| write::done_before(tx, user, once.as_deref())).await? {
        return Ok(redirect(&place));
    }
    let mut typed = Typed {
        page: f.raw("page").to_owned(),
        section: f.text("section").to_owned(),
        category: f.number("category"),
        tags: f.text("tags").to_owned(),
        errors: FieldErrors::default(),
    };
    let Some((page, sections)) = look(&me, &app, &mut typed).await? else {
        return show(&me, typed, None, Vec::new());
    };
    let tags = crate::tags::split(&typed.tags);
    let chosen = sections.iter().find(|s| s.id == typed.section).cloned();
    match &chosen {
        None => typed.errors.add("section", me.t.bring_choose()),
        Some(section) if section.comments.len() > MOST => typed.errors.add("section", me.t.bring_too_long(MOST)),
        Some(_) => {}
    }
    if typed.category.is_none_or(|id| me.level(id) < Level::Create) {
        typed.errors.add("category", me.t.topic_category_missing());
    }
    if tags.len() > TAGS_MOST {
        typed.errors.add("tags", me.t.topic_tags_too_many(TAGS_MOST));
    } else if let Some(tag) = tags.iter().find(|t| !crate::tags::is_valid(t)) {
        typed.errors.add("tags", me.t.topic_tag_wrong(tag));
    }
    let (Some(section), Some(category), true) = (chosen, typed.category, typed.errors.is_empty()) else {
        return choose(&me, &app, typed, Some((page, sections))).await;
    };
    may::create_in(&me, category)?;
    let wiki = wiki_of(&me, page.wiki_id)?.clone();
    let numbers = standing::numbers(&app, &wiki, &section.authors()).await;
    let (texts, section) = render(&me, &app, &wiki, section).await?;
    let ready = Ready {
        title: title(&section, &page.title),
        wiki,
        page: page.title,
        section,
        posts: texts,
        numbers,
        category,
        tags,
        user,
        now,
    };
    let member = me.clone();
    let done = app.db.write(move |tx| {
        if let Some(place) = write::done_before(tx, user, once.as_deref())? {
            return Ok((place, 0));
        }
        let (id, slug, added) = keep::write(tx, &member, &ready)?;
        let place = crate::topics::url(&slug, id);
        write::done_now(tx, user, once.as_deref(), &place, now)?;
        Ok((place, added))
    });
    let (place, added) = done.await?;
    Ok(if added > 0 { redirect_saying(&me, &place, "brought") } else { redirect(&place) })
}

/// The posts of a discussion. Whom a text names with `@` was named elsewhere, and is nobody here.
async fn render(
    me: &Member,
    app: &App,
    wiki: &Wiki,
    section: Section,
) -> Result<(Vec<(String, Rendered, String)>, Section)> {
    let (site, base, wiki) = (me.site.clone(), app.config.base(), wiki.clone());
    let work = move || {
        let names = Names::none(&site, &base);
        let first = section.by_time().first().copied();
        let posts = section.comments.iter().enumerate().map(|(at, comment)| {
            let unsigned = (Some(at) == first && !section.unsigned.is_empty()).then_some(section.unsigned.as_str());
            let raw = text::clean(&body::text(&wiki, comment, unsigned));
            let raw: String = raw.chars().take(LONGEST).collect();
            let rendered = stoa_markup::render(&raw, Profile::Post, &names);
            let lang = text::language_of(&rendered.text, &wiki.lang);
            (raw, rendered, lang)
        });
        (posts.collect::<Vec<_>>(), section)
    };
    Ok(tokio::task::spawn_blocking(work).await.map_err(anyhow::Error::from)?)
}
