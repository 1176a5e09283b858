//! What a topic's page says of wiki pages: those it is about, and those that link to it.

use percent_encoding::{AsciiSet, CONTROLS, utf8_percent_encode};

use crate::db::{Tx, params};
use crate::topics::Topic;
use crate::web::error::Result;
use crate::web::visit::Visit;
use crate::wikis::Wiki;

/// What cannot stand behind the `#` of an address.
const PLACE: &AsciiSet = &CONTROLS.add(b' ').add(b'"').add(b'<').add(b'>').add(b'`').add(b'#').add(b'%');
/// Pages named on a topic's page as linking to it.
const LINKING: i64 = 20;

/// A wiki page as a link.
#[derive(Clone, Debug)]
pub struct Link {
    pub title: String,
    pub url: String,
    pub wiki: String,
    pub lang: String,
    /// It shows the discussion itself.
    pub embeds: bool,
}

/// The wiki pages of a topic.
#[derive(Clone, Debug, Default)]
pub struct Links {
    /// It is about these.
    pub about: Vec<Link>,
    /// These link to it.
    pub from: Vec<Link>,
    /// It was brought from here, then.
    pub brought: Option<(Link, i64)>,
}

fn link(wiki: &Wiki, title: String, embeds: bool) -> Link {
    Link { url: wiki.page(&title), wiki: wiki.title.clone(), lang: wiki.lang.clone(), title, embeds }
}

/// Both sorts: two statements, and none where no wiki is joined.
pub fn of(tx: &Tx, v: &Visit, topic: &Topic) -> Result<Links> {
    if v.site.wikis.is_empty() || topic.is_message() {
        return Ok(Links::default());
    }
    let wiki = |id: i64| v.site.wikis.iter().find(|w| w.id == id);
    let bound: Vec<(i64, String, Option<String>, Option<i64>)> = tx.all(
        "select wiki_id, title, brought_from, brought_at from topic_pages where topic_id = $1 order by wiki_id, title",
        params![topic.id],
    )?;
    let from: Vec<(i64, String, i64)> = tx.all(
        "select p.wiki_id, p.title, l.embeds from wiki_page_links l
         join wiki_pages p on p.wiki_id = l.wiki_id and p.page_id = l.page_id
         where l.topic_id = $1 and p.deleted_at is null order by p.wiki_id, p.title limit $2",
        params![topic.id, LINKING],
    )?;
    let (mut about, mut brought) = (Vec::new(), None);
    for (id, title, place, at) in bound {
        let Some(wiki) = wiki(id) else { continue };
        let mut page = link(wiki, title, false);
        match (place, at) {
            (Some(place), Some(at)) => {
                if !place.is_empty() {
                    page.url = format!("{}#{}", page.url, utf8_percent_encode(&place, PLACE));
                }
                brought = Some((page, at));
            }
            _ => about.push(page),
        }
    }
    let from = from.into_iter().filter_map(|(id, t, embeds)| Some(link(wiki(id)?, t, embeds != 0)));
    let from = from.filter(|l| !about.iter().any(|a| a.url == l.url)).collect();
    Ok(Links { about, from, brought })
}

/// The pages of a topic as the form has them: one on a line. Where it was brought from is not for a form to change.
pub fn lines(tx: &Tx, v: &Visit, topic: i64) -> Result<String> {
    let rows: Vec<(i64, String)> = tx.all(
        "select wiki_id, title from topic_pages where topic_id = $1 and brought_at is null order by wiki_id, title",
        params![topic],
    )?;
    let line = |(id, title): (i64, String)| {
        let at = v.site.wikis.iter().position(|w| w.id == id)?;
        Some(if at == 0 { title } else { format!("{}:{title}", v.site.wikis[at].name) })
    };
    Ok(rows.into_iter().filter_map(line).collect::<Vec<_>>().join("\n"))
}
