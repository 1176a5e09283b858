//! Who and what a story needs, put into the store by the program's own functions.

use std::pin::Pin;

use ::stoa::db::params;
use ::stoa::messages::{self, Role, queries::One};
use ::stoa::posts::{text, write};
use ::stoa::site::{ADMINISTRATORS, EVERYONE, Level, MEMBERS, MODERATORS, Site};
use ::stoa::topics::create::{self, NewTopic};
use ::stoa::users::names;
use stoa_markup::{Profile, Rendered};

use super::browser::Browser;
use super::stoa::Stoa;

type Made<'s, T> = Pin<Box<dyn Future<Output = T> + Send + 's>>;

/// A category of a story.
#[derive(Clone, Debug)]
pub struct Category {
    pub id: i64,
    pub slug: String,
}

/// A topic of a story.
#[derive(Clone, Debug)]
pub struct Topic {
    pub id: i64,
    pub slug: String,
}

impl Category {
    pub fn url(&self) -> String {
        format!("/c/{}/{}", self.slug, self.id)
    }
}

impl Topic {
    pub fn url(&self) -> String {
        ::stoa::topics::url(&self.slug, self.id)
    }
}

impl Stoa {
    /// A member with this name: the one there is, or a new one. Returns the id.
    pub async fn user(&self, name: &str) -> i64 {
        let (name, now) = (name.to_owned(), self.now());
        let made = self.app.db.write(move |tx| {
            let (folded, skeleton) = (names::folded(&name), names::skeleton_of(&name));
            if let Some(id) = tx.first("select id from users where folded = $1", params![&folded])? {
                return Ok(id);
            }
            tx.one::<i64>(
                "insert into users (name, folded, skeleton, created_at) values ($1, $2, $3, $4) returning id",
                params![&name, &folded, &skeleton, now],
            )
        });
        made.await.expect("a member")
    }

    pub async fn moderator(&self, name: &str) -> i64 {
        self.join(name, MODERATORS).await
    }

    pub async fn admin(&self, name: &str) -> i64 {
        self.join(name, ADMINISTRATORS).await
    }

    /// Puts somebody into a group; returns their id.
    pub async fn join(&self, name: &str, group: i64) -> i64 {
        let user = self.user(name).await;
        let now = self.now();
        self.sql(
            "insert into group_members (group_id, user_id, created_at) values ($1, $2, $3) on conflict do nothing",
            params![group, user, now],
        )
        .await;
        self.count(group).await;
        user
    }

    /// Counts a group's members, as the program does when it changes them.
    async fn count(&self, group: i64) {
        let sql =
            "update groups set user_count = (select count(*) from group_members where group_id = $1) where id = $1";
        self.sql(sql, params![group]).await;
    }

    /// Takes somebody out of a group.
    pub async fn leave(&self, name: &str, group: i64) {
        let user = self.user(name).await;
        self.sql("delete from group_members where group_id = $1 and user_id = $2", params![group, user]).await;
        self.count(group).await;
    }

    /// A group that is not automatic. Returns its id.
    pub async fn group(&self, name: &str) -> i64 {
        let name = name.to_owned();
        let made = self.app.db.write(move |tx| {
            // The automatic groups have numbers that were given by hand.
            let newest: i64 = tx.one("select coalesce(max(id), 0) from groups", &[])?;
            let id = newest.max(99) + 1;
            tx.exec("insert into groups (id, name) values ($1, $2)", params![id, &name])?;
            tx.exec("update versions set number = number + 1 where name = 'site'", &[])?;
            Ok(id)
        });
        made.await.expect("a group")
    }

    /// A category that everybody sees and members write in, unless something else is said.
    pub fn category<'s>(&'s self, name: &str) -> CategoryToBe<'s> {
        CategoryToBe { s: self, name: name.to_owned(), rights: Vec::new(), parent: None }
    }

    /// A topic of ada's in the category "General", unless something else is said.
    pub fn topic<'s>(&'s self, title: &str) -> TopicToBe<'s> {
        let (by, text) = ("ada".to_owned(), format!("The first post of {title}."));
        TopicToBe { s: self, title: title.to_owned(), by, category: None, text, tags: Vec::new(), people: Vec::new() }
    }

    /// A reply. Returns its number.
    pub async fn reply(&self, topic: &Topic, by: &str, text: &str) -> i64 {
        let author = self.user(by).await;
        let rendered = self.cook(text).await;
        let (id, raw, at) = (topic.id, text.to_owned(), self.now());
        let made = self.app.db.write(move |tx| {
            let post = write::NewPost {
                topic_id: id,
                author_id: author,
                raw: raw.clone(),
                rendered: rendered.clone(),
                lang: "en".into(),
                in_reply_to: None,
                at,
            };
            write::add(tx, &post)
        });
        made.await.expect("a reply").1
    }

    /// Posts that stand in a topic, by its own count.
    pub async fn posts_in(&self, topic: &Topic) -> i64 {
        self.number("select post_count from topics where id = $1", params![topic.id]).await
    }

    /// The id of a post.
    pub async fn post_id(&self, topic: &Topic, number: i64) -> i64 {
        self.number("select id from posts where topic_id = $1 and number = $2", params![topic.id, number]).await
    }

    /// Marks a topic now: `pinned`, `closed`, `archived`, `unlisted`, `hidden` or `deleted`.
    pub async fn mark(&self, topic: &Topic, how: &str) {
        let now = self.now();
        let sql = format!("update topics set {how}_at = $2, version = version + 1 where id = $1");
        self.sql(&sql, params![topic.id, now]).await;
    }

    /// Hides a post, as moderation does.
    pub async fn hide(&self, topic: &Topic, number: i64) {
        let now = self.now();
        self.sql("update posts set hidden_at = $3 where topic_id = $1 and number = $2", params![topic.id, number, now])
            .await;
        self.sql("update topics set version = version + 1 where id = $1", params![topic.id]).await;
    }

    /// Keeps somebody from writing until a time.
    pub async fn silence(&self, name: &str, until: i64) {
        let user = self.user(name).await;
        self.sql("update users set silenced_until = $2 where id = $1", params![user, until]).await;
    }

    /// Keeps somebody out until a time.
    pub async fn suspend(&self, name: &str, until: i64) {
        let user = self.user(name).await;
        self.sql("update users set suspended_until = $2 where id = $1", params![user, until]).await;
    }

    /// A browser in which somebody is logged in; a plain member of this name is made if there is none.
    pub fn browser(&self, name: &str) -> Browser {
        Browser::of(self, Some(name))
    }

    /// A browser in which nobody is logged in.
    pub fn stranger(&self) -> Browser {
        Browser::of(self, None)
    }

    /// A text as it would be stored.
    pub async fn cook(&self, raw: &str) -> Rendered {
        let site = self.app.db.read(|tx| self.app.site.now(tx)).await.expect("the site");
        text::cook_public(&self.app, &site, raw, Profile::Post).await.expect("a text")
    }

    /// The site as every request sees it.
    pub async fn site(&self) -> std::sync::Arc<Site> {
        self.app.db.read(|tx| self.app.site.now(tx)).await.expect("the site")
    }
}

