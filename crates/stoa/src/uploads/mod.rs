//! Files that people sent, kept once under the SHA-256 of their bytes, and served to whoever may see what shows them.
//!
//! A picture is written anew when it comes in (`picture`), with smaller copies beside it; everything else is kept as it
//! came and handed over as a download. `send` takes a file in, `show` hands it out, `seen` says to whom, `uses` remembers
//! which posts show it, `sweep` throws away what nothing shows, and `store` has the bytes.

pub mod animation;
pub mod bucket;
mod later;
pub mod limits;
pub mod picture;
pub mod seen;
pub mod send;
pub mod show;
pub mod store;
pub mod sweep;
pub mod uses;

use sha1::Sha1;
use sha2::{Digest, Sha256};
use stoa_markup::Upload;

use crate::app::App;
use crate::db::{Tx, params};
use crate::web::error::Result;
use crate::web::{Policy, Routes};

/// A stored file.
#[derive(Clone, Debug)]
pub struct Stored {
    pub id: i64,
    pub sha256: String,
    pub extension: String,
    pub name: String,
    pub bytes: i64,
    pub width: Option<i64>,
    pub height: Option<i64>,
}

/// A file to be stored.
pub struct NewFile<'f> {
    pub bytes: &'f [u8],
    /// The name it came with.
    pub name: &'f str,
    pub user_id: Option<i64>,
    pub at: i64,
}

impl Stored {
    pub fn url(&self) -> String {
        Self::url_of(&self.sha256, &self.extension)
    }

    /// The address of a file with this hash and ending.
    pub fn url_of(sha256: &str, extension: &str) -> String {
        format!("/uploads/{sha256}.{extension}")
    }

    pub fn as_upload(&self) -> Upload {
        let size = |n: Option<i64>| n.and_then(|n| u32::try_from(n).ok());
        Upload {
            href: self.url(),
            width: size(self.width),
            height: size(self.height),
            is_image: mime(&self.extension).is_some_and(|m| m.starts_with("image/")),
            name: self.name.clone(),
            sources: Vec::new(),
        }
    }

    /// What its bytes are called in the store.
    pub fn file_name(&self) -> String {
        format!("{}.{}", self.sha256, self.extension)
    }
}

/// What the bytes of a smaller copy are called.
pub fn variant_name(sha256: &str, width: i64, extension: &str) -> String {
    format!("{sha256}-{width}.{extension}")
}

/// Types that are shown in the page; everything else is handed over as a download. No SVG: it can run scripts.
fn mime(extension: &str) -> Option<&'static str> {
    Some(match extension {
        "png" => "image/png",
        "jpg" | "jpeg" => "image/jpeg",
        "gif" => "image/gif",
        "webp" => "image/webp",
        "avif" => "image/avif",
        _ => return None,
    })
}

pub fn routes() -> Routes {
    Routes::new()
        .get("/uploads/{file}", Policy::Everyone, show::file)
        .get("/avatars/{file}", Policy::Everyone, show::file)
        .post_file("/uploads", Policy::Members, send::FIELDS, send::submit)
}

/// What a file is called by its content, not by its name: the four picture types by their first bytes, anything else
/// by a harmless ending of its own.
fn extension_of(bytes: &[u8], name: &str) -> String {
    if let Ok(format) = image::guess_format(bytes) {
        match format {
            image::ImageFormat::Png => return "png".into(),
            image::ImageFormat::Jpeg => return "jpg".into(),
            image::ImageFormat::Gif => return "gif".into(),
            image::ImageFormat::WebP => return "webp".into(),
            _ => {}
        }
    }
    let ending = name.rsplit_once('.').map_or("", |(_, e)| e).to_ascii_lowercase();
    let fits = !ending.is_empty() && ending.len() <= 12 && ending.bytes().all(|b| b.is_ascii_alphanumeric());
    if fits && mime(&ending).is_none() { ending } else { "bin".into() }
}

/// Writes a file to the store as it is (whole, or not at all) and tells what it is. The row comes with [`add`].
pub fn keep_file(app: &App, file: &NewFile) -> Result<Stored> {
    let stored = told(file);
    app.store.put(&stored.file_name(), file.bytes)?;
    Ok(stored)
}

/// What a file is, by its bytes.
fn told(file: &NewFile) -> Stored {
    let size = image::ImageReader::new(std::io::Cursor::new(file.bytes))
        .with_guessed_format()
        .ok()
        .and_then(|reader| reader.into_dimensions().ok());
    Stored {
        id: 0,
        sha256: hex::encode(Sha256::digest(file.bytes)),
        extension: extension_of(file.bytes, file.name),
        name: file.name.chars().take(255).collect(),
        bytes: file.bytes.len() as i64,
        width: size.map(|s| s.0.into()),
        height: size.map(|s| s.1.into()),
    }
}

/// The row of a file that [`keep_file`] has kept; a file that is there already keeps its row.
pub fn add(tx: &Tx, stored: &Stored, sha1: &str, user_id: Option<i64>, at: i64) -> Result<i64> {
    tx.exec(
        "insert into uploads (sha256, sha1, extension, name, bytes, width, height, user_id, created_at)
         values ($1, $2, $3, $4, $5, $6, $7, $8, $9) on conflict (sha256) do nothing",
        params![
            &stored.sha256,
            sha1,
            &stored.extension,
            &stored.name,
            stored.bytes,
            stored.width,
            stored.height,
            user_id,
            at
        ],
    )?;
    tx.one("select id from uploads where sha256 = $1", params![&stored.sha256])
}

pub fn sha1_of(bytes: &[u8]) -> String {
    hex::encode(Sha1::digest(bytes))
}

const BASE62: &[u8; 62] = b"0123456789abcdefghijklmnopqrstuvwxyzABCDEFGHIJKLMNOPQRSTUVWXYZ";

/// The SHA-1 in a Discourse short address: the number in base 62, digits before small letters before capitals.
pub fn sha1_of_short(short: &str) -> Option<String> {
    let mut bytes = [0u8; 20];
    if short.is_empty() || short.len() > 27 {
        return None;
    }
    for digit in short.bytes() {
        let mut carry = BASE62.iter().position(|d| *d == digit)?;
        for byte in bytes.iter_mut().rev() {
            carry += usize::from(*byte) * 62;
            *byte = (carry & 0xff) as u8;
            carry >>= 8;
        }
        if carry > 0 {
            return None;
        }
    }
    Some(hex::encode(bytes))
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn short_addresses_hold_a_sha1() {
        // The SHA-1 with only its last byte set to 62 is "10" in base 62.
        let sha1 = sha1_of_short("10").expect("two digits");
        assert_eq!(sha1, format!("{:0>40}", "3e"));
        assert_eq!(sha1_of_short("Z").expect("a digit"), format!("{:0>40}", "3d"));
        assert_eq!(sha1_of_short("!"), None);
        assert_eq!(sha1_of_short(&"Z".repeat(27)), None, "more than 160 bits");
    }

    #[test]
    fn a_file_is_what_its_bytes_say() {
        assert_eq!(extension_of(b"\x89PNG\r\n\x1a\n....", "evil.html"), "png");
        assert_eq!(extension_of(b"<svg onload=alert(1)>", "picture.png"), "bin");
        assert_eq!(extension_of(b"%PDF-1.7", "paper.pdf"), "pdf");
    }
}
