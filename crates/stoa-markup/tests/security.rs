//! Hostile texts: whatever is written, only harmless HTML comes out.

mod common;
#[path = "common/dom.rs"]
mod dom;

use common::Town;
use dom::Step;
use stoa_markup::{Profile, Resolve, references, render, sanitise};

const ELEMENTS: &[&str] = &[
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
    "picture",
    "pre",
    "q",
    "rp",
    "rt",
    "ruby",
    "s",
    "samp",
    "section",
    "small",
    "source",
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
const ATTRIBUTES: &[&str] = &[
    "aria-label",
    "alt",
    "checked",
    "class",
    "colspan",
    "data-post",
    "data-topic",
    "datetime",
    "decoding",
    "dir",
    "disabled",
    "height",
    "href",
    "id",
    "lang",
    "loading",
    "open",
    "rel",
    "reversed",
    "rowspan",
    "scope",
    "sizes",
    "src",
    "srcset",
    "start",
    "tabindex",
    "title",
    "type",
    "value",
    "width",
];
const SCHEMES: &[&str] = &["http", "https", "mailto", "irc", "ircs", "geo", "xmpp"];
const CLASSES: &[&str] = &[
    "align-center",
    "align-left",
    "align-right",
    "attachment",
    "category",
    "details",
    "ext-image",
    "footnote",
    "footnote-back",
    "footnote-ref",
    "footnotes",
    "mention",
    "quote",
    "quote-by",
    "spoiler",
    "table-scroll",
    "tag",
    "task",
];

/// Asserts that `html` is harmless. Says what is wrong with it.
fn check(html: &str) -> Result<(), String> {
    for step in dom::walk(html) {
        match step {
            Step::Foreign(what) => return Err(format!("foreign {what}")),
            Step::Start(name, attributes) => {
                if !ELEMENTS.contains(&&*name) {
                    return Err(format!("element {name}"));
                }
                for (key, value) in &attributes {
                    attribute(&name, key, value)?;
                }
                let has = |key: &str| attributes.iter().any(|(k, _)| k == key);
                if name == "a" && !has("href") || name == "input" && !has("disabled") {
                    return Err(format!("incomplete {name}"));
                }
                let away = attributes.iter().any(|(key, value)| {
                    let url = value.trim().replace('\\', "/").to_ascii_lowercase();
                    let leaves = ["//", "http:", "https:"].iter().any(|start| url.starts_with(start));
                    key == "href" && leaves && !url.starts_with("https://forum.example/")
                });
                if away && !has("rel") {
                    return Err(format!("no rel on {attributes:?}"));
                }
            }
            Step::End(_) | Step::Text(_) => {}
        }
    }
    Ok(())
}

fn attribute(element: &str, key: &str, value: &str) -> Result<(), String> {
    let wrong = Err(format!("{element} {key}={value:?}"));
    if !ATTRIBUTES.contains(&key) {
        return wrong;
    }
    match key {
        // As a browser reads it: control characters and spaces around it go, line ends inside.
        "href" => {
            let url: String = value.chars().filter(|c| !c.is_control() && *c != ' ').collect();
            let scheme =
                url.split(['/', '?', '#']).next().and_then(|head| head.split_once(':')).map(|(scheme, _)| scheme);
            match scheme {
                Some(scheme) if !SCHEMES.contains(&scheme.to_ascii_lowercase().as_str()) => wrong,
                _ => Ok(()),
            }
        }
        "src" if value.starts_with("/uploads/") => Ok(()),
        "src" => wrong,
        "class" => {
            let ours = |c: &str| CLASSES.contains(&c) || c.starts_with("hl-") || c.starts_with("language-");
            if value.split(' ').all(ours) || value.starts_with("language-") { Ok(()) } else { wrong }
        }
        "id" if value.starts_with("fn") => Ok(()),
        "id" => wrong,
        "type" if element == "source" && matches!(value, "image/avif" | "image/webp") => Ok(()),
        "type" if value != "checkbox" => wrong,
        "srcset" if !value.split(',').all(|one| one.trim().starts_with("/uploads/")) => wrong,
        "srcset" | "sizes" if element != "source" => wrong,
        _ => Ok(()),
    }
}

/// Renders `raw` in every way and checks each result, also when it is sanitised again.
fn harmless(raw: &str) {
    harmless_as(raw, &[Profile::Post, Profile::Comment, Profile::Page]);
}

fn harmless_as(raw: &str, profiles: &[Profile]) {
    let town = Town::new();
    for &profile in profiles {
        let html = render(raw, profile, &town).html.into_string();
        let cleaned = sanitise(raw, profile, &town).html.into_string();
        for html in [&html, &cleaned] {
            if let Err(wrong) = check(html) {
                panic!("{wrong}\nin {html}\nfrom {raw}");
            }
        }
        // Sanitising again changes nothing once our own classes are gone.
        let once = sanitise(&html, Profile::Page, &town).html.into_string();
        check(&once).unwrap_or_else(|wrong| panic!("{wrong}\nin {once}\nfrom {raw}"));
        let words = |html: &str| -> String {
            dom::walk(html).into_iter().filter_map(|s| if let Step::Text(t) = s { Some(t) } else { None }).collect()
        };
        assert_eq!(words(&html), words(&once), "other words after sanitising again: {html}\nfrom {raw}");
    }
    references(raw);
}

/// All strings in a JSON value.
fn strings(value: &serde_json::Value, found: &mut Vec<String>) {
    match value {
        serde_json::Value::String(text) => found.push(text.clone()),
        serde_json::Value::Array(list) => list.iter().for_each(|item| strings(item, found)),
        serde_json::Value::Object(map) => map.values().for_each(|item| strings(item, found)),
        _ => {}
    }
}

/// Ways to put a payload into a text.
fn wrapped(payload: &str) -> Vec<String> {
    vec![
        payload.to_owned(),
        format!("words {payload} words"),
        format!("[x]({payload}) ![x]({payload}) <{payload}> [[{payload}|{payload}]] @\"{payload}\""),
        format!(
            "[quote=\"{payload}, post:1, topic:9\"]\n{payload}\n[/quote]\n[details=\"{payload}\"]\n{payload}\n[/details]"
        ),
        format!("[url={payload}]{payload}[/url] [img]{payload}[/img] [b]{payload}[/b] [spoiler]{payload}[/spoiler]"),
        format!(
            "```{payload}\n{payload}\n```\n\n`{payload}` x[^a]\n\n[^a]: {payload}\n\n| {payload} |\n|---|\n| {payload} |"
        ),
        format!("<a href=\"{payload}\" title='{payload}'>{payload}</a><img src=\"{payload}\" alt='{payload}'>"),
    ]
}

fn all_of(file: &str) {
    let Some(json) = common::shared_json(file) else {
        return;
    };
    let mut payloads = Vec::new();
    strings(&json, &mut payloads);
    assert!(payloads.len() > 10);
    for payload in &payloads {
        for (i, raw) in wrapped(payload).iter().enumerate() {
            // The bare payload in every profile, the others as posts, which may do most.
            if i == 0 {
                harmless(raw);
            } else {
                harmless_as(raw, &[Profile::Post]);
            }
        }
    }
    println!("{file}: {} payloads", payloads.len());
}

#[test]
fn payloads_of_dompurify() {
    all_of("security/xss-dompurify.json");
}

#[test]
fn payloads_of_the_html5_security_cheatsheet() {
    all_of("security/xss-h5sc.json");
}

#[test]
fn payloads_of_ten_sanitisers() {
    all_of("security/xss-harvest-A.json");
}

#[test]
fn payloads_of_bleach_and_html5lib() {
    all_of("security/xss-bleach-pairs.json");
    all_of("security/xss-html5lib-sanitizer.json");
}

#[test]
fn payloads_of_payloads_all_the_things() {
    all_of("security/xss-payloads-A.json");
    all_of("security/open-redirect.json");
}

#[test]
fn naughty_strings() {
    all_of("security/naughty-strings-blns.json");
}

#[test]
fn texts_for_other_markdown_parsers() {
    for name in ["xss", "linkify", "normalize", "commonmark_extras", "tables", "strikethrough"] {
        let Some(json) = common::shared_json(&format!("markdown/markdown-it-{name}.json")) else {
            return;
        };
        for example in json.as_array().expect("a list") {
            harmless(example["markdown"].as_str().expect("a string"));
        }
    }
}

#[test]
fn a_few_payloads_of_our_own() {
    for payload in [
        "<script>alert(1)</script>",
        "<img src=x onerror=alert(1)>",
        "javascript:alert(1)",
        "<svg><style><img src=x onerror=alert(1)></style></svg>",
        "<math><mtext><table><mglyph><style><!--</style><img title=\"--&gt;&lt;img src=1 onerror=alert(1)&gt;\">",
        "<b class=\"mention\" id=\"fn-1\">x</b>",
        "\"><iframe srcdoc='<script>alert(1)</script>'>",
        "<form action=//evil.example><input name=password><button formaction=javascript:alert(1)>",
        "<a href=\"java&#10;script&colon;alert(1)\">x</a>",
        "<base href=//evil.example><meta http-equiv=refresh content=0>",
        "<!--s0000000000000000-0-->",
        "]]>--><x",
    ] {
        wrapped(payload).iter().for_each(|raw| harmless(raw));
    }
}

#[test]
fn the_check_notices_harm() {
    for bad in [
        "<script>x</script>",
        "<b onclick=x>",
        "<a href=javascript:x>",
        "<a href=\"\tjava\nscript:x\">",
        "<a>x</a>",
        "<img src=//a.example/x>",
        "<b class=mention-of-mine>",
        "<b id=header>",
        "<svg></svg>",
        "<input type=text disabled>",
        "<a href=https://a.example>x</a>",
        "<b style=x>",
        "<!-- x -->",
    ] {
        assert!(check(bad).is_err(), "{bad}");
    }
    assert_eq!(check("<p dir=auto>x <a href=/t/1>y</a></p>"), Ok(()));
}

/// A sequence of numbers that looks random and is the same every time (xorshift).
struct Numbers(u64);

impl Numbers {
    fn below(&mut self, n: usize) -> usize {
        self.0 ^= self.0 << 13;
        self.0 ^= self.0 >> 7;
        self.0 ^= self.0 << 17;
        (self.0 % n as u64) as usize
    }
}

#[test]
fn random_mixtures_never_panic_and_stay_harmless() {
    let parts = [
        "[quote=\"ada, post:1, topic:9\"]",
        "[/quote]",
        "[details=x]",
        "[/details]",
        "[spoiler]",
        "[/spoiler]",
        "[b]",
        "[/b]",
        "[url=https://a.example]",
        "[/url]",
        "[img]",
        "[/img]",
        "[code]",
        "[/code]",
        "\n",
        "\n\n",
        "\n",
        " ",
        "    ",
        "\t",
        "> ",
        "- ",
        "1. ",
        "- [ ] ",
        "# ",
        "```",
        "`",
        "~~~",
        "**",
        "_",
        "~~",
        "[",
        "]",
        "(",
        ")",
        "<",
        ">",
        "</",
        "<div>",
        "</div>",
        "<b>",
        "</b>",
        "<p>",
        "<table>",
        "<td>",
        "<!--",
        "-->",
        "<a href=\"x\">",
        "</a>",
        "<img src=upload://cat.png>",
        "![a|1x1](upload://cat.png)",
        "[[",
        "]]",
        "|",
        "|---|\n",
        "@ada",
        "@\"",
        "\"",
        "#help",
        "#",
        "::tag",
        ":smile:",
        ":",
        "[^1]",
        "[^1]: ",
        "https://a.example/",
        "www.a.example",
        "a@b.example",
        "\\",
        "&amp;",
        "&",
        "&#64;",
        "é",
        "漢字",
        "مرحبا",
        "\u{202e}",
        "👩‍👩‍👧",
        "\u{0}",
        "\r\n",
        "\u{301}",
        "x",
        "word",
        "upload://",
        "/uploads/x",
    ];
    let mut numbers = Numbers(0x5eed_cafe_f00d_1234);
    for _ in 0..2_000 {
        let raw: String = (0..1 + numbers.below(40)).map(|_| parts[numbers.below(parts.len())]).collect();
        harmless(&raw);
    }
}

#[test]
fn labels_and_addresses_from_the_database_are_escaped() {
    struct Evil(Town);
    impl Resolve for Evil {
        fn mention(&self, _: &str) -> Option<stoa_markup::Link> {
            Some(stoa_markup::Link { href: "/u/\"><script>".into(), label: "<img src=x onerror=y>".into() })
        }
        fn category(&self, path: &str) -> Option<stoa_markup::Link> {
            self.mention(path)
        }
        fn tag(&self, tag: &str) -> Option<stoa_markup::Link> {
            self.mention(tag)
        }
        fn upload(&self, _: &str) -> Option<stoa_markup::Upload> {
            let href = "/uploads/\"onload=\"x".into();
            let evil =
                [("/uploads/x\" onload=\"y", 1), ("/uploads/x, https://evil.example/y", 2), ("/uploads/<script>", 3)];
            let files = evil.map(|(href, width)| (href.to_owned(), width)).to_vec();
            let sources = vec![stoa_markup::Source { kind: "image/webp", files }];
            Some(stoa_markup::Upload { href, width: None, height: None, is_image: true, name: "<b>".into(), sources })
        }
        fn topic(&self, _: i64) -> Option<stoa_markup::Link> {
            self.mention("")
        }
        fn wiki(&self) -> &stoa_markup::Interwiki {
            self.0.wiki()
        }
        fn is_own(&self, _: &str) -> bool {
            false
        }
    }
    let raw = "@a #b #c::tag ![x](upload://y) [quote=\"z, post:1, topic:2\"]\nq\n[/quote]\n[quote=\", post:1, topic:2\"]\nq\n[/quote]";
    let html = render(&format!("{raw}\n\n<b>html</b>"), Profile::Post, &Evil(Town::new())).html.into_string();
    assert_eq!(check(&html), Ok(()), "{html}");
    let html = render(raw, Profile::Post, &Evil(Town::new())).html.into_string();
    assert_eq!(check(&html), Ok(()), "{html}");
}
