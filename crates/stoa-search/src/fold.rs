//! Folding: which spellings of a word count as the same.
//!
//! Compatibility forms and case are always folded. Accents are taken off in Latin and Greek, points and vowel signs
//! in Hebrew and Arabic, stress marks in Cyrillic. Marks of all other scripts are letters in their own right (a
//! Japanese dakuten, an Indic vowel) and stay.

use unicode_normalization::UnicodeNormalization;
use unicode_normalization::char::is_combining_mark;
use unicode_script::{Script, UnicodeScript};

/// Appends the folded form of a piece of text: one letter with its marks, or several.
pub(crate) fn fold(text: &str, out: &mut String) {
    if text.is_ascii() {
        out.extend(text.chars().map(|c| c.to_ascii_lowercase()));
        return;
    }
    let mut letters = String::with_capacity(text.len());
    let mut base = '\0';
    for c in text.nfkd().flat_map(char::to_lowercase) {
        if is_ignorable(c) {
            continue;
        }
        if is_combining_mark(c) {
            if base == '\0' || !is_accent(base, c) {
                letters.push(c);
            }
            continue;
        }
        base = c;
        match decimal(c) {
            Some(digit) => letters.push(char::from(b'0' + digit)),
            None => push_letter(c, &mut letters),
        }
    }
    out.extend(letters.nfc().filter(|c| c.is_alphanumeric() || is_combining_mark(*c)));
}

/// A name, tag or language as it is compared: compatibility forms and case folded, accents kept.
pub(crate) fn fold_name(text: &str) -> String {
    let folded: String = text.trim().nfkc().flat_map(char::to_lowercase).collect();
    folded.split_whitespace().collect::<Vec<_>>().join(" ")
}

/// Characters that are not seen and join or separate nothing: joiners, soft hyphens, direction marks, the Arabic
/// tatweel, variation selectors.
pub(crate) fn is_ignorable(c: char) -> bool {
    matches!(c, '\u{ad}' | '\u{34f}' | '\u{61c}' | '\u{640}' | '\u{115f}' | '\u{1160}' | '\u{180b}'..='\u{180f}'
        | '\u{200c}'..='\u{200f}' | '\u{202a}'..='\u{202e}' | '\u{2060}'..='\u{206f}' | '\u{3164}' | '\u{feff}'
        | '\u{fe00}'..='\u{fe0f}' | '\u{ffa0}' | '\u{e0100}'..='\u{e01ef}')
}

/// Whether a mark may be left out on this letter.
fn is_accent(base: char, mark: char) -> bool {
    match base.script() {
        Script::Latin | Script::Greek => true,
        Script::Hebrew => matches!(mark, '\u{591}'..='\u{5c7}'),
        Script::Arabic => {
            matches!(mark, '\u{610}'..='\u{61a}' | '\u{64b}'..='\u{65f}' | '\u{670}' | '\u{6d6}'..='\u{6ed}'
                | '\u{8d3}'..='\u{8ff}')
        }
        // Stress marks, and ё for е. The breve of й and ў, the dots of ї, the acute of ѓ and ќ make other letters.
        Script::Cyrillic => match mark {
            '\u{300}' | '\u{301}' => !matches!(base, 'г' | 'к'),
            '\u{308}' => base == 'е',
            _ => false,
        },
        _ => false,
    }
}

/// Letters that people type in place of each other, or that lowercase does not unify.
fn push_letter(c: char, out: &mut String) {
    let plain = match c {
        'ß' => "ss",
        'æ' => "ae",
        'œ' => "oe",
        'þ' => "th",
        'ø' => "o",
        'ł' => "l",
        'đ' | 'ð' => "d",
        'ħ' => "h",
        'ŧ' => "t",
        'ı' => "i",
        'ς' => "σ",
        // Arabic, Persian and Urdu spellings of the same letters.
        'ى' | 'ی' | 'ے' => "ي",
        'ک' => "ك",
        'ة' | 'ہ' | 'ھ' | 'ە' => "ه",
        'ٱ' => "ا",
        _ => {
            out.push(c);
            return;
        }
    };
    out.push_str(plain);
}

/// Zeros of the decimal digits of other scripts.
const ZEROS: [char; 18] = [
    '\u{660}', '\u{6f0}', '\u{7c0}', '\u{966}', '\u{9e6}', '\u{a66}', '\u{ae6}', '\u{b66}', '\u{be6}', '\u{c66}',
    '\u{ce6}', '\u{d66}', '\u{e50}', '\u{ed0}', '\u{f20}', '\u{1040}', '\u{17e0}', '\u{1810}',
];

/// The value of a decimal digit of any script: ٣, ३ and 3 are the same number.
pub(crate) fn decimal(c: char) -> Option<u8> {
    if c.is_ascii_digit() {
        return Some(c as u8 - b'0');
    }
    let at = ZEROS.partition_point(|zero| *zero <= c).checked_sub(1)?;
    u8::try_from(c as u32 - ZEROS[at] as u32).ok().filter(|digit| *digit < 10)
}

#[cfg(test)]
mod tests {
    use super::*;

    fn folded(text: &str) -> String {
        let mut out = String::new();
        fold(text, &mut out);
        out
    }

    #[test]
    fn spellings_that_count_as_the_same() {
        for (one, other) in [
            ("Élan", "elan"),
            ("Straße", "STRASSE"),
            ("ΟΔΌΣ", "οδος"),
            ("İstanbul", "istanbul"),
            ("Iğdır", "ığdir"),
            ("Łódź", "lodz"),
            ("Ｗｉｋｉ", "wiki"),
            ("ﬁn", "fin"),
            ("أهلاً", "اهلا"),
            ("مدرسـة", "مدرسه"),
            ("کتابی", "كتابي"),
            ("می\u{200c}خواهم", "ميخواهم"),
            ("שָׁלוֹם", "שלום"),
            ("ёлка", "елка"),
            ("замо́к", "замок"),
            ("ﾊﾟｰﾃｨ", "パーティ"),
            ("e\u{301}", "é"),
            ("ファ", "ﾌｧ"),
            ("٢٠٢٦", "2026"),
            ("२०", "20"),
            ("việt", "viet"),
            ("한글", "\u{1112}\u{1161}\u{11ab}\u{1100}\u{1173}\u{11af}"),
        ] {
            assert_eq!(folded(one), folded(other), "{one} {other}");
            assert!(!folded(one).is_empty());
        }
    }

    #[test]
    fn marks_that_make_another_word() {
        for (one, other) in
            [("ペ", "ヘ"), ("が", "か"), ("мой", "мои"), ("ї", "і"), ("की", "क"), ("น้ำ", "นา"), ("ќ", "к")]
        {
            assert_ne!(folded(one), folded(other), "{one} {other}");
        }
    }

    #[test]
    fn names_keep_their_accents() {
        assert_eq!(fold_name("  Zoë   ＱＵＩＮＮ "), "zoë quinn");
        assert_ne!(fold_name("Zoë"), fold_name("Zoe"));
        assert!(ZEROS.is_sorted());
    }
}
