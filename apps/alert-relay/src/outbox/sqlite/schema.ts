// The tables, as steps from one version of the file to the next, and how a file takes them: forward only, and a step
// that was released is never edited.
import type { DatabaseSync } from 'node:sqlite';
import { StoreRefused } from '../outbox.js';

/** Marks a file as ours ("cwar" in its header). */
export const APPLICATION_ID = 0x63776172;

const VERSION_1 = `
  -- Times are milliseconds since 1970, and may have fractions: REAL.
  -- Deduplication: what is remembered of groups and of the episodes of their alerts.
  CREATE TABLE alert_group (
    id INTEGER PRIMARY KEY,
    key TEXT NOT NULL UNIQUE,
    episode TEXT,
    seen_at REAL NOT NULL
  ) STRICT;
  CREATE INDEX alert_group_seen ON alert_group (seen_at);
  CREATE TABLE alert_state (
    alert_group INTEGER NOT NULL REFERENCES alert_group,
    episode TEXT NOT NULL,
    firing INTEGER NOT NULL,
    seen_at REAL NOT NULL,
    told_at REAL NOT NULL,
    PRIMARY KEY (alert_group, episode)
  ) STRICT, WITHOUT ROWID;
  CREATE INDEX alert_state_seen ON alert_state (seen_at);

  -- The content of a notification, once for all its channels. Its id is the order of acceptance. The content stands last, so that
  -- reading the other columns never touches its pages.
  CREATE TABLE notification (
    id INTEGER PRIMARY KEY AUTOINCREMENT,
    group_key TEXT NOT NULL,
    urgency INTEGER NOT NULL,
    changes INTEGER NOT NULL,
    bytes INTEGER NOT NULL, -- of the content
    about TEXT NOT NULL, -- JSON: what a list says of it
    content TEXT NOT NULL
  ) STRICT;

  -- A message that is claimed, or kept for another try.
  CREATE TABLE message (
    id INTEGER PRIMARY KEY AUTOINCREMENT,
    uuid TEXT NOT NULL,
    channel TEXT NOT NULL,
    token INTEGER NOT NULL UNIQUE,
    composed_at REAL NOT NULL,
    attempt INTEGER NOT NULL,
    unclear INTEGER NOT NULL, -- attempts without an answer that could be understood
    ambiguous INTEGER NOT NULL,
    claimed INTEGER NOT NULL,
    lost INTEGER NOT NULL DEFAULT 0, -- claims in a row that nobody settled
    kept INTEGER NOT NULL, -- it was one before the claim that holds it
    due_at REAL NOT NULL, -- claimed: when the lease ends
    urgency INTEGER NOT NULL,
    head INTEGER NOT NULL,
    lanes INTEGER NOT NULL,
    plan TEXT
  ) STRICT;
  CREATE INDEX message_order ON message (channel, urgency, head, due_at);
  CREATE INDEX message_due ON message (channel, due_at, lanes);

  -- What waits or is on its way for one channel and one group, summed up over its deliveries; gone with the last of them.
  CREATE TABLE lane (
    id INTEGER PRIMARY KEY,
    channel TEXT NOT NULL,
    group_key TEXT NOT NULL,
    message INTEGER REFERENCES message, -- while there is one, nothing younger of the lane goes
    size INTEGER NOT NULL,
    urgency INTEGER NOT NULL,
    head INTEGER NOT NULL, -- the oldest notification
    since REAL NOT NULL,
    due_at REAL NOT NULL,
    alone INTEGER NOT NULL DEFAULT 0, -- 1: goes in no digest; 2: goes one by one
    UNIQUE (channel, group_key)
  ) STRICT;
  CREATE INDEX lane_order ON lane (channel, urgency, head, due_at) WHERE message IS NULL;
  CREATE INDEX lane_due ON lane (channel, due_at) WHERE message IS NULL;
  CREATE INDEX lane_message ON lane (message) WHERE message IS NOT NULL;

  CREATE TABLE delivery (
    id INTEGER PRIMARY KEY AUTOINCREMENT,
    notification INTEGER NOT NULL REFERENCES notification,
    channel TEXT NOT NULL,
    lane INTEGER REFERENCES lane, -- while pending
    message INTEGER REFERENCES message, -- while claimed or kept
    state TEXT NOT NULL CHECK (state IN ('pending', 'delivered', 'dead')),
    since REAL NOT NULL, -- its age counts from here
    urgency INTEGER NOT NULL,
    changes INTEGER NOT NULL,
    bytes INTEGER NOT NULL,
    attempts INTEGER NOT NULL,
    unclear INTEGER NOT NULL DEFAULT 0,
    alone INTEGER NOT NULL DEFAULT 0, -- see lane
    not_before REAL NOT NULL,
    undelivered_channel TEXT, -- a copy: who gave up
    undelivered_reason TEXT,
    ended_at REAL,
    reason TEXT,
    detail TEXT,
    CHECK ((state = 'pending') = (lane IS NOT NULL) AND (state = 'pending') = (ended_at IS NULL))
  ) STRICT;
  CREATE INDEX delivery_notification ON delivery (notification);
  CREATE INDEX delivery_lane ON delivery (lane, notification) WHERE lane IS NOT NULL;
  CREATE INDEX delivery_message ON delivery (message, notification) WHERE message IS NOT NULL;
  CREATE INDEX delivery_delivered ON delivery (ended_at) WHERE state = 'delivered';
  CREATE INDEX delivery_dead ON delivery (ended_at) WHERE state = 'dead';
  CREATE INDEX delivery_dead_channel ON delivery (channel) WHERE state = 'dead';

  CREATE TABLE quarantine (id INTEGER PRIMARY KEY AUTOINCREMENT, at REAL NOT NULL, reason TEXT NOT NULL, bytes BLOB NOT NULL) STRICT;
  CREATE TABLE note (name TEXT PRIMARY KEY, value TEXT NOT NULL) STRICT, WITHOUT ROWID;
  CREATE TABLE fencing (token INTEGER NOT NULL) STRICT;
  INSERT INTO fencing VALUES (0);
`;

