//! OAuth 2 as MediaWiki's extension speaks it, which is not OpenID Connect: no discovery, no keys to be had, no
//! `id_token`. An access token is opaque here; who it belongs to is asked of `resource/profile`.
//!
//! The contract was recorded from the extension of MediaWiki 1.43; numbers come as numbers with fractions, as texts or
//! not at all, so they are read leniently.

use std::time::Duration;

use serde_json::Value;
use url::Url;

use super::Wiki;
use crate::app::App;
use crate::fetch::{Failure, Most};

const PATIENCE: Duration = Duration::from_secs(10);
/// A profile lists every right of an account.
const PROFILE: Most = Most { bytes: 256 << 10, is_enough: false };

/// Who somebody is on a wiki.
#[derive(Clone, Debug, Default, PartialEq, serde::Serialize, serde::Deserialize)]
pub struct Profile {
    /// The number of the account, the same on all wikis that share their accounts; `4` or `mw:…:4`.
    pub sub: String,
    /// Hidden accounts have none.
    pub name: Option<String>,
    pub edit_count: i64,
    /// UTC microseconds.
    pub registered_at: Option<i64>,
    pub groups: Vec<String>,
    pub is_blocked: bool,
    /// Only one that the wiki has had confirmed.
    pub email: Option<String>,
}

/// Why a wiki did not say who somebody is.
#[derive(Debug)]
pub enum Trouble {
    NoAnswer(Failure),
    /// It said no: the status and `error`.
    Refused(u16, String),
    /// It answered something else.
    Odd,
}

/// Where somebody is sent to say yes.
pub fn authorize_url(wiki: &Wiki, redirect: &str, state: &str, challenge: &str) -> Option<String> {
    let mut url = Url::parse(&format!("{}/oauth2/authorize", wiki.rest)).ok()?;
    url.query_pairs_mut()
        .append_pair("response_type", "code")
        .append_pair("client_id", &wiki.oauth_client)
        .append_pair("redirect_uri", redirect)
        .append_pair("state", state)
        .append_pair("code_challenge", challenge)
        .append_pair("code_challenge_method", "S256");
    Some(url.into())
}

/// An access token for a code, which is good once.
pub async fn exchange(
    app: &App,
    wiki: &Wiki,
    secret: &str,
    redirect: &str,
    code: &str,
    verifier: &str,
) -> Result<String, Trouble> {
    let body = url::form_urlencoded::Serializer::new(String::new())
        .append_pair("grant_type", "authorization_code")
        .append_pair("client_id", &wiki.oauth_client)
        .append_pair("client_secret", secret)
        .append_pair("redirect_uri", redirect)
        .append_pair("code", code)
        .append_pair("code_verifier", verifier)
        .finish();
    let headers = vec![("content-type".into(), "application/x-www-form-urlencoded".into())];
    let at = format!("{}/oauth2/access_token", wiki.rest);
    let got = app.fetcher.post(&at, headers, body.into_bytes(), PATIENCE).await.map_err(Trouble::NoAnswer)?;
    let said: Value = serde_json::from_slice(&got.body).unwrap_or_default();
    if got.status != 200 {
        return Err(Trouble::Refused(got.status, said["error"].as_str().unwrap_or("").chars().take(60).collect()));
    }
    let is_bearer = said["token_type"].as_str().is_some_and(|kind| kind.eq_ignore_ascii_case("bearer"));
    let token = said["access_token"].as_str().filter(|t| is_bearer && t.bytes().all(|b| b.is_ascii_graphic()));
    token.map(str::to_owned).ok_or(Trouble::Odd)
}

/// Whose token it is.
pub async fn profile(app: &App, wiki: &Wiki, token: &str) -> Result<Profile, Trouble> {
    let headers = vec![("authorization".into(), format!("Bearer {token}"))];
    let at = format!("{}/oauth2/resource/profile", wiki.rest);
    let got = app.fetcher.get_with(&at, headers, "application/json", PATIENCE, PROFILE).await;
    let got = got.map_err(Trouble::NoAnswer)?;
    let said: Value = serde_json::from_slice(&got.body).unwrap_or_default();
    if got.status != 200 {
        return Err(Trouble::Refused(got.status, said["error"].as_str().unwrap_or("").chars().take(60).collect()));
    }
    read(&said).ok_or(Trouble::Odd)
}

