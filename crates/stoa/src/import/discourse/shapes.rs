//! Discourse's JSON, recognised by its shape and not by its file's name.

use std::collections::HashMap;

use serde_json::Value;

use super::model::{Category, Forum, Group, Post, Topic, User};
use super::polls::Poll;
use crate::clock;

/// Everything that was read from JSON.
#[derive(Default)]
pub struct Read {
    pub forum: Forum,
    /// By id, so that a post that came twice is one.
    pub posts: HashMap<i64, Post>,
    /// Source texts by topic and number, from `/raw` pages.
    pub raws: HashMap<(i64, i64), String>,
}

fn int(v: &Value, key: &str) -> Option<i64> {
    v.get(key)?.as_i64()
}

fn text(v: &Value, key: &str) -> String {
    v.get(key).and_then(Value::as_str).unwrap_or_default().to_owned()
}

fn flag(v: &Value, key: &str) -> bool {
    v.get(key).and_then(Value::as_bool).unwrap_or(false)
}

fn time(v: &Value, key: &str) -> Option<i64> {
    clock::parse(v.get(key)?.as_str()?)
}

impl Read {
    /// Takes what a value holds; `false` when it is nothing that is known.
    pub fn take(&mut self, value: &Value, place: &str) -> bool {
        match value {
            Value::Array(all) => {
                let mut known = false;
                for one in all {
                    known |= self.take(one, place);
                }
                known
            }
            Value::Object(_) => self.object(value, place),
            _ => false,
        }
    }

    fn object(&mut self, v: &Value, place: &str) -> bool {
        let mut known = false;
        if let (Some(topic), Some(pages)) = (int(v, "topic_id"), v.get("raw_pages")) {
            self.raw_pages(topic, pages);
            return true;
        }
        if let Some(stream) = v.get("post_stream") {
            if v.get("title").is_some() {
                self.topic(v, place);
            }
            self.posts(stream.get("posts"), v, place);
            known = true;
        }
        for list in ["latest_posts", "posts"] {
            if v.get("post_stream").is_none() && v.get(list).is_some_and(Value::is_array) {
                self.posts(v.get(list), v, place);
                known = true;
            }
        }
        let categories = v.get("categories").or_else(|| v.get("category_list").and_then(|l| l.get("categories")));
        if let Some(Value::Array(all)) = categories {
            all.iter().for_each(|c| self.category(c, None, place));
            known = true;
        }
        if let Some(Value::Array(all)) = v.get("groups") {
            all.iter().for_each(|g| self.group(g));
            known = true;
        }
        if let Some(Value::Array(all)) = v.get("users") {
            all.iter().for_each(|u| self.user(u));
            known = true;
        }
        if let Some(user) = v.get("user").filter(|u| u.is_object()) {
            self.user(user);
            known = true;
        }
        if let Some(language) = v.get("default_locale").and_then(Value::as_str) {
            self.forum.lang = language.replace('_', "-");
            known = true;
        }
        // A post by itself, as `/posts/ID.json` answers.
        if v.get("post_number").is_some() && v.get("cooked").is_some() {
            self.post(v, v, place);
            known = true;
        }
        known || ["topic_list", "tags", "badges", "pages"].iter().any(|list| v.get(list).is_some())
    }

    fn topic(&mut self, v: &Value, place: &str) {
        let (Some(id), Some(created_at)) = (int(v, "id"), time(v, "created_at")) else {
            self.broken("topics", place, "a field is missing", "a topic needs id, title and created_at");
            return;
        };
        if text(v, "archetype") == "private_message" {
            self.forum.left_topics.insert(id, "private messages");
            return;
        }
        if v.get("deleted_at").is_some_and(|d| !d.is_null()) {
            self.forum.left_topics.insert(id, "deleted topics");
            return;
        }
        let tags = v.get("tags").and_then(Value::as_array).map(Vec::as_slice).unwrap_or_default();
        // Older sites give names, newer ones objects.
        let name =
            |tag: &Value| tag.as_str().map(str::to_owned).or_else(|| Some(tag.get("name")?.as_str()?.to_owned()));
        let topic = Topic {
            id,
            category_id: int(v, "category_id"),
            title: text(v, "title"),
            slug: text(v, "slug"),
            user_id: int(v, "user_id"),
            created_at,
            bumped_at: time(v, "bumped_at").or_else(|| time(v, "last_posted_at")),
            pinned_at: time(v, "pinned_at"),
            pinned_until: time(v, "pinned_until"),
            pinned_globally: flag(v, "pinned_globally"),
            closed: flag(v, "closed"),
            archived: flag(v, "archived"),
            unlisted: v.get("visible").and_then(Value::as_bool) == Some(false),
            solved_number: v.get("accepted_answer").and_then(|a| int(a, "post_number")),
            tags: tags.iter().filter_map(name).collect(),
            lang: text(v, "locale").replace('_', "-"),
        };
        self.forum.topics.insert(id, topic);
    }

