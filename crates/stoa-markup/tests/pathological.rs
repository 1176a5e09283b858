//! Texts made to be expensive: each one of at most 64 KB stays cheap.
//!
//! The limit is 200 ms in a release build (`cargo test --release -- --ignored`); the everyday
//! run, without optimisation and beside other tests, allows ten times that.

mod common;
#[path = "common/dom.rs"]
mod dom;

use std::io::Read;
use std::time::{Duration, Instant};

use common::Town;
use stoa_markup::{Profile, references, render, sanitise};

const SIZE: usize = 64 * 1024;

/// `part` as often as fits.
fn fill(part: &str) -> String {
    part.repeat(SIZE / part.len())
}

/// `open` as often as fits together with as many `close`.
fn nest(open: &str, close: &str) -> String {
    let times = SIZE / (open.len() + close.len());
    open.repeat(times) + &close.repeat(times)
}

/// Parts that differ by a number.
fn count(part: impl Fn(usize) -> String) -> String {
    let mut text = String::new();
    for n in 0.. {
        let next = part(n);
        if text.len() + next.len() > SIZE {
            break;
        }
        text.push_str(&next);
    }
    text
}

fn texts() -> Vec<(&'static str, String)> {
    vec![
        ("nested quotes of Markdown", fill("> ")),
        ("nested quotes without spaces", fill(">")),
        ("nested lists in one line", fill("- ")),
        ("nested ordered lists in one line", fill("1. ")),
        ("lists, each line deeper", count(|n| format!("{}- x\n", " ".repeat(n.min(700))))),
        ("quotes, each line deeper", count(|n| format!("{}x\n", ">".repeat(n.min(700))))),
        ("emphasis that never closes", fill("*a **b ")),
        ("emphasis that never opens", fill("a* b** ")),
        ("nested emphasis", nest("*a **a ", "b** b*")),
        ("underscores", fill("a_b__c_")),
        ("strikethrough", fill("~~a ~b")),
        ("opening brackets", fill("[")),
        ("closing brackets", fill("]")),
        ("links in links", nest("[", "](/x)")),
        ("link openers", fill("[a](<b")),
        ("link titles", fill("[a](b \"")),
        ("reference definitions", count(|n| format!("[a{n}]: /x\n"))),
        ("references", format!("[a]: /{}\n\n{}", "x".repeat(1_000), "[a] ".repeat(15_000))),
        ("images in images", nest("![", "](upload://cat.png)")),
        ("backticks of growing length", count(|n| format!("{} ", "`".repeat(n % 300 + 1)))),
        ("backslashes", fill("\\[")),
        ("entities", fill("&amp;&#64;&nope;")),
        ("autolinks", fill("http://a.example/( ")),
        ("www", fill("www.")),
        ("mail addresses", fill("a@b.c_")),
        ("at signs", fill("@")),
        ("mentions", fill("@ada ")),
        ("mentions that never close", fill("@\"a")),
        ("hashes", fill("#")),
        ("hashtags", fill("#a:b::tag")),
        ("colons", fill(":")),
        ("emoji names", fill(":smile:")),
        ("emoji names that never close", fill(":smil ")),
        ("wiki links that never close", fill("[[")),
        ("wiki links", fill("[[a|b]]")),
        ("wiki prefixes", fill("[[a:b:c:d:e:f:g:h]]")),
        ("quotes that never close", fill("[quote]\n")),
        ("quotes that never open", fill("[/quote]\n")),
        ("quotes in quotes", nest("[quote=\"a, post:1, topic:9\"]\n", "[/quote]\n")),
        ("quotes in a row", fill("[quote]a[/quote]\n")),
        ("quotes in one line", fill("[quote][/quote]")),
        ("mixed blocks that never match", fill("[quote]\n[details]\n[/spoiler]\n")),
        ("links of bracket tags", fill("[url][/img][code]")),
        ("link tags that never close", fill("[url=x]")),
        ("styles", fill("[b][i][/b][/i]")),
        ("code tags", fill("[code]`[/code]")),
        ("tag values that never close", fill("[quote=\"")),
        ("fences", fill("```\n[b]\n")),
        ("fences in quotes that end in them", fill("[quote]\n```\n[/quote]\n")),
        ("table columns", format!("{}\n{}\n{}", "|a".repeat(7_000), "|-".repeat(7_000), "|b".repeat(7_000))),
        (
            "table rows that must be filled",
            format!("{}\n{}\n{}", "|a".repeat(2_000), "|-".repeat(2_000), "|\n".repeat(20_000)),
        ),
        ("tables in a row", fill("|a|\n|-|\n\n")),
        ("bars", fill("|")),
        ("task items", fill("- [ ] x\n")),
        ("footnotes", count(|n| format!("[^{n}]\n\n[^{n}]: x\n\n"))),
        ("one footnote, many times", format!("[^a]: x\n\n{}", "[^a]".repeat(15_000))),
        ("open elements", fill("<div>")),
        ("closing elements", fill("</div>")),
        ("elements in elements", nest("<div>", "</div>")),
        ("elements in paragraphs", fill("<b>a</i>\n\n")),
        ("formatting that is opened again", count(|n| format!("<b title={n}><p>"))),
        ("formatting that is opened again, closed wrongly", count(|n| format!("<b title={n}><p></i>"))),
        ("fonts", count(|n| format!("<font size={n}><p>"))),
        ("links that are opened again", count(|n| format!("<a href={n}><p>"))),
        ("links in tables", fill("<a><table>")),
        ("misplaced text in tables", format!("<table>{}", "<b>x</b>".repeat(8_000))),
        ("table cells", fill("<td>")),
        ("attributes", format!("<b {}>", count(|n| format!("a{n} ")))),
        ("attributes without values", format!("<b {}>", fill("a/"))),
        ("half tags", fill("<a href=\"")),
        ("comments", fill("<!-- ")),
        ("comments in comments", fill("<!--><!--->")),
        ("processing instructions", fill("<?")),
        ("less-than signs", fill("<")),
        ("select", fill("<select><option>")),
        ("svg", fill("<svg><g>")),
        ("math", fill("<math><mi>")),
        ("list items", fill("<li>")),
        ("blank lines", fill("\n")),
        ("spaces", fill(" ")),
        ("tabs", fill("\t- ")),
        ("carriage returns", fill("\r")),
        ("null bytes", fill("\0")),
        ("direction marks", fill("\u{202e}א")),
        ("combining marks", fill("\u{301}")),
        ("Arabic words", fill("@مرحبا ")),
        ("joined emoji", fill("👩‍👩‍👧‍👦")),
        ("code of one language", format!("```rust\n{}\n```", fill("let a = \"\\\\\"; // ((( \n"))),
        ("code of one language within the limit", format!("```js\n{}\n```", "/a/b(".repeat(2_300))),
        ("short lines of code", format!("```html\n{}\n```", "<script>a<b\n".repeat(950))),
        ("many languages", count(|n| format!("```{}\nx=1;(\"\n```\n", ["c", "php", "rb", "sql", "css", "py"][n % 6]))),
        ("headings", fill("# a\n")),
        ("underlined headings", fill("a\n=\n")),
        ("one word", fill("x")),
    ]
}

