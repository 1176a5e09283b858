//! `GET /hint/close`: a stranger has read what this place is. Nothing but their own cookie changes, so that the front page
//! stays one for all who look alike.

use axum::http::header;
use axum::response::Response;

use crate::accounts::appearance;
use crate::web::look::Look;
use crate::web::page::redirect;
use crate::web::{Visit, cookies};

pub async fn close(v: Visit) -> Response {
    let mut response = redirect("/");
    if v.viewer.user.is_none() {
        let look = Look { knows_place: true, ..v.look.clone() }.cookie();
        let kept = cookies::set("stoa-look", &look, Some(appearance::KEPT_SECONDS), v.app.config.is_https());
        response.headers_mut().append(header::SET_COOKIE, kept);
    }
    response
}
