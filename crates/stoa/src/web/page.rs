//! Turning a template into an answer, and a failure into a page that says what happened and what to do.

use askama::Template;
use axum::http::{HeaderValue, StatusCode, header};
use axum::response::{IntoResponse, Response};

use super::error::{Error, Refusal, Result};
use super::form::Form;
use super::shell::Head;
use super::visit::Visit;
use super::{cookies, headers};

const HTML: HeaderValue = HeaderValue::from_static("text/html; charset=utf-8");

/// HTML that came out of templates of ours, for printing inside another.
#[derive(Clone, Debug, Default)]
pub struct Fragment(String);

impl Fragment {
    pub fn of(template: &impl Template) -> Result<Fragment> {
        Ok(Fragment(template.render()?))
    }

    /// Joins pieces that came out of templates of ours.
    pub fn joined(text: String) -> Fragment {
        Fragment(text)
    }

    /// A value as JSON that cannot end the script element it stands in.
    pub fn json(value: &serde_json::Value) -> Fragment {
        let text = value.to_string();
        Fragment(text.replace('<', "\\u003c").replace('>', "\\u003e").replace('&', "\\u0026"))
    }

    pub fn as_str(&self) -> &str {
        &self.0
    }

    pub fn is_empty(&self) -> bool {
        self.0.is_empty()
    }
}

impl std::fmt::Display for Fragment {
    fn fmt(&self, f: &mut std::fmt::Formatter) -> std::fmt::Result {
        f.write_str(&self.0)
    }
}

impl askama::filters::HtmlSafe for Fragment {}

/// A page of this visitor alone.
pub fn page(template: &impl Template) -> Result {
    page_with_status(StatusCode::OK, template)
}

pub fn page_with_status(status: StatusCode, template: &impl Template) -> Result {
    let html = template.render()?;
    Ok((status, [(header::CONTENT_TYPE, HTML)], html).into_response())
}

/// HTML that templates have made already.
pub fn html(text: String) -> Result {
    Ok(([(header::CONTENT_TYPE, HTML)], text).into_response())
}

/// An address as a header may have it: letters of other scripts as percent signs (RFC 3986, section 2.1).
fn location(path: &str) -> HeaderValue {
    let mut plain = String::with_capacity(path.len());
    for byte in path.bytes() {
        match byte {
            b'!'..=b'~' => plain.push(byte.into()),
            _ => plain.push_str(&format!("%{byte:02X}")),
        }
    }
    HeaderValue::try_from(plain).unwrap_or(HeaderValue::from_static("/"))
}

/// On to another page, after a form (303).
pub fn redirect(path: &str) -> Response {
    (StatusCode::SEE_OTHER, [(header::LOCATION, location(path))]).into_response()
}

/// On to another page, which says once what was done: the message `said-` and `key`.
pub fn redirect_saying(visit: &Visit, path: &str, key: &str) -> Response {
    let mut response = redirect(path);
    let cookie = cookies::set("stoa-said", key, Some(60), visit.app.config.is_https());
    response.headers_mut().append(header::SET_COOKIE, cookie);
    response
}

/// An address that has moved for good.
pub fn moved(path: &str) -> Response {
    let cache = (header::CACHE_CONTROL, HeaderValue::from_static("private, no-cache"));
    (StatusCode::MOVED_PERMANENTLY, [(header::LOCATION, location(path)), cache]).into_response()
}

/// A path on this site, or `/`: what comes from an address or a form must not lead elsewhere.
pub fn own_path(path: &str) -> &str {
    let plain = path.bytes().all(|b| b.is_ascii_graphic() && b != b'\\');
    let own = path.starts_with('/') && !path[1..].starts_with(['/', '\\']);
    if plain && own && path.len() <= 2000 && !path.starts_with("/login") { path } else { "/" }
}

#[derive(Template)]
#[template(path = "web/templates/failure.html")]
struct Failure<'a> {
    v: &'a Visit,
    head: Head,
    title: String,
    text: String,
    is_missing: bool,
    /// Fields to send again, with a new token.
    again: Vec<(String, String)>,
    kept: String,
}

#[derive(Template)]
#[template(path = "web/templates/failure_fragment.html")]
struct FailureFragment {
    title: String,
    text: String,
}

