//! Ed25519 as site and wiki sign with it: Standard Webhooks 1.0, `v1a`.

use anyhow::{Context, anyhow};
use base64::Engine as _;
use base64::prelude::BASE64_STANDARD as BASE64;
use ring::signature::{ED25519, Ed25519KeyPair, KeyPair as _, UnparsedPublicKey};

use crate::web::error::Result;

/// How many letters of a key are shown to tell it from others.
const SHORT: usize = 8;

/// A new secret half: 32 random bytes, base64.
pub fn new_seed() -> String {
    BASE64.encode(rand::random::<[u8; 32]>())
}

fn pair(seed: &str) -> anyhow::Result<Ed25519KeyPair> {
    let bytes = BASE64.decode(seed).context("a stored signing key")?;
    Ed25519KeyPair::from_seed_unchecked(&bytes).map_err(|e| anyhow!("a stored signing key: {e}"))
}

/// The public half of a seed, base64.
pub fn public_of(seed: &str) -> Result<String> {
    Ok(BASE64.encode(pair(seed)?.public_key().as_ref()))
}

/// The beginning of a public key, by which people and programs tell keys apart.
pub fn short(public: &str) -> &str {
    public.get(..SHORT).unwrap_or(public)
}

fn signed(id: &str, timestamp: i64, body: &[u8]) -> Vec<u8> {
    let mut text = format!("{id}.{timestamp}.").into_bytes();
    text.extend_from_slice(body);
    text
}

/// One signature as it stands in `webhook-signature`.
pub fn sign(seed: &str, id: &str, timestamp: i64, body: &[u8]) -> Result<String> {
    let signature = pair(seed)?.sign(&signed(id, timestamp, body));
    Ok(format!("v1a,{}", BASE64.encode(signature.as_ref())))
}

/// Whether one of the signatures of a header was made with the other half of this public key.
pub fn fits(public: &str, id: &str, timestamp: i64, body: &[u8], header: &str) -> bool {
    let Ok(key) = BASE64.decode(public) else { return false };
    let key = UnparsedPublicKey::new(&ED25519, key);
    let message = signed(id, timestamp, body);
    let given = header.split(' ').filter_map(|part| BASE64.decode(part.strip_prefix("v1a,")?).ok()).take(8);
    given.into_iter().any(|signature| key.verify(&message, &signature).is_ok())
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn what_was_signed_is_known_again_and_nothing_else_is() {
        let (ours, other) = (new_seed(), new_seed());
        let (key, foreign) = (public_of(&ours).expect("a key"), public_of(&other).expect("a key"));
        let good = sign(&ours, "evt_1", 7, b"{}").expect("a signature");
        assert!(fits(&key, "evt_1", 7, b"{}", &good));
        assert!(fits(&key, "evt_1", 7, b"{}", &format!("v1,abc v1a,!! {good}")), "one that fits is enough");
        assert!(!fits(&foreign, "evt_1", 7, b"{}", &good));
        assert!(!fits(&key, "evt_2", 7, b"{}", &good));
        assert!(!fits(&key, "evt_1", 8, b"{}", &good));
        assert!(!fits(&key, "evt_1", 7, b"{ }", &good));
        assert!(!fits(&key, "evt_1", 7, b"{}", &good.replace("v1a,", "v1,")));
        assert!(!fits("nonsense", "evt_1", 7, b"{}", &good) && !fits(&key, "evt_1", 7, b"{}", ""));
    }

    /// The first test of RFC 8032, section 7.1, so that other programs understand what is signed here.
    #[test]
    fn keys_are_the_ones_of_the_standard() {
        let seed = hex::decode("9d61b19deffd5a60ba844af492ec2cc44449c5697b326919703bac031cae7f60").expect("hex");
        let public = public_of(&BASE64.encode(seed)).expect("a key");
        let expected = hex::decode("d75a980182b10ab7d54bfed3c964073a0ee172f3daa62325af021a68f707511a").expect("hex");
        assert_eq!(public, BASE64.encode(expected));
    }
}
