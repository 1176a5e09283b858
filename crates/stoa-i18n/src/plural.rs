//! Plural forms: CLDR's rules for 220 languages, evaluated for whole and decimal numbers.
//!
//! `icu` carries 120 of these languages and answers "other" for the rest, which prints wrong forms; the rules
//! themselves are one short table.

use crate::languages;

/// One line per group of languages; see the head of the file.
const TABLE: &str = include_str!("plurals.tsv");

/// The rules of one language: for each form but the last (`other`), when it is used.
#[derive(Debug, Clone, PartialEq)]
pub(crate) struct PluralRules(Vec<Condition>);

/// Alternatives, each of relations that must all hold.
type Condition = Vec<Vec<Relation>>;

#[derive(Debug, Clone, PartialEq)]
struct Relation {
    operand: char,
    modulo: Option<u64>,
    equal: bool,
    ranges: Vec<(u64, u64)>,
}

/// A number as the rules see it (UTS 35, plural operands): integer part and fraction digits.
#[derive(Debug, Clone, PartialEq)]
pub(crate) struct Operands {
    integer: u64,
    /// Fraction digits as written, with trailing zeros.
    fraction: String,
    negative: bool,
}

impl Operands {
    /// Reads `-12` or `1.50`; `None` for anything else.
    pub(crate) fn read(text: &str) -> Option<Operands> {
        let (negative, digits) = match text.strip_prefix(['-', '\u{2212}']) {
            Some(rest) => (true, rest),
            None => (false, text),
        };
        let (integer, fraction) = digits.split_once('.').unwrap_or((digits, ""));
        let fine = |s: &str| s.bytes().all(|b| b.is_ascii_digit());
        if integer.is_empty() || !fine(integer) || !fine(fraction) {
            return None;
        }
        let integer = integer.parse().unwrap_or(u64::MAX);
        Some(Operands { integer, fraction: fraction.to_owned(), negative })
    }

    /// Whether it is exactly this number, for forms like `0=none`.
    pub(crate) fn is(&self, number: &str) -> bool {
        !self.negative && self.fraction.bytes().all(|b| b == b'0') && number.parse() == Ok(self.integer)
    }

    /// The value of an operand; `None` for `n` of a number with a fraction, which equals no whole number.
    fn value(&self, operand: char) -> Option<u64> {
        let trimmed = self.fraction.trim_end_matches('0');
        match operand {
            'n' if trimmed.is_empty() => Some(self.integer),
            'n' => None,
            'i' => Some(self.integer),
            'v' => Some(self.fraction.len() as u64),
            'w' => Some(trimmed.len() as u64),
            'f' => Some(self.fraction.parse().unwrap_or(0)),
            't' => Some(trimmed.parse().unwrap_or(0)),
            // The exponent of compact notation, which messages do not use.
            _ => Some(0),
        }
    }
}

impl PluralRules {
    /// The rules of a language (MediaWiki code): its own, or those of the nearest language along its fallback chain.
    pub(crate) fn of(code: &str) -> PluralRules {
        let base = code.split('-').next().unwrap_or(code);
        std::iter::once(code)
            .chain(std::iter::once(base))
            .chain(languages::fallbacks(code))
            .find_map(PluralRules::exactly)
            .unwrap_or(PluralRules(Vec::new()))
    }

    /// The rules listed for this very code.
    pub(crate) fn exactly(code: &str) -> Option<PluralRules> {
        let line = TABLE
            .lines()
            .filter(|line| !line.starts_with('#'))
            .find(|line| line.split('\t').next().is_some_and(|codes| codes.split(' ').any(|c| c == code)))?;
        let conditions =
            line.split('\t').skip(1).filter_map(|form| form.split_once(':')).map(|(_, rule)| condition(rule));
        Some(PluralRules(conditions.collect()))
    }

    /// How many forms the language has.
    #[cfg(test)]
    pub(crate) fn count(&self) -> usize {
        self.0.len() + 1
    }

    /// Which form a number takes, counted from 0 in CLDR's order (zero, one, two, few, many, other).
    pub(crate) fn form(&self, number: &Operands) -> usize {
        self.0
            .iter()
            .position(|condition| condition.iter().any(|all| all.iter().all(|relation| relation.holds(number))))
            .unwrap_or(self.0.len())
    }
}

impl Relation {
    fn holds(&self, number: &Operands) -> bool {
        let Some(value) = number.value(self.operand) else {
            return !self.equal;
        };
        let value = self.modulo.map_or(value, |m| value % m);
        self.ranges.iter().any(|(low, high)| (*low..=*high).contains(&value)) == self.equal
    }
}

fn condition(rule: &str) -> Condition {
    rule.split(" or ").map(|all| all.split(" and ").map(relation).collect()).collect()
}

/// Reads `n % 10 = 2..4,9`. The table is part of the program and read whole by a test.
fn relation(text: &str) -> Relation {
    let (left, right, equal) = match text.split_once("!=") {
        Some((left, right)) => (left, right, false),
        None => text.split_once('=').map(|(l, r)| (l, r, true)).expect("a relation has = or !="),
    };
    let number = |s: &str| s.trim().parse().expect("a whole number");
    let mut words = left.split('%');
    Relation {
        operand: words.next().and_then(|w| w.trim().chars().next()).expect("an operand"),
        modulo: words.next().map(number),
        equal,
        ranges: right
            .split(',')
            .map(|range| match range.split_once("..") {
                Some((low, high)) => (number(low), number(high)),
                None => (number(range), number(range)),
            })
            .collect(),
    }
}
