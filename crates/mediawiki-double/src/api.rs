//! `api.php` as far as the site asks it: what the wiki is like, and what it says of its users.

use std::collections::HashMap;

use axum::extract::{Query, State as From};
use axum::http::{HeaderMap, StatusCode};
use axum::response::{IntoResponse, Response};
use axum::{Form, Json};
use serde_json::{Value, json};

use super::{Edit, Heard, Shared, State, User, locked, oauth, preview};

/// Names that one question may have.
const NAMES_MOST: usize = 50;

pub async fn api(From(state): From<Shared>, Query(asked): Query<HashMap<String, String>>) -> Response {
    let mut state = locked(&state);
    state.queries.push(asked.clone());
    let of = |key: &str| asked.get(key).map_or("", String::as_str);
    if state.is_private {
        let error = json!({"code": "readapidenied", "info": "You need read permission to use this module."});
        return Json(json!({"error": error})).into_response();
    }
    if let Some(answer) = preview::answer(&state, &asked) {
        return Json(answer).into_response();
    }
    if of("action") != "query" || of("format") != "json" || of("formatversion") != "2" {
        return Json(json!({"error": {"code": "badvalue", "info": "the double speaks action=query, format=json, formatversion=2"}}))
            .into_response();
    }
    let mut query = serde_json::Map::new();
    if of("meta") == "tokens" {
        query.insert("tokens".into(), json!({"logintoken": "log-in+\\", "csrftoken": "csrf+\\"}));
    }
    if of("prop") == "revisions" {
        let pages = of("titles").split('|').map(|title| {
            match state.edits.iter().enumerate().rev().find(|(_, e)| e.title == title) {
                None => json!({"ns": 4, "title": title, "missing": true}),
                Some((at, edit)) => json!({"ns": 4, "title": title, "pageid": at + 1, "revisions": [
                    {"revid": at + 1, "user": "Somebody", "slots": {"main": {"content": edit.text}}}]}),
            }
        });
        query.insert("pages".into(), pages.collect());
        return Json(json!({"batchcomplete": true, "query": query})).into_response();
    }
    if of("meta") == "siteinfo" {
        site_info(&state, of("siprop"), &mut query);
    }
    if !of("titles").is_empty() || !of("pageids").is_empty() {
        pages(&state, of("titles"), of("pageids"), &mut query);
        preview::more(&state, &asked, &mut query);
    }
    if of("list") == "exturlusage" {
        let wanted = format!("{}://{}", of("euprotocol"), of("euquery"));
        let found = state.links.iter().filter(|(_, url)| url.starts_with(&wanted)).filter_map(|(page, url)| {
            let title = &state.pages.iter().find(|(id, _)| id == page)?.1;
            Some(json!({"pageid": page, "ns": 0, "title": title, "url": url}))
        });
        query.insert("exturlusage".into(), found.collect());
    }
    if of("list") == "users" && state.is_lagged {
        return Json(json!({"error": {"code": "maxlag", "info": "Waiting for a database server: 9 seconds lagged."}}))
            .into_response();
    }
    if of("list") == "users" {
        let names: Vec<&str> = of("ususers").split('|').filter(|n| !n.is_empty()).collect();
        if names.len() > NAMES_MOST {
            return Json(json!({"error": {"code": "toomanyvalues"}})).into_response();
        }
        let ids: Vec<i64> = of("ususerids").split('|').filter_map(|id| id.parse().ok()).collect();
        let by_name =
            names.iter().map(|name| user(&state, |u| u.name == *name, json!({"name": name, "missing": true})));
        let by_id =
            ids.iter().map(|id| user(&state, |u| own_id(&state, u) == *id, json!({"userid": id, "missing": true})));
        query.insert("users".into(), by_name.chain(by_id).collect());
    }
    Json(json!({"batchcomplete": true, "query": query})).into_response()
}

