//! An answer, and the forms on it.

use axum::http::response::Parts;
use axum::http::{HeaderMap, StatusCode, header};
use bytes::Bytes;

use super::browser::{Ask, Browser};
use super::dom::{self, Element};

/// An answer to a request.
pub struct Page {
    pub method: &'static str,
    pub path: String,
    pub status: u16,
    pub headers: HeaderMap,
    pub bytes: Bytes,
    browser: Browser,
}

impl Page {
    pub(super) fn new(method: &'static str, path: String, parts: Parts, bytes: Bytes, browser: Browser) -> Page {
        Page { method, path, status: parts.status.as_u16(), headers: parts.headers, bytes, browser }
    }

    /// The body as text.
    pub fn body(&self) -> String {
        String::from_utf8_lossy(&self.bytes).into_owned()
    }

    /// The page as a tree.
    pub fn dom(&self) -> Element {
        dom::parse(&self.body())
    }

    /// What a person reads, with single spaces.
    pub fn words(&self) -> String {
        self.dom().words()
    }

    pub fn header(&self, name: &str) -> &str {
        self.headers.get(name).map_or("", |v| v.to_str().unwrap_or(""))
    }

    /// Where a redirect leads.
    pub fn location(&self) -> Option<String> {
        let is_redirect = StatusCode::from_u16(self.status).is_ok_and(|s| s.is_redirection());
        self.headers.get(header::LOCATION).filter(|_| is_redirect)?.to_str().ok().map(str::to_owned)
    }

    fn told(&self) -> String {
        format!("{} {} ({}): {}", self.method, self.path, self.status, self.words())
    }

    /// The page can be read and has this text on it.
    #[track_caller]
    pub fn shows(&self, text: &str) -> &Page {
        let wanted = text.split_whitespace().collect::<Vec<_>>().join(" ");
        assert!(self.words().contains(&wanted), "no {text:?} on {}", self.told());
        self
    }

    /// Nothing of this text is in the answer: not on the page, not in its source.
    #[track_caller]
    pub fn lacks(&self, text: &str) -> &Page {
        assert!(!self.body().contains(text) && !self.words().contains(text), "{text:?} is on {}", self.told());
        self
    }

    #[track_caller]
    pub fn is(&self, status: u16) -> &Page {
        assert_eq!(self.status, status, "{}", self.told());
        self
    }

    #[track_caller]
    pub fn is_ok(&self) -> &Page {
        self.is(200)
    }

    #[track_caller]
    pub fn is_not_found(&self) -> &Page {
        self.is(404)
    }

    /// The program said no, with the words of this refusal.
    #[track_caller]
    pub fn is_refused(&self, key: &str) -> &Page {
        assert!((400..500).contains(&self.status) || self.status == 507, "no refusal: {}", self.told());
        let t = self.browser.words().negotiate(None, None, None, "en");
        let whole = t.msg(&format!("refused-{key}"), &[stoa_i18n::A::Plain("§".into())]);
        // What stands around an argument may be plural, so the first part that says something is looked for.
        let mut parts = whole.split('§').filter(|part| part.len() > 8);
        self.shows(parts.next().unwrap_or(&whole))
    }

    /// Every `href` and `src` on the page.
    pub fn links(&self) -> Vec<String> {
        let dom = self.dom();
        let of = |e: &&Element| e.attribute("href").or(e.attribute("src")).map(str::to_owned);
        dom.all().iter().filter_map(of).collect()
    }

    /// The form with this id, or whose action is or ends with this; the action may be that of one of its buttons.
    #[track_caller]
    pub fn form(&self, which: &str) -> FilledForm {
        let dom = self.dom();
        let fits = |e: &Element| {
            e.name == "form"
                && (e.attribute("id") == Some(which) || e.attribute("action").is_some_and(|a| a.ends_with(which)))
        };
        let button = dom.find(|e| e.name == "button" && e.attribute("formaction").is_some_and(|a| a.ends_with(which)));
        let owner = button.and_then(|b| dom.find(|e| e.name == "form" && e.attribute("id") == b.attribute("form")));
        let Some(form) = dom.find(fits).or(owner) else { panic!("no form {which:?} on {}", self.told()) };
        let own = button.filter(|_| owner.is_some()).and_then(|b| b.attribute("formaction"));
        let action = own.or(form.attribute("action")).filter(|a| !a.is_empty()).unwrap_or(&self.path).to_owned();
        let method =
            if form.attribute("method").is_some_and(|m| m.eq_ignore_ascii_case("post")) { "POST" } else { "GET" };
        let multipart = form.attribute("enctype") == Some("multipart/form-data");
        FilledForm { action, method, multipart, fields: fields_of(form), file: None, browser: self.browser.clone() }
    }

    /// Whether there is such a form.
    pub fn has_form(&self, which: &str) -> bool {
        let fits = |e: &Element| {
            e.name == "form"
                && (e.attribute("id") == Some(which) || e.attribute("action").is_some_and(|a| a.ends_with(which)))
        };
        self.dom().find(fits).is_some()
    }
}

