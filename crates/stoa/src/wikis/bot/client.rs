//! Talks to `api.php` as an account: log-in, tokens, edits; polite to a wiki that is busy.

use std::collections::BTreeMap;
use std::time::Duration;

use serde_json::Value;
use url::form_urlencoded::Serializer;

use super::Bot;
use crate::app::App;
use crate::clock::SECOND;
use crate::fetch::{LARGEST, Most};
use crate::wikis::Wiki;
use crate::wikis::api::list;

const PATIENCE: Duration = Duration::from_secs(10);
const MOST: Most = Most { bytes: LARGEST * 4, is_enough: false };
/// Seconds of lag of its database behind which a wiki is left alone (<https://www.mediawiki.org/wiki/Manual:Maxlag_parameter>).
const LAG: &str = "5";
/// How long a wiki is left alone that is busy, read-only or does not answer.
const LATER: i64 = 60 * SECOND;

/// Why something was not done.
#[derive(Debug, PartialEq, Eq)]
pub enum Trouble {
    /// Not now: again after so many microseconds.
    Later(i64, String),
    /// Somebody has to do something about it first.
    Stop(String),
    /// Only this one thing; the code and what is said of it.
    No(String, String),
}

pub type Done<T> = Result<T, Trouble>;

/// An account that is logged in.
pub struct Client<'a> {
    app: &'a App,
    wiki: &'a Wiki,
    token: Option<String>,
    cookies: BTreeMap<String, String>,
    csrf: Option<String>,
    assert: &'static str,
}

/// An edit.
#[derive(Default)]
pub struct Edit<'a> {
    pub title: &'a str,
    pub text: &'a str,
    pub summary: &'a str,
    /// The heading of a new section; the text of the page is kept.
    pub section: Option<&'a str>,
    /// The revision that the text was made from.
    pub base: Option<i64>,
    /// `json` for data.
    pub model: Option<&'a str>,
    /// Readers of recent changes are not to be bothered.
    pub is_minor: bool,
}

/// A page as it is.
#[derive(Debug, Default)]
pub struct Page {
    /// `None` when there is none.
    pub revision: Option<i64>,
    pub text: String,
    /// Who changed it last.
    pub user: String,
}

