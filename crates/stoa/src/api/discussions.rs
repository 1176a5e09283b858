//! `GET /api/v1/discussions`: lists by category, tag, group, person, page and period; and one discussion with its posts.

use axum::http::HeaderMap;
use schemars::JsonSchema;
use serde::{Deserialize, Serialize};

use super::answer;
use super::discussion::{Discussion, Maker};
use crate::access;
use crate::app::App;
use crate::categories;
use crate::db::{Tx, Val, params};
use crate::tags;
use crate::topics::Topic;
use crate::topics::lists::{self, listed};
use crate::topics::queries::columns;
use crate::users::names;
use crate::web::error::{Error, Result};
use crate::web::extract::{Path, Query};
use crate::web::paging::Place;
use crate::web::routes::Field;
use crate::web::{Refusal, Visit, field};

pub const QUERY: &[Field] = &[
    field("category", 100),
    field("tag", 100),
    field("group", 60),
    field("user", 60),
    field("wiki", 40),
    field("page", 300),
    field("period", 10),
    field("order", 10),
    field("limit", 3),
    field("after", 60),
];
/// Discussions in an answer, and as many as there may be.
const USUAL: i64 = 20;
const MOST: i64 = 100;

/// Which discussions are asked for; what is not there does not limit.
#[derive(Clone, Debug, Default, Deserialize, JsonSchema)]
pub struct Asked {
    /// A category's slug or id; those below it count as well.
    pub category: Option<String>,
    /// One tag.
    pub tag: Option<String>,
    /// A group whose members everybody may know: what they opened.
    pub group: Option<String>,
    /// Somebody's name: what they opened.
    pub user: Option<String>,
    /// A wiki's name on this site, for `page`.
    pub wiki: Option<String>,
    /// A page's title with its namespace: what is about it.
    pub page: Option<String>,
    /// `day`, `week`, `month`, `quarter`, `year` or `all`: with a post in that time.
    pub period: Option<String>,
    /// `latest` (newest post first, the usual), `new` (newest discussion first) or `top` (likes and replies).
    pub order: Option<String>,
    /// 1 to 100; 20 when nothing is said.
    pub limit: Option<i64>,
    /// What an answer said as `next`.
    pub after: Option<String>,
}

/// Part of a list.
#[derive(Serialize, JsonSchema)]
pub struct Discussions {
    pub discussions: Vec<Discussion>,
    /// For `after`; `null` at the end of the list.
    pub next: Option<String>,
}

/// A statement on its way, with its parameters.
struct Statement<'a> {
    from: &'static str,
    conditions: Vec<String>,
    params: Vec<Val<'a>>,
}

impl<'a> Statement<'a> {
    /// Adds a condition, in which `$?` stands for the value.
    fn and(&mut self, condition: &str, value: impl Into<Val<'a>>) {
        self.params.push(value.into());
        self.conditions.push(condition.replace("$?", &format!("${}", self.params.len())));
    }
}

/// `GET /api/v1/discussions`.
pub async fn list(v: Visit, app: App, Query(asked): Query<Asked>, headers: HeaderMap) -> Result {
    let name = format!("discussions {asked:?}");
    answer(&v, &app, &headers, &name, |tx| found(tx, &v, &app, &asked)).await
}

