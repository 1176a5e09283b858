//! The invented community of `stoa serve --demo`.
