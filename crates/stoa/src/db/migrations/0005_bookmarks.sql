-- Posts that somebody wants to find again, with a note for themselves and, if they like, a time to be reminded.

create table bookmarks (
    id {pk},
    user_id bigint not null references users (id),
    post_id bigint not null references posts (id),
    note text not null default '' check (length(note) <= 255),
    remind_at bigint,
    reminded_at bigint,
    created_at bigint not null,
    unique (user_id, post_id)
);
create index bookmarks_of_user on bookmarks (user_id, created_at, id);
create index bookmarks_of_post on bookmarks (post_id);
create index bookmarks_due on bookmarks (remind_at) where remind_at is not null and reminded_at is null;

-- The secret in the address of a person's calendar. Kept as it is, because the page shows the address again.
create table calendar_tokens (
    user_id bigint primary key references users (id),
    token text not null unique check (length(token) <= 60),
    created_at bigint not null
){keyed};
