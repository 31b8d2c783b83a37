// The history in memory: all deliveries that are known, filtered.
import type { DeliveryState, HistoryEntry, HistoryFilter, HistoryRecord } from '../outbox.js';
import { termOf, termsOf } from '../history-rules.js';
import { boundedLimit, summaryOf } from '../rules.js';
import type { Dead, Delivery } from './backlogs.js';

/** A delivery with what became of it. */
export interface Told {
  readonly delivery: Delivery;
  readonly state: DeliveryState;
  readonly endedAt?: number;
  readonly letter?: Dead;
}

type Place = Pick<HistoryEntry, 'id' | 'acceptedAt'>;

export function historyPage(
  all: readonly Told[],
  filter: HistoryFilter,
  limit: number,
  before: Place | undefined,
): HistoryEntry[] {
  return all
    .filter((each) => fits(each, filter) && (before === undefined || byAcceptance(before, placeOf(each)) < 0))
    .sort((a, b) => byAcceptance(placeOf(a), placeOf(b)))
    .slice(0, boundedLimit(limit))
    .map(entryOf);
}

export function historyRecord(all: readonly Told[], id: number): HistoryRecord | undefined {
  const found = all.find(({ delivery }) => delivery.id === id);
  if (found === undefined) return undefined;
  const { stored, undelivered, sends } = found.delivery;
  return {
    ...entryOf(found),
    notification: { ...stored.content, ...(undelivered && { undelivered }) },
    sends: [...sends],
  };
}

function fits(
  { delivery: { id, channel, stored }, state }: Told,
  { ids, since = -Infinity, until = Infinity, channel: wanted = channel, states, labels = {} }: HistoryFilter,
): boolean {
  const { acceptedAt } = stored.content;
  return (
    (ids?.includes(id) ?? true) &&
    acceptedAt >= since &&
    acceptedAt < until &&
    channel === wanted &&
    (states?.includes(state) ?? true) &&
    Object.entries(labels).every(([name, value]) => termsOf(stored.content).includes(termOf(name, value)))
  );
}

/** The newest first. */
function byAcceptance(a: Place, b: Place): number {
  return b.acceptedAt - a.acceptedAt || b.id - a.id;
}

function placeOf({ delivery: { id, stored } }: Told): Place {
  return { id, acceptedAt: stored.content.acceptedAt };
}

function entryOf({ delivery, state, endedAt, letter }: Told): HistoryEntry {
  const { id, channel, stored, undelivered, attempts, message } = delivery;
  return {
    ...summaryOf(stored.content),
    ...(undelivered && { undelivered }),
    id,
    channel,
    state,
    changes: stored.content.changes.length,
    attempts: message?.attempt ?? attempts,
    ...(endedAt !== undefined && { endedAt }),
    ...(letter && { reason: letter.reason, detail: letter.detail }),
  };
}
