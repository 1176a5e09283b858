//! What wikis answer about what links lead to, read from their JSON. Nothing of it is trusted: texts become plain and short,
//! addresses are of the web or left out.

use std::cell::RefCell;

use html5ever::tendril::StrTendril;
use html5ever::tokenizer::states::RawKind;
use html5ever::tokenizer::{BufferQueue, TagKind, Token, TokenSink, TokenSinkResult, Tokenizer};
use serde::{Deserialize, Serialize};
use serde_json::Value;
use stoa_markup::excerpt;

use crate::wikis::api::list;

const TITLE: usize = 300;
const ABOUT: usize = 240;
const COMMENT: usize = 300;
const NAME: usize = 120;

/// What is kept, as JSON.
#[derive(Clone, Debug, Default, PartialEq, Eq, Serialize, Deserialize)]
#[serde(default)]
pub struct Said {
    /// Of the page in the end, behind redirects; the label of an item.
    pub title: String,
    pub about: String,
    /// Of title and text.
    pub lang: String,
    /// The address of a picture that may be copied.
    pub picture: String,
    /// The same in languages of the interface.
    pub names: Vec<Name>,
    pub revision: Option<Revision>,
    pub file: Option<File>,
}

/// A page in another language.
#[derive(Clone, Debug, Default, PartialEq, Eq, Serialize, Deserialize)]
#[serde(default)]
pub struct Name {
    /// The language of the interface that it is for.
    pub code: String,
    /// The language it is in.
    pub lang: String,
    pub title: String,
    pub about: String,
    /// Empty where it is the same page.
    pub url: String,
}

/// Who changed a page, when and by how much.
#[derive(Clone, Debug, Default, PartialEq, Eq, Serialize, Deserialize)]
#[serde(default)]
pub struct Revision {
    pub by: String,
    pub at: i64,
    /// Bytes that came or went.
    pub change: Option<i64>,
    pub comment: String,
}

/// Whose a file is.
#[derive(Clone, Debug, Default, PartialEq, Eq, Serialize, Deserialize)]
#[serde(default)]
pub struct File {
    pub author: String,
    pub licence: String,
}

/// What came of asking.
#[derive(Clone, Debug, PartialEq, Eq)]
pub enum Found {
    Known(Box<Said>),
    /// There is no such page.
    Missing,
    /// Not a page, or hidden, or deleted.
    Nothing,
}

/// The page that a title stands for in an answer, behind what the wiki made of the title.
pub fn page_of<'a>(query: &'a Value, asked: &str) -> Option<&'a Value> {
    let mut title = asked.to_owned();
    for (renamed, most) in [("normalized", 1), ("redirects", 5)] {
        for _ in 0..most {
            let next =
                list(&query[renamed]).find(|pair| pair["from"] == title.as_str()).and_then(|pair| pair["to"].as_str());
            match next {
                Some(to) => to.clone_into(&mut title),
                None => break,
            }
        }
    }
    list(&query["pages"]).find(|page| page["title"] == title.as_str())
}

/// What a page's part of an answer says.
pub fn page(page: &Value) -> Found {
    let is = |name: &str| page[name].as_bool() == Some(true);
    let title = plain_line(page["title"].as_str().unwrap_or(""), TITLE);
    if is("invalid") || is("special") || title.is_empty() {
        return Found::Nothing;
    }
    let image = &page["imageinfo"][0];
    if is("missing") && !image.is_object() {
        return if is("known") { Found::Nothing } else { Found::Missing };
    }
    if image["filehidden"].as_bool() == Some(true) {
        return Found::Nothing;
    }
    let about = [&page["description"], &page["extract"]].into_iter().filter_map(Value::as_str);
    let mut said = Said {
        about: about.map(|text| plain_line(text, ABOUT)).find(|text| !text.is_empty()).unwrap_or_default(),
        lang: language(page["pagelanguage"].as_str().unwrap_or("")),
        picture: web_address(&page["thumbnail"]["source"]),
        title,
        ..Said::default()
    };
    if image.is_object() {
        let meta = |name: &str| html_line(image["extmetadata"][name]["value"].as_str().unwrap_or(""), NAME);
        let licence = meta("LicenseShortName");
        let is_free = !licence.is_empty() && !matches!(meta("NonFree").as_str(), "1" | "true" | "yes");
        said.picture = if is_free { web_address(&image["thumburl"]) } else { String::new() };
        let about = html_line(image["extmetadata"]["ImageDescription"]["value"].as_str().unwrap_or(""), ABOUT);
        if !about.is_empty() {
            said.about = about;
        }
        said.file = Some(File { author: meta("Artist"), licence });
    }
    Found::Known(Box::new(said))
}

