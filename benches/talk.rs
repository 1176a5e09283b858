//! Talk at size: pages, search and replies on 200,000 posts, each beside the same bytes served statically by the same
//! HTTP stack in the same run; the import, the start and the memory before them.
//!
//! `cargo bench --bench talk [-- ROW…]` wants the data of `shared/bench/generate.py` (it calls it when it is there) or a folder
//! named by `STOA_BENCH_DATA`. Prints one Markdown table. Ratios hold still on a busy machine; so does processor time.

mod load;
mod site;

use std::path::{Path, PathBuf};
use std::process::{Child, Command, Stdio};
use std::time::{Duration, Instant};

use anyhow::{Context, bail, ensure};
use axum::response::IntoResponse;
use load::{Measured, Target};
use site::{STOA, Server, TOKEN, listening, memory, processor_time};

/// Connections at once.
const CONNECTIONS: usize = 16;
const SECONDS: f64 = 3.0;
const ROUNDS: usize = 3;
/// Those who reply: so many that nobody is asked to slow down.
const WRITERS: std::ops::Range<i64> = 3..4_003;

fn main() -> anyhow::Result<()> {
    let arguments: Vec<String> = std::env::args().skip(1).filter(|a| a != "--bench").collect();
    if arguments.first().is_some_and(|a| a == "floor") {
        return floor(&arguments[1]);
    }
    let Some(data) = data()? else {
        println!(
            "skipped: no data (shared/bench/generate.py is not beside the repository, STOA_BENCH_DATA is not set)"
        );
        return Ok(());
    };
    let folder = tempfile::tempdir()?;
    let site = folder.path().join("site");
    let imported = import(&data, &site)?;
    let runtime = tokio::runtime::Runtime::new()?;
    runtime.block_on(async {
        let db = site::store(&site).await?;
        let writers = WRITERS.map(|id| (format!("{TOKEN}-{id}"), id));
        site::let_in(&db, writers.chain([(TOKEN.to_owned(), 1)]).collect()).await?;
        site::set_up(&db, 2).await
    })?;
    index(&site, imported)?;
    let server = site::start(&site, "/t/x/32")?;
    println!("\nstart to first page: {:.2} s; idle memory: {:.0} MB\n", server.first_page, memory(server.child.id())?);
    rows(&runtime, &data, &server, &arguments)
}

/// The folder with the data, made if it can be.
fn data() -> anyhow::Result<Option<PathBuf>> {
    if let Some(named) = std::env::var_os("STOA_BENCH_DATA") {
        return Ok(Some(named.into()));
    }
    let root = Path::new(env!("CARGO_MANIFEST_DIR")).join("../..");
    let made = root.join("target/bench-data");
    let maker = root.join("../shared/bench/generate.py");
    if !made.join("manifest.json").exists() {
        if !maker.exists() {
            return Ok(None);
        }
        println!("making the data, which takes a minute");
        let done = Command::new("python3").arg(maker).arg("--out").arg(&made).status()?;
        ensure!(done.success(), "generate.py failed");
    }
    Ok(Some(made))
}

/// How many posts were imported, and in how many seconds.
struct Imported {
    posts: usize,
    seconds: f64,
}

fn import(data: &Path, site: &Path) -> anyhow::Result<Imported> {
    let posts = std::fs::read_to_string(data.join("posts.jsonl"))?.lines().count();
    let began = Instant::now();
    let mut import = Command::new(STOA);
    import.args(["import", "jsonl"]).arg(data).arg("--data").arg(site).stdout(Stdio::null()).stderr(Stdio::null());
    ensure!(import.status()?.success(), "the import failed");
    let seconds = began.elapsed().as_secs_f64();
    println!("import jsonl, search off: {posts} posts in {seconds:.1} s, {:.0} posts/s", posts as f64 / seconds);
    Ok(Imported { posts, seconds })
}

/// Waits until the index has caught up, so that it does not work beside the pages that are measured.
fn index(site: &Path, imported: Imported) -> anyhow::Result<()> {
    let began = Instant::now();
    let server = site::start(site, "/t/x/32")?;
    let seconds = loop {
        let before = processor_time(server.child.id())?;
        let so_far = began.elapsed().as_secs_f64();
        std::thread::sleep(Duration::from_millis(1500));
        if processor_time(server.child.id())? - before < 0.03 {
            break so_far;
        }
        ensure!(began.elapsed() < Duration::from_secs(600), "the index does not come to rest");
    };
    let cpu = processor_time(server.child.id())?;
    println!(
        "import jsonl, search on: {:.1} s until all is found ({cpu:.1} s of processor time for the index), {:.0} posts/s",
        imported.seconds + seconds,
        imported.posts as f64 / (imported.seconds + seconds)
    );
    Ok(())
}

