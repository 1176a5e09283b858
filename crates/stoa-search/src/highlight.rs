//! Snippets of a post with the matched parts marked.

use crate::query::{Query, Term};
use crate::scan::scan;

/// A piece of the text, by number of the folded form it has in [`Found::terms`]' vocabulary.
struct Place {
    start: usize,
    end: usize,
    /// Index into the pieces that are looked for; `None` when nobody looks for it.
    word: Option<usize>,
}

/// A matched part of the text, in bytes, and the term that it matches.
struct Match {
    start: usize,
    end: usize,
    term: usize,
}

/// A snippet of at most about `max_chars` characters from where most of the query's words are: pieces of text, and
/// whether each was matched. Runs of white space become one space; `…` stands where text was left out. Without a match
/// it is the beginning of the text.
pub fn highlight(text: &str, q: &Query, max_chars: usize) -> Vec<(String, bool)> {
    let terms: Vec<&Term> = q.terms.iter().filter(|term| !term.denied).collect();
    let (places, matches) = find(text, &terms);
    let (from, to) = window(text, &places, &matches, terms.len(), max_chars);
    let mut pieces = Pieces::default();
    if !text[..from].trim_start().is_empty() {
        pieces.push("…", false);
    }
    let mut at = from;
    for found in matches.iter().filter(|found| found.start >= from && found.end <= to) {
        if found.start > at {
            pieces.push(&text[at..found.start], false);
        }
        if found.end > at {
            pieces.push(&text[at.max(found.start)..found.end], true);
            at = found.end;
        }
    }
    pieces.push(&text[at..to], false);
    if to < text.trim_end().len() {
        pieces.push("…", false);
    }
    pieces.all
}

/// All places of the text, and where the terms match, by start.
fn find(text: &str, terms: &[&Term]) -> (Vec<Place>, Vec<Match>) {
    let mut vocabulary: Vec<&str> =
        terms.iter().flat_map(|term| &term.pieces).map(|piece| piece.folded.as_str()).collect();
    vocabulary.sort_unstable();
    vocabulary.dedup();
    let number = |folded: &str| vocabulary.binary_search(&folded).ok();
    let wanted: Vec<Vec<Option<usize>>> =
        terms.iter().map(|term| term.pieces.iter().map(|piece| number(&piece.folded)).collect()).collect();
    let mut places = Vec::new();
    scan(text, |piece| places.push(Place { start: piece.start, end: piece.end, word: number(piece.folded) }));
    let mut matches: Vec<Match> = Vec::new();
    for (at, place) in places.iter().enumerate().filter(|(_, place)| place.word.is_some()) {
        let longest = wanted
            .iter()
            .enumerate()
            .filter(|(_, words)| at + words.len() <= places.len())
            .filter(|(_, words)| words.iter().zip(&places[at..]).all(|(word, place)| *word == place.word))
            .max_by_key(|(_, words)| words.len());
        if let Some((term, words)) = longest {
            matches.push(Match { start: place.start, end: places[at + words.len() - 1].end, term });
        }
    }
    (places, matches)
}

/// The stretch of the text to show, in bytes: the one with most different terms, the first of those, with some text
/// before it.
fn window(text: &str, places: &[Place], matches: &[Match], terms: usize, max_chars: usize) -> (usize, usize) {
    // Characters before each byte are only needed at places; a running count serves.
    let chars_at: Vec<usize> = {
        let (mut count, mut last) = (0, 0);
        let mut all = Vec::with_capacity(matches.len());
        for found in matches {
            count += text[last..found.start].chars().count();
            last = found.start;
            all.push(count);
        }
        all
    };
    let mut counts = vec![0usize; terms];
    let (mut best, mut best_start, mut different, mut low) = (0, 0, 0, 0);
    for high in 0..matches.len() {
        let term = matches[high].term;
        different += usize::from(counts[term] == 0);
        counts[term] += 1;
        while chars_at[high] - chars_at[low] > max_chars * 3 / 4 {
            let term = matches[low].term;
            counts[term] -= 1;
            different -= usize::from(counts[term] == 0);
            low += 1;
        }
        if different > best {
            (best, best_start) = (different, matches[low].start);
        }
    }
    let start = text.len() - text.trim_start().len();
    let lead = back(text, best_start, max_chars / 5);
    let from = if best == 0 || lead <= start { start } else { snap(places, lead, best_start) };
    let to = text[from..].char_indices().nth(max_chars).map_or(text.trim_end().len().max(from), |(at, _)| from + at);
    // No word is cut in two, unless it alone fills the snippet.
    let cut = places.partition_point(|place| place.end <= to);
    let to = match places.get(cut) {
        Some(place) if place.start < to && place.start > from => from + text[from..place.start].trim_end().len(),
        _ => to,
    };
    (from, to)
}

