//! A small community that texts can refer to, and the shared corpora.
#![allow(dead_code)] // Each test file uses its part.

use std::path::PathBuf;

use stoa_markup::{Interwiki, Link, Resolve, Source, Upload};

/// Members ada, bo, "Ida Lovelace" and مريم; categories help and help:uploads; tag tools; topic
/// 9; uploads cat.png (an image), wide.jpg (in three formats) and paper.pdf; the site is https://forum.example.
pub struct Town {
    wiki: Interwiki,
    /// Are all addresses own images?
    pub all_images: bool,
}

impl Town {
    pub fn new() -> Self {
        Self { wiki: Interwiki::wikimedia(), all_images: false }
    }
}

fn link(href: &str, label: &str) -> Option<Link> {
    Some(Link { href: href.to_owned(), label: label.to_owned() })
}

impl Resolve for Town {
    fn mention(&self, name: &str) -> Option<Link> {
        match name {
            "ada" | "bo" | "Ida Lovelace" | "مريم" | "अनिल्" | "a.b-c_d" => {
                link(&format!("/u/{name}"), name)
            }
            _ => None,
        }
    }
    fn category(&self, path: &str) -> Option<Link> {
        match path {
            "help" => link("/c/help", "Help"),
            "help:uploads" => link("/c/help/uploads", "Uploads"),
            _ => None,
        }
    }
    fn tag(&self, tag: &str) -> Option<Link> {
        ["tools", "help"].contains(&tag).then(|| link(&format!("/tag/{tag}"), tag))?
    }
    fn upload(&self, url: &str) -> Option<Upload> {
        let upload = |href: &str, is_image: bool, name: &str| Upload {
            href: href.to_owned(),
            width: is_image.then_some(800),
            height: is_image.then_some(600),
            is_image,
            name: name.to_owned(),
            sources: Vec::new(),
        };
        if self.all_images {
            return Some(Upload { width: None, height: None, ..upload(url, true, "x") });
        }
        match url {
            "upload://cat.png" | "/uploads/cat.png" | "/uploads/1/cat.png" => {
                Some(upload("/uploads/1/cat.png", true, "cat.png"))
            }
            "/uploads/wide.jpg" => {
                let files = |format: &str| [400, 800].map(|w| (format!("/uploads/2/wide-{w}.{format}"), w)).to_vec();
                let sources = vec![
                    Source { kind: "image/avif", files: files("avif") },
                    Source { kind: "image/webp", files: files("webp") },
                ];
                Some(Upload { sources, ..upload("/uploads/2/wide.jpg", true, "wide.jpg") })
            }
            "upload://paper.pdf" => Some(upload("/uploads/1/paper.pdf", false, "paper.pdf")),
            _ => None,
        }
    }
    fn topic(&self, id: i64) -> Option<Link> {
        (id == 9).then(|| link("/t/upload-help/9", "Upload \"help\""))?
    }
    fn wiki(&self) -> &Interwiki {
        &self.wiki
    }
    fn is_own(&self, url: &str) -> bool {
        url.starts_with("https://forum.example/")
    }
}

/// A file of the shared corpora, or nothing with a note where they are not installed.
pub fn shared(path: &str) -> Option<PathBuf> {
    let root = std::env::var_os("STOA_SHARED")
        .map_or_else(|| PathBuf::from(env!("CARGO_MANIFEST_DIR")).join("../../../shared"), PathBuf::from);
    if !root.join("data").is_dir() {
        println!("skipped: no shared corpus");
        return None;
    }
    let file = root.join("data").join(path);
    assert!(file.exists(), "{} is missing", file.display());
    Some(file)
}

/// A JSON file of the shared corpora.
pub fn shared_json(path: &str) -> Option<serde_json::Value> {
    let text = std::fs::read_to_string(shared(path)?).expect("readable");
    Some(serde_json::from_str(&text).expect("JSON"))
}
