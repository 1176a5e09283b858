//! iCalendar (RFC 5545): the few lines that a list of reminders needs.

use jiff::Timestamp;

/// One reminder.
pub struct Entry {
    pub uid: String,
    pub made_at: i64,
    pub at: i64,
    pub summary: String,
    pub description: String,
    pub url: String,
}

/// A whole calendar.
pub fn calendar(name: &str, entries: &[Entry]) -> String {
    let mut out = String::new();
    for line in ["BEGIN:VCALENDAR", "VERSION:2.0", "PRODID:-//Stoa//Stoa//EN", "CALSCALE:GREGORIAN", "METHOD:PUBLISH"] {
        put(&mut out, line);
    }
    put(&mut out, &format!("X-WR-CALNAME:{}", escaped(name)));
    for entry in entries {
        let lines = [
            "BEGIN:VEVENT".to_owned(),
            format!("UID:{}", escaped(&entry.uid)),
            format!("DTSTAMP:{}", utc(entry.made_at)),
            format!("DTSTART:{}", utc(entry.at)),
            "DURATION:PT15M".to_owned(),
            format!("SUMMARY:{}", escaped(&entry.summary)),
            format!("DESCRIPTION:{}", escaped(&entry.description)),
            format!("URL:{}", entry.url),
            "TRANSP:TRANSPARENT".to_owned(),
            "BEGIN:VALARM".to_owned(),
            "ACTION:DISPLAY".to_owned(),
            format!("DESCRIPTION:{}", escaped(&entry.summary)),
            "TRIGGER:PT0S".to_owned(),
            "END:VALARM".to_owned(),
            "END:VEVENT".to_owned(),
        ];
        lines.iter().filter(|line| *line != "DESCRIPTION:").for_each(|line| put(&mut out, line));
    }
    put(&mut out, "END:VCALENDAR");
    out
}

/// A moment in UTC (section 3.3.5, form 2).
fn utc(micros: i64) -> String {
    Timestamp::from_microsecond(micros).map_or_else(|_| String::new(), |at| at.strftime("%Y%m%dT%H%M%SZ").to_string())
}

/// A text (section 3.3.11).
fn escaped(text: &str) -> String {
    let text = text.replace("\r\n", "\n").replace('\\', "\\\\").replace(';', "\\;").replace(',', "\\,");
    let text = text.replace(['\n', '\r'], "\\n");
    text.chars().filter(|c| !c.is_control()).collect()
}

/// A line, folded after 75 octets between characters (section 3.1).
fn put(out: &mut String, line: &str) {
    let mut width = 0;
    for c in line.chars() {
        if width + c.len_utf8() > 75 {
            out.push_str("\r\n ");
            width = 1;
        }
        out.push(c);
        width += c.len_utf8();
    }
    out.push_str("\r\n");
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn lines_are_folded_in_octets_and_texts_escaped() {
        let summary = "茶, milk; and \\ a\nline ".repeat(9);
        let entry = Entry {
            uid: "bookmark-1@example.org".into(),
            made_at: 1_773_133_200_000_000,
            at: 1_773_136_800_000_000,
            summary: summary.clone(),
            description: String::new(),
            url: "https://example.org/t/tea/1#p2".into(),
        };
        let text = calendar("Reminders", &[entry]);
        assert!(text.ends_with("END:VCALENDAR\r\n"));
        assert!(text.split("\r\n").all(|line| line.len() <= 75 && !line.contains(['\n', '\r'])), "{text}");
        let unfolded = text.replace("\r\n ", "");
        let line = unfolded.lines().find(|l| l.starts_with("SUMMARY:")).expect("a summary");
        assert_eq!(line, format!("SUMMARY:{}", "茶\\, milk\\; and \\\\ a\\nline ".repeat(9)));
        assert!(unfolded.contains("\r\nDTSTART:20260310T100000Z\r\n"), "{unfolded}");
        assert!(!unfolded.contains("DESCRIPTION:\r\n"), "an empty text is left out");
    }
}
