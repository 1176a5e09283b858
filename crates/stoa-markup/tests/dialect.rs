//! What a text looks like when it is printed: one story per feature.

mod common;

use common::Town;
use stoa_markup::{Profile, QuoteRef, Rendered, quote_block, render, split_at_polls};

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
fn paragraphs_follow_the_direction_of_their_words_and_keep_line_breaks() {
    prints("one\ntwo", "<p dir=\"auto\">one<br>\ntwo</p>");
    assert_eq!(render("one\ntwo", Profile::Page, &Town::new()).html.as_str(), "<p dir=\"auto\">one\ntwo</p>\n");
    contains("- مرحبا\n- hello", &["<li dir=\"auto\">مرحبا</li>"]);
}

#[test]
fn headings_nest_under_the_page() {
    prints("# a", "<h3 dir=\"auto\">a</h3>");
    prints("##### a", "<h6 dir=\"auto\">a</h6>");
    prints("<h1>a</h1>", "<h3 dir=\"auto\">a</h3>");
    let comment = render("# a\n\nb", Profile::Comment, &Town::new());
    assert_eq!(comment.html.as_str(), "<p dir=\"auto\"><strong>a</strong></p>\n<p dir=\"auto\">b</p>\n");
}

#[test]
fn links_to_other_hosts_say_that_they_are_not_ours() {
    contains(
        "see https://a.example/x?a=1&b=2 .",
        &[
            "<a href=\"https://a.example/x?a=1&amp;b=2\" rel=\"nofollow ugc noopener\">https://a.example/x?a=1&amp;b=2</a>",
        ],
    );
    prints("[x](https://forum.example/t/1)", "<p dir=\"auto\"><a href=\"https://forum.example/t/1\">x</a></p>");
    prints("[x](/t/1)", "<p dir=\"auto\"><a href=\"/t/1\">x</a></p>");
    contains("[x](//evil.example)", &["rel=\"nofollow"]);
    contains("<a href=\"/\\evil.example\">x</a>", &["rel=\"nofollow"]);
    contains(
        "<a href=\"https://b.example\" onclick=x rel=follow>x</a>",
        &["<a href=\"https://b.example\" rel=\"nofollow ugc noopener\">x</a>"],
    );
    prints("[x](javascript:alert(1))", "<p dir=\"auto\">x</p>");
    prints("[x](<java\tscript:alert(1)>)", "<p dir=\"auto\">x</p>");
    assert_eq!(post("[a](/a) https://b.example [a](/a) [c](#c)").links, ["/a", "https://b.example"]);
}

#[test]
fn mentions_of_every_script_become_links() {
    let rendered = post("Hi @ada, @bo's and @\"Ida Lovelace\"! @مريم، @अनिल्। (@a.b-c_d.) @nobody");
    assert_eq!(rendered.mentions, ["ada", "bo", "Ida Lovelace", "مريم", "अनिल्", "a.b-c_d"]);
    assert!(rendered.html.as_str().contains("<a href=\"/u/ada\" class=\"mention\">@ada</a>, "));
    assert!(rendered.html.as_str().ends_with("@nobody</p>\n"), "{}", rendered.html);
    assert_eq!(rendered.links, Vec::<String>::new());
    for not in ["`@ada`", "me@ada.example", "x@ada", "https://a.example/@ada", "[@ada](/x)", "    @ada", "\\@@ada"] {
        assert_eq!(post(not).mentions, Vec::<String>::new(), "{not}");
    }
    let quoted = post("> @ada\n\n[quote]\n@bo\n[/quote]\n\n@\"Ida Lovelace\"");
    assert_eq!(quoted.mentions, ["Ida Lovelace"]);
    assert_eq!(quoted.html.as_str().matches("class=\"mention\"").count(), 3);
}

#[test]
fn hashtags_lead_to_categories_and_tags() {
    contains("#help", &["<a href=\"/c/help\" class=\"category\">Help</a>"]);
    contains("#help:uploads.", &["class=\"category\">Uploads</a>."]);
    contains("#help::tag", &["<a href=\"/tag/help\" class=\"tag\">#help</a>"]);
    contains("#tools #help::category", &["class=\"tag\">#tools</a>", "class=\"category\">Help</a>"]);
    prints("#unknown a#help", "<p dir=\"auto\">#unknown a#help</p>");
}

