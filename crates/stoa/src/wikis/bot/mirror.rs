//! Chosen discussions on a talk page: each has a section there, to which people subscribe as to any other, and new replies are told
//! in it as signed comments.

use std::collections::BTreeMap;

use stoa_i18n::T;
use stoa_markup::{excerpt, wikitext_escaped};

use super::Bot;
use super::client::{Client, Done, Edit, Page, Trouble};
use crate::access;
use crate::app::App;
use crate::clock::SECOND;
use crate::db::{Tx, from_row, params};
use crate::topics::{Topic, post_url, queries};
use crate::web::error::Result;
use crate::web::visit::Viewer;

/// Replies that one comment tells of, each with so many characters.
const REPLIES: i64 = 5;
const EXCERPT: usize = 200;

/// A discussion on a talk page.
pub struct Mirror {
    pub topic_id: i64,
    pub page: String,
    pub heading: String,
    pub told_number: i64,
    pub begun_at: Option<i64>,
}
from_row!(Mirror { topic_id, page, heading, told_number, begun_at });

struct Reply {
    number: i64,
    html: stoa_markup::SafeHtml,
    author: String,
}
from_row!(Reply { number, html, author });

/// What is to be written for one of them.
pub struct Due {
    pub mirror: Mirror,
    /// The text of the section, when it is new.
    pub opening: Option<String>,
    /// The comment, when there are replies.
    pub comment: Option<String>,
    pub up_to: i64,
    pub heading: String,
}

const ALL: &str = "select m.topic_id, m.page, m.heading, m.told_number, m.begun_at
    from topic_mirrors m join topics t on t.id = m.topic_id
    where m.wiki_id = $1 and (m.begun_at is null or t.highest_number > m.told_number)
        and (m.told_at is null or m.told_at <= $2) order by m.told_at nulls first, m.topic_id limit 20";

const NEW: &str = "select p.number, p.html, u.name from posts p join users u on u.id = p.author_id
    where p.topic_id = $1 and p.number > $2 and p.kind = 0 and p.hidden_at is null and p.deleted_at is null
    order by p.number";

/// Those that have something to tell. What is no longer for everybody is told no more.
pub fn due(tx: &Tx, app: &App, bot: &Bot, t: &T, now: i64) -> Result<Vec<Due>> {
    let site = app.site.now(tx)?;
    let nobody = Viewer::nobody(&site);
    let mut all = Vec::new();
    for mirror in tx.all::<Mirror>(ALL, params![bot.wiki_id, now - bot.pause_seconds * SECOND])? {
        let topic: Option<Topic> = tx.first(queries::BY_ID, params![mirror.topic_id])?;
        let Some(topic) = topic.filter(|t| access::topic_is_open_to(&nobody, 0, t)) else { continue };
        let base = app.config.base();
        let from = if mirror.begun_at.is_some() { mirror.told_number } else { topic.highest_number };
        let replies: Vec<Reply> = tx.all(NEW, params![topic.id, from])?;
        let up_to = replies.last().map_or(from, |r| r.number);
        let heading = match mirror.heading.as_str() {
            "" => wikitext_escaped(&excerpt(&topic.title, 200)),
            kept => kept.to_owned(),
        };
        let opening = mirror.begun_at.is_none().then(|| {
            let said = wikitext_escaped(&topic.excerpt);
            format!(
                "{}\n<blockquote>{said}</blockquote>\n~~~~",
                t.bot_mirror_opening(stoa_i18n::Plain(&format!("{base}/t/-/{}", topic.id)))
            )
        });
        let comment = (!replies.is_empty()).then(|| comment(&topic, &replies, &base, t));
        all.push(Due { mirror, opening, comment, up_to, heading });
    }
    Ok(all)
}

