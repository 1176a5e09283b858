//! Polls as pages show them: to each reader what they may do, and what they may see of the results.

use std::collections::HashMap;

use askama::Template;
use stoa_markup::split_at_polls;

use super::{ALWAYS, ON_CLOSE, ON_VOTE, Poll, STAFF_ONLY};
use crate::db::{FromRow, Row, Tx, params};
use crate::may;
use crate::posts::marks::Mark;
use crate::posts::view::PostView;
use crate::topics::Topic;
use crate::topics::list::Person;
use crate::users::avatar::Avatar;
use crate::web::error::Result;
use crate::web::page::Fragment;
use crate::web::visit::Visit;

/// An answer, and whether the reader chose it.
struct Choice {
    id: i64,
    poll_id: i64,
    text: String,
    votes: i64,
    is_own: bool,
}

impl FromRow for Choice {
    fn from_row(row: &Row) -> Result<Self> {
        Ok(Choice { id: row.get(0)?, poll_id: row.get(1)?, text: row.get(2)?, votes: row.get(3)?, is_own: row.get(4)? })
    }
}

const OF_POSTS: &str =
    concat!("select ", super::columns!(), " from polls l where l.post_id in ids($1) order by l.post_id, l.position");
const OF_IDS: &str = concat!("select ", super::columns!(), " from polls l where l.id in ids($1)");
const OPTIONS: &str = "select o.id, o.poll_id, o.text, o.vote_count, case when w.user_id is null then 0 else 1 end
    from poll_options o left join poll_votes w on w.poll_id = o.poll_id and w.option_id = o.id and w.user_id = $2
    where o.poll_id in ids($1) order by o.poll_id, o.position";

/// Of public polls: answer, person, name, picture, in the order in which they voted.
const VOTERS: &str = "select w.option_id, u.id, u.name, f.sha256 from (
        select option_id, user_id, row_number() over (partition by option_id order by created_at, user_id) as place
        from poll_votes where poll_id in ids($1)) w
    join users u on u.id = w.user_id left join uploads f on f.id = u.avatar_upload_id
    where w.place <= $2 order by w.option_id, w.place";
/// Names shown with an answer.
const NAMED: i64 = 100;

/// Polls with their answers, as one reader sees them.
#[derive(Default)]
pub struct Polls {
    polls: Vec<Poll>,
    options: Vec<Choice>,
    /// Those who chose the answers of public polls, by answer.
    voters: HashMap<i64, Vec<Person>>,
}

impl Polls {
    /// By their ids; costs nothing where there are none.
    pub fn load(tx: &Tx, ids: &[i64], reader: Option<i64>) -> Result<Polls> {
        if ids.is_empty() {
            Ok(Polls::default())
        } else {
            Self::with_options(tx, tx.all(OF_IDS, params![ids])?, reader)
        }
    }

    fn with_options(tx: &Tx, polls: Vec<Poll>, reader: Option<i64>) -> Result<Polls> {
        let ids: Vec<i64> = polls.iter().map(|p| p.id).collect();
        let options = tx.all(OPTIONS, params![&ids[..], reader.unwrap_or(0)])?;
        let public: Vec<i64> = polls.iter().filter(|p| p.is_public && p.voter_count > 0).map(|p| p.id).collect();
        let mut voters: HashMap<i64, Vec<Person>> = HashMap::new();
        if !public.is_empty() {
            for (option, id, name, picture) in
                tx.all::<(i64, i64, String, Option<String>)>(VOTERS, params![&public[..], NAMED])?
            {
                let avatar = Avatar::of(id, &name, picture.as_deref());
                voters.entry(option).or_default().push(Person { avatar, name });
            }
        }
        Ok(Polls { polls, options, voters })
    }

