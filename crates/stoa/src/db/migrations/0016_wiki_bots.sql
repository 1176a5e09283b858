-- An account of a wiki with which the site writes there, where the extension is not installed. `secret`: the password of a bot
-- password, or a token for one owner when `account` is empty. `base`: the page under which it writes.
create table wiki_bots (
    wiki_id bigint primary key references wikis (id),
    is_on bigint not null default 0,
    account text not null default '' check (length(account) <= 255),
    secret text not null default '' check (length(secret) <= 4000),
    base text not null default 'Project:Stoa' check (length(base) <= 200),
    pause_seconds bigint not null default 300,
    stopped_at bigint,
    stopped_why text not null default '' check (length(stopped_why) <= 500),
    next_at bigint,
    worked_at bigint,
    data_hash text not null default '' check (length(data_hash) <= 64),
    data_at bigint,
    list_hash text not null default '' check (length(list_hash) <= 64),
    list_at bigint
){keyed};

-- Discussions that the bot tells of on a talk page, each in a section of its own.
create table topic_mirrors (
    topic_id bigint not null references topics (id),
    wiki_id bigint not null references wikis (id),
    page text not null check (length(page) <= 300),
    heading text not null check (length(heading) <= 600),
    told_number bigint not null default 0,
    begun_at bigint,
    told_at bigint,
    user_id bigint references users (id),
    created_at bigint not null,
    primary key (topic_id, wiki_id)
){keyed};
create index topic_mirrors_of_wiki on topic_mirrors (wiki_id, topic_id);

-- Who wants to hear of things on their talk page there; and when the last message was written.
alter table wiki_accounts add column talk_page bigint not null default 0;
alter table wiki_accounts add column talked_at bigint;

-- Discussions that were saved on a wiki page, and how far they went then.
create table topic_saves (
    topic_id bigint not null references topics (id),
    wiki_id bigint not null references wikis (id),
    page text not null check (length(page) <= 300),
    highest_number bigint not null,
    user_id bigint references users (id),
    saved_at bigint not null,
    primary key (topic_id, wiki_id, page)
){keyed};
