//! Who is asking, in which language, for which page: read once per request, before any handler.

use std::ops::Deref;
use std::sync::{Arc, OnceLock};

use axum::extract::FromRequestParts;
use axum::http::request::Parts;
use stoa_i18n::T;

use super::error::{Error, Refusal};
use crate::app::App;
use crate::db::{Tx, from_row, params};
use crate::posts::marks::Mark;
use crate::site::{ADMINISTRATORS, EVERYONE, Level, MEMBERS, MODERATORS, Site, SiteCache};
use crate::web::error::Result;
use crate::web::look::Look;

/// A number as templates pass it: by value, or behind one reference or two.
pub trait Number {
    fn value(&self) -> i64;
}
impl Number for i64 {
    fn value(&self) -> i64 {
        *self
    }
}
impl<T: Number + ?Sized> Number for &T {
    fn value(&self) -> i64 {
        (**self).value()
    }
}

/// A member as pages know them.
#[derive(Clone, Debug)]
pub struct User {
    pub id: i64,
    pub name: String,
    pub display_name: String,
    pub lang: String,
    pub time_zone: String,
    pub trust_level: i64,
    pub silenced_until: Option<i64>,
    pub suspended_until: Option<i64>,
    pub post_count: i64,
    pub look: String,
    /// They show when they write, and see when others do.
    pub shows_writing: bool,
    pub avatar: Option<String>,
    pub session_id: i64,
    pub seen_at: i64,
    /// Notices that the bell counts, at most [`BELL`].
    pub unseen_count: i64,
    /// Ids of the groups that they were put into, with spaces between.
    in_groups: Option<String>,
    /// The version of the site that these facts were read with.
    site_version: i64,
}
from_row!(User {
    id,
    name,
    display_name,
    lang,
    time_zone,
    trust_level,
    silenced_until,
    suspended_until,
    post_count,
    look,
    shows_writing,
    avatar,
    session_id,
    seen_at,
    unseen_count,
    in_groups,
    site_version,
});

/// The last columns of a [`User`].
macro_rules! around_user {
    () => {
        "(select string_agg(cast(g.group_id as text), ' ') from group_members g where g.user_id = u.id),
        (select number from versions where name = 'site')"
    };
}

const SESSION: &str = concat!(
    "select u.id, u.name, u.display_name, u.lang, u.time_zone, u.trust_level, u.silenced_until,
        u.suspended_until, u.post_count, u.look, u.shows_writing, f.sha256, s.id, s.seen_at,
        (select count(*) from (select 1 as one from notifications n where n.user_id = u.id and n.seen_at is null limit 100) b),
        ",
    around_user!(),
    " from sessions s join users u on u.id = s.user_id left join uploads f on f.id = u.avatar_upload_id
    where s.token_hash = $1 and s.expires_at > $2 and u.deleted_at is null
        and (u.suspended_until is null or u.suspended_until <= $2)"
);

/// Somebody without a session, for what is made for them while they are away.
const BY_ID: &str = concat!(
    "select u.id, u.name, u.display_name, u.lang, u.time_zone, u.trust_level, u.silenced_until,
        u.suspended_until, u.post_count, u.look, u.shows_writing, f.sha256, 0, 0, 0, ",
    around_user!(),
    " from users u left join uploads f on f.id = u.avatar_upload_id
    where u.id = $1 and u.deleted_at is null and (u.suspended_until is null or u.suspended_until <= $2)"
);

/// The bell counts no further.
pub const BELL: i64 = 100;

/// The eyes through which everything is seen.
#[derive(Clone, Debug)]
pub struct Viewer {
    pub user: Option<Arc<User>>,
    pub groups: Vec<i64>,
    /// Ids of the categories this viewer may see.
    pub sees: Vec<i64>,
}

impl Viewer {
    /// Somebody who is not logged in.
    pub fn nobody(site: &Site) -> Viewer {
        let groups = vec![EVERYONE];
        Viewer { user: None, sees: site.seen_by(&groups), groups }
    }

    /// Whoever this session's token belongs to, and the site as it is now; an old or foreign one is nobody.
    pub fn of_session(tx: &Tx, sites: &SiteCache, token: Option<&str>, now: i64) -> Result<(Arc<Site>, Viewer)> {
        if let Some(token) = token
            && let Some(user) = tx.first::<User>(SESSION, params![super::csrf::hash_of(token), now])?
        {
            let site = sites.at(tx, user.site_version)?;
            let viewer = Self::of_user(&site, user);
            return Ok((site, viewer));
        }
        let site = sites.now(tx)?;
        let viewer = Self::nobody(&site);
        Ok((site, viewer))
    }

