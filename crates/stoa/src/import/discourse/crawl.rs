//! What a stranger can read of a Discourse site, fetched politely into a folder. A crawl that was stopped goes on.

use std::path::Path;
use std::thread::sleep;
use std::time::Duration;

use anyhow::{Context, bail, ensure};
use serde_json::{Value, json};
use ureq::Agent;

use crate::import::progress::Progress;

/// Posts that a site answers at once.
const CHUNK: usize = 20;
/// Bytes of the largest answer.
const LARGEST: u64 = 64 << 20;
/// How often an answer is asked for again.
const TRIES: u32 = 8;
/// The longest time that a site may ask to wait.
const LONGEST_WAIT: u64 = 300;
/// Pages of a list; a site that goes on for ever is stopped here.
const PAGES: usize = 10_000;

/// A folder for the pages of an address.
pub fn folder_name(address: &str) -> anyhow::Result<String> {
    let url = url::Url::parse(address).with_context(|| format!("{address} is no address"))?;
    let host = url.host_str().with_context(|| format!("{address} names no site"))?;
    let plain = |c: char| if c.is_ascii_alphanumeric() || c == '.' { c } else { '-' };
    Ok(format!("{host}-{}{}", url.port().unwrap_or(0), url.path()).chars().map(plain).collect())
}

struct Crawl<'c> {
    agent: Agent,
    base: &'c str,
    folder: &'c Path,
}

/// Fetches a site's categories, topics and posts into `folder`.
pub fn fetch(address: &str, folder: &Path, quiet: bool) -> anyhow::Result<()> {
    std::fs::create_dir_all(folder).with_context(|| format!("making {}", folder.display()))?;
    let config = Agent::config_builder()
        .timeout_global(Some(Duration::from_secs(120)))
        .http_status_as_error(false)
        .user_agent(concat!("Stoa/", env!("CARGO_PKG_VERSION"), " (import)"))
        .build();
    let crawl = Crawl { agent: config.new_agent(), base: address.trim_end_matches('/'), folder };
    let site = crawl.json("/site.json")?;
    let site = site.with_context(|| format!("{address} is no Discourse site: it has no /site.json"))?;
    ensure!(site.get("categories").is_some(), "{address} is no Discourse site: its /site.json names no categories");
    crawl.keep("site", &site)?;
    if let Some(categories) = crawl.json("/categories.json?include_subcategories=true")? {
        crawl.keep("site-categories", &categories)?;
    }
    let topics = crawl.topics(&site)?;
    let mut progress = Progress::start("fetching", topics.len() as u64, quiet);
    for (id, version) in topics {
        crawl.topic(id, &version)?;
        progress.add(1);
    }
    Ok(())
}

