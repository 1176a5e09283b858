//! Renders a batch of texts on every processor.

use std::thread;

use stoa_markup::{Profile, Resolve};

use super::posts::Post;

/// Fills in the HTML, the quotes and the excerpt of posts, and their language where `guess` says so.
pub fn posts(posts: &mut [Post], names: &(dyn Resolve + Sync), guess: bool) {
    let threads = thread::available_parallelism().map_or(1, usize::from);
    let share = posts.len().div_ceil(threads * 4).max(16);
    let queue = std::sync::Mutex::new(posts.chunks_mut(share));
    let work = || {
        while let Some(chunk) = queue.lock().ok().and_then(|mut q| q.next()) {
            chunk.iter_mut().filter(|p| p.kind == 0).for_each(|post| one(post, names, guess));
        }
    };
    thread::scope(|scope| {
        (1..threads).for_each(|_| drop(scope.spawn(work)));
        work();
    });
}

fn one(post: &mut Post, names: &dyn Resolve, guess: bool) {
    let rendered = stoa_markup::render(&post.raw, Profile::Post, names);
    post.html = rendered.html;
    post.quotes = rendered.quotes;
    post.polls = rendered.polls;
    post.uploads = rendered.uploads;
    if post.number == 1 {
        post.excerpt = Some(stoa_markup::excerpt(&rendered.text, 300));
    }
    if guess {
        post.lang = crate::posts::text::language_of(&rendered.text, &post.lang);
    }
}
