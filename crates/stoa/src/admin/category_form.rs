//! What an administrator says of a category: read from the form, checked, stored.

use stoa_markup::{Profile, SafeHtml};

use super::{line, rights};
use crate::app::App;
use crate::db::{Kind, Tx, params};
use crate::posts::text;
use crate::redirects;
use crate::site::{Category, EVERYONE, Level, MEMBERS, Site};
use crate::web::error::Result;
use crate::web::{Error, FieldErrors, Form, Visit};

pub const NAME_LONGEST: usize = 100;
pub const SLUG_LONGEST: usize = 100;
pub const DESCRIPTION_LONGEST: usize = 3000;
/// Colours there are, each with its message `color-` and its number.
pub const COLORS: i64 = 9;
const POSITIONS: std::ops::RangeInclusive<i64> = -1_000_000..=1_000_000;

/// A category as the form has it.
#[derive(Clone)]
pub struct Draft {
    /// `None` for one that is to be made.
    pub id: Option<i64>,
    pub name: String,
    pub slug: String,
    pub parent: Option<i64>,
    pub color: i64,
    pub lang: String,
    pub description: String,
    pub position: String,
    pub rights: Vec<(i64, Level)>,
}

impl Draft {
    /// For a new category: at the end, read by everyone, written in by members.
    pub fn new(site: &Site) -> Draft {
        let last = site.categories.iter().map(|c| c.position).max().unwrap_or(0);
        Draft {
            id: None,
            name: String::new(),
            slug: String::new(),
            parent: None,
            color: i64::try_from(site.categories.len()).unwrap_or(0) % COLORS,
            lang: String::new(),
            description: String::new(),
            position: last.saturating_add(1).to_string(),
            rights: vec![(EVERYONE, Level::See), (MEMBERS, Level::Create)],
        }
    }

    pub fn of(category: &Category) -> Draft {
        let mut rights = category.rights.clone();
        rights.sort_unstable();
        Draft {
            id: Some(category.id),
            name: category.name.clone(),
            slug: category.slug.clone(),
            parent: category.parent_id,
            color: category.color,
            lang: category.lang.clone(),
            description: category.description_raw.clone(),
            position: category.position.to_string(),
            rights,
        }
    }

    pub fn of_form(id: Option<i64>, site: &Site, f: &Form) -> Draft {
        Draft {
            id,
            name: line(f.raw("name")),
            slug: line(f.raw("slug")),
            parent: f.number("parent"),
            color: f.number("color").unwrap_or(-1),
            lang: line(f.raw("lang")),
            description: text::clean(f.raw("description")).trim().to_owned(),
            position: f.text("position").to_owned(),
            rights: rights::of_form(site, f),
        }
    }

    /// The part of the address: as typed, or made of the name.
    fn address(&self) -> String {
        if self.slug.is_empty() { stoa_markup::slug(&self.name) } else { self.slug.clone() }
    }

    /// Everything that keeps it from being stored.
    pub fn problems(&self, v: &Visit) -> FieldErrors {
        let t = &v.t;
        let mut errors = FieldErrors::default();
        let length = self.name.chars().count();
        if length == 0 {
            errors.add("name", t.category_name_empty());
        } else if length > NAME_LONGEST {
            errors.add("name", t.setting_too_long(NAME_LONGEST, length));
        }
        let slug = self.address();
        if slug.chars().count() > SLUG_LONGEST || stoa_markup::slug(&slug) != slug {
            errors.add("slug", t.category_slug_wrong(stoa_markup::slug(&slug)));
        } else if let Some(other) = v.site.category_by_slug(&slug).filter(|c| Some(c.id) != self.id) {
            errors.add("slug", t.category_slug_taken(&other.name));
        }
        if let Some(parent) = self.parent {
            if v.site.category(parent).is_none() {
                errors.add("parent", t.category_parent_missing());
            } else if self.id.is_some_and(|id| is_within(&v.site, parent, id)) {
                errors.add("parent", t.category_parent_circle());
            }
        }
        if !(0..COLORS).contains(&self.color) {
            errors.add("color", t.category_color_wrong());
        }
        if !self.lang.is_empty() && !stoa_i18n::is_language_code(&self.lang) {
            errors.add("lang", t.admin_language_wrong(&self.lang));
        }
        let length = self.description.chars().count();
        if length > DESCRIPTION_LONGEST {
            errors.add("description", t.setting_too_long(DESCRIPTION_LONGEST, length));
        }
        if !self.position.parse().is_ok_and(|n| POSITIONS.contains(&n)) {
            errors.add("position", t.category_position_wrong());
        }
        errors
    }

