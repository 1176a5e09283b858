//! `GET /sitemap.xml` and its parts: every address that strangers may find, for search engines (sitemaps.org). It
//! is what a stranger sees, also when a member asks.

use axum::http::HeaderMap;

use crate::app::App;
use crate::clock::rfc3339;
use crate::db::{Tx, params};
use crate::site::PAGES;
use crate::topics::lists::listed;
use crate::web::error::Result;
use crate::web::extract::Path;
use crate::web::visit::Viewer;
use crate::web::{Error, Visit, stored};

/// Topics whose ids fall into one part; sitemaps.org allows 50,000 addresses in a file.
const PER_PART: i64 = 5000;

const XML: &str = "application/xml; charset=utf-8";
const NAMESPACE: &str = "http://www.sitemaps.org/schemas/sitemap/0.9";

/// Parts with topics in them: number from 1, newest post.
const PARTS: &str = concat!(
    "select (t.id - 1) / $3 + 1, max(t.last_post_at) from topics t where ",
    listed!(),
    " group by (t.id - 1) / $3 + 1 order by 1"
);
const PART: &str = concat!(
    "select t.id, t.slug, t.last_post_at from topics t where ",
    listed!(),
    " and t.id between $3 and $4 order by t.id"
);

/// `GET /sitemap.xml`: the list of the parts. Part 0 holds the pages that are no topics.
pub async fn index(v: Visit, app: App, headers: HeaderMap) -> Result {
    let nobody = Viewer::nobody(&v.site);
    let visit = v.clone();
    send(&v, &app, &headers, "index", move |tx| {
        let mut out = format!("<sitemapindex xmlns=\"{NAMESPACE}\">\n");
        out.push_str(&format!("<sitemap><loc>{}</loc></sitemap>\n", visit.absolute("/sitemap/0.xml")));
        for (number, at) in tx.all::<(i64, i64)>(PARTS, params![&nobody.sees, false, PER_PART])? {
            let place = visit.absolute(&format!("/sitemap/{number}.xml"));
            out.push_str(&format!("<sitemap><loc>{place}</loc><lastmod>{}</lastmod></sitemap>\n", rfc3339(at)));
        }
        out.push_str("</sitemapindex>\n");
        Ok(out)
    })
    .await
}

/// `GET /sitemap/{number}.xml`.
pub async fn part(v: Visit, app: App, Path(file): Path<String>, headers: HeaderMap) -> Result {
    let number: i64 = file.strip_suffix(".xml").and_then(|n| n.parse().ok()).ok_or(Error::NotFound)?;
    let last = number.checked_mul(PER_PART).filter(|_| number >= 0).ok_or(Error::NotFound)?;
    let nobody = Viewer::nobody(&v.site);
    let visit = v.clone();
    send(&v, &app, &headers, &format!("part {number}"), move |tx| {
        let mut out = format!("<urlset xmlns=\"{NAMESPACE}\">\n");
        let mut entry = |path: &str, at: Option<i64>| {
            let at = at.map_or(String::new(), |at| format!("<lastmod>{}</lastmod>", rfc3339(at)));
            out.push_str(&format!("<url><loc>{}</loc>{at}</url>\n", visit.absolute(path)));
        };
        if number == 0 {
            entry("/", None);
            entry("/categories", None);
            entry("/tags", None);
            for name in PAGES {
                entry(&format!("/{name}"), None);
            }
            for category in visit.site.categories.iter().filter(|c| nobody.may_see(c.id)) {
                entry(&category.url(), None);
            }
        } else {
            let found: Vec<(i64, String, i64)> =
                tx.all(PART, params![&nobody.sees, false, last - PER_PART + 1, last])?;
            if found.is_empty() {
                return Err(Error::NotFound);
            }
            for (id, slug, at) in found {
                entry(&crate::topics::url(&slug, id), Some(at));
            }
        }
        out.push_str("</urlset>\n");
        Ok(out)
    })
    .await
}

/// Kept until something happens; made off the workers that answer pages.
async fn send(
    v: &Visit,
    app: &App,
    headers: &HeaderMap,
    name: &str,
    make: impl Fn(&Tx) -> Result<String> + Send + 'static,
) -> Result {
    let key = stored::key(v, app, &format!("sitemap {name}")).await?;
    if let Some(found) = app.pages.get(&key) {
        return Ok(found.answer(headers));
    }
    let made = app.db.read_long(move |tx| make(tx)).await?;
    let text = format!("<?xml version=\"1.0\" encoding=\"utf-8\"?>\n{made}");
    Ok(app.pages.put(key, XML, text)?.answer(headers))
}