/// What the part of an answer about an item or a property says, in languages of the interface.
pub fn entity(entity: &Value, id: &str, codes: &[String]) -> Found {
    if !entity.is_object() || entity.get("missing").is_some() {
        return Found::Missing;
    }
    let of = |what: &str, code: &str| -> (String, String) {
        let found = &entity[what][code];
        (plain_line(found["value"].as_str().unwrap_or(""), ABOUT), language(found["language"].as_str().unwrap_or(code)))
    };
    let name = |code: &String| {
        let ((title, lang), (about, _)) = (of("labels", code), of("descriptions", code));
        (!title.is_empty()).then(|| Name { code: code.clone(), lang, title, about, url: String::new() })
    };
    let names: Vec<Name> = codes.iter().filter_map(name).collect();
    Found::Known(Box::new(Said { title: id.to_owned(), names, ..Said::default() }))
}

/// A revision with its page's title, from an answer about revisions by number.
pub fn revision_of(query: &Value, number: i64) -> Option<(&Value, &Value)> {
    list(&query["pages"]).find_map(|page| {
        let revision = list(&page["revisions"]).find(|revision| revision["revid"].as_i64() == Some(number))?;
        Some((page, revision))
    })
}

/// What a revision says, beside the size before it; nothing when any part of it is hidden.
pub fn revision(page: &Value, revision: &Value, before: Option<i64>) -> Found {
    let is_hidden = ["texthidden", "userhidden", "commenthidden", "sha1hidden", "suppressed"]
        .iter()
        .any(|name| revision.get(*name).is_some_and(|v| v != &Value::Bool(false)));
    let title = plain_line(page["title"].as_str().unwrap_or(""), TITLE);
    let at = revision["timestamp"].as_str().and_then(|at| at.parse::<jiff::Timestamp>().ok());
    let (Some(at), Some(by), false, false) = (at, revision["user"].as_str(), is_hidden, title.is_empty()) else {
        return Found::Nothing;
    };
    Found::Known(Box::new(Said {
        title,
        revision: Some(Revision {
            by: plain_line(by, NAME),
            at: at.as_microsecond(),
            change: before.and_then(|before| revision["size"].as_i64()?.checked_sub(before)),
            comment: plain_line(revision["comment"].as_str().unwrap_or(""), COMMENT),
        }),
        ..Said::default()
    }))
}

/// The page in another language, from an answer with `prop=langlinks`.
pub fn name_in(page: &Value, code: &str) -> Option<Name> {
    let link = list(&page["langlinks"]).find(|link| link["lang"] == code)?;
    let (title, url) = (plain_line(link["title"].as_str()?, TITLE), web_address(&link["url"]));
    (!title.is_empty() && !url.is_empty()).then(|| Name {
        code: code.to_owned(),
        lang: language(code),
        title,
        about: String::new(),
        url,
    })
}

/// The first words of a page that was parsed.
pub fn first_words(html: &str) -> String {
    html_line(html, ABOUT)
}

fn web_address(value: &Value) -> String {
    let address = value.as_str().unwrap_or("");
    let whole = if address.starts_with("//") { format!("https:{address}") } else { address.to_owned() };
    let is_web = whole.len() <= 1000
        && url::Url::parse(&whole).is_ok_and(|url| matches!(url.scheme(), "http" | "https") && url.host().is_some());
    if is_web { whole } else { String::new() }
}

/// A language tag, or nothing.
fn language(tag: &str) -> String {
    let is_part = |part: &str| (1..=8).contains(&part.len()) && part.bytes().all(|b| b.is_ascii_alphanumeric());
    let is_tag = (2..=35).contains(&tag.len()) && tag.split('-').all(is_part);
    if is_tag { tag.to_owned() } else { String::new() }
}

/// Without what cannot be seen, on one line, cut to a length.
fn plain_line(text: &str, most: usize) -> String {
    let bidi = |c: char| matches!(c, '\u{200e}' | '\u{200f}' | '\u{202a}'..='\u{202e}' | '\u{2066}'..='\u{2069}');
    // Of a very long text only the beginning is looked at.
    let seen: String =
        text.chars().take(20_000).map(|c| if c.is_control() { ' ' } else { c }).filter(|c| !bidi(*c)).collect();
    excerpt(&seen, most)
}

/// The words of a piece of HTML.
fn html_line(html: &str, most: usize) -> String {
    let start: String = html.chars().take(200_000).collect();
    let tokenizer = Tokenizer::new(Sink::default(), Default::default());
    let queue = BufferQueue::default();
    queue.push_back(StrTendril::from(start.as_str()));
    let _ = tokenizer.feed(&queue);
    tokenizer.end();
    plain_line(&tokenizer.sink.0.into_inner().words, most)
}

#[derive(Default)]
struct Words {
    words: String,
    /// Tables, styles and the like that are open: what is in them is not said.
    silent: usize,
}

#[derive(Default)]
struct Sink(RefCell<Words>);

impl TokenSink for Sink {
    type Handle = ();

