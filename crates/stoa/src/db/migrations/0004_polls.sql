-- Questions in posts, with answers to choose from. results: 0 always shown, 1 to those who voted, 2 when it has ended,
-- 3 to staff only. closed_at is when the clock noticed that closes_at has passed.
-- Imports may know how many voted, but not who.
create table polls (
    id {pk},
    post_id bigint not null references posts (id),
    position bigint not null,
    name text not null check (length(name) <= 60),
    title text not null check (length(title) <= 200),
    is_many bigint not null,
    min_choices bigint not null,
    max_choices bigint not null,
    results bigint not null,
    closes_at bigint,
    closed_at bigint,
    voter_count bigint not null default 0,
    imported_voter_count bigint not null default 0,
    created_at bigint not null,
    unique (post_id, name)
);
create index polls_closing on polls (closes_at) where closed_at is null and closes_at is not null;

create table poll_options (
    id {pk},
    poll_id bigint not null references polls (id),
    position bigint not null,
    text text not null check (length(text) <= 200),
    vote_count bigint not null default 0,
    imported_vote_count bigint not null default 0,
    unique (poll_id, position)
);

create table poll_votes (
    poll_id bigint not null references polls (id),
    user_id bigint not null references users (id),
    option_id bigint not null references poll_options (id),
    created_at bigint not null,
    primary key (poll_id, user_id, option_id)
){keyed};
create index poll_votes_by_user on poll_votes (user_id, poll_id);
