//! `stoa import …`: brings in what another system kept.

use std::path::PathBuf;

use clap::{Args, Subcommand};

use super::Site;
use crate::app::App;
use crate::clock::Clock;
use crate::import::{discourse, jsonl};

#[derive(Args)]
pub struct Import {
    #[command(subcommand)]
    from: From,
    #[command(flatten)]
    site: Site,
    /// The name under which the source is remembered when an import is run again; by default its place
    #[arg(long, global = true)]
    source: Option<String>,
}

#[derive(Subcommand)]
enum From {
    /// A folder of Discourse's JSON, a backup (.tar.gz, .sql.gz), or the address of a site
    Discourse { src: String },
    /// users, categories, topics, posts and likes (.jsonl) in a folder
    Jsonl { dir: PathBuf },
}

impl Import {
    pub async fn run(self) -> anyhow::Result<()> {
        let app = App::open(self.site.config(None)?, Clock::System).await?;
        let report = match self.from {
            From::Discourse { src } => discourse::import(&app, &src, self.source, false).await?,
            From::Jsonl { dir } => jsonl::import(&app, &dir, self.source, false).await?,
        };
        print!("{report}");
        Ok(())
    }
}
