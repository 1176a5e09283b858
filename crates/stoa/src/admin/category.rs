//! `/admin/categories/new` and `/admin/categories/{id}`: making a category and changing one.
//!
//! A change of who sees it is asked about first, in words, because it is the one change that cannot be taken back:
//! what was read is read.

use askama::Template;
use axum::http::StatusCode;
use axum::response::Response;

use super::category_form::{COLORS, Draft, is_within};
use super::{categories, rights};
use crate::app::App;
use crate::site::Category;
use crate::web::error::Result;
use crate::web::page::redirect_saying;
use crate::web::routes::Field;
use crate::web::shell::Head;
use crate::web::{Error, FieldErrors, Form, Member, Path, Visit, field, page_with_status};

pub const FIELDS: &[Field] = &[
    field("name", 1000),
    field("slug", 1000),
    field("parent", 20),
    field("color", 5),
    field("lang", 35),
    field("description", 20_000),
    field("position", 20),
    field("right[]", 30),
    field("confirmed", 4000),
    field("preview", 5),
];

#[derive(Template)]
#[template(path = "admin/templates/category.html")]
struct Page<'a> {
    v: &'a Visit,
    head: Head,
    title: String,
    action: String,
    draft: Draft,
    lines: Vec<rights::Line>,
    /// Who may do what, as the form stands.
    now: Vec<String>,
    /// Who could before, when that is about to change.
    before: Option<Vec<String>>,
    signature: String,
    /// Categories it may stand in: how deep they stand themselves, and they.
    parents: Vec<(usize, &'a Category)>,
    /// (tag, name in that language)
    languages: Vec<(String, String)>,
    errors: FieldErrors,
}

impl Page<'_> {
    fn is_parent(&self, id: &i64) -> bool {
        self.draft.parent == Some(*id)
    }

    fn is_color(&self, n: &i64) -> bool {
        self.draft.color == *n
    }
}

pub async fn create(v: Member) -> Result {
    show(&v, Draft::new(&v.site), FieldErrors::default(), None, StatusCode::OK)
}

pub async fn edit(v: Member, Path(id): Path<i64>) -> Result {
    let category = v.site.category(id).ok_or(Error::NotFound)?;
    show(&v, Draft::of(category), FieldErrors::default(), None, StatusCode::OK)
}

fn show(
    v: &Visit,
    draft: Draft,
    errors: FieldErrors,
    before: Option<Vec<String>>,
    status: StatusCode,
) -> Result<Response> {
    let title = match draft.id.and_then(|id| v.site.category(id)) {
        Some(category) => v.t.admin_category_title(&category.name),
        None => v.t.admin_category_new(),
    };
    let parents = categories::tree(&v.site).into_iter();
    let parents = parents.filter(|(_, c)| draft.id.is_none_or(|id| !is_within(&v.site, c.id, id)));
    let languages = v.app.words.languages().into_iter();
    let page = Page {
        v,
        head: Head::titled(&title).unlisted(),
        title,
        action: draft.id.map_or_else(|| "/admin/categories/new".to_owned(), |id| format!("/admin/categories/{id}")),
        lines: rights::lines(v, &draft.rights),
        now: rights::sentences(v, draft.parent, &draft.rights),
        before,
        signature: rights::signature(draft.parent, &draft.rights),
        parents: parents.map(|(above, c)| (above.len(), c)).collect(),
        languages: languages.map(|l| (stoa_i18n::bcp47(&l.code), l.autonym)).collect(),
        draft,
        errors,
    };
    page_with_status(status, &page)
}

pub async fn submit_new(v: Member, app: App, f: Form) -> Result<Response> {
    let draft = Draft::of_form(None, &v.site, &f);
    save(&v, &app, &f, draft).await
}

pub async fn submit(v: Member, app: App, Path(id): Path<i64>, f: Form) -> Result<Response> {
    v.site.category(id).ok_or(Error::NotFound)?;
    let draft = Draft::of_form(Some(id), &v.site, &f);
    save(&v, &app, &f, draft).await
}

async fn save(v: &Visit, app: &App, f: &Form, draft: Draft) -> Result<Response> {
    let mut errors = draft.problems(v);
    if !errors.is_empty() {
        return show(v, draft, errors, None, StatusCode::UNPROCESSABLE_ENTITY);
    }
    let before = draft.id.and_then(|id| v.site.category(id)).and_then(|old| {
        let same =
            rights::reach(&v.site, old.parent_id, &old.rights) == rights::reach(&v.site, draft.parent, &draft.rights);
        (!same).then(|| rights::sentences(v, old.parent_id, &old.rights))
    });
    let agreed = f.raw("confirmed") == rights::signature(draft.parent, &draft.rights);
    if f.has("preview") || (before.is_some() && !agreed) {
        return show(v, draft, errors, before, StatusCode::OK);
    }
    match draft.store(app, &v.site, v.now).await {
        Ok(Some(_)) => {
            let key = if draft.id.is_some() { "category-saved" } else { "category-created" };
            return Ok(redirect_saying(v, "/admin/categories", key));
        }
        Ok(None) => errors.add("parent", v.t.category_parent_circle()),
        Err(Error::Taken(_)) => errors.add("slug", v.t.category_slug_taken_now()),
        Err(why) => return Err(why),
    }
    show(v, draft, errors, None, StatusCode::UNPROCESSABLE_ENTITY)
}
