//! `POST /polls/{id}/vote` and `/unvote`: one's choice, which one may change and take back until the poll ends.

use axum::response::Response;

use super::{BY_ID, Poll, put};
use crate::access;
use crate::app::App;
use crate::db::{Kind, Tx, params};
use crate::may;
use crate::topics::Topic;
use crate::web::error::Result;
use crate::web::extract::Path;
use crate::web::page::redirect;
use crate::web::routes::Field;
use crate::web::{Error, Form, Member, Refusal, field};

/// `option` is sent once for each answer that was chosen.
pub const FIELDS: &[Field] = &[field("option", 20)];

pub async fn submit(me: Member, app: App, Path(id): Path<i64>, f: Form) -> Result<Response> {
    let mut chosen: Vec<i64> = Vec::new();
    for option in f.all("option") {
        let option = option.parse().map_err(|_| Error::from(Refusal::NotAForm))?;
        if !chosen.contains(&option) {
            chosen.push(option);
        }
    }
    turn(me, app, id, chosen, true).await
}

pub async fn undo(me: Member, app: App, Path(id): Path<i64>, _: Form) -> Result<Response> {
    turn(me, app, id, Vec::new(), false).await
}

async fn turn(me: Member, app: App, id: i64, chosen: Vec<i64>, votes: bool) -> Result<Response> {
    let place = app.db.write(move |tx| {
        let poll: Poll = tx.first(BY_ID, params![id])?.ok_or(Error::NotFound)?;
        let (topic, post) = access::post(tx, &me, poll.post_id)?;
        may::vote(&me, &topic, &post)?;
        put::lock(tx, id)?;
        if !poll.is_open(me.now) {
            return Err(Refusal::PollEnded.into());
        }
        if votes {
            fits(tx, &poll, &chosen)?;
        }
        set(tx, &topic, &poll, me.user.id, &chosen, me.now)?;
        Ok(topic.url_of(post.number))
    });
    Ok(redirect(&place.await?))
}

/// Whether these are answers of this poll, and as many as it wants.
fn fits(tx: &Tx, poll: &Poll, chosen: &[i64]) -> Result<()> {
    let count = chosen.len() as i64;
    if count < poll.min_choices || count > poll.max_choices {
        return Err(Refusal::PollChoices { least: poll.min_choices, most: poll.max_choices }.into());
    }
    let known: Vec<i64> = tx.all("select id from poll_options where poll_id = $1", params![poll.id])?;
    if chosen.iter().all(|option| known.contains(option)) { Ok(()) } else { Err(Refusal::NotAForm.into()) }
}

/// Puts somebody's choice in the place of the one before, with every count; the same one twice changes nothing.
fn set(tx: &Tx, topic: &Topic, poll: &Poll, user: i64, chosen: &[i64], now: i64) -> Result<()> {
    let mut before: Vec<i64> =
        tx.all("select option_id from poll_votes where poll_id = $1 and user_id = $2", params![poll.id, user])?;
    let mut after = chosen.to_vec();
    before.sort_unstable();
    after.sort_unstable();
    if before == after {
        return Ok(());
    }
    tx.exec("delete from poll_votes where poll_id = $1 and user_id = $2", params![poll.id, user])?;
    for option in &after {
        tx.exec(
            "insert into poll_votes (poll_id, user_id, option_id, created_at) values ($1, $2, $3, $4)",
            params![poll.id, user, option, now],
        )?;
    }
    for (options, step) in [(&before, -1), (&after, 1)] {
        tx.exec(
            "update poll_options set vote_count = vote_count + $2 where id in ids($1)",
            params![&options[..], step],
        )?;
    }
    let step = i64::from(!after.is_empty()) - i64::from(!before.is_empty());
    tx.exec("update polls set voter_count = voter_count + $2 where id = $1", params![poll.id, step])?;
    tx.exec("update topics set version = version + 1 where id = $1", params![topic.id])?;
    tx.changed(Kind::PollVoted, poll.post_id);
    Ok(())
}
