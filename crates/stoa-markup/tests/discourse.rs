//! A whole forum that ran on Discourse: our HTML of its raw texts beside the HTML it had.

mod common;
#[path = "common/dom.rs"]
mod dom;

use std::collections::HashMap;
use std::io::Read;

use common::Town;
use dom::Step;
use stoa_markup::{Profile, render};

fn lines(file: &str) -> Option<Vec<serde_json::Value>> {
    let path = common::shared(&format!("discourse/urho3d/{file}"))?;
    let mut text = String::new();
    let file = std::fs::File::open(path).expect("readable");
    flate2::read::MultiGzDecoder::new(file).read_to_string(&mut text).expect("gzip");
    Some(text.lines().map(|line| serde_json::from_str(line).expect("JSON")).collect())
}

/// Raw texts by post number, from the plain-text page of a topic.
fn raw_posts(pages: &str) -> HashMap<u64, String> {
    let mut posts = HashMap::new();
    for part in pages.split("\n-------------------------\n") {
        let Some((head, raw)) = part.trim_start().split_once("\n\n") else {
            continue;
        };
        if let Some((_, number)) = head.rsplit_once(" | #")
            && let Ok(number) = number.trim().parse()
        {
            posts.insert(number, raw.trim().to_owned());
        }
    }
    posts
}

/// Letters and digits of the text outside quotes, and how many of some elements there are.
#[derive(Default)]
struct Shape {
    words: Vec<String>,
    blocks: usize,
    code: usize,
    items: usize,
}

fn is_void(name: &str) -> bool {
    matches!(name, "img" | "br" | "hr" | "input" | "source")
}

fn shape(html: &str) -> Shape {
    let mut shape = Shape::default();
    let mut text = String::new();
    let mut skip = 0usize;
    for step in dom::walk(html) {
        match step {
            Step::Start(name, attributes) => {
                let class = attributes.iter().find(|(k, _)| k == "class").map_or("", |(_, v)| v);
                match name.as_str() {
                    "blockquote" => shape.blocks += 1,
                    "pre" => shape.code += 1,
                    "li" => shape.items += 1,
                    _ => {}
                }
                if skip > 0 || name == "blockquote" || name == "aside" || class.contains("meta") {
                    skip += usize::from(!is_void(&name));
                }
                if name != "span" {
                    text.push(' ');
                }
            }
            Step::End(name) if !is_void(&name) => skip = skip.saturating_sub(1),
            Step::Text(part) if skip == 0 => text.push_str(&part),
            _ => {}
        }
    }
    shape.words = text.split(|c: char| !c.is_alphanumeric()).filter(|w| !w.is_empty()).map(str::to_lowercase).collect();
    shape
}

/// How many of their words are among ours, from 0 to 1.
fn overlap(ours: &[String], theirs: &[String]) -> f64 {
    let mut left: HashMap<&str, usize> = HashMap::new();
    for word in ours {
        *left.entry(word).or_default() += 1;
    }
    let found =
        theirs.iter().filter(|word| left.get_mut(word.as_str()).filter(|n| **n > 0).map(|n| *n -= 1).is_some()).count();
    if theirs.is_empty() { 1.0 } else { found as f64 / theirs.len() as f64 }
}

#[test]
fn five_thousand_posts_keep_their_words_and_blocks() {
    let (Some(raw), Some(topics)) = (lines("raw-A.jsonl.gz"), lines("topics-A.jsonl.gz")) else {
        return;
    };
    let pages: HashMap<u64, HashMap<u64, String>> = raw
        .iter()
        .map(|topic| (topic["topic_id"].as_u64().expect("id"), raw_posts(topic["raw_pages"].as_str().unwrap_or(""))))
        .collect();
    let town = Town::new();
    let (mut seen, mut words, mut blocks, mut code, mut items, mut tags) = (0, 0, 0, 0, 0, 0);
    for topic in &topics {
        for post in topic["post_stream"]["posts"].as_array().expect("posts") {
            let (id, number) = (post["topic_id"].as_u64().expect("id"), post["post_number"].as_u64().expect("number"));
            let Some(raw) = pages.get(&id).and_then(|posts| posts.get(&number)) else {
                continue;
            };
            let ours = render(raw, Profile::Post, &town).html.into_string();
            let (a, b) = (shape(&ours), shape(post["cooked"].as_str().expect("HTML")));
            seen += 1;
            words += u32::from(overlap(&a.words, &b.words) >= 0.95);
            blocks += u32::from(a.blocks == b.blocks);
            code += u32::from(a.code == b.code);
            items += u32::from(a.items == b.items);
            tags += u32::from(!ours.contains("[/quote]") && !ours.contains("[quote"));
        }
    }
    println!(
        "{seen} posts; same words {words}, quotes {blocks}, code blocks {code}, list items {items}, no tags left {tags}"
    );
    assert!(seen > 5_000);
    let share = |n: u32| f64::from(n) / f64::from(seen);
    // What differs: previews that Discourse fetched for bare links, and tags of the forum's
    // earlier software that Discourse printed as text and we understand.
    assert!(share(words) > 0.95 && share(blocks) > 0.95 && share(code) > 0.95);
    assert!(share(items) > 0.99 && share(tags) > 0.99);
}
