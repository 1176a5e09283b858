//! The one way out: every address that somebody else chose is fetched here, for previews, for the wiki, for whatever
//! comes later. Nothing that is not on the public internet is ever connected to, whatever its name, whoever redirects.

pub mod address;
mod resolve;

use std::io::Read;
use std::net::SocketAddr;
use std::sync::Arc;
use std::time::{Duration, Instant};

use tokio::sync::Semaphore;
use ureq::Agent;
use ureq::http::header;
use ureq::unversioned::transport::DefaultConnector;
use url::{Host, Url};

use resolve::{Lookup, OnlyPublic};

/// How long a fetch may take in all, redirects included.
pub const PATIENCE: Duration = Duration::from_secs(10);
/// Bytes of the largest answer, after decompression.
pub const LARGEST: u64 = 1 << 20;
/// Redirects that are followed.
const REDIRECTS: usize = 3;
/// Fetches at the same time; others wait for their turn, and their time runs.
const AT_ONCE: usize = 8;
/// Ports of the web.
const USUAL: [u16; 2] = [80, 443];
const LONGEST_ADDRESS: usize = 2000;

/// Why something was not fetched.
#[derive(Debug, PartialEq, Eq)]
pub enum Failure {
    /// Not an address of the public web, or one of another port or scheme.
    NotPublic,
    TooManyRedirects,
    TooLarge,
    TimedOut,
    /// There is nobody, or nobody who speaks HTTP.
    NoAnswer(String),
}

/// What was answered.
#[derive(Debug)]
pub struct Answer {
    /// Where it was found in the end.
    pub url: Url,
    pub status: u16,
    /// The media type, in small letters and without parameters.
    pub kind: String,
    /// How its letters are written, where the answer says so.
    pub charset: Option<String>,
    /// Seconds after which asking again makes sense, where the answer says so (RFC 9110, section 10.2.3).
    pub retry_after: Option<i64>,
    /// Names and values of cookies; nothing keeps them but whoever asked.
    pub cookies: Vec<(String, String)>,
    pub body: Vec<u8>,
}

/// How much of an answer is taken.
#[derive(Clone, Copy, Debug)]
pub struct Most {
    /// After decompression.
    pub bytes: u64,
    /// Of a longer answer the beginning is enough; else it is a failure.
    pub is_enough: bool,
}

/// What small programs answer.
const WHOLE: Most = Most { bytes: LARGEST, is_enough: false };

/// Cheap to clone.
#[derive(Clone)]
pub struct Fetcher {
    rules: Arc<Rules>,
    slots: Arc<Semaphore>,
}

pub(crate) struct Rules {
    /// Loopback addresses that may be connected to all the same: for tests and development.
    allowed: Vec<SocketAddr>,
    /// Whether the public internet may be asked at all.
    outside: bool,
    lookup: Lookup,
    user_agent: String,
}

impl Rules {
    /// Whether an address may be connected to.
    fn lets(&self, at: SocketAddr) -> bool {
        self.allowed.contains(&at) || (self.outside && USUAL.contains(&at.port()) && address::is_public(at.ip()))
    }
}

impl Fetcher {
    /// `allowed` are loopback addresses that the operator named; `outside` whether anything else is asked.
    pub fn new(allowed: &[SocketAddr], outside: bool) -> Fetcher {
        Self::with_lookup(allowed, outside, resolve::system())
    }

    fn with_lookup(allowed: &[SocketAddr], outside: bool, lookup: Lookup) -> Fetcher {
        let user_agent = format!("Stoa/{} (link previews, joined wikis, push messages)", env!("CARGO_PKG_VERSION"));
        let rules = Rules { allowed: allowed.to_vec(), outside, lookup, user_agent };
        Fetcher { rules: Arc::new(rules), slots: Arc::new(Semaphore::new(AT_ONCE)) }
    }

    /// Fetches an address. `accept` is what the caller can read.
    pub async fn get(&self, address: &str, accept: &'static str, patience: Duration) -> Result<Answer, Failure> {
        self.get_some(address, accept, patience, WHOLE).await
    }

