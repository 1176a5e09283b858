//! Images, attachments, hand-written HTML, and what is learnt on the way.

mod common;

use common::Town;
use stoa_markup::{Profile, References, Rendered, references, render, sanitise};

fn post(raw: &str) -> Rendered {
    render(raw, Profile::Post, &Town::new())
}

#[track_caller]
fn prints(raw: &str, html: &str) {
    assert_eq!(post(raw).html.as_str().trim_end(), html, "\n{raw}");
}

#[track_caller]
fn contains(raw: &str, parts: &[&str]) {
    let html = post(raw).html.into_string();
    for part in parts {
        assert!(html.contains(part), "{part:?} is missing in\n{html}");
    }
}

#[test]
fn own_images_are_shown_and_others_linked() {
    prints(
        "![a cat|690x375](upload://cat.png)",
        "<p dir=\"auto\"><img src=\"/uploads/1/cat.png\" alt=\"a cat\" width=\"690\" height=\"375\" loading=\"lazy\" decoding=\"async\"></p>",
    );
    contains("![a|690x375, 50%](upload://cat.png)", &["width=\"345\" height=\"187\""]);
    contains("![a](/uploads/cat.png \"title\")", &["width=\"800\" height=\"600\" title=\"title\""]);
    contains(
        "<img src=\"/uploads/cat.png\" onerror=x width=80 height=60>",
        &["alt=\"\" width=\"80\" height=\"60\" loading"],
    );
    assert_eq!(post("![a](upload://cat.png)").image.as_deref(), Some("/uploads/1/cat.png"));

    let rel = "rel=\"nofollow ugc noopener\"";
    prints(
        "![a](https://b.example/c.png)",
        &format!("<p dir=\"auto\"><a href=\"https://b.example/c.png\" class=\"ext-image\" {rel}>a</a></p>"),
    );
    contains("![](https://b.example/c.png)", &[">c.png</a>"]);
    contains("<img src=https://b.example/c.png>", &["class=\"ext-image\"", ">c.png</a>"]);
    contains(
        "[![a](https://b.example/c.png)](https://d.example)",
        &[&format!("<a href=\"https://d.example\" {rel}>a</a>")],
    );
    prints("![gone|10x10](upload://gone.png)", "<p dir=\"auto\">gone</p>");
    prints("![x](data:image/png;base64,AAAA)", "<p dir=\"auto\">x</p>");
    let comment = render("![a](upload://cat.png)", Profile::Comment, &Town::new());
    assert_eq!(
        comment.html.as_str(),
        "<p dir=\"auto\"><a href=\"/uploads/1/cat.png\" class=\"attachment\">a</a></p>\n"
    );
}

#[test]
fn browsers_choose_among_the_formats_and_sizes_of_an_image() {
    prints(
        "![a|1600x900](/uploads/wide.jpg)",
        "<p dir=\"auto\"><picture>\
         <source type=\"image/avif\" srcset=\"/uploads/2/wide-400.avif 400w, /uploads/2/wide-800.avif 800w\" \
         sizes=\"(max-width: 720px) 100vw, 720px\">\
         <source type=\"image/webp\" srcset=\"/uploads/2/wide-400.webp 400w, /uploads/2/wide-800.webp 800w\" \
         sizes=\"(max-width: 720px) 100vw, 720px\">\
         <img src=\"/uploads/2/wide.jpg\" alt=\"a\" width=\"1600\" height=\"900\" loading=\"lazy\" decoding=\"async\">\
         </picture></p>",
    );
    contains("![a|300x200](/uploads/wide.jpg)", &["sizes=\"(max-width: 300px) 100vw, 300px\""]);
    // An element that authors write is not ours.
    let html = post("<picture><source srcset=/uploads/x.webp><img src=/uploads/cat.png></picture>").html.into_string();
    assert!(!html.contains("<picture>") && !html.contains("<source"), "{html}");
}

#[test]
fn a_text_tells_which_files_it_uses() {
    let raw = "![x](upload://cat.png) [p](upload://paper.pdf) ![y](/uploads/cat.png) `![z](/uploads/wide.jpg)`";
    let used: Vec<String> = post(raw).uploads.into_iter().map(|u| u.href).collect();
    assert_eq!(used, ["/uploads/1/cat.png", "/uploads/1/paper.pdf"]);
}

