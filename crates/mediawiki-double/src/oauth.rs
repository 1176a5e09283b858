//! Tokens and what they open: `oauth2/access_token` and `oauth2/resource/…`.

use std::sync::LazyLock;
use std::time::{SystemTime, UNIX_EPOCH};

use axum::Json;
use axum::body::Bytes;
use axum::extract::{Path, State as From};
use axum::http::{HeaderMap, StatusCode, header};
use axum::response::{IntoResponse, Response};
use base64::Engine as _;
use base64::prelude::{BASE64_STANDARD, BASE64_URL_SAFE_NO_PAD as BASE64};
use ring::signature::{RSA_PKCS1_SHA256, RsaKeyPair};
use serde_json::{Value, json};
use sha2::{Digest, Sha256};

use super::{Client, Shared, State, Tokens, User, locked};

/// Four hours, as in production.
const LASTS_SECONDS: i64 = 14_400;
/// Letters of a refresh token, as recorded.
const REFRESH_LETTERS: usize = 818;

/// A key of this double alone: it opens nothing anywhere.
static KEY: LazyLock<RsaKeyPair> = LazyLock::new(|| {
    let text: String = include_str!("key.b64").split_whitespace().collect();
    let der = BASE64_STANDARD.decode(text).expect("base64");
    RsaKeyPair::from_der(&der).expect("a key")
});

/// An error as the library behind the extension writes it.
fn error(status: StatusCode, error: &str, text: &str) -> Response {
    let body = json!({"error": error, "error_description": text, "hint": "see the documentation", "message": text});
    (status, [(header::CACHE_CONTROL, "no-store")], Json(body)).into_response()
}

/// An error as MediaWiki's REST API itself writes it.
fn rest_error(status: StatusCode, text: &str) -> Response {
    let body = json!({"messageTranslations": {"en": text}, "httpCode": status.as_u16(), "httpReason": status.canonical_reason()});
    (status, Json(body)).into_response()
}

/// What an address without a handler gets.
pub fn no_handler(path: &str) -> Response {
    rest_error(StatusCode::NOT_FOUND, &format!("The requested relative path ({path}) did not match any known handler"))
}

/// `20200131120000` as the API writes it.
pub fn iso(time: &str) -> String {
    let part = |range: std::ops::Range<usize>| time.get(range).unwrap_or("00");
    format!("{}-{}-{}T{}:{}:{}Z", part(0..4), part(4..6), part(6..8), part(8..10), part(10..12), part(12..14))
}

pub async fn access_token(From(state): From<Shared>, headers: HeaderMap, body: Bytes) -> Response {
    let kind = headers.get(header::CONTENT_TYPE).and_then(|v| v.to_str().ok()).unwrap_or("");
    if !kind.starts_with("application/x-www-form-urlencoded") && !kind.starts_with("multipart/form-data") {
        return rest_error(StatusCode::UNSUPPORTED_MEDIA_TYPE, "Unsupported Content-Type");
    }
    let sent: Vec<(String, String)> = url::form_urlencoded::parse(&body).into_owned().collect();
    let of = |key: &str| sent.iter().find(|(k, _)| k == key).map(|(_, v)| v.as_str());
    let mut state = locked(&state);
    let grant = of("grant_type").unwrap_or("");
    if !["authorization_code", "refresh_token", "client_credentials"].contains(&grant) {
        return error(
            StatusCode::BAD_REQUEST,
            "unsupported_grant_type",
            "The authorization grant type is not supported",
        );
    }
    let basic = headers.get(header::AUTHORIZATION).and_then(|v| v.to_str().ok()?.strip_prefix("Basic "));
    let basic = basic.and_then(|text| String::from_utf8(BASE64_STANDARD.decode(text).ok()?).ok());
    let (id, secret) = match basic.as_deref().and_then(|pair| pair.split_once(':')) {
        Some((id, secret)) => (id.to_owned(), secret.to_owned()),
        None => (of("client_id").unwrap_or("").to_owned(), of("client_secret").unwrap_or("").to_owned()),
    };
    let client = state.clients.iter().find(|c| c.id == id && c.secret == secret).cloned();
    let Some(client) = client.filter(|c| of("redirect_uri").is_none_or(|at| at == c.callback)) else {
        return error(StatusCode::UNAUTHORIZED, "invalid_client", "Client authentication failed");
    };
    match grant {
        "authorization_code" => of_code(&mut state, &client, of("code"), of("redirect_uri"), of("code_verifier")),
        "refresh_token" => of_refresh(&mut state, &client, of("refresh_token").unwrap_or("")),
        _ => error(StatusCode::UNAUTHORIZED, "invalid_client", "Client authentication failed"),
    }
}

