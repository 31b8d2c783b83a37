// How whole numbers are decoded that JavaScript's own numbers cannot hold, the same for all serializers.
import { isRecord } from './is-record.js';

/** Whether whole numbers beyond 2^53 come as BigInt, which takes longer to decode, or lose their last digits. */
export type Numbers = 'plain' | 'exact';

/**
 * Puts whole numbers beyond 2^53 right, which lose their last digits where everything is decoded as JavaScript's
 * numbers. Decoding again is done only where one is seen.
 * @param fieldsOf the fields of an item that are to be exact
 * @param decodeExactly gives the same items, exact
 */
export function restoreNumbers(
  items: readonly unknown[],
  fieldsOf: (item: Record<string, unknown>) => readonly string[],
  decodeExactly: () => unknown,
): void {
  let exact: unknown;
  items.forEach((item, at) => {
    if (!isRecord(item)) return;
    for (const field of fieldsOf(item)) {
      if (!isInexact(item[field])) continue;
      exact ??= decodeExactly();
      const twin: unknown = Array.isArray(exact) ? exact[at] : undefined;
      if (isRecord(twin)) item[field] = twin[field];
    }
  });
}

function isInexact(value: unknown): boolean {
  if (typeof value !== 'number' || Number.isSafeInteger(value)) return false;
  // One of some hundred digits was decoded as endless.
  return Number.isInteger(value) || Math.abs(value) === Infinity;
}