/// Discussions that everybody finds in lists, as they are asked for.
pub fn found(tx: &Tx, v: &Visit, app: &App, asked: &Asked) -> Result<Discussions> {
    let limit = asked.limit.unwrap_or(USUAL);
    if !(1..=MOST).contains(&limit) {
        return Err(Refusal::PageNumber.into());
    }
    let before = match asked.after.as_deref().filter(|a| !a.is_empty()) {
        Some(text) => text.parse().map_err(|()| Error::from(Refusal::PageNumber))?,
        None => Place::NEWEST,
    };
    let by = match asked.order.as_deref().unwrap_or("latest") {
        "" | "latest" => "t.bumped_at",
        "new" => "t.created_at",
        "top" => "(t.like_count * 3 + t.post_count)",
        _ => return Err(Refusal::PageNumber.into()),
    };
    let given = |value: &Option<String>| value.clone().filter(|value| !value.is_empty());
    let within = match given(&asked.category) {
        Some(category) => {
            let by_slug = || v.site.category_by_slug(&category).map(|c| c.id);
            let id = category.parse().ok().filter(|id| v.site.category(*id).is_some()).or_else(by_slug);
            Some(categories::with_all_below(v, access::category(v, id.ok_or(Error::NotFound)?)?.id))
        }
        None => None,
    };
    let bound = match (given(&asked.wiki), given(&asked.page)) {
        (Some(wiki), Some(page)) => Some(crate::binding::queries::bound_to(tx, &wiki, &page)?),
        (None, None) => None,
        _ => return Err(Error::NotFound),
    };
    let mut ask = Statement { from: "topics t", conditions: Vec::new(), params: Vec::new() };
    ask.params.extend([Val::from(&v.viewer.sees), Val::from(false)]);
    if let Some(period) = given(&asked.period) {
        let (_, since) = lists::period(Some(&period), v.now)?;
        ask.and("+t.bumped_at > $?", since);
    }
    if let Some(group) = given(&asked.group) {
        let group = v.site.groups.iter().find(|g| g.is_public && g.name == group).ok_or(Error::NotFound)?;
        ask.and("t.author_id in (select user_id from group_members where group_id = $?)", group.id);
    }
    // What limits most is read first.
    if let Some(tag) = given(&asked.tag) {
        ask.from = "topic_tags tt join topics t on t.id = tt.topic_id";
        ask.and("tt.tag_id = $?", tags::show::find(tx, v, false, &tag)?.0);
    }
    if let Some(user) = given(&asked.user) {
        let sql = "select id from users where folded = $1 and deleted_at is null";
        let id: Option<i64> = tx.first(sql, params![names::folded(&user)])?;
        ask.and("t.author_id = $?", id.ok_or(Error::NotFound)?);
    }
    if let Some(ids) = &within {
        ask.and("t.category_id in ids($?)", ids);
    }
    if let Some(ids) = &bound {
        ask.and("t.id in ids($?)", ids);
    }
    ask.params.extend([Val::from(before.at), Val::from(before.id), Val::from(limit + 1)]);
    let last = ask.params.len();
    let conditions: String = ask.conditions.iter().map(|c| format!(" and {c}")).collect();
    let sql = format!(
        "select {} from {} where {}{conditions} and ({by}, t.id) < (${}, ${}) order by {by} desc, t.id desc limit ${last}",
        columns!(),
        ask.from,
        listed!(),
        last - 2,
        last - 1,
    );
    let mut topics: Vec<Topic> = tx.all(&sql, &ask.params)?;
    let is_more = topics.len() as i64 > limit;
    topics.truncate(usize::try_from(limit).unwrap_or(0));
    let next = topics.last().filter(|_| is_more).map(|t| {
        let at = match by {
            "t.bumped_at" => t.bumped_at,
            "t.created_at" => t.created_at,
            _ => t.like_count * 3 + t.post_count,
        };
        Place { at, id: t.id }.to_string()
    });
    let discussions = Maker { app, site: &v.site }.of(tx, topics)?;
    Ok(Discussions { discussions, next })
}

/// `GET /api/v1/discussions/{id}`.
pub async fn one(v: Visit, app: App, Path(id): Path<i64>, headers: HeaderMap) -> Result {
    answer(&v, &app, &headers, &format!("discussion {id}"), |tx| {
        let topic = public(tx, &v, id)?;
        Maker { app: &app, site: &v.site }.whole(tx, topic)
    })
    .await
}

/// A topic that everybody may see. An unlisted one is for those who have its address.
pub fn public(tx: &Tx, v: &Visit, id: i64) -> Result<Topic> {
    access::topic(tx, v, id)
}
