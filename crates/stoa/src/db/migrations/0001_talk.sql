-- People, groups, categories, topics, posts. Times are UTC microseconds, truth values 0 and 1.
-- Every text column says how long it may be (characters).

create table versions (name text primary key check (length(name) <= 40), number bigint not null){keyed};
insert into versions (name, number) values ('site', 1);

create table settings (
    key text primary key check (length(key) <= 60),
    value text not null check (length(value) <= 20000)
){keyed};

create table changes (
    seq {pk},
    xid bigint not null,
    kind bigint not null,
    subject bigint not null,
    at bigint not null
);
create index changes_in_order on changes (xid, seq);

create table followers (
    name text primary key check (length(name) <= 60),
    xid bigint not null,
    seq bigint not null
){keyed};

create table uploads (
    id {pk},
    sha256 text not null unique check (length(sha256) = 64),
    sha1 text not null check (length(sha1) = 40),
    extension text not null check (length(extension) <= 12),
    name text not null check (length(name) <= 255),
    bytes bigint not null,
    width bigint,
    height bigint,
    user_id bigint,
    created_at bigint not null
);
create index uploads_by_sha1 on uploads (sha1);

create table users (
    id {pk},
    name text not null check (length(name) <= 60),
    folded text not null unique check (length(folded) <= 240),
    skeleton text not null unique check (length(skeleton) <= 480),
    display_name text not null default '' check (length(display_name) <= 120),
    title text not null default '' check (length(title) <= 120),
    bio_raw text not null default '' check (length(bio_raw) <= 3000),
    bio_html text not null default '' check (length(bio_html) <= 60000),
    lang text not null default 'en' check (length(lang) <= 35),
    time_zone text not null default 'UTC' check (length(time_zone) <= 60),
    look text not null default '' check (length(look) <= 200),
    trust_level bigint not null default 0,
    avatar_upload_id bigint references uploads (id),
    created_at bigint not null,
    suspended_until bigint,
    silenced_until bigint,
    deleted_at bigint,
    post_count bigint not null default 0,
    topic_count bigint not null default 0,
    likes_given_count bigint not null default 0,
    likes_received_count bigint not null default 0
);

create table identities (
    user_id bigint not null references users (id),
    kind text not null check (length(kind) <= 20),
    secret text not null check (length(secret) <= 500),
    changed_at bigint not null,
    primary key (user_id, kind)
){keyed};

create table emails (
    user_id bigint not null references users (id),
    address text not null check (length(address) <= 254),
    folded text not null unique check (length(folded) <= 254),
    confirmed_at bigint,
    primary key (user_id, folded)
){keyed};

create table sessions (
    id {pk},
    token_hash text not null unique check (length(token_hash) = 64),
    user_id bigint not null references users (id),
    device text not null check (length(device) <= 120),
    created_at bigint not null,
    seen_at bigint not null,
    expires_at bigint not null
);
create index sessions_by_user on sessions (user_id);

create table one_time_links (
    token_hash text primary key check (length(token_hash) = 64),
    purpose text not null check (length(purpose) <= 20),
    user_id bigint references users (id),
    address text not null check (length(address) <= 254),
    created_at bigint not null,
    expires_at bigint not null,
    used_at bigint
){keyed};
create index one_time_links_by_user on one_time_links (user_id, purpose);

create table groups (
    id {pk},
    name text not null unique check (length(name) <= 60),
    full_name text not null default '' check (length(full_name) <= 120),
    description text not null default '' check (length(description) <= 1000),
    automatic bigint not null default 0,
    user_count bigint not null default 0
);
insert into groups (id, name, full_name, automatic) values
    (0, 'everyone', '', 1), (1, 'administrators', '', 1), (2, 'moderators', '', 1), (10, 'members', '', 1);

create table group_members (
    group_id bigint not null references groups (id),
    user_id bigint not null references users (id),
    owner bigint not null default 0,
    created_at bigint not null,
    primary key (group_id, user_id)
){keyed};
create index group_members_by_user on group_members (user_id);

create table categories (
    id {pk},
    parent_id bigint references categories (id),
    name text not null check (length(name) <= 100),
    slug text not null unique check (length(slug) <= 100),
    color bigint not null default 0,
    description_raw text not null default '' check (length(description_raw) <= 3000),
    description_html text not null default '' check (length(description_html) <= 60000),
    lang text not null default '' check (length(lang) <= 35),
    position bigint not null default 0,
    topic_count bigint not null default 0,
    post_count bigint not null default 0,
    created_at bigint not null
);

-- level: 1 see, 2 reply, 3 create
create table category_groups (
    category_id bigint not null references categories (id),
    group_id bigint not null references groups (id),
    level bigint not null,
    primary key (category_id, group_id)
){keyed};

