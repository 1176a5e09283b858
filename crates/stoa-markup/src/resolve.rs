//! What a text refers to, and the answers the caller gives about it.

use std::sync::LazyLock;

use crate::Interwiki;

/// What a text refers to, found without rendering, so that the caller can look everything up
/// in one go. Each list is without duplicates, in order of first appearance.
#[derive(Clone, Debug, Default, PartialEq, Eq)]
pub struct References {
    /// Names after `@`, as written and without the quotes.
    pub mentions: Vec<String>,
    /// `slug` or `parent:slug` after `#`. A bare `#word` is listed here and in `tags`,
    /// because only the caller knows which of the two it is; the category wins.
    pub categories: Vec<String>,
    /// Words after `#`, without the `::tag` marker.
    pub tags: Vec<String>,
    /// `upload://base62.ext` as Discourse writes them, and own `/uploads/…` addresses.
    pub uploads: Vec<String>,
    /// Topics that quotes come from.
    pub topics: Vec<i64>,
}

/// A place to link to, and what to call it.
#[derive(Clone, Debug, PartialEq, Eq)]
pub struct Link {
    /// Where the link goes; a path on this site or an absolute URL. Escaped when printed.
    pub href: String,
    /// The link's text, plain. Escaped when printed.
    pub label: String,
}

/// A stored file.
#[derive(Clone, Debug, PartialEq, Eq)]
pub struct Upload {
    /// Its address on this site.
    pub href: String,
    /// Width in CSS pixels, for images.
    pub width: Option<u32>,
    /// Height in CSS pixels, for images.
    pub height: Option<u32>,
    /// May it be shown inside the text?
    pub is_image: bool,
    /// The name it was uploaded with.
    pub name: String,
    /// The same image in other formats and sizes, the best format first.
    pub sources: Vec<Source>,
}

/// An image in one format, for browsers that know it.
#[derive(Clone, Debug, PartialEq, Eq)]
pub struct Source {
    /// Its media type, such as `image/webp`.
    pub kind: &'static str,
    /// Addresses on this site with the width of each in pixels, the narrowest first.
    pub files: Vec<(String, u32)>,
}

/// The caller's answers. All lookups use the exact strings of [`References`]; folding case and
/// spaces of names is the caller's part.
pub trait Resolve {
    /// A member or group by name; `None` leaves the text as it is.
    fn mention(&self, name: &str) -> Option<Link>;
    /// A category by `slug` or `parent:slug`.
    fn category(&self, path: &str) -> Option<Link>;
    /// A tag by its name.
    fn tag(&self, tag: &str) -> Option<Link>;
    /// A stored file by the address in the text.
    fn upload(&self, url: &str) -> Option<Upload>;
    /// A topic that a quote comes from, if the readers of this text may see it.
    fn topic(&self, id: i64) -> Option<Link>;
    /// Where `[[wiki links]]` go.
    fn wiki(&self) -> &Interwiki;
    /// Does this absolute URL lead to this site? Decides about `rel=`.
    fn is_own(&self, url: &str) -> bool;
}

/// Resolves nothing, except wiki links by the built-in table.
#[derive(Clone, Copy, Debug, Default)]
pub struct Nothing;

impl Resolve for Nothing {
    fn mention(&self, _: &str) -> Option<Link> {
        None
    }
    fn category(&self, _: &str) -> Option<Link> {
        None
    }
    fn tag(&self, _: &str) -> Option<Link> {
        None
    }
    fn upload(&self, _: &str) -> Option<Upload> {
        None
    }
    fn topic(&self, _: i64) -> Option<Link> {
        None
    }
    fn wiki(&self) -> &Interwiki {
        built_in()
    }
    fn is_own(&self, _: &str) -> bool {
        false
    }
}

/// The built-in table, made once.
pub(crate) fn built_in() -> &'static Interwiki {
    static BUILT_IN: LazyLock<Interwiki> = LazyLock::new(Interwiki::wikimedia);
    &BUILT_IN
}
