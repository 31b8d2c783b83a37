// The page in a drop-in mode: theirs beside ours, ours without the names that are theirs, and static labels on all.
import type { MetricEntry } from '@celery-watch/celery-protocol';
import { type Family, labelText, takenNames } from '@celery-watch/metrics';
import type { ActiveDropIn, DropInParts } from './drop-in.js';

/** Our families of one broker with theirs behind them; ours alone where there is no such mode. */
export function withDropIn(
  ours: readonly Family[],
  dropIn: ActiveDropIn | undefined,
  parts: DropInParts,
): readonly Family[] {
  if (dropIn === undefined) return ours;
  const theirs = dropIn.families(parts);
  return [...besides(ours, theirs), ...theirs];
}

/** The families of ours that can stand on one page with theirs. */
export function besides(ours: readonly Family[], theirs: readonly Family[]): readonly Family[] {
  const taken = new Set(theirs.flatMap(({ entry }) => takenNames(entry)));
  return ours.filter(({ entry }) => !takenNames(entry).some((name) => taken.has(name)));
}

/** What of the catalogue must be on the page: all but what theirs have taken the place of. */
export function promised(catalogue: readonly MetricEntry[], families: readonly Family[]): readonly MetricEntry[] {
  const taken = new Map(families.flatMap(({ entry }) => takenNames(entry).map((name) => [name, entry.name] as const)));
  return catalogue.filter((entry) =>
    takenNames(entry).every((name) => taken.get(name) === undefined || taken.get(name) === entry.name),
  );
}

/** Each family with these labels on every series; a label that a family has already stays what it is. */
export function withStaticLabels(
  families: readonly Family[],
  labels: Readonly<Record<string, string>> = {},
): readonly Family[] {
  if (Object.keys(labels).length === 0) return families;
  return families.map((family) => {
    const added = Object.entries(labels).filter(([name]) => !family.entry.labels.includes(name));
    const entry = { ...family.entry, labels: added.map(([name]) => name) };
    const text = labelText(
      entry,
      added.map(([, value]) => value),
    );
    if (text === '') return family;
    const join = (own: string): string => (own === '' ? text : `${own},${text}`);
    const labelled = (write: Family['write']): Family['write'] => {
      return (out) => {
        write({
          add: (own, value) => {
            out.add(join(own), value);
          },
          histogram: (own, value) => {
            out.histogram(join(own), value);
          },
        });
      };
    };
    return {
      entry: { ...family.entry, labels: [...family.entry.labels, ...entry.labels] },
      write: labelled((out) => {
        family.write(out);
      }),
      ...(family.parts && { parts: family.parts.map(labelled) }),
    };
  });
}
