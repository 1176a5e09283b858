//! Full-text search over posts: one index folder, every script, permissions inside the query.

mod date;
mod fold;
mod highlight;
mod index;
mod plan;
mod query;
mod scan;
mod tokens;

pub use highlight::highlight;
pub use index::{Doc, Hit, Hits, Index, Op, Scope};
pub use query::{Order, Problem, Query};
