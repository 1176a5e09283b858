//! `GET /suggest/people?q=&topic=`: whose names begin so; those who write in the topic come first, found by each word of
//! the name they show too.

use super::{Asked, Item, MOST, answer, end};
use crate::access;
use crate::app::App;
use crate::db::{Tx, from_row, params};
use crate::users::avatar::Avatar;
use crate::users::names;
use crate::web::error::Result;
use crate::web::extract::Query;
use crate::web::{Error, Member};

struct Found {
    id: i64,
    name: String,
    display_name: String,
    picture: Option<String>,
}
from_row!(Found { id, name, display_name, picture });

/// How many of a topic's last posts say who is talking in it.
const RECENT: i64 = 200;

const IN_TOPIC: &str = "
    select u.id, u.name, u.display_name, f.sha256 from users u left join uploads f on f.id = u.avatar_upload_id
    where u.id in (select p.author_id from posts p
        where p.topic_id = $1 and p.number > $2 and p.deleted_at is null and p.hidden_at is null)
    and u.deleted_at is null order by u.folded limit $3";
const ALL: &str = "
    select u.id, u.name, u.display_name, f.sha256 from users u left join uploads f on f.id = u.avatar_upload_id
    where u.folded >= $1 and u.folded < $2 and u.deleted_at is null order by u.folded limit $3";

pub async fn page(me: Member, app: App, Query(asked): Query<Asked>) -> Result {
    let start = names::folded(&asked.q);
    let topic = asked.topic.and_then(|id| id.parse::<i64>().ok());
    let items = app.db.read(|tx| find(tx, &me, &start, topic)).await?;
    Ok(answer(&items))
}

fn find(tx: &Tx, me: &Member, start: &str, topic: Option<i64>) -> Result<Vec<Item>> {
    let mut found: Vec<Found> = Vec::new();
    if let Some(id) = topic {
        match access::topic(tx, me, id) {
            Ok(topic) => {
                let since = topic.highest_number - RECENT;
                let all: Vec<Found> = tx.all(IN_TOPIC, params![id, since, RECENT])?;
                found = all.into_iter().filter(|person| begins(person, start)).collect();
            }
            // Of a topic that one does not see nothing is said.
            Err(Error::NotFound) => {}
            Err(other) => return Err(other),
        }
    }
    let others: Vec<Found> = tx.all(ALL, params![start, end(start), MOST + 1])?;
    for other in others {
        if found.iter().all(|had| had.id != other.id) {
            found.push(other);
        }
    }
    let mine = me.user.id;
    Ok(found.into_iter().filter(|person| person.id != mine).take(MOST as usize).map(item).collect())
}

/// Whether a name, or a word of the name that is shown, begins with what was typed.
fn begins(person: &Found, start: &str) -> bool {
    let shown = person.display_name.as_str();
    names::folded(&person.name).starts_with(start)
        || names::folded(shown).starts_with(start)
        || shown.split_whitespace().any(|word| names::folded(word).starts_with(start))
}

fn item(person: Found) -> Item {
    let avatar = Avatar::of(person.id, &person.name, person.picture.as_deref()).picture;
    let label = if person.display_name.is_empty() { person.name.clone() } else { person.display_name };
    Item { name: person.name, label, avatar, more: None, kind: "person" }
}
