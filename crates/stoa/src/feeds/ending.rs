//! `/latest.atom` is the feed of `/latest`. A route cannot match the end of a part of a path, so before routing the
//! ending goes to the front: `/feeds/atom/latest`.

use axum::extract::{OriginalUri, Request};

/// The endings that mean a feed.
const ENDINGS: [&str; 2] = ["atom", "rss"];

/// Path without ending, and the ending.
fn split(path: &str) -> Option<(&str, &'static str)> {
    let (front, ending) = path.rsplit_once('.')?;
    let ending = ENDINGS.into_iter().find(|e| *e == ending)?;
    (front.len() > 1 && !front.ends_with('/')).then_some((front, ending))
}

/// Moves the ending of a feed's address to its front; the address as asked for stays with the request.
pub fn to_front(mut request: Request) -> Request {
    let Some((front, ending)) = split(request.uri().path()) else { return request };
    let query = request.uri().query().map_or(String::new(), |q| format!("?{q}"));
    if let Ok(uri) = format!("/feeds/{ending}{front}{query}").parse() {
        let original = OriginalUri(request.uri().clone());
        request.extensions_mut().insert(original);
        *request.uri_mut() = uri;
    }
    request
}

/// The address of a page that is no feed, though its name may end like one: the dot is written `%2E`.
pub fn kept(mut path: String) -> String {
    if let Some((front, _)) = split(&path) {
        path.replace_range(front.len()..=front.len(), "%2E");
    }
    path
}

#[cfg(test)]
mod tests {
    use super::*;

    fn moved(path: &str) -> String {
        let request = Request::builder().uri(path).body(axum::body::Body::empty()).expect("an address");
        to_front(request).uri().to_string()
    }

    #[test]
    fn endings_go_to_the_front() {
        assert_eq!(moved("/t/tea/5.atom"), "/feeds/atom/t/tea/5");
        assert_eq!(moved("/top.rss?period=week"), "/feeds/rss/top?period=week");
        assert_eq!(moved("/u/J.R.R..atom"), "/feeds/atom/u/J.R.R.");
        for other in ["/latest", "/.atom", "/x/.rss", "/latest.json", "/assets/a.css", "/a.atom/b"] {
            assert_eq!(moved(other), other);
        }
    }

    #[test]
    fn names_that_end_like_feeds_keep_their_pages() {
        assert_eq!(kept("/tag/feed.rss".into()), "/tag/feed%2Erss");
        assert_eq!(kept("/tag/v1.2".into()), "/tag/v1.2");
        assert_eq!(moved(&kept("/tag/feed.rss".into())), "/tag/feed%2Erss");
    }
}
