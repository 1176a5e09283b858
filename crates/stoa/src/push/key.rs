//! The site's key, by which push services know who sends (RFC 8292).

use base64::Engine as _;
use base64::prelude::BASE64_URL_SAFE_NO_PAD as BASE64;
use web_push_native::p256::ecdsa::signature::Signer as _;
use web_push_native::p256::ecdsa::{Signature, SigningKey};

use crate::clock::{HOUR, SECOND};
use crate::db::{Db, params};
use crate::web::error::Error;

/// How long a signed token is good for; at most a day (section 2).
const LASTS: i64 = 12 * HOUR;

/// Made once and kept in the store, so that all nodes agree: browsers refuse messages under another key.
#[derive(Clone)]
pub struct Key(SigningKey);

impl Key {
    pub async fn load(db: &Db) -> anyhow::Result<Key> {
        let kept = db
            .write(|tx| {
                let new = loop {
                    // Nearly every number is a key.
                    let bytes: [u8; 32] = rand::random();
                    if SigningKey::from_slice(&bytes).is_ok() {
                        break BASE64.encode(bytes);
                    }
                };
                tx.exec(
                    "insert into settings (key, value) values ('push-key', $1) on conflict (key) do nothing",
                    params![new],
                )?;
                tx.one::<String>("select value from settings where key = 'push-key'", &[])
            })
            .await
            .map_err(Error::into_anyhow)?;
        Ok(Key(SigningKey::from_slice(&BASE64.decode(kept)?)?))
    }

    /// The public half as browsers take it (`applicationServerKey`): an uncompressed point, base64url.
    pub fn public(&self) -> String {
        BASE64.encode(self.0.verifying_key().to_encoded_point(false).as_bytes())
    }

    /// The `Authorization` of one message to the push service at `origin` (section 3). `site` is whom they may ask when
    /// something is wrong.
    pub fn authorization(&self, origin: &str, site: &str, now: i64) -> String {
        let head = BASE64.encode(r#"{"typ":"JWT","alg":"ES256"}"#);
        let mut claims = serde_json::json!({ "aud": origin, "exp": (now + LASTS) / SECOND });
        // Push services take only these two kinds of contact.
        if site.starts_with("https://") || site.starts_with("mailto:") {
            claims["sub"] = site.into();
        }
        let signed = format!("{head}.{}", BASE64.encode(claims.to_string()));
        let signature: Signature = self.0.sign(signed.as_bytes());
        format!("vapid t={signed}.{}, k={}", BASE64.encode(signature.to_bytes()), self.public())
    }
}
