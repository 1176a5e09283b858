//! Links in finished HTML: where each stands, and whether it has a paragraph to itself.

use std::ops::Range;

use crate::escape::unescape;
use crate::lone::{AROUND, is_same};
use crate::markup::tag_at;

/// A link of the author's to another site, in finished HTML.
#[derive(Clone, Debug, PartialEq, Eq)]
pub struct Anchor {
    /// Where it leads.
    pub href: String,
    /// From `<a` to its `>`, which is the last byte.
    pub tag: Range<usize>,
    /// Between `>` and `</a>`.
    pub inner: Range<usize>,
    /// Its words are nothing but the address.
    pub is_bare: bool,
    /// It says something of its own when pointed at.
    pub has_title: bool,
    /// The paragraph that has nothing else in it, unless that stands inside a quote, a list or the like.
    pub alone: Option<Range<usize>>,
}

/// The links to other sites, in order. Mentions, references and files have a class, and are left out.
pub fn anchors(html: &str) -> Vec<Anchor> {
    let (mut found, mut depth, mut at) = (Vec::new(), 0_usize, 0);
    // The paragraph that is open: where it and its text begin.
    let mut paragraph: Option<(usize, usize)> = None;
    while let Some(next) = html[at..].find('<') {
        let start = at + next;
        let Some((tag, length)) = tag_at(&html[start..]) else { break };
        at = start + length;
        if AROUND.contains(&tag.name) {
            depth = if tag.closes { depth.saturating_sub(1) } else { depth + 1 };
        } else if tag.name == "p" {
            paragraph = (!tag.closes && depth == 0).then_some((start, at));
        } else if tag.name == "a" && !tag.closes {
            let Some(href) = tag.get("href").map(|href| unescape(href).into_owned()) else { continue };
            let Some(close) = html[at..].find("</a>") else { break };
            if tag.get("class").is_some() || !["http://", "https://"].iter().any(|scheme| href.starts_with(scheme)) {
                continue;
            }
            let inner = at..at + close;
            let end = inner.end + "</a>".len();
            let alone = paragraph
                .filter(|(_, text)| html[*text..start].trim().is_empty())
                .and_then(|(begins, _)| Some((begins, html[end..].find("</p>").map(|n| end + n)?)))
                .filter(|(_, ends)| html[end..*ends].trim().is_empty())
                .map(|(begins, ends)| begins..ends + "</p>".len());
            let words = &html[inner.clone()];
            found.push(Anchor {
                is_bare: !words.contains('<') && is_same(&href, &unescape(words)),
                has_title: tag.get("title").is_some(),
                tag: start..at,
                inner,
                alone,
                href,
            });
        }
    }
    found
}

#[cfg(test)]
mod tests {
    use super::*;
    use crate::{Nothing, Profile, render};

    fn of(raw: &str) -> Vec<(String, bool, bool)> {
        let html = render(raw, Profile::Post, &Nothing).html;
        let html = html.as_str();
        anchors(html)
            .into_iter()
            .map(|a| {
                assert!(html[a.tag.clone()].starts_with("<a ") && html[a.tag.clone()].ends_with('>'));
                assert!(html[a.inner.end..].starts_with("</a>"));
                if let Some(alone) = &a.alone {
                    let whole = &html[alone.clone()];
                    assert!(whole.starts_with("<p") && whole.ends_with("</p>") && whole.matches("<p").count() == 1);
                }
                (a.href, a.is_bare, a.alone.is_some())
            })
            .collect()
    }

    #[test]
    fn links_are_found_where_they_stand() {
        let one = |href: &str, bare, alone| vec![(href.to_owned(), bare, alone)];
        assert_eq!(of("https://w.example/wiki/A?b=1&c=2"), one("https://w.example/wiki/A?b=1&c=2", true, true));
        assert_eq!(of("see https://w.example/A"), one("https://w.example/A", true, false));
        assert_eq!(of("https://w.example/A it is"), one("https://w.example/A", true, false));
        assert_eq!(of("[words](https://w.example/A)"), one("https://w.example/A", false, true));
        assert_eq!(of("[[m:Tea]]"), one("https://meta.wikimedia.org/wiki/Tea", false, true));
        assert_eq!(of("- [[m:Tea]]"), one("https://meta.wikimedia.org/wiki/Tea", false, false));
        assert_eq!(of("> [[m:Tea]]"), one("https://meta.wikimedia.org/wiki/Tea", false, false));
        assert_eq!(of("https://w.example/A\nhttps://w.example/B").len(), 2);
        assert!(of("https://w.example/A\nhttps://w.example/B").iter().all(|(_, _, alone)| !alone));
        assert_eq!(of("[**b**](https://w.example/A)\n\n[c](https://w.example/B)").len(), 2);
        for other in ["`https://w.example/A`", "[a](/t/7)", "![a](https://w.example/a.png)", "a@example.org"] {
            assert_eq!(of(other), Vec::new(), "{other}");
        }
    }

    #[test]
    fn broken_html_is_no_reason_to_stop() {
        for html in
            ["<", "<a", "<a>", "<p><a href=\"https://a.example\">", "<a href=\"https://a.example\">x</a", "<p></p></p>"]
        {
            assert_eq!(anchors(html), Vec::new(), "{html}");
        }
    }
}