/// The page for an error.
pub fn failure(v: &Visit, why: &Error, form: Option<&Form>, is_fragment: bool) -> Response {
    if matches!(why, Error::LogIn) && form.is_none() && !is_fragment {
        let back: String = url::form_urlencoded::byte_serialize(v.path.as_bytes()).collect();
        return redirect(&format!("/login?back={back}"));
    }
    let (title, text) = words(v, why);
    let status = why.status();
    let rendered = if is_fragment {
        FailureFragment { title, text }.render()
    } else {
        let resend = matches!(why, Error::Refused(Refusal::BadToken));
        let again = form.filter(|_| resend).map(|f| f.again().cloned().collect()).unwrap_or_default();
        let kept = form.map(|f| f.raw("raw").to_owned()).unwrap_or_default();
        let head = Head::titled(title.clone()).unlisted();
        let is_missing = matches!(why, Error::NotFound);
        Failure { v, head, title, text, is_missing, again, kept }.render()
    };
    let mut response = match rendered {
        Ok(html) => (status, [(header::CONTENT_TYPE, HTML)], html).into_response(),
        Err(e) => {
            tracing::error!("request {}: the error page itself failed: {e}", v.request_id);
            status.into_response()
        }
    };
    if let Error::Refused(refusal) = why
        && let Some(seconds) = refusal.retry_after()
    {
        response.headers_mut().insert(header::RETRY_AFTER, HeaderValue::from(seconds));
    }
    headers::add(response.headers_mut(), v.app.config.is_https());
    response
}

/// What is said of an error: a title, and a sentence. Faults are logged here, once, under the request's number.
pub fn words(v: &Visit, why: &Error) -> (String, String) {
    let t = &v.t;
    if let Error::Fault(e) | Error::Taken(e) | Error::Again(e) = why {
        tracing::error!("request {}: {e:?}", v.request_id);
    }
    match why {
        Error::NotFound => (t.failure_missing_title(), t.failure_missing_text()),
        Error::LogIn => (t.failure_login_title(), t.failure_login_text()),
        Error::Refused(refusal) => (t.failure_refused_title(), refused(v, refusal)),
        Error::Taken(_) | Error::Again(_) | Error::Fault(_) => {
            (t.failure_fault_title(), t.failure_fault_text(stoa_i18n::Plain(&v.request_id)))
        }
    }
}

/// A refusal in the reader's language.
pub fn refused(v: &Visit, why: &Refusal) -> String {
    use stoa_i18n::A;
    let key = format!("refused-{}", why.key());
    match why {
        Refusal::Silenced { until } | Refusal::Suspended { until } => {
            v.t.msg(&key, &[A::Plain(v.date_time(*until).into())])
        }
        Refusal::TooFast { seconds } | Refusal::TooManyTries { seconds } => {
            v.t.msg(&key, &[A::Number(i64::try_from(seconds.div_ceil(60)).unwrap_or(1))])
        }
        Refusal::PollChoices { least, most } => v.t.msg(&key, &[A::Number(*least), A::Number(*most)]),
        Refusal::FileTooLarge { most } => v.t.msg(&key, &[A::Number(most >> 20)]),
        Refusal::FileKind { kinds } => v.t.msg(&key, &[A::Text(kinds.into())]),
        Refusal::UploadsToday { most, bytes } => v.t.msg(&key, &[A::Number(*most), A::Number(bytes >> 20)]),
        Refusal::UnknownField(name) => v.t.msg(&key, &[A::Text(name.into())]),
        _ => v.t.msg(&key, &[]),
    }
}

#[cfg(test)]
mod tests {
    use super::{location, own_path};

    #[test]
    fn addresses_travel_in_plain_letters() {
        assert_eq!(location("/c/עזרה/5?page=2#p3"), "/c/%D7%A2%D7%96%D7%A8%D7%94/5?page=2#p3");
        assert_eq!(location("/u/Ada%20L"), "/u/Ada%20L", "what is encoded stays");
        assert_eq!(location("/a b\r\nX: 1"), "/a%20b%0D%0AX:%201");
    }

    #[test]
    fn only_own_paths_are_gone_back_to() {
        assert_eq!(own_path("/t/tea/5?page=2#p31"), "/t/tea/5?page=2#p31");
        for foreign in [
            "//evil.example",
            "/\\evil.example",
            "https://evil.example",
            "/\t/evil",
            "",
            "javascript:1",
            "/login?back=/",
        ] {
            assert_eq!(own_path(foreign), "/", "{foreign:?}");
        }
    }
}
