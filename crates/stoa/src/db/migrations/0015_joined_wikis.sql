-- Groups whose members everybody may know.
alter table groups add column is_public bigint not null default 0;
update groups set is_public = 1 where id in (1, 2);

-- Wiki pages that topics are about. `title` is in the one form that `binding::title` makes; `page_id` is known when the
-- wiki said it.
create table topic_pages (
    topic_id bigint not null references topics (id),
    wiki_id bigint not null references wikis (id),
    title text not null check (length(title) <= 300),
    page_id bigint,
    user_id bigint references users (id),
    created_at bigint not null,
    checked_at bigint,
    primary key (topic_id, wiki_id, title)
){keyed};
create index topic_pages_by_age on topic_pages (wiki_id, checked_at);
create index topic_pages_of_page on topic_pages (wiki_id, title, topic_id);

-- When a wiki that does not tell was asked what links here.
alter table wikis add column links_asked_at bigint;

-- Wiki pages that link to topics or show them, as of a revision.
create table wiki_pages (
    wiki_id bigint not null references wikis (id),
    page_id bigint not null,
    title text not null check (length(title) <= 300),
    revision bigint not null,
    deleted_at bigint,
    primary key (wiki_id, page_id)
){keyed};
create index wiki_pages_by_title on wiki_pages (wiki_id, title);

create table wiki_page_links (
    wiki_id bigint not null references wikis (id),
    page_id bigint not null,
    topic_id bigint not null references topics (id),
    embeds bigint not null default 0,
    primary key (wiki_id, page_id, topic_id)
){keyed};
create index wiki_page_links_of_topic on wiki_page_links (topic_id, wiki_id, page_id);

-- What wikis are told. kind: 1 a discussion as it is now, 2 a notice, 3 a notice was read, 4 how this site is.
-- subject: a topic, a notification, a message of kind 2. state: 0 waits, 1 told, 2 given up, 3 on its way.
create table wiki_messages (
    id {pk},
    wiki_id bigint not null references wikis (id),
    kind bigint not null,
    subject bigint not null,
    user_id bigint,
    state bigint not null default 0,
    tries bigint not null default 0,
    next_try_at bigint,
    created_at bigint not null,
    sent_at bigint,
    status bigint,
    answer text not null default '' check (length(answer) <= 500),
    read_told bigint not null default 0
);
create unique index wiki_messages_once on wiki_messages (wiki_id, kind, subject) where state = 0;
create index wiki_messages_due on wiki_messages (next_try_at) where next_try_at is not null;
create index wiki_messages_of_wiki on wiki_messages (wiki_id, state, id);
create index wiki_messages_unread on wiki_messages (subject) where kind = 2 and state = 1 and read_told = 0;
