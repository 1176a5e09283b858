//! What wikis said, set into the texts of posts as a page shows them, in the reader's language where there is one.

use std::collections::HashMap;

use askama::Template;
use askama::filters::{Escaper as _, Html};
use stoa_markup::Anchor;

use super::said::{Name, Said};
use super::target::{self, Kind, Leads, Target};
use super::{links, targets};
use crate::db::{Tx, from_row, params};
use crate::posts::view::PostView;
use crate::previews::are_on;
use crate::uploads::Stored;
use crate::web::error::Result;
use crate::web::page::Fragment;
use crate::web::visit::Visit;
use crate::wikis::Wiki;

/// What is known of something that a post links to.
#[derive(Clone)]
struct Known {
    post_id: i64,
    alone: i64,
    api: String,
    kind: i64,
    key: String,
    state: i64,
    data: String,
    sha256: Option<String>,
    extension: Option<String>,
    width: Option<i64>,
    height: Option<i64>,
}
from_row!(Known { post_id, alone, api, kind, key, state, data, sha256, extension, width, height });

const OF_POSTS: &str = "select pl.post_id, pl.alone, wp.api, wp.kind, wp.key, wp.state, wp.data, f.sha256, f.extension,
        f.width, f.height
    from post_wiki_links pl join wiki_previews wp on wp.id = pl.preview_id left join uploads f on f.id = wp.upload_id
    where pl.post_id in ids($1) and wp.state in (1, 2)";

/// A picture beside the words.
struct Picture {
    url: String,
    width: i64,
    height: i64,
}

/// What is shown of something, in the reader's language.
struct Shown {
    kind: Kind,
    title: String,
    about: String,
    lang: String,
    /// The wiki's name.
    wiki: String,
    said: Said,
    /// The same page in the reader's language.
    theirs: Option<Name>,
    picture: Option<Picture>,
}

#[derive(Template)]
#[template(path = "wiki_links/templates/_card.html")]
struct Card<'a> {
    v: &'a Visit,
    href: &'a str,
    shown: &'a Shown,
}

/// Sets what is known into texts that link to wikis: one statement, and none where no text does.
pub fn into_posts(tx: &Tx, v: &Visit, posts: &mut [PostView]) -> Result<()> {
    if !are_on(&v.site) {
        return Ok(());
    }
    let mut with: Vec<(usize, Vec<(Anchor, Leads)>)> = Vec::new();
    for (at, post) in posts.iter().enumerate() {
        let found = links(&v.site.wikis, text_of(post));
        if !found.is_empty() {
            with.push((at, found));
        }
    }
    let ids: Vec<i64> =
        with.iter().filter(|(_, found)| !targets(found).is_empty()).map(|(at, _)| posts[*at].post.id).collect();
    let mut known: HashMap<(i64, Target), Known> = HashMap::new();
    if !ids.is_empty() {
        for one in tx.all::<Known>(OF_POSTS, params![&ids])? {
            if let Some(kind) = Kind::of(one.kind) {
                let target = Target { api: one.api.clone(), kind, key: one.key.clone() };
                known.insert((one.post_id, target), one);
            }
        }
    }
    for (at, found) in with {
        let post = &mut posts[at];
        let text = set(v, text_of(post), post.post.id, &found, &known)?;
        post.filled = Some(Fragment::joined(text));
    }
    Ok(())
}

fn text_of(post: &PostView) -> &str {
    match &post.filled {
        Some(text) => text.as_str(),
        None => post.post.html.as_str(),
    }
}

