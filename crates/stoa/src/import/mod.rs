//! Import: other systems come in, with their ids and addresses kept.
//!
//! Each source becomes the same rows ([`rows`]), written in batches: a batch is one transaction with its counters, so a
//! stop leaves a consistent store, and running the import again goes on where it stopped. Categories that an import
//! makes have no rights until its last step, so that nothing can be read before it is whole.

pub mod bulk;
pub mod discourse;
pub mod ids;
pub mod jsonl;
pub mod likes;
pub mod lines;
pub mod names;
pub mod posts;
pub mod progress;
pub mod render;
pub mod report;
pub mod rows;
pub mod run;
