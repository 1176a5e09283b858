//! Stoa's text dialect: Markdown, quotes, mentions and wiki links in, safe HTML out.

mod interwiki;
mod plain;
mod quote;
mod resolve;
mod safe;

pub use interwiki::Interwiki;
pub use plain::{excerpt, slug};
pub use quote::{QuoteRef, quote_block};
pub use resolve::{Link, Nothing, References, Resolve, Upload};
pub use safe::SafeHtml;

/// Version of the renderer, stored with each post so that old HTML can be made again.
pub const RENDERER: i64 = 1;

/// What kind of text is rendered.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub enum Profile {
    /// A post: everything.
    Post,
    /// A remark or biography: no images and no headings.
    Comment,
    /// A page of the site: as a post, but single newlines do not break lines.
    Page,
}

/// A rendered text and what was learnt on the way.
#[derive(Clone, Debug, Default, PartialEq, Eq)]
pub struct Rendered {
    /// What to print.
    pub html: SafeHtml,
    /// Plain text for search, without markup and without quoted text.
    pub text: String,
    /// Names that [`Resolve::mention`] knew, as written, outside quotes.
    pub mentions: Vec<String>,
    /// Addresses the text links to, without duplicates.
    pub links: Vec<String>,
    /// Where the quotes come from.
    pub quotes: Vec<QuoteRef>,
    /// The first image's address.
    pub image: Option<String>,
    /// Is there a code block or code span?
    pub has_code: bool,
}

/// Finds what `raw` refers to, without rendering it.
pub fn references(_raw: &str) -> References {
    References::default()
}

/// Renders `raw`. Never fails: text that means nothing stays text.
pub fn render(raw: &str, _profile: Profile, _resolve: &dyn Resolve) -> Rendered {
    Rendered {
        html: SafeHtml::new(ammonia::clean_text(raw)),
        text: raw.to_owned(),
        ..Rendered::default()
    }
}
