// What was told to whom, from a PostgreSQL store: pages of deliveries, and everything that is known of one.
import { notificationOf } from '../../notification/index.js';
import { termOf } from '../history-rules.js';
import type { HistoryEntry, HistoryFilter, HistoryRecord, KeptAttempt } from '../outbox.js';
import { entryOf, keptOf, STORED_STATE, type AttemptRow, type EntryRow } from '../rows.js';
import { boundedLimit } from '../rules.js';
import type { Database } from './database.js';
import { idsOf } from './texts.js';

const COLUMNS = `
  delivery.id, delivery.channel, delivery.state, delivery.changes, coalesce(message.attempt, delivery.attempts) AS attempts, delivery.ended_at, delivery.reason,
  delivery.detail, delivery.undelivered_channel, delivery.undelivered_reason, notification.about`;

const JOINED = `
  JOIN relay.notification ON notification.id = delivery.notification LEFT JOIN relay.message ON message.id = delivery.message`;

const ONE = `
  SELECT ${COLUMNS}, notification.content, notification.accepted_at FROM relay.delivery ${JOINED} WHERE delivery.id = $1`;

const SENDS = `
  SELECT at, latency_ms, sent_bytes, part, parts, message_id, attempt.channel, key, verdict, reason, detail, receipt, sent
  FROM relay.sending JOIN relay.attempt USING (message) WHERE sending.delivery = $1 ORDER BY attempt.id`;

interface SendRow extends AttemptRow {
  readonly message_id: string;
  readonly sent: Buffer;
}

export class PostgresHistory {
  readonly #db: Database;

  constructor(db: Database) {
    this.#db = db;
  }

  async history(
    filter: HistoryFilter,
    limit: number,
    before?: Pick<HistoryEntry, 'id' | 'acceptedAt'>,
  ): Promise<readonly HistoryEntry[]> {
    const { sql, values } = pageQuery(filter, boundedLimit(limit), before);
    return (await this.#db.read<EntryRow>('read the history', sql, values)).map(entryOf);
  }

  async historyOf(id: number): Promise<HistoryRecord | undefined> {
    if (!Number.isSafeInteger(id)) return undefined;
    const doing = 'read the history';
    const [row] = await this.#db.read<EntryRow & { content: string; accepted_at: number }>(doing, ONE, [id]);
    if (row === undefined) return undefined;
    const sends = await this.#db.read<SendRow>(doing, SENDS, [id]);
    const entry = entryOf(row);
    return {
      ...entry,
      notification: notificationOf({
        json: row.content,
        acceptedAt: row.accepted_at,
        ...(entry.undelivered && { undelivered: entry.undelivered }),
      }),
      sends: sends.map(sendOf),
    };
  }
}

/**
 * Only what was asked for stands in the statement, so that the database can take the index that fits. Labels lead: they
 * are what is found by an index of their own, in the order of the page.
 */
export function pageQuery(
  { ids, since, until, channel, states, labels = {} }: HistoryFilter,
  limit: number,
  before: Pick<HistoryEntry, 'id' | 'acceptedAt'> | undefined,
): { readonly sql: string; readonly values: readonly unknown[] } {
  const values: unknown[] = [];
  const value = (given: unknown): string => `$${values.push(given)}`;
  const terms = Object.entries(labels).map(([name, text]) => termOf(name, text));
  const [first, ...others] = terms;
  const time = first === undefined ? 'delivery.accepted_at' : 'term.accepted_at';
  const fits = [
    ...(first === undefined ? [] : [`term.term = ${value(first)}::bigint`]),
    ...others.map(
      (term) =>
        `EXISTS (SELECT FROM relay.term AS other WHERE other.term = ${value(term)}::bigint AND other.accepted_at = term.accepted_at AND other.notification = term.notification)`,
    ),
    ...(ids === undefined ? [] : [`delivery.id = ANY(${value(idsOf(ids))}::bigint[])`]),
    ...(since === undefined ? [] : [`${time} >= ${value(since)}::float8`]),
    ...(until === undefined ? [] : [`${time} < ${value(until)}::float8`]),
    ...(channel === undefined ? [] : [`delivery.channel = ${value(channel)}`]),
    ...stateFits(states),
    ...(before === undefined
      ? []
      : [
          `${time} <= ${value(before.acceptedAt)}::float8`,
          `(${time}, delivery.id) < (${value(before.acceptedAt)}::float8, ${value(before.id)}::float8)`,
        ]),
  ];
  const from =
    first === undefined
      ? 'relay.delivery'
      : 'relay.term JOIN relay.delivery ON delivery.notification = term.notification';
  return {
    sql: `SELECT ${COLUMNS} FROM ${from} ${JOINED} WHERE ${fits.length === 0 ? 'true' : fits.join(' AND ')}
      ORDER BY ${time} DESC, delivery.id DESC LIMIT ${value(limit)}`,
    values,
  };
}

/** One state stands as a constant: there are indexes for some of them. */
function stateFits(states: HistoryFilter['states']): readonly string[] {
  if (states === undefined) return [];
  const wanted = [...new Set(states)].map((state) => `'${STORED_STATE[state]}'`);
  return wanted.length === 0 ? ['false'] : [`delivery.state IN (${wanted.join(', ')})`];
}

function sendOf(row: SendRow): KeptAttempt {
  return keptOf(row, row.message_id, row.sent.toString('utf8'));
}
