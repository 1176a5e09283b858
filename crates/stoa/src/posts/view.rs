//! Posts as pages print them, and the bits of them that are each reader's own.

use askama::Template;
use stoa_markup::SafeHtml;

use crate::db::{FromRow, Row, Tx, params};
use crate::posts::Post;
use crate::posts::marks::Mark;
use crate::posts::queries::columns;
use crate::site::ADMINISTRATORS;
use crate::topics::Topic;
use crate::users::avatar::Avatar;
use crate::web::error::Result;
use crate::web::page::Fragment;
use crate::web::visit::Visit;

/// One post of a page.
pub struct PostView {
    pub post: Post,
    pub author: String,
    pub author_url: String,
    pub avatar: Avatar,
    /// A message key after `role-`, or the title a person has.
    pub role: String,
    pub title: String,
    pub reply_to_name: Option<String>,
    /// Of a wiki post: whoever changed it last.
    pub edited_by: Option<String>,
    /// The text may be shown; else only that something was here.
    pub is_shown: bool,
    pub is_solution: bool,
    pub is_first: bool,
    pub like_mark: String,
    pub own_mark: String,
    pub start_mark: String,
    /// The text with what is looked up anew, where it has any: polls, cards of pages elsewhere.
    pub filled: Option<Fragment>,
    pub text_mark: String,
    pub text_end_mark: String,
}

struct Joined {
    post: Post,
    author: String,
    title: String,
    picture: Option<String>,
    staff: Option<i64>,
    reply_to_name: Option<String>,
    edited_by: Option<String>,
}

impl FromRow for Joined {
    fn from_row(row: &Row) -> Result<Self> {
        Ok(Joined {
            post: Post::from_row(row)?,
            author: row.get(18)?,
            title: row.get(19)?,
            picture: row.get(20)?,
            staff: row.get(21)?,
            reply_to_name: row.get(22)?,
            edited_by: row.get(23)?,
        })
    }
}

const PAGE: &str = concat!(
    "select ",
    columns!(),
    ", u.name, u.title, f.sha256,
        (select min(g.group_id) from group_members g where g.user_id = u.id and g.group_id in (1, 2)),
        (select qu.name from posts q join users qu on qu.id = q.author_id
            where q.topic_id = p.topic_id and q.number = p.in_reply_to),
        case when p.wiki = 1 then (select e.name from revisions r join users e on e.id = r.editor_id
            where r.post_id = p.id and r.number = p.revision_count) end
    from posts p join users u on u.id = p.author_id left join uploads f on f.id = u.avatar_upload_id
    where p.topic_id = $1 and p.number between $2 and $3 order by p.number"
);

/// The posts of a topic with numbers from `first` to `last`; those one may not read are shown as gone, without text.
pub fn page(tx: &Tx, v: &Visit, topic: &Topic, first: i64, last: i64) -> Result<Vec<PostView>> {
    let rows: Vec<Joined> = tx.all(PAGE, params![topic.id, first, last])?;
    Ok(rows.into_iter().map(|row| view(v, topic, row)).collect())
}

fn view(v: &Visit, topic: &Topic, row: Joined) -> PostView {
    let mut post = row.post;
    // The same for all who share a stored page: an author finds a hidden text of theirs through its own links.
    let is_shown = v.viewer.is_staff() || (post.deleted_at.is_none() && post.hidden_at.is_none());
    if !is_shown {
        post.raw = String::new();
        post.html = SafeHtml::default();
    }
    let (id, number, author_id) = (post.id, post.number, post.author_id);
    let like = Mark::Like { post: id, number, count: post.like_count, author: &row.author };
    PostView {
        like_mark: like.to_string(),
        own_mark: Mark::Own { author: author_id, post: id, number, wiki: post.wiki }.to_string(),
        text_mark: Mark::Text { author: author_id, name: &row.author }.to_string(),
        text_end_mark: Mark::TextEnd { author: author_id }.to_string(),
        start_mark: Mark::Post { id, number, author: author_id }.to_string(),
        author_url: crate::users::url(&row.author),
        avatar: Avatar::of(author_id, &row.author, row.picture.as_deref()),
        role: match row.staff {
            Some(ADMINISTRATORS) => v.t.role_administrator(),
            Some(_) => v.t.role_moderator(),
            None => String::new(),
        },
        title: row.title,
        reply_to_name: row.reply_to_name,
        edited_by: row.edited_by,
        is_solution: topic.solved_number == Some(number),
        is_first: number == 1,
        author: row.author,
        is_shown,
        filled: None,
        post,
    }
}

#[derive(Template)]
#[template(path = "posts/templates/_like.html")]
struct LikeButton<'a> {
    v: &'a Visit,
    post: i64,
    count: i64,
    label: String,
    is_liked: bool,
}

/// The button that gives a like or takes it back. It belongs to the page's form `act`, which has the token, so that it
/// is the same for all readers.
pub fn like_button(v: &Visit, like: Mark, is_liked: bool, out: &mut String) -> Result<()> {
    if let Mark::Like { post, number, count, author } = like {
        let label = if is_liked { v.t.post_unlike_label(author, number) } else { v.t.post_like_label(author, number) };
        LikeButton { v, post, count, label, is_liked }.render_into(out)?;
    }
    Ok(())
}

#[derive(Template)]
#[template(path = "posts/templates/_own.html")]
struct Own<'a> {
    v: &'a Visit,
    post: i64,
    number: i64,
    wiki: bool,
}

/// What an author may do with a post of theirs.
pub fn own_actions(v: &Visit, own: Mark, out: &mut String) -> Result<()> {
    if let Mark::Own { author, post, number, wiki } = own
        && v.viewer.is(author)
    {
        Own { v, post, number, wiki }.render_into(out)?;
    }
    Ok(())
}

#[derive(Template)]
#[template(
    source = r#"<p class="unread-line" id="unread"><span>{{ v.t.post_unread_line() }}</span></p>"#,
    ext = "html"
)]
struct UnreadLine<'a> {
    v: &'a Visit,
}

#[derive(Template)]
#[template(source = r#"<details class="post__muted"><summary>{{ v.t.post_muted(name) }}</summary>"#, ext = "html")]
struct Muted<'a> {
    v: &'a Visit,
    name: &'a str,
}

/// Before the text of somebody whom the reader has muted: it opens on a click, and ends with `</details>`.
pub fn muted_begins(v: &Visit, name: &str, out: &mut String) -> Result<()> {
    Muted { v, name }.render_into(out)?;
    Ok(())
}

pub fn unread_line(v: &Visit, out: &mut String) -> Result<()> {
    UnreadLine { v }.render_into(out)?;
    Ok(())
}
