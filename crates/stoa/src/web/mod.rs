//! What all pages share: the gate every request passes, forms, errors, headers, the layout.

pub mod accept;
pub mod again;
pub mod assets;
pub mod cache;
pub mod cookies;
pub mod csrf;
pub mod error;
pub mod extract;
pub mod form;
pub mod gate;
pub mod headers;
pub mod look;
pub mod page;
pub mod paging;
pub mod pieces;
pub mod routes;
pub mod server;
pub mod shell;
pub mod stored;
pub mod visit;

pub use error::{Error, FieldErrors, Refusal, Result};
pub use extract::{Path, Query};
pub use form::Form;
pub use page::{page, page_with_status, redirect};
pub use routes::{Policy, Routes, field};
pub use visit::{Member, Viewer, Visit};
