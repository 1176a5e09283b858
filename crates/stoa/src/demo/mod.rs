//! The invented community of `stoa serve --demo`: its people, rooms and talk are files of the program.

mod fill;
mod source;
mod texts;

pub use fill::{Welcome, fill};
