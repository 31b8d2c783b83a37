// Which of the deliveries that may go do go in one message, and what the message is then: a pure choice among rows in
// the order in which they go.
import type { ClaimRequest } from './outbox.js';

interface Size {
  /** Alerts' changes. */
  readonly changes: number;
  /** Of its content. */
  readonly bytes: number;
}

/** A delivery that may go; the higher its `notification`, the younger it is. */
export interface Candidate extends Size {
  readonly id: number;
  readonly lane: number;
  readonly notification: number;
  readonly attempts: number;
  readonly unclear: number;
  readonly urgency: number;
}

/**
 * The first of the rows whose changes and bytes fit together; at least one, and no other where they go one by one. No
 * row is read beyond the first that does not fit.
 */
export function chosenOf<Row extends Size>(
  { maxChanges, maxBytes }: Pick<ClaimRequest, 'maxChanges' | 'maxBytes'>,
  rows: Iterable<Row>,
  oneByOne: boolean,
): Row[] {
  const chosen: Row[] = [];
  let changes = 0;
  let bytes = 0;
  for (const row of rows) {
    changes += row.changes;
    bytes += row.bytes;
    if (chosen.length > 0 && (oneByOne || changes > maxChanges || bytes > maxBytes)) break;
    chosen.push(row);
  }
  return chosen;
}

type Counted = Pick<Candidate, 'notification' | 'attempts' | 'unclear' | 'urgency'>;

/**
 * What a message of these is when it is claimed first: attempts count on, it is as urgent as the most urgent, and
 * stands where its oldest notification stands.
 */
export function messageOf(chosen: readonly Counted[]): {
  readonly attempt: number;
  readonly unclear: number;
  readonly urgency: number;
  readonly head: number;
} {
  return {
    attempt: 1 - least(chosen, (each) => -each.attempts),
    unclear: -least(chosen, (each) => -each.unclear),
    urgency: least(chosen, (each) => each.urgency),
    head: least(chosen, (each) => each.notification),
  };
}

/** Infinity of none. */
export function least<T>(items: readonly T[], value: (item: T) => number): number {
  return items.reduce((best, item) => Math.min(best, value(item)), Infinity);
}
