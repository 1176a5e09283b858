//! Every statement about wikis themselves; those about accounts are with them.

use super::Wiki;
use super::find::Found;
use super::keys;
use super::site_data::SiteData;
use crate::clock::{DAY, MINUTE};
use crate::db::{Kind, Tx, from_row, params};
use crate::web::error::{Error, Result};

/// How long an old key counts beside a new one.
pub const ROTATION: i64 = DAY;
/// Within which new keys once more are the same wish.
const PRESSED_TWICE: i64 = 10 * MINUTE;

macro_rules! columns {
    () => {
        "id, name, title, server, api, rest, article, lang, dir, wiki_id, generator, issuer, oauth_client, login,
         wiki_key, old_wiki_key, old_wiki_until, delivers, position, created_at, asked_at"
    };
}

/// All wikis in their order.
pub fn all(tx: &Tx) -> Result<Vec<Wiki>> {
    tx.all(concat!("select ", columns!(), " from wikis order by position, id"), &[])
}

/// A wiki as the store has it now.
pub fn by_id(tx: &Tx, id: i64) -> Result<Option<Wiki>> {
    tx.first(concat!("select ", columns!(), " from wikis where id = $1"), params![id])
}

/// A wiki by the name it has here.
pub fn by_name(tx: &Tx, name: &str) -> Result<Option<Wiki>> {
    tx.first(concat!("select ", columns!(), " from wikis where name = $1"), params![name])
}

/// What nobody is shown. It has no `Debug`, so that it cannot get into a log.
pub struct Secrets {
    /// What the site proves with that it is the one that was registered.
    pub oauth_secret: String,
    sign_key: String,
    old_sign_key: Option<String>,
    old_sign_until: Option<i64>,
}
from_row!(Secrets { oauth_secret, sign_key, old_sign_key, old_sign_until });

/// The secrets of a wiki.
pub fn secrets(tx: &Tx, wiki: i64) -> Result<Secrets> {
    let found = tx
        .first("select oauth_secret, sign_key, old_sign_key, old_sign_until from wikis where id = $1", params![wiki])?;
    found.ok_or(Error::NotFound)
}

impl Secrets {
    /// Seeds that count now, the newest first.
    fn seeds(&self, now: i64) -> impl Iterator<Item = &str> {
        let old = self.old_sign_key.as_deref().filter(|_| self.old_sign_until.is_some_and(|until| until > now));
        [Some(self.sign_key.as_str()), old].into_iter().flatten()
    }

    /// The public halves of what the site signs with now, the newest first.
    pub fn public_keys(&self, now: i64) -> Result<Vec<String>> {
        self.seeds(now).map(keys::public_of).collect()
    }

    /// `webhook-signature` of a message to the wiki (`timestamp` in seconds, `now` in microseconds): while a key is being
    /// replaced, one with each.
    pub fn signatures(&self, id: &str, timestamp: i64, body: &[u8], now: i64) -> Result<String> {
        let made: Result<Vec<String>> = self.seeds(now).map(|seed| keys::sign(seed, id, timestamp, body)).collect();
        Ok(made?.join(" "))
    }
}

/// Joins a wiki under a name that is free. Returns its id, its name, and the seed it signs with, which is not kept.
pub fn add(tx: &Tx, found: &Found, sign_key: &str, wiki_seed: &str, now: i64) -> Result<(i64, String)> {
    let name = free_name(tx, &found.name_to_be())?;
    let issuer = found.issuer();
    let id: i64 = tx.one(
        "insert into wikis (name, title, server, api, rest, article, lang, dir, wiki_id, generator, issuer, sign_key,
            wiki_key, position, created_at, asked_at, next_ask_at)
         values ($1, $2, $3, $4, $5, $6, $7, $8, $9, $10, $11, $12, $13,
            (select coalesce(max(position), 0) + 1 from wikis), $14, $14, $15) returning id",
        params![
            &name,
            &found.title,
            &found.server,
            found.api.as_str(),
            &found.rest,
            &found.article,
            &found.lang,
            found.dir(),
            &found.wiki_id,
            &found.generator,
            &issuer,
            sign_key,
            keys::public_of(wiki_seed)?,
            now,
            now + DAY
        ],
    )?;
    tx.exec("update wiki_accounts set wiki_id = $1 where wiki_id is null and issuer = $2", params![id, &issuer])?;
    keep_data(tx, id, &found.data)?;
    tx.changed(Kind::SettingsEdited, 0);
    Ok((id, name))
}

fn free_name(tx: &Tx, wanted: &str) -> Result<String> {
    let mut name = wanted.to_owned();
    for n in 2.. {
        let taken: Option<i64> = tx.first("select id from wikis where name = $1", params![&name])?;
        if taken.is_none() {
            break;
        }
        name = format!("{wanted}-{n}");
    }
    Ok(name)
}

