//! The way of a person: log in on the wiki, say yes or no, and back to the site.

use std::collections::HashMap;

use axum::extract::{Form, Path, Query, RawQuery, State as From};
use axum::http::{HeaderMap, StatusCode, header};
use axum::response::{Html, IntoResponse, Response};
use url::Url;

use super::{Code, Shared, State, locked};

/// Letters of a code, as recorded.
const CODE_LETTERS: usize = 910;
/// What may be asked for at all.
const SCOPES: [&str; 6] =
    ["mwoauth-authonly", "mwoauth-authonlyprivate", "basic", "editpage", "echo-read-notifications", "highvolume"];

type Asked = HashMap<String, String>;

fn user_of(headers: &HeaderMap) -> Option<i64> {
    let line = headers.get(header::COOKIE)?.to_str().ok()?;
    line.split(';').find_map(|pair| pair.trim().strip_prefix("wikiUser=")?.parse().ok())
}

fn refused(status: StatusCode, text: &str) -> Response {
    (status, Html(format!("<!DOCTYPE html><title>Error</title><p>{text}</p>"))).into_response()
}

fn to(status: StatusCode, address: &str) -> Response {
    (status, [(header::LOCATION, address.to_owned())]).into_response()
}

/// An address with parameters behind it.
fn with(address: &str, pairs: &[(&str, &str)]) -> String {
    let mut url = Url::parse(address).expect("the address of a callback");
    url.query_pairs_mut().extend_pairs(pairs);
    url.into()
}

/// The site that asks, and where the answer goes; an answer of its own when it is not known.
fn client_of(state: &State, asked: &Asked) -> Result<(super::Client, String), Box<Response>> {
    let id = asked.get("client_id").map_or("", String::as_str);
    let Some(client) = state.clients.iter().find(|c| c.id == id) else {
        return Err(Box::new(refused(StatusCode::UNAUTHORIZED, "Client authentication failed")));
    };
    let redirect = asked.get("redirect_uri").unwrap_or(&client.callback);
    if *redirect != client.callback {
        return Err(Box::new(refused(StatusCode::UNAUTHORIZED, "Client authentication failed")));
    }
    Ok((client.clone(), redirect.clone()))
}

/// `GET /rest.php/oauth2/authorize`
pub async fn authorize(
    From(state): From<Shared>,
    headers: HeaderMap,
    Query(asked): Query<Asked>,
    RawQuery(query): RawQuery,
) -> Response {
    let mut state = locked(&state);
    if asked.get("response_type").map(String::as_str) != Some("code") {
        return refused(StatusCode::BAD_REQUEST, "response_type is missing");
    }
    let (client, callback) = match client_of(&state, &asked) {
        Ok(found) => found,
        Err(response) => return *response,
    };
    let scopes: Vec<&str> =
        asked.get("scope").map_or("", String::as_str).split(' ').filter(|s| !s.is_empty()).collect();
    if let Some(unknown) = scopes.iter().find(|scope| !SCOPES.contains(scope)) {
        let mut pairs = vec![
            ("error", "invalid_scope"),
            ("error_description", "The requested scope is invalid, unknown, or malformed"),
            ("hint", "Check the scope"),
            ("message", "The requested scope is invalid, unknown, or malformed"),
        ];
        let _ = unknown;
        if let Some(given) = asked.get("state") {
            pairs.push(("state", given));
        }
        return to(StatusCode::FOUND, &with(&callback, &pairs));
    }
    let query = query.unwrap_or_default();
    let Some(user) = user_of(&headers).filter(|id| state.users.iter().any(|u| u.id == *id)) else {
        let back = format!("/wiki/Special:UserLogin?{query}");
        return to(StatusCode::TEMPORARY_REDIRECT, &back);
    };
    // Also those who have said yes before go by way of this page; it only asks nothing.
    if !asked.contains_key("approval_pass") {
        return to(StatusCode::TEMPORARY_REDIRECT, &format!("/wiki/Special:OAuth/approve?{query}"));
    }
    let granted = client.grants.iter().filter(|grant| scopes.is_empty() || scopes.contains(&grant.as_str()));
    let code: String = hex::encode((0..CODE_LETTERS / 2).map(|_| rand::random::<u8>()).collect::<Vec<_>>());
    let challenge = asked.get("code_challenge").map(|challenge| {
        (challenge.clone(), asked.get("code_challenge_method").cloned().unwrap_or_else(|| "plain".to_owned()))
    });
    let made = Code {
        user,
        client: client.id.clone(),
        redirect: asked.get("redirect_uri").cloned(),
        challenge,
        scopes: granted.cloned().collect(),
        is_used: false,
    };
    state.codes.insert(code.clone(), made);
    let mut pairs = vec![("code", code.as_str())];
    if let Some(given) = asked.get("state") {
        pairs.push(("state", given));
    }
    to(StatusCode::FOUND, &with(&callback, &pairs))
}

