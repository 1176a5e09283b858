//! A comment's HTML as a text of ours: links lead to the wiki, pictures are links to their pages, and what a wiki's own
//! machinery put in is left out.

use std::rc::Rc;

use htmd::element_handler::Handlers;
use htmd::options::{BulletListMarker, Options};
use htmd::{Element, HtmlToMarkdown, Node};
use markup5ever_rcdom::NodeData;
use percent_encoding::percent_decode_str;
use url::Url;

use super::talk::Comment;
use crate::posts::LONGEST;
use crate::wikis::Wiki;

/// The text of a post.
pub fn text(wiki: &Wiki, comment: &Comment) -> String {
    let mut parts: Vec<String> =
        comment.under.iter().filter(|h| !h.is_empty()).map(|h| format!("### {}", escaped(h))).collect();
    // The dashes that stood before the signature.
    let said = markdown(wiki, &comment.html);
    let said = said.trim_end().trim_end_matches(['-', '–', '—']).trim_end();
    // A signature and nothing else.
    parts.push(if said.is_empty() { "…".to_owned() } else { said.to_owned() });
    let text = parts.join("\n\n");
    // Longer than a post may be: it says that it goes on.
    match text.char_indices().nth(LONGEST) {
        Some(_) => text.chars().take(LONGEST - 3).chain("\n\n…".chars()).collect(),
        None => text,
    }
}

fn attribute(element: &Element, name: &str) -> String {
    element.attrs.iter().find(|a| &*a.name.local == name).map(|a| a.value.to_string()).unwrap_or_default()
}

/// The words between the tags of an element.
fn words_in(node: &Rc<Node>, out: &mut String) {
    match &node.data {
        NodeData::Text { contents } => out.push_str(&contents.borrow()),
        NodeData::Element { name, .. } if &*name.local == "br" => out.push('\n'),
        _ => node.children.borrow().iter().for_each(|child| words_in(child, out)),
    }
}

/// Code, between more marks than are in it.
fn fenced(code: &str) -> String {
    let longest = code.split(|c| c != '`').map(str::len).max().unwrap_or(0);
    let fence = "`".repeat(longest.max(2) + 1);
    format!("\n\n{fence}\n{}\n{fence}\n\n", code.trim_matches('\n'))
}

fn markdown(wiki: &Wiki, html: &str) -> String {
    // What is nested beyond measure is words alone.
    if !stoa_markup::is_bounded(html) {
        return escaped(&strip(html));
    }
    let options = Options { bullet_list_marker: BulletListMarker::Dash, ul_bullet_spacing: 1, ..Options::default() };
    let place = wiki.clone();
    let converter = HtmlToMarkdown::builder()
        .options(options)
        .skip_tags(vec!["script", "style", "svg", "link", "meta", "audio", "video"])
        .add_handler(vec!["img"], |_: &dyn Handlers, element: Element| {
            Some(escaped(&attribute(&element, "alt")).into())
        })
        .add_handler(vec!["pre"], |_: &dyn Handlers, element: Element| {
            let mut code = String::new();
            words_in(element.node, &mut code);
            Some(fenced(&code).into())
        })
        .add_handler(vec!["s", "del", "strike"], |handlers: &dyn Handlers, element: Element| {
            Some(around("~~", &handlers.walk_children(element.node).content, "~~").into())
        })
        .add_handler(vec!["sup"], |handlers: &dyn Handlers, element: Element| {
            Some(around("<sup>", &handlers.walk_children(element.node).content, "</sup>").into())
        })
        .add_handler(vec!["sub"], |handlers: &dyn Handlers, element: Element| {
            Some(around("<sub>", &handlers.walk_children(element.node).content, "</sub>").into())
        })
        .add_handler(vec!["a"], move |handlers: &dyn Handlers, element: Element| {
            let href = attribute(&element, "href");
            let inner = handlers.walk_children(element.node).content;
            let words = if inner.trim().is_empty() { escaped(&last_part(&href)) } else { inner };
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
fn last_part(href: &str) -> String {
    let path = href.split(['?', '#']).next().unwrap_or(href);
    let last = path.rsplit('/').next().unwrap_or("");
    percent_decode_str(last).decode_utf8_lossy().replace('_', " ")
}

/// Something with marks around it that stand beside no space.
fn around(before: &str, inner: &str, after: &str) -> String {
    let word = inner.trim();
    if word.is_empty() || word.contains("\n\n") {
        return inner.to_owned();
    }
    let (lead, rest) = inner.split_at(inner.len() - inner.trim_start().len());
    let tail = &rest[rest.trim_end().len()..];
    format!("{lead}{before}{word}{after}{tail}")
}

/// HTML without its tags.
fn strip(html: &str) -> String {
    let mut out = String::new();
    let mut rest = html;
    while let Some((before, after)) = rest.split_once('<') {
        out.push_str(before);
        rest = after.split_once('>').map_or("", |(_, after)| after);
    }
    out.push_str(rest);
    out
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
        text(&wiki, &Comment { html: html.into(), ..Comment::default() })
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
            ("<s>Support</s> Oppose<sup>2</sup> <del>all</del>", "~~Support~~ Oppose<sup>2</sup> ~~all~~"),
            (
                "<pre>[poll]\n- ```a```\n[/poll]\n@ines <b>x</b></pre>",
                "````\n[poll]\n- ```a```\n[/poll]\n@ines x\n````",
            ),
            (
                "<a href=\"./File:Gr%C3%BCn_1.jpg\"><img></a>",
                "[File:Grün 1.jpg](https://tea.example/wiki/File:Gr%C3%BCn_1.jpg)",
            ),
        ] {
            assert_eq!(of(html), expected, "{html}");
        }
    }

    #[test]
    fn headings_stay() {
        let comment = Comment { html: "Yes.".into(), under: vec!["The *end*".into()], ..Comment::default() };
        let wiki = Wiki { server: "https://x.example".into(), ..Wiki::default() };
        assert_eq!(text(&wiki, &comment), "### The \\*end\\*\n\nYes.");
    }

    #[test]
    fn what_is_beyond_measure_is_words() {
        let deep = format!("{}deep{}", "<b>".repeat(100_000), "</b>".repeat(100_000));
        assert_eq!(of(&deep), "deep");
        let long = of(&"long ".repeat(20_000));
        assert!(long.chars().count() <= LONGEST && long.ends_with("\n\n…"));
    }
}
