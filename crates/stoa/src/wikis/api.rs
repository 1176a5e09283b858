//! Questions to a wiki's `api.php` that the site asks for itself.

use std::time::Duration;

use serde_json::Value;
use url::Url;

use crate::app::App;
use crate::fetch::{LARGEST, Most};
use crate::wikis::Wiki;

const PATIENCE: Duration = Duration::from_secs(10);
/// Bytes of the longest address that is asked for.
const LONGEST: usize = 1900;

/// Why a wiki said nothing that helps.
#[derive(Clone, Debug, PartialEq, Eq)]
pub enum Silence {
    /// It refuses, with the code of an error (<https://www.mediawiki.org/wiki/API:Errors_and_warnings>).
    Refused(String),
    /// It is away, or what it says cannot be read.
    Nothing,
}

/// Asks; `None` when there is no answer that can be read. Why is in the log.
pub async fn ask(app: &App, wiki: &Wiki, pairs: &[(&str, &str)]) -> Option<Value> {
    answer(app, wiki, pairs).await.ok()
}

/// Asks, with `format=json`, the newer form of answers, and the wish to be sent away while the wiki is behind.
pub async fn answer(app: &App, wiki: &Wiki, pairs: &[(&str, &str)]) -> Result<Value, Silence> {
    let mut url = Url::parse(&wiki.api).map_err(|_| Silence::Nothing)?;
    url.query_pairs_mut()
        .extend_pairs([("format", "json"), ("formatversion", "2"), ("maxlag", "5")])
        .extend_pairs(pairs);
    let most = Most { bytes: LARGEST * 4, is_enough: false };
    // Many titles, or titles in other scripts, are too long for an address.
    let asked = match url.query().filter(|_| url.as_str().len() > LONGEST) {
        Some(query) => {
            let kind = vec![("content-type".to_owned(), "application/x-www-form-urlencoded".to_owned())];
            app.fetcher.post(&wiki.api, kind, query.as_bytes().to_vec(), PATIENCE).await
        }
        None => app.fetcher.get_some(url.as_str(), "application/json", PATIENCE, most).await,
    };
    let answer = match asked {
        Ok(answer) if answer.status == 200 => answer,
        other => {
            tracing::info!("{} did not answer: {:?}", wiki.name, other.map(|a| a.status));
            return Err(Silence::Nothing);
        }
    };
    let value: Value = serde_json::from_slice(&answer.body).map_err(|_| Silence::Nothing)?;
    if let Some(error) = value.get("error") {
        tracing::info!("{} answered: {error}", wiki.name);
        return Err(Silence::Refused(error["code"].as_str().unwrap_or("").to_owned()));
    }
    Ok(value)
}

/// The texts of a list, whatever else is in it.
pub fn list(value: &Value) -> impl Iterator<Item = &Value> {
    value.as_array().into_iter().flatten()
}
