//! Stoa: the community home. `main.rs` is the program, this library is everything it can do, so that tests can run
//! the whole of it in their own process.

pub mod access;
pub mod accounts;
pub mod admin;
pub mod app;
pub mod bookmarks;
pub mod categories;
pub mod check;
pub mod cli;
pub mod clock;
pub mod config;
pub mod db;
pub mod demo;
pub mod feeds;
pub mod home;
pub mod import;
pub mod live;
pub mod mail;
pub mod may;
pub mod memory;
pub mod pages;
pub mod passwords;
pub mod posts;
pub mod redirects;
pub mod routes;
pub mod search;
pub mod sessions;
pub mod site;
pub mod suggest;
pub mod tags;
pub mod throttle;
pub mod topics;
pub mod uploads;
pub mod users;
pub mod web;
