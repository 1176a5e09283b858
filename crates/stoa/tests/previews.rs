//! Cards for links: a server on this machine is the world outside.

use std::io::Cursor;
use std::net::SocketAddr;
use std::sync::Arc;
use std::sync::Mutex;

use axum::extract::State;
use axum::http::{StatusCode, Uri, header};
use axum::response::{IntoResponse, Response};
use image::{DynamicImage, ImageFormat};
use stoa::app::App;
use stoa::clock::{DAY, HOUR, MINUTE};
use stoa::db::{Kind, changes, params};
use stoa::previews::follow;
use stoa::site::Level;

use crate::support::{Page, Stoa};

/// A server that remembers what it was asked.
struct World {
    at: SocketAddr,
    asked: Arc<Mutex<Vec<String>>>,
    /// Beside it, something that nobody may reach.
    inside: SocketAddr,
    inside_asked: Arc<Mutex<Vec<String>>>,
}

type Heard = (Arc<Mutex<Vec<String>>>, Option<SocketAddr>);

async fn listen(inside: Option<SocketAddr>) -> (SocketAddr, Arc<Mutex<Vec<String>>>) {
    let asked = Arc::new(Mutex::new(Vec::new()));
    let router = axum::Router::new().fallback(page).with_state((asked.clone(), inside));
    let listener = tokio::net::TcpListener::bind("127.0.0.1:0").await.expect("a port");
    let at = listener.local_addr().expect("an address");
    tokio::spawn(async move { axum::serve(listener, router).await });
    (at, asked)
}

async fn world() -> World {
    let (inside, inside_asked) = listen(None).await;
    let (at, asked) = listen(Some(inside)).await;
    World { at, asked, inside, inside_asked }
}

async fn page(State((asked, inside)): State<Heard>, uri: Uri) -> Response {
    asked.lock().expect("no panic while the lock is held").push(uri.path().to_owned());
    let html = |text: String| ([(header::CONTENT_TYPE, "text/html; charset=utf-8")], text).into_response();
    let inside = inside.map_or_else(String::new, |at| format!("http://{at}"));
    match uri.path() {
        "/tea" => html(
            "<!doctype html><html lang=fr><head><title>no</title><meta property=og:title content='Le th&eacute; &lt;b&gt;noir&lt;/b&gt;'>
             <meta property=og:site_name content='Maison du th&eacute;'><meta property=og:description content='Comment le pr&eacute;parer.'>
             <meta property=og:image content='/cup.png'></head><body><script>1</script></body></html>"
                .into(),
        ),
        "/plain" => html("<title>Plain words</title>".into()),
        "/cup.png" => {
            let mut out = Cursor::new(Vec::new());
            let red = image::RgbImage::from_pixel(900, 600, image::Rgb([200, 30, 30]));
            DynamicImage::from(red).write_to(&mut out, ImageFormat::Png).expect("a picture");
            ([(header::CONTENT_TYPE, "image/png")], out.into_inner()).into_response()
        }
        "/broken" => StatusCode::BAD_GATEWAY.into_response(),
        "/away" => (StatusCode::FOUND, [(header::LOCATION, format!("{inside}/secret"))]).into_response(),
        "/spy" => html(format!("<title>Spy</title><meta property=og:image content='{inside}/secret.png'>")),
        "/nothing" => html("no head at all".into()),
        "/file" => ([(header::CONTENT_TYPE, "application/pdf")], "%PDF").into_response(),
        _ => StatusCode::NOT_FOUND.into_response(),
    }
}

impl World {
    fn of(&self, path: &str) -> String {
        format!("http://{}{path}", self.at)
    }

    fn times(&self, path: &str) -> usize {
        self.asked.lock().expect("no panic while the lock is held").iter().filter(|p| *p == path).count()
    }

    /// A node of the site that may ask this server and nothing else.
    async fn node(&self, s: &Stoa) -> App {
        let mut config = s.config.clone();
        config.fetch_from = vec![self.at];
        let app = App::open(config, s.app.clock.clone()).await.expect("a node opens");
        follow::catch_up(&app).await.expect("the follower begins");
        app
    }
}

/// Reads the log to its end: on PostgreSQL an entry waits for older transactions, those of other stories too.
async fn read_log(app: &App) {
    let since = std::time::Instant::now();
    while app.db.read(changes::settled).await.expect("the log").is_none() {
        assert!(since.elapsed().as_secs() < 20, "the log does not come to rest");
        tokio::task::yield_now().await;
    }
    follow::catch_up(app).await.expect("the log is read");
}

/// Everything that is due is asked.
async fn settle(app: &App) {
    read_log(app).await;
    while follow::ask(app).await.expect("pages are asked") > 0 {}
}

fn cards(page: &Page) -> usize {
    page.dom().all().iter().filter(|e| e.attribute("class") == Some("link-card")).count()
}

