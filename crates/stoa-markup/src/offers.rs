//! A picture's further formats, in texts that were rendered before these were made.

use crate::escape::escape_into;
use crate::resolve::Source;
use crate::safe::SafeHtml;

const OPENS: &str = "<picture><source type=\"";

/// Offers one more format, before all others, wherever a text lets browsers choose between files that begin with `files`
/// (such as `/uploads/` and a hash). Nothing when the text has no such place, or offers that format already.
pub fn offer(html: &SafeHtml, files: &str, source: &Source) -> Option<SafeHtml> {
    let html = html.as_str();
    let mut out = String::with_capacity(html.len() + 400);
    let mut at = 0;
    while let Some(found) = html[at..].find(OPENS).map(|i| at + i) {
        let first = found + "<picture>".len();
        let tag = &html[first..first + html[first..].find('>').map_or(html.len() - first, |end| end + 1)];
        out.push_str(&html[at..first]);
        at = first;
        let Some((_, sizes)) = tag.split_once(" sizes=\"") else { continue };
        let shows = tag.split_once(" srcset=\"").is_some_and(|(_, list)| list.starts_with(files));
        if shows && !tag.contains(&format!("type=\"{}\"", source.kind)) {
            out.push_str("<source type=\"");
            escape_into(&mut out, source.kind);
            out.push_str("\" srcset=\"");
            let list: Vec<String> = source.files.iter().map(|(href, width)| format!("{href} {width}w")).collect();
            escape_into(&mut out, &list.join(", "));
            out.push_str("\" sizes=\"");
            out.push_str(sizes);
        }
    }
    out.push_str(&html[at..]);
    (out.len() > html.len()).then(|| SafeHtml::new(out))
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn a_format_that_comes_later_is_offered_first() {
        let source = Source {
            kind: "image/avif",
            files: vec![("/uploads/aa-400.avif".into(), 400), ("/uploads/aa-800.avif".into(), 800)],
        };
        let webp = |sha: &str| {
            format!(
                "<source type=\"image/webp\" srcset=\"/uploads/{sha}-400.webp 400w\" sizes=\"100vw\">\
                 <img src=\"/uploads/{sha}.jpg\" alt=\"a\">"
            )
        };
        let avif = "<source type=\"image/avif\" srcset=\"/uploads/aa-400.avif 400w, /uploads/aa-800.avif 800w\" sizes=\"100vw\">";
        let text = |avif: &str| {
            let (aa, bb) = (webp("aa"), webp("bb"));
            format!("<p>x<picture>{avif}{aa}</picture></p><picture>{bb}</picture><picture>{avif}{aa}</picture>")
        };
        let before = SafeHtml::from_store(text(""));
        let after = offer(&before, "/uploads/aa-", &source).expect("two pictures");
        assert_eq!(after.as_str(), text(avif));
        assert!(offer(&after, "/uploads/aa-", &source).is_none(), "once is enough");
        assert!(offer(&before, "/uploads/cc-", &source).is_none());
        assert!(offer(&SafeHtml::from_store("<picture><source type=\"".into()), "/uploads/aa-", &source).is_none());
    }
}
