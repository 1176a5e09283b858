//! HTML that people write: which elements are left, and when there is too much of it.

use std::collections::HashMap;
use std::sync::LazyLock;

use ammonia::{Builder, UrlRelative};

/// Every element that may come out, sorted. `input` and `label` only as written by this crate.
pub(crate) const ELEMENTS: &[&str] = &[
    "a",
    "abbr",
    "b",
    "bdi",
    "bdo",
    "blockquote",
    "br",
    "caption",
    "cite",
    "code",
    "dd",
    "del",
    "details",
    "dfn",
    "div",
    "dl",
    "dt",
    "em",
    "figcaption",
    "figure",
    "h1",
    "h2",
    "h3",
    "h4",
    "h5",
    "h6",
    "hr",
    "i",
    "img",
    "input",
    "ins",
    "kbd",
    "label",
    "li",
    "mark",
    "ol",
    "p",
    "pre",
    "q",
    "rp",
    "rt",
    "ruby",
    "s",
    "samp",
    "section",
    "small",
    "span",
    "strong",
    "sub",
    "summary",
    "sup",
    "table",
    "tbody",
    "td",
    "tfoot",
    "th",
    "thead",
    "time",
    "tr",
    "u",
    "ul",
    "var",
    "wbr",
];

/// Schemes that links may have. `upload` is Discourse's name for stored files; it never comes
/// out.
pub(crate) const SCHEMES: &[&str] = &["http", "https", "mailto", "irc", "ircs", "geo", "xmpp", "upload"];

/// Elements open at the same time; deeper ones are not printed.
pub(crate) const DEEPEST: usize = 100;
/// Attributes of one element.
const MOST_ATTRIBUTES: usize = 64;

/// Parses `html` like a browser and keeps what is allowed. Classes, ids and the like get
/// through here; the finishing pass drops those without our mark.
pub(crate) fn clean(html: &str) -> String {
    static BUILDER: LazyLock<Builder<'static>> = LazyLock::new(|| {
        let mut builder = Builder::empty();
        builder
            .tags(ELEMENTS.iter().copied().collect())
            .clean_content_tags(["script", "style"].into())
            .generic_attributes(
                ["title", "lang", "dir", "class", "id", "tabindex", "aria-label", "data-topic", "data-post"].into(),
            )
            .tag_attributes(HashMap::from([
                ("a", ["href"].into()),
                ("img", ["src", "alt", "width", "height"].into()),
                ("ol", ["start", "reversed"].into()),
                ("li", ["value"].into()),
                ("td", ["align", "colspan", "rowspan"].into()),
                ("th", ["align", "colspan", "rowspan", "scope"].into()),
                ("details", ["open"].into()),
                ("time", ["datetime"].into()),
                ("input", ["type", "checked", "disabled"].into()),
            ]))
            .url_schemes(SCHEMES.iter().copied().collect())
            .url_relative(UrlRelative::PassThrough)
            .link_rel(None);
        builder
    });
    BUILDER.clean(html).to_string()
}

/// Elements whose start tag makes a browser read what follows as text, or run it. Their tags
/// are printed as text, as GFM's section 6.11 has it: else a `<title>` that somebody only
/// writes about would swallow the rest of the post.
const SWALLOWING: &[&str] = &[
    "iframe",
    "noembed",
    "noframes",
    "noscript",
    "plaintext",
    "script",
    "select",
    "style",
    "textarea",
    "title",
    "xmp",
];

/// The author's HTML with those tags escaped.
pub(crate) fn show_swallowing(html: &str) -> Option<String> {
    let mut out = String::new();
    let mut from = 0;
    for (at, _) in html.match_indices('<') {
        let name = html[at + 1..].strip_prefix('/').unwrap_or(&html[at + 1..]);
        let length = name.bytes().take(12).take_while(u8::is_ascii_alphabetic).count();
        if SWALLOWING.contains(&name[..length].to_ascii_lowercase().as_str()) {
            out.push_str(&html[from..at]);
            out.push_str("&lt;");
            from = at + 1;
        }
    }
    (from > 0).then(|| out + &html[from..])
}

