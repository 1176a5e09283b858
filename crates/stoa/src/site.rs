//! What every page needs to know of the site: its name and settings, its categories and who may do what in them.
//!
//! One snapshot is kept in memory and replaced when `versions.site` says that it is out of date; every request
//! reads that number, so a change is seen by all nodes with the next request.

use std::collections::HashMap;
use std::sync::{Arc, RwLock};

use stoa_markup::{Interwiki, SafeHtml};

use crate::db::{Tx, from_row, params};
use crate::web::error::Result;
use crate::wikis::Wiki;

/// Groups that everybody, every member, … are in without a row.
pub const EVERYONE: i64 = 0;
pub const ADMINISTRATORS: i64 = 1;
pub const MODERATORS: i64 = 2;
pub const MEMBERS: i64 = 10;

/// The category of private conversations: it has no page, is in no list, and nobody has rights in it.
pub const MESSAGES: i64 = 0;

/// The texts that every footer links, in this order.
pub const PAGES: [&str; 4] = ["about", "rules", "privacy", "imprint"];

/// What somebody may do in a category.
#[derive(Clone, Copy, Debug, PartialEq, Eq, PartialOrd, Ord)]
pub enum Level {
    Nothing = 0,
    See = 1,
    Reply = 2,
    Create = 3,
}

impl Level {
    pub fn from_number(n: i64) -> Level {
        match n {
            1 => Level::See,
            2 => Level::Reply,
            3.. => Level::Create,
            _ => Level::Nothing,
        }
    }
}

#[derive(Clone, Debug)]
pub struct Category {
    pub id: i64,
    pub parent_id: Option<i64>,
    pub name: String,
    pub slug: String,
    pub color: i64,
    pub description_raw: String,
    pub description: SafeHtml,
    pub lang: String,
    pub position: i64,
    pub created_at: i64,
    /// (group, level)
    pub rights: Vec<(i64, Level)>,
}

struct CategoryRow {
    id: i64,
    parent_id: Option<i64>,
    name: String,
    slug: String,
    color: i64,
    description_raw: String,
    description: SafeHtml,
    lang: String,
    position: i64,
    created_at: i64,
}
from_row!(CategoryRow { id, parent_id, name, slug, color, description_raw, description, lang, position, created_at });

#[derive(Clone, Debug)]
pub struct Group {
    pub id: i64,
    pub name: String,
    pub full_name: String,
    pub description: String,
    pub automatic: bool,
    /// Whether everybody may know who is in it.
    pub is_public: bool,
}
from_row!(Group { id, name, full_name, description, automatic, is_public });

/// The snapshot.
pub struct Site {
    pub version: i64,
    pub categories: Vec<Category>,
    pub groups: Vec<Group>,
    pub interwiki: Interwiki,
    /// Wikis that are joined to the site, in their order.
    pub wikis: Vec<Wiki>,
    /// Whether somebody administers it already.
    pub is_set_up: bool,
    settings: HashMap<String, String>,
    by_id: HashMap<i64, usize>,
}

impl Category {
    pub fn url(&self) -> String {
        format!("/c/{}/{}", self.slug, self.id)
    }
}

impl Site {
    fn load(tx: &Tx, version: i64) -> Result<Site> {
        let mut rights: HashMap<i64, Vec<(i64, Level)>> = HashMap::new();
        for (category, group, level) in
            tx.all::<(i64, i64, i64)>("select category_id, group_id, level from category_groups", &[])?
        {
            rights.entry(category).or_default().push((group, Level::from_number(level)));
        }
        let rows: Vec<CategoryRow> = tx.all(
            "select id, parent_id, name, slug, color, description_raw, description_html, lang, position, created_at
             from categories where id > 0 order by position, id",
            &[],
        )?;
        let categories: Vec<Category> = rows
            .into_iter()
            .map(|c| Category {
                rights: rights.remove(&c.id).unwrap_or_default(),
                id: c.id,
                parent_id: c.parent_id,
                name: c.name,
                slug: c.slug,
                color: c.color,
                description_raw: c.description_raw,
                description: c.description,
                lang: c.lang,
                position: c.position,
                created_at: c.created_at,
            })
            .collect();
        let settings: HashMap<String, String> =
            tx.all::<(String, String)>("select key, value from settings", &[])?.into_iter().collect();
        let mut interwiki = Interwiki::wikimedia();
        if let Some(url) = settings.get("wiki") {
            interwiki = interwiki.with_default(url);
        }
        let wikis = crate::wikis::queries::all(tx)?;
        crate::wikis::prefixes::join(tx, &mut interwiki, &wikis)?;
        for line in settings.get("interwiki").map_or("", String::as_str).lines() {
            if let Some((prefix, url)) = line.split_once(' ') {
                interwiki.set(prefix.trim(), url.trim());
            }
        }
        Ok(Site {
            version,
            by_id: categories.iter().enumerate().map(|(i, c)| (c.id, i)).collect(),
            categories,
            groups: tx
                .all("select id, name, full_name, description, automatic, is_public from groups order by id", &[])?,
            interwiki,
            wikis,
            is_set_up: tx
                .one::<i64>("select count(*) from group_members where group_id = $1", params![ADMINISTRATORS])?
                > 0,
            settings,
        })
    }

