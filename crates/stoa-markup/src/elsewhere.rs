//! Post HTML for pages of other sites: a few elements that mean the same everywhere, and whole addresses.

use crate::escape::{escape_into, unescape};
use crate::markup::{Piece, Tag, pieces};
use crate::safe::SafeHtml;

/// What an element becomes.
#[derive(Clone, Copy, PartialEq, Eq)]
enum As {
    /// The same, without attributes.
    Kept(&'static str),
    /// A paragraph in bold type.
    Heading,
    /// A paragraph, where it has text of its own.
    Row,
    Link,
    Image,
    /// What is in it stays.
    Nothing,
    /// It goes with all that is in it.
    Gone,
}

fn becomes(name: &str) -> As {
    use As::*;
    match name {
        "p" => Kept("p"),
        "br" => Kept("br"),
        "b" | "strong" => Kept("b"),
        "i" | "em" | "cite" | "var" => Kept("i"),
        "s" | "del" | "strike" => Kept("s"),
        "code" | "kbd" | "samp" | "tt" => Kept("code"),
        "pre" => Kept("pre"),
        "blockquote" => Kept("blockquote"),
        "aside" => Kept("blockquote"),
        "ul" => Kept("ul"),
        "ol" => Kept("ol"),
        "li" => Kept("li"),
        "h1" | "h2" | "h3" | "h4" | "h5" | "h6" | "summary" => Heading,
        "tr" | "dt" | "dd" | "figcaption" => Row,
        "a" => Link,
        "img" => Image,
        "svg" | "script" | "style" | "button" | "form" | "input" | "source" | "template" => Gone,
        _ => Nothing,
    }
}

/// A text as another site may show it: `p br b i s code pre blockquote ul ol li a`, `a` with `href` alone. Addresses that begin
/// with `/` are made whole with `base`, those with `#` with `page`; images become links.
pub fn elsewhere(html: &SafeHtml, base: &str, page: &str) -> String {
    let mut out = Elsewhere { out: String::new(), base, page, gone: 0, links: Vec::new(), in_link: false };
    for piece in pieces(html.as_str()) {
        match piece {
            Piece::Text(text) => out.text(text),
            Piece::Tag(tag) => out.tag(&tag),
        }
    }
    out.out
}

struct Elsewhere<'a> {
    out: String,
    base: &'a str,
    page: &'a str,
    /// How many elements that go are open.
    gone: usize,
    /// Whether each open link was written.
    links: Vec<bool>,
    in_link: bool,
}

/// Elements that have no end.
const VOID: &[&str] = &["br", "img", "hr", "input", "source", "wbr"];

impl Elsewhere<'_> {
    fn text(&mut self, text: &str) {
        if self.gone == 0 {
            self.out.push_str(text);
        }
    }

    fn tag(&mut self, tag: &Tag<'_>) {
        let role = becomes(tag.name);
        if role == As::Gone {
            match (tag.closes, VOID.contains(&tag.name)) {
                (true, _) => self.gone = self.gone.saturating_sub(1),
                (false, true) => {}
                (false, false) => self.gone += 1,
            }
            return;
        }
        if self.gone > 0 {
            return;
        }
        match (role, tag.closes) {
            (As::Kept(kept), true) => self.write(&["</", kept, ">"]),
            (As::Kept(kept), false) => self.write(&["<", kept, ">"]),
            (As::Heading, true) => self.write(&["</b></p>"]),
            (As::Heading, false) => self.write(&["<p><b>"]),
            (As::Row, true) => self.write(&["</p>"]),
            (As::Row, false) => self.write(&["<p>"]),
            (As::Link, true) => {
                if self.links.pop() == Some(true) {
                    self.in_link = false;
                    self.write(&["</a>"]);
                }
            }
            (As::Link, false) => {
                let href =
                    own(tag, "href").and_then(|href| whole(&href, self.base, self.page)).filter(|_| !self.in_link);
                self.links.push(href.is_some());
                if let Some(href) = href {
                    self.in_link = true;
                    self.open_link(&href);
                }
            }
            (As::Image, _) => self.image(tag),
            (As::Nothing, true) if matches!(tag.name, "td" | "th") => self.write(&[" "]),
            (As::Nothing | As::Gone, _) => {}
        }
    }

    fn image(&mut self, tag: &Tag<'_>) {
        let (alt, src) = picture(tag, self.base, self.page);
        match src.filter(|_| !self.in_link) {
            Some(src) => {
                self.open_link(&src);
                escape_into(&mut self.out, &alt);
                self.write(&["</a>"]);
            }
            None => escape_into(&mut self.out, &alt),
        }
    }

    fn open_link(&mut self, href: &str) {
        self.out.push_str("<a href=\"");
        escape_into(&mut self.out, href);
        self.out.push_str("\">");
    }

    fn write(&mut self, parts: &[&str]) {
        parts.iter().for_each(|part| self.out.push_str(part));
    }
}

