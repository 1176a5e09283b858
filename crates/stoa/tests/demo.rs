//! `stoa serve --demo`: an invented community, complete and only where nothing was.

both_engines! {
    /// Everybody sees the public talk, pictures and all; nobody else's rooms.
    async fn an_empty_site_comes_alive(s: Stoa) {
        let welcome = stoa::demo::fill(&s.app).await.expect("it is filled").expect("it was empty");
        assert_eq!(welcome.password.len(), 16);
        let count = async |table: &str| s.number(&format!("select count(*) from {table}"), &[]).await;
        assert_eq!((count("users").await, count("categories where id > 0").await), (40, 15));
        assert!(count("topics").await >= 150 && count("posts").await >= 1_200);
        let langs = s.number("select count(distinct lang) from topics", &[]).await;
        assert!(langs >= 12, "{langs} languages");
        assert_eq!(s.number("select count(*) from posts where created_at > $1", &[s.now().into()]).await, 0);
        assert_eq!(s.number("select count(*) from posts where raw like '%demo:%' or raw like '%topic:this%'", &[]).await, 0);
        assert_eq!(s.number("select count(*) from posts where html like '%<img src=\"/uploads/%'", &[]).await, 41);
        assert_eq!(stoa::check::run(&s.app, true).await.expect("a check"), Vec::<String>::new());

        let stranger = s.stranger();
        stranger.get("/latest").await.is_ok().shows("The Colonnade").lacks("Safety plan for open-air events");
        let hidden = "select t.id from topics t join categories c on c.id = t.category_id where c.slug = 'staff'";
        let hidden = s.number(&format!("{hidden} order by t.id limit 1"), &[]).await;
        stranger.get(format!("/t/-/{hidden}")).await.is_not_found();
        let shown = "select topic_id from posts where html like '%<img src=\"/uploads/%' order by id limit 1";
        let shown = s.number(shown, &[]).await;
        let page = stranger.follow(stranger.get(format!("/t/-/{shown}")).await).await;
        page.is_ok();
    }

    /// What is there is never touched.
    async fn a_site_with_people_is_left_alone(s: Stoa) {
        s.user("ada").await;
        assert!(stoa::demo::fill(&s.app).await.expect("no fault").is_none());
        assert_eq!(s.number("select count(*) from users", &[]).await, 1);
        assert_eq!(s.number("select count(*) from topics", &[]).await, 0);
    }
}
