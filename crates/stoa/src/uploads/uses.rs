//! Which posts show which files.

use std::collections::HashMap;

use stoa_markup::Upload;

use crate::db::{Tx, params};
use crate::web::error::Result;

/// The hash in the address of a stored file.
fn hash_of(href: &str) -> Option<&str> {
    href.strip_prefix("/uploads/").and_then(|file| file.split(['.', '-']).next()).filter(|hash| hash.len() == 64)
}

/// Remembers what a post shows. What it showed before stays: its history still does.
pub fn remember(tx: &Tx, post: i64, used: &[Upload]) -> Result<()> {
    for upload in used {
        let Some(hash) = hash_of(&upload.href) else { continue };
        let name: String = upload.name.chars().take(255).collect();
        tx.exec(
            "insert into post_uploads (post_id, upload_id, name) select $1, id, $3 from uploads where sha256 = $2
             on conflict (post_id, upload_id) do nothing",
            params![post, hash, &name],
        )?;
    }
    Ok(())
}

/// The same for many posts at once.
pub fn remember_all<'p>(tx: &Tx, posts: impl Iterator<Item = (i64, &'p [Upload])>) -> Result<()> {
    let mut ids: HashMap<&str, Option<i64>> = HashMap::new();
    for (post, used) in posts {
        for upload in used {
            let Some(hash) = hash_of(&upload.href) else { continue };
            let id = match ids.get(hash) {
                Some(id) => *id,
                None => {
                    let id = tx.first("select id from uploads where sha256 = $1", params![hash])?;
                    ids.insert(hash, id);
                    id
                }
            };
            if let Some(id) = id {
                let name: String = upload.name.chars().take(255).collect();
                tx.exec(
                    "insert into post_uploads (post_id, upload_id, name) values ($1, $2, $3) on conflict do nothing",
                    params![post, id, &name],
                )?;
            }
        }
    }
    Ok(())
}

/// Opens files to everybody: a page of the site shows them.
pub fn open(tx: &Tx, used: &[Upload]) -> Result<()> {
    for hash in used.iter().filter_map(|upload| hash_of(&upload.href)) {
        tx.exec("update uploads set open = 1 where sha256 = $1", params![hash])?;
    }
    Ok(())
}
