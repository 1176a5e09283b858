//! `GET /admin/people`: finding somebody by name, and who holds a role.

use askama::Template;
use serde::Deserialize;

use crate::app::App;
use crate::db::{Tx, from_row, params};
use crate::site::{ADMINISTRATORS, MODERATORS};
use crate::users::names;
use crate::web::error::Result;
use crate::web::extract::Query;
use crate::web::routes::Field;
use crate::web::shell::Head;
use crate::web::{Member, Visit, field, page as answer};

pub const QUERY: &[Field] = &[field("q", 120)];
/// People shown at once; a search narrows it down.
const MOST: usize = 50;

#[derive(Template)]
#[template(path = "admin/templates/people.html")]
struct Page<'a> {
    v: &'a Visit,
    head: Head,
    q: String,
    people: Vec<Person>,
    more: bool,
}

/// Somebody in a list.
pub struct Person {
    pub id: i64,
    pub name: String,
    pub created_at: i64,
    pub post_count: i64,
    pub is_administrator: bool,
    pub is_moderator: bool,
    pub deleted_at: Option<i64>,
}
from_row!(Person { id, name, created_at, post_count, is_administrator, is_moderator, deleted_at });

const SELECT: &str = "select u.id, u.name, u.created_at, u.post_count,
        (select count(*) from group_members g where g.user_id = u.id and g.group_id = $1),
        (select count(*) from group_members g where g.user_id = u.id and g.group_id = $2), u.deleted_at
    from users u where ";

#[derive(Deserialize)]
pub struct Asked {
    q: Option<String>,
}

pub async fn page(v: Member, app: App, Query(asked): Query<Asked>) -> Result {
    let q = asked.q.unwrap_or_default().trim().to_owned();
    let mut people = app.db.read(|tx| if q.is_empty() { newest(tx) } else { named(tx, &q) }).await?;
    let more = people.len() > MOST;
    people.truncate(MOST);
    answer(&Page { v: &v, head: Head::titled(v.t.admin_people_title()).unlisted(), q, people, more })
}

fn newest(tx: &Tx) -> Result<Vec<Person>> {
    let sql = format!("{SELECT} u.deleted_at is null order by u.id desc limit $3");
    tx.all(&sql, params![ADMINISTRATORS, MODERATORS, MOST + 1])
}

/// Names that contain the words, those that begin with them first.
fn named(tx: &Tx, q: &str) -> Result<Vec<Person>> {
    let q = like(&names::folded(q.trim_start_matches('@')));
    let sql = format!(
        "{SELECT} u.deleted_at is null and u.folded like $3 escape '!'
         order by case when u.folded like $4 escape '!' then 0 else 1 end, u.folded limit $5"
    );
    tx.all(&sql, params![ADMINISTRATORS, MODERATORS, format!("%{q}%"), format!("{q}%"), MOST + 1])
}

/// One person by id.
pub fn by_id(tx: &Tx, id: i64) -> Result<Option<Person>> {
    tx.first(&format!("{SELECT} u.id = $3"), params![ADMINISTRATORS, MODERATORS, id])
}

/// A text that stands for itself in a pattern of `like … escape '!'`.
fn like(text: &str) -> String {
    let mut out = String::with_capacity(text.len());
    for c in text.chars() {
        if matches!(c, '%' | '_' | '!') {
            out.push('!');
        }
        out.push(c);
    }
    out
}

#[cfg(test)]
mod tests {
    #[test]
    fn signs_of_patterns_are_only_signs() {
        assert_eq!(super::like("100%_sure!"), "100!%!_sure!!");
    }
}
