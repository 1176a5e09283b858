//! Changes the parsed Markdown before it is printed: everything that is more than CommonMark.

use comrak::nodes::{Ast, AstNode, LineColumn, NodeCodeBlock, NodeLink, NodeList, NodeValue};
use comrak::{Arena, Node};

use crate::blocks::{self, Block, Mark};
use crate::clean;
use crate::code;
use crate::footnotes::{self, Ids};
use crate::inline::{self, Piece};
use crate::options::mark;
use crate::poll::POLLS_MOST;
use crate::urls::is_upload;
use crate::{Poll, QuoteRef, Resolve};

/// What was learnt from the tree.
#[derive(Default)]
pub(crate) struct Found {
    pub mentions: Vec<String>,
    pub quotes: Vec<QuoteRef>,
    pub polls: Vec<Poll>,
    pub has_code: bool,
    /// Did the author write HTML?
    pub has_html: bool,
}

/// A new node.
pub(crate) fn new<'a>(arena: &'a Arena<'a>, value: NodeValue) -> Node<'a> {
    arena.alloc(AstNode::from(Ast::new(value, LineColumn { line: 0, column: 0 })))
}

struct Walk<'a, 'r> {
    arena: &'a Arena<'a>,
    marks: &'r [Mark],
    resolve: &'r dyn Resolve,
    found: Found,
    ids: &'r Ids<'r>,
    /// Names mentioned inside quotes, which is not calling anybody.
    quoted: Vec<String>,
    /// Bytes of code that may still be coloured.
    colours: usize,
}

/// Where a node is.
#[derive(Clone, Copy, Default)]
struct Place {
    in_link: bool,
    in_image: bool,
    in_quote: bool,
}

/// Rewrites the tree under `root`. `colours` is how many bytes of code may be coloured.
pub(crate) fn rewrite<'a>(
    arena: &'a Arena<'a>,
    root: Node<'a>,
    marks: &[Mark],
    resolve: &dyn Resolve,
    ids: &Ids<'_>,
    colours: usize,
) -> Found {
    let mut walk = Walk { arena, marks, resolve, ids, found: Found::default(), quoted: Vec::new(), colours };
    let mut stack = walk.blocks(root);
    stack.reverse();
    while let Some((node, place)) = stack.pop() {
        if let Some(inner) = walk.visit(node, place) {
            let at = stack.len();
            stack.extend(node.children().map(|child| (child, inner)));
            stack[at..].reverse();
        }
    }
    footnotes::list(arena, root, ids);
    walk.found
}

