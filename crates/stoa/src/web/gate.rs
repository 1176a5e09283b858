//! The gate: every request to a route passes here, in the same order — who asks, is it allowed, is the form whole and
//! its token right — and every answer leaves through here, with its headers and, if it failed, its page.

use std::net::{IpAddr, SocketAddr};
use std::sync::{Arc, OnceLock};
use std::time::Duration;

use axum::Extension;
use axum::body::Body;
use axum::extract::{ConnectInfo, DefaultBodyLimit, FromRequest, Multipart, OriginalUri, Request, State};
use axum::http::request::Parts;
use axum::http::{HeaderMap, HeaderValue, Method, Uri, header};
use axum::middleware::Next;
use axum::response::{IntoResponse, Response};
use http_body::Body as _;
use http_body_util::BodyExt;

use super::again::Asked;
use super::error::{Carried, Error, Refusal, Result};
use super::form::{File, Form, Sent, clean};
use super::look::Look;
use super::routes::{Policy, Route};
use super::visit::{Seen, Viewer, Visit};
use super::{cookies, headers, page};
use crate::app::App;

/// The longest form body without a file, in bytes: the longest post in an alphabet of three bytes, percent-encoded.
const FORM_BYTES: usize = 2 << 20;
/// The longest form body with a file.
const FILE_BYTES: usize = 12 << 20;
/// How much of a body that is too long is read and thrown away, so that the browser gets to see the answer.
const DRAINED_BYTES: usize = 64 << 20;
/// How long a body may take.
const BODY_TIME: Duration = Duration::from_secs(12);
const FILE_TIME: Duration = Duration::from_secs(120);
/// Bytes that a slow line carries in a second.
const SLOW_LINE: u64 = 96 << 10;

/// The way of every request that has a route.
pub async fn pass(
    Extension(route): Extension<Arc<Route>>,
    State(app): State<App>,
    request: Request,
    next: Next,
) -> Response {
    let https = app.config.is_https();
    if route.policy == Policy::Open {
        let mut response = next.run(request).await;
        headers::add(response.headers_mut(), https);
        return response;
    }
    let (parts, body) = request.into_parts();
    let asked = Asked::of(&app, &route, &parts);
    if let Some(mut answer) = asked.as_ref().and_then(|asked| asked.answer(&app, &parts)) {
        headers::add(answer.headers_mut(), https);
        return answer;
    }
    let is_public = route.policy == Policy::Public;
    let visit = match visit(&app, &parts, !is_public).await {
        Ok(visit) => visit,
        Err(why) => return without_visit(&app, &why),
    };
    if let Some(mut answer) = crate::accounts::setup::gate(&visit, &route) {
        leave(&visit, answer.headers_mut());
        return answer;
    }
    crate::sessions::seen(&visit);
    let mut form = None;
    let is_fragment = parts.headers.contains_key("x-fragment");
    let takes_zstd = super::accept::coding(&parts.headers) == super::accept::Coding::Zstd;
    let mut response = match admit(&visit, &route, parts, body, &mut form).await {
        Ok(request) => next.run(request).await,
        Err(why) => why.into_response(),
    };
    if let Some(Carried(why)) = response.extensions_mut().remove::<Carried>() {
        response = match is_public {
            true => crate::api::failure(&visit, &why),
            false => page::failure(&visit, &why, form.as_ref(), is_fragment),
        };
    }
    if is_public {
        crate::api::leave(response.headers_mut());
    }
    if let Some(asked) = asked {
        asked.keep(&visit, &response);
    }
    leave(&visit, response.headers_mut());
    if takes_zstd { compressed(response).await } else { response }
}

