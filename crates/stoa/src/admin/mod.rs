//! Administration without a shell: an overview in sentences, settings, categories, groups, people, mail, pages.

pub mod categories;
pub mod category;
pub mod category_form;
pub mod group;
pub mod groups;
pub mod mail;
pub mod overview;
pub mod pages;
pub mod people;
pub mod person;
pub mod resets;
pub mod rights;
pub mod settings;

use crate::web::{Policy, Routes};

/// Tabs above every page of the administration: address and message key.
pub const TABS: [(&str, &str); 8] = [
    ("/admin", "admin-tab-overview"),
    ("/admin/settings", "admin-tab-settings"),
    ("/admin/categories", "admin-tab-categories"),
    ("/admin/groups", "admin-tab-groups"),
    ("/admin/people", "admin-tab-people"),
    ("/admin/wikis", "admin-tab-wikis"),
    ("/admin/pages", "admin-tab-pages"),
    ("/admin/mail", "admin-tab-mail"),
];

/// A text of one line: no control characters, single spaces.
pub(crate) fn line(text: &str) -> String {
    crate::posts::text::clean(text).split_whitespace().collect::<Vec<_>>().join(" ")
}

/// Whether a path belongs to the tab with this address.
pub(crate) fn is_under(path: &str, tab: &str) -> bool {
    path == tab || (tab != "/admin" && path.starts_with(tab) && path[tab.len()..].starts_with('/'))
}

pub fn routes() -> Routes {
    let only = Policy::Administrators;
    Routes::new()
        .get("/admin", only, overview::page)
        .get("/admin/settings", only, settings::form)
        .post("/admin/settings", only, settings::FIELDS, settings::submit)
        .get("/admin/categories", only, categories::page)
        .get("/admin/categories/new", only, category::create)
        .post("/admin/categories/new", only, category::FIELDS, category::submit_new)
        .get("/admin/categories/{id}", only, category::edit)
        .post("/admin/categories/{id}", only, category::FIELDS, category::submit)
        .get("/admin/groups", only, groups::page)
        .get("/admin/groups/new", only, groups::create)
        .post("/admin/groups/new", only, groups::FIELDS, groups::submit_new)
        .get_with("/admin/groups/{id}", only, group::QUERY, group::page)
        .post("/admin/groups/{id}", only, groups::FIELDS, group::submit)
        .post("/admin/groups/{id}/add", only, group::ADD_FIELDS, group::add)
        .post("/admin/groups/{id}/remove", only, group::REMOVE_FIELDS, group::remove)
        .get_with("/admin/people", only, people::QUERY, people::page)
        .get("/admin/people/{id}", only, person::page)
        .post("/admin/people/{id}/role", only, person::FIELDS, person::submit)
        .post("/admin/people/{id}/reset", only, &[], person::reset)
        .get("/admin/resets", only, resets::page)
        .get("/admin/pages", only, pages::list)
        .get_with("/admin/pages/{name}", only, pages::QUERY, pages::form)
        .post("/admin/pages/{name}", only, pages::FIELDS, pages::submit)
        .get("/admin/mail", only, mail::page)
}

#[cfg(test)]
mod tests {
    use super::is_under;

    #[test]
    fn a_tab_is_open_on_its_own_pages_alone() {
        assert!(is_under("/admin", "/admin"));
        assert!(!is_under("/admin/people", "/admin"));
        assert!(is_under("/admin/people/5", "/admin/people"));
        assert!(!is_under("/admin/peoples", "/admin/people"));
    }
}
