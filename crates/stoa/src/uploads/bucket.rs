//! A bucket of an S3-compatible store: `rusty-s3` signs the requests, `ureq` sends them.

use std::time::Duration;

use anyhow::{Context, bail, ensure};
use rusty_s3::{Credentials, S3Action, UrlStyle};
use ureq::Agent;

use crate::config::S3;

/// How long a signed request is good for.
const GOOD_FOR: Duration = Duration::from_secs(300);
/// How long an answer may take.
const PATIENCE: Duration = Duration::from_secs(60);
/// Bytes of the largest file that is read.
const LARGEST: u64 = 1 << 30;
/// How often a request is sent when the store does not answer or is in trouble.
const TRIES: u32 = 3;

/// A bucket, and the folder in it.
pub struct Bucket {
    bucket: rusty_s3::Bucket,
    credentials: Credentials,
    /// Empty, or ends with a slash.
    prefix: String,
    agent: Agent,
}

/// What a store answered.
struct Answer {
    status: u16,
    length: Option<u64>,
    body: Vec<u8>,
}

impl Bucket {
    /// The bucket of an `s3://BUCKET/PREFIX`. Nothing is asked of the store yet.
    pub fn open(url: &str, s3: &S3) -> anyhow::Result<Bucket> {
        let rest = url.strip_prefix("s3://").unwrap_or(url);
        let (name, prefix) = rest.split_once('/').unwrap_or((rest, ""));
        ensure!(!name.is_empty(), "uploads = \"{url}\" names no bucket: s3://BUCKET/PREFIX");
        let region = s3.region.clone().unwrap_or_else(|| "us-east-1".into());
        let endpoint = s3.endpoint.clone().unwrap_or_else(|| format!("https://s3.{region}.amazonaws.com"));
        let address = endpoint.parse().with_context(|| format!("s3-endpoint = \"{endpoint}\" is no address"))?;
        // A store of one's own seldom has a host name for each bucket.
        let style = if s3.endpoint.is_some() { UrlStyle::Path } else { UrlStyle::VirtualHost };
        let bucket = rusty_s3::Bucket::new(address, style, name.to_owned(), region)
            .with_context(|| format!("the bucket {name} at {endpoint}"))?;
        let (Some(key), Some(secret)) = (&s3.key, &s3.secret) else {
            bail!("uploads = \"{url}\" needs s3-key and s3-secret (or STOA_S3_KEY and STOA_S3_SECRET)");
        };
        let prefix = prefix.trim_matches('/');
        let prefix = if prefix.is_empty() { String::new() } else { format!("{prefix}/") };
        ensure!(
            prefix.split('/').all(|part| part != "." && part != ".."),
            "the prefix in {url} leads out of the bucket"
        );
        let agent = Agent::config_builder()
            .timeout_global(Some(PATIENCE))
            .http_status_as_error(false)
            .user_agent(concat!("Stoa/", env!("CARGO_PKG_VERSION")))
            .build()
            .new_agent();
        Ok(Bucket { bucket, credentials: Credentials::new(key.clone(), secret.clone()), prefix, agent })
    }

    /// Writes a small file and reads it again.
    pub fn probe(&self) -> anyhow::Result<()> {
        let told =
            || format!("uploads cannot be kept in the bucket {} at {}", self.bucket.name(), self.bucket.base_url());
        self.put("stoa-was-here", b"stoa").with_context(told)?;
        let found = self.get("stoa-was-here").with_context(told)?;
        ensure!(found.as_deref() == Some(b"stoa"), "{}: what was written is not there", told());
        Ok(())
    }

    pub fn put(&self, key: &str, bytes: &[u8]) -> anyhow::Result<()> {
        let key = format!("{}{key}", self.prefix);
        let answer = self.ask(|agent| {
            let url = self.bucket.put_object(Some(&self.credentials), &key).sign(GOOD_FOR);
            agent.put(url.as_str()).content_type("application/octet-stream").send(bytes)
        })?;
        answer.good(&key)?.with_context(|| format!("{key}: there is no such bucket"))?;
        Ok(())
    }

    pub fn get(&self, key: &str) -> anyhow::Result<Option<Vec<u8>>> {
        let key = format!("{}{key}", self.prefix);
        let answer = self.ask(|agent| {
            agent.get(self.bucket.get_object(Some(&self.credentials), &key).sign(GOOD_FOR).as_str()).call()
        })?;
        Ok(answer.good(&key)?.map(|answer| answer.body))
    }

