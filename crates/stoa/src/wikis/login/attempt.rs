//! One try to log in, as this browser remembers it while its owner is on the wiki. Nothing of it is in the store: a
//! cookie holds a secret of the browser, and `state` and the PKCE verifier (RFC 7636) follow from it and the site's key.

use axum::http::{HeaderMap, HeaderValue};
use base64::Engine as _;
use base64::prelude::BASE64_URL_SAFE_NO_PAD as BASE64;
use sha2::{Digest, Sha256};

use crate::app::App;
use crate::clock::{MINUTE, SECOND};
use crate::web::page::own_path;
use crate::web::{cookies, csrf};
use crate::wikis::Wiki;

const COOKIE: &str = "stoa-wiki";
/// How long somebody may take on the wiki: to log in, to read what they allow.
const LIVES: i64 = 30 * MINUTE;

/// What the browser remembers.
pub struct Attempt {
    browser: String,
    /// Where it goes on afterwards.
    pub back: String,
}

impl Attempt {
    /// The one that this browser has begun.
    pub fn of(app: &App, headers: &HeaderMap) -> Option<Attempt> {
        let value = cookies::read(headers, &cookies::name(COOKIE, app.config.is_https()))?;
        let (browser, back) = value.split_once('.')?;
        let back = String::from_utf8(BASE64.decode(back).ok()?).ok()?;
        let plain = browser.len() == 43 && browser.bytes().all(|b| b.is_ascii_alphanumeric() || b"-_".contains(&b));
        plain.then(|| Attempt { browser: browser.to_owned(), back: own_path(&back).to_owned() })
    }

    /// A new one. The browser keeps its secret, so that two tabs can be on their way at once.
    pub fn begin(app: &App, headers: &HeaderMap, back: &str) -> Attempt {
        let browser = Self::of(app, headers).map_or_else(csrf::random_token, |known| known.browser);
        Attempt { browser, back: own_path(back).to_owned() }
    }

    pub fn cookie(&self, app: &App) -> HeaderValue {
        let value = format!("{}.{}", self.browser, BASE64.encode(&self.back));
        cookies::set(COOKIE, &value, Some(LIVES / SECOND), app.config.is_https())
    }

    /// The cookie of a browser that has arrived.
    pub fn over(app: &App) -> HeaderValue {
        cookies::set(COOKIE, "", Some(0), app.config.is_https())
    }

    fn seal(&self, app: &App, wiki: &Wiki, nonce: &str, until: i64) -> String {
        app.secret.seal(&format!("wiki log-in\0{}\0{}\0{nonce}\0{until}", wiki.id, self.browser))
    }

    /// What the wiki gives back, so that an answer is known to be to a question of this browser.
    pub fn state(&self, app: &App, wiki: &Wiki) -> String {
        let nonce = BASE64.encode(rand::random::<[u8; 12]>());
        let until = (app.now() + LIVES) / SECOND;
        format!("{nonce}.{until}.{}", self.seal(app, wiki, &nonce, until))
    }

    /// Whether it is one that this browser was sent with to this wiki, lately.
    pub fn accepts(&self, app: &App, wiki: &Wiki, state: &str) -> bool {
        let mut parts = state.split('.');
        let (Some(nonce), Some(until), Some(seal), None) = (parts.next(), parts.next(), parts.next(), parts.next())
        else {
            return false;
        };
        let Ok(until) = until.parse::<i64>() else { return false };
        let subject = format!("wiki log-in\0{}\0{}\0{nonce}\0{until}", wiki.id, self.browser);
        until >= app.now() / SECOND && app.secret.sealed(&subject, seal)
    }

    /// What only this browser and the site can know of a try.
    pub fn verifier(&self, app: &App, state: &str) -> String {
        let half = |n: u8| app.secret.seal(&format!("wiki verifier {n}\0{}\0{state}", self.browser));
        half(1) + &half(2)
    }
}

/// What the wiki is told of a verifier before.
pub fn challenge(verifier: &str) -> String {
    BASE64.encode(Sha256::digest(verifier.as_bytes()))
}

#[cfg(test)]
mod tests {
    /// The example of RFC 7636, appendix B.
    #[test]
    fn a_challenge_is_the_one_of_the_standard() {
        let verifier = "dBjftJeZ4CVP-mB92K27uhbUJU1p1r_wW1gFWFOEjXk";
        assert_eq!(super::challenge(verifier), "E9Melhoa2OwvFrEMTJguCHaoeK1t8URWbuGJSstw-cM");
    }
}