fn set(
    v: &Visit,
    text: &str,
    post: i64,
    found: &[(Anchor, Leads)],
    known: &HashMap<(i64, Target), Known>,
) -> Result<String> {
    let mut out = String::with_capacity(text.len() + 1024);
    let mut at = 0;
    for (anchor, leads) in found {
        let one = match leads {
            Leads::Task(task) => {
                if anchor.is_bare {
                    out.push_str(&text[at..anchor.inner.start]);
                    isolated(&v.t.wiki_link_task(task.as_str()), v.t.code(), v.t.dir(), &mut out);
                    at = anchor.inner.end;
                }
                continue;
            }
            Leads::Wiki(target) => known.get(&(post, target.clone())),
        };
        let Some(one) = one else { continue };
        if one.state == 2 {
            // As red as on the wiki, and said in words as well.
            out.push_str(&text[at..anchor.tag.start + "<a".len()]);
            out.push_str(" class=\"wiki-new\"");
            if anchor.is_bare && one.kind == Kind::Page as i64 {
                out.push_str(&text[anchor.tag.start + "<a".len()..anchor.inner.start]);
                named(&one.key, "", anchor, &mut out);
            } else {
                out.push_str(&text[anchor.tag.start + "<a".len()..anchor.inner.end]);
            }
            out.push_str("<span class=\"sr-only\" dir=\"");
            out.push_str(v.t.dir());
            out.push_str("\"> ");
            escape(&v.t.wiki_link_missing(), &mut out);
            out.push_str("</span>");
            at = anchor.inner.end;
            continue;
        }
        let Some(shown) = Shown::of(v, one) else { continue };
        if let Some(alone) = &anchor.alone
            && one.alone == 1
            && (anchor.is_bare || is_named(&text[anchor.inner.clone()], one, &shown))
        {
            out.push_str(&text[at..alone.start]);
            Card { v, href: &anchor.href, shown: &shown }.render_into(&mut out)?;
            at = alone.end;
            continue;
        }
        let hint = shown.hint(v);
        out.push_str(&text[at..anchor.tag.end - 1]);
        if !anchor.has_title && !hint.is_empty() {
            out.push_str(" title=\"");
            escape(&hint, &mut out);
            out.push('"');
        }
        out.push('>');
        if anchor.is_bare {
            match shown.is_labelled_by_us() {
                true => isolated(&shown.label(v), v.t.code(), v.t.dir(), &mut out),
                false => named(&shown.label(v), &shown.lang, anchor, &mut out),
            }
        } else {
            out.push_str(&text[anchor.inner.clone()]);
        }
        at = anchor.inner.end;
    }
    out.push_str(&text[at..]);
    Ok(out)
}

/// Whether the words of a link are the page's name and nothing of the author's own.
fn is_named(words: &str, one: &Known, shown: &Shown) -> bool {
    let plain = |text: &str| text.replace('_', " ").to_lowercase();
    let words = plain(words);
    [&one.key, &shown.title].into_iter().any(|title| {
        let mut escaped = String::new();
        escape(&plain(title), &mut escaped);
        words == escaped || words.strip_suffix(&escaped).is_some_and(|before| before.ends_with(':'))
    })
}

fn escape(text: &str, out: &mut String) {
    Html.write_escaped_str(out, text).expect("a string takes everything");
}

/// A page's name in the place of its address. In a line it is kept apart, because the words around it may go the other way; by
/// itself it is what the line's direction is told by.
fn named(name: &str, lang: &str, anchor: &Anchor, out: &mut String) {
    match anchor.alone {
        Some(_) => escape(name, out),
        None => isolated(name, lang, "", out),
    }
}

/// Words in a language and a direction of their own; with none, those of the words.
fn isolated(words: &str, lang: &str, dir: &str, out: &mut String) {
    out.push_str("<bdi");
    for (name, value) in [("lang", lang), ("dir", dir)] {
        if !value.is_empty() {
            out.push_str(&format!(" {name}=\""));
            escape(value, out);
            out.push('"');
        }
    }
    out.push('>');
    escape(words, out);
    out.push_str("</bdi>");
}

