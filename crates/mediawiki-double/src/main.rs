//! The double as a program, for stories in a real browser: `mediawiki-double CLIENT SECRET CALLBACK`. It says where it
//! listens, and people are chosen by name on its page to log in.

use mediawiki_double::{User, Wiki};

#[tokio::main]
async fn main() {
    let mut given = std::env::args().skip(1);
    let mut next = || given.next().unwrap_or_default();
    let wiki = Wiki::start_at(&std::env::var("DOUBLE_LISTEN").unwrap_or_else(|_| "127.0.0.1:0".to_owned())).await;
    wiki.register_with(&next(), &next(), &next(), &["mwoauth-authonlyprivate"]);
    let mut ada = User::new(4, "Ada (WMDE)");
    ada.edit_count = 5200;
    ada.email = Some("ada@wiki.example".to_owned());
    ada.email_is_confirmed = true;
    wiki.add(ada);
    wiki.add(User::new(7, "أمينة"));
    let mut bo = User::new(8, "Bo");
    bo.blocked = Some("infinity".to_owned());
    wiki.add(bo);
    let mut hidden = User::new(9, "Somebody hidden");
    hidden.is_hidden = true;
    wiki.add(hidden);
    wiki.furnish();
    wiki.furnish_more();
    if let Ok(id) = std::env::var("DOUBLE_WIKI_ID") {
        wiki.state().wiki_id = id;
    }
    if let Ok(title) = std::env::var("DOUBLE_TITLE") {
        wiki.state().title = title;
    }
    println!("listening on {}", wiki.base());
    std::future::pending::<()>().await;
}
