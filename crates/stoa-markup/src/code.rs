//! Code blocks: colours by CSS class, within limits.

use std::sync::{Arc, PoisonError, RwLock};

use syntect::html::{ClassStyle, ClassedHTMLGenerator};
use syntect::parsing::{SyntaxReference, SyntaxSet};
use syntect::util::LinesWithEndings;

use crate::escape::{escape_into, escaped};
use crate::options::mark;

/// How many bytes of code one text may have coloured. Colouring is by far the slowest part of
/// rendering, and regular expressions written for editors are not all linear.
pub(crate) const COLOURED_BYTES: usize = 12_000;
/// A longer line is generated or minified, and is where those expressions get slow.
const LONGEST_LINE: usize = 1_000;

const STYLE: ClassStyle = ClassStyle::SpacedPrefixed { prefix: "hl-" };

/// The grammars, read when code is first coloured. They grow to tens of megabytes with use, so they can be put away.
static SYNTAXES: RwLock<Option<Arc<SyntaxSet>>> = RwLock::new(None);

fn syntaxes() -> Arc<SyntaxSet> {
    if let Some(there) = &*SYNTAXES.read().unwrap_or_else(PoisonError::into_inner) {
        return there.clone();
    }
    let mut place = SYNTAXES.write().unwrap_or_else(PoisonError::into_inner);
    place.get_or_insert_with(|| Arc::new(SyntaxSet::load_defaults_newlines())).clone()
}

/// Puts away what is only needed while code is coloured; the next block that needs it reads it again (0.2 s).
pub fn rest() {
    *SYNTAXES.write().unwrap_or_else(PoisonError::into_inner) = None;
}

/// `<pre>` for a code block. Takes what it colours from `budget`.
pub(crate) fn block(info: &str, code: &str, budget: &mut usize) -> String {
    let lang = language(info);
    let mut html = String::with_capacity(code.len() + 64);
    html.push_str("<pre><code");
    if !lang.is_empty() {
        html.push_str(&format!(" class=\"{}language-{}\"", mark(), escaped(lang)));
    }
    html.push('>');
    match coloured(lang, code, *budget) {
        Some(spans) => {
            *budget -= code.len();
            html.push_str(&spans);
        }
        None => escape_into(&mut html, code),
    }
    html.push_str("</code></pre>\n");
    html
}

/// The language in an info string: its first word, without the decorations in use elsewhere
/// (`{.rust}`, `rust,ignore`, `auto`).
fn language(info: &str) -> &str {
    let word = info.split_whitespace().next().unwrap_or("");
    let word = word.trim_matches(|c| matches!(c, '{' | '}' | '.'));
    let word = word.split(',').next().unwrap_or("");
    if word.eq_ignore_ascii_case("auto") { "" } else { word }
}

fn coloured(lang: &str, code: &str, budget: usize) -> Option<String> {
    if lang.is_empty() || code.len() > budget || code.lines().any(|l| l.len() > LONGEST_LINE) {
        return None;
    }
    let syntaxes = syntaxes();
    let syntax = syntax(&syntaxes, lang)?;
    let mut generator = ClassedHTMLGenerator::new_with_class_style(syntax, &syntaxes, STYLE);
    for line in LinesWithEndings::from(code) {
        generator.parse_html_for_line_which_includes_newline(line).ok()?;
    }
    // Quotation marks of the code itself are escaped, so this only meets the generator's own.
    Some(generator.finalize().replace("class=\"", &format!("class=\"{}", mark())))
}

fn syntax<'s>(syntaxes: &'s SyntaxSet, lang: &str) -> Option<&'s SyntaxReference> {
    let lang = lang.to_ascii_lowercase();
    let token = match lang.as_str() {
        "text" | "plain" | "plaintext" | "none" | "txt" => return None,
        "c++" => "cpp",
        "c#" | "csharp" => "cs",
        "shell" | "console" | "shell-session" => "sh",
        "golang" => "go",
        // Not among the built-in grammars; the closest one is better than none.
        "typescript" | "ts" | "jsx" | "tsx" => "js",
        other => other,
    };
    syntaxes.find_syntax_by_token(token)
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn known_languages_are_coloured_within_the_budget() {
        let mut budget = 100;
        let html = block("rust,ignore", "let a = \"<b class=\\\"x\\\">\";\n", &mut budget);
        assert!(html.contains(&format!("class=\"{}language-rust\"", mark())));
        assert!(html.contains("hl-string"), "{html}");
        assert!(html.contains("&lt;b"));
        assert!(budget < 100);

        let long = "let a = 1;\n".repeat(20);
        assert!(!block("rust", &long, &mut budget).contains("hl-"));
        assert!(!block("no-such-language", "x", &mut 100).contains("hl-"));
        assert_eq!(block("", "a<b", &mut 100), "<pre><code>a&lt;b</code></pre>\n");
    }
}
