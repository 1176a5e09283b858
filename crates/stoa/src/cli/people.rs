//! `stoa setup` and `stoa user`: the first administrator, and accounts, without a browser.

use std::io::Read;

use anyhow::{Context, bail};
use clap::{Args, Subcommand, ValueEnum};

use super::Site;
use crate::accounts::{self, NewAccount, emails, roles, setup};
use crate::app::App;
use crate::clock::Clock;
use crate::passwords::{LONGEST, SHORTEST};
use crate::sessions;
use crate::users::names::{self, Problem};
use crate::web::Error;

#[derive(Args)]
pub struct Setup {
    #[command(flatten)]
    site: Site,
    /// The name of the site
    #[arg(long, value_name = "TEXT")]
    site_name: String,
    /// The name of its first administrator
    #[arg(long, value_name = "NAME")]
    admin: String,
    /// The administrator's mail address
    #[arg(long, value_name = "ADDR")]
    email: String,
    /// The language of the site and of its first categories
    #[arg(long, value_name = "CODE", default_value = "en")]
    language: String,
    /// Read the password from standard input, one line
    #[arg(long, required = true)]
    password_stdin: bool,
}

#[derive(Args)]
pub struct User {
    #[command(subcommand)]
    act: Act,
}

#[derive(Subcommand)]
enum Act {
    /// Make an account
    Create {
        #[command(flatten)]
        site: Site,
        name: String,
        /// Their mail address
        #[arg(long, value_name = "ADDR")]
        email: Option<String>,
        /// Read the password from standard input, one line
        #[arg(long, required = true)]
        password_stdin: bool,
    },
    /// Set a password; all sessions of the account end
    Password {
        #[command(flatten)]
        site: Site,
        name: String,
        /// Read the password from standard input, one line
        #[arg(long, required = true)]
        password_stdin: bool,
    },
    /// Give a role
    Grant {
        #[command(flatten)]
        site: Site,
        name: String,
        role: Role,
    },
    /// Take a role away
    Revoke {
        #[command(flatten)]
        site: Site,
        name: String,
        role: Role,
    },
}

#[derive(Clone, Copy, ValueEnum)]
enum Role {
    Administrator,
    Moderator,
}

impl Role {
    fn name(self) -> &'static str {
        match self {
            Role::Administrator => "administrator",
            Role::Moderator => "moderator",
        }
    }

    fn group(self) -> i64 {
        match self {
            Role::Administrator => crate::site::ADMINISTRATORS,
            Role::Moderator => crate::site::MODERATORS,
        }
    }
}

impl Setup {
    pub async fn run(self) -> anyhow::Result<()> {
        let password = password_from_stdin()?;
        let (admin, email) = (checked_name(&self.admin)?, checked_address(&self.email)?);
        let name = self.site_name.trim().to_owned();
        if name.is_empty() || name.chars().count() > 100 {
            bail!("the site's name has 1 to 100 characters");
        }
        let app = open(&self.site).await?;
        if !app.words.has(&self.language) {
            let known: Vec<String> = app.words.languages().into_iter().map(|l| l.code).collect();
            bail!("there are no words in the language {}; there are: {}", self.language, known.join(", "));
        }
        let new = setup::NewSite {
            name,
            lang: self.language.clone(),
            admin: NewAccount {
                name: admin.clone(),
                password_hash: Some(app.passwords.hash(&password).await.map_err(Error::into_anyhow)?),
                email: Some(email),
                lang: self.language,
                at: app.now(),
            },
        };
        setup::make(&app, new).await.map_err(|why| match why {
            Error::Refused(crate::web::Refusal::AlreadySetUp) => anyhow::anyhow!("this site is set up already"),
            why => why.into_anyhow(),
        })?;
        println!("the site is set up; {admin} administers it");
        Ok(())
    }
}

impl User {
    pub async fn run(self) -> anyhow::Result<()> {
        match self.act {
            Act::Create { site, name, email, .. } => create(&site, &name, email.as_deref()).await,
            Act::Password { site, name, .. } => password(&site, &name).await,
            Act::Grant { site, name, role } => change_role(&site, &name, role, true).await,
            Act::Revoke { site, name, role } => change_role(&site, &name, role, false).await,
        }
    }
}

