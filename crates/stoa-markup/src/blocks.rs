//! Turns bracket tags into Markdown, or into marks that survive the Markdown parser.

use std::borrow::Cow;

use crate::escape::escaped;
use crate::options::mark;
use crate::poll::Poll;
use crate::quote::QuoteRef;
use crate::tags::{self, Kind, Tag};

/// A raw text made ready for the Markdown parser.
pub(crate) struct Prepared<'a> {
    /// Markdown, with a comment `<!--mark number-->` for each end of each block.
    pub text: Cow<'a, str>,
    /// What the marks stand for, by number.
    pub marks: Vec<Mark>,
}

/// One end of a block.
pub(crate) struct Mark {
    /// The tag as written.
    pub literal: String,
    /// Number of the mark at the block's other end; a poll's own.
    pub partner: usize,
    /// What begins here; nothing for an end.
    pub begins: Option<Block>,
}

/// A block that Markdown does not know.
#[derive(Clone, Debug, PartialEq, Eq)]
pub(crate) enum Block {
    /// Somebody's words.
    Quote(QuoteRef),
    /// Folded text with its summary, which may be empty.
    Details(String),
    /// A question with answers, whole.
    Poll(Poll),
}

/// Replaces the tags in `raw`.
pub(crate) fn prepare(raw: &str) -> Prepared<'_> {
    // Every tag we know has a closing one.
    if !raw.contains("[/") {
        return Prepared { text: Cow::Borrowed(raw), marks: Vec::new() };
    }
    let tags = tags::find(raw);
    let mut out =
        Writer { raw, text: String::with_capacity(raw.len() + 64), marks: Vec::new(), numbers: vec![None; tags.len()] };
    let mut at = 0;
    let mut i = 0;
    while i < tags.len() {
        let tag = &tags[i];
        if let Some(partner) = tag.partner {
            out.text.push_str(&raw[at..tag.span.start]);
            at = tag.span.end;
            let close = &tags[partner];
            match tag.kind {
                Kind::Quote | Kind::Details => at = out.block(i, &tags),
                Kind::Spoiler => {
                    let (a, b) = if tag.open { (tag, close) } else { (close, tag) };
                    if tags::is_inline(raw, a, b) {
                        out.inline_spoiler(tag.open);
                    } else {
                        at = out.block(i, &tags);
                    }
                }
                Kind::Style(name) => at = out.style(name, tag),
                Kind::Code => {
                    let after = raw[close.span.end..].split('\n').next().unwrap_or("");
                    let alone = tag.begins_line && after.trim().is_empty();
                    out.code(&raw[at..close.span.start], alone);
                    at = close.span.end;
                    i = partner;
                }
                Kind::Img => {
                    out.image(&raw[tag.span.start..close.span.end], &raw[at..close.span.start]);
                    at = close.span.end;
                    i = partner;
                }
                Kind::Poll => {
                    let literal = tag.span.start..close.span.end;
                    out.poll(&tag.value, &raw[at..close.span.start], &raw[literal]);
                    at = close.span.end;
                    i = partner;
                }
                Kind::Url if tag.open => {
                    if out.link(tag, &raw[tag.span.start..close.span.end], &raw[at..close.span.start]) {
                        at = close.span.end;
                        i = partner;
                    }
                }
                Kind::Url => out.link_end(&tags[partner]),
            }
        }
        i += 1;
    }
    out.text.push_str(&raw[at..]);
    Prepared { text: Cow::Owned(out.text), marks: out.marks }
}

struct Writer<'a> {
    raw: &'a str,
    text: String,
    marks: Vec<Mark>,
    /// Mark numbers by tag index.
    numbers: Vec<Option<usize>>,
}

