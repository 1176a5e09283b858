//! `GET` and `POST /settings/notifications`: where one hears of each kind of thing, when mail is sent, and the digest.

use askama::Template;
use axum::response::Response;

use super::kinds::{self, Line, channel};
use crate::accounts::Tab;
use crate::app::App;
use crate::clock::DAY;
use crate::db::{Tx, from_row, params};
use crate::push::subscribe::{self, Device};
use crate::web::error::Result;
use crate::web::page::redirect_saying;
use crate::web::routes::Field;
use crate::web::shell::Head;
use crate::web::{Form, Member, Refusal, Visit, field, page as show};

/// `on`: kind and channel of a ticked box, such as `reply-mail`; as often as there are boxes.
pub const FIELDS: &[Field] = &[field("on", 40), field("mail_when", 5), field("digest_days", 5)];

/// Choices beside the grid.
pub struct Wishes {
    pub mail_when: i64,
    pub digest_days: i64,
    pub address: Option<String>,
    pub stopped_at: Option<i64>,
    pub problem: Option<String>,
}
from_row!(Wishes { mail_when, digest_days, address, stopped_at, problem });

/// One line of the grid: name, and for each channel its field value, its words and whether it is on; nothing where this kind
/// does not go that way.
struct Choice {
    words: String,
    boxes: Vec<Option<(String, String, bool)>>,
}

/// The columns of the grid; that of the wiki only where one is joined.
fn columns(v: &Visit) -> impl Iterator<Item = (i64, &'static str)> + Clone {
    let has_wiki = !v.site.wikis.is_empty();
    channel::ALL.into_iter().filter(move |(bit, _)| *bit != channel::WIKI || has_wiki)
}

#[derive(Template)]
#[template(path = "notifications/templates/settings.html")]
struct Page<'a> {
    v: &'a Visit,
    head: Head,
    tab: Tab,
    choices: Vec<Choice>,
    channels: Vec<String>,
    wishes: Wishes,
    has_mail: bool,
    devices: Vec<Device>,
    push_key: String,
}

impl Page<'_> {
    fn mail_is(&self, when: &i64) -> bool {
        self.wishes.mail_when == *when
    }

    fn digest_is(&self, days: &i64) -> bool {
        self.wishes.digest_days == *days
    }
}

/// When mail is sent, as stored and as messages name it.
const MAIL_WHEN: [(i64, &str); 3] = [(1, "away"), (2, "always"), (0, "never")];
/// How often a digest is sent: days, and the end of its message's key.
pub const DIGEST: [(i64, &str); 3] = [(7, "weekly"), (1, "daily"), (0, "never")];

/// Somebody's channels of a kind.
fn chosen(own: &[(i64, i64)], line: &Line) -> i64 {
    own.iter().find(|(kind, _)| *kind == line.kind as i64).map_or(line.channels, |(_, channels)| *channels)
}

pub fn wishes(tx: &Tx, user: i64) -> Result<Wishes> {
    tx.one(
        "select u.mail_when, u.digest_days, e.address, e.stopped_at, e.problem
         from users u left join emails e on e.user_id = u.id and e.confirmed_at is not null where u.id = $1",
        params![user],
    )
}

pub async fn form(me: Member, app: App) -> Result {
    let user = me.user.id;
    let (own, wishes, devices) = app
        .db
        .read(|tx| {
            let own: Vec<(i64, i64)> =
                tx.all("select kind, channels from deliveries where user_id = $1", params![user])?;
            Ok((own, wishes(tx, user)?, subscribe::devices(tx, &me)?))
        })
        .await?;
    let choices = kinds::ALL.iter().map(|line| {
        let bits = chosen(&own, line);
        let words = me.msg(format!("notice-kind-{}", line.key));
        let boxes = columns(&me).map(|(bit, name)| {
            let label = format!("{}: {}", words, me.msg(format!("channel-{name}")));
            let goes = bit != channel::WIKI || line.kind.goes_to_wikis();
            goes.then(|| (format!("{}-{name}", line.key), label, bits & bit != 0))
        });
        Choice { boxes: boxes.collect(), words }
    });
    let page = Page {
        v: &me,
        head: Head::titled(me.t.settings_notifications()).unlisted(),
        tab: Tab::Notifications,
        choices: choices.collect(),
        channels: columns(&me).map(|(_, name)| me.msg(format!("channel-{name}"))).collect(),
        wishes,
        has_mail: app.config.smtp.is_some(),
        devices,
        push_key: app.push.public(),
    };
    show(&page)
}

pub async fn submit(me: Member, app: App, f: Form) -> Result<Response> {
    let on: Vec<String> = f.all("on").map(str::to_owned).collect();
    let lines: Vec<(i64, i64, bool)> = kinds::ALL
        .iter()
        .map(|line| {
            let ticked = channel::ALL.into_iter().filter(|(_, name)| on.contains(&format!("{}-{name}", line.key)));
            // What the form does not show stays as it is by itself.
            let hidden =
                channel::ALL.into_iter().map(|(bit, _)| bit).filter(|bit| columns(&me).all(|(c, _)| c != *bit));
            let bits = ticked.map(|(bit, _)| bit).sum::<i64>() | hidden.fold(0, |all, bit| all | line.channels & bit);
            (line.kind as i64, bits, bits == line.channels)
        })
        .collect();
    let known = |choices: [(i64, &str); 3], value: Option<i64>| value.filter(|v| choices.iter().any(|(n, _)| n == v));
    let (Some(when), Some(days)) = (known(MAIL_WHEN, f.number("mail_when")), known(DIGEST, f.number("digest_days")))
    else {
        return Err(Refusal::NotAForm.into());
    };
    let (user, now) = (me.user.id, me.now);
    app.db
        .write(move |tx| {
            for (kind, bits, is_default) in &lines {
                if *is_default {
                    tx.exec("delete from deliveries where user_id = $1 and kind = $2", params![user, *kind])?;
                } else {
                    tx.exec(
                        "insert into deliveries (user_id, kind, channels) values ($1, $2, $3)
                         on conflict (user_id, kind) do update set channels = excluded.channels",
                        params![user, *kind, *bits],
                    )?;
                }
            }
            set_digest(tx, user, days, now)?;
            tx.exec("update users set mail_when = $2 where id = $1", params![user, when])
        })
        .await?;
    Ok(redirect_saying(&me, "/settings/notifications", "preferences-saved"))
}

/// Days between digests, if that is a choice there is.
pub fn digest(days: Option<i64>) -> Option<i64> {
    days.filter(|days| DIGEST.iter().any(|(known, _)| known == days))
}

/// Sets how often somebody gets a digest, and when the next one is due.
pub fn set_digest(tx: &Tx, user: i64, days: i64, now: i64) -> Result<()> {
    let due = (days > 0).then(|| now + days * DAY);
    tx.exec(
        "update users set digest_days = $2, digest_due_at = $3 where id = $1
            and (digest_days <> $2 or digest_due_at is null)",
        params![user, days, due],
    )?;
    Ok(())
}
