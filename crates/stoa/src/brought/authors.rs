//! Authors from a wiki: the accounts that they have here, or ones made for them that become theirs when they come.

use crate::accounts::{self, NewAccount, name_is_taken, name_is_taken_by_others};
use crate::db::{Kind, Tx, params};
use crate::import::names::nearest;
use crate::redirects;
use crate::users;
use crate::users::names::{self, LONGEST};
use crate::web::error::{Error, Result};
use crate::wikis::{Wiki, standing};

/// One at a time for the people of a wiki: what is brought meets no other that is brought, and nobody who comes meanwhile.
pub fn alone(tx: &Tx, issuer: &str) -> Result<()> {
    tx.exec("update wikis set position = position where issuer = $1", params![issuer]).map(drop)
}

/// The account here of somebody on a wiki; one is made if they have none. `number` is theirs on the wiki, where they have
/// one.
pub fn account(tx: &Tx, wiki: &Wiki, name: &str, number: Option<i64>, now: i64) -> Result<i64> {
    if let Some(number) = number {
        let own: Option<i64> = tx.first(
            "select a.user_id from wiki_accounts a join users u on u.id = a.user_id
             where a.issuer = $1 and a.sub in ($2, $3, $4) and u.deleted_at is null order by a.id limit 1",
            params![&wiki.issuer, number.to_string(), format!("mw:CentralAuth:{number}"), format!("mw:local:{number}")],
        )?;
        if let Some(own) = own {
            return Ok(own);
        }
    }
    let made: Option<i64> = match number {
        Some(number) => tx.first(
            "select user_id from wiki_authors where issuer = $1 and number = $2",
            params![&wiki.issuer, number],
        )?,
        None => tx.first(
            "select user_id from wiki_authors where issuer = $1 and name = $2 and number is null",
            params![&wiki.issuer, name],
        )?,
    };
    match made {
        Some(made) => Ok(made),
        None => make(tx, wiki, name, number, now),
    }
}

/// Names that an author may have here, the best first.
fn wanted<'n>(name: &'n str, wiki: &'n Wiki) -> impl Iterator<Item = String> + 'n {
    let tidy = names::tidy(name);
    let stem = match names::check(&tidy) {
        // A wiki has let people mix scripts, and has people who are only a number.
        Ok(()) | Err(names::Problem::MixedScripts) => tidy,
        Err(problem) => nearest(&tidy, problem),
    };
    let stem = if stem.is_empty() { "Author".to_owned() } else { stem };
    let short: String = stem.chars().take(LONGEST - 8).collect();
    let room = LONGEST.saturating_sub(stem.chars().count() + 3);
    let there = (wiki.name.chars().count() <= room).then(|| format!("{stem} ({})", wiki.name));
    let numbered = (2..).map(move |number| format!("{short} ({number})"));
    std::iter::once(stem).chain(there).chain(numbered)
}

fn make(tx: &Tx, wiki: &Wiki, name: &str, number: Option<i64>, now: i64) -> Result<i64> {
    for name_here in wanted(name, wiki).take(1000) {
        if names::check(&name_here).is_err_and(|p| p != names::Problem::MixedScripts)
            || name_is_taken(tx, &names::folded(&name_here), &names::skeleton_of(&name_here))?
        {
            continue;
        }
        let new = NewAccount { name: name_here, lang: wiki.lang.clone(), at: now, ..NewAccount::default() };
        let user = accounts::create(tx, &new)?;
        tx.exec(
            "insert into wiki_authors (user_id, issuer, number, name, created_at) values ($1, $2, $3, $4, $5)",
            params![user, &wiki.issuer, number, name, now],
        )?;
        return Ok(user);
    }
    Err(Error::Taken(anyhow::anyhow!("no name is left for {name}")))
}

