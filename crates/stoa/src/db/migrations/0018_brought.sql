-- Discussions that were brought here from talk pages: the page is one that the topic is about, with the place on it where the
-- discussion was and when it came.
alter table topic_pages add column brought_from text check (length(brought_from) <= 600);
alter table topic_pages add column brought_at bigint;

-- The comments that posts were, so that none comes twice.
create table brought_posts (
    post_id bigint not null primary key references posts (id),
    topic_id bigint not null references topics (id),
    wiki_id bigint not null references wikis (id),
    comment text not null check (length(comment) <= 600)
){keyed};
create index brought_posts_by_comment on brought_posts (wiki_id, comment);

-- Accounts that were made for authors who were never here. `number` is their number on the wiki, as in `wiki_accounts.sub`,
-- by which they are known when they come.
create table wiki_authors (
    user_id bigint not null primary key references users (id),
    issuer text not null check (length(issuer) <= 300),
    number bigint,
    name text not null check (length(name) <= 300),
    created_at bigint not null
){keyed};
create index wiki_authors_by_number on wiki_authors (issuer, number);
create index wiki_authors_by_name on wiki_authors (issuer, name);

-- The address under which a wiki knows this site: when it is another one, the wiki is told.
alter table wikis add column told_base text not null default '' check (length(told_base) <= 300);
