//! One language in use: what a page asks for its words, numbers and dates.

use crate::arg::{A, Arg};
use crate::format::{self, Formats};
use crate::languages::{bcp47, direction};
use crate::load::Language;
use crate::message::Message;
use crate::plural::PluralRules;
use crate::print::{self, Surroundings};
use std::borrow::Cow;
use std::rc::Rc;
use std::sync::Arc;

include!(concat!(env!("OUT_DIR"), "/methods.rs"));

/// One language in use: its messages, plurals, dates and numbers. Cheap to clone; gotten from [`crate::Words::t`].
///
/// Results are plain text; a template escapes them like any other.
#[derive(Clone)]
pub struct T(Arc<Inner>);

struct Inner {
    tag: String,
    dir: &'static str,
    /// The language and its fallbacks; English is the last.
    chain: Vec<Arc<Language>>,
    /// Their BCP 47 tags, for dates and numbers.
    tags: Vec<String>,
    keys_only: bool,
}

const MINUTE: i64 = 60 * 1_000_000;
const HOUR: i64 = 60 * MINUTE;
const DAY: i64 = 24 * HOUR;

impl T {
    pub(crate) fn speaking(chain: Vec<Arc<Language>>) -> T {
        let code = chain.first().map_or("en", |language| &language.code);
        let mut tags: Vec<String> = std::iter::once(code).chain(crate::fallbacks(code)).map(bcp47).collect();
        tags.push("en".to_owned());
        T(Arc::new(Inner { tag: bcp47(code), dir: direction(code), chain, tags, keys_only: false }))
    }

    /// The pseudo-language `qqx`, which prints keys and arguments.
    pub(crate) fn showing_keys(chain: Vec<Arc<Language>>) -> T {
        let tags = vec!["en".to_owned()];
        T(Arc::new(Inner { tag: "qqx".to_owned(), dir: "ltr", chain, tags, keys_only: true }))
    }

    /// The BCP 47 tag of the language, for `<html lang>`.
    pub fn code(&self) -> &str {
        &self.0.tag
    }

    /// MediaWiki's code of the language, as in `?uselang=` and the names of locale files.
    pub fn language_code(&self) -> &str {
        match self.0.chain.first() {
            Some(language) if !self.0.keys_only => &language.code,
            _ => &self.0.tag,
        }
    }