    /// The same for an answer of another size, or for its beginning.
    pub async fn get_some(
        &self,
        address: &str,
        accept: &'static str,
        patience: Duration,
        most: Most,
    ) -> Result<Answer, Failure> {
        self.ask(address, Ask { accept, headers: Vec::new(), sent: None, most }, patience).await
    }

    /// The same with headers of one's own, such as who asks. Redirects are an answer: nobody but the address given is
    /// told what they say.
    pub async fn get_with(
        &self,
        address: &str,
        headers: Vec<(String, String)>,
        accept: &'static str,
        patience: Duration,
        most: Most,
    ) -> Result<Answer, Failure> {
        self.ask(address, Ask { accept, headers, sent: None, most }, patience).await
    }

    /// Sends something to an address. Redirects are an answer: nothing is sent to another address than the one given.
    pub async fn post(
        &self,
        address: &str,
        headers: Vec<(String, String)>,
        body: Vec<u8>,
        patience: Duration,
    ) -> Result<Answer, Failure> {
        self.ask(address, Ask { accept: "*/*", headers, sent: Some(body), most: WHOLE }, patience).await
    }

    /// Whether an address is one that may be asked at all, as far as can be told without looking up its name.
    pub fn may_ask(&self, address: &str) -> bool {
        checked(address, &self.rules).is_ok()
    }

    async fn ask(&self, address: &str, ask: Ask, patience: Duration) -> Result<Answer, Failure> {
        let deadline = Instant::now() + patience.min(PATIENCE);
        let url = checked(address, &self.rules)?;
        let turn = tokio::time::timeout_at(deadline.into(), self.slots.clone().acquire_owned()).await;
        let turn = turn.map_err(|_| Failure::TimedOut)?.map_err(|_| Failure::TimedOut)?;
        let rules = self.rules.clone();
        let work = tokio::task::spawn_blocking(move || {
            let _turn = turn;
            follow(&rules, url, &ask, deadline)
        });
        // The thread ends by its own clock; the caller does not wait for a name that is looked up slowly.
        match tokio::time::timeout_at(deadline.into(), work).await {
            Ok(Ok(answer)) => answer,
            Ok(Err(e)) => Err(Failure::NoAnswer(e.to_string())),
            Err(_) => Err(Failure::TimedOut),
        }
    }
}

/// What is asked of an address.
struct Ask {
    accept: &'static str,
    headers: Vec<(String, String)>,
    /// What is sent, if anything is.
    sent: Option<Vec<u8>>,
    most: Most,
}

/// An address that may be asked for at all: what its name stands for is looked at when it is connected to.
fn checked(address: &str, rules: &Rules) -> Result<Url, Failure> {
    if address.len() > LONGEST_ADDRESS {
        return Err(Failure::NotPublic);
    }
    let mut url = Url::parse(address).map_err(|_| Failure::NotPublic)?;
    url.set_fragment(None);
    let port = match url.scheme() {
        "http" => url.port().unwrap_or(80),
        "https" => url.port().unwrap_or(443),
        _ => return Err(Failure::NotPublic),
    };
    if !url.username().is_empty() || url.password().is_some() {
        return Err(Failure::NotPublic);
    }
    // Numbers of every notation are read by `url` as browsers read them.
    let literal = match url.host() {
        Some(Host::Ipv4(ip)) => Some(SocketAddr::new(ip.into(), port)),
        Some(Host::Ipv6(ip)) => Some(SocketAddr::new(ip.into(), port)),
        Some(Host::Domain(name)) if !name.is_empty() => None,
        _ => return Err(Failure::NotPublic),
    };
    let fits = match literal {
        Some(at) => rules.lets(at),
        None => (rules.outside && USUAL.contains(&port)) || rules.allowed.iter().any(|a| a.port() == port),
    };
    if fits { Ok(url) } else { Err(Failure::NotPublic) }
}

