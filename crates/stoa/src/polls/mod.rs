//! Polls: a question in a post, with answers to choose from. Who chose what is shown to nobody but themselves, unless the
//! poll said from its beginning that it is public.

pub mod close;
pub mod put;
pub mod show;
pub mod vote;

use stoa_markup::{POLL_LONGEST, POLL_OPTIONS_MOST, POLLS_MOST, PollProblem};

use crate::clock::MINUTE;
use crate::db::from_row;
use crate::web::visit::Visit;
use crate::web::{Policy, Routes};

/// How long an author may change the answers of a poll in which nobody has voted.
pub const CHANGEABLE: i64 = 5 * MINUTE;

/// Who sees the results.
pub const ALWAYS: i64 = 0;
pub const ON_VOTE: i64 = 1;
pub const ON_CLOSE: i64 = 2;
pub const STAFF_ONLY: i64 = 3;

/// A poll, without its answers.
#[derive(Clone, Debug)]
pub struct Poll {
    pub id: i64,
    pub post_id: i64,
    pub name: String,
    pub title: String,
    pub is_many: bool,
    pub min_choices: i64,
    pub max_choices: i64,
    pub results: i64,
    pub closes_at: Option<i64>,
    pub closed_at: Option<i64>,
    pub voter_count: i64,
    pub created_at: i64,
    /// Who chose what is shown with the results.
    pub is_public: bool,
}
from_row!(Poll {
    id,
    post_id,
    name,
    title,
    is_many,
    min_choices,
    max_choices,
    results,
    closes_at,
    closed_at,
    voter_count,
    created_at,
    is_public,
});

macro_rules! columns {
    () => {
        "l.id, l.post_id, l.name, l.title, l.is_many, l.min_choices, l.max_choices, l.results, l.closes_at, l.closed_at,
        l.voter_count, l.created_at, l.is_public"
    };
}
pub(crate) use columns;

pub const BY_ID: &str = concat!("select ", columns!(), " from polls l where l.id = $1");

impl Poll {
    /// Whether it takes votes.
    pub fn is_open(&self, now: i64) -> bool {
        self.closed_at.is_none() && self.closes_at.is_none_or(|at| at > now)
    }
}

pub fn routes() -> Routes {
    Routes::new().post("/polls/{id}/vote", Policy::Members, vote::FIELDS, vote::submit).post(
        "/polls/{id}/unvote",
        Policy::Members,
        vote::FIELDS,
        vote::undo,
    )
}

/// What is wrong with the polls of a text that somebody is about to send.
pub fn problem(v: &Visit, raw: &str) -> Option<String> {
    let problem = match stoa_markup::polls(raw) {
        Ok(polls) => {
            let odd = polls.iter().any(|p| p.close.is_some() && put::closes_at(p).is_none());
            return odd.then(|| v.t.poll_problem_close());
        }
        Err(problem) => problem,
    };
    Some(match problem {
        PollProblem::Kind => v.t.poll_problem_kind(),
        PollProblem::TooFewOptions => v.t.poll_problem_few(),
        PollProblem::TooManyOptions => v.t.poll_problem_many(POLL_OPTIONS_MOST),
        PollProblem::SameOption => v.t.poll_problem_same(),
        PollProblem::TooLong => v.t.poll_problem_long(POLL_LONGEST),
        PollProblem::Choices => v.t.poll_problem_choices(),
        PollProblem::TooMany => v.t.poll_problem_too_many(POLLS_MOST),
    })
}
