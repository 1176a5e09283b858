//! Administration: what an administrator changes holds with the next request, and what must not happen is refused.

use stoa::site::{ADMINISTRATORS, Level, MODERATORS};

both_engines! {
    /// Addresses never die: with and without the number, in every script.
    async fn a_renamed_category_keeps_its_old_addresses(s: Stoa) {
        s.admin("ines").await;
        for (old, new) in [("Uploads", "files"), ("עזרה", "שאלות")] {
            let room = s.category(old).await;
            let page = s.browser("ines").get(format!("/admin/categories/{}", room.id)).await;
            page.form(&format!("/categories/{}", room.id)).fill("slug", new).submit().await.is_ok().shows("The category is saved.");
            let now = encoded(&format!("/c/{new}/{}", room.id));
            for address in [format!("/c/{}", room.slug), room.url()] {
                let page = s.stranger().get(encoded(&address)).await;
                page.is_ok();
                assert_eq!(page.path, now, "{address} leads to it");
            }
        }
    }

    /// Made private, a category is gone for strangers with the next request, and the change is asked about in words.
    async fn a_category_made_private_disappears_at_once(s: Stoa) {
        s.admin("ines").await;
        let room = s.category("Staff room").await;
        let which = format!("/categories/{}", room.id);
        let topic = s.topic("Who is away in May").in_category(&room).await;
        s.stranger().get(topic.url()).await.is_ok();
        let page = s.browser("ines").get(format!("/admin/categories/{}", room.id)).await;
        page.shows("Everyone can read. Members can read, reply and start topics.");
        let form = page.form(&which).drop("right[]").add("right[]", &format!("{MODERATORS}:3"));
        let asked = form.submit().await;
        asked.is_ok().shows("Until now: Everyone can read. Members can read, reply and start topics.");
        asked.shows("From now on: Moderators can read, reply and start topics.");
        s.stranger().get(topic.url()).await.is_ok();
        asked.form(&which).submit().await.is_ok().shows("Moderators can read, reply and start topics.");
        s.stranger().get(topic.url()).await.is_not_found();
        s.stranger().get(room.url()).await.is_not_found();
        s.stranger().get("/latest").await.is_ok().lacks("Who is away in May");
        s.browser("bo").get(topic.url()).await.is_not_found();
        s.moderator("mo").await;
        s.browser("mo").get(topic.url()).await.is_ok();
        // A new name does not tell strangers that the room is there.
        let page = s.browser("ines").get(format!("/admin/categories/{}", room.id)).await;
        page.form(&which).fill("slug", "cellar").submit().await.is_ok();
        s.stranger().get("/c/staff-room").await.is_not_found().lacks("cellar");
        assert!(!s.stranger().peek("/c/staff-room").await.header("location").contains("cellar"));
    }

    /// Somebody must be left who can undo things, however the role is given up.
    async fn the_last_administrator_stays(s: Stoa) {
        let ines = s.admin("ines").await;
        let browser = s.browser("ines");
        let role = format!("/admin/people/{ines}/role");
        let revoke = [("group", "1"), ("act", "revoke")];
        browser.post(&role, &revoke).await.is(409).shows("This is the last administrator");
        let out = format!("/admin/groups/{ADMINISTRATORS}/remove");
        browser.post(&out, &[("user", &ines.to_string())]).await.is(409).shows("This is the last administrator");
        browser.get("/admin").await.is_ok();
        // One who cannot log in does not count.
        let bo = s.user("bo").await;
        browser.post(format!("/admin/people/{bo}/role"), &[("group", "1"), ("act", "grant")]).await.is(303);
        s.suspend("bo", s.now() + stoa::clock::DAY).await;
        browser.post(&role, &revoke).await.is(409);
        s.suspend("bo", 0).await;
        browser.post(&role, &revoke).await.is(303);
        s.browser("ines").get("/admin").await.is_not_found();
        s.browser("bo").get("/admin").await.is_ok();
        assert_eq!(s.number("select user_count from groups where id = 1", &[]).await, 1);
    }

    /// People go in and out of groups by name, and the groups keep count.
    async fn groups_count_who_is_in_them(s: Stoa) {
        s.admin("ines").await;
        s.user("bo").await;
        s.user("Cleo Ångström").await;
        let ines = s.browser("ines");
        let made = ines.get("/admin/groups/new").await;
        let page = made.form("/new").fill("name", "translators").fill("full_name", "Translators").submit().await;
        page.is_ok().shows("Translators").shows("The group is there.");
        let page = page.form("/add").fill("names", "bo\nnobody").submit().await;
        page.is(422).shows("Nobody here is called").shows("nobody");
        assert_eq!(page.form("/add").value("names"), Some("bo\nnobody"), "what was typed is kept");
        let page = page.form("/add").fill("names", "bo\n@cleo_ångström\nBO").submit().await;
        page.is_ok().shows("2 people in this group").shows("Cleo Ångström");
        page.form("/remove").submit().await.is_ok().shows("1 person in this group");
        let wrong = ines.get("/admin/groups/new").await.form("/new").fill("name", "trans1ators").submit().await;
        wrong.is(422).shows("This name is taken");
        let unequal = "select count(*) from groups g where g.user_count <>
            (select count(*) from group_members m where m.group_id = g.id)";
        assert_eq!(s.number(unequal, &[]).await, 0);
    }

    /// What is wrong with a setting is said beside it, and nothing of the form is lost or stored.
    async fn bad_settings_come_back_with_the_reason(s: Stoa) {
        s.admin("ines").await;
        let ines = s.browser("ines");
        let form = ines.get("/admin/settings").await.form("/admin/settings");
        let bad = form.clone().fill("name", "").fill("tagline", "For all who mend things").fill("wiki", "javascript:$1");
        let page = bad.fill("interwiki", "foo https://foo.example/$1\nbroken").submit().await;
        page.is(422).shows("There are 3 problems").shows("The site needs a name.").shows("is not the address of a wiki");
        page.shows("is not a prefix and an address");
        let kept = page.form("/admin/settings");
        assert_eq!(kept.value("tagline"), Some("For all who mend things"));
        assert_eq!(kept.value("interwiki"), Some("foo https://foo.example/$1\nbroken"));
        assert_eq!(s.number("select count(*) from settings where key in ('tagline', 'interwiki')", &[]).await, 0);
        let good = kept.fill("name", "Mendery").fill("wiki", "https://wiki.example/$1").fill("interwiki", "Foo  https://foo.example/$1");
        good.submit().await.is_ok().shows("The settings are saved");
        s.stranger().get("/latest").await.is_ok().shows("Mendery");
        let text = s.cook("[[Glue]] and [[foo:Screws]]").await.html;
        assert!(text.as_str().contains("https://wiki.example/Glue"), "{}", text.as_str());
        assert!(text.as_str().contains("https://foo.example/Screws"), "{}", text.as_str());
    }

    /// A tree without circles, one address for each category.
    async fn a_category_is_made_and_checked(s: Stoa) {
        s.admin("ines").await;
        let ines = s.browser("ines");
        let page = ines.get("/admin/categories/new").await;
        let made = page.form("/new").fill("name", "Commons & co").fill("description", "All about **files**.").submit().await;
        made.is_ok().shows("Commons & co").shows("Everyone can read. Members can read, reply and start topics.");
        let site = s.site().await;
        let top = site.category_by_slug("commons-co").expect("it is there").id;
        let page = ines.get("/admin/categories/new").await;
        let form = page.form("/new").fill("name", "Inner").fill("parent", &top.to_string()).fill("color", "4");
        form.clone().fill("slug", "commons-co").submit().await.is(422).shows("has this address already");
        form.clone().fill("slug", "Not good").submit().await.is(422).shows("not-good");
        form.clone().fill("color", "9").submit().await.is(422).shows("Please choose one of the colours.");
        form.clone().fill("lang", "nonsense").submit().await.is(422).shows("is not the code of a language");
        form.fill("lang", "sr-ec").submit().await.is_ok();
        let inner = s.site().await.category_by_slug("inner").cloned().expect("it is there");
        assert_eq!((inner.parent_id, inner.lang.as_str(), inner.color), (Some(top), "sr-Cyrl", 4));
        let below = inner.id.to_string();
        let circle = [("name", "Commons"), ("parent", below.as_str()), ("color", "1"), ("position", "1")];
        let page = ines.post(format!("/admin/categories/{top}"), &circle).await;
        page.is(422).shows("A category cannot stand in itself");
    }

    /// The texts in the footer: a true one until somebody writes, then the nearest language.
    async fn pages_are_written_in_languages(s: Stoa) {
        let reader = s.stranger();
        reader.get("/imprint").await.is_ok().shows("Not named yet");
        reader.get("/privacy").await.is_ok().shows("stoa-visit").shows("IP");
        s.admin("ines").await;
        let ines = s.browser("ines");
        let form = ines.get("/admin/pages/imprint?lang=de").await.form("/admin/pages/imprint");
        let page = form.fill("raw", "**Verein** für Reparatur <script>alert(1)</script>").press("preview", "1").await;
        page.is_ok().shows("Verein für Reparatur");
        reader.get("/imprint").await.shows("Not named yet");
        let page = page.form("/admin/pages/imprint").submit().await;
        page.is_ok().shows("The text is saved.");
        assert!(!page.body().contains("<script>alert"), "markup of others is only text");
        reader.get("/imprint?uselang=de").await.is_ok().shows("Verein für Reparatur").lacks("Not named yet");
        let form = ines.get("/admin/pages/imprint?lang=en").await.form("/admin/pages/imprint");
        form.fill("raw", "The mending society").submit().await.is_ok();
        s.stranger().get("/imprint").await.shows("The mending society");
        s.stranger().get("/imprint?lang=de").await.shows("Verein für Reparatur");
        let form = ines.get("/admin/pages/imprint?lang=en").await.form("/admin/pages/imprint");
        form.fill("raw", "").submit().await.is_ok();
        s.stranger().get("/imprint").await.shows("Verein für Reparatur");
        ines.get("/admin/pages/other").await.is_not_found();
    }

    /// No page shows a mail address whole, and a link for a new password works once.
    async fn mail_is_seen_without_addresses(s: Stoa) {
        s.admin("ines").await;
        let bo = s.user("bo").await;
        let now = s.now();
        s.sql(
            "insert into outbox (recipient, subject, body, created_at, next_try_at, tries, problem)
             values ('bo.private@example.org', 'Hello', 'secret', $1, $1, 2, '550 <bo.private@example.org> unknown')",
            stoa::db::params![now],
        )
        .await;
        let ines = s.browser("ines");
        ines.get("/admin/mail").await.is_ok().shows("b…@example.org").lacks("bo.private").lacks("secret");
        ines.get("/admin").await.is_ok().shows("1 mail could not be delivered yet");
        let page = ines.get(format!("/admin/people/{bo}")).await.form("/reset").submit().await;
        let dom = page.is_ok().dom();
        let link = dom.find(|e| e.attribute("id") == Some("link")).and_then(|e| e.attribute("value")).expect("a link");
        let path = link.split_once("/reset/").map(|(_, token)| format!("/reset/{token}")).expect("a path");
        s.stranger().get(&path).await.is_ok().shows("bo");
    }
}