/// A category that will be there once it is awaited.
pub struct CategoryToBe<'s> {
    s: &'s Stoa,
    name: String,
    rights: Vec<(i64, Level)>,
    parent: Option<i64>,
}

impl<'s> CategoryToBe<'s> {
    /// Replaces the usual rights; say it once for each group.
    pub fn for_group(mut self, group: i64, level: Level) -> Self {
        self.rights.push((group, level));
        self
    }

    pub fn under(mut self, parent: &Category) -> Self {
        self.parent = Some(parent.id);
        self
    }
}

impl<'s> IntoFuture for CategoryToBe<'s> {
    type Output = Category;
    type IntoFuture = Made<'s, Category>;
    fn into_future(self) -> Made<'s, Category> {
        Box::pin(async move {
            let slug = stoa_markup::slug(&self.name);
            let rights = match self.rights.is_empty() {
                true => vec![(EVERYONE, Level::See), (MEMBERS, Level::Create)],
                false => self.rights,
            };
            let (name, parent, now) = (self.name, self.parent, self.s.now());
            let made = self.s.app.db.write(move |tx| {
                if let Some(id) = tx.first::<i64>("select id from categories where slug = $1", params![&slug])? {
                    return Ok((id, slug.clone()));
                }
                let id: i64 = tx.one(
                    "insert into categories (name, slug, parent_id, created_at) values ($1, $2, $3, $4) returning id",
                    params![&name, &slug, parent, now],
                )?;
                for (group, level) in &rights {
                    tx.exec(
                        "insert into category_groups (category_id, group_id, level) values ($1, $2, $3)",
                        params![id, *group, *level as i64],
                    )?;
                }
                tx.changed(::stoa::db::Kind::CategoryEdited, id);
                Ok((id, slug.clone()))
            });
            let (id, slug) = made.await.expect("a category");
            Category { id, slug }
        })
    }
}

/// A topic that will be there once it is awaited.
pub struct TopicToBe<'s> {
    s: &'s Stoa,
    title: String,
    by: String,
    category: Option<i64>,
    text: String,
    tags: Vec<String>,
    /// Those in it, of a conversation.
    people: Vec<String>,
}

impl<'s> TopicToBe<'s> {
    pub fn by(mut self, name: &str) -> Self {
        self.by = name.to_owned();
        self
    }

    pub fn in_category(mut self, category: &Category) -> Self {
        self.category = Some(category.id);
        self
    }

    /// A private conversation of these people.
    pub fn between(mut self, names: &[&str]) -> Self {
        self.category = Some(::stoa::site::MESSAGES);
        self.people = names.iter().map(|name| (*name).to_owned()).collect();
        self
    }

    /// The first post's text.
    pub fn saying(mut self, text: &str) -> Self {
        self.text = text.to_owned();
        self
    }

    pub fn tagged(mut self, tags: &[&str]) -> Self {
        self.tags = tags.iter().map(|t| (*t).to_owned()).collect();
        self
    }
}

impl<'s> IntoFuture for TopicToBe<'s> {
    type Output = Topic;
    type IntoFuture = Made<'s, Topic>;
    fn into_future(self) -> Made<'s, Topic> {
        Box::pin(async move {
            let s = self.s;
            let author_id = s.user(&self.by).await;
            let category_id = match self.category {
                Some(id) => id,
                None => s.category("General").await.id,
            };
            let rendered = s.cook(&self.text).await;
            let new = NewTopic {
                category_id,
                author_id,
                title: self.title,
                raw: self.text,
                rendered,
                lang: "en".into(),
                tags: self.tags,
                at: s.now(),
            };
            let mut people = Vec::new();
            for name in &self.people {
                people.push(s.user(name).await);
            }
            let made = s.app.db.write(move |tx| {
                let made = create::add(tx, &new)?;
                for id in &people {
                    let one = One { role: Role::Person, id: *id, name: String::new() };
                    messages::queries::add(tx, made.0, &one, author_id, new.at)?;
                }
                Ok(made)
            });
            let (id, slug) = made.await.expect("a topic");
            Topic { id, slug }
        })
    }
}
