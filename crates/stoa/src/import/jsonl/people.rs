//! The people and the categories of a JSON Lines import.

use std::collections::{HashMap, HashSet};

use stoa_markup::Profile;

use super::Loader;
use super::records::{self, Found, micros, place};
use crate::import::ids::{self, Ids};
use crate::import::names::Taken;
use crate::import::rows;
use crate::import::run::Closed;
use crate::posts::text::{self, Names};

/// Rows of one transaction.
const BATCH: usize = 2_000;

impl Loader {
    pub(super) async fn users(&mut self) -> anyhow::Result<()> {
        let (mut lines, mut progress) = self.open("users")?;
        let mut here: HashMap<i64, i64> = HashMap::new();
        let mut taken = self.read(Taken::load).await?;
        self.read(|tx| {
            tx.each("select id, created_at from users", &[], |row| {
                here.insert(row.get(0)?, row.get(1)?);
                Ok(())
            })
        })
        .await?;
        let highest = if here.is_empty() { 0 } else { self.highest_id("users")? };
        let source = self.run.source.clone();
        let mut ids = self.read(|tx| Ids::load(tx, &source, "users", "users", highest)).await?;
        let site = self.run.site().await?;
        let nobody = Names::none(&site, "");
        loop {
            let read = lines.bytes;
            let batch: Vec<Found<records::User>> = records::some(&mut lines, &mut self.run.report, "users", BATCH)?;
            if batch.is_empty() {
                break;
            }
            let mut new = Vec::new();
            for Found { line, record } in batch {
                let report = &mut self.run.report;
                let at = || place("users", line);
                let Some(created_at) = micros(record.created) else {
                    report.skip("users", at(), "a time out of range", &record.created.to_string());
                    continue;
                };
                if self.users.contains_key(&record.id) {
                    report.skip("users", at(), "an id that came before", &record.id.to_string());
                    continue;
                }
                let known = ids.known(record.id).filter(|id| here.contains_key(id));
                let same = here.get(&record.id).is_some_and(|at| *at == created_at).then_some(record.id);
                if let Some(id) = known.or(same) {
                    self.users.insert(record.id, id);
                    report.of("users").there_already += 1;
                    continue;
                }
                if let Some(what) = too_long(&record) {
                    report.skip("users", at(), "too long", what);
                    continue;
                }
                let id = if record.id > 0 && !here.contains_key(&record.id) {
                    record.id
                } else {
                    let id = ids.fresh();
                    ids.remember(record.id, id);
                    report.change("users", at(), "the id was taken", &format!("{} is now {id}", record.id));
                    id
                };
                let (name, why) = taken.give(&record.username, id);
                if let Some(why) = why {
                    let exactly = format!("“{}” is now “{}”: {why}", record.username, name.name);
                    report.change("users", at(), "another name", &exactly);
                }
                here.insert(id, created_at);
                self.users.insert(record.id, id);
                let bio = text::clean(&record.bio);
                new.push(rows::User {
                    id,
                    name,
                    display_name: text::clean(&record.name),
                    bio_html: stoa_markup::render(&bio, Profile::Comment, &nobody).html,
                    bio_raw: bio,
                    lang: language(&record.language, "en"),
                    created_at,
                    ..rows::User::default()
                });
            }
            let (count, mapped) = (new.len() as u64, ids.take());
            self.write(move |tx| {
                rows::users(tx, &new)?;
                ids::write(tx, &mapped)
            })
            .await?;
            self.run.report.of("users").written += count;
            progress.add(lines.bytes - read);
        }
        Ok(())
    }

