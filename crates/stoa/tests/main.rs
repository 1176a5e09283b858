//! The whole program, told as stories from a browser's side: one binary, because linking is what takes long.
//!
//! Every story gets a site of its own. Stories in `both_engines!` are told on SQLite and on PostgreSQL; the second needs
//! PostgreSQL's programs (15 or newer) in `/usr/lib/postgresql/*/bin` or in `PATH`, or the address of a server in
//! `STOA_PG`.

#[macro_use]
mod support;

mod accounts;
mod admin;
mod answers;
mod api;
mod bookmarks;
mod bots;
mod bring;
mod continuing;
mod costs;
mod demo;
mod discourse;
mod editing;
mod embeds;
mod feeds;
mod following;
mod harness;
mod hostile_uploads;
mod jsonl;
mod keys;
mod lists;
mod live;
mod mail;
mod matrix;
mod messages;
mod polls;
mod previews;
mod process;
mod push;
mod reading;
mod refusals;
mod rules;
mod store;
mod suggest;
mod telling;
mod uploads;
mod welcome;
mod wiki_linking;
mod wiki_links;
mod wiki_login;
mod wiki_standing;
mod wikis;
mod writing;
