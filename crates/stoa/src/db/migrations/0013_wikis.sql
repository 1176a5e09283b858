-- Wikis that the site is joined to. `name` stands in addresses and in what site and wiki say to each other, and never
-- changes. `issuer` says whose accounts a wiki has: wikis that share their accounts have the same one.
-- Keys are Ed25519, base64: `sign_key` is the seed the site signs to this wiki with, `wiki_key` the public half of the
-- pair the wiki signs with; the old ones count until their time.
create table wikis (
    id {pk},
    name text not null unique check (length(name) <= 40),
    title text not null check (length(title) <= 100),
    server text not null check (length(server) <= 300),
    api text not null unique check (length(api) <= 500),
    rest text not null check (length(rest) <= 500),
    article text not null check (length(article) <= 500),
    lang text not null default '' check (length(lang) <= 35),
    dir text not null default 'ltr' check (length(dir) <= 3),
    wiki_id text not null default '' check (length(wiki_id) <= 100),
    generator text not null default '' check (length(generator) <= 60),
    issuer text not null check (length(issuer) <= 300),
    oauth_client text not null default '' check (length(oauth_client) <= 100),
    oauth_secret text not null default '' check (length(oauth_secret) <= 300),
    login bigint not null default 0,
    sign_key text not null check (length(sign_key) <= 100),
    old_sign_key text check (length(old_sign_key) <= 100),
    old_sign_until bigint,
    wiki_key text not null check (length(wiki_key) <= 100),
    old_wiki_key text check (length(old_wiki_key) <= 100),
    old_wiki_until bigint,
    delivers bigint not null default 0,
    position bigint not null default 0,
    created_at bigint not null,
    asked_at bigint,
    next_ask_at bigint not null
);

-- What a wiki says of itself (namespaces, interwiki map, languages) as JSON.
create table wiki_site_data (
    wiki_id bigint primary key references wikis (id),
    data text not null check (length(data) <= 200000)
){keyed};

-- Accounts of wikis that belong to accounts here, known by who gave them out and their number there, never by name.
-- They stay when a wiki is taken away, so that nobody is locked out when it comes back.
create table wiki_accounts (
    id {pk},
    wiki_id bigint references wikis (id),
    issuer text not null check (length(issuer) <= 300),
    sub text not null check (length(sub) <= 100),
    user_id bigint not null references users (id),
    name text not null check (length(name) <= 255),
    linked_at bigint not null,
    refreshed_at bigint not null,
    edit_count bigint not null default 0,
    registered_at bigint,
    groups text not null default '' check (length(groups) <= 2000),
    blocked bigint not null default 0,
    blocked_until bigint,
    unique (issuer, sub),
    unique (user_id, issuer)
);
create index wiki_accounts_by_age on wiki_accounts (refreshed_at);

-- Who came back from a wiki and has still to say which account here it shall be.
create table wiki_arrivals (
    token_hash text primary key check (length(token_hash) = 64),
    wiki_id bigint not null references wikis (id),
    profile text not null check (length(profile) <= 8000),
    back text not null check (length(back) <= 2000),
    created_at bigint not null
){keyed};