fn follow(rules: &Arc<Rules>, mut url: Url, ask: &Ask, deadline: Instant) -> Result<Answer, Failure> {
    for _ in 0..=REDIRECTS {
        let left = deadline.checked_duration_since(Instant::now()).filter(|d| !d.is_zero());
        let left = left.ok_or(Failure::TimedOut)?;
        let agent = agent(rules, left);
        let mut answer = match &ask.sent {
            None => {
                let request = agent.get(url.as_str()).header(header::ACCEPT, ask.accept);
                ask.headers.iter().fold(request, |r, (name, value)| r.header(name, value)).call().map_err(why)?
            }
            Some(body) => {
                let request = agent.post(url.as_str()).header(header::ACCEPT, ask.accept);
                let request = ask.headers.iter().fold(request, |r, (name, value)| r.header(name, value));
                request.send(body.as_slice()).map_err(why)?
            }
        };
        let status = answer.status().as_u16();
        let told = |name| answer.headers().get(name).and_then(|v| v.to_str().ok());
        if ask.sent.is_none()
            && ask.headers.is_empty()
            && matches!(status, 301 | 302 | 303 | 307 | 308)
            && let Some(next) = told(header::LOCATION)
        {
            let next = url.join(next).map_err(|_| Failure::NotPublic)?;
            url = checked(next.as_str(), rules)?;
            continue;
        }
        let kind = told(header::CONTENT_TYPE).unwrap_or("");
        let (kind, parameters) = kind.split_once(';').unwrap_or((kind, ""));
        let charset = parameters.split(';').find_map(|p| p.trim().strip_prefix("charset="));
        let charset = charset.map(|c| c.trim_matches(['"', ' ']).to_owned());
        let kind = kind.trim().to_ascii_lowercase();
        let retry_after =
            told(header::RETRY_AFTER).and_then(|s| s.trim().parse().ok()).filter(|s| (0..=86_400).contains(s));
        let cookies = answer.headers().get_all(header::SET_COOKIE).iter().filter_map(|v| {
            let (name, value) = v.to_str().ok()?.split(';').next()?.split_once('=')?;
            Some((name.trim().to_owned(), value.trim().to_owned()))
        });
        let cookies = cookies.collect();
        let body = read(answer.body_mut(), deadline, ask.most)?;
        return Ok(Answer { url, status, kind, charset, retry_after, cookies, body });
    }
    Err(Failure::TooManyRedirects)
}

/// One request, one connection: nothing of an earlier one is used again, no proxy, no cookies.
fn agent(rules: &Arc<Rules>, left: Duration) -> Agent {
    let config = Agent::config_builder()
        .timeout_global(Some(left))
        .http_status_as_error(false)
        .max_redirects(0)
        .max_redirects_will_error(false)
        .proxy(None)
        .user_agent(&rules.user_agent)
        .max_idle_connections(0)
        .max_response_header_size(32 << 10)
        .build();
    Agent::with_parts(config, DefaultConnector::default(), OnlyPublic::new(rules.clone()))
}

fn read(body: &mut ureq::Body, deadline: Instant, most: Most) -> Result<Vec<u8>, Failure> {
    let mut reader = body.as_reader();
    let (mut out, mut part) = (Vec::new(), [0; 16 << 10]);
    loop {
        if Instant::now() >= deadline {
            return Err(Failure::TimedOut);
        }
        match reader.read(&mut part) {
            Ok(0) => return Ok(out),
            Ok(got) => out.extend_from_slice(&part[..got]),
            Err(e) => return Err(why(e.into())),
        }
        if out.len() as u64 > most.bytes {
            return if most.is_enough { Ok(out) } else { Err(Failure::TooLarge) };
        }
    }
}

fn why(e: ureq::Error) -> Failure {
    match e {
        ureq::Error::Timeout(_) => Failure::TimedOut,
        ureq::Error::Other(inner) if inner.is::<resolve::NotPublic>() => Failure::NotPublic,
        ureq::Error::BodyExceedsLimit(_) => Failure::TooLarge,
        ureq::Error::BadUri(_) => Failure::NotPublic,
        other => Failure::NoAnswer(other.to_string()),
    }
}

#[cfg(test)]
mod tests;
