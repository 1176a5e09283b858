//! What a page says about itself in its head: Open Graph (<https://ogp.me/>) where it has it, else its title and
//! description. Read by a tokenizer that follows the HTML standard, and no further than the head goes.

use std::cell::RefCell;

use encoding_rs::Encoding;
use html5ever::tendril::StrTendril;
use html5ever::tokenizer::states::RawKind;
use html5ever::tokenizer::{BufferQueue, Tag, TagKind, Token, TokenSink, TokenSinkResult, Tokenizer};
use url::Url;

use crate::posts::text;

/// What is kept of it.
#[derive(Clone, Debug, Default, PartialEq, Eq)]
pub struct Said {
    pub title: String,
    pub site: String,
    pub about: String,
    pub lang: String,
    /// The address of a picture.
    pub picture: Option<Url>,
}

const TITLE: usize = 200;
const SITE: usize = 80;
const ABOUT: usize = 300;
/// Bytes in which a page has to say how its letters are written (HTML, 4.2.5.4).
const BEFORE_CHARSET: usize = 1024;

/// Reads a page that was found at `url`; `None` when it has no title.
pub fn read(body: &[u8], charset: Option<&str>, url: &Url) -> Option<Said> {
    let encoding = charset.and_then(|label| Encoding::for_label(label.as_bytes())).or_else(|| declared(body));
    let (text, ..) = encoding.unwrap_or(encoding_rs::UTF_8).decode(body);
    let tokenizer = Tokenizer::new(Sink::default(), Default::default());
    let queue = BufferQueue::default();
    queue.push_back(StrTendril::from(text.as_ref()));
    // It only stops for scripts, which this sink does not run.
    let _ = tokenizer.feed(&queue);
    tokenizer.end();
    let found = tokenizer.sink.found.into_inner();
    let first = |names: &[&str]| names.iter().find_map(|name| found.said(name));
    let title = first(&["og:title", "twitter:title"]).unwrap_or(found.title.as_str());
    let about = first(&["og:description", "twitter:description", "description"]).unwrap_or("");
    let host = url.host_str().unwrap_or("").trim_start_matches("www.");
    let picture = first(&["og:image:secure_url", "og:image", "og:image:url", "twitter:image"]);
    let title = tidy(title, TITLE);
    let about = tidy(about, ABOUT);
    let lang = found.lang.clone().unwrap_or_default();
    Some(Said {
        site: match first(&["og:site_name"]).map(|site| tidy(site, SITE)) {
            Some(site) if !site.is_empty() => site,
            _ => tidy(host, SITE),
        },
        lang: text::language_of(&format!("{title}. {about}"), if is_language(&lang) { &lang } else { "" }),
        picture: picture.and_then(|at| url.join(at.trim()).ok()).filter(|at| at.scheme().starts_with("http")),
        title,
        about,
    })
    .filter(|said| !said.title.is_empty())
}

/// `<meta charset>` or the older form of it.
fn declared(body: &[u8]) -> Option<&'static Encoding> {
    let start = String::from_utf8_lossy(&body[..body.len().min(BEFORE_CHARSET)]).to_ascii_lowercase();
    let (_, behind) = start.split_once("charset=")?;
    let label: String = behind
        .trim_start_matches(['"', '\''])
        .chars()
        .take_while(|c| c.is_ascii_alphanumeric() || "-_".contains(*c))
        .collect();
    Encoding::for_label(label.as_bytes())
}

/// On one line, without what cannot be seen, and not longer than that.
fn tidy(text: &str, most: usize) -> String {
    let line = text::clean(text).split_whitespace().collect::<Vec<_>>().join(" ");
    if line.chars().count() <= most {
        return line;
    }
    let cut: String = line.chars().take(most - 1).collect();
    format!("{}…", cut.trim_end())
}

/// A language tag as BCP 47 writes it, roughly.
fn is_language(tag: &str) -> bool {
    let is_part = |part: &str| (1..=8).contains(&part.len()) && part.bytes().all(|b| b.is_ascii_alphanumeric());
    (2..=35).contains(&tag.len())
        && tag.split('-').all(is_part)
        && tag.split('-').next().is_some_and(|first| first.len() < 4 && first.bytes().all(|b| b.is_ascii_alphabetic()))
}

#[derive(Default)]
struct Found {
    title: String,
    lang: Option<String>,
    /// Names and properties of `meta` elements, in small letters, with what they say.
    meta: Vec<(String, String)>,
    in_title: bool,
    is_over: bool,
}

impl Found {
    fn said(&self, name: &str) -> Option<&str> {
        let fits = |(key, value): &&(String, String)| key == name && !value.trim().is_empty();
        self.meta.iter().find(fits).map(|(_, value)| value.as_str())
    }

