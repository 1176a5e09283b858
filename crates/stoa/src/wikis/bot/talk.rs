//! Messages on talk pages of people who asked for them: one for all that waits, and not too often.

use std::collections::BTreeMap;

use stoa_i18n::T;
use stoa_markup::wikitext_escaped;

use super::Bot;
use super::client::{Client, Done, Edit, Page};
use crate::app::App;
use crate::clock::SECOND;
use crate::db::{Tx, params};
use crate::notifications::kinds::Kind;
use crate::notifications::page as notices;
use crate::notifications::{by_topic, reader};
use crate::topics::post_url;
use crate::web::error::Result;
use crate::wikis::Wiki;
use crate::wikis::messages::state;

/// Messages looked at in one round.
const MOST: i64 = 200;

/// What somebody is to be told.
pub struct Due {
    pub user: i64,
    pub page: String,
    pub heading: String,
    pub text: String,
    /// Messages that it is made of.
    pub ids: Vec<i64>,
    /// Those of them with nothing to tell any more.
    pub nothing: Vec<i64>,
}

/// Everybody who is to be told something, one text each.
pub fn due(tx: &Tx, app: &App, wiki: &Wiki, bot: &Bot, now: i64) -> Result<Vec<Due>> {
    let rows: Vec<(i64, i64, i64, String)> = tx.all(
        "select m.id, m.subject, m.user_id, a.name from wiki_messages m
         join wiki_accounts a on a.user_id = m.user_id and a.issuer = $2
         where m.wiki_id = $1 and m.kind = 2 and m.state = 0 and a.talk_page = 1
            and (a.talked_at is null or a.talked_at <= $3) order by m.id limit $4",
        params![wiki.id, &wiki.issuer, now - bot.pause_seconds * SECOND, MOST],
    )?;
    let mut people: BTreeMap<i64, (String, Vec<(i64, i64)>)> = BTreeMap::new();
    for (id, notice, user, name) in rows {
        people.entry(user).or_insert_with(|| (name, Vec::new())).1.push((id, notice));
    }
    let mut all = Vec::new();
    for (user, (name, rows)) in people {
        let ids: Vec<i64> = rows.iter().map(|r| r.0).collect();
        let page = format!("User talk:{name}");
        let Some(v) = reader(tx, app, user, now)? else {
            let (heading, text) = (String::new(), String::new());
            all.push(Due { user, page, heading, text, nothing: ids.clone(), ids });
            continue;
        };
        let subjects: Vec<i64> = rows.iter().map(|r| r.1).collect();
        let nobody = crate::web::visit::Viewer::nobody(&v.site);
        let base = app.config.base();
        let (mut lines, mut told) = (Vec::new(), Vec::new());
        for (topic, kept) in by_topic(tx, &v, &subjects)? {
            // A talk page is a public place.
            if !crate::access::topic_is_open_to(&nobody, 0, &topic) {
                continue;
            }
            for notice in kept.iter().filter(|n| n.read_at.is_none()) {
                let Some(kind) = Kind::from_number(notice.kind).filter(|k| k.goes_to_wikis()) else { continue };
                let said = wikitext_escaped(&notices::text(&v, kind, &notice.actor, notice.count));
                let url = format!("{base}{}", post_url(&topic.slug, topic.id, notice.number.max(1)));
                lines.push(format!("* {said} [{url} <bdi>{}</bdi>]", wikitext_escaped(&topic.title)));
                told.push(notice.id);
            }
        }
        let nothing: Vec<i64> = rows.iter().filter(|r| !told.contains(&r.1)).map(|r| r.0).collect();
        let heading = v.t.bot_talk_heading(v.site.name());
        let text = format!(
            "{}\n{}\n~~~~",
            lines.join("\n"),
            v.t.bot_talk_stop(stoa_i18n::Plain(&format!("{base}/settings/wikis")))
        );
        all.push(Due { user, page, heading: wikitext_escaped(&heading), text, ids, nothing });
    }
    Ok(all)
}

impl Due {
    pub fn has_news(&self) -> bool {
        self.nothing.len() < self.ids.len()
    }
}

/// Writes one, unless the page says that bots are not welcome there.
pub async fn write(client: &mut Client<'_>, bot: &Bot, due: &Due, there: &BTreeMap<String, Page>, t: &T) -> Done<bool> {
    if there.get(&due.page).is_some_and(|page| keeps_out(&page.text, bot.name())) {
        return Ok(false);
    }
    let summary = t.bot_summary_talk();
    let edit = Edit {
        title: &due.page,
        text: &due.text,
        summary: &summary,
        section: Some(due.heading.as_str()),
        ..Edit::default()
    };
    client.edit(&edit).await.map(|()| true)
}

/// Whether a page has the template by which bots are kept out (<https://en.wikipedia.org/wiki/Template:Bots>).
fn keeps_out(text: &str, name: &str) -> bool {
    let text = text.to_lowercase();
    let after =
        |start: &str| text.find(start).map(|at| text[at + start.len()..].split("}}").next().unwrap_or("").to_owned());
    if after("{{nobots").is_some_and(|rest| rest.trim().is_empty()) {
        return true;
    }
    let Some(rules) = after("{{bots") else { return false };
    let names = |key: &str| {
        let rule = rules.split('|').find_map(|part| part.trim().strip_prefix(key)?.trim().strip_prefix('='))?;
        Some(rule.split(',').map(|n| n.trim().to_owned()).collect::<Vec<_>>())
    };
    let name = name.to_lowercase();
    let has = |list: &[String]| list.iter().any(|n| n == "all" || *n == name);
    match (names("deny"), names("allow")) {
        (Some(deny), _) => has(&deny),
        (None, Some(allow)) => !has(&allow),
        (None, None) => false,
    }
}

/// Writes down what was told.
pub fn told(tx: &Tx, wiki: &Wiki, due: &Due, was_written: bool, now: i64) -> Result<()> {
    let kept: Vec<i64> = due.ids.iter().copied().filter(|id| !due.nothing.contains(id)).collect();
    let (state, answer) =
        if was_written { (state::TOLD, "talk page") } else { (state::GIVEN_UP, "the page keeps bots out") };
    tx.exec(
        "update wiki_messages set state = $2, next_try_at = null, sent_at = $3, answer = $4, read_told = 1, tries = tries + 1
         where id in ids($1)",
        params![&kept, state, now, answer],
    )?;
    tx.exec("delete from wiki_messages where id in ids($1)", params![&due.nothing])?;
    if was_written && due.has_news() {
        tx.exec(
            "update wiki_accounts set talked_at = $3 where user_id = $1 and issuer = $2",
            params![due.user, &wiki.issuer, now],
        )?;
    }
    Ok(())
}

#[cfg(test)]
mod tests {
    use super::keeps_out;

    #[test]
    fn pages_that_keep_bots_out_are_known() {
        for page in ["x {{nobots}} y", "{{Bots|deny=all}}", "{{bots|deny=Other, StoaBot}}", "{{bots|allow=none}}"] {
            assert!(keeps_out(page, "StoaBot"), "{page}");
        }
        for page in
            ["", "{{bots|deny=Other}}", "{{bots|allow=all}}", "{{bots|allow=stoabot}}", "{{bots}}", "{{nobotsy}}"]
        {
            assert!(!keeps_out(page, "StoaBot"), "{page}");
        }
    }
}
