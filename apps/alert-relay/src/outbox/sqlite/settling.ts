// The end of a claim: delivered, another try, a dead letter, or back as it was. All of one settlement is one
// transaction.
import type { PlannedPart } from '../../notification/index.js';
import type { Attempt, Claim, Settlement } from '../outbox.js';
import { planOf } from '../rows.js';
import {
  aloneAfter,
  boundedWait,
  expiredBy,
  isAmbiguous,
  staysOne,
  unclearAfter,
  type DeadLetterCause,
} from '../rules.js';
import type { SqliteAttempts } from './attempts.js';
import type { DeadLettering } from './dead-lettering.js';
import type { SqliteBacklogs } from './backlogs.js';
import type { Query, Store } from './store.js';

type Retry = Extract<Settlement, { kind: 'retry' }>;

interface Held {
  readonly id: number;
  readonly uuid: string;
  readonly channel: string;
  readonly attempt: number;
  readonly unclear: number;
  readonly ambiguous: number;
  readonly kept: number;
  readonly plan: string | null;
}

export class SqliteSettling {
  readonly #store: Store;
  readonly #backlogs: SqliteBacklogs;
  readonly #deadLettering: DeadLettering;
  readonly #attempts: SqliteAttempts;
  readonly #held: Query<Held>;
  readonly #progress: Query;
  readonly #backlogsOf: Query<{ id: number }>;
  readonly #oldest: Query<{ since: number }>;
  readonly #delivered: Query;
  readonly #keep: Query;
  readonly #putBack: Query;
  readonly #alone: Query;
  readonly #free: Query;
  readonly #freeUntried: Query;
  readonly #remove: Query;

  constructor(store: Store, backlogs: SqliteBacklogs, deadLettering: DeadLettering, attempts: SqliteAttempts) {
    this.#store = store;
    this.#backlogs = backlogs;
    this.#deadLettering = deadLettering;
    this.#attempts = attempts;
    this.#held = store.query(
      'SELECT id, uuid, channel, attempt, unclear, ambiguous, kept, plan FROM message WHERE token = ? AND uuid = ? ' +
        'AND claimed = 1',
    );
    this.#progress = store.query('UPDATE message SET plan = ?, due_at = ? WHERE id = ?');
    this.#backlogsOf = store.query('SELECT id FROM lane WHERE message = ?');
    this.#oldest = store.query('SELECT min(since) AS since FROM delivery WHERE message = ?');
    this.#delivered = store.query(
      `UPDATE delivery SET state = 'delivered', attempts = ?, ended_at = ?, lane = NULL, message = NULL WHERE message = ?`,
    );
    this.#keep = store.query(
      'UPDATE message SET claimed = 0, kept = 1, lost = 0, ambiguous = ?, unclear = ?, due_at = ? WHERE id = ?',
    );
    this.#putBack = store.query(
      'UPDATE message SET claimed = 0, kept = 1, lost = 0, attempt = attempt - 1, due_at = 0 WHERE id = ?',
    );
    this.#alone = store.query('UPDATE delivery SET alone = ? WHERE message = ?');
    this.#free = store.query(
      'UPDATE delivery SET message = NULL, attempts = ?, unclear = ?, not_before = ? WHERE message = ?',
    );
    this.#freeUntried = store.query('UPDATE delivery SET message = NULL WHERE message = ?');
    this.#remove = store.query('DELETE FROM message WHERE id = ?');
  }

  progress(
    claim: Claim,
    plan: readonly PlannedPart[],
    leaseUntil: number,
    attempts?: readonly Attempt[],
  ): Promise<boolean> {
    return this.#store.write('keep how far a message got', () => {
      const held = this.#held.get(claim.token, claim.messageId);
      if (held === undefined) return false;
      this.#attempts.keep(held, attempts);
      this.#progress.run(JSON.stringify(plan), leaseUntil, held.id);
      return true;
    });
  }

  settle(claim: Claim, settlement: Settlement, attempts?: readonly Attempt[]): Promise<boolean> {
    return this.#store.write(`settle a message as ${settlement.kind}`, () => {
      const held = this.#held.get(claim.token, claim.messageId);
      if (held === undefined) return false;
      this.#attempts.keep(held, attempts);
      switch (settlement.kind) {
        case 'delivered':
          this.#end(held, () => this.#delivered.run(held.attempt, settlement.at, held.id));
          break;
        case 'retry':
          if (settlement.keep) this.#retryKept(held, settlement);
          else this.#retryFree(held, settlement);
          break;
        case 'dead':
          this.giveUp(held, settlement);
          break;
        case 'returned':
          if (staysOne(held.kept === 1, planOf(held))) this.#putBack.run(held.id);
          else this.#end(held, () => this.#freeUntried.run(held.id));
          break;
      }
      return true;
    });
  }

  #retryKept(held: Held, retry: Retry): void {
    const { since } = this.#oldest.get(held.id) as { since: number };
    if (since < retry.expireBefore) this.giveUp(held, expiredBy(retry));
    else
      this.#keep.run(
        isAmbiguous(held.ambiguous === 1, planOf(held)) ? 1 : 0,
        unclearAfter(held.unclear, retry),
        boundedWait(retry.notBefore, retry.at),
        held.id,
      );
  }

  #retryFree(held: Held, retry: Retry): void {
    if (retry.alone === true) this.#alone.run(aloneAfter(this.#backlogsOf.all(held.id).length), held.id);
    this.#end(held, () => {
      this.#deadLettering.groupsOlderThan(held.id, held.attempt, retry.expireBefore, expiredBy(retry));
      this.#free.run(held.attempt, unclearAfter(held.unclear, retry), boundedWait(retry.notBefore, retry.at), held.id);
    });
  }

  /** All of a message. Callers hold a transaction. */
  giveUp(held: Pick<Held, 'id' | 'attempt'>, cause: DeadLetterCause): void {
    this.#end(held, () => this.#deadLettering.groupsOlderThan(held.id, held.attempt, Infinity, cause));
  }

  /** @param free ends or frees each delivery of the message */
  #end(held: Pick<Held, 'id'>, free: () => void): void {
    const backlogs = this.#backlogsOf.all(held.id);
    free();
    for (const { id } of backlogs) this.#backlogs.release(id);
    this.#remove.run(held.id);
  }
}
