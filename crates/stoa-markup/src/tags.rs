//! Square-bracket tags in a raw text: `[quote=…]`, `[/details]`, `[b]`, and which belong together.

use std::ops::Range;

use crate::source::code_ranges;

/// What a tag is about.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub(crate) enum Kind {
    /// `[quote]`
    Quote,
    /// `[details]`
    Details,
    /// `[spoiler]`
    Spoiler,
    /// `[code]`
    Code,
    /// `[url]`
    Url,
    /// `[img]`
    Img,
    /// `[poll]`
    Poll,
    /// `[b]`, `[i]`, `[u]`, `[s]`: the HTML element of that name.
    Style(&'static str),
}

/// One tag in the text.
#[derive(Clone, Debug)]
pub(crate) struct Tag {
    pub kind: Kind,
    pub open: bool,
    /// What stands after the equals sign, without quotation marks.
    pub value: String,
    /// Where it stands in the text.
    pub span: Range<usize>,
    /// Number of the paragraph it stands in.
    pub paragraph: usize,
    /// Does it begin its line, apart from up to three spaces or other tags of blocks?
    pub begins_line: bool,
    /// Index of the tag that it belongs to.
    pub partner: Option<usize>,
}

/// How deep quotes, details and spoilers nest. Deeper ones stay text.
const DEEPEST: usize = 8;
/// Longest value of a tag, in bytes.
const LONGEST_VALUE: usize = 400;

/// The tags of `raw` outside code, with partners. Tags without a partner stay text.
pub(crate) fn find(raw: &str) -> Vec<Tag> {
    let mut tags = scan(raw);
    pair_opaque(&mut tags);
    pair_blocks(raw, &mut tags);
    pair_styles(&mut tags);
    tags
}

fn scan(raw: &str) -> Vec<Tag> {
    let mut code = code_ranges(raw).into_iter().peekable();
    let mut tags: Vec<Tag> = Vec::new();
    let (mut paragraph, mut line_start, mut seen) = (0, 0, 0);
    let mut at = 0;
    while let Some(found) = raw[at..].find('[') {
        let start = at + found;
        at = start + 1;
        while code.peek().is_some_and(|c| c.end <= start) {
            code.next();
        }
        if let Some(c) = code.peek()
            && c.contains(&start)
        {
            at = c.end;
            continue;
        }
        if raw[..start].ends_with('\\') {
            continue;
        }
        let Some((kind, open, value, length)) = parse(&raw[start..]) else {
            continue;
        };
        let span = start..start + length;
        for (i, _) in raw[seen..start].match_indices('\n') {
            if raw[line_start..seen + i].trim().is_empty() {
                paragraph += 1;
            }
            line_start = seen + i + 1;
        }
        seen = start;
        let before = match tags.last() {
            Some(tag) if (tag.begins_line || !tag.open) && tag.span.start >= line_start && is_block(tag.kind) => {
                &raw[tag.span.end..start]
            }
            _ => &raw[line_start..start],
        };
        let begins_line = before.len() <= 3 && before.bytes().all(|b| b == b' ');
        at = span.end;
        tags.push(Tag { kind, open, value, span, paragraph, begins_line, partner: None });
    }
    tags
}

fn is_block(kind: Kind) -> bool {
    matches!(kind, Kind::Quote | Kind::Details | Kind::Spoiler)
}

/// Reads a tag at the start of `text`: kind, opening?, value, length.
fn parse(text: &str) -> Option<(Kind, bool, String, usize)> {
    let open = !text[1..].starts_with('/');
    let from = if open { 1 } else { 2 };
    let name_length = text[from..].bytes().take(8).take_while(u8::is_ascii_alphabetic).count();
    let name = text[from..from + name_length].to_ascii_lowercase();
    let kind = match name.as_str() {
        "quote" => Kind::Quote,
        "details" => Kind::Details,
        "spoiler" => Kind::Spoiler,
        "code" => Kind::Code,
        "url" => Kind::Url,
        "img" => Kind::Img,
        "poll" => Kind::Poll,
        "b" => Kind::Style("b"),
        "i" => Kind::Style("i"),
        "u" => Kind::Style("u"),
        "s" => Kind::Style("s"),
        _ => return None,
    };
    let at = from + name_length;
    let rest = &text[at..];
    if rest.starts_with(']') {
        return Some((kind, open, String::new(), at + 1));
    }
    if !open || matches!(kind, Kind::Style(_)) {
        return None;
    }
    let rest = rest
        .strip_prefix('=')
        .or_else(|| rest.strip_prefix(' ').filter(|_| matches!(kind, Kind::Quote | Kind::Poll)))?;
    let mut window = rest.len().min(LONGEST_VALUE);
    while !rest.is_char_boundary(window) {
        window -= 1;
    }
    let line = rest[..window].split('\n').next().unwrap_or("");
    // A quoted value may contain closing brackets.
    let closing = match line.chars().next()? {
        '"' => line[1..].find("\"]").map(|n| n + 2),
        '\'' => line[1..].find("']").map(|n| n + 2),
        _ => None,
    };
    let end = closing.or_else(|| line.find(']'))?;
    let value = line[..end].trim().trim_matches(['"', '\'', '“', '”', '«', '»']);
    Some((kind, true, value.trim().to_owned(), at + 1 + end + 1))
}