fn comment(topic: &Topic, replies: &[Reply], base: &str, t: &T) -> String {
    let shown = replies.iter().take(REPLIES as usize).map(|r| {
        let url = format!("{base}{}", post_url(&topic.slug, topic.id, r.number));
        let said = wikitext_escaped(&excerpt(&crate::posts::plain(&r.html), EXCERPT));
        format!("[{url} <bdi>{}</bdi>]: {said}", wikitext_escaped(&r.author))
    });
    let mut parts: Vec<String> = shown.collect();
    let more = replies.len() as i64 - REPLIES;
    if more > 0 {
        parts.push(t.bot_mirror_more(more));
    }
    format!(": {} ~~~~", parts.join("<br />"))
}

/// Writes one.
pub async fn write(client: &mut Client<'_>, due: &Due, there: &BTreeMap<String, Page>, t: &T) -> Done<()> {
    let page = there.get(&due.mirror.page);
    let section = page.and_then(|p| Some((p.revision?, end_of_section(&p.text, &due.heading)?)));
    match (&due.opening, &due.comment, section) {
        // A section that was archived is begun anew where people will look for it.
        (Some(opening), ..) => begin(client, due, opening, t).await,
        (None, Some(comment), None) => begin(client, due, &format!("{comment}\n"), t).await,
        (None, Some(comment), Some((revision, at))) => {
            let text = page.map_or("", |p| p.text.as_str());
            let (before, after) = text.split_at(at);
            let text = format!("{}\n{comment}\n{}{after}", before.trim_end(), if after.is_empty() { "" } else { "\n" });
            let summary = format!("/* {} */ {}", due.heading, t.bot_summary_reply());
            let edit = Edit {
                title: &due.mirror.page,
                text: &text,
                summary: &summary,
                base: Some(revision),
                ..Edit::default()
            };
            client.edit(&edit).await
        }
        (None, None, _) => Ok(()),
    }
}

async fn begin(client: &mut Client<'_>, due: &Due, text: &str, t: &T) -> Done<()> {
    let summary = t.bot_summary_mirror();
    let edit = Edit {
        title: &due.mirror.page,
        text,
        summary: &summary,
        section: Some(due.heading.as_str()),
        ..Edit::default()
    };
    client.edit(&edit).await
}

/// Where a section with this heading ends in a page: before the next heading of its level, or with the page.
fn end_of_section(text: &str, heading: &str) -> Option<usize> {
    let is_heading = |line: &str| line.starts_with("==") && !line.starts_with("===") && line.trim_end().ends_with("==");
    let mut at = 0;
    let mut inside = false;
    for line in text.split_inclusive('\n') {
        if inside && is_heading(line) {
            return Some(at);
        }
        if is_heading(line) && line.trim().trim_matches('=').trim() == heading {
            inside = true;
        }
        at += line.len();
    }
    inside.then_some(at)
}

/// Writes down how far a discussion was told.
pub fn told(tx: &Tx, wiki: i64, topic: i64, up_to: i64, heading: &str, now: i64) -> Result<()> {
    tx.exec(
        "update topic_mirrors set told_number = $3, heading = $4, begun_at = coalesce(begun_at, $5), told_at = $5
         where wiki_id = $1 and topic_id = $2",
        params![wiki, topic, up_to, heading, now],
    )
    .map(drop)
}

/// One that the wiki does not take is left alone for as long as others are.
pub fn refused(tx: &Tx, wiki: i64, topic: i64, now: i64) -> Result<()> {
    tx.exec("update topic_mirrors set told_at = $3 where wiki_id = $1 and topic_id = $2", params![wiki, topic, now])
        .map(drop)
}

/// Whether a trouble is of one page alone.
pub fn is_of_page(trouble: &Trouble) -> bool {
    matches!(trouble, Trouble::No(..))
}

#[cfg(test)]
mod tests {
    use super::end_of_section;

    #[test]
    fn a_section_ends_where_the_next_begins() {
        let text = "Intro\n\n== One ==\nwords\n=== Below ===\nmore\n\n== Two ==\nlast\n";
        assert_eq!(&text[end_of_section(text, "One").expect("there")..], "== Two ==\nlast\n");
        assert_eq!(end_of_section(text, "Two"), Some(text.len()));
        assert_eq!(end_of_section(text, "Below"), None);
        assert_eq!(end_of_section("", "One"), None);
    }
}
