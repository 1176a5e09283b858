//! Passwords: Argon2id, on a small pool of threads so that many log-ins at once slow no reader down.

use std::sync::Arc;

use argon2::password_hash::{PasswordHasher, PasswordVerifier};
use argon2::{Algorithm, Argon2, Params, PasswordHash, Version};
use tokio::sync::Semaphore;

use crate::web::error::{Error, Refusal, Result};

/// OWASP's first choice: 19 MiB, two passes, one lane.
const MEMORY_KIB: u32 = 19 * 1024;
const PASSES: u32 = 2;
/// Hashes at once; each takes a processor for a tenth of a second.
const AT_ONCE: usize = 1;
/// Log-ins that may wait for their turn; more are asked to come back.
const WAITING: usize = 64;

pub const SHORTEST: usize = 10;
pub const LONGEST: usize = 200;

/// Makes and checks password hashes (PHC strings).
pub struct Passwords {
    argon: Arc<Argon2<'static>>,
    turns: Arc<Semaphore>,
    queue: Arc<Semaphore>,
    /// Checked when there is no such account, so that the answer takes as long.
    nobody: String,
}

/// What checking a password says.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub enum Verdict {
    Right,
    /// Right, but hashed at another cost than today's: to be hashed anew.
    RightButOld,
    Wrong,
}

impl Passwords {
    /// `quick` is for tests alone: the least cost there is.
    pub fn new(quick: bool) -> Passwords {
        let params = if quick { Params::new(8, 1, 1, None) } else { Params::new(MEMORY_KIB, PASSES, 1, None) };
        let argon = Argon2::new(Algorithm::Argon2id, Version::V0x13, params.expect("the costs are in range"));
        let nobody = hash_with(&argon, "nobody has this password").expect("hashing a plain text works");
        Passwords {
            argon: Arc::new(argon),
            turns: Arc::new(Semaphore::new(AT_ONCE)),
            queue: Arc::new(Semaphore::new(WAITING)),
            nobody,
        }
    }

    pub async fn hash(&self, password: &str) -> Result<String> {
        let password = password.to_owned();
        self.in_turn(move |argon| hash_with(argon, &password)).await
    }

    /// Checks a password against a stored hash, or against nobody's when there is none.
    pub async fn check(&self, password: &str, stored: Option<String>) -> Result<Verdict> {
        let known = stored.is_some();
        let (password, stored) = (password.to_owned(), stored.unwrap_or_else(|| self.nobody.clone()));
        let verdict = self.in_turn(move |argon| {
            let hash = PasswordHash::new(&stored).map_err(|e| anyhow::anyhow!("a stored password hash: {e}"))?;
            if argon.verify_password(password.as_bytes(), &hash).is_err() {
                return Ok(Verdict::Wrong);
            }
            let params = argon.params();
            let same = ["m", "t"]
                .iter()
                .zip([params.m_cost(), params.t_cost()])
                .all(|(name, cost)| hash.params.get_decimal(*name) == Some(cost));
            Ok(if same { Verdict::Right } else { Verdict::RightButOld })
        });
        let verdict = verdict.await?;
        Ok(if known { verdict } else { Verdict::Wrong })
    }

    async fn in_turn<T: Send + 'static>(
        &self,
        job: impl FnOnce(&Argon2<'static>) -> anyhow::Result<T> + Send + 'static,
    ) -> Result<T> {
        let place = self.queue.clone().try_acquire_owned().map_err(|_| Refusal::Busy)?;
        let turn = self.turns.clone().acquire_owned().await.map_err(|e| Error::Fault(e.into()))?;
        let argon = self.argon.clone();
        let done = tokio::task::spawn_blocking(move || {
            let _held = (place, turn);
            job(&argon)
        });
        Ok(done.await.map_err(|e| Error::Fault(e.into()))??)
    }
}

fn hash_with(argon: &Argon2, password: &str) -> anyhow::Result<String> {
    let hash = argon.hash_password(password.as_bytes()).map_err(|e| anyhow::anyhow!("hashing a password: {e}"))?;
    Ok(hash.to_string())
}

#[cfg(test)]
mod tests {
    use super::*;

    #[tokio::test]
    async fn a_password_is_known_again_and_an_old_hash_is_noticed() {
        let quick = Passwords::new(true);
        let stored = quick.hash("correct horse").await.expect("hashing works");
        assert!(stored.starts_with("$argon2id$"));
        assert_eq!(quick.check("correct horse", Some(stored.clone())).await.expect("a check"), Verdict::Right);
        assert_eq!(quick.check("battery staple", Some(stored.clone())).await.expect("a check"), Verdict::Wrong);
        assert_eq!(quick.check("correct horse", None).await.expect("a check"), Verdict::Wrong);
        let real = Passwords::new(false);
        assert_eq!(real.check("correct horse", Some(stored)).await.expect("a check"), Verdict::RightButOld);
    }
}
