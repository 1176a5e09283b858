//! Tags: any number on a topic, in any script.

pub mod index;
pub mod show;

use crate::db::{Tx, params};
use crate::web::error::Result;

/// Characters.
pub const LONGEST: usize = 60;

/// The key under which a tag is found.
pub fn folded(tag: &str) -> String {
    use unicode_normalization::UnicodeNormalization;
    tag.nfkc().flat_map(char::to_lowercase).collect::<String>().nfkc().collect()
}

/// The address of a tag's page. A tag such as `feed.rss` must not look like the feed of another.
pub fn url(tag: &str) -> String {
    crate::feeds::ending::kept(format!("/tag/{}", crate::topics::encoded(tag)))
}

/// The tags of a form's field: separated by commas (of any script) or spaces, without `#`, each once.
pub fn split(text: &str) -> Vec<String> {
    let mut tags: Vec<String> = Vec::new();
    for word in text.split([',', '،', '、', '，', ';', ' ', '\n', '\t']) {
        let word = word.trim().trim_start_matches('#');
        if !word.is_empty() && !tags.iter().any(|t| folded(t) == folded(word)) {
            tags.push(word.to_owned());
        }
    }
    tags
}

/// Letters, digits, marks and a few signs; no more than [`LONGEST`].
pub fn is_valid(tag: &str) -> bool {
    let fits =
        |c: char| c.is_alphanumeric() || unicode_normalization::char::is_combining_mark(c) || "-_.+·‌‍’'".contains(c);
    tag.chars().count() <= LONGEST && tag.chars().all(fits) && tag.chars().any(char::is_alphanumeric)
}

/// Finds a tag or makes it.
pub fn ensure(tx: &Tx, name: &str) -> Result<i64> {
    let folded = folded(name);
    if let Some(id) = tx.first("select id from tags where folded = $1", params![&folded])? {
        return Ok(id);
    }
    tx.exec("insert into tags (name, folded) values ($1, $2) on conflict (folded) do nothing", params![name, &folded])?;
    tx.one("select id from tags where folded = $1", params![&folded])
}

/// Gives a topic exactly these tags and keeps the counts right.
pub fn put(tx: &Tx, topic: i64, names: &[String]) -> Result<()> {
    let had: Vec<i64> = tx.all("select tag_id from topic_tags where topic_id = $1", params![topic])?;
    let mut have = Vec::new();
    for name in names {
        have.push(ensure(tx, name)?);
    }
    for gone in had.iter().filter(|id| !have.contains(id)) {
        tx.exec("delete from topic_tags where topic_id = $1 and tag_id = $2", params![topic, gone])?;
        tx.exec("update tags set topic_count = topic_count - 1 where id = $1", params![gone])?;
    }
    for new in have.iter().filter(|id| !had.contains(id)) {
        let added = tx.exec(
            "insert into topic_tags (topic_id, tag_id) values ($1, $2) on conflict do nothing",
            params![topic, new],
        )?;
        if added > 0 {
            tx.exec("update tags set topic_count = topic_count + 1 where id = $1", params![new])?;
        }
    }
    Ok(())
}

pub fn routes() -> crate::web::Routes {
    use crate::web::Policy::Everyone;
    crate::web::Routes::new().get("/tags", Everyone, index::page).get_with(
        "/tag/{tag}",
        Everyone,
        show::QUERY,
        show::page,
    )
}
