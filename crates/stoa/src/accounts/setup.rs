//! `GET` and `POST /setup`: the first administrator and the site's name, for whoever has the one-time key that the program
//! printed when it started; `stoa setup` does the same without a browser.

use askama::Template;
use axum::http::{HeaderMap, StatusCode};
use axum::response::Response;
use serde::Deserialize;
use stoa_i18n::{A, LanguageInfo};
use stoa_markup::{Profile, SafeHtml};

use crate::accounts::{NewAccount, create, emails, name_problem, password_problem, roles};
use crate::app::App;
use crate::db::{Kind, Tx, params};
use crate::posts::text;
use crate::sessions::{self, Browser};
use crate::site::{ADMINISTRATORS, EVERYONE, Level, MEMBERS, PAGES};
use crate::users::names;
use crate::web::error::{Refusal, Result};
use crate::web::extract::Query;
use crate::web::page::{redirect, redirect_saying};
use crate::web::routes::{Field, Route};
use crate::web::shell::Head;
use crate::web::{FieldErrors, Form, Policy, Visit, csrf, field, page_with_status};

pub const QUERY: &[Field] = &[field("key", 100)];
pub const FIELDS: &[Field] = &[
    field("key", 100),
    field("site_name", 300),
    field("language", 35),
    field("name", 300),
    field("email", 400),
    field("password", 1000),
];
/// Characters.
const SITE_NAME_LONGEST: usize = 100;

/// While a one-time key waits for somebody to set the site up, every page leads to the one that says so.
pub fn gate(v: &Visit, route: &Route) -> Option<Response> {
    let open = v.site.is_set_up || route.policy == Policy::SetUp || route.path == "/appearance" || !is_waiting(&v.app);
    (!open).then(|| redirect("/setup"))
}

fn is_waiting(app: &App) -> bool {
    app.set_up_key.lock().expect("no panic while the lock is held").is_some()
}

/// Makes the one-time key of a site that is not set up and says where to go with it; nothing for other sites.
pub async fn announce(app: &App) -> Result<()> {
    if app.db.read(|tx| app.site.now(tx)).await?.is_set_up {
        return Ok(());
    }
    let key = csrf::random_token();
    eprintln!("This site is not set up yet. Open {}/setup?key={key}", app.config.base());
    *app.set_up_key.lock().expect("no panic while the lock is held") = Some(key);
    Ok(())
}

fn is_key(app: &App, key: &str) -> bool {
    let made = app.set_up_key.lock().expect("no panic while the lock is held");
    // Hashes are compared, so that the time it takes says nothing about the key.
    made.as_ref().is_some_and(|made| csrf::hash_of(made) == csrf::hash_of(key))
}

#[derive(Template)]
#[template(path = "accounts/templates/setup.html")]
struct Page<'a> {
    v: &'a Visit,
    head: Head,
    /// Empty for those who came without the key.
    key: String,
    is_wrong: bool,
    site_name: String,
    language: String,
    languages: Vec<LanguageInfo>,
    typed: String,
    email: String,
    errors: FieldErrors,
}

#[derive(Deserialize)]
pub struct Asked {
    key: Option<String>,
}

pub async fn form(v: Visit, app: App, Query(asked): Query<Asked>) -> Result {
    let key = asked.key.unwrap_or_default();
    if v.site.is_set_up {
        return Err(Refusal::AlreadySetUp.into());
    }
    if !is_key(&app, &key) {
        let status = if key.is_empty() { StatusCode::OK } else { StatusCode::FORBIDDEN };
        return show(&v, "", !key.is_empty(), &Form::default(), FieldErrors::default(), status);
    }
    show(&v, &key, false, &Form::default(), FieldErrors::default(), StatusCode::OK)
}

fn show(v: &Visit, key: &str, is_wrong: bool, f: &Form, errors: FieldErrors, status: StatusCode) -> Result {
    let language = if f.has("language") { f.text("language") } else { v.t.language_code() };
    let page = Page {
        v,
        head: Head::titled(v.t.setup_title()).unlisted(),
        key: key.to_owned(),
        is_wrong,
        site_name: f.text("site_name").to_owned(),
        language: language.to_owned(),
        languages: v.app.words.languages(),
        typed: f.text("name").to_owned(),
        email: f.text("email").to_owned(),
        errors,
    };
    page_with_status(status, &page)
}

