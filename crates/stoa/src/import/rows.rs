//! People, groups, categories and topics as rows, and how a batch of them is written.

use std::collections::HashMap;

use stoa_markup::SafeHtml;

use super::bulk;
use super::names::Name;
use crate::db::{Tx, Val, params};
use crate::site::{EVERYONE, Level, MEMBERS};
use crate::web::error::Result;

/// A member to be.
#[derive(Clone, Debug, Default)]
pub struct User {
    pub id: i64,
    pub name: Name,
    pub display_name: String,
    pub title: String,
    pub bio_raw: String,
    pub bio_html: SafeHtml,
    pub lang: String,
    pub trust_level: i64,
    pub created_at: i64,
    pub suspended_until: Option<i64>,
    pub silenced_until: Option<i64>,
}

/// A category to be. It has no rights, so that nobody but administrators sees it, until [`open`] gives it some.
#[derive(Clone, Debug, Default)]
pub struct Category {
    pub id: i64,
    pub parent_id: Option<i64>,
    pub name: String,
    pub slug: String,
    pub color: i64,
    pub description_raw: String,
    pub description_html: SafeHtml,
    pub lang: String,
    pub position: i64,
    pub created_at: i64,
}

/// A topic to be, still without posts.
#[derive(Clone, Debug, Default)]
pub struct Topic {
    pub id: i64,
    pub category_id: i64,
    pub title: String,
    pub slug: String,
    pub author_id: i64,
    pub lang: String,
    pub created_at: i64,
    pub bumped_at: i64,
    pub pinned_at: Option<i64>,
    pub pinned_until: Option<i64>,
    pub pinned_everywhere: bool,
    pub closed_at: Option<i64>,
    pub archived_at: Option<i64>,
    pub unlisted_at: Option<i64>,
    pub hidden_at: Option<i64>,
    pub solved_number: Option<i64>,
    pub tags: Vec<String>,
}

/// Rights of a category: group and level.
pub type Rights = Vec<(i64, Level)>;

/// What a category has that everybody sees and every member writes in.
pub fn open_to_all() -> Rights {
    vec![(EVERYONE, Level::See), (MEMBERS, Level::Create)]
}

pub fn users(tx: &Tx, rows: &[User]) -> Result<()> {
    let into = "users (id, name, folded, skeleton, display_name, title, bio_raw, bio_html, lang, trust_level,
        created_at, suspended_until, silenced_until)";
    bulk::insert(tx, into, 13, "", rows, |u, out| {
        out.extend([
            Val::Int(u.id),
            Val::from(&u.name.name),
            Val::from(&u.name.folded),
            Val::from(&u.name.skeleton),
            Val::from(&u.display_name),
            Val::from(&u.title),
            Val::from(&u.bio_raw),
            Val::from(&u.bio_html),
            Val::from(&u.lang),
            Val::Int(u.trust_level),
            Val::Int(u.created_at),
            Val::from(&u.suspended_until),
            Val::from(&u.silenced_until),
        ]);
    })?;
    bulk::ids_given(tx, "users")
}

/// Writes categories, parents before children.
pub fn categories(tx: &Tx, rows: &[Category]) -> Result<()> {
    let into = "categories (id, parent_id, name, slug, color, description_raw, description_html, lang, position,
        created_at)";
    bulk::insert(tx, into, 10, "", rows, |c, out| {
        out.extend([
            Val::Int(c.id),
            Val::from(&c.parent_id),
            Val::from(&c.name),
            Val::from(&c.slug),
            Val::Int(c.color),
            Val::from(&c.description_raw),
            Val::from(&c.description_html),
            Val::from(&c.lang),
            Val::Int(c.position),
            Val::Int(c.created_at),
        ]);
    })?;
    bulk::ids_given(tx, "categories")
}

/// Gives a category its rights: from here on it can be read.
pub fn open(tx: &Tx, category: i64, rights: &[(i64, Level)]) -> Result<()> {
    for (group, level) in rights {
        tx.exec(
            "insert into category_groups (category_id, group_id, level) values ($1, $2, $3)
             on conflict (category_id, group_id) do update set level = excluded.level",
            params![category, *group, *level as i64],
        )?;
    }
    Ok(())
}

/// Writes topics, their tags, and what counts them.
pub fn topics(tx: &Tx, rows: &[Topic]) -> Result<()> {
    let into = "topics (id, category_id, title, slug, author_id, lang, created_at, bumped_at, last_post_at,
        last_poster_id, pinned_at, pinned_until, pinned_everywhere, closed_at, archived_at, unlisted_at, hidden_at,
        solved_number)";
    bulk::insert(tx, into, 18, "", rows, |t, out| {
        out.extend([
            Val::Int(t.id),
            Val::Int(t.category_id),
            Val::from(&t.title),
            Val::from(&t.slug),
            Val::Int(t.author_id),
            Val::from(&t.lang),
            Val::Int(t.created_at),
            Val::Int(t.bumped_at),
            Val::Int(t.created_at),
            Val::Int(t.author_id),
            Val::from(&t.pinned_at),
            Val::from(&t.pinned_until),
            Val::from(t.pinned_everywhere),
            Val::from(&t.closed_at),
            Val::from(&t.archived_at),
            Val::from(&t.unlisted_at),
            Val::from(&t.hidden_at),
            Val::from(&t.solved_number),
        ]);
    })?;
    bulk::ids_given(tx, "topics")?;
    bulk::add_up(tx, "users", "topic_count", counted(rows.iter().map(|t| t.author_id)))?;
    bulk::add_up(tx, "categories", "topic_count", counted(rows.iter().map(|t| t.category_id)))?;
    tags(tx, rows)
}

fn tags(tx: &Tx, rows: &[Topic]) -> Result<()> {
    let mut ids: HashMap<&str, i64> = HashMap::new();
    let mut pairs: Vec<(i64, i64)> = Vec::new();
    for topic in rows {
        for tag in &topic.tags {
            let id = match ids.get(tag.as_str()) {
                Some(id) => *id,
                None => {
                    let id = crate::tags::ensure(tx, tag)?;
                    ids.insert(tag, id);
                    id
                }
            };
            pairs.push((topic.id, id));
        }
    }
    pairs.sort_unstable();
    pairs.dedup();
    bulk::insert(tx, "topic_tags (topic_id, tag_id)", 2, "", &pairs, |(topic, tag), out| {
        out.extend([Val::Int(*topic), Val::Int(*tag)]);
    })?;
    bulk::add_up(tx, "tags", "topic_count", counted(pairs.iter().map(|(_, tag)| *tag)))
}

/// How often each id occurs, smallest first, so that two writers take rows in the same order.
pub fn counted(ids: impl Iterator<Item = i64>) -> std::collections::BTreeMap<i64, i64> {
    let mut counts = std::collections::BTreeMap::new();
    ids.for_each(|id| *counts.entry(id).or_default() += 1);
    counts
}
