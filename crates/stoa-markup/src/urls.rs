//! Addresses: which are allowed, which leave this site, which are stored files.

use crate::Resolve;
use crate::clean::SCHEMES;

/// `url` as a browser reads it, if its scheme is allowed or it has none.
pub(crate) fn safe_url(url: &str) -> Option<String> {
    let mut url = url.trim_matches(|c: char| c <= ' ').to_owned();
    url.retain(|c| !matches!(c, '\t' | '\n' | '\r'));
    let head = url.find(['/', '?', '#']).map_or(&*url, |end| &url[..end]);
    match head.split_once(':') {
        Some((scheme, _)) if !SCHEMES.contains(&scheme.to_ascii_lowercase().as_str()) => None,
        _ => Some(url),
    }
}

/// Does `href` leave this site?
pub(crate) fn leads_away(href: &str, resolve: &dyn Resolve) -> bool {
    let start: String = href.chars().take(8).map(|c| if c == '\\' { '/' } else { c.to_ascii_lowercase() }).collect();
    if start.starts_with("http:") || start.starts_with("https:") {
        return !resolve.is_own(href);
    }
    start.starts_with("//")
}

/// Is this the address of a stored file, as Discourse or Stoa write it?
pub(crate) fn is_upload(url: &str) -> bool {
    url.starts_with("upload:") || url.contains("/uploads/")
}

#[cfg(test)]
mod tests {
    use super::*;
    use crate::Nothing;

    #[test]
    fn only_listed_schemes_pass_however_they_are_written() {
        for good in ["http://a", "HTTPS://a", "mailto:a@b", "/a:b", "#a:b", "a/b:c", "?a:b", "geo:1,2", "a"] {
            assert_eq!(safe_url(good).as_deref(), Some(good));
        }
        for bad in [
            "javascript:x",
            " \u{1}JavaScript:x",
            "java\nscript:x",
            "data:text/html,x",
            "vbscript:x",
            "file:///x",
            "blob:x",
            "x\u{0}y:z",
        ] {
            assert_eq!(safe_url(bad), None, "{bad:?}");
        }
    }

    #[test]
    fn addresses_of_other_hosts_leave() {
        for away in ["https://a.example", "//a.example", "/\\a.example", "\\\\a", "HTTP:a.example"] {
            assert!(leads_away(away, &Nothing), "{away}");
        }
        for here in ["/a", "a", "#a", "mailto:a@b.example"] {
            assert!(!leads_away(here, &Nothing), "{here}");
        }
    }
}
