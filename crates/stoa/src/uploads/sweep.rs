//! Files that nothing shows go a week after they were sent, rows first, then bytes.

use crate::app::App;
use crate::clock::DAY;
use crate::db::{Tx, params};
use crate::web::error::{Error, Result};

/// How long a file waits to be shown.
pub const WAITS: i64 = 7 * DAY;
/// Files of one round.
const MOST: i64 = 200;

/// Nothing shows it: no post, no card of a link, no profile, no page, and no draft that waits to be sent.
const UNUSED: &str = "select f.id, f.sha256, f.extension from uploads f
    where f.open = 0 and f.created_at < $1
        and not exists (select 1 from upload_senders s where s.upload_id = f.id and s.sent_at >= $1)
        and not exists (select 1 from post_uploads pu where pu.upload_id = f.id)
        and not exists (select 1 from link_previews lp where lp.upload_id = f.id)
        and not exists (select 1 from wiki_previews wp where wp.upload_id = f.id)
        and not exists (select 1 from users u where u.avatar_upload_id = f.id)
        and not exists (select 1 from drafts d where d.raw like '%' || f.sha256 || '%')
    order by f.id limit $2";

/// One round: how many files went. Nobody's file is taken in meanwhile, so that none loses its bytes to the round.
pub async fn once(app: &App) -> Result<usize> {
    let _alone = app.taking_in.write().await;
    let before = app.now() - WAITS;
    let names: Vec<String> = app.db.write(move |tx| rows(tx, before)).await?;
    let count = names.len();
    let store = app.clone();
    let done = tokio::task::spawn_blocking(move || {
        for name in names {
            // What cannot be removed now takes up room and is shown to nobody.
            if let Err(e) = store.store.remove(&name) {
                tracing::warn!("removing the upload {name}: {e:?}");
            }
        }
    });
    done.await.map_err(|e| Error::Fault(e.into()))?;
    Ok(count)
}

fn rows(tx: &Tx, before: i64) -> Result<Vec<String>> {
    let unused: Vec<(i64, String, String)> = tx.all(UNUSED, params![before, MOST])?;
    let mut names = Vec::new();
    for (id, sha256, extension) in unused {
        let variants: Vec<(i64, String)> =
            tx.all("select width, extension from upload_variants where upload_id = $1", params![id])?;
        names.extend(variants.iter().map(|(width, extension)| super::variant_name(&sha256, *width, extension)));
        names.push(format!("{sha256}.{extension}"));
        tx.exec("delete from upload_variants where upload_id = $1", params![id])?;
        tx.exec("delete from upload_senders where upload_id = $1", params![id])?;
        tx.exec("delete from uploads where id = $1", params![id])?;
    }
    Ok(names)
}
