//! Digests: what one missed, daily or weekly, for those who were not here since the last one.

use std::time::Duration;

use askama::Template;

use super::unsubscribe::{Stops, token};
use crate::app::App;
use crate::clock::DAY;
use crate::db::{Tx, from_row, params};
use crate::follow::wishes::Wishes;
use crate::mail::{self, NewMail};
use crate::topics::Topic;
use crate::topics::lists::listed;
use crate::topics::queries::columns;
use crate::web::error::Result;
use crate::web::visit::Visit;

const EVERY: Duration = Duration::from_secs(300);
const AT_ONCE: i64 = 50;
const TOPICS: i64 = 12;

struct Due {
    user: i64,
    days: i64,
    seen_at: Option<i64>,
}
from_row!(Due { user, days, seen_at });

#[derive(Template)]
#[template(path = "notifications/templates/digest.html")]
struct Html<'a> {
    v: &'a Visit,
    title: &'a str,
    topics: &'a [(Topic, String)],
    stop: &'a str,
}

/// Sends for ever.
pub async fn run(app: App) {
    loop {
        match round(&app).await {
            Ok(true) => continue,
            Ok(false) => {}
            Err(why) => tracing::error!("writing digests: {why:?}"),
        }
        tokio::time::sleep(EVERY).await;
    }
}

const DUE: &str = "select u.id, u.digest_days, (select max(s.seen_at) from sessions s where s.user_id = u.id)
    from users u where u.digest_due_at <= $1 and u.deleted_at is null order by u.digest_due_at limit $2";

/// Writes the digests that are due. Tells whether there may be more.
pub async fn round(app: &App) -> Result<bool> {
    let now = app.now();
    let due: Vec<Due> = app.db.read(|tx| tx.all(DUE, params![now, AT_ONCE])).await?;
    let full = due.len() as i64 == AT_ONCE;
    for due in due {
        let mailer = app.clone();
        app.db.write(move |tx| of_user(tx, &mailer, &due, now)).await?;
    }
    Ok(full)
}

fn of_user(tx: &Tx, app: &App, due: &Due, now: i64) -> Result<()> {
    let next = (due.days > 0).then(|| now + due.days * DAY);
    let taken = tx.exec(
        "update users set digest_due_at = $2 where id = $1 and digest_due_at <= $3",
        params![due.user, next, now],
    )?;
    let since = now - due.days * DAY;
    let was_here = due.seen_at.is_some_and(|seen| seen > since);
    if taken == 0 || due.days <= 0 || was_here || app.config.smtp.is_none() {
        return Ok(());
    }
    let Some(address) = super::address(tx, due.user)? else { return Ok(()) };
    let Some(v) = super::reader(tx, app, due.user, now)? else { return Ok(()) };
    let topics = best(tx, &v, since)?;
    if topics.is_empty() {
        return Ok(());
    }
    let mail = mail(app, &v, &topics)?;
    mail::queue_for(tx, due.user, &address, mail, now)
}

const BEST: &str = concat!(
    "select ",
    columns!(),
    " from topics t where ",
    listed!(),
    " and t.bumped_at > $3 and t.author_id <> $4
        and not exists (select 1 from mutes m where m.user_id = $4 and m.muted_id = t.author_id)
        and not exists (select 1 from reads r where r.user_id = $4 and r.topic_id = t.id
            and (r.level = 0 or r.last_number >= t.highest_number))
    order by t.like_count * 3 + t.post_count desc, t.id desc limit $5"
);

/// Topics that were alive since a time, the liveliest first, without what the reader muted or has read.
fn best(tx: &Tx, v: &Visit, since: i64) -> Result<Vec<Topic>> {
    let wishes = Wishes::of(tx, v)?;
    tx.all(BEST, params![&wishes.sees(v), 0_i64, since, v.viewer.id(), TOPICS])
}

fn mail(app: &App, v: &Visit, topics: &[Topic]) -> Result<NewMail> {
    let t = &v.t;
    let stop = v.absolute(&format!("/unsubscribe/{}", token(app, v.viewer.id().unwrap_or(0), Stops::Digest)));
    let title = t.digest_title(stoa_i18n::Plain(v.site.name()));
    let mut text = format!("{title}\n");
    for topic in topics {
        let replies = t.topic_reply_count(topic.reply_count());
        text.push_str(&format!(
            "\n* {}\n  {replies}\n  {}\n  {}\n",
            topic.title,
            topic.excerpt,
            v.absolute(&topic.url())
        ));
    }
    text.push_str(&format!("\n-- \n{}\n{stop}\n", t.mail_stop()));
    let shown: Vec<(Topic, String)> = topics.iter().map(|topic| (topic.clone(), v.absolute(&topic.url()))).collect();
    let html = Html { v, title: &title, topics: &shown, stop: &stop }.render()?;
    let headers = vec![
        ("List-Unsubscribe".to_owned(), format!("<{stop}>")),
        ("List-Unsubscribe-Post".to_owned(), "List-Unsubscribe=One-Click".to_owned()),
        ("Auto-Submitted".to_owned(), "auto-generated".to_owned()),
    ];
    Ok(NewMail { subject: title, text, html, headers })
}
