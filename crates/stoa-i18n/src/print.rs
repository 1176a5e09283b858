//! Printing a message: its arguments, the form of a plural, and what keeps the directions of texts apart.

use crate::arg::{A, Gender};
use crate::message::{Message, Part};
use crate::plural::{Operands, PluralRules};
use std::borrow::Cow;

/// What a message needs to know of its surroundings while it is printed.
pub(crate) trait Surroundings {
    /// A whole number with the digits and separators of the language.
    fn number(&self, n: i64) -> String;
    /// A decimal number, given with a full stop, likewise.
    fn decimal(&self, digits: &str) -> String;
    /// Whether the language is written from right to left.
    fn is_rtl(&self) -> bool;
    /// Another message, for `{{int:…}}`.
    fn other(&self, key: &str) -> Option<(&Message, &PluralRules)>;
}

/// `{{int:…}}` inside `{{int:…}}` goes no deeper than this; messages that name each other end here.
const DEPTH: u8 = 4;

impl Message {
    /// The message as plain text.
    pub(crate) fn print(&self, args: &[A<'_>], rules: &PluralRules, around: &impl Surroundings) -> String {
        let mut out = String::new();
        Printer { args, rules, around, isolate: true, depth: 0 }.parts(self, &mut out);
        out
    }
}

struct Printer<'a, S> {
    args: &'a [A<'a>],
    rules: &'a PluralRules,
    around: &'a S,
    /// Off inside `{{bidi:…}}` and where only the bare value matters.
    isolate: bool,
    depth: u8,
}

impl<S: Surroundings> Printer<'_, S> {
    fn parts(&self, message: &Message, out: &mut String) {
        for part in &message.0 {
            self.part(part, out);
        }
    }

    fn part(&self, part: &Part, out: &mut String) {
        match part {
            Part::Text(text) => out.push_str(text),
            Part::Arg(n) => self.arg(*n, out),
            Part::Plural { count, exact, forms } => {
                let operands = self.operands(count);
                let same = exact.iter().find(|(number, _)| operands.as_ref().is_some_and(|o| o.is(number)));
                let form = same.map(|(_, form)| form).or_else(|| {
                    let index = operands.map_or(usize::MAX, |o| self.rules.form(&o));
                    forms.get(index).or(forms.last())
                });
                if let Some(form) = form {
                    self.parts(form, out);
                }
            }
            Part::Gender { who, forms } => {
                let form = match self.gender(who) {
                    Gender::Male => forms.first(),
                    Gender::Female => forms.get(1).or(forms.first()),
                    Gender::Unknown => forms.get(2).or(forms.first()),
                };
                if let Some(form) = form {
                    self.parts(form, out);
                }
            }
            Part::Bidi(inner) => out.push_str(&embed(self.bare(inner))),
            Part::FormatNum(inner) => match inner.0.as_ref() {
                [Part::Arg(n)] if matches!(self.args.get(*n), Some(A::Number(_))) => self.arg(*n, out),
                _ => out.push_str(&self.around.decimal(&self.bare(inner))),
            },
            Part::Int { key, args } => self.int(&self.bare(key), args, out),
            Part::Grammar(inner) => self.parts(inner, out),
        }
    }

    fn int(&self, key: &str, args: &[Message], out: &mut String) {
        match self.around.other(key).filter(|_| self.depth < DEPTH) {
            Some((message, rules)) => {
                let args: Vec<A<'_>> = args
                    .iter()
                    .map(|arg| match arg.0.as_ref() {
                        [Part::Arg(n)] => self.args.get(*n).cloned().unwrap_or(A::Plain(Cow::Borrowed(""))),
                        _ => A::Plain(Cow::Owned(self.bare(arg))),
                    })
                    .collect();
                let inner =
                    Printer { args: &args, rules, around: self.around, isolate: self.isolate, depth: self.depth + 1 };
                inner.parts(message, out);
            }
            None => out.push_str(&unknown(key)),
        }
    }

    fn arg(&self, n: usize, out: &mut String) {
        match self.args.get(n) {
            None => {
                out.push('$');
                out.push_str(&(n + 1).to_string());
            }
            Some(A::Plain(text)) => out.push_str(text),
            Some(A::Number(n)) => out.push_str(&self.around.number(*n)),
            Some(A::Text(text) | A::Person(text, _)) if self.isolate => {
                isolate(text, self.around.is_rtl(), out);
            }
            Some(A::Text(text) | A::Person(text, _)) => out.push_str(text),
        }
    }

    /// What an inner text says, without isolation and with numbers in ASCII digits.
    fn bare(&self, message: &Message) -> String {
        if let [Part::Arg(n)] = message.0.as_ref()
            && let Some(A::Number(n)) = self.args.get(*n)
        {
            return n.to_string();
        }
        let mut out = String::new();
        Printer { isolate: false, ..*self }.parts(message, &mut out);
        out
    }

    fn operands(&self, count: &Message) -> Option<Operands> {
        Operands::read(self.bare(count).trim())
    }

    fn gender(&self, who: &Message) -> Gender {
        match who.0.as_ref() {
            [Part::Arg(n)] => match self.args.get(*n) {
                Some(A::Person(_, gender)) => *gender,
                Some(A::Plain(word)) => gender_word(word),
                _ => Gender::Unknown,
            },
            [Part::Text(word)] => gender_word(word),
            _ => Gender::Unknown,
        }
    }
}

fn gender_word(word: &str) -> Gender {
    match word.trim() {
        "male" => Gender::Male,
        "female" => Gender::Female,
        _ => Gender::Unknown,
    }
}

/// How a missing message is shown, as in MediaWiki: visible, searchable, and never mistaken for a sentence.
pub(crate) fn unknown(key: &str) -> String {
    format!("⧼{key}⧽")
}

/// Appends user text, between U+2068 and U+2069 wherever its direction could disturb the sentence. In a language
/// written from left to right, text without any right-to-left letter or direction mark reads the same without them.
pub(crate) fn isolate(text: &str, rtl: bool, out: &mut String) {
    if !rtl && !text.chars().any(|c| is_rtl_letter(c) || is_direction_mark(c)) {
        out.push_str(text);
        return;
    }
    out.push('\u{2068}');
    // A stray closing mark in the text would end our isolation early.
    out.extend(text.chars().filter(|c| !matches!(c, '\u{2066}'..='\u{2069}')));
    out.push('\u{2069}');
}

/// MediaWiki's `bidi`: embeds text by the direction of its first letter; text without letters stays as it is.
fn embed(text: String) -> String {
    match text.chars().find(|c| c.is_alphabetic()) {
        Some(c) if is_rtl_letter(c) => format!("\u{202b}{text}\u{202c}"),
        Some(_) => format!("\u{202a}{text}\u{202c}"),
        None => text,
    }
}

/// Letters, digits and marks of the blocks that Unicode sets aside for right-to-left scripts.
fn is_rtl_letter(c: char) -> bool {
    matches!(c, '\u{590}'..='\u{8ff}' | '\u{fb1d}'..='\u{fdff}' | '\u{fe70}'..='\u{fefe}'
        | '\u{10800}'..='\u{10fff}' | '\u{1e800}'..='\u{1efff}')
}

fn is_direction_mark(c: char) -> bool {
    matches!(c, '\u{61c}' | '\u{200e}' | '\u{200f}' | '\u{202a}'..='\u{202e}' | '\u{2066}'..='\u{2069}')
}
