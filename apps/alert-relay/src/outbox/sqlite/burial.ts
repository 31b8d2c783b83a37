// How deliveries become dead letters: in the same transaction the fallback channel gets its copies.
import type { Reason } from '../../notification/index.js';
import { tellerOf } from '../rules.js';
import type { Lanes } from './lanes.js';
import type { Query, Store } from './store.js';

export interface Death {
  readonly at: number;
  readonly reason: Reason;
  readonly detail: string;
  readonly fallback: string | undefined;
}

interface Doomed {
  readonly id: number;
  readonly channel: string;
  readonly notification: number;
  readonly urgency: number;
  readonly changes: number;
  readonly bytes: number;
  readonly group_key: string;
  readonly undelivered_channel: string | null;
}

/** Callers hold a transaction, and release the lanes afterwards. */
export class Bury {
  readonly #lanes: Lanes;
  readonly #ofMessage: Query<Doomed>;
  readonly #one: Query<Doomed>;
  readonly #die: Query;

  constructor(store: Store, lanes: Lanes) {
    this.#lanes = lanes;
    const doomed = `
      SELECT delivery.id, delivery.channel, delivery.notification, delivery.urgency, delivery.changes, delivery.bytes, group_key, undelivered_channel
      FROM delivery JOIN notification ON notification.id = delivery.notification`;
    this.#ofMessage = store.query(
      `${doomed} WHERE message = ?1 AND lane IN (SELECT lane FROM delivery WHERE message = ?1 AND since < ?2) ORDER BY delivery.notification, delivery.id`,
    );
    this.#one = store.query(`${doomed} WHERE delivery.id = ?`);
    this.#die = store.query(
      `UPDATE delivery SET state = 'dead', lane = NULL, message = NULL, attempts = coalesce(?, attempts), ended_at = ?, reason = ?, detail = ? WHERE id = ?`,
    );
  }

  /**
   * Those of a message whose groups have something in it that has been waiting since before a time; `Infinity`: all.
   */
  groupsOlderThan(message: number, attempts: number, before: number, death: Death): void {
    for (const each of this.#ofMessage.all(message, before)) this.#end(each, attempts, death);
  }

  /** One that no message holds. */
  one(delivery: number, death: Death): void {
    const found = this.#one.get(delivery);
    if (found !== undefined) this.#end(found, null, death);
  }

  #end(each: Doomed, attempts: number | null, { at, reason, detail, fallback }: Death): void {
    this.#die.run(attempts, at, reason, detail, each.id);
    const channel = tellerOf(each.channel, fallback, each.undelivered_channel !== null);
    if (channel === undefined) return;
    const { group_key: groupKey, notification, urgency, changes, bytes } = each;
    this.#lanes.enqueue({
      channel,
      groupKey,
      notification,
      urgency,
      changes,
      bytes,
      since: at,
      undelivered: { channel: each.channel, reason },
    });
  }
}
