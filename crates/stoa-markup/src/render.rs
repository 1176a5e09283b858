//! The way from a raw text to HTML.

use comrak::{Arena, format_html, parse_document};

use crate::finish::{Finished, Rules, finish};
use crate::footnotes::Ids;
use crate::options::options;
use crate::tree::Found;
use crate::{Poll, QuoteRef, Resolve, SafeHtml, Upload, blocks, clean, code, poll, tree};

/// Version of the renderer, stored with each post so that old HTML can be made again.
pub const RENDERER: i64 = 2;

/// What kind of text is rendered.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub enum Profile {
    /// A post: everything. Single newlines break lines; headings start at `h3`.
    Post,
    /// A remark or biography: images become links and headings bold paragraphs.
    Comment,
    /// A page of the site: single newlines do not break lines; headings start at `h2`.
    Page,
}

/// A rendered text and what was learnt on the way.
#[derive(Clone, Debug, Default, PartialEq, Eq)]
pub struct Rendered {
    /// What to print.
    pub html: SafeHtml,
    /// Plain text for search, one line per block, without markup and without quoted text.
    pub text: String,
    /// Names that [`Resolve::mention`] knew, as written; not those inside quotes.
    pub mentions: Vec<String>,
    /// Addresses the author links to, without duplicates: not those of mentions and hashtags.
    pub links: Vec<String>,
    /// Where the quotes come from, in order.
    pub quotes: Vec<QuoteRef>,
    /// The polls, in the order in which [`split_at_polls`](crate::split_at_polls) finds their places.
    pub polls: Vec<Poll>,
    /// The first shown image's address.
    pub image: Option<String>,
    /// Stored files that the HTML shows or links, without duplicates.
    pub uploads: Vec<Upload>,
    /// Is there a code block or code span?
    pub has_code: bool,
}

/// Renders `raw`. Never fails: text that means nothing stays text.
pub fn render(raw: &str, profile: Profile, resolve: &dyn Resolve) -> Rendered {
    let set = Set { hardbreaks: profile != Profile::Page, rules: Rules::of(profile), colours: code::COLOURED_BYTES };
    convert(raw, set, resolve)
}

/// Renders `raw` as the CommonMark specification wants it, apart from our extensions: headings
/// keep their level and single newlines do not break lines.
pub fn render_commonmark(raw: &str, resolve: &dyn Resolve) -> Rendered {
    let rules = Rules { headings: Some(0), images: true };
    convert(raw, Set { hardbreaks: false, rules, colours: 0 }, resolve)
}

/// Cleans HTML from elsewhere (feeds, mail, other systems) as HTML in a post is cleaned.
/// Mentions and hashtags in it stay text.
pub fn sanitise(html: &str, profile: Profile, resolve: &dyn Resolve) -> Rendered {
    sanitise_with(html, Rules::of(profile), resolve)
}

pub(crate) fn sanitise_with(html: &str, rules: Rules, resolve: &dyn Resolve) -> Rendered {
    let cleaned = if clean::is_bounded(html) { clean::clean(html) } else { crate::escape::escaped(html) };
    assemble(finish(&cleaned, rules, resolve), Found::default())
}

/// Everything that differs between renderings.
pub(crate) struct Set {
    pub hardbreaks: bool,
    pub rules: Rules,
    pub colours: usize,
}

pub(crate) fn convert(raw: &str, set: Set, resolve: &dyn Resolve) -> Rendered {
    let prepared = blocks::prepare(raw);
    let arena = Arena::new();
    let root = parse_document(&arena, &prepared.text, options(set.hardbreaks, false));
    let ids = Ids::of(raw);
    let found = tree::rewrite(&arena, root, &prepared.marks, resolve, &ids, set.colours);
    let print = |escape| {
        let mut html = String::with_capacity(raw.len() * 2);
        format_html(root, options(set.hardbreaks, escape), &mut html).expect("writing to a string does not fail");
        html
    };
    let mut html = print(false);
    if found.has_html {
        html = clean::clean(&if clean::is_bounded(&html) { html } else { print(true) });
    }
    assemble(finish(&html, set.rules, resolve), found)
}

fn assemble(done: Finished, mut found: Found) -> Rendered {
    poll::rename(&mut found.polls);
    let mut text = String::with_capacity(done.text.len());
    for line in done.text.lines().map(str::trim).filter(|line| !line.is_empty()) {
        if !text.is_empty() {
            text.push('\n');
        }
        text.push_str(line);
    }
    Rendered {
        html: SafeHtml::new(done.html),
        text,
        mentions: found.mentions,
        links: done.links,
        quotes: found.quotes,
        polls: found.polls,
        image: done.image,
        uploads: done.uploads,
        has_code: found.has_code,
    }
}
