//! The eyes a stream sees with: its viewer, looked at again whenever they could see less than before.

use std::sync::Arc;
use std::time::{Duration, Instant};

use crate::app::App;
use crate::site::Site;
use crate::web::visit::Viewer;

/// How old what is known of a member may be when something is told to them.
const FRESH: Duration = Duration::from_secs(1);

pub struct Eyes {
    pub viewer: Viewer,
    /// The session's cookie; nothing for strangers.
    token: Option<String>,
    version: i64,
    read_at: Instant,
}

impl Eyes {
    pub fn new(viewer: Viewer, token: Option<String>, site: &Site) -> Eyes {
        let token = token.filter(|_| viewer.user.is_some());
        Eyes { viewer, token, version: site.version, read_at: Instant::now() }
    }

    /// Brings them up to date before something is told. False: whoever it was is logged out, suspended or gone.
    pub async fn renew(&mut self, app: &App, site: &Arc<Site>) -> bool {
        let Some(token) = &self.token else {
            if self.version != site.version {
                self.viewer = Viewer::nobody(site);
                self.version = site.version;
            }
            return true;
        };
        if self.version == site.version && self.read_at.elapsed() < FRESH {
            return true;
        }
        self.look(app, &token.clone()).await
    }

    /// Looks at a member again although nothing is told. False as above.
    pub async fn still_here(&mut self, app: &App) -> bool {
        match self.token.clone() {
            Some(token) => self.look(app, &token).await,
            None => true,
        }
    }

    async fn look(&mut self, app: &App, token: &str) -> bool {
        let now = app.now();
        let at = Instant::now();
        let found = app.db.read(|tx| Viewer::of_session(tx, &app.site, Some(token), now));
        match found.await {
            Ok((site, viewer)) if viewer.id() == self.viewer.id() => {
                *self = Eyes { viewer, token: self.token.take(), version: site.version, read_at: at };
                true
            }
            Ok(_) => false,
            Err(why) => {
                tracing::warn!("a live stream ends, its viewer could not be read: {why:?}");
                false
            }
        }
    }
}
