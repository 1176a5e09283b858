//! `SafeHtml`: HTML that went through the sanitiser, and the only kind a template prints unescaped.

use std::fmt;

/// HTML that is safe to print. Only this crate can make one.
#[derive(Clone, Debug, PartialEq, Eq, Default)]
pub struct SafeHtml(String);

impl SafeHtml {
    /// Wraps the sanitiser's output.
    pub(crate) fn new(html: String) -> Self {
        Self(html)
    }

    /// A text as it is, with nothing in it but words.
    pub fn of_text(text: &str) -> Self {
        Self(crate::escape::escaped(text))
    }

    /// For HTML read back from a column that only [`render`](crate::render) fills
    /// (`posts.html`, `users.bio_html`, `pages.html`).
    pub fn from_store(html: String) -> Self {
        Self(html)
    }

    /// The HTML.
    pub fn as_str(&self) -> &str {
        &self.0
    }

    /// The HTML, to be stored.
    pub fn into_string(self) -> String {
        self.0
    }

    /// Is there nothing to print?
    pub fn is_empty(&self) -> bool {
        self.0.is_empty()
    }
}

impl fmt::Display for SafeHtml {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        f.write_str(&self.0)
    }
}

impl askama::filters::HtmlSafe for SafeHtml {}
