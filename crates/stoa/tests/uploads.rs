//! Files: sent, shown, kept from those who may not see them, limited, and thrown away when nothing shows them.

use std::io::Cursor;

use image::{DynamicImage, ImageFormat};
use stoa::clock::DAY;
use stoa::db::params;
use stoa::site::Level;

use crate::support::page::multipart;
use crate::support::{Browser, Page, Stoa};

/// A photograph of some size, with a place, a serial number and a comment in it as cameras and programs write them.
pub fn photo(width: u32, height: u32) -> Vec<u8> {
    let picture = image::RgbImage::from_fn(width, height, |x, y| {
        image::Rgb([(x * 255 / width) as u8, (y * 255 / height) as u8, ((x * 7 + y * 13) % 97) as u8])
    });
    let mut jpeg = Cursor::new(Vec::new());
    picture.write_to(&mut jpeg, ImageFormat::Jpeg).expect("a picture");
    let jpeg = jpeg.into_inner();
    let segment = |mark: u8, content: &[u8]| {
        let length = u16::try_from(content.len() + 2).expect("short").to_be_bytes();
        [&[0xff, mark][..], &length, content].concat()
    };
    // TIFF, one directory: the camera's name where its value is too long to stand in the entry, and a GPS directory.
    let exif = b"Exif\0\0MM\0*\0\0\0\x08\0\x01\x01\x10\0\x02\0\0\0\x14\0\0\0\x1a\0\0\0\0SERIAL-8421-GPS52.52\0";
    let parts = [segment(0xe1, exif), segment(0xe1, b"http://ns.adobe.com/xap/1.0/\0<x:xmpmeta GPS52.52>")];
    [&jpeg[..2], &parts.concat(), &segment(0xfe, b"SERIAL-8421"), &jpeg[2..], b"GPS52.52 behind the end"].concat()
}

pub fn png(width: u32, height: u32) -> Vec<u8> {
    let mut out = Cursor::new(Vec::new());
    DynamicImage::from(image::RgbaImage::from_pixel(width, height, image::Rgba([200, 30, 30, 128])))
        .write_to(&mut out, ImageFormat::Png)
        .expect("a picture");
    out.into_inner()
}

pub fn holds(bytes: &[u8], part: &str) -> bool {
    bytes.windows(part.len()).any(|window| window == part.as_bytes())
}

pub async fn send(browser: &Browser, name: &str, bytes: &[u8]) -> Page {
    let token = browser.token().await;
    let file = (name.to_owned(), bytes.to_vec());
    browser.ask(multipart("/uploads", &[("csrf", &token)], Some(&file)).with("accept", "application/json")).await
}

pub fn json(page: &Page) -> serde_json::Value {
    serde_json::from_slice(&page.bytes).unwrap_or_else(|e| panic!("{e}: {} {}", page.status, page.body()))
}

pub async fn sent(browser: &Browser, name: &str, bytes: &[u8]) -> serde_json::Value {
    let page = send(browser, name, bytes).await;
    assert_eq!(page.status, 201, "{}", page.body());
    json(&page)
}

pub async fn trust(s: &Stoa, name: &str, level: i64) {
    let id = s.user(name).await;
    s.sql("update users set trust_level = $2 where id = $1", params![id, level]).await;
}

pub fn url(answer: &serde_json::Value) -> String {
    answer["url"].as_str().expect("an address").to_owned()
}