impl<'a> Client<'a> {
    /// Logs in with a bot password, or takes the token that an owner made.
    pub async fn log_in(app: &'a App, wiki: &'a Wiki, bot: &Bot) -> Done<Client<'a>> {
        let mut client = Client { app, wiki, token: None, cookies: BTreeMap::new(), csrf: None, assert: "bot" };
        if bot.account.is_empty() {
            client.token = Some(bot.secret.clone());
            return Ok(client);
        }
        client.assert = "";
        let answer = client.get(&[("action", "query"), ("meta", "tokens"), ("type", "login")]).await?;
        let token = answer["query"]["tokens"]["logintoken"].as_str().unwrap_or("").to_owned();
        let fields = [
            ("action", "login"),
            ("lgname", bot.account.as_str()),
            ("lgpassword", bot.secret.as_str()),
            ("lgtoken", token.as_str()),
        ];
        let answer = client.post(&fields).await?;
        let result = answer["login"]["result"].as_str().unwrap_or("");
        if result != "Success" {
            let reason = answer["login"]["reason"].as_str().or(answer["login"]["reason"]["text"].as_str());
            return Err(Trouble::Stop(format!("log-in: {result} {}", reason.unwrap_or(""))));
        }
        client.assert = "bot";
        Ok(client)
    }

    /// Pages by title, as many as one may ask for at once (50).
    pub async fn pages(&mut self, titles: &[String]) -> Done<BTreeMap<String, Page>> {
        let titles_joined = titles.join("|");
        let fields = [
            ("action", "query"),
            ("prop", "revisions"),
            ("rvprop", "ids|content|user"),
            ("rvslots", "main"),
            ("titles", titles_joined.as_str()),
        ];
        // Titles in other scripts are too long for an address.
        let answer = self.post(&fields).await?;
        let mut names: BTreeMap<String, String> = titles.iter().map(|t| (t.clone(), t.clone())).collect();
        for step in list(&answer["query"]["normalized"]) {
            if let (Some(from), Some(to)) = (step["from"].as_str(), step["to"].as_str()) {
                names.insert(to.to_owned(), from.to_owned());
            }
        }
        let mut found = BTreeMap::new();
        for page in list(&answer["query"]["pages"]) {
            let title = page["title"].as_str().unwrap_or("");
            let revision = &page["revisions"][0];
            let text = |value: &Value| value.as_str().unwrap_or("").to_owned();
            found.insert(
                names.get(title).cloned().unwrap_or_else(|| title.to_owned()),
                Page {
                    revision: revision["revid"].as_i64(),
                    text: text(&revision["slots"]["main"]["content"]),
                    user: text(&revision["user"]),
                },
            );
        }
        Ok(found)
    }

    /// Changes a page. An edit that changes nothing is done.
    pub async fn edit(&mut self, edit: &Edit<'_>) -> Done<()> {
        let csrf = match &self.csrf {
            Some(token) => token.clone(),
            None => {
                let answer = self.get(&[("action", "query"), ("meta", "tokens"), ("type", "csrf")]).await?;
                let token = answer["query"]["tokens"]["csrftoken"].as_str().unwrap_or("").to_owned();
                self.csrf = Some(token.clone());
                token
            }
        };
        let base = edit.base.map(|id| id.to_string()).unwrap_or_default();
        let mut fields = vec![
            ("action", "edit"),
            ("title", edit.title),
            ("text", edit.text),
            ("summary", edit.summary),
            ("bot", "1"),
            ("maxlag", LAG),
        ];
        match edit.section {
            Some(heading) => fields.extend([("section", "new"), ("sectiontitle", heading)]),
            None if !base.is_empty() => fields.extend([("baserevid", base.as_str()), ("nocreate", "1")]),
            None => {}
        }
        if let Some(model) = edit.model {
            fields.push(("contentmodel", model));
        }
        if edit.is_minor {
            fields.push(("minor", "1"));
        }
        fields.push(("token", csrf.as_str()));
        let answer = self.post(&fields).await?;
        match answer["edit"]["result"].as_str() {
            Some("Success") => Ok(()),
            _ if !answer["edit"]["captcha"].is_null() => Err(Trouble::Stop("the wiki asks for a CAPTCHA".into())),
            other => Err(Trouble::No("edit".into(), other.unwrap_or("no result").to_owned())),
        }
    }

    async fn get(&mut self, fields: &[(&str, &str)]) -> Done<Value> {
        let url = format!("{}?{}", self.wiki.api, self.query(fields));
        let answer = self.app.fetcher.get_with(&url, self.headers(None), "application/json", PATIENCE, MOST).await;
        self.read(answer)
    }

    async fn post(&mut self, fields: &[(&str, &str)]) -> Done<Value> {
        let body = self.query(fields).into_bytes();
        let kind = Some("application/x-www-form-urlencoded");
        let answer = self.app.fetcher.post(&self.wiki.api, self.headers(kind), body, PATIENCE).await;
        self.read(answer)
    }

    fn query(&self, fields: &[(&str, &str)]) -> String {
        let mut all = Serializer::new(String::new());
        all.extend_pairs([("format", "json"), ("formatversion", "2")]);
        if !self.assert.is_empty() {
            all.append_pair("assert", self.assert);
        }
        all.extend_pairs(fields).finish()
    }

    fn headers(&self, kind: Option<&str>) -> Vec<(String, String)> {
        // As Wikimedia asks of programs: who, and where to find them.
        let agent = format!("Stoa/{} ({}; wiki bot)", env!("CARGO_PKG_VERSION"), self.app.config.base());
        let mut headers = vec![("user-agent".to_owned(), agent)];
        if let Some(kind) = kind {
            headers.push(("content-type".into(), kind.into()));
        }
        if let Some(token) = &self.token {
            headers.push(("authorization".into(), format!("Bearer {token}")));
        }
        if !self.cookies.is_empty() {
            let cookies: Vec<String> = self.cookies.iter().map(|(name, value)| format!("{name}={value}")).collect();
            headers.push(("cookie".into(), cookies.join("; ")));
        }
        headers
    }

    fn read(&mut self, answer: Result<crate::fetch::Answer, crate::fetch::Failure>) -> Done<Value> {
        let answer = answer.map_err(|why| Trouble::Later(LATER, format!("{why:?}")))?;
        for (name, value) in &answer.cookies {
            self.cookies.insert(name.clone(), value.clone());
        }
        let wait = answer.retry_after.map_or(LATER, |s| s.max(1) * SECOND);
        if answer.status != 200 {
            return Err(match answer.status {
                401 | 403 => Trouble::Stop(format!("the wiki answers {}", answer.status)),
                status => Trouble::Later(wait, format!("the wiki answers {status}")),
            });
        }
        let Ok(value) = serde_json::from_slice::<Value>(&answer.body) else {
            return Err(Trouble::Later(LATER, "an answer that is no JSON".into()));
        };
        match value["error"]["code"].as_str() {
            None => Ok(value),
            Some(code) => Err(trouble(code, value["error"]["info"].as_str().unwrap_or(""), wait)),
        }
    }
}

/// What an error of the API means for the bot (<https://www.mediawiki.org/wiki/API:Errors_and_warnings>).
fn trouble(code: &str, info: &str, wait: i64) -> Trouble {
    let said = format!("{code}: {info}");
    match code {
        "maxlag" | "ratelimited" | "readonly" | "editconflict" | "internal_api_error_DBQueryError" | "badtoken" => {
            Trouble::Later(wait, said)
        }
        _ if code.starts_with("internal_api_error") => Trouble::Later(wait, said),
        "assertbotfailed"
        | "assertuserfailed"
        | "blocked"
        | "autoblocked"
        | "permissiondenied"
        | "readapidenied"
        | "mwoauth-invalid-authorization"
        | "notloggedin"
        | "writeapidenied"
        | "wrongpassword" => Trouble::Stop(said),
        _ => Trouble::No(code.to_owned(), info.to_owned()),
    }
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn errors_are_told_apart() {
        assert_eq!(trouble("maxlag", "7 s", 5), Trouble::Later(5, "maxlag: 7 s".into()));
        assert_eq!(trouble("readonly", "", 5), Trouble::Later(5, "readonly: ".into()));
        assert_eq!(trouble("blocked", "by Bo", 5), Trouble::Stop("blocked: by Bo".into()));
        assert_eq!(trouble("assertbotfailed", "", 5), Trouble::Stop("assertbotfailed: ".into()));
        assert_eq!(trouble("protectedpage", "x", 5), Trouble::No("protectedpage".into(), "x".into()));
    }
}
