//! The banana message format: reading a message into a small tree.

use std::collections::{BTreeSet, HashSet};

/// A message, read once. Arguments are never read as message text: what a member writes cannot start a `{{…}}`.
#[derive(Debug, Clone, PartialEq)]
pub(crate) struct Message(pub(crate) Box<[Part]>);

#[derive(Debug, Clone, PartialEq)]
pub(crate) enum Part {
    Text(Box<str>),
    /// `$1` is 0.
    Arg(usize),
    Plural {
        count: Message,
        exact: Vec<(Box<str>, Message)>,
        forms: Vec<Message>,
    },
    Gender {
        who: Message,
        forms: Vec<Message>,
    },
    Bidi(Message),
    FormatNum(Message),
    Int {
        key: Message,
        args: Vec<Message>,
    },
    Grammar(Message),
}

impl Message {
    /// Reads a message. Everything that is not understood stays as the text it is.
    pub(crate) fn read(text: &str) -> Message {
        let mut reader = Reader { text, at: 0, depth: 0, unclosed: HashSet::new() };
        reader.parts(false)
    }

    /// The argument numbers used, `$1` as 1.
    pub(crate) fn args_used(&self) -> BTreeSet<usize> {
        let mut used = BTreeSet::new();
        self.visit(&mut |part| {
            if let Part::Arg(n) = part {
                used.insert(n + 1);
            }
        });
        used
    }

    /// How many plain forms each `PLURAL` of the message has.
    #[cfg(test)]
    pub(crate) fn plural_forms(&self) -> Vec<usize> {
        let mut found = Vec::new();
        self.visit(&mut |part| {
            if let Part::Plural { forms, .. } = part {
                found.push(forms.len());
            }
        });
        found
    }

    /// Whether text was left that looks like a template: an unknown name, or one without its end.
    pub(crate) fn has_loose_braces(&self) -> bool {
        let mut loose = false;
        self.visit(&mut |part| {
            loose |= matches!(part, Part::Text(text) if text.contains("{{") || text.contains("}}"));
        });
        loose
    }

    fn visit(&self, see: &mut impl FnMut(&Part)) {
        for part in &self.0 {
            see(part);
            match part {
                Part::Text(_) | Part::Arg(_) => {}
                Part::Plural { count, exact, forms } => {
                    count.visit(see);
                    exact.iter().for_each(|(_, form)| form.visit(see));
                    forms.iter().for_each(|form| form.visit(see));
                }
                Part::Gender { who: first, forms: rest } | Part::Int { key: first, args: rest } => {
                    first.visit(see);
                    rest.iter().for_each(|form| form.visit(see));
                }
                Part::Bidi(inner) | Part::FormatNum(inner) | Part::Grammar(inner) => inner.visit(see),
            }
        }
    }
}

/// Why two braces are no template.
enum Loose {
    /// No name we know, or nested too deeply.
    NotOurs,
    /// The closing braces are missing.
    NoEnd,
}

struct Reader<'a> {
    text: &'a str,
    at: usize,
    depth: u8,
    /// Where templates start that have no end; each is tried once, or nested ones would take exponential time.
    unclosed: HashSet<usize>,
}

