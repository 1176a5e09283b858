//! Quotes of other posts: `[quote="name, post:3, topic:9"]…[/quote]`.

/// Where a quote in a text comes from.
#[derive(Clone, Debug, Default, PartialEq, Eq)]
pub struct QuoteRef {
    /// The quoted person, as written; may be empty.
    pub name: String,
    /// The topic of the quoted post.
    pub topic_id: Option<i64>,
    /// The post's number in that topic.
    pub post_number: Option<i64>,
}

/// The block that quotes `raw`, written by `name` as number `post` of `topic`, for the start of
/// a reply.
pub fn quote_block(name: &str, post: i64, topic: i64, raw: &str) -> String {
    format!(
        "[quote=\"{name}, post:{post}, topic:{topic}\"]\n{}\n[/quote]\n\n",
        raw.trim()
    )
}
