//! Post HTML for reading elsewhere: its links lead here from anywhere.

/// Makes the addresses in tags whole: `/…` belongs to the site `base`, `#…` to the page `page`. Text, and code that
/// only looks like a tag, stays as it is, because `<` in text is written `&lt;`.
pub fn links(html: &str, base: &str, page: &str) -> String {
    let mut out = String::with_capacity(html.len() + html.len() / 8);
    let mut rest = html;
    while let Some(start) = rest.find('<') {
        out.push_str(&rest[..start]);
        let tag = &rest[start..][..end_of_tag(&rest[start..])];
        write_tag(tag, base, page, &mut out);
        rest = &rest[start + tag.len()..];
    }
    out.push_str(rest);
    out
}

/// The length of a tag: up to the first `>` that stands outside quotes.
fn end_of_tag(text: &str) -> usize {
    let mut quoted = false;
    for (i, byte) in text.bytes().enumerate() {
        match byte {
            b'"' => quoted = !quoted,
            b'>' if !quoted => return i + 1,
            _ => {}
        }
    }
    text.len()
}

fn write_tag(tag: &str, base: &str, page: &str, out: &mut String) {
    let mut rest = tag;
    while let Some((before, after)) = rest.split_once("=\"") {
        let Some((value, after)) = after.split_once('"') else { break };
        out.push_str(before);
        out.push_str("=\"");
        let name = before.rsplit([' ', '\n', '\t']).next().unwrap_or("");
        if matches!(name, "href" | "src" | "cite" | "poster") {
            if value.starts_with('/') && !value.starts_with("//") {
                out.push_str(base);
            } else if value.starts_with('#') {
                out.push_str(page);
            }
            out.push_str(value);
        } else if name == "srcset" {
            // `/a 400w, /b 800w`: none of our addresses has a comma in it.
            let whole = |one: &str| if one.starts_with('/') { format!("{base}{one}") } else { one.to_owned() };
            out.push_str(&value.split(", ").map(whole).collect::<Vec<_>>().join(", "));
        } else {
            out.push_str(value);
        }
        out.push('"');
        rest = after;
    }
    out.push_str(rest);
}

#[cfg(test)]
mod tests {
    use super::links;

    #[test]
    fn addresses_become_whole_and_text_stays() {
        let html = r##"<p title="a > b"><a href="/u/Ada">Ada</a> <img alt="href=" src="/uploads/a.png"> <a href="#fn1">1</a></p>
<code>href="/x" &lt;a href="/y"&gt;</code><a href="//other.example/">o</a><a href="https://a.example/b">b</a>"##;
        let made = links(html, "https://stoa.example", "https://stoa.example/p/7");
        assert_eq!(
            made,
            r##"<p title="a > b"><a href="https://stoa.example/u/Ada">Ada</a> <img alt="href=" src="https://stoa.example/uploads/a.png"> <a href="https://stoa.example/p/7#fn1">1</a></p>
<code>href="/x" &lt;a href="/y"&gt;</code><a href="//other.example/">o</a><a href="https://a.example/b">b</a>"##
        );
        assert_eq!(
            links("<source srcset=\"/uploads/a-400.webp 400w, /uploads/a.webp 800w\">", "https://s.example", ""),
            "<source srcset=\"https://s.example/uploads/a-400.webp 400w, https://s.example/uploads/a.webp 800w\">"
        );
        assert_eq!(links("<a href=\"/unfinished", "https://s.example", ""), "<a href=\"/unfinished");
    }
}
