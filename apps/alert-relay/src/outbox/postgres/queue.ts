// The queue's choice in a PostgreSQL store: what waits, and which message goes next. Several relays choose for one
// channel at once: what another one is about to take is skipped.
import type { StoredNotification } from '../../notification/index.js';
import { chosenOf, messageOf, type Candidate } from '../choice.js';
import type { Claim, ClaimRequest, Waiting } from '../outbox.js';
import { planOf, storedOf, type ContentRow } from '../rows.js';
import { ALONE, givenUpByLosses, LONGEST_WAIT_MS } from '../rules.js';
import { CONVERSATIONS, conversationOf, keepInterrupted, type ConversationRow } from './attempts.js';
import { Again, type Database, type Transaction } from './database.js';
import { giveUp, hold, type HeldMessage } from './ending.js';
import { failureOf } from './failures.js';
import { returned } from './settling.js';

/** See `isDue`: what lies further in the future than any wait is due. */
const DUE = `(due_at <= $2 OR due_at > $2 + ${LONGEST_WAIT_MS})`;
const LATER = `(due_at > $2 AND due_at <= $2 + ${LONGEST_WAIT_MS})`;

// Lanes are counted up to a bound: whoever asks wants to know whether there are more than a few.
const WAITING = `
  SELECT (SELECT count(*) FROM (SELECT FROM relay.lane WHERE channel = $1 AND message IS NULL AND ${DUE} LIMIT 10000) AS due)
      + coalesce((SELECT sum(lanes) FROM relay.message WHERE channel = $1 AND ${DUE}), 0)::bigint AS groups,
    least((SELECT min(due_at) FROM relay.lane WHERE channel = $1 AND message IS NULL AND ${LATER}),
      (SELECT min(due_at) FROM relay.message WHERE channel = $1 AND ${LATER})) AS next_at`;

const LOST = `
  SELECT id, lost + claimed AS lost FROM relay.message WHERE channel = $1 AND lost > 0 AND ${DUE} FOR UPDATE SKIP LOCKED`;
const HOLD = hold('id = $2');
const HOLD_BY_TOKEN = hold('token = $2 AND claimed = 1');

const firstLane = (locked: string): string => `
  SELECT id, urgency, head, alone FROM relay.lane WHERE channel = $1 AND message IS NULL AND ${DUE}
  ORDER BY urgency, head LIMIT 1 FOR UPDATE ${locked}`;
const first = (locked: string): string => `
  WITH backlog AS MATERIALIZED (${firstLane(locked)}),
  message AS MATERIALIZED (
    SELECT * FROM relay.message WHERE channel = $1 AND ${DUE} ORDER BY urgency, head, id LIMIT 1 FOR UPDATE SKIP LOCKED)
  SELECT backlog.id AS lane, backlog.alone, message.*
  FROM (VALUES (1)) AS one LEFT JOIN backlog ON true
  LEFT JOIN message ON backlog.id IS NULL OR (message.urgency, message.head) <= (backlog.urgency, backlog.head)`;
const FIRST = first('SKIP LOCKED');
/** Somebody has locked what waits: a post that is about to be stored, or another claim. */
const FIRST_OF_LOCKED = first('');

const COLUMNS =
  'delivery.id, delivery.lane, delivery.notification, delivery.changes, delivery.bytes, delivery.attempts, ' +
  'delivery.unclear, delivery.urgency';
const OF_LANE = `SELECT ${COLUMNS} FROM relay.delivery WHERE lane = $1 ORDER BY notification, id LIMIT $2`;
const LANES_OF_CHANNEL = `
  SELECT id FROM relay.lane WHERE channel = $1 AND message IS NULL AND alone = ${ALONE.no} AND ${DUE}
  ORDER BY urgency, head LIMIT $3 FOR UPDATE SKIP LOCKED`;
// A statement of its own, which sees what is in the lanes now that they are locked. In the one above, deliveries would
// be those of its beginning, and a lane that of the moment of its lock: free again, after another relay had sent them.
const OF_LANES = `
  SELECT ${COLUMNS} FROM relay.lane JOIN relay.delivery ON delivery.lane = lane.id WHERE lane.id = ANY($1::bigint[])
  ORDER BY lane.urgency, lane.head, delivery.notification, delivery.id LIMIT $2`;

