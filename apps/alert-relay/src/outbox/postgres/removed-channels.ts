// Gives up what waits for channels that no configuration has: never what another relay of this store knows, or knew a
// moment ago.
import { keepInterrupted } from './attempts.js';
import type { Database, Transaction } from './database.js';
import { SLICE } from './dead-letters.js';
import { buryThese, hold, release, remove, type HeldMessage } from './ending.js';
import type { Holder } from './holder.js';
import { channelRemoved, type DeadLetterCause } from '../rules.js';

// Whatever this relay's list had and has no more was known until now.
const ANNOUNCE = `
  WITH before AS (SELECT unnest(channels) AS name FROM relay.holder WHERE id = $1),
  known AS (UPDATE relay.holder SET channels = $2 WHERE id = $1)
  INSERT INTO relay.channel (name, listed_at) SELECT DISTINCT name, clock_timestamp() FROM before WHERE NOT name = ANY($2::text[])
  ON CONFLICT (name) DO UPDATE SET listed_at = excluded.listed_at`;
const UNKNOWN = `
  SELECT DISTINCT channel FROM relay.lane
  WHERE NOT channel = ANY($1::text[]) AND NOT EXISTS (SELECT FROM relay.holder WHERE lane.channel = ANY(channels))`;
/** One that nobody ever had in a list is counted from now on. */
const MET = 'INSERT INTO relay.channel (name, listed_at) SELECT unnest($1::text[]), now() ON CONFLICT DO NOTHING';
const LONG_AGO = `
  SELECT name FROM relay.channel
  WHERE name = ANY($1::text[]) AND listed_at <= clock_timestamp() - make_interval(secs => $2::float8 / 1000) ORDER BY name`;

const MESSAGES = 'SELECT id FROM relay.message WHERE channel = $1 ORDER BY id';
const HOLD = hold('id = $2');
const PENDING = `
  SELECT id, lane FROM relay.delivery WHERE lane IN (SELECT id FROM relay.lane WHERE channel = $1 AND message IS NULL)
  ORDER BY notification, id LIMIT ${SLICE}`;
// With those of the fallback channel, in the order that all transactions keep.
const LOCK_LANES = `
  SELECT id, channel, message FROM relay.lane
  WHERE id = ANY($1::bigint[]) OR (channel = $2 AND group_key IN (SELECT group_key FROM relay.lane WHERE id = ANY($1::bigint[])))
  ORDER BY channel, group_key FOR UPDATE`;

const DOING = 'give up what waits for removed channels';

export class RemovedChannels {
  readonly #db: Database;
  readonly #holder: Holder;
  readonly #removedAfterMs: number;

  /** @param removedAfterMs for so long nobody must have known a channel */
  constructor(db: Database, holder: Holder, removedAfterMs: number) {
    this.#db = db;
    this.#holder = holder;
    this.#removedAfterMs = removedAfterMs;
  }

  async giveUp(channels: readonly string[], at: number, fallback: string | undefined): Promise<number> {
    const gone = await this.#db.write(DOING, async (tx) => {
      await tx.run(ANNOUNCE, [this.#holder.id, channels]);
      const unknown = (await tx.all<{ channel: string }>(UNKNOWN, [channels])).map((each) => each.channel);
      if (unknown.length === 0) return [];
      await tx.run(MET, [unknown]);
      return tx.all<{ name: string }>(LONG_AGO, [unknown, this.#removedAfterMs]);
    });
    this.#holder.channels = channels;
    const cause = channelRemoved(at, fallback);
    let givenUp = 0;
    for (const { name } of gone) givenUp += await this.#giveUpChannel(name, cause);
    return givenUp;
  }

  async #giveUpChannel(channel: string, cause: DeadLetterCause): Promise<number> {
    for (const { id } of await this.#db.read<{ id: number }>(DOING, MESSAGES, [channel]))
      await this.#db.write(DOING, (tx) => setFree(tx, id, cause.at));
    for (let givenUp = 0; ;) {
      const some = await this.#db.write(DOING, (tx) => giveUpSome(tx, channel, cause));
      if (some === undefined) return givenUp;
      givenUp += some;
    }
  }
}

/** Its holder loses the claim. */
async function setFree(tx: Transaction, message: number, at: number): Promise<void> {
  const held = await tx.get<HeldMessage>(HOLD, [null, message]);
  if (held === undefined) return;
  if (held.claimed === 1) await keepInterrupted(tx, held, at);
  await Promise.all([
    tx.run('UPDATE relay.delivery SET message = NULL, attempts = $2 WHERE message = $1', [held.id, held.attempt]),
    remove(tx, held),
  ]);
}

/** @returns how many; undefined: nothing waits that no message holds */
async function giveUpSome(tx: Transaction, channel: string, cause: DeadLetterCause): Promise<number | undefined> {
  const found = await tx.all<{ id: number; lane: number }>(PENDING, [channel]);
  if (found.length === 0) return undefined;
  const locked = await tx.all<{ id: number; channel: string; message: number | null }>(LOCK_LANES, [
    [...new Set(found.map((each) => each.lane))],
    cause.fallback ?? null,
  ]);
  // Before they were locked, a relay that knows the channel may have taken some of them, or another one given them up.
  const lanes = locked.filter((each) => each.channel === channel && each.message === null).map((each) => each.id);
  const ids = found.filter((each) => lanes.includes(each.lane)).map((each) => each.id);
  const still = await tx.all("SELECT FROM relay.delivery WHERE id = ANY($1::bigint[]) AND state = 'pending'", [ids]);
  await Promise.all([buryThese(tx, channel, ids, cause), release(tx, lanes)]);
  return still.length;
}
