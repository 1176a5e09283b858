//! All languages of the interface together, and the choice of one for a reader.

use crate::languages::{self, normal, prefixes};
use crate::load::{self, Language, LoadError};
use crate::translator::T;
use std::borrow::Cow;
use std::collections::BTreeMap;
use std::path::Path;
use std::sync::{Arc, OnceLock};

include!(concat!(env!("OUT_DIR"), "/locales.rs"));

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

/// All languages of the interface. Cheap to clone; a language is read when somebody first asks for a message of it.
#[derive(Clone)]
pub struct Words(Arc<All>);

struct All {
    languages: BTreeMap<String, Arc<Language>>,
    ready: BTreeMap<String, OnceLock<T>>,
    infos: OnceLock<Vec<LanguageInfo>>,
}

impl Words {
    /// The languages built into the program.
    pub fn embedded() -> Words {
        let one = |(code, text): &(&str, &'static str)| {
            ((*code).to_owned(), Arc::new(Language::new(code, Cow::Borrowed(*text))))
        };
        Words::of(LOCALES.iter().map(one).collect())
    }

    fn of(languages: BTreeMap<String, Arc<Language>>) -> Words {
        let ready = languages.keys().map(|code| (code.clone(), OnceLock::new())).collect();
        Words(Arc::new(All { languages, ready, infos: OnceLock::new() }))
    }

    /// Adds the languages of a folder, and overrides single messages of those that are there already: words can be
    /// corrected without a release. Files are named by language (`pt-br.json`), `qqq.json` is passed over.
    ///
    /// # Errors
    /// The first file that cannot be read, with its line: broken JSON, an unknown language, an argument that the
    /// English message does not have, an unclosed `{{`.
    pub fn with_dir(self, dir: &Path) -> Result<Words, LoadError> {
        let unreadable = |e: std::io::Error| LoadError { file: dir.to_owned(), line: 0, reason: e.to_string() };
        let mut paths = Vec::new();
        for entry in std::fs::read_dir(dir).map_err(unreadable)? {
            let path = entry.map_err(unreadable)?.path();
            if path.extension().is_some_and(|e| e == "json") && path.file_stem().is_some_and(|stem| stem != "qqq") {
                paths.push(path);
            }
        }
        paths.sort();
        let mut languages = self.0.languages.clone();
        let english = Arc::clone(&languages["en"]);
        for path in paths {
            let (code, text) = load::file(&path, &english)?;
            let language = match languages.get(&code) {
                Some(there) => there.with(Cow::Owned(text)),
                None => Language::new(&code, Cow::Owned(text)),
            };
            languages.insert(code, Arc::new(language));
        }
        Ok(Words::of(languages))
    }

    /// The language of this code; when it has no words, the nearest of its fallback chain that has, English at last.
    /// `qqx` shows the keys of messages in place of their words.
    pub fn t(&self, code: &str) -> T {
        let code = normal(code);
        if code == "qqx" {
            return T::showing_keys(self.chain("en"));
        }
        let code = self.nearest(&code).unwrap_or("en");
        self.0.ready[code].get_or_init(|| T::speaking(self.chain(code))).clone()
    }

    /// The language itself and its fallbacks, those that have words.
    fn chain(&self, code: &str) -> Vec<Arc<Language>> {
        std::iter::once(code)
            .chain(languages::fallbacks(code))
            .filter_map(|code| self.0.languages.get(code).cloned())
            .collect()
    }

    /// The language with words that comes closest to this code, English left aside.
    fn nearest(&self, code: &str) -> Option<&str> {
        self.same(code).or_else(|| {
            languages::fallbacks(code).into_iter().filter(|next| *next != "en").find_map(|next| self.key(next))
        })
    }

    /// The language with words that is this one, or this one in another region or script.
    fn same(&self, code: &str) -> Option<&str> {
        let base = |code: &str| code.split('-').next().map(str::to_owned);
        let kin = languages::fallbacks(code).into_iter().filter(|next| base(next) == base(code));
        prefixes(code).chain(kin).find_map(|next| self.key(next))
    }

    fn key(&self, code: &str) -> Option<&str> {
        self.0.languages.get_key_value(code).map(|(code, _)| code.as_str())
    }

    /// Whether there are words in this very language.
    pub fn has(&self, code: &str) -> bool {
        self.0.languages.contains_key(&normal(code))
    }

    /// Every language with words, by code, and how complete it is.
    pub fn languages(&self) -> Vec<LanguageInfo> {
        let made = self.0.infos.get_or_init(|| {
            let english = self.0.languages["en"].messages();
            let info = |language: &Arc<Language>| {
                let done = language.messages().keys().filter(|key| english.contains_key(*key)).count();
                LanguageInfo {
                    code: language.code.clone(),
                    autonym: languages::autonym(&language.code).unwrap_or(&language.code).to_owned(),
                    dir: languages::direction(&language.code),
                    percent: u8::try_from(done * 100 / english.len().max(1)).unwrap_or(100),
                }
            };
            self.0.languages.values().map(info).collect()
        });
        made.clone()
    }

    /// The language for one request: `?uselang=` (`qqx` shows the keys), then the reader's own choice, then what the
    /// browser asks for in `Accept-Language`, then the site's language.
    pub fn negotiate(&self, uselang: Option<&str>, chosen: Option<&str>, accept: Option<&str>, site: &str) -> T {
        for code in [uselang, chosen].into_iter().flatten() {
            if normal(code) == "qqx" || languages::is_language_code(code) || self.has(code) {
                return self.t(code);
            }
        }
        let wanted = accept.map(accepted).unwrap_or_default();
        // A language the reader names beats one that we hold to be near to another one named.
        let found = wanted
            .iter()
            .find_map(|code| self.same(code))
            .or_else(|| wanted.iter().find_map(|code| self.nearest(code)));
        self.t(found.unwrap_or(site))
    }
}

/// The languages of an `Accept-Language` header, most wanted first (RFC 9110, section 12.5.4). Headers are cut after
/// 32 languages.
fn accepted(header: &str) -> Vec<String> {
    let mut wanted: Vec<(u32, String)> = header
        .split(',')
        .take(32)
        .filter_map(|entry| {
            let mut parts = entry.split(';');
            let tag = parts.next()?.trim();
            let quality =
                parts.find_map(|part| part.trim().strip_prefix("q=")).map_or(Some(1.0), |q| q.trim().parse().ok());
            let quality: f32 = quality.unwrap_or(0.0);
            let fine =
                !tag.is_empty() && tag.len() <= 35 && tag.bytes().all(|b| b.is_ascii_alphanumeric() || b == b'-');
            (fine && quality > 0.0 && quality <= 1.0).then(|| ((quality * 1000.0) as u32, normal(tag)))
        })
        .collect();
    wanted.sort_by_key(|(quality, _)| std::cmp::Reverse(*quality));
    wanted.into_iter().map(|(_, code)| code).collect()
}