create table topics (
    id {pk},
    kind bigint not null default 0,
    category_id bigint not null references categories (id),
    title text not null check (length(title) <= 255),
    slug text not null check (length(slug) <= 255),
    excerpt text not null default '' check (length(excerpt) <= 500),
    author_id bigint not null references users (id),
    lang text not null default '' check (length(lang) <= 35),
    created_at bigint not null,
    bumped_at bigint not null,
    last_post_at bigint not null,
    last_poster_id bigint not null references users (id),
    post_count bigint not null default 0,
    highest_number bigint not null default 0,
    like_count bigint not null default 0,
    pinned_at bigint,
    pinned_until bigint,
    pinned_everywhere bigint not null default 0,
    closed_at bigint,
    archived_at bigint,
    unlisted_at bigint,
    hidden_at bigint,
    deleted_at bigint,
    deleted_by bigint references users (id),
    solved_number bigint,
    version bigint not null default 1
);
create index topics_latest on topics (bumped_at, id);
create index topics_new on topics (created_at, id);
create index topics_of_language on topics (lang, bumped_at, id);
create index topics_of_language_new on topics (lang, created_at, id);
create index topics_top on topics ((like_count * 3 + post_count), id);
create index topics_of_category on topics (category_id, bumped_at, id);
create index topics_of_author on topics (author_id, created_at, id);
create index topics_pinned on topics (pinned_at) where pinned_at is not null;

create table tags (
    id {pk},
    name text not null check (length(name) <= 60),
    folded text not null unique check (length(folded) <= 240),
    description text not null default '' check (length(description) <= 1000),
    topic_count bigint not null default 0
);

create table topic_tags (
    topic_id bigint not null references topics (id),
    tag_id bigint not null references tags (id),
    primary key (topic_id, tag_id)
){keyed};
create index topic_tags_by_tag on topic_tags (tag_id, topic_id);

-- kind: 0 a post, 1 a notice of something done to the topic (`action` says what)
create table posts (
    id {pk},
    topic_id bigint not null references topics (id),
    number bigint not null,
    kind bigint not null default 0,
    action text not null default '' check (length(action) <= 60),
    author_id bigint not null references users (id),
    raw text not null check (length(raw) <= 150000),
    html text not null check (length(html) <= 3000000),
    renderer bigint not null,
    lang text not null default '' check (length(lang) <= 35),
    in_reply_to bigint,
    created_at bigint not null,
    edited_at bigint,
    revision_count bigint not null default 0,
    like_count bigint not null default 0,
    imported_like_count bigint not null default 0,
    reply_count bigint not null default 0,
    quote_count bigint not null default 0,
    hidden_at bigint,
    deleted_at bigint,
    deleted_by bigint references users (id),
    unique (topic_id, number)
);
create index posts_of_author on posts (author_id, id);

create table quotes (
    post_id bigint not null references posts (id),
    topic_id bigint not null,
    number bigint not null,
    primary key (post_id, topic_id, number)
){keyed};
create index quotes_of_post on quotes (topic_id, number);

create table revisions (
    id {pk},
    post_id bigint not null references posts (id),
    number bigint not null,
    editor_id bigint not null references users (id),
    title text not null default '' check (length(title) <= 255),
    raw text not null check (length(raw) <= 150000),
    reason text not null default '' check (length(reason) <= 255),
    created_at bigint not null,
    unique (post_id, number)
);

create table likes (
    post_id bigint not null references posts (id),
    user_id bigint not null references users (id),
    created_at bigint not null,
    primary key (post_id, user_id)
){keyed};
create index likes_by_user on likes (user_id, post_id);

create table drafts (
    user_id bigint not null references users (id),
    place text not null check (length(place) <= 60),
    title text not null default '' check (length(title) <= 255),
    raw text not null check (length(raw) <= 150000),
    category_id bigint,
    tags text not null default '' check (length(tags) <= 500),
    version bigint not null default 1,
    updated_at bigint not null,
    primary key (user_id, place)
){keyed};

create table reads (
    user_id bigint not null references users (id),
    topic_id bigint not null references topics (id),
    last_number bigint not null,
    updated_at bigint not null,
    primary key (user_id, topic_id)
){keyed};

-- What a request with a form's one-time key did, so that sending it again shows the first.
create table done_once (
    user_id bigint not null references users (id),
    key text not null check (length(key) <= 80),
    result text not null check (length(result) <= 500),
    created_at bigint not null,
    primary key (user_id, key)
){keyed};
create index done_once_by_age on done_once (created_at);

create table redirects (
    path text primary key check (length(path) <= 500),
    target text not null check (length(target) <= 500)
){keyed};

-- about, rules, privacy, imprint: one text per language
create table pages (
    name text not null check (length(name) <= 20),
    lang text not null check (length(lang) <= 35),
    raw text not null check (length(raw) <= 50000),
    html text not null check (length(html) <= 1000000),
    updated_at bigint not null,
    primary key (name, lang)
){keyed};

create table outbox (
    id {pk},
    recipient text not null check (length(recipient) <= 254),
    subject text not null check (length(subject) <= 500),
    body text not null check (length(body) <= 100000),
    created_at bigint not null,
    next_try_at bigint not null,
    tries bigint not null default 0,
    sent_at bigint,
    problem text not null default '' check (length(problem) <= 500)
);
create index outbox_waiting on outbox (next_try_at) where sent_at is null;

-- Which record of which source became which row, so that an import can be run again.
create table imports (
    source text not null check (length(source) <= 300),
    kind text not null check (length(kind) <= 20),
    source_id bigint not null,
    id bigint not null,
    primary key (source, kind, source_id)
){keyed};
