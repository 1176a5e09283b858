//! From what somebody typed to what is stored: looks up whom and what the text names, then renders it, once.

use std::collections::HashMap;

use stoa_markup::{Interwiki, Link, Profile, References, Rendered, Resolve, Upload};

use crate::app::App;
use crate::db::{Tx, params};
use crate::site::{EVERYONE, Level, Site};
use crate::users::names;
use crate::web::error::Result;
use crate::web::visit::{Viewer, Visit};

/// Text without what cannot be stored or seen: control characters other than line ends and tabs.
pub fn clean(text: &str) -> String {
    let odd = |c: char| c.is_control() && c != '\n' && c != '\t';
    if text.contains(odd) { text.chars().filter(|c| !odd(*c)).collect() } else { text.to_owned() }
}

/// What the names in some texts stand for.
pub struct Names<'s> {
    site: &'s Site,
    base: String,
    people: HashMap<String, Link>,
    tags: HashMap<String, Link>,
    uploads: HashMap<String, Upload>,
}

impl<'s> Names<'s> {
    /// Looks all of them up at once. A file stands for itself only where the viewer may see it.
    pub fn find(tx: &Tx, site: &'s Site, viewer: &Viewer, base: &str, refs: &References) -> Result<Names<'s>> {
        let mut names = Names {
            site,
            base: base.to_owned(),
            people: HashMap::new(),
            tags: HashMap::new(),
            uploads: HashMap::new(),
        };
        for name in refs.mentions.iter().take(100) {
            let folded = names::folded(name);
            let found: Option<String> =
                tx.first("select name from users where folded = $1 and deleted_at is null", params![&folded])?;
            if let Some(found) = found {
                names.people.insert(folded, Link { href: crate::users::url(&found), label: found });
            }
        }
        for tag in refs.tags.iter().take(100) {
            let folded = crate::tags::folded(tag);
            let found: Option<String> = tx.first("select name from tags where folded = $1", params![&folded])?;
            if let Some(found) = found {
                names.tags.insert(folded, Link { href: crate::tags::url(&found), label: found });
            }
        }
        for address in refs.uploads.iter().take(200) {
            if let Some(found) = crate::uploads::seen::by_address(tx, site, viewer, address)? {
                names.uploads.insert(address.clone(), found);
            }
        }
        Ok(names)
    }

    /// Knows nobody; for texts that were rendered elsewhere or name nobody.
    pub fn none(site: &'s Site, base: &str) -> Names<'s> {
        Names { site, base: base.to_owned(), people: HashMap::new(), tags: HashMap::new(), uploads: HashMap::new() }
    }

    /// Adds a file under the address a text calls it by.
    pub fn add_upload(&mut self, address: &str, upload: Upload) {
        self.uploads.insert(address.to_owned(), upload);
    }

    /// Adds somebody by their name.
    pub fn add_person(&mut self, name: &str) {
        let link = Link { href: crate::users::url(name), label: name.to_owned() };
        self.people.insert(names::folded(name), link);
    }

    /// Adds a tag by its name.
    pub fn add_tag(&mut self, name: &str) {
        let link = Link { href: crate::tags::url(name), label: name.to_owned() };
        self.tags.insert(crate::tags::folded(name), link);
    }
}

impl Resolve for Names<'_> {
    fn mention(&self, name: &str) -> Option<Link> {
        self.people.get(&names::folded(name)).cloned()
    }

    /// A category that not everybody sees is not named to anybody.
    fn category(&self, path: &str) -> Option<Link> {
        let slug = path.rsplit(':').next()?;
        let found = self.site.category_by_slug(slug)?;
        let public = self.site.level(found.id, &[EVERYONE]) >= Level::See;
        public.then(|| Link { href: found.url(), label: found.name.clone() })
    }

    fn tag(&self, tag: &str) -> Option<Link> {
        self.tags.get(&crate::tags::folded(tag)).cloned()
    }

    fn upload(&self, url: &str) -> Option<Upload> {
        self.uploads.get(url).cloned()
    }

    /// By number alone: the address leads there for those who may see it, and says nothing to others.
    fn topic(&self, id: i64) -> Option<Link> {
        Some(Link { href: format!("/t/-/{id}"), label: String::new() })
    }

    fn wiki(&self) -> &Interwiki {
        &self.site.interwiki
    }

    fn is_own(&self, url: &str) -> bool {
        url.strip_prefix(&self.base).is_some_and(|rest| rest.is_empty() || rest.starts_with(['/', '?', '#']))
    }
}

/// Renders what somebody writes, looking its names up in the store; the files are those that the writer may see.
pub async fn cook_for(v: &Visit, raw: &str, profile: Profile) -> Result<Rendered> {
    cook(&v.app, &v.site, &v.viewer, raw, profile).await
}

/// Renders a text that belongs to nobody, or that no post is: the files are those that everybody may see.
pub async fn cook_public(app: &App, site: &Site, raw: &str, profile: Profile) -> Result<Rendered> {
    cook(app, site, &Viewer::nobody(site), raw, profile).await
}

async fn cook(app: &App, site: &Site, viewer: &Viewer, raw: &str, profile: Profile) -> Result<Rendered> {
    let refs = stoa_markup::references(raw);
    let base = app.config.base();
    let names = app.db.read(|tx| Names::find(tx, site, viewer, &base, &refs)).await?;
    Ok(stoa_markup::render(raw, profile, &names))
}

/// The language a text is in, as far as it tells: the guess when the text is long enough to be sure, else `given`.
pub fn language_of(text: &str, given: &str) -> String {
    if text.chars().take(40).count() == 40
        && let Some(info) = whatlang::detect(text)
        && info.is_reliable()
    {
        let code = bcp47(info.lang());
        // A guess without a script does not overrule a language that says its script.
        return if given.split('-').next() == Some(code) { given.to_owned() } else { code.to_owned() };
    }
    given.to_owned()
}

/// The short code of a language that whatlang knows by its long one.
fn bcp47(lang: whatlang::Lang) -> &'static str {
    use whatlang::Lang::*;
    match lang {
        Epo => "eo",
        Eng => "en",
        Rus => "ru",
        Cmn => "zh",
        Spa => "es",
        Por => "pt",
        Ita => "it",
        Ben => "bn",
        Fra => "fr",
        Deu => "de",
        Ukr => "uk",
        Kat => "ka",
        Ara => "ar",
        Hin => "hi",
        Jpn => "ja",
        Heb => "he",
        Yid => "yi",
        Pol => "pl",
        Amh => "am",
        Jav => "jv",
        Kor => "ko",
        Nob => "nb",
        Dan => "da",
        Swe => "sv",
        Fin => "fi",
        Tur => "tr",
        Nld => "nl",
        Hun => "hu",
        Ces => "cs",
        Ell => "el",
        Bul => "bg",
        Bel => "be",
        Mar => "mr",
        Kan => "kn",
        Ron => "ro",
        Slv => "sl",
        Hrv => "hr",
        Srp => "sr",
        Mkd => "mk",
        Lit => "lt",
        Lav => "lv",
        Est => "et",
        Tam => "ta",
        Vie => "vi",
        Urd => "ur",
        Tha => "th",
        Guj => "gu",
        Uzb => "uz",
        Pan => "pa",
        Aze => "az",
        Ind => "id",
        Tel => "te",
        Pes => "fa",
        Mal => "ml",
        Ori => "or",
        Mya => "my",
        Nep => "ne",
        Sin => "si",
        Khm => "km",
        Tuk => "tk",
        Aka => "ak",
        Zul => "zu",
        Sna => "sn",
        Afr => "af",
        Lat => "la",
        Slk => "sk",
        Cat => "ca",
        Tgl => "tl",
        Hye => "hy",
        Cym => "cy",
    }
}
