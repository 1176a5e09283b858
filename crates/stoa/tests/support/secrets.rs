//! A small site full of secrets, each with words that stand nowhere else, and everybody who may look for them.

use std::collections::BTreeMap;

use ::stoa::clock::DAY;
use ::stoa::db::params;
use ::stoa::site::{EVERYONE, Level, MEMBERS};
use ::stoa::uploads;

use super::browser::Browser;
use super::stoa::Stoa;
use super::world::{Category, Topic};

/// Who looks.
#[derive(Clone, Copy, Debug, PartialEq, Eq, PartialOrd, Ord)]
pub enum Viewer {
    Anonymous,
    /// Signed up a moment ago.
    New,
    Member,
    /// In a group, but not in the one that counts.
    OtherGroup,
    /// Was in the group until a moment ago.
    ExMember,
    Suspended,
    Silenced,
    Moderator,
    /// In the group that sees the private category.
    Insider,
    /// Wrote all the secret texts.
    Author,
    Admin,
}

impl Viewer {
    pub const ALL: [Viewer; 11] = [
        Viewer::Anonymous,
        Viewer::New,
        Viewer::Member,
        Viewer::OtherGroup,
        Viewer::ExMember,
        Viewer::Suspended,
        Viewer::Silenced,
        Viewer::Moderator,
        Viewer::Insider,
        Viewer::Author,
        Viewer::Admin,
    ];

    /// The name of their account.
    pub fn name(self) -> &'static str {
        match self {
            Viewer::Anonymous => "",
            Viewer::New => "nora",
            Viewer::Member => "bo",
            Viewer::OtherGroup => "olga",
            Viewer::ExMember => "xena",
            Viewer::Suspended => "sid",
            Viewer::Silenced => "silas",
            Viewer::Moderator => "ines",
            Viewer::Insider => "inga",
            Viewer::Author => "vera",
            Viewer::Admin => "root",
        }
    }

    /// Whether the site knows them at all.
    pub fn is_logged_in(self) -> bool {
        !matches!(self, Viewer::Anonymous | Viewer::Suspended)
    }
}

/// Words that may only be read by some.
pub struct Canary {
    pub word: String,
    pub what: &'static str,
    pub seen_by: &'static [Viewer],
    /// Parts of addresses at which everybody may read them: an unlisted topic for those who have its address.
    pub open_at: Vec<String>,
}

