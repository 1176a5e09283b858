//! Whom a conversation tells: everybody who takes part, until they wish otherwise; and those who were let in.

use crate::db::{Tx, params};
use crate::follow::Reason;
use crate::messages::Role;
use crate::notifications::deliver::{self, Recipient, Thing};
use crate::notifications::kinds::Kind;
use crate::site::Site;
use crate::topics::Topic;
use crate::web::error::Result;

use super::queries::{self, One};

/// Members of groups that one post tells at once.
const PART: i64 = 4_000;

/// Who takes part, in the order of their ids after `part`, without those who follow it less closely by their own wish.
const TAKING_PART: &str = "select w.user_id from (
        select tp.subject as user_id from topic_people tp where tp.topic_id = $1 and tp.kind = 1
        union
        select g.user_id from topic_people tp join group_members g on g.group_id = tp.subject
            where tp.topic_id = $1 and tp.kind = 2
    ) w where w.user_id > $2 and not exists (select 1 from reads r
        where r.user_id = w.user_id and r.topic_id = $1 and r.level is not null and r.level < 4)
    order by w.user_id limit $3";

/// Those whom a new post of a conversation is for, and where to go on if there are more.
pub fn of_post(tx: &Tx, topic: i64, part: i64) -> Result<(Vec<Recipient>, Option<i64>)> {
    let ids: Vec<i64> = tx.all(TAKING_PART, params![topic, part, PART])?;
    let last = ids.last().copied().filter(|_| ids.len() as i64 == PART);
    let of = |user| Recipient { user, kind: Kind::Message, why: Reason::Member };
    Ok((ids.into_iter().map(of).collect(), last))
}

/// Tells people and groups that somebody let them in.
pub fn invited(tx: &Tx, site: &Site, topic: i64, all: &[One], by: i64, now: i64) -> Result<()> {
    let Some(topic): Option<Topic> = queries::now(tx, topic)? else { return Ok(()) };
    let Some(post): Option<i64> =
        tx.first("select id from posts where topic_id = $1 order by number limit 1", params![topic.id])?
    else {
        return Ok(());
    };
    let groups: Vec<i64> = all.iter().filter(|one| one.role == Role::Group).map(|one| one.id).collect();
    let mut people: Vec<i64> = all.iter().filter(|one| one.role == Role::Person).map(|one| one.id).collect();
    people.extend(queries::members_of(tx, &groups)?);
    let told = people.into_iter().map(|user| Recipient { user, kind: Kind::Invitation, why: Reason::Member });
    let thing = Thing { topic: &topic, post_id: post, number: 1, actor: by, at: now };
    deliver::all(tx, site, &thing, &deliver::once_each(told.collect(), by))?;
    Ok(())
}