/// Text that was made for one reader, compressed the quickest way; stored pages come compressed already.
async fn compressed(response: Response) -> Response {
    let headers = response.headers();
    let kind = headers.get(header::CONTENT_TYPE).and_then(|v| v.to_str().ok()).unwrap_or("");
    let is_text = kind.starts_with("text/") || kind.contains("xml") || kind.contains("json");
    let size = response.body().size_hint().exact().unwrap_or(0);
    if !is_text || headers.contains_key(header::CONTENT_ENCODING) || !(1500..8_000_000).contains(&size) {
        return response;
    }
    let (mut parts, body) = response.into_parts();
    let Ok(bytes) = axum::body::to_bytes(body, 8_000_000).await else {
        return axum::http::StatusCode::INTERNAL_SERVER_ERROR.into_response();
    };
    let Ok(small) = super::pieces::zstd(&bytes) else { return Response::from_parts(parts, bytes.into()) };
    parts.headers.insert(header::CONTENT_ENCODING, HeaderValue::from_static("zstd"));
    parts.headers.append(header::VARY, HeaderValue::from_static("accept-encoding"));
    parts.headers.remove(header::CONTENT_LENGTH);
    Response::from_parts(parts, small.into())
}

/// What an address without a route gets: the page for "not found", in the reader's language.
pub async fn not_found(State(app): State<App>, request: Request) -> Response {
    let (parts, _) = request.into_parts();
    match visit(&app, &parts, true).await {
        Ok(visit) => {
            let mut response = match crate::redirects::find(&visit, asked_for(&parts)).await {
                Ok(Some(response)) => response,
                Ok(None) => page::failure(&visit, &Error::NotFound, None, false),
                Err(why) => page::failure(&visit, &why, None, false),
            };
            leave(&visit, response.headers_mut());
            response
        }
        Err(why) => without_visit(&app, &why),
    }
}

/// An address that has a route, but not for this method.
pub async fn wrong_method(State(app): State<App>, request: Request) -> Response {
    let (parts, _) = request.into_parts();
    match visit(&app, &parts, true).await {
        Ok(visit) => {
            let mut response = page::failure(&visit, &Refusal::MethodNotAllowed.into(), None, false);
            leave(&visit, response.headers_mut());
            response
        }
        Err(why) => without_visit(&app, &why),
    }
}

/// The store did not even say who asks: a plain text, because a page needs the site's words and name.
fn without_visit(app: &App, why: &Error) -> Response {
    tracing::error!("a request could not be read: {why:?}");
    let mut response =
        (why.status(), "Stoa cannot read its data right now. Nothing is lost; please try again in a minute.\n")
            .into_response();
    headers::add(response.headers_mut(), app.config.is_https());
    response
}

async fn admit(visit: &Visit, route: &Route, mut parts: Parts, body: Body, kept: &mut Option<Form>) -> Result<Request> {
    parts.extensions.insert(visit.clone());
    if route.policy == Policy::Public {
        visit.app.throttle.program(&visit.caller)?;
    }
    if route.method != Method::POST {
        if !route.policy.admits(visit) {
            return Err(turned_away(visit));
        }
        for field in route.fields {
            let query = parts.uri.query().unwrap_or("");
            let value = url::form_urlencoded::parse(query.as_bytes()).find(|(k, _)| k == field.name);
            if value.is_some_and(|(_, v)| v.chars().count() > field.limit) {
                return Err(Refusal::TooLarge.into());
            }
        }
        return Ok(Request::from_parts(parts, body));
    }
    let form = read_form(route, &parts.headers, body).await?;
    if route.policy != Policy::Signed {
        check_origin(visit, &parts.headers)?;
    }
    form.check(route)?;
    *kept = Some(form.clone());
    if !route.policy.admits(visit) {
        return Err(turned_away(visit));
    }
    let subject = visit.token_subject.get().map_or("", String::as_str);
    let needs_token = route.policy != Policy::Signed;
    if needs_token && (subject.is_empty() || !visit.app.secret.accepts(subject, form.text("csrf"))) {
        return Err(Refusal::BadToken.into());
    }
    parts.extensions.insert(form);
    Ok(Request::from_parts(parts, Body::empty()))
}

/// Members' pages ask strangers to log in; what needs more rights does not exist for those without them.
fn turned_away(visit: &Visit) -> Error {
    if visit.viewer.user.is_none() { Error::LogIn } else { Error::NotFound }
}

