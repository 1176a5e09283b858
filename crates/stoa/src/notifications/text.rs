//! A post's source as mail shows it: Markdown reads well as it is, but for the few things that only a page can show.

/// Quotes become lines with `>`, pictures and files their descriptions, folds open.
pub fn plain(raw: &str) -> String {
    let mut out = String::with_capacity(raw.len());
    let mut depth = 0_usize;
    for line in raw.lines() {
        let trimmed = line.trim();
        if let Some(name) = opened(trimmed, "[quote") {
            let marks = "> ".repeat(depth);
            depth += 1;
            if !name.is_empty() {
                out.push_str(&format!("{marks}{name}:\n"));
            }
            continue;
        }
        if trimmed.eq_ignore_ascii_case("[/quote]") {
            depth = depth.saturating_sub(1);
            continue;
        }
        if let Some(summary) = opened(trimmed, "[details") {
            out.push_str(&summary);
            out.push('\n');
            continue;
        }
        if trimmed.eq_ignore_ascii_case("[/details]") {
            continue;
        }
        for _ in 0..depth {
            out.push_str("> ");
        }
        out.push_str(&without_pictures(line));
        out.push('\n');
    }
    out.trim().to_owned()
}

/// What an opening tag names: `[quote="Ada, post:3, topic:9"]` the person, `[details="More"]` the summary.
fn opened(line: &str, tag: &str) -> Option<String> {
    let head = line.get(..tag.len())?;
    if !head.eq_ignore_ascii_case(tag) || !line.ends_with(']') {
        return None;
    }
    let rest = line[tag.len()..line.len() - 1].trim_start_matches('=').trim().trim_matches('"');
    let name = rest.split(", post:").next().unwrap_or(rest);
    Some(name.trim().to_owned())
}

/// `![alt|690x375](upload://…)` as its description.
fn without_pictures(line: &str) -> String {
    let mut out = String::with_capacity(line.len());
    let mut rest = line;
    while let Some((before, after)) = rest.split_once("![") {
        out.push_str(before);
        let Some((alt, tail)) = after.split_once("](") else {
            out.push_str("![");
            rest = after;
            continue;
        };
        let Some((_, tail)) = tail.split_once(')') else {
            out.push_str("![");
            rest = after;
            continue;
        };
        out.push_str(&format!("[{}]", alt.split('|').next().unwrap_or("")));
        rest = tail;
    }
    out.push_str(rest);
    out
}

#[cfg(test)]
mod tests {
    use super::plain;

    #[test]
    fn a_post_reads_well_as_plain_text() {
        let raw = "[quote=\"Ada L, post:3, topic:9\"]\nTea at *five*.\n[quote=\"Bo, post:1, topic:9\"]\nWhen?\n[/quote]\n[/quote]\n\nYes! ![a cup|20x30](upload://x.png) and **cake**.\n[details=\"Recipe\"]\n1. Flour\n[/details]";
        assert_eq!(
            plain(raw),
            "Ada L:\n> Tea at *five*.\n> Bo:\n> > When?\n\nYes! [a cup] and **cake**.\nRecipe\n1. Flour"
        );
        assert_eq!(plain("[1]: a\n![broken"), "[1]: a\n![broken");
    }
}
