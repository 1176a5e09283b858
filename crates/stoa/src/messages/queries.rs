//! Whom somebody means by what they typed, who takes part, and how both change.

use super::{PEOPLE_MOST, Role};
use crate::db::{Kind, Tx, params};
use crate::site::{EVERYONE, MEMBERS, MODERATORS, Site};
use crate::topics::Topic;
use crate::users::names;
use crate::web::error::Result;
use crate::web::visit::Member;

/// Somebody or a group that a conversation is for.
#[derive(Clone, Debug, PartialEq, Eq)]
pub struct One {
    pub role: Role,
    pub id: i64,
    pub name: String,
}

/// What was made of a list of names.
#[derive(Debug, Default)]
pub struct Typed {
    pub found: Vec<One>,
    /// What is wrong, in words.
    pub problems: Vec<String>,
}

/// Signs between names, in several scripts. A name may have one in it; then it stands alone.
const COMMAS: &[char] = &[',', ';', '،', '؛', '、', '，', '；', '\n'];

/// The people and groups that somebody typed. Who does not take messages, or has muted the writer, is named as one who
/// takes none: a muted person is not told which.
pub fn typed(tx: &Tx, me: &Member, text: &str) -> Result<Typed> {
    let mut typed = Typed::default();
    let whole = text.trim();
    let names: Vec<&str> = match person(tx, whole)? {
        Some(_) => vec![whole],
        None => text.split(COMMAS).map(str::trim).filter(|name| !name.is_empty()).collect(),
    };
    if names.len() > PEOPLE_MOST {
        typed.problems.push(me.t.message_too_many(PEOPLE_MOST));
        return Ok(typed);
    }
    for name in names {
        let one = match person(tx, name)? {
            Some((id, name, takes)) => {
                let is_shut = id != me.user.id && !me.viewer.is_staff() && (takes == 0 || is_muted_by(tx, me, id)?);
                if is_shut {
                    typed.problems.push(me.t.message_not_taken(&name));
                    continue;
                }
                One { role: Role::Person, id, name }
            }
            None => match group(me, name) {
                Some(one) => one,
                None => {
                    typed.problems.push(me.t.message_nobody(name));
                    continue;
                }
            },
        };
        if !typed.found.contains(&one) {
            typed.found.push(one);
        }
    }
    Ok(typed)
}

fn person(tx: &Tx, name: &str) -> Result<Option<(i64, String, i64)>> {
    let folded = names::folded(name.trim_start_matches('@'));
    if folded.is_empty() || folded.chars().count() > 240 {
        return Ok(None);
    }
    // Who was never here reads nothing.
    tx.first(
        "select id, name, takes_messages from users where folded = $1 and deleted_at is null
            and id not in (select user_id from wiki_authors)",
        params![&folded],
    )
}

fn is_muted_by(tx: &Tx, me: &Member, other: i64) -> Result<bool> {
    let found: i64 =
        tx.one("select count(*) from mutes where user_id = $1 and muted_id = $2", params![other, me.user.id])?;
    Ok(found > 0)
}

/// A group that one may write to: the staff's, and those one is in oneself.
fn group(me: &Member, name: &str) -> Option<One> {
    let name = name.trim_start_matches('@').to_lowercase();
    let found = me.site.groups.iter().find(|g| g.name.to_lowercase() == name)?;
    let may = match found.id {
        EVERYONE | MEMBERS => false,
        id if me.viewer.is_admin() || me.viewer.groups.contains(&id) => true,
        id => is_staff_group(id),
    };
    may.then(|| One { role: Role::Group, id: found.id, name: found.name.clone() })
}

fn is_staff_group(id: i64) -> bool {
    [crate::site::ADMINISTRATORS, MODERATORS].contains(&id)
}

/// Somebody in a conversation as its pages show them.
#[derive(Clone, Debug)]
pub struct Shown {
    pub one: One,
    pub added_by: i64,
    pub added_at: i64,
}

/// Everybody in a conversation, with names, in the order in which they came.
pub fn of_topic(tx: &Tx, site: &Site, topic: i64) -> Result<Vec<Shown>> {
    let rows: Vec<(i64, i64, Option<String>, i64, i64)> = tx.all(
        "select tp.kind, tp.subject, u.name, tp.added_by, tp.added_at from topic_people tp
            left join users u on tp.kind <> 2 and u.id = tp.subject
         where tp.topic_id = $1 order by tp.added_at, tp.kind, tp.subject",
        params![topic],
    )?;
    let shown = rows.into_iter().filter_map(|(kind, id, name, added_by, added_at)| {
        let role = match kind {
            1 => Role::Person,
            2 => Role::Group,
            _ => Role::Looks,
        };
        let name = match role {
            Role::Group => site.groups.iter().find(|g| g.id == id)?.name.clone(),
            _ => name?,
        };
        Some(Shown { one: One { role, id, name }, added_by, added_at })
    });
    Ok(shown.collect())
}

/// Lets somebody in. False when they are there already.
pub fn add(tx: &Tx, topic: i64, one: &One, by: i64, now: i64) -> Result<bool> {
    let added = tx.exec(
        "insert into topic_people (topic_id, kind, subject, added_by, added_at) values ($1, $2, $3, $4, $5)
         on conflict do nothing",
        params![topic, one.role as i64, one.id, by, now],
    )?;
    Ok(added > 0)
}

/// Takes somebody out. False when they were not there.
pub fn remove(tx: &Tx, topic: i64, role: Role, id: i64) -> Result<bool> {
    let removed = tx.exec(
        "delete from topic_people where topic_id = $1 and kind = $2 and subject = $3",
        params![topic, role as i64, id],
    )?;
    Ok(removed > 0)
}

/// Says in the conversation itself what happened to it, as a thin line. `text` comes from names and reasons, as they are.
pub fn say(tx: &Tx, topic: i64, by: i64, action: &str, text: &str, now: i64) -> Result<()> {
    let number: i64 = tx.one(
        "update topics set highest_number = highest_number + 1, bumped_at = $2, version = version + 1
         where id = $1 returning highest_number",
        params![topic, now],
    )?;
    let html = stoa_markup::SafeHtml::of_text(text);
    let id: i64 = tx.one(
        "insert into posts (topic_id, number, kind, action, author_id, raw, html, renderer, lang, created_at)
         values ($1, $2, 1, $3, $4, $5, $6, $7, '', $8) returning id",
        params![topic, number, action, by, text, &html, stoa_markup::RENDERER, now],
    )?;
    tx.changed(Kind::PostCreated, id);
    Ok(())
}

/// Ids of the members of some groups.
pub fn members_of(tx: &Tx, groups: &[i64]) -> Result<Vec<i64>> {
    tx.all(
        "select distinct user_id from group_members where group_id in ids($1) order by user_id limit 4000",
        params![groups],
    )
}

/// The conversation again, inside the transaction that changes it.
pub fn now(tx: &Tx, id: i64) -> Result<Option<Topic>> {
    tx.first(crate::topics::queries::BY_ID, params![id])
}