    /// Puts a poll into a page. `csrf` is the token of its form.
    pub fn render(&self, v: &Visit, topic: &Topic, id: i64, csrf: &str, out: &mut String) -> Result<()> {
        let Some(poll) = self.polls.iter().find(|p| p.id == id) else { return Ok(()) };
        let options: Vec<&Choice> = self.options.iter().filter(|o| o.poll_id == id).collect();
        let is_open = poll.is_open(v.now);
        let has_voted = options.iter().any(|o| o.is_own);
        let shows_results = match poll.results {
            ALWAYS => true,
            ON_VOTE => has_voted || !is_open,
            ON_CLOSE => !is_open,
            _ => v.viewer.is_staff(),
        };
        let may_vote = is_open && may::vote_in(v, topic);
        let asks_in = is_open && v.viewer.user.is_none() && may::would_vote(v, topic);
        let place = topic.url();
        let voters = &self.voters;
        View { v, poll, options, voters, csrf, is_open, has_voted, shows_results, may_vote, asks_in, place }
            .render_into(out)?;
        Ok(())
    }
}

/// Sets the places of polls in the texts of posts: for members a mark, for strangers the poll as all of them see it.
pub fn into_posts(tx: &Tx, v: &Visit, topic: &Topic, posts: &mut [PostView]) -> Result<()> {
    let with: Vec<i64> =
        posts.iter().filter(|p| split_at_polls(p.post.html.as_str()).len() > 1).map(|p| p.post.id).collect();
    if with.is_empty() {
        return Ok(());
    }
    let found: Vec<Poll> = tx.all(OF_POSTS, params![&with[..]])?;
    let polls = match &v.viewer.user {
        Some(_) => Polls { polls: found, ..Polls::default() },
        None => Polls::with_options(tx, found, None)?,
    };
    for post in posts.iter_mut().filter(|p| with.contains(&p.post.id)) {
        let mut ids = polls.polls.iter().filter(|l| l.post_id == post.post.id).map(|l| l.id);
        let mut text = String::new();
        for (at, part) in split_at_polls(post.post.html.as_str()).into_iter().enumerate() {
            match if at == 0 { None } else { ids.next() } {
                Some(poll) if v.viewer.user.is_some() => text.push_str(&Mark::Poll { poll }.to_string()),
                Some(poll) => polls.render(v, topic, poll, "", &mut text)?,
                None => {}
            }
            text.push_str(part);
        }
        post.filled = Some(Fragment::joined(text));
    }
    Ok(())
}

#[derive(Template)]
#[template(path = "polls/templates/_poll.html")]
struct View<'a> {
    v: &'a Visit,
    poll: &'a Poll,
    options: Vec<&'a Choice>,
    voters: &'a HashMap<i64, Vec<Person>>,
    csrf: &'a str,
    is_open: bool,
    has_voted: bool,
    shows_results: bool,
    may_vote: bool,
    /// A stranger who might vote after logging in.
    asks_in: bool,
    place: String,
}

impl View<'_> {
    /// Who chose an answer, as far as it is shown.
    fn who(&self, option: &i64) -> &[Person] {
        self.voters.get(option).map_or(&[], Vec::as_slice)
    }

    /// Votes for an answer beside those with a name: too many, or imported without one.
    fn others(&self, option: &i64, votes: &i64) -> i64 {
        (votes - self.who(option).len() as i64).max(0)
    }

    /// How many of a hundred voters chose an answer.
    fn share(&self, votes: &i64) -> i64 {
        let voters = self.poll.voter_count.max(1);
        (votes * 100 + voters / 2) / voters
    }

    fn how_many(&self) -> String {
        let (t, min, max) = (&self.v.t, self.poll.min_choices, self.poll.max_choices);
        match (min, max) {
            (1, 1) => t.poll_choose_one(),
            (1, _) if max == self.options.len() as i64 => t.poll_choose_any(),
            (1, _) => t.poll_choose_up_to(max),
            _ if min == max => t.poll_choose_exactly(max),
            _ => t.poll_choose_between(min, max),
        }
    }

    /// Why there are no results to see, if there are none.
    fn why_hidden(&self) -> Option<String> {
        match self.poll.results {
            _ if self.shows_results => None,
            ON_VOTE => Some(self.v.t.poll_results_on_vote()),
            ON_CLOSE => Some(self.v.t.poll_results_on_close()),
            STAFF_ONLY => Some(self.v.t.poll_results_staff()),
            _ => None,
        }
    }
}
