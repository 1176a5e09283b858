//! `GET /suggest/pages?q=`: pages of the joined wikis whose titles begin as a line of the field that says what a topic is
//! about, written as that field reads them (`binding/named.rs`). A line may begin with a wiki's name here; else the first few
//! wikis are asked at once, and each has its turn.

use std::sync::Arc;

use axum::response::Response;
use tokio::task::JoinSet;
use url::Url;

use super::{Asked, Item, answer, wiki};
use crate::app::App;
use crate::binding::named;
use crate::web::error::Result;
use crate::web::extract::Query;
use crate::web::routes::Field;
use crate::web::{Error, Member, field};
use crate::wikis::Wiki;

pub const QUERY: &[Field] = &[field("q", 120)];

/// Titles in a list.
const MOST: usize = 8;
/// Wikis that are asked about the same letters.
const WIKIS: usize = 4;

pub async fn page(me: Member, app: App, Query(asked): Query<Asked>) -> Result<Response> {
    let wikis = &me.site.wikis;
    if wikis.is_empty() {
        return Err(Error::NotFound);
    }
    let (meant, typed) = meant(wikis, &asked.q);
    if typed.is_empty() {
        return Ok(answer(&[]));
    }
    let found = titles(&app, &me, meant, typed).await?;
    // The best of each wiki first, then the second best.
    let deepest = found.iter().map(|(_, titles)| titles.len()).max().unwrap_or(0);
    let in_turn =
        (0..deepest).flat_map(|at| found.iter().filter_map(move |(wiki, titles)| Some((*wiki, titles.get(at)?))));
    let item = |(wiki, title): (&Wiki, &String)| Item {
        name: named::line(wikis, Some(&wiki.name), Some(title)),
        label: title.clone(),
        avatar: None,
        more: (wikis.len() > 1).then(|| wiki.title.clone()),
        kind: "page",
    };
    Ok(answer(&in_turn.map(item).take(MOST).collect::<Vec<_>>()))
}

/// The wikis that a line may mean, and what is typed of a title there.
fn meant<'w, 'q>(wikis: &'w [Wiki], line: &'q str) -> (&'w [Wiki], &'q str) {
    let line = line.trim();
    if let Some((name, rest)) = line.split_once(':')
        && let Some(at) = wikis.iter().position(|wiki| wiki.name == name.trim().to_lowercase())
    {
        return (&wikis[at..=at], rest.trim());
    }
    (&wikis[..wikis.len().min(WIKIS)], line)
}

/// What each of them has, in their order; those that say nothing in time have nothing.
async fn titles<'w>(
    app: &App,
    me: &Member,
    wikis: &'w [Wiki],
    typed: &str,
) -> Result<Vec<(&'w Wiki, Arc<Vec<String>>)>> {
    let (mut found, mut asking) = (vec![Arc::default(); wikis.len()], JoinSet::new());
    for (at, wiki) in wikis.iter().enumerate() {
        let Ok(api) = Url::parse(&wiki.api) else { continue };
        match wiki::known(app, &api, typed, me.now) {
            Some(titles) => found[at] = titles,
            None => {
                if asking.is_empty() {
                    app.throttle.wiki(me.user.id)?;
                }
                let (app, typed, now) = (app.clone(), typed.to_owned(), me.now);
                asking.spawn(async move { (at, wiki::ask(&app, &api, &typed, now).await) });
            }
        }
    }
    while let Some(answered) = asking.join_next().await {
        if let Ok((at, titles)) = answered {
            found[at] = titles;
        }
    }
    Ok(wikis.iter().zip(found).collect())
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn a_line_may_name_its_wiki() {
        let wiki = |name: &str| Wiki { name: name.into(), ..Wiki::default() };
        let wikis = ["tea", "herbs", "c", "d", "e"].map(wiki);
        let names = |line: &str| {
            let (meant, typed) = meant(&wikis, line);
            (meant.iter().map(|wiki| wiki.name.clone()).collect::<Vec<_>>().join(" "), typed.to_owned())
        };
        assert_eq!(names(" Gre"), ("tea herbs c d".into(), "Gre".into()));
        assert_eq!(names("Herbs: Mi"), ("herbs".into(), "Mi".into()));
        assert_eq!(names("Talk:Mi"), ("tea herbs c d".into(), "Talk:Mi".into()));
        assert_eq!(names("e:"), ("e".into(), String::new()));
    }
}