    pub fn size(&self, key: &str) -> anyhow::Result<Option<u64>> {
        let key = format!("{}{key}", self.prefix);
        let answer = self.ask(|agent| {
            agent.head(self.bucket.head_object(Some(&self.credentials), &key).sign(GOOD_FOR).as_str()).call()
        })?;
        Ok(answer.good(&key)?.and_then(|answer| answer.length))
    }

    pub fn remove(&self, key: &str) -> anyhow::Result<()> {
        let key = format!("{}{key}", self.prefix);
        let answer = self.ask(|agent| {
            agent.delete(self.bucket.delete_object(Some(&self.credentials), &key).sign(GOOD_FOR).as_str()).call()
        })?;
        answer.good(&key).map(drop)
    }

    /// Asks, and asks again when the store is in trouble: every request here may be repeated.
    fn ask(
        &self,
        send: impl Fn(&Agent) -> Result<ureq::http::Response<ureq::Body>, ureq::Error>,
    ) -> anyhow::Result<Answer> {
        let mut wait = Duration::from_millis(200);
        for last in (0..TRIES).rev() {
            match send(&self.agent) {
                Ok(answer) if answer.status().is_server_error() && last > 0 => {}
                Ok(mut answer) => {
                    let length = answer.headers().get("content-length").and_then(|v| v.to_str().ok()?.parse().ok());
                    let status = answer.status().as_u16();
                    let body = answer.body_mut().with_config().limit(LARGEST).read_to_vec()?;
                    return Ok(Answer { status, length, body });
                }
                Err(_) if last > 0 => {}
                Err(e) => return Err(e).context("the S3 store does not answer"),
            }
            std::thread::sleep(wait);
            wait *= 4;
        }
        bail!("the S3 store does not answer")
    }
}

impl Answer {
    /// `None` when there is no such file.
    fn good(self, key: &str) -> anyhow::Result<Option<Answer>> {
        let text = String::from_utf8_lossy(&self.body[..self.body.len().min(4000)]);
        let code = text.split_once("<Code>").and_then(|(_, rest)| rest.split_once("</Code>")).map_or("", |(c, _)| c);
        match (self.status, code) {
            (200..300, _) => Ok(Some(self)),
            (404, "NoSuchBucket") => bail!("there is no such bucket"),
            (404, _) => Ok(None),
            (401 | 403, _) => bail!(
                "the S3 store refuses the key: {} {code}. Please look at s3-key, s3-secret, s3-region and the bucket's rights",
                self.status
            ),
            (status, _) => bail!("the S3 store answered {status} {code} to {key}"),
        }
    }
}

#[cfg(test)]
mod tests {
    use super::*;

    fn settings() -> S3 {
        let text = |s: &str| Some(s.to_owned());
        S3 { endpoint: text("http://127.0.0.1:9"), region: None, key: text("k"), secret: text("s") }
    }

    #[test]
    fn a_setting_that_cannot_work_says_why() {
        let why = |url: &str, s3: &S3| Bucket::open(url, s3).err().expect("a reason").to_string();
        assert!(why("s3://", &settings()).contains("names no bucket"));
        assert!(why("s3://b", &S3 { key: None, ..settings() }).contains("STOA_S3_KEY"));
        assert!(why("s3://b", &S3 { endpoint: Some("nowhere".into()), ..settings() }).contains("is no address"));
        assert!(why("s3://b/../c", &settings()).contains("leads out"));
    }

    #[test]
    fn refusals_of_a_store_are_told_in_words() {
        let answer = |status: u16, code: &str| {
            let body = format!("<?xml version=\"1.0\"?><Error><Code>{code}</Code></Error>").into_bytes();
            Answer { status, length: None, body }.good("ab/abc.png")
        };
        let why = |status, code| answer(status, code).err().expect("a refusal").to_string();
        assert!(answer(200, "").expect("no refusal").is_some());
        assert!(answer(404, "NoSuchKey").expect("no refusal").is_none());
        assert!(why(404, "NoSuchBucket").contains("no such bucket"));
        assert!(why(403, "SignatureDoesNotMatch").contains("403 SignatureDoesNotMatch"));
        assert!(why(500, "InternalError").contains("500 InternalError to ab/abc.png"));
    }

    #[test]
    fn a_store_that_is_away_is_told_so() {
        let bucket = Bucket::open("s3://b/some/where/", &settings()).expect("a bucket");
        assert_eq!(bucket.prefix, "some/where/");
        let why = format!("{:#}", bucket.probe().expect_err("nobody listens"));
        assert!(why.contains("does not answer") && why.contains("the bucket b"), "{why}");
    }
}
