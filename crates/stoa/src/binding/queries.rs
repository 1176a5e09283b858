//! Every SQL statement about topics and wiki pages that more than one place uses.

use crate::db::changes::Entry;
use crate::db::{Kind, Tx, params};
use crate::web::error::{Error, Result};

/// Wikis that this site is joined to: name, title, language, address of a page.
pub const NAMES: &str = "select name, title, lang, article from wikis order by position, id";

/// Pages that topics are about: topic, wiki, title.
pub const PAGES: &str = "select tp.topic_id, w.name, tp.title from topic_pages tp join wikis w on w.id = tp.wiki_id
    where tp.topic_id in ids($1) order by w.position, w.id, tp.title";

/// A wiki's id by its name.
pub fn wiki(tx: &Tx, name: &str) -> Result<i64> {
    tx.first("select id from wikis where name = $1", params![name])?.ok_or(Error::NotFound)
}

/// Ids of topics that are about a page, the newest 1,000.
pub fn bound_to(tx: &Tx, wiki: &str, title: &str) -> Result<Vec<i64>> {
    let wiki = self::wiki(tx, wiki)?;
    let title = super::title::tidy(title);
    tx.all(
        "select topic_id from topic_pages where wiki_id = $1 and title = $2 order by topic_id desc limit 1000",
        params![wiki, &title],
    )
}

/// Ids of topics that a page links to or shows, at most 1,000.
pub fn linked_from(tx: &Tx, wiki: &str, title: &str) -> Result<Vec<i64>> {
    let wiki = self::wiki(tx, wiki)?;
    let title = super::title::tidy(title);
    tx.all(
        "select l.topic_id from wiki_pages p join wiki_page_links l on l.wiki_id = p.wiki_id and l.page_id = p.page_id
         where p.wiki_id = $1 and p.title = $2 and p.deleted_at is null order by l.topic_id desc limit 1000",
        params![wiki, &title],
    )
}

/// Topics that entries of the log are about.
pub fn topics_of(tx: &Tx, entries: &[Entry]) -> Result<Vec<i64>> {
    let of = |kinds: &[Kind]| -> Vec<i64> {
        entries.iter().filter(|e| kinds.iter().any(|k| *k as i64 == e.kind)).map(|e| e.subject).collect()
    };
    let mut topics = of(&[Kind::TopicCreated, Kind::TopicEdited, Kind::TopicDeleted]);
    let posts = of(&[Kind::PostCreated, Kind::PostEdited, Kind::PostDeleted, Kind::PostLiked]);
    if !posts.is_empty() {
        topics.extend(tx.all::<i64>("select distinct topic_id from posts where id in ids($1)", params![&posts])?);
    }
    topics.sort_unstable();
    topics.dedup();
    Ok(topics)
}
