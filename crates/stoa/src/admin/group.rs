//! `/admin/groups/{id}`: one group, what it is called, and who is in it.

use askama::Template;
use axum::http::StatusCode;
use axum::response::Response;
use serde::Deserialize;

use super::groups::Draft;
use super::rights;
use crate::accounts::roles;
use crate::app::App;
use crate::db::{Kind, Tx, params};
use crate::site::{ADMINISTRATORS, EVERYONE, Group, MEMBERS, MODERATORS};
use crate::users::names;
use crate::web::error::Result;
use crate::web::extract::Query;
use crate::web::page::redirect_saying;
use crate::web::routes::Field;
use crate::web::shell::Head;
use crate::web::{Error, FieldErrors, Form, Member, Path, Refusal, Visit, field, page_with_status};

pub const QUERY: &[Field] = &[field("after", 240)];
pub const ADD_FIELDS: &[Field] = &[field("names", 8000)];
pub const REMOVE_FIELDS: &[Field] = &[field("user", 20)];
/// Members on a page.
const PER_PAGE: usize = 100;
/// Names that can be added at once.
const NAMES_MOST: usize = 100;

#[derive(Template)]
#[template(path = "admin/templates/group.html")]
struct Page<'a> {
    v: &'a Visit,
    head: Head,
    title: String,
    group: &'a Group,
    draft: Draft,
    is_own: bool,
    has_members: bool,
    count: i64,
    members: Vec<(i64, String)>,
    next: Option<String>,
    names: String,
    /// What is wrong with the group's own fields.
    errors: FieldErrors,
    /// What is wrong with who is to come in or go out.
    people: FieldErrors,
}

#[derive(Deserialize)]
pub struct Asked {
    after: Option<String>,
}

/// Whether people are put into a group by hand: everyone and all members are in theirs by being there.
fn takes_people(group: &Group) -> bool {
    !group.automatic || is_role(group.id)
}

fn is_role(group: i64) -> bool {
    [ADMINISTRATORS, MODERATORS].contains(&group)
}

fn of(v: &Visit, id: i64) -> Result<&Group> {
    v.site.groups.iter().find(|g| g.id == id).ok_or(Error::NotFound)
}

pub async fn page(v: Member, app: App, Path(id): Path<i64>, Query(asked): Query<Asked>) -> Result {
    let group = of(&v, id)?;
    let after = asked.after.unwrap_or_default();
    show(&v, &app, group, Sent::of(group), &after, StatusCode::OK).await
}

/// What stands in the page's two forms, and what is wrong with it.
struct Sent {
    draft: Draft,
    names: String,
    errors: FieldErrors,
    people: FieldErrors,
}

impl Sent {
    fn of(group: &Group) -> Sent {
        let (name, full_name) = (group.name.clone(), group.full_name.clone());
        Sent {
            draft: Draft { name, full_name, description: group.description.clone(), is_public: group.is_public },
            names: String::new(),
            errors: FieldErrors::default(),
            people: FieldErrors::default(),
        }
    }
}

async fn show(v: &Visit, app: &App, group: &Group, sent: Sent, after: &str, status: StatusCode) -> Result {
    let (count, mut found) = app
        .db
        .read(|tx| {
            let count: i64 = tx.one("select user_count from groups where id = $1", params![group.id])?;
            let found: Vec<(i64, String, String)> = tx.all(
                "select u.id, u.name, u.folded from group_members g join users u on u.id = g.user_id
                 where g.group_id = $1 and u.folded > $2 order by u.folded limit $3",
                params![group.id, after, PER_PAGE + 1],
            )?;
            Ok((count, found))
        })
        .await?;
    let more = found.len() > PER_PAGE;
    found.truncate(PER_PAGE);
    let next = found.last().filter(|_| more).map(|(_, _, folded)| folded.clone());
    let title = rights::group_name(v, group);
    let page = Page {
        v,
        head: Head::titled(&title).unlisted(),
        title,
        is_own: !group.automatic,
        has_members: takes_people(group),
        group,
        draft: sent.draft,
        count,
        members: found.into_iter().map(|(id, name, _)| (id, name)).collect(),
        next,
        names: sent.names,
        errors: sent.errors,
        people: sent.people,
    };
    page_with_status(status, &page)
}

/// Renames and describes one of the site's own groups.
pub async fn submit(v: Member, app: App, Path(id): Path<i64>, f: Form) -> Result<Response> {
    let group = of(&v, id)?;
    if group.automatic {
        return Err(Error::NotFound);
    }
    let draft = Draft::of_form(&f);
    let mut errors = draft.problems(&v, Some(id));
    if errors.is_empty() {
        let new = draft.clone();
        let done = app.db.write(move |tx| {
            tx.exec(
                "update groups set name = $2, full_name = $3, description = $4, is_public = $5 where id = $1",
                params![id, &new.name, &new.full_name, &new.description, new.is_public],
            )?;
            tx.changed(Kind::GroupEdited, id);
            Ok(())
        });
        match done.await {
            Ok(()) => return Ok(redirect_saying(&v, &format!("/admin/groups/{id}"), "group-saved")),
            Err(Error::Taken(_)) => errors.add("name", v.t.name_taken()),
            Err(why) => return Err(why),
        }
    }
    let sent = Sent { draft, errors, ..Sent::of(group) };
    show(&v, &app, group, sent, "", StatusCode::UNPROCESSABLE_ENTITY).await
}

