-- Private conversations are topics of kind 2. Their category is one that no site shows and nobody has rights in.
insert into categories (id, name, slug, created_at) values (0, 'Messages', '-messages', 0);

-- Who takes part in them. kind 1: a person, 2: a group, 3: one of the staff who looks into it for a while.
create table topic_people (
    topic_id bigint not null references topics (id),
    kind bigint not null,
    subject bigint not null,
    added_by bigint not null references users (id),
    added_at bigint not null,
    primary key (topic_id, kind, subject)
){keyed};
create index topic_people_of on topic_people (kind, subject, topic_id);
create index topic_people_looking on topic_people (added_at) where kind = 3;

-- Each time one of the staff looked into a conversation that was not theirs. Kept for good.
create table message_looks (
    id {pk},
    topic_id bigint not null references topics (id),
    user_id bigint not null references users (id),
    reason text not null check (length(reason) <= 500),
    at bigint not null
);

-- 1: whoever is a member may write to them, 0: nobody but the staff.
alter table users add column takes_messages bigint not null default 1;
