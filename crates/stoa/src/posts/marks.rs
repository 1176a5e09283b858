//! Marks in a stored page body: where members' own bits go. They are written between U+0001 and U+0002, which no text
//! of a user can contain, because control characters are taken out of everything that is sent or imported.

use crate::web::error::Result;

const OPEN: char = '\u{1}';
const CLOSE: char = '\u{2}';
const NEXT: char = '\u{3}';

/// A place for something of the reader's own.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub enum Mark<'m> {
    /// A post begins.
    Post {
        id: i64,
        number: i64,
        author: i64,
    },
    /// The posts end.
    End,
    /// The like button of a post; `author` is a name.
    Like {
        post: i64,
        number: i64,
        count: i64,
        author: &'m str,
    },
    /// What an author may do with a post.
    Own {
        author: i64,
        post: i64,
        number: i64,
        wiki: bool,
    },
    /// A poll.
    Poll {
        poll: i64,
    },
    /// What was begun in the reply box, as text in HTML, and its version.
    Draft,
    DraftVersion,
    /// What only some see above the reply box: rules before a first post, who else is writing.
    Beside,
    /// A key that makes sending a form twice do its work once.
    Once,
    /// The token of forms.
    Csrf,
    /// The menu of the reader's account.
    Me,
    /// What the last act did.
    Said,
    /// How closely the reader follows the topic.
    Follow,
    /// What somebody should know who hears from a person for the first time.
    Contact,
    /// A post's text begins and ends, which somebody may not want to read.
    Text {
        author: i64,
        name: &'m str,
    },
    TextEnd {
        author: i64,
    },
}

impl std::fmt::Display for Mark<'_> {
    fn fmt(&self, f: &mut std::fmt::Formatter) -> std::fmt::Result {
        match self {
            Mark::Post { id, number, author } => write!(f, "{OPEN}p{NEXT}{id}{NEXT}{number}{NEXT}{author}{CLOSE}"),
            Mark::Like { post, number, count, author } => {
                write!(f, "{OPEN}l{NEXT}{post}{NEXT}{number}{NEXT}{count}{NEXT}{author}{CLOSE}")
            }
            Mark::Own { author, post, number, wiki } => {
                write!(f, "{OPEN}o{NEXT}{author}{NEXT}{post}{NEXT}{number}{NEXT}{}{CLOSE}", i64::from(*wiki))
            }
            Mark::Poll { poll } => write!(f, "{OPEN}q{NEXT}{poll}{CLOSE}"),
            Mark::End => write!(f, "{OPEN}e{CLOSE}"),
            Mark::Draft => write!(f, "{OPEN}d{CLOSE}"),
            Mark::DraftVersion => write!(f, "{OPEN}v{CLOSE}"),
            Mark::Beside => write!(f, "{OPEN}b{CLOSE}"),
            Mark::Once => write!(f, "{OPEN}1{CLOSE}"),
            Mark::Csrf => write!(f, "{OPEN}c{CLOSE}"),
            Mark::Me => write!(f, "{OPEN}m{CLOSE}"),
            Mark::Said => write!(f, "{OPEN}s{CLOSE}"),
            Mark::Follow => write!(f, "{OPEN}f{CLOSE}"),
            Mark::Contact => write!(f, "{OPEN}k{CLOSE}"),
            Mark::Text { author, name } => write!(f, "{OPEN}t{NEXT}{author}{NEXT}{name}{CLOSE}"),
            Mark::TextEnd { author } => write!(f, "{OPEN}x{NEXT}{author}{CLOSE}"),
        }
    }
}

fn parse(text: &str) -> Option<Mark<'_>> {
    let mut parts = text.split(NEXT);
    let kind = parts.next()?;
    let mut number = || parts.next()?.parse::<i64>().ok();
    match kind {
        "p" => Some(Mark::Post { id: number()?, number: number()?, author: number()? }),
        "l" => Some(Mark::Like { post: number()?, number: number()?, count: number()?, author: parts.next()? }),
        "o" => Some(Mark::Own { author: number()?, post: number()?, number: number()?, wiki: number()? == 1 }),
        "q" => Some(Mark::Poll { poll: number()? }),
        "e" => Some(Mark::End),
        "d" => Some(Mark::Draft),
        "v" => Some(Mark::DraftVersion),
        "b" => Some(Mark::Beside),
        "1" => Some(Mark::Once),
        "c" => Some(Mark::Csrf),
        "m" => Some(Mark::Me),
        "s" => Some(Mark::Said),
        "f" => Some(Mark::Follow),
        "k" => Some(Mark::Contact),
        "t" => Some(Mark::Text { author: number()?, name: parts.next()? }),
        "x" => Some(Mark::TextEnd { author: number()? }),
        _ => None,
    }
}

/// The first mark: what stands before it, the mark, and what comes after it.
pub fn next(text: &str) -> Option<(&str, Mark<'_>, &str)> {
    let (before, rest) = text.split_once(OPEN)?;
    let (mark, after) = rest.split_once(CLOSE)?;
    Some((before, parse(mark)?, after))
}

/// Copies a body, asking `put` what stands at each mark.
pub fn fill(body: &str, put: impl FnMut(Mark, &mut String) -> Result<()>) -> Result<String> {
    let mut out = String::with_capacity(body.len() + 1024);
    fill_into(body, put, &mut out)?;
    Ok(out)
}

/// The same, behind what is there already.
pub fn fill_into(body: &str, mut put: impl FnMut(Mark, &mut String) -> Result<()>, out: &mut String) -> Result<()> {
    let mut rest = body;
    while let Some((before, mark, after)) = next(rest) {
        out.push_str(before);
        put(mark, out)?;
        rest = after;
    }
    out.push_str(rest);
    Ok(())
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn marks_are_found_again() {
        let like = Mark::Like { post: 7, number: 2, count: 3, author: "Ada L" };
        let body = format!("<p>a</p>{like}<p>b</p>{}", Mark::Draft);
        let mut seen = Vec::new();
        let out = fill(&body, |mark, out| {
            seen.push(format!("{mark:?}"));
            out.push('*');
            Ok(())
        });
        assert_eq!(out.expect("nothing fails"), "<p>a</p>*<p>b</p>*");
        assert_eq!(seen, [format!("{like:?}"), format!("{:?}", Mark::Draft)]);
    }
}
