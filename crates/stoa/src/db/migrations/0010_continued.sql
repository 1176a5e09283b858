-- Topics that go on from a post of another topic. Both topics are marked `linked`, so that pages of all others need not look.
create table continued (
    topic_id bigint primary key references topics (id),
    post_id bigint not null references posts (id)
){keyed};
create index continued_from on continued (post_id, topic_id);
alter table topics add column linked bigint not null default 0;