    /// A member by id, for what is made for them while they are away; `None` when they may not log in.
    pub fn of_member(tx: &Tx, site: &Site, id: i64, now: i64) -> Result<Option<Viewer>> {
        Ok(tx.first::<User>(BY_ID, params![id, now])?.map(|user| Self::of_user(site, user)))
    }

    fn of_user(site: &Site, user: User) -> Viewer {
        let own = user.in_groups.as_deref().unwrap_or("").split(' ').filter_map(|id| id.parse().ok());
        let groups: Vec<i64> = own.chain([EVERYONE, MEMBERS]).collect();
        Viewer { sees: site.seen_by(&groups), groups, user: Some(Arc::new(user)) }
    }

    /// Whoever is in these groups.
    pub fn with_groups(site: &Site, groups: Vec<i64>) -> Viewer {
        Viewer { user: None, sees: site.seen_by(&groups), groups }
    }

    pub fn id(&self) -> Option<i64> {
        self.user.as_ref().map(|u| u.id)
    }

    pub fn is(&self, user: i64) -> bool {
        self.id() == Some(user)
    }

    pub fn is_admin(&self) -> bool {
        self.groups.contains(&ADMINISTRATORS)
    }

    /// Moderators and administrators.
    pub fn is_staff(&self) -> bool {
        self.is_admin() || self.groups.contains(&MODERATORS)
    }

    /// Whether a member has not posted yet.
    pub fn is_first_post(&self) -> bool {
        self.user.as_ref().is_some_and(|user| user.post_count == 0)
    }

    /// Whether a member shows when they write, and sees when others do.
    pub fn shows_writing(&self) -> bool {
        self.user.as_ref().is_some_and(|user| user.shows_writing)
    }

    pub fn may_see(&self, category: i64) -> bool {
        self.sees.contains(&category)
    }
}

/// One request, as handlers and templates see it; cheap to clone.
#[derive(Clone)]
pub struct Visit(Arc<Seen>);

pub struct Seen {
    pub app: App,
    pub site: Arc<Site>,
    pub viewer: Viewer,
    pub t: T,
    pub look: Look,
    /// The path asked for, with its query.
    pub path: String,
    pub now: i64,
    /// What the last act did, a message key after `said-`, shown once.
    pub said: Option<String>,
    /// The key of a keyed SHA-256 of the caller's network address; never stored.
    pub caller: String,
    pub request_id: String,
    /// What the form tokens of this visitor are bound to.
    pub token_subject: OnceLock<String>,
    /// The visit's cookie was made by this request and has to be set.
    pub new_visit: OnceLock<String>,
    /// The language was asked for in the address.
    pub uselang: Option<String>,
    /// Whether a page is made for many members at once: what is each one's own is a mark.
    pub is_shared: bool,
}

impl Seen {
    /// What there is without a request: nobody's path, token or network.
    fn outside(app: &App, site: Arc<Site>, viewer: Viewer, t: T, now: i64) -> Seen {
        Seen {
            app: app.clone(),
            site,
            viewer,
            t,
            look: Look::default(),
            path: "/".into(),
            now,
            said: None,
            caller: String::new(),
            request_id: String::new(),
            token_subject: OnceLock::new(),
            new_visit: OnceLock::new(),
            uselang: None,
            is_shared: false,
        }
    }
}

impl Deref for Visit {
    type Target = Seen;
    fn deref(&self) -> &Seen {
        &self.0
    }
}

impl Visit {
    pub fn new(seen: Seen) -> Visit {
        Visit(Arc::new(seen))
    }

    /// The same eyes for a page that is kept for all who see with them, under the address it is known by. Its token, its
    /// menu and what was said stand in it as marks.
    pub fn shared(&self, path: String) -> Visit {
        let seen = Seen::outside(&self.app, self.site.clone(), self.viewer.clone(), self.t.clone(), self.now);
        Visit::new(Seen { look: self.look.clone(), path, is_shared: true, ..seen })
    }

