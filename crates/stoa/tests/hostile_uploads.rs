//! Files that would do harm: programs that look like pictures, what cameras write about people, pictures that are too large to open.

use std::io::Cursor;
use std::path::PathBuf;
use std::time::{Duration, Instant};

use image::ImageFormat;

use crate::uploads::{holds, json, photo, send, sent, trust, url};

/// The files of a shared folder and everything below, or none where it is not there.
fn samples(folder: &str) -> Vec<PathBuf> {
    let root = std::env::var("STOA_SHARED")
        .map_or_else(|_| PathBuf::from(env!("CARGO_MANIFEST_DIR")).join("../../../shared"), PathBuf::from);
    fn below(folder: PathBuf, found: &mut Vec<PathBuf>) {
        for entry in std::fs::read_dir(folder).into_iter().flatten().flatten() {
            match entry.path() {
                path if path.is_dir() => below(path, found),
                path => found.push(path),
            }
        }
    }
    let mut found = Vec::new();
    below(root.join("data").join(folder), &mut found);
    found.sort();
    found
}

/// Files that are dangerous wherever a browser believes their name or their first bytes.
const OWN_SAMPLES: &[(&str, &[u8])] = &[
    ("a.svg", b"<svg xmlns='http://www.w3.org/2000/svg' onload='alert(1)'/>"),
    ("a.html", b"<!doctype html><script>alert(1)</script>"),
    ("a.xhtml", b"<html xmlns='http://www.w3.org/1999/xhtml'><script>alert(1)</script></html>"),
    ("picture.png", b"<!doctype html><script>alert(1)</script>"),
    ("a.png.html", b"GIF89a=1;alert(1)//"),
    (
        "a.gif",
        b"GIF89a\x01\0\x01\0\x80\0\0\xff\xff\xff\0\0\0,\0\0\0\0\x01\0\x01\0\0\x02\x02D\x01\0;<script>alert(1)</script>",
    ),
    ("a.js", b"alert(1)"),
    ("a.css", b"*{background:url(//evil.example)}"),
    ("a.pdf", b"%PDF-1.7\n1 0 obj<</OpenAction<</S/JavaScript/JS(app.alert(1))>>>>"),
    ("a.swf", b"FWS\x09 and so on"),
    ("a.xml", b"<?xml-stylesheet href='javascript:alert(1)'?><x/>"),
    ("a.wasm", b"\0asm\x01\0\0\0"),
    ("a.manifest", b"CACHE MANIFEST"),
    ("a.hta", b"<hta:application><script>alert(1)</script>"),
    ("a.mht", b"MIME-Version: 1.0\nContent-Type: text/html\n\n<script>alert(1)</script>"),
];

stories! {
    /// Whatever comes in goes out as pixels that were written here, or as a download that runs nothing.
    async fn dangerous_files_run_nothing(s: Stoa) {
        let mut all: Vec<(String, Vec<u8>)> = OWN_SAMPLES.iter().map(|(n, b)| ((*n).to_owned(), b.to_vec())).collect();
        for path in ["security/upload-files", "images/selfmade", "images/smallest"].into_iter().flat_map(samples) {
            let name = path.file_name().expect("a name").to_string_lossy().into_owned();
            all.push((name, std::fs::read(&path).expect("readable")));
        }
        let (mut kept, mut refused) = (0, 0);
        for (n, (name, bytes)) in all.iter().enumerate() {
            // Nobody sends so much at once.
            let who = format!("sender {}", n / 20);
            trust(s, &who, 3).await;
            let browser = s.browser(&who);
            if bytes.is_empty() || bytes.len() > 10 << 20 {
                continue;
            }
            let since = Instant::now();
            let page = send(&browser, name, bytes).await;
            assert!(since.elapsed() < Duration::from_secs(10), "{name} took {:?}", since.elapsed());
            if page.status != 201 {
                assert!((400..500).contains(&page.status), "{name}: {}", page.status);
                refused += 1;
                continue;
            }
            kept += 1;
            let found = browser.get(url(&json(&page))).await;
            let kind = found.is_ok().header("content-type");
            assert_eq!(found.header("content-security-policy"), "default-src 'none'; sandbox", "{name}");
            assert_eq!(found.header("x-content-type-options"), "nosniff", "{name}");
            match kind {
                "application/octet-stream" => {
                    assert!(found.header("content-disposition").starts_with("attachment"), "{name}");
                    assert_eq!(found.bytes, bytes, "{name} is kept as it came");
                    assert!(!json(&page)["markdown"].as_str().expect("Markdown").starts_with('!'), "{name}");
                }
                "image/png" | "image/jpeg" | "image/gif" => {
                    assert_ne!(found.bytes, bytes, "{name} was not written again");
                    for trace in ["<script", "alert(", "<svg", "<?php", "document.", "GPS", "Exif", "<html", "onclick", "onmouseover"] {
                        assert!(!holds(&found.bytes, trace), "{trace} is in what became of {name}");
                    }
                }
                other => panic!("{name} is served as {other}"),
            }
        }
        println!("{kept} kept, {refused} refused");
        assert!(kept >= 10 && refused >= 1);
        s.is_whole().await;
    }

    /// No byte of what cameras wrote is left in any file that is served.
    async fn nothing_that_a_camera_wrote_is_served(s: Stoa) {
        let mut photos: Vec<(String, Vec<u8>)> = (0..20).map(|n| (format!("photo {n}.jpg"), photo(100 + n * 9, 80))).collect();
        for path in samples("images").into_iter().filter(|p| p.extension().is_some_and(|e| e == "jpg" || e == "jpeg")) {
            photos.push((path.display().to_string(), std::fs::read(&path).expect("readable")));
        }
        let mut files = 0;
        for (name, bytes) in &photos {
            let Ok(made) = stoa::uploads::picture::make(bytes) else { continue };
            for file in made.others.iter().chain([&made.main]) {
                files += 1;
                for trace in ["SERIAL", "GPS52", "Exif", "exif", "xmp", "Photoshop", "ICC_PROFILE", "EXIF", "ICCP", "tEXt", "eXIf"] {
                    assert!(!holds(&file.bytes, trace), "{trace} is in a {} of {name}", file.extension);
                }
            }
        }
        assert!(files >= 40, "only {files} files");
        // And through the front door, for one of them.
        let answer = sent(&s.browser("ada"), "photo.jpg", &photos[0].1).await;
        assert!(!holds(&s.browser("ada").get(url(&answer)).await.bytes, "SERIAL"));
    }
}

