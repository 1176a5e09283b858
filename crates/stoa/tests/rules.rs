//! Rules that hold for the source itself: what templates may print, which words exist in every language.

use std::path::{Path, PathBuf};

use stoa::users::names::Problem;
use stoa::web::Refusal;
use stoa_i18n::{A, Words};

fn files(folder: &Path, ending: &str) -> Vec<(PathBuf, String)> {
    let mut found = Vec::new();
    for entry in std::fs::read_dir(folder).unwrap_or_else(|e| panic!("{}: {e}", folder.display())).flatten() {
        let path = entry.path();
        if path.is_dir() {
            if path.file_name().is_some_and(|n| n != "node_modules") {
                found.extend(files(&path, ending));
            }
        } else if path.extension().is_some_and(|e| e == ending) {
            let text = std::fs::read_to_string(&path).expect("a text file");
            found.push((path, text));
        }
    }
    found
}

fn source(path: &str) -> PathBuf {
    Path::new(env!("CARGO_MANIFEST_DIR")).join(path)
}

/// HTML is printed as it is only where its type says that the renderer or a template made it.
#[test]
fn templates_print_nothing_unescaped() {
    let templates = files(&source("src"), "html");
    assert!(templates.len() > 20, "only {} templates", templates.len());
    for (path, text) in &templates {
        for forbidden in ["|safe", "| safe", "escape(\"none\")", "escape none", "<style", "javascript:"] {
            assert!(!text.contains(forbidden), "{} has {forbidden}", path.display());
        }
        let lower = text.to_lowercase();
        for (at, _) in lower.match_indices(" on") {
            let rest = &lower[at + 3..];
            let name: String = rest.chars().take_while(char::is_ascii_lowercase).collect();
            assert!(
                name.is_empty() || !rest[name.len()..].starts_with("=\""),
                "{} has an inline handler: on{name}",
                path.display()
            );
        }
        // Mail programs know no style sheet of ours, and our pages' rules do not hold there.
        let is_mail = path.ends_with("notifications/templates/mail.html")
            || path.ends_with("notifications/templates/digest.html");
        assert!(is_mail || !lower.contains("style=\""), "{} has an inline style", path.display());
    }
}

/// Only the renderer's own type and whole templates count as HTML: who else says so must be written down here.
#[test]
fn few_types_count_as_html() {
    let makers = ["impl askama::filters::HtmlSafe for", "MarkupDisplay", "SafeHtml::from_store"];
    let known = ["web/page.rs", "db/value.rs", "posts/mod.rs"];
    for (path, text) in files(&source("src"), "rs") {
        let own = text.split("#[cfg(test)]").next().unwrap_or_default();
        for maker in makers {
            let place = path.strip_prefix(source("src")).expect("in the folder").display().to_string();
            assert!(!own.contains(maker) || known.contains(&place.as_str()), "{place} makes HTML by {maker}");
        }
    }
}

/// Scripts put no text into pages as HTML, but for what the program's own templates answered.
#[test]
fn scripts_write_no_html() {
    let scripts = files(&source("../../web/src"), "ts");
    assert!(scripts.len() > 5, "only {} scripts", scripts.len());
    for (path, text) in scripts {
        for forbidden in
            ["outerHTML =", "insertAdjacentHTML", "document.write", "eval(", "new Function", "setAttribute(\"on"]
        {
            assert!(!text.contains(forbidden), "{} has {forbidden}", path.display());
        }
        for (at, _) in text.match_indices(".innerHTML = ") {
            let line = text[at..].lines().next().unwrap_or_default();
            // A preview is HTML that the program rendered and cleaned; similar topics are a template's.
            let name = path.file_name().unwrap_or_default().to_string_lossy().into_owned();
            assert!(
                ["preview.ts", "similar.ts"].contains(&name.as_str()) || line.contains("\"\""),
                "{} has {line}",
                path.display()
            );
        }
    }
}

/// No statement is put together from what somebody typed: `format!` stands before no SQL that takes values.
#[test]
fn statements_are_fixed_texts() {
    for (path, text) in files(&source("src"), "rs") {
        let own = text.split("#[cfg(test)]").next().unwrap_or_default();
        for (at, _) in own.match_indices("format!(") {
            let text = own[at + 8..].trim_start().trim_start_matches('"').to_lowercase();
            let sql = ["select ", "insert into", "update ", "delete from "].iter().any(|verb| text.starts_with(verb));
            let quoted = text.lines().next().unwrap_or_default().contains("'{");
            assert!(
                !sql || !quoted || text.starts_with("select setval("),
                "{}: {}",
                path.display(),
                text.lines().next().unwrap_or_default()
            );
        }
    }
}

/// Every refusal, every trouble with a name and every notice has its words, in every language that calls itself whole.
#[test]
fn every_refusal_has_words_in_every_whole_language() {
    let words = Words::embedded();
    let mut keys: Vec<String> = Refusal::KEYS.iter().map(|key| format!("refused-{key}")).collect();
    for problem in [
        Problem::Empty,
        Problem::TooLong,
        Problem::Character('x'),
        Problem::NoLetter,
        Problem::MixedScripts,
        Problem::Reserved,
    ] {
        keys.push(problem.key().to_owned());
    }
    for period in stoa::topics::lists::PERIODS {
        keys.push(format!("list-period-{period}"));
    }
    for said in saids() {
        keys.push(format!("said-{said}"));
    }
    let english = words.t("en");
    for key in &keys {
        assert!(english.has_key(key), "English has no {key}");
    }
    let whole: Vec<_> = words.languages().into_iter().filter(|l| l.percent == 100 && l.code != "en").collect();
    for language in &whole {
        let t = words.t(&language.code);
        for key in &keys {
            let text = t.msg(key, &[A::Plain("1".into())]);
            assert!(!text.is_empty() && !text.contains('⧼'), "{} has no {key}: {text}", language.code);
        }
    }
}

/// The keys that handlers pass to `redirect_saying`.
fn saids() -> Vec<String> {
    let mut found = Vec::new();
    for (_, text) in files(&source("src"), "rs") {
        for (at, _) in text.match_indices("redirect_saying(") {
            let call: String = text[at..].chars().take_while(|c| *c != ';').collect();
            let last = call.trim_end_matches(')').rsplit(',').next().unwrap_or_default().trim();
            if let Some(key) = last.strip_prefix('"').and_then(|k| k.split('"').next()) {
                found.push(key.to_owned());
            }
        }
    }
    assert!(found.len() >= 3, "only {found:?}");
    found
}

/// Each refusal's key is in the list that languages are asked for.
#[test]
fn the_list_of_refusals_is_whole() {
    for refusal in [
        Refusal::BadToken,
        Refusal::UnknownField("x".into()),
        Refusal::Silenced { until: 0 },
        Refusal::TooFast { seconds: 1 },
        Refusal::DiskFull,
        Refusal::Gone,
    ] {
        assert!(Refusal::KEYS.contains(&refusal.key()), "{}", refusal.key());
    }
    let text = std::fs::read_to_string(source("src/web/error.rs")).expect("the file");
    let (_, list) = text.split_once("pub fn key(&self)").expect("the keys");
    let (list, _) = list.split_once("pub const KEYS").expect("the list");
    for part in list.split("=> \"").skip(1) {
        let key = part.split('"').next().unwrap_or_default();
        assert!(Refusal::KEYS.contains(&key), "{key} is not in the list");
    }
}
