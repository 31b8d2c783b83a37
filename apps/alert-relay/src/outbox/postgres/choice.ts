// Which of the deliveries that may go do go in one message: a pure choice among rows in the order in which they go.
import type { ClaimRequest } from '../outbox.js';

export interface Candidate {
  readonly id: number;
  readonly lane: number;
  readonly notification: number;
  readonly changes: number;
  readonly bytes: number;
  readonly attempts: number;
  readonly unclear: number;
  readonly urgency: number;
}

/** The first of the rows whose changes and bytes fit together; at least one, and no other where they go one by one. */
export function chosenOf(
  { maxChanges, maxBytes }: Pick<ClaimRequest, 'maxChanges' | 'maxBytes'>,
  rows: readonly Candidate[],
  oneByOne: boolean,
): readonly Candidate[] {
  let changes = 0;
  let bytes = 0;
  const end = rows.findIndex((row, i) => {
    changes += row.changes;
    bytes += row.bytes;
    return i > 0 && (oneByOne || changes > maxChanges || bytes > maxBytes);
  });
  return end === -1 ? rows : rows.slice(0, end);
}

export function leastOf<T>(rows: readonly T[], value: (row: T) => number): number {
  return rows.reduce((best, row) => Math.min(best, value(row)), Infinity);
}