both_engines! {
    /// What means nothing to the follower is passed over without a write, and does not hide what comes after it.
    async fn a_post_without_links_costs_no_further_commit(s: Stoa) {
        let world = world().await;
        let node = world.node(s).await;
        let place = "select cast(xid as text) || ' ' || cast(seq as text) from followers where name = 'link-previews'";
        let before = s.text(place, &[]).await;
        let topic = s.topic("Tea").by("ada").await;
        s.reply(&topic, "bo", "Words alone.").await;
        read_log(&node).await;
        assert_eq!(s.text(place, &[]).await, before, "nothing was written");
        s.reply(&topic, "bo", &world.of("/tea")).await;
        read_log(&node).await;
        assert_ne!(s.text(place, &[]).await, before);
        assert_eq!(s.number("select count(*) from link_previews", &[]).await, 1);
        // Another process begins at the written place, and finds nothing twice.
        let again = world.node(s).await;
        read_log(&again).await;
        assert_eq!(s.number("select count(*) from post_links", &[]).await, 1);
        // In the long run the place is written all the same, so that a start has little to read.
        let (kept, id) = (s.text(place, &[]).await, topic.id);
        let much = s.app.db.write(move |tx| {
            (0..1100).for_each(|_| tx.changed(Kind::TopicEdited, id));
            Ok(())
        });
        much.await.expect("entries of the log");
        read_log(&node).await;
        assert_ne!(s.text(place, &[]).await, kept);
    }

    async fn an_address_of_its_own_line_gets_a_card(s: Stoa) {
        let world = world().await;
        let node = world.node(s).await;
        let tea = world.of("/tea");
        let topic = s.topic("Tea").by("ada").saying(&format!("Look:\n\n{tea}\n\nand in passing {}", world.of("/plain"))).await;
        let (bo, stranger) = (s.browser("bo"), s.stranger());
        assert_eq!(cards(&stranger.get(topic.url()).await), 0, "not known yet: a plain link");
        settle(&node).await;
        assert_eq!((world.times("/tea"), world.times("/cup.png"), world.times("/plain")), (1, 1, 0));
        for reader in [&bo, &stranger] {
            let page = reader.get(topic.url()).await;
            page.is_ok().shows("Le thé <b>noir</b>").shows("Maison du thé").shows("Comment le préparer.");
            assert_eq!(cards(&page), 1);
            let dom = page.dom();
            let card = dom.find(|e| e.attribute("class") == Some("link-card")).expect("a card");
            assert_eq!(card.attribute("lang"), Some("fr"));
            let picture = card.find(|e| e.name == "img").expect("a picture");
            assert_eq!((picture.attribute("width"), picture.attribute("height")), (Some("480"), Some("320")));
            let src = picture.attribute("src").expect("an address");
            assert!(src.starts_with("/uploads/"), "served from here: {src}");
            let file = reader.get(src).await;
            assert_eq!((file.status, file.header("content-type").starts_with("image/")), (200, true));
            for element in dom.all().iter().filter(|e| e.attribute("src").is_some()) {
                assert!(element.attribute("src").is_some_and(|src| src.starts_with('/')), "{element:?}");
            }
            let link = card.find(|e| e.name == "a").expect("a link");
            assert_eq!(link.attribute("href"), Some(tea.as_str()));
            assert!(link.attribute("rel").is_some_and(|rel| rel.contains("nofollow")));
        }
        // Where nothing is looked up anew there is the plain link.
        for path in [format!("{}/print", topic.url()), format!("{}.atom", topic.url())] {
            let page = stranger.get(path).await;
            assert!(page.is_ok().body().contains(&tea) && !page.body().contains("link-card"), "{}", page.body());
        }
        // A second post about it shows the card without asking again.
        s.wait(DAY);
        let form = bo.get(topic.url()).await.form("reply").fill("raw", &format!("Again:\n{tea}\nright?"));
        assert_eq!(cards(&form.submit().await), 1);
        settle(&node).await;
        assert_eq!(cards(&bo.get(topic.url()).await), 2);
        assert_eq!(world.times("/tea"), 1);
        s.is_whole().await;
    }

    async fn an_edit_brings_cards_and_takes_them(s: Stoa) {
        let world = world().await;
        let node = world.node(s).await;
        let topic = s.topic("Tea").by("ada").saying("nothing").await;
        let edit = format!("/p/{}/edit", s.post_id(&topic, 1).await);
        let ada = s.browser("ada");
        ada.post(&edit, &[("raw", &world.of("/plain"))]).await.is(303);
        settle(&node).await;
        let page = s.stranger().get(topic.url()).await;
        page.shows("Plain words").shows("127.0.0.1");
        assert_eq!(cards(&page), 1);
        ada.post(&edit, &[("raw", "nothing again")]).await.is(303);
        settle(&node).await;
        assert_eq!(cards(&s.stranger().get(topic.url()).await), 0);
        assert_eq!(s.number("select count(*) from post_links", &[]).await, 0);
        // A picture that came when no post showed it any more is in nobody's way.
        ada.post(&edit, &[("raw", &world.of("/tea"))]).await.is(303);
        read_log(&node).await;
        s.sql("delete from post_links", &[]).await;
        settle(&node).await;
        s.wait(30 * DAY);
        stoa::uploads::sweep::once(&s.app).await.expect("the sweep goes through");
        ada.post(&edit, &[("raw", &format!("again\n{}", world.of("/tea")))]).await.is(303);
        settle(&node).await;
        let page = s.stranger().get(topic.url()).await;
        let src = page.dom().find(|e| e.name == "img").and_then(|e| e.attribute("src")).expect("a picture").to_owned();
        s.stranger().get(&src).await.is_ok();
    }

    /// What cannot be had stays a link; what may come later is asked a few times more, and then left alone.
    async fn dead_links_stay_links(s: Stoa) {
        let world = world().await;
        let node = world.node(s).await;
        let paths = ["/missing", "/broken", "/nothing", "/file"];
        let text = paths.map(|path| world.of(path)).join("\n\n");
        let topic = s.topic("Links").saying(&text).await;
        settle(&node).await;
        let page = s.stranger().get(topic.url()).await;
        assert_eq!(cards(&page), 0);
        for path in paths {
            assert!(page.links().contains(&world.of(path)));
            assert_eq!(world.times(path), 1, "{path}");
        }
        for (wait, times) in [(MINUTE / 2, 1), (MINUTE / 2, 2), (15 * MINUTE, 3), (4 * HOUR, 4), (300 * DAY, 4)] {
            s.wait(wait);
            settle(&node).await;
            assert_eq!(world.times("/broken"), times, "after {wait}");
        }
        assert_eq!(world.times("/missing"), 1);
        // Somebody links to it again, much later: it is asked once more.
        s.reply(&topic, "bo", &world.of("/missing")).await;
        settle(&node).await;
        assert_eq!(world.times("/missing"), 2);
    }

    /// No address inside is reached: not by a post, not by a redirect, not by a picture.
    async fn nothing_inside_is_asked(s: Stoa) {
        let world = world().await;
        let node = world.node(s).await;
        let text = format!("http://{}/secret\n\n{}\n\n{}", world.inside, world.of("/away"), world.of("/spy"));
        let topic = s.topic("Links").saying(&text).await;
        settle(&node).await;
        let page = s.stranger().get(topic.url()).await;
        page.shows("Spy");
        assert_eq!(cards(&page), 1);
        let dom = page.dom();
        let card = dom.find(|e| e.attribute("class") == Some("link-card")).expect("a card");
        assert!(card.find(|e| e.name == "img").is_none(), "a card does without its picture");
        assert_eq!(world.inside_asked.lock().expect("no panic").len(), 0);
        s.wait(DAY);
        settle(&node).await;
        assert_eq!((world.times("/away"), world.inside_asked.lock().expect("no panic").len()), (1, 0));
    }

    async fn it_can_be_switched_off(s: Stoa) {
        let world = world().await;
        let node = world.node(s).await;
        let topic = s.topic("Tea").saying(&world.of("/plain")).await;
        settle(&node).await;
        assert_eq!(cards(&s.stranger().get(topic.url()).await), 1);
        s.admin("root").await;
        let root = s.browser("root");
        let form = root.get("/admin/settings").await.form("/admin/settings");
        assert_eq!(form.value("link-previews"), Some("on"));
        form.fill("link-previews", "off").submit().await.is_ok();
        assert_eq!(cards(&s.stranger().get(topic.url()).await), 0);
        assert_eq!(cards(&s.browser("bo").get(topic.url()).await), 0);
        s.reply(&topic, "bo", &world.of("/tea")).await;
        settle(&node).await;
        assert_eq!(world.times("/tea"), 0, "nothing is asked");
        root.get("/admin/settings").await.form("/admin/settings").fill("link-previews", "maybe").submit().await.is(422);
        root.get("/admin/settings").await.form("/admin/settings").fill("link-previews", "on").submit().await.is_ok();
        assert_eq!(cards(&s.stranger().get(topic.url()).await), 1);
    }

    /// A picture is as private as the posts that show it.
    async fn a_picture_is_for_those_who_see_the_post(s: Stoa) {
        let world = world().await;
        let node = world.node(s).await;
        let circle = s.group("circle").await;
        s.join("inga", circle).await;
        let closed = s.category("Closed").for_group(circle, Level::Create).await;
        let secret = s.topic("Secret").by("inga").in_category(&closed).saying(&world.of("/tea")).await;
        settle(&node).await;
        let page = s.browser("inga").get(secret.url()).await;
        let src = page.dom().find(|e| e.name == "img").and_then(|e| e.attribute("src")).expect("a picture").to_owned();
        s.browser("inga").get(&src).await.is_ok();
        s.stranger().get(&src).await.is_not_found();
        s.browser("bo").get(&src).await.is_not_found();
        let open = s.topic("Open").saying(&world.of("/tea")).await;
        settle(&node).await;
        assert!(s.stranger().get(open.url()).await.links().contains(&src));
        s.stranger().get(&src).await.is_ok();
        assert_eq!(world.times("/tea"), 1);
        assert_eq!(s.number("select count(*) from post_uploads", params![]).await, 2);
    }
}