fn read(said: &Value) -> Option<Profile> {
    let sub = match &said["sub"] {
        Value::String(sub) => sub.clone(),
        Value::Number(sub) => sub.as_i64()?.to_string(),
        _ => return None,
    };
    let fits = !sub.is_empty() && sub != "0" && sub.len() <= 100 && sub.bytes().all(|b| b.is_ascii_graphic());
    let name = said["username"].as_str().map(str::trim).filter(|n| !n.is_empty() && n.len() <= 255);
    let confirmed = is_true(&said["confirmed_email"]);
    let email = said["email"].as_str().map(str::trim).filter(|e| confirmed && !e.is_empty());
    fits.then(|| Profile {
        sub,
        name: name.map(str::to_owned),
        edit_count: whole(&said["editcount"]).unwrap_or(0).max(0),
        registered_at: said["registered"].as_str().and_then(registered),
        groups: groups(&said["groups"]),
        is_blocked: is_true(&said["blocked"]),
        email: email.map(str::to_owned),
    })
}

/// Groups with a meaning of their own: everybody is in `*` and `user`.
pub fn groups(list: &Value) -> Vec<String> {
    let names = list.as_array().into_iter().flatten().filter_map(Value::as_str);
    let fits = |g: &&str| !["*", "user"].contains(g) && g.len() <= 60 && !g.contains(char::is_whitespace);
    names.filter(fits).take(30).map(str::to_owned).collect()
}

/// A whole number, however it is written.
pub fn whole(value: &Value) -> Option<i64> {
    match value {
        Value::Number(n) => n.as_i64().or_else(|| n.as_f64().filter(|f| f.is_finite()).map(|f| f as i64)),
        Value::String(text) => text.trim().parse().ok(),
        _ => None,
    }
}

fn is_true(value: &Value) -> bool {
    match value {
        Value::Bool(b) => *b,
        Value::Number(n) => n.as_i64().is_some_and(|n| n != 0),
        Value::String(text) => !["", "0", "false"].contains(&text.as_str()),
        _ => false,
    }
}

/// `20261123010832`, as MediaWiki keeps times, or `2026-11-23T01:08:32Z`, as its API says them; UTC microseconds.
pub fn registered(text: &str) -> Option<i64> {
    let digits: String = text.chars().filter(char::is_ascii_digit).collect();
    if digits.len() != 14 {
        return None;
    }
    let part = |range: std::ops::Range<usize>| digits[range].parse::<i8>().ok();
    let year: i16 = digits[..4].parse().ok()?;
    let at = jiff::civil::DateTime::new(year, part(4..6)?, part(6..8)?, part(8..10)?, part(10..12)?, part(12..14)?, 0)
        .ok()?;
    Some(at.to_zoned(jiff::tz::TimeZone::UTC).ok()?.timestamp().as_microsecond())
}

#[cfg(test)]
mod tests {
    use serde_json::json;

    use super::*;

    #[test]
    fn times_are_read_in_both_forms() {
        assert_eq!(registered("20261123010832"), Some(1_795_396_112_000_000));
        assert_eq!(registered("2026-11-23T01:08:32Z"), registered("20261123010832"));
        for odd in ["", "infinity", "2026", "20261323010832", "99999999999999"] {
            assert_eq!(registered(odd), None, "{odd}");
        }
    }

    #[test]
    fn a_profile_is_read_however_its_numbers_are_written() {
        let whole = json!({"sub": "mw:CentralAuth:41", "username": "Ines (WMDE)", "editcount": 12.0, "confirmed_email": true,
            "blocked": false, "registered": "20261123010832", "groups": ["*", "user", "sysop"], "email": "a@b.example"});
        let read_whole = read(&whole).expect("a profile");
        assert_eq!((read_whole.sub.as_str(), read_whole.edit_count), ("mw:CentralAuth:41", 12));
        assert_eq!((read_whole.groups, read_whole.email.as_deref()), (vec!["sysop".to_owned()], Some("a@b.example")));
        let hidden = read(&json!({"sub": 7, "blocked": true})).expect("a profile");
        assert_eq!((hidden.sub.as_str(), hidden.name, hidden.is_blocked), ("7", None, true));
        let unconfirmed =
            json!({"sub": "7", "username": "Ada", "editcount": "3", "email": "a@b.example", "confirmed_email": false});
        assert_eq!(read(&unconfirmed).expect("a profile").email, None, "an address nobody confirmed is nobody's");
        for odd in
            [json!({}), json!({"sub": ""}), json!({"sub": "0"}), json!({"sub": null}), json!([]), json!({"sub": "a b"})]
        {
            assert!(read(&odd).is_none(), "{odd}");
        }
    }
}
