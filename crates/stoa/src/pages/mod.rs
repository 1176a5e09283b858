//! The texts every footer links: about, rules, privacy, imprint, each in as many languages as somebody wrote it in.

pub mod defaults;
pub mod keys;
pub mod show;

use stoa_markup::SafeHtml;

use crate::db::{Tx, from_row, params};
use crate::web::error::Result;
use crate::web::{Policy, Routes};

/// Characters a text may have.
pub const LONGEST: usize = 50_000;

/// A text in one language.
#[derive(Clone, Debug)]
pub struct Text {
    /// A BCP 47 tag.
    pub lang: String,
    pub raw: String,
    pub html: SafeHtml,
    pub updated_at: i64,
}
from_row!(Text { lang, raw, html, updated_at });

/// What somebody wrote for a page, all languages.
pub fn texts(tx: &Tx, name: &str) -> Result<Vec<Text>> {
    tx.all("select lang, raw, html, updated_at from pages where name = $1 order by lang", params![name])
}

/// The place of the text that suits a reader best: the language asked for, the nearest to the reader's, the nearest
/// to the site's, whatever there is. `None` when there are none.
pub fn best(langs: &[&str], asked: Option<&str>, reader: &str, site: &str) -> Option<usize> {
    let wanted = asked.into_iter().chain([reader, site]).flat_map(near).chain(["en".to_owned()]);
    let mut wanted = wanted.filter_map(|code| langs.iter().position(|l| l.eq_ignore_ascii_case(&code)));
    wanted.next().or(if langs.is_empty() { None } else { Some(0) })
}

/// A language and those that its readers understand, as tags, without the English that ends every chain.
fn near(code: &str) -> impl Iterator<Item = String> {
    let kin = stoa_i18n::fallbacks(code).into_iter().filter(|next| *next != "en").map(stoa_i18n::bcp47);
    std::iter::once(stoa_i18n::bcp47(code)).chain(kin.collect::<Vec<_>>())
}

pub fn routes() -> Routes {
    let page = |routes: Routes, path| routes.get_with(path, Policy::Everyone, show::QUERY, show::page);
    ["/about", "/rules", "/privacy", "/imprint"]
        .into_iter()
        .fold(Routes::new().get("/keys", Policy::Everyone, keys::page), page)
}

#[cfg(test)]
mod tests {
    use super::best;

    #[test]
    fn a_reader_gets_the_nearest_language() {
        let langs = ["de", "en", "sr-Cyrl", "uk"];
        assert_eq!(best(&langs, None, "de-at", "en"), Some(0), "a dialect's readers read the standard");
        assert_eq!(best(&langs, None, "sr-ec", "en"), Some(2), "codes of both kinds mean the same");
        assert_eq!(best(&langs, None, "ja", "uk"), Some(3), "the site's own before English");
        assert_eq!(best(&langs, None, "ja", "fr"), Some(1), "then English");
        assert_eq!(best(&langs, Some("uk"), "de", "en"), Some(3), "who asks for one gets it");
        assert_eq!(best(&["he"], None, "ja", "fr"), Some(0), "any rather than none");
        assert_eq!(best(&[], None, "ja", "fr"), None);
    }
}
