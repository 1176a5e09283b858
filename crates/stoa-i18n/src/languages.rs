//! Facts about languages: names, directions, MediaWiki's codes and fallback chains, and their BCP 47 equivalents.

use std::collections::HashMap;
use std::sync::LazyLock;

/// Code, `l` or `r`, autonym, English name (may be empty), between tabs. Codes, scripts and autonyms as collected
/// by Wikimedia's language-data (GPL-2.0-or-later), English names from CLDR (Unicode-3.0).
const TABLE: &str = include_str!("languages.tsv");

struct Facts {
    dir: &'static str,
    autonym: &'static str,
    english: &'static str,
}

static LANGUAGES: LazyLock<HashMap<&'static str, Facts>> = LazyLock::new(|| {
    TABLE
        .lines()
        .filter_map(|line| {
            let mut cells = line.split('\t');
            let code = cells.next()?;
            let dir = if cells.next()? == "r" { "rtl" } else { "ltr" };
            Some((code, Facts { dir, autonym: cells.next()?, english: cells.next()? }))
        })
        .collect()
});

/// Where words are looked for when a language lacks them, after the language itself and before English: code, tab,
/// chain. These are MediaWiki's chains, without the one from Ukrainian to Russian, which Wikimedia dropped too.
const FALLBACKS: &str = include_str!("fallbacks.tsv");

static CHAINS: LazyLock<HashMap<&'static str, &'static str>> =
    LazyLock::new(|| FALLBACKS.lines().filter_map(|line| line.split_once('\t')).collect());

/// MediaWiki codes that are no BCP 47 tags, and the tag that says the same.
const TAGS: &[(&str, &str)] = &[
    ("als", "gsw"),
    ("bat-smg", "sgs"),
    ("be-x-old", "be-tarask"),
    ("cbk-zam", "cbk"),
    ("de-formal", "de-x-formal"),
    ("eml", "egl"),
    ("es-formal", "es-x-formal"),
    ("fiu-vro", "vro"),
    ("hu-formal", "hu-x-formal"),
    ("map-bms", "jv-x-bms"),
    ("mo", "ro-Cyrl-MD"),
    ("nl-informal", "nl-x-informal"),
    ("nrm", "nrf"),
    ("roa-rup", "rup"),
    ("roa-tara", "nap-x-tara"),
    ("simple", "en-simple"),
    ("sr-ec", "sr-Cyrl"),
    ("sr-el", "sr-Latn"),
    ("zh-classical", "lzh"),
    ("zh-cn", "zh-Hans-CN"),
    ("zh-hk", "zh-Hant-HK"),
    ("zh-min-nan", "nan"),
    ("zh-mo", "zh-Hant-MO"),
    ("zh-my", "zh-Hans-MY"),
    ("zh-sg", "zh-Hans-SG"),
    ("zh-tw", "zh-Hant-TW"),
    ("zh-yue", "yue"),
];

/// Codes that browsers and people write, and MediaWiki's for the same language.
const OTHER_NAMES: &[(&str, &str)] = &[
    ("cmn", "zh"),
    ("fil", "tl"),
    ("in", "id"),
    ("iw", "he"),
    ("ji", "yi"),
    ("jw", "jv"),
    ("prs", "fa"),
    ("sr-cyrl", "sr-ec"),
    ("sr-latn", "sr-el"),
    ("zh-hans-cn", "zh-cn"),
    ("zh-hans-my", "zh-my"),
    ("zh-hans-sg", "zh-sg"),
    ("zh-hant-hk", "zh-hk"),
    ("zh-hant-mo", "zh-mo"),
    ("zh-hant-tw", "zh-tw"),
];

/// MediaWiki's code for a language tag in any spelling: `sr_Latn` is `sr-el`, `PT-BR` is `pt-br`.
pub(crate) fn normal(code: &str) -> String {
    let code = code.trim().replace('_', "-").to_ascii_lowercase();
    match OTHER_NAMES.binary_search_by_key(&code.as_str(), |(other, _)| other) {
        Ok(at) => OTHER_NAMES[at].1.to_owned(),
        Err(_) => code,
    }
}

/// The facts about a language, or about the one that remains when subtags are cut off its end.
fn facts(code: &str) -> Option<(&'static str, &'static Facts)> {
    let code = normal(code);
    prefixes(&code).find_map(|prefix| LANGUAGES.get_key_value(prefix)).map(|(code, facts)| (*code, facts))
}

/// `de-at-1996`, `de-at`, `de`.
pub(crate) fn prefixes(code: &str) -> impl Iterator<Item = &str> {
    std::iter::successors(Some(code), |code| code.rfind('-').map(|at| &code[..at]))
}

/// `rtl` for languages written from right to left, else `ltr`. Takes MediaWiki codes and BCP 47 tags; a script in
/// the tag decides before the language does.
pub fn direction(lang: &str) -> &'static str {
    let code = normal(lang);
    if let Some(known) = LANGUAGES.get(code.as_str()) {
        return known.dir;
    }
    let script = code.split('-').skip(1).find(|part| part.len() == 4 && part.bytes().all(|b| b.is_ascii_alphabetic()));
    match script {
        Some("arab" | "hebr" | "thaa" | "syrc" | "nkoo" | "adlm" | "rohg" | "samr" | "mand" | "aran") => "rtl",
        Some(_) => "ltr",
        None => facts(&code).map_or("ltr", |(_, facts)| facts.dir),
    }
}

/// A language's name in itself: `français`.
pub fn autonym(code: &str) -> Option<&'static str> {
    LANGUAGES.get(normal(code).as_str()).map(|facts| facts.autonym)
}

