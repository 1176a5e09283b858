//! `stoa check`: whether the store is whole, in sentences.

use clap::Args;

use super::Site;
use crate::app::App;
use crate::clock::Clock;
use crate::web::error::Error;

#[derive(Args)]
pub struct Check {
    #[command(flatten)]
    site: Site,
    /// Read every uploaded file too and compare its hash
    #[arg(long)]
    deep: bool,
}

impl Check {
    pub async fn run(self) -> anyhow::Result<()> {
        let config = self.site.config(None)?;
        if config.database.is_none() && !config.data.join("stoa.db").exists() {
            anyhow::bail!("{} holds no site", config.data.display());
        }
        let app = App::open(config, Clock::System).await?;
        let problems = crate::check::run(&app, self.deep).await.map_err(Error::into_anyhow)?;
        for problem in &problems {
            println!("{problem}");
        }
        if !problems.is_empty() {
            anyhow::bail!("{} problems found", problems.len());
        }
        println!("everything adds up");
        Ok(())
    }
}
