//! Words of the interface in every language: messages in MediaWiki's banana format, plurals, dates and numbers.
//!
//! A page asks for its words by method, `t.topic_closed_by(name)`: one method per key of `locales/en.json`, made by
//! `build.rs`, so that a missing message does not compile. [`Words`] holds all languages, [`T`] is one of them in use.

mod arg;
mod format;
mod languages;
mod load;
mod message;
mod plural;
mod print;
mod translator;
mod words;

pub use arg::{A, Arg, Gender, Person, Plain};
pub use languages::{autonym, bcp47, direction, fallbacks, is_language_code, language_name};
pub use load::LoadError;
pub use translator::T;
pub use words::{LanguageInfo, Words};

#[cfg(test)]
mod tests;
