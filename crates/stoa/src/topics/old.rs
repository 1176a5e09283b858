//! Other addresses of topics: they lead to the one that counts.

use crate::access;
use crate::app::App;
use crate::web::error::Result;
use crate::web::extract::Path;
use crate::web::page::moved;
use crate::web::{Error, Visit};

/// `GET /t/{id}`: the number alone, which feeds use as a name that never changes; else an address that was kept.
pub async fn by_id(v: Visit, app: App, Path(id): Path<String>) -> Result {
    match id.parse::<i64>() {
        Ok(id) => {
            let topic = app.db.read(|tx| access::topic(tx, &v, id)).await?;
            Ok(moved(&topic.url()))
        }
        Err(_) => crate::redirects::kept(&v).await,
    }
}

/// Where `/t/{topic}/{number}` leads, if the first is a topic's number that the viewer may see.
pub async fn by_numbers(v: &Visit, app: &App, topic: &str, number: i64) -> Result<Option<String>> {
    let Ok(id) = topic.parse::<i64>() else { return Ok(None) };
    match app.db.read(|tx| access::topic(tx, v, id)).await {
        Ok(topic) => Ok(Some(topic.url_of(number.clamp(1, topic.highest_number.max(1))))),
        Err(Error::NotFound) => Ok(None),
        Err(why) => Err(why),
    }
}
