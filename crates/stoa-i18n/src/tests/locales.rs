//! Every file of `locales/`: what a translator can get wrong is found here, not on a page.

use crate::load::{fault, read};
use crate::message::Message;
use crate::plural::PluralRules;
use std::collections::HashMap;
use std::path::{Path, PathBuf};

fn files() -> Vec<(String, HashMap<String, String>)> {
    let folder = Path::new(env!("CARGO_MANIFEST_DIR")).join("../../locales");
    let mut paths: Vec<PathBuf> =
        std::fs::read_dir(folder).expect("the folder").map(|entry| entry.expect("an entry").path()).collect();
    paths.sort();
    let one = |path: &PathBuf| {
        let code = path.file_stem().and_then(|s| s.to_str()).expect("a name").to_owned();
        let text = std::fs::read_to_string(path).expect("a file");
        (code, read(&text).unwrap_or_else(|(line, why)| panic!("{}:{line}: {why}", path.display())))
    };
    paths.iter().filter(|path| path.extension().is_some_and(|e| e == "json")).map(one).collect()
}

fn named(code: &str) -> HashMap<String, String> {
    files().into_iter().find(|(c, _)| c == code).expect("the file").1
}

#[test]
fn qqq_documents_every_message_and_no_other() {
    let (english, notes) = (named("en"), named("qqq"));
    let missing: Vec<_> = english.keys().filter(|key| notes.get(*key).is_none_or(|n| n.trim().is_empty())).collect();
    assert!(missing.is_empty(), "qqq.json lacks {missing:?}");
    let extra: Vec<_> = notes.keys().filter(|key| !english.contains_key(*key)).collect();
    assert!(extra.is_empty(), "qqq.json documents messages that are not in en.json: {extra:?}");
}

#[test]
fn qqq_says_what_each_argument_is() {
    let notes = named("qqq");
    for (key, text) in named("en") {
        for n in Message::read(&text).args_used() {
            assert!(notes[&key].contains(&format!("${n}")), "qqq.json, {key}: what is ${n}?");
        }
    }
}

#[test]
fn translations_fit_the_english_messages() {
    let english = named("en");
    for (code, messages) in files().into_iter().filter(|(code, _)| code != "qqq") {
        assert!(crate::is_language_code(&code), "{code}.json: no such language");
        let rules = PluralRules::of(&code);
        for (key, text) in &messages {
            let source = english.get(key).unwrap_or_else(|| panic!("{code}.json: {key} is not in en.json"));
            let (source, message) = (Message::read(source), Message::read(text));
            assert_eq!(fault(text, &source), None, "{code}.json: {key}");
            assert_eq!(message.args_used(), source.args_used(), "{code}.json: {key} has other arguments than English");
            for forms in message.plural_forms() {
                let fine = (1..=rules.count()).contains(&forms);
                assert!(fine, "{code}.json: {key} has {forms} plural forms, the language {}", rules.count());
            }
            assert!(!has_html(text), "{code}.json: {key} has HTML");
            assert_eq!(text.trim(), text, "{code}.json: {key} begins or ends with a space");
            let isolates = text.contains(['\u{2066}', '\u{2067}', '\u{2068}', '\u{2069}']);
            assert!(!isolates, "{code}.json: {key} isolates its arguments, which is done for it");
        }
    }
}

/// A tag or an entity; `a < b` and `> quote` are none.
fn has_html(text: &str) -> bool {
    let follows =
        |sign: char, test: fn(char) -> bool| text.match_indices(sign).any(|(at, _)| text[at + 1..].starts_with(test));
    follows('<', |c| c.is_ascii_alphabetic() || c == '/' || c == '!')
        || follows('&', |c| c.is_ascii_alphabetic() || c == '#')
}

#[test]
fn html_is_told_from_other_signs() {
    assert!(has_html("a <b>") && has_html("</a>") && has_html("a&nbsp;b") && has_html("&#39;"));
    assert!(!has_html("> quote") && !has_html("a < b") && !has_html("terms & conditions"));
}

/// One form alone is fine where English says the same for every number: it asks translators for theirs.
#[test]
fn english_plurals_have_one_form_or_two() {
    for (key, text) in named("en") {
        let forms = Message::read(&text).plural_forms();
        let fine = forms.iter().all(|n| (1..=2).contains(n));
        assert!(fine, "en.json: {key} needs a form for one and a form for other");
    }
}
