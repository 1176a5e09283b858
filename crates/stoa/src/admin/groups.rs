//! `GET /admin/groups` and `/admin/groups/new`: every group with how many are in it, and making one.

use askama::Template;
use axum::http::StatusCode;
use axum::response::Response;

use super::{line, rights};
use crate::app::App;
use crate::db::{Kind, Tx, from_row, params};
use crate::posts::text;
use crate::site::{EVERYONE, MEMBERS};
use crate::users::names;
use crate::web::error::Result;
use crate::web::page::redirect_saying;
use crate::web::routes::Field;
use crate::web::shell::Head;
use crate::web::{FieldErrors, Form, Member, Visit, field, page as answer, page_with_status};

pub const FIELDS: &[Field] =
    &[field("name", 500), field("full_name", 1000), field("description", 10_000), field("public", 5)];
const FULL_NAME_LONGEST: usize = 120;
const DESCRIPTION_LONGEST: usize = 1000;

#[derive(Template)]
#[template(path = "admin/templates/groups.html")]
struct Page<'a> {
    v: &'a Visit,
    head: Head,
    rows: Vec<Row>,
}

struct Row {
    id: i64,
    name: String,
    about: String,
    people: i64,
}

struct Counted {
    id: i64,
    count: i64,
}
from_row!(Counted { id, count });

pub async fn page(v: Member, app: App) -> Result {
    let (counts, people) = app
        .db
        .read(|tx| {
            let counts: Vec<Counted> = tx.all("select id, user_count from groups", &[])?;
            let people: i64 = tx.one("select count(*) from users where deleted_at is null", &[])?;
            Ok((counts, people))
        })
        .await?;
    let rows = v.site.groups.iter().map(|g| {
        let counted = counts.iter().find(|c| c.id == g.id).map_or(0, |c| c.count);
        Row {
            id: g.id,
            name: rights::group_name(&v, g),
            about: super::group::about(&v, g),
            people: if g.id == MEMBERS { people } else { counted },
        }
    });
    answer(&Page { v: &v, head: Head::titled(v.t.admin_groups_title()).unlisted(), rows: rows.collect() })
}

/// A group as the form has it.
#[derive(Clone, Default)]
pub struct Draft {
    pub name: String,
    pub full_name: String,
    pub description: String,
    /// Whether everybody may know who is in it.
    pub is_public: bool,
}

impl Draft {
    pub fn of_form(f: &Form) -> Draft {
        Draft {
            name: names::tidy(f.text("name")),
            full_name: line(f.raw("full_name")),
            description: text::clean(f.raw("description")).trim().to_owned(),
            is_public: f.has("public"),
        }
    }

    /// What is wrong with it; `own` is the group it is of, whose name it may keep.
    pub fn problems(&self, v: &Visit, own: Option<i64>) -> FieldErrors {
        let mut errors = FieldErrors::default();
        let kept = own.and_then(|id| v.site.groups.iter().find(|g| g.id == id)).is_some_and(|g| g.name == self.name);
        let taken = |g: &&crate::site::Group| {
            Some(g.id) != own && names::skeleton_of(&g.name) == names::skeleton_of(&self.name)
        };
        match names::check(&self.name) {
            _ if kept => {}
            Err(names::Problem::Character(c)) => errors.add("name", v.t.name_character(c.to_string().as_str())),
            Err(why) => errors.add("name", v.msg(why.key())),
            Ok(()) if v.site.groups.iter().any(|g| taken(&g)) => errors.add("name", v.t.name_taken()),
            Ok(()) => {}
        }
        let length = self.full_name.chars().count();
        if length > FULL_NAME_LONGEST {
            errors.add("full_name", v.t.setting_too_long(FULL_NAME_LONGEST, length));
        }
        let length = self.description.chars().count();
        if length > DESCRIPTION_LONGEST {
            errors.add("description", v.t.setting_too_long(DESCRIPTION_LONGEST, length));
        }
        errors
    }
}

#[derive(Template)]
#[template(path = "admin/templates/group_new.html")]
struct NewPage<'a> {
    v: &'a Visit,
    head: Head,
    draft: Draft,
    errors: FieldErrors,
}

pub async fn create(v: Member) -> Result {
    show(&v, Draft::default(), FieldErrors::default(), StatusCode::OK)
}

fn show(v: &Visit, draft: Draft, errors: FieldErrors, status: StatusCode) -> Result {
    page_with_status(status, &NewPage { v, head: Head::titled(v.t.admin_group_new()).unlisted(), draft, errors })
}

pub async fn submit_new(v: Member, app: App, f: Form) -> Result<Response> {
    let draft = Draft::of_form(&f);
    let mut errors = draft.problems(&v, None);
    if errors.is_empty() {
        let new = draft.clone();
        match app.db.write(move |tx| insert(tx, &new)).await {
            Ok(id) => return Ok(redirect_saying(&v, &format!("/admin/groups/{id}"), "group-created")),
            Err(crate::web::Error::Taken(_)) => errors.add("name", v.t.name_taken()),
            Err(why) => return Err(why),
        }
    }
    show(&v, draft, errors, StatusCode::UNPROCESSABLE_ENTITY)
}

/// Own groups are numbered after those that every site has, with room for more of these.
fn insert(tx: &Tx, new: &Draft) -> Result<i64> {
    let last: i64 = tx.one("select coalesce(max(id), 0) from groups", &[])?;
    let id: i64 = tx.one(
        "insert into groups (id, name, full_name, description, is_public) values ($1, $2, $3, $4, $5) returning id",
        params![last.max(99) + 1, &new.name, &new.full_name, &new.description, new.is_public],
    )?;
    tx.changed(Kind::GroupEdited, id);
    Ok(id)
}