pub async fn submit(v: Visit, app: App, headers: HeaderMap, f: Form) -> Result<Response> {
    if v.site.is_set_up {
        return Err(Refusal::AlreadySetUp.into());
    }
    let key = f.text("key");
    if !is_key(&app, key) {
        return show(&v, "", true, &Form::default(), FieldErrors::default(), StatusCode::FORBIDDEN);
    }
    let (site_name, name, email) = (one_line(f.text("site_name")), names::tidy(f.text("name")), f.text("email"));
    let mut errors = FieldErrors::default();
    if site_name.is_empty() || site_name.chars().count() > SITE_NAME_LONGEST {
        errors.add("site_name", v.t.setup_site_name_wrong(SITE_NAME_LONGEST));
    }
    if !app.words.has(f.text("language")) {
        errors.add("language", v.t.profile_language_wrong());
    }
    if let Some(problem) = name_problem(&v, &name) {
        errors.add("name", problem);
    }
    if let Some(problem) = emails::problem(&v, email) {
        errors.add("email", problem);
    }
    if let Some(problem) = password_problem(&v, f.raw("password"), &[&name, email, &site_name]) {
        errors.add("password", problem);
    }
    if !errors.is_empty() {
        return show(&v, key, false, &f, errors, StatusCode::UNPROCESSABLE_ENTITY);
    }
    let new = NewSite {
        name: site_name,
        lang: f.text("language").to_owned(),
        admin: NewAccount {
            name,
            password_hash: Some(app.passwords.hash(f.raw("password")).await?),
            email: Some(email.to_owned()),
            lang: v.t.language_code().to_owned(),
            at: v.now,
        },
    };
    let user = match make(&app, new).await {
        Err(crate::web::Error::Taken(_)) => {
            errors.add("name", v.t.name_taken());
            return show(&v, key, false, &f, errors, StatusCode::UNPROCESSABLE_ENTITY);
        }
        made => made?,
    };
    let (browser, now) = (Browser::of(&app, &headers), v.now);
    let token = app.db.write(move |tx| sessions::begin(tx, user, &browser, now)).await?;
    *app.set_up_key.lock().expect("no panic while the lock is held") = None;
    let mut response = redirect_saying(&v, "/", "set-up");
    sessions::welcome(&app, &mut response, &token, user, now);
    Ok(response)
}

fn one_line(text: &str) -> String {
    text::clean(text).split_whitespace().collect::<Vec<_>>().join(" ")
}

/// A site to be.
#[derive(Clone)]
pub struct NewSite {
    pub name: String,
    /// The language of the site: of its categories and texts, and of strangers who ask for none that there is.
    pub lang: String,
    pub admin: NewAccount,
}

/// A few categories to begin with: (message key, colour, whether members start topics there).
const CATEGORIES: &[(&str, i64, bool)] =
    &[("news", 0, false), ("hello", 4, true), ("help", 5, true), ("meetings", 2, true), ("site", 6, true)];

/// Sets a site up, in one transaction: its name, its administrator, and, where there are none yet, categories and the
/// texts of the footer. Returns the administrator's id; [`Refusal::AlreadySetUp`] when there is one.
pub async fn make(app: &App, new: NewSite) -> Result<i64> {
    let site = app.db.read(|tx| app.site.now(tx)).await?;
    let t = app.words.t(&new.lang);
    let mut categories = Vec::new();
    for (key, color, open) in CATEGORIES {
        let (name, about) =
            (t.msg(&format!("default-category-{key}"), &[]), t.msg(&format!("default-category-{key}-about"), &[]));
        let html = text::cook_public(app, &site, &about, Profile::Comment).await?.html;
        categories.push(NewCategory { name, about, html, color: *color, open: *open });
    }
    let mut pages = Vec::new();
    for name in PAGES {
        let raw = t.msg(&format!("default-text-{name}"), &[A::Plain(new.name.as_str().into())]);
        let html = text::cook_public(app, &site, &raw, Profile::Page).await?.html;
        pages.push((name, raw, html));
    }
    let made = app.db.write(move |tx| {
        let admins: i64 =
            tx.one("select count(*) from group_members where group_id = $1", params![ADMINISTRATORS])?;
        if admins > 0 {
            return Err(Refusal::AlreadySetUp.into());
        }
        let user = create(tx, &new.admin)?;
        roles::grant(tx, user, ADMINISTRATORS, new.admin.at)?;
        for (key, value) in [("name", &new.name), ("language", &new.lang)] {
            tx.exec(
                "insert into settings (key, value) values ($1, $2) on conflict (key) do update set value = excluded.value",
                params![key, value],
            )?;
        }
        if tx.one::<i64>("select count(*) from categories where id > 0", &[])? == 0 {
            for (position, category) in categories.iter().enumerate() {
                add_category(tx, category, position, new.admin.at)?;
            }
        }
        for (name, raw, html) in &pages {
            tx.exec(
                "insert into pages (name, lang, raw, html, updated_at) values ($1, $2, $3, $4, $5) on conflict do nothing",
                params![*name, &new.lang, raw, html, new.admin.at],
            )?;
        }
        tx.changed(Kind::SettingsEdited, 0);
        Ok(user)
    });
    made.await
}

#[derive(Clone)]
struct NewCategory {
    name: String,
    about: String,
    html: SafeHtml,
    color: i64,
    /// Members start topics here; elsewhere they only reply.
    open: bool,
}

fn add_category(tx: &Tx, new: &NewCategory, position: usize, now: i64) -> Result<()> {
    let id: i64 = tx.one(
        "insert into categories (name, slug, color, description_raw, description_html, position, created_at)
         values ($1, $2, $3, $4, $5, $6, $7) returning id",
        params![&new.name, stoa_markup::slug(&new.name), new.color, &new.about, &new.html, position, now],
    )?;
    let members = if new.open { Level::Create } else { Level::Reply };
    for (group, level) in [(EVERYONE, Level::See), (MEMBERS, members)] {
        tx.exec(
            "insert into category_groups (category_id, group_id, level) values ($1, $2, $3)",
            params![id, group, level as i64],
        )?;
    }
    tx.changed(Kind::CategoryEdited, id);
    Ok(())
}