/// Pages: log-in, approval, and any other.
pub async fn page(
    From(state): From<Shared>,
    Path(title): Path<String>,
    headers: HeaderMap,
    Query(asked): Query<Asked>,
    RawQuery(query): RawQuery,
) -> Response {
    let state = locked(&state);
    let query = query.unwrap_or_default();
    let hidden = |pairs: &Asked| -> String {
        let mut fields: Vec<_> = pairs.iter().collect();
        fields.sort();
        let field = |(k, v): (&String, &String)| {
            format!("<input type=\"hidden\" name=\"{}\" value=\"{}\">", escaped(k), escaped(v))
        };
        fields.into_iter().map(field).collect()
    };
    match title.as_str() {
        "Special:UserLogin" => {
            let button = |u: &super::User| {
                format!("<p><button name=\"as\" value=\"{}\">{}</button></p>", u.id, escaped(&u.name))
            };
            let people: String = state.users.iter().map(button).collect();
            let action = "/wiki/Special:UserLogin";
            page_of(
                &state,
                "Log in",
                &format!("<form method=\"post\" action=\"{action}\">{}{people}</form>", hidden(&asked)),
            )
        }
        "Special:OAuth/approve" => {
            let Some(user) = user_of(&headers) else { return to(StatusCode::FOUND, "/wiki/Special:UserLogin") };
            let client = asked.get("client_id").cloned().unwrap_or_default();
            if state.approved.contains(&(user, client)) {
                return to(StatusCode::FOUND, &format!("/w/rest.php/oauth2/authorize?{query}&approval_pass=1"));
            }
            let form = format!(
                "<form method=\"post\" action=\"/wiki/Special:OAuth/approve\">{}<input type=\"hidden\" name=\"wpEditToken\" value=\"{}\">
                 <button name=\"accept\" value=\"1\">Allow</button> <button name=\"cancel\" value=\"1\">Cancel</button></form>",
                hidden(&asked),
                token(user)
            );
            page_of(&state, "Allow?", &form)
        }
        title => {
            let status = if title == "Main_Page" { StatusCode::OK } else { StatusCode::NOT_FOUND };
            (status, page_of(&state, title, "<p>Some text.</p>")).into_response()
        }
    }
}

fn page_of(state: &State, title: &str, body: &str) -> Response {
    let link = match state.has_edit_uri {
        true => format!(
            "<link rel=\"EditURI\" type=\"application/rsd+xml\" href=\"{}/w/api.php?action=rsd\">",
            state.server.trim_start_matches("http:")
        ),
        false => String::new(),
    };
    Html(format!(
        "<!DOCTYPE html><html lang=\"en\"><head><meta charset=\"utf-8\"><title>{0} - {1}</title>{link}</head><body><h1>{0}</h1>{body}</body></html>",
        escaped(title),
        escaped(&state.title)
    ))
    .into_response()
}

fn escaped(text: &str) -> String {
    text.replace('&', "&amp;").replace('<', "&lt;").replace('"', "&quot;")
}

/// The token of the form that asks.
fn token(user: i64) -> String {
    format!("{user}abcdef+\\")
}

/// The forms of those pages.
pub async fn form(
    From(state): From<Shared>,
    Path(title): Path<String>,
    headers: HeaderMap,
    Form(sent): Form<Asked>,
) -> Response {
    let mut state = locked(&state);
    let query = || {
        let own = ["as", "accept", "cancel", "wpEditToken"];
        let mut kept: Vec<_> = sent.iter().filter(|(k, _)| !own.contains(&k.as_str())).collect();
        kept.sort();
        url::form_urlencoded::Serializer::new(String::new()).extend_pairs(kept).finish()
    };
    if title == "Special:UserLogin" {
        let user = sent.get("as").cloned().unwrap_or_default();
        let next = format!("/w/rest.php/oauth2/authorize?{}", query());
        let cookie = format!("wikiUser={user}; Path=/; HttpOnly");
        return (StatusCode::FOUND, [(header::LOCATION, next), (header::SET_COOKIE, cookie)]).into_response();
    }
    let Some(user) = user_of(&headers) else { return refused(StatusCode::FORBIDDEN, "nobody is logged in") };
    if title != "Special:OAuth/approve" || sent.get("wpEditToken") != Some(&token(user)) {
        return refused(StatusCode::FORBIDDEN, "session failure");
    }
    let (client, callback) = match client_of(&state, &sent) {
        Ok(found) => found,
        Err(response) => return *response,
    };
    if sent.contains_key("cancel") {
        // As recorded: without the state that was given.
        let text = "The client is not authorized to request an authorization code using this method";
        let pairs = [("error", "unauthorized_client"), ("error_description", text), ("message", text)];
        return to(StatusCode::FOUND, &with(&callback, &pairs));
    }
    state.approved.push((user, client.id));
    to(StatusCode::FOUND, &format!("/w/rest.php/oauth2/authorize?{}&approval_pass=1", query()))
}
