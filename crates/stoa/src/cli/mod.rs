//! The command line: reads what the operator wants and runs it. Exit code 0 for success, 1 for failure, 2 for usage.

mod check;
mod import;
mod people;
mod serve;

use anyhow::Context;
use std::path::PathBuf;
use std::process::ExitCode;

use clap::{Args, Parser, Subcommand};

use crate::config::{Config, File, S3};

#[derive(Parser)]
#[command(name = "stoa", version, about = "The community home: talk, stories, events and lists.")]
struct Cli {
    #[command(subcommand)]
    command: Command,
}

/// Where the site is; the same for every command.
#[derive(Args, Clone)]
pub struct Site {
    /// The data folder
    #[arg(long, global = true, env = "STOA_DATA", default_value = "./stoa-data")]
    data: PathBuf,
    /// A postgres:// address; without it DATA/stoa.db (SQLite) is used
    #[arg(long, global = true, env = "STOA_DATABASE")]
    database: Option<String>,
    /// The address people know, such as https://talk.example.org
    #[arg(long, global = true, env = "STOA_BASE_URL")]
    base_url: Option<String>,
}

#[derive(Subcommand)]
enum Command {
    /// Answer browsers
    Serve(serve::Serve),
    /// Recount every counter and look whether the store is whole
    Check(check::Check),
    /// Bring in what another system kept
    Import(import::Import),
    /// Name a new site and its first administrator
    Setup(people::Setup),
    /// Make accounts, set passwords, give and take roles
    User(people::User),
    /// Print every address with its policy and handler
    Routes,
    /// Bring the store's schema up to date
    Migrate {
        #[command(flatten)]
        site: Site,
    },
}

impl Site {
    /// The flags, the environment and `stoa.toml`, in this order.
    pub fn config(&self, listen: Option<String>) -> anyhow::Result<Config> {
        let file = File::read(&self.data)?;
        let mut config = Config::of(&self.data);
        if let Some(listen) = listen.or(file.listen) {
            config.listen = listen;
        }
        config.database = self.database.clone().or(file.database);
        config.base_url = self.base_url.clone().or(file.base_url);
        let set = |name: &str, written: Option<String>| std::env::var(name).ok().or(written);
        config.smtp = set("STOA_SMTP", file.smtp);
        config.mail_from = set("STOA_MAIL_FROM", file.mail_from);
        config.uploads = set("STOA_UPLOADS", file.uploads);
        config.s3 = S3 {
            endpoint: set("STOA_S3_ENDPOINT", file.s3_endpoint),
            region: set("STOA_S3_REGION", file.s3_region),
            key: set("STOA_S3_KEY", file.s3_key),
            secret: set("STOA_S3_SECRET", file.s3_secret),
        };
        config.fetch_from = match std::env::var("STOA_FETCH_FROM") {
            Ok(list) => {
                list.split(',').map(|at| at.trim().parse()).collect::<Result<_, _>>().context("STOA_FETCH_FROM")?
            }
            Err(_) => file.fetch_from,
        };
        config.fetch_outside = match std::env::var("STOA_FETCH_OUTSIDE").ok().as_deref() {
            Some("0" | "false" | "no") => false,
            Some(_) => true,
            None => file.fetch_outside.unwrap_or(true),
        };
        if let Some(at) = config.fetch_from.iter().find(|at| !at.ip().is_loopback()) {
            anyhow::bail!("fetch-from names {at}: only addresses of this machine (127.0.0.1, ::1) can be allowed");
        }
        let count = |name: &str, written: Option<usize>, usual: usize| match std::env::var(name) {
            Ok(text) => text.parse().map_err(|_| anyhow::anyhow!("{name} is a number, not {text:?}")),
            Err(_) => Ok(written.unwrap_or(usual)),
        };
        config.streams = count("STOA_STREAMS", file.streams, config.streams)?;
        config.streams_each = count("STOA_STREAMS_EACH", file.streams_each, config.streams_each)?;
        config.trusted_proxies = file.trusted_proxies;
        Ok(config)
    }
}

/// Runs the program with the arguments it was started with.
pub fn run() -> ExitCode {
    let filter = tracing_subscriber::EnvFilter::try_from_env("STOA_LOG").unwrap_or_else(|_| {
        tracing_subscriber::EnvFilter::new("info,tantivy=warn,html5ever=error,tokio_postgres=warn")
    });
    tracing_subscriber::fmt().with_env_filter(filter).with_writer(std::io::stderr).init();
    let cli = Cli::parse();
    match go(cli.command) {
        Ok(()) => ExitCode::SUCCESS,
        Err(why) => {
            eprintln!("stoa: {why:#}");
            ExitCode::FAILURE
        }
    }
}

fn go(command: Command) -> anyhow::Result<()> {
    if let Command::Routes = command {
        for route in crate::routes::all().table() {
            println!("{:4} {:40} {:15} {}", route.method, route.path, format!("{:?}", route.policy), route.handler);
        }
        return Ok(());
    }
    let runtime = tokio::runtime::Builder::new_multi_thread().enable_all().build()?;
    runtime.block_on(async {
        match command {
            Command::Serve(serve) => serve.run().await,
            Command::Check(check) => check.run().await,
            Command::Import(import) => import.run().await,
            Command::Setup(setup) => setup.run().await,
            Command::User(user) => user.run().await,
            Command::Routes => Ok(()),
            Command::Migrate { site } => {
                let config = site.config(None)?;
                std::fs::create_dir_all(&config.data)?;
                crate::db::Db::open(&config.place()).await?;
                println!("the schema is up to date");
                Ok(())
            }
        }
    })
}