#[test]
fn emoji_names_become_emoji() {
    prints(":slight_smile: :wink: :+1: 👋 :wave:t2:", "<p dir=\"auto\">🙂 😉 👍 👋 👋🏻</p>");
    prints(":unknown_thing: 10:30:20 `:wink:`", "<p dir=\"auto\">:unknown_thing: 10:30:20 <code>:wink:</code></p>");
}

#[test]
fn wiki_links_lead_to_wikis() {
    let rel = "rel=\"nofollow ugc noopener\"";
    contains("[[Main Page]]", &[&format!("<a href=\"https://en.wikipedia.org/wiki/Main_Page\" {rel}>Main Page</a>")]);
    contains("[[:de:Straße|die Straße]]", &["https://de.wikipedia.org/wiki/Stra%C3%9Fe", ">die Straße</a>"]);
    contains("[[m:Requests#New]]", &["https://meta.wikimedia.org/wiki/Requests#New", ">m:Requests#New</a>"]);
    contains("[[m:User:Ada (WMF)|]]", &["https://meta.wikimedia.org/wiki/User:Ada_(WMF)", ">Ada</a>"]);
    contains("[[A_b_c *x* d]]", &["/wiki/A_b_c_*x*_d", ">A_b_c *x* d</a>"]);
    contains("| a |\n|---|\n| [[x\\|y]] |", &["/wiki/x\"", ">y</a>"]);
    prints("`[[x]]`", "<p dir=\"auto\"><code>[[x]]</code></p>");
}

#[test]
fn quotes_name_their_source() {
    let rendered = post(
        "[quote=\"ada, post:3, topic:9\"]\nHello *there*\n\n[quote=bo]\ninner\n[/quote]\nmore\n[/quote]\n\nmy answer",
    );
    assert_eq!(
        rendered.html.as_str(),
        "<blockquote data-topic=\"9\" data-post=\"3\" class=\"quote\" dir=\"auto\">\n\
         <p class=\"quote-by\" dir=\"auto\"><a href=\"/t/upload-help/9/3\" title=\"Upload &quot;help&quot;\">ada</a></p>\n\
         <p dir=\"auto\">Hello <em>there</em></p>\n\
         <blockquote class=\"quote\" dir=\"auto\">\n<p class=\"quote-by\" dir=\"auto\">bo</p>\n\
         <p dir=\"auto\">inner</p>\n</blockquote>\n<p dir=\"auto\">more</p>\n</blockquote>\n\
         <p dir=\"auto\">my answer</p>\n"
    );
    assert_eq!(rendered.text, "my answer");
    assert_eq!(rendered.quotes[0], QuoteRef { name: "ada".into(), topic_id: Some(9), post_number: Some(3) });
    assert_eq!(rendered.quotes[1].name, "bo");
    assert_eq!(rendered.links, Vec::<String>::new());

    // A topic that readers may not see leaves no trace but the name.
    let hidden = post("[quote=\"ada, post:3, topic:8\"]\nx\n[/quote]").html.into_string();
    assert!(hidden.contains("<p class=\"quote-by\" dir=\"auto\">ada</p>") && !hidden.contains('8'), "{hidden}");
}

#[test]
fn quotes_of_old_posts_are_forgiving() {
    contains(
        "[quote]one[/quote]\ntwo",
        &["<blockquote class=\"quote\" dir=\"auto\">\n<p dir=\"auto\">one</p>\n</blockquote>\n<p dir=\"auto\">two</p>"],
    );
    contains("[quote=\"a\"]x[/quote][quote=\"b\"]y[/quote]", &[">a</p>", ">b</p>"]);
    contains("[QUOTE=x]y[/QUOTE] z", &["<p dir=\"auto\">y</p>\n</blockquote>\n<p dir=\"auto\">z</p>"]);
    contains("[quote=\"a\"][quote=\"b\"]x[/quote]y[/quote]z", &["<p dir=\"auto\">z</p>"]);
    for text in [
        "[quote=\"a\"]\nnever closed",
        "never opened [/quote]",
        "use [quote]…[/quote] for that",
        "`[quote]`\nx\n[/quote]",
    ] {
        let html = post(text).html.into_string();
        assert!(!html.contains("<blockquote") && html.contains("quote"), "{html}");
    }
    // Tags in code are code, also when they look like one end of a quote outside.
    contains("[quote]\n```\n[/quote]\n```\n[/quote]\nend", &["<pre><code>[/quote]\n</code></pre>\n</blockquote>"]);
    contains("<!--\n[quote]\n-->\n\ntext", &["text"]);
    contains("<script>\n[quote]\nx\n[/quote]\n</script>\n\ntext", &["text"]);
    // Deeper than eight levels they stay text.
    let deep = format!("{}x\n{}", "[quote]\n".repeat(12), "[/quote]\n".repeat(12));
    let html = post(&deep).html.into_string();
    assert_eq!(html.matches("<blockquote").count(), 8);
    assert_eq!(html.matches("[quote]").count(), 4);
}

