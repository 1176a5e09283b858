//! The double against the recorded contract, step by step: what the site's own stories do not pass.

use serde_json::Value;

use crate::{User, Wiki};

const CALLBACK: &str = "http://localhost/back";
const TOKEN: &str = "/w/rest.php/oauth2/access_token";

async fn wiki() -> Wiki {
    let wiki = Wiki::start().await;
    wiki.register("c", "s", CALLBACK);
    wiki.add(User::new(4, "Ada"));
    wiki
}

fn parameter(address: &str, name: &str) -> Option<String> {
    let url = url::Url::parse(address).ok()?;
    url.query_pairs().find(|(key, _)| key == name).map(|(_, value)| value.into_owned())
}

async fn post(wiki: &Wiki, fields: &[(&str, &str)]) -> (u16, Value) {
    let body = url::form_urlencoded::Serializer::new(String::new()).extend_pairs(fields).finish();
    let answer = wiki.browser(None).ask("POST", TOKEN, &body).await;
    (answer.status, serde_json::from_str(&answer.body).unwrap_or_default())
}

/// A code, as somebody gets one who says yes.
async fn code(wiki: &Wiki, more: &str) -> String {
    let at = format!("/w/rest.php/oauth2/authorize?response_type=code&client_id=c&state=x{more}");
    let back = wiki.browser(Some(4)).allow(&at).await;
    assert_eq!(parameter(&back, "state").as_deref(), Some("x"));
    parameter(&back, "code").expect("a code")
}

#[tokio::test]
async fn the_way_of_a_person_is_the_recorded_one() {
    let wiki = wiki().await;
    let at = "/w/rest.php/oauth2/authorize?response_type=code&client_id=c&state=x";
    let answer = wiki.browser(None).ask("GET", at, "").await;
    assert_eq!(answer.status, 307);
    assert!(answer.location.is_some_and(|to| to.starts_with("/wiki/Special:UserLogin")));
    let ada = wiki.browser(Some(4));
    let answer = ada.ask("GET", at, "").await;
    assert_eq!(answer.status, 307);
    let approve = answer.location.expect("on to the question");
    assert!(approve.starts_with("/wiki/Special:OAuth/approve"));
    assert_eq!(ada.ask("GET", &approve, "").await.status, 200, "the first time it asks");
    assert_eq!(code(&wiki, "").await.len(), 910);
    assert_eq!(ada.ask("GET", &approve, "").await.status, 302, "then it only leads on");
    for (bad, status) in [
        ("?response_type=code&client_id=nobody", 401),
        ("?response_type=code&client_id=c&redirect_uri=http://evil.example/", 401),
        ("?client_id=c", 400),
    ] {
        let answer = ada.ask("GET", &format!("/w/rest.php/oauth2/authorize{bad}"), "").await;
        assert_eq!((answer.status, answer.location), (status, None), "{bad}");
    }
}

#[tokio::test]
async fn tokens_are_given_and_refused_as_recorded() {
    let wiki = wiki().await;
    let first = code(&wiki, "").await;
    let good =
        [("grant_type", "authorization_code"), ("client_id", "c"), ("client_secret", "s"), ("code", first.as_str())];
    let error = |said: &Value| said["error"].as_str().unwrap_or("").to_owned();
    let (status, said) = post(&wiki, &[good[0], good[1], ("client_secret", "wrong"), good[3]]).await;
    assert_eq!((status, error(&said).as_str()), (401, "invalid_client"));
    let (status, said) = post(&wiki, &[("grant_type", "magic"), good[1], good[2]]).await;
    assert_eq!((status, error(&said).as_str()), (400, "unsupported_grant_type"));
    let (status, said) = post(&wiki, &good).await;
    assert_eq!((status, said["token_type"].as_str()), (200, Some("Bearer")));
    let (status, again) = post(&wiki, &good).await;
    assert_eq!((status, error(&again).as_str()), (400, "invalid_request"), "a code is good once");
    // The times in the token have fractions, and its header names no key.
    let token = said["access_token"].as_str().expect("a token");
    let parts: Vec<Value> = token.split('.').take(2).map(decoded).collect();
    assert_eq!((parts[0]["alg"].as_str(), &parts[0]["kid"]), (Some("RS256"), &Value::Null));
    assert!(parts[1]["exp"].is_f64() && parts[1]["exp"].as_f64().is_some_and(|exp| exp.fract() != 0.0), "{}", parts[1]);
    // Rotation: both old ones die at once.
    let refresh = said["refresh_token"].as_str().expect("a refresh token");
    assert_eq!(refresh.len(), 818);
    let rotate = [("grant_type", "refresh_token"), good[1], good[2], ("refresh_token", refresh)];
    assert_eq!(post(&wiki, &rotate).await.0, 200);
    let (status, said) = post(&wiki, &rotate).await;
    assert_eq!((status, error(&said).as_str()), (401, "invalid_request"));
    assert!(!wiki.state().tokens[token].is_alive);
}

#[tokio::test]
async fn proof_of_a_code_is_asked_for() {
    let wiki = wiki().await;
    let more = "&code_challenge=E9Melhoa2OwvFrEMTJguCHaoeK1t8URWbuGJSstw-cM&code_challenge_method=S256";
    let code = code(&wiki, more).await;
    let good =
        [("grant_type", "authorization_code"), ("client_id", "c"), ("client_secret", "s"), ("code", code.as_str())];
    let with = |verifier| [good.as_slice(), &[("code_verifier", verifier)]].concat();
    assert_eq!(post(&wiki, &good).await.1["error"], "invalid_request");
    assert_eq!(post(&wiki, &with("wrong")).await.1["error"], "invalid_grant");
    assert_eq!(post(&wiki, &with("dBjftJeZ4CVP-mB92K27uhbUJU1p1r_wW1gFWFOEjXk")).await.0, 200);
}

fn decoded(part: &str) -> Value {
    use base64::Engine as _;
    let bytes = base64::prelude::BASE64_URL_SAFE_NO_PAD.decode(part).expect("base64url");
    serde_json::from_slice(&bytes).expect("JSON")
}
