//! What somebody's standing on a wiki is worth here: known editors do not begin as strangers. It gives a trust level to
//! begin with, which only ever rises by it; what is reached here is never taken away for it.
//!
//! Once a day the wikis are asked anew, by their public API
//! (<https://www.mediawiki.org/wiki/API:Users>), fifty names at a time.

use std::collections::HashMap;
use std::time::Duration;

use serde_json::Value;

use super::accounts::{self, Known, Standing};
use super::api::{ask as ask_wiki, list};
use super::{Wiki, oauth};
use crate::app::App;
use crate::clock::{DAY, HOUR};
use crate::db::{from_row, params};
use crate::web::error::Result;

/// How often it is looked whether somebody is due.
const EVERY: Duration = Duration::from_secs(600);
/// Names that a wiki takes in one question.
const BATCH: usize = 50;

/// A level and what it needs. Level 4 is given by people alone.
#[derive(Clone, Copy, Debug)]
pub struct Step {
    pub level: i64,
    pub edits: i64,
    pub days: i64,
}

/// As wikis count who is confirmed by edits and age.
pub const STEPS: [Step; 3] = [
    Step { level: 1, edits: 10, days: 4 },
    Step { level: 2, edits: 500, days: 30 },
    Step { level: 3, edits: 5000, days: 365 },
];

/// Groups whose members were chosen by others; they begin with [`CHOSEN_LEVEL`].
pub const CHOSEN: [&str; 9] = [
    "sysop",
    "bureaucrat",
    "checkuser",
    "suppress",
    "steward",
    "global-sysop",
    "arbcom",
    "interface-admin",
    "translationadmin",
];
pub const CHOSEN_LEVEL: i64 = 3;

/// The level that a standing gives; none while somebody is blocked.
pub fn level(standing: &Standing, now: i64) -> i64 {
    if standing.is_blocked {
        return 0;
    }
    // Accounts from the first years have no date.
    let days = standing.registered_at.map_or(i64::MAX, |at| (now - at) / DAY);
    let by_edits = STEPS.iter().filter(|s| standing.edit_count >= s.edits && days >= s.days).map(|s| s.level).max();
    let chosen = standing.groups.iter().any(|g| CHOSEN.contains(&g.as_str())).then_some(CHOSEN_LEVEL);
    by_edits.max(chosen).unwrap_or(0)
}

/// Until the program ends.
pub async fn run(app: App) {
    loop {
        if let Err(why) = round(&app).await {
            tracing::warn!("asking wikis about their people: {why:?}");
        }
        tokio::time::sleep(EVERY).await;
    }
}

struct Due {
    id: i64,
    user_id: i64,
    name: String,
    sub: String,
    wiki_id: i64,
}
from_row!(Due { id, user_id, name, sub, wiki_id });

const DUE: &str = "select a.id, a.user_id, a.name, a.sub, a.wiki_id from wiki_accounts a
    join wikis w on w.id = a.wiki_id join users u on u.id = a.user_id
    where a.refreshed_at <= $1 and u.deleted_at is null order by a.refreshed_at, a.id limit $2";

/// Asks about those who were not asked about for a day; how many were. Whoever the wiki says nothing of is asked about
/// again the next day, and keeps what is known.
pub async fn round(app: &App) -> Result<usize> {
    let mut asked = 0;
    loop {
        let now = app.now();
        let due: Vec<Due> = app.db.read(|tx| tx.all(DUE, params![now - DAY, BATCH * 4])).await?;
        if due.is_empty() {
            return Ok(asked);
        }
        let ids: Vec<i64> = due.iter().map(|d| d.id).collect();
        // Put off before it is asked, so that two nodes do not ask both and a wiki that is away is left alone for an hour.
        let mine = app.db.write(move |tx| {
            let sql = "update wiki_accounts set refreshed_at = $2 where id in ids($1) and refreshed_at <= $3";
            tx.exec(sql, params![&ids, now - DAY + HOUR, now - DAY])
        });
        if mine.await? == 0 {
            return Ok(asked);
        }
        let mut by_wiki: HashMap<i64, Vec<Due>> = HashMap::new();
        for one in due {
            by_wiki.entry(one.wiki_id).or_default().push(one);
        }
        let site = app.db.read(|tx| app.site.now(tx)).await?;
        for (wiki, people) in by_wiki {
            let Some(wiki) = site.wikis.iter().find(|w| w.id == wiki) else { continue };
            for some in people.chunks(BATCH) {
                asked += some.len();
                ask(app, wiki, some).await?;
            }
        }
    }
}

