//! Quotes of other posts: `[quote="name, post:3, topic:9"]…[/quote]`.

/// Where a quote in a text comes from.
#[derive(Clone, Debug, Default, PartialEq, Eq)]
pub struct QuoteRef {
    /// The quoted person, as written; may be empty.
    pub name: String,
    /// The topic of the quoted post.
    pub topic_id: Option<i64>,
    /// The post's number in that topic.
    pub post_number: Option<i64>,
}

impl QuoteRef {
    /// Reads what stands after the equals sign: a name, then `key:value` parts.
    pub(crate) fn parse(value: &str) -> Self {
        let mut from = Self::default();
        let mut name = Vec::new();
        for part in value.split(',') {
            let number = |key| part.trim().strip_prefix(key).and_then(|n: &str| n.trim().parse().ok());
            if let Some(post) = number("post:") {
                from.post_number = Some(post);
            } else if let Some(topic) = number("topic:") {
                from.topic_id = Some(topic);
            } else if let Some(author) = part.trim().strip_prefix("username:") {
                // Discourse adds the account name where the first part is the full name.
                name = vec![author];
            } else if part.trim() != "full:true" && part.trim() != "full: true" {
                name.push(part);
            }
        }
        from.name = name.join(",").trim().to_owned();
        from
    }
}

/// The block that quotes `raw`, written by `name` as number `post` of `topic`, for the start of
/// a reply. Nothing in `raw` can end the quote early: its closing tags are escaped unless they
/// close a quote inside, and a code fence that was cut off is closed.
pub fn quote_block(name: &str, post: i64, topic: i64, raw: &str) -> String {
    let name: String = name.chars().filter(|c| !matches!(c, '"' | '[' | ']' | '\n' | '\r')).collect();
    let mut body = String::with_capacity(raw.len() + 16);
    let mut fence: Option<(char, usize)> = None;
    let mut depth = 0usize;
    for line in raw.trim().lines() {
        let run = fence_of(line);
        match (fence, run) {
            (Some((c, n)), Some((d, m, bare))) if c == d && m >= n && bare => fence = None,
            (None, Some((c, n, _))) => fence = Some((c, n)),
            _ => {}
        }
        if fence.is_some() {
            body.push_str(line);
        } else {
            neutralise(line, &mut depth, &mut body);
        }
        body.push('\n');
    }
    if let Some((c, n)) = fence {
        body.extend(std::iter::repeat_n(c, n));
        body.push('\n');
    }
    for _ in 0..depth {
        body.push_str("[/quote]\n");
    }
    format!("[quote=\"{name}, post:{post}, topic:{topic}\"]\n{body}[/quote]\n\n")
}

/// The fence a line starts with: character, length, nothing else on the line?
fn fence_of(line: &str) -> Option<(char, usize, bool)> {
    let line = line.trim_start_matches([' ', '\t', '>']);
    let c = line.chars().next().filter(|c| matches!(c, '`' | '~'))?;
    let n = line.chars().take_while(|d| *d == c).count();
    let rest = &line[n..];
    (n >= 3 && !(c == '`' && rest.contains('`'))).then(|| (c, n, rest.trim().is_empty()))
}

/// Copies `line`, escaping a `[/quote]` that would close more than was opened.
fn neutralise(line: &str, depth: &mut usize, out: &mut String) {
    let lower = line.to_ascii_lowercase();
    let mut from = 0;
    for (at, _) in lower.match_indices('[') {
        let rest = &lower[at..];
        if rest.starts_with("[/quote]") {
            if *depth > 0 {
                *depth -= 1;
            } else {
                out.push_str(&line[from..at]);
                out.push('\\');
                from = at;
            }
        } else if (rest.starts_with("[quote=") || rest.starts_with("[quote]"))
            && line[..at].trim().is_empty()
            && rest.contains(']')
        {
            *depth += 1;
        }
    }
    out.push_str(&line[from..]);
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn values_are_read_in_every_order() {
        let from = QuoteRef::parse("Ada, the first, post:3, topic:9, full:true");
        assert_eq!(from, QuoteRef { name: "Ada, the first".into(), topic_id: Some(9), post_number: Some(3) });
        assert_eq!(QuoteRef::parse("Ada L., username:ada, post:1, topic:2").name, "ada");
        assert_eq!(QuoteRef::parse("bo").name, "bo");
        assert_eq!(QuoteRef::parse("x, post:abc").name, "x, post:abc");
        assert_eq!(QuoteRef::parse(""), QuoteRef::default());
    }

    #[test]
    fn a_quoted_text_cannot_end_its_quote() {
        assert_eq!(
            quote_block("a\"]b", 3, 9, "one [/quote] two\n[quote=x]in[/quote]\n[/QUOTE]"),
            "[quote=\"ab, post:3, topic:9\"]\none \\[/quote] two\n[quote=x]in[/quote]\n\\[/QUOTE]\n[/quote]\n\n"
        );
        assert_eq!(
            quote_block("a", 1, 2, "```rust\n[/quote]"),
            "[quote=\"a, post:1, topic:2\"]\n```rust\n[/quote]\n```\n[/quote]\n\n"
        );
        assert!(quote_block("a", 1, 2, "[quote]\nopen").contains("open\n[/quote]\n[/quote]"));
    }
}