/// An address of the web as it is seen from elsewhere.
pub(crate) fn whole(address: &str, base: &str, page: &str) -> Option<String> {
    match address {
        "" => None,
        _ if address.starts_with("https://") || address.starts_with("http://") => Some(address.to_owned()),
        _ if address.starts_with("//") => Some(format!("https:{address}")),
        _ if address.starts_with('/') => Some(format!("{base}{address}")),
        _ if address.starts_with('#') => Some(format!("{page}{address}")),
        _ => None,
    }
}

/// What a picture shows, and where it is: nothing for an emoji, which stands for its letters. One without words is called by its
/// file.
pub(crate) fn picture(tag: &Tag<'_>, base: &str, page: &str) -> (String, Option<String>) {
    let is_emoji = own(tag, "class").is_some_and(|class| class.contains("emoji"));
    let src = own(tag, "src").and_then(|src| whole(&src, base, page)).filter(|_| !is_emoji);
    let alt = own(tag, "alt").filter(|alt| !alt.is_empty());
    let name = || src.as_deref().and_then(|src| src.rsplit('/').next()).unwrap_or("").to_owned();
    (alt.unwrap_or_else(name), src)
}

/// The value of an attribute.
pub(crate) fn own(tag: &Tag<'_>, key: &str) -> Option<String> {
    tag.get(key).map(|value| unescape(value).into_owned())
}

#[cfg(test)]
mod tests {
    use super::*;

    fn made(html: &str) -> String {
        elsewhere(&SafeHtml::from_store(html.to_owned()), "https://s.example", "https://s.example/t/tea/7/2")
    }

    #[test]
    fn a_few_elements_stay_and_addresses_are_whole() {
        for (html, expected) in [
            (
                "<p dir=\"auto\">a <strong>b</strong> <em>c</em><br>\n<del>d</del></p>",
                "<p>a <b>b</b> <i>c</i><br>\n<s>d</s></p>",
            ),
            ("<h2 id=\"x\">Title</h2>", "<p><b>Title</b></p>"),
            ("<a class=\"mention\" href=\"/u/Ada\">@Ada</a>", "<a href=\"https://s.example/u/Ada\">@Ada</a>"),
            ("<a href=\"#fn1\">1</a>", "<a href=\"https://s.example/t/tea/7/2#fn1\">1</a>"),
            (
                "<a href=\"https://e.example/?a=1&amp;b=%22\">x</a>",
                "<a href=\"https://e.example/?a=1&amp;b=%22\">x</a>",
            ),
            ("<a href=\"mailto:a@e.example\">x</a>", "x"),
            (
                "<picture><source type=\"image/webp\" srcset=\"/uploads/a-400.webp 400w\"><img src=\"/uploads/a.jpg\" alt=\"a &lt;boat&gt;\"></picture>",
                "<a href=\"https://s.example/uploads/a.jpg\">a &lt;boat&gt;</a>",
            ),
            (
                "<a href=\"/x\"><img src=\"/uploads/a.jpg\" alt=\"boat\"></a>",
                "<a href=\"https://s.example/x\">boat</a>",
            ),
            ("<table><tbody><tr><td>a</td><td>b</td></tr></tbody></table>", "<p>a b </p>"),
            (
                "<p>x<svg viewBox=\"0 0 1 1\"><path d=\"\"></path></svg>y <input type=\"checkbox\" disabled> z</p>",
                "<p>xy  z</p>",
            ),
            ("<p title=\"a > b\">&lt;script&gt;</p>", "<p>&lt;script&gt;</p>"),
            ("<details><summary>More</summary><p>in</p></details>", "<p><b>More</b></p><p>in</p>"),
            ("text <a href=\"/unfinished", "text "),
        ] {
            assert_eq!(made(html), expected, "{html}");
        }
    }
}
