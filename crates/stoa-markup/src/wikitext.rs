//! Post HTML as wikitext, for saving discussions on wiki pages.
//!
//! What wikitext has of its own is written so (bold, italic, links, lists); the rest stays as the HTML that wikis allow.
//! Everything in the text that a wiki would read as markup is escaped, so that nothing becomes a template or a link that was none.

use crate::elsewhere::{own, picture, whole};
use crate::escape::unescape;
use crate::markup::{Piece, Tag, pieces};
use crate::safe::SafeHtml;

/// A text as wikitext. Addresses that begin with `/` are made whole with `base`, those with `#` with `page`.
pub fn wikitext(html: &SafeHtml, base: &str, page: &str) -> String {
    let mut out = Wikitext { out: String::new(), base, page, lists: Vec::new(), gone: 0, pre: 0, link: None };
    for piece in pieces(html.as_str()) {
        match piece {
            Piece::Text(text) => out.text(text),
            Piece::Tag(tag) => out.tag(&tag),
        }
    }
    out.out.trim().to_owned()
}

/// A plain text as it stands in wikitext.
pub fn wikitext_escaped(text: &str) -> String {
    let mut out = String::with_capacity(text.len() + 16);
    escape(&mut out, text, Some(true));
    out
}

struct Wikitext<'a> {
    out: String,
    base: &'a str,
    page: &'a str,
    /// The marks of the lists that are open: `*` or `#`.
    lists: Vec<char>,
    gone: usize,
    pre: usize,
    /// Where the text of an open link begins, and whether it is one.
    link: Option<usize>,
}

impl Wikitext<'_> {
    fn text(&mut self, html: &str) {
        if self.gone > 0 || html.is_empty() {
            return;
        }
        let text = unescape(html);
        if self.pre > 0 {
            return escape(&mut self.out, &text, None);
        }
        // A line of its own would end a list's item, and begin something new anywhere else.
        let line = text.replace(['\n', '\r', '\t'], " ");
        let starts = self.out.is_empty() || self.out.ends_with('\n');
        let line = if starts { line.trim_start() } else { &line };
        escape(&mut self.out, line, Some(starts));
    }

    fn tag(&mut self, tag: &Tag<'_>) {
        let closes = tag.closes;
        match tag.name {
            "svg" | "script" | "style" | "button" | "form" | "template" => {
                self.gone = if closes { self.gone.saturating_sub(1) } else { self.gone + 1 };
            }
            _ if self.gone > 0 => {}
            "b" | "strong" => self.write("'''"),
            "i" | "em" | "cite" => self.write("''"),
            "s" | "del" => self.pair("s", closes),
            "sub" | "sup" | "kbd" | "small" | "u" | "mark" => self.pair(tag.name, closes),
            "code" if self.pre == 0 => self.pair("code", closes),
            "br" => self.write("<br />"),
            "h1" | "h2" | "h3" | "h4" | "h5" | "h6" | "summary" => {
                if !closes {
                    self.block();
                }
                self.write("'''");
                if closes {
                    self.block();
                }
            }
            "p" | "figcaption" if self.lists.is_empty() => self.block(),
            // Paragraphs of one item.
            "p" if closes && !self.out.ends_with("<br />") => self.write("<br />"),
            "hr" => {
                self.block();
                self.write("<hr />");
                self.block();
            }
            "pre" => {
                if !closes {
                    self.line();
                }
                self.pre = if closes { self.pre.saturating_sub(1) } else { self.pre + 1 };
                self.pair("pre", closes);
                if closes {
                    self.line();
                }
            }
            "blockquote" | "aside" => {
                self.line();
                self.pair("blockquote", closes);
                self.line();
            }
            "ul" | "ol" => match closes {
                true => {
                    self.lists.pop();
                    self.line();
                }
                false => self.lists.push(if tag.name == "ul" { '*' } else { '#' }),
            },
            "li" => match closes {
                true => {
                    let end = self.out.trim_end_matches("<br />").len();
                    self.out.truncate(end);
                }
                false => {
                    self.line();
                    let marks: String = self.lists.iter().collect();
                    self.write(if marks.is_empty() { "*" } else { &marks });
                    self.write(" ");
                }
            },
            "table" => {
                self.line();
                self.write(if closes { "</table>" } else { "<table class=\"wikitable\">" });
                self.line();
            }
            "tr" | "td" | "th" => self.pair(tag.name, closes),
            "a" if closes => {
                if let Some(start) = self.link.take() {
                    if self.out[start..].trim().is_empty() {
                        self.out.truncate(start.saturating_sub(1));
                    }
                    self.write("]");
                }
            }
            "a" => {
                let href = own(tag, "href").and_then(|href| whole(&href, self.base, self.page));
                if let Some(href) = href.filter(|_| self.link.is_none()) {
                    self.write("[");
                    self.write(&address(&href));
                    self.write(" ");
                    self.link = Some(self.out.len());
                }
            }
            "img" => self.image(tag),
            _ => {}
        }
    }

    fn image(&mut self, tag: &Tag<'_>) {
        let (alt, src) = picture(tag, self.base, self.page);
        match src.filter(|_| self.link.is_none()) {
            Some(src) => {
                self.write(&format!("[{} ", address(&src)));
                escape(&mut self.out, &alt, None);
                self.write("]");
            }
            None => escape(&mut self.out, &alt, None),
        }
    }

    fn pair(&mut self, name: &str, closes: bool) {
        self.out.push_str(if closes { "</" } else { "<" });
        self.out.push_str(name);
        self.out.push('>');
    }

    fn write(&mut self, text: &str) {
        self.out.push_str(text);
    }

    /// Begins a new line.
    fn line(&mut self) {
        self.trim();
        if !self.out.is_empty() && !self.out.ends_with('\n') {
            self.out.push('\n');
        }
    }

    /// Takes away blanks at the end of a line.
    fn trim(&mut self) {
        if self.pre == 0 {
            let end = self.out.trim_end_matches(' ').len();
            self.out.truncate(end);
        }
    }

    /// Begins a new paragraph.
    fn block(&mut self) {
        self.trim();
        if self.out.is_empty() || self.out.ends_with("\n\n") {
            return;
        }
        self.out.push_str(if self.out.ends_with('\n') { "\n" } else { "\n\n" });
    }
}