    pub(super) async fn categories(&mut self) -> anyhow::Result<()> {
        let (mut lines, _progress) = self.open("categories")?;
        let site = self.run.site().await?;
        let source = self.run.source.clone();
        let highest = self.highest_id("categories")?;
        let mut ids = self.read(|tx| Ids::load(tx, &source, "categories", "categories", highest)).await?;
        let closed = self.read(|tx| Ids::load(tx, &source, "closed", "categories", 0)).await?;
        let mut slugs: HashSet<String> = site.categories.iter().map(|c| c.slug.clone()).collect();
        let nobody = Names::none(&site, "");
        let now = self.run.app.now();
        let mut new = Vec::new();
        let found: Vec<Found<records::Category>> =
            records::some(&mut lines, &mut self.run.report, "categories", 100_000)?;
        let mut marks = self.read(|tx| Ids::load(tx, &source, "closed", "categories", 0)).await?;
        for Found { line, record } in found {
            let report = &mut self.run.report;
            let at = || place("categories", line);
            if self.categories.contains_key(&record.id) {
                report.skip("categories", at(), "an id that came before", &record.id.to_string());
                continue;
            }
            let wanted =
                if record.slug.trim().is_empty() { stoa_markup::slug(&record.name) } else { record.slug.clone() };
            let known = ids.known(record.id).filter(|id| site.category(*id).is_some());
            let same = site.category(record.id).filter(|c| c.slug == wanted && c.name == record.name).map(|c| c.id);
            if let Some(id) = known.or(same) {
                self.categories.insert(record.id, id);
                report.of("categories").there_already += 1;
                if closed.known(id).is_some() {
                    self.closed.push(Closed { id, rights: rows::open_to_all() });
                }
                continue;
            }
            if record.name.trim().is_empty() {
                report.skip("categories", at(), "there is no name", "");
                continue;
            }
            let long = [(&record.name, 100), (&wanted, 100), (&record.description, 3000)];
            if long.iter().any(|(text, most)| text.chars().count() > *most) {
                report.skip("categories", at(), "too long", "a name of 100 characters, a description of 3,000");
                continue;
            }
            let is_taken = record.id <= 0 || site.category(record.id).is_some();
            let id = if is_taken { ids.fresh() } else { record.id };
            if is_taken {
                ids.remember(record.id, id);
                report.change("categories", at(), "the id was taken", &format!("{} is now {id}", record.id));
            }
            let slug = free_slug(&mut slugs, &stoa_markup::slug(&wanted), id);
            if slug != wanted {
                report.change("categories", at(), "another address", &format!("“{wanted}” is now “{slug}”"));
            }
            self.categories.insert(record.id, id);
            self.closed.push(Closed { id, rights: rows::open_to_all() });
            marks.remember(id, id);
            let description = text::clean(&record.description);
            new.push(rows::Category {
                id,
                name: text::clean(&record.name),
                slug,
                color: id.rem_euclid(9),
                description_html: stoa_markup::render(&description, Profile::Comment, &nobody).html,
                description_raw: description,
                position: id,
                created_at: now,
                ..rows::Category::default()
            });
        }
        let (count, mapped, marks) = (new.len() as u64, ids.take(), marks.take());
        self.write(move |tx| {
            rows::categories(tx, &new)?;
            ids::write(tx, &mapped)?;
            ids::write(tx, &marks)
        })
        .await?;
        self.run.report.of("categories").written += count;
        Ok(())
    }
}

fn too_long(user: &records::User) -> Option<&'static str> {
    if user.name.chars().count() > 120 {
        Some("a name of more than 120 characters")
    } else if user.bio.chars().count() > 3000 {
        Some("a biography of more than 3,000 characters")
    } else {
        None
    }
}

/// A language code as it came, or `fallback` when it is none.
pub(super) fn language(code: &str, fallback: &str) -> String {
    let fits = (2..=35).contains(&code.len()) && code.bytes().all(|b| b.is_ascii_alphanumeric() || b == b'-');
    if fits { code.to_owned() } else { fallback.to_owned() }
}

/// A slug that no category has.
pub(in crate::import) fn free_slug(slugs: &mut HashSet<String>, wanted: &str, id: i64) -> String {
    let wanted = if wanted.is_empty() { "category" } else { wanted };
    let mut slug: String = wanted.to_owned();
    if slugs.contains(&slug) {
        slug = format!("{}-{id}", wanted.chars().take(80).collect::<String>());
    }
    while !slugs.insert(slug.clone()) {
        slug.push('-');
    }
    slug
}
