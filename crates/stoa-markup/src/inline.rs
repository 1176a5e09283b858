//! What plain text contains besides words: mentions, hashtags and emoji.

use unicode_normalization::char::is_combining_mark;

use crate::emoji;
use crate::escape::escaped;
use crate::options::mark;
use crate::{Link, Resolve};

/// A part of a text.
#[derive(Debug, PartialEq, Eq)]
pub(crate) enum Piece {
    /// Characters, not yet escaped.
    Text(String),
    /// HTML of ours.
    Html(String),
}

/// Longest name, in bytes; a user name of MediaWiki has at most 255.
const LONGEST: usize = 255;

/// Splits `text`. `None` if there is nothing in it. `links` says whether links may be made
/// here; `mentioned` gets the names that the resolver knew.
pub(crate) fn split(text: &str, links: bool, resolve: &dyn Resolve, mentioned: &mut Vec<String>) -> Option<Vec<Piece>> {
    if !text.bytes().any(|b| matches!(b, b'@' | b'#' | b':')) {
        return None;
    }
    let mut pieces = Vec::new();
    let mut plain = String::new();
    let mut changed = false;
    let mut at = 0;
    while let Some(found) = text[at..].find(['@', '#', ':']) {
        let start = at + found;
        plain.push_str(&text[at..start]);
        let before = text[..start].chars().next_back();
        let rest = &text[start..];
        let found = match rest.as_bytes()[0] {
            b':' => emoji_at(rest, before).map(|(emoji, n)| (Piece::Text(emoji), n)),
            b'@' if links && may_start(before) => mention(rest, resolve, mentioned),
            b'#' if links && may_start(before) => hashtag(rest, resolve),
            _ => None,
        };
        match found {
            Some((Piece::Text(emoji), n)) => {
                changed = true;
                plain.push_str(&emoji);
                at = start + n;
            }
            Some((html, n)) => {
                changed = true;
                if !plain.is_empty() {
                    pieces.push(Piece::Text(std::mem::take(&mut plain)));
                }
                pieces.push(html);
                at = start + n;
            }
            None => {
                plain.push_str(&rest[..1]);
                at = start + 1;
            }
        }
    }
    if !changed {
        return None;
    }
    plain.push_str(&text[at..]);
    if !plain.is_empty() {
        pieces.push(Piece::Text(plain));
    }
    Some(pieces)
}

/// Times (`10:30:20`) and names of namespaces are not emoji.
fn emoji_at(rest: &str, before: Option<char>) -> Option<(String, usize)> {
    if before.is_some_and(|c| c.is_ascii_alphanumeric()) {
        return None;
    }
    emoji::at_start(rest)
}

/// Neither inside a word nor inside an address.
fn may_start(before: Option<char>) -> bool {
    before.is_none_or(|c| !(in_word(c) || matches!(c, '/' | '@' | '#' | '&' | '=' | '.' | '-')))
}

/// Letters and digits of every script, with their marks and joiners.
fn in_word(c: char) -> bool {
    c.is_alphanumeric() || c == '_' || is_combining_mark(c) || matches!(c, '\u{200c}' | '\u{200d}')
}

fn mention(rest: &str, resolve: &dyn Resolve, mentioned: &mut Vec<String>) -> Option<(Piece, usize)> {
    let (name, length) = match rest[1..].strip_prefix('"') {
        Some(quoted) => {
            let end = quoted.bytes().take(LONGEST).position(|b| matches!(b, b'"' | b'\n'))?;
            (quoted[..end].trim(), end + 3)
        }
        None => {
            let name = word(&rest[1..], |c| matches!(c, '.' | '-'));
            (name, name.len() + 1)
        }
    };
    if name.is_empty() || rest.as_bytes().get(length - 1) == Some(&b'\n') {
        return None;
    }
    let link = resolve.mention(name)?;
    if !mentioned.iter().any(|n| n == name) {
        mentioned.push(name.to_owned());
    }
    let label = format!("@{}", link.label.trim_start_matches('@'));
    Some((anchor("mention", &link.href, &label), length))
}

fn hashtag(rest: &str, resolve: &dyn Resolve) -> Option<(Piece, usize)> {
    let path = word(&rest[1..], |c| matches!(c, '-' | ':' | '.'));
    if path.is_empty() {
        return None;
    }
    let length = path.len() + 1;
    let category = |path: &str| resolve.category(path).map(|Link { href, label }| anchor("category", &href, &label));
    let tag = |name: &str| {
        let link = resolve.tag(name)?;
        let label = format!("#{}", link.label.trim_start_matches('#'));
        Some(anchor("tag", &link.href, &label))
    };
    let piece = if let Some((name, kind)) = path.rsplit_once("::") {
        match kind {
            "tag" => tag(name),
            "category" => category(name),
            _ => None,
        }
    } else if path.contains(':') {
        category(path)
    } else {
        category(path).or_else(|| tag(path))
    };
    Some((piece?, length))
}

/// The word at the start of `text`; characters that `inside` accepts count only between others.
fn word(text: &str, inside: impl Fn(char) -> bool) -> &str {
    let mut end = 0;
    for (at, c) in text.char_indices() {
        if at > LONGEST {
            break;
        }
        if in_word(c) {
            end = at + c.len_utf8();
        } else if !inside(c) {
            break;
        }
    }
    &text[..end]
}

/// A link of ours with a class of ours.
fn anchor(class: &str, href: &str, label: &str) -> Piece {
    let (own, href, label) = (mark(), escaped(href), escaped(label));
    Piece::Html(format!("<a class=\"{own}{class}\" href=\"{href}\">{label}</a>"))
}
