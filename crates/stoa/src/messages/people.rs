//! `GET /t/{id}/people` and the acts on it: who takes part in a conversation, letting others in, taking them out, leaving,
//! calling the moderators.

use askama::Template;
use axum::http::StatusCode;
use axum::response::Response;

use super::queries::{self, One, Shown};
use super::{PEOPLE_MOST, Part, Role, tell};
use crate::access;
use crate::app::App;
use crate::db::Tx;
use crate::posts::text;
use crate::site::{MODERATORS, Site};
use crate::topics::Topic;
use crate::web::error::{Error, Result};
use crate::web::extract::Path;
use crate::web::page::redirect_saying;
use crate::web::routes::Field;
use crate::web::shell::Head;
use crate::web::{FieldErrors, Form, Member, Refusal, Visit, field, page_with_status};

pub const FIELDS: &[Field] = &[field("to", 4000)];
pub const REMOVE_FIELDS: &[Field] = &[field("role", 10), field("id", 20)];

/// Names of the groups that take part in a conversation.
pub fn group_names(site: &Site, topic: &Topic) -> Vec<String> {
    let ids = topic.taking_part().filter(|(role, _)| *role == Role::Group).map(|(_, id)| id);
    ids.filter_map(|id| site.groups.iter().find(|g| g.id == id)).map(|g| g.name.clone()).collect()
}

/// Names of everybody in a conversation, for its page.
pub fn names(tx: &Tx, site: &Site, topic: &Topic) -> Result<Vec<Shown>> {
    if topic.is_message() { queries::of_topic(tx, site, topic.id) } else { Ok(Vec::new()) }
}

#[derive(Template)]
#[template(path = "messages/templates/people.html")]
struct Page<'a> {
    v: &'a Visit,
    head: Head,
    topic: &'a Topic,
    people: Vec<Shown>,
    may_add: bool,
    to: String,
    errors: FieldErrors,
}

impl Page<'_> {
    /// Whether the reader may take somebody out: who began the conversation, or who let them in.
    fn may_remove(&self, shown: &Shown) -> bool {
        may_remove(self.v.viewer.id().unwrap_or(0), self.topic, shown)
    }
}

fn may_remove(me: i64, topic: &Topic, shown: &Shown) -> bool {
    let is_self = shown.one.role == Role::Person && shown.one.id == me;
    match shown.one.role {
        // A look ends by itself, or when the one who looks ends it.
        Role::Looks => shown.one.id == me,
        _ => !is_self && (topic.author_id == me || shown.added_by == me),
    }
}

/// A conversation that somebody sees; other topics have no such page.
fn conversation(tx: &Tx, v: &Visit, id: i64) -> Result<Topic> {
    let topic = access::topic(tx, v, id)?;
    if topic.is_message() { Ok(topic) } else { Err(Error::NotFound) }
}

/// One in which they may write as well.
fn own(tx: &Tx, me: &Member, id: i64) -> Result<Topic> {
    let topic = conversation(tx, me, id)?;
    match topic.part_of(me.user.id, &me.viewer.groups) {
        Part::Takes => Ok(topic),
        _ => Err(Refusal::NotHere.into()),
    }
}

pub async fn page(me: Member, app: App, Path(id): Path<i64>) -> Result {
    let found = app.db.read(|tx| {
        let topic = conversation(tx, &me, id)?;
        let people = queries::of_topic(tx, &me.site, id)?;
        Ok((topic, people))
    });
    let (topic, people) = found.await?;
    show(&me, &topic, people, String::new(), FieldErrors::default(), StatusCode::OK)
}

fn show(me: &Member, topic: &Topic, people: Vec<Shown>, to: String, errors: FieldErrors, status: StatusCode) -> Result {
    let head = Head::titled(me.t.message_people_title(&topic.title)).unlisted();
    let may_add = topic.part_of(me.user.id, &me.viewer.groups) == Part::Takes;
    page_with_status(status, &Page { v: me, head, topic, people, may_add, to, errors })
}

