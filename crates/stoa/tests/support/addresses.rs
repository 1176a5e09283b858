//! Addresses that lead to what was planted: every route of the table with its parameters and queries filled in.

use ::stoa::web::routes::Route;

use super::secrets::Secrets;
use super::world::Topic;

impl Secrets {
    /// Every address of a route, its parts filled with secrets and with what is public. A part that is not known here
    /// fails the test: whoever adds a route tells the matrix what its address means.
    pub fn paths(&self, route: &Route) -> Vec<String> {
        let path = route.path;
        let under = |folder: &str| path.starts_with(folder) || path.contains(&format!("}}{folder}"));
        let mut made = vec![path.to_owned()];
        if path.contains("/t/") && path.contains("{id}") {
            made = fill_all(made, |p| {
                let names = |t: &Topic| [t.slug.clone(), "-".to_owned()];
                self.topics
                    .iter()
                    .flat_map(|(_, t)| names(t).map(|slug| put(put(p, "slug", &slug), "id", t.id)))
                    .collect()
            });
        } else if path.contains("/c/") && path.contains("{slug}") {
            made = fill_all(made, |p| {
                self.categories
                    .iter()
                    .flat_map(|c| [put(put(p, "slug", &c.slug), "id", c.id), put(put(p, "slug", "-"), "id", c.id)])
                    .collect()
            });
        }
        let rooms: Vec<String> = self.categories.iter().map(|c| c.slug.clone()).collect();
        let ids = if under("/p/") {
            self.posts.iter().map(|(_, id)| *id).collect()
        } else if path.starts_with("/api/v1/discussions/") {
            self.topics.iter().map(|(_, t)| t.id).collect()
        } else if under("/admin/categories/") {
            self.categories.iter().map(|c| c.id).collect()
        } else if under("/admin/groups/") {
            self.groups.clone()
        } else if under("/admin/people/") || under("/admin/users/") {
            self.people.iter().map(|(_, id)| *id).collect()
        } else if under("/polls/") {
            self.polls.iter().map(|(_, id, _)| *id).collect()
        } else if under("/push/") {
            self.devices.clone()
        } else if under("/notifications/") {
            self.notices.clone()
        } else if under("/settings/sessions/") {
            self.sessions.clone()
        } else {
            Vec::new()
        };
        let each = |made: Vec<String>, name: &str, values: &[String]| -> Vec<String> {
            fill_all(made, |p| values.iter().map(|v| put(p, name, v)).collect())
        };
        let texts = |values: &[&str]| values.iter().map(|v| (*v).to_owned()).collect::<Vec<_>>();
        let ids: Vec<String> = ids.iter().map(i64::to_string).collect();
        made = each(made, "id", &ids);
        let topics: Vec<String> = self.topics.iter().map(|(_, t)| t.id.to_string()).collect();
        made = each(made, "topic", &topics);
        made = each(made, "number", &texts(&["1", "2", "3", "4", "77"]));
        let mut tags = self.tags.clone();
        tags.push("no-such-tag".into());
        made = each(made, "tag", &tags);
        // Of old addresses, in which a category stands under another.
        made = each(made, "parent", &rooms[..2]);
        made = each(made, "wiki", &texts(&["tea", "no-such-wiki"]));
        made = each(made, "title", &texts(&["Page%20Lighthouse", "No%20page"]));
        made = each(made, "slug", &rooms);
        made = each(made, "list", &texts(&["latest", "top"]));
        made = each(made, "format", &texts(&["atom", "rss", "json"]));
        let names: Vec<String> = match path {
            _ if under("/assets/") => texts(&["stoa.css", "no-such-file"]),
            _ if under("/admin/pages/") => texts(&["about", "rules"]),
            _ if under("/admin/wikis/") || under("/login/wiki/") || under("/settings/wikis/") => {
                texts(&["tea", "no-such-wiki"])
            }
            _ => self.people.iter().map(|(name, _)| name.clone()).collect(),
        };
        made = each(made, "name", &names);
        made = each(made, "page", &texts(&["about", "rules", "privacy", "imprint"]));
        made = each(made, "token", &texts(&["not-a-token"]));
        let file = format!("{}.png", "a".repeat(64));
        let mut names = texts(&[&file, "1.xml", "topics-1.xml"]);
        for file in &self.files {
            let name = file.trim_start_matches("/uploads/");
            names.extend([name.to_owned(), name.replace(".txt", "-400.webp"), name.replace(".txt", ".png")]);
        }
        made = each(made, "file", &names);
        assert!(
            !made.is_empty() && made.iter().all(|p| !p.contains('{')),
            "the matrix does not know how to fill {path}: teach tests/support/addresses.rs"
        );
        made
    }

