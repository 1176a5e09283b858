//! `/admin/pages`: writing the texts that every footer links, one language at a time.

use askama::Template;
use axum::http::StatusCode;
use axum::response::Response;
use serde::Deserialize;
use stoa_markup::{Profile, SafeHtml};

use super::line;
use crate::app::App;
use crate::db::{Kind, params};
use crate::pages::{LONGEST, Text, defaults, texts};
use crate::posts::text;
use crate::site::PAGES;
use crate::uploads::uses;
use crate::web::error::Result;
use crate::web::extract::Query;
use crate::web::page::redirect_saying;
use crate::web::routes::Field;
use crate::web::shell::Head;
use crate::web::{Error, FieldErrors, Form, Member, Path, Visit, field, page as answer, page_with_status};

pub const QUERY: &[Field] = &[field("lang", 35)];
pub const FIELDS: &[Field] = &[field("lang", 35), field("raw", 200_000), field("preview", 5)];

#[derive(Template)]
#[template(path = "admin/templates/pages.html")]
struct List<'a> {
    v: &'a Visit,
    head: Head,
    /// Each page, and the languages it is written in.
    rows: Vec<(&'static str, String, Vec<String>)>,
}

pub async fn list(v: Member, app: App) -> Result {
    let written: Vec<(String, String)> =
        app.db.read(|tx| tx.all("select name, lang from pages order by name, lang", &[])).await?;
    let rows = PAGES.map(|name| {
        let langs = written.iter().filter(|(n, _)| n == name).map(|(_, lang)| lang.clone()).collect();
        (name, v.msg(format!("page-{name}")), langs)
    });
    answer(&List { v: &v, head: Head::titled(v.t.admin_pages_title()).unlisted(), rows: rows.into() })
}

#[derive(Template)]
#[template(path = "admin/templates/page.html")]
struct Edit<'a> {
    v: &'a Visit,
    head: Head,
    name: &'static str,
    title: String,
    /// A BCP 47 tag.
    lang: String,
    /// (tag, name in that language), those already written first.
    languages: Vec<(String, String)>,
    is_written: bool,
    raw: String,
    errors: FieldErrors,
    preview: Option<SafeHtml>,
}

#[derive(Deserialize)]
pub struct Asked {
    lang: Option<String>,
}

fn known(name: &str) -> Result<&'static str> {
    PAGES.into_iter().find(|page| *page == name).ok_or(Error::NotFound)
}

pub async fn form(v: Member, app: App, Path(name): Path<String>, Query(asked): Query<Asked>) -> Result {
    let name = known(&name)?;
    let found = app.db.read(|tx| texts(tx, name)).await?;
    let lang = asked.lang.filter(|l| stoa_i18n::is_language_code(l) || found.iter().any(|t| t.lang == *l));
    let lang = stoa_i18n::bcp47(&lang.unwrap_or_else(|| v.site.setting("language").to_owned()));
    let raw = found.iter().find(|text| text.lang == lang).map(|text| text.raw.clone());
    // What readers see until somebody writes is a good beginning, in the words of that language if there are any.
    let raw = raw.unwrap_or_else(|| if lang == v.t.code() { defaults::markdown(&v, name) } else { String::new() });
    show(&v, name, &lang, raw, &found, FieldErrors::default(), None, StatusCode::OK)
}

#[expect(clippy::too_many_arguments, reason = "the parts of one page, from its two handlers")]
fn show(
    v: &Visit,
    name: &'static str,
    lang: &str,
    raw: String,
    found: &[Text],
    errors: FieldErrors,
    preview: Option<SafeHtml>,
    status: StatusCode,
) -> Result {
    let written = found.iter().map(|text| text.lang.clone());
    let offered = v.app.words.languages().into_iter().map(|l| stoa_i18n::bcp47(&l.code));
    let mut languages: Vec<(String, String)> = Vec::new();
    for tag in written.chain(offered).chain([lang.to_owned()]) {
        if !languages.iter().any(|(known, _)| *known == tag) {
            let own = stoa_i18n::autonym(&tag).unwrap_or(&tag).to_owned();
            languages.push((tag, own));
        }
    }
    let title = v.t.admin_page_title(v.msg(format!("page-{name}")));
    let page = Edit {
        v,
        head: Head::titled(&title).unlisted(),
        name,
        title,
        is_written: found.iter().any(|text| text.lang == lang),
        lang: lang.to_owned(),
        languages,
        raw,
        errors,
        preview,
    };
    page_with_status(status, &page)
}

/// Stores a text; an empty one takes that language away again.
pub async fn submit(v: Member, app: App, Path(name): Path<String>, f: Form) -> Result<Response> {
    let name = known(&name)?;
    let found = app.db.read(|tx| texts(tx, name)).await?;
    let sent = line(f.raw("lang"));
    let lang = stoa_i18n::bcp47(&sent);
    let raw = text::clean(f.raw("raw")).trim().to_owned();
    let mut errors = FieldErrors::default();
    if !stoa_i18n::is_language_code(&sent) && !found.iter().any(|text| text.lang == lang) {
        errors.add("lang", v.t.admin_language_wrong(&sent));
    }
    let length = raw.chars().count();
    if length > LONGEST {
        errors.add("raw", v.t.post_too_long(LONGEST, length));
    }
    if f.has("preview") || !errors.is_empty() {
        let preview = match length {
            0..=LONGEST => Some(text::cook_for(&v, &raw, Profile::Page).await?.html),
            _ => None,
        };
        let status = if errors.is_empty() { StatusCode::OK } else { StatusCode::UNPROCESSABLE_ENTITY };
        return show(&v, name, &lang, raw, &found, errors, preview, status);
    }
    let rendered = text::cook_for(&v, &raw, Profile::Page).await?;
    let now = v.now;
    let key = if raw.is_empty() { "page-removed" } else { "page-saved" };
    let back = format!("/{name}?lang={lang}");
    app.db
        .write(move |tx| {
            if raw.is_empty() {
                tx.exec("delete from pages where name = $1 and lang = $2", params![name, &lang])?;
            } else {
                tx.exec(
                    "insert into pages (name, lang, raw, html, updated_at) values ($1, $2, $3, $4, $5)
                     on conflict (name, lang) do update set raw = excluded.raw, html = excluded.html,
                        updated_at = excluded.updated_at",
                    params![name, &lang, &raw, &rendered.html, now],
                )?;
                uses::open(tx, &rendered.uploads)?;
            }
            tx.changed(Kind::SettingsEdited, 0);
            Ok(())
        })
        .await?;
    Ok(redirect_saying(&v, &back, key))
}
