//! The query language: words, "phrases", -not, and words with a colon such as `by:ada` or `before:2024-05`.

use crate::date;
use crate::fold::fold_name;
use crate::scan::scan;

/// How results are ordered.
#[derive(Clone, Copy, Debug, Default, PartialEq, Eq)]
pub enum Order {
    /// Best match first, a little in favour of new and liked posts; newest first when no words are asked for.
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
    /// A minus before an operator that cannot be denied: its name.
    NotDeniable(String),
    /// Signs without any letter or digit, which cannot be searched: the offending text.
    NothingToFind(String),
    /// A quote without its end; everything after it was taken as the phrase, given here.
    UnclosedQuote(String),
    /// The query was cut after 400 characters: the beginning of the text left out.
    TooLong(String),
    /// More than 32 terms: the first one left out.
    TooManyTerms(String),
}

/// A query, taken apart.
///
/// Operators may be repeated: several `in:`, `by:` or `lang:` mean any of them, several `tag:` all of them.
#[derive(Clone, Debug, Default, PartialEq)]
pub struct Query {
    /// Slugs after `in:`; the caller turns them into ids with [`Query::set_category_ids`].
    pub categories: Vec<String>,
    /// Slugs after `-in:`; the caller turns them into ids with [`Query::set_excluded_category_ids`].
    pub excluded_categories: Vec<String>,
    /// Folded names after `by:`.
    pub authors: Vec<String>,
    /// Folded names after `-by:`.
    pub excluded_authors: Vec<String>,
    /// Folded tags after `tag:`.
    pub tags: Vec<String>,
    /// Folded tags after `-tag:`.
    pub excluded_tags: Vec<String>,
    /// Languages after `lang:`, lowercase; `de` includes `de-at`.
    pub langs: Vec<String>,
    /// Languages after `-lang:`.
    pub excluded_langs: Vec<String>,
    /// Only posts before this moment, µs UTC (`before:`, the start of that day, month or year).
    pub before: Option<i64>,
    /// Only posts at or after this moment, µs UTC (`after:`, the start of that day, month or year).
    pub after: Option<i64>,
    /// Only posts that open a topic (`in:first`).
    pub first_only: bool,
    /// Words are looked for in titles alone (`in:title`).
    pub title_only: bool,
    /// Order of the results (`order:`).
    pub order: Order,
    pub(crate) terms: Vec<Term>,
    pub(crate) category_ids: Option<Vec<i64>>,
    pub(crate) excluded_category_ids: Option<Vec<i64>>,
}

/// One word or phrase to find: its pieces follow each other.
#[derive(Clone, Debug, PartialEq)]
pub(crate) struct Term {
    pub(crate) pieces: Vec<TermPiece>,
    /// As it was typed, for the words of unspaced scripts.
    pub(crate) text: String,
    pub(crate) denied: bool,
    pub(crate) in_title: bool,
}

/// A folded word, or a folded letter of an unspaced script.
#[derive(Clone, Debug, PartialEq, Eq)]
pub(crate) struct TermPiece {
    pub(crate) folded: String,
    pub(crate) letter: bool,
    pub(crate) joined: bool,
}

/// Characters of a query that are read.
const LONGEST: usize = 400;
/// Words, phrases and operators of a query that are read.
const MOST: usize = 32;

const OPERATORS: [&str; 8] = ["in", "by", "tag", "lang", "before", "after", "title", "order"];

impl Query {
    /// Reads a query; never fails. Problems name what was not understood.
    pub fn parse(text: &str) -> (Query, Vec<Problem>) {
        let (mut query, mut problems) = (Query::default(), Vec::new());
        let cut = text.char_indices().nth(LONGEST).map_or(text.len(), |(at, _)| at);
        if cut < text.len() {
            problems.push(Problem::TooLong(text[cut..].chars().take(40).collect()));
        }
        let mut rest = text[..cut].trim_start();
        let mut count = 0;
        while !rest.is_empty() {
            let (part, after) = Part::read(rest, &mut problems);
            if count == MOST {
                problems.push(Problem::TooManyTerms(rest[..rest.len() - after.len()].trim_end().to_owned()));
                break;
            }
            count += 1;
            query.take(part, &mut problems);
            rest = after.trim_start();
        }
        (query, problems)
    }

