//! Accounts of wikis that belong to accounts here: linking, renaming, and what they are worth.

use super::oauth::Profile;
use super::standing;
use crate::accounts::name_is_taken_by_others;
use crate::db::{Kind, Tx, from_row, params};
use crate::redirects;
use crate::users::{self, names};
use crate::web::error::{Error, Result};

/// What a wiki says of somebody.
#[derive(Clone, Debug, Default, PartialEq)]
pub struct Standing {
    pub name: String,
    pub edit_count: i64,
    /// UTC microseconds.
    pub registered_at: Option<i64>,
    pub groups: Vec<String>,
    pub is_blocked: bool,
    /// Until when, where the wiki says it.
    pub blocked_until: Option<i64>,
}

impl Standing {
    pub fn of(profile: &Profile, name: String) -> Standing {
        Standing {
            name,
            edit_count: profile.edit_count,
            registered_at: profile.registered_at,
            groups: profile.groups.clone(),
            is_blocked: profile.is_blocked,
            blocked_until: None,
        }
    }
}

/// Whoever an account of a wiki belongs to, as logging in needs it.
#[derive(Clone, Debug)]
pub struct Known {
    pub id: i64,
    pub user_id: i64,
    /// The name on the wiki when it was last asked.
    pub name: String,
    pub suspended_until: Option<i64>,
    /// 0 without a password.
    pub password_changed_at: i64,
}
from_row!(Known { id, user_id, name, suspended_until, password_changed_at });

/// The account here that a number on a wiki belongs to.
pub fn find(tx: &Tx, issuer: &str, sub: &str) -> Result<Option<Known>> {
    tx.first(
        "select a.id, a.user_id, a.name, u.suspended_until, coalesce(i.changed_at, 0)
         from wiki_accounts a join users u on u.id = a.user_id
         left join identities i on i.user_id = u.id and i.kind = 'password'
         where a.issuer = $1 and a.sub = $2 and u.deleted_at is null",
        params![issuer, sub],
    )
}

/// A linked account as its owner sees it.
#[derive(Clone, Debug)]
pub struct Linked {
    pub id: i64,
    pub issuer: String,
    pub name: String,
    pub linked_at: i64,
    pub refreshed_at: i64,
    pub edit_count: i64,
    pub registered_at: Option<i64>,
    pub groups: String,
    pub blocked: bool,
    pub blocked_until: Option<i64>,
    /// The bot writes to their talk page there.
    pub talk_page: bool,
}
from_row!(Linked {
    id,
    issuer,
    name,
    linked_at,
    refreshed_at,
    edit_count,
    registered_at,
    groups,
    blocked,
    blocked_until,
    talk_page,
});

macro_rules! linked {
    () => {
        "select id, issuer, name, linked_at, refreshed_at, edit_count, registered_at, groups, blocked, blocked_until, talk_page
         from wiki_accounts "
    };
}

/// Everything that is linked to an account.
pub fn of_user(tx: &Tx, user: i64) -> Result<Vec<Linked>> {
    tx.all(concat!(linked!(), "where user_id = $1 order by id"), params![user])
}

/// The account that somebody has where a wiki's accounts come from.
pub fn of_issuer(tx: &Tx, user: i64, issuer: &str) -> Result<Option<Linked>> {
    tx.first(concat!(linked!(), "where user_id = $1 and issuer = $2"), params![user, issuer])
}

/// Links an account of a wiki; [`Error::Taken`] when it belongs to another account, or this one has another there.
pub fn link(tx: &Tx, wiki: i64, issuer: &str, sub: &str, user: i64, standing: &Standing, now: i64) -> Result<()> {
    // One that belonged to an account that is deleted is free again.
    tx.exec(
        "delete from wiki_accounts where issuer = $1 and sub = $2
            and user_id in (select id from users where deleted_at is not null)",
        params![issuer, sub],
    )?;
    let taken: Option<i64> = tx.first(
        "select id from wiki_accounts where issuer = $1 and (sub = $2 or user_id = $3)",
        params![issuer, sub, user],
    )?;
    if taken.is_some() {
        return Err(Error::Taken(anyhow::anyhow!("an account of a wiki is linked already")));
    }
    let id: i64 = tx.one(
        "insert into wiki_accounts (wiki_id, issuer, sub, user_id, name, linked_at, refreshed_at)
         values ($1, $2, $3, $4, $5, $6, $6) returning id",
        params![wiki, issuer, sub, user, &standing.name, now],
    )?;
    keep(tx, id, user, standing, now)
}

