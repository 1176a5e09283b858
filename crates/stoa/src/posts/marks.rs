//! Marks in a stored page body: where members' own bits go. They are written between U+0001 and U+0002, which no text
//! of a user can contain, because control characters are taken out of everything that is sent or imported.

use crate::web::error::Result;

const OPEN: char = '\u{1}';
const CLOSE: char = '\u{2}';
const NEXT: char = '\u{3}';

/// A place for something of the reader's own.
#[derive(Debug, PartialEq, Eq)]
pub enum Mark<'m> {
    /// The like button of a post; `author` is a name.
    Like { post: i64, number: i64, count: i64, author: &'m str },
    /// What an author may do with a post.
    Own { author: i64, post: i64, number: i64 },
    /// Before a post: here the line "new since" may stand.
    Unread { number: i64 },
    /// The reply box.
    Reply,
}

impl std::fmt::Display for Mark<'_> {
    fn fmt(&self, f: &mut std::fmt::Formatter) -> std::fmt::Result {
        match self {
            Mark::Like { post, number, count, author } => {
                write!(f, "{OPEN}l{NEXT}{post}{NEXT}{number}{NEXT}{count}{NEXT}{author}{CLOSE}")
            }
            Mark::Own { author, post, number } => write!(f, "{OPEN}o{NEXT}{author}{NEXT}{post}{NEXT}{number}{CLOSE}"),
            Mark::Unread { number } => write!(f, "{OPEN}u{NEXT}{number}{CLOSE}"),
            Mark::Reply => write!(f, "{OPEN}r{CLOSE}"),
        }
    }
}

fn parse(text: &str) -> Option<Mark<'_>> {
    let mut parts = text.split(NEXT);
    let kind = parts.next()?;
    let mut number = || parts.next()?.parse::<i64>().ok();
    match kind {
        "l" => Some(Mark::Like { post: number()?, number: number()?, count: number()?, author: parts.next()? }),
        "o" => Some(Mark::Own { author: number()?, post: number()?, number: number()? }),
        "u" => Some(Mark::Unread { number: number()? }),
        "r" => Some(Mark::Reply),
        _ => None,
    }
}

/// Copies a body, asking `put` what stands at each mark.
pub fn fill(body: &str, mut put: impl FnMut(Mark, &mut String) -> Result<()>) -> Result<String> {
    let mut out = String::with_capacity(body.len() + 16 * 1024);
    let mut rest = body;
    while let Some((before, after)) = rest.split_once(OPEN) {
        out.push_str(before);
        let Some((mark, after)) = after.split_once(CLOSE) else {
            rest = after;
            break;
        };
        if let Some(mark) = parse(mark) {
            put(mark, &mut out)?;
        }
        rest = after;
    }
    out.push_str(rest);
    Ok(out)
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn marks_are_found_again() {
        let like = Mark::Like { post: 7, number: 2, count: 3, author: "Ada L" };
        let body = format!("<p>a</p>{like}<p>b</p>{}", Mark::Reply);
        let mut seen = Vec::new();
        let out = fill(&body, |mark, out| {
            seen.push(format!("{mark:?}"));
            out.push('*');
            Ok(())
        });
        assert_eq!(out.expect("nothing fails"), "<p>a</p>*<p>b</p>*");
        assert_eq!(seen, [format!("{like:?}"), format!("{:?}", Mark::Reply)]);
    }
}