both_engines! {
    /// From the camera to the reader: smaller, in several formats, without what the camera wrote; unseen until it is shown.
    async fn a_picture_is_seen_by_those_who_see_a_post_with_it(s: Stoa) {
        let topic = s.topic("Boats").await;
        let (ada, bo) = (s.browser("ada"), s.browser("bo"));
        let answer = sent(&ada, "harbour.jpg", &photo(2000, 1000)).await;
        assert_eq!((answer["width"].as_i64(), answer["height"].as_i64()), (Some(1600), Some(800)));
        assert_eq!(answer["name"], "harbour.jpg");
        let address = url(&answer);
        let markdown = answer["markdown"].as_str().expect("Markdown");
        assert_eq!(markdown, format!("![]({address})"));

        for other in [&bo, &s.stranger()] {
            other.get(&address).await.is_not_found();
        }
        let own = ada.get(&address).await;
        assert_eq!(own.is_ok().header("cache-control"), "private, no-cache");
        let preview = ada.post("/preview", &[("raw", markdown)]).await;
        assert!(preview.is_ok().body().contains("<picture>"), "{}", preview.body());
        let preview = bo.post("/preview", &[("raw", markdown)]).await;
        assert!(!preview.is_ok().body().contains("<img"), "another's file is nothing yet: {}", preview.body());

        let page = ada.get(&format!("{}/reply", topic.url())).await;
        page.form("reply").fill("raw", &format!("Look: ![a boat]({address})")).submit().await.is_ok();
        let page = s.stranger().get(topic.url()).await;
        let image = page.dom().find(|e| e.attribute("src") == Some(address.as_str())).cloned().expect("the picture");
        for (name, value) in
            [("alt", "a boat"), ("width", "1600"), ("height", "800"), ("loading", "lazy"), ("decoding", "async")]
        {
            assert_eq!(image.attribute(name), Some(value));
        }
        let source = page.dom().find(|e| e.attribute("type") == Some("image/webp")).cloned().expect("WebP");
        let srcset = source.attribute("srcset").expect("sizes").to_owned();
        let files: Vec<&str> = srcset.split(", ").map(|one| one.split(' ').next().expect("an address")).collect();
        assert_eq!(files.len(), 3, "{srcset}");
        for (file, width) in files.iter().zip([400, 800, 1600]) {
            let found = s.stranger().get(*file).await;
            assert_eq!(found.is_ok().header("content-type"), "image/webp");
            let read = image::load_from_memory(&found.bytes).expect("a picture");
            assert_eq!((read.width(), read.height()), (width, width / 2));
        }
        for file in files.iter().copied().chain([address.as_str()]) {
            let found = s.stranger().get(file).await;
            assert_eq!(found.header("cache-control"), "public, max-age=31536000, immutable");
            assert_eq!(found.header("content-security-policy"), "default-src 'none'; sandbox");
            for trace in ["SERIAL", "GPS52", "Exif", "xmpmeta", "8421"] {
                assert!(!holds(&found.bytes, trace), "{trace} is in {file}");
            }
            let again = s.stranger().ask(crate::support::Ask::get(file).with("if-none-match", found.header("etag"))).await;
            assert_eq!(again.status, 304);
        }
        s.stranger().get(address.replace(".jpg", "-401.webp")).await.is_not_found();
        s.is_whole().await;
    }

    /// AVIF comes after the answer; a post that was written sooner offers it as soon as it is there.
    async fn a_post_written_at_once_offers_the_late_format(s: Stoa) {
        let topic = s.topic("Boats").await;
        let ada = s.browser("ada");
        let mut bell = s.app.db.doorbell();
        // Soft colours with some noise, as a camera sees them.
        let mut seed = 7_u32;
        let picture = image::RgbImage::from_fn(900, 600, |x, y| {
            seed = seed.wrapping_mul(1_664_525).wrapping_add(1_013_904_223);
            let noise = (seed >> 28) as u8;
            image::Rgb([(x * 200 / 900) as u8 + noise, (y * 200 / 600) as u8 + noise, 90 + noise])
        });
        let mut jpeg = Cursor::new(Vec::new());
        picture.write_to(&mut jpeg, ImageFormat::Jpeg).expect("a picture");
        let answer = sent(&ada, "harbour.jpg", &jpeg.into_inner()).await;
        let page = ada.get(&format!("{}/reply", topic.url())).await;
        let text = format!("Look: ![a boat]({})", url(&answer));
        page.form("reply").fill("raw", &text).submit().await.is_ok();
        let srcset = loop {
            bell.mark_unchanged();
            let page = s.stranger().get(topic.url()).await;
            if let Some(source) = page.dom().find(|e| e.attribute("type") == Some("image/avif")) {
                break source.attribute("srcset").expect("sizes").to_owned();
            }
            let rung = tokio::time::timeout(std::time::Duration::from_secs(60), bell.changed()).await;
            rung.expect("the format comes").expect("a program that runs");
        };
        let files: Vec<&str> = srcset.split(", ").map(|one| one.split(' ').next().expect("an address")).collect();
        assert!(files.len() >= 2, "{srcset}");
        for file in files {
            let found = s.stranger().get(file).await;
            assert_eq!(found.is_ok().header("content-type"), "image/avif");
            assert_eq!(&found.bytes[4..12], b"ftypavif");
        }
        s.is_whole().await;
    }

    /// Files go with what shows them: into a closed room, out of sight with a hidden post.
    async fn a_private_posts_file_is_private(s: Stoa) {
        let group = s.group("crew").await;
        s.join("vera", group).await;
        s.join("ivo", group).await;
        s.moderator("ines").await;
        let room = s.category("Crew").for_group(group, Level::Create).await;
        let topic = s.topic("Plans").by("vera").in_category(&room).await;
        let (vera, ivo, bo) = (s.browser("vera"), s.browser("ivo"), s.browser("bo"));
        trust(s, "vera", 2).await;
        let file = sent(&vera, "the plan «Ä».zip", b"PK\x03\x04 whatever").await;
        let picture = sent(&vera, "map.png", &png(900, 300)).await;
        let raw = format!("{} and {}", file["markdown"].as_str().expect("a link"), picture["markdown"].as_str().expect("an image"));
        vera.get(&format!("{}/reply", topic.url())).await.form("reply").fill("raw", &raw).submit().await.is_ok();
        let small = url(&picture).replace(".png", "-400.webp");
        for address in [url(&file), url(&picture), small.clone()] {
            let found = ivo.get(&address).await;
            assert_eq!(found.is_ok().header("cache-control"), "private, no-cache", "{address}");
            let etag = found.header("etag").to_owned();
            for other in [&bo, &s.stranger()] {
                other.get(&address).await.is_not_found();
                // Whoever knows what it would answer is not told that it is there.
                other.ask(crate::support::Ask::get(&address).with("if-none-match", &etag)).await.is_not_found();
            }
        }
        let found = ivo.get(url(&file)).await;
        assert_eq!(found.header("content-type"), "application/octet-stream");
        assert_eq!(
            found.header("content-disposition"),
            "attachment; filename=\"the plan ___.zip\"; filename*=UTF-8''the%20plan%20%C2%AB%C3%84%C2%BB.zip"
        );
        // Naming it elsewhere tells nothing and opens nothing.
        let probe = format!("[]({}) ![]({})", url(&file), url(&picture));
        let preview = bo.post("/preview", &[("raw", &probe)]).await;
        assert!(!preview.is_ok().body().contains("the plan") && !preview.body().contains("<img"), "{}", preview.body());
        let open = s.topic("Open").await;
        bo.get(&format!("{}/reply", open.url())).await.form("reply").fill("raw", &probe).submit().await.is_ok();
        s.stranger().get(url(&file)).await.is_not_found();
        bo.get(url(&picture)).await.is_not_found();

        // In an open topic, until it is hidden.
        vera.get(&format!("{}/reply", open.url())).await.form("reply").fill("raw", &raw).submit().await.is_ok();
        assert_eq!(s.stranger().get(&small).await.is_ok().header("cache-control"), "public, max-age=31536000, immutable");
        s.hide(&open, 3).await;
        s.stranger().get(&small).await.is_not_found();
        bo.get(url(&file)).await.is_not_found();
        s.browser("ines").get(url(&file)).await.is_ok();
        vera.get(url(&file)).await.is_ok();
    }

    /// The same bytes are kept once, and each sender's name for them stays theirs.
    async fn one_file_of_two_people_has_two_names(s: Stoa) {
        let (ada, bo) = (s.browser("ada"), s.browser("bo"));
        let first = sent(&ada, "dismissal of bo.txt", b"the same words").await;
        bo.get(url(&first)).await.is_not_found();
        let second = sent(&bo, "words.txt", b"the same words").await;
        assert_eq!(url(&first), url(&second));
        assert_eq!(second["markdown"], format!("[words.txt]({})", url(&second)));
        let topic = s.topic("Words").await;
        bo.get(&format!("{}/reply", topic.url())).await.form("reply").fill("raw", second["markdown"].as_str().expect("a link")).submit().await;
        let found = s.stranger().get(url(&first)).await;
        assert!(found.is_ok().header("content-disposition").contains("words.txt"));
        found.lacks("dismissal");
        assert_eq!(s.number("select count(*) from uploads", &[]).await, 1);
        // Also under another ending.
        let third = sent(&ada, "words.md", b"the same words").await;
        assert_eq!((url(&third), third["name"].as_str()), (url(&first), Some("words.md")));
        s.is_whole().await;
    }

    /// Without scripts the file comes with the form, and the form comes back with everything in it.
    async fn a_form_with_a_file_comes_back_with_the_text_and_the_picture(s: Stoa) {
        let topic = s.topic("Boats").await;
        let ada = s.browser("ada");
        let form = ada.get(&format!("{}/reply", topic.url())).await.form("reply");
        let page = form.fill("raw", "A boat:").fill("alt", "red *boat*").file("boat.png", &png(30, 20)).press("add_file", "1").await;
        let form = page.is_ok().form("reply");
        let raw = form.value("raw").expect("the text").to_owned();
        assert!(raw.starts_with("A boat:\n\n![red \\*boat\\*](/uploads/"), "{raw}");
        assert!(page.dom().find(|e| e.attribute("alt") == Some("red *boat*")).is_some(), "the preview shows it");
        assert_eq!(s.posts_in(&topic).await, 1, "nothing is published yet");
        form.submit().await.is_ok();
        assert_eq!(s.posts_in(&topic).await, 2);
        assert!(s.stranger().get(topic.url()).await.dom().find(|e| e.attribute("alt") == Some("red *boat*")).is_some());

        // A new topic keeps its title, tags and category; a file that is refused takes nothing with it.
        let form = ada.get("/new-topic").await.form("/new-topic");
        let general = s.number("select id from categories where id > 0", &[]).await.to_string();
        let form = form.fill("title", "Ships").fill("tags", "sea").fill("category", &general).fill("raw", "Long text.");
        let page = form.clone().press("add_file", "1").await;
        page.is(422).shows("Please choose a file first.");
        let page = form.file("run.exe", b"MZ and so on").press("add_file", "1").await;
        page.is(422).shows("As a new member you can send pictures and these kinds of files");
        let kept = page.form("/new-topic");
        for (name, value) in [("title", "Ships"), ("tags", "sea"), ("category", general.as_str()), ("raw", "Long text.")] {
            assert_eq!(kept.value(name), Some(value), "{name}");
        }
        let page = kept.file("ship.png", &png(30, 20)).press("preview", "1").await;
        let kept = page.is_ok().form("/new-topic");
        assert!(kept.value("raw").is_some_and(|raw| raw.starts_with("Long text.\n\n![](/uploads/")));
        assert_eq!(kept.value("title"), Some("Ships"));
        assert_eq!(s.number("select count(*) from topics", &[]).await, 1);

        // An edit, too; the picture that is edited out is still what the history shows.
        let post = s.post_id(&topic, 2).await;
        let form = ada.get(&format!("/p/{post}/edit")).await.form("/edit");
        let page = form.fill("reason", "better").file("other.png", &png(40, 20)).press("add_file", "1").await;
        let form = page.is_ok().form("/edit");
        assert_eq!(form.value("reason"), Some("better"));
        form.fill("raw", "No picture.").submit().await.is_ok();
        let first = raw.split(['(', ')']).nth(1).expect("an address").to_owned();
        s.stranger().get(first).await.is_ok();
    }

    /// More trust, more files; the words are there before the file is chosen.
    async fn limits_grow_with_trust(s: Stoa) {
        let topic = s.topic("Boats").await;
        let ada = s.browser("ada");
        let page = ada.get(&format!("{}/reply", topic.url())).await;
        page.shows("Pictures (PNG, JPEG, GIF, WebP) up to 10 MB").shows("Files a day: 10.");
        let page = send(&ada, "run.exe", b"MZ and so on").await;
        assert_eq!(page.status, 422);
        assert!(json(&page)["error"].as_str().is_some_and(|e| e.contains("pdf")), "{}", page.body());
        let large = vec![b' '; (1 << 20) + 1];
        assert_eq!(send(&ada, "long.txt", &large).await.status, 413);
        assert_eq!(send(&ada, "photo.heic", b"\0\0\0\x20ftypheic\0\0\0\0mif1").await.status, 422);
        let broken = send(&ada, "broken.png", b"\x89PNG\r\n\x1a\n<html><script>alert(1)</script>").await;
        assert_eq!(broken.status, 422);
        trust(s, "ada", 1).await;
        sent(&ada, "long.txt", &large).await;
        sent(&ada, "run.exe", b"MZ and so on").await;
        ada.get(&format!("{}/reply", topic.url())).await.shows("other files up to 4 MB");

        let bo = s.browser("bo");
        for n in 0..10 {
            sent(&bo, "note.txt", format!("note {n}").as_bytes()).await;
        }
        let page = send(&bo, "note.txt", b"one too many").await;
        assert_eq!(page.status, 429);
        assert!(json(&page)["error"].as_str().is_some_and(|e| e.contains("10 files")), "{}", page.body());
        s.wait(DAY + 1);
        sent(&bo, "note.txt", b"the next day").await;

        s.silence("bo", s.now() + DAY).await;
        assert_eq!(send(&bo, "note.txt", b"silenced").await.status, 403);
        let stranger = s.stranger();
        assert_eq!(send(&stranger, "note.txt", b"a stranger's").await.status, 401);
    }

    /// What nothing shows goes after a week, with its smaller copies; what anything shows stays.
    async fn unused_files_are_thrown_away(s: Stoa) {
        let topic = s.topic("Boats").await;
        let ada = s.browser("ada");
        let unused = url(&sent(&ada, "a.png", &png(900, 900)).await);
        let shown = url(&sent(&ada, "b.png", &png(901, 900)).await);
        let waiting = url(&sent(&ada, "c.png", &png(902, 900)).await);
        ada.get(&format!("{}/reply", topic.url())).await.form("reply").fill("raw", &format!("![]({shown})")).submit().await.is_ok();
        ada.post("/drafts", &[("place", "new-topic"), ("raw", &format!("![]({waiting})")), ("version", "0")]).await.is_ok();
        let bytes = || async { walk(&s.folder().join("uploads")) };
        let before = bytes().await;
        s.wait(6 * DAY);
        assert_eq!(stoa::uploads::sweep::once(&s.app).await.expect("a round"), 0);
        s.wait(2 * DAY);
        assert!(stoa::uploads::sweep::once(&s.app).await.expect("a round") >= 2);
        ada.get(&unused).await.is_not_found();
        ada.get(&shown).await.is_ok();
        ada.get(&waiting).await.is_ok();
        let hash = &unused["/uploads/".len()..][..64];
        assert!(before.iter().any(|name| name.contains(hash)) && !bytes().await.iter().any(|name| name.contains(hash)));
        // Sending it again brings it back.
        assert_eq!(url(&sent(&ada, "a.png", &png(900, 900)).await), unused);
        ada.get(&unused).await.is_ok();
        s.is_whole().await;
    }
}

