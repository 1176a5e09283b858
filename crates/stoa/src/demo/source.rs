//! The files that the demonstration is made of, carried inside the program.

use anyhow::Context;
use serde::Deserialize;

macro_rules! carried {
    ($($name:literal),+ $(,)?) => { &[$(($name, include_str!(concat!("../../demo/", $name)))),+] };
}
macro_rules! pictures {
    ($($name:literal),+ $(,)?) => {
        &[$(($name, include_bytes!(concat!("../../demo/pictures/", $name)))),+]
    };
}

const PEOPLE: &str = include_str!("../../demo/people.json");
const CATEGORIES: &str = include_str!("../../demo/categories.json");
const GROUPS: &str = include_str!("../../demo/groups.json");

const TOPICS: &[(&str, &str)] = carried![
    "topics-ar.jsonl",
    "topics-de.jsonl",
    "topics-en-1.jsonl",
    "topics-en-2.jsonl",
    "topics-en-3.jsonl",
    "topics-en-4.jsonl",
    "topics-en-5.jsonl",
    "topics-es.jsonl",
    "topics-fr.jsonl",
    "topics-ha.jsonl",
    "topics-he.jsonl",
    "topics-hu.jsonl",
    "topics-id.jsonl",
    "topics-ja.jsonl",
    "topics-ko.jsonl",
    "topics-pl.jsonl",
    "topics-pt.jsonl",
    "topics-ru.jsonl",
    "topics-sr.jsonl",
    "topics-uk.jsonl",
    "topics-zh.jsonl",
];

/// The drawings, by the name that posts call them: `demo:NAME`.
pub const PICTURES: &[(&str, &[u8])] = pictures![
    "bridge.png",
    "chart-edits.png",
    "chart-uploads.png",
    "harbour.png",
    "library.png",
    "map-sketch.png",
    "market.png",
    "mountain.png",
    "museum.png",
    "owl.png",
    "picnic.png",
    "poster.png",
];

#[derive(Deserialize)]
#[serde(deny_unknown_fields)]
pub struct Person {
    pub name: String,
    pub lang: String,
    pub created: String,
    #[serde(default)]
    pub bio: String,
    #[serde(default)]
    pub role: String,
    #[serde(default)]
    pub trust: i64,
    #[serde(default)]
    pub title: String,
}

#[derive(Deserialize)]
#[serde(deny_unknown_fields)]
pub struct Category {
    pub slug: String,
    pub name: String,
    pub description: String,
    pub color: i64,
    pub lang: Option<String>,
    pub parent: Option<String>,
    /// Names of groups.
    pub read: Vec<String>,
    pub order: i64,
}

#[derive(Deserialize)]
#[serde(deny_unknown_fields)]
pub struct Group {
    pub name: String,
    pub full_name: String,
    pub members: Vec<String>,
}

#[derive(Deserialize)]
#[serde(deny_unknown_fields)]
pub struct Topic {
    pub category: String,
    pub title: String,
    pub lang: String,
    #[serde(default)]
    pub tags: Vec<String>,
    /// Who starts it.
    pub by: String,
    /// Its age in days.
    pub at: f64,
    #[serde(default)]
    pub pinned: bool,
    #[serde(default)]
    pub closed: bool,
    #[serde(default)]
    pub solved: Option<i64>,
    pub posts: Vec<Post>,
}

#[derive(Deserialize)]
#[serde(deny_unknown_fields)]
pub struct Post {
    pub by: String,
    /// Minutes after the post before it.
    pub after: f64,
    pub raw: String,
    #[serde(default)]
    pub reply_to: Option<i64>,
    #[serde(default)]
    pub likes: Vec<String>,
    #[serde(default)]
    pub lang: Option<String>,
}

/// All of it.
pub struct Source {
    pub people: Vec<Person>,
    pub categories: Vec<Category>,
    pub groups: Vec<Group>,
    /// Oldest first.
    pub topics: Vec<Topic>,
}

impl Source {
    pub fn read() -> anyhow::Result<Source> {
        let mut topics = Vec::new();
        for (name, text) in TOPICS {
            for (number, line) in text.lines().enumerate().filter(|(_, line)| !line.trim().is_empty()) {
                let topic = serde_json::from_str(line).with_context(|| format!("{name}, line {}", number + 1))?;
                topics.push(topic);
            }
        }
        topics.sort_by(|a: &Topic, b: &Topic| b.at.total_cmp(&a.at));
        Ok(Source {
            people: serde_json::from_str(PEOPLE).context("people.json")?,
            categories: serde_json::from_str(CATEGORIES).context("categories.json")?,
            groups: serde_json::from_str(GROUPS).context("groups.json")?,
            topics,
        })
    }
}
