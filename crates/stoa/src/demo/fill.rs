//! Fills an empty site: in one transaction, so that a stopped start leaves nothing half-made.

use std::collections::HashMap;

use rand::RngExt;
use stoa_markup::{Profile, Resolve};

use super::source::{self, Source};
use super::texts;
use crate::app::App;
use crate::clock::{self, DAY, HOUR, MINUTE};
use crate::db::{Kind, Tx, params};
use crate::import::likes::{self, Like};
use crate::import::names::Name;
use crate::import::posts::{self, Post};
use crate::import::{bulk, render, rows, run};
use crate::posts::text::Names;
use crate::site::{self, Level, SiteCache};
use crate::uploads::{self, NewFile, Stored};
use crate::users::names;
use crate::web::error::{Error, Result};

/// How to log in as the administrator of the demonstration.
pub struct Welcome {
    pub name: String,
    pub password: String,
}

/// Fills the site, or does nothing and says so by `None` when somebody or something is there already.
pub async fn fill(app: &App) -> anyhow::Result<Option<Welcome>> {
    if !is_empty(app).await? {
        return Ok(None);
    }
    let source = Source::read()?;
    let mut pictures = Vec::new();
    for (name, bytes) in source::PICTURES {
        let file = NewFile { bytes, name, user_id: None, at: app.now() };
        pictures.push((*name, uploads::keep_file(app, &file).map_err(Error::into_anyhow)?, uploads::sha1_of(bytes)));
    }
    let password = password();
    let hash = app.passwords.hash(&password).await.map_err(Error::into_anyhow)?;
    let name = source.people.iter().find(|p| p.role == "admin").map(|p| p.name.clone());
    let name = name.ok_or_else(|| anyhow::anyhow!("nobody administers the demonstration"))?;
    let (base, now) = (app.config.base(), app.now());
    let done = app.db.write(move |tx| {
        let mut work = Work { tx, now, people: HashMap::new(), categories: HashMap::new(), pictures: HashMap::new() };
        for (name, stored, sha1) in &pictures {
            uploads::add(tx, stored, sha1, None, now)?;
            work.pictures.insert(*name, stored);
        }
        work.people(&source, &hash)?;
        work.rooms(&source)?;
        work.footer()?;
        work.talk(&source, &base)?;
        tx.changed(Kind::Imported, 0);
        Ok(())
    });
    done.await.map_err(Error::into_anyhow)?;
    app.db.analyze().await.map_err(Error::into_anyhow)?;
    Ok(Some(Welcome { name, password }))
}

async fn is_empty(app: &App) -> anyhow::Result<bool> {
    let count = app.db.read(|tx| {
        tx.one::<i64>(
            "select (select count(*) from users) + (select count(*) from topics) + (select count(*) from categories where id > 0)",
            &[],
        )
    });
    Ok(count.await.map_err(Error::into_anyhow)? == 0)
}

/// Sixteen characters that are not mistaken for one another.
fn password() -> String {
    const LETTERS: &[u8] = b"abcdefghjkmnpqrstuvwxyz23456789";
    let mut rng = rand::rng();
    (0..16).map(|_| char::from(LETTERS[rng.random_range(0..LETTERS.len())])).collect()
}

struct Work<'w> {
    tx: &'w Tx<'w>,
    now: i64,
    people: HashMap<String, i64>,
    categories: HashMap<String, i64>,
    pictures: HashMap<&'static str, &'w Stored>,
}