#[test]
fn a_quote_made_for_a_reply_comes_back_whole() {
    for words in
        ["plain", "a [/quote] b", "```\nx [/quote]\n```", "```\ncut off", "[quote=x]\ninner\n[/quote]", "[quote]\nopen"]
    {
        let raw = format!("{}answer", quote_block("ada", 3, 9, words));
        let rendered = post(&raw);
        assert_eq!(rendered.text, "answer", "{words}\n{}", rendered.html);
        assert_eq!(rendered.quotes[0].topic_id, Some(9));
    }
}

#[test]
fn details_fold_and_spoilers_hide() {
    prints(
        "[details=\"More\"]\ntext\n[/details]",
        "<details class=\"details\"><summary dir=\"auto\">More</summary>\n<p dir=\"auto\">text</p>\n</details>",
    );
    prints(
        "[spoiler]\ntext\n[/spoiler]",
        "<details class=\"details\"><summary dir=\"auto\">Spoiler</summary>\n<p dir=\"auto\">text</p>\n</details>",
    );
    prints(
        "it is [spoiler]him[/spoiler]!",
        "<p dir=\"auto\">it is <span tabindex=\"0\" class=\"spoiler\">him</span>!</p>",
    );
    contains(
        "[details]\n- a\n\n```\nb\n```\n[/details]",
        &["<details class=\"details\">\n<ul>", "</code></pre>\n</details>"],
    );
}

#[test]
fn code_is_coloured_by_class() {
    let rendered = post("```rust\nlet a = 1; // [b]\n```");
    let html = rendered.html.as_str();
    assert!(html.starts_with("<pre><code class=\"language-rust\"><span class=\"hl-source hl-rust\">"), "{html}");
    assert!(rendered.has_code && html.contains("hl-comment") && html.contains("[b]"));
    assert!(!html.contains("style="));
    assert_eq!(rendered.text, "let a = 1; // [b]");
    prints("```nonsense\n<b>\n```", "<pre><code class=\"language-nonsense\">&lt;b&gt;\n</code></pre>");
    assert!(!post("no code").has_code);
}

#[test]
fn tables_lists_of_tasks_and_footnotes() {
    prints(
        "| a | b |\n|---|--:|\n| 1 | 2 |",
        "<div class=\"table-scroll\"><table>\n<thead>\n<tr>\n<th dir=\"auto\">a</th>\n<th class=\"align-right\" dir=\"auto\">b</th>\n</tr>\n</thead>\n\
         <tbody>\n<tr>\n<td dir=\"auto\">1</td>\n<td class=\"align-right\" dir=\"auto\">2</td>\n</tr>\n</tbody>\n</table></div>",
    );
    prints(
        "- [ ] a\n- [x] *b*",
        "<ul>\n<li dir=\"auto\"><label class=\"task\"><input type=\"checkbox\" disabled> a</label></li>\n\
         <li dir=\"auto\"><label class=\"task\"><input type=\"checkbox\" disabled checked> <em>b</em></label></li>\n</ul>",
    );
    let one = post("a[^n] b[^n]\n\n[^n]: note").html.into_string();
    let two = post("c[^n]\n\n[^n]: note").html.into_string();
    let id = |html: &str| html.split("id=\"fn-").nth(1).unwrap().split('"').next().unwrap().to_owned();
    assert_ne!(id(&one), id(&two), "ids differ between posts");
    for html in [&one, &two] {
        assert!(html.contains(&format!("href=\"#fn-{}\"", id(html))), "{html}");
        assert!(html.contains(&format!("<a href=\"#fnref-{}\" class=\"footnote-back\"", id(html))), "{html}");
    }
    assert!(one.contains("<section class=\"footnotes\">\n<ol>\n<li id="), "{one}");
}

