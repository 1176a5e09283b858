//! What the layout around every page prints: navigation, the account's menu, footer links, words for scripts.

use askama::Template;

use super::page::Fragment;
use super::visit::{User, Visit};
use crate::posts::marks::Mark;
use crate::site::PAGES;
use crate::users::avatar::Avatar;

/// A page's own facts for the layout.
#[derive(Clone, Default)]
pub struct Head {
    /// Before the site's name in the window's title; empty on the home page.
    pub title: String,
    /// For search engines and previews.
    pub description: String,
    /// The address to be known by, a path; empty where none should be kept.
    pub canonical: String,
    /// Feeds of this page: (path without ending, title).
    pub feeds: Vec<(String, String)>,
    /// The path that other sites may set into their pages as a card; empty where there is none.
    pub embed: String,
    /// Kept out of search engines.
    pub noindex: bool,
    /// JSON-LD for the page's script element.
    pub data: Fragment,
    /// A path of a picture for previews.
    pub image: String,
}

impl Head {
    pub fn titled(title: impl Into<String>) -> Head {
        Head { title: title.into(), ..Head::default() }
    }

    pub fn canonical(mut self, path: impl Into<String>) -> Head {
        self.canonical = path.into();
        self
    }

    pub fn describe(mut self, text: &str) -> Head {
        self.description = stoa_markup::excerpt(text, 200);
        self
    }

    pub fn feed(mut self, path: impl Into<String>, title: impl Into<String>) -> Head {
        self.feeds.push((path.into(), title.into()));
        self
    }

    pub fn unlisted(mut self) -> Head {
        self.noindex = true;
        self
    }
}

#[derive(Template)]
#[template(path = "web/templates/_said.html")]
struct Said {
    text: String,
}

#[derive(Template)]
#[template(path = "web/templates/_me.html")]
struct Me<'a> {
    v: &'a Visit,
    user: &'a User,
}

impl Visit {
    /// `aria-current` of a link in the navigation.
    pub fn current(&self, path: &str) -> Fragment {
        let here = if self.bare_path() == path { r#" aria-current="page""# } else { "" };
        Fragment::joined(here.to_owned())
    }

    pub fn avatar_of_viewer(&self) -> Avatar {
        self.viewer.user.as_ref().map_or_else(Avatar::default, |u| Avatar::of(u.id, &u.name, u.avatar.as_deref()))
    }

    /// (address, words) of the texts that the footer links.
    pub fn footer_links(&self) -> Vec<(String, String)> {
        PAGES.iter().map(|name| (format!("/{name}"), self.t.msg(&format!("page-{name}"), &[]))).collect()
    }

    /// The text of what was just done, shown once.
    pub fn toast(&self) -> askama::Result<Fragment> {
        if self.is_shared {
            return Ok(Fragment::joined(Mark::Said.to_string()));
        }
        let Some(key) = &self.said else { return Ok(Fragment::default()) };
        let text = self.t.msg(&format!("said-{key}"), &[]);
        Ok(Fragment::joined(Said { text }.render()?))
    }

    /// The menu of the viewer's account.
    pub fn me(&self) -> askama::Result<Fragment> {
        let Some(user) = &self.viewer.user else { return Ok(Fragment::default()) };
        if self.is_shared {
            return Ok(Fragment::joined(Mark::Me.to_string()));
        }
        Ok(Fragment::joined(Me { v: self, user }.render()?))
    }

    pub fn style(&self) -> &'static str {
        stoa_assets::url(if self.t.dir() == "rtl" { "stoa-rtl.css" } else { "stoa.css" })
    }

    pub fn script(&self) -> &'static str {
        stoa_assets::url("stoa.js")
    }

    pub fn icons(&self) -> &'static str {
        stoa_assets::url("icons.svg")
    }

    pub fn asset(&self, name: &str) -> &'static str {
        stoa_assets::url(name)
    }
}
