//! What the pages rely on: every name they write exists, and every encoding gives back the same bytes.

use super::*;

const LOGICAL: &[&str] = &[
    "stoa.css",
    "stoa-rtl.css",
    "stoa.js",
    "rich.js",
    "icons.svg",
    "favicon.svg",
    "favicon.ico",
    "apple-touch-icon.png",
];

fn text(logical: &str) -> &'static str {
    let asset = get(url(logical).strip_prefix("/assets/").expect("served below /assets/")).expect("embedded");
    std::str::from_utf8(asset.bytes).expect("text")
}

#[test]
fn every_logical_name_leads_to_an_embedded_file() {
    for logical in LOGICAL {
        let address = url(logical);
        let name = address.strip_prefix("/assets/").expect("served below /assets/");
        let asset = get(name).unwrap_or_else(|| panic!("{logical} → {address} is not embedded"));
        assert_eq!(asset.name, name);
        assert!(!asset.bytes.is_empty());
        let (stem, ext) = logical.rsplit_once('.').expect("an extension");
        assert!(name.starts_with(&format!("{stem}-")) && name.ends_with(ext), "{name}");
    }
}

#[test]
#[should_panic(expected = "no asset is called \"missing.css\"")]
fn an_unknown_logical_name_is_a_mistake_of_ours() {
    url("missing.css");
}

#[test]
fn an_unknown_file_is_not_found() {
    assert!(get("stoa.css").is_none(), "only fingerprinted names are served");
    assert!(get("").is_none());
    assert!(get("../Cargo.toml").is_none());
}

#[test]
fn names_are_in_order_and_tags_tell_files_apart() {
    for pair in all().windows(2) {
        assert!(pair[0].name < pair[1].name);
        assert_ne!(pair[0].etag, pair[1].etag);
    }
    for asset in all() {
        assert!(asset.etag.starts_with('"') && asset.etag.ends_with('"'), "{}", asset.etag);
    }
}

#[test]
fn no_style_needs_what_the_content_security_policy_forbids() {
    for sheet in ["stoa.css", "stoa-rtl.css"] {
        let css = text(sheet);
        assert!(!css.contains("data:"), "{sheet} holds a data: address");
        assert!(!css.contains("@import"), "{sheet} imports another sheet");
        assert!(!css.contains("http://") && !css.contains("https://"), "{sheet} asks another host");
    }
}

#[test]
fn every_file_a_style_names_is_embedded() {
    for sheet in ["stoa.css", "stoa-rtl.css"] {
        let mut found = 0;
        for part in text(sheet).split("url(").skip(1) {
            let name = part.split(')').next().expect("a closing bracket").trim_matches(['"', '\'']);
            assert!(get(name).is_some(), "{sheet} names {name:?}");
            found += 1;
        }
        assert!(found > 0, "{sheet} draws Codex's icons");
    }
}

#[test]
fn licence_notices_travel_with_the_files() {
    for sheet in ["stoa.css", "stoa-rtl.css"] {
        assert!(text(sheet).starts_with("/*!") && text(sheet).contains("GPL-2.0-or-later"), "{sheet}");
    }
    assert!(text("icons.svg").contains("MIT licence"));
}

#[test]
fn the_files_keep_their_weight() {
    let weight = |logical: &str| get(&url(logical)["/assets/".len()..]).expect("embedded").brotli.len();
    for (logical, most) in [
        ("stoa.css", 20_000),
        ("stoa-rtl.css", 20_000),
        ("stoa.js", 12_000),
        ("rich.js", 150_000),
        ("icons.svg", 12_000),
    ] {
        let size = weight(logical);
        assert!(size <= most, "{logical} weighs {size} bytes in brotli, more than {most}");
    }
}

#[test]
fn both_encodings_hold_the_same_file() {
    for asset in all() {
        let mut plain = Vec::new();
        brotli::BrotliDecompress(&mut &asset.brotli[..], &mut plain).expect("brotli");
        assert!(plain == asset.bytes, "{} differs in brotli", asset.name);
        assert!(zstd::decode_all(asset.zstd).expect("zstd") == asset.bytes, "{} differs in zstd", asset.name);
    }
}