/// Takes a link away.
pub fn unlink(tx: &Tx, user: i64, issuer: &str) -> Result<bool> {
    Ok(tx.exec("delete from wiki_accounts where user_id = $1 and issuer = $2", params![user, issuer])? > 0)
}

/// What a wiki says of a known account now: a new name is followed, standing is counted again. `wiki` is the one that
/// was asked, where the account did not come back to one yet.
pub fn refresh(tx: &Tx, known: &Known, wiki: Option<i64>, standing: &Standing, now: i64) -> Result<()> {
    if let Some(wiki) = wiki {
        tx.exec("update wiki_accounts set wiki_id = $2 where id = $1 and wiki_id is null", params![known.id, wiki])?;
    }
    if known.name != standing.name {
        rename(tx, known.user_id, &known.name, &standing.name)?;
    }
    keep(tx, known.id, known.user_id, standing, now)
}

/// A wiki told that an account has another name now. `false` when it is nobody's here.
pub fn renamed(tx: &Tx, issuer: &str, sub: &str, name: &str) -> Result<bool> {
    let Some(known) = find(tx, issuer, sub)? else { return Ok(false) };
    if known.name != name {
        rename(tx, known.user_id, &known.name, name)?;
        tx.exec("update wiki_accounts set name = $2 where id = $1", params![known.id, name])?;
    }
    Ok(true)
}

fn keep(tx: &Tx, id: i64, user: i64, standing: &Standing, now: i64) -> Result<()> {
    let groups = standing.groups.join(" ");
    tx.exec(
        "update wiki_accounts set name = $2, edit_count = $3, registered_at = $4, groups = $5, blocked = $6,
            blocked_until = $7, refreshed_at = $8 where id = $1",
        params![
            id,
            &standing.name,
            standing.edit_count,
            standing.registered_at,
            &groups,
            standing.is_blocked,
            standing.blocked_until,
            now
        ],
    )?;
    // What was reached stays: here, or by what counted once.
    tx.exec(
        "update users set trust_level = $2 where id = $1 and trust_level < $2",
        params![user, standing::level(standing, now)],
    )?;
    Ok(())
}

/// Somebody was renamed on a wiki. Their name here follows if it still is the one they had there and nobody has the new
/// one; the old address leads to the new one.
pub fn rename(tx: &Tx, user: i64, before: &str, after: &str) -> Result<bool> {
    let own: String = tx.one("select name from users where id = $1", params![user])?;
    let new = names::tidy(after);
    let may_be = matches!(names::check(&new), Ok(()) | Err(names::Problem::MixedScripts));
    if own != names::tidy(before) || own == new || !may_be {
        return Ok(false);
    }
    let (folded, skeleton) = (names::folded(&new), names::skeleton_of(&new));
    if name_is_taken_by_others(tx, user, &folded, &skeleton)? {
        return Ok(false);
    }
    tx.exec(
        "update users set name = $2, folded = $3, skeleton = $4 where id = $1",
        params![user, &new, &folded, &skeleton],
    )?;
    let (old, now) = (users::url(&own), users::url(&new));
    if old.len() <= redirects::LONGEST - "/posts".len() && now.len() <= redirects::LONGEST - "/posts".len() {
        redirects::keep(tx, &old, &now)?;
        redirects::keep(tx, &format!("{old}/posts"), &format!("{now}/posts"))?;
    }
    tx.changed(Kind::UserEdited, user);
    Ok(true)
}
