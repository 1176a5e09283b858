//! Short plain texts made from longer ones: excerpts and URL slugs.

use icu_segmenter::GraphemeClusterSegmenter;
use unicode_normalization::UnicodeNormalization;
use unicode_normalization::char::is_combining_mark;

/// Longest slug, in characters.
const LONGEST_SLUG: usize = 80;

/// The beginning of `text` in at most `max_chars` characters (Unicode scalar values, the
/// ellipsis included), cut between words where that loses little, else between characters as
/// readers see them. White space is collapsed.
pub fn excerpt(text: &str, max_chars: usize) -> String {
    let mut out = String::new();
    // White space is at most doubled in what is looked at; the rest of a long text is not read.
    for word in text.split_whitespace() {
        if !out.is_empty() {
            out.push(' ');
        }
        out.push_str(word);
        if out.chars().count() > max_chars {
            return cut(&out, max_chars);
        }
    }
    out
}

fn cut(text: &str, max_chars: usize) -> String {
    let Some(room) = max_chars.checked_sub(1) else {
        return String::new();
    };
    let limit = text.char_indices().nth(room).map_or(text.len(), |(at, _)| at);
    let at_word = text[..limit].rfind(' ').filter(|at| *at > 0 && *at * 2 >= limit);
    let whole = text[limit..].starts_with(' ').then_some(limit);
    let end = whole.or(at_word).unwrap_or_else(|| {
        let segmenter = GraphemeClusterSegmenter::new();
        segmenter.segment_str(text).take_while(|at| *at <= limit).last().unwrap_or(0)
    });
    let kept =
        text[..end].trim_end_matches(|c: char| c.is_whitespace() || matches!(c, ',' | ';' | ':' | '-' | '–' | '、'));
    format!("{kept}…")
}

/// A readable URL part for a title: lower case, letters of any script kept, everything else
/// turned into single hyphens; at most 80 characters, never empty and never only digits.
pub fn slug(title: &str) -> String {
    let mut out = String::new();
    let mut length = 0;
    let mut gap = false;
    for c in title.nfkc().flat_map(char::to_lowercase) {
        // Apostrophes stand inside words, and joiners shape some scripts.
        if matches!(c, '\'' | '’' | 'ʼ') {
            continue;
        }
        let joiner = matches!(c, '\u{200c}' | '\u{200d}');
        if !(c.is_alphanumeric() || (is_combining_mark(c) || joiner) && !out.is_empty() && !gap) {
            gap = true;
            continue;
        }
        let width = 1 + usize::from(gap && length > 0);
        if length + width > LONGEST_SLUG {
            break;
        }
        if width == 2 {
            out.push('-');
        }
        out.push(c);
        length += width;
        gap = false;
    }
    let out = out.trim_end_matches(['\u{200c}', '\u{200d}']);
    if out.is_empty() {
        "topic".to_owned()
    } else if out.chars().all(|c| c.is_numeric() || c == '-') {
        format!("topic-{out}")
    } else {
        out.to_owned()
    }
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn excerpts_end_between_words() {
        assert_eq!(excerpt("  one\n two   three ", 40), "one two three");
        assert_eq!(excerpt("one two three", 13), "one two three");
        assert_eq!(excerpt("one two three", 12), "one two…");
        assert_eq!(excerpt("one two, three", 9), "one two…");
        assert_eq!(excerpt("abcdefghij klm", 6), "abcde…");
        assert_eq!(excerpt("किताब किताब", 4), "कि…");
        assert_eq!(excerpt("👩‍👩‍👧‍👦👩‍👩‍👧‍👦", 9), "👩‍👩‍👧‍👦…");
        assert_eq!(excerpt("abc", 0), "");
        for max in 0..30 {
            assert!(excerpt("ab cde\u{301}fg 漢字かな 👩‍👩‍👧‍👦 xyz xyz xyz", max).chars().count() <= max);
        }
    }

    #[test]
    fn slugs_keep_every_script() {
        assert_eq!(slug("Commons: upload help (2024)!"), "commons-upload-help-2024");
        assert_eq!(slug("Don’t PANIC"), "dont-panic");
        assert_eq!(slug("Où est l'été ?"), "où-est-lété");
        assert_eq!(slug("مرحبا بالعالم"), "مرحبا-بالعالم");
        assert_eq!(slug("किताब के बारे"), "किताब-के-बारे");
        assert_eq!(slug("漢字、かな"), "漢字-かな");
        assert_eq!(slug("2024"), "topic-2024");
        assert_eq!(slug("1-2"), "topic-1-2");
        assert_eq!(slug("?!"), "topic");
        assert_eq!(slug(""), "topic");
        let long = slug(&"wort ".repeat(100));
        assert!(long.chars().count() <= 80 && !long.ends_with('-'), "{long}");
    }
}
