//! Interwiki prefixes that joined wikis bring with them: `[[tea:Page]]` by the name a wiki has here, and what the first
//! wiki's own pages may write. Made with the site's snapshot, so that a text costs nothing more.

use stoa_markup::Interwiki;

use super::{Wiki, queries};
use crate::db::Tx;
use crate::web::error::Result;

/// Adds them to the table; what administrators set themselves is added later and wins.
pub fn join(tx: &Tx, table: &mut Interwiki, wikis: &[Wiki]) -> Result<()> {
    let Some(first) = wikis.first() else { return Ok(()) };
    for prefix in queries::data(tx, first.id)?.interwiki {
        // Prefixes that lead there already go on to chain: `[[w:de:Tee]]`.
        let leads = table.href(&format!("{}:X", prefix.prefix)).map(|(href, _)| href);
        if prefix.url.contains("$1") && leads.as_deref() != Some(prefix.url.replace("$1", "X").as_str()) {
            table.set(&prefix.prefix, &prefix.url);
        }
    }
    for wiki in wikis.iter().filter(|wiki| wiki.article.contains("$1")) {
        table.set(&wiki.name, &wiki.article);
    }
    Ok(())
}