/// The wiki that is reached at an address already.
pub fn at_api(tx: &Tx, api: &str) -> Result<Option<String>> {
    tx.first("select name from wikis where api = $1", params![api])
}

/// Keeps what a wiki said of itself; its title and its name here stay as they are.
pub fn keep(tx: &Tx, wiki: i64, found: &Found, now: i64) -> Result<()> {
    let changed = tx.exec(
        "update wikis set server = $2, article = $3, lang = $4, dir = $5, wiki_id = $6, generator = $7
         where id = $1 and (server <> $2 or article <> $3 or lang <> $4 or dir <> $5 or wiki_id <> $6 or generator <> $7)",
        params![wiki, &found.server, &found.article, &found.lang, found.dir(), &found.wiki_id, &found.generator],
    )?;
    tx.exec("update wikis set asked_at = $2, next_ask_at = $3 where id = $1", params![wiki, now, now + DAY])?;
    let data = keep_data(tx, wiki, &found.data)?;
    if changed > 0 || data {
        tx.changed(Kind::SettingsEdited, 0);
    }
    Ok(())
}

/// Whether it is other than before.
fn keep_data(tx: &Tx, wiki: i64, data: &SiteData) -> Result<bool> {
    let text = data.to_json();
    let changed = tx.exec(
        "insert into wiki_site_data (wiki_id, data) values ($1, $2)
         on conflict (wiki_id) do update set data = excluded.data where wiki_site_data.data <> excluded.data",
        params![wiki, &text],
    )?;
    Ok(changed > 0)
}

/// What a wiki said of itself when it was last asked: namespaces, interwiki map, languages.
pub fn data(tx: &Tx, wiki: i64) -> Result<SiteData> {
    let text: Option<String> = tx.first("select data from wiki_site_data where wiki_id = $1", params![wiki])?;
    Ok(text.and_then(|text| serde_json::from_str(&text).ok()).unwrap_or_default())
}

/// New pairs for both directions; the old ones count for a day more, so that nothing is lost while the settings of the
/// wiki are changed. Of keys that were made a moment ago nobody has the settings yet: pressed twice, those before count.
pub fn renew_keys(tx: &Tx, wiki: i64, sign_key: &str, wiki_seed: &str, now: i64) -> Result<()> {
    tx.exec(
        "update wikis set old_sign_key = case when old_sign_until > $5 then old_sign_key else sign_key end,
            old_wiki_key = case when old_wiki_until > $5 then old_wiki_key else wiki_key end,
            old_sign_until = $4, old_wiki_until = $4, sign_key = $2, wiki_key = $3 where id = $1",
        params![wiki, sign_key, keys::public_of(wiki_seed)?, now + ROTATION, now + ROTATION - PRESSED_TWICE],
    )?;
    tx.changed(Kind::SettingsEdited, 0);
    Ok(())
}

/// How many accounts here belong to accounts of a wiki, and how many of them have no other way in.
pub fn people(tx: &Tx, wiki: &Wiki) -> Result<(i64, i64)> {
    tx.one(
        "select count(*), cast(coalesce(sum(case when
                exists (select 1 from identities i where i.user_id = a.user_id and i.kind = 'password')
                or exists (select 1 from emails e where e.user_id = a.user_id and e.confirmed_at is not null)
                or exists (select 1 from wiki_accounts o join wikis w on w.issuer = o.issuer and w.login = 1
                    where o.user_id = a.user_id and w.id <> $2)
                then 0 else 1 end), 0) as bigint)
         from wiki_accounts a where a.issuer = $1",
        params![&wiki.issuer, wiki.id],
    )
}

/// Takes a wiki away. Who belongs to which account there stays known, so that they are let in when it comes back.
pub fn remove(tx: &Tx, wiki: i64) -> Result<()> {
    tx.exec(
        "update wiki_accounts set wiki_id = (select min(o.id) from wikis o where o.id <> $1 and o.issuer = wiki_accounts.issuer)
         where wiki_id = $1",
        params![wiki],
    )?;
    // Topics that were about its pages say so no longer.
    tx.exec(
        "update topics set version = version + 1 where id in (
            select topic_id from topic_pages where wiki_id = $1 union select topic_id from wiki_page_links where wiki_id = $1)",
        params![wiki],
    )?;
    for table in [
        "topic_pages",
        "wiki_page_links",
        "wiki_pages",
        "wiki_messages",
        "topic_mirrors",
        "topic_saves",
        "wiki_bots",
        "brought_posts",
    ] {
        tx.exec(&format!("delete from {table} where wiki_id = $1"), params![wiki])?;
    }
    tx.exec("delete from wiki_arrivals where wiki_id = $1", params![wiki])?;
    tx.exec("delete from wiki_site_data where wiki_id = $1", params![wiki])?;
    tx.exec("delete from wikis where id = $1", params![wiki])?;
    tx.changed(Kind::SettingsEdited, 0);
    Ok(())
}
