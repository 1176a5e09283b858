//! The examples of the CommonMark and GFM specifications, and those of two other parsers.
//!
//! Both sides pass through the sanitiser before they are compared, since filtering is meant.
//! `spec_differences.txt` lists the examples that still differ, each with the reason; an entry
//! that no longer differs fails the test as well.

mod common;
#[path = "common/dom.rs"]
mod dom;

use std::collections::BTreeMap;

use common::Town;
use dom::Step;
use stoa_markup::{Profile, render_commonmark, sanitise};

/// The HTML without what we add on purpose: directions, `rel`, classes, wrappers of tables.
fn canonical(html: &str, headings_down: u8) -> String {
    let mut out = String::new();
    let mut in_pre = 0;
    let mut skip_ends = 0usize;
    for step in dom::walk(html) {
        match step {
            Step::Start(name, attributes) => {
                if name == "div" && attributes.iter().any(|(_, value)| value == "table-scroll") {
                    skip_ends += 1;
                    continue;
                }
                in_pre += usize::from(name == "pre");
                let ours = ["dir", "rel", "class", "loading", "decoding"];
                let mut kept: Vec<_> = attributes.into_iter().filter(|(key, _)| !ours.contains(&&**key)).collect();
                kept.sort();
                out.push_str(&format!("<{} {kept:?}>", heading(&name, headings_down)));
            }
            Step::End(name) => {
                if name == "div" && skip_ends > 0 {
                    skip_ends -= 1;
                    continue;
                }
                in_pre -= usize::from(name == "pre");
                out.push_str(&format!("</{}>", heading(&name, headings_down)));
            }
            Step::Text(text) if in_pre > 0 => out.push_str(&text),
            Step::Text(text) => {
                let words: Vec<_> = text.split_ascii_whitespace().collect();
                if text.starts_with(char::is_whitespace) && !words.is_empty() {
                    out.push(' ');
                }
                out.push_str(&words.join(" "));
                if text.ends_with(char::is_whitespace) && !words.is_empty() {
                    out.push(' ');
                }
            }
            Step::Foreign(what) => panic!("{what} in {html}"),
        }
    }
    // Spaces at the edges of elements are not seen.
    out.replace(" <", "<").replace("> ", ">")
}

fn heading(name: &str, down: u8) -> String {
    match name.strip_prefix('h').and_then(|n| n.parse::<u8>().ok()) {
        Some(level) => format!("h{}", (level + down).min(6)),
        None => name.to_owned(),
    }
}

fn same(markdown: &str, expected: &str) -> Result<(), String> {
    let mut town = Town::new();
    town.all_images = true;
    let ours = render_commonmark(markdown, &town).html.into_string();
    let ours = canonical(&ours, 1);
    // Pages move headings one level down.
    let expected = expected.replace("<s>", "<del>").replace("</s>", "</del>");
    let theirs = canonical(sanitise(&expected, Profile::Page, &town).html.as_str(), 0);
    if ours == theirs { Ok(()) } else { Err(format!("{markdown}\n  ours {ours}\ntheirs {theirs}\n")) }
}

fn compare(suite: &str) {
    let Some(examples) = common::shared_json(&format!("markdown/{suite}.json")) else {
        return;
    };
    let list = include_str!("spec_differences.txt");
    let mut listed: BTreeMap<usize, &str> = BTreeMap::new();
    for line in list.lines().filter(|line| !line.is_empty() && !line.starts_with('#')) {
        let mut parts = line.splitn(3, ' ');
        let (name, number, reason) = (parts.next(), parts.next(), parts.next());
        if name == Some(suite) {
            assert!(reason.is_some_and(|r| r.len() > 5), "no reason: {line}");
            listed.insert(number.and_then(|n| n.parse().ok()).expect("a number"), line);
        }
    }
    let mut wrong = String::new();
    let examples = examples.as_array().expect("a list");
    for (i, example) in examples.iter().enumerate() {
        let number = example["example"].as_u64().map_or(i + 1, |n| n as usize);
        let field = |key: &str| example[key].as_str().expect("a string");
        match (same(field("markdown"), field("html")), listed.remove(&number)) {
            (Ok(()), None) | (Err(_), Some(_)) => {}
            (Ok(()), Some(line)) => wrong.push_str(&format!("no longer differs: {line}\n")),
            (Err(difference), None) => wrong.push_str(&format!("{suite} {number}\n{difference}\n")),
        }
    }
    println!("{suite}: {} examples", examples.len());
    assert!(wrong.is_empty() && listed.is_empty(), "{wrong}\nnot in the suite: {listed:?}");
}

#[test]
fn commonmark() {
    compare("commonmark-spec");
}

#[test]
fn github_flavoured_markdown() {
    compare("gfm-spec");
}

#[test]
fn regressions_of_cmark() {
    compare("cmark-regression");
}

#[test]
fn tables_of_markdown_it() {
    compare("markdown-it-tables");
}

#[test]
fn strikethrough_of_markdown_it() {
    compare("markdown-it-strikethrough");
}

#[test]
fn extras_of_markdown_it() {
    compare("markdown-it-commonmark_extras");
}

#[test]
fn the_comparison_notices_differences() {
    assert_eq!(same("# a *b*\n", "<h1>a <em>b</em></h1>\n"), Ok(()));
    assert!(same("# a *b*\n", "<h2>a <em>b</em></h2>\n").is_err());
    assert!(same("a\n\n    b  c\n", "<p>a</p><pre><code>b c\n</code></pre>").is_err());
    assert!(same("[a](/b)", "<p><a href=\"/c\">a</a></p>").is_err());
}
