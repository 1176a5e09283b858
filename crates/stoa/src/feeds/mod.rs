//! What programs read: Atom and RSS feeds, source texts, the sitemap, robots.txt.

pub mod absolute;
pub mod ending;
pub mod feed;
pub mod posts;
pub mod raw;
pub mod robots;
pub mod sitemap;
pub mod topics;

use crate::topics::lists;
use crate::web::{Policy, Routes, field};

/// Entries of a feed.
pub const MOST: i64 = 30;

pub fn routes() -> Routes {
    use Policy::{Everyone, Open};
    const LIST: &[crate::web::routes::Field] = &[field("lang", 35)];
    Routes::new()
        .get_with("/feeds/{format}/latest", Everyone, LIST, topics::latest)
        .get_with("/feeds/{format}/new", Everyone, LIST, topics::newest)
        .get_with("/feeds/{format}/top", Everyone, lists::TOP_QUERY, topics::top)
        .get("/feeds/{format}/c/{slug}/{id}", Everyone, topics::category)
        .get("/feeds/{format}/tag/{tag}", Everyone, topics::tag)
        .get("/feeds/{format}/posts", Everyone, posts::all)
        .get("/feeds/{format}/t/{slug}/{id}", Everyone, posts::of_topic)
        .get("/feeds/{format}/u/{name}", Everyone, posts::of_user)
        .get_with("/raw/{topic}", Everyone, raw::QUERY, raw::topic)
        .get("/raw/{topic}/{number}", Everyone, raw::post)
        .get("/sitemap.xml", Everyone, sitemap::index)
        .get("/sitemap/{file}", Everyone, sitemap::part)
        .get("/robots.txt", Open, robots::robots)
        .get("/opensearch.xml", Everyone, robots::open_search)
}
