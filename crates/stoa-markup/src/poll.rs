//! Polls: `[poll type=multiple max=3 results=on_close close=2026-12-01T00:00:00Z]`, answers as a list, `[/poll]`.

use std::collections::HashSet;

use crate::escape::escaped;
use crate::options::mark;
use crate::tags::{self, Kind};

/// Polls that one text may have; more of them are shown as lists.
pub const POLLS_MOST: usize = 2;
/// Answers that one may choose from.
pub const POLL_OPTIONS_MOST: usize = 40;
/// Characters of an answer or a question.
pub const POLL_LONGEST: usize = 200;

/// A question with answers to choose from, as its author wrote it.
#[derive(Clone, Debug, PartialEq, Eq)]
pub struct Poll {
    /// What tells it from the other polls of its text.
    pub name: String,
    /// May be empty.
    pub title: String,
    pub options: Vec<String>,
    pub is_many: bool,
    /// How many answers one chooses, at least and at most.
    pub min: usize,
    pub max: usize,
    pub results: PollResults,
    /// When it ends, as written.
    pub close: Option<String>,
    /// Who chose what is shown with the results.
    pub is_public: bool,
}

/// Who sees what was chosen, and when.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub enum PollResults {
    Always,
    /// Whoever has voted.
    OnVote,
    /// Everybody, when it has ended.
    OnClose,
    /// Those who look after the site.
    StaffOnly,
}

/// Why a block is not a poll.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub enum PollProblem {
    /// Ranked choice and whatever else is not known.
    Kind,
    TooFewOptions,
    TooManyOptions,
    SameOption,
    TooLong,
    /// The numbers of choices do not fit the answers.
    Choices,
    /// More than [`POLLS_MOST`] of them.
    TooMany,
}

impl Poll {
    /// Reads a poll from what stands in its tag and between its tags.
    pub(crate) fn read(value: &str, body: &str) -> Result<Poll, PollProblem> {
        let get = |key: &str| attributes(value).find(|(k, _)| k == key).map(|(_, v)| v).filter(|v| !v.is_empty());
        let number = |key: &str| get(key).map(|v| v.parse::<usize>().map_err(|_| PollProblem::Choices)).transpose();
        let kind = get("type").unwrap_or_else(|| "regular".to_owned()).to_ascii_lowercase();
        let (title, mut options) = lines(body);
        let (mut min, mut max) = (1, 1);
        match kind.as_str() {
            "regular" => {}
            "multiple" => {
                min = number("min")?.unwrap_or(1);
                max = number("max")?.unwrap_or(options.len());
            }
            "number" => {
                let (from, to) = (number("min")?.unwrap_or(1), number("max")?.unwrap_or(10));
                let step = number("step")?.unwrap_or(1).max(1);
                options = (from..=to).step_by(step).take(POLL_OPTIONS_MOST + 1).map(|n| n.to_string()).collect();
            }
            _ => return Err(PollProblem::Kind),
        }
        let is_many = kind == "multiple";
        if options.len() < 2 {
            return Err(PollProblem::TooFewOptions);
        }
        if options.len() > POLL_OPTIONS_MOST {
            return Err(PollProblem::TooManyOptions);
        }
        if options.iter().chain([&title]).any(|text| text.chars().count() > POLL_LONGEST) {
            return Err(PollProblem::TooLong);
        }
        let mut seen = HashSet::new();
        if !options.iter().all(|option| seen.insert(option.to_lowercase())) {
            return Err(PollProblem::SameOption);
        }
        if min > max || max == 0 || max > options.len() {
            return Err(PollProblem::Choices);
        }
        let results = match get("results").as_deref() {
            Some("on_vote") => PollResults::OnVote,
            Some("on_close") => PollResults::OnClose,
            Some("staff_only") => PollResults::StaffOnly,
            _ => PollResults::Always,
        };
        let name: String = get("name").unwrap_or_else(|| "poll".to_owned()).chars().take(40).collect();
        let is_public = get("public").is_some_and(|public| public.eq_ignore_ascii_case("true"));
        Ok(Poll { name, title, options, is_many, min: min.max(1), max, results, close: get("close"), is_public })
    }

