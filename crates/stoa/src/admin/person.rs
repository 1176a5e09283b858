//! `/admin/people/{id}`: what somebody may do on this site, and changing it.

use askama::Template;
use axum::http::StatusCode;
use axum::response::Response;

use super::people::{self, Person};
use super::{group, rights};
use crate::accounts::reset;
use crate::app::App;
use crate::db::params;
use crate::site::{ADMINISTRATORS, Group, MODERATORS};
use crate::web::error::Result;
use crate::web::page::redirect_saying;
use crate::web::routes::Field;
use crate::web::shell::Head;
use crate::web::{Error, Form, Member, Path, Refusal, Visit, field, page_with_status};

pub const FIELDS: &[Field] = &[field("group", 20), field("act", 10)];

#[derive(Template)]
#[template(path = "admin/templates/person.html")]
struct Page<'a> {
    v: &'a Visit,
    head: Head,
    person: Person,
    roles: Vec<Role>,
    /// The site's own groups they are in: id and name.
    groups: Vec<(i64, String)>,
    problem: Option<String>,
}

/// A role, whether they hold it, and what it lets one do.
struct Role {
    group: i64,
    name: String,
    about: String,
    holds: bool,
}

pub async fn page(v: Member, app: App, Path(id): Path<i64>) -> Result {
    show(&v, &app, id, None, StatusCode::OK).await
}

async fn show(v: &Visit, app: &App, id: i64, problem: Option<String>, status: StatusCode) -> Result {
    let (person, groups) = app
        .db
        .read(|tx| {
            let person = people::by_id(tx, id)?.filter(|p| p.deleted_at.is_none()).ok_or(Error::NotFound)?;
            let groups: Vec<i64> =
                tx.all("select group_id from group_members where user_id = $1 order by group_id", params![id])?;
            Ok((person, groups))
        })
        .await?;
    let named = |g: &Group| (g.id, rights::group_name(v, g));
    let own = v.site.groups.iter().filter(|g| groups.contains(&g.id) && ![ADMINISTRATORS, MODERATORS].contains(&g.id));
    let role = |group: i64, name: String, about: String| Role { holds: groups.contains(&group), group, name, about };
    let page = Page {
        v,
        head: Head::titled(&person.name).unlisted(),
        roles: vec![
            role(MODERATORS, v.t.role_moderator(), v.t.group_moderators_about()),
            role(ADMINISTRATORS, v.t.role_administrator(), v.t.group_administrators_about()),
        ],
        groups: own.map(named).collect(),
        person,
        problem,
    };
    page_with_status(status, &page)
}

#[derive(Template)]
#[template(path = "admin/templates/reset_link.html")]
struct Link<'a> {
    v: &'a Visit,
    head: Head,
    person: Person,
    link: String,
}

/// Makes a link with which somebody sets a new password, for handing over. It is shown this once.
pub async fn reset(v: Member, app: App, Path(id): Path<i64>) -> Result<Response> {
    let now = v.now;
    let (person, path) = app
        .db
        .write(move |tx| {
            let person = people::by_id(tx, id)?.filter(|p| p.deleted_at.is_none()).ok_or(Error::NotFound)?;
            Ok((person, reset::link_for(tx, id, now)?))
        })
        .await?;
    let head = Head::titled(v.t.admin_reset_title(&person.name)).unlisted();
    page_with_status(StatusCode::OK, &Link { v: &v, head, link: v.absolute(&path), person })
}

/// Grants a role or takes it back.
pub async fn submit(v: Member, app: App, Path(id): Path<i64>, f: Form) -> Result<Response> {
    let role = f.number("group").filter(|g| [ADMINISTRATORS, MODERATORS].contains(g)).ok_or(Refusal::NotAForm)?;
    let grants = match f.text("act") {
        "grant" => true,
        "revoke" => false,
        _ => return Err(Refusal::NotAForm.into()),
    };
    let now = v.now;
    let done = app.db.write(move |tx| {
        let known: Option<i64> = tx.first("select id from users where id = $1 and deleted_at is null", params![id])?;
        known.ok_or(Error::NotFound)?;
        if grants {
            group::join(tx, role, id, now)?;
            return Ok(true);
        }
        group::leave(tx, role, id, now)
    });
    if !done.await? {
        return show(&v, &app, id, Some(v.t.group_last_administrator()), StatusCode::CONFLICT).await;
    }
    // Whoever gives the role back is no longer let in here.
    let gave_up = !grants && role == ADMINISTRATORS && v.viewer.is(id);
    let next = if gave_up { "/".to_owned() } else { format!("/admin/people/{id}") };
    Ok(redirect_saying(&v, &next, if grants { "role-granted" } else { "role-revoked" }))
}