/// Asks about one account now, for its owner; `false` when the wiki does not say anything of it.
pub async fn one(app: &App, wiki: &Wiki, account: i64) -> Result<bool> {
    let found = app.db.read(|tx| {
        tx.first::<Due>(
            "select id, user_id, name, sub, coalesce(wiki_id, 0) from wiki_accounts where id = $1",
            params![account],
        )
    });
    match found.await? {
        Some(due) => Ok(ask(app, wiki, &[due]).await? == 1),
        None => Ok(false),
    }
}

/// Asks about some; of how many something was learned. Whoever is not found by name was renamed, most likely: where the
/// wiki has its accounts to itself, the number that is linked is its own, and finds them.
async fn ask(app: &App, wiki: &Wiki, people: &[Due]) -> Result<usize> {
    let names: Vec<&str> = people.iter().map(|p| p.name.as_str()).collect();
    let mut users = question(app, wiki, "ususers", &names.join("|")).await;
    let is_told = |p: &&Due, users: &[Value]| users.iter().any(|u| u["name"] == p.name.as_str() && is_them(u, &p.sub));
    let left = people.iter().filter(|p| !is_told(p, &users));
    let ids: Vec<String> = left.filter_map(|p| Some(number(&p.sub)?.to_string())).collect();
    if !users.is_empty() && !ids.is_empty() {
        users.extend(question(app, wiki, "ususerids", &ids.join("|")).await);
    }
    let now = app.now();
    let mut learned = Vec::new();
    for one in people {
        let found = users.iter().find(|u| is_them(u, &one.sub));
        let name = found.and_then(|u| u["name"].as_str()).filter(|name| !name.is_empty() && name.len() <= 255);
        if let (Some(user), Some(name)) = (found, name) {
            let known = Known {
                id: one.id,
                user_id: one.user_id,
                name: one.name.clone(),
                suspended_until: None,
                password_changed_at: 0,
            };
            learned.push((known, standing_of(user, name)));
        }
    }
    let count = learned.len();
    app.db
        .write(move |tx| {
            for (known, standing) in &learned {
                accounts::refresh(tx, known, None, standing, now)?;
            }
            Ok(())
        })
        .await?;
    Ok(count)
}

/// One question to `list=users`; nobody when the wiki does not answer.
async fn question(app: &App, wiki: &Wiki, key: &str, whom: &str) -> Vec<Value> {
    let usprop = ("usprop", "editcount|registration|groups|blockinfo|centralids");
    let answer = ask_wiki(app, wiki, &[("action", "query"), ("list", "users"), (key, whom), usprop]).await;
    answer.map_or_else(Vec::new, |said| list(&said["query"]["users"]).cloned().collect())
}

/// The numbers of some names on a wiki, as accounts have them that come from it; nobody when the wiki does not answer.
pub async fn numbers(app: &App, wiki: &Wiki, names: &[&str]) -> HashMap<String, i64> {
    let mut found = HashMap::new();
    for some in names.chunks(BATCH) {
        for user in question(app, wiki, "ususers", &some.join("|")).await {
            if let (Some(name), Some(number)) = (user["name"].as_str(), own_number(&user)) {
                found.insert(name.to_owned(), number);
            }
        }
    }
    found
}

/// The number of an account: the one that all wikis of a farm share, where there is one.
fn own_number(user: &Value) -> Option<i64> {
    let ids = &user["centralids"];
    ["CentralAuth", "local"].iter().find_map(|kind| oauth::whole(&ids[*kind])).or_else(|| oauth::whole(&user["userid"]))
}

