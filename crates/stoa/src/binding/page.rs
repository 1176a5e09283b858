//! `GET` and `POST /t/{id}/wikis`: what a topic has to do with wikis: the pages it is about, those that link to it, and what
//! to write into a page so that it shows it.

use askama::Template;
use axum::http::StatusCode;
use axum::response::Response;

use super::named::{self, MOST, Page};
use super::show;
use super::wikitext::{Saved, saved};
use crate::access;
use crate::app::App;
use crate::db::{Kind, Tx, params};
use crate::may;
use crate::topics::Topic;
use crate::web::error::Result;
use crate::web::page::redirect_saying;
use crate::web::routes::Field;
use crate::web::shell::Head;
use crate::web::visit::Viewer;
use crate::web::{Error, FieldErrors, Form, Member, Path, Visit, field, page_with_status};
use crate::wikis::bot;
use crate::wikis::bot::choose::{self, Told};

/// The form's field, here and where topics are begun.
pub const PAGES: Field = field("pages", 4000);
pub const FIELDS: &[Field] = &[PAGES];

#[derive(Template)]
#[template(path = "binding/templates/page.html")]
struct OnWikis<'a> {
    v: &'a Visit,
    head: Head,
    topic: Topic,
    links: show::Links,
    /// Whether this viewer may say what the topic is about.
    may_change: bool,
    /// Whether everybody sees it, so that a wiki can show it.
    is_public: bool,
    pages: String,
    errors: FieldErrors,
    /// Talk pages on which it is told of.
    told: Vec<Told>,
    /// Wikis whose bot could, for those who may ask it to: name, title, and a page for it.
    bots: Vec<(String, String, String)>,
    /// Pages on which it was saved.
    saved: Vec<Saved>,
    /// Wikis whose bot can save it, for those who may ask it to: name, title.
    savers: Vec<(String, String)>,
}

/// A topic on a site that is joined to wikis.
pub fn joined(tx: &Tx, v: &Visit, id: i64) -> Result<Topic> {
    let topic = access::topic(tx, v, id)?;
    if topic.is_message() || v.site.wikis.is_empty() { Err(Error::NotFound) } else { Ok(topic) }
}

pub async fn page(v: Visit, app: App, Path(id): Path<i64>) -> Result {
    let found = app.db.read(|tx| {
        let topic = joined(tx, &v, id)?;
        Ok((Around::of(tx, &v, &topic)?, show::lines(tx, &v, id)?, topic))
    });
    let (around, pages, topic) = found.await?;
    answer(&v, topic, around, pages, FieldErrors::default(), StatusCode::OK)
}

/// What is on the page beside the form.
struct Around {
    links: show::Links,
    told: Vec<Told>,
    bots: Vec<(String, String, String)>,
    saved: Vec<Saved>,
    savers: Vec<(String, String)>,
}

impl Around {
    fn of(tx: &Tx, v: &Visit, topic: &Topic) -> Result<Around> {
        let told = choose::told(tx, v, topic.id)?;
        let (mut bots, mut savers) = (Vec::new(), Vec::new());
        let is_public = access::topic_is_open_to(&Viewer::nobody(&v.site), 0, topic);
        if v.viewer.is_staff() && is_public {
            for wiki in &v.site.wikis {
                if let Some(bot) = bot::of(tx, wiki.id)?.filter(|b| b.is_on) {
                    savers.push((wiki.name.clone(), wiki.title.clone()));
                    if told.iter().all(|t| t.wiki != wiki.name) {
                        bots.push((wiki.name.clone(), wiki.title.clone(), bot.talk_page()));
                    }
                }
            }
        }
        Ok(Around { links: show::of(tx, v, topic)?, told, bots, saved: saved(tx, v, topic)?, savers })
    }
}

fn answer(v: &Visit, topic: Topic, around: Around, pages: String, errors: FieldErrors, status: StatusCode) -> Result {
    let Around { links, told, bots, saved, savers } = around;
    let may_change = v.as_member().is_some_and(|me| may::bind(&me, &topic).is_ok());
    let is_public = access::topic_is_open_to(&Viewer::nobody(&v.site), 0, &topic);
    let head = Head::titled(v.t.on_wikis_title()).unlisted();
    page_with_status(
        status,
        &OnWikis { v, head, topic, links, may_change, is_public, pages, errors, told, bots, saved, savers },
    )
}

pub async fn submit(me: Member, app: App, Path(id): Path<i64>, f: Form) -> Result<Response> {
    let found = app.db.read(|tx| {
        let topic = joined(tx, &me, id)?;
        Ok((Around::of(tx, &me, &topic)?, topic))
    });
    let (around, topic) = found.await?;
    may::bind(&me, &topic)?;
    let mut errors = FieldErrors::default();
    let pages = read(&me, &f, &mut errors);
    if !errors.is_empty() {
        return answer(&me, topic, around, f.raw("pages").to_owned(), errors, StatusCode::UNPROCESSABLE_ENTITY);
    }
    let (member, now) = (me.clone(), me.now);
    app.db
        .write(move |tx| {
            may::bind(&member, &joined(tx, &member, id)?)?;
            let kept: Vec<(i64, String)> = tx.all(
                "select wiki_id, title from topic_pages where topic_id = $1 and brought_at is null",
                params![id],
            )?;
            for (wiki, title) in &kept {
                if !pages.iter().any(|p| p.wiki_id == *wiki && p.title == *title) {
                    tx.exec(
                        "delete from topic_pages where topic_id = $1 and wiki_id = $2 and title = $3",
                        params![id, wiki, title],
                    )?;
                }
            }
            put(tx, id, &pages, member.user.id, now)?;
            tx.exec("update topics set version = version + 1 where id = $1", params![id])?;
            tx.changed(Kind::TopicEdited, id);
            Ok(())
        })
        .await?;
    Ok(redirect_saying(&me, &format!("/t/{id}/wikis"), "pages-saved"))
}

/// The pages that a form names; what is wrong with them is told beside the field.
pub fn read(v: &Visit, f: &Form, errors: &mut FieldErrors) -> Vec<Page> {
    let found = named::read(&v.site.wikis, f.raw("pages"));
    if found.len() > MOST {
        errors.add("pages", v.t.pages_too_many(MOST));
        return Vec::new();
    }
    let mut pages = Vec::new();
    for page in found {
        match page {
            Ok(page) => pages.push(page),
            Err(line) => {
                errors.add("pages", v.t.pages_unknown(line.as_str()));
                return Vec::new();
            }
        }
    }
    pages
}

/// A topic is about these pages from now on.
pub fn put(tx: &Tx, topic: i64, pages: &[Page], user: i64, now: i64) -> Result<()> {
    for page in pages {
        tx.exec(
            "insert into topic_pages (topic_id, wiki_id, title, user_id, created_at) values ($1, $2, $3, $4, $5)
             on conflict do nothing",
            params![topic, page.wiki_id, &page.title, user, now],
        )?;
    }
    Ok(())
}
