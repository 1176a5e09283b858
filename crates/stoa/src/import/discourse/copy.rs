//! Reads a plain PostgreSQL dump as a stream: the blocks `COPY table (columns) FROM stdin;`, nothing else.

use std::collections::HashMap;
use std::io::{BufRead, Read as _};

use anyhow::{Context, bail};

/// Bytes of the longest row.
const LONGEST: u64 = 64 << 20;

/// One row of a table.
pub struct Row<'r> {
    columns: &'r HashMap<String, usize>,
    fields: Vec<&'r str>,
}

impl Row<'_> {
    /// The text of a column as it was, or `None` when it is null or this version has no such column.
    pub fn text(&self, column: &str) -> Option<String> {
        let field = self.fields.get(*self.columns.get(column)?)?;
        if *field == "\\N" { None } else { Some(unescape(field)) }
    }

    pub fn int(&self, column: &str) -> Option<i64> {
        self.text(column)?.parse().ok()
    }

    pub fn flag(&self, column: &str) -> bool {
        self.text(column).as_deref() == Some("t")
    }

    /// UTC microseconds.
    pub fn time(&self, column: &str) -> Option<i64> {
        crate::clock::parse(&self.text(column)?)
    }
}

/// Calls `take` with the rows of the tables for which `wants` says so. Returns the names of all tables that are there.
pub fn read(
    mut dump: impl BufRead,
    wants: impl Fn(&str) -> bool,
    mut take: impl FnMut(&str, &Row) -> anyhow::Result<()>,
) -> anyhow::Result<Vec<String>> {
    let mut tables = Vec::new();
    let mut line = Vec::new();
    while next(&mut dump, &mut line)? {
        let Some((table, columns)) = std::str::from_utf8(&line).ok().and_then(head) else { continue };
        let wanted = wants(&table);
        loop {
            if !next(&mut dump, &mut line).with_context(|| format!("in the table {table}"))? {
                bail!("the dump ends in the middle of the table {table}: the archive is not whole");
            }
            if line == b"\\." {
                break;
            }
            if wanted {
                let text = String::from_utf8_lossy(&line);
                take(&table, &Row { columns: &columns, fields: text.split('\t').collect() })?;
            }
        }
        tables.push(table);
    }
    Ok(tables)
}

fn next(dump: &mut impl BufRead, line: &mut Vec<u8>) -> anyhow::Result<bool> {
    line.clear();
    let got = dump.take(LONGEST).read_until(b'\n', line).context("the dump ends too early or is damaged")?;
    if got as u64 == LONGEST {
        bail!("a row is longer than {LONGEST} bytes");
    }
    while line.last().is_some_and(|b| matches!(b, b'\n' | b'\r')) {
        line.pop();
    }
    Ok(got > 0)
}

/// The table and its columns in the head of a block.
fn head(line: &str) -> Option<(String, HashMap<String, usize>)> {
    let (table, rest) = line.strip_prefix("COPY ")?.split_once(" (")?;
    let columns = rest.strip_suffix(") FROM stdin;")?;
    let bare = |name: &str| name.trim().trim_matches('"').to_owned();
    let table = bare(table.rsplit('.').next().unwrap_or(table));
    Some((table, columns.split(',').enumerate().map(|(i, name)| (bare(name), i)).collect()))
}

/// Undoes what COPY does to tabs, line ends and backslashes.
fn unescape(field: &str) -> String {
    if !field.contains('\\') {
        return field.to_owned();
    }
    let mut out = String::with_capacity(field.len());
    let mut chars = field.chars();
    while let Some(c) = chars.next() {
        match c {
            '\\' => match chars.next() {
                Some('n') => out.push('\n'),
                Some('t') => out.push('\t'),
                Some('r') => out.push('\r'),
                Some('b') => out.push('\u{8}'),
                Some('f') => out.push('\u{c}'),
                Some('v') => out.push('\u{b}'),
                Some(other) => out.push(other),
                None => {}
            },
            other => out.push(other),
        }
    }
    out
}

#[cfg(test)]
mod tests {
    use super::*;

    const DUMP: &str = "--\nSET x = 1;\nCOPY public.posts (id, raw, \"hidden\", created_at) FROM stdin;\n\
        1\tone\\ntwo\\tthree \\\\.\tt\t2020-01-02 03:04:05.678\n2\t\\N\tf\t\\N\n\\.\n\nCOPY other (a) FROM stdin;\n\\.\n";

    #[test]
    fn rows_are_read_by_the_names_of_their_columns() {
        let mut rows = Vec::new();
        let tables = read(
            DUMP.as_bytes(),
            |t| t == "posts",
            |_, row| {
                rows.push((
                    row.int("id"),
                    row.text("raw"),
                    row.flag("hidden"),
                    row.time("created_at"),
                    row.text("none"),
                ));
                Ok(())
            },
        );
        assert_eq!(tables.expect("a whole dump"), ["posts", "other"]);
        assert_eq!(rows[0].1.as_deref(), Some("one\ntwo\tthree \\."));
        assert_eq!((rows[0].0, rows[0].2, rows[0].3), (Some(1), true, Some(1_577_934_245_678_000)));
        assert_eq!((rows[1].1.as_deref(), rows[1].2, rows[1].3), (None, false, None));
    }

    #[test]
    fn a_dump_that_ends_early_is_refused() {
        let cut = &DUMP[..DUMP.len() - 60];
        let error = read(cut.as_bytes(), |_| true, |_, _| Ok(())).expect_err("it is cut");
        assert!(error.to_string().contains("posts"), "{error}");
    }
}
