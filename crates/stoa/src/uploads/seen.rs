//! Who may see a file: whoever may see something that shows it, and whoever sent it.

use stoa_markup::{Source, Upload};

use super::Stored;
use crate::db::{Tx, from_row, params};
use crate::site::{EVERYONE, Site};
use crate::web::error::Result;
use crate::web::visit::Viewer;

/// A file that a viewer may see, by the name it has for them.
pub struct Found {
    pub stored: Stored,
    /// Everybody may see it, so that shared caches may keep it.
    pub is_open: bool,
}

struct Row {
    id: i64,
    sha256: String,
    extension: String,
    bytes: i64,
    width: Option<i64>,
    height: Option<i64>,
    /// Its name where everybody sees it, for whoever sent it, where this viewer sees it.
    open_name: Option<String>,
    own_name: Option<String>,
    seen_name: Option<String>,
    is_open: i64,
    name: String,
}
from_row!(Row { id, sha256, extension, bytes, width, height, open_name, own_name, seen_name, is_open, name });

/// Posts that show the file `f`.
macro_rules! shown {
    () => {
        "from post_uploads pu join posts p on p.id = pu.post_id join topics t on t.id = p.topic_id
         where pu.upload_id = f.id and "
    };
}

/// $1 the hash, $2 the viewer (0: nobody), $3 whether they are staff, $4 the categories they see, $5 those everybody sees, $6 their
/// groups.
/// Each part stops at the first row that says yes. The rules for posts are those of `access::sees_topic` and
/// `access::sees_post`.
const FIND: &str = concat!(
    "select f.id, f.sha256, f.extension, f.bytes, f.width, f.height,
        (select pu.name ",
    shown!(),
    "t.category_id in ids($5) and t.deleted_at is null and t.hidden_at is null and p.deleted_at is null
            and p.hidden_at is null order by pu.post_id limit 1),
        (select s.name from upload_senders s where s.upload_id = f.id and s.user_id = $2),
        (select pu.name ",
    shown!(),
    "(t.category_id in ids($4) or t.kind = 2 and exists (select 1 from topic_people tp where tp.topic_id = t.id
                and (tp.kind in (1, 3) and tp.subject = $2 or tp.kind = 2 and tp.subject in ids($6))))
            and (t.deleted_at is null or $3 = 1)
            and (t.hidden_at is null or $3 = 1 or t.author_id = $2) and (p.deleted_at is null or $3 = 1)
            and (p.hidden_at is null or $3 = 1 or p.author_id = $2) order by pu.post_id limit 1),
        case when f.open = 1 or exists (select 1 from users u where u.avatar_upload_id = f.id and u.deleted_at is null)
            then cast(1 as bigint) else cast(0 as bigint) end,
        f.name
     from uploads f where f.sha256 = $1"
);

/// A file by its hash, if this viewer may see it: one statement.
pub fn find(tx: &Tx, site: &Site, viewer: &Viewer, sha256: &str) -> Result<Option<Found>> {
    let everybody = site.seen_by(&[EVERYONE]);
    let (me, staff) = (viewer.id().unwrap_or(0), i64::from(viewer.is_staff()));
    let row: Option<Row> = tx.first(FIND, params![sha256, me, staff, &viewer.sees, &everybody, &viewer.groups])?;
    Ok(row.and_then(Row::found))
}

impl Row {
    fn found(self) -> Option<Found> {
        let is_open = self.is_open == 1 || self.open_name.is_some();
        let shown_to_all = (self.is_open == 1).then_some(self.name);
        let name = self.open_name.or(self.own_name).or(self.seen_name).or(shown_to_all)?;
        let stored = Stored {
            id: self.id,
            sha256: self.sha256,
            extension: self.extension,
            name,
            bytes: self.bytes,
            width: self.width,
            height: self.height,
        };
        Some(Found { stored, is_open })
    }
}

/// The file behind an address in a text, if this viewer may see it: `/uploads/…` of ours, or Discourse's `upload://` and
/// its base-62 SHA-1.
pub fn by_address(tx: &Tx, site: &Site, viewer: &Viewer, address: &str) -> Result<Option<Upload>> {
    let hashes: Vec<String> = if let Some(short) = address.strip_prefix("upload://") {
        match super::sha1_of_short(short.split('.').next().unwrap_or("")) {
            Some(sha1) => tx.all("select sha256 from uploads where sha1 = $1 order by id limit 10", params![&sha1])?,
            None => Vec::new(),
        }
    } else if let Some(file) = address.strip_prefix("/uploads/") {
        // A smaller copy stands for the picture itself.
        vec![file.split(['.', '-']).next().unwrap_or("").to_owned()]
    } else {
        Vec::new()
    };
    for hash in hashes {
        if let Some(found) = find(tx, site, viewer, &hash)? {
            let stored = found.stored;
            let sources = match stored.width {
                Some(_) => sources(tx, stored.id, &stored.sha256)?,
                None => Vec::new(),
            };
            return Ok(Some(Upload { sources, ..stored.as_upload() }));
        }
    }
    Ok(None)
}

/// What browsers may choose from in place of a picture, the smallest format first.
pub(super) fn sources(tx: &Tx, upload: i64, sha256: &str) -> Result<Vec<Source>> {
    let mut sources = Vec::new();
    let sql = "select width, extension from upload_variants where upload_id = $1 order by width";
    let rows: Vec<(i64, String)> = tx.all(sql, params![upload])?;
    for (extension, kind) in [("avif", "image/avif"), ("webp", "image/webp")] {
        let of_kind = rows.iter().filter(|(_, e)| e == extension);
        let files: Vec<(String, u32)> = of_kind
            .filter_map(|(width, _)| {
                let name = super::variant_name(sha256, *width, extension);
                Some((format!("/uploads/{name}"), u32::try_from(*width).ok()?))
            })
            .collect();
        if !files.is_empty() {
            sources.push(Source { kind, files });
        }
    }
    Ok(sources)
}
