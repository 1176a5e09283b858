//! What little differs between the engines in the text of a statement.
//!
//! SQLite numbers `$1` by first appearance, so `$n` becomes `?n`; a list of ids is a JSON array there and a
//! `bigint[]` on PostgreSQL, written `in ids($n)` in the shared text.

use std::collections::HashMap;
use std::sync::{Arc, LazyLock, RwLock};

/// Statements are long and looked up with each use: the usual hash took a tenth of a member's page.
type Cache = LazyLock<RwLock<HashMap<String, Arc<str>, foldhash::fast::RandomState>>>;

static SQLITE: Cache = LazyLock::new(RwLock::default);
static POSTGRES: Cache = LazyLock::new(RwLock::default);

/// The statement as SQLite takes it.
pub fn sqlite(sql: &str) -> Arc<str> {
    cached(&SQLITE, sql, |sql| rewrite(sql, "?", |n| format!("(select value from json_each(?{n}))")))
}

/// The statement as PostgreSQL takes it.
pub fn postgres(sql: &str) -> Arc<str> {
    cached(&POSTGRES, sql, |sql| rewrite(sql, "$", |n| format!("(select unnest(${n}::bigint[]))")))
}

fn cached(cache: &Cache, sql: &str, make: impl Fn(&str) -> String) -> Arc<str> {
    if let Some(found) = cache.read().expect("no panic while the lock is held").get(sql) {
        return found.clone();
    }
    let made: Arc<str> = make(sql).into();
    cache.write().expect("no panic while the lock is held").insert(sql.to_owned(), made.clone());
    made
}

fn rewrite(sql: &str, mark: &str, ids: impl Fn(&str) -> String) -> String {
    let mut out = String::with_capacity(sql.len() + 32);
    let mut rest = sql;
    while let Some(at) = rest.find('$') {
        let digits = rest[at + 1..].bytes().take_while(u8::is_ascii_digit).count();
        let (before, number) = (&rest[..at], &rest[at + 1..at + 1 + digits]);
        rest = &rest[at + 1 + digits..];
        if let Some(before) = before.strip_suffix("ids(")
            && let Some(after) = rest.strip_prefix(')')
        {
            out.push_str(before);
            out.push_str(&ids(number));
            rest = after;
        } else {
            out.push_str(before);
            out.push_str(if digits == 0 { "$" } else { mark });
            out.push_str(number);
        }
    }
    out.push_str(rest);
    out
}

#[cfg(test)]
mod tests {
    #[test]
    fn each_engine_gets_its_own_marks() {
        let shared = "select a from t where id in ids($2) and b = $1 limit $3";
        assert_eq!(
            &*super::sqlite(shared),
            "select a from t where id in (select value from json_each(?2)) and b = ?1 limit ?3"
        );
        assert_eq!(
            &*super::postgres(shared),
            "select a from t where id in (select unnest($2::bigint[])) and b = $1 limit $3"
        );
    }
}
