//! Cutting text into pieces that can be searched: words where words are set apart, else single letters.
//!
//! A word is a run of letters, marks and digits. In scripts written without spaces (and in Korean, where particles
//! cling to words) a dictionary cuts the same letters differently in a text and in a query, so a word would be missed
//! now and then; there, every letter with its marks is a piece of its own and a query is matched letter by letter.

use crate::fold::{decimal, fold, is_ignorable};
use unicode_normalization::char::is_combining_mark;
use unicode_script::{Script, UnicodeScript};

/// One piece of a text.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
pub(crate) struct Piece<'a> {
    /// Its folded form; never empty.
    pub(crate) folded: &'a str,
    /// Where it is in the text, in bytes.
    pub(crate) start: usize,
    /// Where it ends.
    pub(crate) end: usize,
    /// Whether it is a single letter of an unspaced script.
    pub(crate) letter: bool,
    /// Whether it is a letter that continues the run of the one before.
    pub(crate) joined: bool,
}

/// Folded words are cut here: nobody types more, and the index keeps no endless strings.
const LONGEST: usize = 60;

/// Calls `see` for every piece of a text, in order.
pub(crate) fn scan(text: &str, mut see: impl FnMut(Piece<'_>)) {
    let mut folded = String::new();
    let mut emit = |start: usize, end: usize, letter: bool, joined: bool| {
        folded.clear();
        fold(&text[start..end], &mut folded);
        let cut = folded.char_indices().nth(LONGEST).map_or(folded.len(), |(at, _)| at);
        if cut > 0 {
            see(Piece { folded: &folded[..cut], start, end, letter, joined });
        }
    };
    if text.is_ascii() {
        let mut from = 0;
        for word in text.split(|c: char| !c.is_ascii_alphanumeric()) {
            if !word.is_empty() {
                emit(from, from + word.len(), false, false);
            }
            from += word.len() + 1;
        }
        return;
    }
    let (mut word, mut letter, mut joined) = (None, None, false);
    for (at, c) in text.char_indices() {
        let kind = kind(c);
        // What follows a letter and belongs to it.
        if kind == Kind::Mark && (word.is_some() || letter.is_some()) {
            continue;
        }
        if let Some(start) = letter.take() {
            emit(start, at, true, joined);
            joined = true;
        }
        match kind {
            Kind::Word => {
                word.get_or_insert(at);
                joined = false;
            }
            Kind::Letter => {
                if let Some(start) = word.take() {
                    emit(start, at, false, false);
                }
                letter = Some(at);
            }
            Kind::Mark | Kind::Other => {
                if let Some(start) = word.take() {
                    emit(start, at, false, false);
                }
                joined = false;
            }
        }
    }
    if let Some(start) = letter {
        emit(start, text.len(), true, joined);
    } else if let Some(start) = word {
        emit(start, text.len(), false, false);
    }
}

#[derive(Clone, Copy, PartialEq, Eq)]
enum Kind {
    Word,
    Letter,
    Mark,
    Other,
}

fn kind(c: char) -> Kind {
    if c.is_ascii() {
        return if c.is_ascii_alphanumeric() { Kind::Word } else { Kind::Other };
    }
    // Vowels and final consonants of a Korean syllable that is spelled out, and the half-width voicing marks.
    if is_combining_mark(c) || is_ignorable(c) || matches!(c, '\u{1160}'..='\u{11ff}' | '\u{ff9e}' | '\u{ff9f}') {
        return Kind::Mark;
    }
    match c {
        'ー' | 'ｰ' | '々' | '〇' => Kind::Letter,
        _ if !c.is_alphanumeric() => Kind::Other,
        _ if decimal(c).is_some() => Kind::Word,
        _ if is_unspaced(c.script()) => Kind::Letter,
        _ => Kind::Word,
    }
}

/// Scripts in which words are not set apart, or not reliably. Tibetan sets syllables apart, which is enough.
fn is_unspaced(script: Script) -> bool {
    matches!(
        script,
        Script::Han
            | Script::Hiragana
            | Script::Katakana
            | Script::Bopomofo
            | Script::Hangul
            | Script::Yi
            | Script::Tangut
            | Script::Nushu
            | Script::Thai
            | Script::Lao
            | Script::Khmer
            | Script::Myanmar
            | Script::Tai_Le
            | Script::New_Tai_Lue
            | Script::Tai_Tham
            | Script::Tai_Viet
            | Script::Javanese
            | Script::Balinese
    )
}

#[cfg(test)]
mod tests {
    use super::*;

    fn pieces(text: &str) -> Vec<String> {
        let mut all = Vec::new();
        scan(text, |piece| {
            assert!(text.is_char_boundary(piece.start) && text.is_char_boundary(piece.end));
            let mut again = String::new();
            fold(&text[piece.start..piece.end], &mut again);
            assert!(again.starts_with(piece.folded));
            let mark = if piece.joined {
                "+"
            } else if piece.letter {
                "."
            } else {
                ""
            };
            all.push(format!("{mark}{}", piece.folded));
        });
        all
    }

    #[test]
    fn words_and_letters() {
        assert_eq!(pieces("Don't panic, stoa_i18n v2.0!"), ["don", "t", "panic", "stoa", "i18n", "v2", "0"]);
        assert_eq!(pieces("L’été à Łódź"), ["l", "ete", "a", "lodz"]);
        assert_eq!(pieces("iPhone手机 买"), ["iphone", ".手", "+机", ".买"]);
        assert_eq!(pieces("ペ-パ"), [".ペ", ".パ"]);
        assert_eq!(pieces("น้ำใจ ๒๕"), [".น\u{e49}", "+\u{e4d}\u{e32}", "+ใ", "+จ", "25"]);
        assert_eq!(pieces("विकिपीडिया"), ["विकिपीडिया"]);
        assert_eq!(pieces("བོད་སྐད།"), ["བོད", "སྐད"]);
        assert_eq!(pieces("می‌خواهم ـ ok"), ["ميخواهم", "ok"]);
        assert_eq!(pieces(" \u{301} \u{200d} 🙂 … "), Vec::<String>::new());
        assert_eq!(pieces(""), Vec::<String>::new());
    }

    #[test]
    fn endless_words_are_cut() {
        assert_eq!(pieces(&"x".repeat(100_000)), ["x".repeat(LONGEST)]);
        assert_eq!(pieces(&"é".repeat(100_000)), ["e".repeat(LONGEST)]);
    }
}
