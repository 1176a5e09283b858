//! The query language: words, "phrases", -not, and words with a colon.

/// How results are ordered.
#[derive(Clone, Copy, Debug, Default, PartialEq, Eq)]
pub enum Order {
    /// Best match first, a little in favour of new and liked posts.
    #[default]
    Relevance,
    /// Newest first.
    Latest,
    /// Most liked first.
    Likes,
}

/// Something in the query that was not understood; the rest is searched all the same.
#[derive(Clone, Debug, PartialEq, Eq)]
pub enum Problem {
    /// Not a date of the form 2024-05-01, 2024-05 or 2024: the offending text.
    BadDate(String),
    /// An operator with nothing after the colon: its name.
    EmptyOperator(String),
    /// `order:` with an unknown order: the offending text.
    UnknownOrder(String),
    /// The query was cut after 400 characters: the text left out.
    TooLong(String),
    /// More than 32 terms: the first one left out.
    TooManyTerms(String),
}

/// A query, taken apart.
#[derive(Clone, Debug, Default, PartialEq)]
pub struct Query {
    /// Slugs named by `in:`; the caller turns them into ids with [`Query::set_category_ids`].
    pub categories: Vec<String>,
    /// Names after `by:`.
    pub authors: Vec<String>,
    /// Tags after `tag:`; all must be there.
    pub tags: Vec<String>,
    /// Languages after `lang:`; any of them.
    pub langs: Vec<String>,
    /// Only posts before this moment, µs UTC.
    pub before: Option<i64>,
    /// Only posts at or after this moment, µs UTC.
    pub after: Option<i64>,
    /// Only opening posts.
    pub first_only: bool,
    /// Words are looked for in titles alone.
    pub title_only: bool,
    /// Order of the results.
    pub order: Order,
    category_ids: Option<Vec<i64>>,
}

impl Query {
    /// Reads a query; never fails. Problems name what was not understood.
    pub fn parse(_text: &str) -> (Query, Vec<Problem>) {
        (Query::default(), Vec::new())
    }
    /// Limits the search to these categories (those named by `in:`).
    pub fn set_category_ids(&mut self, ids: Vec<i64>) {
        self.category_ids = Some(ids);
    }
    /// Whether it asks for nothing at all.
    pub fn is_empty(&self) -> bool {
        *self == Query::default()
    }
}
