//! Which bytes of a raw text are code, so that nothing inside is taken for a tag.

use std::ops::Range;

/// Fenced and indented code blocks and code spans of `raw`, in order and without overlap. An
/// estimate made line by line in linear time; the parser has the last word on what is code.
pub(crate) fn code_ranges(raw: &str) -> Vec<Range<usize>> {
    let mut ranges = Vec::new();
    let mut paragraph = 0..0;
    let mut fence: Option<(u8, usize, usize)> = None;
    let mut may_indent = true;
    let mut at = 0;
    for line in raw.split_inclusive('\n') {
        let span = at..at + line.len();
        at = span.end;
        // Fences also open inside quotes and lists.
        let inner = line.trim_start_matches([' ', '\t', '>']);
        let run = fence_run(inner);
        if let Some((byte, length, start)) = fence {
            if let Some((closing, n)) = run
                && closing == byte
                && n >= length
                && inner[n..].trim().is_empty()
            {
                ranges.push(start..span.end);
                fence = None;
                paragraph = span.end..span.end;
            }
            continue;
        }
        let blank = line.trim().is_empty();
        if let Some((byte, length)) = run
            && !(byte == b'`' && inner[length..].contains('`'))
        {
            spans(raw, paragraph, &mut ranges);
            paragraph = span.end..span.end;
            fence = Some((byte, length, span.start));
        } else if may_indent && !blank && (line.starts_with("    ") || line.starts_with('\t')) {
            spans(raw, paragraph, &mut ranges);
            paragraph = span.end..span.end;
            ranges.push(span);
            continue;
        } else if blank {
            spans(raw, paragraph, &mut ranges);
            paragraph = span.end..span.end;
        } else {
            paragraph.end = span.end;
        }
        may_indent = blank;
    }
    match fence {
        Some((_, _, start)) => ranges.push(start..raw.len()),
        None => spans(raw, paragraph, &mut ranges),
    }
    ranges
}

/// The run of at least three backticks or tildes that `line` starts with.
fn fence_run(line: &str) -> Option<(u8, usize)> {
    let byte = *line.as_bytes().first()?;
    if byte != b'`' && byte != b'~' {
        return None;
    }
    let length = line.bytes().take_while(|b| *b == byte).count();
    (length >= 3).then_some((byte, length))
}

/// Code spans of one paragraph: a run of backticks up to the next run of the same length.
fn spans(raw: &str, paragraph: Range<usize>, ranges: &mut Vec<Range<usize>>) {
    let bytes = &raw.as_bytes()[paragraph.clone()];
    let mut runs = Vec::new();
    let mut at = 0;
    while at < bytes.len() {
        match bytes[at] {
            b'`' => {
                let length = bytes[at..].iter().take_while(|b| **b == b'`').count();
                runs.push((at, length));
                at += length;
            }
            b'\\' => at += 2,
            _ => at += 1,
        }
    }
    // The next run of the same length, found from the back so that every run is seen once.
    let mut next_of_length = std::collections::HashMap::new();
    let mut partner = vec![None; runs.len()];
    for (i, (_, length)) in runs.iter().enumerate().rev() {
        partner[i] = next_of_length.insert(*length, i);
    }
    let mut i = 0;
    while i < runs.len() {
        let Some(close) = partner[i] else {
            i += 1;
            continue;
        };
        let (end, length) = runs[close];
        ranges.push(paragraph.start + runs[i].0..paragraph.start + end + length);
        i = close + 1;
    }
}

#[cfg(test)]
mod tests {
    use super::*;

    fn code(raw: &str) -> Vec<&str> {
        code_ranges(raw).into_iter().map(|r| &raw[r]).collect()
    }

    #[test]
    fn finds_fences_spans_and_indented_blocks() {
        assert_eq!(code("a\n```rust\nx\n```\nb `c` d"), ["```rust\nx\n```\n", "`c`"]);
        assert_eq!(code("> ~~~\n> x\n> ~~~\nb"), ["> ~~~\n> x\n> ~~~\n"]);
        assert_eq!(code("```\nnever closed\n[b]"), ["```\nnever closed\n[b]"]);
        assert_eq!(code("p\n    not code\n\n    code\n    more\nq"), ["    code\n", "    more\n"]);
        assert_eq!(code("`` a ` b `` ` c"), ["`` a ` b ``"]);
        assert_eq!(code("a ` b\n\nc ` d"), Vec::<&str>::new());
        assert_eq!(code("\\`a` b `c`"), ["` b `"]);
    }
}
