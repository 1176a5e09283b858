//! Set-up shared by all renderings: parser options, and the mark of our own elements.

use std::hash::{BuildHasher, RandomState};
use std::sync::LazyLock;

use comrak::Options;

/// Marks attributes and comments that this crate wrote, so that nobody can write our classes,
/// ids or block markers by hand. Drawn once per process and never part of any output.
pub(crate) fn mark() -> &'static str {
    static MARK: LazyLock<String> = LazyLock::new(|| {
        let random = |n: u8| RandomState::new().hash_one(n);
        format!("s{:016x}{:016x}-", random(0), random(1))
    });
    &MARK
}

/// Parser options; `hardbreaks` makes single newlines break lines, `escape` prints raw HTML
/// as text.
pub(crate) fn options(hardbreaks: bool, escape: bool) -> &'static Options<'static> {
    static ALL: LazyLock<[Options<'static>; 4]> =
        LazyLock::new(|| [build(false, false), build(false, true), build(true, false), build(true, true)]);
    &ALL[usize::from(hardbreaks) * 2 + usize::from(escape)]
}

fn build(hardbreaks: bool, escape: bool) -> Options<'static> {
    let mut options = Options::default();
    let on = &mut options.extension;
    on.strikethrough = true;
    on.table = true;
    on.autolink = true;
    on.tasklist = true;
    on.footnotes = true;
    on.wikilinks_title_after_pipe = true;
    on.wikilinks_ignore_embeds = true;
    on.cjk_friendly_emphasis = true;
    options.render.hardbreaks = hardbreaks;
    options.render.escape = escape;
    // The sanitiser decides about HTML and the finishing pass about URLs.
    options.render.r#unsafe = true;
    options
}