/// A language's name for people who may not read it: its own, followed by the English one where known and different
/// (`français (French)`); for an unknown code, the code.
pub fn language_name(code: &str) -> String {
    match LANGUAGES.get(normal(code).as_str()) {
        Some(facts) if facts.english.is_empty() || facts.english == facts.autonym => facts.autonym.to_owned(),
        Some(facts) => format!("{} ({})", facts.autonym, facts.english),
        None => code.to_owned(),
    }
}

/// Whether this is the code of a language we know: MediaWiki's, or the BCP 47 tag of the same.
pub fn is_language_code(code: &str) -> bool {
    LANGUAGES.contains_key(normal(code).as_str())
}

/// Where words are looked for when this language lacks them, nearest first; English is always the last.
pub fn fallbacks(code: &str) -> Vec<&'static str> {
    let code = normal(code);
    let mut chain: Vec<&'static str> = Vec::new();
    for prefix in prefixes(&code) {
        if prefix != code
            && let Some((known, _)) = LANGUAGES.get_key_value(prefix)
        {
            chain.push(known);
        }
        if let Some(nearer) = CHAINS.get(prefix) {
            chain.extend(nearer.split(' ').filter(|next| *next != code));
            break;
        }
    }
    let mut seen = Vec::with_capacity(chain.len() + 1);
    for next in chain.into_iter().chain(["en"]) {
        if next != code && !seen.contains(&next) {
            seen.push(next);
        }
    }
    // English comes last even where a chain names it.
    if let Some(at) = seen.iter().position(|c| *c == "en") {
        let english = seen.remove(at);
        seen.push(english);
    }
    seen
}

/// The BCP 47 tag of a MediaWiki code, in the usual spelling: `sr-ec` is `sr-Cyrl`, `pt-br` is `pt-BR`.
pub fn bcp47(code: &str) -> String {
    let code = normal(code);
    if let Ok(at) = TAGS.binary_search_by_key(&code.as_str(), |(from, _)| from) {
        return TAGS[at].1.to_owned();
    }
    let mut private = false;
    let parts = code.split('-').enumerate().map(|(place, part)| {
        let spelled = match (place, part.len()) {
            (0, _) => part.to_owned(),
            _ if private => part.to_owned(),
            (_, 2) => part.to_ascii_uppercase(),
            (_, 4) if part.starts_with(|c: char| c.is_ascii_alphabetic()) => {
                part[..1].to_ascii_uppercase() + &part[1..]
            }
            _ => part.to_owned(),
        };
        private |= part == "x";
        spelled
    });
    parts.collect::<Vec<_>>().join("-")
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn the_tables_are_sorted_and_name_known_languages() {
        assert!(TAGS.is_sorted_by_key(|(from, _)| *from));
        assert!(OTHER_NAMES.is_sorted_by_key(|(from, _)| *from));
        assert_eq!(CHAINS.len(), FALLBACKS.lines().count());
        for (from, chain) in CHAINS.iter() {
            assert_eq!(&normal(from), from);
            assert!(chain.split(' ').all(|to| to == normal(to)), "{from}");
        }
        assert!(LANGUAGES.len() > 850);
        assert!(LANGUAGES.values().all(|facts| !facts.autonym.is_empty()));
    }

    #[test]
    fn serbian_and_chinese_keep_their_scripts() {
        assert_eq!(fallbacks("sr-el"), ["sr", "sr-ec", "en"]);
        assert_eq!(fallbacks("sr-Latn"), ["sr", "sr-ec", "en"]);
        assert_eq!(fallbacks("zh-TW"), ["zh-hant", "zh-hk", "zh", "zh-hans", "en"]);
        assert_eq!(bcp47("sr-ec"), "sr-Cyrl");
        assert_eq!(bcp47("zh-hant"), "zh-Hant");
        assert_eq!(bcp47("zh-tw"), "zh-Hant-TW");
        assert_eq!(bcp47("pt-br"), "pt-BR");
        assert_eq!(bcp47("en-simple"), "en-simple");
        assert_eq!(bcp47("de-formal"), "de-x-formal");
    }

    #[test]
    fn regions_without_a_chain_of_their_own_use_their_language() {
        assert_eq!(fallbacks("de-LI"), ["de", "en"]);
        assert_eq!(fallbacks("gsw"), ["de", "en"]);
        assert_eq!(fallbacks("gsw-CH"), ["gsw", "de", "en"]);
        assert_eq!(fallbacks("uk"), ["en"]);
        assert_eq!(fallbacks("en"), Vec::<&str>::new());
        assert_eq!(fallbacks("en-gb"), ["en"]);
        assert_eq!(fallbacks("qqq-unknown"), ["en"]);
    }

    #[test]
    fn direction_follows_the_script() {
        for rtl in ["ar", "he", "iw", "fa", "ur", "ckb", "yi", "dv", "ug", "ps", "sd", "ar-EG", "az-Arab", "fuf-Adlm"] {
            assert_eq!(direction(rtl), "rtl", "{rtl}");
        }
        for ltr in ["en", "ja", "sr-Cyrl", "ug-latn", "ks-deva", "ar-Latn", "de-1996", "", "x"] {
            assert_eq!(direction(ltr), "ltr", "{ltr}");
        }
    }

    #[test]
    fn names_are_in_the_language_itself() {
        assert_eq!(autonym("fr"), Some("français"));
        assert_eq!(autonym("sr-Latn"), Some("srpski (latinica)"));
        assert_eq!(autonym("zxx-none"), None);
        assert_eq!(language_name("fr"), "français (French)");
        assert_eq!(language_name("en"), "English");
        assert_eq!(language_name("zxx-none"), "zxx-none");
        assert!(is_language_code("pt-BR") && is_language_code("simple") && !is_language_code("constructor"));
    }
}
