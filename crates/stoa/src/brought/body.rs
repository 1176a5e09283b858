//! A comment's HTML as a text of ours: links lead to the wiki, pictures are links to their pages, and what a wiki's own
//! machinery put in is left out.

use htmd::element_handler::Handlers;
use htmd::options::{BulletListMarker, Options};
use htmd::{Element, HtmlToMarkdown};
use percent_encoding::percent_decode_str;
use url::Url;

use super::talk::Comment;
use crate::wikis::Wiki;

/// The text of a post. `unsigned` is what stands above the first comment without a signature.
pub fn text(wiki: &Wiki, comment: &Comment, unsigned: Option<&str>) -> String {
    let mut parts: Vec<String> = Vec::new();
    if let Some(html) = unsigned {
        let quoted = markdown(wiki, html);
        if !quoted.is_empty() {
            parts.push(
                quoted.lines().map(|line| format!("> {line}").trim_end().to_owned()).collect::<Vec<_>>().join("\n"),
            );
        }
    }
    parts.extend(comment.under.iter().filter(|h| !h.is_empty()).map(|h| format!("### {}", escaped(h))));
    // The dashes that stood before the signature.
    let said = markdown(wiki, &comment.html);
    let said = said.trim_end().trim_end_matches(['-', '–', '—', '~']).trim_end();
    // A signature and nothing else.
    parts.push(if said.is_empty() { "…".to_owned() } else { said.to_owned() });
    parts.join("\n\n")
}

fn attribute(element: &Element, name: &str) -> String {
    element.attrs.iter().find(|a| &*a.name.local == name).map(|a| a.value.to_string()).unwrap_or_default()
}

fn markdown(wiki: &Wiki, html: &str) -> String {
    let options = Options { bullet_list_marker: BulletListMarker::Dash, ul_bullet_spacing: 1, ..Options::default() };
    let place = wiki.clone();
    let converter = HtmlToMarkdown::builder()
        .options(options)
        .skip_tags(vec!["script", "style", "svg", "link", "meta", "audio", "video"])
        .add_handler(vec!["img"], |_: &dyn Handlers, element: Element| {
            Some(escaped(&attribute(&element, "alt")).into())
        })
        .add_handler(vec!["a"], move |handlers: &dyn Handlers, element: Element| {
            let href = attribute(&element, "href");
            let inner = handlers.walk_children(element.node).content;
            let words = if inner.trim().is_empty() { escaped(last_part(&href)) } else { inner };
            Some(match address(&place, &href) {
                Some(url) => format!("[{}]({url})", words.trim().replace('\n', " ")).into(),
                None => words.into(),
            })
        })
        .build();
    converter.convert(html).map_or_else(|_| String::new(), |text| text.trim().to_owned())
}

/// Where a link of a wiki's page leads: `./Title` as Parsoid writes it, or an address of another form.
fn address(wiki: &Wiki, href: &str) -> Option<String> {
    let url = match href.strip_prefix("./") {
        Some(rest) => {
            let (rest, fragment) = rest.split_once('#').map_or((rest, ""), |(rest, f)| (rest, f));
            let title = rest.split('?').next().unwrap_or(rest);
            let title = percent_decode_str(title).decode_utf8().ok()?;
            let page = wiki.page(&title);
            if fragment.is_empty() { page } else { format!("{page}#{fragment}") }
        }
        None => href.to_owned(),
    };
    let url = Url::parse(&wiki.server).ok()?.join(&url).ok()?;
    // A round bracket would end the address in the text.
    matches!(url.scheme(), "http" | "https" | "mailto")
        .then(|| String::from(url).replace('(', "%28").replace(')', "%29"))
}

/// The last part of an address, as words.
fn last_part(href: &str) -> &str {
    href.rsplit('/').next().unwrap_or("")
}

/// Words that mean themselves.
fn escaped(words: &str) -> String {
    let mut out = String::with_capacity(words.len());
    for c in words.chars() {
        if matches!(c, '\\' | '`' | '*' | '_' | '[' | ']' | '<' | '>' | '#' | '@' | '~' | '|') {
            out.push('\\');
        }
        out.push(if c.is_control() { ' ' } else { c });
    }
    out
}

#[cfg(test)]
mod tests {
    use super::*;

    fn of(html: &str) -> String {
        let wiki = Wiki {
            server: "https://tea.example".into(),
            article: "https://tea.example/wiki/$1".into(),
            ..Wiki::default()
        };
        text(&wiki, &Comment { html: html.into(), ..Comment::default() }, None)
    }

    #[test]
    fn wiki_html_becomes_text() {
        for (html, expected) in [
            ("Which? --", "Which?"),
            (
                "See <a rel=\"mw:WikiLink\" href=\"./Green_tea_(drink)?action=edit&amp;redlink=1\" class=\"new\">this</a>.",
                "See [this](https://tea.example/wiki/Green_tea_%28drink%29).",
            ),
            ("<a href=\"./Gr%C3%BCn#Anbau\">x</a>", "[x](https://tea.example/wiki/Gr%C3%BCn#Anbau)"),
            ("<a href=\"//de.example/x\">x</a>", "[x](https://de.example/x)"),
            ("<a href=\"javascript:alert(1)\">x</a>", "x"),
            (
                "<span typeof=\"mw:File\"><a href=\"./File:Cup.jpg\"><img src=\"//x.example/cup.jpg\" alt=\"\"></a></span>",
                "[File:Cup.jpg](https://tea.example/wiki/File:Cup.jpg)",
            ),
            ("Yes.\n<ul><li>one</li>\n<li><b>two</b></li></ul>", "Yes.\n\n- one\n- **two**"),
            ("<style>.a{}</style><script>x()</script>", "…"),
            ("a * b [c] &lt;b>", "a \\* b \\[c\\] \\<b>"),
        ] {
            assert_eq!(of(html), expected, "{html}");
        }
    }

    #[test]
    fn what_nobody_signed_is_quoted_and_headings_stay() {
        let comment = Comment { html: "Yes.".into(), under: vec!["The *end*".into()], ..Comment::default() };
        let text = text(
            &Wiki { server: "https://x.example".into(), ..Wiki::default() },
            &comment,
            Some("<p>Poll</p><p>Two</p>"),
        );
        assert_eq!(text, "> Poll\n>\n> Two\n\n### The \\*end\\*\n\nYes.");
    }
}
