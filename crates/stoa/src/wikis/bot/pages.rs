//! Two pages that are kept current: data for the gadget (`docs/wiki-protocol.md`), and a list of discussions as plain wikitext, which
//! any page can show by including it.

use std::collections::BTreeMap;

use serde_json::{Value, json};
use sha2::{Digest, Sha256};
use stoa_i18n::T;
use stoa_markup::wikitext_escaped;

use super::Bot;
use super::client::{Client, Done, Edit, Page};
use crate::app::App;
use crate::clock::{SECOND, rfc3339};
use crate::db::{Tx, params};
use crate::topics::Topic;
use crate::topics::lists::listed;
use crate::topics::queries::columns;
use crate::web::error::Result;
use crate::web::visit::Viewer;
use crate::wikis::Wiki;

/// Bytes of the data page.
const DATA_MOST: usize = 200_000;
/// Discussions that are bound to pages, and those that are listed.
const BOUND_MOST: i64 = 2000;
const LATEST: i64 = 20;

const BOUND: &str = concat!(
    "select ",
    columns!(),
    " , tp.title from topic_pages tp join topics t on t.id = tp.topic_id where tp.wiki_id = $3 and ",
    listed!(),
    " order by t.bumped_at desc, t.id desc limit $4"
);
const NEWEST: &str = concat!(
    "select ",
    columns!(),
    " from topics t where ",
    listed!(),
    " order by t.bumped_at desc, t.id desc limit $3"
);

/// A topic, and a page that it is about.
struct Bound {
    topic: Topic,
    page: String,
}

impl crate::db::FromRow for Bound {
    fn from_row(row: &crate::db::Row) -> Result<Self> {
        Ok(Bound { topic: Topic::from_row(row)?, page: row.get(crate::topics::queries::COLUMNS)? })
    }
}

/// What the pages would say now.
pub struct Made {
    pub data: String,
    pub data_hash: String,
    pub list: String,
    pub list_hash: String,
}

/// Reads what everybody may see.
pub fn make(tx: &Tx, app: &App, wiki: &Wiki, t: &T, now: i64) -> Result<Made> {
    let site = app.site.now(tx)?;
    let nobody = Viewer::nobody(&site);
    let bound: Vec<Bound> = tx.all(BOUND, params![&nobody.sees, false, wiki.id, BOUND_MOST])?;
    let newest: Vec<Topic> = tx.all(NEWEST, params![&nobody.sees, false, LATEST])?;
    let base = app.config.base();
    let mut pages: BTreeMap<&str, Vec<Value>> = BTreeMap::new();
    let latest: Vec<Value> = newest.iter().map(one).collect();
    let mut room = DATA_MOST.saturating_sub(json!({ "latest": latest, "site": base }).to_string().len() + 200);
    for Bound { topic, page } in &bound {
        let value = one(topic);
        let size = value.to_string().len() + page.len() * 2 + 10;
        if size > room {
            break;
        }
        room -= size;
        pages.entry(page).or_default().push(value);
    }
    let content = json!({ "pages": pages, "latest": latest, "site": base });
    let data = json!({
        "v": 1, "site": base, "updated": rfc3339(now), "pages": content["pages"], "latest": content["latest"],
    });
    let list = list(&newest, &base, t);
    Ok(Made {
        data_hash: hash(&content.to_string()),
        data: serde_json::to_string_pretty(&data).map_err(anyhow::Error::from)?,
        list_hash: hash(&list),
        list,
    })
}

fn hash(text: &str) -> String {
    hex::encode(&Sha256::digest(text.as_bytes())[..16])
}

fn one(t: &Topic) -> Value {
    json!({ "id": t.id, "title": t.title, "replies": t.reply_count(), "last": rfc3339(t.last_post_at) })
}

/// A list in the wiki's language, for `{{Project:Stoa/list}}`.
fn list(topics: &[Topic], base: &str, t: &T) -> String {
    let line = |topic: &Topic| {
        let title = wikitext_escaped(&topic.title);
        let (replies, date) = (t.topic_reply_count(topic.reply_count()), t.date(topic.last_post_at, "UTC"));
        format!("* [{base}/t/-/{} <bdi>{title}</bdi>] – {replies}, {date}", topic.id)
    };
    let lines: Vec<String> = topics.iter().map(line).collect();
    format!("{}\n<noinclude>{}</noinclude>", lines.join("\n"), t.bot_list_note())
}

/// Whether the pages would say something else than when they were last written.
pub fn differ(bot: &Bot, made: &Made) -> bool {
    made.data_hash != bot.data_hash || made.list_hash != bot.list_hash
}

/// Writes those that have changed and were not written lately. Which of them were.
pub async fn write(
    client: &mut Client<'_>,
    bot: &Bot,
    made: &Made,
    there: &BTreeMap<String, Page>,
    t: &T,
    now: i64,
) -> Done<(bool, bool)> {
    let rests = |at: Option<i64>| at.is_some_and(|at| now < at + bot.pause_seconds * SECOND);
    let is_missing = |title: &str| there.get(title).is_none_or(|page| page.revision.is_none());
    let (data, list) = (bot.data_page(), bot.list_page());
    let data_due = (made.data_hash != bot.data_hash || is_missing(&data)) && !rests(bot.data_at);
    let list_due = (made.list_hash != bot.list_hash || is_missing(&list)) && !rests(bot.list_at);
    if data_due {
        let model = is_missing(&data).then_some("json");
        let summary = t.bot_summary_data();
        client.edit(&Edit { title: &data, text: &made.data, summary: &summary, model, ..Edit::default() }).await?;
    }
    if list_due {
        let summary = t.bot_summary_list();
        client.edit(&Edit { title: &list, text: &made.list, summary: &summary, ..Edit::default() }).await?;
    }
    Ok((data_due, list_due))
}
