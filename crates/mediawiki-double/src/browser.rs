//! A person's browser on the wiki: cookies, redirects, and the one form that matters.

use axum::Router;
use axum::body::Body;
use axum::http::{Request, header};
use http_body_util::BodyExt as _;
use tower::ServiceExt as _;

/// What the wiki answered.
#[derive(Clone, Debug)]
pub struct Answer {
    pub status: u16,
    /// Where it leads on to, if it does.
    pub location: Option<String>,
    pub body: String,
}

/// Somebody in front of the wiki.
pub struct Browser {
    router: Router,
    base: String,
    user: Option<i64>,
}

impl Browser {
    pub(crate) fn new(router: Router, base: String, user: Option<i64>) -> Browser {
        Browser { router, base, user }
    }

    /// One request to the wiki, one answer.
    pub async fn ask(&self, method: &str, address: &str, body: &str) -> Answer {
        let path = address.strip_prefix(&self.base).unwrap_or(address);
        let mut request = Request::builder().method(method).uri(path);
        if let Some(user) = self.user {
            request = request.header(header::COOKIE, format!("wikiUser={user}"));
        }
        if method == "POST" {
            request = request.header(header::CONTENT_TYPE, "application/x-www-form-urlencoded");
        }
        let request = request.body(Body::from(body.to_owned())).expect("a request");
        let answer = self.router.clone().oneshot(request).await.expect("a router always answers");
        let (parts, body) = answer.into_parts();
        let location = parts.headers.get(header::LOCATION).and_then(|v| v.to_str().ok()).map(str::to_owned);
        let body = body.collect().await.expect("a body ends").to_bytes();
        Answer { status: parts.status.as_u16(), location, body: String::from_utf8_lossy(&body).into_owned() }
    }

    /// Goes where the wiki leads, until it leads back to the site or stops; says yes or no when it asks.
    async fn go(&self, address: &str, act: &str) -> Answer {
        let mut answer = self.ask("GET", address, "").await;
        for _ in 0..10 {
            match &answer.location {
                Some(next) if next.starts_with('/') || next.starts_with(&self.base) => {
                    answer = self.ask("GET", &next.clone(), "").await;
                }
                None if answer.status == 200 && answer.body.contains("name=\"wpEditToken\"") => {
                    let body = format!("{}&{act}=1", fields(&answer.body));
                    answer = self.ask("POST", "/wiki/Special:OAuth/approve", &body).await;
                }
                _ => return answer,
            }
        }
        answer
    }

    /// Says yes, where it is asked; the address of the site that the wiki leads back to.
    pub async fn allow(&self, address: &str) -> String {
        let answer = self.go(address, "accept").await;
        answer.location.unwrap_or_else(|| panic!("the wiki leads nowhere: {} {}", answer.status, answer.body))
    }

    /// Says no.
    pub async fn refuse(&self, address: &str) -> String {
        let answer = self.go(address, "cancel").await;
        answer.location.unwrap_or_else(|| panic!("the wiki leads nowhere: {} {}", answer.status, answer.body))
    }
}

/// The hidden fields of a form, as it would send them.
fn fields(html: &str) -> String {
    let mut out = url::form_urlencoded::Serializer::new(String::new());
    for part in html.split("<input type=\"hidden\" name=\"").skip(1) {
        let Some((name, rest)) = part.split_once("\" value=\"") else { continue };
        let Some((value, _)) = rest.split_once("\">") else { continue };
        let plain = |text: &str| text.replace("&quot;", "\"").replace("&lt;", "<").replace("&amp;", "&");
        out.append_pair(&plain(name), &plain(value));
    }
    out.finish()
}
