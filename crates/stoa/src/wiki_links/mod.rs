//! Links to wikis: a post that links to a page, a revision, a file or an item of a wiki shows what is behind the link.
//!
//! `target` knows what an address leads to, and which wikis are asked at all: joined ones, and Wikimedia's. A follower of the
//! log (`follow`) remembers what posts link to and asks the wikis (`ask`) with a few questions for all of it; `said` reads what
//! they answer, and `show` sets it into texts when a page is made: a card for a link that has its paragraph to itself, a word
//! on pointing at any other. Readers' browsers ask nobody but this site. The setting for previews of links switches all of it
//! off. What came with an import is not asked about until it is edited.

mod ask;
pub mod follow;
mod said;
pub mod show;
pub mod target;

use stoa_markup::Anchor;

use crate::wikis::Wiki;
use target::{Leads, Target};

/// Things that one post links to and that are asked about.
const MOST: usize = 50;

/// Something that a post links to.
pub struct Link {
    pub target: Target,
    /// The link has a paragraph to itself somewhere in it.
    pub is_alone: bool,
}

/// The links of a stored text that lead to wikis, with where they lead.
pub fn links(wikis: &[Wiki], html: &str) -> Vec<(Anchor, Leads)> {
    if !html.contains("href=\"http") {
        return Vec::new();
    }
    let found = stoa_markup::anchors(html).into_iter();
    found.filter_map(|anchor| target::read(wikis, &anchor.href).map(|leads| (anchor, leads))).collect()
}

/// What they lead to, each once.
fn targets(links: &[(Anchor, Leads)]) -> Vec<Link> {
    let mut found: Vec<Link> = Vec::new();
    for (anchor, leads) in links {
        let Leads::Wiki(target) = leads else { continue };
        match found.iter_mut().find(|link| link.target == *target) {
            Some(link) => link.is_alone |= anchor.alone.is_some(),
            None => found.push(Link { target: target.clone(), is_alone: anchor.alone.is_some() }),
        }
    }
    found.truncate(MOST);
    found
}
