//! A folder of Discourse's JSON: any `.json` or `.jsonl`, packed with gzip or not, anywhere below it.

use std::collections::HashMap;
use std::fs::File;
use std::io::{BufRead, BufReader, Read as _};
use std::path::{Path, PathBuf};

use anyhow::Context;
use flate2::read::MultiGzDecoder;

use super::model::{Forum, Post, Posts, Upload};
use super::shapes::Read;

/// Bytes of the largest file that is one JSON value.
const LARGEST: u64 = 256 << 20;

/// The posts of a folder, and where its files are.
pub struct Folder {
    posts: Vec<Post>,
    dir: PathBuf,
}

/// Reads all of it.
pub fn read(dir: &Path) -> anyhow::Result<(Forum, Folder)> {
    let mut read = Read::default();
    let mut files = Vec::new();
    walk(dir, &mut files)?;
    files.sort();
    let mut known = 0;
    for file in &files {
        known += one(dir, file, &mut read)?;
    }
    anyhow::ensure!(known > 0, "{} holds no JSON of a Discourse site", dir.display());
    let Read { mut forum, posts, mut raws } = read;
    let mut posts: Vec<Post> = posts.into_values().collect();
    posts.sort_by_key(|p| (p.topic_id, p.number));
    for post in &mut posts {
        let raw = raws.remove(&(post.topic_id, post.number));
        post.raw = post.raw.take().or(raw);
        post.is_solution |= forum.topics.get(&post.topic_id).is_some_and(|t| t.solved_number == Some(post.number));
        if let Some(user) = forum.users.get_mut(&post.user_id) {
            // Nobody wrote before they came.
            user.created_at = Some(user.created_at.map_or(post.created_at, |at| at.min(post.created_at)));
        }
    }
    Ok((forum, Folder { posts, dir: dir.to_owned() }))
}

fn walk(dir: &Path, files: &mut Vec<PathBuf>) -> anyhow::Result<()> {
    for entry in std::fs::read_dir(dir).with_context(|| format!("reading {}", dir.display()))? {
        let entry = entry?;
        let (path, kind) = (entry.path(), entry.file_type()?);
        let name = entry.file_name().to_string_lossy().into_owned();
        let name = name.strip_suffix(".gz").unwrap_or(&name);
        if kind.is_dir() {
            walk(&path, files)?;
        } else if kind.is_file() && (name.ends_with(".json") || name.ends_with(".jsonl")) {
            files.push(path);
        }
    }
    Ok(())
}

/// Reads one file and tells how many known values it held. What is wrong with it is written down.
fn one(dir: &Path, path: &Path, read: &mut Read) -> anyhow::Result<u64> {
    let name = path.strip_prefix(dir).unwrap_or(path).display().to_string();
    let file = File::open(path).with_context(|| format!("opening {}", path.display()))?;
    let plain = name.strip_suffix(".gz").unwrap_or(&name);
    let mut reader: Box<dyn BufRead> = if plain.len() < name.len() {
        Box::new(BufReader::new(MultiGzDecoder::new(BufReader::new(file))))
    } else {
        Box::new(BufReader::new(file))
    };
    let mut broken = |place: String, reason: &'static str, exactly: String| {
        read.forum.broken.push(("files", place, reason, exactly));
    };
    if plain.ends_with(".json") {
        let mut text = Vec::new();
        if let Err(e) = reader.take(LARGEST).read_to_end(&mut text) {
            broken(name, "the file ends too early or is damaged", e.to_string());
            return Ok(0);
        }
        return match serde_json::from_slice(&text) {
            Ok(value) => Ok(u64::from(read.take(&value, &name))),
            Err(e) => {
                broken(name, "broken JSON", e.to_string());
                Ok(0)
            }
        };
    }
    let (mut known, mut line, mut number) = (0, Vec::new(), 0u64);
    loop {
        line.clear();
        match (&mut reader).take(LARGEST).read_until(b'\n', &mut line) {
            Ok(0) => return Ok(known),
            Ok(_) => number += 1,
            Err(e) => {
                let place = format!("{name}:{}", number + 1);
                read.forum.broken.push(("files", place, "the file ends too early or is damaged", e.to_string()));
                return Ok(known);
            }
        }
        if line.iter().all(u8::is_ascii_whitespace) {
            continue;
        }
        let place = format!("{name}:{number}");
        match serde_json::from_slice(&line) {
            Ok(value) => known += u64::from(read.take(&value, &place)),
            Err(e) => read.forum.broken.push(("files", place, "broken JSON", e.to_string())),
        }
    }
}

impl Posts for Folder {
    fn each(&self, take: &mut dyn FnMut(Post) -> anyhow::Result<()>) -> anyhow::Result<()> {
        self.posts.iter().cloned().try_for_each(take)
    }

    /// Files that lie in the folder under their old addresses.
    fn files(
        &self,
        wanted: &HashMap<String, Upload>,
        take: &mut dyn FnMut(&Upload, &[u8]) -> anyhow::Result<()>,
    ) -> anyhow::Result<()> {
        for (address, upload) in wanted {
            let inside = address.trim_start_matches('/');
            let plain = Path::new(inside).components().all(|c| matches!(c, std::path::Component::Normal(_)));
            if plain && let Ok(bytes) = std::fs::read(self.dir.join(inside)) {
                take(upload, &bytes)?;
            }
        }
        Ok(())
    }
}
