-- Who may see a file is told by what shows it: posts, profile pictures, the site's own pages.

-- 1: shown by a page that everybody may read, and by no post.
alter table uploads add column open bigint not null default 0;
create index users_by_picture on users (avatar_upload_id) where avatar_upload_id is not null;

-- The posts whose text shows or links a file, or once did: the history still has it. `name` is what their author calls it.
create table post_uploads (
    post_id bigint not null references posts (id),
    upload_id bigint not null references uploads (id),
    name text not null check (length(name) <= 255),
    primary key (post_id, upload_id)
){keyed};
create index post_uploads_of_file on post_uploads (upload_id, post_id);

-- Who sent a file, what they call it, and when; until a post shows it, only they see it. `bytes` is what arrived.
create table upload_senders (
    upload_id bigint not null references uploads (id),
    user_id bigint not null references users (id),
    name text not null check (length(name) <= 255),
    bytes bigint not null,
    sent_at bigint not null,
    primary key (upload_id, user_id)
){keyed};
create index upload_senders_by_time on upload_senders (user_id, sent_at);

-- A picture in other formats and sizes. Its file is called by the picture's hash, its width and its extension.
create table upload_variants (
    upload_id bigint not null references uploads (id),
    width bigint not null,
    extension text not null check (length(extension) <= 12),
    bytes bigint not null,
    primary key (upload_id, width, extension)
){keyed};