    /// Limits the search to these categories: the ids of [`Query::categories`] and, if wished, their children. Until
    /// this is called a query with `in:` finds nothing.
    pub fn set_category_ids(&mut self, ids: Vec<i64>) {
        self.category_ids = Some(ids);
    }

    /// Leaves out these categories, the ids of [`Query::excluded_categories`]. Until this is called a query with
    /// `-in:` finds nothing.
    pub fn set_excluded_category_ids(&mut self, ids: Vec<i64>) {
        self.excluded_category_ids = Some(ids);
    }

    /// Whether it asks for nothing at all: no words and no limits.
    pub fn is_empty(&self) -> bool {
        let order = self.order;
        *self == Query { order, ..Query::default() }
    }

    /// Whether it has words or phrases to find, by which results can be ranked and marked.
    pub fn has_words(&self) -> bool {
        self.terms.iter().any(|term| !term.denied)
    }

    fn take(&mut self, part: Part<'_>, problems: &mut Vec<Problem>) {
        let Some(name) = part.operator else {
            return self.term(&part, false, problems);
        };
        let value = part.value.trim();
        if value.is_empty() {
            return problems.push(Problem::EmptyOperator(name.to_owned()));
        }
        let folded = fold_name(value);
        match (name, part.denied) {
            ("title", _) => self.term(&part, true, problems),
            ("in", false) if folded == "title" => self.title_only = true,
            ("in", false) if folded == "first" => self.first_only = true,
            ("in", false) => self.categories.push(folded),
            ("in", true) => self.excluded_categories.push(folded),
            ("by", false) => self.authors.push(folded.trim_start_matches('@').to_owned()),
            ("by", true) => self.excluded_authors.push(folded.trim_start_matches('@').to_owned()),
            ("tag", false) => self.tags.push(folded.trim_start_matches('#').to_owned()),
            ("tag", true) => self.excluded_tags.push(folded.trim_start_matches('#').to_owned()),
            ("lang", false) => self.langs.push(folded.replace('_', "-")),
            ("lang", true) => self.excluded_langs.push(folded.replace('_', "-")),
            (_, true) => problems.push(Problem::NotDeniable(name.to_owned())),
            ("order", _) => match folded.as_str() {
                "latest" => self.order = Order::Latest,
                "likes" => self.order = Order::Likes,
                "relevance" => self.order = Order::Relevance,
                _ => problems.push(Problem::UnknownOrder(value.to_owned())),
            },
            // Of several dates the narrowest counts.
            (_, _) => match date::start(&folded) {
                None => problems.push(Problem::BadDate(value.to_owned())),
                Some(at) if name == "before" => self.before = Some(self.before.map_or(at, |b| b.min(at))),
                Some(at) => self.after = Some(self.after.map_or(at, |a| a.max(at))),
            },
        }
    }

    fn term(&mut self, part: &Part<'_>, in_title: bool, problems: &mut Vec<Problem>) {
        let mut pieces = Vec::new();
        scan(part.value, |piece| {
            pieces.push(TermPiece { folded: piece.folded.to_owned(), letter: piece.letter, joined: piece.joined });
        });
        if pieces.is_empty() {
            return problems.push(Problem::NothingToFind(part.value.to_owned()));
        }
        self.terms.push(Term { pieces, text: part.value.to_owned(), denied: part.denied, in_title });
    }
}

/// One part of a query: `-name:"value"`, of which all but the value may be missing.
struct Part<'a> {
    denied: bool,
    operator: Option<&'static str>,
    value: &'a str,
}

impl<'a> Part<'a> {
    /// Reads the first part of a text that does not begin with a space; returns it and what follows.
    fn read(text: &'a str, problems: &mut Vec<Problem>) -> (Part<'a>, &'a str) {
        let bare = text.strip_prefix(['-', '−', '－']).filter(|rest| rest.starts_with(|c: char| !c.is_whitespace()));
        let denied = bare.is_some();
        let mut rest = bare.unwrap_or(text);
        let operator = OPERATORS.into_iter().find_map(|name| {
            let head = rest.get(..name.len()).filter(|head| head.eq_ignore_ascii_case(name))?;
            rest[head.len()..].strip_prefix([':', '：']).map(|after| (name, after))
        });
        if let Some((_, after)) = operator {
            rest = after;
        }
        let (value, after) = match rest.chars().next().and_then(|open| Some((open, closing(open)?))) {
            Some((open, closing)) => {
                let inner = &rest[open.len_utf8()..];
                match inner.char_indices().find(|(_, c)| closing.contains(c)) {
                    Some((end, close)) => (&inner[..end], &inner[end + close.len_utf8()..]),
                    None => {
                        problems.push(Problem::UnclosedQuote(inner.to_owned()));
                        (inner, "")
                    }
                }
            }
            None => rest.split_at(rest.find(char::is_whitespace).unwrap_or(rest.len())),
        };
        (Part { denied, operator: operator.map(|(name, _)| name), value }, after)
    }
}

