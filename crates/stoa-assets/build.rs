//! Runs `npm ci` and `web/build.mjs` when the browser's sources changed, and writes the table of embedded files.

use std::fmt::Write as _;
use std::fs::{self, File};
use std::path::{Path, PathBuf};
use std::process::{Command, Stdio, exit};

/// What the bundle is made of, seen from `web/`. Not `node_modules`: the lock file stands for it.
const SOURCES: &[&str] = &["build.mjs", "build", "css", "src", "icons", "package.json", "package-lock.json", ".npmrc"];

fn main() {
    let web = Path::new(&env("CARGO_MANIFEST_DIR")).join("../../web");
    let web = web.canonicalize().unwrap_or_else(|e| fail(&format!("{} cannot be read: {e}", web.display())));
    let out = PathBuf::from(env("OUT_DIR"));
    for source in SOURCES {
        println!("cargo:rerun-if-changed={}", web.join(source).display());
    }
    println!("cargo:rerun-if-changed=build.rs");

    need_node();
    let bundle = out.join("bundle");
    {
        // Two builds of one checkout (an editor's and a terminal's) would otherwise install over each other. The lock is
        // on a file that nothing else opens, and ends with the block.
        let guard = File::open(web.join("NOTICE")).unwrap_or_else(|e| fail(&format!("web/NOTICE: {e}")));
        guard.lock().unwrap_or_else(|e| fail(&format!("web/NOTICE cannot be locked: {e}")));
        install(&web);
        run(Command::new("node").arg("build.mjs").arg(&bundle).current_dir(&web), "node build.mjs");
    }
    fs::write(out.join("assets.rs"), table(&bundle)).unwrap_or_else(|e| fail(&format!("assets.rs: {e}")));
}

/// Installs the packages of the lock file unless exactly those are installed already.
fn install(web: &Path) {
    let stamp = web.join("node_modules/.stoa-lock");
    let lock = fs::read(web.join("package-lock.json")).unwrap_or_else(|e| fail(&format!("web/package-lock.json: {e}")));
    if fs::read(&stamp).is_ok_and(|installed| installed == lock) {
        return;
    }
    let npm = if cfg!(windows) { "npm.cmd" } else { "npm" };
    run(Command::new(npm).args(["ci", "--no-audit", "--no-fund", "--loglevel=error"]).current_dir(web), "npm ci");
    fs::write(&stamp, lock).unwrap_or_else(|e| fail(&format!("{}: {e}", stamp.display())));
}

/// Stops with a sentence a newcomer understands when Node is missing or too old.
fn need_node() {
    let version = Command::new("node").arg("--version").stderr(Stdio::null()).output();
    let found = match &version {
        Ok(output) if output.status.success() => String::from_utf8_lossy(&output.stdout).trim().to_owned(),
        _ => fail(
            "Stoa's pages need Node 20 or newer to build their scripts and styles: `node` was not found. \
                   Install Node.js with npm (https://nodejs.org) and build again.",
        ),
    };
    let major = found.trim_start_matches('v').split('.').next().and_then(|n| n.parse::<u32>().ok());
    if major.is_none_or(|major| major < 20) {
        fail(&format!("Stoa's pages need Node 20 or newer to build their scripts and styles: this is Node {found}."));
    }
}

fn run(command: &mut Command, what: &str) {
    let output = command.stdin(Stdio::null()).output().unwrap_or_else(|e| {
        fail(&format!("Stoa's pages need Node 20 or newer, with npm, to build their scripts and styles: `{what}` did not start: {e}"))
    });
    if !output.status.success() {
        fail(&format!(
            "`{what}` in web/ failed ({}):\n{}{}",
            output.status,
            String::from_utf8_lossy(&output.stdout),
            String::from_utf8_lossy(&output.stderr)
        ));
    }
}

/// The Rust text of `ASSETS` (by written name) and `URLS` (by logical name), both sorted.
fn table(bundle: &Path) -> String {
    let read = |name: &str| fs::read(bundle.join(name)).unwrap_or_else(|e| fail(&format!("{name}: {e}")));
    let manifest = String::from_utf8(read("manifest.tsv")).expect("the manifest is written as UTF-8");
    let mut rows: Vec<[&str; 3]> = manifest
        .lines()
        .map(|line| {
            let fields: Vec<&str> = line.split('\t').collect();
            <[&str; 3]>::try_from(fields).unwrap_or_else(|_| fail(&format!("manifest.tsv: {line:?}")))
        })
        .collect();

    rows.sort_by_key(|row| row[1]);
    let mut text = String::from("static ASSETS: &[Asset] = &[\n");
    for [_, name, mime] in &rows {
        let zstd = zstd::encode_all(read(name).as_slice(), 19).unwrap_or_else(|e| fail(&format!("{name}: {e}")));
        fs::write(bundle.join(format!("{name}.zst")), zstd).unwrap_or_else(|e| fail(&format!("{name}.zst: {e}")));
        let path = |suffix: &str| {
            format!("include_bytes!({:?})", bundle.join(format!("{name}{suffix}")).display().to_string())
        };
        // The name carries the hash of the content, so it is its own validator.
        let etag = format!("\"{name}\"");
        writeln!(
            text,
            "    Asset {{ name: {name:?}, mime: {mime:?}, etag: {etag:?}, bytes: {}, brotli: {}, zstd: {} }},",
            path(""),
            path(".br"),
            path(".zst")
        )
        .expect("writing to a string");
    }
    text.push_str("];\nstatic URLS: &[(&str, &str)] = &[\n");
    rows.sort_by_key(|row| row[0]);
    for [logical, name, _] in &rows {
        writeln!(text, "    ({logical:?}, \"/assets/{name}\"),").expect("writing to a string");
    }
    text.push_str("];\n");
    text
}

fn env(name: &str) -> String {
    std::env::var(name).unwrap_or_else(|_| fail(&format!("{name} is set by cargo")))
}

fn fail(message: &str) -> ! {
    eprintln!("\n{message}\n");
    exit(1)
}
