//! `POST /admin/wikis/{name}/bot`: the account with which the site writes on a wiki, and whether it does.

use axum::response::Response;

use super::show::{self, BotForm, Shown};
use super::{named, url};
use crate::admin::line;
use crate::app::App;
use crate::binding::title::tidy;
use crate::db::{Kind, params};
use crate::web::error::Result;
use crate::web::extract::Path;
use crate::web::page::redirect_saying;
use crate::web::routes::Field;
use crate::web::{FieldErrors, Form, Member, field};
use crate::wikis::bot::{self, BASE, PAUSE, PAUSE_LEAST, PAUSE_MOST};

pub const FIELDS: &[Field] = &[
    field("bot", 5),
    field("bot_account", 500),
    field("bot_secret", 5000),
    field("bot_base", 300),
    field("bot_pause", 10),
];

pub async fn submit(me: Member, app: App, Path(name): Path<String>, f: Form) -> Result<Response> {
    let wiki = named(&me, &name)?;
    let id = wiki.id;
    let kept = app.db.read(|tx| bot::of(tx, id)).await?;
    let account = line(f.raw("bot_account"));
    // An empty field keeps the secret that is there, for the account that it is of.
    let typed = f.raw("bot_secret").trim().to_owned();
    let old = kept.filter(|b| b.account == account).map(|b| b.secret).unwrap_or_default();
    let secret = if typed.is_empty() { old } else { typed };
    let base = Some(tidy(f.raw("bot_base"))).filter(|base| !base.is_empty()).unwrap_or_else(|| BASE.to_owned());
    let pause = f.number("bot_pause").unwrap_or(PAUSE);
    let is_on = f.text("bot") == "1";
    let mut errors = FieldErrors::default();
    if is_on && secret.is_empty() {
        errors.add("bot_secret", me.t.bot_secret_missing());
    }
    if account.chars().count() > 255 {
        errors.add("bot_account", me.t.setting_too_long(255, account.chars().count()));
    }
    if secret.chars().count() > 4000 {
        errors.add("bot_secret", me.t.setting_too_long(4000, secret.chars().count()));
    }
    if base.chars().count() > 200 || base.contains(['|', '[', ']', '{', '}', '<', '>']) {
        errors.add("bot_base", me.t.bot_base_wrong());
    }
    if !(PAUSE_LEAST..=PAUSE_MOST).contains(&pause) {
        errors.add("bot_pause", me.t.bot_pause_wrong(PAUSE_LEAST, PAUSE_MOST));
    }
    if !errors.is_empty() {
        let form = BotForm { is_on, account, base, pause: f.text("bot_pause").to_owned(), ..BotForm::default() };
        let shown = Shown { errors, bot: Some(form), ..Shown::default() };
        return show::show(&me, &app, &wiki, shown).await;
    }
    app.db
        .write(move |tx| {
            tx.exec(
                "insert into wiki_bots (wiki_id, is_on, account, secret, base, pause_seconds)
                 values ($1, $2, $3, $4, $5, $6)
                 on conflict (wiki_id) do update set is_on = excluded.is_on, account = excluded.account,
                    secret = excluded.secret, base = excluded.base, pause_seconds = excluded.pause_seconds,
                    stopped_at = null, stopped_why = '', next_at = null",
                params![id, is_on, &account, &secret, &base, pause],
            )?;
            tx.changed(Kind::SettingsEdited, 0);
            Ok(())
        })
        .await?;
    Ok(redirect_saying(&me, &url(&wiki.name), "wiki-saved"))
}
