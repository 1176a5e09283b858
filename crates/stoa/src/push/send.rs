//! Sends what is due: one message for each device and topic. The words are those of the list of notices; of the posts
//! themselves nothing is said.

use std::time::Duration;

use base64::Engine as _;
use base64::prelude::BASE64_URL_SAFE_NO_PAD as BASE64;
use url::Url;
use web_push_native::p256::PublicKey;
use web_push_native::{Auth, WebPushBuilder};

use crate::app::App;
use crate::clock::{DAY, MINUTE};
use crate::db::{Tx, from_row, params};
use crate::notifications::kinds::Kind;
use crate::notifications::page::{self, Kept};
use crate::notifications::{by_topic, reader};
use crate::topics::Topic;
use crate::web::error::Result;
use crate::web::visit::Visit;

/// How often it is looked for what is due when no bell rings.
const EVERY: Duration = Duration::from_secs(5);
/// Notices looked at in one round.
const AT_ONCE: i64 = 200;
/// How long one push service may take.
const PATIENCE: Duration = Duration::from_secs(10);
/// How long the push service keeps a message for a device that is off.
const KEPT: Duration = Duration::from_secs(24 * 60 * 60);
/// What is older is not tried again.
const OLDEST: i64 = DAY;
const AGAIN_AFTER: i64 = 5 * MINUTE;
/// A device that failed so often in a row is forgotten.
const FAILURES: i64 = 20;
/// Characters of a title.
const TITLE: usize = 120;

struct Due {
    id: i64,
    user: i64,
    created_at: i64,
}
from_row!(Due { id, user, created_at });

struct Device {
    id: i64,
    endpoint: String,
    p256dh: String,
    auth: String,
}
from_row!(Device { id, endpoint, p256dh, auth });

/// Sends for ever.
pub async fn run(app: App) {
    let mut bell = app.db.doorbell();
    loop {
        bell.mark_unchanged();
        match round(&app).await {
            Ok(true) => continue,
            Ok(false) => {}
            Err(why) => tracing::error!("sending push messages: {why:?}"),
        }
        tokio::select! {
            _ = bell.changed() => {}
            () = tokio::time::sleep(EVERY) => {}
        }
    }
}

/// Sends what is due. Tells whether there may be more.
pub async fn round(app: &App) -> Result<bool> {
    let now = app.now();
    let due = app.db.read(|tx| {
        tx.all::<Due>(
            "select id, user_id, created_at from notifications where push_due_at <= $1 order by push_due_at, id limit $2",
            params![now, AT_ONCE],
        )
    });
    let due = due.await?;
    let full = due.len() as i64 == AT_ONCE;
    let mut users: Vec<i64> = due.iter().map(|d| d.user).collect();
    users.sort_unstable();
    users.dedup();
    for user in users {
        let own: Vec<&Due> = due.iter().filter(|d| d.user == user).collect();
        let ids: Vec<i64> = own.iter().map(|d| d.id).collect();
        let (made_by, of_now) = (app.clone(), ids.clone());
        let (messages, devices) = app.db.write(move |tx| take(tx, &made_by, user, &of_now, now)).await?;
        if messages.is_empty() || devices.is_empty() {
            continue;
        }
        let newest = own.iter().map(|d| d.created_at).max().unwrap_or(0);
        let mut reached = false;
        for device in &devices {
            reached |= send_to(app, device, &messages, now).await?;
        }
        if !reached && newest > now - OLDEST {
            let again = now + AGAIN_AFTER;
            app.db
                .write(move |tx| {
                    tx.exec(
                        "update notifications set push_due_at = $2 where id in ids($1) and read_at is null",
                        params![&ids, again],
                    )
                })
                .await?;
        }
    }
    Ok(full)
}

