//! The index from outside: what is found, by whom, in which order, and what survives.

mod fuzz;
mod index;
mod languages;
mod recall;

use stoa_search::{Doc, Hits, Index, Op, Query, Scope};
use tempfile::TempDir;

/// An index in a folder of its own, which goes with it.
struct Site {
    index: Index,
    dir: TempDir,
}

impl Site {
    fn new() -> Site {
        let dir = tempfile::tempdir().expect("a temporary folder");
        Site { index: Index::open(dir.path()).expect("an empty index"), dir }
    }

    /// An index of these texts: post ids from 1, all in category 1, each the opening post of its topic.
    fn of(texts: &[String]) -> Site {
        let site = Site::new();
        let put = |(n, body): (usize, &String)| Op::Put(Doc { body: body.clone(), ..post(n as i64 + 1) });
        site.index.apply(texts.iter().enumerate().map(put).collect(), "").expect("a commit");
        site
    }

    fn hits(&self, query: &str) -> Hits {
        let scope = Scope { categories: vec![1] };
        self.index.search(&Query::parse(query).0, &scope, 1_000, 0).expect("a search")
    }

    /// Ids of the posts found, in order.
    fn find(&self, query: &str) -> Vec<i64> {
        self.hits(query).posts.iter().map(|hit| hit.post_id).collect()
    }

    /// Ids of the posts found, sorted.
    fn found(&self, query: &str) -> Vec<i64> {
        let mut ids = self.find(query);
        ids.sort_unstable();
        ids
    }
}

/// An empty opening post of its own topic in category 1.
fn post(id: i64) -> Doc {
    Doc { post_id: id, topic_id: id, number: 1, category_id: 1, ..Doc::default() }
}
