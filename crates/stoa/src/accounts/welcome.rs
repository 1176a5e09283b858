//! `GET` and `POST /welcome`: first steps after signing up. All of it is optional, and can be done at any time.

use askama::Template;
use axum::response::Response;

use crate::access;
use crate::app::App;
use crate::db::Tx;
use crate::follow::{self, Kind, Level, queries};
use crate::may;
use crate::notifications::settings as mail;
use crate::site::Category;
use crate::topics::Topic;
use crate::topics::lists::{self, Tab, Which};
use crate::web::error::{Error, Result};
use crate::web::page::redirect_saying;
use crate::web::paging::Place;
use crate::web::routes::Field;
use crate::web::shell::Head;
use crate::web::{Form, Member, Refusal, Visit, field, page as show};

/// `follow`: the number of a category and a level, such as `7-watching`; as often as there are categories.
pub const FIELDS: &[Field] = &[field("follow", 40), field("digest_days", 5)];
/// Categories offered; a form has at most 100 fields.
const MOST: usize = 60;
/// Topics shown as a beginning.
const TOPICS: i64 = 5;

#[derive(Template)]
#[template(path = "accounts/templates/welcome.html")]
struct Page<'a> {
    v: &'a Visit,
    head: Head,
    name: &'a str,
    /// Each category one sees, and its level until now.
    categories: Vec<(&'a Category, Level)>,
    /// Where to say hello, if the site has a topic for it.
    hello: Option<Topic>,
    latest: Vec<Topic>,
    digest_days: i64,
    has_mail: bool,
}

impl Page<'_> {
    fn digest_is(&self, days: &i64) -> bool {
        self.digest_days == *days
    }
}

pub async fn form(me: Member, app: App) -> Result {
    let found = app.db.read(|tx| {
        let own = queries::own(tx, me.user.id, Kind::Category)?;
        let level = |c: &Category| own.get(&c.id).copied().unwrap_or(Level::Normal);
        let which = Which { tab: Tab::Latest, lang: "", period: "all", since: 0, sees: &me.viewer.sees };
        Ok(Page {
            v: &me,
            head: Head::titled(me.t.welcome_title()).unlisted(),
            name: &me.user.name,
            categories: offered(&me).map(|c| (c, level(c))).collect(),
            hello: hello(tx, &me)?,
            latest: lists::read(tx, &me, false, &which, Place::NEWEST, TOPICS, 0)?,
            digest_days: mail::wishes(tx, me.user.id)?.digest_days,
            has_mail: app.config.smtp.is_some(),
        })
    });
    show(&found.await?)
}

fn offered(v: &Visit) -> impl Iterator<Item = &Category> {
    v.site.categories.iter().filter(|c| v.viewer.may_see(c.id)).take(MOST)
}

/// The topic in which new people say hello, if this one may write there.
fn hello(tx: &Tx, v: &Member) -> Result<Option<Topic>> {
    let Ok(id) = v.site.setting("welcome-topic").parse() else { return Ok(None) };
    match access::topic(tx, v, id) {
        Ok(topic) => Ok(may::reply(v, &topic).is_ok().then_some(topic)),
        Err(Error::NotFound) => Ok(None),
        Err(other) => Err(other),
    }
}

pub async fn submit(me: Member, app: App, f: Form) -> Result<Response> {
    let mut levels = Vec::new();
    for choice in f.all("follow") {
        let read = || {
            let (id, level) = choice.split_once('-')?;
            Some((id.parse::<i64>().ok()?, Level::from_key(level)?))
        };
        let (id, level) = read().ok_or(Error::from(Refusal::NotAForm))?;
        access::category(&me, id)?;
        levels.push((id, level));
    }
    let digest = match f.has("digest_days") {
        true => Some(mail::digest(f.number("digest_days")).ok_or(Error::from(Refusal::NotAForm))?),
        false => None,
    };
    let (user, now) = (me.user.id, me.now);
    app.db
        .write(move |tx| {
            let own = queries::own(tx, user, Kind::Category)?;
            for (id, level) in &levels {
                // What stays as it was is no wish of one's own.
                if own.get(id).copied().unwrap_or(Level::Normal) != *level {
                    follow::set::set(tx, user, Kind::Category, *id, *level, now)?;
                }
            }
            match digest {
                Some(days) => mail::set_digest(tx, user, days, now),
                None => Ok(()),
            }
        })
        .await?;
    Ok(redirect_saying(&me, "/welcome#hello", "preferences-saved"))
}