    fn posts(&mut self, list: Option<&Value>, around: &Value, place: &str) {
        for post in list.and_then(Value::as_array).map(Vec::as_slice).unwrap_or_default() {
            self.post(post, around, place);
        }
    }

    fn post(&mut self, v: &Value, around: &Value, place: &str) {
        let topic_id = int(v, "topic_id").or_else(|| int(around, "id"));
        let needed = (int(v, "id"), topic_id, int(v, "post_number"), time(v, "created_at"), int(v, "user_id"));
        let (Some(id), Some(topic_id), Some(number), Some(created_at), Some(user_id)) = needed else {
            let exactly = "a post needs id, topic_id, post_number, user_id and created_at";
            self.broken("posts", place, "a field is missing", exactly);
            return;
        };
        let mut author = v.clone();
        author["id"] = user_id.into();
        author["created_at"] = Value::Null;
        author["title"] = v.get("user_title").cloned().unwrap_or(Value::Null);
        self.user(&author);
        let likes = v.get("actions_summary").and_then(Value::as_array).map(Vec::as_slice).unwrap_or_default();
        let likes = likes.iter().find(|a| int(a, "id") == Some(2)).and_then(|a| int(a, "count")).unwrap_or(0);
        let post = Post {
            id,
            topic_id,
            number,
            user_id,
            raw: v.get("raw").and_then(Value::as_str).map(str::to_owned),
            cooked: text(v, "cooked"),
            created_at,
            updated_at: time(v, "updated_at").unwrap_or(created_at),
            version: int(v, "version").unwrap_or(1),
            reply_to: int(v, "reply_to_post_number"),
            kind: int(v, "post_type").unwrap_or(1),
            action: text(v, "action_code"),
            hidden: flag(v, "hidden"),
            wiki: flag(v, "wiki"),
            likes: likes.max(0),
            is_solution: flag(v, "accepted_answer"),
        };
        if v.get("deleted_at").is_some_and(|d| !d.is_null()) {
            *self.forum.left.entry("deleted posts").or_default() += 1;
            return;
        }
        for (at, poll) in v.get("polls").and_then(Value::as_array).into_iter().flatten().enumerate() {
            let options = poll.get("options").and_then(Value::as_array).map(Vec::as_slice).unwrap_or_default();
            // Where the results are hidden, there are no numbers.
            let counts: Vec<i64> = options.iter().filter_map(|o| int(o, "votes")).map(|n| n.max(0)).collect();
            let known = counts.len() == options.len();
            let given = Poll {
                post_id: id,
                name: text(poll, "name"),
                is_closed: text(poll, "status") == "closed",
                voters: if known { int(poll, "voters").unwrap_or(0).max(0) } else { 0 },
                counts: if known { counts } else { vec![0; options.len()] },
                ..Poll::default()
            };
            self.forum.polls.insert(id * 100 + at as i64, given);
        }
        // The same post with its source wins over the same post without.
        let better = self.posts.get(&id).is_none_or(|had| had.raw.is_none());
        if better {
            self.posts.insert(id, post);
        }
    }

    fn user(&mut self, v: &Value) {
        let Some(id) = int(v, "id") else { return };
        let username = text(v, "username");
        if username.is_empty() {
            return;
        }
        let user = self.forum.users.entry(id).or_insert_with(|| User { id, username, ..User::default() });
        let put = |field: &mut String, value: String| {
            if !value.is_empty() {
                *field = value;
            }
        };
        put(&mut user.name, text(v, "name"));
        put(&mut user.title, text(v, "title"));
        put(&mut user.bio, text(v, "bio_raw"));
        user.trust_level = int(v, "trust_level").unwrap_or(user.trust_level);
        user.created_at = time(v, "created_at").or(user.created_at);
        user.suspended_until = time(v, "suspended_till").or(user.suspended_until);
    }

