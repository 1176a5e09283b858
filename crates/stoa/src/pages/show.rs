//! `GET /about`, `/rules`, `/privacy`, `/imprint`: the text in the reader's language, or the nearest there is.

use askama::Template;
use serde::Deserialize;
use stoa_markup::SafeHtml;

use super::{best, defaults, texts};
use crate::app::App;
use crate::site::PAGES;
use crate::web::extract::Query;
use crate::web::routes::Field;
use crate::web::shell::Head;
use crate::web::{Error, Result, Visit, field, page as answer};

pub const QUERY: &[Field] = &[field("lang", 35)];

#[derive(Deserialize)]
pub struct Asked {
    lang: Option<String>,
}

#[derive(Template)]
#[template(path = "pages/templates/show.html")]
struct Page<'a> {
    v: &'a Visit,
    head: Head,
    name: &'a str,
    title: String,
    lang: String,
    html: SafeHtml,
    /// The other languages it is written in: (tag, name in that language).
    others: Vec<(String, String)>,
    updated_at: Option<i64>,
}

pub async fn page(v: Visit, app: App, Query(asked): Query<Asked>) -> Result {
    let name = v.bare_path().trim_matches('/');
    let name = PAGES.into_iter().find(|page| *page == name).ok_or(Error::NotFound)?;
    let mut found = app.db.read(|tx| texts(tx, name)).await?;
    let langs: Vec<&str> = found.iter().map(|text| text.lang.as_str()).collect();
    let place = best(&langs, asked.lang.as_deref(), v.t.language_code(), v.site.setting("language"));
    let title = v.msg(format!("page-{name}"));
    let head = Head::titled(&title).canonical(format!("/{name}"));
    let page = match place.map(|at| found.swap_remove(at)) {
        Some(text) => {
            let named = |tag: String| {
                let own = stoa_i18n::autonym(&tag).unwrap_or(&tag).to_owned();
                (tag, own)
            };
            Page {
                head: head.describe(&crate::posts::plain(&text.html)),
                others: found.into_iter().map(|other| named(other.lang)).collect(),
                v: &v,
                name,
                title,
                lang: text.lang,
                html: text.html,
                updated_at: Some(text.updated_at),
            }
        }
        None => Page {
            head,
            others: Vec::new(),
            v: &v,
            name,
            title,
            lang: v.t.code().to_owned(),
            html: defaults::html(&v, name),
            updated_at: None,
        },
    };
    answer(&page)
}
