//! Every SQL statement about categories.

use crate::db::{Engine, Tx, params};
use crate::topics::Topic;
use crate::topics::queries::columns;
use crate::web::error::Result;
use crate::web::paging::Place;

/// Conditions on a topic `x`; `$2`: 1 for staff.
macro_rules! shown {
    () => {
        "(x.deleted_at is null or $2 = 1) and (x.hidden_at is null or $2 = 1) and (x.unlisted_at is null or $2 = 1)"
    };
}

/// Each category is read in the order of its own index, no further than the page needs, and only those few rows are
/// sorted: the cost does not depend on how many topics there are.
const LATEST_SQLITE: &str = concat!(
    "select ",
    columns!(),
    " from categories c cross join topics t where c.id in ids($1) and t.id in (
        select x.id from topics x where x.category_id = c.id and ",
    shown!(),
    " and (x.bumped_at, x.id) < ($3, $4) order by x.bumped_at desc, x.id desc limit $5 + $6)
    order by t.bumped_at desc, t.id desc limit $5 offset $6"
);
const LATEST_POSTGRES: &str = concat!(
    "select ",
    columns!(),
    " from categories c cross join lateral (
        select * from topics x where x.category_id = c.id and ",
    shown!(),
    " and (x.bumped_at, x.id) < ($3, $4) order by x.bumped_at desc, x.id desc limit $5::bigint + $6::bigint) t
    where c.id in ids($1) order by t.bumped_at desc, t.id desc limit $5 offset $6"
);

/// Topics of these categories, last active first. `staff`: also those that are hidden, unlisted or deleted.
pub fn latest(tx: &Tx, categories: &[i64], staff: bool, before: Place, limit: i64, skip: i64) -> Result<Vec<Topic>> {
    let sql = match tx.engine() {
        Engine::Sqlite => LATEST_SQLITE,
        Engine::Postgres => LATEST_POSTGRES,
    };
    tx.all(sql, params![categories, staff, before.at, before.id, limit, skip])
}

/// A category with how many topics it has and its three latest.
pub const WITH_LATEST: &str = concat!(
    "select c.id, c.topic_count, ",
    "(select x.id from topics x where x.category_id = c.id and ",
    shown!(),
    " order by x.bumped_at desc, x.id desc limit 1), ",
    "(select x.id from topics x where x.category_id = c.id and ",
    shown!(),
    " order by x.bumped_at desc, x.id desc limit 1 offset 1), ",
    "(select x.id from topics x where x.category_id = c.id and ",
    shown!(),
    " order by x.bumped_at desc, x.id desc limit 1 offset 2)
    from categories c where c.id in ids($1)"
);

pub const TOPICS: &str = concat!("select ", columns!(), " from topics t where t.id in ids($1)");