// An alert is known by a hash of its labels. Older rows are known by fingerprint@start, and have no start of their own.
const VERSION_2 = `
  ALTER TABLE alert_state ADD COLUMN starts_at REAL;
  ALTER TABLE alert_state ADD COLUMN ended_at REAL;
  ALTER TABLE alert_state ADD COLUMN held_until REAL;
  CREATE TABLE held (id INTEGER PRIMARY KEY AUTOINCREMENT, due_at REAL NOT NULL, content TEXT NOT NULL) STRICT;
  CREATE INDEX held_due ON held (due_at);
`;

// What was sent and told stays, and can be looked for. What would stand behind a content has a table of its own.
const VERSION_3 = `
  CREATE TABLE subject ( -- of a notification, so that nobody needs its content
    notification INTEGER PRIMARY KEY REFERENCES notification,
    accepted_at REAL NOT NULL,
    episode TEXT, -- NULL: version 2 accepted it, and its content knows
    terms BLOB -- its labels as numbers of eight bytes; NULL: not looked at yet
  ) STRICT;
  INSERT INTO subject (notification, accepted_at)
    SELECT id, coalesce(about ->> 'acceptedAt', content ->> 'acceptedAt', 0) FROM notification;
  CREATE TABLE run ( -- notifications that follow each other, and which labels none of them carries
    first INTEGER PRIMARY KEY,
    last INTEGER NOT NULL,
    oldest REAL NOT NULL,
    newest REAL NOT NULL,
    filter BLOB NOT NULL -- see label-filter
  ) STRICT;
  CREATE INDEX run_newest ON run (newest);

  ALTER TABLE delivery ADD COLUMN accepted_at REAL NOT NULL DEFAULT 0;
  UPDATE delivery SET accepted_at = (SELECT accepted_at FROM subject WHERE subject.notification = delivery.notification);
  -- Until now the last message of what was delivered was not counted: it was one attempt at the least.
  UPDATE delivery SET attempts = attempts + 1 WHERE state = 'delivered';
  DROP INDEX delivery_dead_channel;
  CREATE INDEX delivery_history ON delivery (state, accepted_at);
  CREATE INDEX delivery_history_channel ON delivery (state, channel, accepted_at);

  CREATE TABLE attempt (
    id INTEGER PRIMARY KEY,
    message INTEGER NOT NULL, -- which may be gone
    uuid TEXT NOT NULL,
    channel TEXT NOT NULL,
    at REAL NOT NULL,
    latency_ms REAL,
    part INTEGER NOT NULL,
    parts INTEGER NOT NULL,
    key TEXT NOT NULL,
    verdict TEXT NOT NULL,
    reason TEXT NOT NULL,
    detail TEXT NOT NULL,
    receipt TEXT, -- JSON
    sent_bytes INTEGER, -- in all
    sent BLOB NOT NULL -- the beginning, as a raw deflate stream
  ) STRICT;
  CREATE INDEX attempt_message ON attempt (message);
  CREATE TABLE told ( -- which deliveries a message with attempts was made of
    delivery INTEGER NOT NULL REFERENCES delivery,
    message INTEGER NOT NULL,
    PRIMARY KEY (delivery, message)
  ) STRICT, WITHOUT ROWID;
  CREATE INDEX told_message ON told (message);

  -- What a channel was told of one episode of one group; parts are JSON.
  CREATE TABLE conversation (
    channel TEXT NOT NULL,
    group_key TEXT NOT NULL,
    episode TEXT NOT NULL,
    root TEXT NOT NULL,
    last TEXT NOT NULL,
    last_at REAL NOT NULL,
    PRIMARY KEY (channel, group_key, episode)
  ) STRICT, WITHOUT ROWID;
  CREATE INDEX conversation_age ON conversation (last_at);
  CREATE INDEX quarantine_age ON quarantine (at);
`;

