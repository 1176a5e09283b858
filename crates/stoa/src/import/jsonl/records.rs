//! The records of a JSON Lines import. An unknown field is an error: a misspelt one must not be lost in silence.

use serde::Deserialize;
use serde::de::DeserializeOwned;

use crate::import::lines::{Line, Lines};
use crate::import::report::Report;

#[derive(Debug, Deserialize)]
#[serde(deny_unknown_fields)]
pub struct User {
    pub id: i64,
    pub username: String,
    #[serde(default)]
    pub name: String,
    #[serde(default)]
    pub language: String,
    #[serde(default)]
    pub bio: String,
    /// Seconds since 1970, as everywhere here.
    pub created: i64,
}

#[derive(Debug, Deserialize)]
#[serde(deny_unknown_fields)]
pub struct Category {
    pub id: i64,
    pub name: String,
    #[serde(default)]
    pub slug: String,
    #[serde(default)]
    pub description: String,
}

#[derive(Debug, Deserialize)]
#[serde(deny_unknown_fields)]
pub struct Topic {
    pub id: i64,
    pub category: i64,
    #[serde(default)]
    pub language: String,
    pub created: i64,
    /// How many posts the writer meant to give it; the posts themselves count.
    #[serde(default, rename = "size")]
    pub _size: i64,
    pub title: String,
    #[serde(default)]
    pub tags: Vec<String>,
    #[serde(default, rename = "first_post")]
    pub _first_post: Option<i64>,
    pub author: i64,
}

#[derive(Debug, Deserialize)]
#[serde(deny_unknown_fields)]
pub struct Post {
    pub id: i64,
    pub topic: i64,
    /// Its place in the topic, from 0.
    pub index: i64,
    pub author: i64,
    /// The id of the post that it answers.
    #[serde(default)]
    pub reply_to: Option<i64>,
    pub created: i64,
    #[serde(default)]
    pub language: String,
    /// Follows from the language.
    #[serde(default, rename = "direction")]
    pub _direction: String,
    pub body: String,
}

#[derive(Debug, Deserialize)]
#[serde(deny_unknown_fields)]
pub struct Like {
    pub post: i64,
    pub user: i64,
    pub created: i64,
}

/// A record and where it stands.
pub struct Found<R> {
    pub line: u64,
    pub record: R,
}

/// Reads up to `most` good records; the others are reported. An empty answer is the end of the file.
pub fn some<R: DeserializeOwned>(
    lines: &mut Lines,
    report: &mut Report,
    kind: &'static str,
    most: usize,
) -> anyhow::Result<Vec<Found<R>>> {
    let mut found = Vec::with_capacity(most.min(8192));
    while found.len() < most {
        let Some(line) = lines.read()? else { break };
        report.of(kind).read += 1;
        let parsed = match line {
            Line::Text(text) => serde_json::from_str(text).map_err(|e| wrong(&e)),
            Line::TooLong => Err(("the line is too long", "longer than 8 MiB".to_owned())),
            Line::NotUtf8 => Err(("not UTF-8", String::new())),
        };
        match parsed {
            Ok(record) => found.push(Found { line: lines.number, record }),
            Err((reason, exactly)) => report.skip(kind, place(kind, lines.number), reason, &exactly),
        }
    }
    Ok(found)
}

/// File and line.
pub fn place(kind: &str, line: u64) -> String {
    format!("{kind}.jsonl:{line}")
}

fn wrong(e: &serde_json::Error) -> (&'static str, String) {
    let exactly = e.to_string().replace(" at line 1 column ", " at character ");
    let exactly: String = exactly.chars().take(300).collect();
    let reason = match e.classify() {
        serde_json::error::Category::Data if exactly.starts_with("unknown field") => "a field that is not known",
        serde_json::error::Category::Data if exactly.starts_with("missing field") => "a field is missing",
        serde_json::error::Category::Data => "a value of the wrong kind",
        _ => "broken JSON",
    };
    (reason, exactly)
}

/// UTC microseconds of seconds, when they lie between 1970 and the year 3000.
pub fn micros(seconds: i64) -> Option<i64> {
    (0..32_503_680_000).contains(&seconds).then(|| seconds * 1_000_000)
}
