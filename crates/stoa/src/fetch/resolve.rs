//! Names become addresses here, and only those that are returned are connected to: an answer that changes later
//! changes nothing.

use std::net::SocketAddr;
use std::sync::Arc;
use std::sync::mpsc;

use ureq::config::Config;
use ureq::http::Uri;
use ureq::unversioned::resolver::{ResolvedSocketAddrs, Resolver};
use ureq::unversioned::transport::NextTimeout;

use super::Rules;

/// Looks a name up: `host:port` to addresses.
pub(super) type Lookup = Arc<dyn Fn(&str) -> std::io::Result<Vec<SocketAddr>> + Send + Sync>;

/// As the system does.
pub(super) fn system() -> Lookup {
    Arc::new(|name| Ok(std::net::ToSocketAddrs::to_socket_addrs(name)?.collect()))
}

/// The reason for which a connection was not made.
#[derive(Debug)]
pub(super) struct NotPublic;

impl std::fmt::Display for NotPublic {
    fn fmt(&self, f: &mut std::fmt::Formatter) -> std::fmt::Result {
        f.write_str("this address is not on the public internet")
    }
}

impl std::error::Error for NotPublic {}

/// Resolves names, and refuses those that have any address that is not public.
pub(super) struct OnlyPublic(Arc<Rules>);

impl OnlyPublic {
    pub(super) fn new(rules: Arc<Rules>) -> OnlyPublic {
        OnlyPublic(rules)
    }
}

impl std::fmt::Debug for OnlyPublic {
    fn fmt(&self, f: &mut std::fmt::Formatter) -> std::fmt::Result {
        f.write_str("OnlyPublic")
    }
}

impl Resolver for OnlyPublic {
    fn resolve(&self, uri: &Uri, _: &Config, timeout: NextTimeout) -> Result<ResolvedSocketAddrs, ureq::Error> {
        let host = uri.host().ok_or(ureq::Error::HostNotFound)?.to_owned();
        let port = uri.port_u16().unwrap_or(if uri.scheme_str() == Some("https") { 443 } else { 80 });
        let (sender, receiver) = mpsc::sync_channel(1);
        let lookup = self.0.lookup.clone();
        let name = format!("{host}:{port}");
        // The system's look-up cannot be stopped: it is left behind when it takes too long.
        std::thread::spawn(move || drop(sender.send(lookup(&name))));
        let found = receiver.recv_timeout(*timeout.after).map_err(|_| ureq::Error::Timeout(timeout.reason))?;
        let found = found.map_err(|_| ureq::Error::HostNotFound)?;
        if !found.iter().all(|at| self.0.lets(*at)) {
            return Err(ureq::Error::Other(Box::new(NotPublic)));
        }
        let mut out = self.empty();
        for at in found.into_iter().take(4) {
            out.push(at);
        }
        if out.is_empty() { Err(ureq::Error::HostNotFound) } else { Ok(out) }
    }
}