/// The number in a `sub`: `41`, or `mw:CentralAuth:41`.
pub fn number(sub: &str) -> Option<i64> {
    sub.rsplit(':').next()?.parse().ok()
}

/// Whether an answer about a name is about this account: somebody else may have the name by now.
fn is_them(user: &Value, sub: &str) -> bool {
    let Some(number) = number(sub) else { return false };
    match user["centralids"].as_object() {
        Some(ids) if ids.contains_key("CentralAuth") => oauth::whole(&ids["CentralAuth"]) == Some(number),
        Some(ids) if !ids.is_empty() => ids.values().any(|id| oauth::whole(id) == Some(number)),
        _ => oauth::whole(&user["userid"]) == Some(number),
    }
}

fn standing_of(user: &Value, name: &str) -> Standing {
    let expiry = user["blockexpiry"].as_str();
    // A block of a few pages is no block of the person.
    let is_blocked = expiry.is_some() && user["blockpartial"] != true;
    Standing {
        name: name.to_owned(),
        edit_count: oauth::whole(&user["editcount"]).unwrap_or(0).max(0),
        registered_at: user["registration"].as_str().and_then(oauth::registered),
        groups: oauth::groups(&user["groups"]),
        is_blocked,
        blocked_until: expiry.filter(|_| is_blocked).and_then(oauth::registered),
    }
}

#[cfg(test)]
mod tests {
    use serde_json::json;

    use super::*;

    #[test]
    fn standing_gives_a_level_to_begin_with() {
        let now = 1_800_000_000_000_000;
        let of = |edits: i64, days: i64, groups: &[&str], is_blocked: bool| {
            let groups = groups.iter().map(|g| (*g).to_owned()).collect();
            let registered_at = Some(now - days * DAY);
            level(&Standing { edit_count: edits, registered_at, groups, is_blocked, ..Standing::default() }, now)
        };
        for (edits, days, groups, blocked, expected) in [
            (0, 0, &[][..], false, 0),
            (10, 3, &[], false, 0),
            (9, 400, &[], false, 0),
            (10, 4, &[], false, 1),
            (500, 29, &[], false, 1),
            (500, 30, &[], false, 2),
            (5000, 365, &[], false, 3),
            (1_000_000, 9000, &[], false, 3),
            (3, 1, &["sysop"], false, 3),
            (3, 1, &["bot"], false, 0),
            (9000, 9000, &["sysop"], true, 0),
        ] {
            assert_eq!(of(edits, days, groups, blocked), expected, "{edits} edits, {days} days, {groups:?}, {blocked}");
        }
        let old = Standing { edit_count: 600, registered_at: None, ..Standing::default() };
        assert_eq!(level(&old, now), 2, "accounts of the first years have no date");
    }

    #[test]
    fn an_answer_about_a_name_is_taken_only_for_its_owner() {
        let farm = json!({"userid": 4, "centralids": {"CentralAuth": 41, "local": 4}});
        assert!(is_them(&farm, "41") && is_them(&farm, "mw:CentralAuth:41") && !is_them(&farm, "4"));
        let alone = json!({"userid": 4, "centralids": {"local": 4}});
        assert!(is_them(&alone, "4") && is_them(&alone, "mw:local:4") && !is_them(&alone, "5"));
        assert!(
            is_them(&json!({"userid": 4}), "4") && !is_them(&json!({"missing": true}), "4") && !is_them(&farm, "x")
        );
    }

    #[test]
    fn blocks_are_read_as_wikis_say_them() {
        let of = |user: Value| {
            let standing = standing_of(&user, "Bo");
            (standing.is_blocked, standing.blocked_until.is_some())
        };
        assert_eq!(of(json!({"editcount": 3})), (false, false));
        assert_eq!(of(json!({"blockexpiry": "infinity", "blockpartial": false})), (true, false));
        assert_eq!(of(json!({"blockexpiry": "2026-12-01T00:00:00Z"})), (true, true));
        assert_eq!(of(json!({"blockexpiry": "2026-12-01T00:00:00Z", "blockpartial": true})), (false, false));
    }
}
