//! Values that go into statements and rows that come out, the same for both engines.

use anyhow::{anyhow, bail};
use stoa_markup::SafeHtml;
use tokio_postgres::types::{IsNull, ToSql, Type, to_sql_checked};

use crate::web::error::{Error, Result};

/// One parameter. Truth values travel as 0 and 1.
#[derive(Clone, Debug)]
pub enum Val<'a> {
    Null,
    Int(i64),
    Text(&'a str),
    Own(String),
    Bytes(&'a [u8]),
    /// For `in ids($n)`.
    Ids(&'a [i64]),
}

impl From<i64> for Val<'_> {
    fn from(n: i64) -> Self {
        Val::Int(n)
    }
}
impl From<&i64> for Val<'_> {
    fn from(n: &i64) -> Self {
        Val::Int(*n)
    }
}
impl From<i32> for Val<'_> {
    fn from(n: i32) -> Self {
        Val::Int(n.into())
    }
}
impl From<usize> for Val<'_> {
    fn from(n: usize) -> Self {
        Val::Int(i64::try_from(n).unwrap_or(i64::MAX))
    }
}
impl From<bool> for Val<'_> {
    fn from(b: bool) -> Self {
        Val::Int(b.into())
    }
}
impl<'a> From<&'a str> for Val<'a> {
    fn from(s: &'a str) -> Self {
        Val::Text(s)
    }
}
impl<'a> From<&'a String> for Val<'a> {
    fn from(s: &'a String) -> Self {
        Val::Text(s)
    }
}
impl From<String> for Val<'_> {
    fn from(s: String) -> Self {
        Val::Own(s)
    }
}
impl<'a> From<&'a SafeHtml> for Val<'a> {
    fn from(s: &'a SafeHtml) -> Self {
        Val::Text(s.as_str())
    }
}
impl<'a> From<&'a [u8]> for Val<'a> {
    fn from(b: &'a [u8]) -> Self {
        Val::Bytes(b)
    }
}
impl<'a> From<&'a Vec<u8>> for Val<'a> {
    fn from(b: &'a Vec<u8>) -> Self {
        Val::Bytes(b)
    }
}
impl<'a> From<&'a [i64]> for Val<'a> {
    fn from(ids: &'a [i64]) -> Self {
        Val::Ids(ids)
    }
}
impl<'a> From<&'a Vec<i64>> for Val<'a> {
    fn from(ids: &'a Vec<i64>) -> Self {
        Val::Ids(ids)
    }
}
impl<'a, T: Into<Val<'a>>> From<Option<T>> for Val<'a> {
    fn from(v: Option<T>) -> Self {
        v.map_or(Val::Null, Into::into)
    }
}
impl<'a> From<&'a Option<i64>> for Val<'a> {
    fn from(v: &'a Option<i64>) -> Self {
        v.map_or(Val::Null, Val::Int)
    }
}
impl<'a> From<&'a Option<String>> for Val<'a> {
    fn from(v: &'a Option<String>) -> Self {
        v.as_deref().map_or(Val::Null, Val::Text)
    }
}

impl Val<'_> {
    fn text(&self) -> Option<&str> {
        match self {
            Val::Text(s) => Some(s),
            Val::Own(s) => Some(s),
            _ => None,
        }
    }
}

impl rusqlite::ToSql for Val<'_> {
    fn to_sql(&self) -> rusqlite::Result<rusqlite::types::ToSqlOutput<'_>> {
        use rusqlite::types::{ToSqlOutput, Value, ValueRef};
        Ok(match self {
            Val::Null => ToSqlOutput::Owned(Value::Null),
            Val::Int(n) => ToSqlOutput::Owned(Value::Integer(*n)),
            Val::Text(s) => ToSqlOutput::Borrowed(ValueRef::Text(s.as_bytes())),
            Val::Own(s) => ToSqlOutput::Borrowed(ValueRef::Text(s.as_bytes())),
            Val::Bytes(b) => ToSqlOutput::Borrowed(ValueRef::Blob(b)),
            Val::Ids(ids) => {
                let mut json = String::with_capacity(ids.len() * 8 + 2);
                json.push('[');
                for (i, id) in ids.iter().enumerate() {
                    if i > 0 {
                        json.push(',');
                    }
                    json.push_str(&id.to_string());
                }
                json.push(']');
                ToSqlOutput::Owned(Value::Text(json))
            }
        })
    }
}

impl ToSql for Val<'_> {
    fn to_sql(
        &self,
        ty: &Type,
        out: &mut bytes::BytesMut,
    ) -> std::result::Result<IsNull, Box<dyn std::error::Error + Sync + Send>> {
        match self {
            Val::Null => Ok(IsNull::Yes),
            Val::Int(n) => match *ty {
                Type::INT8 => n.to_sql(ty, out),
                Type::INT4 => i32::try_from(*n)?.to_sql(ty, out),
                Type::INT2 => i16::try_from(*n)?.to_sql(ty, out),
                Type::BOOL => (*n != 0).to_sql(ty, out),
                _ => Err(anyhow!("an integer was given for {ty}").into()),
            },
            Val::Bytes(b) => b.to_sql(ty, out),
            Val::Ids(ids) => ids.to_sql(ty, out),
            Val::Text(_) | Val::Own(_) => self.text().to_sql(ty, out),
        }
    }

    fn accepts(_: &Type) -> bool {
        true
    }

    to_sql_checked!();
}

