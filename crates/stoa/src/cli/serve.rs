//! `stoa serve`: opens the site and answers until it is told to stop.

use anyhow::Context;
use clap::Args;
use tokio::net::TcpListener;
use tokio::signal::unix::{SignalKind, signal};

use super::Site;
use crate::app::App;
use crate::clock::Clock;

#[derive(Args)]
pub struct Serve {
    #[command(flatten)]
    site: Site,
    /// Address and port; port 0 picks a free one
    #[arg(long, env = "STOA_LISTEN")]
    listen: Option<String>,
    /// Fill an empty folder with an invented, multilingual community
    #[arg(long, env = "STOA_DEMO")]
    demo: bool,
}

impl Serve {
    pub async fn run(self) -> anyhow::Result<()> {
        let mut config = self.site.config(self.listen.clone())?;
        let listener =
            TcpListener::bind(&config.listen).await.with_context(|| format!("listening on {}", config.listen))?;
        config.listen = listener.local_addr()?.to_string();
        let address = config.listen.clone();
        let app = App::open(config, Clock::System).await?;
        let store = app.clone();
        tokio::task::spawn_blocking(move || store.store.probe()).await??;
        if self.demo {
            match crate::demo::fill(&app).await? {
                Some(welcome) => eprintln!(
                    "The demonstration is ready. Its administrator logs in at http://{address}/login\n  \
                     name:     {}\n  password: {}",
                    welcome.name, welcome.password
                ),
                None => eprintln!("This site is not empty: it is served as it is, and the demonstration is not added."),
            }
            crate::memory::give_back();
        }
        tokio::spawn(crate::search::follow::run(app.clone()));
        tokio::spawn(crate::notifications::follow::run(app.clone()));
        tokio::spawn(crate::previews::follow::run(app.clone()));
        tokio::spawn(crate::wiki_links::follow::run(app.clone()));
        tokio::spawn(crate::notifications::mail::run(app.clone()));
        tokio::spawn(crate::push::send::run(app.clone()));
        tokio::spawn(crate::notifications::digest::run(app.clone()));
        let router = crate::routes::all().router(&app);
        let mut term = signal(SignalKind::terminate())?;
        let mut int = signal(SignalKind::interrupt())?;
        crate::accounts::setup::announce(&app).await.map_err(crate::web::Error::into_anyhow)?;
        if let Some(sender) = crate::mail::sender::configured(&app)? {
            tokio::spawn(sender.run(app.clone()));
        }
        crate::wikis::moved::tell(&app).await.map_err(crate::web::Error::into_anyhow)?;
        tokio::spawn(crate::sessions::tidy::run(app.clone()));
        tokio::spawn(crate::polls::close::run(app.clone()));
        tokio::spawn(crate::wikis::refresh::run(app.clone()));
        tokio::spawn(crate::wikis::send::run(app.clone()));
        tokio::spawn(crate::wikis::bot::run(app.clone()));
        tokio::spawn(crate::binding::follow::run(app.clone()));
        tokio::spawn(crate::wikis::standing::run(app.clone()));
        println!("listening on http://{address}");
        crate::web::server::serve(listener, router, async {
            tokio::select! {
                _ = term.recv() => {}
                _ = int.recv() => {}
            }
            app.live.close();
        })
        .await;
        Ok(())
    }
}
