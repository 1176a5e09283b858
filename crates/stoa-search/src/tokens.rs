//! The tokenizer of the index: what is written into it for each piece of a text.
//!
//! A word is written as it is. Of a run of letters in an unspaced script, each letter and each pair of neighbours is
//! written at the letter's position, so that any cut of the run can be asked for as a phrase; and each word that the
//! dictionary sees, marked apart, so that texts in which the query stands as a word come before the others.

use crate::fold::fold;
use crate::scan::scan;
use icu_segmenter::options::WordBreakInvariantOptions;
use icu_segmenter::{WordSegmenter, WordSegmenterBorrowed};
use std::sync::LazyLock;
use tantivy::tokenizer::{Token, TokenStream, Tokenizer};

/// Name of the tokenizer in the schema.
pub(crate) const NAME: &str = "stoa";

/// Stands before a word of an unspaced script, to tell it from the same letters without regard to words.
pub(crate) const WORD: char = '\u{1}';

static SEGMENTER: LazyLock<WordSegmenterBorrowed<'static>> =
    LazyLock::new(|| WordSegmenter::new_dictionary(WordBreakInvariantOptions::default()));

/// One entry of the index: its text and its position in the field.
#[derive(Debug, Clone, PartialEq, Eq)]
pub(crate) struct Entry {
    pub(crate) text: String,
    pub(crate) position: usize,
}

/// The entries of a text, by position.
pub(crate) fn entries(text: &str) -> Vec<Entry> {
    let mut all = Vec::with_capacity(text.len() / 6);
    let mut run = Run::default();
    let mut position = 0;
    scan(text, |piece| {
        if !piece.joined {
            run.close(text, &mut all);
        }
        if piece.letter {
            if piece.joined
                && let Some(last) = run.letters.last()
            {
                all.push(Entry { text: format!("{}{}", last.folded, piece.folded), position: position - 1 });
            }
            run.letters.push(Letter { folded: piece.folded.to_owned(), start: piece.start, end: piece.end, position });
        }
        all.push(Entry { text: piece.folded.to_owned(), position });
        position += 1;
    });
    run.close(text, &mut all);
    all
}

#[derive(Default)]
struct Run {
    letters: Vec<Letter>,
}

struct Letter {
    folded: String,
    start: usize,
    end: usize,
    position: usize,
}

impl Run {
    /// Writes the dictionary's words of a finished run.
    fn close(&mut self, text: &str, all: &mut Vec<Entry>) {
        let (Some(first), Some(last)) = (self.letters.first(), self.letters.last()) else {
            return;
        };
        let (start, end) = (first.start, last.end);
        let mut letters = self.letters.iter().peekable();
        for (from, to) in words(&text[start..end]) {
            while letters.next_if(|letter| letter.start < start + from).is_some() {}
            if let Some(letter) = letters.peek() {
                let mut word = String::from(WORD);
                fold(&text[start + from..start + to], &mut word);
                all.push(Entry { text: word, position: letter.position });
            }
        }
        self.letters.clear();
    }
}

/// Where the dictionary cuts a run of letters into words.
pub(crate) fn words(run: &str) -> impl Iterator<Item = (usize, usize)> {
    let mut from = 0;
    SEGMENTER.segment_str(run).filter(|to| *to > 0).map(move |to| (std::mem::replace(&mut from, to), to))
}

/// The tokenizer as tantivy asks for it.
#[derive(Clone, Default)]
pub(crate) struct Entries;

impl Tokenizer for Entries {
    type TokenStream<'a> = Stream;

    fn token_stream<'a>(&'a mut self, text: &'a str) -> Stream {
        Stream { entries: entries(text).into_iter(), token: Token::default() }
    }
}

pub(crate) struct Stream {
    entries: std::vec::IntoIter<Entry>,
    token: Token,
}

impl TokenStream for Stream {
    fn advance(&mut self) -> bool {
        let Some(entry) = self.entries.next() else {
            return false;
        };
        self.token.text = entry.text;
        self.token.position = entry.position;
        true
    }

    fn token(&self) -> &Token {
        &self.token
    }

    fn token_mut(&mut self) -> &mut Token {
        &mut self.token
    }
}

#[cfg(test)]
mod tests {
    use super::*;

    fn at(text: &str) -> Vec<(String, usize)> {
        let mut all: Vec<_> = entries(text).into_iter().map(|e| (e.text, e.position)).collect();
        all.sort_by(|a, b| (a.1, &a.0).cmp(&(b.1, &b.0)));
        all
    }

    #[test]
    fn a_word_a_run_and_a_word() {
        let wanted = [
            ("see", 0),
            ("\u{1}東京", 1),
            ("東", 1),
            ("東京", 1),
            ("京", 2),
            ("京都", 2),
            ("\u{1}都", 3),
            ("都", 3),
            ("2", 4),
        ];
        let mut wanted = wanted.map(|(text, position)| (text.to_owned(), position)).to_vec();
        wanted.sort_by(|a, b| (a.1, &a.0).cmp(&(b.1, &b.0)));
        assert_eq!(at("See 東京都 2").len(), wanted.len());
        let letters = |all: &[(String, usize)]| {
            all.iter().filter(|(text, _)| !text.starts_with(WORD)).cloned().collect::<Vec<_>>()
        };
        assert_eq!(letters(&at("See 東京都 2")), letters(&wanted));
    }

    #[test]
    fn the_dictionary_knows_thai_words() {
        let words: Vec<String> =
            entries("ภาษาไทย").into_iter().filter_map(|e| e.text.strip_prefix(WORD).map(str::to_owned)).collect();
        assert_eq!(words, ["ภาษา", "ไทย"]);
    }
}
