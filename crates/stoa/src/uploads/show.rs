//! `GET /uploads/{sha256}.{extension}` and `/uploads/{sha256}-{width}.{extension}`: a file, to whoever may see it.

use axum::http::{HeaderMap, HeaderValue, StatusCode, header};
use axum::response::{IntoResponse, Response};

use super::{mime, seen};
use crate::app::App;
use crate::web::error::{Error, Result};
use crate::web::extract::Path;
use crate::web::{Visit, accept};

/// What never changes and everybody may see.
const OPEN: HeaderValue = HeaderValue::from_static("public, max-age=31536000, immutable");
/// What this reader may see now: their browser keeps it, and asks again whether they still may.
const PRIVATE: HeaderValue = HeaderValue::from_static("private, no-cache");

/// The parts of a file's address.
struct Asked<'a> {
    sha256: &'a str,
    extension: &'a str,
    is_variant: bool,
}

fn asked(file: &str) -> Option<Asked<'_>> {
    let (stem, extension) = file.split_once('.')?;
    let plain = |s: &str| !s.is_empty() && s.bytes().all(|b| b.is_ascii_lowercase() || b.is_ascii_digit());
    let (sha256, width) = stem.split_once('-').map_or((stem, None), |(hash, width)| (hash, Some(width)));
    let is_width = |w: &str| (1..=5).contains(&w.len()) && w.bytes().all(|b| b.is_ascii_digit());
    let fits = sha256.len() == 64 && extension.len() <= 12 && plain(sha256) && plain(extension);
    (fits && width.is_none_or(is_width)).then_some(Asked { sha256, extension, is_variant: width.is_some() })
}

pub async fn file(v: Visit, app: App, Path(file): Path<String>, headers: HeaderMap) -> Result {
    let Asked { sha256, extension, is_variant } = asked(&file).ok_or(Error::NotFound)?;
    let found = app.db.read(|tx| seen::find(tx, &v.site, &v.viewer, sha256)).await?.ok_or(Error::NotFound)?;
    // The same bytes may have come under two endings; the row says which one they have.
    let (name, extension) = match is_variant {
        true => (file.clone(), extension),
        false => (found.stored.file_name(), found.stored.extension.as_str()),
    };
    let etag = format!("\"{}\"", &file[..file.len().min(72)]);
    let kept = [
        (header::CACHE_CONTROL, if found.is_open { OPEN } else { PRIVATE }),
        (header::ETAG, HeaderValue::try_from(&etag).map_err(|e| Error::Fault(e.into()))?),
    ];
    if accept::has(&headers, &etag) {
        return Ok((StatusCode::NOT_MODIFIED, kept).into_response());
    }
    let store = app.clone();
    let bytes = tokio::task::spawn_blocking(move || store.store.get(&name)).await;
    let bytes = bytes.map_err(|e| Error::Fault(e.into()))??.ok_or(Error::NotFound)?;
    // Whatever a file contains, it runs nothing here.
    let safe = [(header::CONTENT_SECURITY_POLICY, "default-src 'none'; sandbox")];
    let response: Response = match mime(extension) {
        Some(kind) => (kept, safe, [(header::CONTENT_TYPE, kind)], bytes).into_response(),
        None => {
            let download = HeaderValue::try_from(disposition(&found.stored.name));
            let download = download.unwrap_or(HeaderValue::from_static("attachment"));
            let kind = [
                (header::CONTENT_TYPE, HeaderValue::from_static("application/octet-stream")),
                (header::CONTENT_DISPOSITION, download),
            ];
            (kept, safe, kind, bytes).into_response()
        }
    };
    Ok(response)
}

/// A download's name as RFC 6266 has it: plain letters for old browsers, all of it in UTF-8 for the others (RFC 8187).
fn disposition(name: &str) -> String {
    let plain: String =
        name.chars().map(|c| if c.is_ascii_alphanumeric() || " ._-()".contains(c) { c } else { '_' }).collect();
    let mut whole = String::new();
    for byte in name.bytes() {
        match byte {
            b'A'..=b'Z' | b'a'..=b'z' | b'0'..=b'9' | b'.' | b'_' | b'-' => whole.push(byte.into()),
            _ => whole.push_str(&format!("%{byte:02X}")),
        }
    }
    format!("attachment; filename=\"{plain}\"; filename*=UTF-8''{whole}")
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn addresses_are_taken_apart() {
        let hash = "a".repeat(64);
        let is = |file: String| asked(&file).map(|a| (a.extension.to_owned(), a.is_variant));
        assert_eq!(is(format!("{hash}.png")), Some(("png".into(), false)));
        assert_eq!(is(format!("{hash}-800.webp")), Some(("webp".into(), true)));
        for bad in ["{}", "{}.", "{}-.png", "{}-8x.png", "{}-123456.png", "{}.p/g", "{}.PNG", "a{}.png", "../{}.png"] {
            assert_eq!(is(bad.replace("{}", &hash)), None, "{bad}");
        }
    }

    #[test]
    fn downloads_keep_their_names() {
        assert_eq!(
            disposition("Résumé \"1\".pdf"),
            "attachment; filename=\"R_sum_ _1_.pdf\"; filename*=UTF-8''R%C3%A9sum%C3%A9%20%221%22.pdf"
        );
        assert!(!disposition("a\r\nSet-Cookie: x").contains(['\r', '\n']));
    }
}
