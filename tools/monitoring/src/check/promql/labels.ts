// Sets of label names, as far as they are known before there is any data.

/**
 * `any`: there may be every label. `unknown`: nothing is known yet, as of a recording rule that refers to itself.
 * `none`: a number, which has no labels.
 */
export type Labels = ReadonlySet<string> | 'any' | 'unknown' | 'none';

export const NO_LABELS: ReadonlySet<string> = new Set();

export function isKnown(labels: Labels): labels is ReadonlySet<string> {
  return typeof labels !== 'string';
}

/** Whether a series of this kind can have the label. */
export function canHave(labels: Labels, label: string): boolean {
  return labels === 'any' || labels === 'unknown' || (isKnown(labels) && labels.has(label));
}

export function union(left: Labels, right: Labels): Labels {
  if (left === 'any' || right === 'any') return 'any';
  if (!isKnown(left)) return right;
  if (!isKnown(right)) return left;
  return new Set([...left, ...right]);
}

export function without(labels: Labels, gone: Iterable<string>): Labels {
  if (!isKnown(labels)) return labels;
  const rest = new Set(labels);
  for (const label of gone) rest.delete(label);
  return rest;
}

export function isEqual(left: ReadonlySet<string>, right: ReadonlySet<string>): boolean {
  return left.size === right.size && [...left].every((label) => right.has(label));
}

export function showLabels(labels: Iterable<string>): string {
  const sorted = [...labels].sort();
  return sorted.length === 0 ? 'none' : sorted.join(', ');
}
