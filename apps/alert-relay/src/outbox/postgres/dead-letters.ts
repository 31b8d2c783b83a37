// Dead letters of a PostgreSQL store: looked at, sent again, thrown away.
import type { DeadFilter, DeadLetter } from '../outbox.js';
import { letterOf, type DeadRow } from '../rows.js';
import { boundedLimit } from '../rules.js';
import type { Database } from './database.js';
import { forgetThese } from './forgetting.js';
import { idsOf } from './texts.js';

/** Rows of one transaction where many must change: nobody waits long for their locks. */
export const SLICE = 500;

const FILTER =
  "state = 'dead' AND ($1::text IS NULL OR delivery.channel = $1) AND ($2::bigint[] IS NULL OR delivery.id = ANY($2))";

const LIST = `
  SELECT delivery.id, channel, about, delivery.changes, undelivered_channel, undelivered_reason, reason, detail, attempts, ended_at
  FROM relay.delivery JOIN relay.notification ON notification.id = delivery.notification
  WHERE ${FILTER} ORDER BY ended_at DESC, delivery.id DESC LIMIT $3`;

const IDS = `SELECT id FROM relay.delivery WHERE ${FILTER} ORDER BY notification, id`;

// A row of its own would have another id than the one that people were shown.
const REPLAY = `
  WITH found AS MATERIALIZED (
    SELECT delivery.id, coalesce($3::text, channel) AS channel, group_key, notification, delivery.urgency
    FROM relay.delivery JOIN relay.notification ON notification.id = delivery.notification
    WHERE delivery.id = ANY($1::bigint[]) AND state = 'dead' ORDER BY delivery.id FOR UPDATE OF delivery),
  joined AS (
    INSERT INTO relay.lane (channel, group_key, size, urgency, head, since, due_at)
    SELECT channel, group_key, count(*), min(urgency), min(notification), $2::float8, 0 FROM found GROUP BY channel, group_key ORDER BY channel, group_key
    ON CONFLICT (channel, group_key) DO UPDATE SET size = lane.size + excluded.size, urgency = least(lane.urgency, excluded.urgency),
      head = least(lane.head, excluded.head), since = least(lane.since, excluded.since)
    RETURNING id, channel, group_key)
  UPDATE relay.delivery SET state = 'pending', channel = found.channel, lane = joined.id, since = $2, attempts = 0, unclear = 0, alone = 0, not_before = 0,
    ended_at = NULL, reason = NULL, detail = NULL
  FROM found JOIN joined USING (channel, group_key) WHERE delivery.id = found.id RETURNING delivery.channel`;

export class PostgresDeadLetters {
  readonly #db: Database;
  readonly #onStored: (channels: readonly string[]) => void;

  constructor(db: Database, onStored: (channels: readonly string[]) => void) {
    this.#db = db;
    this.#onStored = onStored;
  }

  async listDead(filter: DeadFilter, limit: number): Promise<readonly DeadLetter[]> {
    const rows = await this.#db.read<DeadRow>('list the dead letters', LIST, [...where(filter), boundedLimit(limit)]);
    return rows.map(letterOf);
  }

  async replayDead(filter: DeadFilter, now: number, channel?: string): Promise<number> {
    const doing = 'replay dead letters';
    return this.#inSlices(doing, filter, async (ids) => {
      const revived = await this.#db.write(doing, (tx) =>
        tx.all<{ channel: string }>(REPLAY, [ids, now, channel ?? null]),
      );
      this.#onStored([...new Set(revived.map((each) => each.channel))]);
      return revived.length;
    });
  }

  discardDead(filter: DeadFilter): Promise<number> {
    const doing = 'discard dead letters';
    return this.#inSlices(doing, filter, (ids) => this.#db.write(doing, (tx) => forgetThese(tx, 'dead', ids)));
  }

  /** Those found at first: what becomes a dead letter again meanwhile is not found again. */
  async #inSlices(
    doing: string,
    filter: DeadFilter,
    change: (ids: readonly number[]) => Promise<number>,
  ): Promise<number> {
    const found = await this.#db.read<{ id: number }>(doing, IDS, where(filter));
    let changed = 0;
    for (let from = 0; from < found.length; from += SLICE)
      changed += await change(found.slice(from, from + SLICE).map((each) => each.id));
    return changed;
  }
}

function where({ channel, ids }: DeadFilter): readonly unknown[] {
  return [channel ?? null, ids === undefined ? null : idsOf(ids)];
}