    /// A member's eyes, for what is made for them while they are away, such as mail.
    pub fn of_reader(app: &App, site: Arc<Site>, viewer: Viewer, now: i64) -> Visit {
        let lang = viewer.user.as_ref().map(|u| u.lang.as_str()).filter(|l| !l.is_empty());
        let t = app.words.negotiate(None, lang, None, site.setting("language"));
        Visit::new(Seen::outside(app, site, viewer, t, now))
    }

    /// A token for this page's forms.
    pub fn csrf(&self) -> String {
        if self.is_shared {
            return Mark::Csrf.to_string();
        }
        let subject = self.token_subject.get_or_init(|| {
            let made = super::csrf::random_token();
            let _ = self.new_visit.set(made.clone());
            format!("visit {made}")
        });
        self.app.secret.token(subject)
    }

    /// A key that makes sending a form twice do its work once.
    pub fn once(&self) -> String {
        if self.is_shared {
            return Mark::Once.to_string();
        }
        Visit::new_once()
    }

    /// A new one of those keys.
    pub fn new_once() -> String {
        use base64::Engine as _;
        base64::prelude::BASE64_URL_SAFE_NO_PAD.encode(rand::random::<[u8; 12]>())
    }

    /// What the viewer may do in a category.
    pub fn level(&self, category: i64) -> Level {
        self.site.level(category, &self.viewer.groups)
    }

    /// The address of the site with a path behind it.
    pub fn absolute(&self, path: &str) -> String {
        format!("{}{path}", self.app.config.base())
    }

    pub fn date(&self, micros: impl Number) -> String {
        self.t.date(micros.value(), self.time_zone())
    }

    pub fn date_time(&self, micros: impl Number) -> String {
        self.t.date_time(micros.value(), self.time_zone())
    }

    pub fn number(&self, n: impl Number) -> String {
        self.t.number(n.value())
    }

    /// A message by a key that is made while the program runs.
    pub fn msg(&self, key: impl AsRef<str>) -> String {
        self.t.msg(key.as_ref(), &[])
    }

    /// The category of a row, for its name and colour.
    pub fn category(&self, id: &i64) -> Option<&crate::site::Category> {
        self.site.category(*id)
    }

    /// The reader's zone; UTC for strangers, whose pages are shared.
    pub fn time_zone(&self) -> &str {
        self.viewer.user.as_ref().map_or("UTC", |u| u.time_zone.as_str())
    }

    /// Where a page that leads back is to lead: here, or to the front page from a page that leads back itself. Without
    /// this each of them would link to an address of its own that is longer than the one before, without end.
    pub fn back(&self) -> &str {
        let path = self.bare_path();
        let leads_back = ["/appearance", "/login", "/signup"].contains(&path) || path.starts_with("/join/");
        if leads_back { "/" } else { &self.path }
    }

    /// The path without its query.
    pub fn bare_path(&self) -> &str {
        self.path.split('?').next().unwrap_or("/")
    }
}

impl<S: Sync> FromRequestParts<S> for Visit {
    type Rejection = Error;
    async fn from_request_parts(parts: &mut Parts, _: &S) -> Result<Visit> {
        let found = parts.extensions.get::<Visit>().cloned();
        found.ok_or_else(|| Error::Fault(anyhow::anyhow!("a route without a gate")))
    }
}

/// A visit of somebody who is logged in.
#[derive(Clone)]
pub struct Member {
    pub visit: Visit,
    pub user: Arc<User>,
}

impl Deref for Member {
    type Target = Visit;
    fn deref(&self) -> &Visit {
        &self.visit
    }
}

impl Visit {
    /// The visitor as a member, if they are one.
    pub fn as_member(&self) -> Option<Member> {
        let user = self.viewer.user.clone()?;
        Some(Member { visit: self.clone(), user })
    }
}

impl Member {
    /// Whether they may write at all now.
    pub fn may_write(&self) -> Result<()> {
        match self.user.silenced_until {
            Some(until) if until > self.now => Err(Refusal::Silenced { until }.into()),
            _ => Ok(()),
        }
    }
}

impl<S: Sync> FromRequestParts<S> for Member {
    type Rejection = Error;
    async fn from_request_parts(parts: &mut Parts, state: &S) -> Result<Member> {
        let visit = Visit::from_request_parts(parts, state).await?;
        let user = visit.viewer.user.clone().ok_or(Error::LogIn)?;
        Ok(Member { visit, user })
    }
}
