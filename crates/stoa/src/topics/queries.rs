//! Every SQL statement about topics that more than one page uses.

macro_rules! columns {
    () => {
        "t.id, t.kind, t.category_id, t.title, t.slug, t.excerpt, t.author_id, t.lang, t.created_at, t.bumped_at,
        t.last_post_at, t.last_poster_id, t.post_count, t.highest_number, t.like_count, t.pinned_at, t.pinned_until,
        t.pinned_everywhere, t.closed_at, t.archived_at, t.unlisted_at, t.hidden_at, t.deleted_at, t.solved_number,
        t.version, t.linked, case when t.kind = 2 then (
            select string_agg(cast(tp.kind as text) || ' ' || cast(tp.subject as text), ',')
            from topic_people tp where tp.topic_id = t.id) end"
    };
}
pub(crate) use columns;

/// How many columns those are: what a statement selects behind them begins here.
pub const COLUMNS: usize = 27;

pub const BY_ID: &str = concat!("select ", columns!(), " from topics t where t.id = $1");

/// Topics by id.
pub const BY_IDS: &str = concat!("select ", columns!(), " from topics t where t.id in ids($1)");

/// Names and pictures of people by id: id, name, picture.
pub const PEOPLE: &str = "select u.id, u.name, f.sha256 from users u left join uploads f on f.id = u.avatar_upload_id
    where u.id in ids($1)";

/// Tags of topics: topic, name, id.
pub const TAGS: &str = "select tt.topic_id, g.name, g.id from topic_tags tt join tags g on g.id = tt.tag_id
    where tt.topic_id in ids($1) order by g.name";

/// How far somebody has read topics: topic, last number, level.
pub const READS: &str = "select topic_id, last_number, level from reads where user_id = $1 and topic_id in ids($2)";
