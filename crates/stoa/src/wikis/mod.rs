//! Wikis: what a site is joined to. People log in with their accounts there, and each tells the other what happened
//! (`docs/wiki-protocol.md`).
//!
//! A wiki is known by the name it has here, its accounts by who gave them out (`issuer`) and their number there (`sub`).

pub mod accounts;
pub mod admin;
pub mod api;
pub mod bot;
pub mod find;
pub mod follow;
pub mod keys;
pub mod login;
pub mod messages;
pub mod moved;
pub mod oauth;
pub mod payload;
pub mod prefixes;
pub mod queries;
pub mod receive;
pub mod refresh;
pub mod send;
pub mod settings;
pub mod site_data;
pub mod standing;

use crate::db::from_row;
use crate::web::{Policy, Routes};

/// Characters of a wiki's name.
pub const NAME_LONGEST: usize = 40;

pub fn routes() -> Routes {
    Routes::new()
        .merge(login::routes())
        .merge(settings::routes())
        .merge(admin::routes())
        .merge(bot::choose::routes())
        .post("/api/v1/wiki/events", Policy::Open, &[], receive::take)
}

/// A joined wiki, without what is secret: that is in [`queries::Secrets`].
#[derive(Clone, Debug, Default)]
pub struct Wiki {
    pub id: i64,
    /// `[a-z0-9-]{1,40}`; never changes.
    pub name: String,
    pub title: String,
    /// `https://wiki.example.org`
    pub server: String,
    /// The address of its `api.php`.
    pub api: String,
    /// The address of its `rest.php`.
    pub rest: String,
    /// The address of a page, with `$1` where its title goes.
    pub article: String,
    pub lang: String,
    pub dir: String,
    /// As the wiki calls itself, such as `metawiki`.
    pub wiki_id: String,
    /// `MediaWiki 1.43.9`
    pub generator: String,
    /// Whose accounts it has.
    pub issuer: String,
    /// What the wiki knows the site as when people log in; empty until it was registered.
    pub oauth_client: String,
    /// Whether people may log in with its accounts.
    pub login: bool,
    /// The public half of what it signs with.
    pub wiki_key: String,
    pub old_wiki_key: Option<String>,
    pub old_wiki_until: Option<i64>,
    /// Whether it has the extension and is told what happens.
    pub delivers: bool,
    pub position: i64,
    pub created_at: i64,
    /// When it last said what it is like.
    pub asked_at: Option<i64>,
}
from_row!(Wiki {
    id,
    name,
    title,
    server,
    api,
    rest,
    article,
    lang,
    dir,
    wiki_id,
    generator,
    issuer,
    oauth_client,
    login,
    wiki_key,
    old_wiki_key,
    old_wiki_until,
    delivers,
    position,
    created_at,
    asked_at,
});

impl Wiki {
    /// Whether people can log in with its accounts now.
    pub fn takes_logins(&self) -> bool {
        self.login && !self.oauth_client.is_empty()
    }

    /// The address of a page.
    pub fn page(&self, title: &str) -> String {
        self.article.replace("$1", &encoded(title))
    }

    /// Whether a message of this wiki carries a signature of its own (`docs/wiki-protocol.md`). The caller looks at
    /// how old it is.
    pub fn has_signed(&self, id: &str, timestamp: i64, body: &[u8], signatures: &str, now: i64) -> bool {
        let old = self.old_wiki_key.as_deref().filter(|_| self.old_wiki_until.is_some_and(|until| until > now));
        let known = [Some(self.wiki_key.as_str()), old];
        known.into_iter().flatten().any(|key| keys::fits(key, id, timestamp, body, signatures))
    }

    /// The version of MediaWiki, as (1, 43).
    pub fn version(&self) -> Option<(u32, u32)> {
        let mut parts = self.generator.strip_prefix("MediaWiki ")?.split(['.', '-']);
        Some((parts.next()?.parse().ok()?, parts.next()?.parse().ok()?))
    }
}

/// A title as it stands in an address: spaces as underscores, and what MediaWiki leaves readable left readable.
fn encoded(title: &str) -> String {
    let mut out = String::with_capacity(title.len());
    for byte in title.replace(' ', "_").bytes() {
        match byte {
            b'A'..=b'Z' | b'a'..=b'z' | b'0'..=b'9' => out.push(byte.into()),
            b'-' | b'_' | b'.' | b'~' | b'!' | b'(' | b')' | b'*' | b',' | b':' | b';' | b'@' | b'/' => {
                out.push(byte.into());
            }
            _ => out.push_str(&format!("%{byte:02X}")),
        }
    }
    out
}

#[cfg(test)]
mod tests {
    #[test]
    fn titles_stand_in_addresses_as_wikis_write_them() {
        assert_eq!(super::encoded("Talk:Green tea/1 (é?)"), "Talk:Green_tea/1_(%C3%A9%3F)");
    }
}