pub fn walk(folder: &std::path::Path) -> Vec<String> {
    let mut names = Vec::new();
    for entry in std::fs::read_dir(folder).into_iter().flatten().flatten() {
        if entry.path().is_dir() {
            names.extend(walk(&entry.path()));
        } else {
            names.push(entry.file_name().to_string_lossy().into_owned());
        }
    }
    names
}

/// Against a real S3 server: `drills/s3.sh` starts one and names it in `STOA_TEST_S3` (with key `stoa-test`,
/// secret `stoa-test-secret` and a bucket `stoa`).
#[test]
fn uploads_live_in_an_s3_store() {
    let Ok(endpoint) = std::env::var("STOA_TEST_S3") else {
        println!("skipped: no S3 server in STOA_TEST_S3 (drills/s3.sh starts one)");
        return;
    };
    let runtime = tokio::runtime::Builder::new_multi_thread().worker_threads(2).enable_all().build();
    runtime.expect("a runtime").block_on(async {
        let text = |text: &str| Some(text.to_owned());
        let settings = stoa::config::S3 {
            endpoint: text(&endpoint),
            region: None,
            key: text("stoa-test"),
            secret: text("stoa-test-secret"),
        };
        let prefix = format!("s3://stoa/test {}/", hex::encode(rand::random::<[u8; 4]>()));
        let (given, place) = (settings.clone(), prefix.clone());
        let s = Stoa::start_with(stoa::db::Engine::Sqlite, |config| {
            config.uploads = Some(place);
            config.s3 = given;
        });
        let s = s.await.expect("SQLite is built in");
        let app = s.app.clone();
        tokio::task::spawn_blocking(move || app.store.probe()).await.expect("it runs").expect("the bucket can be used");

        let topic = s.topic("Boats").await;
        let ada = s.browser("ada");
        let answer = sent(&ada, "boat.jpg", &photo(1000, 500)).await;
        assert!(walk(&s.folder().join("uploads")).is_empty(), "nothing of it is in the folder");
        s.stranger().get(url(&answer)).await.is_not_found();
        let found = ada.get(url(&answer)).await;
        assert_eq!(image::load_from_memory(&found.is_ok().bytes).expect("a picture").width(), 1000);
        ada.get(&format!("{}/reply", topic.url()))
            .await
            .form("reply")
            .fill("raw", answer["markdown"].as_str().expect("Markdown"))
            .submit()
            .await
            .is_ok();
        s.stranger().get(url(&answer).replace(".jpg", "-400.webp")).await.is_ok();
        s.is_whole().await;

        // A lost object is told by the check and not found by readers.
        let name = url(&answer)["/uploads/".len()..].to_owned();
        let app = s.app.clone();
        tokio::task::spawn_blocking(move || {
            assert!(app.store.size(&name).expect("an answer").is_some());
            app.store.remove(&name).expect("removed");
            app.store.remove(&name).expect("removed already");
            assert_eq!(app.store.get(&name).expect("an answer"), None);
            assert_eq!(app.store.size(&name).expect("an answer"), None);
        })
        .await
        .expect("it runs");
        s.stranger().get(url(&answer)).await.is_not_found();
        let problems = stoa::check::run(&s.app, false).await.expect("the check runs");
        assert!(problems.len() == 1 && problems[0].contains("is missing"), "{problems:?}");

        // What is unused goes from there as well.
        let unused = url(&sent(&ada, "note.txt", b"unused").await)["/uploads/".len()..].to_owned();
        s.wait(8 * DAY);
        assert_eq!(stoa::uploads::sweep::once(&s.app).await.expect("a round"), 1);
        let app = s.app.clone();
        let gone = tokio::task::spawn_blocking(move || app.store.get(&unused)).await.expect("it runs");
        assert_eq!(gone.expect("an answer"), None);

        // Wrong keys are told in words.
        let why = |s3: stoa::config::S3, place: &str| {
            let config = stoa::config::Config { uploads: text(place), s3, ..s.config.clone() };
            tokio::task::spawn_blocking(move || {
                let store = stoa::uploads::store::Store::open(&config).expect("settings");
                format!("{:#}", store.probe().expect_err("a reason"))
            })
        };
        let wrong = stoa::config::S3 { secret: text("not it"), ..settings.clone() };
        let said = why(wrong, &prefix).await.expect("it runs");
        assert!(said.contains("refuses the key") && said.contains("s3-secret"), "{said}");
        let wrong = stoa::config::S3 { key: text("not it"), ..settings };
        let said = why(wrong, &prefix).await.expect("it runs");
        assert!(said.contains("refuses the key") && said.contains("the bucket stoa"), "{said}");
    });
}