    /// What stands in the text for it: its question and answers, for feeds, mails and prints as well.
    pub(crate) fn html(&self, is_live: bool) -> String {
        let own = mark();
        let class = if is_live { "poll" } else { "poll-quoted" };
        let mut html = format!("<div class=\"{own}{class}\">\n");
        if !self.title.is_empty() {
            html.push_str(&format!("<p class=\"{own}poll-title\">{}</p>\n", escaped(&self.title)));
        }
        html.push_str("<ul>\n");
        for option in &self.options {
            html.push_str(&format!("<li>{}</li>\n", escaped(option)));
        }
        html.push_str("</ul>\n</div>\n");
        html
    }
}

/// Gives each poll of a text a name of its own.
pub(crate) fn rename(polls: &mut [Poll]) {
    for at in 1..polls.len() {
        if polls[..at].iter().any(|p| p.name == polls[at].name) {
            polls[at].name = format!("{} {}", polls[at].name, at + 1);
        }
    }
}

/// The polls of a text, or what is wrong with them, for its author.
pub fn polls(raw: &str) -> Result<Vec<Poll>, PollProblem> {
    let mut polls = Vec::new();
    if !raw.contains("[/") {
        return Ok(polls);
    }
    let tags = tags::find(raw);
    let mut quotes = 0_usize;
    for tag in &tags {
        let Some(close) = tag.partner.map(|p| &tags[p]) else { continue };
        match tag.kind {
            Kind::Quote if tag.open => quotes += 1,
            Kind::Quote => quotes = quotes.saturating_sub(1),
            Kind::Poll if tag.open && quotes == 0 => {
                polls.push(Poll::read(&tag.value, &raw[tag.span.end..close.span.start])?);
            }
            _ => {}
        }
    }
    if polls.len() > POLLS_MOST {
        return Err(PollProblem::TooMany);
    }
    rename(&mut polls);
    Ok(polls)
}

/// Cuts a stored text at its polls, in their order: what stands before each, and what stands after the last.
pub fn split_at_polls(html: &str) -> Vec<&str> {
    const START: &str = "<div class=\"poll\"";
    const END: &str = "</div>";
    let mut parts = Vec::new();
    let mut rest = html;
    while let Some((before, after)) = rest.split_once(START) {
        let Some((_, behind)) = after.split_once(END) else { break };
        parts.push(before);
        rest = behind;
    }
    parts.push(rest);
    parts
}

/// `key=value` pairs; values may stand in quotation marks.
fn attributes(value: &str) -> impl Iterator<Item = (String, String)> {
    let mut rest = value;
    std::iter::from_fn(move || {
        rest = rest.trim_start();
        let (key, after) = rest.split_once('=')?;
        let key = key.split_whitespace().last().unwrap_or("").to_ascii_lowercase();
        let quoted = after.chars().next().filter(|c| matches!(c, '"' | '\'' | '“' | '”'));
        let (value, after) = match quoted {
            Some(open) => {
                let inner = &after[open.len_utf8()..];
                let end = inner.find(['"', '\'', '“', '”']).unwrap_or(inner.len());
                let skip = inner[end..].chars().next().map_or(0, char::len_utf8);
                (&inner[..end], &inner[end + skip..])
            }
            None => after.split_at(after.find(char::is_whitespace).unwrap_or(after.len())),
        };
        rest = after;
        Some((key, value.trim().to_owned()))
    })
}

/// The question, which is a heading or a line of text, and the answers, which are items of a list.
fn lines(body: &str) -> (String, Vec<String>) {
    let (mut title, mut options) = (String::new(), Vec::new());
    for line in body.lines().map(str::trim).filter(|line| !line.is_empty()) {
        match item(line) {
            Some("") => {}
            Some(text) => options.push(text.to_owned()),
            None if options.is_empty() && title.is_empty() => title = line.trim_start_matches('#').trim().to_owned(),
            None => {
                // A line that goes on.
                let last = options.last_mut().unwrap_or(&mut title);
                last.push(' ');
                last.push_str(line);
            }
        }
    }
    (title, options)
}

