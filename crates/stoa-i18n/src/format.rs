//! Numbers, dates and lists as a language writes them, from CLDR.
//!
//! Dates are always Gregorian: a post, an event and a wiki page that name the same day then look the same
//! everywhere. English is written as in MediaWiki, day before month and with 24 hours.

use icu::calendar::Gregorian;
use icu::datetime::input::{Date, DateTime, Time};
use icu::datetime::{FixedCalendarDateTimeFormatter, NoCalendarFormatter, fieldsets};
use icu::decimal::DecimalFormatter;
use icu::decimal::input::Decimal;
use icu::list::{ListFormatter, options::ListFormatterOptions};
use icu::locale::Locale;
use std::cell::RefCell;
use std::collections::HashMap;
use std::rc::Rc;

/// The formatters of one language. They are made once per thread, for they cannot be shared between threads.
pub(crate) struct Formats {
    decimal: DecimalFormatter,
    date: FixedCalendarDateTimeFormatter<Gregorian, fieldsets::YMD>,
    date_time: FixedCalendarDateTimeFormatter<Gregorian, fieldsets::YMDT>,
    day: FixedCalendarDateTimeFormatter<Gregorian, fieldsets::YMDE>,
    month: FixedCalendarDateTimeFormatter<Gregorian, fieldsets::YM>,
    time: NoCalendarFormatter<fieldsets::T>,
    list: ListFormatter,
}

thread_local! {
    static MADE: RefCell<HashMap<String, Rc<Formats>>> = RefCell::new(HashMap::new());
}

/// The formatters of the first of these BCP 47 tags that CLDR knows; the last is English and always known.
pub(crate) fn formats(tags: &[String]) -> Rc<Formats> {
    let name = tags.first().map_or("en", String::as_str);
    MADE.with_borrow_mut(|made| {
        if let Some(formats) = made.get(name) {
            return Rc::clone(formats);
        }
        let formats = Rc::new(tags.iter().find_map(|tag| known(tag)).unwrap_or_else(|| Formats::make(&english())));
        made.insert(name.to_owned(), Rc::clone(&formats));
        formats
    })
}

fn english() -> Locale {
    Locale::try_from_str("en-GB").expect("a valid tag")
}

fn known(tag: &str) -> Option<Formats> {
    let locale = if tag == "en" { english() } else { Locale::try_from_str(tag).ok()? };
    let formats = Formats::make(&locale);
    // Data for an unknown language is CLDR's root: "2026 M11".
    (formats.month(2026, 11) != Formats::make(&Locale::UNKNOWN).month(2026, 11)).then_some(formats)
}

impl Formats {
    pub(crate) fn make(locale: &Locale) -> Formats {
        let carried = "the data is compiled in";
        Formats {
            decimal: DecimalFormatter::try_new(locale.into(), Default::default()).expect(carried),
            date: FixedCalendarDateTimeFormatter::try_new(locale.into(), fieldsets::YMD::medium()).expect(carried),
            date_time: FixedCalendarDateTimeFormatter::try_new(locale.into(), fieldsets::YMD::medium().with_time_hm())
                .expect(carried),
            day: FixedCalendarDateTimeFormatter::try_new(locale.into(), fieldsets::YMDE::long()).expect(carried),
            month: FixedCalendarDateTimeFormatter::try_new(locale.into(), fieldsets::YM::long()).expect(carried),
            time: NoCalendarFormatter::try_new(locale.into(), fieldsets::T::hm()).expect(carried),
            list: ListFormatter::try_new_and(locale.into(), ListFormatterOptions::default()).expect(carried),
        }
    }

    pub(crate) fn number(&self, n: i64) -> String {
        self.decimal.format(&Decimal::from(n)).to_string()
    }

    /// A number given in ASCII digits with a full stop; any other text comes back as it is.
    pub(crate) fn decimal(&self, digits: &str) -> String {
        match Decimal::try_from_str(digits.trim()) {
            Ok(number) => self.decimal.format(&number).to_string(),
            Err(_) => digits.to_owned(),
        }
    }

    pub(crate) fn date(&self, at: &DateTime<Gregorian>) -> String {
        self.date.format(&at.date).to_string()
    }

    pub(crate) fn date_time(&self, at: &DateTime<Gregorian>) -> String {
        self.date_time.format(at).to_string()
    }

    pub(crate) fn day(&self, at: &DateTime<Gregorian>) -> String {
        self.day.format(&at.date).to_string()
    }

    pub(crate) fn time(&self, at: &DateTime<Gregorian>) -> String {
        self.time.format(&at.time).to_string()
    }

    /// Month 1 to 12; any other number is printed in digits.
    pub(crate) fn month(&self, year: i32, month: u8) -> String {
        match Date::try_new_gregorian(year, month, 1) {
            Ok(first) => self.month.format(&first).to_string(),
            Err(_) => format!("{year}-{month:02}"),
        }
    }

    pub(crate) fn list(&self, items: &[String]) -> String {
        self.list.format(items.iter()).to_string()
    }
}

/// A moment (µs since 1970 in UTC) on the calendar and clock of a time zone; an unknown zone is UTC, a moment
/// outside the years -9999 to 9999 the nearest inside.
pub(crate) fn local(micros: i64, zone: &str) -> DateTime<Gregorian> {
    let zone = jiff::tz::TimeZone::get(zone).unwrap_or(jiff::tz::TimeZone::UTC);
    let nearest = if micros < 0 { jiff::Timestamp::MIN } else { jiff::Timestamp::MAX };
    let civil = zone.to_datetime(jiff::Timestamp::from_microsecond(micros).unwrap_or(nearest));
    let part = |n: i8| u8::try_from(n).expect("parts of a date are not negative");
    DateTime {
        date: Date::try_new_gregorian(i32::from(civil.year()), part(civil.month()), part(civil.day()))
            .expect("the date exists"),
        time: Time::try_new(part(civil.hour()), part(civil.minute()), part(civil.second()), 0)
            .expect("the time exists"),
    }
}
