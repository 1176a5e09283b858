//! Cards in the texts of posts, as a page shows them.

use std::collections::HashMap;

use askama::Template;

use super::{addresses, are_on};
use crate::db::{Tx, from_row, params};
use crate::posts::view::PostView;
use crate::uploads::Stored;
use crate::web::error::Result;
use crate::web::page::Fragment;
use crate::web::visit::Visit;

/// What is known of a page.
#[derive(Clone)]
pub struct Known {
    post_id: i64,
    address: String,
    title: String,
    site: String,
    about: String,
    lang: String,
    sha256: Option<String>,
    extension: Option<String>,
    width: Option<i64>,
    height: Option<i64>,
}
from_row!(Known { post_id, address, title, site, about, lang, sha256, extension, width, height });

const OF_POSTS: &str = "select pl.post_id, lp.address, lp.title, lp.site, lp.about, lp.lang, f.sha256, f.extension,
        f.width, f.height
    from post_links pl join link_previews lp on lp.id = pl.preview_id left join uploads f on f.id = lp.upload_id
    where pl.post_id in ids($1) and lp.state = 1";

/// A picture beside the words.
struct Picture {
    url: String,
    width: i64,
    height: i64,
}

#[derive(Template)]
#[template(path = "previews/templates/_card.html")]
struct Card<'a> {
    known: &'a Known,
    picture: Option<Picture>,
}

/// Sets cards into the texts of posts that have lines of nothing but an address: one statement, and none where no text has
/// such lines.
pub fn into_posts(tx: &Tx, v: &Visit, posts: &mut [PostView]) -> Result<()> {
    if !are_on(&v.site) {
        return Ok(());
    }
    let base = v.app.config.base();
    let with: Vec<i64> = posts
        .iter()
        .filter(|p| !addresses(p.post.html.as_str(), &base, &v.site.wikis).is_empty())
        .map(|p| p.post.id)
        .collect();
    if with.is_empty() {
        return Ok(());
    }
    let mut cards: HashMap<i64, HashMap<String, String>> = HashMap::new();
    for known in tx.all::<Known>(OF_POSTS, params![&with])? {
        let card = known.card()?;
        cards.entry(known.post_id).or_default().insert(known.address, card);
    }
    for post in posts {
        if let Some(cards) = cards.get(&post.post.id) {
            let text = match &post.filled {
                Some(text) => text.as_str(),
                None => post.post.html.as_str(),
            };
            post.filled = Some(Fragment::joined(set(text, cards)));
        }
    }
    Ok(())
}

impl Known {
    fn card(&self) -> Result<String> {
        let picture = match (&self.sha256, &self.extension, self.width, self.height) {
            (Some(sha256), Some(extension), Some(width), Some(height)) => {
                Some(Picture { url: Stored::url_of(sha256, extension), width, height })
            }
            _ => None,
        };
        Ok(Card { known: self, picture }.render()?)
    }
}

/// A text with cards: in the place of a paragraph that is only addresses with cards, behind any other.
fn set(text: &str, cards: &HashMap<String, String>) -> String {
    let mut out = String::with_capacity(text.len() + 1024);
    let mut at = 0;
    for lone in stoa_markup::lone_links(text) {
        let known: Vec<&String> = lone.addresses.iter().filter_map(|address| cards.get(address)).collect();
        let is_replaced = lone.is_whole && known.len() == lone.addresses.len();
        out.push_str(&text[at..if is_replaced { lone.start } else { lone.end }]);
        known.into_iter().for_each(|card| out.push_str(card));
        at = lone.end;
    }
    out.push_str(&text[at..]);
    out
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn a_card_takes_the_place_of_its_line() {
        let link = |n: i64| format!("<a href=\"https://e.example/{n}\">https://e.example/{n}</a>");
        let cards = HashMap::from([("https://e.example/1".to_owned(), "<CARD>".to_owned())]);
        let whole = format!("<p>a</p>\n<p dir=\"auto\">{}</p>\n<p>b</p>", link(1));
        assert_eq!(set(&whole, &cards), "<p>a</p>\n<CARD>\n<p>b</p>");
        let within = format!("<p>see<br>\n{}</p>", link(1));
        assert_eq!(set(&within, &cards), format!("{within}<CARD>"));
        let half = format!("<p>{}<br>\n{}</p>", link(1), link(2));
        assert_eq!(set(&half, &cards), format!("{half}<CARD>"), "an address without a card stays");
        let dead = format!("<p>{}</p>", link(3));
        assert_eq!(set(&dead, &cards), dead);
    }
}
