//! Whatever is typed into the search field, an answer comes, and soon.

use crate::Site;
use std::time::{Duration, Instant};
use stoa_search::{Query, highlight};

/// Small repeatable randomness (xorshift); the seed is part of the test.
struct Dice(u64);

impl Dice {
    fn below(&mut self, end: usize) -> usize {
        self.0 ^= self.0 << 13;
        self.0 ^= self.0 >> 7;
        self.0 ^= self.0 << 17;
        (self.0 % end as u64) as usize
    }
}

const BITS: &[&str] = &[
    "word",
    "the",
    "-",
    "\"",
    "“",
    "”",
    "„",
    "«",
    "」",
    ":",
    "in:",
    "by:",
    "tag:",
    "lang:",
    "before:",
    "after:",
    "title:",
    "order:",
    "latest",
    "2024-05-01",
    "9999-99-99",
    " ",
    "  ",
    "\t",
    "\n",
    "\0",
    "\u{1}",
    "東京都",
    "ไทย",
    "한국어",
    "é",
    "e\u{301}\u{301}",
    "\u{202e}",
    "\u{feff}",
    "🙂",
    "ﷺ",
    "ß",
    "İ",
    "\u{fdfa}",
    "*",
    "?",
    "~",
    "^2",
    "(",
    ")",
    "[",
    "}",
    "AND",
    "OR",
    "NOT",
    "\\",
    "/",
    "'",
    "．",
    "ー",
    "\u{10ffff}",
    "0",
    "٣",
    "-by:\"",
    "in:title",
    "-in:x",
    "：",
];

fn site() -> Site {
    let bodies: Vec<String> = (0..200)
        .map(|n| format!("the word {n} of the 東京都 and ภาษาไทย 한국어 the word the word {}", "the of ".repeat(200)))
        .collect();
    Site::of(&bodies)
}

#[test]
fn random_queries_never_panic() {
    let site = site();
    let mut dice = Dice(0x5eed_0001);
    for _ in 0..3_000 {
        let text: String = (0..dice.below(14)).map(|_| BITS[dice.below(BITS.len())]).collect();
        let (query, _) = Query::parse(&text);
        let hits = site.hits(&text);
        assert!(hits.posts.len() <= hits.total);
        let snippet = highlight(&text, &query, dice.below(40));
        assert!(snippet.iter().all(|(part, _)| !part.is_empty()));
    }
}

#[test]
fn random_letters_never_panic() {
    let mut dice = Dice(0x5eed_0002);
    for _ in 0..3_000 {
        let text: String = (0..dice.below(60)).filter_map(|_| char::from_u32(dice.below(0x11_0000) as u32)).collect();
        let (query, _) = Query::parse(&text);
        let again: String = highlight(&text, &query, 1_000).into_iter().map(|(part, _)| part).collect();
        let plain: String = text.split_whitespace().collect::<Vec<_>>().join(" ");
        assert_eq!(again.split_whitespace().collect::<Vec<_>>().join(" "), plain, "nothing is lost in a snippet");
    }
}

#[test]
fn a_megabyte_is_answered_at_once() {
    let site = site();
    for bit in ["the ", "\"the of ", "x", "東京都", "-", "\"", "by:", "title:\"the", "in:a ", "e\u{301}"] {
        let text = bit.repeat(1_000_000 / bit.len());
        let started = Instant::now();
        site.hits(&text);
        assert!(started.elapsed() < Duration::from_secs(3), "{bit:?} took {:?}", started.elapsed());
    }
}

#[test]
fn phrases_of_common_words_are_bounded() {
    let site = site();
    let text = format!("\"{}\"", "the of ".repeat(56));
    let started = Instant::now();
    assert_eq!(site.hits(&text).total, 200);
    assert!(started.elapsed() < Duration::from_secs(3), "took {:?}", started.elapsed());
}
