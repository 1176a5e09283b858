//! Page numbers for people, places in an index underneath.

use super::error::{Refusal, Result};

/// Topics or posts on a page.
pub const PER_PAGE: i64 = 30;

/// The last page that is reached by counting; further ones are reached by the place of the last row
/// (`?page=120&before=…`), so that no page costs more than another.
pub const COUNTED: i64 = 100;

/// What `?page=` says: 1 when it says nothing.
pub fn number(text: Option<&str>) -> Result<i64> {
    match text {
        None | Some("") => Ok(1),
        Some(text) => match text.parse::<i64>() {
            Ok(page) if page >= 1 => Ok(page),
            _ => Err(Refusal::PageNumber.into()),
        },
    }
}

/// The page a post stands on.
pub fn of_post(number: i64) -> i64 {
    (number.max(1) - 1) / PER_PAGE + 1
}

/// A row's place in an order by time and id, as it stands in an address: `1700000000000000-42`.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub struct Place {
    pub at: i64,
    pub id: i64,
}

impl Place {
    pub const NEWEST: Place = Place { at: i64::MAX, id: i64::MAX };
}

impl std::fmt::Display for Place {
    fn fmt(&self, f: &mut std::fmt::Formatter) -> std::fmt::Result {
        write!(f, "{}-{}", self.at, self.id)
    }
}

impl std::str::FromStr for Place {
    type Err = ();
    fn from_str(text: &str) -> std::result::Result<Self, ()> {
        let (at, id) = text.rsplit_once('-').ok_or(())?;
        Ok(Place { at: at.parse().map_err(|_| ())?, id: id.parse().map_err(|_| ())? })
    }
}