impl Work<'_> {
    fn person(&self, name: &str) -> Result<i64> {
        let found = self.people.get(name).copied();
        found.ok_or_else(|| Error::Fault(anyhow::anyhow!("the demonstration has nobody called {name}")))
    }

    fn people(&mut self, source: &Source, hash: &str) -> Result<()> {
        let site = SiteCache::default().now(self.tx)?;
        let nobody = Names::none(&site, "");
        let mut users = Vec::new();
        for (id, person) in (1..).zip(&source.people) {
            self.people.insert(person.name.clone(), id);
            users.push(rows::User {
                id,
                name: Name::of(names::tidy(&person.name)),
                title: person.title.clone(),
                bio_html: stoa_markup::render(&person.bio, Profile::Comment, &nobody).html,
                bio_raw: person.bio.clone(),
                lang: person.lang.clone(),
                trust_level: person.trust,
                created_at: clock::parse(&person.created).unwrap_or(self.now - 500 * DAY),
                ..rows::User::default()
            });
        }
        rows::users(self.tx, &users)?;
        for person in &source.people {
            let id = self.person(&person.name)?;
            match person.role.as_str() {
                "admin" => {
                    self.join(site::ADMINISTRATORS, id)?;
                    self.tx.exec(
                        "insert into identities (user_id, kind, secret, changed_at) values ($1, 'password', $2, $3)",
                        params![id, hash, self.now],
                    )?;
                }
                "moderator" => self.join(site::MODERATORS, id)?,
                _ => {}
            }
        }
        Ok(())
    }

    fn join(&self, group: i64, user: i64) -> Result<()> {
        self.tx.exec(
            "insert into group_members (group_id, user_id, created_at) values ($1, $2, $3)",
            params![group, user, self.now],
        )?;
        self.tx.exec("update groups set user_count = user_count + 1 where id = $1", params![group])?;
        Ok(())
    }

    /// Groups, then the categories that they and others may read.
    fn rooms(&mut self, source: &Source) -> Result<()> {
        let mut groups = HashMap::from([
            ("everyone".to_owned(), site::EVERYONE),
            ("members".to_owned(), site::MEMBERS),
            ("moderators".to_owned(), site::MODERATORS),
            ("administrators".to_owned(), site::ADMINISTRATORS),
        ]);
        // The engine's own next group comes after those that every site has.
        bulk::ids_given(self.tx, "groups")?;
        for group in &source.groups {
            let sql = "insert into groups (name, full_name) values ($1, $2) returning id";
            let id: i64 = self.tx.one(sql, params![&group.name, &group.full_name])?;
            groups.insert(group.name.clone(), id);
            for member in &group.members {
                self.join(id, self.person(member)?)?;
            }
        }
        let site = SiteCache::default().now(self.tx)?;
        let nobody = Names::none(&site, "");
        let ids = source.categories.iter().zip(1..).map(|(c, id)| (c.slug.clone(), id));
        self.categories.extend(ids);
        let mut categories: Vec<rows::Category> = Vec::new();
        for category in &source.categories {
            let parent = category.parent.as_ref().and_then(|slug| self.categories.get(slug)).copied();
            categories.push(rows::Category {
                id: self.categories[&category.slug],
                parent_id: parent,
                name: category.name.clone(),
                slug: category.slug.clone(),
                color: category.color,
                description_raw: category.description.clone(),
                description_html: stoa_markup::render(&category.description, Profile::Comment, &nobody).html,
                lang: category.lang.clone().unwrap_or_default(),
                position: category.order,
                created_at: self.now - 500 * DAY,
            });
        }
        rows::categories(self.tx, &categories)?;
        for category in &source.categories {
            let rights: rows::Rights = if category.read.iter().any(|g| g == "everyone") {
                match category.slug.as_str() {
                    "announcements" => vec![
                        (site::EVERYONE, Level::See),
                        (site::MEMBERS, Level::Reply),
                        (site::MODERATORS, Level::Create),
                    ],
                    _ => rows::open_to_all(),
                }
            } else {
                category.read.iter().filter_map(|g| Some((*groups.get(g)?, Level::Create))).collect()
            };
            rows::open(self.tx, self.categories[&category.slug], &rights)?;
        }
        Ok(())
    }

    fn footer(&self) -> Result<()> {
        for (key, value) in texts::SETTINGS {
            self.tx.exec("insert into settings (key, value) values ($1, $2)", params![*key, *value])?;
        }
        let site = SiteCache::default().now(self.tx)?;
        let nobody = Names::none(&site, "");
        for (name, lang, raw) in texts::PAGES {
            let html = stoa_markup::render(raw, Profile::Page, &nobody).html;
            self.tx.exec(
                "insert into pages (name, lang, raw, html, updated_at) values ($1, $2, $3, $4, $5)",
                params![*name, *lang, *raw, &html, self.now],
            )?;
        }
        Ok(())
    }

    fn talk(&self, source: &Source, base: &str) -> Result<()> {
        let mut topics = Vec::new();
        let mut said: Vec<(Post, &source::Post)> = Vec::new();
        for (topic_id, topic) in (1..).zip(&source.topics) {
            let row = self.topic(topic_id, topic)?;
            let mut at = row.created_at;
            let pace = pace(topic, self.now - row.created_at);
            for (number, post) in (1..).zip(&topic.posts) {
                at = (at + (post.after * pace * MINUTE as f64) as i64).min(self.now);
                said.push((self.post(&row, topic, post, number, at)?, post));
            }
            topics.push(rows::Topic { closed_at: topic.closed.then(|| (at + HOUR).min(self.now)), ..row });
        }
        rows::topics(self.tx, &topics)?;
        // Ids follow the time, as if the posts had been written here.
        said.sort_by_key(|(made, _)| made.created_at);
        let mut liked: Vec<Like> = Vec::new();
        for (id, (made, post)) in (1..).zip(&mut said) {
            made.id = id;
            liked.extend(self.likes(made, post)?);
        }
        let mut all: Vec<Post> = said.into_iter().map(|(made, _)| made).collect();
        let site = SiteCache::default().now(self.tx)?;
        let mut names = run::everyone(self.tx, &site, base)?;
        for stored in self.pictures.values() {
            names.add_upload(&stored.url(), stored.as_upload());
        }
        let resolve: &(dyn Resolve + Sync) = &names;
        render::posts(&mut all, resolve, false);
        posts::write(self.tx, &all)?;
        likes::write(self.tx, &liked)?;
        self.read_own(&all)
    }

    fn topic(&self, id: i64, topic: &source::Topic) -> Result<rows::Topic> {
        let created_at = self.now - (topic.at * DAY as f64) as i64;
        let category = self.categories.get(&topic.category).copied();
        Ok(rows::Topic {
            id,
            category_id: category.ok_or_else(|| Error::Fault(anyhow::anyhow!("no category {}", topic.category)))?,
            title: topic.title.clone(),
            slug: stoa_markup::slug(&topic.title),
            author_id: self.person(&topic.by)?,
            lang: topic.lang.clone(),
            created_at,
            bumped_at: created_at,
            pinned_at: topic.pinned.then_some(created_at),
            pinned_everywhere: topic.pinned && topic.category == "announcements",
            solved_number: topic.solved,
            tags: topic.tags.clone(),
            ..rows::Topic::default()
        })
    }

    fn post(&self, topic: &rows::Topic, of: &source::Topic, post: &source::Post, number: i64, at: i64) -> Result<Post> {
        let mut raw = post.raw.replace("topic:this", &format!("topic:{}", topic.id));
        for (name, stored) in &self.pictures {
            raw = raw.replace(&format!("(demo:{name})"), &format!("({})", stored.url()));
        }
        Ok(Post {
            topic_id: topic.id,
            category_id: topic.category_id,
            number,
            author_id: self.person(&post.by)?,
            raw,
            lang: post.lang.clone().unwrap_or_else(|| of.lang.clone()),
            in_reply_to: post.reply_to.filter(|n| *n < number),
            created_at: at,
            ..Post::default()
        })
    }

    /// Likes come in over the next hours, as far as those have passed.
    fn likes(&self, made: &Post, post: &source::Post) -> Result<Vec<Like>> {
        let mut likes = Vec::new();
        for (count, name) in (1..).zip(&post.likes) {
            let user_id = self.person(name)?;
            if user_id != made.author_id {
                let at = (made.created_at + count * count * 11 * MINUTE).min(self.now);
                let (post_id, topic_id, author_id) = (made.id, made.topic_id, made.author_id);
                likes.push(Like { post_id, topic_id, author_id, user_id, at });
            }
        }
        Ok(likes)
    }

    /// Whoever wrote in a topic has read it up to there.
    fn read_own(&self, all: &[Post]) -> Result<()> {
        let mut last: HashMap<(i64, i64), (i64, i64)> = HashMap::new();
        for post in all {
            last.insert((post.author_id, post.topic_id), (post.number, post.created_at));
        }
        let mut last: Vec<_> = last.into_iter().collect();
        last.sort_unstable();
        let into = "reads (user_id, topic_id, last_number, updated_at)";
        bulk::insert(self.tx, into, 4, "", &last, |((user, topic), (number, at)), out| {
            out.extend([(*user).into(), (*topic).into(), (*number).into(), (*at).into()]);
        })?;
        Ok(())
    }
}

/// How fast a topic's posts must follow each other so that the last one is not in the future.
fn pace(topic: &source::Topic, age: i64) -> f64 {
    let minutes: f64 = topic.posts.iter().map(|p| p.after).sum();
    let room = age as f64 / MINUTE as f64 * 0.95;
    if minutes > room && minutes > 0.0 { room / minutes } else { 1.0 }
}