impl Crawl<'_> {
    /// One answer; `None` when the site has no such page for strangers.
    fn json(&self, path: &str) -> anyhow::Result<Option<Value>> {
        let Some(text) = self.text(path)? else { return Ok(None) };
        let value = serde_json::from_str(&text);
        value.map(Some).with_context(|| format!("{}{path} did not answer JSON", self.base))
    }

    fn text(&self, path: &str) -> anyhow::Result<Option<String>> {
        let url = format!("{}{path}", self.base);
        for attempt in 0..TRIES {
            let wait = match self.agent.get(&url).call() {
                Ok(mut answer) => {
                    let status = answer.status().as_u16();
                    let after = answer.headers().get("retry-after").and_then(|v| v.to_str().ok()?.parse::<u64>().ok());
                    match status {
                        200 => return Ok(Some(answer.body_mut().with_config().limit(LARGEST).read_to_string()?)),
                        403 | 404 | 410 => return Ok(None),
                        429 => after.unwrap_or_else(|| told_to_wait(answer.body_mut().read_to_string())),
                        500.. => 1 << attempt,
                        _ => bail!("{url} answered {status}"),
                    }
                }
                Err(e) if attempt + 1 == TRIES => return Err(e).with_context(|| format!("asking {url}")),
                Err(ureq::Error::HostNotFound | ureq::Error::BadUri(_)) => bail!("{url}: there is no such site"),
                Err(_) => 1 << attempt,
            };
            ensure!(wait <= LONGEST_WAIT, "{url} asks to wait {wait} s; run the import again later, it goes on");
            sleep(Duration::from_secs(wait));
        }
        bail!("{url} did not answer after {TRIES} tries; run the import again later, it goes on")
    }

    fn keep(&self, name: &str, value: &Value) -> anyhow::Result<()> {
        let mut part = tempfile::NamedTempFile::new_in(self.folder)?;
        serde_json::to_writer(&mut part, value)?;
        part.persist(self.folder.join(format!("{name}.json")))?;
        Ok(())
    }

    /// Every topic of every category: its id, and what changes when it grows.
    fn topics(&self, site: &Value) -> anyhow::Result<Vec<(i64, String)>> {
        let mut topics = std::collections::BTreeMap::new();
        let categories = site.get("categories").and_then(Value::as_array).map(Vec::as_slice).unwrap_or_default();
        for category in categories {
            let (Some(id), Some(slug)) =
                (category.get("id").and_then(Value::as_i64), category.get("slug").and_then(Value::as_str))
            else {
                continue;
            };
            let slug = if slug.is_empty() { "-" } else { slug };
            for page in 0..PAGES {
                let path = format!("/c/{}/{id}.json?page={page}", crate::topics::encoded(slug));
                let Some(list) = self.json(&path)? else { break };
                let list = &list["topic_list"];
                for topic in list["topics"].as_array().map(Vec::as_slice).unwrap_or_default() {
                    if let Some(id) = topic["id"].as_i64() {
                        topics.insert(id, format!("{} {}", topic["posts_count"], topic["last_posted_at"]));
                    }
                }
                if list["more_topics_url"].is_null() {
                    break;
                }
            }
        }
        Ok(topics.into_iter().collect())
    }

    /// A topic with all of its posts and their source, unless it lies there unchanged since an earlier crawl.
    fn topic(&self, id: i64, version: &str) -> anyhow::Result<()> {
        let name = format!("topic-{id}");
        let mark = self.folder.join(format!("{name}.version"));
        if std::fs::read_to_string(&mark).is_ok_and(|had| had == version) {
            return Ok(());
        }
        let Some(mut topic) = self.json(&format!("/t/{id}.json?include_raw=true"))? else { return Ok(()) };
        let mut posts = topic["post_stream"]["posts"].as_array().cloned().unwrap_or_default();
        let have: Vec<i64> = posts.iter().filter_map(|p| p["id"].as_i64()).collect();
        let stream = topic["post_stream"]["stream"].as_array().cloned().unwrap_or_default();
        let missing: Vec<i64> = stream.iter().filter_map(Value::as_i64).filter(|id| !have.contains(id)).collect();
        for chunk in missing.chunks(CHUNK) {
            let ids: Vec<String> = chunk.iter().map(|id| format!("post_ids[]={id}")).collect();
            let path = format!("/t/{id}/posts.json?include_raw=true&{}", ids.join("&"));
            if let Some(more) = self.json(&path)? {
                posts.extend(more["post_stream"]["posts"].as_array().cloned().unwrap_or_default());
            }
        }
        let is_bare = |p: &Value| p.get("raw").is_none() && p["post_type"].as_i64() != Some(3);
        if posts.iter().any(is_bare) {
            self.raw(id, posts.len())?;
        }
        topic["post_stream"]["posts"] = Value::Array(posts);
        self.keep(&name, &topic)?;
        std::fs::write(mark, version)?;
        Ok(())
    }

    /// The source of a topic's posts, a hundred a page.
    fn raw(&self, id: i64, posts: usize) -> anyhow::Result<()> {
        let mut pages = Vec::new();
        for page in 1..=posts.div_ceil(100) {
            match self.text(&format!("/raw/{id}?page={page}"))? {
                Some(text) if !text.trim().is_empty() => pages.push(text),
                _ => break,
            }
        }
        self.keep(&format!("raw-{id}"), &json!({ "topic_id": id, "raw_pages": pages }))
    }
}

/// `{"extras": {"wait_seconds": 12}}`
fn told_to_wait(body: Result<String, ureq::Error>) -> u64 {
    let body: Option<Value> = body.ok().and_then(|text| serde_json::from_str(&text).ok());
    body.and_then(|b| b["extras"]["wait_seconds"].as_u64()).unwrap_or(10)
}

#[cfg(test)]
mod tests {
    #[test]
    fn every_site_has_a_folder_of_its_own() {
        assert_eq!(
            super::folder_name("https://talk.example.org/forum").expect("an address"),
            "talk.example.org-0-forum"
        );
        assert!(super::folder_name("not an address").is_err());
    }
}
