-- Whether a member lets others see when they write a reply, and sees when others do.

alter table users add column shows_writing bigint not null default 0;
