//! What a wiki says of people who are linked to it: new names, standing, blocks.

use mediawiki_double::User;
use serde_json::json;
use stoa::clock::{DAY, HOUR};
use stoa::db::params;
use stoa::wikis::standing;

use crate::telling::{own_key, say, status};
use crate::wiki_login::{ADA, there};

both_engines! {
    /// A new name on the wiki is the new name here, and the old address leads to it.
    async fn renames_are_followed(s: Stoa) {
        let there = there(s).await;
        let ada = there.sign_up(ADA).await;
        there.wiki.change(ADA, |ada| ada.name = "Ada Lovelace".into());
        there.log_in(&there.node.stranger(), ADA, "/").await.is_ok();
        for (old, new) in [("/u/Ada_(WMDE)", "/u/Ada_Lovelace"), ("/u/Ada_(WMDE)/posts", "/u/Ada_Lovelace/posts")] {
            let page = there.node.stranger().get(old).await;
            page.is_ok().shows("Ada Lovelace");
            assert_eq!(page.path, new);
        }
        ada.get("/settings/wikis").await.shows("Ada Lovelace").lacks("(WMDE)");
        // A name that somebody has here is theirs; logging in goes on all the same.
        there.node.user("Countess").await;
        there.wiki.change(ADA, |ada| ada.name = "Countess".into());
        there.log_in(&there.node.stranger(), ADA, "/new").await.is_ok();
        assert_eq!(there.node.text("select u.name || ' / ' || a.name from wiki_accounts a join users u on u.id = a.user_id", &[]).await, "Ada Lovelace / Countess");
    }

    /// Whoever chose another name here keeps it.
    async fn a_name_of_ones_own_is_kept(s: Stoa) {
        let there = there(s).await;
        let browser = there.node.stranger();
        let page = there.log_in(&browser, ADA, "/").await;
        page.form("/join/wiki").fill("name", "Enchantress").submit().await.is_ok();
        there.wiki.change(ADA, |ada| ada.name = "Ada Lovelace".into());
        there.log_in(&there.node.stranger(), ADA, "/").await.is_ok();
        assert_eq!(there.node.number("select count(*) from users where name = 'Enchantress'", &[]).await, 1);
        browser.get("/settings/wikis").await.shows("Ada Lovelace");
    }

    /// Known editors begin with a level; it only rises.
    async fn standing_gives_a_level_that_only_rises(s: Stoa) {
        let there = there(s).await;
        there.sign_up(ADA).await;
        assert_eq!(there.level("Ada (WMDE)").await, 2, "700 edits in years");
        there.wiki.change(ADA, |ada| ada.edit_count = 3);
        there.log_in(&there.node.stranger(), ADA, "/").await;
        assert_eq!(there.level("Ada (WMDE)").await, 2);
        // The wiki is asked once a day, without anybody logging in.
        there.wiki.change(ADA, |ada| ada.groups.push("sysop".into()));
        assert_eq!(standing::round(&there.node.app).await.expect("a round"), 0);
        there.node.wait(DAY + HOUR);
        assert_eq!(standing::round(&there.node.app).await.expect("a round"), 1);
        assert_eq!(there.level("Ada (WMDE)").await, 3);
        // Away for a day, it changes nothing, and is asked again an hour later.
        there.wiki.state().is_down = true;
        there.node.wait(DAY + HOUR);
        assert_eq!(standing::round(&there.node.app).await.expect("a round"), 1);
        assert_eq!(standing::round(&there.node.app).await.expect("a round"), 0);
        there.wiki.state().is_down = false;
        there.node.wait(HOUR);
        assert_eq!(standing::round(&there.node.app).await.expect("a round"), 1);
    }

    /// Somebody else who has the name by now is not taken for its former owner.
    async fn a_name_that_was_given_on_gives_nothing(s: Stoa) {
        let there = there(s).await;
        there.sign_up(ADA).await;
        there.wiki.change(ADA, |ada| ada.name = "Ada Lovelace".into());
        let mut other = User::new(77, "Ada (WMDE)");
        other.groups.push("steward".into());
        there.wiki.add(other);
        there.node.wait(2 * DAY);
        standing::round(&there.node.app).await.expect("a round");
        assert_eq!(there.level("Ada (WMDE)").await, 2);
        assert_eq!(there.node.number("select count(*) from wiki_accounts where groups like '%steward%'", &[]).await, 0);
    }

    /// A wiki that tells of a new name is believed for its own accounts.
    async fn a_wiki_tells_of_new_names(s: Stoa) {
        let there = there(s).await;
        there.sign_up(ADA).await;
        let seed = own_key(&there.node).await;
        let said = |sub: &str, name: &str| json!({"type": "user.renamed", "wiki": "wiki", "sub": sub, "name": name});
        assert_eq!(status(&say(&there.node, &seed, &said("5", "Nobody here")).await), "none");
        assert_eq!(status(&say(&there.node, &seed, &said("4", "")).await), "none");
        assert_eq!(status(&say(&there.node, &seed, &said("4", "Ada Lovelace")).await), "stored");
        let page = there.node.stranger().get("/u/Ada_(WMDE)").await;
        page.is_ok().shows("Ada Lovelace");
        // The wiki is asked by the new name from then on.
        there.wiki.change(ADA, |ada| {
            ada.name = "Ada Lovelace".into();
            ada.edit_count = 9000;
        });
        there.node.wait(2 * DAY);
        standing::round(&there.node.app).await.expect("a round");
        assert_eq!(there.level("Ada Lovelace").await, 3);
    }

    /// Where a wiki has its accounts to itself, whoever was renamed is found by their number, without logging in.
    async fn the_renamed_are_found_by_their_number(s: Stoa) {
        let there = there(s).await;
        there.wiki.state().is_farm = false;
        there.sign_up(ADA).await;
        there.wiki.change(ADA, |ada| {
            ada.name = "Ada Lovelace".into();
            ada.edit_count = 9000;
        });
        there.wiki.add(User::new(77, "Ada (WMDE)"));
        there.node.wait(2 * DAY);
        standing::round(&there.node.app).await.expect("a round");
        assert_eq!(there.level("Ada Lovelace").await, 3);
        there.node.stranger().get("/u/Ada_(WMDE)").await.is_ok().shows("Ada Lovelace");
    }

    /// Fifty names to a question, however many there are.
    async fn many_people_are_asked_about_at_once(s: Stoa) {
        let there = there(s).await;
        let now = there.node.now();
        for n in 0..120 {
            let user = there.node.user(&format!("Person {n}")).await;
            there.node.sql(
                "insert into wiki_accounts (wiki_id, issuer, sub, user_id, name, linked_at, refreshed_at) values (1, $1, $2, $3, $4, $5, $5)",
                params![&there.wiki.base(), (1000 + n).to_string(), user, format!("Person {n}"), now],
            ).await;
            there.wiki.add(User { edit_count: 10, ..User::new(1000 + n, &format!("Person {n}")) });
        }
        there.node.wait(2 * DAY);
        let before = there.wiki.times("/w/api.php");
        assert_eq!(standing::round(&there.node.app).await.expect("a round"), 120);
        assert_eq!(there.wiki.times("/w/api.php") - before, 3);
        assert_eq!(there.node.number("select count(*) from users where trust_level = 1", &[]).await, 120);
    }

    /// Whoever is blocked there is told so, when logging in and in the settings, and what it means here.
    async fn a_blocked_user_is_told(s: Stoa) {
        let there = there(s).await;
        there.wiki.change(ADA, |ada| ada.blocked = Some("20260401000000".into()));
        let browser = there.node.stranger();
        let page = there.log_in(&browser, ADA, "/").await;
        page.is_ok().shows("Your account is blocked on Tea Wiki").shows("does not keep you from taking part here");
        page.form("/join/wiki").submit().await.is_ok();
        assert_eq!(there.level("Ada (WMDE)").await, 0);
        browser.get("/settings/wikis").await.is_ok().shows("Your account is blocked on Tea Wiki");
        let page = there.log_in(&there.node.stranger(), ADA, "/latest").await;
        page.is_ok().shows("Your account is blocked on the wiki");
        // Asked by the public API, the wiki says until when; and when it is over, it counts again.
        let page = browser.get("/settings/wikis").await.form("/refresh").submit().await;
        page.is_ok().shows("The wiki was asked").shows("blocked on Tea Wiki until 1 Apr 2026");
        there.wiki.change(ADA, |ada| ada.blocked = None);
        let page = browser.get("/settings/wikis").await.form("/refresh").submit().await;
        page.is_ok().lacks("blocked on Tea Wiki");
        assert_eq!(there.level("Ada (WMDE)").await, 2);
        there.wiki.state().is_down = true;
        browser.get("/settings/wikis").await.form("/refresh").submit().await.is(502).shows("did not say anything");
    }
}
