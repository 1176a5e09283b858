//! What an import did: for each kind how many records came in and what became of them, and every record that did not
//! come in as it was, with the reason.

use std::collections::BTreeMap;
use std::fmt;

/// Notes that are told in full; more are counted by reason.
const IN_FULL: usize = 100;

/// What became of the records of one kind. `read` is the sum of the others.
#[derive(Clone, Copy, Debug, Default, PartialEq, Eq)]
pub struct Tally {
    pub read: u64,
    pub written: u64,
    /// Came with an earlier run, or twice in this one.
    pub there_already: u64,
    /// Left behind on purpose: private messages and the like.
    pub left_behind: u64,
    pub skipped: u64,
}

#[derive(Clone, Debug)]
struct Note {
    place: String,
    what: String,
}

/// The closing report.
#[derive(Clone, Debug, Default)]
pub struct Report {
    kinds: Vec<(&'static str, Tally)>,
    notes: Vec<Note>,
    skipped: BTreeMap<String, u64>,
    changed: BTreeMap<String, u64>,
    left: BTreeMap<String, u64>,
    pub seconds: f64,
}

impl Report {
    /// The tally of a kind, such as `posts`.
    pub fn of(&mut self, kind: &'static str) -> &mut Tally {
        let at = self.kinds.iter().position(|(k, _)| *k == kind).unwrap_or_else(|| {
            self.kinds.push((kind, Tally::default()));
            self.kinds.len() - 1
        });
        &mut self.kinds[at].1
    }

    /// The tally of a kind as it stands.
    pub fn tally(&self, kind: &str) -> Tally {
        self.kinds.iter().find(|(k, _)| *k == kind).map(|(_, t)| *t).unwrap_or_default()
    }

    /// A record that did not come in: where it stands, the general reason, and what exactly.
    pub fn skip(&mut self, kind: &'static str, place: impl Into<String>, reason: &str, exactly: &str) {
        self.of(kind).skipped += 1;
        *self.skipped.entry(format!("{kind}: {reason}")).or_default() += 1;
        self.note(place.into(), if exactly.is_empty() { reason.to_owned() } else { format!("{reason}: {exactly}") });
    }

    /// A record that came in otherwise than it was, such as under another name.
    pub fn change(&mut self, kind: &'static str, place: impl Into<String>, reason: &str, exactly: &str) {
        *self.changed.entry(format!("{kind}: {reason}")).or_default() += 1;
        self.note(place.into(), format!("{reason}: {exactly}"));
    }

    /// Records that stay behind on purpose.
    pub fn leave(&mut self, kind: &'static str, why: &str, count: u64) {
        if count > 0 {
            self.of(kind).left_behind += count;
            *self.left.entry(format!("{kind}: {why}")).or_default() += count;
        }
    }

    /// Something that never was a record here, such as mail addresses, and stays behind.
    pub fn leave_out(&mut self, what: &str, count: u64) {
        if count > 0 {
            *self.left.entry(what.to_owned()).or_default() += count;
        }
    }

    fn note(&mut self, place: String, what: String) {
        if self.notes.len() < IN_FULL {
            self.notes.push(Note { place, what });
        }
    }

    /// How many records did not come in.
    pub fn skips(&self) -> u64 {
        self.kinds.iter().map(|(_, t)| t.skipped).sum()
    }

    /// Whether anything was written.
    pub fn wrote(&self) -> bool {
        self.kinds.iter().any(|(_, t)| t.written > 0)
    }
}

impl fmt::Display for Report {
    fn fmt(&self, f: &mut fmt::Formatter) -> fmt::Result {
        writeln!(
            f,
            "{:12} {:>10} {:>10} {:>14} {:>12} {:>8}",
            "", "read", "written", "there already", "left behind", "skipped"
        )?;
        for (kind, t) in &self.kinds {
            writeln!(
                f,
                "{kind:12} {:>10} {:>10} {:>14} {:>12} {:>8}",
                t.read, t.written, t.there_already, t.left_behind, t.skipped
            )?;
        }
        if self.seconds > 0.0 {
            let posts = self.tally("posts").written;
            writeln!(f, "in {:.1} s, {:.0} posts a second", self.seconds, posts as f64 / self.seconds)?;
        }
        for (title, counts) in
            [("Left behind on purpose:", &self.left), ("Changed:", &self.changed), ("Skipped:", &self.skipped)]
        {
            if !counts.is_empty() {
                writeln!(f, "\n{title}")?;
                counts.iter().try_for_each(|(why, count)| writeln!(f, "{count:>10}  {why}"))?;
            }
        }
        if !self.notes.is_empty() {
            writeln!(f, "\nOne by one{}:", if self.notes.len() == IN_FULL { " (the first hundred)" } else { "" })?;
            self.notes.iter().try_for_each(|n| writeln!(f, "  {}: {}", n.place, n.what))?;
        }
        Ok(())
    }
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn the_report_names_a_hundred_and_counts_all() {
        let mut report = Report::default();
        report.of("posts").read = 151;
        report.of("posts").written = 1;
        for line in 1..=150 {
            report.skip("posts", format!("posts.jsonl:{line}"), "no such topic", &format!("topic {line}"));
        }
        let text = report.to_string();
        assert!(text.contains("posts.jsonl:100: no such topic: topic 100"), "{text}");
        assert!(!text.contains("posts.jsonl:101:"), "{text}");
        assert!(text.contains("150  posts: no such topic"), "{text}");
        assert_eq!(report.skips(), 150);
    }
}
