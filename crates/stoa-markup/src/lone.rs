//! Lines of a text that are nothing but an address: where a page may say more about what is behind it.

use crate::escape::unescape;

/// A paragraph with such lines, in finished HTML.
#[derive(Clone, Debug, PartialEq, Eq)]
pub struct Lone {
    /// Where the paragraph begins and ends.
    pub start: usize,
    pub end: usize,
    /// The addresses, in order.
    pub addresses: Vec<String>,
    /// There is nothing else in it.
    pub is_whole: bool,
}

/// Elements in which a paragraph does not stand by itself.
pub(crate) const AROUND: [&str; 10] =
    ["blockquote", "ul", "ol", "li", "details", "table", "div", "aside", "section", "figure"];

/// The paragraphs that have lines of nothing but an address of the web; not those inside quotes, lists and the like.
pub fn lone_links(html: &str) -> Vec<Lone> {
    let (mut found, mut depth, mut at) = (Vec::new(), 0_usize, 0);
    while let Some(next) = html[at..].find('<') {
        let start = at + next;
        let Some(length) = html[start..].find('>') else { break };
        let tag = &html[start + 1..start + length];
        let after = start + length + 1;
        at = after;
        let name = tag.trim_start_matches('/').split([' ', '\n', '/']).next().unwrap_or("");
        if AROUND.contains(&name) {
            depth = if tag.starts_with('/') { depth.saturating_sub(1) } else { depth + 1 };
        } else if name == "p" && !tag.starts_with('/') && depth == 0 {
            let Some(close) = html[after..].find("</p>") else { break };
            let lines: Vec<&str> = html[after..after + close].split("<br>").map(str::trim).collect();
            let addresses: Vec<String> = lines.iter().filter_map(|line| address(line)).collect();
            at = after + close + "</p>".len();
            if !addresses.is_empty() {
                let is_whole = addresses.len() == lines.len();
                found.push(Lone { start, end: at, addresses, is_whole });
            }
        }
    }
    found
}

/// The address that a line is, if it is nothing else: a link whose words are where it leads.
fn address(line: &str) -> Option<String> {
    let (href, rest) = line.strip_prefix("<a href=\"")?.split_once('"')?;
    let (attributes, words) = rest.split_once('>')?;
    let words = words.strip_suffix("</a>")?;
    if words.contains('<') || attributes.contains("class=") {
        return None;
    }
    let (href, words) = (unescape(href).into_owned(), unescape(words).into_owned());
    let is_web = ["http://", "https://"].iter().any(|scheme| href.starts_with(scheme));
    (is_web && is_same(&href, &words)).then_some(href)
}

/// Whether two addresses are the same but for percent signs.
pub(crate) fn is_same(href: &str, words: &str) -> bool {
    decoded(href) == decoded(words)
}

/// Letters for their percent signs, as far as they are any.
fn decoded(address: &str) -> Vec<u8> {
    let bytes = address.as_bytes();
    let (mut out, mut at) = (Vec::with_capacity(bytes.len()), 0);
    while at < bytes.len() {
        let hex = bytes.get(at + 1..at + 3).and_then(|two| std::str::from_utf8(two).ok());
        match hex.and_then(|two| u8::from_str_radix(two, 16).ok()) {
            Some(byte) if bytes[at] == b'%' => {
                out.push(byte);
                at += 3;
            }
            _ => {
                out.push(bytes[at]);
                at += 1;
            }
        }
    }
    out
}

#[cfg(test)]
mod tests {
    use super::*;
    use crate::{Nothing, Profile, render};

    fn of(raw: &str) -> Vec<(Vec<String>, bool)> {
        let html = render(raw, Profile::Post, &Nothing).html;
        lone_links(html.as_str())
            .into_iter()
            .map(|lone| {
                assert!(html.as_str()[lone.start..lone.end].starts_with("<p"));
                assert!(html.as_str()[lone.start..lone.end].ends_with("</p>"));
                (lone.addresses, lone.is_whole)
            })
            .collect()
    }

    #[test]
    fn only_lines_of_their_own_count() {
        let one = |address: &str, is_whole| vec![(vec![address.to_owned()], is_whole)];
        assert_eq!(of("https://example.org/a?b=1&c=2"), one("https://example.org/a?b=1&c=2", true));
        assert_eq!(of("see\nhttps://example.org/a\nthere"), one("https://example.org/a", false));
        assert_eq!(of("<https://example.org/a>"), one("https://example.org/a", true));
        assert_eq!(of("https://example.org/a\nhttps://example.org/b").len(), 1);
        for other in [
            "see https://example.org/a",
            "> https://example.org/a",
            "- https://example.org/a",
            "[words](https://example.org/a)",
            "`https://example.org/a`",
            "    https://example.org/a",
            "[quote=\"ada, post:1, topic:2\"]\nhttps://example.org/a\n[/quote]",
            "[https://example.org/a](https://evil.example/)",
            "mailto:a@example.org",
            "[details=\"more\"]\nhttps://example.org/a\n[/details]",
        ] {
            assert_eq!(of(other), Vec::new(), "{other}");
        }
    }

    #[test]
    fn addresses_in_other_scripts_are_known_again() {
        let found = of("https://ja.wikipedia.org/wiki/茶");
        assert_eq!(found.len(), 1, "{found:?}");
        assert!(found[0].1);
    }

    #[test]
    fn broken_html_is_no_reason_to_stop() {
        for html in ["<", "<p", "<p>", "<p><a href=\"https://a.example\">", "</div></div><p>x</p>", "<blockquote><p>"] {
            assert_eq!(lone_links(html), Vec::new(), "{html}");
        }
    }
}
