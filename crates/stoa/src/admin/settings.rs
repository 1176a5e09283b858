//! `GET` and `POST /admin/settings`: what the site is called, its language, its wiki and who may sign up.

use askama::Template;
use axum::http::StatusCode;
use axum::response::Response;

use super::line;
use crate::access;
use crate::app::App;
use crate::db::{Kind, params};
use crate::posts::text;
use crate::site::SETTINGS;
use crate::web::error::{Error, Result};
use crate::web::page::redirect_saying;
use crate::web::routes::Field;
use crate::web::shell::Head;
use crate::web::{FieldErrors, Form, Member, Visit, field, page_with_status};

pub const FIELDS: &[Field] = &[
    field("name", 500),
    field("tagline", 2000),
    field("language", 35),
    field("wiki", 2000),
    field("wiki-api", 2000),
    field("interwiki", 20_000),
    field("sign-up", 10),
    field("link-previews", 5),
    field("welcome-topic", 2000),
];
const NAME_LONGEST: usize = 60;
const TAGLINE_LONGEST: usize = 200;
const URL_LONGEST: usize = 500;
const LINES_MOST: usize = 300;

#[derive(Template)]
#[template(path = "admin/templates/settings.html")]
struct Page<'a> {
    v: &'a Visit,
    head: Head,
    values: Vec<(&'static str, String)>,
    /// (code, name in that language)
    languages: Vec<(String, String)>,
    errors: FieldErrors,
}

impl Page<'_> {
    fn value(&self, key: &str) -> &str {
        self.values.iter().find(|(k, _)| *k == key).map_or("", |(_, value)| value)
    }

    fn is(&self, key: &str, value: &str) -> bool {
        self.value(key) == value
    }
}

/// What a setting is until somebody changes it.
pub fn default_of(key: &str) -> &'static str {
    SETTINGS.iter().find(|(k, _)| *k == key).map_or("", |(_, value)| *value)
}

pub async fn form(me: Member) -> Result {
    let values = SETTINGS.iter().map(|(key, _)| (*key, me.site.setting(key).to_owned())).collect();
    show(&me, values, FieldErrors::default(), StatusCode::OK)
}

