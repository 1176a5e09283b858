//! Dates of the query language.

/// The first microsecond (since 1970 UTC) of a day `2024-05-01`, a month `2024-05` or a year `2024`.
pub(crate) fn start(text: &str) -> Option<i64> {
    let mut parts = text.split(['-', '/', '.']);
    let year = number(parts.next()?, 4)?;
    let month = parts.next().map_or(Some(1), |part| number(part, 2))?;
    let day = parts.next().map_or(Some(1), |part| number(part, 2))?;
    let fine = parts.next().is_none() && (1..=12).contains(&month) && (1..=length(year, month)).contains(&day);
    fine.then(|| days(year, month, day) * 86_400_000_000)
}

fn number(digits: &str, longest: usize) -> Option<i64> {
    let fine =
        digits.len() <= longest && (longest != 4 || digits.len() == 4) && digits.bytes().all(|b| b.is_ascii_digit());
    fine.then(|| digits.parse().ok())?
}

fn is_leap(year: i64) -> bool {
    year % 4 == 0 && (year % 100 != 0 || year % 400 == 0)
}

fn length(year: i64, month: i64) -> i64 {
    match month {
        2 => 28 + i64::from(is_leap(year)),
        4 | 6 | 9 | 11 => 30,
        _ => 31,
    }
}

/// Days since 1970-01-01 in the Gregorian calendar.
fn days(year: i64, month: i64, day: i64) -> i64 {
    let before = year - 1;
    let to_year = before * 365 + before / 4 - before / 100 + before / 400 - 719_162;
    to_year + (1..month).map(|m| length(year, m)).sum::<i64>() + day - 1
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn dates_and_what_is_none() {
        assert_eq!(start("1970"), Some(0));
        assert_eq!(start("2024-02-29"), Some(1_709_164_800_000_000));
        assert_eq!(start("2024-3"), Some(1_709_251_200_000_000));
        assert_eq!(start("2000/12/31"), Some(978_220_800_000_000));
        assert_eq!(start("1969-12-31"), Some(-86_400_000_000));
        assert!(start("0001-01-01").is_some() && start("9999-12-31").is_some());
        for text in ["", "24", "2023-02-29", "2024-00", "2024-1-1-1", "2024-01-32", "x", "20240501", "2024-", "+024"] {
            assert_eq!(start(text), None, "{text}");
        }
    }
}
