//! `GET` and `POST /appearance`: language, colours, text size, width, density and keys; with the account, or for strangers in
//! a cookie.

use askama::Template;
use axum::http::{HeaderMap, StatusCode, header};
use axum::response::{IntoResponse, Response};
use serde::Deserialize;
use stoa_i18n::LanguageInfo;

use crate::accounts::Tab;
use crate::app::App;
use crate::db::params;
use crate::web::error::Result;
use crate::web::extract::Query;
use crate::web::look::{Colors, Look, Text};
use crate::web::page::{own_path, redirect};
use crate::web::routes::Field;
use crate::web::shell::Head;
use crate::web::{Form, Visit, cookies, field, page};

pub const QUERY: &[Field] = &[field("back", 4000)];
pub const FIELDS: &[Field] = &[
    field("theme", 10),
    field("text", 10),
    field("width", 10),
    field("density", 10),
    field("keys", 10),
    field("language", 35),
    field("back", 4000),
];
/// How long a stranger's choice is kept.
pub const KEPT_SECONDS: i64 = 365 * 86_400;

/// One choice of several: the field, its words, and each value with its words and whether it is chosen.
struct Choice {
    field: &'static str,
    words: String,
    values: Vec<(&'static str, String, bool)>,
}

#[derive(Template)]
#[template(path = "accounts/templates/appearance.html")]
struct Page<'a> {
    v: &'a Visit,
    head: Head,
    tab: Tab,
    choices: Vec<Choice>,
    languages: Vec<LanguageInfo>,
    language: String,
    back: String,
}

#[derive(Deserialize)]
pub struct Asked {
    back: Option<String>,
}

pub async fn form(v: Visit, app: App, headers: HeaderMap, Query(asked): Query<Asked>) -> Result {
    let chosen = match &v.viewer.user {
        Some(user) => user.lang.clone(),
        None => cookies::read(&headers, &cookies::name("stoa-lang", app.config.is_https())).unwrap_or("").to_owned(),
    };
    let head = Head::titled(v.t.nav_languages()).unlisted();
    let back = own_path(asked.back.as_deref().unwrap_or("/")).to_owned();
    let languages = app.words.languages();
    page(&Page { v: &v, head, tab: Tab::Appearance, choices: choices(&v), languages, language: chosen, back })
}

fn choices(v: &Visit) -> Vec<Choice> {
    let (t, look) = (&v.t, &v.look);
    let is = |word: &str| look.is(word);
    vec![
        Choice {
            field: "theme",
            words: t.appearance_colors(),
            values: vec![
                ("auto", t.appearance_auto(), is("auto")),
                ("light", t.appearance_light(), is("light")),
                ("dark", t.appearance_dark(), is("dark")),
            ],
        },
        Choice {
            field: "text",
            words: t.appearance_text(),
            values: vec![
                ("small", t.appearance_small(), is("small")),
                ("medium", t.appearance_medium(), is("medium")),
                ("large", t.appearance_large(), is("large")),
                ("xlarge", t.appearance_xlarge(), is("xlarge")),
            ],
        },
        Choice {
            field: "width",
            words: t.appearance_width(),
            values: vec![("normal", t.appearance_normal(), !look.wide), ("wide", t.appearance_wide(), look.wide)],
        },
        Choice {
            field: "density",
            words: t.appearance_density(),
            values: vec![
                ("roomy", t.appearance_roomy(), !look.compact),
                ("compact", t.appearance_compact(), look.compact),
            ],
        },
        Choice {
            field: "keys",
            words: t.keys_switch(),
            values: vec![("on", t.keys_on(), !look.keys_off), ("off", t.keys_off(), look.keys_off)],
        },
    ]
}

/// Fields that were not sent, or are not known, leave things as they are.
fn chosen(f: &Form, mut look: Look) -> Look {
    match f.text("theme") {
        "auto" => look.colors = Colors::Auto,
        "light" => look.colors = Colors::Light,
        "dark" => look.colors = Colors::Dark,
        _ => {}
    }
    match f.text("text") {
        "small" => look.text = Text::Small,
        "medium" => look.text = Text::Medium,
        "large" => look.text = Text::Large,
        "xlarge" => look.text = Text::XLarge,
        _ => {}
    }
    match f.text("width") {
        "normal" => look.wide = false,
        "wide" => look.wide = true,
        _ => {}
    }
    match f.text("density") {
        "roomy" => look.compact = false,
        "compact" => look.compact = true,
        _ => {}
    }
    match f.text("keys") {
        "on" => look.keys_off = false,
        "off" => look.keys_off = true,
        _ => {}
    }
    look
}

pub async fn submit(v: Visit, app: App, headers: HeaderMap, f: Form) -> Result<Response> {
    let look = chosen(&f, v.look.clone()).cookie();
    let language = f.text("language").to_owned();
    let language = (f.has("language") && (language.is_empty() || app.words.has(&language))).then_some(language);
    let https = app.config.is_https();
    // A script only wants to know that it is kept.
    let mut response = match headers.contains_key("x-fragment") {
        true => StatusCode::NO_CONTENT.into_response(),
        false => redirect(own_path(f.text("back"))),
    };
    let (kept_look, kept_language) = match v.viewer.id() {
        Some(user) => {
            let own = language.clone();
            let done = app.db.write(move |tx| {
                tx.exec(
                    "update users set look = $2, lang = coalesce($3, lang) where id = $1",
                    params![user, &look, &own],
                )
            });
            done.await?;
            // What this browser kept for a stranger no longer counts.
            (String::new(), Some(String::new()))
        }
        None => (look, language),
    };
    let mut keep = |name: &str, value: &str| {
        let seconds = if value.is_empty() { 0 } else { KEPT_SECONDS };
        response.headers_mut().append(header::SET_COOKIE, cookies::set(name, value, Some(seconds), https));
    };
    keep("stoa-look", &kept_look);
    if let Some(language) = kept_language {
        keep("stoa-lang", &language);
    }
    Ok(response)
}
