-- Pages elsewhere to which posts link with a line of its own, as they describe themselves.
-- state: 0 not asked yet, 1 known, 2 nothing to show.
create table link_previews (
    id {pk},
    address text not null unique check (length(address) <= 1000),
    state bigint not null default 0,
    title text not null default '' check (length(title) <= 300),
    site text not null default '' check (length(site) <= 100),
    about text not null default '' check (length(about) <= 500),
    lang text not null default '' check (length(lang) <= 35),
    upload_id bigint references uploads (id),
    tries bigint not null default 0,
    next_try_at bigint,
    asked_at bigint,
    created_at bigint not null
);
create index link_previews_due on link_previews (next_try_at) where next_try_at is not null;
create index link_previews_by_picture on link_previews (upload_id) where upload_id is not null;

create table post_links (
    post_id bigint not null references posts (id),
    preview_id bigint not null references link_previews (id),
    primary key (post_id, preview_id)
){keyed};
create index post_links_of_preview on post_links (preview_id, post_id);
