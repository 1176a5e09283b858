//! Every SQL statement about posts that more than one page uses.

macro_rules! columns {
    () => {
        "p.id, p.topic_id, p.number, p.kind, p.action, p.author_id, p.raw, p.html, p.lang, p.in_reply_to,
        p.created_at, p.edited_at, p.revision_count, p.like_count, p.reply_count, p.hidden_at, p.deleted_at,
        p.wiki"
    };
}
pub(crate) use columns;

pub const BY_ID: &str = concat!("select ", columns!(), " from posts p where p.id = $1");

pub const BY_NUMBER: &str = concat!("select ", columns!(), " from posts p where p.topic_id = $1 and p.number = $2");

pub const BY_NUMBERS: &str =
    concat!("select ", columns!(), " from posts p where p.topic_id = $1 and p.number in ids($2) order by p.number");