fn site_info(state: &State, props: &str, query: &mut serde_json::Map<String, Value>) {
    let has = |prop: &str| props.split('|').any(|p| p == prop);
    if has("general") {
        query.insert(
            "general".into(),
            json!({
                "mainpage": "Main Page", "base": format!("{}/wiki/Main_Page", state.server), "sitename": state.title,
                "generator": state.generator, "case": "first-letter", "lang": state.lang, "rtl": state.is_rtl,
                "readonly": state.is_read_only, "server": state.server, "articlepath": "/wiki/$1", "scriptpath": "/w",
                "wikiid": state.wiki_id, "time": "2026-11-26T10:00:00Z"
            }),
        );
    }
    if has("namespaces") {
        query.insert(
            "namespaces".into(),
            json!({
                "-1": {"id": -1, "case": "first-letter", "name": "Special", "canonical": "Special"},
                "0": {"id": 0, "case": "first-letter", "name": ""},
                "1": {"id": 1, "case": "first-letter", "name": "Talk", "canonical": "Talk"},
                "4": {"id": 4, "case": "first-letter", "name": state.title, "canonical": "Project"}
            }),
        );
    }
    if has("namespacealiases") {
        query.insert("namespacealiases".into(), json!([{"id": 4, "alias": "P"}]));
    }
    if has("interwikimap") {
        let own = state.interwiki.iter().map(|(prefix, url)| json!({"prefix": prefix, "url": url, "local": true}));
        let usual = [json!({"prefix": "mw", "url": "https://www.mediawiki.org/wiki/$1", "local": false})];
        query.insert("interwikimap".into(), usual.into_iter().chain(own).collect());
    }
    if has("languages") {
        query.insert("languages".into(), json!([{"code": "en", "bcp47": "en", "name": "English"}]));
    }
}

/// Log-in with a bot password, and edits.
pub async fn act(
    From(state): From<Shared>,
    headers: HeaderMap,
    Form(asked): Form<HashMap<String, String>>,
) -> Response {
    if asked.get("action").is_some_and(|action| action == "query") {
        return api(From(state), Query(asked)).await;
    }
    let mut state = locked(&state);
    let of = |key: &str| asked.get(key).cloned().unwrap_or_default();
    let fail = |code: &str, info: &str| Json(json!({"error": {"code": code, "info": info}})).into_response();
    let cookie = headers.get("cookie").and_then(|v| v.to_str().ok()).unwrap_or("").to_owned();
    if of("action") == "login" {
        let is_right = (of("lgname"), of("lgpassword")) == state.bot && of("lgtoken") == "log-in+\\";
        return match is_right {
            true => {
                ([("set-cookie", "wikiSession=42; Path=/; HttpOnly")], Json(json!({"login": {"result": "Success"}})))
                    .into_response()
            }
            false => Json(json!({"login": {"result": "Failed", "reason": "Incorrect username or password entered."}}))
                .into_response(),
        };
    }
    if of("action") != "edit" || of("token") != "csrf+\\" {
        return fail("badtoken", "Invalid CSRF token.");
    }
    if !cookie.contains("wikiSession=42") {
        return fail("assertbotfailed", "You do not have the \"bot\" right, so the action could not be completed.");
    }
    if !state.edit_errors.is_empty() {
        let (code, info) = state.edit_errors.remove(0);
        return fail(&code, &info);
    }
    let title = of("title");
    let at = state.edits.iter().rposition(|e| e.title == title);
    let before = at.map(|at| state.edits[at].text.clone()).unwrap_or_default();
    if !of("baserevid").is_empty() && of("baserevid") != at.map_or(0, |at| at + 1).to_string() {
        return fail("editconflict", "Edit conflict.");
    }
    let text = match of("section").as_str() {
        "new" => format!("{before}\n\n== {} ==\n{}", of("sectiontitle"), of("text")).trim_start().to_owned(),
        _ => of("text"),
    };
    let signature = "[[User:StoaBot|StoaBot]] ([[User talk:StoaBot|talk]]) 10:00, 26 November 2026 (UTC)";
    let (text, is_bot) = (text.replace("~~~~", signature), of("bot") == "1");
    state.edits.push(Edit { title, text, summary: of("summary"), is_bot });
    Json(json!({"edit": {"result": "Success"}})).into_response()
}

