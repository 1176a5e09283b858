-- What is behind links to wikis, as the wikis say it. kind: 1 a page, 2 a revision, 3 a difference, 4 an item or a property.
-- state: 0 not asked yet, 1 known, 2 not there, 3 nothing to show. `data` is JSON.
create table wiki_previews (
    id {pk},
    api text not null check (length(api) <= 500),
    kind bigint not null,
    key text not null check (length(key) <= 300),
    state bigint not null default 0,
    data text not null default '' check (length(data) <= 20000),
    upload_id bigint references uploads (id),
    tries bigint not null default 0,
    next_try_at bigint,
    asked_at bigint,
    created_at bigint not null,
    unique (api, kind, key)
);
create index wiki_previews_due on wiki_previews (next_try_at) where next_try_at is not null;
create index wiki_previews_by_picture on wiki_previews (upload_id) where upload_id is not null;

-- alone: the link is all that its paragraph has, so that there is room for a card with a picture.
create table post_wiki_links (
    post_id bigint not null references posts (id),
    preview_id bigint not null references wiki_previews (id),
    alone bigint not null default 0,
    primary key (post_id, preview_id)
){keyed};
create index post_wiki_links_of_preview on post_wiki_links (preview_id, post_id);
