//! The tables of a Discourse dump that are taken over, each column by its name, because they differ by version.

use std::collections::{BTreeMap, HashMap};

use anyhow::ensure;

use super::backup::Backup;
use super::copy::Row;
use super::model::{Category, Forum, Permalink, Post, Topic, Upload, User};

const WANTED: &[&str] = &[
    "users",
    "user_profiles",
    "groups",
    "group_users",
    "categories",
    "category_groups",
    "topics",
    "tags",
    "topic_tags",
    "topic_custom_fields",
    "post_custom_fields",
    "discourse_solved_solved_topics",
    "post_actions",
    "polls",
    "poll_options",
    "poll_votes",
    "uploads",
    "permalinks",
    "site_settings",
];

/// Tables of nothing but mail, addresses and secrets: their rows are counted and stay behind.
const LEFT: &[(&str, &str)] = &[
    ("user_emails", "mail addresses"),
    ("incoming_emails", "mails"),
    ("email_logs", "mail logs"),
    ("user_auth_tokens", "sessions"),
    ("user_ip_address_histories", "IP addresses"),
];

/// Pieces that are put together at the end.
#[derive(Default)]
struct Pieces {
    forum: Forum,
    tags: HashMap<i64, String>,
    topic_tags: Vec<(i64, i64)>,
    automatic: Vec<i64>,
    left: BTreeMap<&'static str, u64>,
}

/// Reads everything but the posts.
pub fn read(backup: &Backup) -> anyhow::Result<Forum> {
    let mut pieces = Pieces::default();
    let wants = |table: &str| WANTED.contains(&table) || LEFT.iter().any(|(t, _)| *t == table);
    let tables = backup.rows(wants, |table, row| {
        pieces.take(table, row);
        Ok(())
    })?;
    for needed in ["users", "topics", "posts", "categories"] {
        ensure!(
            tables.iter().any(|t| t == needed),
            "it has no table {needed}: it is no Discourse backup, or not whole"
        );
    }
    Ok(pieces.together())
}

impl Pieces {
    fn take(&mut self, table: &str, row: &Row) {
        if let Some((_, what)) = LEFT.iter().find(|(t, _)| *t == table) {
            *self.left.entry(what).or_default() += 1;
            return;
        }
        // A row without what makes it one says so in the report.
        if self.piece(table, row).is_none() {
            let exactly = row.text("id").unwrap_or_default();
            self.forum.broken.push(("rows", format!("table {table}"), "a column is missing or not a number", exactly));
        }
    }

    fn piece(&mut self, table: &str, row: &Row) -> Option<()> {
        let forum = &mut self.forum;
        let text = |column: &str| row.text(column).unwrap_or_default();
        match table {
            "users" => {
                let id = row.int("id")?;
                let user = User {
                    id,
                    username: row.text("username")?,
                    name: text("name"),
                    title: text("title"),
                    bio: String::new(),
                    lang: text("locale").replace('_', "-"),
                    trust_level: row.int("trust_level").unwrap_or(0),
                    created_at: row.time("created_at"),
                    suspended_until: row.time("suspended_till"),
                    silenced_until: row.time("silenced_till"),
                };
                forum.users.insert(id, user);
                if row.text("ip_address").is_some() || row.text("registration_ip_address").is_some() {
                    *self.left.entry("IP addresses").or_default() += 1;
                }
            }
            "user_profiles" => {
                let id = row.int("user_id")?;
                forum.users.entry(id).or_default().bio = text("bio_raw");
            }
            "groups" => {
                let id = row.int("id")?;
                if row.flag("automatic") {
                    self.automatic.push(id);
                } else {
                    let group = forum.groups.entry(id).or_default();
                    (group.id, group.name, group.full_name) = (id, row.text("name")?, text("full_name"));
                }
            }
            "group_users" => {
                let group = forum.groups.entry(row.int("group_id")?).or_default();
                group.members.push((row.int("user_id")?, row.flag("owner")));
            }
            "categories" => {
                let id = row.int("id")?;
                let category = forum.categories.entry(id).or_default();
                let rights = std::mem::take(&mut category.rights);
                *category = Category {
                    id,
                    name: row.text("name")?,
                    slug: text("slug"),
                    parent_id: row.int("parent_category_id"),
                    description: text("description"),
                    lang: text("locale").replace('_', "-"),
                    position: row.int("position").unwrap_or(id),
                    created_at: row.time("created_at"),
                    read_restricted: row.flag("read_restricted"),
                    rights,
                };
            }
            "category_groups" => {
                let category = forum.categories.entry(row.int("category_id")?).or_default();
                category.rights.push((row.int("group_id")?, row.int("permission_type")?));
            }
            "topics" => topic(forum, row)?,
            "tags" => drop(self.tags.insert(row.int("id")?, row.text("name")?)),
            "topic_tags" => self.topic_tags.push((row.int("topic_id")?, row.int("tag_id")?)),
            "topic_custom_fields" if text("name") == "accepted_answer_post_id" => {
                forum.solutions.extend(row.int("value"));
            }
            "post_custom_fields" if text("name") == "is_accepted_answer" && text("value") == "true" => {
                forum.solutions.insert(row.int("post_id")?);
            }
            "discourse_solved_solved_topics" => drop(forum.solutions.insert(row.int("answer_post_id")?)),
            "post_actions" => {
                let is_like = row.int("post_action_type_id")? == 2 && row.text("deleted_at").is_none();
                if is_like {
                    forum.likes.push((row.int("post_id")?, row.int("user_id")?, row.time("created_at")?));
                }
            }
            "polls" => {
                let poll = forum.polls.entry(row.int("id")?).or_default();
                poll.post_id = row.int("post_id")?;
                poll.name = row.text("name").unwrap_or_else(|| "poll".into());
                poll.is_closed = row.int("status") == Some(1);
            }
            "poll_options" => forum.polls.entry(row.int("poll_id")?).or_default().options.push(row.int("id")?),
            "poll_votes" => {
                let vote = (row.int("poll_option_id")?, row.int("user_id")?, row.time("created_at").unwrap_or(0));
                forum.polls.entry(row.int("poll_id")?).or_default().votes.push(vote);
            }
            "uploads" => {
                if let (Some(sha1), false) = (row.text("sha1"), row.flag("secure")) {
                    forum.uploads.push(Upload {
                        sha1,
                        url: text("url"),
                        name: text("original_filename"),
                        user_id: row.int("user_id"),
                        created_at: row.time("created_at").unwrap_or(0),
                    });
                }
            }
            "permalinks" => {
                let target = row.int("topic_id").map(Permalink::Topic);
                let target = target.or_else(|| row.int("category_id").map(Permalink::Category));
                let post = row.int("post_id").map(Permalink::Post);
                let target = post.or(target).or_else(|| row.text("external_url").map(Permalink::Url));
                forum.permalinks.extend(target.map(|target| (text("url"), target)));
            }
            "site_settings" if text("name") == "default_locale" => forum.lang = text("value").replace('_', "-"),
            _ => {}
        }
        Some(())
    }

