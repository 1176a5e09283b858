//! Recall over real texts in 60 languages, where the shared corpus is at hand: at least 99 of 100 words find the text
//! they were taken from.
//!
//! How words are chosen: of every passage, the words between spaces of 2 to 20 characters, without the signs around
//! them. Where spaces are rarer than one in 12 characters, also cuts of 2 to 4 characters that begin and end where the
//! dictionary segmenter breaks and consist of letters. Of many, at most 400 per language, evenly spread.

use crate::Site;
use icu_segmenter::WordSegmenter;
use icu_segmenter::options::WordBreakInvariantOptions;
use std::io::Read;
use std::path::{Path, PathBuf};

fn shared(path: &str) -> Option<PathBuf> {
    let root = std::env::var_os("STOA_SHARED")
        .map_or_else(|| Path::new(env!("CARGO_MANIFEST_DIR")).join("../../../shared/data"), PathBuf::from);
    let path = root.join(path);
    if !path.exists() {
        eprintln!("skipped: no shared corpus");
        return None;
    }
    Some(path)
}

fn is_letter(c: char) -> bool {
    c.is_alphanumeric() || unicode_normalization::char::is_combining_mark(c)
}

fn words(text: &str) -> Vec<String> {
    let size = |word: &str| word.chars().count();
    let mut all: Vec<String> = text
        .split_whitespace()
        .map(|word| word.trim_matches(|c| !is_letter(c)))
        .filter(|word| (2..=20).contains(&size(word)))
        .map(str::to_owned)
        .collect();
    let spaces = text.chars().filter(|c| c.is_whitespace()).count();
    if spaces * 12 < size(text) {
        let segmenter = WordSegmenter::new_dictionary(WordBreakInvariantOptions::default());
        let breaks: Vec<usize> = segmenter.segment_str(text).collect();
        for (place, from) in breaks.iter().enumerate() {
            let cut = breaks[place + 1..].iter().map(|to| &text[*from..*to]).find(|cut| size(cut) >= 2);
            all.extend(cut.filter(|cut| size(cut) <= 4 && cut.chars().all(is_letter)).map(str::to_owned));
        }
    }
    all
}

/// Searches for words of each text; returns how many were looked for and how many found their text.
fn recall(lang: &str, texts: &[String]) -> (usize, usize) {
    let site = Site::of(texts);
    let chosen: Vec<(i64, String)> = texts
        .iter()
        .enumerate()
        .flat_map(|(place, text)| words(text).into_iter().map(move |word| (place as i64 + 1, word)))
        .collect();
    let step = chosen.len().div_ceil(400).max(1);
    let (mut asked, mut found) = (0, 0);
    for (id, word) in chosen.iter().step_by(step) {
        asked += 1;
        if site.find(word).contains(id) {
            found += 1;
        } else {
            eprintln!("{lang}: {word} does not find {}", texts[*id as usize - 1]);
        }
    }
    assert!(asked >= 20, "{lang}: only {asked} words");
    (asked, found)
}

fn assert_recall(lang: &str, texts: &[String]) {
    let (asked, found) = recall(lang, texts);
    assert!(found * 100 >= asked * 99, "{lang}: {found} of {asked}");
}

#[test]
fn words_of_encyclopedia_passages_find_them() {
    let Some(folder) = shared("text/retrieval") else {
        return;
    };
    for lang in ["ar", "en", "hi", "ru", "tr", "zh"] {
        let file = std::fs::File::open(folder.join(format!("{lang}.json.gz"))).expect("the corpus");
        let mut json = String::new();
        flate2::read::GzDecoder::new(file).read_to_string(&mut json).expect("the corpus");
        let all: serde_json::Value = serde_json::from_str(&json).expect("the corpus");
        let passages = all["passages"].as_array().expect("a list");
        let texts: Vec<String> = passages.iter().map(|p| p["text"].as_str().expect("text").to_owned()).collect();
        assert_eq!(texts.len(), 240);
        assert_recall(lang, &texts);
    }
}

#[test]
fn words_of_the_declaration_find_their_lines_in_57_languages() {
    let Some(folder) = shared("text/udhr") else {
        return;
    };
    let mut languages = 0;
    let mut paths: Vec<PathBuf> =
        std::fs::read_dir(&folder).expect("the corpus").map(|e| e.expect("an entry").path()).collect();
    paths.sort();
    for path in paths.iter().filter(|path| path.extension().is_some_and(|e| e == "txt")) {
        let text = std::fs::read_to_string(path).expect("the corpus");
        let lines: Vec<String> = text.lines().filter(|line| !line.trim().is_empty()).map(str::to_owned).collect();
        assert_recall(&path.file_name().expect("a name").to_string_lossy(), &lines);
        languages += 1;
    }
    assert_eq!(languages, 57);
}
