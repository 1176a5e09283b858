//! Escaping and unescaping of HTML text and attribute values.

use std::borrow::Cow;

/// Appends `text`, escaped for text and for double-quoted attribute values.
pub(crate) fn escape_into(out: &mut String, text: &str) {
    let mut from = 0;
    for (at, byte) in text.bytes().enumerate() {
        let entity = match byte {
            b'&' => "&amp;",
            b'<' => "&lt;",
            b'>' => "&gt;",
            b'"' => "&quot;",
            _ => continue,
        };
        out.push_str(&text[from..at]);
        out.push_str(entity);
        from = at + 1;
    }
    out.push_str(&text[from..]);
}

/// `text`, escaped for text and for double-quoted attribute values.
pub(crate) fn escaped(text: &str) -> String {
    let mut out = String::with_capacity(text.len() + 8);
    escape_into(&mut out, text);
    out
}

/// The characters that printed HTML stands for. Knows what the Markdown printer, the sanitiser
/// and this crate write: five named entities and numeric ones.
pub(crate) fn unescape(html: &str) -> Cow<'_, str> {
    let Some(first) = html.find('&') else {
        return Cow::Borrowed(html);
    };
    let mut out = String::with_capacity(html.len());
    out.push_str(&html[..first]);
    let mut rest = &html[first..];
    while let Some(at) = rest.find('&') {
        out.push_str(&rest[..at]);
        rest = &rest[at..];
        let entity = rest.bytes().take(12).position(|b| b == b';').and_then(|end| {
            let char = match &rest[1..end] {
                "amp" => '&',
                "lt" => '<',
                "gt" => '>',
                "quot" => '"',
                "nbsp" => '\u{a0}',
                number => char::from_u32(match number.strip_prefix("#x") {
                    Some(hex) => u32::from_str_radix(hex, 16).ok()?,
                    None => number.strip_prefix('#')?.parse().ok()?,
                })?,
            };
            Some((char, end + 1))
        });
        let (char, length) = entity.unwrap_or(('&', 1));
        out.push(char);
        rest = &rest[length..];
    }
    out.push_str(rest);
    Cow::Owned(out)
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn unescaping_undoes_escaping_and_leaves_stray_ampersands() {
        let text = "a < b && \"c\" > 'd' é & ü &amp; &unknown; &#x27";
        assert_eq!(unescape(&escaped(text)), text);
        assert_eq!(unescape("&#x27;&#233;&nbsp;& &;&é;"), "'é\u{a0}& &;&é;");
    }
}