impl<'a> Reader<'a> {
    fn rest(&self) -> &'a str {
        &self.text[self.at..]
    }

    /// Reads until the end, or inside a template until its `|` or `}}`, which are left unread.
    fn parts(&mut self, inside: bool) -> Message {
        let mut parts = Vec::new();
        let mut text = String::new();
        let mut links = 0usize;
        while let Some(c) = self.rest().chars().next() {
            let rest = self.rest();
            if inside && links == 0 && (c == '|' || rest.starts_with("}}")) {
                break;
            }
            if rest.starts_with("{{") {
                let start = self.at;
                match self.template() {
                    Ok(part) => {
                        flush(&mut text, &mut parts);
                        parts.push(part);
                    }
                    // Without an end inside, there is none for the template around it either.
                    Err(Loose::NoEnd) if inside => {
                        self.at = self.text.len();
                        break;
                    }
                    Err(_) => {
                        self.at = start + 2;
                        text.push_str("{{");
                    }
                }
                continue;
            }
            if c == '$'
                && let Some(digit @ b'1'..=b'9') = rest.as_bytes().get(1)
            {
                flush(&mut text, &mut parts);
                parts.push(Part::Arg(usize::from(digit - b'1')));
                self.at += 2;
                continue;
            }
            // A pipe within a link belongs to the link.
            if rest.starts_with("[[") {
                links += usize::from(rest.contains("]]"));
            } else if rest.starts_with("]]") {
                links = links.saturating_sub(1);
            }
            text.push(c);
            self.at += c.len_utf8();
        }
        flush(&mut text, &mut parts);
        Message(parts.into())
    }

    /// Reads `{{NAME:first|second|…}}`.
    fn template(&mut self) -> Result<Part, Loose> {
        let start = self.at;
        if self.unclosed.contains(&start) {
            return Err(Loose::NoEnd);
        }
        if self.depth >= 20 {
            return Err(Loose::NotOurs);
        }
        let inner = &self.rest()[2..];
        let colon = inner.find(':').ok_or(Loose::NotOurs)?;
        let name = inner[..colon].trim();
        let name = ["PLURAL", "GENDER", "bidi", "formatnum", "int", "GRAMMAR"]
            .into_iter()
            .find(|known| name.eq_ignore_ascii_case(known))
            .ok_or(Loose::NotOurs)?;
        self.at += 2 + colon + 1;
        self.depth += 1;
        let mut pieces = Vec::new();
        let closed = loop {
            pieces.push(trim(self.parts(true)));
            if self.rest().starts_with("}}") {
                self.at += 2;
                break true;
            }
            if self.rest().is_empty() {
                break false;
            }
            self.at += 1;
        };
        self.depth -= 1;
        if !closed {
            self.unclosed.insert(start);
            return Err(Loose::NoEnd);
        }
        let mut pieces = pieces.into_iter();
        let first = pieces.next().expect("one piece was read at least");
        Ok(match name {
            "PLURAL" => {
                let (mut exact, mut forms) = (Vec::new(), Vec::new());
                for form in pieces {
                    match split_exact(form) {
                        Ok(pair) => exact.push(pair),
                        Err(form) => forms.push(form),
                    }
                }
                Part::Plural { count: first, exact, forms }
            }
            "GENDER" => Part::Gender { who: first, forms: pieces.collect() },
            "bidi" => Part::Bidi(first),
            "formatnum" => Part::FormatNum(first),
            "int" => Part::Int { key: first, args: pieces.collect() },
            // Words of a language cannot be inflected here: the word itself is printed.
            _ => Part::Grammar(pieces.next().unwrap_or(Message(Box::default()))),
        })
    }
}

fn flush(text: &mut String, parts: &mut Vec<Part>) {
    if !text.is_empty() {
        parts.push(Part::Text(std::mem::take(text).into()));
    }
}

/// The arguments of a parser function are trimmed, as in MediaWiki.
fn trim(message: Message) -> Message {
    let mut parts = message.0.into_vec();
    if let Some(Part::Text(text)) = parts.first_mut() {
        *text = text.trim_start().into();
    }
    if let Some(Part::Text(text)) = parts.last_mut() {
        *text = text.trim_end().into();
    }
    Message(parts.into())
}

/// Splits the form `12=a dozen` into its number and the rest; gives any other form back.
fn split_exact(form: Message) -> Result<(Box<str>, Message), Message> {
    let Some(Part::Text(text)) = form.0.first() else {
        return Err(form);
    };
    let Some((number, rest)) = text.split_once('=') else {
        return Err(form);
    };
    if number.is_empty() || !number.bytes().all(|b| b.is_ascii_digit()) {
        return Err(form);
    }
    let (number, rest): (Box<str>, Box<str>) = (number.into(), rest.into());
    let mut parts = form.0.into_vec();
    parts[0] = Part::Text(rest);
    Ok((number, Message(parts.into())))
}
