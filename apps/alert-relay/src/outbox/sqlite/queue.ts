// The queue's choice: what waits, and which message goes next.
import type { StoredNotification } from '../../notification/index.js';
import { chosenOf, messageOf, type Candidate } from '../choice.js';
import type { Claim, ClaimRequest, Waiting } from '../outbox.js';
import { planOf, storedOf, type ContentRow } from '../rows.js';
import { ALONE, givenUpByLosses, LONGEST_WAIT_MS } from '../rules.js';
import type { SqliteAttempts } from './attempts.js';
import type { SqliteSettling } from './settling.js';
import type { Query, Store } from './store.js';

interface MessageRow {
  readonly id: number;
  readonly uuid: string;
  readonly channel: string;
  readonly token: number;
  readonly composed_at: number;
  readonly attempt: number;
  readonly unclear: number;
  readonly ambiguous: number;
  readonly claimed: number;
  readonly lost: number;
  readonly urgency: number;
  readonly head: number;
  readonly plan: string | null;
}

export class SqliteQueue {
  readonly #store: Store;
  readonly #settling: SqliteSettling;
  readonly #attempts: SqliteAttempts;
  readonly #newId: () => string;
  readonly #dueBacklogs: Query<{ lanes: number | null }>;
  readonly #dueMessages: Query<{ lanes: number | null }>;
  readonly #nextBacklog: Query<{ at: number | null }>;
  readonly #nextMessage: Query<{ at: number | null }>;
  readonly #firstBacklog: Query<FirstBacklog>;
  readonly #lostMessages: Query<MessageRow>;
  readonly #firstMessage: Query<MessageRow>;
  readonly #ofBacklog: Query<Candidate>;
  readonly #ofChannel: Query<Candidate>;
  readonly #token: Query<{ token: number }>;
  readonly #create: Query;
  readonly #holdBacklog: Query;
  readonly #holdDelivery: Query;
  readonly #reclaim: Query;
  readonly #claimed: Query<{ id: number }>;
  readonly #contents: Query<ContentRow>;

