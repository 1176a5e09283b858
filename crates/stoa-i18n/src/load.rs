//! Reading locale files: JSON objects of key and message, with `@metadata` for the translators.

use crate::message::Message;
use crate::plural::PluralRules;
use std::borrow::Cow;
use std::collections::HashMap;
use std::path::{Path, PathBuf};
use std::sync::OnceLock;

/// A locale file that cannot be used.
#[derive(Debug, Clone, PartialEq)]
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
        match self.line {
            0 => write!(f, "{}: {}", self.file.display(), self.reason),
            line => write!(f, "{}:{line}: {}", self.file.display(), self.reason),
        }
    }
}

impl std::error::Error for LoadError {}

pub(crate) type Messages = HashMap<Box<str>, Message>;

/// One language: its files, and its messages once somebody has asked for one.
#[derive(Debug)]
pub(crate) struct Language {
    pub(crate) code: String,
    pub(crate) rules: PluralRules,
    /// Later files override earlier ones.
    files: Vec<Cow<'static, str>>,
    messages: OnceLock<Messages>,
}

impl Language {
    pub(crate) fn new(code: &str, file: Cow<'static, str>) -> Language {
        Language { code: code.to_owned(), rules: PluralRules::of(code), files: vec![file], messages: OnceLock::new() }
    }

    /// The same language with another file over it.
    pub(crate) fn with(&self, file: Cow<'static, str>) -> Language {
        let mut files = self.files.clone();
        files.push(file);
        Language { code: self.code.clone(), rules: self.rules.clone(), files, messages: OnceLock::new() }
    }

    pub(crate) fn messages(&self) -> &Messages {
        self.messages.get_or_init(|| {
            let mut all = Messages::new();
            for file in &self.files {
                let texts = read(file).expect("build.rs and Words::with_dir have read this file before");
                // A message that a translator emptied is a missing one.
                all.extend(
                    texts
                        .into_iter()
                        .filter(|(_, text)| !text.trim().is_empty())
                        .map(|(key, text)| (key.into(), Message::read(&text))),
                );
            }
            all
        })
    }

    pub(crate) fn message(&self, key: &str) -> Option<&Message> {
        self.messages().get(key)
    }
}

/// The messages of one file, in no order; or the line where it breaks off and why.
pub(crate) fn read(text: &str) -> Result<HashMap<String, String>, (usize, String)> {
    let text = text.trim_start_matches('\u{feff}');
    let all: serde_json::Map<String, serde_json::Value> =
        serde_json::from_str(text).map_err(|e| (e.line(), e.to_string()))?;
    let mut messages = HashMap::with_capacity(all.len());
    for (key, value) in all {
        match value {
            _ if key.starts_with('@') => {}
            serde_json::Value::String(message) => {
                messages.insert(key, message);
            }
            _ => {
                return Err((line_of(text, &key), format!("message \"{key}\" is not a text")));
            }
        }
    }
    Ok(messages)
}

/// Reads and checks one file of a folder: its language code and its text.
pub(crate) fn file(path: &Path, english: &Language) -> Result<(String, String), LoadError> {
    let wrong = |line, reason| LoadError { file: path.to_owned(), line, reason };
    let code = path.file_stem().and_then(|stem| stem.to_str()).unwrap_or_default().to_ascii_lowercase();
    if !crate::is_language_code(&code) {
        return Err(wrong(0, format!("\"{code}\" is not the code of a language")));
    }
    let text = std::fs::read_to_string(path).map_err(|e| wrong(0, e.to_string()))?;
    let messages = read(&text).map_err(|(line, reason)| wrong(line, reason))?;
    let mut faults: Vec<_> = messages
        .iter()
        .filter_map(|(key, message)| fault(message, english.message(key)?).map(|why| (line_of(&text, key), key, why)))
        .collect();
    faults.sort();
    match faults.first() {
        Some((line, key, why)) => Err(wrong(*line, format!("message \"{key}\" {why}"))),
        None => Ok((code, text)),
    }
}

/// What would print wrongly: an argument that English does not have, or a template that is not closed.
pub(crate) fn fault(text: &str, english: &Message) -> Option<String> {
    let message = Message::read(text);
    let known = english.args_used();
    if let Some(n) = message.args_used().iter().find(|n| !known.contains(n)) {
        return Some(format!("uses ${n}, which the English one does not have"));
    }
    message.has_loose_braces().then(|| "has a {{…}} that is unknown or not closed".to_owned())
}

fn line_of(text: &str, key: &str) -> usize {
    let quoted = serde_json::Value::from(key).to_string();
    let at = text
        .match_indices(&quoted)
        .find(|(at, found)| text[at + found.len()..].trim_start().starts_with(':'))
        .map_or(0, |(at, _)| at);
    text[..at].matches('\n').count() + 1
}
