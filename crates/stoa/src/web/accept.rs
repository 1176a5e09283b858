//! Which stored form of a body a browser takes.

use axum::http::{HeaderMap, header};

/// Content codings that Stoa stores bodies in.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub enum Coding {
    Zstd,
    Brotli,
    Plain,
}

/// The best coding that `Accept-Encoding` names without `q=0` (RFC 9110, section 12.5.3).
pub fn coding(headers: &HeaderMap) -> Coding {
    let Some(accepted) = headers.get(header::ACCEPT_ENCODING).and_then(|v| v.to_str().ok()) else {
        return Coding::Plain;
    };
    let takes = |name: &str| {
        accepted.split(',').any(|part| {
            let mut pieces = part.split(';').map(str::trim);
            pieces.next().is_some_and(|n| n.eq_ignore_ascii_case(name))
                && !pieces.any(|p| p.replace(' ', "").trim_end_matches(['0', '.']).eq_ignore_ascii_case("q="))
        })
    };
    if takes("zstd") {
        Coding::Zstd
    } else if takes("br") {
        Coding::Brotli
    } else {
        Coding::Plain
    }
}

/// Whether the caller has this version already (RFC 9110, section 13.1.2).
pub fn has(headers: &HeaderMap, etag: &str) -> bool {
    let Some(known) = headers.get(header::IF_NONE_MATCH).and_then(|v| v.to_str().ok()) else { return false };
    known.split(',').map(|t| t.trim().trim_start_matches("W/")).any(|t| t == etag || t == "*")
}

#[cfg(test)]
mod tests {
    use super::*;

    fn of(text: &'static str) -> Coding {
        let mut headers = HeaderMap::new();
        headers.insert(header::ACCEPT_ENCODING, text.parse().expect("a header value"));
        coding(&headers)
    }

    #[test]
    fn the_best_coding_is_chosen() {
        assert_eq!(of("gzip, deflate, br, zstd"), Coding::Zstd);
        assert_eq!(of("br;q=0.9, zstd;q=0"), Coding::Brotli);
        assert_eq!(of("gzip"), Coding::Plain);
        assert_eq!(coding(&HeaderMap::new()), Coding::Plain);
    }
}
