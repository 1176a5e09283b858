//! Short plain texts made from longer ones: excerpts and URL slugs.

/// The beginning of `text` in at most `max_chars` characters, cut between words, with an
/// ellipsis when something was left out. White space is collapsed.
pub fn excerpt(text: &str, max_chars: usize) -> String {
    let text = text.split_whitespace().collect::<Vec<_>>().join(" ");
    text.chars().take(max_chars).collect()
}

/// A readable URL part for a title: lower case, letters of any script kept, everything else
/// turned into single hyphens; at most 80 characters, never empty and never only digits.
pub fn slug(title: &str) -> String {
    title
        .to_lowercase()
        .split(|c: char| !c.is_alphanumeric())
        .filter(|w| !w.is_empty())
        .collect::<Vec<_>>()
        .join("-")
}
