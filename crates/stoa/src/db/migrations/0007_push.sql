-- Browsers that take push messages, each bound to the session it was set up in: who logs out hears no more there.
create table push_subscriptions (
    id {pk},
    user_id bigint not null references users (id),
    session_id bigint not null,
    endpoint text not null unique check (length(endpoint) <= 2000),
    p256dh text not null check (length(p256dh) <= 200),
    auth text not null check (length(auth) <= 60),
    failures bigint not null default 0,
    created_at bigint not null
);
create index push_subscriptions_of_user on push_subscriptions (user_id);
