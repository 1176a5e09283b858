//! People, groups and categories of a Discourse site become rows.

use std::collections::{BTreeMap, HashMap, HashSet};

use stoa_markup::Profile;
use tokio::runtime::Handle;

use super::model::{Category, Forum, Group, User};
use crate::db::{Tx, params};
use crate::import::ids::{self, Ids};
use crate::import::jsonl::free_slug;
use crate::import::names::Taken;
use crate::import::rows::{self, Rights};
use crate::import::run::{Closed, Run};
use crate::posts::text::{self, Names};
use crate::site::{self, Level};
use crate::web::error::{Error, Result};

/// Rows of one transaction.
const BATCH: usize = 2_000;

/// An import under way, by the ids of the source.
pub struct Loader {
    pub run: Run,
    pub forum: Forum,
    pub users: HashMap<i64, i64>,
    pub categories: HashMap<i64, i64>,
    pub closed: Vec<Closed>,
    groups: HashMap<i64, i64>,
    /// What a category is called that the source does not describe, and whether everybody read it there.
    pub is_backup: bool,
}

/// The key of topics without a category.
pub const NO_CATEGORY: i64 = i64::MIN;
/// The key of whoever has left.
pub const NOBODY: i64 = -1;

impl Loader {
    pub fn new(run: Run, forum: Forum, is_backup: bool) -> Loader {
        let (users, categories, groups) = (HashMap::new(), HashMap::new(), HashMap::new());
        Loader { run, forum, users, categories, groups, closed: Vec::new(), is_backup }
    }

    pub fn read<T>(&self, job: impl FnMut(&Tx) -> Result<T>) -> anyhow::Result<T> {
        Handle::current().block_on(self.run.app.db.read(job)).map_err(Error::into_anyhow)
    }

