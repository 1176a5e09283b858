//! A submitted form: its fields, already counted and measured against the route's list, its token already checked.

use std::sync::Arc;

use axum::extract::FromRequestParts;
use axum::http::request::Parts;

use super::error::{Error, Refusal, Result};
use super::routes::Route;

/// A file that came with a form.
#[derive(Clone)]
pub struct File {
    pub name: String,
    pub bytes: bytes::Bytes,
}

/// The fields of a form, in the order they were sent.
#[derive(Clone, Default)]
pub struct Form(Arc<Sent>);

#[derive(Default)]
pub struct Sent {
    pub fields: Vec<(String, String)>,
    pub file: Option<File>,
}

/// Fields that every form may carry.
const COMMON: [&str; 2] = ["csrf", "once"];

impl Form {
    pub fn new(sent: Sent) -> Form {
        Form(Arc::new(sent))
    }

    /// Refuses fields that the route does not have, and fields longer than it takes.
    pub fn check(&self, route: &Route) -> Result<()> {
        if self.0.fields.len() > 100 {
            return Err(Refusal::TooManyOfThem.into());
        }
        for (name, value) in &self.0.fields {
            if COMMON.contains(&name.as_str()) {
                if value.len() > 200 {
                    return Err(Refusal::TooLarge.into());
                }
                continue;
            }
            let Some(field) = route.fields.iter().find(|f| f.name == name) else {
                return Err(Refusal::UnknownField(name.chars().take(60).collect()).into());
            };
            if value.chars().count() > field.limit {
                return Err(Refusal::TooLarge.into());
            }
        }
        Ok(())
    }

    /// The text of a field, without spaces around it; empty when it is missing.
    pub fn text(&self, name: &str) -> &str {
        self.raw(name).trim()
    }

    /// The text of a field as it was sent, with line ends as `\n`.
    pub fn raw(&self, name: &str) -> &str {
        self.0.fields.iter().find(|(key, _)| key == name).map_or("", |(_, value)| value)
    }

    /// A number; `None` when it is missing or not one.
    pub fn number(&self, name: &str) -> Option<i64> {
        self.text(name).parse().ok()
    }

    pub fn has(&self, name: &str) -> bool {
        self.0.fields.iter().any(|(key, _)| key == name)
    }

    /// All values of a field that may be sent more than once.
    pub fn all<'f>(&'f self, name: &'f str) -> impl Iterator<Item = &'f str> {
        self.0.fields.iter().filter(move |(key, _)| key == name).map(|(_, value)| value.trim())
    }

    /// Everything but the token, for sending again.
    pub fn again(&self) -> impl Iterator<Item = &(String, String)> {
        self.0.fields.iter().filter(|(key, _)| key != "csrf")
    }

    pub fn file(&self) -> Option<&File> {
        self.0.file.as_ref().filter(|f| !f.bytes.is_empty())
    }

    /// The key that makes sending twice do its work once, if the form has one.
    pub fn once(&self) -> Option<&str> {
        Some(self.text("once")).filter(|key| !key.is_empty() && key.len() <= 80)
    }
}

impl<S: Sync> FromRequestParts<S> for Form {
    type Rejection = Error;
    async fn from_request_parts(parts: &mut Parts, _: &S) -> Result<Form> {
        Ok(parts.extensions.get::<Form>().cloned().unwrap_or_default())
    }
}

/// Text as it is kept: no NUL, which PostgreSQL cannot store, and one kind of line end.
pub fn clean(text: &str) -> String {
    let text = text.replace("\r\n", "\n");
    if text.contains(['\r', '\0']) { text.replace('\r', "\n").replace('\0', "") } else { text }
}
