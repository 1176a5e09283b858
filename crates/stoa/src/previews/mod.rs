//! Previews of links: a line of a post that is only an address gets a card with what the page behind it says about itself.
//!
//! A follower of the log (`follow`) remembers which posts link to what and fetches each page once, through `fetch`, with its
//! picture, which is written anew and served from here; `head` reads what a page says; `cards` sets the cards into texts.
//! Readers' browsers ask nobody but this site. A site's administrators can switch all of it off. Feeds, mails and prints
//! have the plain link. What came with an import is not asked about until it is edited.

pub mod cards;
pub mod follow;
pub mod head;

use crate::site::Site;
use crate::wiki_links::target;
use crate::wikis::Wiki;

/// Addresses of one post that are asked about.
pub const MOST: usize = 5;
/// Bytes of an address.
pub const LONGEST: usize = 1000;

/// Whether the site shows them at all.
pub fn are_on(site: &Site) -> bool {
    site.setting("link-previews") == "on"
}

/// The addresses outside that a stored text has lines of, each once, beside those of wikis, which are asked otherwise
/// (`wiki_links`). `base` is the site's own.
pub fn addresses(html: &str, base: &str, wikis: &[Wiki]) -> Vec<String> {
    let mut found: Vec<String> = Vec::new();
    for address in stoa_markup::lone_links(html).into_iter().flat_map(|lone| lone.addresses) {
        let own = address.strip_prefix(base).is_some_and(|rest| rest.is_empty() || rest.starts_with(['/', '?', '#']));
        if !own && address.len() <= LONGEST && !found.contains(&address) && target::read(wikis, &address).is_none() {
            found.push(address);
        }
    }
    found.truncate(MOST);
    found
}