/// What is told to one person, and where. Takes the notices first, so that another node does not send them as well.
fn take(tx: &Tx, app: &App, user: i64, ids: &[i64], now: i64) -> Result<(Vec<String>, Vec<Device>)> {
    let taken: Vec<i64> = tx.all(
        "update notifications set push_due_at = null where id in ids($1) and push_due_at <= $2 and read_at is null
         returning id",
        params![ids, now],
    )?;
    tx.exec(
        "update notifications set push_due_at = null where id in ids($1) and push_due_at <= $2",
        params![ids, now],
    )?;
    // Who has logged out there hears nothing there.
    tx.exec(
        "delete from push_subscriptions where user_id = $1 and not exists
            (select 1 from sessions s where s.id = push_subscriptions.session_id and s.user_id = $1 and s.expires_at > $2)",
        params![user, now],
    )?;
    let devices: Vec<Device> = tx.all(
        "select id, endpoint, p256dh, auth from push_subscriptions where user_id = $1 order by id",
        params![user],
    )?;
    let Some(v) = reader(tx, app, user, now)? else { return Ok((Vec::new(), devices)) };
    let told = by_topic(tx, &v, &taken)?;
    Ok((told.iter().map(|(topic, own)| message(&v, topic, own)).collect(), devices))
}

/// What the worker in the browser shows.
fn message(v: &Visit, topic: &Topic, notices: &[Kept]) -> String {
    let line = |n: &Kept| Some(page::text(v, Kind::from_number(n.kind)?, &n.actor, n.count));
    let lines: Vec<String> = notices.iter().filter_map(line).collect();
    let first = notices.iter().map(|n| n.number).min().unwrap_or(1).max(1);
    serde_json::json!({
        "title": stoa_markup::excerpt(&topic.title, TITLE),
        "body": lines.join("\n"),
        "url": topic.url_of(first),
        "tag": format!("t{}", topic.id),
        "lang": v.t.code(),
        "dir": v.t.dir(),
        "icon": v.asset("apple-touch-icon.png"),
    })
    .to_string()
}

/// Sends everything to one device; whether it was reached. One that is gone is forgotten.
async fn send_to(app: &App, device: &Device, messages: &[String], now: i64) -> Result<bool> {
    let mut reached = true;
    for message in messages {
        let status = post(app, device, message, now).await;
        let id = device.id;
        match status {
            Some(200..=299) => {}
            // The browser has unsubscribed (RFC 8030, section 7.3).
            Some(404 | 410) => {
                app.db.write(move |tx| tx.exec("delete from push_subscriptions where id = $1", params![id])).await?;
                return Ok(true);
            }
            other => {
                tracing::info!("a push service answered {other:?}");
                reached = false;
            }
        }
    }
    let (id, failed) = (device.id, i64::from(!reached));
    app.db
        .write(move |tx| {
            tx.exec(
                "update push_subscriptions set failures = (failures + 1) * $2 where id = $1 and failures + $2 > 0",
                params![id, failed],
            )?;
            tx.exec("delete from push_subscriptions where id = $1 and failures >= $2", params![id, FAILURES])
        })
        .await?;
    Ok(reached)
}

/// Sends one message; the push service's answer, if there was one.
async fn post(app: &App, device: &Device, message: &str, now: i64) -> Option<u16> {
    let origin = Url::parse(&device.endpoint).ok()?.origin().ascii_serialization();
    let key = PublicKey::from_sec1_bytes(&BASE64.decode(&device.p256dh).ok()?).ok()?;
    let auth: [u8; 16] = BASE64.decode(&device.auth).ok()?.try_into().ok()?;
    let request = WebPushBuilder::new(device.endpoint.parse().ok()?, key, Auth::from(auth)).with_valid_duration(KEPT);
    let (head, body) = request.build(message).ok()?.into_parts();
    let mut headers: Vec<(String, String)> = head
        .headers
        .iter()
        .filter(|(name, _)| name.as_str() != "content-length")
        .filter_map(|(name, value)| Some((name.to_string(), value.to_str().ok()?.to_owned())))
        .collect();
    headers.push(("authorization".into(), app.push.authorization(&origin, &app.config.base(), now)));
    headers.push(("urgency".into(), "normal".into()));
    app.fetcher.post(&device.endpoint, headers, body, PATIENCE).await.ok().map(|answer| answer.status)
}
