//! A discussion as programs read it: a topic with its names and counts, and with posts where they are asked for.

use std::collections::HashMap;

use schemars::JsonSchema;
use serde::Serialize;
use stoa_markup::{SafeHtml, elsewhere, excerpt};

use crate::app::App;
use crate::clock::rfc3339;
use crate::db::{Tx, from_row, params};
use crate::site::Site;
use crate::topics::list::people;
use crate::topics::{self, Topic, queries};
use crate::web::error::Result;

/// Bytes of HTML that a discussion carries along.
const HTML_MOST: usize = 50_000;
/// Posts that it carries along.
const POSTS_MOST: i64 = 50;
/// Newest posts whose authors are counted.
const COUNTED: i64 = 500;

/// Somebody who wrote something.
#[derive(Clone, Serialize, JsonSchema)]
pub struct Person {
    pub name: String,
    /// Their page on the site.
    pub url: String,
}

/// A place in the tree of categories.
#[derive(Serialize, JsonSchema)]
pub struct Place {
    pub slug: String,
    pub name: String,
}

/// A wiki page that a discussion is about.
#[derive(Clone, Serialize, JsonSchema)]
pub struct Page {
    /// The wiki's name on this site.
    pub wiki: String,
    /// With its namespace, and with spaces.
    pub title: String,
}

/// A post.
#[derive(Serialize, JsonSchema)]
pub struct Post {
    /// Its number in the discussion; 1 opens it.
    pub number: i64,
    pub author: Person,
    /// When it was written (RFC 3339).
    pub time: String,
    pub url: String,
    /// BCP 47; empty where it is not known.
    pub lang: String,
    /// `ltr`, `rtl`, or `auto` where the language is not known.
    pub dir: &'static str,
    /// `p br b i s code pre blockquote ul ol li a` alone, `a` with `href` alone.
    pub html: String,
}

/// A topic.
#[derive(Serialize, JsonSchema)]
pub struct Discussion {
    pub id: i64,
    /// Grows with every change of what is shown; to be compared within one discussion only.
    pub seq: i64,
    pub title: String,
    pub url: String,
    /// BCP 47; empty where it is not known.
    pub lang: String,
    pub dir: &'static str,
    /// `open`, `closed` (nobody can reply) or `archived`.
    pub state: &'static str,
    /// From the top down to its own.
    pub categories: Vec<Place>,
    pub tags: Vec<String>,
    /// The public groups of its author.
    pub groups: Vec<String>,
    pub author: Person,
    /// Posts beside the first.
    pub replies: i64,
    /// How many people wrote the newest 500 posts.
    pub participants: i64,
    pub likes: i64,
    /// When it was opened (RFC 3339).
    pub created: String,
    /// When the newest post was written (RFC 3339).
    pub last: String,
    pub last_author: Person,
    /// At most 300 characters of the first post, without markup.
    pub excerpt: String,
    pub pages: Vec<Page>,
    /// The first post and as many of the newest as fit into 50 KB; not in lists.
    #[serde(skip_serializing_if = "Option::is_none")]
    pub posts: Option<Vec<Post>>,
    /// How many are missing between them.
    #[serde(skip_serializing_if = "Option::is_none")]
    pub posts_left_out: Option<i64>,
}

/// What a post is made of.
pub struct PostRow {
    pub topic_id: i64,
    pub number: i64,
    pub html: SafeHtml,
    pub lang: String,
    pub created_at: i64,
    pub author: String,
}
from_row!(PostRow { topic_id, number, html, lang, created_at, author });

macro_rules! posts {
    () => {
        "select p.topic_id, p.number, p.html, p.lang, p.created_at, u.name from posts p join users u on u.id = p.author_id
        where p.topic_id = $1 and p.kind = 0 and p.hidden_at is null and p.deleted_at is null"
    };
}
const NEWEST: &str = concat!(posts!(), " order by p.number desc limit $2");
const FIRST: &str = concat!(posts!(), " and p.number = 1");
const AFTER: &str = concat!(posts!(), " and p.number > $2 order by p.number limit $3");

/// Authors of newest posts: topic, how many.
const PARTICIPANTS: &str =
    "select t.id, (select count(distinct p.author_id) from posts p where p.topic_id = t.id and p.kind = 0
        and p.number > t.highest_number - $2 and p.hidden_at is null and p.deleted_at is null)
    from topics t where t.id in ids($1)";

/// Groups of people whose members everybody may know: user, name.
const GROUPS: &str = "select m.user_id, g.name from group_members m join groups g on g.id = m.group_id
    where m.user_id in ids($1) and g.is_public = 1 order by g.name";

/// What every discussion is made with.
pub struct Maker<'a> {
    pub app: &'a App,
    pub site: &'a Site,
}