/// The site, its secrets and the browsers of everybody.
pub struct Secrets {
    pub canaries: Vec<Canary>,
    pub browsers: BTreeMap<Viewer, Browser>,
    /// Topics with what they are, the public one first.
    pub topics: Vec<(&'static str, Topic)>,
    /// Posts: what, id.
    pub posts: Vec<(&'static str, i64)>,
    pub categories: Vec<Category>,
    pub groups: Vec<i64>,
    pub people: Vec<(String, i64)>,
    pub tags: Vec<String>,
    pub sessions: Vec<i64>,
    /// Polls: what their posts are, id, an answer.
    pub polls: Vec<(&'static str, i64, i64)>,
    pub notices: Vec<i64>,
    /// Devices of vera's that take push messages.
    pub devices: Vec<i64>,
    /// Addresses of files, each with a secret inside and a secret name.
    pub files: Vec<String>,
}

const INSIDE: &[Viewer] = &[Viewer::Insider, Viewer::Author, Viewer::Admin];
const STAFF: &[Viewer] = &[Viewer::Moderator, Viewer::Admin];
const REVIEW: &[Viewer] = &[Viewer::Author, Viewer::Moderator, Viewer::Admin];
const OWN: &[Viewer] = &[Viewer::Author];
const OWN_AND_ADMIN: &[Viewer] = &[Viewer::Author, Viewer::Admin];
const ADMIN: &[Viewer] = &[Viewer::Admin];
const NOBODY: &[Viewer] = &[];
/// Those in a private conversation; nobody of the staff.
const TWO: &[Viewer] = &[Viewer::Author, Viewer::Insider];

impl Secrets {
    /// Fills a fresh site. Every text also has the word "lighthouse", for which searches ask.
    pub async fn plant(s: &Stoa) -> Secrets {
        ::stoa::notifications::follow::catch_up(&s.app).await.expect("the follower begins");
        let mut canaries = Vec::new();
        let mut word = |what: &'static str, seen_by: &'static [Viewer]| {
            let word = format!("zq{}{}q", canaries.len() + 10, hex::encode(rand::random::<[u8; 4]>()));
            canaries.push(Canary { word: word.clone(), what, seen_by, open_at: Vec::new() });
            word
        };
        let group = s.group(&word("group name", ADMIN)).await;
        let other = s.group("others").await;
        for name in ["inga", "vera"] {
            s.join(name, group).await;
        }
        s.join("xena", group).await;
        s.leave("xena", group).await;
        s.join("olga", other).await;
        s.moderator("ines").await;
        s.admin("root").await;
        for viewer in Viewer::ALL.iter().filter(|v| **v != Viewer::Anonymous) {
            s.user(viewer.name()).await;
        }
        let general = s.category("General").await;
        let public = s.topic("Lighthouse keepers").by("bo").tagged(&["coast"]).await;
        s.reply(&public, "inga", "A lighthouse in the fog.").await;
        let name = word("category name", INSIDE);
        let room = s.category(&format!("Room {name}")).for_group(group, Level::Create).await;
        s.sql(
            "update categories set description_raw = $1, description_html = $1 where id = $2",
            params![word("category description", INSIDE), room.id],
        )
        .await;
        let name = word("subcategory name", INSIDE);
        let below =
            s.category(&format!("Below {name}")).for_group(EVERYONE, Level::See).for_group(MEMBERS, Level::Create);
        let below = below.under(&room).await;
        let text = |word: String| format!("A lighthouse and {word} in the dark.");
        let private_tag = word("group-only tag", INSIDE);
        let private = s.topic(&format!("Private {}", word("private title", INSIDE))).by("vera").in_category(&room);
        let private = private.tagged(&[&private_tag]).saying(&text(word("private body", INSIDE))).await;
        s.reply(&private, "vera", &text(word("private reply", INSIDE))).await;
        let under = s.topic(&format!("Under {}", word("title below", INSIDE))).by("vera").in_category(&below);
        let under = under.saying(&text(word("body below", INSIDE))).await;

        let hidden_reply = s.reply(&public, "vera", &text(word("hidden reply", REVIEW))).await;
        let hidden_post = s.post_id(&public, hidden_reply).await;
        revise(s, hidden_post, &word("old revision of a hidden post", REVIEW)).await;
        s.hide(&public, hidden_reply).await;
        let deleted_reply = s.reply(&public, "vera", &text(word("deleted reply", STAFF))).await;
        let deleted_post = s.post_id(&public, deleted_reply).await;
        revise(s, deleted_post, &word("old revision of a deleted post", STAFF)).await;
        let now = s.now();
        s.sql("update posts set deleted_at = $2 where id = $1", params![deleted_post, now]).await;
        s.reply(&public, "bo", "A lighthouse again.").await;

        let hidden = s.topic(&format!("Hidden {}", word("hidden title", REVIEW))).by("vera");
        let hidden = hidden.saying(&text(word("hidden body", REVIEW))).await;
        s.mark(&hidden, "hidden").await;
        let deleted = s.topic(&format!("Deleted {}", word("deleted title", STAFF))).by("vera");
        let deleted = deleted.saying(&text(word("deleted body", STAFF))).await;
        s.mark(&deleted, "deleted").await;
        let unlisted_title = word("unlisted title", STAFF);
        let unlisted_body = word("unlisted body", STAFF);
        let unlisted = s.topic(&format!("Unlisted {unlisted_title}")).by("bo").saying(&text(unlisted_body)).await;
        s.mark(&unlisted, "unlisted").await;

        let message = s.topic(&format!("Between us {}", word("subject of a message", TWO))).by("vera");
        let message = message.saying(&text(word("message", TWO))).between(&["vera", "inga"]).await;
        s.reply(&message, "inga", &text(word("answer to a message", TWO))).await;

        let mut polls = Vec::new();
        for (what, topic, by, seen_by) in [
            ("public", &public, "bo", &[] as &[Viewer]),
            ("private", &private, "vera", INSIDE),
            ("hidden", &public, "vera", REVIEW),
            ("deleted", &public, "vera", STAFF),
        ] {
            let option = match seen_by.is_empty() {
                true => "a lighthouse".to_owned(),
                false => text(word("answer of a poll", seen_by)),
            };
            let number = s.reply(topic, by, &format!("[poll]\n* {option}\n* nothing\n[/poll]")).await;
            match what {
                "hidden" => s.hide(topic, number).await,
                "deleted" => {
                    let post = s.post_id(topic, number).await;
                    s.sql("update posts set deleted_at = $2 where id = $1", params![post, now]).await;
                }
                _ => {}
            }
            let poll = s.number("select max(id) from polls", &[]).await;
            polls.push((
                what,
                poll,
                s.number("select min(id) from poll_options where poll_id = $1", params![poll]).await,
            ));
        }

        let private_post = s.post_id(&private, 2).await;
        let message_post = s.post_id(&message, 1).await;
        let mut files = Vec::new();
        for (post, inside, name, seen_by) in [
            (Some(private_post), "private file", "name of a private file", INSIDE),
            (Some(message_post), "file of a message", "name of a message's file", TWO),
            (Some(hidden_post), "file of a hidden post", "name of a hidden file", REVIEW),
            (Some(deleted_post), "file of a deleted post", "name of a deleted file", REVIEW),
            (None, "unused file", "name of an unused file", OWN),
        ] {
            let (inside, name) = (word(inside, seen_by), format!("{}.txt", word(name, seen_by)));
            files.push(attach(s, post, &inside, &name).await);
        }

        let author = s.user("vera").await;
        s.sql(
            "insert into drafts (user_id, place, title, raw, updated_at) values ($1, 'new-topic', $2, $3, $4)",
            params![author, word("draft title", OWN), word("draft", OWN), now],
        )
        .await;
        s.sql(
            "insert into bookmarks (user_id, post_id, note, remind_at, created_at) values ($1, $2, $3, $4, $4)",
            params![author, hidden_post, word("bookmark note", OWN), now],
        )
        .await;
        let address = format!("{}@example.org", word("address", OWN_AND_ADMIN));
        s.sql(
            "insert into emails (user_id, address, folded, confirmed_at) values ($1, $2, $2, $3)",
            params![author, &address, now],
        )
        .await;
        s.sql(
            "insert into identities (user_id, kind, secret, changed_at) values ($1, 'password', $2, $3)",
            params![author, word("password hash", NOBODY), now],
        )
        .await;
        s.sql(
            "insert into sessions (token_hash, user_id, device, created_at, seen_at, expires_at)
             values ($1, $2, $3, $4, $4, $5)",
            params!["0".repeat(64), author, word("another device", OWN), now, now + DAY],
        )
        .await;
        s.sql(
            "insert into push_subscriptions (user_id, session_id, endpoint, p256dh, auth, created_at)
             values ($1, 0, $2, 'x', 'x', $3)",
            params![author, word("address of a device", NOBODY), now],
        )
        .await;
        let device = s.number("select id from push_subscriptions", &[]).await;
        s.sql(
            "insert into outbox (recipient, subject, body, created_at, next_try_at) values ($1, $2, $3, $4, $4)",
            params![&address, word("mail subject", ADMIN), word("mail with a link", NOBODY), now],
        )
        .await;
        let own = word("name on a wiki", OWN);
        wiki(s, &word("secret of a wiki's log-in", NOBODY), &own, &word("number on a wiki", NOBODY)).await;
        let pages = [word("wiki page of a private topic", INSIDE), word("wiki page that links to one", INSIDE)];
        for (topic, title) in [(private.id, &pages[0]), (public.id, &"Lighthouse".to_owned())] {
            s.sql(
                "insert into topic_pages (topic_id, wiki_id, title, created_at) select $1, id, $2, created_at from wikis",
                params![topic, format!("Page {title}")],
            )
            .await;
        }
        s.sql(
            "insert into wiki_pages (wiki_id, page_id, title, revision) select id, 7, $1, 1 from wikis",
            params![&pages[1]],
        )
        .await;
        s.sql(
            "insert into wiki_page_links (wiki_id, page_id, topic_id) select id, 7, $1 from wikis",
            params![private.id],
        )
        .await;
        s.suspend("sid", now + 30 * DAY).await;
        s.silence("silas", now + 30 * DAY).await;
        let secret = s.text("select value from settings where key = 'secret'", &[]).await;
        canaries.push(Canary { word: secret, what: "the site's key", seen_by: NOBODY, open_at: Vec::new() });
        let key = s.text("select sign_key from wikis", &[]).await;
        canaries.push(Canary { word: key, what: "the key for a wiki", seen_by: NOBODY, open_at: Vec::new() });
        let unlisted_first = s.post_id(&unlisted, 1).await;
        for canary in canaries.iter_mut().filter(|c| c.what.starts_with("unlisted")) {
            canary.open_at = vec![
                format!("/{}", unlisted.id),
                format!("/p/{unlisted_first}"),
                format!("post={unlisted_first}"),
                format!("from={unlisted_first}"),
            ];
        }
        ::stoa::search::follow::catch_up(&s.app).await.expect("the index follows");
        let inside = s.user("inga").await;
        for (who, what, level) in [(author, private.id, 4), (inside, private.id, 4), (inside, hidden.id, 4)] {
            s.sql(
                "insert into reads (user_id, topic_id, last_number, updated_at, level, reason) values ($1, $2, 0, $3, $4, 1)
                 on conflict (user_id, topic_id) do update set level = excluded.level",
                params![who, what, now, level],
            )
            .await;
        }
        s.reply(&private, "inga", "@vera @bo @olga a lighthouse for insiders").await;
        s.reply(&private, "vera", "@inga @xena the same").await;
        ::stoa::notifications::follow::catch_up(&s.app).await.expect("people are told");
        let notices = s.app.db.read(|tx| tx.all("select id from notifications", &[])).await.expect("notices");

        let browsers = Viewer::ALL.map(|viewer| match viewer {
            Viewer::Anonymous => (viewer, s.stranger()),
            _ => (viewer, s.browser(viewer.name())),
        });
        let mut posts = Vec::new();
        for (what, topic) in [
            ("message", &message),
            ("private", &private),
            ("below", &under),
            ("hidden topic", &hidden),
            ("deleted topic", &deleted),
        ] {
            posts.push((what, s.post_id(topic, 1).await));
        }
        posts.extend([("hidden", hidden_post), ("deleted", deleted_post), ("unlisted", unlisted_first)]);
        let public_post = s.post_id(&public, 1).await;
        posts.insert(0, ("public", public_post));
        let mut people = Vec::new();
        for viewer in Viewer::ALL.iter().filter(|v| **v != Viewer::Anonymous) {
            people.push((viewer.name().to_owned(), s.user(viewer.name()).await));
        }
        let sessions = s.app.db.read(|tx| tx.all("select id from sessions", &[])).await.expect("sessions");
        Secrets {
            canaries,
            browsers: BTreeMap::from(browsers),
            topics: vec![
                ("public", public),
                ("private", private),
                ("below", under),
                ("hidden", hidden),
                ("deleted", deleted),
                ("unlisted", unlisted),
                ("message", message),
            ],
            posts,
            categories: vec![general, room, below],
            groups: vec![group, other, 1, 10],
            people,
            tags: vec!["coast".into(), private_tag],
            sessions,
            polls,
            notices,
            devices: vec![device],
            files,
        }
    }

    /// The canaries in an answer that this viewer may not see. What the request itself said does not count.
    pub fn found(&self, viewer: Viewer, request: &str, answer: &str) -> Vec<&Canary> {
        let (request, answer) = (request.to_lowercase(), answer.to_lowercase());
        let hits = self.canaries.iter().filter(|c| {
            !c.seen_by.contains(&viewer)
                && answer.contains(&c.word.to_lowercase())
                && !request.contains(&c.word.to_lowercase())
                && !c.open_at.iter().any(|part| request.contains(part))
        });
        hits.collect()
    }
}

/// A file of vera's with something inside, shown by a post or by none; its address.
async fn attach(s: &Stoa, post: Option<i64>, inside: &str, name: &str) -> String {
    let (author, now, called) = (s.user("vera").await, s.now(), name.to_owned());
    let new = uploads::NewFile { bytes: inside.as_bytes(), name, user_id: Some(author), at: now };
    let stored = uploads::keep_file(&s.app, &new).expect("a file");
    let (address, sha1) = (stored.url(), uploads::sha1_of(inside.as_bytes()));
    let made = s.app.db.write(move |tx| {
        let id = uploads::add(tx, &stored, &sha1, Some(author), now)?;
        tx.exec(
            "insert into upload_senders (upload_id, user_id, name, bytes, sent_at) values ($1, $2, $3, 1, $4)",
            params![id, author, &called, now],
        )?;
        if let Some(post) = post {
            tx.exec(
                "insert into post_uploads (post_id, upload_id, name) values ($1, $2, $3)",
                params![post, id, &called],
            )?;
        }
        Ok(())
    });
    made.await.expect("a row");
    address
}

async fn revise(s: &Stoa, post: i64, old: &str) {
    let (author, now) = (s.user("vera").await, s.now());
    s.sql(
        "insert into revisions (post_id, number, editor_id, raw, created_at) values ($1, 1, $2, $3, $4)",
        params![post, author, old, now],
    )
    .await;
    s.sql("update posts set revision_count = 1 where id = $1", params![post]).await;
}

/// A joined wiki that nobody can reach, and vera's account there.
async fn wiki(s: &Stoa, secret: &str, name: &str, sub: &str) {
    let (server, seed) = ("https://tea.invalid", ::stoa::wikis::keys::new_seed());
    let key = ::stoa::wikis::keys::public_of(&::stoa::wikis::keys::new_seed()).expect("a key");
    let sql = "insert into wikis (name, title, server, api, rest, article, issuer, oauth_client, oauth_secret, login,
            sign_key, wiki_key, created_at, next_ask_at)
         values ('tea', 'Tea Wiki', $1, $2, $3, $4, $1, 'client', $5, 1, $6, $7, $8, $8)";
    let (api, rest, article) =
        (format!("{server}/w/api.php"), format!("{server}/w/rest.php"), format!("{server}/wiki/$1"));
    s.sql(sql, params![server, &api, &rest, &article, secret, &seed, &key, s.now()]).await;
    let (author, now) = (s.user("vera").await, s.now());
    let sql = "insert into wiki_accounts (wiki_id, issuer, sub, user_id, name, linked_at, refreshed_at)
         select w.id, w.issuer, $1, cast($2 as bigint), $3, cast($4 as bigint), cast($4 as bigint) from wikis w";
    s.sql(sql, params![sub, author, name, now]).await;
}
