//! Which record of a source became which row: ids are kept when they are free, and a record that came before is known
//! again when the import is run again.

use std::collections::HashMap;

use crate::db::{Tx, Val, params};
use crate::web::error::Result;

use super::bulk;

/// The ids of one kind of thing from one source.
pub struct Ids {
    source: String,
    kind: &'static str,
    known: HashMap<i64, i64>,
    next: i64,
    /// Told to the store with the next batch.
    new: Vec<Mapped>,
}

/// One line of the table `imports`.
#[derive(Clone, Debug)]
pub struct Mapped {
    source: String,
    kind: &'static str,
    source_id: i64,
    id: i64,
}

impl Ids {
    /// What earlier runs remembered. New ids are larger than any in `table` and than `highest`, the largest in the
    /// source, so that they take no place that a later record may keep.
    pub fn load(tx: &Tx, source: &str, kind: &'static str, table: &str, highest: i64) -> Result<Ids> {
        let known: Vec<(i64, i64)> =
            tx.all("select source_id, id from imports where source = $1 and kind = $2", params![source, kind])?;
        let here: i64 = tx.one(&format!("select coalesce(max(id), 0) from {table}"), &[])?;
        Ok(Ids {
            source: source.to_owned(),
            kind,
            known: known.into_iter().collect(),
            next: here.max(highest).max(0) + 1,
            new: Vec::new(),
        })
    }

    /// The row that a record became in this run or an earlier one, if that was written down.
    pub fn known(&self, source_id: i64) -> Option<i64> {
        self.known.get(&source_id).copied()
    }

    /// An id that nothing has.
    pub fn fresh(&mut self) -> i64 {
        self.next += 1;
        self.next - 1
    }

    /// New ids are larger than this, the largest in the source.
    pub fn keep_free(&mut self, highest: i64) {
        self.next = self.next.max(highest + 1);
    }

    /// Writes down what a record became.
    pub fn remember(&mut self, source_id: i64, id: i64) {
        if self.known.insert(source_id, id) != Some(id) {
            self.new.push(Mapped { source: self.source.clone(), kind: self.kind, source_id, id });
        }
    }

    /// What is to be written with the next batch.
    pub fn take(&mut self) -> Vec<Mapped> {
        std::mem::take(&mut self.new)
    }
}

/// Writes what records became, in the transaction of their rows.
pub fn write(tx: &Tx, mapped: &[Mapped]) -> Result<()> {
    let tail = "on conflict (source, kind, source_id) do update set id = excluded.id";
    bulk::insert(tx, "imports (source, kind, source_id, id)", 4, tail, mapped, |m, out| {
        out.extend([Val::from(&m.source), Val::from(m.kind), Val::Int(m.source_id), Val::Int(m.id)]);
    })?;
    Ok(())
}
