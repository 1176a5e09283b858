//! What an operator can say: flags, `STOA_…` in the environment, and keys in `DIR/stoa.toml`, in this order.

use std::net::{IpAddr, SocketAddr};
use std::path::{Path, PathBuf};

use anyhow::Context;
use serde::Deserialize;

use crate::db::Place;

#[derive(Clone, Debug)]
pub struct Config {
    /// The data folder.
    pub data: PathBuf,
    /// Address and port to listen on; port 0 picks one.
    pub listen: String,
    /// A `postgres://` address; without it `DATA/stoa.db` is used.
    pub database: Option<String>,
    /// The address people know, without a slash at its end. Links in mails and feeds start with it.
    pub base_url: Option<String>,
    /// `smtp://user:password@host:port` or `smtps://…`; without it administrators hand over reset links.
    pub smtp: Option<String>,
    /// The sender of the site's mails.
    pub mail_from: Option<String>,
    /// Where uploads are kept: a folder, or `s3://BUCKET/PREFIX`; without it `DATA/uploads`.
    pub uploads: Option<String>,
    pub s3: S3,
    /// Loopback addresses with ports, such as `127.0.0.1:8090`, that may be fetched from although nothing inside is:
    /// for tests and development.
    pub fetch_from: Vec<SocketAddr>,
    /// Whether anything is fetched from the public internet: previews of links, suggestions from the wiki.
    pub fetch_outside: bool,
    /// Proxies whose `X-Forwarded-For` is believed.
    pub trusted_proxies: Vec<IpAddr>,
    /// How many live streams may be open at once, in all.
    pub streams: usize,
    /// How many of them one member may have; strangers of one network together ten times as many.
    pub streams_each: usize,
    /// Whether passwords are hashed with the smallest cost there is: for tests alone, never a setting.
    pub quick_passwords: bool,
}

/// An S3-compatible store, when [`Config::uploads`] names a bucket.
#[derive(Clone, Default)]
pub struct S3 {
    /// Its address; without it Amazon's of the region.
    pub endpoint: Option<String>,
    /// `us-east-1` when nothing is said.
    pub region: Option<String>,
    pub key: Option<String>,
    pub secret: Option<String>,
}

impl std::fmt::Debug for S3 {
    /// Without the secret.
    fn fmt(&self, f: &mut std::fmt::Formatter) -> std::fmt::Result {
        f.debug_struct("S3").field("endpoint", &self.endpoint).field("region", &self.region).finish_non_exhaustive()
    }
}

/// Keys of `stoa.toml`. An unknown key is an error that names it.
#[derive(Default, Deserialize)]
#[serde(deny_unknown_fields, rename_all = "kebab-case")]
pub struct File {
    pub listen: Option<String>,
    pub database: Option<String>,
    pub base_url: Option<String>,
    pub smtp: Option<String>,
    pub mail_from: Option<String>,
    pub uploads: Option<String>,
    pub s3_endpoint: Option<String>,
    pub s3_region: Option<String>,
    pub s3_key: Option<String>,
    pub s3_secret: Option<String>,
    pub fetch_outside: Option<bool>,
    #[serde(default)]
    pub fetch_from: Vec<SocketAddr>,
    pub streams: Option<usize>,
    pub streams_each: Option<usize>,
    #[serde(default)]
    pub trusted_proxies: Vec<IpAddr>,
}

impl File {
    /// Reads `DIR/stoa.toml`; a folder without one has no settings.
    pub fn read(data: &Path) -> anyhow::Result<File> {
        let path = data.join("stoa.toml");
        match std::fs::read_to_string(&path) {
            Ok(text) => toml::from_str(&text).with_context(|| format!("reading {}", path.display())),
            Err(e) if e.kind() == std::io::ErrorKind::NotFound => Ok(File::default()),
            Err(e) => Err(e).with_context(|| format!("reading {}", path.display())),
        }
    }
}

impl Config {
    /// A site in a folder, everything else as it comes.
    pub fn of(data: &Path) -> Config {
        Config {
            data: data.to_owned(),
            listen: "127.0.0.1:8080".into(),
            database: None,
            base_url: None,
            smtp: None,
            mail_from: None,
            uploads: None,
            s3: S3::default(),
            fetch_from: Vec::new(),
            fetch_outside: true,
            trusted_proxies: Vec::new(),
            streams: 10_000,
            streams_each: 20,
            quick_passwords: false,
        }
    }

    pub fn place(&self) -> Place {
        match &self.database {
            Some(url) => Place::Url(url.clone()),
            None => Place::File(self.data.join("stoa.db")),
        }
    }

    /// The address people know, without a slash at its end.
    pub fn base(&self) -> String {
        match &self.base_url {
            Some(url) => url.trim_end_matches('/').to_owned(),
            None => format!("http://{}", self.listen),
        }
    }

    pub fn is_https(&self) -> bool {
        self.base_url.as_deref().is_some_and(|u| u.starts_with("https://"))
    }
}