async fn read_form(route: &Route, headers: &HeaderMap, body: Body) -> Result<Form> {
    let kind = headers.get(header::CONTENT_TYPE).and_then(|v| v.to_str().ok()).unwrap_or("");
    let with_file = route.file && kind.starts_with("multipart/form-data");
    let (limit, time) = if with_file { (FILE_BYTES, file_time(headers)) } else { (FORM_BYTES, BODY_TIME) };
    let bytes = match tokio::time::timeout(time, collect(body, limit)).await {
        Ok(bytes) => bytes?,
        Err(_) => return Err(Refusal::Busy.into()),
    };
    if kind.starts_with("application/x-www-form-urlencoded") || (kind.is_empty() && bytes.is_empty()) {
        let fields = url::form_urlencoded::parse(&bytes).map(|(k, v)| (k.into_owned(), clean(&v))).take(200).collect();
        return Ok(Form::new(Sent { fields, file: None }));
    }
    if kind.starts_with("multipart/form-data") {
        return read_multipart(route, kind, bytes).await;
    }
    Err(Refusal::NotAForm.into())
}

/// How long a form with a file may take: as long as any form, and longer by what the file needs on a slow line.
fn file_time(headers: &HeaderMap) -> Duration {
    let length = headers.get(header::CONTENT_LENGTH).and_then(|v| v.to_str().ok()?.parse::<u64>().ok());
    (BODY_TIME + Duration::from_secs(length.unwrap_or(0) / SLOW_LINE)).min(FILE_TIME)
}

async fn read_multipart(route: &Route, kind: &str, bytes: bytes::Bytes) -> Result<Form> {
    let mut sent = Sent::default();
    let request = Request::builder().header(header::CONTENT_TYPE, kind).body(Body::from(bytes));
    let mut request = request.map_err(|_| Refusal::NotAForm)?;
    // The body was measured when it was read.
    DefaultBodyLimit::disable().apply(&mut request);
    let mut parts = Multipart::from_request(request, &()).await.map_err(|_| Refusal::NotAForm)?;
    while let Some(part) = parts.next_field().await.map_err(|_| Refusal::NotAForm)? {
        let name = part.name().unwrap_or("").to_owned();
        let file_name = part.file_name().map(str::to_owned);
        let bytes = part.bytes().await.map_err(|_| Refusal::NotAForm)?;
        match file_name {
            Some(file) if route.file && name == "file" && sent.file.is_none() => {
                sent.file = Some(File { name: file.chars().take(255).collect(), bytes });
            }
            Some(_) => return Err(Refusal::UnknownField(name.chars().take(60).collect()).into()),
            None if sent.fields.len() < 200 => {
                sent.fields.push((name, clean(&String::from_utf8_lossy(&bytes))));
            }
            None => return Err(Refusal::TooManyOfThem.into()),
        }
    }
    Ok(Form::new(sent))
}

/// The whole body, or [`Refusal::TooLarge`] after reading on for a while without keeping it.
async fn collect(mut body: Body, limit: usize) -> Result<bytes::Bytes> {
    let mut kept = bytes::BytesMut::new();
    let mut seen = 0;
    while let Some(frame) = body.frame().await {
        let frame = frame.map_err(|_| Refusal::NotAForm)?;
        if let Some(data) = frame.data_ref() {
            seen += data.len();
            if seen <= limit {
                kept.extend_from_slice(data);
            } else if seen > DRAINED_BYTES {
                break;
            }
        }
    }
    if seen > limit { Err(Refusal::TooLarge.into()) } else { Ok(kept.freeze()) }
}

/// A form must come from this site's own pages: the browser says where it was (`Origin`, `Sec-Fetch-Site`).
fn check_origin(visit: &Visit, headers: &HeaderMap) -> Result<()> {
    if headers.get("sec-fetch-site").is_some_and(|v| v != "same-origin" && v != "none") {
        return Err(Refusal::ForeignOrigin.into());
    }
    let Some(origin) = headers.get(header::ORIGIN) else { return Ok(()) };
    let origin = origin.to_str().unwrap_or("null");
    let host = headers.get(header::HOST).and_then(|v| v.to_str().ok()).unwrap_or("");
    let own = origin == visit.app.config.base()
        || (visit.app.config.base_url.is_none() && !host.is_empty() && origin == format!("http://{host}"));
    if own { Ok(()) } else { Err(Refusal::ForeignOrigin.into()) }
}

