//! Pages of those who are not logged in, kept compressed, and known by everything they depend on.
//!
//! A key names the page, the language, the look and the versions of what is on it; when something changes the key
//! changes, and the old entry ages out. Nothing is ever compressed twice for the same key.

use std::sync::Arc;

use axum::http::{HeaderMap, HeaderValue, StatusCode, header};
use axum::response::{IntoResponse, Response};
use bytes::Bytes;
use quick_cache::Weighter;
use quick_cache::sync::Cache;
use sha2::{Digest, Sha256};

use super::accept::{self, Coding};
use super::again::{Kept, Served};
use super::error::Result;
use super::pieces::Pieces;

/// Compression levels for stored pages: the knee of the curve for pages of this size.
const ZSTD_LEVEL: i32 = 6;
const BROTLI_LEVEL: i32 = 5;

/// A stored page in the codings that were asked for so far.
pub struct Stored {
    pub kind: &'static str,
    pub etag: HeaderValue,
    plain: Bytes,
    zstd: Bytes,
    brotli: std::sync::OnceLock<Bytes>,
}

#[derive(Clone)]
struct BySize;

impl Weighter<String, Arc<Stored>> for BySize {
    fn weight(&self, key: &String, page: &Arc<Stored>) -> u64 {
        key.len() as u64 + page.size()
    }
}

/// The store of ready pages, of parts of pages, and of pages that members' own bits are set into.
pub struct PageCache {
    pages: Cache<String, Arc<Stored>, BySize>,
    bodies: Cache<String, Arc<super::page::Fragment>, ByLength>,
    members: Cache<String, Arc<Pieces>, ByLength>,
    again: Cache<String, Kept, BySizeOfKept>,
}

#[derive(Clone)]
struct BySizeOfKept;

impl Weighter<String, Kept> for BySizeOfKept {
    fn weight(&self, key: &String, kept: &Kept) -> u64 {
        key.len() as u64 + kept.size()
    }
}

#[derive(Clone)]
struct ByLength;

impl Weighter<String, Arc<super::page::Fragment>> for ByLength {
    fn weight(&self, key: &String, body: &Arc<super::page::Fragment>) -> u64 {
        (key.len() + body.as_str().len()) as u64
    }
}

impl Weighter<String, Arc<Pieces>> for ByLength {
    fn weight(&self, key: &String, body: &Arc<Pieces>) -> u64 {
        (key.len() + body.size()) as u64
    }
}

impl PageCache {
    /// Keeps at most so many bytes of pages, half as many of members' pages and of answers that may be given again.
    pub fn new(bytes: u64) -> PageCache {
        PageCache {
            pages: Cache::with_weighter(2000, bytes, BySize),
            bodies: Cache::with_weighter(200, bytes / 8, ByLength),
            members: Cache::with_weighter(1000, bytes / 2, ByLength),
            again: Cache::with_weighter(2000, bytes / 2, BySizeOfKept),
        }
    }

    pub fn get(&self, key: &str) -> Option<Arc<Stored>> {
        self.pages.get(key)
    }

    /// Compresses a page and keeps it.
    pub fn put(&self, key: String, kind: &'static str, html: String) -> Result<Arc<Stored>> {
        let zstd = zstd::encode_all(html.as_bytes(), ZSTD_LEVEL)?;
        let digest = Sha256::digest(html.as_bytes());
        let etag = HeaderValue::try_from(format!("\"{}\"", hex::encode(&digest[..12])))
            .expect("hexadecimal digits in quotes are a header value");
        let stored =
            Arc::new(Stored { kind, etag, plain: html.into(), zstd: zstd.into(), brotli: std::sync::OnceLock::new() });
        self.pages.insert(key, stored.clone());
        Ok(stored)
    }

    /// A part of a page that is the same for many.
    pub fn body(&self, key: &str) -> Option<Arc<super::page::Fragment>> {
        self.bodies.get(key)
    }

    pub fn put_body(&self, key: String, body: super::page::Fragment) -> Arc<super::page::Fragment> {
        let body = Arc::new(body);
        self.bodies.insert(key, body.clone());
        body
    }

    /// A page of members in pieces.
    pub fn pieces(&self, key: &str) -> Option<Arc<Pieces>> {
        self.members.get(key)
    }

    pub fn put_pieces(&self, key: String, page: Pieces) -> Arc<Pieces> {
        let page = Arc::new(page);
        self.members.insert(key, page.clone());
        page
    }

    /// What a stranger was answered before, see [`super::again`].
    pub fn again(&self, key: &str) -> Option<Kept> {
        self.again.get(key)
    }

    pub fn keep(&self, key: String, kept: Kept) {
        self.again.insert(key, kept);
    }
}

impl Stored {
    /// Bytes it takes in memory.
    pub fn size(&self) -> u64 {
        (self.plain.len() + self.zstd.len() * 2) as u64
    }

    /// The answer in the best coding this caller takes, or 304 when it has the page already.
    pub fn answer(self: &Arc<Self>, asked: &HeaderMap) -> Response {
        let mut response = self.coded(asked);
        response.extensions_mut().insert(Served(self.clone()));
        response
    }

    fn coded(&self, asked: &HeaderMap) -> Response {
        let own = [
            (header::ETAG, self.etag.clone()),
            (header::CACHE_CONTROL, HeaderValue::from_static("private, no-cache")),
            (header::VARY, HeaderValue::from_static("accept-encoding, accept-language, cookie")),
            (header::CONTENT_TYPE, HeaderValue::from_static(self.kind)),
        ];
        if accept::has(asked, self.etag.to_str().unwrap_or("")) {
            return (StatusCode::NOT_MODIFIED, own).into_response();
        }
        match accept::coding(asked) {
            Coding::Zstd => (own, [(header::CONTENT_ENCODING, "zstd")], self.zstd.clone()).into_response(),
            Coding::Brotli => (own, [(header::CONTENT_ENCODING, "br")], self.brotli()).into_response(),
            Coding::Plain => (own, self.plain.clone()).into_response(),
        }
    }

    fn brotli(&self) -> Bytes {
        let made = self.brotli.get_or_init(|| {
            let mut out = Vec::with_capacity(self.plain.len() / 3);
            let params = brotli::enc::BrotliEncoderParams { quality: BROTLI_LEVEL, ..Default::default() };
            brotli::BrotliCompress(&mut &self.plain[..], &mut out, &params).expect("writing to memory does not fail");
            out.into()
        });
        made.clone()
    }
}
