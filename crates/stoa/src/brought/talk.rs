//! What was said on a talk page, as DiscussionTools tells it
//! (<https://www.mediawiki.org/wiki/Extension:DiscussionTools/API>): a tree of headings and comments.

use std::collections::HashSet;

use serde_json::Value;
use stoa_markup::{Nothing, Profile};

use crate::app::App;
use crate::wikis::Wiki;
use crate::wikis::api::{self, Silence, list};

/// Letters of the longest id that is kept.
const ID: usize = 500;
/// Comments of one discussion that are taken.
pub const MOST: usize = 1000;

/// A part of a talk page under a heading of its own.
#[derive(Clone, Debug, Default, PartialEq)]
pub struct Section {
    /// As the page calls it while its heading stays.
    pub id: String,
    /// Plain words; empty above the first heading.
    pub title: String,
    /// HTML that nobody signed.
    pub unsigned: String,
    /// In the order of the page.
    pub comments: Vec<Comment>,
}

/// One signed comment.
#[derive(Clone, Debug, Default, PartialEq)]
pub struct Comment {
    /// Stays when the page is moved or archived.
    pub id: String,
    /// The name on the wiki, or the address of somebody without one.
    pub author: String,
    /// UTC microseconds.
    pub at: i64,
    pub html: String,
    /// What it answers: an index of [`Section::comments`], always a lower one.
    pub parent: Option<usize>,
    /// The lower headings that it is the first to stand under, in plain words.
    pub under: Vec<String>,
}

/// Why a page could not be read.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub enum Trouble {
    /// There is no such page.
    Missing,
    /// The wiki does not have DiscussionTools.
    NoTools,
    NoAnswer,
}

/// Asks a wiki for everything on a page.
pub async fn ask(app: &App, wiki: &Wiki, page: &str) -> Result<Vec<Section>, Trouble> {
    let pairs = [
        ("action", "discussiontoolspageinfo"),
        ("page", page),
        ("prop", "threaditemshtml"),
        ("excludesignatures", "1"),
    ];
    match api::answer(app, wiki, &pairs).await {
        Ok(said) => Ok(sections(&said["discussiontoolspageinfo"]["threaditemshtml"])),
        Err(Silence::Refused(code)) => Err(match code.as_str() {
            "nosuchrevid" | "missingtitle" | "nosuchpageid" | "invalidtitle" => Trouble::Missing,
            "badvalue" | "unknown_action" => Trouble::NoTools,
            _ => Trouble::NoAnswer,
        }),
        Err(Silence::Nothing) => Err(Trouble::NoAnswer),
    }
}

/// The discussions in an answer. A lower heading stands in the answer twice: under its heading, and by itself.
pub fn sections(items: &Value) -> Vec<Section> {
    let mut within = HashSet::new();
    list(items).for_each(|item| lower_headings(item, &mut within));
    let own = list(items).filter(|item| !within.contains(item["id"].as_str().unwrap_or("")));
    own.map(|item| {
        let mut section = Section {
            id: text(&item["id"]),
            title: words(&item["html"]),
            unsigned: item["othercontent"].as_str().unwrap_or("").to_owned(),
            comments: Vec::new(),
        };
        walk(item, None, &mut Vec::new(), &mut section.comments);
        section
    })
    .collect()
}

fn lower_headings<'i>(item: &'i Value, found: &mut HashSet<&'i str>) {
    for reply in list(&item["replies"]) {
        if reply["type"] == "heading"
            && let Some(id) = reply["id"].as_str()
        {
            found.insert(id);
        }
        lower_headings(reply, found);
    }
}