impl Shown {
    fn of(v: &Visit, one: &Known) -> Option<Shown> {
        let kind = Kind::of(one.kind)?;
        let wiki: Wiki = target::wiki_of(&v.site.wikis, &one.api)?;
        let said: Said = serde_json::from_str(&one.data).ok()?;
        let name = |code: &str| said.names.iter().find(|name| name.code == code).cloned();
        let mut shown = Shown {
            kind,
            title: said.title.clone(),
            about: said.about.clone(),
            lang: if said.lang.is_empty() { wiki.lang.clone() } else { said.lang.clone() },
            wiki: wiki.title,
            theirs: None,
            picture: match (&one.sha256, &one.extension, one.width, one.height) {
                (Some(sha256), Some(extension), Some(width), Some(height)) => {
                    Some(Picture { url: Stored::url_of(sha256, extension), width, height })
                }
                _ => None,
            },
            said: said.clone(),
        };
        match kind {
            Kind::Entity => {
                if let Some(name) = name(v.t.code()).or_else(|| name("en")) {
                    shown.title = name.title;
                    shown.about = name.about;
                    shown.lang = name.lang;
                }
            }
            Kind::Page => shown.theirs = name(v.t.code()),
            Kind::Revision | Kind::Difference => {}
        }
        Some(shown)
    }

    /// What stands for a bare address.
    fn label(&self, v: &Visit) -> String {
        match self.kind {
            Kind::Page => self.title.clone(),
            Kind::Revision => v.t.wiki_link_revision(self.title.as_str()),
            Kind::Difference => v.t.wiki_link_difference(self.title.as_str()),
            Kind::Entity if self.title == self.said.title => self.title.clone(),
            Kind::Entity => v.t.wiki_link_item(self.title.as_str(), self.said.title.as_str()),
        }
    }

    /// Whether the label is a sentence of ours with the page's name in it.
    fn is_labelled_by_us(&self) -> bool {
        self.said.revision.is_some()
    }

    fn label_lang<'a>(&'a self, v: &'a Visit) -> &'a str {
        if self.is_labelled_by_us() { v.t.code() } else { &self.lang }
    }

    /// What is said beside the page's own words, in the reader's language.
    fn lines(&self, v: &Visit) -> Vec<String> {
        let joined = |parts: [Option<String>; 2]| parts.into_iter().flatten().collect::<Vec<_>>().join(" · ");
        let some = |text: &str, line: String| (!text.is_empty()).then_some(line);
        let mut lines = Vec::new();
        if let Some(by) = self.by(v) {
            lines.push(joined([Some(by), self.change(v)]));
            lines.extend(some(self.comment(), v.t.wiki_link_comment(self.comment())));
        }
        if let Some(file) = self.file() {
            let author = some(&file.author, v.t.wiki_link_author(file.author.as_str()));
            lines.push(joined([author, some(&file.licence, v.t.wiki_link_licence(file.licence.as_str()))]));
        }
        lines.retain(|line| !line.is_empty());
        lines
    }

    /// What pointing at a link says.
    fn hint(&self, v: &Visit) -> String {
        match (self.by(v), self.file()) {
            (Some(by), _) if self.comment().is_empty() => by,
            (Some(by), _) => format!("{by} – {}", self.comment()),
            (None, Some(file)) => [self.about.as_str(), file.licence.as_str()].join(" ").trim().to_owned(),
            (None, None) => self.about.clone(),
        }
    }

    fn by(&self, v: &Visit) -> Option<String> {
        self.said.revision.as_ref().map(|r| v.t.wiki_link_by(r.by.as_str(), v.date_time(r.at)))
    }

    fn change(&self, v: &Visit) -> Option<String> {
        let change = self.said.revision.as_ref()?.change.filter(|_| self.kind == Kind::Difference)?;
        Some(match change {
            0.. => v.t.wiki_link_more(change),
            _ => v.t.wiki_link_less(change.saturating_abs()),
        })
    }

    fn comment(&self) -> &str {
        self.said.revision.as_ref().map_or("", |r| r.comment.as_str())
    }

    fn file(&self) -> Option<&super::said::File> {
        self.said.file.as_ref()
    }
}
