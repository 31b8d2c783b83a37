// Dead letters: looked at, sent again, thrown away, and those that a removed channel leaves behind.
import { setImmediate as nextTurn } from 'node:timers/promises';
import type { DeadFilter, DeadLetter, DeadLetters } from '../outbox.js';
import { letterOf, type DeadRow } from '../rows.js';
import { boundedLimit, channelRemoved } from '../rules.js';
import type { SentMessage, SqliteAttempts } from './attempts.js';
import type { DeadLettering } from './dead-lettering.js';
import type { SqliteForgetting } from './forgetting.js';
import { isInterrupted } from './queue.js';
import type { SqliteBacklogs } from './backlogs.js';
import type { Query, Store } from './store.js';

/** Rows of one transaction where many must change: the event loop is free again in between. */
const SLICE = 500;

interface UnknownMessage extends SentMessage {
  readonly attempt: number;
  readonly claimed: number;
  readonly lost: number;
  readonly plan: string | null;
}

interface DeadRowContent {
  readonly channel: string;
  readonly notification: number;
  readonly group_key: string;
  readonly urgency: number;
}

export class SqliteDeadLetters implements DeadLetters {
  readonly #store: Store;
  readonly #backlogs: SqliteBacklogs;
  readonly #deadLettering: DeadLettering;
  readonly #attempts: SqliteAttempts;
  readonly #forgetting: SqliteForgetting;
  readonly #list: Query<DeadRow>;
  readonly #ids: Query<{ id: number }>;
  readonly #find: Query<DeadRowContent>;
  readonly #revive: Query;
  readonly #unknownMessages: Query<UnknownMessage>;
  readonly #backlogsOf: Query<{ id: number }>;
  readonly #free: Query;
  readonly #removeMessage: Query;
  readonly #unknown: Query<{ id: number }>;
  readonly #backlogOf: Query<{ lane: number | null }>;

  constructor(
    store: Store,
    backlogs: SqliteBacklogs,
    deadLettering: DeadLettering,
    attempts: SqliteAttempts,
    forgetting: SqliteForgetting,
  ) {
    this.#store = store;
    this.#backlogs = backlogs;
    this.#deadLettering = deadLettering;
    this.#attempts = attempts;
    this.#forgetting = forgetting;
    const filtered =
      "state = 'dead' AND (?1 IS NULL OR delivery.channel = ?1) AND (?2 IS NULL OR delivery.id IN (SELECT value " +
      'FROM json_each(?2)))';
    this.#list = store.query(`
      SELECT delivery.id, channel, about, delivery.changes, undelivered_channel, undelivered_reason, reason, detail, attempts, ended_at
      FROM delivery INDEXED BY delivery_dead CROSS JOIN notification ON notification.id = delivery.notification WHERE ${filtered} ORDER BY ended_at DESC, delivery.id DESC LIMIT ?3`);
    this.#ids = store.query(
      `SELECT id FROM delivery INDEXED BY delivery_dead WHERE ${filtered} ORDER BY notification, id`,
    );
    this.#find = store.query(`
      SELECT channel, notification, group_key, delivery.urgency FROM delivery JOIN notification ON notification.id = delivery.notification
      WHERE delivery.id = ? AND state = 'dead'`);
    this.#revive = store.query(`
      UPDATE delivery SET state = 'pending', channel = ?, lane = ?, since = ?, attempts = 0, unclear = 0, alone = 0, not_before = 0, ended_at = NULL, reason = NULL, detail = NULL WHERE id = ?`);
    this.#unknownMessages = store.query(
      'SELECT id, uuid, channel, attempt, claimed, lost, plan FROM message WHERE channel NOT IN (SELECT value FROM json_each(?))',
    );
    this.#backlogsOf = store.query('SELECT id FROM lane WHERE message = ?');
    this.#free = store.query('UPDATE delivery SET message = NULL, attempts = ? WHERE message = ?');
    this.#removeMessage = store.query('DELETE FROM message WHERE id = ?');
    this.#unknown = store.query(`
      SELECT delivery.id FROM lane CROSS JOIN delivery ON delivery.lane = lane.id WHERE lane.channel NOT IN (SELECT value FROM json_each(?)) ORDER BY notification, delivery.id`);
    this.#backlogOf = store.query('SELECT lane FROM delivery WHERE id = ?');
  }

  listDead(filter: DeadFilter, limit: number): Promise<readonly DeadLetter[]> {
    return this.#store.read('list the dead letters', () =>
      this.#list.all(...where(filter), boundedLimit(limit)).map(letterOf),
    );
  }

  replayDead(filter: DeadFilter, now: number, channel?: string): Promise<number> {
    const doing = 'replay dead letters';
    return this.#each(
      doing,
      () => this.#ids.all(...where(filter)),
      (id) => {
        const dead = this.#find.get(id);
        if (dead === undefined) return false;
        const target = channel ?? dead.channel;
        const backlog = this.#backlogs.join({
          channel: target,
          groupKey: dead.group_key,
          urgency: dead.urgency,
          notification: dead.notification,
          since: now,
        });
        return this.#revive.run(target, backlog, now, id) === 1;
      },
    );
  }

  discardDead(filter: DeadFilter): Promise<number> {
    return this.#each(
      'discard dead letters',
      () => this.#ids.all(...where(filter)),
      (id) => {
        const gone = this.#find.get(id);
        if (gone === undefined) return false;
        this.#forgetting.deliveries([{ id, notification: gone.notification }]);
        return true;
      },
    );
  }

  async giveUpRemovedChannels(channels: readonly string[], at: number, fallback: string | undefined): Promise<number> {
    const doing = 'give up what waits for removed channels';
    const known = JSON.stringify(channels);
    const cause = channelRemoved(at, fallback);
    await this.#store.write(doing, () => {
      for (const message of this.#unknownMessages.all(known)) this.#release(message, at);
    });
    const touched = new Set<number>();
    return this.#each(
      doing,
      () => this.#unknown.all(known),
      (id) => {
        const backlog = this.#backlogOf.get(id)?.lane ?? undefined;
        if (backlog === undefined) return false;
        this.#deadLettering.one(id, cause);
        touched.add(backlog);
        return true;
      },
      () => {
        // Once for a slice: summing up looks at all that waits in a backlog.
        for (const backlog of touched) this.#backlogs.release(backlog);
        touched.clear();
      },
    );
  }

  /** Its holder loses the claim. */
  #release(message: UnknownMessage, at: number): void {
    if (isInterrupted(message)) this.#attempts.interrupted(message, at);
    const backlogs = this.#backlogsOf.all(message.id);
    this.#free.run(message.attempt, message.id);
    for (const { id } of backlogs) this.#backlogs.release(id);
    this.#removeMessage.run(message.id);
  }

  /**
   * Changes those found at first, slice by slice: what becomes a dead letter again meanwhile is not found again.
   * `atEnd` belongs to each slice. How many were changed.
   */
  async #each(
    doing: string,
    find: () => readonly { readonly id: number }[],
    change: (id: number) => boolean,
    atEnd: () => void = () => undefined,
  ): Promise<number> {
    const found = await this.#store.read(doing, find);
    let changed = 0;
    for (let from = 0; from < found.length; from += SLICE) {
      if (from > 0) await nextTurn();
      changed += await this.#store.write(doing, () => {
        const { length } = found.slice(from, from + SLICE).filter(({ id }) => change(id));
        atEnd();
        return length;
      });
    }
    return changed;
  }
}

function where({ channel, ids }: DeadFilter): [string | null, string | null] {
  return [channel ?? null, ids === undefined ? null : JSON.stringify(ids)];
}
