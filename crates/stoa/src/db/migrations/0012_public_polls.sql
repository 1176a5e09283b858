-- 1: with the results it is shown who chose what.
alter table polls add column is_public bigint not null default 0;
