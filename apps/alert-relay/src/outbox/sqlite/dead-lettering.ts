// How deliveries become dead letters; in the same transaction the fallback channel gets its copies.
import { fallbackFor, type DeadLetterCause } from '../rules.js';
import type { SqliteBacklogs } from './backlogs.js';
import type { Query, Store } from './store.js';

interface PendingRow {
  readonly id: number;
  readonly channel: string;
  readonly notification: number;
  readonly accepted_at: number;
  readonly urgency: number;
  readonly changes: number;
  readonly bytes: number;
  readonly group_key: string;
  readonly undelivered_channel: string | null;
}

/** Callers hold a transaction, and release the backlogs afterwards. */
export class DeadLettering {
  readonly #backlogs: SqliteBacklogs;
  readonly #ofMessage: Query<PendingRow>;
  readonly #one: Query<PendingRow>;
  readonly #giveUp: Query;

  constructor(store: Store, backlogs: SqliteBacklogs) {
    this.#backlogs = backlogs;
    const doomed = `
      SELECT delivery.id, delivery.channel, delivery.notification, delivery.accepted_at, delivery.urgency, delivery.changes, delivery.bytes, group_key, undelivered_channel
      FROM delivery JOIN notification ON notification.id = delivery.notification`;
    this.#ofMessage = store.query(
      `${doomed} WHERE message = ?1 AND lane IN (SELECT lane FROM delivery WHERE message = ?1 AND since < ?2) ` +
        'ORDER BY delivery.notification, delivery.id',
    );
    this.#one = store.query(`${doomed} WHERE delivery.id = ?`);
    this.#giveUp = store.query(
      "UPDATE delivery SET state = 'dead', lane = NULL, message = NULL, attempts = coalesce(?, attempts), " +
        'ended_at = ?, reason = ?, detail = ? WHERE id = ?',
    );
  }

  /**
   * Those of a message whose groups have something in it that has been waiting since before a time; `Infinity`: all.
   */
  groupsOlderThan(message: number, attempts: number, before: number, cause: DeadLetterCause): void {
    for (const each of this.#ofMessage.all(message, before)) this.#end(each, attempts, cause);
  }

  /** One that no message holds. */
  one(delivery: number, cause: DeadLetterCause): void {
    const found = this.#one.get(delivery);
    if (found !== undefined) this.#end(found, null, cause);
  }

  #end(each: PendingRow, attempts: number | null, { at, reason, detail, fallback }: DeadLetterCause): void {
    this.#giveUp.run(attempts, at, reason, detail, each.id);
    const channel = fallbackFor(each.channel, fallback, each.undelivered_channel !== null);
    if (channel === undefined) return;
    const { group_key: groupKey, notification, accepted_at: acceptedAt, urgency, changes, bytes } = each;
    this.#backlogs.enqueue({
      channel,
      groupKey,
      notification,
      acceptedAt,
      urgency,
      changes,
      bytes,
      since: at,
      undelivered: { channel: each.channel, reason },
    });
  }
}