    /// `ltr` or `rtl`.
    pub fn dir(&self) -> &'static str {
        self.0.dir
    }

    /// Whether the message exists in this language or one of its fallbacks.
    pub fn has_key(&self, key: &str) -> bool {
        self.look_up(key).is_some()
    }

    /// A message whose key is only known at run time. An unknown key prints as `⧼key⧽`.
    pub fn msg(&self, key: &str, args: &[A<'_>]) -> String {
        self.say(key, args)
    }

    fn say(&self, key: &str, args: &[A<'_>]) -> String {
        if self.0.keys_only {
            return self.key_and_arguments(key, args);
        }
        match self.look_up(key) {
            Some((message, rules)) => message.print(args, rules, self),
            None => print::unknown(key),
        }
    }

    fn key_and_arguments(&self, key: &str, args: &[A<'_>]) -> String {
        let args: Vec<Cow<'_, str>> = args
            .iter()
            .map(|arg| match arg {
                A::Text(text) | A::Plain(text) | A::Person(text, _) => Cow::Borrowed(text.as_ref()),
                A::Number(n) => Cow::Owned(n.to_string()),
            })
            .collect();
        if args.is_empty() { format!("({key})") } else { format!("({key}: {})", args.join(", ")) }
    }

    /// The message and the plural rules of the language it is written in, which may be a fallback.
    fn look_up(&self, key: &str) -> Option<(&Message, &PluralRules)> {
        self.0.chain.iter().find_map(|language| Some((language.message(key)?, &language.rules)))
    }

    fn cldr(&self) -> Rc<Formats> {
        format::formats(&self.0.tags)
    }

    /// A whole number with the digits and separators of the language: `12,345`, `۱۲٬۳۴۵`.
    pub fn number(&self, n: i64) -> String {
        self.cldr().number(n)
    }

    /// The day of a moment (µs since 1970 UTC) in a time zone of the IANA database: `12 Nov 2026`. An unknown zone
    /// is read as UTC.
    pub fn date(&self, micros: i64, tz: &str) -> String {
        self.cldr().date(&format::local(micros, tz))
    }

    /// Day and time of a moment (µs since 1970 UTC) in a time zone: `12 Nov 2026, 22:15`.
    pub fn date_time(&self, micros: i64, tz: &str) -> String {
        self.cldr().date_time(&format::local(micros, tz))
    }

    /// The time of day of a moment (µs since 1970 UTC) in a time zone: `22:15`.
    pub fn time(&self, micros: i64, tz: &str) -> String {
        self.cldr().time(&format::local(micros, tz))
    }

    /// The day of a moment (µs since 1970 UTC) in a time zone with its weekday, in full: `Thursday, 12 November 2026`.
    pub fn day(&self, micros: i64, tz: &str) -> String {
        self.cldr().day(&format::local(micros, tz))
    }

    /// A month (1 to 12) and its year: `November 2026`.
    pub fn month(&self, year: i32, month: u8) -> String {
        self.cldr().month(year, month)
    }

    /// How long ago, or how soon: `5 minutes ago`, `in 2 days`; from a week on, the date in UTC. Both µs since 1970 UTC.
    pub fn relative(&self, micros: i64, now: i64) -> String {
        self.relative_in(micros, now, "UTC")
    }

    /// Like [`T::relative`], with the date as it is in a time zone.
    pub fn relative_in(&self, micros: i64, now: i64, tz: &str) -> String {
        let passed = now.saturating_sub(micros);
        match passed.saturating_abs() {
            0..MINUTE => self.relative_now(),
            span @ MINUTE..HOUR if passed > 0 => self.relative_minutes_ago(span / MINUTE),
            span @ MINUTE..HOUR => self.relative_in_minutes(span / MINUTE),
            span @ HOUR..DAY if passed > 0 => self.relative_hours_ago(span / HOUR),
            span @ HOUR..DAY => self.relative_in_hours(span / HOUR),
            span if span >= 7 * DAY => self.date(micros, tz),
            span if passed > 0 => self.relative_days_ago(span / DAY),
            span => self.relative_in_days(span / DAY),
        }
    }

    /// A size of data in units of 1000: `999 bytes`, `1.4 MB`.
    pub fn bytes(&self, n: u64) -> String {
        let amount = |unit: u64| {
            let tenths = n / (unit / 10) + u64::from(n % (unit / 10) >= unit / 20);
            let digits = match tenths {
                _ if tenths.is_multiple_of(10) => (tenths / 10).to_string(),
                0..1_000 => format!("{}.{}", tenths / 10, tenths % 10),
                _ => (n / unit + u64::from(n % unit >= unit / 2)).to_string(),
            };
            A::Plain(Cow::Owned(self.cldr().decimal(&digits)))
        };
        // Where rounding would print "1000 kB", the next unit begins.
        match n {
            0..1_000 => self.size_bytes(n),
            1_000..999_500 => self.size_kilobytes(amount(1_000)),
            999_500..999_500_000 => self.size_megabytes(amount(1_000_000)),
            _ => self.size_gigabytes(amount(1_000_000_000)),
        }
    }

    /// Names or other user texts as a list: `Ada, Bo and Cy`. Each is kept apart in direction, as in a message.
    pub fn list(&self, items: &[String]) -> String {
        let isolated: Vec<String> = items
            .iter()
            .map(|item| {
                let mut out = String::new();
                print::isolate(item, self.is_rtl(), &mut out);
                out
            })
            .collect();
        self.cldr().list(&isolated)
    }
}

impl Surroundings for T {
    fn number(&self, n: i64) -> String {
        T::number(self, n)
    }

    fn decimal(&self, digits: &str) -> String {
        self.cldr().decimal(digits)
    }

    fn is_rtl(&self) -> bool {
        self.0.dir == "rtl"
    }

    fn other(&self, key: &str) -> Option<(&Message, &PluralRules)> {
        self.look_up(key)
    }
}
