//! What time it is, as a parameter: the system's clock, or one that a test moves by hand.

use std::sync::Arc;
use std::sync::atomic::{AtomicI64, Ordering};
use std::time::{SystemTime, UNIX_EPOCH};

pub const SECOND: i64 = 1_000_000;
pub const MINUTE: i64 = 60 * SECOND;
pub const HOUR: i64 = 60 * MINUTE;
pub const DAY: i64 = 24 * HOUR;

/// A source of UTC microseconds since 1970.
#[derive(Clone, Debug, Default)]
pub enum Clock {
    #[default]
    System,
    /// Stands still until it is moved.
    Fixed(Arc<AtomicI64>),
}

impl Clock {
    pub fn fixed(micros: i64) -> Clock {
        Clock::Fixed(Arc::new(AtomicI64::new(micros)))
    }

    pub fn now(&self) -> i64 {
        match self {
            Clock::System => system_micros(),
            Clock::Fixed(at) => at.load(Ordering::Relaxed),
        }
    }

    /// Moves a fixed clock; the system's clock goes its own way.
    pub fn advance(&self, micros: i64) {
        if let Clock::Fixed(at) = self {
            at.fetch_add(micros, Ordering::Relaxed);
        }
    }
}

/// The system's clock in UTC microseconds.
pub fn system_micros() -> i64 {
    SystemTime::now().duration_since(UNIX_EPOCH).map_or(0, |d| i64::try_from(d.as_micros()).unwrap_or(i64::MAX))
}

/// RFC 3339 in UTC with seconds, as `<time datetime>` and feeds want it.
pub fn rfc3339(micros: impl crate::web::visit::Number) -> String {
    jiff::Timestamp::from_second(micros.value().div_euclid(SECOND)).map_or_else(|_| String::new(), |t| t.to_string())
}

/// RFC 822 date with a numeric zone, as RSS 2.0 wants it.
pub fn rfc2822(micros: impl crate::web::visit::Number) -> String {
    jiff::Timestamp::from_second(micros.value().div_euclid(SECOND))
        .ok()
        .and_then(|t| jiff::fmt::rfc2822::to_string(&t.to_zoned(jiff::tz::TimeZone::UTC)).ok())
        .unwrap_or_default()
}

/// Microseconds of an RFC 3339 text such as `2016-11-13T05:22:31.000Z`, or of PostgreSQL's `2016-11-13 05:22:31.1`.
pub fn parse(text: &str) -> Option<i64> {
    let text = text.trim();
    if let Ok(at) = text.parse::<jiff::Timestamp>() {
        return Some(at.as_microsecond());
    }
    let civil: jiff::civil::DateTime = text.parse().ok()?;
    Some(civil.to_zoned(jiff::tz::TimeZone::UTC).ok()?.timestamp().as_microsecond())
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn times_are_read_and_written() {
        let at = parse("2016-11-13T05:22:31.000Z").expect("a plain time");
        assert_eq!(rfc3339(at), "2016-11-13T05:22:31Z");
        assert_eq!(parse("2016-11-13 05:22:31"), Some(at));
        assert!(rfc2822(at).starts_with("Sun, 13 Nov 2016 05:22:31"));
        assert_eq!(parse("yesterday"), None);
    }
}
