//! How often something may be tried, counted in memory under keyed hashes that mean nothing after a day.

use std::net::IpAddr;
use std::num::NonZeroU32;
use std::sync::RwLock;
use std::time::{Duration, Instant};

use governor::clock::{Clock as _, DefaultClock};
use governor::{DefaultKeyedRateLimiter, Quota, RateLimiter};
use hmac::{Hmac, KeyInit, Mac};
use sha2::Sha256;

use crate::web::error::{Refusal, Result};

/// Counters for what can be guessed or flooded.
pub struct Throttle {
    per_account: DefaultKeyedRateLimiter<String>,
    per_caller: DefaultKeyedRateLimiter<String>,
    sign_ups: DefaultKeyedRateLimiter<String>,
    arrivals: DefaultKeyedRateLimiter<String>,
    mails: DefaultKeyedRateLimiter<String>,
    posts: DefaultKeyedRateLimiter<i64>,
    uploads: DefaultKeyedRateLimiter<i64>,
    wiki: DefaultKeyedRateLimiter<i64>,
    writing: DefaultKeyedRateLimiter<i64>,
    programs: DefaultKeyedRateLimiter<String>,
    key: RwLock<(Instant, [u8; 32])>,
}

fn every(seconds: u64, burst: u32) -> Quota {
    let burst = NonZeroU32::new(burst).expect("a burst of at least one");
    Quota::with_period(Duration::from_secs(seconds)).expect("a period of at least a second").allow_burst(burst)
}

/// What `/api/v1` says of itself.
fn programs() -> Quota {
    use crate::api::{BURST, EACH_SECOND};
    let number = |n| NonZeroU32::new(n).expect("more than none");
    Quota::per_second(number(EACH_SECOND)).allow_burst(number(BURST))
}

impl Default for Throttle {
    fn default() -> Self {
        Self::new()
    }
}

impl Throttle {
    pub fn new() -> Throttle {
        Throttle {
            // 20 tries an hour on one account, the first six at once.
            per_account: RateLimiter::keyed(every(250, 6)),
            // 100 tries an hour from one network, the first 30 at once.
            per_caller: RateLimiter::keyed(every(50, 30)),
            sign_ups: RateLimiter::keyed(every(120, 10)),
            // Nothing can be guessed there, and a room full of people may come from one wiki at once.
            arrivals: RateLimiter::keyed(every(5, 100)),
            mails: RateLimiter::keyed(every(600, 3)),
            posts: RateLimiter::keyed(every(2, 30)),
            uploads: RateLimiter::keyed(every(3, 30)),
            wiki: RateLimiter::keyed(every(1, 30)),
            writing: RateLimiter::keyed(every(2, 5)),
            programs: RateLimiter::keyed(programs()),
            key: RwLock::new((Instant::now(), rand::random())),
        }
    }

    /// A caller's network (/24, /48) under a key that is thrown away every day.
    pub fn key_of(&self, caller: IpAddr) -> String {
        let (made, key) = *self.key.read().expect("no panic while the lock is held");
        let key = if made.elapsed() < Duration::from_secs(86_400) {
            key
        } else {
            let fresh = (Instant::now(), rand::random());
            *self.key.write().expect("no panic while the lock is held") = fresh;
            fresh.1
        };
        let mut mac = Hmac::<Sha256>::new_from_slice(&key).expect("any key length will do");
        match caller {
            IpAddr::V4(ip) => mac.update(&ip.octets()[..3]),
            IpAddr::V6(ip) => mac.update(&ip.octets()[..6]),
        }
        hex::encode(&mac.finalize().into_bytes()[..8])
    }

    /// A try to log in, counted before the password is looked at.
    pub fn log_in(&self, account: &str, caller: &str) -> Result<()> {
        check(&self.per_caller, &caller.to_owned())?;
        check(&self.per_account, &account.to_owned())
    }

    /// A try to log in from a device that this account has used before: only the account's own counter for such
    /// devices, so that a stranger's guesses do not keep the owner out.
    pub fn log_in_known(&self, account: &str) -> Result<()> {
        check(&self.per_account, &format!("{account}\0known"))
    }

    pub fn sign_up(&self, caller: &str) -> Result<()> {
        check(&self.sign_ups, &caller.to_owned())
    }

    /// Somebody who comes back from a wiki, which is asked who they are.
    pub fn arrival(&self, caller: &str) -> Result<()> {
        check(&self.arrivals, &caller.to_owned())
    }

    pub fn mail(&self, address: &str) -> Result<()> {
        check(&self.mails, &address.to_owned())
    }

    /// A new post; 30 at once, then one every two seconds.
    pub fn post(&self, user: i64) -> Result<()> {
        too_fast(check(&self.posts, &user))
    }

    /// A file, whether it is kept or not: reading one is work.
    pub fn upload(&self, user: i64) -> Result<()> {
        too_fast(check(&self.uploads, &user))
    }

    /// A question to the wiki on a writer's behalf; 30 at once, then one a second.
    pub fn wiki(&self, user: i64) -> Result<()> {
        too_fast(check(&self.wiki, &user))
    }

    /// A question of a program's, by network.
    pub fn program(&self, caller: &str) -> Result<()> {
        check(&self.programs, &caller.to_owned())
    }

    /// Whether others are told that somebody writes; not more often than every two seconds.
    pub fn writing(&self, user: i64) -> bool {
        self.writing.check_key(&user).is_ok()
    }

    /// Forgets keys that no longer count, so that memory does not grow with callers.
    pub fn tidy(&self) {
        self.per_account.retain_recent();
        self.per_caller.retain_recent();
        self.sign_ups.retain_recent();
        self.arrivals.retain_recent();
        self.mails.retain_recent();
        self.posts.retain_recent();
        self.uploads.retain_recent();
        self.wiki.retain_recent();
        self.writing.retain_recent();
        self.programs.retain_recent();
    }
}

fn too_fast(checked: Result<()>) -> Result<()> {
    match checked {
        Err(crate::web::error::Error::Refused(Refusal::TooManyTries { seconds })) => {
            Err(Refusal::TooFast { seconds }.into())
        }
        other => other,
    }
}

fn check<K: Clone + std::hash::Hash + Eq>(limiter: &DefaultKeyedRateLimiter<K>, key: &K) -> Result<()> {
    limiter.check_key(key).map_err(|until| {
        let wait = until.wait_time_from(DefaultClock::default().now());
        Refusal::TooManyTries { seconds: wait.as_secs().max(1) }.into()
    })
}