    /// Stores a draft without problems; returns its id. [`Error::Taken`] when somebody else was quicker with the
    /// address, `None` when the tree was changed meanwhile so that it would stand within itself.
    pub async fn store(&self, app: &App, site: &Site, now: i64) -> Result<Option<i64>> {
        let html = text::cook_public(app, site, &self.description, Profile::Comment).await?.html;
        let mut draft = self.clone();
        draft.slug = self.address();
        draft.lang = if self.lang.is_empty() { String::new() } else { stoa_i18n::bcp47(&self.lang) };
        let position: i64 = self.position.parse().unwrap_or(0);
        app.db.write(move |tx| draft.put(tx, &html, position, now)).await
    }

    fn put(&self, tx: &Tx, html: &SafeHtml, position: i64, now: i64) -> Result<Option<i64>> {
        let id = match self.id {
            Some(id) => {
                if self.parent.is_some() && makes_a_circle(tx, id, self.parent)? {
                    return Ok(None);
                }
                self.update(tx, id, html, position)?;
                id
            }
            None => tx.one(
                "insert into categories
                    (parent_id, name, slug, color, description_raw, description_html, lang, position, created_at)
                 values ($1, $2, $3, $4, $5, $6, $7, $8, $9) returning id",
                params![
                    self.parent,
                    &self.name,
                    &self.slug,
                    self.color,
                    &self.description,
                    html,
                    &self.lang,
                    position,
                    now
                ],
            )?,
        };
        tx.exec("delete from category_groups where category_id = $1", params![id])?;
        for (group, level) in &self.rights {
            tx.exec(
                "insert into category_groups (category_id, group_id, level) values ($1, $2, $3)",
                params![id, group, *level as i64],
            )?;
        }
        tx.changed(Kind::CategoryEdited, id);
        Ok(Some(id))
    }

    fn update(&self, tx: &Tx, id: i64, html: &SafeHtml, position: i64) -> Result<()> {
        let old: Option<String> = tx.first("select slug from categories where id = $1", params![id])?;
        let old = old.ok_or(Error::NotFound)?;
        tx.exec(
            "update categories set parent_id = $2, name = $3, slug = $4, color = $5, description_raw = $6,
                description_html = $7, lang = $8, position = $9 where id = $1",
            params![id, self.parent, &self.name, &self.slug, self.color, &self.description, html, &self.lang, position],
        )?;
        if old != self.slug {
            keep_address(tx, &old, id)?;
        }
        Ok(())
    }
}

/// Keeps `/c/{slug}` leading to a category that is called otherwise now. With the number behind it the old address
/// works by itself. The target has no name, so that it tells strangers nothing of a category they cannot see.
fn keep_address(tx: &Tx, slug: &str, id: i64) -> Result<()> {
    let mut url = url::Url::parse("http://localhost/").map_err(|e| Error::Fault(e.into()))?;
    url.set_path(&format!("/c/{slug}"));
    if url.path().len() <= redirects::LONGEST {
        redirects::keep(tx, url.path(), &format!("/c/-/{id}"))?;
    }
    Ok(())
}

/// Whether a category is another one or stands somewhere below it.
pub fn is_within(site: &Site, category: i64, other: i64) -> bool {
    let mut here = Some(category);
    for _ in 0..=site.categories.len() {
        match here {
            Some(id) if id == other => return true,
            Some(id) => here = site.category(id).and_then(|c| c.parent_id),
            None => return false,
        }
    }
    true
}

/// The same in the store, as it is now.
fn makes_a_circle(tx: &Tx, id: i64, parent: Option<i64>) -> Result<bool> {
    let above: Vec<(i64, Option<i64>)> = tx.all("select id, parent_id from categories", &[])?;
    let mut here = parent;
    for _ in 0..=above.len() {
        let Some(at) = here else { return Ok(false) };
        if at == id {
            return Ok(true);
        }
        here = above.iter().find(|(other, _)| *other == at).and_then(|(_, parent)| *parent);
    }
    Ok(true)
}