async fn create(site: &Site, name: &str, email: Option<&str>) -> anyhow::Result<()> {
    let password = password_from_stdin()?;
    let name = checked_name(name)?;
    let email = email.map(checked_address).transpose()?;
    let app = open(site).await?;
    let hash = app.passwords.hash(&password).await.map_err(Error::into_anyhow)?;
    let said = name.clone();
    let done = app.db.write({
        let at = app.now();
        move |tx| {
            let site = crate::site::SiteCache::default().now(tx)?;
            let new = NewAccount {
                name: name.clone(),
                password_hash: Some(hash.clone()),
                email: email.clone(),
                lang: site.setting("language").to_owned(),
                at,
            };
            accounts::create(tx, &new)
        }
    });
    let id = done.await.map_err(Error::into_anyhow)?;
    println!("made account {id}: {said}");
    Ok(())
}

async fn password(site: &Site, name: &str) -> anyhow::Result<()> {
    let password = password_from_stdin()?;
    let app = open(site).await?;
    let user = found(&app, name).await?;
    let (hash, now) = (app.passwords.hash(&password).await.map_err(Error::into_anyhow)?, app.now());
    let done = app.db.write(move |tx| {
        accounts::set_password(tx, user, &hash, now)?;
        sessions::end_all(tx, user, None)
    });
    let ended = done.await.map_err(Error::into_anyhow)?;
    println!("the password is set; sessions ended: {ended}");
    Ok(())
}

async fn change_role(site: &Site, name: &str, role: Role, give: bool) -> anyhow::Result<()> {
    let app = open(site).await?;
    let user = found(&app, name).await?;
    let (group, now) = (role.group(), app.now());
    let done =
        app.db.write(move |tx| if give { roles::grant(tx, user, group, now) } else { roles::revoke(tx, user, group) });
    let changed = done.await.map_err(Error::into_anyhow)?;
    let role = role.name();
    match (give, changed) {
        (true, true) => println!("{name} is {role} now"),
        (true, false) => println!("{name} is {role} already"),
        (false, true) => println!("{name} is no longer {role}"),
        (false, false) => println!("{name} is not {role}"),
    }
    Ok(())
}

async fn open(site: &Site) -> anyhow::Result<App> {
    App::open(site.config(None)?, Clock::System).await
}

async fn found(app: &App, name: &str) -> anyhow::Result<i64> {
    let folded = names::folded(name);
    let found = app.db.read(|tx| {
        tx.first::<i64>("select id from users where folded = $1 and deleted_at is null", crate::db::params![&folded])
    });
    found.await.map_err(Error::into_anyhow)?.with_context(|| format!("there is no account called {name}"))
}

fn checked_name(name: &str) -> anyhow::Result<String> {
    let name = names::tidy(name);
    match names::check(&name) {
        Ok(()) => Ok(name),
        Err(Problem::Empty) => bail!("the name is empty"),
        Err(Problem::TooLong) => bail!("names have at most {} characters", names::LONGEST),
        Err(Problem::Character(c)) => bail!("names cannot contain {}", c.escape_debug()),
        Err(Problem::NoLetter) => bail!("a name needs at least one letter or digit"),
        Err(Problem::MixedScripts) => bail!("the name {name} mixes alphabets that look alike"),
        Err(Problem::Reserved) => bail!("the name {name} could be mistaken for the site itself"),
    }
}

fn checked_address(address: &str) -> anyhow::Result<String> {
    let address = address.trim();
    if !emails::is_valid(address) {
        bail!("{address:?} is not a mail address");
    }
    Ok(address.to_owned())
}

/// The first line of standard input, without its end.
fn password_from_stdin() -> anyhow::Result<String> {
    let mut text = String::new();
    std::io::stdin().take(10_000).read_to_string(&mut text).context("reading the password from standard input")?;
    let password = text.lines().next().unwrap_or("").to_owned();
    let length = password.chars().count();
    if !(SHORTEST..=LONGEST).contains(&length) {
        bail!("a password has {SHORTEST} to {LONGEST} characters; standard input had {length}");
    }
    Ok(password)
}