fn of_code(
    state: &mut State,
    client: &Client,
    code: Option<&str>,
    redirect: Option<&str>,
    verifier: Option<&str>,
) -> Response {
    let odd = |text: &str| error(StatusCode::BAD_REQUEST, "invalid_request", text);
    let Some(found) = code.and_then(|code| state.codes.get_mut(code)) else {
        return odd("Cannot decrypt the authorization code");
    };
    if found.client != client.id || found.is_used {
        return odd("Authorization code has been revoked");
    }
    if found.redirect.is_some() && found.redirect.as_deref() != redirect {
        return odd("Invalid redirect URI");
    }
    if let Some((challenge, method)) = &found.challenge {
        let Some(verifier) = verifier else { return odd("Check the `code_verifier` parameter") };
        let fits = match method.as_str() {
            "S256" => *challenge == BASE64.encode(Sha256::digest(verifier.as_bytes())),
            _ => challenge == verifier,
        };
        if !fits {
            return error(StatusCode::BAD_REQUEST, "invalid_grant", "Failed to verify `code_verifier`.");
        }
    }
    found.is_used = true;
    let (user, scopes) = (found.user, found.scopes.clone());
    give(state, client, user, scopes)
}

fn of_refresh(state: &mut State, client: &Client, refresh: &str) -> Response {
    let Some(old) = state.tokens.values_mut().find(|t| t.refresh == refresh && t.client == client.id && t.is_alive)
    else {
        return error(StatusCode::UNAUTHORIZED, "invalid_request", "The refresh token is invalid.");
    };
    // Both die at once.
    old.is_alive = false;
    let (user, scopes) = (old.user, old.scopes.clone());
    give(state, client, user, scopes)
}

fn give(state: &mut State, client: &Client, user: i64, scopes: Vec<String>) -> Response {
    let access = token(state, client, user, &scopes);
    let refresh = hex::encode((0..REFRESH_LETTERS / 2).map(|_| rand::random::<u8>()).collect::<Vec<_>>());
    let tokens = Tokens { user, client: client.id.clone(), scopes, refresh: refresh.clone(), is_alive: true };
    state.tokens.insert(access.clone(), tokens);
    let body =
        json!({"token_type": "Bearer", "expires_in": LASTS_SECONDS, "access_token": access, "refresh_token": refresh});
    (StatusCode::OK, [(header::CACHE_CONTROL, "no-store")], Json(body)).into_response()
}

fn sub(state: &State, user: i64) -> String {
    if state.has_scoped_subs { format!("mw:CentralAuth:{user}") } else { user.to_string() }
}

/// A signed token; its times have fractions, which many libraries refuse.
fn token(state: &State, client: &Client, user: i64, scopes: &[String]) -> String {
    let now = SystemTime::now().duration_since(UNIX_EPOCH).map_or(0.0, |d| d.as_secs_f64());
    let jti = hex::encode((0..40).map(|_| rand::random::<u8>()).collect::<Vec<_>>());
    let claims = json!({
        "aud": client.id, "jti": jti, "iat": now, "nbf": now, "exp": now + LASTS_SECONDS as f64 + 0.25,
        "sub": sub(state, user), "iss": state.server, "ratelimit": {"requests_per_unit": 5000, "unit": "HOUR"}, "scopes": scopes
    });
    let signed = format!("{}.{}", BASE64.encode(r#"{"typ":"JWT","alg":"RS256"}"#), BASE64.encode(claims.to_string()));
    let mut signature = vec![0; KEY.public().modulus_len()];
    let done = KEY.sign(&RSA_PKCS1_SHA256, &ring::rand::SystemRandom::new(), signed.as_bytes(), &mut signature);
    done.expect("a text is signed");
    format!("{signed}.{}", BASE64.encode(signature))
}

pub async fn resource(From(state): From<Shared>, Path(kind): Path<String>, headers: HeaderMap) -> Response {
    let state = locked(&state);
    let bearer = headers.get(header::AUTHORIZATION).and_then(|v| v.to_str().ok()?.strip_prefix("Bearer "));
    let Some(tokens) = bearer.and_then(|token| state.tokens.get(token)).filter(|t| t.is_alive) else {
        return error(
            StatusCode::UNAUTHORIZED,
            "access_denied",
            "The resource owner or authorization server denied the request.",
        );
    };
    match kind.as_str() {
        "profile" => match state.users.iter().find(|u| u.id == tokens.user) {
            Some(user) => Json(profile(&state, user, &tokens.scopes)).into_response(),
            None => error(StatusCode::UNAUTHORIZED, "access_denied", "There is no such user."),
        },
        "scopes" => Json(json!({"scopes": tokens.scopes})).into_response(),
        _ => rest_error(StatusCode::BAD_REQUEST, "Invalid resource type"),
    }
}

fn profile(state: &State, user: &User, scopes: &[String]) -> Value {
    let sub = sub(state, user.id);
    if user.is_hidden {
        return json!({"sub": sub, "blocked": true});
    }
    let confirmed = user.email_is_confirmed && user.email.is_some();
    let mut said = json!({
        "sub": sub, "username": user.name, "editcount": user.edit_count, "email_verified": confirmed,
        "confirmed_email": confirmed, "blocked": user.blocked.is_some(), "registered": user.registered,
        "groups": user.groups, "rights": ["read", "edit", "createtalk"], "grants": scopes
    });
    if scopes.iter().any(|s| s == "mwoauth-authonlyprivate") {
        said["realname"] = "".into();
        said["email"] = user.email.clone().filter(|_| confirmed).unwrap_or_default().into();
    }
    said
}
