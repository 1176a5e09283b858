//! `GET /admin/resets`: links for new passwords that no mail took away, for handing over.

use askama::Template;

use crate::accounts::reset::{self, Pending};
use crate::app::App;
use crate::web::error::Result;
use crate::web::shell::Head;
use crate::web::{Member, Visit, page as answer};

#[derive(Template)]
#[template(path = "admin/templates/resets.html")]
struct Page<'a> {
    v: &'a Visit,
    head: Head,
    has_smtp: bool,
    pending: Vec<Pending>,
}

/// Where mails leave by themselves, nobody's link is shown to anybody else.
pub async fn page(v: Member, app: App) -> Result {
    let has_smtp = app.config.smtp.is_some();
    let now = v.now;
    let pending = if has_smtp { Vec::new() } else { app.db.read(|tx| reset::pending(tx, now)).await? };
    answer(&Page { v: &v, head: Head::titled(v.t.admin_resets_title()).unlisted(), has_smtp, pending })
}