impl Writer<'_> {
    /// Writes the mark of one end of a block; returns where the text goes on.
    fn block(&mut self, i: usize, tags: &[Tag]) -> usize {
        let tag = &tags[i];
        let number = self.marks.len();
        self.numbers[i] = Some(number);
        let begins = tag.open.then(|| match tag.kind {
            Kind::Quote => Block::Quote(QuoteRef::parse(&tag.value)),
            Kind::Spoiler => Block::Details("Spoiler".to_owned()),
            _ => Block::Details(tag.value.clone()),
        });
        let partner = match tag.partner.and_then(|p| self.numbers[p]) {
            Some(open) if !tag.open => {
                self.marks[open].partner = number;
                open
            }
            _ => number,
        };
        self.marks.push(Mark { literal: self.raw[tag.span.clone()].to_owned(), partner, begins });
        self.text.push_str(&format!("\n\n<!--{}{number}-->\n\n", mark()));
        // Spaces after the tag would look like an indented code block.
        let rest = &self.raw[tag.span.end..];
        tag.span.end + (rest.len() - rest.trim_start_matches([' ', '\t']).len())
    }

    /// Writes one mark for a whole poll; what is none stays as it was written.
    fn poll(&mut self, value: &str, body: &str, literal: &str) {
        match Poll::read(value, body) {
            Ok(poll) => {
                let number = self.marks.len();
                self.marks.push(Mark { literal: literal.to_owned(), partner: number, begins: Some(Block::Poll(poll)) });
                self.text.push_str(&format!("\n\n<!--{}{number}-->\n\n", mark()));
            }
            Err(_) => self.text.push_str(literal),
        }
    }

    fn inline_spoiler(&mut self, open: bool) {
        if open {
            self.text.push_str(&format!("<span class=\"{}spoiler\" tabindex=\"{}0\">", mark(), mark()));
        } else {
            self.text.push_str("</span>");
        }
    }

    /// Writes an HTML tag. Alone on its line it would start an HTML block, so the line goes on.
    fn style(&mut self, name: &str, tag: &Tag) -> usize {
        self.text.push_str(if tag.open { "<" } else { "</" });
        self.text.push_str(name);
        self.text.push('>');
        let skip = tag.open && self.raw[tag.span.end..].starts_with('\n');
        tag.span.end + usize::from(skip)
    }

    /// Writes a code block, or a span for words within a line.
    fn code(&mut self, code: &str, alone: bool) {
        let longest = longest_run(code, b'`');
        if alone || code.contains('\n') {
            let fence = "`".repeat(longest.max(2) + 1);
            let code = code.trim_matches(['\n', '\r']);
            self.text.push_str(&format!("\n\n{fence}\n{code}\n{fence}\n\n"));
        } else {
            let fence = "`".repeat(longest + 1);
            self.text.push_str(&format!("{fence} {code} {fence}"));
        }
    }

    fn image(&mut self, literal: &str, url: &str) {
        match destination(url) {
            Some(url) => self.text.push_str(&format!("![](<{url}>)")),
            None => self.text.push_str(literal),
        }
    }

    /// Writes a whole link, or only its start when its text is still to come. Returns whether
    /// the closing tag is done with.
    fn link(&mut self, tag: &Tag, literal: &str, text: &str) -> bool {
        if tag.value.is_empty() {
            match destination(text) {
                Some(url) if url.contains("://") => self.text.push_str(&format!("<{url}>")),
                _ => self.text.push_str(literal),
            }
            return true;
        }
        if destination(&tag.value).is_none() {
            self.text.push_str(literal);
            return true;
        }
        self.text.push('[');
        false
    }

    fn link_end(&mut self, open: &Tag) {
        let url = destination(&open.value).unwrap_or_default();
        self.text.push_str(&format!("](<{url}>)"));
    }
}

/// `url` if it can stand between angle brackets.
fn destination(url: &str) -> Option<&str> {
    let url = url.trim();
    let fits = !url.is_empty() && !url.contains(|c: char| c.is_whitespace() || matches!(c, '<' | '>' | '\\'));
    fits.then_some(url)
}

fn longest_run(text: &str, byte: u8) -> usize {
    text.as_bytes().split(|b| *b != byte).map(<[u8]>::len).max().unwrap_or(0)
}

/// Puts the tags back where marks ended up in a place that shows them, such as code.
pub(crate) fn restore(text: &str, marks: &[Mark]) -> String {
    let mut out = String::with_capacity(text.len());
    let mut rest = text;
    let start = format!("<!--{}", mark());
    while let Some(at) = rest.find(&start) {
        let after = &rest[at + start.len()..];
        let number = after.split("-->").next().unwrap_or("");
        out.push_str(rest[..at].trim_end_matches('\n'));
        out.push('\n');
        if let Some(mark) = number.parse::<usize>().ok().and_then(|n| marks.get(n)) {
            out.push_str(&mark.literal);
        }
        rest = after.get(number.len() + 3..).unwrap_or("");
        rest = rest.strip_prefix("\n\n").map_or(rest, |_| &rest[1..]);
    }
    out.push_str(rest);
    out
}

/// The number of the mark that `html` consists of.
pub(crate) fn number(html: &str) -> Option<usize> {
    html.trim().strip_prefix("<!--")?.strip_prefix(mark())?.strip_suffix("-->")?.parse().ok()
}

/// The HTML that begins a block. `link` is the quoted topic, if readers may see it.
pub(crate) fn begin(block: &Block, link: Option<&crate::Link>) -> String {
    let own = mark();
    match block {
        Block::Poll(poll) => poll.html(false),
        Block::Details(summary) if summary.is_empty() => {
            format!("<details class=\"{own}details\">\n")
        }
        Block::Details(summary) => {
            format!("<details class=\"{own}details\"><summary>{}</summary>\n", escaped(summary))
        }
        Block::Quote(from) => {
            let mut html = format!("<blockquote class=\"{own}quote\"");
            if let (Some(topic), Some(_)) = (from.topic_id, link) {
                html.push_str(&format!(" data-topic=\"{own}{topic}\""));
                if let Some(post) = from.post_number {
                    html.push_str(&format!(" data-post=\"{own}{post}\""));
                }
            }
            html.push_str(">\n");
            let name = match link {
                Some(link) if from.name.is_empty() => &link.label,
                _ => &from.name,
            };
            if name.is_empty() {
                return html;
            }
            let name = escaped(name);
            html.push_str(&format!("<p class=\"{own}quote-by\">"));
            match link {
                Some(link) => {
                    let post = from.post_number.map(|n| format!("/{n}")).unwrap_or_default();
                    let href = escaped(&format!("{}{post}", link.href.trim_end_matches('/')));
                    let title = escaped(&link.label);
                    html.push_str(&format!("<a href=\"{href}\" title=\"{title}\">{name}</a>"));
                }
                None => html.push_str(&name),
            }
            html.push_str("</p>\n");
            html
        }
    }
}

/// The HTML that ends a block.
pub(crate) fn end(block: &Block) -> &'static str {
    match block {
        Block::Quote(_) => "</blockquote>\n",
        Block::Details(_) => "</details>\n",
        Block::Poll(_) => "",
    }
}
