//! The last pass over printed HTML: links, images, directions, headings, our own classes.

use std::collections::HashSet;

use crate::clean::{DEEPEST, ELEMENTS, closing, has_direction, is_block};
use crate::escape::{escape_into, unescape};
use crate::markup::{Tag, tag_at};
use crate::options::mark;
use crate::urls::{is_upload, leads_away, safe_url};
use crate::{Profile, Resolve, Upload, image};

/// The widest column of text, in CSS pixels.
const COLUMN: u32 = 720;

/// What differs between texts.
#[derive(Clone, Copy)]
pub(crate) struct Rules {
    /// How many levels headings move down; `None` makes them bold paragraphs.
    pub headings: Option<u8>,
    /// May images be shown?
    pub images: bool,
}

impl Rules {
    /// The rules of a profile.
    pub(crate) fn of(profile: Profile) -> Self {
        match profile {
            Profile::Post => Self { headings: Some(2), images: true },
            Profile::Page => Self { headings: Some(1), images: true },
            Profile::Comment => Self { headings: None, images: false },
        }
    }
}

/// The finished HTML and what was seen in it.
#[derive(Default)]
pub(crate) struct Finished {
    pub html: String,
    pub text: String,
    pub links: Vec<String>,
    pub image: Option<String>,
    pub uploads: Vec<Upload>,
}

/// Finishes `html`, which the Markdown printer or the sanitiser wrote. Prints only elements
/// and attributes that are on the lists, in balance, whatever it is given.
pub(crate) fn finish(html: &str, rules: Rules, resolve: &dyn Resolve) -> Finished {
    let mut pass = Pass {
        rules,
        resolve,
        done: Finished { html: String::with_capacity(html.len() + html.len() / 4), ..Finished::default() },
        open: Vec::new(),
        links_seen: HashSet::new(),
        in_link: false,
        in_table: 0,
        in_code: 0,
        silent: 0,
    };
    let mut at = 0;
    while let Some(found) = html[at..].find('<') {
        let start = at + found;
        pass.text(&html[at..start]);
        at = start;
        if html[at..].starts_with("<!--") {
            at = html[at..].find("-->").map_or(html.len(), |end| at + end + 3);
            continue;
        }
        let Some((tag, length)) = tag_at(&html[start..]) else {
            break;
        };
        pass.tag(&tag);
        at = start + length;
    }
    pass.text(&html[at..]);
    while let Some(open) = pass.open.pop() {
        pass.done.html.push_str(open.ends_with);
    }
    pass.done
}

struct Open {
    name: &'static str,
    ends_with: &'static str,
    is_link: bool,
    is_silent: bool,
}

struct Pass<'r> {
    rules: Rules,
    resolve: &'r dyn Resolve,
    done: Finished,
    open: Vec<Open>,
    links_seen: HashSet<String>,
    in_link: bool,
    in_table: usize,
    in_code: usize,
    /// Open elements whose text is not the author's.
    silent: usize,
}