/// An address inside a link's brackets.
fn address(href: &str) -> String {
    let mut out = String::with_capacity(href.len());
    for c in href.chars() {
        match c {
            '[' => out.push_str("%5B"),
            ']' => out.push_str("%5D"),
            '<' => out.push_str("%3C"),
            '>' => out.push_str("%3E"),
            '"' => out.push_str("%22"),
            '\'' => out.push_str("%27"),
            '{' => out.push_str("%7B"),
            '}' => out.push_str("%7D"),
            '|' => out.push_str("%7C"),
            c if c.is_whitespace() || c.is_control() => {}
            c => out.push(c),
        }
    }
    out
}

/// Writes text so that a wiki reads no markup in it. `starts_line` is `None` where beginnings of lines mean nothing.
fn escape(out: &mut String, text: &str, starts_line: Option<bool>) {
    let mut at_start = starts_line == Some(true);
    let mut last = ' ';
    for c in text.chars() {
        let is_twice = c == last;
        match c {
            '&' => out.push_str("&amp;"),
            '<' => out.push_str("&lt;"),
            '>' => out.push_str("&gt;"),
            '[' | ']' | '{' | '}' | '|' | '~' => out.push_str(&format!("&#{};", c as u32)),
            '\'' | '_' | '-' if is_twice => out.push_str(&format!("&#{};", c as u32)),
            '*' | '#' | ':' | ';' | '=' | '!' | '-' | ' ' if at_start => out.push_str(&format!("&#{};", c as u32)),
            c => out.push(c),
        }
        at_start = starts_line.is_some() && c == '\n';
        last = c;
    }
}

#[cfg(test)]
mod tests {
    use super::*;

    fn made(html: &str) -> String {
        wikitext(&SafeHtml::from_store(html.to_owned()), "https://s.example", "https://s.example/t/tea/7/2")
    }

    #[test]
    fn what_a_wiki_has_is_written_its_way() {
        for (html, expected) in [
            ("<p>a <strong>b</strong> <em>c</em></p>\n<p>d</p>", "a '''b''' ''c''\n\nd"),
            (
                "<ul>\n<li>a\n<ol>\n<li>b</li>\n</ol>\n</li>\n<li><p>c</p><p>d</p></li></ul><p>e</p>",
                "* a\n*# b\n* c<br />d\n\ne",
            ),
            ("<p><a href=\"/u/Ada\">@Ada</a></p>", "[https://s.example/u/Ada @Ada]"),
            ("<h2>Title</h2><p>x</p>", "'''Title'''\n\nx"),
            ("<blockquote>\n<p>q</p>\n</blockquote>\n<p>a</p>", "<blockquote>\n\nq\n\n</blockquote>\n\na"),
            (
                "<pre><code>if (a &lt; b) {\n  [[x]]\n}</code></pre>",
                "<pre>if (a &lt; b) &#123;\n  &#91;&#91;x&#93;&#93;\n&#125;</pre>",
            ),
            (
                "<table><tbody><tr><td>1</td></tr></tbody></table>",
                "<table class=\"wikitable\">\n<tr><td>1</td></tr>\n</table>",
            ),
            ("<img src=\"/uploads/a.jpg\" alt=\"a boat\">", "[https://s.example/uploads/a.jpg a boat]"),
        ] {
            assert_eq!(made(html), expected, "{html}");
        }
    }

    #[test]
    fn nothing_in_a_text_is_read_as_markup() {
        for (html, expected) in [
            (
                "<p>{{delete}} [[Main Page]] ~~~~</p>",
                "&#123;&#123;delete&#125;&#125; &#91;&#91;Main Page&#93;&#93; &#126;&#126;&#126;&#126;",
            ),
            (
                "<p>''x'' __NOTOC__ ---- &lt;nowiki&gt;</p>",
                "'&#39;x'&#39; _&#95;NOTOC_&#95; -&#45;&#45;&#45; &lt;nowiki&gt;",
            ),
            (
                "<p>* no list</p><p># none</p><p>= no title =</p><p> not code</p>",
                "&#42; no list\n\n&#35; none\n\n&#61; no title =\n\nnot code",
            ),
            ("<p><a href=\"https://e.example/a]b|c\">x]y</a></p>", "[https://e.example/a%5Db%7Cc x&#93;y]"),
            ("<p>&amp;lt;</p>", "&amp;lt;"),
        ] {
            assert_eq!(made(html), expected, "{html}");
        }
        assert_eq!(wikitext_escaped("{{x}}"), "&#123;&#123;x&#125;&#125;");
    }
}
