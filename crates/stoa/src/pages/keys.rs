//! `GET /keys`: what the keys do; the sheet that `?` opens has the same table.

use askama::Template;

use crate::web::shell::Head;
use crate::web::{Result, Visit, page as show};

#[derive(Template)]
#[template(path = "pages/templates/keys.html")]
struct Page<'a> {
    v: &'a Visit,
    head: Head,
}

pub async fn page(v: Visit) -> Result {
    show(&Page { head: Head::titled(v.t.keys_title()).canonical("/keys").unlisted(), v: &v })
}