const CREATE = `
  WITH created AS (
    INSERT INTO relay.message (uuid, channel, token, holder, composed_at, attempt, unclear, ambiguous, claimed, kept, due_at, urgency, head, lanes)
    VALUES ($1, $2, nextval('relay.token'), $3, $4, $5, $6, 0, 1, 0, $7, $8, $9, cardinality($10::bigint[])) RETURNING id, token),
  held AS (UPDATE relay.lane SET message = created.id FROM created WHERE lane.id = ANY($10::bigint[])),
  taken AS (UPDATE relay.delivery SET message = created.id FROM created WHERE delivery.id = ANY($11::bigint[]))
  SELECT token FROM created`;
// Claimed already: its lease has ended, and nobody knows how far its holder got.
const RECLAIM = `
  UPDATE relay.message SET token = nextval('relay.token'), holder = $2, attempt = attempt + 1, ambiguous = greatest(ambiguous, claimed), lost = lost + claimed,
    claimed = 1, kept = 1, due_at = $3
  WHERE id = $1 RETURNING token, attempt, ambiguous`;

const CLAIMED = `
  SELECT delivery.id FROM relay.message JOIN relay.delivery ON delivery.message = message.id
  WHERE token = $1 AND uuid = $2 AND claimed = 1`;
const CONTENTS = `
  SELECT content, notification.accepted_at, undelivered_channel, undelivered_reason
  FROM relay.delivery JOIN relay.notification ON notification.id = delivery.notification
  WHERE delivery.id = ANY($1::bigint[]) ORDER BY delivery.notification, delivery.id`;

interface FirstRow extends HeldMessage {
  /** The lane that goes first, where no message goes before it. */
  readonly lane: number | null;
  readonly alone: number;
  readonly token: number;
  readonly composed_at: number;
}

/** The relay that claims, as a row of the table of holders. */
export interface HolderId {
  readonly id: string;
  /** Makes a new row, since the old one is gone. */
  renew(gone: string): Promise<void>;
}

export class PostgresQueue {
  readonly #db: Database;
  readonly #holder: HolderId;
  readonly #newId: () => string;
  /** Messages of which a claim may have been stored that nobody got: the connection was lost at COMMIT. */
  readonly #unknown = new Set<number>();

  constructor(db: Database, holder: HolderId, newId: () => string) {
    this.#db = db;
    this.#holder = holder;
    this.#newId = newId;
  }

