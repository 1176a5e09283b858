//! Footnotes, with ids of their own: `fn-1` would collide as soon as a page shows two posts.

use std::cell::OnceCell;

use comrak::nodes::{NodeFootnoteReference, NodeValue};
use comrak::{Arena, Node};

use crate::options::mark;
use crate::tree::new;

/// Makes ids that differ between texts, always the same for the same text.
pub(crate) struct Ids<'a> {
    raw: &'a str,
    prefix: OnceCell<String>,
}

impl<'a> Ids<'a> {
    /// Ids for the text `raw`.
    pub(crate) fn of(raw: &'a str) -> Self {
        Self { raw, prefix: OnceCell::new() }
    }

    /// A hash of the text (FNV-1a, 32 bits).
    fn prefix(&self) -> &str {
        self.prefix.get_or_init(|| {
            let step = |hash: u32, byte: u8| (hash ^ u32::from(byte)).wrapping_mul(0x0100_0193);
            format!("{:08x}", self.raw.bytes().fold(0x811c_9dc5u32, step))
        })
    }

    fn note(&self, number: u32) -> String {
        format!("fn-{}-{number}", self.prefix())
    }

    fn reference(&self, number: u32, time: u32) -> String {
        match time {
            0 | 1 => format!("fnref-{}-{number}", self.prefix()),
            _ => format!("fnref-{}-{number}-{time}", self.prefix()),
        }
    }
}

/// The superscript number that leads to a note.
pub(crate) fn reference(ids: &Ids<'_>, reference: &NodeFootnoteReference) -> String {
    let own = mark();
    let (note, id) = (ids.note(reference.ix), ids.reference(reference.ix, reference.ref_num));
    format!(
        "<sup class=\"{own}footnote-ref\"><a class=\"{own}footnote\" href=\"#{note}\" id=\"{own}{id}\">{}</a></sup>",
        reference.ix
    )
}

/// Replaces the definitions, which the parser moved to the end, by a list.
pub(crate) fn list<'a>(arena: &'a Arena<'a>, root: Node<'a>, ids: &Ids<'_>) {
    let definitions: Vec<_> =
        root.children().filter(|node| matches!(node.data().value, NodeValue::FootnoteDefinition(_))).collect();
    if definitions.is_empty() {
        return;
    }
    let own = mark();
    let html = |html: String| new(arena, NodeValue::Raw(html));
    root.append(html(format!("<section class=\"{own}footnotes\">\n<ol>\n")));
    for (i, definition) in definitions.into_iter().enumerate() {
        let number = i as u32 + 1;
        root.append(html(format!("<li id=\"{own}{}\">\n", ids.note(number))));
        let back = format!(
            " <a class=\"{own}footnote-back\" href=\"#{}\" aria-label=\"{own}↩ {number}\">↩</a>",
            ids.reference(number, 1)
        );
        match definition.last_child() {
            Some(last) if matches!(last.data().value, NodeValue::Paragraph) => last.append(html(back)),
            _ => definition.append(html(format!("<p>{}</p>\n", back.trim_start()))),
        }
        for child in definition.children().collect::<Vec<_>>() {
            root.append(child);
        }
        root.append(html("</li>\n".to_owned()));
        definition.detach();
    }
    root.append(html("</ol>\n</section>\n".to_owned()));
}
