// The rows of an embedded store as those of a PostgreSQL store: times go by the database's, keys are such as it can
// index, and what it holds beside the contents is read from them.
import type { DatabaseSync, SQLOutputValue } from 'node:sqlite';
import { inflateRawSync } from 'node:zlib';
import type { Notification, SentPart } from '../notification/index.js';
import { termsOf } from './history-rules.js';
import type { NotificationSummary } from './outbox.js';
import type { Filling } from './postgres/filling.js';
import { indexKey, nameWhereNoKey, plainText } from './postgres/texts.js';
import { textOf } from './sqlite/store.js';

export interface TimeShift {
  /** From the embedded store's steady time to the database's. Milliseconds. */
  readonly shift: number;
  /** Now in the embedded store's time. */
  readonly now: number;
}

type Row = Readonly<Record<string, SQLOutputValue>>;

export interface MovedTable {
  readonly filling: Filling;
  readonly rows: () => Iterable<readonly unknown[]>;
}

const YEAR_MS = 366 * 86_400_000;

/**
 * A note with its moments moved, whatever else it says: a number within a year of now is a moment, since durations and
 * counts are a thousand times smaller.
 */
export function noteMoved(text: string, { shift, now }: TimeShift): string {
  const move = (value: unknown): unknown => {
    if (typeof value === 'number') return Math.abs(value - now) < YEAR_MS ? value + shift : value;
    if (Array.isArray(value)) return value.map(move);
    if (typeof value === 'object' && value !== null)
      return Object.fromEntries(Object.entries(value).map(([name, each]) => [name, move(each)]));
    return value;
  };
  try {
    return JSON.stringify(move(JSON.parse(text)));
  } catch {
    return text;
  }
}