    fn process_token(&self, token: Token, _: u64) -> TokenSinkResult<()> {
        let mut found = self.0.borrow_mut();
        match token {
            Token::TagToken(tag) => {
                let is_start = tag.kind == TagKind::StartTag && !tag.self_closing;
                match &*tag.name {
                    "table" | "style" | "script" | "figure" | "sup" if is_start => found.silent += 1,
                    "table" | "style" | "script" | "figure" | "sup" => found.silent = found.silent.saturating_sub(1),
                    "p" | "div" | "br" | "li" | "td" => found.words.push(' '),
                    _ => {}
                }
                match &*tag.name {
                    "script" if is_start => return TokenSinkResult::RawData(RawKind::ScriptData),
                    "style" if is_start => return TokenSinkResult::RawData(RawKind::Rawtext),
                    _ => {}
                }
            }
            Token::CharacterTokens(text) if found.silent == 0 && found.words.len() < 8000 => {
                found.words.push_str(&text)
            }
            _ => {}
        }
        TokenSinkResult::Continue
    }
}

#[cfg(test)]
mod tests {
    use serde_json::json;

    use super::*;

    fn known(found: Found) -> Said {
        match found {
            Found::Known(said) => *said,
            other => panic!("{other:?}"),
        }
    }

    #[test]
    fn titles_are_followed_to_their_pages() {
        let query = json!({
            "normalized": [{"from": "tea", "to": "Tea"}],
            "redirects": [{"from": "Tea", "to": "Cha"}, {"from": "Cha", "to": "Green tea"}, {"from": "A", "to": "A"}],
            "pages": [{"title": "Green tea", "pageid": 1}, {"title": "A"}]
        });
        assert_eq!(page_of(&query, "tea").expect("a page")["pageid"], 1);
        assert!(page_of(&query, "A").is_some(), "a circle ends");
        assert!(page_of(&query, "B").is_none());
        assert!(page_of(&json!("nothing"), "B").is_none());
    }

    #[test]
    fn pages_say_what_they_are() {
        let said = known(page(&json!({"title": "Tea", "extract": "A  drink\nmade \u{202e}hot.", "pagelanguage": "en",
            "thumbnail": {"source": "https://up.example/a.png"}})));
        assert_eq!((said.about.as_str(), said.lang.as_str()), ("A drink made hot.", "en"));
        assert_eq!(said.picture, "https://up.example/a.png");
        let said = known(page(
            &json!({"title": "Tea", "extract": "long", "description": "short", "pagelanguage": "\"><script>",
            "thumbnail": {"source": "javascript:alert(1)"}}),
        ));
        assert_eq!((said.about.as_str(), said.lang.as_str(), said.picture.as_str()), ("short", "", ""));
        assert_eq!(page(&json!({"title": "Tea", "missing": true})), Found::Missing);
        for nothing in
            [json!({"title": "Tea", "invalid": true}), json!({"title": "S", "special": true}), json!({}), json!([7])]
        {
            assert_eq!(page(&nothing), Found::Nothing, "{nothing}");
        }
    }

    #[test]
    fn files_say_whose_they_are_and_are_copied_only_when_free() {
        let file = |meta: Value| {
            known(page(&json!({"title": "File:A.jpg", "missing": true, "known": true,
                "imageinfo": [{"thumburl": "https://up.example/a.jpg", "extmetadata": meta}]})))
        };
        let said =
            file(json!({"Artist": {"value": "<a href='x'>Ada <b>L.</b></a><script>alert(1)</script><style>x</style>"},
            "LicenseShortName": {"value": "CC BY-SA 4.0"}}));
        let whose = said.file.expect("a file");
        assert_eq!((whose.author.as_str(), whose.licence.as_str()), ("Ada L.", "CC BY-SA 4.0"));
        assert_eq!(said.picture, "https://up.example/a.jpg");
        assert_eq!(file(json!({"LicenseShortName": {"value": "Fair use"}, "NonFree": {"value": "true"}})).picture, "");
        assert_eq!(file(json!({})).picture, "");
    }

    #[test]
    fn revisions_say_who_when_and_how_much() {
        let page = json!({"title": "Tea"});
        let rev = json!({"revid": 7, "user": "Ada", "timestamp": "2026-11-26T10:00:00Z", "size": 120, "comment": "<b>more</b>"});
        let said = known(revision(&page, &rev, Some(150))).revision.expect("a revision");
        assert_eq!((said.by.as_str(), said.change, said.comment.as_str()), ("Ada", Some(-30), "<b>more</b>"));
        for hidden in ["texthidden", "userhidden", "commenthidden", "suppressed"] {
            let mut rev = rev.clone();
            rev[hidden] = true.into();
            assert_eq!(revision(&page, &rev, None), Found::Nothing, "{hidden}");
        }
    }

    #[test]
    fn first_words_leave_tables_and_footnotes_out() {
        let html =
            "<div class=x><table><tr><td>Box</table><style>p{}</style><p>Tea<sup>[1]</sup> is &lt;hot&gt;.</p></div>";
        assert_eq!(first_words(html), "Tea is <hot>.");
    }
}
