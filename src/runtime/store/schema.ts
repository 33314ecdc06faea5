// The tables of a Troupe database as SQL: STRICT, all named troupe_*, readable with the sqlite3 shell.

/** Identifies a file that Troupe created ('TRPE'); never set on a handle that was passed in. */
export const APPLICATION_ID = 0x54525045;

/** The newest schema this version of the library understands. */
export const SCHEMA_VERSION = 3;

/** What came with version 3: who may do a piece of work, and who has done it. */
export const HYBRID = `
-- The right of a saga to have a command's work done for a business key, from the message that started it (K25). ended:
-- the last position it applies to; null while the saga lives.
create table troupe_claims (
  command  text    not null,
  key      text    not null,
  since    integer not null,
  ended    integer,
  saga     text    not null,
  saga_key text    not null,
  primary key (command, key, since, saga)
) strict, without rowid;
create index troupe_claims_saga on troupe_claims (saga, saga_key);
create index troupe_claims_ended on troupe_claims (ended) where ended is not null;

-- Every occurrence of a named effect (K26): one holder per (effect, scope, key), 'running' or 'done'; beside it those
-- that failed and those that came second. scope: '' or the correlation.
create table troupe_effects (
  id           integer primary key,
  effect       text    not null,
  scope        text    not null,
  key          text    not null,
  state        text    not null,
  message      integer not null,
  subscription integer not null,
  address      text    not null,
  time         integer not null,
  reply        text
) strict;
create unique index troupe_effects_holder on troupe_effects (effect, scope, key) where state in ('running', 'done');
create index troupe_effects_key on troupe_effects (effect, key);
create index troupe_effects_message on troupe_effects (message);
`;

/**
 * Times are ms since 1970 UTC, payloads JSON text. `key` in `troupe_turns` is null where it equals the key of the
 * message.
 */
export const TABLES: string = `
create table troupe_meta (
  name  text primary key,
  value any not null
) strict;

-- One row per open of the file. Message ids are <incarnation>-<position>; last and time move with every commit.
create table troupe_epochs (
  epoch       integer primary key,
  incarnation text    not null unique,
  first       integer not null,
  last        integer not null,
  opened      integer not null,
  time        integer not null,
  clean       integer not null default 0
) strict;

-- The append-only log. direct: 1 where it was for one handler only, so that who reads the log passes it over.
-- correlation: null for the root of a conversation, else the position of the root or the caller's own text.
create table troupe_messages (
  position        integer primary key,
  type            text    not null,
  version         integer not null,
  kind            text    not null,
  key             text    not null,
  source          text    not null,
  correlation     any,
  cause           integer,
  time            integer not null,
  hops            integer not null,
  expires         integer,
  idempotency_key text,
  reply_to        text,
  headers         text,
  direct          integer not null default 0,
  data            text    not null
) strict;
create index troupe_messages_correlation on troupe_messages (correlation) where correlation is not null;

-- Who receives what: one row per handler that ever was registered. cursor: null when live, else the last position read.
create table troupe_subscriptions (
  id      integer primary key,
  name    text    not null,
  handler text    not null,
  cursor  integer,
  seen    integer not null,
  unique (name, handler)
) strict;

-- Open work only: a row goes when its message is applied, dead-lettered or expired. status: 'open'; 'stashed' where the
-- instance has put it aside; 'deferred' where only the reply is still to come.
create table troupe_deliveries (
  id           integer primary key,
  message      integer not null,
  subscription integer not null,
  key          text    not null,
  status       text    not null,
  attempts     integer not null default 0,
  crashes      integer not null default 0,
  due          integer not null default 0,
  timer        text,
  generation   integer,
  failures     text
) strict;

-- Actors and sagas. status: null for actors; 'running' or how it ended for sagas. conversation: what a living saga
-- keeps in the log.
create table troupe_states (
  id           integer primary key,
  address      text    not null unique,
  version      integer not null,
  incarnation  integer not null,
  status       text,
  conversation any,
  updated      integer not null,
  data         text    not null
) strict;
create index troupe_states_conversation on troupe_states (conversation) where conversation is not null;

-- Durable timers: name '' for delayed publish and send. clock: 'wall', or 'up' where downtime does not count.
create table troupe_timers (
  name       text    not null,
  key        text    not null,
  timer      text    not null,
  generation integer not null,
  due        integer not null,
  clock      text    not null,
  fired      integer not null default 0,
  message    text    not null,
  primary key (name, key, timer)
) strict, without rowid;
create index troupe_timers_due on troupe_timers (due) where fired = 0;

create table troupe_tasks (
  id           integer primary key,
  message      integer not null,
  subscription integer not null,
  key          text    not null,
  incarnation  integer not null,
  attempt      integer not null,
  crashes      integer not null default 0,
  alone        integer not null default 0,
  due          integer not null default 0,
  failures     text,
  lane         text    not null default ''
) strict;

create table troupe_steps (
  task   integer not null,
  name   text    not null,
  result text    not null,
  primary key (task, name)
) strict, without rowid;

create table troupe_dead_letters (
  id           integer primary key,
  message      integer not null,
  subscription integer not null,
  name         text    not null,
  key          text    not null,
  reason       text    not null,
  attempts     integer not null,
  crashes      integer not null,
  time         integer not null,
  delivery     integer not null,
  failures     text    not null,
  lane         text
) strict;

-- Who handled what, when, for how long, at which attempt, with which outcome: the trace. visit: the
-- key of a saga where the message is of another conversation; most are of its own, and found by that.
create table troupe_turns (
  message      integer not null,
  turn         integer not null,
  subscription integer not null,
  attempt      integer not null,
  key          text,
  at           integer not null,
  queue_us     integer not null,
  run_us       integer not null,
  outcome      text    not null,
  error        text,
  detail       text,
  visit        text,
  primary key (message, turn)
) strict, without rowid;
create index troupe_turns_visit on troupe_turns (visit) where visit is not null;

create table troupe_idempotency (
  key      text    primary key,
  position integer not null,
  time     integer not null,
  outcome  text,
  reply    text
) strict, without rowid;
create index troupe_idempotency_time on troupe_idempotency (time);

-- Why an actor (key null), a subscription (handler set) or an instance does not move.
create table troupe_holds (
  name    text    not null,
  key     text    not null,
  handler text    not null,
  reason  text    not null,
  error   text,
  since   integer not null,
  primary key (name, key, handler)
) strict, without rowid;

create table troupe_schedules (
  name     text    primary key,
  pattern  text    not null,
  last_slot integer,
  next_due integer,
  position integer
) strict, without rowid;
${HYBRID}`;
