//! `GET /admin`: how the site is doing, in sentences, and what there is to do.

use askama::Template;

use super::mail;
use crate::accounts::reset;
use crate::app::App;
use crate::clock::DAY;
use crate::db::changes::{self, Cursor};
use crate::db::{Engine, Tx, params};
use crate::site::{ADMINISTRATORS, PAGES};
use crate::web::error::Result;
use crate::web::shell::Head;
use crate::web::{Member, Visit, page as answer};

#[derive(Template)]
#[template(path = "admin/templates/overview.html")]
struct Page<'a> {
    v: &'a Visit,
    head: Head,
    /// What needs somebody: words and where to do it.
    todo: Vec<(String, &'static str)>,
    facts: Vec<String>,
}

struct Counts {
    people: i64,
    new_people: i64,
    topics: i64,
    new_topics: i64,
    posts: i64,
    administrators: i64,
    written: Vec<String>,
    /// People who wait for a link to a new password.
    resets: usize,
    mail: mail::State,
    /// Changes that the search index has not taken up yet.
    behind: i64,
}

/// Changes looked at to say how far behind the index is.
const BEHIND_MOST: usize = 1000;

fn count(tx: &Tx, now: i64, search: Option<Cursor>) -> Result<Counts> {
    let week = now - 7 * DAY;
    let behind = changes::after(tx, search.unwrap_or_default(), BEHIND_MOST)?.len();
    Ok(Counts {
        people: tx.one("select count(*) from users where deleted_at is null", &[])?,
        new_people: tx.one("select count(*) from users where created_at > $1 and deleted_at is null", params![week])?,
        topics: tx.one("select cast(coalesce(sum(topic_count), 0) as bigint) from categories where id > 0", &[])?,
        new_topics: tx.one(
            "select count(*) from topics where created_at > $1 and deleted_at is null and kind = 0",
            params![week],
        )?,
        posts: tx.one("select cast(coalesce(sum(post_count), 0) as bigint) from categories where id > 0", &[])?,
        administrators: tx.one("select count(*) from group_members where group_id = $1", params![ADMINISTRATORS])?,
        written: tx.all("select distinct name from pages", &[])?,
        resets: reset::pending(tx, now)?.len(),
        mail: mail::state(tx, now)?,
        behind: i64::try_from(behind).unwrap_or(i64::MAX),
    })
}

pub async fn page(v: Member, app: App) -> Result {
    let now = v.now;
    let search: Option<Cursor> = app.search.index.cursor().and_then(|c| c.parse().ok());
    let counts = app.db.read(|tx| count(tx, now, search)).await?;
    let page = Page {
        v: &v,
        head: Head::titled(v.t.admin_title()).unlisted(),
        todo: todo(&v, &counts),
        facts: facts(&v, &counts, search.is_some()),
    };
    answer(&page)
}

fn todo(v: &Visit, counts: &Counts) -> Vec<(String, &'static str)> {
    let t = &v.t;
    let mut todo = Vec::new();
    if v.site.categories.is_empty() {
        todo.push((t.admin_todo_category(), "/admin/categories/new"));
    }
    let unwritten = |name: &str| PAGES.contains(&name) && !counts.written.iter().any(|w| w == name);
    if unwritten("imprint") {
        todo.push((t.admin_todo_imprint(), "/admin/pages/imprint"));
    }
    if unwritten("rules") {
        todo.push((t.admin_todo_rules(), "/admin/pages/rules"));
    }
    if counts.mail.failing > 0 {
        todo.push((t.admin_mail_failing(counts.mail.failing), "/admin/mail"));
    }
    if v.app.config.smtp.is_none() {
        todo.push((t.admin_mail_no_server(), "/admin/mail"));
        if counts.resets > 0 {
            todo.push((t.admin_todo_resets(counts.resets), "/admin/resets"));
        }
    }
    if counts.administrators == 1 {
        todo.push((t.admin_todo_second(), "/admin/people"));
    }
    todo
}

fn facts(v: &Visit, counts: &Counts, has_index: bool) -> Vec<String> {
    let t = &v.t;
    let engine = match v.app.db.engine() {
        Engine::Sqlite => "SQLite",
        Engine::Postgres => "PostgreSQL",
    };
    let search = match (has_index, counts.behind) {
        (false, _) => t.admin_search_building(),
        (true, 0) => t.admin_search_ready(),
        (true, behind) => t.admin_search_behind(behind),
    };
    vec![
        t.admin_fact_people(counts.people, counts.new_people),
        t.admin_fact_topics(counts.topics, counts.posts, counts.new_topics),
        match v.site.setting("sign-up") {
            "closed" => t.admin_fact_closed(),
            "wiki" => t.admin_fact_wiki(),
            _ => t.admin_fact_open(),
        },
        format!("{} {}", t.admin_mail_waiting(counts.mail.waiting), t.admin_mail_sent(counts.mail.sent)),
        search,
        t.admin_fact_program(env!("CARGO_PKG_VERSION"), engine, stoa_i18n::Plain(&v.app.config.base())),
    ]
}
