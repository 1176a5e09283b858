//! From a query to what the index is asked: filters that cost nothing in rank, words that make the rank.

use crate::index::{Fields, Scope};
use crate::query::{Query, TermPiece};
use crate::scan::scan;
use crate::tokens;
use std::ops::Bound;
use tantivy::Term as Entry;
use tantivy::query::{
    BooleanQuery, BoostQuery, ConstScoreQuery, EmptyQuery, Occur, PhraseQuery, Query as Ask, RangeQuery, TermQuery,
    TermSetQuery,
};
use tantivy::schema::{Field, IndexRecordOption};

/// A word in the title weighs this many times one in the text.
const TITLE: f32 = 2.0;
/// Letters and words of all terms together that are asked for; a query of 400 characters has no more.
const MOST_PIECES: usize = 400;

type Clauses = Vec<(Occur, Box<dyn Ask>)>;

/// What to ask the index, or `None` when nothing can be found.
pub(crate) fn plan(query: &Query, scope: &Scope, fields: &Fields) -> Option<Box<dyn Ask>> {
    let unresolved = (!query.categories.is_empty() && query.category_ids.is_none())
        || (!query.excluded_categories.is_empty() && query.excluded_category_ids.is_none());
    let visible: Vec<i64> = scope
        .categories
        .iter()
        .filter(|id| query.category_ids.as_ref().is_none_or(|wanted| wanted.contains(id)))
        .filter(|id| query.excluded_category_ids.as_ref().is_none_or(|unwanted| !unwanted.contains(id)))
        .copied()
        .collect();
    if unresolved || visible.is_empty() {
        return None;
    }
    let mut clauses: Clauses = vec![must(any_number(fields.category_id, &visible))];
    filters(query, fields, &mut clauses);
    words(query, fields, &mut clauses);
    Some(Box::new(BooleanQuery::new(clauses)))
}

fn filters(query: &Query, fields: &Fields, clauses: &mut Clauses) {
    for (field, wanted, unwanted) in
        [(fields.author, &query.authors, &query.excluded_authors), (fields.lang, &query.langs, &query.excluded_langs)]
    {
        if !wanted.is_empty() {
            clauses.push(must(any_text(field, wanted)));
        }
        if !unwanted.is_empty() {
            clauses.push((Occur::MustNot, any_text(field, unwanted)));
        }
    }
    for tag in &query.tags {
        clauses.push(must(any_text(fields.tag, std::slice::from_ref(tag))));
    }
    if !query.excluded_tags.is_empty() {
        clauses.push((Occur::MustNot, any_text(fields.tag, &query.excluded_tags)));
    }
    if query.after.is_some() || query.before.is_some() {
        let at = |micros| Entry::from_field_i64(fields.created_at, micros);
        let from = query.after.map_or(Bound::Unbounded, |micros| Bound::Included(at(micros)));
        let to = query.before.map_or(Bound::Unbounded, |micros| Bound::Excluded(at(micros)));
        clauses.push(must(Box::new(RangeQuery::new(from, to))));
    }
    if query.first_only {
        clauses.push(must(first(fields)));
    }
}

/// Every word must be in the text or the title. The title stands with each post of a topic, so that words of both can
/// be asked for together; a reply is found only when one of them is in its own text, the opening post in any case.
fn words(query: &Query, fields: &Fields, clauses: &mut Clauses) {
    let mut own: Clauses = vec![(Occur::Should, first(fields))];
    let mut left = MOST_PIECES;
    let mut ranked = false;
    for term in &query.terms {
        let pieces = &term.pieces[..term.pieces.len().min(left)];
        left -= pieces.len();
        if pieces.is_empty() {
            break;
        }
        let title_only = term.in_title || query.title_only;
        let in_title = boosted(phrase(fields.title, pieces), TITLE);
        let found: Box<dyn Ask> = if title_only {
            in_title
        } else {
            let in_body = phrase(fields.body, pieces);
            if !term.denied {
                own.push((Occur::Should, in_body.box_clone()));
            }
            Box::new(BooleanQuery::union(vec![in_title, in_body]))
        };
        if term.denied {
            clauses.push((Occur::MustNot, found));
            continue;
        }
        ranked = true;
        clauses.push((Occur::Must, found));
        for word in dictionary_words(&term.text) {
            clauses.push((Occur::Should, boosted(text(fields.title, &word), TITLE)));
            if !title_only {
                clauses.push((Occur::Should, text(fields.body, &word)));
            }
        }
    }
    if ranked {
        clauses.push(must(Box::new(BooleanQuery::new(own))));
    }
}