impl Maker<'_> {
    fn absolute(&self, path: &str) -> String {
        format!("{}{path}", self.app.config.base())
    }

    /// Discussions of topics that everybody may see, in their order and without posts: five statements.
    pub fn of(&self, tx: &Tx, found: Vec<Topic>) -> Result<Vec<Discussion>> {
        let ids: Vec<i64> = found.iter().map(|t| t.id).collect();
        if ids.is_empty() {
            return Ok(Vec::new());
        }
        let authors: Vec<i64> = found.iter().map(|t| t.author_id).collect();
        let names: Vec<i64> = found.iter().flat_map(|t| [t.author_id, t.last_poster_id]).collect();
        let people = people(tx, &names)?;
        let person = |id: i64| people.get(&id).map_or_else(|| self.person(""), |p| self.person(&p.name));
        let mut tags =
            gathered(tx.all::<(i64, String, i64)>(queries::TAGS, params![&ids])?.into_iter().map(|r| (r.0, r.1)));
        let groups = gathered(tx.all::<(i64, String)>(GROUPS, params![&authors])?);
        let counts: HashMap<i64, i64> =
            tx.all::<(i64, i64)>(PARTICIPANTS, params![&ids, COUNTED])?.into_iter().collect();
        let mut pages = gathered(
            tx.all::<(i64, String, String)>(crate::binding::queries::PAGES, params![&ids])?
                .into_iter()
                .map(|(topic, wiki, title)| (topic, Page { wiki, title })),
        );
        let made = found.into_iter().map(|t| Discussion {
            id: t.id,
            seq: seq(self.site, &t),
            url: self.absolute(&t.url()),
            dir: direction(&t.lang),
            state: match (t.archived_at, t.closed_at) {
                (Some(_), _) => "archived",
                (None, Some(_)) => "closed",
                (None, None) => "open",
            },
            categories: self.path_of(t.category_id),
            tags: tags.remove(&t.id).unwrap_or_default(),
            groups: groups.get(&t.author_id).cloned().unwrap_or_default(),
            author: person(t.author_id),
            replies: t.reply_count(),
            participants: counts.get(&t.id).copied().unwrap_or(0),
            likes: t.like_count,
            created: rfc3339(t.created_at),
            last: rfc3339(t.last_post_at),
            last_author: person(t.last_poster_id),
            excerpt: t.excerpt,
            pages: pages.remove(&t.id).unwrap_or_default(),
            posts: None,
            posts_left_out: None,
            lang: t.lang,
            title: t.title,
        });
        Ok(made.collect())
    }

    /// One with its posts.
    pub fn whole(&self, tx: &Tx, topic: Topic) -> Result<Discussion> {
        let (id, slug) = (topic.id, topic.slug.clone());
        let count = topic.post_count;
        let mut made = self.of(tx, vec![topic])?.pop().expect("as many as were given");
        let mut room = HTML_MOST;
        let mut posts = Vec::new();
        let first: Option<PostRow> = tx.first(FIRST, params![id])?;
        let first = first.map(|row| self.post(&slug, row));
        room = room.saturating_sub(first.as_ref().map_or(0, |p| p.html.len()));
        for row in tx.all::<PostRow>(NEWEST, params![id, POSTS_MOST - 1])? {
            if row.number == 1 {
                continue;
            }
            let post = self.post(&slug, row);
            if post.html.len() > room {
                break;
            }
            room -= post.html.len();
            posts.push(post);
        }
        posts.extend(first);
        posts.reverse();
        made.posts_left_out = Some((count - posts.len() as i64).max(0));
        made.posts = Some(posts);
        Ok(made)
    }

    /// Posts of a topic behind a number.
    pub fn posts_after(&self, tx: &Tx, topic: &Topic, number: i64, limit: i64) -> Result<Vec<Post>> {
        let rows: Vec<PostRow> = tx.all(AFTER, params![topic.id, number, limit])?;
        Ok(rows.into_iter().map(|row| self.post(&topic.slug, row)).collect())
    }

    /// A post of a topic with this slug.
    pub fn post(&self, slug: &str, row: PostRow) -> Post {
        let url = self.absolute(&topics::post_url(slug, row.topic_id, row.number));
        let mut html = elsewhere(&row.html, &self.app.config.base(), &url);
        if html.len() > HTML_MOST {
            let said = excerpt(&crate::posts::plain(&row.html), 2000);
            html = elsewhere(&SafeHtml::of_text(&said), "", "");
        }
        Post {
            number: row.number,
            author: self.person(&row.author),
            time: rfc3339(row.created_at),
            url,
            dir: direction(&row.lang),
            lang: row.lang,
            html,
        }
    }

    pub fn person(&self, name: &str) -> Person {
        Person { name: name.to_owned(), url: self.absolute(&crate::users::url(name)) }
    }

    fn path_of(&self, category: i64) -> Vec<Place> {
        let mut path = Vec::new();
        let mut at = self.site.category(category);
        while let Some(category) = at {
            path.push(Place { slug: category.slug.clone(), name: category.name.clone() });
            let above = category.parent_id.filter(|parent| *parent != category.id && path.len() < 10);
            at = above.and_then(|parent| self.site.category(parent));
        }
        path.reverse();
        path
    }
}

fn gathered<T>(rows: impl IntoIterator<Item = (i64, T)>) -> HashMap<i64, Vec<T>> {
    let mut all: HashMap<i64, Vec<T>> = HashMap::new();
    for (id, one) in rows {
        all.entry(id).or_default().push(one);
    }
    all
}

/// Grows with every change of what is shown of a topic, who may see it included: rights and names are the site's.
pub fn seq(site: &Site, topic: &Topic) -> i64 {
    topic.version + site.version
}

/// The direction of a language's usual script.
pub fn direction(lang: &str) -> &'static str {
    if lang.is_empty() { "auto" } else { stoa_i18n::direction(lang) }
}
