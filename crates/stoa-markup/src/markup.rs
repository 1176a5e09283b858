//! Reads single tags of printed HTML.

/// A tag: its name, and its attributes not yet read.
pub(crate) struct Tag<'a> {
    /// Lower-case as printed.
    pub name: &'a str,
    /// `</name>`?
    pub closes: bool,
    rest: &'a str,
}

impl<'a> Tag<'a> {
    /// Names and values, still escaped.
    pub(crate) fn attributes(&self) -> impl Iterator<Item = (&'a str, &'a str)> {
        let mut rest = self.rest;
        std::iter::from_fn(move || {
            rest = rest.trim_start_matches([' ', '\n', '\t', '/']);
            let end = rest.find(['=', ' ', '\n', '\t', '/']).unwrap_or(rest.len());
            if rest.is_empty() || end == 0 {
                return None;
            }
            let name = &rest[..end];
            rest = &rest[end..];
            let Some(quoted) = rest.strip_prefix("=\"") else {
                return Some((name, ""));
            };
            let close = quoted.find('"').unwrap_or(quoted.len());
            rest = quoted.get(close + 1..).unwrap_or("");
            Some((name, &quoted[..close]))
        })
    }

    /// The value of an attribute, still escaped.
    pub(crate) fn get(&self, key: &str) -> Option<&'a str> {
        self.attributes().find(|(name, _)| *name == key).map(|(_, value)| value)
    }
}

/// A piece of printed HTML.
pub(crate) enum Piece<'a> {
    /// Text between tags, still escaped.
    Text(&'a str),
    Tag(Tag<'a>),
}

/// Printed HTML piece by piece. Comments, and a tag that was cut off, are passed over.
pub(crate) fn pieces(html: &str) -> impl Iterator<Item = Piece<'_>> {
    let mut rest = html;
    std::iter::from_fn(move || {
        while !rest.is_empty() {
            if !rest.starts_with('<') {
                let end = rest.find('<').unwrap_or(rest.len());
                let (text, after) = rest.split_at(end);
                rest = after;
                return Some(Piece::Text(text));
            }
            match tag_at(rest) {
                Some((tag, length)) => {
                    rest = &rest[length..];
                    return Some(Piece::Tag(tag));
                }
                None => rest = rest.find('>').map_or("", |end| &rest[end + 1..]),
            }
        }
        None
    })
}

/// The tag at the start of `html`, which begins with `<`, and its length.
pub(crate) fn tag_at(html: &str) -> Option<(Tag<'_>, usize)> {
    let bytes = html.as_bytes();
    let closes = bytes.get(1) == Some(&b'/');
    let from = if closes { 2 } else { 1 };
    let length = bytes[from..].iter().take_while(|b| b.is_ascii_alphanumeric()).count();
    if length == 0 {
        return None;
    }
    let mut at = from + length;
    let mut quoted = false;
    loop {
        match bytes.get(at)? {
            b'"' => quoted = !quoted,
            b'>' if !quoted => break,
            _ => {}
        }
        at += 1;
    }
    let tag = Tag { name: &html[from..from + length], closes, rest: &html[from + length..at] };
    Some((tag, at + 1))
}