#[test]
fn attachments_are_links_with_their_name() {
    prints(
        "[paper.pdf|attachment](upload://paper.pdf) (1 MB)",
        "<p dir=\"auto\"><a href=\"/uploads/1/paper.pdf\" class=\"attachment\">paper.pdf</a> (1 MB)</p>",
    );
    contains("![film|video](upload://paper.pdf)", &["class=\"attachment\">film</a>"]);
    prints("[x|attachment](upload://gone.pdf)", "<p dir=\"auto\">x</p>");
}

#[test]
fn html_is_cleaned_and_nobody_writes_our_classes() {
    prints("<b class=\"quote\" id=\"x\" style=\"color:red\" onclick=\"x\">a</b>", "<p dir=\"auto\"><b>a</b></p>");
    contains(
        "<kbd>Ctrl</kbd> <sub>2</sub> <ins>n</ins> <abbr title=\"x\">y</abbr>",
        &["<kbd>Ctrl</kbd> <sub>2</sub> <ins>n</ins> <abbr title=\"x\">y</abbr>"],
    );
    contains(
        "<details open><summary>s</summary>\n\n*x*\n\n</details>",
        &["<details open=\"\"><summary dir=\"auto\">s</summary>", "<em>x</em>"],
    );
    contains("<div dir=\"rtl\" lang=\"ar\">\n\nx\n\n</div>", &["<div dir=\"rtl\" lang=\"ar\">"]);
    contains("<input type=\"checkbox\"><label class=task>x</label><p>y", &["x"]);
    let html = post("<input type=\"checkbox\"><label class=task>x</label><p>y").html.into_string();
    assert!(!html.contains("input") && !html.contains("label"), "{html}");
    let html =
        post("</blockquote></div><div>a\n\n[quote]\n<div>\n\nb\n[/quote]\n\n</p></blockquote>c").html.into_string();
    assert_eq!(html.matches("<div").count(), html.matches("</div").count(), "{html}");
    assert_eq!(html.matches("<blockquote").count(), html.matches("</blockquote").count(), "{html}");
}

#[test]
fn tags_that_would_swallow_the_rest_are_shown() {
    prints(
        "why <title> and <Script>x</script> matter",
        "<p dir=\"auto\">why &lt;title&gt; and &lt;Script&gt;x&lt;/script&gt; matter</p>",
    );
    contains("<textarea>\n\nstill *here*", &["&lt;textarea&gt;", "still *here*"]);
}

#[test]
fn html_from_elsewhere_is_cleaned_the_same_way() {
    let rendered = sanitise(
        "<h1 class=x>T</h1><p>a<script>x</script> <a href=http://b.example>b</a>",
        Profile::Post,
        &Town::new(),
    );
    assert_eq!(
        rendered.html.as_str(),
        "<h3 dir=\"auto\">T</h3><p dir=\"auto\">a <a href=\"http://b.example\" rel=\"nofollow ugc noopener\">b</a></p>"
    );
    assert_eq!(rendered.text, "T\na b");
    assert_eq!(rendered.links, ["http://b.example"]);
}

#[test]
fn references_are_what_rendering_asks_for() {
    let raw = "[quote=\"ada, post:1, topic:7\"]\n@bo\n[/quote]\n@ada @\"Ida Lovelace\" @ada #help #a:b #t::tag `@no`\n\
               ![x|1x1](upload://cat.png) [p](upload://paper.pdf) <img src=\"/uploads/cat.png\"> https://a.example/@no#no";
    assert_eq!(
        references(raw),
        References {
            mentions: ["bo", "ada", "Ida Lovelace"].map(String::from).to_vec(),
            categories: ["help", "a:b"].map(String::from).to_vec(),
            tags: ["help", "t"].map(String::from).to_vec(),
            uploads: ["upload://cat.png", "upload://paper.pdf", "/uploads/cat.png"].map(String::from).to_vec(),
            topics: vec![7],
        }
    );
    assert_eq!(references("just words"), References::default());
    assert_eq!(references("&#64;ada &commat;bo").mentions, ["ada", "bo"]);
}

#[test]
fn search_text_has_words_only() {
    let text = post("# Title\n\n> said before\n\na *b* `c` [d](/e) :wink:\nline\n\n| x | y |\n|---|---|\n| 1 | 2 |\n\n![cat|1x1](upload://cat.png)[^1]\n\n[^1]: note").text;
    assert_eq!(text, "Title\na b c d 😉\nline\nx y\n1 2\ncat\nnote");
}
