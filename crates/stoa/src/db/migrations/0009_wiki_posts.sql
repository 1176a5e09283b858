-- 1: whoever may reply in the room may edit the post.
alter table posts add column wiki bigint not null default 0;
-- Revisions that a post had when somebody began to edit it, so that what others change meanwhile is noticed.
alter table drafts add column seen bigint;