  constructor(store: Store, settling: SqliteSettling, attempts: SqliteAttempts, newId: () => string) {
    this.#store = store;
    this.#settling = settling;
    this.#attempts = attempts;
    this.#newId = newId;
    // Two ranges of an index each (see isDue): an OR would not use it.
    const lanes =
      'SELECT count(*) AS lanes FROM lane INDEXED BY lane_due WHERE channel = ?1 AND message IS NULL AND due_at';
    this.#dueBacklogs = store.query(
      `SELECT sum(lanes) AS lanes FROM (${lanes} <= ?2 UNION ALL ${lanes} > ?2 + ${LONGEST_WAIT_MS})`,
    );
    const messages = 'SELECT sum(lanes) AS lanes FROM message WHERE channel = ?1 AND due_at';
    this.#dueMessages = store.query(
      `SELECT sum(lanes) AS lanes FROM (${messages} <= ?2 UNION ALL ${messages} > ?2 + ${LONGEST_WAIT_MS})`,
    );
    const later = `due_at > ?2 AND due_at <= ?2 + ${LONGEST_WAIT_MS}`;
    const due = `(due_at <= ?2 OR due_at > ?2 + ${LONGEST_WAIT_MS})`;
    this.#nextBacklog = store.query(
      `SELECT min(due_at) AS at FROM lane INDEXED BY lane_due WHERE channel = ?1 AND message IS NULL AND ${later}`,
    );
    this.#nextMessage = store.query(`SELECT min(due_at) AS at FROM message WHERE channel = ?1 AND ${later}`);
    this.#firstBacklog = store.query(`
      SELECT id, urgency, head, alone FROM lane INDEXED BY lane_order WHERE channel = ?1 AND message IS NULL AND ${due} ORDER BY urgency, head LIMIT 1`);
    this.#lostMessages = store.query(`SELECT * FROM message WHERE channel = ?1 AND lost > 0 AND ${due}`);
    this.#firstMessage = store.query(
      `SELECT * FROM message INDEXED BY message_order WHERE channel = ?1 AND ${due} ORDER BY urgency, head, id LIMIT 1`,
    );
    const columns =
      'delivery.id, delivery.lane, delivery.notification, delivery.changes, delivery.bytes, delivery.attempts, ' +
      'delivery.unclear, delivery.urgency';
    this.#ofBacklog = store.query(`SELECT ${columns} FROM delivery WHERE lane = ? ORDER BY notification, id`);
    this.#ofChannel = store.query(`
      SELECT ${columns} FROM lane INDEXED BY lane_order CROSS JOIN delivery ON delivery.lane = lane.id
      WHERE lane.channel = ?1 AND lane.message IS NULL AND lane.alone = ${ALONE.no} AND ${due} ORDER BY lane.urgency, lane.head, delivery.notification, delivery.id`);
    this.#token = store.query('UPDATE fencing SET token = token + 1 RETURNING token');
    this.#create = store.query(`
      INSERT INTO message (uuid, channel, token, composed_at, attempt, unclear, ambiguous, claimed, kept, due_at, urgency, head, lanes)
      VALUES (?, ?, ?, ?, ?, ?, 0, 1, 0, ?, ?, ?, ?)`);
    this.#holdBacklog = store.query('UPDATE lane SET message = ? WHERE id = ?');
    this.#holdDelivery = store.query('UPDATE delivery SET message = ? WHERE id = ?');
    // Claimed already: its lease has ended, and nobody knows how far its holder got.
    this.#reclaim = store.query(
      'UPDATE message SET token = ?, attempt = attempt + 1, ambiguous = max(ambiguous, claimed), lost = lost + ' +
        'claimed, claimed = 1, kept = 1, due_at = ? WHERE id = ?',
    );
    this.#claimed = store.query('SELECT id FROM message WHERE token = ? AND uuid = ? AND claimed = 1');
    this.#contents = store.query(`
      SELECT content, accepted_at, undelivered_channel, undelivered_reason FROM delivery JOIN notification ON notification.id = delivery.notification
      WHERE delivery.message = ? ORDER BY delivery.notification, delivery.id`);
  }

  waiting(channel: string, now: number): Promise<Waiting> {
    return this.#store.read('see what waits', () => {
      const backlogs = this.#dueBacklogs.get(channel, now);
      const messages = this.#dueMessages.get(channel, now);
      const next = [this.#nextBacklog.get(channel, now)?.at, this.#nextMessage.get(channel, now)?.at].filter(
        (at) => at !== null && at !== undefined,
      );
      return {
        groups: (backlogs?.lanes ?? 0) + (messages?.lanes ?? 0),
        nextAt: next.length === 0 ? undefined : Math.min(...next),
      };
    });
  }

  /** A kept message goes as it is when its turn comes; anything else is composed anew. */
  claim(channel: string, request: ClaimRequest): Promise<Claim | undefined> {
    return this.#store.write('claim a message', () => {
      this.#giveUpLost(channel, request);
      const backlog = this.#firstBacklog.get(channel, request.now);
      const message = this.#firstMessage.get(channel, request.now);
      if (message !== undefined && (backlog === undefined || goesBefore(message, backlog)))
        return this.#takeKept(message, request);
      return backlog && this.#takeFree(channel, backlog, request);
    });
  }

  contents({ token, messageId }: Claim): Promise<readonly StoredNotification[] | undefined> {
    return this.#store.read('read a message again', () => {
      const held = this.#claimed.get(token, messageId);
      return held && this.#contents.all(held.id).map(storedOf);
    });
  }

  /** Wherever such a message stands in the order: the claim that follows must not get it. */
  #giveUpLost(channel: string, { now, fallback }: ClaimRequest): void {
    for (const message of this.#lostMessages.all(channel, now)) {
      const cause = givenUpByLosses(message.lost + message.claimed);
      if (cause === undefined) continue;
      this.#attempts.interrupted(message, now);
      this.#settling.giveUp(message, { at: now, fallback, ...cause });
    }
  }

  #takeKept(row: MessageRow, { now, leaseMs }: ClaimRequest): Claim {
    if (isInterrupted(row)) this.#attempts.interrupted(row, now);
    const token = this.#nextToken();
    this.#reclaim.run(token, now + leaseMs, row.id);
    return this.#claimOf({ ...row, token, attempt: row.attempt + 1, ambiguous: Math.max(row.ambiguous, row.claimed) });
  }

  #takeFree(channel: string, backlog: FirstBacklog, request: ClaimRequest): Claim {
    const rows =
      request.digest && backlog.alone === ALONE.no
        ? this.#ofChannel.each(channel, request.now)
        : this.#ofBacklog.each(backlog.id);
    const chosen = chosenOf(request, rows, backlog.alone === ALONE.notification);
    const backlogs = new Set(chosen.map((each) => each.lane));
    const { attempt, unclear, urgency, head } = messageOf(chosen);
    const token = this.#nextToken();
    const uuid = this.#newId();
    const id = this.#create.insert(
      uuid,
      channel,
      token,
      request.now,
      attempt,
      unclear,
      request.now + request.leaseMs,
      urgency,
      head,
      backlogs.size,
    );
    for (const each of backlogs) this.#holdBacklog.run(id, each);
    for (const each of chosen) this.#holdDelivery.run(id, each.id);
    return this.#claimOf({
      id,
      uuid,
      channel,
      token,
      composed_at: request.now,
      attempt,
      unclear,
      ambiguous: 0,
      claimed: 1,
      lost: 0,
      urgency,
      head,
      plan: null,
    });
  }

  #claimOf(row: MessageRow): Claim {
    return {
      messageId: row.uuid,
      token: row.token,
      channel: row.channel,
      notifications: this.#contents.all(row.id).map(storedOf),
      composedAt: row.composed_at,
      attempt: row.attempt,
      unclear: row.unclear,
      ambiguous: row.ambiguous === 1,
      plan: planOf(row),
      conversations: this.#attempts.conversations({ id: row.id, uuid: row.uuid, channel: row.channel }),
    };
  }

  #nextToken(): number {
    return (this.#token.get() as { token: number }).token;
  }
}

/**
 * Whether its last claim was never settled: its lease is over, or the process ended, which opening the file counts.
 */
export function isInterrupted({ claimed, lost }: Pick<MessageRow, 'claimed' | 'lost'>): boolean {
  return claimed === 1 || lost > 0;
}

interface FirstBacklog extends QueuePosition {
  readonly id: number;
  readonly alone: number;
}

interface QueuePosition {
  readonly urgency: number;
  readonly head: number;
}

function goesBefore(message: QueuePosition, backlog: QueuePosition): boolean {
  return message.urgency < backlog.urgency || (message.urgency === backlog.urgency && message.head <= backlog.head);
}
