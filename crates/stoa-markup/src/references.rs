//! Finds what a text refers to, by rendering it for somebody who only writes down the questions.

use std::cell::RefCell;
use std::collections::HashSet;

use crate::finish::Rules;
use crate::render::{Set, convert};
use crate::resolve::built_in;
use crate::{Interwiki, Link, References, Resolve, Upload};

/// Finds what `raw` refers to. The lists hold exactly what [`render`](crate::render) will ask
/// its resolver for, because this asks the same way.
pub fn references(raw: &str) -> References {
    let asks = raw.bytes().any(|b| matches!(b, b'@' | b'#'))
        || ["upload:", "/uploads/", "[/"].iter().any(|part| raw.contains(part))
        // Entities may stand for any of these.
        || raw.contains("&#") || raw.contains("&commat;") || raw.contains("&num;");
    if !asks {
        return References::default();
    }
    let listener = Listener::default();
    let rules = Rules { headings: Some(0), images: true };
    convert(raw, Set { hardbreaks: false, rules, colours: 0 }, &listener);
    let asked = listener.0.into_inner();
    References {
        mentions: asked.mentions.list,
        categories: asked.categories.list,
        tags: asked.tags.list,
        uploads: asked.uploads.list,
        topics: asked.topics.list,
    }
}

#[derive(Default)]
struct Listener(RefCell<Asked>);

#[derive(Default)]
struct Asked {
    mentions: Unique<String>,
    categories: Unique<String>,
    tags: Unique<String>,
    uploads: Unique<String>,
    topics: Unique<i64>,
}

#[derive(Default)]
struct Unique<T> {
    list: Vec<T>,
    seen: HashSet<T>,
}

impl<T: Clone + Eq + std::hash::Hash> Unique<T> {
    fn add(&mut self, item: T) {
        if self.seen.insert(item.clone()) {
            self.list.push(item);
        }
    }
}

impl Resolve for Listener {
    fn mention(&self, name: &str) -> Option<Link> {
        self.0.borrow_mut().mentions.add(name.to_owned());
        None
    }
    fn category(&self, path: &str) -> Option<Link> {
        self.0.borrow_mut().categories.add(path.to_owned());
        None
    }
    fn tag(&self, tag: &str) -> Option<Link> {
        self.0.borrow_mut().tags.add(tag.to_owned());
        None
    }
    fn upload(&self, url: &str) -> Option<Upload> {
        self.0.borrow_mut().uploads.add(url.to_owned());
        None
    }
    fn topic(&self, id: i64) -> Option<Link> {
        self.0.borrow_mut().topics.add(id);
        None
    }
    fn wiki(&self) -> &Interwiki {
        built_in()
    }
    fn is_own(&self, _: &str) -> bool {
        false
    }
}