fn item(line: &str) -> Option<&str> {
    if let Some(text) = line.strip_prefix(['*', '-', '+']) {
        return (text.is_empty() || text.starts_with([' ', '\t'])).then(|| text.trim());
    }
    let digits = line.bytes().take_while(u8::is_ascii_digit).count();
    let text = line[digits..].strip_prefix(['.', ')']).filter(|_| (1..=9).contains(&digits))?;
    text.starts_with([' ', '\t']).then(|| text.trim())
}

#[cfg(test)]
mod tests {
    use super::*;

    fn options(n: usize) -> String {
        (0..n).map(|n| format!("* answer {n}\n")).collect()
    }

    #[test]
    fn a_poll_is_read() {
        let value =
            "type=multiple name=\"my poll\" min=1 max=2 results=on_close close=2026-12-01T00:00:00Z public=true";
        let poll = Poll::read(value, "\n# Which tea?\n* green\n\n- black\n1. red\n   and white\n").expect("a poll");
        assert_eq!((poll.name.as_str(), poll.title.as_str()), ("my poll", "Which tea?"));
        assert_eq!(poll.options, ["green", "black", "red and white"]);
        assert_eq!((poll.is_many, poll.min, poll.max, poll.is_public), (true, 1, 2, true));
        assert_eq!((poll.results, poll.close.as_deref()), (PollResults::OnClose, Some("2026-12-01T00:00:00Z")));
        let plain = Poll::read("", "* a\n* b").expect("a poll");
        assert_eq!((plain.is_many, plain.min, plain.max, plain.title.as_str()), (false, 1, 1, ""));
        assert!(!plain.is_public);
        let rating = Poll::read("type=number min=1 max=5", "").expect("a poll");
        assert_eq!(rating.options, ["1", "2", "3", "4", "5"]);
    }

    #[test]
    fn what_is_no_poll_says_why() {
        let why = |value: &str, body: &str| Poll::read(value, body).expect_err("no poll");
        assert_eq!(why("type=ranked_choice", "* a\n* b"), PollProblem::Kind);
        assert_eq!(why("", "* a"), PollProblem::TooFewOptions);
        assert_eq!(why("", &options(41)), PollProblem::TooManyOptions);
        assert_eq!(why("type=number min=1 max=1000000000", ""), PollProblem::TooManyOptions);
        assert_eq!(why("", "* a\n* A"), PollProblem::SameOption);
        assert_eq!(why("", &format!("* a\n* {}", "b".repeat(201))), PollProblem::TooLong);
        assert_eq!(why("type=multiple min=3 max=2", "* a\n* b\n* c"), PollProblem::Choices);
        assert_eq!(why("type=multiple max=x", "* a\n* b"), PollProblem::Choices);
        assert_eq!(polls(&"[poll]\n* a\n* b\n[/poll]\n\n".repeat(3)), Err(PollProblem::TooMany));
        assert_eq!(polls(&"[poll]\n* a\n* b\n[/poll]\n\n".repeat(2)).map(|p| p.len()), Ok(2));
        assert_eq!(polls("[quote]\n[poll]\n* a\n[/poll]\n[/quote]\n`[poll][/poll]`"), Ok(Vec::new()));
    }

    #[test]
    fn a_stored_text_is_cut_at_its_polls() {
        let html = "<p>a</p><div class=\"poll\" dir=\"auto\"><ul></ul></div><p>b</p><div class=\"poll\"></div>";
        assert_eq!(split_at_polls(html), ["<p>a</p>", "<p>b</p>", ""]);
        assert_eq!(split_at_polls("<p>a</p>"), ["<p>a</p>"]);
    }
}
