// Figures for the metrics, deleting what is old, small notes, the quarantine and the time of a PostgreSQL store.
import type { NoteChange, OutboxFigures, QuarantinedPost } from '../outbox.js';
import { boundedLimit } from '../rules.js';
import { Abandoned, type Database, type Transaction } from './database.js';
import { forgetThese } from './forgetting.js';
import { idsOf, plainText } from './texts.js';

/** Rows of each kind in one slice. */
const SLICE = 1000;
/** So long who lost the connection at COMMIT may ask what became of it. */
const SETTLEMENTS_KEPT = '1 day';

const PENDING =
  'SELECT channel, sum(size)::bigint AS notifications, min(since) AS since FROM relay.lane GROUP BY channel';
const DEAD = "SELECT channel, count(*) AS letters FROM relay.delivery WHERE state = 'dead' GROUP BY channel";

const slice = (table: string, where: string, order: string): string => `
  DELETE FROM relay.${table} WHERE ctid = ANY(ARRAY(
    SELECT ctid FROM relay.${table} WHERE ${where} ORDER BY ${order} LIMIT ${SLICE} FOR UPDATE SKIP LOCKED))`;
const OLD_DELIVERIES = `
  SELECT id FROM relay.delivery WHERE state = 'delivered' AND ended_at < $1 ORDER BY ended_at LIMIT ${SLICE}`;
const FORGET_QUARANTINE = slice('quarantine', 'at < $1', 'at');
const FORGET_CONVERSATIONS = slice(
  'conversation',
  'last_at < $1 AND NOT EXISTS (SELECT FROM relay.lane WHERE lane.channel = conversation.channel AND lane.group_key = conversation.group_key)',
  'last_at',
);
const FORGET_STATES = slice('alert_state', 'seen_at < $1', 'seen_at');
// A post may bring a state to it at the same moment: then its row is locked.
const FORGET_GROUPS = slice(
  'alert_group',
  'seen_at < $1 AND NOT EXISTS (SELECT FROM relay.alert_state WHERE alert_state.alert_group = alert_group.id)',
  'seen_at',
);
const FORGET_SETTLEMENTS = slice('settlement', `settled_at < now() - interval '${SETTLEMENTS_KEPT}'`, 'settled_at');

export class PostgresUpkeep {
  readonly #db: Database;

  constructor(db: Database) {
    this.#db = db;
  }

  figures(): Promise<OutboxFigures> {
    return this.#db.write('count what it holds', async (tx) => {
      const [pending, dead, quarantined] = await Promise.all([
        tx.all<{ channel: string; notifications: number; since: number }>(PENDING),
        tx.all<{ channel: string; letters: number }>(DEAD),
        tx.get<{ posts: number }>('SELECT count(*) AS posts FROM relay.quarantine'),
      ]);
      return {
        pending: new Map(
          pending.map(({ channel, notifications, since }) => [channel, { notifications, oldestAcceptedAt: since }]),
        ),
        dead: new Map(dead.map(({ channel, letters }) => [channel, letters])),
        quarantined: quarantined?.posts ?? 0,
      };
    });
  }

  /** By one relay at a time: the others have nothing to do. */
  prune({
    deliveredBefore,
    seenBefore,
  }: {
    readonly deliveredBefore: number;
    readonly seenBefore: number;
  }): Promise<number> {
    return this.#db.write('forget what is old', async (tx) => {
      const mine = await tx.get<{ mine: boolean }>(
        "SELECT pg_try_advisory_xact_lock(hashtext('alert-relay prune'), hashtext($1)) AS mine",
        [this.#db.place.schema],
      );
      if (mine?.mine !== true) return 0;
      const old = await tx.all<{ id: number }>(OLD_DELIVERIES, [deliveredBefore]);
      const delivered = await forgetThese(
        tx,
        'delivered',
        old.map((each) => each.id),
      );
      const [quarantined, conversations, states, groups] = await Promise.all([
        tx.run(FORGET_QUARANTINE, [deliveredBefore]),
        tx.run(FORGET_CONVERSATIONS, [deliveredBefore]),
        tx.run(FORGET_STATES, [seenBefore]),
        tx.run(FORGET_GROUPS, [seenBefore]),
        tx.run(FORGET_SETTLEMENTS),
      ]);
      return delivered + quarantined + conversations + states + groups;
    });
  }

  async note(name: string, value?: string): Promise<string | undefined> {
    if (value === undefined) {
      const [row] = await this.#db.read<{ value: string | null }>(
        'read a note',
        'SELECT value FROM relay.note WHERE name = $1',
        [name],
      );
      return row?.value ?? undefined;
    }
    await this.#db.read(
      'write a note',
      'INSERT INTO relay.note (name, value) VALUES ($1, $2) ON CONFLICT (name) DO UPDATE SET value = excluded.value',
      [name, plainText(value)],
    );
    return value;
  }

  changeNote<T>(name: string, change: (value: string | undefined) => NoteChange<T>): Promise<T> {
    return this.#db.write('change a note', async (tx) => {
      const { value, result } = changed(await lockNote(tx, name), change);
      if (value !== undefined)
        await tx.run('UPDATE relay.note SET value = $2 WHERE name = $1', [name, plainText(value)]);
      return result;
    });
  }

  async time(): Promise<number> {
    const [row] = await this.#db.read<{ now: number }>(
      'ask for the time',
      'SELECT (extract(epoch FROM clock_timestamp()) * 1000)::float8 AS now',
    );
    return row?.now ?? NaN;
  }

  listQuarantine(limit: number): Promise<readonly QuarantinedPost[]> {
    return this.#db.read<QuarantinedPost>(
      'list the quarantine',
      'SELECT id, at, reason, size AS bytes FROM relay.quarantine ORDER BY id DESC LIMIT $1',
      [boundedLimit(limit)],
    );
  }

  async quarantined(id: number): Promise<(QuarantinedPost & { readonly content: Uint8Array }) | undefined> {
    const [row] = await this.#db.read<QuarantinedPost & { readonly content: Uint8Array }>(
      'read the quarantine',
      'SELECT id, at, reason, size AS bytes, bytes AS content FROM relay.quarantine WHERE id = ANY($1::bigint[])',
      [idsOf([id])],
    );
    return row;
  }

  async dropQuarantined(ids: readonly number[]): Promise<number> {
    const gone = await this.#db.read(
      'empty the quarantine',
      'DELETE FROM relay.quarantine WHERE id = ANY($1::bigint[]) RETURNING id',
      [idsOf(ids)],
    );
    return gone.length;
  }
}

/** From now on until the end of the transaction nobody else can read it for a change. */
async function lockNote(tx: Transaction, name: string): Promise<string | undefined> {
  const find = 'SELECT value FROM relay.note WHERE name = $1 FOR UPDATE';
  const found = await tx.get<{ value: string | null }>(find, [name]);
  if (found !== undefined) return found.value ?? undefined;
  await tx.run('INSERT INTO relay.note (name) VALUES ($1) ON CONFLICT DO NOTHING', [name]);
  return (await tx.get<{ value: string | null }>(find, [name]))?.value ?? undefined;
}

function changed<T>(value: string | undefined, change: (value: string | undefined) => NoteChange<T>): NoteChange<T> {
  try {
    return change(value);
  } catch (cause) {
    throw new Abandoned('the change failed', { cause });
  }
}
