//! Stoa's text dialect: Markdown, quotes, mentions and wiki links in, safe HTML out.
//!
//! A text passes through five steps, each in its own module: bracket tags become Markdown or
//! marks (`blocks`), comrak parses, the tree gets what CommonMark lacks (`tree`), ammonia
//! cleans if the author wrote HTML (`clean`), and one pass over the printed HTML decides about
//! every element, link and image (`finish`). Posts are rendered when they are written, never
//! when they are read.

mod anchors;
mod blocks;
mod clean;
mod code;
mod elsewhere;
mod emoji;
mod escape;
mod finish;
mod footnotes;
mod image;
mod inline;
mod interwiki;
mod languages;
mod lone;
mod markup;
mod offers;
mod options;
mod plain;
mod poll;
mod quote;
mod references;
mod render;
mod resolve;
mod safe;
mod source;
mod tags;
mod tree;
mod urls;
mod wikitext;

pub use anchors::{Anchor, anchors};
pub use clean::is_bounded;
pub use code::rest;
pub use elsewhere::elsewhere;
pub use emoji::emoji_names;
pub use interwiki::Interwiki;
pub use lone::{Lone, lone_links};
pub use offers::offer;
pub use plain::{excerpt, slug};
pub use poll::{POLL_LONGEST, POLL_OPTIONS_MOST, POLLS_MOST, Poll, PollProblem, PollResults, polls, split_at_polls};
pub use quote::{QuoteRef, quote_block};
pub use references::references;
pub use render::{Profile, RENDERER, Rendered, render, render_commonmark, sanitise};
pub use resolve::{Link, Nothing, References, Resolve, Source, Upload};
pub use safe::SafeHtml;
pub use wikitext::{wikitext, wikitext_escaped};