    /// A setting, or what it is by default.
    pub fn setting(&self, key: &str) -> &str {
        match self.settings.get(key) {
            Some(value) => value,
            None => default_of(key),
        }
    }

    pub fn name(&self) -> &str {
        self.setting("name")
    }

    pub fn category(&self, id: i64) -> Option<&Category> {
        self.by_id.get(&id).map(|i| &self.categories[*i])
    }

    /// A joined wiki, by the name it has here.
    pub fn wiki(&self, name: &str) -> Option<&Wiki> {
        self.wikis.iter().find(|w| w.name == name)
    }

    /// Whether people can log in with an account of a wiki.
    pub fn has_wiki_login(&self) -> bool {
        self.wikis.iter().any(Wiki::takes_logins)
    }

    pub fn category_by_slug(&self, slug: &str) -> Option<&Category> {
        self.categories.iter().find(|c| c.slug == slug)
    }

    /// What somebody in these groups may do in a category; what one may not see hides all below it.
    pub fn level(&self, category: i64, groups: &[i64]) -> Level {
        let Some(found) = self.category(category) else { return Level::Nothing };
        let own = if groups.contains(&ADMINISTRATORS) {
            Level::Create
        } else {
            let rights = found.rights.iter().filter(|(group, _)| groups.contains(group));
            rights.map(|(_, level)| *level).max().unwrap_or(Level::Nothing)
        };
        match found.parent_id {
            Some(parent) if parent != category && self.level(parent, groups) == Level::Nothing => Level::Nothing,
            _ => own,
        }
    }

    /// Ids of the categories that somebody in these groups may see.
    pub fn seen_by(&self, groups: &[i64]) -> Vec<i64> {
        let ids = self.categories.iter().map(|c| c.id);
        ids.filter(|id| self.level(*id, groups) >= Level::See).collect()
    }

    /// Subcategories, in their order.
    pub fn children(&self, parent: i64) -> impl Iterator<Item = &Category> {
        self.categories.iter().filter(move |c| c.parent_id == Some(parent))
    }
}

/// Settings that an administrator edits, each with what it is until then.
pub const SETTINGS: &[(&str, &str)] = &[
    ("name", "Stoa"),
    ("tagline", ""),
    ("language", "en"),
    ("wiki", "https://en.wikipedia.org/wiki/$1"),
    ("wiki-api", ""),
    ("interwiki", ""),
    ("sign-up", "open"),
    ("link-previews", "on"),
    ("welcome-topic", ""),
];

fn default_of(key: &str) -> &'static str {
    SETTINGS.iter().find(|(k, _)| *k == key).map_or("", |(_, value)| value)
}

/// The newest snapshot.
#[derive(Default)]
pub struct SiteCache(RwLock<Option<Arc<Site>>>);

impl SiteCache {
    /// The snapshot of this version, read anew when the kept one is another.
    pub fn at(&self, tx: &Tx, version: i64) -> Result<Arc<Site>> {
        if let Some(site) = &*self.0.read().expect("no panic while the lock is held")
            && site.version == version
        {
            return Ok(site.clone());
        }
        let site = Arc::new(Site::load(tx, version)?);
        *self.0.write().expect("no panic while the lock is held") = Some(site.clone());
        Ok(site)
    }

    /// The snapshot as the store stands now.
    pub fn now(&self, tx: &Tx) -> Result<Arc<Site>> {
        let version = tx.one("select number from versions where name = 'site'", &[])?;
        self.at(tx, version)
    }
}
