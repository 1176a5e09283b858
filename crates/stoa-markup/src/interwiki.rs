//! Interwiki prefixes: which wiki `[[m:Page]]` or `[[:de:Seite]]` means.

use std::collections::HashMap;

/// A table of prefixes and the address pattern each stands for.
#[derive(Clone, Debug, Default, PartialEq, Eq)]
pub struct Interwiki {
    default: String,
    prefixes: HashMap<String, String>,
}

impl Interwiki {
    /// The prefixes every Wikimedia wiki knows, with English Wikipedia as the default wiki.
    pub fn wikimedia() -> Self {
        Self::default().with_default("https://en.wikipedia.org/wiki/$1")
    }

    /// The same table with another wiki for links without a prefix. `url` contains `$1`.
    pub fn with_default(mut self, url: &str) -> Self {
        self.default = url.to_owned();
        self
    }

    /// Adds or replaces a prefix. `url` contains `$1` where the page name goes.
    pub fn set(&mut self, prefix: &str, url: &str) {
        self.prefixes.insert(prefix.to_lowercase(), url.to_owned());
    }

    /// Where `[[target]]` leads, and the text to show when the link has none of its own.
    pub fn href(&self, target: &str) -> Option<(String, String)> {
        let name = target.trim();
        (!name.is_empty() && !self.default.is_empty()).then(|| {
            (
                self.default.replace("$1", &name.replace(' ', "_")),
                name.to_owned(),
            )
        })
    }
}