    fn category(&mut self, v: &Value, parent: Option<i64>, place: &str) {
        let (Some(id), name) = (int(v, "id"), text(v, "name")) else { return };
        if name.is_empty() {
            self.broken("categories", place, "there is no name", &id.to_string());
            return;
        }
        let levels = v.get("group_permissions").and_then(Value::as_array).map(Vec::as_slice).unwrap_or_default();
        let group = |name: &str| self.forum.groups.values().find(|g| g.name == name).map(|g| g.id);
        let rights = levels
            .iter()
            .filter_map(|level| Some((group(&text(level, "group_name"))?, int(level, "permission_type")?)));
        let category = Category {
            id,
            slug: text(v, "slug"),
            parent_id: int(v, "parent_category_id").or(parent),
            description: [text(v, "description_text"), text(v, "description")]
                .into_iter()
                .find(|t| !t.is_empty())
                .unwrap_or_default(),
            position: int(v, "position").unwrap_or(id),
            read_restricted: flag(v, "read_restricted"),
            rights: rights.collect(),
            name,
            ..Category::default()
        };
        self.forum.categories.insert(id, category);
        if let Some(Value::Array(children)) = v.get("subcategory_list") {
            children.iter().for_each(|child| self.category(child, Some(id), place));
        }
    }

    fn group(&mut self, v: &Value) {
        if let (Some(id), name) = (int(v, "id"), text(v, "name"))
            && !name.is_empty()
        {
            let full_name = text(v, "full_name");
            self.forum.groups.entry(id).or_insert(Group { id, name, full_name, members: Vec::new() });
        }
    }

    fn broken(&mut self, kind: &'static str, place: &str, reason: &'static str, exactly: &str) {
        self.forum.broken.push((kind, place.to_owned(), reason, exactly.to_owned()));
    }

    fn raw_pages(&mut self, topic: i64, pages: &Value) {
        match pages {
            Value::String(page) => self.raw_page(topic, page),
            Value::Array(all) => all.iter().filter_map(Value::as_str).for_each(|page| self.raw_page(topic, page)),
            _ => {}
        }
    }

    /// Takes a page of `/raw/TOPIC` apart: each post follows a line with its author, time and number.
    fn raw_page(&mut self, topic: i64, page: &str) {
        const BETWEEN: &str = "\n\n-------------------------\n\n";
        let mut number = None;
        let mut body = String::new();
        for part in page.split(BETWEEN) {
            match header(part) {
                Some((found, rest)) => {
                    if let Some(number) = number.replace(found) {
                        self.raws.insert((topic, number), std::mem::take(&mut body));
                    }
                    body = rest.to_owned();
                }
                // A rule that an author drew.
                None => {
                    body.push_str(BETWEEN);
                    body.push_str(part);
                }
            }
        }
        if let Some(number) = number {
            let end = body.trim_end_matches('\n').strip_suffix("\n-------------------------").unwrap_or(&body);
            self.raws.insert((topic, number), end.trim_end().to_owned());
        }
    }
}

/// `name | 2017-01-02 01:15:12 UTC | #3`, an empty line, and the text.
fn header(part: &str) -> Option<(i64, &str)> {
    let (line, rest) = part.split_once('\n').unwrap_or((part, ""));
    let mut fields = line.rsplitn(3, " | ");
    let number = fields.next()?.strip_prefix('#')?.trim().parse().ok()?;
    let is_time = fields.next()?.ends_with(" UTC");
    (is_time && fields.next().is_some()).then(|| (number, rest.strip_prefix('\n').unwrap_or(rest)))
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn raw_pages_come_apart_at_headers_alone() {
        let page = "a b | 2017-01-02 01:15:12 UTC | #1\n\nHello\n\n-------------------------\n\nstill hello\n\n\
                    -------------------------\n\nc | 2017-01-02 01:15:14 UTC | #2\n\nBye\n\n-------------------------\n\n";
        let mut read = Read::default();
        read.raw_pages(7, &Value::from(page));
        assert_eq!(read.raws[&(7, 1)], "Hello\n\n-------------------------\n\nstill hello");
        assert_eq!(read.raws[&(7, 2)], "Bye");
    }
}
