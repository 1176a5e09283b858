//! When a reminder comes: some moments by name, or one's own, in the reader's zone.

use jiff::civil::{Date, Time};
use jiff::tz::TimeZone;
use jiff::{Span, Timestamp};

use crate::clock::HOUR;

/// The moments one can choose; `at` is a date and time of one's own, `none` no reminder.
pub const CHOICES: [&str; 6] = ["none", "hours", "tomorrow", "week", "month", "at"];
/// When a day's reminders come.
const MORNING: Time = Time::constant(8, 0, 0, 0);

/// A choice that is no moment, or one that has passed.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub struct NoMoment;

/// The moment that was chosen, in microseconds; an error when it is none, or not to come.
pub fn moment(choice: &str, date: &str, time: &str, zone: &str, now: i64) -> Result<Option<i64>, NoMoment> {
    let tz = TimeZone::get(zone).unwrap_or(TimeZone::UTC);
    let today = Timestamp::from_microsecond(now).map_err(|_| NoMoment)?.to_zoned(tz.clone()).date();
    let morning = |day: Date| at(day, MORNING, &tz);
    let after = |span: Span| today.checked_add(span).map_err(|_| NoMoment).and_then(morning);
    let found = match choice {
        "" | "none" => return Ok(None),
        "hours" => now + 3 * HOUR,
        "tomorrow" => after(Span::new().days(1))?,
        "week" => after(Span::new().weeks(1))?,
        "month" => after(Span::new().months(1))?,
        "at" => {
            let time = if time.is_empty() { MORNING } else { time.parse().map_err(|_| NoMoment)? };
            at(date.parse().map_err(|_| NoMoment)?, time, &tz)?
        }
        _ => return Err(NoMoment),
    };
    if found > now { Ok(Some(found)) } else { Err(NoMoment) }
}

fn at(day: Date, time: Time, tz: &TimeZone) -> Result<i64, NoMoment> {
    let zoned = day.to_datetime(time).to_zoned(tz.clone()).map_err(|_| NoMoment)?;
    Ok(zoned.timestamp().as_microsecond())
}

/// The day and the time of a moment, as the fields of a form have them.
pub fn fields(at: i64, zone: &str) -> (String, String) {
    let tz = TimeZone::get(zone).unwrap_or(TimeZone::UTC);
    let Ok(at) = Timestamp::from_microsecond(at) else { return Default::default() };
    let at = at.to_zoned(tz);
    (at.strftime("%Y-%m-%d").to_string(), at.strftime("%H:%M").to_string())
}

#[cfg(test)]
mod tests {
    use super::*;

    fn text(choice: &str, date: &str, time: &str, zone: &str) -> String {
        // A Saturday evening in Berlin, before its clocks go forward.
        let now = "2026-03-28T21:30:00Z".parse::<Timestamp>().expect("a moment").as_microsecond();
        match moment(choice, date, time, zone, now) {
            Ok(Some(at)) => Timestamp::from_microsecond(at).expect("a moment").to_string(),
            Ok(None) => "none".into(),
            Err(NoMoment) => "wrong".into(),
        }
    }

    #[test]
    fn moments_are_the_readers_own() {
        assert_eq!(text("none", "", "", "UTC"), "none");
        assert_eq!(text("hours", "", "", "Europe/Berlin"), "2026-03-29T00:30:00Z");
        assert_eq!(text("tomorrow", "", "", "Europe/Berlin"), "2026-03-29T06:00:00Z", "summer time by then");
        assert_eq!(text("tomorrow", "", "", "Pacific/Auckland"), "2026-03-29T19:00:00Z", "it is Sunday there already");
        assert_eq!(text("week", "", "", "UTC"), "2026-04-04T08:00:00Z");
        assert_eq!(text("month", "", "", "UTC"), "2026-04-28T08:00:00Z");
        assert_eq!(text("at", "2026-05-01", "17:15", "Asia/Kolkata"), "2026-05-01T11:45:00Z");
        assert_eq!(text("at", "2026-05-01", "", "UTC"), "2026-05-01T08:00:00Z");
        for (choice, date, time) in [
            ("at", "2026-03-01", "10:00"),
            ("at", "soon", ""),
            ("at", "2026-05-01", "25:00"),
            ("at", "", ""),
            ("x", "", ""),
        ] {
            assert_eq!(text(choice, date, time, "UTC"), "wrong", "{choice} {date} {time}");
        }
        assert_eq!(fields(1_777_635_900_000_000, "Asia/Kolkata"), ("2026-05-01".into(), "17:15".into()));
    }
}