/// What ends a phrase that this character begins; keyboards of many countries are used.
fn closing(open: char) -> Option<&'static [char]> {
    match open {
        '"' | '“' | '”' | '„' | '＂' => Some(&['"', '“', '”', '＂']),
        '«' => Some(&['»']),
        '「' => Some(&['」']),
        '『' => Some(&['』']),
        _ => None,
    }
}

#[cfg(test)]
mod tests {
    use super::*;

    fn terms(query: &Query) -> Vec<String> {
        let one = |term: &Term| {
            let words: Vec<&str> = term.pieces.iter().map(|piece| piece.folded.as_str()).collect();
            let denied = if term.denied { "-" } else { "" };
            let title = if term.in_title { "title:" } else { "" };
            format!("{denied}{title}{}", words.join("+"))
        };
        query.terms.iter().map(one).collect()
    }

    #[test]
    fn words_phrases_and_not() {
        let (query, problems) =
            Query::parse("  Upload „large Files“ -video title:Commons -\"copy right\" 日本語 don't ");
        assert_eq!(
            terms(&query),
            ["upload", "large+files", "-video", "title:commons", "-copy+right", "日+本+語", "don+t"]
        );
        assert_eq!(problems, []);
        assert!(query.has_words() && !query.is_empty());
    }

    #[test]
    fn operators() {
        let text = "in:Help in:title by:\"Ada  Lovelace\" BY:@bo tag:#Commons -tag:old lang:pt_BR order:latest \
                    after:2024 before:2024-05-01 -by:spammer -in:test lang：de in:first";
        let (query, problems) = Query::parse(text);
        assert_eq!(problems, []);
        assert_eq!(query.categories, ["help"]);
        assert_eq!(query.excluded_categories, ["test"]);
        assert_eq!(query.authors, ["ada lovelace", "bo"]);
        assert_eq!(query.excluded_authors, ["spammer"]);
        assert_eq!(query.tags, ["commons"]);
        assert_eq!(query.excluded_tags, ["old"]);
        assert_eq!(query.langs, ["pt-br", "de"]);
        assert_eq!((query.first_only, query.title_only, query.order), (true, true, Order::Latest));
        assert_eq!(query.after, Some(1_704_067_200_000_000));
        assert_eq!(query.before, Some(1_714_521_600_000_000));
        assert!(!query.has_words() && !query.is_empty());
    }

    #[test]
    fn what_is_not_understood_is_named() {
        let problems = |text: &str| Query::parse(text).1;
        assert_eq!(problems("before:yesterday x"), [Problem::BadDate("yesterday".into())]);
        assert_eq!(problems("after:2024-13"), [Problem::BadDate("2024-13".into())]);
        assert_eq!(problems("by: ada"), [Problem::EmptyOperator("by".into())]);
        assert_eq!(problems("order:random"), [Problem::UnknownOrder("random".into())]);
        assert_eq!(problems("-order:likes"), [Problem::NotDeniable("order".into())]);
        assert_eq!(problems("!!! ok"), [Problem::NothingToFind("!!!".into())]);
        assert_eq!(problems("\"a b"), [Problem::UnclosedQuote("a b".into())]);
        let (query, problems) = Query::parse(&"word ".repeat(40));
        assert_eq!((query.terms.len(), problems), (32, vec![Problem::TooManyTerms("word".into())]));
        let (query, problems) = Query::parse(&"あ".repeat(500));
        assert_eq!((query.terms[0].pieces.len(), problems), (400, vec![Problem::TooLong("あ".repeat(40))]));
    }

    #[test]
    fn colons_that_are_no_operators() {
        assert_eq!(
            terms(&Query::parse("std::vec https://example.org inside:out - 5:30").0),
            ["std+vec", "https+example+org", "inside+out", "5+30"]
        );
        assert!(Query::parse("").0.is_empty() && Query::parse(" order:likes ").0.is_empty());
    }
}
