-- How closely people follow, what they are told, and how it reaches them.

-- level: 0 muted, 1 normal, 2 watching the first post, 3 tracking, 4 watching; null: as the category and the tags say.
-- reason: why it is that level (follow::Reason). read_seconds: how long the topic was in front of its reader.
alter table reads add column level bigint;
alter table reads add column reason bigint not null default 0;
alter table reads add column read_seconds bigint not null default 0;
create index reads_of_followers on reads (topic_id, level, user_id) where level is not null;
create index reads_followed on reads (user_id, level) where level >= 3;

-- kind: 1 a category, 2 a tag
create table follows (
    user_id bigint not null references users (id),
    kind bigint not null,
    subject bigint not null,
    level bigint not null,
    created_at bigint not null,
    primary key (user_id, kind, subject)
){keyed};
create index follows_of_subject on follows (kind, subject, level, user_id);

create table mutes (
    user_id bigint not null references users (id),
    muted_id bigint not null references users (id),
    created_at bigint not null,
    primary key (user_id, muted_id)
){keyed};
create index mutes_of_muted on mutes (muted_id, user_id);

-- What "mark all read" changed, so that it can be undone; topic 0 keeps since when topics were new.
create table read_undo (
    user_id bigint not null references users (id),
    topic_id bigint not null,
    last_number bigint not null,
    created_at bigint not null,
    primary key (user_id, topic_id)
){keyed};

-- new_since: topics that began before are not new to them. track_after: seconds of reading after which a topic is
-- tracked, -1 for never. on_reply: the level a topic gets when they reply.
alter table users add column new_since bigint not null default 0;
alter table users add column track_after bigint not null default 240;
alter table users add column on_reply bigint not null default 3;
-- mail_when: 0 never, 1 when away, 2 always. digest_days: 0 never, 1 daily, 7 weekly.
alter table users add column mail_when bigint not null default 1;
alter table users add column digest_days bigint not null default 7;
alter table users add column digest_due_at bigint;
create index users_digest_due on users (digest_due_at) where digest_due_at is not null;

-- One row a thing told, joined with others of its kind while it is unread: `joined` is the topic or the post that
-- they have in common. `count` things, the newest by `actor_id`; posts from `number` to `last_number`.
create table notifications (
    id {pk},
    user_id bigint not null references users (id),
    kind bigint not null,
    joined bigint not null,
    topic_id bigint,
    post_id bigint,
    number bigint not null default 0,
    last_number bigint not null default 0,
    actor_id bigint,
    count bigint not null default 1,
    why bigint not null default 0,
    created_at bigint not null,
    seen_at bigint,
    read_at bigint,
    mail_due_at bigint,
    push_due_at bigint,
    -- not to be shown on the site: mail or push alone
    quiet bigint not null default 0
);
create unique index notifications_joined on notifications (user_id, kind, joined) where read_at is null;
create index notifications_of_user on notifications (user_id, created_at, id);
create index notifications_unseen on notifications (user_id) where seen_at is null;
create index notifications_of_topic on notifications (user_id, topic_id) where read_at is null;
create index notifications_mail on notifications (mail_due_at) where mail_due_at is not null;
create index notifications_push on notifications (push_due_at) where push_due_at is not null;
create index notifications_by_age on notifications (created_at);

-- Where somebody wants to hear of a kind of thing, if not as it is by default: 1 site + 2 mail + 4 push.
create table deliveries (
    user_id bigint not null references users (id),
    kind bigint not null,
    channels bigint not null,
    primary key (user_id, kind)
){keyed};

-- How far a follower got with the people of the entry it is at.
alter table followers add column part bigint not null default 0;

alter table outbox add column html text not null default '' check (length(html) <= 400000);
alter table outbox add column headers text not null default '' check (length(headers) <= 4000);
alter table outbox add column user_id bigint;

-- Mail that could not be delivered: how often in a row, and since when nothing is sent there any more.
alter table emails add column bounce_count bigint not null default 0;
alter table emails add column stopped_at bigint;
alter table emails add column problem text not null default '' check (length(problem) <= 500);