/// Can the HTML parser read `html` in about linear time? Browsers' rules for repairing HTML
/// are quadratic in the number of elements left open, and in the attributes of one element.
pub fn is_bounded(html: &str) -> bool {
    let bytes = html.as_bytes();
    let mut open: HashMap<String, usize> = HashMap::new();
    let mut depth = 0usize;
    let mut at = 0;
    while let Some(found) = bytes[at..].iter().position(|b| *b == b'<') {
        at += found + 1;
        let closing = bytes.get(at) == Some(&b'/');
        let from = at + usize::from(closing);
        let length =
            bytes[from..].iter().take_while(|b| !b.is_ascii_whitespace() && !matches!(b, b'>' | b'/' | b'<')).count();
        if length == 0 || !bytes[from].is_ascii_alphabetic() {
            continue;
        }
        at = from + length;
        let name = html[from..at].to_ascii_lowercase();
        if closing {
            if let Some(count) = open.get_mut(&name).filter(|n| **n > 0) {
                *count -= 1;
                depth -= 1;
            }
            continue;
        }
        let spaces = bytes[at..]
            .iter()
            .take_while(|b| !matches!(b, b'>' | b'<'))
            .filter(|b| matches!(b, b' ' | b'\t' | b'\n' | b'\r' | b'\x0c' | b'/' | b'=' | b'"' | b'\''))
            .take(MOST_ATTRIBUTES * 8)
            .count();
        if spaces == MOST_ATTRIBUTES * 8 {
            return false;
        }
        if !closes_by_itself(&name) {
            *open.entry(name).or_default() += 1;
            depth += 1;
        }
        if depth > DEEPEST {
            return false;
        }
    }
    true
}

/// Elements without an end, or whose end the next one of the kind implies.
fn closes_by_itself(name: &str) -> bool {
    matches!(
        name,
        "br" | "hr"
            | "img"
            | "input"
            | "wbr"
            | "p"
            | "li"
            | "dt"
            | "dd"
            | "tr"
            | "td"
            | "th"
            | "thead"
            | "tbody"
            | "tfoot"
            | "rp"
            | "rt"
    )
}

/// Elements whose words decide about their direction.
pub(crate) fn has_direction(name: &str) -> bool {
    matches!(
        name,
        "p" | "li"
            | "blockquote"
            | "td"
            | "th"
            | "dt"
            | "dd"
            | "summary"
            | "caption"
            | "figcaption"
            | "h1"
            | "h2"
            | "h3"
            | "h4"
            | "h5"
            | "h6"
    )
}

/// Elements that stand on lines of their own.
pub(crate) fn is_block(name: &str) -> bool {
    has_direction(name) && !matches!(name, "td" | "th")
        || matches!(
            name,
            "div" | "pre" | "tr" | "table" | "br" | "hr" | "ul" | "ol" | "dl" | "details" | "section" | "figure"
        )
}

/// The end tag of an element on the list.
pub(crate) fn closing(name: &'static str) -> &'static str {
    static ALL: LazyLock<Vec<String>> = LazyLock::new(|| ELEMENTS.iter().map(|name| format!("</{name}>")).collect());
    ELEMENTS.binary_search(&name).map_or("", |at| &ALL[at])
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn the_list_of_elements_is_sorted() {
        assert!(ELEMENTS.is_sorted());
    }

    #[test]
    fn open_elements_and_attributes_are_counted() {
        assert!(is_bounded(&"<div><p>x</p></div>".repeat(5_000)));
        assert!(is_bounded(&"<li>x<br>".repeat(5_000)));
        assert!(!is_bounded(&"<div>".repeat(200)));
        assert!(!is_bounded(&"<b a=1></i>".repeat(200)));
        let many: String = (0..1_000).map(|n| format!("a{n} ")).collect();
        assert!(!is_bounded(&format!("<b {many}>")));
        assert!(is_bounded("a < b, <, </, <3"));
    }
}
