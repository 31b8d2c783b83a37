// The end of a claim in a PostgreSQL store: delivered, another try, a dead letter, or back as it was. A claim's token
// is looked at under the lock of its message, so that nobody else can have it before the transaction ends.
import type { PlannedPart } from '../../notification/index.js';
import type { Attempt, Claim, Settlement } from '../outbox.js';
import { planOf } from '../rows.js';
import { aloneAfter, boundedWait, expiredBy, isAmbiguous, staysOne, unclearAfter } from '../rules.js';
import { keepAttempts } from './attempts.js';
import type { Database, Transaction } from './database.js';
import { buryOlder, giveUp, hold, remove, type HeldMessage } from './ending.js';

type Retry = Extract<Settlement, { kind: 'retry' }>;

const HOLD = hold('token = $2 AND uuid = $3 AND claimed = 1');

const DELIVERED =
  "UPDATE relay.delivery SET state = 'delivered', ended_at = $2, attempts = $3, lane = NULL, message = NULL WHERE message = $1";
const KEEP =
  'UPDATE relay.message SET claimed = 0, holder = NULL, kept = 1, lost = 0, ambiguous = $2, unclear = $3, due_at = $4 WHERE id = $1';
const PUT_BACK =
  'UPDATE relay.message SET claimed = 0, holder = NULL, kept = 1, lost = 0, attempt = attempt - 1, due_at = 0 WHERE id = $1';
const FREE =
  'UPDATE relay.delivery SET message = NULL, attempts = $2, unclear = $3, not_before = $4 WHERE message = $1';

export class PostgresSettling {
  readonly #db: Database;
  readonly #onStored: (channels: readonly string[]) => void;
  /** Tokens whose settlement may have been stored: the connection was lost at COMMIT. */
  readonly #uncertain = new Set<number>();

  constructor(db: Database, onStored: (channels: readonly string[]) => void) {
    this.#db = db;
    this.#onStored = onStored;
  }

  progress(
    claim: Claim,
    plan: readonly PlannedPart[],
    leaseUntil: number,
    attempts?: readonly Attempt[],
  ): Promise<boolean> {
    return this.#db.write('keep how far a message got', async (tx) => {
      const row = await tx.get<{ id: number }>(
        'UPDATE relay.message SET plan = $3, due_at = $4 WHERE token = $1 AND uuid = $2 AND claimed = 1 RETURNING id',
        [claim.token, claim.messageId, JSON.stringify(plan), leaseUntil],
      );
      if (row === undefined) return false;
      await keepAttempts(tx, { id: row.id, uuid: claim.messageId, channel: claim.channel }, attempts);
      return true;
    });
  }

  async settle(claim: Claim, settlement: Settlement, attempts?: readonly Attempt[]): Promise<boolean> {
    const fallback = 'fallback' in settlement ? settlement.fallback : undefined;
    const isSettled = await this.#db.write(
      `settle a message as ${settlement.kind}`,
      async (tx) => {
        const held = await tx.get<HeldMessage>(HOLD, [fallback ?? null, claim.token, claim.messageId]);
        if (held === undefined) return this.#wasSettled(tx, claim.token);
        await Promise.all([
          keepAttempts(tx, held, attempts),
          ...settled(tx, held, settlement),
          tx.run('INSERT INTO relay.settlement (token) VALUES ($1)', [claim.token]),
        ]);
        return true;
      },
      { uncertain: () => this.#uncertain.add(claim.token) },
    );
    this.#uncertain.delete(claim.token);
    if (fallback !== undefined) this.#onStored([fallback]);
    return isSettled;
  }

  /** Only who does not know what became of it is told that it was stored the first time. */
  async #wasSettled(tx: Transaction, token: number): Promise<boolean> {
    if (!this.#uncertain.has(token)) return false;
    return (await tx.get('SELECT FROM relay.settlement WHERE token = $1', [token])) !== undefined;
  }
}

/** One after the other, without waiting for answers in between. */
function settled(tx: Transaction, held: HeldMessage, settlement: Settlement): Promise<unknown>[] {
  switch (settlement.kind) {
    case 'delivered':
      return [tx.run(DELIVERED, [held.id, settlement.at, held.attempt]), remove(tx, held)];
    case 'retry':
      return settlement.keep ? [retryKept(tx, held, settlement)] : retryFree(tx, held, settlement);
    case 'dead':
      return [giveUp(tx, held, settlement)];
    case 'returned':
      return returned(tx, held);
  }
}

/** Nothing was sent in this claim. */
export function returned(tx: Transaction, held: HeldMessage): Promise<unknown>[] {
  if (staysOne(held.kept === 1, planOf(held))) return [tx.run(PUT_BACK, [held.id])];
  return [tx.run('UPDATE relay.delivery SET message = NULL WHERE message = $1', [held.id]), remove(tx, held)];
}

async function retryKept(tx: Transaction, held: HeldMessage, retry: Retry): Promise<void> {
  const oldest = await tx.get<{ since: number }>('SELECT min(since) AS since FROM relay.delivery WHERE message = $1', [
    held.id,
  ]);
  if ((oldest?.since ?? Infinity) < retry.expireBefore) await giveUp(tx, held, expiredBy(retry));
  else
    await tx.run(KEEP, [
      held.id,
      isAmbiguous(held.ambiguous === 1, planOf(held)) ? 1 : 0,
      unclearAfter(held.unclear, retry),
      boundedWait(retry.notBefore, retry.at),
    ]);
}

function retryFree(tx: Transaction, held: HeldMessage, retry: Retry): Promise<unknown>[] {
  return [
    ...(retry.alone === true
      ? [tx.run('UPDATE relay.delivery SET alone = $2 WHERE message = $1', [held.id, aloneAfter(held.lane_ids.length)])]
      : []),
    ...(retry.expireBefore > 0 ? [buryOlder(tx, held, retry.expireBefore, expiredBy(retry))] : []),
    tx.run(FREE, [held.id, held.attempt, unclearAfter(held.unclear, retry), boundedWait(retry.notBefore, retry.at)]),
    remove(tx, held),
  ];
}