#[test]
fn bracket_tags_of_older_forums_work() {
    prints(
        "[b]bold[/b] [i]it[/i] [u]un[/u] [s]st[/s]",
        "<p dir=\"auto\"><b>bold</b> <i>it</i> <u>un</u> <s>st</s></p>",
    );
    contains(
        "[url=https://a.example]*text*[/url]",
        &["<a href=\"https://a.example\" rel=\"nofollow ugc noopener\"><em>text</em></a>"],
    );
    contains("[url]https://a.example/x_y_z[/url]", &["<a href=\"https://a.example/x_y_z\""]);
    contains("[img]https://a.example/i.png[/img]", &["class=\"ext-image\"", ">i.png</a>"]);
    contains("[code]\na *b* [b]c[/b]\n[/code]", &["<pre><code>a *b* [b]c[/b]\n</code></pre>"]);
    contains("do\n[code]a *b*[/code]\nnow", &["<pre><code>a *b*\n</code></pre>"]);
    contains("say [code]a `b`[/code]", &["<code>a `b`</code>"]);
    contains("[b]\nalone\n[/b]", &["<b>alone"]);
    prints("[b]open [i]x", "<p dir=\"auto\">[b]open [i]x</p>");
    prints("`[b]x[/b]`", "<p dir=\"auto\"><code>[b]x[/b]</code></p>");
    prints("[url=javascript:alert(1)]x[/url]", "<p dir=\"auto\">x</p>");
    prints("\\[b]x[/b]", "<p dir=\"auto\">[b]x[/b]</p>");
}

#[test]
fn polls_leave_a_place_and_read_as_lists() {
    let rendered =
        post("Before\n[poll type=regular results=always]\n# Tea & co?\n* green <b>\n* `black`\n[/poll]\nafter");
    assert_eq!(
        rendered.html.as_str(),
        "<p dir=\"auto\">Before</p>\n<div class=\"poll\">\n<p class=\"poll-title\" dir=\"auto\">Tea &amp; co?</p>\n\
         <ul>\n<li dir=\"auto\">green &lt;b&gt;</li>\n<li dir=\"auto\">`black`</li>\n</ul>\n</div>\n<p dir=\"auto\">after</p>\n"
    );
    assert_eq!(rendered.text, "Before\nTea & co?\ngreen <b>\n`black`\nafter");
    assert_eq!(rendered.polls.len(), 1);
    assert_eq!(split_at_polls(rendered.html.as_str()).len(), 2);
}

#[test]
fn only_what_is_a_poll_becomes_one() {
    // Quoted, talked about, written as HTML, or broken: no place to vote.
    for raw in [
        "[quote=\"ada, post:1, topic:9\"]\n[poll]\n* a\n* b\n[/poll]\n[/quote]",
        "```\n[poll]\n* a\n* b\n[/poll]\n```",
        "<div class=\"poll\"><ul><li>a</li></ul></div>",
        "[poll]\n* a\n[/poll]",
        "[poll type=ranked_choice]\n* a\n* b\n[/poll]",
        "a [poll]\n* a\n* b\n[/poll]",
    ] {
        let rendered = post(raw);
        assert!(rendered.polls.is_empty(), "{raw}");
        assert_eq!(split_at_polls(rendered.html.as_str()).len(), 1, "{raw}\n{}", rendered.html);
    }
    let three = post(&"[poll]\n* a\n* b\n[/poll]\n\n".repeat(3));
    assert_eq!(three.polls.iter().map(|p| p.name.as_str()).collect::<Vec<_>>(), ["poll", "poll 2"]);
    assert_eq!(split_at_polls(three.html.as_str()).len(), 3);
    contains("[poll]\n* a\n[/poll]", &["[poll]", "[/poll]"]);
    // Among HTML of the author's the place stays the same.
    let html = post("<details><summary>x</summary>y</details>\n\n[poll]\n* a\n* b\n[/poll]\n\n<b>z</b>");
    assert_eq!((html.polls.len(), split_at_polls(html.html.as_str()).len()), (1, 2), "{}", html.html);
}