impl<'a> Walk<'a, '_> {
    /// Replaces the marks among the top blocks; returns the other blocks and where they are.
    fn blocks(&mut self, root: Node<'a>) -> Vec<(Node<'a>, Place)> {
        let number = |node: Node<'a>| match &node.data().value {
            NodeValue::HtmlBlock(block) if !self.marks.is_empty() => blocks::number(&block.literal),
            _ => None,
        };
        // A mark in a code block or HTML block does not count, and takes its partner with it.
        let mut survives = vec![false; self.marks.len()];
        for n in root.children().filter_map(number) {
            survives[n] = true;
        }
        let mut places = Vec::new();
        let mut quotes = 0usize;
        for node in root.children() {
            let Some(n) = number(node) else {
                places.push((node, Place { in_quote: quotes > 0, ..Place::default() }));
                continue;
            };
            let mark = &self.marks[n];
            if let Some(Block::Poll(poll)) = &mark.begins {
                // A quoted poll, and one too many, are words like others.
                let is_live = quotes == 0 && self.found.polls.len() < POLLS_MOST;
                if is_live {
                    self.found.polls.push(poll.clone());
                }
                node.data_mut().value = NodeValue::Raw(poll.html(is_live));
                continue;
            }
            if !survives[mark.partner] || mark.partner == n {
                self.literal(node, &mark.literal);
                continue;
            }
            let html = match (&mark.begins, &self.marks[mark.partner].begins) {
                (Some(block), _) => {
                    if let Block::Quote(from) = block {
                        quotes += 1;
                        self.found.quotes.push(from.clone());
                    }
                    let topic = match block {
                        Block::Quote(from) => from.topic_id.and_then(|id| self.resolve.topic(id)),
                        Block::Details(_) | Block::Poll(_) => None,
                    };
                    blocks::begin(block, topic.as_ref())
                }
                (None, Some(block)) => {
                    quotes -= usize::from(matches!(block, Block::Quote(_)));
                    blocks::end(block).to_owned()
                }
                (None, None) => String::new(),
            };
            node.data_mut().value = NodeValue::Raw(html);
        }
        places
    }

    /// Turns a mark into the paragraph that its author wrote.
    fn literal(&self, node: Node<'a>, literal: &str) {
        node.data_mut().value = NodeValue::Paragraph;
        node.append(new(self.arena, NodeValue::Text(literal.to_owned().into())));
    }

    /// Rewrites one node. Returns where its children are, or nothing if they need no visit.
    fn visit(&mut self, node: Node<'a>, place: Place) -> Option<Place> {
        enum Next {
            Text(String),
            Html(String),
            Literal(String),
            Attachment,
            Task(bool),
            WikiLink(String),
            Enter(Place),
            Done,
        }
        let next = match &mut node.data_mut().value {
            NodeValue::Text(text) if place.in_image => {
                if self.is_marked(text) {
                    *text = blocks::restore(text, self.marks).into();
                }
                Next::Done
            }
            NodeValue::Text(text) => Next::Text(text.to_string()),
            NodeValue::Code(code) => {
                self.found.has_code = true;
                if self.is_marked(&code.literal) {
                    code.literal = blocks::restore(&code.literal, self.marks);
                }
                Next::Done
            }
            NodeValue::CodeBlock(block) => {
                self.found.has_code = true;
                Next::Html(self.code(block))
            }
            NodeValue::HtmlBlock(block) => match blocks::number(&block.literal) {
                Some(n) if n < self.marks.len() => Next::Literal(self.marks[n].literal.clone()),
                _ => {
                    self.found.has_html = true;
                    if self.is_marked(&block.literal) {
                        block.literal = blocks::restore(&block.literal, self.marks);
                    }
                    if let Some(html) = clean::show_swallowing(&block.literal) {
                        block.literal = html;
                    }
                    Next::Done
                }
            },
            NodeValue::HtmlInline(html) => {
                self.found.has_html = true;
                if let Some(shown) = clean::show_swallowing(html).filter(|_| !place.in_image) {
                    *html = shown;
                }
                Next::Done
            }
            NodeValue::Link(link) => {
                let inner = Place { in_link: true, ..place };
                if is_upload(&link.url) { Next::Attachment } else { Next::Enter(inner) }
            }
            NodeValue::Image(_) => Next::Enter(Place { in_image: true, ..place }),
            NodeValue::WikiLink(link) => Next::WikiLink(link.url.clone()),
            NodeValue::FootnoteReference(reference) => Next::Html(footnotes::reference(self.ids, reference)),
            NodeValue::TaskItem(task) => Next::Task(task.symbol.is_some()),
            NodeValue::BlockQuote => Next::Enter(Place { in_quote: true, ..place }),
            NodeValue::Raw(_) => Next::Done,
            _ => Next::Enter(place),
        };
        match next {
            Next::Text(text) => self.text(node, &text, place),
            Next::Html(html) => node.data_mut().value = NodeValue::Raw(html),
            Next::Literal(text) => self.literal(node, &text),
            Next::Attachment => {
                attachment(node);
                return Some(Place { in_link: true, ..place });
            }
            Next::WikiLink(target) => self.wiki_link(node, &target, place.in_link),
            Next::Task(done) => {
                self.task(node, done);
                return Some(place);
            }
            Next::Enter(inner) => return Some(inner),
            Next::Done => {}
        }
        None
    }

    fn is_marked(&self, text: &str) -> bool {
        !self.marks.is_empty() && text.contains(mark())
    }

    fn code(&mut self, block: &NodeCodeBlock) -> String {
        if self.is_marked(&block.literal) {
            let literal = blocks::restore(&block.literal, self.marks);
            return code::block(&block.info, &literal, &mut self.colours);
        }
        code::block(&block.info, &block.literal, &mut self.colours)
    }

    fn text(&mut self, node: Node<'a>, text: &str, place: Place) {
        let mentions = if place.in_quote { &mut self.quoted } else { &mut self.found.mentions };
        let Some(pieces) = inline::split(text, !place.in_link, self.resolve, mentions) else {
            return;
        };
        let mut last = node;
        for (i, piece) in pieces.into_iter().enumerate() {
            let value = match piece {
                Piece::Text(text) => NodeValue::Text(text.into()),
                Piece::Html(html) => NodeValue::Raw(html),
            };
            if i == 0 {
                node.data_mut().value = value;
            } else {
                let next = new(self.arena, value);
                last.insert_after(next);
                last = next;
            }
        }
    }

    /// Turns `[[target|label]]` into a link, or back into text where there can be none.
    fn wiki_link(&mut self, node: Node<'a>, target: &str, in_link: bool) {
        let written = node.collect_text();
        let shown = self.resolve.wiki().href(target);
        for child in node.children().collect::<Vec<_>>() {
            child.detach();
        }
        let label = match &shown {
            // The pipe trick: `[[m:Page (x)|]]` shows as "Page".
            _ if written.is_empty() => crate::interwiki::short_name(target),
            Some((_, label)) if written == target => label.clone(),
            _ => written,
        };
        let text = NodeValue::Text(label.into());
        match shown {
            Some((href, _)) if !in_link => {
                node.data_mut().value = NodeValue::Link(Box::new(NodeLink { url: href, title: String::new() }));
                node.append(new(self.arena, text));
            }
            _ => node.data_mut().value = text,
        }
    }

    /// The item's text is the label of its checkbox, so that it has a name in every language.
    fn task(&self, node: Node<'a>, done: bool) {
        let list = match node.parent().map(|p| p.data().value.clone()) {
            Some(NodeValue::List(list)) => list,
            _ => NodeList::default(),
        };
        node.data_mut().value = NodeValue::Item(list);
        let own = mark();
        let checked = if done { format!(" checked=\"{own}\"") } else { String::new() };
        let input = format!("<label class=\"{own}task\"><input type=\"{own}checkbox\" disabled=\"{own}\"{checked}> ");
        if let Some(paragraph) = node.first_child() {
            paragraph.prepend(new(self.arena, NodeValue::Raw(input)));
            paragraph.append(new(self.arena, NodeValue::Raw("</label>".to_owned())));
        }
    }
}

/// `[name|attachment](upload://…)`: the text of the link is the name.
fn attachment(link: Node<'_>) {
    if let Some(last) = link.last_child()
        && let NodeValue::Text(text) = &mut last.data_mut().value
        && let Some((name, "attachment" | "video" | "audio")) = text.rsplit_once('|')
    {
        *text = name.trim_end().to_owned().into();
    }
}