/// The account that was made for whoever comes from a wiki now: id and name.
/// Whoever acts on it afterwards asks in a transaction that is [`alone`].
pub fn waiting(tx: &Tx, issuer: &str, sub: &str) -> Result<Option<(i64, String)>> {
    let Some(number) = standing::number(sub) else { return Ok(None) };
    tx.first(
        "select u.id, u.name from wiki_authors a join users u on u.id = a.user_id where a.issuer = $1 and a.number = $2",
        params![issuer, number],
    )
}

/// It becomes its owner's, as if they had just signed up. A name that somebody else has is [`Error::Taken`].
pub fn adopt(tx: &Tx, user: i64, new: &NewAccount) -> Result<()> {
    let (folded, skeleton) = (names::folded(&new.name), names::skeleton_of(&new.name));
    if name_is_taken_by_others(tx, user, &folded, &skeleton)? {
        return Err(Error::Taken(anyhow::anyhow!("the name {} is taken, or looks like one that is", new.name)));
    }
    tx.exec(
        "update users set name = $2, folded = $3, skeleton = $4, lang = $5, created_at = $6, new_since = $6,
            digest_due_at = $7 where id = $1",
        params![user, &new.name, &folded, &skeleton, &new.lang, new.at, new.at + 7 * crate::clock::DAY],
    )?;
    tx.exec("delete from wiki_authors where user_id = $1", params![user])?;
    tx.changed(Kind::UserEdited, user);
    Ok(())
}

/// What was brought as somebody's goes to the account that they have already; the one that was made is no more.
pub fn hand_over(tx: &Tx, from: i64, to: i64, now: i64) -> Result<()> {
    let topics: Vec<i64> =
        tx.all("select distinct topic_id from posts where author_id = $1 order by topic_id", params![from])?;
    // Nobody likes their own posts.
    let own = "select post_id from likes where user_id = $1 and post_id in (select id from posts where author_id = $2)";
    let liked: Vec<i64> = tx.all(own, params![to, from])?;
    tx.exec("delete from likes where user_id = $1 and post_id in ids($2)", params![to, &liked])?;
    tx.exec("update posts set like_count = like_count - 1 where id in ids($1)", params![&liked])?;
    let count = liked.len() as i64;
    tx.exec("update users set likes_given_count = likes_given_count - $2 where id = $1", params![to, count])?;
    tx.exec("update users set likes_received_count = likes_received_count - $2 where id = $1", params![from, count])?;
    tx.exec("update posts set author_id = $2 where author_id = $1", params![from, to])?;
    tx.exec("update topics set author_id = $2 where author_id = $1", params![from, to])?;
    tx.exec("update topics set last_poster_id = $2 where last_poster_id = $1", params![from, to])?;
    tx.exec("update topics set version = version + 1 where id in ids($1)", params![&topics])?;
    for topic in &topics {
        tx.changed(Kind::TopicEdited, *topic);
    }
    let counts: (i64, i64, i64) =
        tx.one("select post_count, topic_count, likes_received_count from users where id = $1", params![from])?;
    tx.exec(
        "update users set post_count = post_count + $2, topic_count = topic_count + $3,
            likes_received_count = likes_received_count + $4 where id = $1",
        params![to, counts.0, counts.1, counts.2],
    )?;
    tx.exec("delete from wiki_authors where user_id = $1", params![from])?;
    tx.exec("delete from notifications where user_id = $1", params![from])?;
    let names: (String, String) = (name_of(tx, from)?, name_of(tx, to)?);
    redirects::keep(tx, &users::url(&names.0), &users::url(&names.1))?;
    // Its name is free for whoever has it on the wiki.
    let key = format!("#{from}");
    tx.exec(
        "update users set folded = $2, skeleton = $2, deleted_at = $3, post_count = 0, topic_count = 0,
            likes_received_count = 0 where id = $1",
        params![from, &key, now],
    )?;
    tx.changed(Kind::UserEdited, from);
    tx.changed(Kind::UserEdited, to);
    Ok(())
}

fn name_of(tx: &Tx, user: i64) -> Result<String> {
    tx.one("select name from users where id = $1", params![user])
}