stories! {
    /// None of it is there for anybody else.
    async fn administration_is_for_administrators(s: Stoa) {
        s.moderator("mo").await;
        for path in ["/admin", "/admin/settings", "/admin/categories", "/admin/people", "/admin/mail", "/admin/resets"] {
            s.browser("mo").get(path).await.is_not_found();
            s.browser("bo").get(path).await.is_not_found();
            s.stranger().peek(path).await.is(303);
        }
        s.browser("mo").post("/admin/settings", &[("name", "Mine")]).await.is_not_found();
    }

    /// Words for rights say what really holds: strangers cannot write, and a hidden room hides what is in it.
    async fn rights_are_told_as_they_are(s: Stoa) {
        s.admin("ines").await;
        let group = s.group("editors").await;
        let all = s.category("Open").for_group(0, Level::Create).await;
        let cellar = s.category("Cellar").for_group(group, Level::Reply).await;
        s.category("Below").for_group(0, Level::See).for_group(10, Level::Create).under(&cellar).await;
        let page = s.browser("ines").get("/admin/categories").await;
        page.shows("Open Everyone can read. Members can read, reply and start topics.");
        page.shows("Cellar \u{2068}editors\u{2069} can read and reply.");
        page.shows("Below \u{2068}editors\u{2069} can read, reply and start topics.");
        s.browser("bo").post(format!("/admin/categories/{}", all.id), &[]).await.is_not_found();
    }
}

/// A path as browsers send it.
fn encoded(path: &str) -> String {
    let mut url = url::Url::parse("http://localhost/").expect("an address");
    url.set_path(path);
    url.path().to_owned()
}