/// Reads who asks and how they like things. Without cookies everybody is a stranger, in the language that the address says.
async fn visit(app: &App, parts: &Parts, with_cookies: bool) -> Result<Visit> {
    let headers = &parts.headers;
    let https = app.config.is_https();
    let cookie = |base: &str| cookies::read(headers, &cookies::name(base, https)).filter(|_| with_cookies);
    let token = cookie("stoa");
    let now = app.now();
    let (site, viewer) = app.db.read(|tx| Viewer::of_session(tx, &app.site, token, now)).await?;
    let query = parts.uri.query().unwrap_or("");
    let asked = url::form_urlencoded::parse(query.as_bytes())
        .find(|(key, _)| key == "uselang")
        .map(|(_, value)| value.into_owned())
        .filter(|code| code == "qqx" || app.words.has(code));
    let chosen = viewer.user.as_ref().map(|u| u.lang.as_str()).filter(|l| !l.is_empty());
    let accepted = headers.get(header::ACCEPT_LANGUAGE).and_then(|v| v.to_str().ok());
    let for_visit = asked.as_deref().or_else(|| cookie("stoa-lang"));
    let t = app.words.negotiate(for_visit, chosen, accepted, site.setting("language"));
    let look = match (&viewer.user, cookie("stoa-look")) {
        (_, Some(text)) => Look::parse(text),
        (Some(user), None) => Look::parse(&user.look),
        (None, None) => Look::default(),
    };
    let token_subject = OnceLock::new();
    if let (Some(token), Some(_)) = (token, &viewer.user) {
        let _ = token_subject.set(format!("session {}", super::csrf::hash_of(token)));
    } else if let Some(id) = cookie("stoa-visit") {
        let _ = token_subject.set(format!("visit {id}"));
    }
    let said = cookie("stoa-said").filter(|key| key.len() <= 40 && t.has_key(&format!("said-{key}")));
    Ok(Visit::new(Seen {
        said: said.map(str::to_owned),
        caller: app.throttle.key_of(caller(app, parts)),
        request_id: hex::encode(rand::random::<[u8; 5]>()),
        path: asked_for(parts).path_and_query().map_or("/", |p| p.as_str()).to_owned(),
        new_visit: OnceLock::new(),
        // It is remembered in a cookie.
        uselang: asked.filter(|_| with_cookies),
        app: app.clone(),
        site,
        viewer,
        t,
        look,
        now,
        token_subject,
        is_shared: false,
    }))
}

/// The address as it was asked for, before a feed's ending was taken off.
pub fn asked_for(parts: &Parts) -> &Uri {
    parts.extensions.get::<OriginalUri>().map_or(&parts.uri, |original| &original.0)
}

/// The caller's network address, as far as it can be believed.
fn caller(app: &App, parts: &Parts) -> IpAddr {
    let peer = parts.extensions.get::<ConnectInfo<SocketAddr>>().map(|c| c.0.ip());
    let peer = peer.unwrap_or(IpAddr::from([127, 0, 0, 1]));
    if !app.config.trusted_proxies.contains(&peer) {
        return peer;
    }
    let forwarded = parts.headers.get("x-forwarded-for").and_then(|v| v.to_str().ok()).unwrap_or("");
    forwarded.rsplit(',').next().and_then(|ip| ip.trim().parse().ok()).unwrap_or(peer)
}

/// What every answer to a visit carries away.
fn leave(visit: &Visit, headers: &mut HeaderMap) {
    let https = visit.app.config.is_https();
    if let Some(made) = visit.new_visit.get() {
        headers.append(header::SET_COOKIE, cookies::set("stoa-visit", made, None, https));
    }
    if let Some(code) = &visit.uselang
        && visit.viewer.user.is_none()
    {
        headers.append(header::SET_COOKIE, cookies::set("stoa-lang", code, None, https));
    }
    if visit.said.is_some() && !headers.contains_key(header::LOCATION) {
        headers.append(header::SET_COOKIE, cookies::set("stoa-said", "", Some(0), https));
    }
    if let Ok(id) = HeaderValue::from_str(&visit.request_id) {
        headers.insert("x-request-id", id);
    }
    headers::add(headers, https);
}
