//! The headers that every answer carries, whatever it is.

use axum::http::{HeaderMap, HeaderName, HeaderValue, header};

/// No page asks another host for anything, runs no inline script, and is framed by nobody.
pub const CSP: &str =
    "default-src 'self'; object-src 'none'; base-uri 'none'; form-action 'self'; frame-ancestors 'none'";

/// The same for the cards that other sites may frame: there is nothing in them but words and one sheet of ours.
pub const FRAMED: &str = "default-src 'none'; style-src 'self'; base-uri 'none'; form-action 'none'; frame-ancestors *";

static ALWAYS: [(HeaderName, &str); 7] = [
    (header::CONTENT_SECURITY_POLICY, CSP),
    (header::X_CONTENT_TYPE_OPTIONS, "nosniff"),
    (header::REFERRER_POLICY, "same-origin"),
    (header::X_FRAME_OPTIONS, "DENY"),
    (HeaderName::from_static("cross-origin-opener-policy"), "same-origin"),
    (HeaderName::from_static("cross-origin-resource-policy"), "same-origin"),
    (
        HeaderName::from_static("permissions-policy"),
        "camera=(), geolocation=(), microphone=(), payment=(), usb=(), interest-cohort=()",
    ),
];

/// Adds what is missing; a handler that said something stricter keeps it.
pub fn add(headers: &mut HeaderMap, https: bool) {
    // The older header has no word for "everybody", so it is left out where that is meant.
    let is_framed = headers.get(header::CONTENT_SECURITY_POLICY).is_some_and(|csp| csp == FRAMED);
    for (name, value) in &ALWAYS {
        let is_left_out = is_framed && name == header::X_FRAME_OPTIONS;
        if !headers.contains_key(name) && !is_left_out {
            headers.insert(name.clone(), HeaderValue::from_static(value));
        }
    }
    if https {
        headers
            .insert(header::STRICT_TRANSPORT_SECURITY, HeaderValue::from_static("max-age=63072000; includeSubDomains"));
    }
    if !headers.contains_key(header::CACHE_CONTROL) {
        headers.insert(header::CACHE_CONTROL, HeaderValue::from_static("private, no-store"));
    }
}
