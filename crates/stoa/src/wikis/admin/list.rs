//! `GET /admin/wikis`: the wikis that the site is joined to.

use askama::Template;

use crate::web::error::Result;
use crate::web::shell::Head;
use crate::web::{Member, Visit, page as show};

#[derive(Template)]
#[template(path = "wikis/templates/list.html")]
struct Page<'a> {
    v: &'a Visit,
    head: Head,
}

pub async fn page(me: Member) -> Result {
    show(&Page { v: &me, head: Head::titled(me.t.wikis_title()).unlisted() })
}
