//! What the first reading of a site's posts finds out, and the files that they show.

use std::collections::{HashMap, HashSet};

use super::load::Loader;
use super::model::{Posts, Upload};
use super::talk::left;
use crate::db::params;
use crate::redirects;
use crate::uploads::{self, NewFile, Stored};
use crate::web::error::Error;

/// What the first reading of the posts found out.
#[derive(Default)]
pub struct Plan {
    /// Posts that come in: topic and number.
    pub places: HashSet<(i64, i64)>,
    /// How many there are.
    pub count: u64,
    /// Files that posts show, by the address they are called by: the old address of the file.
    pub files: HashMap<String, String>,
}

/// Files that came in, by the address that posts call them by.
pub type Files = HashMap<String, Stored>;

impl Loader {
    /// Reads the posts once: which come in, and which files they show.
    pub fn plan(&mut self, source: &dyn Posts) -> anyhow::Result<Plan> {
        let by_sha1: HashMap<&str, &str> =
            self.forum.uploads.iter().map(|u| (u.sha1.as_str(), u.url.as_str())).collect();
        let by_url: HashSet<&str> = self.forum.uploads.iter().map(|u| u.url.as_str()).collect();
        let mut plan = Plan::default();
        source.each(&mut |post| {
            plan.count += 1;
            if left(&self.forum, &post).is_some() || !self.forum.topics.contains_key(&post.topic_id) {
                return Ok(());
            }
            plan.places.insert((post.topic_id, post.number));
            let raw = post.raw.as_deref().unwrap_or_default();
            if raw.contains("upload") {
                for address in stoa_markup::references(raw).uploads {
                    let short = address.strip_prefix("upload://").and_then(|s| s.split('.').next());
                    let sha1 = short.and_then(uploads::sha1_of_short);
                    let url =
                        sha1.and_then(|s| by_sha1.get(s.as_str()).copied()).or(by_url.get(address.as_str()).copied());
                    if let Some(url) = url {
                        plan.files.insert(address, url.to_owned());
                    }
                }
            }
            Ok(())
        })?;
        Ok(plan)
    }

    /// Takes over the files that posts show. Files of private messages and files that nothing shows stay behind.
    pub fn files(&mut self, source: &dyn Posts, plan: &Plan) -> anyhow::Result<Files> {
        let urls: HashSet<&String> = plan.files.values().collect();
        let all = std::mem::take(&mut self.forum.uploads);
        let read = all.len() as u64;
        let wanted: HashMap<String, Upload> =
            all.into_iter().filter(|u| urls.contains(&u.url)).map(|u| (u.url.clone(), u)).collect();
        self.run.report.of("uploads").read += read;
        self.run.report.leave("uploads", "shown by nothing that came in", read - wanted.len() as u64);
        let mut kept: HashMap<String, (Stored, String, Upload)> = HashMap::new();
        source.files(&wanted, &mut |upload, bytes| {
            let at = upload.created_at;
            let file = NewFile { bytes, name: &upload.name, user_id: None, at };
            let stored = uploads::keep_file(&self.run.app, &file).map_err(Error::into_anyhow)?;
            kept.insert(upload.url.clone(), (stored, uploads::sha1_of(bytes), upload.clone()));
            Ok(())
        })?;
        for url in wanted.keys().filter(|url| !kept.contains_key(*url)) {
            self.run.report.skip("uploads", url.as_str(), "the file is not in the source", "");
        }
        let rows: Vec<(Stored, String, Upload, Option<i64>)> = kept
            .values()
            .map(|(stored, sha1, upload)| {
                let user = upload.user_id.and_then(|id| self.users.get(&id)).copied();
                (stored.clone(), sha1.clone(), upload.clone(), user)
            })
            .collect();
        let count = rows.len() as u64;
        let new = self.write(move |tx| {
            let mut new = 0;
            for (stored, sha1, upload, user) in &rows {
                let sql = "select id from uploads where sha256 = $1";
                new += u64::from(tx.first::<i64>(sql, params![&stored.sha256])?.is_none());
                uploads::add(tx, stored, sha1, *user, upload.created_at)?;
                if upload.url.starts_with("/uploads/") && upload.url.chars().count() <= 500 {
                    redirects::keep(tx, &upload.url, &stored.url())?;
                }
            }
            Ok(new)
        })?;
        self.run.report.of("uploads").written += new;
        self.run.report.of("uploads").there_already += count - new;
        let of = |(address, url): (&String, &String)| Some((address.clone(), kept.get(url)?.0.clone()));
        Ok(plan.files.iter().filter_map(of).collect())
    }
}