/// Pages by titles or by numbers, as `redirects` and the first letter of titles have it.
fn pages(state: &State, titles: &str, ids: &str, query: &mut serde_json::Map<String, Value>) {
    let (mut normalized, mut redirects, mut pages) = (Vec::new(), Vec::new(), Vec::new());
    for asked in titles.split('|').filter(|t| !t.is_empty()) {
        let mut letters = asked.chars();
        let mut title: String = letters.next().into_iter().flat_map(char::to_uppercase).chain(letters).collect();
        if title != asked {
            normalized.push(json!({"fromencoded": false, "from": asked, "to": title}));
        }
        if let Some((from, to)) = state.redirects.iter().find(|(from, _)| *from == title) {
            redirects.push(json!({"from": from, "to": to}));
            title = to.clone();
        }
        pages.push(match state.pages.iter().find(|(_, t)| *t == title) {
            Some((id, title)) => json!({"pageid": id, "ns": 0, "title": title}),
            None => json!({"ns": 0, "title": title, "missing": true}),
        });
    }
    for asked in ids.split('|').filter_map(|id| id.parse::<i64>().ok()) {
        pages.push(match state.pages.iter().find(|(id, _)| *id == asked) {
            Some((id, title)) => json!({"pageid": id, "ns": 0, "title": title}),
            None => json!({"pageid": asked, "missing": true}),
        });
    }
    query.insert("normalized".into(), normalized.into());
    query.insert("redirects".into(), redirects.into());
    query.insert("pages".into(), pages.into());
}

/// The number of an account on this wiki.
fn own_id(state: &State, user: &User) -> i64 {
    if state.is_farm { user.id + 1000 } else { user.id }
}

fn user(state: &State, is_meant: impl Fn(&User) -> bool, missing: Value) -> Value {
    let found = state.users.iter().find(|u| is_meant(u) && !u.is_hidden);
    let Some(found) = found else { return missing };
    let User { id, name, edit_count, registered, groups, blocked, .. } = found;
    let own = own_id(state, found);
    let central = if state.is_farm { json!({"CentralAuth": id, "local": own}) } else { json!({"local": own}) };
    let mut said = json!({
        "userid": own, "name": name, "editcount": edit_count, "groups": groups,
        "registration": registered.as_deref().map(oauth::iso), "centralids": central, "attachedlocal": {"CentralAuth": state.is_farm, "local": true}
    });
    if let Some(until) = blocked {
        let until = if until == "infinity" { until.clone() } else { oauth::iso(until) };
        said["blockid"] = 7.into();
        said["blockexpiry"] = until.into();
        said["blockpartial"] = false.into();
    }
    said
}

/// Takes what the extension Stoa is told, or objects as it was asked to.
pub async fn events(From(state): From<Shared>, headers: HeaderMap, body: String) -> Response {
    let mut state = locked(&state);
    let text = |name: &str| headers.get(name).and_then(|v| v.to_str().ok()).unwrap_or("").to_owned();
    if !state.objections.is_empty() {
        let (status, said) = state.objections.remove(0);
        let status = StatusCode::from_u16(status).expect("a status");
        return (status, [("retry-after", "30")], Json(said)).into_response();
    }
    state.heard.push(Heard {
        id: text("webhook-id"),
        timestamp: text("webhook-timestamp").parse().unwrap_or(0),
        signature: text("webhook-signature"),
        body,
    });
    Json(json!({"status": "stored"})).into_response()
}

/// What the extension Stoa says of itself, where it is installed.
pub async fn about(From(state): From<Shared>) -> Response {
    match &locked(&state).about {
        Some(about) => Json(about.clone()).into_response(),
        None => {
            let mut response = oauth::no_handler("/stoa/v1/about");
            *response.status_mut() = StatusCode::NOT_FOUND;
            response
        }
    }
}
