//! `GET /oembed?url=…`: how a discussion, or a post of it, is set into a page of another site (<https://oembed.com/>).

use askama::Template;
use axum::http::{HeaderMap, StatusCode, header};
use axum::response::{IntoResponse, Response};
use serde::{Deserialize, Serialize};
use url::Url;

use super::{name, seen};
use crate::access;
use crate::app::App;
use crate::db::Tx;
use crate::web::error::{Error, Result};
use crate::web::extract::Query;
use crate::web::routes::Field;
use crate::web::{Refusal, Visit, field, stored};

pub const QUERY: &[Field] = &[field("url", 2000), field("format", 20), field("maxwidth", 10), field("maxheight", 10)];

/// Pixels of the frame, when less is not asked for.
const WIDTH: u32 = 600;
const HEIGHT: u32 = 360;

#[derive(Deserialize)]
pub struct Asked {
    url: Option<String>,
    format: Option<String>,
    maxwidth: Option<String>,
    maxheight: Option<String>,
}

/// The answer, in the order of the specification.
#[derive(Serialize)]
struct Rich {
    version: &'static str,
    #[serde(rename = "type")]
    kind: &'static str,
    title: String,
    author_name: String,
    author_url: String,
    provider_name: String,
    provider_url: String,
    cache_age: u32,
    html: String,
    width: u32,
    height: u32,
}

#[derive(Template)]
#[template(
    source = r#"<iframe src="{{ src }}" width="{{ width }}" height="{{ height }}" title="{{ title }}" loading="lazy" frameborder="0" sandbox="allow-popups allow-popups-to-escape-sandbox"></iframe>"#,
    ext = "html"
)]
struct Frame<'a> {
    src: String,
    width: u32,
    height: u32,
    title: &'a str,
}

#[derive(Template)]
#[template(path = "embeds/templates/oembed.xml")]
struct Xml<'a> {
    rich: &'a Rich,
}

pub async fn page(v: Visit, app: App, Query(asked): Query<Asked>, headers: HeaderMap) -> Result {
    let is_xml = match asked.format.as_deref().unwrap_or("json") {
        "json" | "" => false,
        "xml" => true,
        _ => return Ok(not_implemented()),
    };
    let most = |text: &Option<String>, usual: u32| match text.as_deref().filter(|text| !text.is_empty()) {
        Some(text) => match text.parse::<u32>() {
            Ok(most) if most > 0 => Ok(usual.min(most)),
            _ => Err(Error::from(Refusal::NotAForm)),
        },
        None => Ok(usual),
    };
    let (width, height) = (most(&asked.maxwidth, WIDTH)?, most(&asked.maxheight, HEIGHT)?);
    let place = place(&app.config.base(), asked.url.as_deref().unwrap_or("")).ok_or(Error::NotFound)?;
    let key = stored::key(&v, &app, &format!("oembed {place:?} {width} {height} {is_xml}")).await?;
    if let Some(found) = app.pages.get(&key) {
        return Ok(found.answer(&headers));
    }
    let rich = app.db.read(|tx| rich(tx, &v, &place, width, height)).await?;
    let (kind, text) = match is_xml {
        true => ("text/xml; charset=utf-8", Xml { rich: &rich }.render()?),
        false => ("application/json; charset=utf-8", serde_json::to_string(&rich).map_err(|e| Error::Fault(e.into()))?),
    };
    Ok(app.pages.put(key, kind, text)?.answer(&headers))
}

fn not_implemented() -> Response {
    let said = serde_json::json!({"error": "format", "message": "json, xml"});
    let kind = [(header::CONTENT_TYPE, "application/json; charset=utf-8")];
    (StatusCode::NOT_IMPLEMENTED, kind, said.to_string()).into_response()
}

/// What an address of this site leads to.
#[derive(Debug, PartialEq, Eq)]
enum Place {
    Topic(i64, Option<i64>),
    Post(i64),
}

/// In one of the forms that topics and posts have been linked with.
fn place(base: &str, address: &str) -> Option<Place> {
    let (base, url) = (Url::parse(base).ok()?, Url::parse(address).ok()?);
    if url.origin() != base.origin() || !url.username().is_empty() || url.password().is_some() {
        return None;
    }
    let path = url.path().trim_matches('/').to_owned();
    let parts: Vec<&str> = path.split('/').collect();
    let number = |text: &str| text.parse::<i64>().ok().filter(|n| *n > 0);
    let anchor = url.fragment().and_then(|f| f.strip_prefix('p')).and_then(number);
    match parts.as_slice() {
        ["t", id] => Some(Place::Topic(number(id)?, anchor)),
        // As Discourse has it: topic and post.
        ["t", id, post] if number(id).is_some() => Some(Place::Topic(number(id)?, Some(number(post)?))),
        ["t", _, id] => Some(Place::Topic(number(id)?, anchor)),
        ["t", _, id, post] => Some(Place::Topic(number(id)?, Some(number(post)?))),
        ["p", id] => Some(Place::Post(number(id)?)),
        _ => None,
    }
}

fn rich(tx: &Tx, v: &Visit, place: &Place, width: u32, height: u32) -> Result<Rich> {
    let (topic, number) = match place {
        Place::Topic(topic, number) => (*topic, *number),
        Place::Post(id) => {
            let (topic, post) = access::post(tx, v, *id)?;
            (topic.id, Some(post.number))
        }
    };
    let (topic, post) = seen(tx, v, topic, number)?;
    let src = match &post {
        Some(post) => v.absolute(&format!("/embed/t/{}?post={}", topic.id, post.number)),
        None => v.absolute(&format!("/embed/t/{}", topic.id)),
    };
    let author = name(tx, post.as_ref().map_or(topic.author_id, |post| post.author_id))?;
    Ok(Rich {
        version: "1.0",
        kind: "rich",
        html: Frame { src, width, height, title: &topic.title }.render()?,
        author_url: v.absolute(&crate::users::url(&author)),
        author_name: author,
        provider_name: v.site.name().to_owned(),
        provider_url: v.absolute("/"),
        cache_age: 3600,
        title: topic.title,
        width,
        height,
    })
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn addresses_of_this_site_alone_are_known() {
        let of = |address: &str| place("https://talk.example", address);
        for (address, expected) in [
            ("https://talk.example/t/tea/7", Some(Place::Topic(7, None))),
            ("https://talk.example/t/tea/7?page=2#p31", Some(Place::Topic(7, Some(31)))),
            ("https://talk.example/t/tea/7/31", Some(Place::Topic(7, Some(31)))),
            ("https://talk.example/t/7/31", Some(Place::Topic(7, Some(31)))),
            ("https://talk.example/t/7", Some(Place::Topic(7, None))),
            ("https://talk.example/p/99", Some(Place::Post(99))),
            ("https://talk.example/u/ada", None),
            ("https://talk.example/t/tea/x", None),
            ("https://talk.example.evil.example/t/tea/7", None),
            ("https://a@talk.example/t/tea/7", None),
            ("http://talk.example/t/tea/7", None),
            ("", None),
        ] {
            assert_eq!(of(address), expected, "{address}");
        }
    }
}