/// Pictures that claim more than they may are refused at once and take little memory.
#[test]
fn bombs_are_refused_quickly_and_cheaply() {
    let peak = || -> u64 {
        let status = std::fs::read_to_string("/proc/self/status").unwrap_or_default();
        let line = status.lines().find_map(|l| l.strip_prefix("VmHWM:")).unwrap_or("0");
        line.trim().trim_end_matches(" kB").trim().parse().unwrap_or(0)
    };
    if std::env::var_os("STOA_BOMB").is_none() {
        // In a process of its own, so that no other test's memory is counted.
        let done = std::process::Command::new(std::env::current_exe().expect("this program"))
            .args(["--exact", "hostile_uploads::bombs_are_refused_quickly_and_cheaply", "--nocapture"])
            .env("STOA_BOMB", "1")
            .status();
        assert!(done.expect("it runs").success());
        return;
    }
    let png_head = |width: u32, height: u32| {
        let mut head = b"\0\0\0\rIHDR".to_vec();
        head.extend(width.to_be_bytes());
        head.extend(height.to_be_bytes());
        head.extend([8, 6, 0, 0, 0]);
        let mut crc = flate2::Crc::new();
        crc.update(&head[4..]);
        [&b"\x89PNG\r\n\x1a\n"[..], &head, &crc.sum().to_be_bytes(), b"\0\0\0\0IDAT\x35\xaf\x06\x1e"].concat()
    };
    let mut bombs: Vec<(String, Vec<u8>)> = vec![
        ("50,000 × 50,000 PNG".into(), png_head(50_000, 50_000)),
        ("2^31 PNG".into(), png_head(0x7fff_ffff, 0x7fff_ffff)),
        ("wide PNG".into(), png_head(1_000_000, 1)),
        ("65,535 × 65,535 GIF".into(), b"GIF89a\xff\xff\xff\xff\x80\0\0\0\0\0\xff\xff\xff,\0\0\0\0\xff\xff\xff\xff\0\x02\x02D\x01\0;".to_vec()),
        ("16,383 × 16,383 WebP".into(), b"RIFF\x1a\0\0\0WEBPVP8L\x0d\0\0\0\x2f\xff\xff\xff\x0f\0\0\0\0\0\0\0\0".to_vec()),
        ("65,500 × 65,500 JPEG".into(), b"\xff\xd8\xff\xc0\0\x11\x08\xff\xdc\xff\xdc\x03\x01\x22\0\x02\x11\x01\x03\x11\x01\xff\xda\0\x0c\x03\x01\0\x02\x11\x03\x11\0?\0\0\xff\xd9".to_vec()),
    ];
    for path in samples("images/selfmade").into_iter().chain(samples("images/image-rs-regression")) {
        let bytes = std::fs::read(&path).expect("readable");
        if stoa::uploads::picture::is_picture(&bytes) {
            bombs.push((path.display().to_string(), bytes));
        }
    }
    let before = peak();
    for (name, bytes) in &bombs {
        let since = Instant::now();
        let done = stoa::uploads::picture::make(bytes);
        let limit = if done.is_ok() { 10 } else { 2 };
        assert!(since.elapsed() < Duration::from_secs(limit), "{name} took {:?} ({})", since.elapsed(), done.is_ok());
    }
    for (name, bytes) in &bombs[..6] {
        assert!(stoa::uploads::picture::make(bytes).is_err(), "{name} was taken");
    }
    let more = (peak() - before) / 1024;
    println!("{} pictures, {more} MB more", bombs.len());
    assert!(more <= 256, "{more} MB more");
}

/// The largest picture that is taken stays within the same measure.
#[test]
#[ignore = "takes a minute without optimisation"]
fn the_largest_picture_takes_its_measure() {
    let picture = image::RgbImage::from_fn(6500, 4300, |x, y| image::Rgb([(x % 251) as u8, (y % 241) as u8, 90]));
    let mut jpeg = Cursor::new(Vec::new());
    picture.write_to(&mut jpeg, ImageFormat::Jpeg).expect("a picture");
    drop(picture);
    let since = Instant::now();
    let made = stoa::uploads::picture::make(jpeg.get_ref()).expect("a picture");
    println!("{} × {} in {:?}", made.width, made.height, since.elapsed());
}
