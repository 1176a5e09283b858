//! `POST /push`: this browser takes push messages from now on; `POST /push/{id}/remove`: a device takes none any more;
//! `GET /worker.js`: the script that shows them, which has to stand at the top of the site.

use axum::http::header;
use axum::response::{IntoResponse, Response};
use base64::Engine as _;
use base64::prelude::BASE64_URL_SAFE_NO_PAD as BASE64;
use web_push_native::p256::PublicKey;

use super::DEVICES;
use crate::app::App;
use crate::db::{Tx, from_row, params};
use crate::sessions::list::device_words;
use crate::web::error::{Error, Result};
use crate::web::extract::Path;
use crate::web::page::redirect_saying;
use crate::web::routes::Field;
use crate::web::{Form, Member, Refusal, field};

pub const FIELDS: &[Field] = &[field("endpoint", 2000), field("p256dh", 200), field("auth", 60)];
const SETTINGS: &str = "/settings/notifications";

/// A device of somebody's, as the settings show it.
pub struct Device {
    pub id: i64,
    pub label: String,
    pub created_at: i64,
    pub is_here: bool,
}

struct Row {
    id: i64,
    device: String,
    created_at: i64,
    session_id: i64,
}
from_row!(Row { id, device, created_at, session_id });

/// The devices of a member, newest first.
pub fn devices(tx: &Tx, me: &Member) -> Result<Vec<Device>> {
    let rows: Vec<Row> = tx.all(
        "select p.id, s.device, p.created_at, p.session_id from push_subscriptions p
            join sessions s on s.id = p.session_id and s.expires_at > $2
         where p.user_id = $1 order by p.created_at desc, p.id desc",
        params![me.user.id, me.now],
    )?;
    let device = |row: Row| Device {
        id: row.id,
        label: device_words(&me.t, &row.device),
        created_at: row.created_at,
        is_here: row.session_id == me.user.session_id,
    };
    Ok(rows.into_iter().map(device).collect())
}

pub async fn submit(me: Member, app: App, f: Form) -> Result<Response> {
    let (endpoint, p256dh, auth) =
        (f.text("endpoint").to_owned(), f.text("p256dh").to_owned(), f.text("auth").to_owned());
    let is_key = BASE64.decode(&p256dh).is_ok_and(|bytes| PublicKey::from_sec1_bytes(&bytes).is_ok());
    let is_secret = BASE64.decode(&auth).is_ok_and(|bytes| bytes.len() == 16);
    let is_safe = endpoint.starts_with("https://") || !app.config.is_https();
    if !is_key || !is_secret || !is_safe || !app.fetcher.may_ask(&endpoint) {
        return Err(Refusal::NotAForm.into());
    }
    let (user, session, now) = (me.user.id, me.user.session_id, me.now);
    app.db
        .write(move |tx| {
            // A browser has one of these: it goes to whoever is logged in there now.
            tx.exec("delete from push_subscriptions where endpoint = $1", params![&endpoint])?;
            tx.exec("delete from push_subscriptions where session_id = $1", params![session])?;
            if tx.one::<i64>("select count(*) from push_subscriptions where user_id = $1", params![user])? >= DEVICES {
                return Err(Refusal::TooManyOfThem.into());
            }
            tx.exec(
                "insert into push_subscriptions (user_id, session_id, endpoint, p256dh, auth, created_at)
                 values ($1, $2, $3, $4, $5, $6)",
                params![user, session, &endpoint, &p256dh, &auth, now],
            )
        })
        .await?;
    Ok(redirect_saying(&me, SETTINGS, "push-on"))
}

pub async fn remove(me: Member, app: App, Path(id): Path<i64>) -> Result<Response> {
    let user = me.user.id;
    let removed = app
        .db
        .write(move |tx| tx.exec("delete from push_subscriptions where id = $1 and user_id = $2", params![id, user]));
    if removed.await? == 0 {
        return Err(Error::NotFound);
    }
    Ok(redirect_saying(&me, SETTINGS, "push-off"))
}

/// The worker is asked for by one address for ever, so browsers ask each time whether it is another.
pub async fn worker() -> Response {
    let name = stoa_assets::url("worker.js").trim_start_matches("/assets/");
    let Some(asset) = stoa_assets::get(name) else { return Error::NotFound.into_response() };
    let head = [(header::CONTENT_TYPE, asset.mime), (header::CACHE_CONTROL, "no-cache"), (header::ETAG, asset.etag)];
    (head, asset.bytes).into_response()
}