    fn tag(&mut self, tag: &Tag) -> TokenSinkResult<()> {
        let attribute = |name: &str| tag.attrs.iter().find(|a| &*a.name.local == name).map(|a| a.value.to_string());
        let is_start = tag.kind == TagKind::StartTag;
        match &*tag.name {
            // Pages without a head of their own have their title in the body; what belongs to a picture does not count.
            "title" if is_start => {
                self.in_title = self.title.is_empty();
                return TokenSinkResult::RawData(RawKind::Rcdata);
            }
            "title" => self.in_title = false,
            "script" if is_start => return TokenSinkResult::RawData(RawKind::ScriptData),
            "style" | "noscript" | "iframe" | "xmp" if is_start => return TokenSinkResult::RawData(RawKind::Rawtext),
            "textarea" if is_start => return TokenSinkResult::RawData(RawKind::Rcdata),
            "html" if is_start => self.lang = attribute("lang"),
            "meta" if is_start && self.meta.len() < 200 => {
                let name = attribute("property").or_else(|| attribute("name"));
                if let (Some(name), Some(content)) = (name, attribute("content")) {
                    self.meta.push((name.trim().to_ascii_lowercase(), content));
                }
            }
            "body" | "svg" if is_start => self.is_over = true,
            _ => {}
        }
        TokenSinkResult::Continue
    }
}

#[derive(Default)]
struct Sink {
    found: RefCell<Found>,
}

impl TokenSink for Sink {
    type Handle = ();

    fn process_token(&self, token: Token, _: u64) -> TokenSinkResult<()> {
        let mut found = self.found.borrow_mut();
        match token {
            Token::TagToken(tag) if !found.is_over => return found.tag(&tag),
            Token::CharacterTokens(text) if found.in_title && found.title.len() < 4000 => found.title.push_str(&text),
            _ => {}
        }
        TokenSinkResult::Continue
    }
}

#[cfg(test)]
mod tests {
    use super::*;

    fn said(html: &str) -> Option<Said> {
        read(html.as_bytes(), None, &Url::parse("https://www.example.org/deep/page").expect("an address"))
    }

    #[test]
    fn a_plain_page_has_a_title() {
        let found =
            said("<!doctype html><html lang=de><head><title> Tee \n&amp; Kaffee</title></head>").expect("a title");
        assert_eq!(
            (found.title.as_str(), found.site.as_str(), found.lang.as_str()),
            ("Tee & Kaffee", "example.org", "de")
        );
        assert_eq!((found.about.as_str(), found.picture), ("", None));
        for nothing in
            ["", "<title></title>", "<title> \u{1}\u{2} </title>", "just text", "<body><title>x</title>", "\0\0"]
        {
            assert_eq!(said(nothing), None, "{nothing:?}");
        }
    }

    #[test]
    fn open_graph_goes_before() {
        let found = said(
            "<title>old</title><meta name='description' content='plain'><META PROPERTY='og:title' CONTENT='New'>
             <meta property='og:description' content='Rich &lt;b&gt;'><meta property='og:site_name' content='Tea House'>
             <meta property='og:image' content='/cup.png'><script>var a = \"<meta property='og:title' content='no'>\"</script>",
        );
        let found = found.expect("a title");
        assert_eq!((found.title.as_str(), found.about.as_str(), found.site.as_str()), ("New", "Rich <b>", "Tea House"));
        assert_eq!(found.picture.expect("a picture").as_str(), "https://www.example.org/cup.png");
        let odd = said("<title>x</title><meta property=og:image content='javascript:alert(1)'>").expect("a title");
        assert_eq!(odd.picture, None);
    }

    #[test]
    fn long_and_strange_words_are_tidied() {
        let found = said(&format!("<title>{}\u{1}p\u{3}9\u{2}</title><html lang='\"><script>'>", "word ".repeat(100)));
        let found = found.expect("a title");
        assert!(found.title.chars().count() <= 200 && found.title.ends_with('…'));
        assert!(!found.title.contains('\u{1}'));
        assert_eq!(said("<html lang='x\" onload'><title>ab</title>").expect("a title").lang, "");
    }

    #[test]
    fn letters_of_other_encodings_are_read() {
        let url = Url::parse("https://example.org/").expect("an address");
        let (body, ..) = encoding_rs::WINDOWS_1251.encode("<title>Чай</title>");
        assert_eq!(read(&body, Some("windows-1251"), &url).expect("a title").title, "Чай");
        let (body, ..) = encoding_rs::SHIFT_JIS.encode("<meta charset=\"shift_jis\"><title>お茶</title>");
        assert_eq!(read(&body, None, &url).expect("a title").title, "お茶");
        assert_eq!(
            read(b"<title>caf\xc3\xa9 \xff</title>", Some("no-such"), &url).expect("a title").title,
            "café \u{fffd}"
        );
    }
}
