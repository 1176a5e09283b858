//! `GET` and `POST /settings`: what others see of somebody, and how the site speaks to them.

use askama::Template;
use axum::http::StatusCode;
use axum::response::Response;
use stoa_i18n::LanguageInfo;
use stoa_markup::Profile;

use crate::accounts::Tab;
use crate::app::App;
use crate::db::{Kind, params};
use crate::posts::text;
use crate::web::error::Result;
use crate::web::page::redirect_saying;
use crate::web::routes::Field;
use crate::web::shell::Head;
use crate::web::{FieldErrors, Form, Member, Visit, field, page_with_status};

pub const FIELDS: &[Field] =
    &[field("display_name", 500), field("bio", 20_000), field("language", 35), field("time_zone", 60)];
/// Characters.
pub const NAME_LONGEST: usize = 120;
pub const BIO_LONGEST: usize = 3000;

#[derive(Template)]
#[template(path = "accounts/templates/profile.html")]
struct Page<'a> {
    v: &'a Visit,
    head: Head,
    tab: Tab,
    display_name: String,
    bio: String,
    language: String,
    time_zone: String,
    languages: Vec<LanguageInfo>,
    zones: Vec<String>,
    errors: FieldErrors,
}

struct Fields {
    display_name: String,
    bio: String,
    language: String,
    time_zone: String,
}

pub async fn form(me: Member, app: App) -> Result {
    let user = me.user.id;
    let bio: String = app.db.read(|tx| tx.one("select bio_raw from users where id = $1", params![user])).await?;
    let fields = Fields {
        display_name: me.user.display_name.clone(),
        bio,
        language: me.user.lang.clone(),
        time_zone: me.user.time_zone.clone(),
    };
    show(&me, fields, FieldErrors::default(), StatusCode::OK)
}

fn show(v: &Visit, f: Fields, errors: FieldErrors, status: StatusCode) -> Result {
    let page = Page {
        v,
        head: Head::titled(v.t.nav_settings()).unlisted(),
        tab: Tab::Profile,
        zones: zones(&f.time_zone),
        display_name: f.display_name,
        bio: f.bio,
        language: f.language,
        time_zone: f.time_zone,
        languages: v.app.words.languages(),
        errors,
    };
    page_with_status(status, &page)
}

/// Places of the time zone database, and whatever is chosen now.
fn zones(chosen: &str) -> Vec<String> {
    const AREAS: [&str; 10] = [
        "Africa/",
        "America/",
        "Antarctica/",
        "Arctic/",
        "Asia/",
        "Atlantic/",
        "Australia/",
        "Europe/",
        "Indian/",
        "Pacific/",
    ];
    let known = jiff::tz::db().available().map(|name| name.to_string());
    let mut zones: Vec<String> = known.filter(|name| AREAS.iter().any(|area| name.starts_with(area))).collect();
    zones.push("UTC".to_owned());
    if !zones.iter().any(|name| name == chosen) {
        zones.push(chosen.to_owned());
    }
    zones.sort_unstable();
    zones.dedup();
    zones
}

pub async fn submit(me: Member, app: App, f: Form) -> Result<Response> {
    let fields = Fields {
        display_name: text::clean(f.text("display_name")).split_whitespace().collect::<Vec<_>>().join(" "),
        bio: text::clean(f.text("bio")),
        language: f.text("language").to_owned(),
        time_zone: f.text("time_zone").to_owned(),
    };
    let mut errors = FieldErrors::default();
    if fields.display_name.chars().count() > NAME_LONGEST {
        errors.add("display_name", me.t.profile_name_too_long(NAME_LONGEST));
    }
    let length = fields.bio.chars().count();
    if length > BIO_LONGEST {
        errors.add("bio", me.t.post_too_long(BIO_LONGEST, length));
    }
    if !fields.language.is_empty() && !app.words.has(&fields.language) {
        errors.add("language", me.t.profile_language_wrong());
    }
    if jiff::tz::TimeZone::get(&fields.time_zone).is_err() {
        errors.add("time_zone", me.t.profile_time_zone_wrong());
    }
    if !errors.is_empty() {
        return show(&me, fields, errors, StatusCode::UNPROCESSABLE_ENTITY);
    }
    let html = text::cook_public(&app, &me.site, &fields.bio, Profile::Comment).await?.html;
    let user = me.user.id;
    let done = app.db.write(move |tx| {
        tx.exec(
            "update users set display_name = $2, bio_raw = $3, bio_html = $4, lang = $5, time_zone = $6 where id = $1",
            params![user, &fields.display_name, &fields.bio, &html, &fields.language, &fields.time_zone],
        )?;
        tx.changed(Kind::UserEdited, user);
        Ok(())
    });
    done.await?;
    Ok(redirect_saying(&me, "/settings", "profile-saved"))
}
