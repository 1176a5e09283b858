//! The token of every form: bound to the session (or, before log-in, to a cookie of the visit), masked anew on
//! each page so that compression gives nothing away.

use base64::Engine as _;
use base64::prelude::BASE64_URL_SAFE_NO_PAD as BASE64;
use hmac::{Hmac, KeyInit, Mac};
use sha2::{Digest, Sha256};
use subtle::ConstantTimeEq;

use crate::db::{Db, params};
use crate::web::error::Error;

const LENGTH: usize = 16;

/// The site's secret key, made once and kept in the store, so that all nodes agree.
#[derive(Clone)]
pub struct Secret(Vec<u8>);

impl Secret {
    pub async fn load(db: &Db) -> anyhow::Result<Secret> {
        let key = db
            .write(|tx| {
                tx.exec(
                    "insert into settings (key, value) values ('secret', $1) on conflict (key) do nothing",
                    params![random_token()],
                )?;
                tx.one::<String>("select value from settings where key = 'secret'", &[])
            })
            .await
            .map_err(Error::into_anyhow)?;
        Ok(Secret(key.into_bytes()))
    }

    fn sign(&self, subject: &str) -> [u8; LENGTH] {
        let mut mac = Hmac::<Sha256>::new_from_slice(&self.0).expect("any key length will do");
        mac.update(b"form\0");
        mac.update(subject.as_bytes());
        let all = mac.finalize().into_bytes();
        let mut short = [0; LENGTH];
        short.copy_from_slice(&all[..LENGTH]);
        short
    }

    /// A token for the forms of one page.
    pub fn token(&self, subject: &str) -> String {
        let mask: [u8; LENGTH] = rand::random();
        let mut out = [0; LENGTH * 2];
        out[..LENGTH].copy_from_slice(&mask);
        for (i, byte) in self.sign(subject).iter().enumerate() {
            out[LENGTH + i] = byte ^ mask[i];
        }
        BASE64.encode(out)
    }

    /// A seal under a text that links carry; the same for the same text.
    pub fn seal(&self, text: &str) -> String {
        BASE64.encode(self.sign(&format!("seal\0{text}")))
    }

    /// Whether a seal is the one of this text.
    pub fn sealed(&self, text: &str, seal: &str) -> bool {
        let given = BASE64.decode(seal).unwrap_or_default();
        given.ct_eq(&self.sign(&format!("seal\0{text}"))).into()
    }

    pub fn accepts(&self, subject: &str, token: &str) -> bool {
        let Ok(bytes) = BASE64.decode(token) else { return false };
        if bytes.len() != LENGTH * 2 {
            return false;
        }
        let unmasked: Vec<u8> = (0..LENGTH).map(|i| bytes[i] ^ bytes[LENGTH + i]).collect();
        unmasked.ct_eq(&self.sign(subject)).into()
    }
}

/// 256 random bits for cookies and one-time links.
pub fn random_token() -> String {
    BASE64.encode(rand::random::<[u8; 32]>())
}

/// What is kept of a token: its SHA-256 in hexadecimal.
pub fn hash_of(token: &str) -> String {
    hex::encode(Sha256::digest(token.as_bytes()))
}