/// The byte that lies this many characters before another.
fn back(text: &str, at: usize, chars: usize) -> usize {
    text[..at].char_indices().rev().take(chars).last().map_or(at, |(at, _)| at)
}

/// The start of the first piece at or after a byte, but not after the match.
fn snap(places: &[Place], from: usize, best: usize) -> usize {
    let at = places.partition_point(|place| place.start < from);
    places.get(at).map_or(best, |place| place.start.min(best))
}

#[derive(Default)]
struct Pieces {
    all: Vec<(String, bool)>,
}

impl Pieces {
    fn push(&mut self, text: &str, marked: bool) {
        if self.all.last().is_none_or(|(_, last)| *last != marked) {
            self.all.push((String::new(), marked));
        }
        let (out, _) = self.all.last_mut().expect("one was pushed");
        let mut space = out.ends_with(' ');
        for c in text.chars() {
            let white = c.is_whitespace();
            if !white {
                out.push(c);
            } else if !space {
                out.push(' ');
            }
            space = white;
        }
        if out.is_empty() {
            self.all.pop();
        }
    }
}

#[cfg(test)]
mod tests {
    use super::*;

    fn marked(text: &str, query: &str, max_chars: usize) -> String {
        let pieces = highlight(text, &Query::parse(query).0, max_chars);
        pieces.iter().map(|(text, marked)| if *marked { format!("[{text}]") } else { text.clone() }).collect()
    }

    #[test]
    fn matches_are_marked_as_they_are_written() {
        assert_eq!(marked("An Élan of\n\n elans, ELAN!", "elan", 100), "An [Élan] of elans, [ELAN]!");
        assert_eq!(
            marked("large files, large  small files", "\"large files\" files", 100),
            "[large files], large small [files]"
        );
        assert_eq!(marked("東京都に行く", "京都", 100), "東[京都]に行く");
        assert_eq!(marked("학교에서 배우는 학생", "학교 학생", 100), "[학교]에서 배우는 [학생]");
        assert_eq!(marked("no match here", "-match order:likes", 100), "no match here");
        assert_eq!(marked("ababab abab", "abab", 100), "ababab [abab]");
        assert_eq!(marked("哈哈哈哈", "哈哈", 100), "[哈哈哈哈]");
    }

    #[test]
    fn the_snippet_is_where_most_words_are() {
        let text = format!("upload {} upload your large files here {}", "and so on ".repeat(30), "more ".repeat(100));
        let snippet = marked(&text, "upload files", 60);
        assert!(snippet.starts_with('…') && snippet.ends_with('…'), "{snippet}");
        assert!(snippet.contains("[upload] your large [files]"), "{snippet}");
        assert!(snippet.chars().count() <= 60 + 6, "{snippet}");
        assert_eq!(marked("one two three four", "", 9), "one two…");
        assert_eq!(marked("  \n one two", "", 40), "one two");
        assert_eq!(marked("", "x", 40), "");
        assert_eq!(marked("word", "word", 0), "…");
        assert_eq!(marked(&"x".repeat(50), "", 9), format!("{}…", "x".repeat(9)));
    }

    #[test]
    fn long_texts_are_quick() {
        let text = "upload files 東京 ".repeat(60_000);
        let started = std::time::Instant::now();
        assert!(!highlight(&text, &Query::parse("upload \"files 東京\" nothing").0, 200).is_empty());
        assert!(started.elapsed().as_secs() < 10);
    }
}