fn measure(text: &str) -> Duration {
    let town = Town::new();
    let start = Instant::now();
    let html = render(text, Profile::Post, &town).html.into_string();
    let time = start.elapsed();
    assert!(html.len() < 8_000_000, "{} bytes", html.len());
    time
}

fn all_within(limit: Duration) {
    // The first rendering loads the grammars.
    measure("```rust\nfn a() {}\n```");
    let mut slow = String::new();
    for (name, text) in texts() {
        assert!(text.len() <= SIZE + 2_000, "{name}: {} bytes", text.len());
        let time = measure(&text);
        println!("{time:>10.1?} {name}");
        if time > limit {
            slow.push_str(&format!("{name}: {time:?}\n"));
        }
        let start = Instant::now();
        references(&text);
        sanitise(&text, Profile::Post, &Town::new());
        if start.elapsed() > limit * 2 {
            slow.push_str(&format!("{name}, references and sanitising: {:?}\n", start.elapsed()));
        }
    }
    assert!(slow.is_empty(), "{slow}");
}

#[test]
fn every_text_is_cheap() {
    all_within(Duration::from_secs(2));
}

#[test]
#[ignore = "needs a release build"]
fn every_text_takes_at_most_200_ms() {
    all_within(Duration::from_millis(200));
}

#[test]
fn expensive_texts_of_cmark_are_cheap() {
    let Some(path) = common::shared("markdown/pathological-cmark.jsonl.gz") else {
        return;
    };
    let mut lines = String::new();
    let file = std::fs::File::open(path).expect("readable");
    flate2::read::GzDecoder::new(file).read_to_string(&mut lines).expect("gzip");
    let mut seen = 0;
    for line in lines.lines() {
        let case: serde_json::Value = serde_json::from_str(line).expect("JSON");
        let text = case["markdown"].as_str().expect("a string");
        let time = measure(text);
        let limit = Duration::from_secs(2) * (text.len() / SIZE + 1) as u32;
        assert!(time < limit, "{}: {} bytes took {time:?}", case["name"], text.len());
        seen += 1;
    }
    assert!(seen > 10, "{seen} cases");
}

#[test]
fn deep_texts_need_little_stack() {
    let texts = [
        "<div>".repeat(20_000),
        ">".repeat(20_000),
        "- ".repeat(20_000),
        "[".repeat(20_000) + &"](/x)".repeat(20_000),
        "*a **a ".repeat(20_000),
        "[quote]\n".repeat(20_000) + &"[/quote]\n".repeat(20_000),
        ">".repeat(20_000) + " <b>x</b>",
    ];
    let work = move || {
        for text in &texts {
            let html = render(text, Profile::Post, &Town::new()).html.into_string();
            let mut depth = 0usize;
            for step in dom::walk(&html) {
                match step {
                    dom::Step::Start(..) => depth += 1,
                    dom::Step::End(_) => depth -= 1,
                    _ => {}
                }
                assert!(depth <= 120, "browsers stop nesting at 512");
            }
            sanitise(text, Profile::Post, &Town::new());
            references(text);
        }
    };
    let thread = std::thread::Builder::new().stack_size(2 * 1024 * 1024).spawn(work).expect("a thread");
    thread.join().expect("no overflow");
}

#[test]
#[ignore = "needs a release build"]
fn thirty_thousand_plain_posts_a_second() {
    let words = "Thank you for the upload, @ada; the *second* file has no [licence](https://a.example/licence) yet.\n";
    let post = format!("{}\n\n- one thing\n- another thing with `code`\n\n{}", words.repeat(4), words.repeat(3));
    assert!((700..900).contains(&post.len()), "{} bytes", post.len());
    let town = Town::new();
    let start = Instant::now();
    let times = 30_000;
    for _ in 0..times {
        std::hint::black_box(render(&post, Profile::Post, &town));
    }
    println!("{:.0} posts a second", f64::from(times) / start.elapsed().as_secs_f64());
    assert!(start.elapsed() < Duration::from_secs(1), "{:?}", start.elapsed());
}
