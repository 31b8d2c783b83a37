// What the rows of a database say, in the outbox's own words: both databases call their columns alike.
import type { PlannedPart, Reason, Receipt, StoredNotification } from '../notification/index.js';
import type {
  AlertState,
  DeadLetter,
  DeliveryState,
  HistoryEntry,
  KeptAttempt,
  NotificationSummary,
} from './outbox.js';

/** What is remembered of an alert. */
export interface StateRow {
  readonly firing: number;
  readonly seen_at: number;
  readonly told_at: number;
  readonly starts_at: number | null;
  readonly ended_at: number | null;
  readonly held_until: number | null;
}

export function stateOf({ firing, seen_at, told_at, starts_at, ended_at, held_until }: StateRow): AlertState {
  return {
    status: firing === 1 ? 'firing' : 'resolved',
    seenAt: seen_at,
    toldAt: told_at,
    ...(starts_at !== null && { startsAt: starts_at }),
    ...(ended_at !== null && { endedAt: ended_at }),
    ...(held_until !== null && { heldUntil: held_until }),
  };
}

/** A copy says who gave up, and why. */
interface CopyRow {
  readonly undelivered_channel: string | null;
  readonly undelivered_reason: string | null;
}

function undeliveredOf({ undelivered_channel: channel, undelivered_reason: reason }: CopyRow): {
  readonly undelivered?: { readonly channel: string; readonly reason: string };
} {
  return channel === null || reason === null ? {} : { undelivered: { channel, reason } };
}

/** A notification as a message takes it up. */
export interface ContentRow extends CopyRow {
  readonly content: string;
  readonly accepted_at: number;
}

export function storedOf(row: ContentRow): StoredNotification {
  return { json: row.content, acceptedAt: row.accepted_at, ...undeliveredOf(row) };
}

/** A delivery as a list shows it; `about` is JSON of its `NotificationSummary`. */
interface DeliveryRow extends CopyRow {
  readonly id: number;
  readonly channel: string;
  readonly about: string;
  readonly changes: number;
  readonly attempts: number;
}

function deliveryOf(row: DeliveryRow): Omit<HistoryEntry, 'state'> {
  const { about, id, channel, changes, attempts } = row;
  return { ...(JSON.parse(about) as NotificationSummary), ...undeliveredOf(row), id, channel, changes, attempts };
}

export interface DeadRow extends DeliveryRow {
  readonly reason: Reason;
  readonly detail: string;
  readonly ended_at: number;
}

export function letterOf(row: DeadRow): DeadLetter {
  const { reason, detail, ended_at: diedAt } = row;
  return { ...deliveryOf(row), reason, detail, diedAt };
}

export interface EntryRow extends DeliveryRow {
  readonly state: StoredState;
  readonly ended_at: number | null;
  readonly reason: Reason | null;
  readonly detail: string | null;
}

export function entryOf(row: EntryRow): HistoryEntry {
  const { state, ended_at: endedAt, reason, detail } = row;
  return {
    ...deliveryOf(row),
    state: state === 'pending' ? 'waiting' : state,
    ...(endedAt !== null && { endedAt }),
    ...(reason !== null && detail !== null && { reason, detail }),
  };
}

/** What the column `state` says of a delivery. */
type StoredState = 'pending' | 'delivered' | 'dead';

export const STORED_STATE: Readonly<Record<DeliveryState, StoredState>> = {
  waiting: 'pending',
  delivered: 'delivered',
  dead: 'dead',
};

/** How a message was cut; undefined where it has not been cut yet. */
export function planOf({ plan }: { readonly plan: string | null }): PlannedPart[] | undefined {
  return plan === null ? undefined : (JSON.parse(plan) as PlannedPart[]);
}

/** A request as it is kept, apart from how what was sent is packed. */
export interface AttemptRow {
  readonly at: number;
  readonly latency_ms: number | null;
  readonly sent_bytes: number | null;
  readonly part: number;
  readonly parts: number;
  readonly channel: string;
  readonly key: string;
  readonly verdict: KeptAttempt['verdict'];
  readonly reason: KeptAttempt['reason'];
  readonly detail: string;
  readonly receipt: string | null;
}

export function keptOf(row: AttemptRow, messageId: string, sent: string): KeptAttempt {
  const { at, part, parts, channel, key, verdict, reason, detail, receipt } = row;
  return {
    messageId,
    channel,
    at,
    latencyMs: row.latency_ms ?? undefined,
    part,
    parts,
    key,
    verdict,
    reason,
    detail,
    ...(receipt !== null && { receipt: JSON.parse(receipt) as Receipt }),
    sent,
    sentBytes: row.sent_bytes ?? undefined,
  };
}