fn walk(item: &Value, parent: Option<usize>, headings: &mut Vec<String>, comments: &mut Vec<Comment>) {
    for reply in list(&item["replies"]) {
        if reply["type"] == "heading" {
            headings.push(words(&reply["html"]));
            walk(reply, parent, headings, comments);
            continue;
        }
        let at = reply["timestamp"].as_str().and_then(|t| t.parse::<jiff::Timestamp>().ok());
        let (author, at) = match (reply["author"].as_str(), at) {
            (Some(author), Some(at)) if !author.is_empty() && author.len() <= 255 => (author.to_owned(), at),
            // What has no author or no time cannot be kept as theirs; its answers can.
            _ => {
                walk(reply, parent, headings, comments);
                continue;
            }
        };
        comments.push(Comment {
            id: text(&reply["id"]),
            author,
            at: at.as_microsecond(),
            html: reply["html"].as_str().unwrap_or("").to_owned(),
            parent,
            under: std::mem::take(headings),
        });
        let own = comments.len() - 1;
        walk(reply, Some(own), headings, comments);
    }
}

fn text(value: &Value) -> String {
    value.as_str().unwrap_or("").chars().take(ID).collect()
}

/// The words of a heading.
fn words(html: &Value) -> String {
    let text = stoa_markup::sanitise(html.as_str().unwrap_or(""), Profile::Post, &Nothing).text;
    text.split_whitespace().collect::<Vec<_>>().join(" ")
}

impl Section {
    /// The order in which comments become posts: by time, and nothing before what it answers.
    pub fn by_time(&self) -> Vec<usize> {
        let mut when: Vec<i64> = Vec::with_capacity(self.comments.len());
        for comment in &self.comments {
            let after = comment.parent.map_or(i64::MIN, |parent| when[parent]);
            when.push(comment.at.max(after));
        }
        let mut order: Vec<usize> = (0..self.comments.len()).collect();
        order.sort_by_key(|at| (when[*at], *at));
        order
    }

    /// Names of those who wrote, each once, in the order of the page.
    pub fn authors(&self) -> Vec<&str> {
        let mut seen = HashSet::new();
        self.comments.iter().map(|c| c.author.as_str()).filter(|name| seen.insert(*name)).collect()
    }
}

#[cfg(test)]
mod tests {
    use serde_json::json;

    use super::*;

    fn comment(id: &str, author: &str, at: &str, replies: Value) -> Value {
        json!({"type": "comment", "id": id, "author": author, "timestamp": at, "html": id, "replies": replies})
    }

    #[test]
    fn a_page_is_read_as_a_tree() {
        let lower = json!({"type": "heading", "headingLevel": 3, "id": "h-Sub", "html": "Sub &amp; more", "replies":
            [comment("c", "Cyd", "2026-01-03T00:00:00Z", json!([]))]});
        let answer = comment("b", "Bo", "2025-12-31T00:00:00Z", json!([]));
        let items = json!([
            {"type": "heading", "headingLevel": null, "id": "h-", "html": "", "othercontent": "<p>Hi</p>", "replies": []},
            {"type": "heading", "headingLevel": 2, "id": "h-Tea", "html": "<span id=\"x\"></span>Green <i>tea</i>", "replies":
                [comment("a", "Ada", "2026-01-01T00:00:00Z", json!([answer])), lower.clone(), json!({"type": "comment"})]},
            lower,
        ]);
        let found = sections(&items);
        assert_eq!(found.iter().map(|s| s.title.as_str()).collect::<Vec<_>>(), ["", "Green tea"]);
        assert_eq!(found[0].unsigned, "<p>Hi</p>");
        let tea = &found[1];
        assert_eq!(tea.comments.iter().map(|c| c.id.as_str()).collect::<Vec<_>>(), ["a", "b", "c"]);
        assert_eq!((tea.comments[1].parent, tea.comments[2].parent), (Some(0), None));
        assert_eq!(tea.comments[2].under, ["Sub & more"]);
        assert_eq!(tea.by_time(), [0, 1, 2], "an answer is not before what it answers, whatever its time says");
        assert_eq!(tea.authors(), ["Ada", "Bo", "Cyd"]);
    }
}