pub async fn add(me: Member, app: App, Path(id): Path<i64>, f: Form) -> Result<Response> {
    me.may_write()?;
    let to = text::clean(f.text("to"));
    let found = app.db.read(|tx| {
        let topic = own(tx, &me, id)?;
        let people = queries::of_topic(tx, &me.site, id)?;
        Ok((topic, people, queries::typed(tx, &me, &to)?))
    });
    let (topic, people, typed) = found.await?;
    let mut errors = FieldErrors::default();
    if !typed.problems.is_empty() {
        errors.add("to", typed.problems.join(" "));
    } else if typed.found.is_empty() {
        errors.add("to", me.t.message_to_nobody());
    } else if people.len() + typed.found.len() > PEOPLE_MOST {
        errors.add("to", me.t.message_too_many(PEOPLE_MOST));
    }
    if !errors.is_empty() {
        return show(&me, &topic, people, to, errors, StatusCode::UNPROCESSABLE_ENTITY);
    }
    let member = me.clone();
    app.db.write(move |tx| let_in(tx, &member, id, &typed.found)).await?;
    Ok(redirect_saying(&me, &format!("/t/{id}/people"), "people-added"))
}

/// Lets people in, says so in the conversation, and tells them.
fn let_in(tx: &Tx, me: &Member, id: i64, all: &[One]) -> Result<()> {
    own(tx, me, id)?;
    let mut new = Vec::new();
    for one in all {
        if queries::add(tx, id, one, me.user.id, me.now)? {
            new.push(one.clone());
        }
    }
    if new.is_empty() {
        return Ok(());
    }
    let names: Vec<&str> = new.iter().map(|one| one.name.as_str()).collect();
    queries::say(tx, id, me.user.id, "people_added", &names.join(", "), me.now)?;
    tell::invited(tx, &me.site, id, &new, me.user.id, me.now)
}

pub async fn remove(me: Member, app: App, Path(id): Path<i64>, f: Form) -> Result<Response> {
    let (role, subject) = (f.text("role").to_owned(), f.number("id").unwrap_or(0));
    let member = me.clone();
    let is_own = app.db.write(move |tx| {
        let topic = conversation(tx, &member, id)?;
        let people = queries::of_topic(tx, &member.site, id)?;
        let shown = people.into_iter().find(|s| (s.one.role as i64).to_string() == role && s.one.id == subject);
        let Some(shown) = shown else { return Ok(false) };
        if !may_remove(member.user.id, &topic, &shown) {
            return Err(Refusal::NotHere.into());
        }
        if queries::remove(tx, id, shown.one.role, subject)? {
            let is_look = shown.one.role == Role::Looks;
            let (action, name) = if is_look { ("look_ended", "") } else { ("person_removed", shown.one.name.as_str()) };
            queries::say(tx, id, member.user.id, action, name, member.now)?;
        }
        Ok(shown.one.role == Role::Looks)
    });
    // Whoever ends their own look does not see the page any more.
    let place = if is_own.await? { "/messages".to_owned() } else { format!("/t/{id}/people") };
    Ok(redirect_saying(&me, &place, "person-removed"))
}

/// Takes the one who asks out. A group one is in keeps one in: that is said.
pub async fn leave(me: Member, app: App, Path(id): Path<i64>) -> Result<Response> {
    let member = me.clone();
    app.db
        .write(move |tx| {
            let topic = own(tx, &member, id)?;
            if !topic.has_person(member.user.id) {
                return Err(Refusal::NotHere.into());
            }
            // The last words of a conversation are its going: said first, while one is still in it.
            queries::say(tx, id, member.user.id, "user_left", "", member.now)?;
            queries::remove(tx, id, Role::Person, member.user.id)
        })
        .await?;
    Ok(redirect_saying(&me, "/messages", "left"))
}

/// Lets the moderators in.
pub async fn call_moderators(me: Member, app: App, Path(id): Path<i64>) -> Result<Response> {
    let member = me.clone();
    let place = app.db.write(move |tx| {
        let topic = own(tx, &member, id)?;
        let name = member.site.groups.iter().find(|g| g.id == MODERATORS).map(|g| g.name.clone()).unwrap_or_default();
        let_in(tx, &member, id, &[One { role: Role::Group, id: MODERATORS, name }])?;
        Ok(topic.url())
    });
    Ok(redirect_saying(&me, &place.await?, "moderators-called"))
}