/// One row of an answer, read by column position.
pub enum Row<'r> {
    Sqlite(&'r rusqlite::Row<'r>),
    Postgres(&'r tokio_postgres::Row),
}

/// What a column can be read as.
pub trait Get: Sized {
    fn get(row: &Row, column: usize) -> anyhow::Result<Self>;
}

impl Row<'_> {
    /// The value of a column, counted from 0.
    pub fn get<T: Get>(&self, column: usize) -> Result<T> {
        T::get(self, column).map_err(|e| Error::Fault(e.context(format!("column {column}"))))
    }
}

impl Get for Option<i64> {
    fn get(row: &Row, column: usize) -> anyhow::Result<Self> {
        match row {
            Row::Sqlite(row) => Ok(row.get(column)?),
            Row::Postgres(row) => {
                let ty = row.columns()[column].type_();
                Ok(match *ty {
                    Type::INT8 => row.try_get(column)?,
                    Type::INT4 => row.try_get::<_, Option<i32>>(column)?.map(i64::from),
                    Type::INT2 => row.try_get::<_, Option<i16>>(column)?.map(i64::from),
                    Type::BOOL => row.try_get::<_, Option<bool>>(column)?.map(i64::from),
                    _ => bail!("{ty} read as an integer (cast sums to bigint)"),
                })
            }
        }
    }
}
impl Get for i64 {
    fn get(row: &Row, column: usize) -> anyhow::Result<Self> {
        <Option<i64>>::get(row, column)?.ok_or_else(|| anyhow!("unexpected null"))
    }
}
impl Get for bool {
    fn get(row: &Row, column: usize) -> anyhow::Result<Self> {
        Ok(<Option<i64>>::get(row, column)?.unwrap_or(0) != 0)
    }
}
impl Get for Option<String> {
    fn get(row: &Row, column: usize) -> anyhow::Result<Self> {
        match row {
            Row::Sqlite(row) => Ok(row.get(column)?),
            Row::Postgres(row) => Ok(row.try_get(column)?),
        }
    }
}
impl Get for String {
    fn get(row: &Row, column: usize) -> anyhow::Result<Self> {
        <Option<String>>::get(row, column)?.ok_or_else(|| anyhow!("unexpected null"))
    }
}
impl Get for Option<Vec<u8>> {
    fn get(row: &Row, column: usize) -> anyhow::Result<Self> {
        match row {
            Row::Sqlite(row) => Ok(row.get(column)?),
            Row::Postgres(row) => Ok(row.try_get(column)?),
        }
    }
}
impl Get for SafeHtml {
    fn get(row: &Row, column: usize) -> anyhow::Result<Self> {
        Ok(SafeHtml::from_store(String::get(row, column)?))
    }
}

/// A struct, number or tuple that one row becomes.
pub trait FromRow: Sized {
    fn from_row(row: &Row) -> Result<Self>;
}

macro_rules! single {
    ($($t:ty),*) => { $(impl FromRow for $t {
        fn from_row(row: &Row) -> Result<Self> { row.get(0) }
    })* };
}
single!(i64, Option<i64>, bool, String, Option<String>, Option<Vec<u8>>, SafeHtml);

macro_rules! tuples {
    ($(($($t:ident $i:tt),+))*) => { $(impl<$($t: Get),+> FromRow for ($($t,)+) {
        fn from_row(row: &Row) -> Result<Self> { Ok(($(row.get::<$t>($i)?,)+)) }
    })* };
}
tuples!((A 0, B 1)(A 0, B 1, C 2)(A 0, B 1, C 2, D 3)(A 0, B 1, C 2, D 3, E 4)(A 0, B 1, C 2, D 3, E 4, F 5)
    (A 0, B 1, C 2, D 3, E 4, F 5, G 6)(A 0, B 1, C 2, D 3, E 4, F 5, G 6, H 7));

/// Implements [`FromRow`] by position: `from_row!(Topic { id, title, slug });` reads columns 0, 1, 2.
#[macro_export]
macro_rules! from_row {
    ($name:ident { $($field:ident),+ $(,)? }) => {
        impl $crate::db::FromRow for $name {
            fn from_row(row: &$crate::db::Row) -> $crate::web::error::Result<Self> {
                let mut column = 0..;
                let mut next = || column.next().expect("columns are counted without end");
                $(let $field = row.get(next())?;)+
                Ok(Self { $($field),+ })
            }
        }
    };
}
pub use from_row;