/**
 * The step at index n leads from version n to n + 1. Before one is added, a store of the version before is recorded in
 * `released/`, with the program that wrote it.
 */
export const MIGRATIONS: readonly string[] = [VERSION_1, VERSION_2, VERSION_3];

/**
 * Takes the lock on a file, checks that it is ours and whole, and brings it to the newest version.
 * @param settings run once the file is known to be ours or empty
 * @throws StoreRefused with the end of a sentence that begins with the file's name; SQLite's own errors
 */
export function migrate(db: DatabaseSync, settings: string, migrations: readonly string[] = MIGRATIONS): void {
  db.exec('PRAGMA locking_mode = EXCLUSIVE');
  const version = number(db, 'PRAGMA user_version');
  const isEmpty = number(db, 'SELECT count(*) FROM sqlite_schema') === 0;
  if (!isEmpty && number(db, 'PRAGMA application_id') !== APPLICATION_ID) {
    throw new StoreRefused('is a database of another program. Give the relay a file of its own (storage.path)');
  }
  if (version > migrations.length) {
    throw new StoreRefused(
      `has version ${version}, and this program knows versions up to ${migrations.length}. Start the newer ` +
        'program that wrote it, or give this one a file of its own (storage.path)',
    );
  }
  db.exec(settings);
  checkWhole(db);
  migrations.forEach((step, from) => {
    if (from >= version)
      db.exec(
        `BEGIN EXCLUSIVE; ${step}; PRAGMA application_id = ${APPLICATION_ID}; PRAGMA user_version = ${from + 1}; ` +
          'COMMIT',
      );
  });
  // A file in need of no step has been read only so far: a write proves that the lock is ours.
  db.exec('BEGIN EXCLUSIVE; COMMIT');
}

function checkWhole(db: DatabaseSync): void {
  const found = Object.values(db.prepare('PRAGMA quick_check(1)').get() ?? {})[0];
  if (found !== 'ok')
    throw new StoreRefused(
      `is damaged (${String(found)}). Nothing was changed; move it away, or restore it from a backup`,
    );
}

function number(db: DatabaseSync, sql: string): number {
  return Number(Object.values(db.prepare(sql).get() ?? {})[0]);
}