impl Pass<'_> {
    fn text(&mut self, html: &str) {
        if html.contains('<') {
            // Only after a broken tag, which neither printer writes.
            return escape_into(&mut self.done.html, html);
        }
        self.done.html.push_str(html);
        if self.silent == 0 {
            let words = unescape(html);
            if self.in_code > 0 {
                return self.done.text.push_str(&words);
            }
            // White space reads as one space, as on the page.
            let text = &mut self.done.text;
            for part in words.split_inclusive(char::is_whitespace) {
                let word = part.trim_end();
                text.push_str(word);
                if word.len() < part.len() && !text.ends_with(char::is_whitespace) {
                    text.push(' ');
                }
            }
        }
    }

    fn tag(&mut self, tag: &Tag<'_>) {
        let Ok(known) = ELEMENTS.binary_search(&tag.name) else {
            return;
        };
        let name = ELEMENTS[known];
        if tag.closes {
            return self.end(name);
        }
        match name {
            "br" | "hr" | "wbr" => {
                self.gap(name);
                self.done.html.push('<');
                self.done.html.push_str(name);
                self.done.html.push('>');
            }
            "img" => self.image(tag),
            "input" => self.checkbox(tag),
            _ => self.start(name, tag),
        }
    }

    /// Keeps words of different blocks apart in the plain text.
    fn gap(&mut self, name: &str) {
        let text = &mut self.done.text;
        if is_block(name) && !text.is_empty() && !text.ends_with('\n') {
            text.push('\n');
        } else if matches!(name, "td" | "th") && !text.ends_with(char::is_whitespace) {
            text.push(' ');
        }
    }

    fn start(&mut self, name: &'static str, tag: &Tag<'_>) {
        self.gap(name);
        let class = own(tag.get("class"));
        let mut open = Open {
            name,
            ends_with: "",
            is_link: false,
            is_silent: name == "blockquote"
                || matches!(class.as_deref(), Some("footnote-ref" | "footnote-back" | "quote-by")),
        };
        if self.open.len() < DEEPEST {
            let out = self.done.html.len();
            let printed = match name {
                "a" => self.link(tag, class.as_deref()),
                "label" => class.is_some().then_some(("label", "</label>")),
                "table" if self.in_table == 0 => {
                    self.done.html.push_str("<div class=\"table-scroll\">");
                    Some(("table", "</table></div>"))
                }
                _ => Some(self.heading(name).unwrap_or((name, closing(name)))),
            };
            if let Some((printed, ends_with)) = printed {
                open.ends_with = ends_with;
                open.is_link = name == "a";
                if name != "a" {
                    self.done.html.push('<');
                    self.done.html.push_str(printed);
                    self.attributes(name, tag, class.as_deref());
                    self.done.html.push('>');
                    if ends_with == "</strong></p>" {
                        self.done.html.push_str("<strong>");
                    }
                }
            } else {
                self.done.html.truncate(out);
            }
        }
        self.in_link |= open.is_link;
        self.in_table += usize::from(name == "table");
        self.in_code += usize::from(name == "pre");
        self.silent += usize::from(open.is_silent);
        self.open.push(open);
    }

    fn end(&mut self, name: &str) {
        if self.open.last().is_none_or(|open| open.name != name) {
            return;
        }
        if let Some(open) = self.open.pop() {
            self.gap(name);
            self.done.html.push_str(open.ends_with);
            self.in_link &= !open.is_link;
            self.in_table -= usize::from(name == "table");
            self.in_code -= usize::from(name == "pre");
            self.silent -= usize::from(open.is_silent);
        }
    }

    /// The element that a heading is printed as.
    fn heading(&self, name: &str) -> Option<(&'static str, &'static str)> {
        let level = name.strip_prefix('h')?.parse::<u8>().ok()?;
        let Some(down) = self.rules.headings else {
            return Some(("p", "</strong></p>"));
        };
        Some(match level + down {
            1 => ("h1", "</h1>"),
            2 => ("h2", "</h2>"),
            3 => ("h3", "</h3>"),
            4 => ("h4", "</h4>"),
            5 => ("h5", "</h5>"),
            _ => ("h6", "</h6>"),
        })
    }

    fn attributes(&mut self, name: &str, tag: &Tag<'_>, class: Option<&str>) {
        let mut class = class.map(str::to_owned);
        let mut has_dir = false;
        for (key, value) in tag.attributes() {
            let value = unescape(value);
            let kept = match key {
                "class" => continue,
                "id" | "tabindex" | "aria-label" | "data-topic" | "data-post" => match value.strip_prefix(mark()) {
                    Some(value) => value,
                    None => continue,
                },
                "title" | "lang" => &value,
                "dir" if matches!(&*value, "ltr" | "rtl" | "auto") => {
                    has_dir = true;
                    &value
                }
                "align" if matches!(name, "td" | "th") && matches!(&*value, "left" | "center" | "right") => {
                    class = Some(format!("align-{value}"));
                    continue;
                }
                "start" | "value" if value.parse::<i32>().is_ok() && matches!(name, "ol" | "li") => &value,
                "colspan" | "rowspan" if value.parse::<u16>().is_ok_and(|n| (1..=1_000).contains(&n)) => &value,
                "scope" if matches!(&*value, "row" | "col" | "rowgroup" | "colgroup") => &value,
                "datetime" if name == "time" => &value,
                "open" if name == "details" => "",
                "reversed" if name == "ol" => "",
                _ => continue,
            };
            self.attribute(key, kept);
        }
        if let Some(class) = class {
            self.attribute("class", &class);
        }
        // The words decide about the direction of each block.
        if !has_dir && has_direction(name) {
            self.done.html.push_str(" dir=\"auto\"");
        }
    }

    fn attribute(&mut self, key: &str, value: &str) {
        let out = &mut self.done.html;
        out.push(' ');
        out.push_str(key);
        out.push_str("=\"");
        escape_into(out, value);
        out.push('"');
    }

    /// Prints the start of a link. `None` if there is nowhere to go.
    fn link(&mut self, tag: &Tag<'_>, class: Option<&str>) -> Option<(&'static str, &'static str)> {
        if self.in_link {
            return None;
        }
        let mut class = class.map(str::to_owned);
        let href = safe_url(&unescape(tag.get("href")?))?;
        let href = match self.upload(&href) {
            Some(upload) => {
                class.get_or_insert_with(|| "attachment".to_owned());
                upload.href
            }
            None if href.starts_with("upload:") => return None,
            None => href,
        };
        let is_reference = class.as_deref().is_some_and(|c| c != "attachment");
        if !is_reference && self.is_authors() {
            self.seen(&href);
        }
        self.open_link(&href, class.as_deref());
        for (key, value) in tag.attributes() {
            let value = unescape(value);
            match key {
                "title" | "lang" => self.attribute(key, &value),
                "dir" if matches!(&*value, "ltr" | "rtl" | "auto") => self.attribute(key, &value),
                "id" | "aria-label" => {
                    if let Some(value) = value.strip_prefix(mark()) {
                        self.attribute(key, value);
                    }
                }
                _ => {}
            }
        }
        self.done.html.push('>');
        Some(("a", "</a>"))
    }

    /// Is this link the author's, not the source line of a quote?
    fn is_authors(&self) -> bool {
        self.open.last().is_none_or(|open| open.name != "p" || !open.is_silent)
    }

    fn seen(&mut self, href: &str) {
        if !href.starts_with('#') && self.links_seen.insert(href.to_owned()) {
            self.done.links.push(href.to_owned());
        }
    }

    /// `<a href class rel`, still open for more attributes.
    fn open_link(&mut self, href: &str, class: Option<&str>) {
        self.done.html.push_str("<a");
        self.attribute("href", href);
        if let Some(class) = class {
            self.attribute("class", class);
        }
        if leads_away(href, self.resolve) {
            self.done.html.push_str(" rel=\"nofollow ugc noopener\"");
        }
    }

    fn upload(&mut self, url: &str) -> Option<Upload> {
        let found = is_upload(url).then(|| self.resolve.upload(url)).flatten()?;
        if !self.done.uploads.iter().any(|known| known.href == found.href) {
            self.done.uploads.push(found.clone());
        }
        Some(found)
    }

    /// Shows own images; turns all others into links, so that no page asks another site.
    fn image(&mut self, tag: &Tag<'_>) {
        let src = tag.get("src").map(|src| unescape(src).into_owned()).and_then(|src| safe_url(&src));
        let alt = unescape(tag.get("alt").unwrap_or("")).into_owned();
        let image::Alt { text, size } = image::alt(&alt);
        let upload = src.as_deref().and_then(|src| self.upload(src));
        if self.silent == 0 {
            self.done.text.push_str(text);
        }
        match (upload, src) {
            (Some(upload), _) if upload.is_image && self.rules.images => {
                let natural = upload.width.zip(upload.height);
                let shown = size.or_else(|| written_size(tag)).or(natural);
                let has_sources = self.sources(&upload, shown);
                self.done.html.push_str("<img");
                self.attribute("src", &upload.href);
                self.attribute("alt", text);
                if let Some((width, height)) = shown {
                    self.attribute("width", &width.to_string());
                    self.attribute("height", &height.to_string());
                }
                if let Some(title) = tag.get("title") {
                    self.attribute("title", &unescape(title));
                }
                self.done.html.push_str(" loading=\"lazy\" decoding=\"async\">");
                if has_sources {
                    self.done.html.push_str("</picture>");
                }
                self.done.image.get_or_insert(upload.href);
            }
            (Some(upload), _) => {
                let text = if text.is_empty() { upload.name.as_str() } else { text };
                self.image_link(&upload.href, "attachment", text);
            }
            (None, Some(src)) if !src.starts_with("upload:") => {
                let text = if text.is_empty() { image::file_name(&src) } else { text };
                self.image_link(&src, "ext-image", text);
            }
            _ => escape_into(&mut self.done.html, text),
        }
    }

    /// Opens `<picture>` with what the browser may choose from, if there is a choice. An image is as wide as it is shown
    /// at, or as the column on narrow screens.
    fn sources(&mut self, upload: &Upload, shown: Option<(u32, u32)>) -> bool {
        let column = shown.map_or(COLUMN, |(width, _)| width.min(COLUMN));
        let sizes = format!("(max-width: {column}px) 100vw, {column}px");
        let mut has_sources = false;
        for source in &upload.sources {
            // Blanks and commas part the list, so only plain addresses of stored files come into it.
            let plain = |c: char| c.is_ascii_alphanumeric() || matches!(c, '/' | '.' | '-');
            let is_plain = |href: &str| href.starts_with("/uploads/") && href.chars().all(plain);
            let files = source.files.iter().filter(|(href, _)| is_plain(href));
            let files: Vec<String> = files.map(|(href, width)| format!("{href} {width}w")).collect();
            if !files.is_empty() {
                self.done.html.push_str(if has_sources { "<source" } else { "<picture><source" });
                has_sources = true;
                self.attribute("type", source.kind);
                self.attribute("srcset", &files.join(", "));
                self.attribute("sizes", &sizes);
                self.done.html.push('>');
            }
        }
        has_sources
    }

    fn image_link(&mut self, href: &str, class: &str, text: &str) {
        if self.in_link {
            return escape_into(&mut self.done.html, text);
        }
        self.seen(href);
        self.open_link(href, Some(class));
        self.done.html.push('>');
        escape_into(&mut self.done.html, text);
        self.done.html.push_str("</a>");
    }

    fn checkbox(&mut self, tag: &Tag<'_>) {
        if own(tag.get("type")).as_deref() == Some("checkbox") {
            let checked = if tag.get("checked").is_some() { " checked" } else { "" };
            self.done.html.push_str(&format!("<input type=\"checkbox\" disabled{checked}>"));
        }
    }
}

/// A value with our mark, without it.
fn own(value: Option<&str>) -> Option<String> {
    Some(unescape(value?).strip_prefix(mark())?.to_owned())
}

fn written_size(tag: &Tag<'_>) -> Option<(u32, u32)> {
    let number = |key| tag.get(key)?.parse::<u32>().ok().filter(|n| (1..=20_000).contains(n));
    number("width").zip(number("height"))
}
