// What waits for one channel and one group, summed up over its pending deliveries so that choosing is fast. The table
// is named `lane`.
import { keyOf, type Query, type Store } from './store.js';

/** A delivery that joins the queue. */
export interface Arrival {
  readonly channel: string;
  readonly groupKey: string;
  readonly notification: number;
  readonly acceptedAt: number;
  readonly urgency: number;
  readonly changes: number;
  readonly bytes: number;
  /** Its age counts from here, milliseconds since 1970. */
  readonly since: number;
  /** Who gave up on it and why, where this is a copy for the fallback channel. */
  readonly undelivered?: { readonly channel: string; readonly reason: string };
}

/** Callers hold a transaction. */
export class SqliteBacklogs {
  readonly #join: Query<{ id: number }>;
  readonly #deliver: Query;
  readonly #sum: Query<{ size: number; urgency: number; head: number; since: number; due_at: number; alone: number }>;
  readonly #update: Query;
  readonly #remove: Query;

  constructor(store: Store) {
    this.#join = store.query(`
      INSERT INTO lane (channel, group_key, size, urgency, head, since, due_at) VALUES (?, ?, 1, ?, ?, ?, 0)
      ON CONFLICT (channel, group_key) DO UPDATE SET
        size = size + 1, urgency = min(urgency, excluded.urgency), head = min(head, excluded.head), since = min(since, excluded.since)
      RETURNING id`);
    this.#deliver = store.query(`
      INSERT INTO delivery (notification, channel, lane, state, since, urgency, changes, bytes, attempts, not_before, accepted_at, undelivered_channel, undelivered_reason)
      VALUES (?, ?, ?, 'pending', ?, ?, ?, ?, 0, 0, ?, ?, ?)`);
    this.#sum = store.query(`
      SELECT count(*) AS size, max(alone) AS alone, min(urgency) AS urgency, min(notification) AS head, min(since) AS since,
        coalesce(max(not_before) FILTER (WHERE message IS NULL), 0) AS due_at
      FROM delivery WHERE lane = ?`);
    this.#update = store.query(
      'UPDATE lane SET message = NULL, size = ?, urgency = ?, head = ?, since = ?, due_at = ?, alone = ? WHERE id = ?',
    );
    this.#remove = store.query('DELETE FROM lane WHERE id = ?');
  }

  /** The backlog of a channel and group, now one delivery longer. */
  join({
    channel,
    groupKey,
    urgency,
    notification,
    since,
  }: Omit<Arrival, 'acceptedAt' | 'changes' | 'bytes' | 'undelivered'>): number {
    return (this.#join.get(channel, keyOf(groupKey), urgency, notification, since) as { id: number }).id;
  }

  enqueue(arrival: Arrival): void {
    const { channel, notification, acceptedAt, since, urgency, changes, bytes, undelivered } = arrival;
    this.#deliver.run(
      notification,
      channel,
      this.join(arrival),
      since,
      urgency,
      changes,
      bytes,
      acceptedAt,
      undelivered?.channel ?? null,
      undelivered?.reason ?? null,
    );
  }

  /** Sums up anew a backlog that no message holds any more, and removes it where its last delivery is gone. */
  release(backlog: number): void {
    const sum = this.#sum.get(backlog);
    if (sum === undefined || sum.size === 0) this.#remove.run(backlog);
    else this.#update.run(sum.size, sum.urgency, sum.head, sum.since, sum.due_at, sum.alone, backlog);
  }
}