/// Words of a title that are looked at.
const MOST_WORDS: usize = 32;

/// What finds the topics whose titles are like this one: those that share a third of its words. Words that stand in every
/// twentieth post say nothing, in any language: `how_many` tells in how many posts of `all` a word stands.
pub(crate) fn similar(
    title: &str,
    scope: &Scope,
    fields: &Fields,
    all: u64,
    how_many: impl Fn(&Entry) -> u64,
) -> Option<Box<dyn Ask>> {
    let mut words = dictionary_words(title);
    scan(title, |piece| {
        if !piece.letter && !words.iter().any(|word| word == piece.folded) {
            words.push(piece.folded.to_owned());
        }
    });
    let common = (all / 20).max(20);
    let entries = words.into_iter().take(MOST_WORDS).map(|word| Entry::from_field_text(fields.title, &word));
    let telling: Vec<Entry> = entries.filter(|entry| how_many(entry) <= common).collect();
    if telling.is_empty() || scope.categories.is_empty() {
        return None;
    }
    let least = telling.len().div_ceil(3);
    let ask = |entry| Box::new(TermQuery::new(entry, IndexRecordOption::WithFreqs)) as Box<dyn Ask>;
    let words = BooleanQuery::union_with_minimum_required_clauses(telling.into_iter().map(ask).collect(), least);
    Some(Box::new(BooleanQuery::new(vec![
        must(any_number(fields.category_id, &scope.categories)),
        must(first(fields)),
        (Occur::Must, Box::new(words)),
    ])))
}

/// The pieces of a word or phrase, one behind the other. Of a run of letters the index has every pair, so every second
/// pair is enough to name the whole run.
fn phrase(field: Field, pieces: &[TermPiece]) -> Box<dyn Ask> {
    let mut entries: Vec<(usize, Entry)> = Vec::new();
    let mut at = 0;
    while at < pieces.len() {
        let run = pieces[at..].iter().skip(1).take_while(|piece| piece.joined).count() + 1;
        if run == 1 {
            entries.push((at, Entry::from_field_text(field, &pieces[at].folded)));
        }
        for first in (at..at + run).step_by(2).filter(|_| run > 1) {
            let first = first.min(at + run - 2);
            let pair = format!("{}{}", pieces[first].folded, pieces[first + 1].folded);
            entries.push((first, Entry::from_field_text(field, &pair)));
        }
        at += run;
    }
    match entries.len() {
        0 => Box::new(EmptyQuery),
        1 => Box::new(TermQuery::new(entries.remove(0).1, IndexRecordOption::WithFreqs)),
        _ => Box::new(PhraseQuery::new_with_offset(entries)),
    }
}

/// The words that a dictionary sees in the runs of letters of a term; texts that have them as words come first.
fn dictionary_words(text: &str) -> Vec<String> {
    let entries = tokens::entries(text).into_iter().map(|entry| entry.text);
    entries.filter(|text| text.starts_with(tokens::WORD)).take(16).collect()
}

fn must(filter: Box<dyn Ask>) -> (Occur, Box<dyn Ask>) {
    (Occur::Must, Box::new(ConstScoreQuery::new(filter, 0.0)))
}

fn boosted(query: Box<dyn Ask>, weight: f32) -> Box<dyn Ask> {
    Box::new(BoostQuery::new(query, weight))
}

fn text(field: Field, text: &str) -> Box<dyn Ask> {
    Box::new(TermQuery::new(Entry::from_field_text(field, text), IndexRecordOption::WithFreqs))
}

fn any_text(field: Field, texts: &[String]) -> Box<dyn Ask> {
    Box::new(TermSetQuery::new(texts.iter().map(|text| Entry::from_field_text(field, text))))
}

fn any_number(field: Field, numbers: &[i64]) -> Box<dyn Ask> {
    Box::new(TermSetQuery::new(numbers.iter().map(|n| Entry::from_field_i64(field, *n))))
}

fn first(fields: &Fields) -> Box<dyn Ask> {
    Box::new(ConstScoreQuery::new(
        Box::new(TermQuery::new(Entry::from_field_i64(fields.number, 1), IndexRecordOption::Basic)),
        0.0,
    ))
}