fn show(v: &Visit, values: Vec<(&'static str, String)>, errors: FieldErrors, status: StatusCode) -> Result {
    let languages = v.app.words.languages().into_iter().map(|l| (l.code, l.autonym)).collect();
    let head = Head::titled(v.t.admin_settings_title()).unlisted();
    page_with_status(status, &Page { v, head, values, languages, errors })
}

pub async fn submit(me: Member, app: App, f: Form) -> Result<Response> {
    let sent = |key: &'static str| match key {
        "interwiki" => text::clean(f.raw(key)).trim().to_owned(),
        _ => line(f.raw(key)),
    };
    // What a form leaves out stays as it is.
    let now = |key: &'static str| if f.has(key) { sent(key) } else { me.site.setting(key).to_owned() };
    let mut values: Vec<(&'static str, String)> = SETTINGS.iter().map(|(key, _)| (*key, now(key))).collect();
    let mut errors = FieldErrors::default();
    for (key, value) in &values {
        check(&me, key, value, &mut errors);
    }
    let welcome = values.iter().find(|(key, _)| *key == "welcome-topic").and_then(|(_, value)| topic_at(value));
    if let Some(id) = welcome
        && let Err(why) = app.db.read(|tx| access::topic(tx, &me, id)).await
    {
        let Error::NotFound = why else { return Err(why) };
        errors.add("welcome-topic", me.t.setting_welcome_topic_missing(stoa_i18n::Plain(&id.to_string())));
    }
    if !errors.is_empty() {
        return show(&me, values, errors, StatusCode::UNPROCESSABLE_ENTITY);
    }
    for (key, value) in &mut values {
        match *key {
            "interwiki" => *value = tidy_interwiki(value),
            "welcome-topic" => *value = welcome.map_or_else(String::new, |id| id.to_string()),
            _ => {}
        }
    }
    app.db
        .write(move |tx| {
            for (key, value) in &values {
                if value == default_of(key) {
                    tx.exec("delete from settings where key = $1", params![*key])?;
                } else {
                    tx.exec(
                        "insert into settings (key, value) values ($1, $2)
                         on conflict (key) do update set value = excluded.value",
                        params![*key, value],
                    )?;
                }
            }
            tx.changed(Kind::SettingsEdited, 0);
            Ok(())
        })
        .await?;
    Ok(redirect_saying(&me, "/admin/settings", "settings-saved"))
}

fn check(v: &Visit, key: &'static str, value: &str, errors: &mut FieldErrors) {
    let t = &v.t;
    let length = value.chars().count();
    let problem = match key {
        "name" if value.is_empty() => Some(t.setting_name_empty()),
        "name" if length > NAME_LONGEST => Some(t.setting_too_long(NAME_LONGEST, length)),
        "tagline" if length > TAGLINE_LONGEST => Some(t.setting_too_long(TAGLINE_LONGEST, length)),
        "language" if !v.app.words.has(value) => Some(t.setting_language_unknown(value)),
        "wiki" if !value.is_empty() => pattern_problem(v, value),
        "wiki-api" if !value.is_empty() => api_problem(v, value),
        "interwiki" => interwiki_problem(v, value),
        "welcome-topic" if !value.is_empty() && topic_at(value).is_none() => Some(t.setting_welcome_topic_wrong(value)),
        "sign-up" if !["open", "wiki", "closed"].contains(&value) => Some(t.setting_sign_up_wrong()),
        "link-previews" if !["on", "off"].contains(&value) => Some(t.setting_link_previews_wrong()),
        _ => None,
    };
    if let Some(text) = problem {
        errors.add(key, text);
    }
}

/// The number of a topic: as such, or in an address of it.
fn topic_at(value: &str) -> Option<i64> {
    let path = value.split_once("/t/").map_or(value, |(_, path)| path);
    let path = path.split(['?', '#']).next()?;
    let mut parts = path.split('/').filter(|part| !part.is_empty());
    match (parts.next()?, parts.next()) {
        (_, Some(id)) if value.contains("/t/") => id.parse().ok(),
        (id, None) => id.parse().ok(),
        _ => None,
    }
    .filter(|id| *id > 0)
}

/// What is wrong with the address of a wiki, `$1` standing for the page.
fn pattern_problem(v: &Visit, value: &str) -> Option<String> {
    match pattern(value) {
        Ok(()) => None,
        Err(Wrong::NoAddress) => Some(v.t.setting_wiki_no_address(value)),
        Err(Wrong::NoPlace) => Some(v.t.setting_wiki_no_place(value)),
    }
}

/// What is wrong with the address at which a wiki answers programs.
fn api_problem(v: &Visit, value: &str) -> Option<String> {
    let wrong = value.contains("$1") || value.contains(['?', '#']) || pattern(&format!("{value}?$1")).is_err();
    wrong.then(|| v.t.setting_wiki_no_address(value))
}

#[derive(Debug, PartialEq, Eq)]
enum Wrong {
    NoAddress,
    NoPlace,
}

fn pattern(value: &str) -> std::result::Result<(), Wrong> {
    if value.matches("$1").count() != 1 {
        return Err(Wrong::NoPlace);
    }
    let plain = value.len() <= URL_LONGEST && !value.contains(char::is_whitespace) && !value.contains(['"', '<', '>']);
    let parsed = url::Url::parse(&value.replace("$1", "page")).map_err(|_| Wrong::NoAddress)?;
    let web = ["http", "https"].contains(&parsed.scheme()) && parsed.host().is_some();
    let secret = !parsed.username().is_empty() || parsed.password().is_some();
    if plain && web && !secret { Ok(()) } else { Err(Wrong::NoAddress) }
}

fn interwiki_problem(v: &Visit, value: &str) -> Option<String> {
    let lines: Vec<&str> = value.lines().filter(|l| !l.trim().is_empty()).collect();
    if lines.len() > LINES_MOST {
        return Some(v.t.setting_interwiki_too_many(LINES_MOST));
    }
    lines.iter().find_map(|line| {
        let Some((prefix, url)) = line.trim().split_once(char::is_whitespace) else {
            return Some(v.t.setting_interwiki_line(line.trim()));
        };
        if !is_prefix(prefix) {
            return Some(v.t.setting_interwiki_prefix(prefix));
        }
        pattern_problem(v, url.trim())
    })
}

/// Prefixes are written in small or large letters, digits and the signs MediaWiki allows in them.
fn is_prefix(prefix: &str) -> bool {
    prefix.len() <= 32
        && prefix.chars().any(char::is_alphanumeric)
        && prefix.chars().all(|c| c.is_alphanumeric() || matches!(c, '-' | '_' | '.'))
}

/// One `prefix address` a line, with one space, the prefix in small letters.
fn tidy_interwiki(value: &str) -> String {
    let tidy = |line: &str| {
        let (prefix, url) = line.trim().split_once(char::is_whitespace)?;
        Some(format!("{} {}", prefix.to_lowercase(), url.trim()))
    };
    value.lines().filter_map(tidy).collect::<Vec<_>>().join("\n")
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn a_wiki_is_an_address_with_one_place_for_the_page() {
        for good in [
            "https://en.wikipedia.org/wiki/$1",
            "http://wiki.local:8080/w/index.php?title=$1",
            "https://$1.example.org",
        ] {
            assert_eq!(pattern(good), Ok(()), "{good}");
        }
        for (bad, why) in [
            ("https://en.wikipedia.org/wiki/", Wrong::NoPlace),
            ("https://a.example/$1/$1", Wrong::NoPlace),
            ("javascript:alert($1)", Wrong::NoAddress),
            ("data:text/html,$1", Wrong::NoAddress),
            ("/wiki/$1", Wrong::NoAddress),
            ("https://user:secret@a.example/$1", Wrong::NoAddress),
            ("https://a.example/\"onclick=$1", Wrong::NoAddress),
        ] {
            assert_eq!(pattern(bad), Err(why), "{bad}");
        }
    }

    #[test]
    fn a_topic_is_named_by_its_number_or_its_address() {
        for text in ["7", " /t/hello/7".trim(), "https://a.example/t/hello/7?page=2#p31", "/t/7", "/t/2024/7"] {
            assert_eq!(topic_at(text), Some(7), "{text}");
        }
        for text in ["hello", "/t/hello", "7/8", "-7", "https://a.example/7/"] {
            assert_eq!(topic_at(text), None, "{text}");
        }
    }

    #[test]
    fn interwiki_lines_are_kept_tidy() {
        assert_eq!(
            tidy_interwiki("  Foo \t https://foo.example/$1 \n\nbar https://b.example/$1"),
            "foo https://foo.example/$1\nbar https://b.example/$1"
        );
        assert!(is_prefix("zh-min-nan") && is_prefix("вики"));
        assert!(!is_prefix("a:b") && !is_prefix("--") && !is_prefix(""));
    }
}
