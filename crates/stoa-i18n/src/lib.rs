//! Words of the interface in every language: messages in MediaWiki's banana format, plurals, dates and numbers.

mod arg;
mod words;

pub use arg::{A, Arg, Gender, Person, Plain};
pub use words::{LanguageInfo, LoadError, T, Words};

/// `ltr` or `rtl`.
pub fn direction(_lang: &str) -> &'static str {
    "ltr"
}
/// A language's name in itself.
pub fn autonym(_code: &str) -> Option<&'static str> {
    None
}
/// A language's name in itself, or the code.
pub fn language_name(code: &str) -> String {
    autonym(code).unwrap_or(code).to_owned()
}
/// MediaWiki's fallback chain.
pub fn fallbacks(_code: &str) -> Vec<&'static str> {
    vec!["en"]
}
/// Whether this is the code of a known language.
pub fn is_language_code(code: &str) -> bool {
    autonym(code).is_some()
}
