//! Everything a SQLite store holds, as text, to compare before and after.

use std::collections::BTreeMap;

use rusqlite::types::ValueRef;

use super::stoa::Stoa;

/// Rows by table.
pub type Dump = BTreeMap<String, Vec<String>>;

/// All tables but the ones named, and without the times at which sessions were seen.
pub fn dump(s: &Stoa, without: &[&str]) -> Dump {
    let path = s.config.data.join("stoa.db");
    let conn =
        rusqlite::Connection::open_with_flags(path, rusqlite::OpenFlags::SQLITE_OPEN_READ_ONLY).expect("the store");
    let mut names = conn.prepare("select name from sqlite_master where type = 'table' order by name").expect("a query");
    let names: Vec<String> =
        names.query_map([], |row| row.get(0)).expect("tables").map(|n| n.expect("a name")).collect();
    let mut all = Dump::new();
    for table in names.into_iter().filter(|t| !without.contains(&t.as_str())) {
        let mut statement = conn.prepare(&format!("select * from \"{table}\"")).expect("a query");
        let columns: Vec<String> = statement.column_names().map(str::to_owned).collect();
        let mut rows = statement.query([]).expect("rows");
        let mut texts = Vec::new();
        while let Some(row) = rows.next().expect("a row") {
            let cells = columns.iter().enumerate().filter(|(_, name)| *name != "seen_at").map(|(i, name)| {
                let value = match row.get_ref(i).expect("a cell") {
                    ValueRef::Null => "null".to_owned(),
                    ValueRef::Integer(n) => n.to_string(),
                    ValueRef::Real(n) => n.to_string(),
                    ValueRef::Text(text) | ValueRef::Blob(text) => String::from_utf8_lossy(text).into_owned(),
                };
                format!("{name}={value}")
            });
            texts.push(cells.collect::<Vec<_>>().join(" "));
        }
        texts.sort();
        all.insert(table, texts);
    }
    all
}

/// What differs, one line for each row that came or went.
pub fn differences(before: &Dump, after: &Dump) -> Vec<String> {
    let mut out = Vec::new();
    for (table, rows) in after {
        let had = before.get(table).map_or(&[][..], Vec::as_slice);
        out.extend(rows.iter().filter(|r| !had.contains(r)).map(|r| format!("+ {table}: {}", short(r))));
        out.extend(had.iter().filter(|r| !rows.contains(r)).map(|r| format!("- {table}: {}", short(r))));
    }
    out
}

fn short(text: &str) -> String {
    text.chars().take(200).collect()
}