fn rows(runtime: &tokio::runtime::Runtime, data: &Path, server: &Server, only: &[String]) -> anyhow::Result<()> {
    let manifest: serde_json::Value = serde_json::from_slice(&std::fs::read(data.join("manifest.json"))?)?;
    let address = server.address.as_str();
    let canonical = |id: i64| -> anyhow::Result<String> { load::location(address, &format!("/t/x/{id}")) };
    let middling: Vec<String> = manifest["middling"]
        .as_array()
        .context("no middling topics")?
        .iter()
        .take(10)
        .map(|id| canonical(id.as_i64().unwrap_or(1)))
        .collect::<anyhow::Result<_>>()?;
    let longest = canonical(manifest["longest"][0]["id"].as_i64().context("no longest topic")?)?;
    let deep: Vec<String> = (0..10).map(|i| format!("{longest}?page={}", 95 + i)).collect();
    let word = |rank: usize| manifest["search"]["en"][rank]["word"].as_str().unwrap_or("the").to_owned();
    let member = format!("Cookie: stoa={TOKEN}\r\n");
    let zstd = "Accept-Encoding: zstd\r\n";
    let wants = |name: &str| only.is_empty() || only.iter().any(|o| name.contains(o.as_str()));
    let mut writers = Vec::new();
    for id in WRITERS.filter(|_| wants("reply")) {
        let cookie = format!("Cookie: stoa={TOKEN}-{id}\r\n");
        let page = load::get_once(address, &format!("{}/reply", middling[0]), &cookie)?;
        let token = load::token_in(&page).context("no token on a writer's page")?;
        writers.push((cookie, token));
    }
    let first = middling[0].rsplit('/').next().context("a topic's address ends with its number")?;
    let as_member = format!("{member}{zstd}");
    let table: Vec<(&str, Target)> = vec![
        ("topic, anonymous", Target::get(&middling, zstd)),
        ("topic at post 3,000 of 5,000, anonymous", Target::get(&deep, zstd)),
        ("latest, anonymous", Target::get(&["/latest".into()], zstd)),
        ("topic, member", Target::get(&middling, &as_member)),
        ("topic at post 3,000 of 5,000, member", Target::get(&deep, &as_member)),
        ("latest, member", Target::get(&["/latest".into()], &as_member)),
        ("search, common word", Target::get(&[format!("/search?q={}", word(0))], zstd)),
        ("search, middling word", Target::get(&[format!("/search?q={}", word(2))], zstd)),
        ("search, rare word", Target::get(&[format!("/search?q={}", word(3))], zstd)),
        ("reply", Target::replies(&format!("/t/{first}/replies"), &writers)),
    ];
    println!("| row | requests/s | p50 ms | p99 ms | cpu ms/request | bytes | floor requests/s | ratio | bad |");
    println!("| --- | ---: | ---: | ---: | ---: | ---: | ---: | ---: | ---: |");
    for (name, target) in table {
        if !wants(name) {
            continue;
        }
        let first = load::get_once_of(address, &target)?;
        let body = load::body_of(&first).to_vec();
        let floor = Floor::start(&body)?;
        let quiet = Target::get(&["/".into()], "");
        let (mut own, mut floors, mut cpu) = (Vec::new(), Vec::new(), Vec::new());
        for _ in 0..ROUNDS {
            floors.push(runtime.block_on(load::run(&floor.address, &quiet, CONNECTIONS, SECONDS))?);
            let before = processor_time(server.child.id())?;
            let measured = runtime.block_on(load::run(address, &target, CONNECTIONS, SECONDS))?;
            cpu.push((processor_time(server.child.id())? - before) * 1000.0 / measured.requests as f64);
            own.push(measured);
        }
        let (own, floor) = (Measured::median(own), Measured::median(floors));
        cpu.sort_by(f64::total_cmp);
        println!(
            "| {name} | {:.0} | {:.2} | {:.2} | {:.3} | {} | {:.0} | {:.2} | {} |",
            own.rate,
            own.p50,
            own.p99,
            cpu[ROUNDS / 2],
            body.len(),
            floor.rate,
            own.rate / floor.rate,
            own.bad
        );
    }
    Ok(())
}

struct Floor {
    child: Child,
    address: String,
    _body: tempfile::NamedTempFile,
}

impl Floor {
    /// The same HTTP stack, in a process of its own, answering with these bytes.
    fn start(body: &[u8]) -> anyhow::Result<Floor> {
        let file = tempfile::NamedTempFile::new()?;
        std::fs::write(file.path(), body)?;
        let mut child =
            Command::new(std::env::current_exe()?).arg("floor").arg(file.path()).stdout(Stdio::piped()).spawn()?;
        let address = listening(&mut child)?;
        Ok(Floor { child, address, _body: file })
    }
}

impl Drop for Floor {
    fn drop(&mut self) {
        let _ = self.child.kill();
        let _ = self.child.wait();
    }
}

fn floor(file: &str) -> anyhow::Result<()> {
    let body: bytes::Bytes = std::fs::read(file)?.into();
    tokio::runtime::Runtime::new()?.block_on(async {
        let answer = move || {
            let body = body.clone();
            async move { ([("content-type", "text/html; charset=utf-8")], body).into_response() }
        };
        let router = axum::Router::new().route("/", axum::routing::get(answer));
        let listener = tokio::net::TcpListener::bind("127.0.0.1:0").await?;
        println!("listening on http://{}", listener.local_addr()?);
        stoa::web::server::serve(listener, router, std::future::pending()).await;
        bail!("the floor fell")
    })
}
