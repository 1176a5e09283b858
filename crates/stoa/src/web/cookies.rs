//! Reading and writing cookies. With https they are `__Host-` cookies: of this host alone, and never sent in clear.

use axum::http::{HeaderMap, HeaderValue, header};

/// The value of a cookie.
pub fn read<'h>(headers: &'h HeaderMap, name: &str) -> Option<&'h str> {
    headers
        .get_all(header::COOKIE)
        .iter()
        .filter_map(|line| line.to_str().ok())
        .flat_map(|line| line.split(';'))
        .filter_map(|pair| pair.trim().split_once('='))
        .find(|(key, _)| *key == name)
        .map(|(_, value)| value)
}

/// The full name of a cookie on this site.
pub fn name(base: &str, https: bool) -> String {
    if https { format!("__Host-{base}") } else { base.to_owned() }
}

/// A `Set-Cookie` value (RFC 6265). `seconds`: how long it lives; `None` until the browser is closed, 0 ends it.
pub fn set(base: &str, value: &str, seconds: Option<i64>, https: bool) -> HeaderValue {
    let mut text = format!("{}={value}; Path=/; HttpOnly; SameSite=Lax", name(base, https));
    if https {
        text.push_str("; Secure");
    }
    if let Some(seconds) = seconds {
        text.push_str(&format!("; Max-Age={seconds}"));
    }
    HeaderValue::from_str(&text).expect("cookie values are made of letters, digits, dots and dashes")
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn cookies_are_found_by_their_whole_name() {
        let mut headers = HeaderMap::new();
        headers.insert(header::COOKIE, HeaderValue::from_static("xstoa=1; stoa=2;stoa-look=dark"));
        assert_eq!(read(&headers, "stoa"), Some("2"));
        assert_eq!(read(&headers, "stoa-look"), Some("dark"));
        assert_eq!(read(&headers, "sto"), None);
    }
}
