//! The bot: for wikis without the extension, an account there with which the site keeps a few pages current, tells of chosen
//! discussions on talk pages, and writes to people who asked for it. It works slowly, says who it is, and stops when
//! somebody writes something on its stop page.

pub mod choose;
pub mod client;
mod mirror;
mod pages;
mod run;
mod talk;

pub use run::{round, run};

use crate::db::{Tx, from_row, params};
use crate::web::error::Result;

/// Seconds between two edits of one page: as usual, at least and at most.
pub const PAUSE: i64 = 300;
pub const PAUSE_LEAST: i64 = 5;
pub const PAUSE_MOST: i64 = 86_400;
/// Where it writes until somebody says otherwise.
pub const BASE: &str = "Project:Stoa";

/// A bot. It has no `Debug`, so that its secret cannot get into a log.
#[derive(Clone)]
pub struct Bot {
    pub wiki_id: i64,
    pub is_on: bool,
    /// `Name@purpose` of a bot password; empty when the secret is a token.
    pub account: String,
    pub secret: String,
    /// Such as `Project:Stoa`.
    pub base: String,
    pub pause_seconds: i64,
    pub stopped_at: Option<i64>,
    pub stopped_why: String,
    pub worked_at: Option<i64>,
    data_hash: String,
    data_at: Option<i64>,
    list_hash: String,
    list_at: Option<i64>,
}
from_row!(Bot {
    wiki_id,
    is_on,
    account,
    secret,
    base,
    pause_seconds,
    stopped_at,
    stopped_why,
    worked_at,
    data_hash,
    data_at,
    list_hash,
    list_at,
});

macro_rules! columns {
    () => {
        "wiki_id, is_on, account, secret, base, pause_seconds, stopped_at, stopped_why, worked_at, data_hash, data_at,
        list_hash, list_at"
    };
}

/// A wiki's bot, if it has one.
pub fn of(tx: &Tx, wiki: i64) -> Result<Option<Bot>> {
    tx.first(concat!("select ", columns!(), " from wiki_bots where wiki_id = $1"), params![wiki])
}

/// Bots that are on and due.
fn due(tx: &Tx, now: i64) -> Result<Vec<Bot>> {
    tx.all(
        concat!(
            "select ",
            columns!(),
            " from wiki_bots where is_on = 1 and (next_at is null or next_at <= $1) order by wiki_id"
        ),
        params![now],
    )
}

/// Ids of wikis on which a bot writes.
pub fn on(tx: &Tx) -> Result<Vec<i64>> {
    tx.all("select wiki_id from wiki_bots where is_on = 1 order by wiki_id", &[])
}

impl Bot {
    /// The page on which whoever wants it to stop writes something.
    pub fn stop_page(&self) -> String {
        format!("{}/stop", self.base)
    }

    /// Where discussions are told of, unless somebody names another page.
    pub fn talk_page(&self) -> String {
        match self.base.split_once(':') {
            Some((space, rest)) => format!("{space} talk:{rest}"),
            None => format!("Talk:{}", self.base),
        }
    }

    fn data_page(&self) -> String {
        format!("{}/data.json", self.base)
    }

    fn list_page(&self) -> String {
        format!("{}/list", self.base)
    }

    /// The name of the account, without the purpose of its password.
    pub fn name(&self) -> &str {
        self.account.split('@').next().unwrap_or("")
    }
}
