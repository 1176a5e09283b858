//! Embeds every file of `locales/` and writes one method per English message, so that a page asking for a missing
//! message does not compile.

use std::collections::{BTreeMap, BTreeSet};
use std::fmt::Write as _;
use std::path::{Path, PathBuf};
use std::{env, fs};

/// Methods of `T` written by hand: a message of that name would collide with them.
const RESERVED: &[&str] = &[
    "bytes",
    "cldr",
    "clone",
    "code",
    "date",
    "date_time",
    "day",
    "dir",
    "has_key",
    "key_and_arguments",
    "language_code",
    "list",
    "look_up",
    "month",
    "msg",
    "number",
    "relative",
    "relative_in",
    "say",
    "showing_keys",
    "speaking",
    "time",
];

/// Words that Rust keeps for itself; such a message gets an underscore after its method name.
const KEYWORDS: &[&str] = &[
    "abstract", "as", "async", "await", "become", "box", "break", "const", "continue", "crate", "do", "dyn", "else",
    "enum", "extern", "false", "final", "fn", "for", "gen", "if", "impl", "in", "let", "loop", "macro", "match", "mod",
    "move", "mut", "override", "priv", "pub", "ref", "return", "self", "static", "struct", "super", "trait", "true",
    "try", "type", "typeof", "unsafe", "unsized", "use", "virtual", "where", "while", "yield",
];

fn main() {
    let manifest = PathBuf::from(env::var_os("CARGO_MANIFEST_DIR").expect("cargo sets it"));
    let out = PathBuf::from(env::var_os("OUT_DIR").expect("cargo sets it"));
    let locales = manifest.join("../../locales").canonicalize().expect("the workspace has a locales folder");
    println!("cargo::rerun-if-changed={}", locales.display());
    println!("cargo::rerun-if-changed=build.rs");

    let mut files: Vec<PathBuf> = fs::read_dir(&locales)
        .expect("the locales folder can be read")
        .map(|entry| entry.expect("the locales folder can be read").path())
        .filter(|path| path.extension().is_some_and(|e| e == "json"))
        .collect();
    files.sort();

    let mut embedded = String::from(
        "/// Every file of `locales/`: language code and its JSON text.\npub(crate) const LOCALES: &[(&str, &str)] = &[\n",
    );
    for path in &files {
        println!("cargo::rerun-if-changed={}", path.display());
        let code = path.file_stem().expect("it has a name").to_str().expect("locale files have ASCII names");
        if code != "qqq" {
            writeln!(embedded, "    ({code:?}, include_str!({:?})),", path.display().to_string()).expect("memory");
        }
    }
    embedded.push_str("];\n");
    fs::write(out.join("locales.rs"), embedded).expect("OUT_DIR is writable");

    let english = messages(&locales.join("en.json"));
    let notes = messages(&locales.join("qqq.json"));
    fs::write(out.join("methods.rs"), methods(&english, &notes)).expect("OUT_DIR is writable");
}

/// The messages of one banana file, without its `@metadata`.
fn messages(path: &Path) -> BTreeMap<String, String> {
    let text = fs::read_to_string(path).unwrap_or_else(|e| panic!("{}: {e}", path.display()));
    let all: BTreeMap<String, serde_json::Value> =
        serde_json::from_str(&text).unwrap_or_else(|e| panic!("{}: {e}", path.display()));
    all.into_iter()
        .filter(|(key, _)| !key.starts_with('@'))
        .map(|(key, value)| match value {
            serde_json::Value::String(text) => (key, text),
            _ => panic!("{}: message {key} is not a text", path.display()),
        })
        .collect()
}

/// One method per key, with as many arguments as its highest `$n`.
fn methods(english: &BTreeMap<String, String>, notes: &BTreeMap<String, String>) -> String {
    let mut code = String::from("/// One method per message of `locales/en.json`.\nimpl T {\n");
    let mut names = BTreeSet::new();
    for (key, text) in english {
        let fine = key.starts_with(|c: char| c.is_ascii_lowercase())
            && key.chars().all(|c| c.is_ascii_lowercase() || c.is_ascii_digit() || c == '-')
            && !key.ends_with('-')
            && !key.contains("--");
        assert!(fine, "en.json: message key {key:?} is not kebab-case ASCII");
        let mut name = key.replace('-', "_");
        assert!(!RESERVED.contains(&name.as_str()), "en.json: message key {key:?} is taken by a method of T");
        if KEYWORDS.contains(&name.as_str()) {
            name.push('_');
        }
        assert!(names.insert(name.clone()), "en.json: two messages become the method {name}");
        let count = highest(text);
        let doc = text.lines().next().unwrap_or("").replace('[', "\\[").replace('<', "\\<");
        writeln!(code, "    /// `{}`", doc.replace('`', "'")).expect("memory");
        if let Some(note) = notes.get(key) {
            let note = note.replace('\n', " ").replace('[', "\\[").replace('<', "\\<");
            writeln!(code, "    ///\n    /// {}", note.trim()).expect("memory");
        }
        let parameters: String = (1..=count).map(|n| format!(", a{n}: impl Arg")).collect();
        let pieces: Vec<String> = (1..=count).map(|n| format!("a{n}.piece()")).collect();
        if count > 7 {
            code.push_str("    #[allow(clippy::too_many_arguments)]\n");
        }
        writeln!(code, "    pub fn {name}(&self{parameters}) -> String {{").expect("memory");
        writeln!(code, "        self.say({key:?}, &[{}])\n    }}\n", pieces.join(", ")).expect("memory");
    }
    code.push_str("}\n");
    code
}

/// The highest `$n` of a message (1 to 9), or 0.
fn highest(text: &str) -> u8 {
    text.as_bytes()
        .windows(2)
        .filter(|pair| pair[0] == b'$' && (b'1'..=b'9').contains(&pair[1]))
        .map(|pair| pair[1] - b'0')
        .max()
        .unwrap_or(0)
}
