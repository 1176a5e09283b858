//! `POST /admin/wikis/{name}/check`: asks the wiki everything that has to be right, and says in plain words what is not.

use std::time::Duration;

use axum::response::Response;
use serde_json::Value;
use url::Url;

use super::named;
use super::show::{self, Shown};
use crate::app::App;
use crate::clock::SECOND;
use crate::fetch::Most;
use crate::web::error::Result;
use crate::web::extract::Path;
use crate::web::{Member, Visit};
use crate::wikis::find::{self, Found};
use crate::wikis::oauth::{self, Trouble};
use crate::wikis::queries::{self, Secrets};
use crate::wikis::{Wiki, keys};

const PATIENCE: Duration = Duration::from_secs(8);
const ABOUT: Most = Most { bytes: 64 << 10, is_enough: false };
/// The first version that the extension works with.
const OLDEST: (u32, u32) = (1, 43);
/// Messages that are off by more than five minutes are refused; this is said before.
const CLOCK_SECONDS: i64 = 60;

/// How something stands.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub enum Mood {
    Good,
    /// Works, or is not needed.
    Note,
    Bad,
}

impl Mood {
    /// As message boxes are called.
    pub fn key(self) -> &'static str {
        match self {
            Mood::Good => "success",
            Mood::Note => "notice",
            Mood::Bad => "error",
        }
    }
}

/// One sentence of what was found.
#[derive(Clone, Debug)]
pub struct Line {
    pub mood: Mood,
    pub text: String,
}

impl Line {
    pub fn good(text: String) -> Line {
        Line { mood: Mood::Good, text }
    }

    pub fn note(text: String) -> Line {
        Line { mood: Mood::Note, text }
    }

    pub fn bad(text: String) -> Line {
        Line { mood: Mood::Bad, text }
    }
}

pub async fn submit(me: Member, app: App, Path(name): Path<String>) -> Result<Response> {
    let wiki = named(&me, &name)?;
    let secrets = app.db.read(|tx| queries::secrets(tx, wiki.id)).await?;
    let found = run(&me, &app, &wiki, &secrets).await?;
    show::show(&me, &app, &wiki, Shown { found, ..Shown::default() }).await
}

async fn run(v: &Visit, app: &App, wiki: &Wiki, secrets: &Secrets) -> Result<Vec<Line>> {
    let api = Url::parse(&wiki.api).map_err(anyhow::Error::from)?;
    let said = match find::ask(app, &api).await {
        Ok(said) => said,
        Err(problem) => return Ok(vec![Line::bad(v.msg(problem.key()))]),
    };
    let mut lines = vec![Line::good(v.t.wiki_check_answers(stoa_i18n::Plain(&said.generator)))];
    let version = Wiki { generator: said.generator.clone(), ..wiki.clone() }.version();
    let too_old = version.is_some_and(|version| version < OLDEST);
    if too_old {
        lines.push(Line::bad(v.t.wiki_check_old(stoa_i18n::Plain(&format!("{}.{}", OLDEST.0, OLDEST.1)))));
    }
    if said.is_read_only {
        lines.push(Line::note(v.t.wiki_check_read_only()));
    }
    lines.extend(login(v, app, wiki, &secrets.oauth_secret).await);
    if !too_old {
        extension(v, app, wiki, secrets, &said, &mut lines).await?;
    }
    Ok(lines)
}

/// A code that nobody has is offered: a wiki that knows the site objects to the code, one that does not objects to the
/// site.
async fn login(v: &Visit, app: &App, wiki: &Wiki, secret: &str) -> Option<Line> {
    if wiki.oauth_client.is_empty() {
        return Some(Line::note(v.t.wiki_check_login_off()));
    }
    let callback = v.absolute(&format!("/login/wiki/{}/callback", wiki.name));
    let verifier = "check".repeat(10);
    Some(match oauth::exchange(app, wiki, secret, &callback, "check", &verifier).await {
        Err(Trouble::Refused(_, error)) if error == "invalid_client" || error == "unauthorized_client" => {
            Line::bad(v.t.wiki_check_client(stoa_i18n::Plain(&callback)))
        }
        Err(Trouble::Refused(400 | 401, _)) | Ok(_) => Line::good(v.t.wiki_check_login()),
        Err(Trouble::Refused(404, _)) => Line::bad(v.t.wiki_check_no_oauth()),
        Err(Trouble::NoAnswer(_)) | Err(Trouble::Odd) | Err(Trouble::Refused(..)) => {
            Line::bad(v.t.wiki_check_login_odd())
        }
    })
}

async fn extension(
    v: &Visit,
    app: &App,
    wiki: &Wiki,
    secrets: &Secrets,
    site: &Found,
    lines: &mut Vec<Line>,
) -> Result<()> {
    let at = format!("{}/stoa/v1/about", wiki.rest);
    let got = match app.fetcher.get_some(&at, "application/json", PATIENCE, ABOUT).await {
        Ok(got) => got,
        Err(_) => {
            lines.push(Line::bad(v.t.wiki_check_extension_odd()));
            return Ok(());
        }
    };
    if got.status == 404 {
        // Log-in does without it.
        let text = v.t.wiki_check_no_extension();
        lines.push(if wiki.delivers { Line::bad(text) } else { Line::note(text) });
        return Ok(());
    }
    let about: Value = serde_json::from_slice(&got.body).unwrap_or_default();
    if got.status != 200 || !about["extension"].is_string() {
        lines.push(Line::bad(v.t.wiki_check_extension_odd()));
        return Ok(());
    }
    let before = lines.len();
    let text = |key: &str| about[key].as_str().unwrap_or("").chars().take(300).collect::<String>();
    if text("wiki") != wiki.name {
        lines.push(Line::bad(v.t.wiki_check_name(text("wiki"), &wiki.name)));
    }
    let base = v.app.config.base();
    if text("site").trim_end_matches('/') != base {
        lines.push(Line::bad(v.t.wiki_check_site(text("site"), stoa_i18n::Plain(&base))));
    }
    let known: Vec<&str> = about["keys"].as_array().into_iter().flatten().filter_map(Value::as_str).collect();
    let newest = secrets.public_keys(v.now)?;
    let is_known = |key: &String| known.contains(&keys::short(key));
    if !newest.iter().any(is_known) {
        lines.push(Line::bad(v.t.wiki_check_keys()));
    } else if !newest.first().is_some_and(is_known) {
        lines.push(Line::note(v.t.wiki_check_old_key()));
    }
    if let Some(there) = oauth::whole(&about["time"]) {
        let apart = (app.now() / SECOND - there).abs();
        if apart > CLOCK_SECONDS {
            lines.push(Line::bad(v.t.wiki_check_clock(apart)));
        }
    }
    if about["read_only"] == true && !site.is_read_only {
        lines.push(Line::note(v.t.wiki_check_read_only()));
    }
    if lines[before..].iter().all(|line| line.mood != Mood::Bad) {
        lines.push(Line::good(v.t.wiki_check_extension(stoa_i18n::Plain(&text("extension")))));
        if about["echo"] == false {
            lines.push(Line::note(v.t.wiki_check_no_echo()));
        }
    }
    Ok(())
}