    pub fn write<T: Send + 'static>(&self, job: impl FnMut(&Tx) -> Result<T> + Send + 'static) -> anyhow::Result<T> {
        Handle::current().block_on(self.run.app.db.write(job)).map_err(Error::into_anyhow)
    }

    pub fn ids(&self, kind: &'static str, table: &str, highest: i64) -> anyhow::Result<Ids> {
        let source = self.run.source.clone();
        self.read(|tx| Ids::load(tx, &source, kind, table, highest))
    }

    pub fn taken(&self, table: &str) -> anyhow::Result<HashSet<i64>> {
        let sql = format!("select id from {table}");
        Ok(self.read(|tx| tx.all::<i64>(&sql, &[]))?.into_iter().collect())
    }

    pub fn people(&mut self) -> anyhow::Result<()> {
        let former = User { id: NOBODY, username: "Former member".into(), ..User::default() };
        self.forum.users.entry(NOBODY).or_insert(former);
        let highest = self.forum.users.keys().max().copied().unwrap_or(0);
        let mut ids = self.ids("users", "users", highest)?;
        let mut here = self.taken("users")?;
        let mut names = self.read(Taken::load)?;
        let site = Handle::current().block_on(self.run.site())?;
        let nobody = Names::none(&site, "");
        let users: Vec<User> = std::mem::take(&mut self.forum.users).into_values().collect();
        self.run.report.of("users").read += users.len() as u64;
        for batch in users.chunks(BATCH) {
            let mut new = Vec::new();
            for user in batch {
                if let Some(id) = ids.known(user.id).filter(|id| here.contains(id)) {
                    self.users.insert(user.id, id);
                    self.run.report.of("users").there_already += 1;
                    continue;
                }
                let id = self.keep_id("users", user.id, &mut ids, &mut here);
                let (name, why) = names.give(&user.username, id);
                if let Some(why) = why {
                    let exactly = format!("“{}” is now “{}”: {why}", user.username, name.name);
                    self.run.report.change("users", format!("user {}", user.id), "another name", &exactly);
                }
                self.users.insert(user.id, id);
                let bio: String = text::clean(&user.bio).chars().take(3000).collect();
                let lang = [&user.lang, &self.forum.lang].into_iter().find(|l| !l.is_empty());
                new.push(rows::User {
                    id,
                    name,
                    display_name: text::clean(&user.name).chars().take(120).collect(),
                    title: text::clean(&user.title).chars().take(120).collect(),
                    bio_html: stoa_markup::render(&bio, Profile::Comment, &nobody).html,
                    bio_raw: bio,
                    lang: lang.filter(|l| l.len() <= 35).cloned().unwrap_or_else(|| "en".into()),
                    trust_level: user.trust_level.clamp(0, 4),
                    created_at: user.created_at.unwrap_or_else(|| self.run.app.now()),
                    suspended_until: user.suspended_until,
                    silenced_until: user.silenced_until,
                });
            }
            let (count, mapped) = (new.len() as u64, ids.take());
            self.write(move |tx| {
                rows::users(tx, &new)?;
                ids::write(tx, &mapped)
            })?;
            self.run.report.of("users").written += count;
        }
        Ok(())
    }

    /// The id of the source when it is free here, else a new one, which is told.
    pub fn keep_id(&mut self, kind: &'static str, id: i64, ids: &mut Ids, here: &mut HashSet<i64>) -> i64 {
        let given = if id > 0 && !here.contains(&id) { id } else { ids.fresh() };
        if given != id && id > 0 {
            let exactly = format!("{id} is now {given}");
            self.run.report.change(kind, format!("{} {id}", kind.trim_end_matches('s')), "the id was taken", &exactly);
        }
        ids.remember(id, given);
        here.insert(given);
        given
    }

    /// Groups of their own; an equal name here is somebody else's group and gives nobody its rights.
    pub fn groups(&mut self) -> anyhow::Result<()> {
        let mut ids = self.ids("groups", "groups", 0)?;
        let here = self.taken("groups")?;
        let groups: Vec<Group> = std::mem::take(&mut self.forum.groups).into_values().collect();
        let now = self.run.app.now();
        // The first hundred are every site's own.
        for group in groups.into_iter().filter(|g| g.id > 14 || self.is_backup) {
            self.run.report.of("groups").read += 1;
            if let Some(id) = ids.known(group.id).filter(|id| here.contains(id)) {
                self.groups.insert(group.id, id);
                self.run.report.of("groups").there_already += 1;
                continue;
            }
            let wanted: String = group.name.chars().take(50).collect();
            let is_taken = self
                .read(|tx| Ok(tx.first::<i64>("select id from groups where name = $1", params![&wanted])?.is_some()))?;
            let name = if is_taken { format!("{wanted}-{}", group.id) } else { wanted };
            let members: Vec<(i64, bool)> =
                group.members.iter().filter_map(|(user, owner)| Some((*self.users.get(user)?, *owner))).collect();
            let (source, full_name) = (self.run.source.clone(), text::clean(&group.full_name));
            let id = self.write(move |tx| {
                crate::import::bulk::ids_given(tx, "groups")?;
                let id: i64 = tx.one(
                    "insert into groups (name, full_name) values ($1, $2) returning id",
                    params![&name, full_name.chars().take(120).collect::<String>()],
                )?;
                for (user, owner) in &members {
                    tx.exec(
                        "insert into group_members (group_id, user_id, owner, created_at) values ($1, $2, $3, $4)
                         on conflict do nothing",
                        params![id, user, *owner, now],
                    )?;
                }
                tx.exec(
                    "update groups set user_count = (select count(*) from group_members where group_id = $1)
                     where id = $1",
                    params![id],
                )?;
                tx.exec(
                    "insert into imports (source, kind, source_id, id) values ($1, 'groups', $2, $3)
                     on conflict (source, kind, source_id) do update set id = excluded.id",
                    params![&source, group.id, id],
                )?;
                Ok(id)
            })?;
            self.groups.insert(group.id, id);
            ids.remember(group.id, id);
            self.run.report.of("groups").written += 1;
        }
        Ok(())
    }

    pub fn rooms(&mut self) -> anyhow::Result<()> {
        self.describe_missing();
        let highest = self.forum.categories.keys().max().copied().unwrap_or(0);
        let mut ids = self.ids("categories", "categories", highest)?;
        let mut marks = self.ids("closed", "categories", 0)?;
        let mut here = self.taken("categories")?;
        let site = Handle::current().block_on(self.run.site())?;
        let nobody = Names::none(&site, "");
        let mut slugs: HashSet<String> = site.categories.iter().map(|c| c.slug.clone()).collect();
        let categories = parents_first(std::mem::take(&mut self.forum.categories));
        self.run.report.of("categories").read += categories.len() as u64;
        let mut new = Vec::new();
        for category in categories {
            if let Some(id) = ids.known(category.id).filter(|id| here.contains(id)) {
                self.categories.insert(category.id, id);
                self.run.report.of("categories").there_already += 1;
                if marks.known(id).is_some() {
                    let rights = self.rights(&category);
                    self.closed.push(Closed { id, rights });
                }
                continue;
            }
            let id = self.keep_id("categories", category.id, &mut ids, &mut here);
            let rights = self.rights(&category);
            self.closed.push(Closed { id, rights });
            marks.remember(id, id);
            let wanted = if category.slug.is_empty() { &category.name } else { &category.slug };
            let slug: String = stoa_markup::slug(wanted).chars().take(90).collect();
            let description = super::cooked::to_markdown(&category.description);
            let description: String = text::clean(&description).chars().take(3000).collect();
            new.push(rows::Category {
                id,
                parent_id: category.parent_id.and_then(|parent| self.categories.get(&parent)).copied(),
                name: text::clean(&category.name).chars().take(100).collect(),
                slug: free_slug(&mut slugs, &slug, id),
                color: id.rem_euclid(9),
                description_html: stoa_markup::render(&description, Profile::Comment, &nobody).html,
                description_raw: description,
                lang: if category.lang.len() <= 35 { category.lang.clone() } else { String::new() },
                position: category.position,
                created_at: category.created_at.unwrap_or_else(|| self.run.app.now()),
            });
            self.categories.insert(category.id, id);
        }
        let (count, mapped, marks) = (new.len() as u64, ids.take(), marks.take());
        self.write(move |tx| {
            rows::categories(tx, &new)?;
            ids::write(tx, &mapped)?;
            ids::write(tx, &marks)
        })?;
        self.run.report.of("categories").written += count;
        Ok(())
    }

    /// Categories that topics are in and nothing describes. What a stranger could read may be read here too; in a
    /// backup nobody knows.
    fn describe_missing(&mut self) {
        for topic in self.forum.topics.values() {
            let id = topic.category_id.unwrap_or(NO_CATEGORY);
            let name = if id == NO_CATEGORY { "Uncategorized".to_owned() } else { format!("Category {id}") };
            self.forum.categories.entry(id).or_insert_with(|| Category {
                id,
                slug: stoa_markup::slug(&name),
                name,
                read_restricted: self.is_backup && id != NO_CATEGORY,
                ..Category::default()
            });
        }
    }

    /// What a category's rights become. What cannot be said here is not given.
    fn rights(&mut self, category: &Category) -> Rights {
        if category.rights.is_empty() && !category.read_restricted {
            return rows::open_to_all();
        }
        let mut rights: BTreeMap<i64, Level> = BTreeMap::new();
        for (group, level) in &category.rights {
            let level = match level {
                1 => Level::Create,
                2 => Level::Reply,
                _ => Level::See,
            };
            let groups: Vec<(i64, Level)> = match group {
                0 if category.read_restricted => Vec::new(),
                0 => vec![(site::EVERYONE, Level::See), (site::MEMBERS, level)],
                1 => vec![(site::ADMINISTRATORS, level)],
                2 => vec![(site::MODERATORS, level)],
                3 => vec![(site::ADMINISTRATORS, level), (site::MODERATORS, level)],
                10 => vec![(site::MEMBERS, level)],
                other => self.groups.get(other).map(|id| (*id, level)).into_iter().collect(),
            };
            if groups.is_empty() {
                let exactly = format!("group {group} in “{}”", category.name);
                self.run.report.change(
                    "categories",
                    format!("category {}", category.id),
                    "a right is not given",
                    &exactly,
                );
            }
            for (group, level) in groups {
                rights.entry(group).and_modify(|had| *had = (*had).max(level)).or_insert(level);
            }
        }
        if rights.is_empty() {
            let exactly = format!("“{}” is for administrators until you set its rights", category.name);
            self.run.report.change("categories", format!("category {}", category.id), "restricted", &exactly);
        }
        rights.into_iter().collect()
    }
}

/// Categories in an order in which no child comes before its parent.
fn parents_first(mut left: BTreeMap<i64, Category>) -> Vec<Category> {
    let mut sorted: Vec<Category> = Vec::with_capacity(left.len());
    while !left.is_empty() {
        let ready: Vec<i64> = left
            .values()
            .filter(|c| c.parent_id.is_none_or(|parent| !left.contains_key(&parent)))
            .map(|c| c.id)
            .collect();
        if ready.is_empty() {
            // A circle: it is cut where it is met.
            left.values_mut().take(1).for_each(|c| c.parent_id = None);
        }
        sorted.extend(ready.iter().filter_map(|id| left.remove(id)));
    }
    sorted
}
