//! `GET /admin/wikis/{name}`: all about one wiki. Secrets are on it only in the answer that made them.

use askama::Template;
use axum::http::StatusCode;

use super::named;
use crate::app::App;
use crate::web::error::Result;
use crate::web::extract::Path;
use crate::web::shell::Head;
use crate::web::{FieldErrors, Member, Visit, page_with_status};
use crate::wikis::bot::{self, BASE, Bot, PAUSE};
use crate::wikis::{Wiki, keys, queries};

/// What an answer shows beside the wiki itself.
#[derive(Default)]
pub struct Shown {
    /// The wiki's secret key, right after it was made.
    pub seed: Option<String>,
    /// What was done, a message key after `said-`, when there is no redirect that says it.
    pub said: Option<&'static str>,
    /// What the check found.
    pub found: Vec<super::check::Line>,
    pub errors: FieldErrors,
    /// What was typed into the forms, when it comes back.
    pub title: Option<String>,
    pub client: Option<String>,
    pub bot: Option<BotForm>,
}

/// The form of the bot.
#[derive(Clone, Default)]
pub struct BotForm {
    pub is_on: bool,
    pub account: String,
    pub base: String,
    pub pause: String,
    pub has_secret: bool,
    /// When it was stopped and why; when it worked last.
    pub stopped: Option<(i64, String)>,
    pub worked_at: Option<i64>,
    pub stop_page: String,
}

impl BotForm {
    fn of(bot: Option<&Bot>) -> BotForm {
        let Some(bot) = bot else {
            return BotForm { base: BASE.into(), pause: PAUSE.to_string(), ..BotForm::default() };
        };
        BotForm {
            is_on: bot.is_on,
            account: bot.account.clone(),
            base: bot.base.clone(),
            pause: bot.pause_seconds.to_string(),
            has_secret: !bot.secret.is_empty(),
            stopped: bot.stopped_at.map(|at| (at, bot.stopped_why.clone())),
            worked_at: bot.worked_at,
            stop_page: bot.stop_page(),
        }
    }
}

#[derive(Template)]
#[template(path = "wikis/templates/show.html")]
struct Page<'a> {
    v: &'a Visit,
    head: Head,
    wiki: &'a Wiki,
    shown: &'a Shown,
    title: &'a str,
    client: &'a str,
    /// Whether the wiki's secret for log-in is known.
    has_secret: bool,
    callback: String,
    snippet: String,
    /// (issuer, words) of whose accounts this wiki may have.
    issuers: Vec<(String, String)>,
    interwiki_count: i64,
    people: i64,
    /// Until when the keys before count.
    old_until: Option<i64>,
    errors: &'a FieldErrors,
    bot: BotForm,
}

pub async fn page(me: Member, app: App, Path(name): Path<String>) -> Result {
    let wiki = named(&me, &name)?;
    show(&me, &app, &wiki, Shown::default()).await
}

/// The page with whatever an act has to show on it.
pub async fn show(v: &Visit, app: &App, wiki: &Wiki, shown: Shown) -> Result {
    let now = v.now;
    let found = app.db.read(|tx| {
        let (secrets, data) = (queries::secrets(tx, wiki.id)?, queries::data(tx, wiki.id)?);
        Ok((secrets, data, queries::people(tx, wiki)?, bot::of(tx, wiki.id)?))
    });
    let (secrets, data, (people, _), kept) = found.await?;
    let public = secrets.public_keys(now)?;
    let status = if shown.errors.is_empty() { StatusCode::OK } else { StatusCode::UNPROCESSABLE_ENTITY };
    let page = Page {
        v,
        head: Head::titled(v.t.wiki_page_title(&wiki.title)).unlisted(),
        wiki,
        title: shown.title.as_deref().unwrap_or(&wiki.title),
        client: shown.client.as_deref().unwrap_or(&wiki.oauth_client),
        has_secret: !secrets.oauth_secret.is_empty(),
        callback: v.absolute(&format!("/login/wiki/{}/callback", wiki.name)),
        snippet: snippet(v, wiki, &public, shown.seed.as_deref()),
        issuers: issuers(v, wiki),
        interwiki_count: i64::try_from(data.interwiki.len()).unwrap_or(i64::MAX),
        people,
        old_until: wiki.old_wiki_until.filter(|until| *until > now),
        errors: &shown.errors,
        bot: shown.bot.clone().unwrap_or_else(|| BotForm::of(kept.as_ref())),
        shown: &shown,
    };
    page_with_status(status, &page)
}

/// A text as PHP writes it.
fn php(text: &str) -> String {
    format!("'{}'", text.replace('\\', "\\\\").replace('\'', "\\'"))
}

/// What goes into the wiki's settings.
fn snippet(v: &Visit, wiki: &Wiki, public: &[String], seed: Option<&str>) -> String {
    let keys: Vec<String> = public.iter().map(|key| php(key)).collect();
    let mut text = format!(
        "wfLoadExtension( 'Stoa' );\n$wgStoaUrl = {};\n$wgStoaWiki = {};\n$wgStoaWebhookPublicKeys = [ {} ];\n",
        php(&v.app.config.base()),
        php(&wiki.name),
        keys.join(", ")
    );
    text.push_str(&match seed {
        Some(seed) => format!("$wgStoaSigningKey = {};\n", php(seed)),
        None => {
            format!("// $wgStoaSigningKey: {}\n", v.t.wiki_snippet_kept(stoa_i18n::Plain(keys::short(&wiki.wiki_key))))
        }
    });
    text
}

/// Its own accounts, or those of another wiki.
fn issuers(v: &Visit, wiki: &Wiki) -> Vec<(String, String)> {
    let own = super::login::own_issuer(wiki);
    let mut all = vec![(own.clone(), v.t.wiki_issuer_own())];
    for other in v.site.wikis.iter().filter(|w| w.id != wiki.id) {
        if !all.iter().any(|(issuer, _)| *issuer == other.issuer) {
            all.push((other.issuer.clone(), v.t.wiki_issuer_of(&other.title)));
        }
    }
    if !all.iter().any(|(issuer, _)| *issuer == wiki.issuer) {
        all.push((wiki.issuer.clone(), wiki.issuer.clone()));
    }
    all
}

/// The beginnings of keys, for telling them apart.
fn short(key: &str) -> &str {
    keys::short(key)
}
