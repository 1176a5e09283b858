//! Cards of discussions for other sites: `/oembed` (<https://oembed.com/>) says how one is set into a page, `/embed/t/{id}` is the
//! card itself, in a frame. Both are for all alike: no cookie is read or set, and what not everybody may see is not found.
//!
//! The card is the only page that other sites may frame. It has no scripts and no forms, so nobody can be made to press
//! anything in it but a link that opens the discussion in a window of its own.

mod card;
mod oembed;

use crate::access;
use crate::db::Tx;
use crate::posts::Post;
use crate::topics::Topic;
use crate::web::error::{Error, Result};
use crate::web::{Policy, Routes, Visit};

pub fn routes() -> Routes {
    Routes::new().get_with("/oembed", Policy::Public, oembed::QUERY, oembed::page).get_with(
        "/embed/t/{id}",
        Policy::Public,
        card::QUERY,
        card::page,
    )
}

/// The address that says how a discussion is set into other pages, for links in heads.
pub fn address(v: &Visit, path: &str, format: &str) -> String {
    let url: String = url::form_urlencoded::byte_serialize(v.absolute(path).as_bytes()).collect();
    v.absolute(&format!("/oembed?format={format}&url={url}"))
}

/// A topic, and one of its posts where it is wanted; as everybody sees them.
fn seen(tx: &Tx, v: &Visit, topic: i64, number: Option<i64>) -> Result<(Topic, Option<Post>)> {
    let topic = access::topic(tx, v, topic)?;
    let Some(number) = number.filter(|number| *number > 1) else { return Ok((topic, None)) };
    let sql = "select id from posts where topic_id = $1 and number = $2 and kind = 0";
    let id: Option<i64> = tx.first(sql, crate::db::params![topic.id, number])?;
    let (_, post) = access::post(tx, v, id.ok_or(Error::NotFound)?)?;
    if !access::sees_text(v, &post) {
        return Err(Error::NotFound);
    }
    Ok((topic, Some(post)))
}

/// The name of whoever wrote something.
fn name(tx: &Tx, user: i64) -> Result<String> {
    tx.one("select name from users where id = $1", crate::db::params![user])
}