/// `[code]`, `[url]`, `[img]` and `[poll]` reach to their first closing tag; tags in between are text.
fn pair_opaque(tags: &mut Vec<Tag>) {
    let mut closes = vec![None; tags.len()];
    let mut next: [Option<usize>; 4] = [None; 4];
    for i in (0..tags.len()).rev() {
        let slot = match tags[i].kind {
            Kind::Code => 0,
            Kind::Url => 1,
            Kind::Img => 2,
            Kind::Poll => 3,
            _ => continue,
        };
        if tags[i].open {
            closes[i] = next[slot];
        } else {
            next[slot] = Some(i);
        }
    }
    let mut dead = vec![false; tags.len()];
    let mut i = 0;
    while i < tags.len() {
        let kind = tags[i].kind;
        // A link is one line of text, else the opening tag was only talked about.
        let close = closes[i].filter(|j| match kind {
            Kind::Code => true,
            Kind::Poll => tags[i].begins_line && tags[*j].begins_line,
            _ => tags[*j].paragraph == tags[i].paragraph,
        });
        if let Some(close) = close {
            tags[i].partner = Some(close);
            tags[close].partner = Some(i);
            // A style inside a link text stays a tag.
            let link_text = kind == Kind::Url && !tags[i].value.is_empty();
            for inner in i + 1..close {
                dead[inner] = !(link_text && matches!(tags[inner].kind, Kind::Style(_)));
            }
            i = close;
        }
        i += 1;
    }
    if dead.contains(&true) {
        let mut moved = Vec::with_capacity(tags.len());
        let mut next = 0;
        for dead in &dead {
            moved.push(next);
            next += usize::from(!dead);
        }
        let mut index = 0;
        tags.retain(|_| {
            index += 1;
            !dead[index - 1]
        });
        for tag in tags {
            tag.partner = tag.partner.map(|old| moved[old]);
        }
    }
}

/// Quotes, details and spoilers nest.
fn pair_blocks(raw: &str, tags: &mut [Tag]) {
    let mut open: Vec<usize> = Vec::new();
    for i in 0..tags.len() {
        let kind = tags[i].kind;
        if !is_block(kind) {
            continue;
        }
        if tags[i].open {
            if tags[i].begins_line || kind == Kind::Spoiler {
                open.push(i);
            }
            continue;
        }
        let top = open.len();
        let lowest = top.saturating_sub(DEEPEST);
        let Some(at) = (lowest..top).rev().find(|at| tags[open[*at]].kind == kind) else {
            continue;
        };
        let start = open[at];
        open.truncate(at);
        // A spoiler in the middle of a line must end in the same paragraph.
        let inline = kind == Kind::Spoiler && is_inline(raw, &tags[start], &tags[i]);
        if at >= DEEPEST || inline && tags[start].paragraph != tags[i].paragraph {
            continue;
        }
        tags[start].partner = Some(i);
        tags[i].partner = Some(start);
    }
}

/// Does this spoiler hide words of a line rather than lines?
pub(crate) fn is_inline(raw: &str, open: &Tag, close: &Tag) -> bool {
    let rest = raw[close.span.end..].split('\n').next().unwrap_or("");
    !(open.begins_line && (rest.trim().is_empty() || rest.trim_start().starts_with("[/")))
}

/// `[b]` and the like end in the same paragraph and do not contain blocks.
fn pair_styles(tags: &mut [Tag]) {
    let mut open: [Option<usize>; 4] = [None; 4];
    for i in 0..tags.len() {
        let Kind::Style(name) = tags[i].kind else {
            if is_block(tags[i].kind) && tags[i].partner.is_some() {
                open = [None; 4];
            }
            continue;
        };
        let slot = match name {
            "b" => 0,
            "i" => 1,
            "u" => 2,
            _ => 3,
        };
        if tags[i].open {
            open[slot] = Some(i);
        } else if let Some(start) = open[slot].take()
            && tags[start].paragraph == tags[i].paragraph
        {
            tags[start].partner = Some(i);
            tags[i].partner = Some(start);
        }
    }
}
