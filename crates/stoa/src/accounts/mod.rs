//! Accounts: signing up, setting a site up, a profile, a password.

pub mod appearance;
pub mod confirm;
pub mod email;
pub mod emails;
pub mod links;
pub mod password;
pub mod picture;
pub mod profile;
pub mod proof;
pub mod reset;
pub mod roles;
pub mod setup;
pub mod signup;
pub mod welcome;

use crate::db::{Kind, Tx, params};
use crate::passwords::{LONGEST, SHORTEST};
use crate::users::names::{self, Problem};
use crate::web::error::{Error, Result};
use crate::web::{Policy, Routes, Visit};

pub fn routes() -> Routes {
    Routes::new()
        .get("/signup", Policy::Everyone, signup::form)
        .post("/signup", Policy::Everyone, signup::FIELDS, signup::submit)
        .get("/welcome", Policy::Members, welcome::form)
        .post("/welcome", Policy::Members, welcome::FIELDS, welcome::submit)
        .get("/confirm/{token}", Policy::Everyone, confirm::form)
        .post("/confirm/{token}", Policy::Everyone, &[], confirm::submit)
        .get("/reset", Policy::Everyone, reset::form)
        .post("/reset", Policy::Everyone, reset::FIELDS, reset::submit)
        .get("/reset/{token}", Policy::Everyone, reset::new_password)
        .post("/reset/{token}", Policy::Everyone, reset::NEW_FIELDS, reset::redeem)
        .get_with("/setup", Policy::SetUp, setup::QUERY, setup::form)
        .post("/setup", Policy::SetUp, setup::FIELDS, setup::submit)
        .get_with("/appearance", Policy::Everyone, appearance::QUERY, appearance::form)
        .post("/appearance", Policy::Everyone, appearance::FIELDS, appearance::submit)
        .get("/settings", Policy::Members, profile::form)
        .post("/settings", Policy::Members, profile::FIELDS, profile::submit)
        .post_file("/settings/picture", Policy::Members, &[], picture::submit)
        .post("/settings/picture/remove", Policy::Members, &[], picture::remove)
        .get("/settings/password", Policy::Members, password::form)
        .post("/settings/password", Policy::Members, password::FIELDS, password::submit)
        .get("/settings/email", Policy::Members, email::form)
        .post("/settings/email", Policy::Members, email::FIELDS, email::submit)
}

/// The parts of somebody's settings.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub enum Tab {
    Profile,
    Email,
    Password,
    Wikis,
    Sessions,
    Following,
    Notifications,
    Appearance,
}

impl Tab {
    /// (address, words, whether it is this one) of every part, in order.
    pub fn all(&self, v: &Visit) -> Vec<(&'static str, String, bool)> {
        let t = &v.t;
        let mut all = vec![
            ("/settings", t.settings_profile(), *self == Tab::Profile),
            ("/settings/email", t.settings_email(), *self == Tab::Email),
            ("/settings/password", t.settings_password(), *self == Tab::Password),
            ("/settings/sessions", t.settings_sessions(), *self == Tab::Sessions),
            ("/settings/following", t.settings_following(), *self == Tab::Following),
            ("/settings/notifications", t.settings_notifications(), *self == Tab::Notifications),
            ("/appearance", t.settings_appearance(), *self == Tab::Appearance),
        ];
        if !v.site.wikis.is_empty() {
            all.insert(3, ("/settings/wikis", t.settings_wikis(), *self == Tab::Wikis));
        }
        all
    }
}

/// An account to be.
#[derive(Clone, Debug, Default)]
pub struct NewAccount {
    /// Tidied and checked by the caller ([`names::tidy`], [`names::check`]).
    pub name: String,
    /// What [`crate::passwords::Passwords::hash`] made; without one nobody can log in until a password is set.
    pub password_hash: Option<String>,
    /// An address that somebody answers for; people who sign up confirm theirs first.
    pub email: Option<String>,
    /// The language of the interface.
    pub lang: String,
    /// UTC microseconds.
    pub at: i64,
}

/// Adds an account and returns its id. A name or an address that is taken is [`Error::Taken`].
pub fn create(tx: &Tx, new: &NewAccount) -> Result<i64> {
    let (folded, skeleton) = (names::folded(&new.name), names::skeleton_of(&new.name));
    if name_is_taken(tx, &folded, &skeleton)? {
        return Err(Error::Taken(anyhow::anyhow!("the name {} is taken, or looks like one that is", new.name)));
    }
    let id: i64 = tx.one(
        "insert into users (name, folded, skeleton, lang, created_at, new_since, digest_due_at)
         values ($1, $2, $3, $4, $5, $5, $6) returning id",
        params![&new.name, &folded, &skeleton, &new.lang, new.at, new.at + 7 * crate::clock::DAY],
    )?;
    if let Some(hash) = &new.password_hash {
        set_password(tx, id, hash, new.at)?;
    }
    if let Some(address) = &new.email
        && !emails::attach(tx, id, address, new.at)?
    {
        return Err(Error::Taken(anyhow::anyhow!("the mail address {address} belongs to another account")));
    }
    tx.changed(Kind::UserCreated, id);
    Ok(id)
}

/// Whether somebody has a name already, or one that looks like it; also names of deleted accounts.
pub fn name_is_taken(tx: &Tx, folded: &str, skeleton: &str) -> Result<bool> {
    let found: Option<i64> =
        tx.first("select id from users where folded = $1 or skeleton = $2", params![folded, skeleton])?;
    Ok(found.is_some())
}

/// The same for somebody who has a name already and may keep it.
pub fn name_is_taken_by_others(tx: &Tx, user: i64, folded: &str, skeleton: &str) -> Result<bool> {
    let sql = "select id from users where (folded = $1 or skeleton = $2) and id <> $3";
    Ok(tx.first::<i64>(sql, params![folded, skeleton, user])?.is_some())
}

/// Sets a password hash, the first one or a new one.
pub fn set_password(tx: &Tx, user: i64, hash: &str, now: i64) -> Result<()> {
    tx.exec(
        "insert into identities (user_id, kind, secret, changed_at) values ($1, 'password', $2, $3)
         on conflict (user_id, kind) do update set secret = excluded.secret, changed_at = excluded.changed_at",
        params![user, hash, now],
    )?;
    Ok(())
}

/// What is wrong with a name, in the reader's language.
pub fn name_problem(v: &Visit, name: &str) -> Option<String> {
    match names::check(name) {
        Ok(()) => None,
        Err(Problem::Character(c)) => Some(v.t.name_character(shown(c))),
        Err(problem) => Some(v.msg(problem.key())),
    }
}

/// A character, or its number when it cannot be seen.
fn shown(c: char) -> String {
    if c.is_alphanumeric() || c.is_ascii_graphic() { c.to_string() } else { format!("U+{:04X}", u32::from(c)) }
}

/// What is wrong with a new password, in the reader's language. `known` is what others know of its owner.
pub fn password_problem(v: &Visit, password: &str, known: &[&str]) -> Option<String> {
    let length = password.chars().count();
    if length < SHORTEST {
        return Some(v.t.password_too_short(SHORTEST));
    }
    if length > LONGEST {
        return Some(v.t.password_too_long(LONGEST));
    }
    let folded = names::folded(password);
    let same = |other: &&str| !other.is_empty() && names::folded(other) == folded;
    let one_character = password.chars().all(|c| password.starts_with(c));
    (one_character || known.iter().any(same)).then(|| v.t.password_too_plain())
}
