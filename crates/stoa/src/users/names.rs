//! What may be a name: any script, spaces and brackets, but nothing that looks like somebody else's name.
//!
//! Two keys are kept beside each name. `folded` makes `Ada Lovelace`, `ada_lovelace` and `ADA LOVELACE` one; `skeleton`
//! (Unicode Technical Standard 39, section 4) makes `раура` in Cyrillic collide with `paypa`. Both are unique.

use unicode_normalization::UnicodeNormalization;
use unicode_security::{GeneralSecurityProfile, MixedScript, skeleton};

/// Characters.
pub const LONGEST: usize = 60;

/// Why a name cannot be had; its message is `name-` and its key.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub enum Problem {
    Empty,
    TooLong,
    /// A character that is no letter, digit, space or harmless sign, or cannot be seen.
    Character(char),
    /// No letter or digit at all.
    NoLetter,
    /// Letters of scripts that are not written together, such as Latin and Cyrillic.
    MixedScripts,
    Reserved,
}

/// Names that would be taken for the site itself.
const RESERVED: &[&str] = &[
    "admin",
    "administrator",
    "moderator",
    "system",
    "stoa",
    "root",
    "staff",
    "everyone",
    "members",
    "moderators",
    "administrators",
    "here",
    "all",
];

/// A name as it is kept and shown: NFC, single spaces, underscores as spaces.
pub fn tidy(name: &str) -> String {
    let name: String = name.nfc().map(|c| if c == '_' { ' ' } else { c }).collect();
    name.split_whitespace().collect::<Vec<_>>().join(" ")
}

/// The key under which a name is found, whatever its case, width, spaces or underscores.
pub fn folded(name: &str) -> String {
    let lower: String = tidy(name).nfkc().flat_map(char::to_lowercase).collect();
    lower.nfkc().filter(|c| !c.is_whitespace()).collect()
}

/// The key that look-alike names share.
pub fn skeleton_of(name: &str) -> String {
    skeleton(&skeleton(&folded(name)).flat_map(char::to_lowercase).collect::<String>()).collect()
}

/// Whether a tidied name may be chosen by a person.
pub fn check(name: &str) -> Result<(), Problem> {
    if name.is_empty() {
        return Err(Problem::Empty);
    }
    if name.chars().count() > LONGEST {
        return Err(Problem::TooLong);
    }
    let odd = |c: char| {
        let harmless =
            matches!(c, ' ' | '-' | '.' | '\'' | '’' | '·' | '(' | ')' | '!' | ',' | '&' | '・' | 'ー' | '~' | '+');
        // Zero-width joiners are part of the spelling in several scripts; elsewhere they cannot be seen.
        !(harmless || (c.is_alphanumeric() && c.identifier_allowed()) || is_mark(c) || is_joiner_in(name, c))
    };
    if let Some(found) = name.chars().find(|c| odd(*c)) {
        return Err(Problem::Character(found));
    }
    if !name.chars().any(char::is_alphanumeric) {
        return Err(Problem::NoLetter);
    }
    if !name.split([' ', '(', ')', '-', '.']).all(|word| word.is_single_script()) {
        return Err(Problem::MixedScripts);
    }
    if RESERVED.contains(&skeleton_of(name).as_str()) || RESERVED.contains(&folded(name).as_str()) {
        return Err(Problem::Reserved);
    }
    Ok(())
}

fn is_mark(c: char) -> bool {
    unicode_normalization::char::is_combining_mark(c) && c.identifier_allowed()
}

/// A joiner between letters of a script that spells with joiners.
fn is_joiner_in(name: &str, c: char) -> bool {
    let spells_with_joiners =
        |c: char| matches!(c, '\u{0600}'..='\u{06ff}' | '\u{0900}'..='\u{0dff}' | '\u{1780}'..='\u{17ff}');
    matches!(c, '\u{200c}' | '\u{200d}') && name.chars().any(spells_with_joiners)
}

impl Problem {
    pub fn key(self) -> &'static str {
        match self {
            Problem::Empty => "name-empty",
            Problem::TooLong => "name-too-long",
            Problem::Character(_) => "name-character",
            Problem::NoLetter => "name-no-letter",
            Problem::MixedScripts => "name-mixed-scripts",
            Problem::Reserved => "name-reserved",
        }
    }
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn names_of_every_script_are_welcome() {
        for name in [
            "Ada Lovelace",
            "Ines (WMDE)",
            "Олена",
            "עדה לאבלייס",
            "أمينة",
            "山田 太郎",
            "नीलिमा",
            "ஆதி",
            "Þórður",
            "김하늘",
            "O’Brien",
            "สมชาย",
            "Nguyễn Văn A",
            "Ægir-2",
            "عليرضا",
            "علی‌رضا",
        ] {
            assert_eq!(check(&tidy(name)), Ok(()), "{name}");
        }
    }

    #[test]
    fn names_that_deceive_are_not() {
        assert_eq!(check("pаypal"), Err(Problem::MixedScripts), "a Cyrillic а");
        assert_eq!(check("a\u{200b}da"), Err(Problem::Character('\u{200b}')));
        assert_eq!(check("\u{202e}ada"), Err(Problem::Character('\u{202e}')));
        assert_eq!(check("<b>"), Err(Problem::Character('<')));
        assert_eq!(check("---"), Err(Problem::NoLetter));
        assert_eq!(check("Admin"), Err(Problem::Reserved));
        assert!(check("αdmin").is_err());
        assert_eq!(check(&"a".repeat(61)), Err(Problem::TooLong));
    }

    #[test]
    fn one_name_however_it_is_typed() {
        assert_eq!(folded("Ada_Lovelace"), folded("  ADA   lovelace "));
        assert_eq!(folded("Ａｄａ"), folded("ada"));
        assert_ne!(folded("ada"), folded("bo"));
    }

    #[test]
    fn look_alikes_share_a_skeleton() {
        assert_eq!(skeleton_of("раура"), skeleton_of("paypa"));
        assert_eq!(skeleton_of("rnike"), skeleton_of("mike"));
        assert_eq!(skeleton_of("B0b"), skeleton_of("BOb"));
        assert_ne!(skeleton_of("Ada"), skeleton_of("Adam"));
    }
}