    /// Queries that a route declares, each field with several values.
    pub fn queries(&self, route: &Route) -> Vec<String> {
        if route.path == "/live" {
            // A stream has no end; what was missed has.
            let about = self.topics.iter().map(|(_, t)| format!("topic={}", t.id)).chain(["list=latest".to_owned()]);
            let since = ["", "&since=0.0", "&since=0.5", "&since=9.999999"];
            return about.flat_map(|about| since.map(|since| format!("?{about}{since}&once=1"))).collect();
        }
        let mut queries = vec![String::new()];
        for field in route.fields {
            let values: Vec<String> = match field.name {
                "q" | "query" | "filter" | "name" => {
                    let canary = |what: &str| self.canaries.iter().find(|c| c.what == what).map(|c| c.word.clone());
                    let fixed = [
                        "lighthouse",
                        "lighthouse order:latest",
                        "@vera lighthouse",
                        "v",
                        "#coast",
                        "in:title private",
                    ];
                    let known = ["private title", "hidden reply", "group-only tag", "category name", "address"];
                    fixed.map(str::to_owned).into_iter().chain(known.into_iter().filter_map(canary)).collect()
                }
                "category" | "topic" => {
                    let ids = self.categories.iter().map(|c| c.id.to_string());
                    ids.chain(self.categories.iter().map(|c| c.slug.clone())).collect()
                }
                "to" | "quote" | "post" => (1..=5).map(|n| n.to_string()).collect(),
                "page" => ["1", "2", "9"].map(str::to_owned).into(),
                "before" | "after" => vec!["9000000000000000-999".into()],
                "lang" => ["en", "de"].map(str::to_owned).into(),
                "from" => self.posts.iter().map(|(_, id)| id.to_string()).collect(),
                "tag" | "tags" => self.tags.clone(),
                // A browser keeps this one for its next visit, and says it again then.
                "back" if route.path.starts_with("/login/wiki/") => vec!["/latest".into()],
                "back" => vec![self.topics[1].1.url()],
                "since" => ["0.0", "0~0.0", "3~0.5", "9.99999"].map(str::to_owned).into(),
                "group" => vec!["others".into(), "moderators".into()],
                "user" => self.people.iter().map(|(name, _)| name.clone()).collect(),
                "period" => ["day", "week", "all"].map(str::to_owned).into(),
                _ => vec!["1".into(), "lighthouse".into()],
            };
            // A page is one of a wiki.
            if field.name == "wiki" {
                queries.push("?wiki=tea&page=Page+Lighthouse".into());
            }
            for value in values.iter().filter(|v| v.chars().count() <= field.limit) {
                let value: String = url::form_urlencoded::byte_serialize(value.as_bytes()).collect();
                queries.push(format!("?{}={value}", field.name));
            }
        }
        queries
    }
}

fn put(path: impl AsRef<str>, name: &str, value: impl ToString) -> String {
    path.as_ref().replace(&format!("{{{name}}}"), &value.to_string())
}

/// Replaces each path by several, where there is something to fill.
fn fill_all(paths: Vec<String>, fill: impl Fn(&str) -> Vec<String>) -> Vec<String> {
    let mut out: Vec<String> = Vec::new();
    for path in paths {
        let filled = fill(&path);
        if filled.iter().any(|f| *f != path) {
            out.extend(filled);
        } else {
            out.push(path);
        }
    }
    out.sort();
    out.dedup();
    out
}