/** In the order in which they can be stored. */
export function movedRows(db: DatabaseSync, time: TimeShift): readonly MovedTable[] {
  const { shift } = time;
  const at = (value: SQLOutputValue | undefined): number | null => (typeof value === 'number' ? value + shift : null);
  /** 0 is no time: it means at once. */
  const dueAt = (value: SQLOutputValue | undefined): number | null => (value === 0 ? 0 : at(value));
  const text = (value: SQLOutputValue | undefined): string => (typeof value === 'string' ? value : '');
  const plain = (value: SQLOutputValue | undefined): string | null =>
    typeof value === 'string' ? plainText(value) : null;
  const key = (value: SQLOutputValue | undefined): string => indexKey(textOf(text(value)));

  const table = (
    name: string,
    sql: string,
    columns: Readonly<Record<string, readonly [type: string, value: (row: Row) => unknown]>>,
  ): MovedTable => ({
    filling: {
      table: name,
      columns: Object.fromEntries(Object.entries(columns).map(([column, [type]]) => [column, type])),
    },
    rows: function* () {
      const values = Object.values(columns).map(([, value]) => value);
      for (const row of db.prepare(sql).iterate() as Iterable<Row>) yield values.map((value) => value(row));
    },
  });
  const same =
    (column: string): ((row: Row) => unknown) =>
    (row) =>
      row[column] ?? null;
  const moved =
    (column: string): ((row: Row) => unknown) =>
    (row) =>
      at(row[column]);

  const acceptedAt = (row: Row): number | null =>
    at((JSON.parse(text(row['about'])) as NotificationSummary).acceptedAt);
  const contentOf = (row: Row): Notification => JSON.parse(text(row['content'])) as Notification;
  const part = (column: 'root' | 'last', read: (part: SentPart) => unknown): ((row: Row) => unknown) => {
    return (row) => read(JSON.parse(text(row[column])) as SentPart);
  };

  return [
    table('alert_group', 'SELECT * FROM alert_group ORDER BY id', {
      id: ['bigint', same('id')],
      seen_at: ['float8', moved('seen_at')],
      key: ['text', (row) => key(row['key'])],
      episode: ['text', (row) => plain(row['episode'])],
    }),
    table('alert_state', 'SELECT * FROM alert_state', {
      alert_group: ['bigint', same('alert_group')],
      firing: ['smallint', same('firing')],
      seen_at: ['float8', moved('seen_at')],
      told_at: ['float8', moved('told_at')],
      // Start and end are the sender's words.
      starts_at: ['float8', same('starts_at')],
      ended_at: ['float8', same('ended_at')],
      held_until: ['float8', moved('held_until')],
      episode: ['text', (row) => key(row['episode'])],
    }),
    table('held', 'SELECT * FROM held ORDER BY id', {
      id: ['bigint', same('id')],
      due_at: ['float8', moved('due_at')],
      content: ['text', (row) => plain(row['content'])],
    }),
    table('notification', 'SELECT * FROM notification ORDER BY id', {
      id: ['bigint', same('id')],
      accepted_at: ['float8', acceptedAt],
      urgency: ['smallint', same('urgency')],
      changes: ['integer', same('changes')],
      bytes: ['bigint', same('bytes')],
      group_key: ['text', (row) => key(row['group_key'])],
      group_name: ['text', (row) => nameWhereNoKey(textOf(text(row['group_key'])))],
      episode: ['text', (row) => plainText(contentOf(row).episode.id)],
      about: [
        'text',
        (row) =>
          JSON.stringify({ ...(JSON.parse(text(row['about'])) as NotificationSummary), acceptedAt: acceptedAt(row) }),
      ],
      content: ['text', same('content')],
    }),
    {
      filling: { table: 'term', columns: { term: 'bigint', accepted_at: 'float8', notification: 'bigint' } },
      rows: function* () {
        for (const row of db.prepare('SELECT id, about, content FROM notification').iterate() as Iterable<Row>)
          for (const term of termsOf(contentOf(row))) yield [term, acceptedAt(row), row['id']];
      },
    },
    table('message', 'SELECT * FROM message ORDER BY id', {
      id: ['bigint', same('id')],
      token: ['bigint', same('token')],
      composed_at: ['float8', moved('composed_at')],
      due_at: ['float8', (row) => dueAt(row['due_at'])],
      attempt: ['integer', same('attempt')],
      unclear: ['integer', same('unclear')],
      ambiguous: ['smallint', same('ambiguous')],
      claimed: ['smallint', () => 0],
      lost: ['integer', same('lost')],
      kept: ['smallint', same('kept')],
      urgency: ['smallint', same('urgency')],
      head: ['bigint', same('head')],
      lanes: ['integer', same('lanes')],
      uuid: ['text', same('uuid')],
      channel: ['text', same('channel')],
      plan: ['text', same('plan')],
    }),
    table('lane', 'SELECT * FROM lane ORDER BY id', {
      id: ['bigint', same('id')],
      message: ['bigint', same('message')],
      size: ['bigint', same('size')],
      urgency: ['smallint', same('urgency')],
      head: ['bigint', same('head')],
      since: ['float8', moved('since')],
      due_at: ['float8', (row) => dueAt(row['due_at'])],
      alone: ['smallint', same('alone')],
      channel: ['text', same('channel')],
      group_key: ['text', (row) => key(row['group_key'])],
    }),
    table(
      'delivery',
      'SELECT delivery.*, about FROM delivery JOIN notification ON notification.id = notification ORDER BY delivery.id',
      {
        id: ['bigint', same('id')],
        notification: ['bigint', same('notification')],
        lane: ['bigint', same('lane')],
        message: ['bigint', same('message')],
        since: ['float8', moved('since')],
        not_before: ['float8', (row) => dueAt(row['not_before'])],
        ended_at: ['float8', moved('ended_at')],
        accepted_at: ['float8', acceptedAt],
        bytes: ['bigint', same('bytes')],
        changes: ['integer', same('changes')],
        attempts: ['integer', same('attempts')],
        unclear: ['integer', same('unclear')],
        urgency: ['smallint', same('urgency')],
        alone: ['smallint', same('alone')],
        state: ['text', same('state')],
        channel: ['text', same('channel')],
        undelivered_channel: ['text', same('undelivered_channel')],
        undelivered_reason: ['text', same('undelivered_reason')],
        reason: ['text', same('reason')],
        detail: ['text', (row) => plain(row['detail'])],
      },
    ),
    table('attempt', 'SELECT * FROM attempt ORDER BY id', {
      id: ['bigint', same('id')],
      message: ['bigint', same('message')],
      at: ['float8', moved('at')],
      latency_ms: ['float8', same('latency_ms')],
      sent_bytes: ['bigint', same('sent_bytes')],
      part: ['integer', same('part')],
      parts: ['integer', same('parts')],
      message_id: ['text', same('uuid')],
      channel: ['text', same('channel')],
      key: ['text', (row) => plain(row['key'])],
      verdict: ['text', same('verdict')],
      reason: ['text', same('reason')],
      detail: ['text', (row) => plain(row['detail'])],
      receipt: ['text', same('receipt')],
      sent: ['bytea', (row) => inflateRawSync(row['sent'] as Uint8Array)],
    }),
    table('sending', 'SELECT * FROM told', {
      delivery: ['bigint', same('delivery')],
      message: ['bigint', same('message')],
    }),
    table('conversation', 'SELECT * FROM conversation', {
      root_at: ['float8', part('root', (each) => each.at + shift)],
      last_at: ['float8', part('last', (each) => each.at + shift)],
      channel: ['text', same('channel')],
      group_key: ['text', (row) => key(row['group_key'])],
      episode: ['text', (row) => plainText(textOf(text(row['episode'])))],
      root_key: ['text', part('root', (each) => plainText(each.key))],
      root_receipt: ['text', part('root', (each) => JSON.stringify(each.receipt))],
      last_key: ['text', part('last', (each) => plainText(each.key))],
      last_receipt: ['text', part('last', (each) => JSON.stringify(each.receipt))],
    }),
    table('quarantine', 'SELECT * FROM quarantine ORDER BY id', {
      id: ['bigint', same('id')],
      at: ['float8', moved('at')],
      size: ['bigint', (row) => (row['bytes'] as Uint8Array).length],
      reason: ['text', (row) => plain(row['reason'])],
      bytes: ['bytea', (row) => Buffer.from(row['bytes'] as Uint8Array)],
    }),
    table('note', "SELECT * FROM note WHERE name <> 'clock'", {
      name: ['text', same('name')],
      value: ['text', (row) => plainText(noteMoved(text(row['value']), time))],
    }),
  ];
}