/// What a form would send as it stands: every named field but buttons and empty boxes.
fn fields_of(form: &Element) -> Vec<(String, String)> {
    let mut fields = Vec::new();
    for element in form.all() {
        let Some(name) = element.attribute("name").filter(|n| !n.is_empty()) else { continue };
        if element.has("disabled") {
            continue;
        }
        let kind = element.attribute("type").unwrap_or("text");
        let value = match element.name.as_str() {
            "input" if matches!(kind, "submit" | "button" | "file" | "image" | "reset") => continue,
            "input" if matches!(kind, "checkbox" | "radio") && !element.has("checked") => continue,
            "input" if matches!(kind, "checkbox" | "radio") => element.attribute("value").unwrap_or("on").to_owned(),
            "input" => element.attribute("value").unwrap_or("").to_owned(),
            // A line end right after the tag is not part of the text (HTML, 13.1.2.5).
            "textarea" => element.text(),
            "select" => {
                let options: Vec<&Element> = element.all().into_iter().filter(|e| e.name == "option").collect();
                let chosen = options.iter().find(|o| o.has("selected")).or(options.first());
                chosen.map(|o| o.attribute("value").map_or_else(|| o.words(), str::to_owned)).unwrap_or_default()
            }
            _ => continue,
        };
        fields.push((name.to_owned(), value));
    }
    fields
}

/// A form on its way back.
#[derive(Clone)]
pub struct FilledForm {
    pub action: String,
    pub method: &'static str,
    pub multipart: bool,
    pub fields: Vec<(String, String)>,
    file: Option<(String, Vec<u8>)>,
    browser: Browser,
}

impl FilledForm {
    /// Types into a field that the form has. A box or one of several choices that was not chosen counts as a field
    /// only once it is [`FilledForm::add`]ed.
    #[track_caller]
    pub fn fill(mut self, name: &str, value: &str) -> Self {
        let found = self.fields.iter_mut().find(|(key, _)| key == name);
        let Some(field) = found else { panic!("the form {} has no field {name:?}", self.action) };
        field.1 = value.to_owned();
        self
    }

    /// Adds a field: a box that is ticked, or what the form does not have.
    pub fn add(mut self, name: &str, value: &str) -> Self {
        self.fields.push((name.to_owned(), value.to_owned()));
        self
    }

    /// Takes a field away.
    pub fn drop(mut self, name: &str) -> Self {
        self.fields.retain(|(key, _)| key != name);
        self
    }

    /// Chooses a file for the field `file`.
    pub fn file(mut self, name: &str, bytes: &[u8]) -> Self {
        self.file = Some((name.to_owned(), bytes.to_vec()));
        self
    }

    /// What a field holds now.
    pub fn value(&self, name: &str) -> Option<&str> {
        self.fields.iter().find(|(key, _)| key == name).map(|(_, value)| value.as_str())
    }

    /// Presses a named button, such as `preview`.
    pub async fn press(self, name: &str, value: &str) -> Page {
        self.add(name, value).submit().await
    }

    /// Sends it and goes where the answer leads.
    pub async fn submit(self) -> Page {
        let browser = self.browser.clone();
        browser.follow(self.send().await).await
    }

    /// Sends it and takes the first answer.
    pub async fn send(self) -> Page {
        let fields: Vec<(&str, &str)> = self.fields.iter().map(|(k, v)| (k.as_str(), v.as_str())).collect();
        if self.method == "GET" {
            let query = url::form_urlencoded::Serializer::new(String::new()).extend_pairs(&fields).finish();
            return self.browser.ask(Ask::get(&format!("{}?{query}", self.action))).await;
        }
        let ask = match self.multipart || self.file.is_some() {
            true => multipart(&self.action, &fields, self.file.as_ref()),
            false => Ask::post(&self.action, &fields),
        };
        self.browser.ask(ask).await
    }
}

/// A form with a file as browsers encode it (RFC 7578).
pub fn multipart(path: &str, fields: &[(&str, &str)], file: Option<&(String, Vec<u8>)>) -> Ask {
    const EDGE: &str = "----stoa-test-edge";
    let mut body = Vec::new();
    for (name, value) in fields {
        let part = format!("--{EDGE}\r\ncontent-disposition: form-data; name=\"{name}\"\r\n\r\n{value}\r\n");
        body.extend_from_slice(part.as_bytes());
    }
    if let Some((name, bytes)) = file {
        let head = format!(
            "--{EDGE}\r\ncontent-disposition: form-data; name=\"file\"; filename=\"{name}\"\r\n\
             content-type: application/octet-stream\r\n\r\n"
        );
        body.extend_from_slice(head.as_bytes());
        body.extend_from_slice(bytes);
        body.extend_from_slice(b"\r\n");
    }
    body.extend_from_slice(format!("--{EDGE}--\r\n").as_bytes());
    let mut ask = Ask::post(path, &[]).with("content-type", &format!("multipart/form-data; boundary={EDGE}"));
    ask.body = body;
    ask
}