  async waiting(channel: string, now: number): Promise<Waiting> {
    const [row] = await this.#db.read<{ groups: number; next_at: number | null }>('see what waits', WAITING, [
      channel,
      now,
    ]);
    return { groups: row?.groups ?? 0, nextAt: row?.next_at ?? undefined };
  }

  /** A kept message goes as it is when its turn comes; anything else is composed anew. */
  async claim(channel: string, request: ClaimRequest): Promise<Claim | undefined> {
    await this.#handBack();
    let token: number | undefined;
    return this.#db.write(
      'claim a message',
      async (tx) => {
        const holder = this.#holder.id;
        try {
          const claim = await this.#claim(tx, channel, request, holder);
          token = claim?.token;
          return claim;
        } catch (error) {
          const { code, constraint } = failureOf(error);
          if (code === '23503' && constraint === 'message_holder_fkey')
            throw new Again(() => this.#holder.renew(holder));
          throw error;
        }
      },
      {
        uncertain: () => {
          if (token !== undefined) this.#unknown.add(token);
        },
      },
    );
  }

  contents({ token, messageId }: Claim): Promise<readonly StoredNotification[] | undefined> {
    return this.#db.write('read a message again', async (tx) => {
      const rows = await tx.all<{ id: number }>(CLAIMED, [token, messageId]);
      if (rows.length === 0) return undefined;
      const contents = await tx.all<ContentRow>(CONTENTS, [rows.map((each) => each.id)]);
      return contents.map(storedOf);
    });
  }

  /** What was claimed for nobody, so that it need not wait for the end of its lease. */
  async #handBack(): Promise<void> {
    for (const token of [...this.#unknown]) {
      await this.#db.write('hand a message back', async (tx) => {
        const held = await tx.get<HeldMessage>(HOLD_BY_TOKEN, [null, token]);
        if (held !== undefined) await Promise.all(returned(tx, held));
      });
      this.#unknown.delete(token);
    }
  }

  async #claim(tx: Transaction, channel: string, request: ClaimRequest, holder: string): Promise<Claim | undefined> {
    const asked = [channel, request.now];
    const [lost, found] = await Promise.all([
      tx.all<{ id: number; lost: number }>(LOST, asked),
      tx.get<FirstRow>(FIRST, asked),
    ]);
    const hasGivenUp = await this.#giveUpLost(tx, lost, request);
    let next = hasGivenUp ? await tx.get<FirstRow>(FIRST, asked) : found;
    if (isNothing(next)) {
      const { groups } = (await tx.get<{ groups: number }>(WAITING, asked)) ?? { groups: 0 };
      if (groups > 0) next = await tx.get<FirstRow>(FIRST_OF_LOCKED, asked);
    }
    if (next?.uuid) return this.#takeKept(tx, next, request, holder);
    return next?.lane ? this.#takeFree(tx, channel, next.lane, next.alone, request, holder) : undefined;
  }

  /** Wherever such a message stands in the order: the claim that follows must not get it. */
  async #giveUpLost(
    tx: Transaction,
    messages: readonly { readonly id: number; readonly lost: number }[],
    { now, fallback }: ClaimRequest,
  ): Promise<boolean> {
    let hasGivenUp = false;
    for (const { id, lost } of messages) {
      const cause = givenUpByLosses(lost);
      if (cause === undefined) continue;
      const held = await tx.get<HeldMessage>(HOLD, [fallback ?? null, id]);
      if (held === undefined) continue;
      if (held.claimed === 1) await keepInterrupted(tx, held, now);
      await giveUp(tx, held, { at: now, fallback, ...cause });
      hasGivenUp = true;
    }
    return hasGivenUp;
  }

  async #takeKept(tx: Transaction, row: FirstRow, { now, leaseMs }: ClaimRequest, holder: string): Promise<Claim> {
    const ids = await tx.all<{ id: number }>('SELECT id FROM relay.delivery WHERE message = $1', [row.id]);
    const [, claimed, contents] = await Promise.all([
      row.claimed === 1 ? keepInterrupted(tx, row, now) : undefined,
      tx.get<{ token: number; attempt: number; ambiguous: number }>(RECLAIM, [row.id, holder, now + leaseMs]),
      this.#contents(
        tx,
        ids.map((each) => each.id),
      ),
    ]);
    return {
      messageId: row.uuid,
      token: claimed?.token ?? NaN,
      channel: row.channel,
      ...contents,
      composedAt: row.composed_at,
      attempt: claimed?.attempt ?? NaN,
      unclear: row.unclear,
      ambiguous: claimed?.ambiguous === 1,
      plan: planOf(row),
    };
  }

  async #takeFree(
    tx: Transaction,
    channel: string,
    lane: number,
    alone: number,
    request: ClaimRequest,
    holder: string,
  ): Promise<Claim | undefined> {
    // Each notification has one change at least: what is over this number would not fit.
    const most = request.maxChanges + 1;
    const rows =
      request.digest && alone === ALONE.no
        ? await ofChannel(tx, channel, request.now, most)
        : await tx.all<Candidate>(OF_LANE, [lane, most]);
    const chosen = chosenOf(request, rows, alone === ALONE.notification);
    if (chosen.length === 0) return undefined;
    const ids = chosen.map((each) => each.id);
    const lanes = [...new Set(chosen.map((each) => each.lane))];
    const uuid = this.#newId();
    const { attempt, unclear, urgency, head } = messageOf(chosen);
    const { now, leaseMs } = request;
    const [created, contents] = await Promise.all([
      tx.get<{ token: number }>(CREATE, [
        uuid,
        channel,
        holder,
        now,
        attempt,
        unclear,
        now + leaseMs,
        urgency,
        head,
        lanes,
        ids,
      ]),
      this.#contents(tx, ids),
    ]);
    return {
      messageId: uuid,
      token: created?.token ?? NaN,
      channel,
      ...contents,
      composedAt: now,
      attempt,
      unclear,
      ambiguous: false,
      plan: undefined,
    };
  }

  async #contents(
    tx: Transaction,
    deliveries: readonly number[],
  ): Promise<Pick<Claim, 'notifications' | 'conversations'>> {
    const [contents, conversations] = await Promise.all([
      tx.all<ContentRow>(CONTENTS, [deliveries]),
      tx.all<ConversationRow>(CONVERSATIONS, [deliveries]),
    ]);
    return { notifications: contents.map(storedOf), conversations: conversations.map(conversationOf) };
  }
}

async function ofChannel(tx: Transaction, channel: string, now: number, most: number): Promise<Candidate[]> {
  const lanes = await tx.all<{ id: number }>(LANES_OF_CHANNEL, [channel, now, most]);
  return tx.all<Candidate>(OF_LANES, [lanes.map((each) => each.id), most]);
}

function isNothing(row: FirstRow | undefined): boolean {
  return !row?.uuid && !row?.lane;
}