/// Puts people into a group, one name a line. A name that nobody has keeps all of them out, so that it can be mended.
pub async fn add(v: Member, app: App, Path(id): Path<i64>, f: Form) -> Result<Response> {
    let group = of(&v, id)?;
    if !takes_people(group) {
        return Err(Error::NotFound);
    }
    let wanted: Vec<&str> = f.raw("names").lines().map(str::trim).filter(|n| !n.is_empty()).collect();
    let mut errors = FieldErrors::default();
    if wanted.is_empty() {
        errors.add("names", v.t.group_add_empty());
    } else if wanted.len() > NAMES_MOST {
        errors.add("names", v.t.group_add_too_many(NAMES_MOST));
    } else {
        let folded: Vec<String> = wanted.iter().map(|n| names::folded(n.trim_start_matches('@'))).collect();
        let now = v.now;
        let missing = app.db.write(move |tx| {
            let mut ids = Vec::new();
            for (place, name) in folded.iter().enumerate() {
                let found = "select id from users where folded = $1 and deleted_at is null";
                match tx.first::<i64>(found, params![name])? {
                    Some(user) => ids.push(user),
                    None => return Ok(Some(place)),
                }
            }
            for user in ids {
                join(tx, id, user, now)?;
            }
            Ok(None)
        });
        match missing.await? {
            None => return Ok(redirect_saying(&v, &format!("/admin/groups/{id}"), "group-joined")),
            Some(place) => errors.add("names", v.t.group_add_unknown(wanted[place])),
        }
    }
    let sent = Sent { names: f.raw("names").to_owned(), people: errors, ..Sent::of(group) };
    show(&v, &app, group, sent, "", StatusCode::UNPROCESSABLE_ENTITY).await
}

/// Takes somebody out of a group.
pub async fn remove(v: Member, app: App, Path(id): Path<i64>, f: Form) -> Result<Response> {
    let group = of(&v, id)?;
    let user = f.number("user").ok_or(Refusal::NotAForm)?;
    if !takes_people(group) {
        return Err(Error::NotFound);
    }
    let now = v.now;
    if app.db.write(move |tx| leave(tx, id, user, now)).await? {
        return Ok(redirect_saying(&v, &format!("/admin/groups/{id}"), "group-left"));
    }
    let mut sent = Sent::of(group);
    sent.people.add("members", v.t.group_last_administrator());
    show(&v, &app, group, sent, "", StatusCode::CONFLICT).await
}

/// Puts somebody into a group, once, and counts it. Whoever gets a role logs in anew.
pub fn join(tx: &Tx, group: i64, user: i64, now: i64) -> Result<()> {
    if is_role(group) {
        roles::grant(tx, user, group, now)?;
        return Ok(());
    }
    let added = tx.exec(
        "insert into group_members (group_id, user_id, created_at) values ($1, $2, $3)
         on conflict (group_id, user_id) do nothing",
        params![group, user, now],
    )?;
    if added > 0 {
        tx.exec("update groups set user_count = user_count + 1 where id = $1", params![group])?;
        tx.changed(Kind::GroupEdited, group);
    }
    Ok(())
}

/// Takes somebody out of a group and counts it. `false`, and nothing is done, when they are the last administrator
/// who can log in.
pub fn leave(tx: &Tx, group: i64, user: i64, now: i64) -> Result<bool> {
    // The group's row comes first: whoever takes the other administrator out at the same time waits for it.
    tx.exec("update groups set user_count = user_count where id = $1", params![group])?;
    if group == ADMINISTRATORS {
        let others: i64 = tx.one(
            "select count(*) from group_members g join users u on u.id = g.user_id
             where g.group_id = $1 and g.user_id <> $2 and u.deleted_at is null
                and (u.suspended_until is null or u.suspended_until <= $3)",
            params![ADMINISTRATORS, user, now],
        )?;
        if others == 0 {
            return Ok(false);
        }
    }
    if is_role(group) {
        roles::revoke(tx, user, group)?;
        return Ok(true);
    }
    let gone = tx.exec("delete from group_members where group_id = $1 and user_id = $2", params![group, user])?;
    if gone > 0 {
        tx.exec("update groups set user_count = user_count - 1 where id = $1", params![group])?;
        tx.changed(Kind::GroupEdited, group);
    }
    Ok(true)
}

/// What a group is for.
pub fn about(v: &Visit, group: &Group) -> String {
    match group.id {
        EVERYONE => v.t.group_everyone_about(),
        MEMBERS => v.t.group_members_about(),
        MODERATORS => v.t.group_moderators_about(),
        ADMINISTRATORS => v.t.group_administrators_about(),
        _ => group.description.clone(),
    }
}
