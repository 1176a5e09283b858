//! Polls: asking, voting, who sees what, and what stays as it is.

use stoa::clock::{DAY, HOUR, MINUTE};
use stoa::db::params;
use stoa::polls::close;

use crate::support::{Browser, Page, Stoa, Topic};

const TEA: &str =
    "Which one?\n\n[poll type=regular results=always]\n# Best tea\n* green\n* black & milk\n[/poll]\n\nThank you.";

async fn ask(s: &Stoa, text: &str) -> (Topic, i64) {
    let topic = s.topic("Tea").by("ada").saying(text).await;
    let poll = s.number("select max(id) from polls", &[]).await;
    (topic, poll)
}

async fn option(s: &Stoa, poll: i64, text: &str) -> String {
    s.number("select id from poll_options where poll_id = $1 and text = $2", params![poll, text]).await.to_string()
}

/// Votes as a form does.
async fn vote(s: &Stoa, who: &Browser, poll: i64, options: &[&str]) -> Page {
    let mut fields = Vec::new();
    for text in options {
        fields.push(option(s, poll, text).await);
    }
    let fields: Vec<(&str, &str)> = fields.iter().map(|id| ("option", id.as_str())).collect();
    who.post(format!("/polls/{poll}/vote"), &fields).await
}

both_engines! {
    /// A public poll says so before one votes, and shows names where it shows results; it cannot become public afterwards.
    async fn a_public_poll_shows_who_chose_what(s: Stoa) {
        let text = "[poll public=true results=on_vote]\n* green\n* black\n[/poll]";
        let (topic, poll) = ask(s, text).await;
        let (bo, cy) = (s.browser("bo"), s.browser("cy"));
        bo.get(topic.url()).await.shows("With the results everybody sees who chose what.").lacks("Nobody is shown");
        vote(s, &bo, poll, &["green"]).await.is(303);
        cy.get(topic.url()).await.lacks("Who chose this").lacks("/u/bo");
        s.stranger().get(topic.url()).await.lacks("/u/bo");
        vote(s, &cy, poll, &["black"]).await.is(303);
        let page = cy.get(topic.url()).await;
        page.shows("Who chose this");
        let dom = page.dom();
        let rows: Vec<String> = dom.all().iter().filter(|e| e.attribute("class").is_some_and(|c| c.contains("poll__row")) && e.name == "li").map(|e| e.words()).collect();
        assert!(rows[0].contains("green") && rows[0].contains("bo") && !rows[0].contains("cy"), "{rows:?}");
        assert!(rows[1].contains("black") && rows[1].contains("cy") && !rows[1].contains("bo"), "{rows:?}");
        cy.post(format!("/polls/{poll}/unvote"), &[]).await.is(303);
        cy.get(topic.url()).await.lacks("Who chose this");
        // A secret poll stays secret.
        let (topic, poll) = ask(s, TEA).await;
        vote(s, &bo, poll, &["green"]).await.is(303);
        s.stranger().get(topic.url()).await.shows("1 vote, 100%").lacks("/u/bo");
        let post = s.post_id(&topic, 1).await;
        let edit = [("raw", TEA.replace("results=always", "results=always public=true"))];
        let edit: Vec<(&str, &str)> = edit.iter().map(|(k, v)| (*k, v.as_str())).collect();
        s.browser("ada").post(format!("/p/{post}/edit"), &edit).await.is(422);
        s.stranger().get(topic.url()).await.lacks("/u/bo");
    }

    /// However many there are: some names, how many more, and one statement.
    async fn a_crowd_of_voters_is_cut_short(s: Stoa) {
        let (topic, poll) = ask(s, "[poll public=true]\n* green\n* black\n[/poll]").await;
        let green = option(s, poll, "green").await;
        for n in 0..3 {
            vote(s, &s.browser(&format!("voter {n}")), poll, &["green"]).await.is(303);
        }
        s.sql("update poll_options set vote_count = 130, imported_vote_count = 127 where id = cast($1 as bigint)", params![green.parse::<i64>().expect("a number")]).await;
        s.sql("update polls set voter_count = 130, imported_voter_count = 127", &[]).await;
        s.stranger().get(topic.url()).await.shows("voter 0").shows("voter 2").shows("and 127 more");
        s.is_whole().await;
    }

    async fn somebody_asks_and_others_answer(s: Stoa) {
        let (topic, poll) = ask(s, TEA).await;
        let bo = s.browser("bo");
        let page = bo.get(topic.url()).await;
        page.shows("Best tea").shows("black & milk").shows("Thank you.").shows("Nobody has voted yet.");
        let form = page.form(&format!("/polls/{poll}/vote"));
        let page = form.add("option", &option(s, poll, "black & milk").await).submit().await;
        page.is_ok().shows("1 vote, 100%").shows("0 votes, 0%").shows("Your vote").shows("One person has voted.");
        vote(s, &s.browser("cy"), poll, &["green"]).await.is(303);
        bo.get(topic.url()).await.shows("1 vote, 50%").shows("2 people have voted.");
        // Strangers see what is public, and how to take part; their stored page is made anew with every vote.
        let stranger = s.stranger().get(topic.url()).await;
        stranger.shows("1 vote, 50%").shows("Log in to vote").lacks("Your vote");
        assert!(!stranger.has_form(&format!("/polls/{poll}/vote")));
        vote(s, &s.browser("dan"), poll, &["green"]).await.is(303);
        s.stranger().get(topic.url()).await.shows("2 votes, 67%");
        // Changing one's mind, voting twice, taking it back.
        vote(s, &bo, poll, &["green"]).await.is(303);
        vote(s, &bo, poll, &["green"]).await.is(303);
        bo.get(topic.url()).await.shows("3 votes, 100%").shows("3 people have voted.");
        bo.post(format!("/polls/{poll}/unvote"), &[]).await.is(303);
        bo.post(format!("/polls/{poll}/unvote"), &[]).await.is(303);
        bo.get(topic.url()).await.shows("2 people have voted.").lacks("Your vote");
        s.is_whole().await;
        s.sql("update poll_options set vote_count = 7", &[]).await;
        assert!(!stoa::check::run(&s.app, false).await.expect("a check").is_empty(), "the check counts votes");
    }

    async fn several_answers_have_limits(s: Stoa) {
        let text = "[poll type=multiple min=2 max=3 results=always]\n* a1\n* b1\n* c1\n* d1\n[/poll]";
        let (topic, poll) = ask(s, text).await;
        let bo = s.browser("bo");
        bo.get(topic.url()).await.shows("Choose between 2 and 3 answers.");
        vote(s, &bo, poll, &["a1"]).await.is(422).is_refused("poll-choices");
        vote(s, &bo, poll, &["a1", "b1", "c1", "d1"]).await.is(422).is_refused("poll-choices");
        vote(s, &bo, poll, &["a1", "a1"]).await.is(422).is_refused("poll-choices");
        vote(s, &bo, poll, &["a1", "d1"]).await.is(303);
        bo.get(topic.url()).await.shows("One person has voted.").shows("1 vote, 100%");
        // Answers of another poll, and what is no answer at all.
        let (_, other) = ask(s, TEA).await;
        let foreign = option(s, other, "green").await;
        let own = option(s, poll, "a1").await;
        bo.post(format!("/polls/{poll}/vote"), &[("option", &own), ("option", &foreign)]).await.is(400);
        bo.post(format!("/polls/{poll}/vote"), &[("option", "x")]).await.is(400);
        bo.post(format!("/polls/{other}/vote"), &[]).await.is(422);
        assert_eq!(s.number("select count(*) from poll_votes", &[]).await, 2);
        s.is_whole().await;
    }

    async fn results_wait_for_the_end(s: Stoa) {
        // An hour after every story begins.
        let (topic, poll) = ask(s, "[poll results=on_close close=2026-03-10T10:00:00Z]\n* yes\n* no\n[/poll]").await;
        let (bo, ada) = (s.browser("bo"), s.browser("ada"));
        vote(s, &bo, poll, &["yes"]).await.is(303);
        vote(s, &ada, poll, &["yes"]).await.is(303);
        for browser in [&bo, &ada, &s.browser("new"), &s.stranger()] {
            browser.get(topic.url()).await.lacks("100%").shows("2 people have voted.").shows("when the poll has ended");
        }
        bo.get(topic.url()).await.shows("Your vote");
        close::once(&s.app).await.expect("a round");
        s.stranger().get(topic.url()).await.lacks("100%");
        s.wait(HOUR);
        // Members' bits are their own: right at once. What strangers share is made anew by the clock.
        bo.get(topic.url()).await.shows("2 votes, 100%");
        vote(s, &s.browser("late"), poll, &["no"]).await.is(403).is_refused("poll-ended");
        bo.post(format!("/polls/{poll}/unvote"), &[]).await.is_refused("poll-ended");
        close::once(&s.app).await.expect("a round");
        s.stranger().get(topic.url()).await.shows("2 votes, 100%").lacks("Log in to vote");
        let version = s.number("select version from topics where id = $1", params![topic.id]).await;
        close::once(&s.app).await.expect("a round");
        assert_eq!(s.number("select version from topics where id = $1", params![topic.id]).await, version, "once is enough");
        // Its author may let it go on.
        let post = s.post_id(&topic, 1).await;
        let longer = "[poll results=on_close close=2026-03-12]\n* yes\n* no\n[/poll]";
        ada.post(format!("/p/{post}/edit"), &[("raw", longer)]).await.is(303);
        s.stranger().get(topic.url()).await.lacks("100%").shows("Log in to vote");
        vote(s, &s.browser("late"), poll, &["no"]).await.is(303);
        s.wait(2 * DAY);
        close::once(&s.app).await.expect("a round");
        s.stranger().get(topic.url()).await.shows("2 votes, 67%");
        s.is_whole().await;
    }

    async fn results_are_for_those_they_are_for(s: Stoa) {
        let (on_vote, poll) = ask(s, "[poll results=on_vote]\n* yes\n* no\n[/poll]").await;
        vote(s, &s.browser("bo"), poll, &["yes"]).await.is(303);
        s.browser("bo").get(on_vote.url()).await.shows("1 vote, 100%");
        for browser in [s.browser("cy"), s.stranger()] {
            browser.get(on_vote.url()).await.lacks("100%").shows("those who have voted");
        }
        let (staff, poll) = ask(s, "[poll results=staff_only close=2026-03-10T10:00:00Z]\n* yes\n* no\n[/poll]").await;
        s.moderator("ines").await;
        vote(s, &s.browser("bo"), poll, &["yes"]).await.is(303);
        s.wait(DAY);
        close::once(&s.app).await.expect("a round");
        for browser in [s.browser("bo"), s.browser("ada"), s.stranger()] {
            browser.get(staff.url()).await.lacks("100%").shows("Only moderators");
        }
        s.browser("ines").get(staff.url()).await.shows("1 vote, 100%");
    }

    async fn only_those_who_may_write_vote(s: Stoa) {
        let (topic, poll) = ask(s, TEA).await;
        s.silence("silas", s.now() + DAY).await;
        vote(s, &s.browser("silas"), poll, &["green"]).await.is_refused("silenced");
        let page = s.browser("silas").get(topic.url()).await;
        page.shows("green");
        assert!(!page.has_form(&format!("/polls/{poll}/vote")));
        s.stranger().post(format!("/polls/{poll}/vote"), &[]).await.is(401);
        s.browser("bo").post("/polls/999999/vote", &[]).await.is_not_found();
        s.mark(&topic, "closed").await;
        vote(s, &s.browser("bo"), poll, &["green"]).await.is_refused("topic-closed");
        let page = s.browser("bo").get(topic.url()).await;
        assert!(!page.has_form(&format!("/polls/{poll}/vote")));
        s.stranger().get(topic.url()).await.lacks("Log in to vote");
        assert_eq!(s.number("select count(*) from poll_votes", &[]).await, 0);
    }

    async fn answers_stay_once_somebody_chose(s: Stoa) {
        let (topic, poll) = ask(s, TEA).await;
        let post = s.post_id(&topic, 1).await;
        let ada = s.browser("ada");
        let edit = format!("/p/{post}/edit");
        // While it is new and nobody has voted, everything may change.
        let other = TEA.replace("green", "red");
        ada.post(&edit, &[("raw", &other)]).await.is(303);
        vote(s, &s.browser("bo"), poll, &["red"]).await.is(303);
        // Then the answers stay, and the text that was typed comes back.
        for changed in [TEA.to_owned(), "No question.".to_owned(), other.replace("always", "on_close")] {
            let page = ada.post(&edit, &[("raw", &changed)]).await;
            page.is(422).shows("stay as they are");
            assert_eq!(page.form("edit").value("raw"), Some(changed.as_str()));
        }
        // Words around it, its question and its end may change, and the votes stay.
        let around = other.replace("Which one?", "Do tell!").replace("# Best", "# Very best");
        ada.post(&edit, &[("raw", &around)]).await.is(303);
        s.browser("bo").get(topic.url()).await.shows("Do tell!").shows("Very best").shows("1 vote, 100%").shows("Your vote");
        // A second poll may come later, and go again.
        let two = format!("{around}\n\n[poll name=cake]\n* plum\n* apple\n[/poll]");
        ada.post(&edit, &[("raw", &two)]).await.is(303);
        let page = s.browser("bo").get(topic.url()).await;
        page.shows("plum").shows("Your vote");
        ada.post(&edit, &[("raw", &around)]).await.is(303);
        s.browser("bo").get(topic.url()).await.lacks("plum").shows("Your vote");
        // Without votes they stay after five minutes as well.
        let (topic, _) = ask(s, TEA).await;
        s.wait(6 * MINUTE);
        let edit = format!("/p/{}/edit", s.post_id(&topic, 1).await);
        ada.post(&edit, &[("raw", &other)]).await.is(422).shows("stay as they are");
        s.is_whole().await;
    }

    async fn a_wrong_poll_is_told_and_nothing_is_lost(s: Stoa) {
        let topic = s.topic("Tea").await;
        let bo = s.browser("bo");
        let reply = format!("/t/{}/replies", topic.id);
        let many: String = (0..41).map(|n| format!("* {n}\n")).collect();
        let three = "[poll]\n* a\n* b\n[/poll]\n\n".repeat(3);
        for (text, says) in [
            ("[poll]\n* a\n[/poll]".to_owned(), "at least two"),
            (format!("[poll]\n{many}[/poll]"), "at most 40"),
            ("[poll]\n* a\n* a\n[/poll]".to_owned(), "the same"),
            ("[poll type=ranked_choice]\n* a\n* b\n[/poll]".to_owned(), "type=regular"),
            ("[poll type=multiple max=9]\n* a\n* b\n[/poll]".to_owned(), "min and max"),
            ("[poll close=soon]\n* a\n* b\n[/poll]".to_owned(), "close=2026"),
            (format!("[poll]\n* a\n* {}\n[/poll]", "b".repeat(201)), "200"),
            (three.trim().to_owned(), "at most 2 polls"),
        ] {
            let page = bo.post(&reply, &[("raw", &text)]).await;
            page.is(422).shows(says);
            assert_eq!(page.form("reply").value("raw"), Some(text.as_str()));
        }
        assert_eq!(s.number("select count(*) from polls", &[]).await, 0);
    }

    /// Feeds, the source and the print know nothing of forms: they show the question as its author wrote it.
    async fn a_poll_reads_well_elsewhere(s: Stoa) {
        let (topic, _) = ask(s, TEA).await;
        s.stranger().get(format!("{}.atom", topic.url())).await.is_ok().shows("Best tea").shows("green");
        s.stranger().get(format!("/raw/{}/1", topic.id)).await.is_ok().shows("[poll type=regular results=always]");
        s.stranger().get(format!("{}/print", topic.url())).await.is_ok().shows("Best tea").shows("black & milk");
        // Quoting it asks nobody.
        s.reply(&topic, "bo", "[quote=\"ada, post:1, topic:1\"]\n[poll]\n* a\n* b\n[/poll]\n[/quote]\nNice").await;
        assert_eq!(s.number("select count(*) from polls", &[]).await, 1);
    }

    /// Ten people at once, each several times: every vote is counted once.
    async fn votes_at_the_same_time_are_all_counted(s: Stoa) {
        let (topic, poll) = ask(s, "[poll type=multiple]\n* yes\n* no\n[/poll]").await;
        let (yes, no) = (option(s, poll, "yes").await, option(s, poll, "no").await);
        let mut jobs = Vec::new();
        for n in 0..10 {
            s.user(&format!("voter{n}")).await;
            let browser = s.browser(&format!("voter{n}"));
            browser.token().await;
            for (a, b) in [(yes.clone(), no.clone()), (no.clone(), yes.clone())] {
                let browser = browser.clone();
                jobs.push(tokio::spawn(async move {
                    browser.post(format!("/polls/{poll}/vote"), &[("option", &a), ("option", &b)]).await.is(303);
                }));
            }
        }
        for job in jobs {
            job.await.expect("no panic");
        }
        s.stranger().get(topic.url()).await.shows("10 votes, 100%").shows("10 people have voted.");
        s.is_whole().await;
    }
}
