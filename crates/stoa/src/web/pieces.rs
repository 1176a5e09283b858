//! A page for members, in pieces: what is the same for all of them is rendered and compressed once; each reader's own
//! bits are set in between.
//!
//! As zstd, an answer is a row of frames: RFC 8878, section 3.1, "the decompressed content of multiple concatenated
//! frames is the concatenation of each frame's decompressed content". Posts stand in groups: a group in which nothing is
//! the reader's own is one stored frame.

use std::cell::RefCell;
use std::sync::OnceLock;

use axum::http::{HeaderValue, header};
use axum::response::{IntoResponse, Response};
use bytes::Bytes;
use zstd::bulk::Compressor;

use super::accept::Coding;
use super::error::Result;
use crate::posts::marks::{self, Mark};

/// Posts that are compressed together.
const GROUP: usize = 10;
/// Text the same for all that is shorter goes with its neighbours, in bytes.
const SHORT: usize = 300;
/// For what is made for one reader: the quickest.
const QUICK: i32 = 1;
/// For what is kept.
const KEPT: i32 = 6;

thread_local! {
    static COMPRESSOR: RefCell<Compressor<'static>> =
        RefCell::new(Compressor::new(QUICK).expect("a compressor needs nothing but memory"));
}

/// Bytes as one zstd frame, the quickest way.
pub fn zstd(bytes: &[u8]) -> std::io::Result<Vec<u8>> {
    COMPRESSOR.with_borrow_mut(|compressor| compressor.compress(bytes))
}

/// Text that is the same for all, compressed when somebody first takes it so.
struct Same {
    text: String,
    zstd: OnceLock<Bytes>,
}

impl Same {
    fn new(text: String) -> Same {
        Same { text, zstd: OnceLock::new() }
    }

    fn zstd(&self) -> std::io::Result<&Bytes> {
        if let Some(made) = self.zstd.get() {
            return Ok(made);
        }
        let made = zstd::bulk::compress(self.text.as_bytes(), KEPT)?;
        Ok(self.zstd.get_or_init(|| made.into()))
    }
}

/// A post that may look different to some.
struct Item {
    id: i64,
    number: i64,
    author: i64,
    /// With its marks.
    text: String,
}

enum Part {
    Same(Same),
    /// Text with marks.
    Own(String),
    /// Posts, and what they are to everybody else.
    Group(Vec<Item>, Same),
}

/// The page.
pub struct Pieces {
    parts: Vec<Part>,
    size: usize,
    /// The polls on it, and the posts that have them: each reader sees those in a way of their own.
    polls: Vec<i64>,
    with_polls: Vec<i64>,
}

impl Pieces {
    /// Takes a rendered page with marks apart. `plain` says what stands at a mark of a post for a reader to whom the post
    /// is nothing special.
    pub fn of(page: &str, mut plain: impl FnMut(Mark, &mut String) -> Result<()>) -> Result<Pieces> {
        let mut parts = Vec::new();
        let mut items: Vec<Item> = Vec::new();
        let (mut polls, mut with_polls) = (Vec::new(), Vec::new());
        let mut rest = page;
        while let Some((before, mark, after)) = marks::next(rest) {
            if let (Mark::Poll { poll }, Some(item)) = (mark, items.last()) {
                polls.push(poll);
                with_polls.push(item.id);
            }
            let in_post = items.last_mut();
            match (mark, in_post) {
                (Mark::Post { id, number, author }, in_post) => {
                    match in_post {
                        Some(item) => item.text.push_str(before),
                        None => push_same(&mut parts, before),
                    }
                    items.push(Item { id, number, author, text: String::new() });
                }
                (Mark::End, in_post) => {
                    match in_post {
                        Some(item) => item.text.push_str(before),
                        None => push_same(&mut parts, before),
                    }
                    while !items.is_empty() {
                        let group: Vec<Item> = items.drain(..items.len().min(GROUP)).collect();
                        let mut text = String::new();
                        for item in &group {
                            text.push_str(&marks::fill(&item.text, &mut plain)?);
                        }
                        parts.push(Part::Group(group, Same::new(text)));
                    }
                }
                (mark, Some(item)) => {
                    item.text.push_str(before);
                    item.text.push_str(&mark.to_string());
                }
                (mark, None) => {
                    push_same(&mut parts, before);
                    parts.push(Part::Own(mark.to_string()));
                }
            }
            rest = after;
        }
        push_same(&mut parts, rest);
        let size = parts.iter().map(size_of).sum();
        Ok(Pieces { parts, size, polls, with_polls })
    }

    /// Bytes it takes in memory.
    pub fn size(&self) -> usize {
        self.size
    }

    /// The polls on the page.
    pub fn polls(&self) -> &[i64] {
        &self.polls
    }

    /// Whether a post asks something.
    pub fn has_poll(&self, post: i64) -> bool {
        self.with_polls.contains(&post)
    }

    /// The numbers of the posts on the page, in order.
    pub fn numbers(&self) -> impl Iterator<Item = i64> {
        let groups =
            self.parts.iter().filter_map(|part| if let Part::Group(items, _) = part { Some(items) } else { None });
        groups.flatten().map(|item| item.number)
    }

