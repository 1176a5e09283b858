//! `GET /p/{id}/history`: every version of a post, as the words that went and came; `GET /p/{id}`: where it stands.

use crate::web::extract::Path;
use askama::Template;
use similar::{ChangeTag, TextDiff};

use crate::access;
use crate::app::App;
use crate::db::{from_row, params};
use crate::may;
use crate::posts::Post;
use crate::topics::Topic;
use crate::topics::list::{Person, people};
use crate::web::Visit;
use crate::web::error::Result;
use crate::web::page::{page as show, redirect};
use crate::web::shell::Head;

struct Revision {
    number: i64,
    editor_id: i64,
    title: String,
    raw: String,
    reason: String,
    created_at: i64,
}
from_row!(Revision { number, editor_id, title, raw, reason, created_at });

/// A stretch of a comparison.
pub struct Piece {
    /// `ins`, `del` or nothing.
    pub kind: &'static str,
    pub text: String,
}

/// One step of the history, newest first.
struct Step {
    number: i64,
    editor: Person,
    reason: String,
    at: i64,
    pieces: Vec<Piece>,
    title: Vec<Piece>,
}

#[derive(Template)]
#[template(path = "posts/templates/history.html")]
struct Page<'a> {
    v: &'a Visit,
    head: Head,
    topic: &'a Topic,
    post: &'a Post,
    author: Person,
    /// Whether the reader may make an older version the newest.
    may_restore: bool,
    /// Everything that was changed is shown.
    is_whole: bool,
    steps: Vec<Step>,
}

/// Revisions shown; the others are still kept.
const MOST: i64 = 50;
/// Longer texts are compared by lines, which is quick however long they are.
const WORDS_UP_TO: usize = 20_000;

pub async fn go(v: Visit, app: App, Path(id): Path<i64>) -> Result {
    let (topic, post) = app.db.read(|tx| access::post(tx, &v, id)).await?;
    Ok(redirect(&topic.url_of(post.number)))
}

pub async fn page(v: Visit, app: App, Path(id): Path<i64>) -> Result {
    let found = app.db.read(|tx| {
        let (topic, post) = access::post(tx, &v, id)?;
        let revisions: Vec<Revision> = tx.all(
            "select number, editor_id, title, raw, reason, created_at from revisions where post_id = $1
             order by number desc limit $2",
            params![id, MOST],
        )?;
        let ids: Vec<i64> = revisions.iter().map(|r| r.editor_id).chain([post.author_id]).collect();
        Ok((topic, post, revisions, people(tx, &ids)?))
    });
    let (topic, post, revisions, people) = found.await?;
    let person = |id: i64| people.get(&id).cloned().unwrap_or_default();
    let may_restore = v.as_member().is_some_and(|me| may::edit(&me, &topic, &post).is_ok());
    let is_whole = (revisions.len() as i64) == post.revision_count;
    let mut after = (post.raw.clone(), topic.title.clone());
    let mut steps = Vec::new();
    for revision in revisions {
        let has_title = !revision.title.is_empty() && revision.title != after.1;
        steps.push(Step {
            number: revision.number,
            editor: person(revision.editor_id),
            reason: revision.reason,
            at: revision.created_at,
            pieces: compare(&revision.raw, &after.0),
            title: if has_title { compare(&revision.title, &after.1) } else { Vec::new() },
        });
        after.0 = revision.raw;
        if !revision.title.is_empty() {
            after.1 = revision.title;
        }
    }
    let head = Head::titled(v.t.history_title(&topic.title)).unlisted();
    let author = person(post.author_id);
    show(&Page { v: &v, head, author, may_restore, is_whole, topic: &topic, post: &post, steps })
}

/// What went and what came between two texts, by words (by lines in very long ones).
pub fn compare(old: &str, new: &str) -> Vec<Piece> {
    let mut pieces: Vec<Piece> = Vec::new();
    let mut add = |tag: ChangeTag, text: &str| {
        let kind = match tag {
            ChangeTag::Equal => "",
            ChangeTag::Delete => "del",
            ChangeTag::Insert => "ins",
        };
        match pieces.last_mut() {
            Some(last) if last.kind == kind => last.text.push_str(text),
            _ => pieces.push(Piece { kind, text: text.to_owned() }),
        }
    };
    if old.len() + new.len() <= WORDS_UP_TO {
        for change in TextDiff::from_words(old, new).iter_all_changes() {
            add(change.tag(), change.value());
        }
    } else {
        for change in TextDiff::from_lines(old, new).iter_all_changes() {
            add(change.tag(), change.value());
        }
    }
    pieces
}

#[cfg(test)]
mod tests {
    #[test]
    fn only_what_changed_is_marked() {
        let pieces: Vec<_> =
            super::compare("the old tea house", "the new tea house").into_iter().map(|p| (p.kind, p.text)).collect();
        assert_eq!(
            pieces,
            [("", "the ".into()), ("del", "old".into()), ("ins", "new".into()), ("", " tea house".to_string())]
        );
    }
}
