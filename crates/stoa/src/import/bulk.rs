//! Many rows with few statements, on either engine.

use crate::db::{Engine, Tx, Val, params};
use crate::web::error::Result;

/// Rows of the largest statement; smaller ones have half as many, and so on, so that few texts are ever prepared.
const MOST: usize = 64;

/// Inserts rows. `into` is the table with its columns, `tail` what follows the values (`on conflict …`), and `put`
/// pushes the values of one row, always `width` of them. Returns how many rows were really inserted.
pub fn insert<'r, R>(
    tx: &Tx,
    into: &str,
    width: usize,
    tail: &str,
    rows: &'r [R],
    put: impl Fn(&'r R, &mut Vec<Val<'r>>),
) -> Result<u64> {
    let mut values = Vec::with_capacity(MOST * width);
    let (mut rest, mut size, mut done) = (rows, MOST, 0);
    let mut statement = text(into, width, size, tail);
    while !rest.is_empty() {
        while size > rest.len() {
            size /= 2;
            statement = text(into, width, size, tail);
        }
        values.clear();
        rest[..size].iter().for_each(|row| put(row, &mut values));
        debug_assert_eq!(values.len(), size * width, "{into}");
        done += tx.exec(&statement, &values)?;
        rest = &rest[size..];
    }
    Ok(done)
}

fn text(into: &str, width: usize, rows: usize, tail: &str) -> String {
    let mut sql = format!("insert into {into} values ");
    for row in 0..rows {
        sql.push_str(if row == 0 { "(" } else { ",(" });
        for column in 1..=width {
            if column > 1 {
                sql.push(',');
            }
            sql.push('$');
            sql.push_str(&(row * width + column).to_string());
        }
        sql.push(')');
    }
    sql.push(' ');
    sql.push_str(tail);
    sql
}

/// After ids were given by hand: the engine's own next id is past them. SQLite looks for itself.
pub fn ids_given(tx: &Tx, table: &str) -> Result<()> {
    if tx.engine() == Engine::Postgres {
        let sql = format!(
            "select setval(pg_get_serial_sequence('{table}', 'id'), (select coalesce(max(id), 0) + 1 from {table}), false)"
        );
        tx.one::<i64>(&sql, &[])?;
    }
    Ok(())
}

/// Adds numbers to a column of rows named by id.
pub fn add_up(tx: &Tx, table: &str, column: &str, steps: impl IntoIterator<Item = (i64, i64)>) -> Result<()> {
    let sql = format!("update {table} set {column} = {column} + $2 where id = $1");
    for (id, step) in steps {
        if step != 0 {
            tx.exec(&sql, params![id, step])?;
        }
    }
    Ok(())
}

#[cfg(test)]
mod tests {
    #[test]
    fn values_are_numbered_through() {
        let sql = super::text("t (a, b)", 2, 2, "on conflict do nothing");
        assert_eq!(sql, "insert into t (a, b) values ($1,$2),($3,$4) on conflict do nothing");
    }
}