    /// The page for one reader: `is_special` tells for (id, number, author) whether a post is not to them what it is to
    /// all others, `put` what stands at a mark.
    pub fn answer(
        &self,
        coding: Coding,
        is_special: impl Fn(i64, i64, i64) -> bool,
        mut put: impl FnMut(Mark, &mut String) -> Result<()>,
    ) -> Result {
        let mut out = Out { coding, bytes: Vec::with_capacity(24 * 1024), own: String::with_capacity(8 * 1024) };
        for part in &self.parts {
            match part {
                Part::Same(same) => out.same(same)?,
                Part::Own(text) => marks::fill_into(text, &mut put, &mut out.own)?,
                Part::Group(items, same) => {
                    if items.iter().any(|item| is_special(item.id, item.number, item.author)) {
                        for item in items {
                            let start = Mark::Post { id: item.id, number: item.number, author: item.author };
                            put(start, &mut out.own)?;
                            marks::fill_into(&item.text, &mut put, &mut out.own)?;
                        }
                    } else {
                        out.same(same)?;
                    }
                }
            }
        }
        out.answer()
    }
}

fn push_same(parts: &mut Vec<Part>, text: &str) {
    if !text.is_empty() {
        parts.push(Part::Same(Same::new(text.to_owned())));
    }
}

fn size_of(part: &Part) -> usize {
    match part {
        // The text, and about as much again for its compressed form and what holds both.
        Part::Same(same) => same.text.len() * 3 / 2 + 100,
        Part::Own(text) => text.len() + 50,
        Part::Group(items, same) => items.iter().map(|i| i.text.len() + 80).sum::<usize>() + same.text.len() * 3 / 2,
    }
}

/// What stands before a few bytes as a zstd frame of their own: compressing so little would cost more than it saves.
/// RFC 8878, section 3.1.1: the magic number, a descriptor (one segment, its size in a byte), the size, and the head of
/// the last block, which is raw.
fn uncompressed(length: u8) -> [u8; 9] {
    let [low, high, _, _] = ((u32::from(length) << 3) | 1).to_le_bytes();
    [0x28, 0xb5, 0x2f, 0xfd, 0x20, length, low, high, 0]
}

/// An answer in the making.
struct Out {
    coding: Coding,
    bytes: Vec<u8>,
    /// What is this reader's own, not compressed yet.
    own: String,
}

impl Out {
    fn same(&mut self, same: &Same) -> Result<()> {
        if self.coding != Coding::Zstd || same.text.len() < SHORT {
            self.own.push_str(&same.text);
            return Ok(());
        }
        self.flush()?;
        self.bytes.extend_from_slice(same.zstd()?);
        Ok(())
    }

    fn flush(&mut self) -> Result<()> {
        if let Ok(length) = u8::try_from(self.own.len()) {
            if length > 0 {
                self.bytes.extend_from_slice(&uncompressed(length));
                self.bytes.extend_from_slice(self.own.as_bytes());
            }
        } else {
            COMPRESSOR.with_borrow_mut(|compressor| {
                let at = self.bytes.len();
                self.bytes.resize(at + zstd::zstd_safe::compress_bound(self.own.len()), 0);
                let written = compressor.compress_to_buffer(self.own.as_bytes(), &mut self.bytes[at..])?;
                self.bytes.truncate(at + written);
                Ok::<_, std::io::Error>(())
            })?;
        }
        self.own.clear();
        Ok(())
    }

    fn answer(mut self) -> Result {
        let kind = (header::CONTENT_TYPE, HeaderValue::from_static("text/html; charset=utf-8"));
        let vary = (header::VARY, HeaderValue::from_static("accept-encoding, accept-language, cookie"));
        if self.coding != Coding::Zstd {
            return Ok(([kind, vary], self.own).into_response());
        }
        self.flush()?;
        let coding = (header::CONTENT_ENCODING, HeaderValue::from_static("zstd"));
        let response: Response = ([kind, vary, coding], self.bytes).into_response();
        Ok(response)
    }
}

#[cfg(test)]
mod tests {
    use super::*;
    use http_body_util::BodyExt;

    fn page() -> String {
        let mut page = format!("<body {}>{}", Mark::Csrf, "head ".repeat(100));
        for number in 1..=14 {
            let post = Mark::Post { id: number + 100, number, author: number % 3 };
            page += &format!(
                "{post}<p>{number}</p>{}",
                Mark::Own { author: number % 3, post: number + 100, number, wiki: false }
            );
            page += &"words ".repeat(80);
        }
        page + &format!("{}{}</body>", Mark::End, Mark::Draft)
    }

    fn put(mark: Mark, out: &mut String) -> Result<()> {
        out.push_str(match mark {
            Mark::Csrf => "TOKEN",
            Mark::Draft => "BOX",
            Mark::Own { author: 1, .. } => "MINE",
            Mark::Post { number: 4, .. } => "NEW",
            _ => "",
        });
        Ok(())
    }

    async fn body(response: Response) -> Vec<u8> {
        response.into_body().collect().await.expect("a body").to_bytes().to_vec()
    }

    #[tokio::test]
    async fn pieces_make_the_page_in_every_coding() {
        let nothing = |_: Mark, _: &mut String| Ok(());
        let pieces = Pieces::of(&page(), nothing).expect("a page");
        assert_eq!(pieces.numbers().collect::<Vec<_>>(), (1..=14).collect::<Vec<_>>());
        let whole = marks::fill(&page(), put).expect("a page");
        let special = |_: i64, _: i64, author: i64| author == 1;
        let plain = pieces.answer(Coding::Plain, special, put).expect("an answer");
        assert_eq!(String::from_utf8(body(plain).await).expect("text"), whole);
        let zstd = body(pieces.answer(Coding::Zstd, special, put).expect("an answer")).await;
        let decoded = zstd::decode_all(&zstd[..]).expect("frames in a row");
        assert_eq!(String::from_utf8(decoded).expect("text"), whole);
        let nobody = pieces.answer(Coding::Plain, |_, _, _| false, put).expect("an answer");
        assert_eq!(String::from_utf8(body(nobody).await).expect("text"), whole.replace("MINE", "").replace("NEW", ""));
    }
}
