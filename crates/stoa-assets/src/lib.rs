//! The browser's files: bundled from `web/` by the build script, named by their content, compressed once, embedded.
//!
//! A name never changes its content, so a server may let browsers keep every file for ever. The logical names are
//! `stoa.css`, `stoa-rtl.css`, `stoa.js`, `icons.svg`, `favicon.svg`, `favicon.ico` and `apple-touch-icon.png`.

/// One served file, in the three encodings a browser may ask for.
#[derive(Debug)]
pub struct Asset {
    /// The name under `/assets/`, with the fingerprint: `stoa-1a2b3c4d5e.css`.
    pub name: &'static str,
    /// The value of `Content-Type`.
    pub mime: &'static str,
    /// The file as it is.
    pub bytes: &'static [u8],
    /// The file in brotli (RFC 7932), quality 11.
    pub brotli: &'static [u8],
    /// The file in Zstandard (RFC 8878), level 19.
    pub zstd: &'static [u8],
    /// The value of `ETag` for the plain file, quotation marks included.
    pub etag: &'static str,
}

include!(concat!(env!("OUT_DIR"), "/assets.rs"));

/// The file of a fingerprinted name, if there is one.
pub fn get(name: &str) -> Option<&'static Asset> {
    let at = ASSETS.binary_search_by(|asset| asset.name.cmp(name)).ok()?;
    Some(&ASSETS[at])
}

/// The address of a file by its logical name: `stoa.css` → `/assets/stoa-1a2b3c4d5e.css`.
///
/// # Panics
/// When there is no such file: names are written by us, in templates, and a test asks for each of them.
pub fn url(logical: &str) -> &'static str {
    match URLS.binary_search_by(|(name, _)| (*name).cmp(logical)) {
        Ok(at) => URLS[at].1,
        Err(_) => panic!("no asset is called {logical:?}; web/build.mjs names them"),
    }
}

/// Every file, ordered by name.
pub fn all() -> &'static [Asset] {
    ASSETS
}

#[cfg(test)]
mod tests;