    fn together(mut self) -> Forum {
        for (topic, tag) in self.topic_tags {
            if let (Some(topic), Some(tag)) = (self.forum.topics.get_mut(&topic), self.tags.get(&tag)) {
                topic.tags.push(tag.clone());
            }
        }
        self.forum.groups.retain(|id, group| !group.name.is_empty() && !self.automatic.contains(id));
        self.forum.users.retain(|_, user| !user.username.is_empty());
        self.forum.categories.retain(|_, category| !category.name.is_empty());
        self.forum.left.append(&mut self.left);
        self.forum
    }
}

fn topic(forum: &mut Forum, row: &Row) -> Option<()> {
    let id = row.int("id")?;
    if row.text("archetype").as_deref() == Some("private_message") {
        forum.left_topics.insert(id, "private messages");
        return Some(());
    }
    if row.text("deleted_at").is_some() {
        forum.left_topics.insert(id, "deleted topics");
        return Some(());
    }
    let topic = Topic {
        id,
        category_id: row.int("category_id"),
        title: row.text("title")?,
        slug: row.text("slug").unwrap_or_default(),
        user_id: row.int("user_id"),
        lang: row.text("locale").unwrap_or_default().replace('_', "-"),
        created_at: row.time("created_at")?,
        bumped_at: row.time("bumped_at"),
        pinned_at: row.time("pinned_at"),
        pinned_until: row.time("pinned_until"),
        pinned_globally: row.flag("pinned_globally"),
        closed: row.flag("closed"),
        archived: row.flag("archived"),
        unlisted: row.text("visible").as_deref() == Some("f"),
        solved_number: None,
        tags: Vec::new(),
    };
    forum.topics.insert(id, topic);
    Some(())
}

/// A row of `posts`. A deleted one has the number 0, as no other has.
pub fn post(row: &Row) -> Option<Post> {
    let created_at = row.time("created_at")?;
    let is_deleted = row.text("deleted_at").is_some() || row.flag("user_deleted");
    Some(Post {
        id: row.int("id")?,
        topic_id: row.int("topic_id")?,
        number: if is_deleted { 0 } else { row.int("post_number")? },
        user_id: row.int("user_id").unwrap_or(-1),
        raw: row.text("raw"),
        cooked: row.text("cooked").unwrap_or_default(),
        created_at,
        updated_at: row.time("updated_at").unwrap_or(created_at),
        version: row.int("version").unwrap_or(1),
        reply_to: row.int("reply_to_post_number"),
        kind: row.int("post_type").unwrap_or(1),
        action: row.text("action_code").unwrap_or_default(),
        hidden: row.flag("hidden"),
        wiki: row.flag("wiki"),
        likes: 0,
        is_solution: false,
    })
}
