// What one entry of custom_metrics says, once it is read.
import type { MetricEntry } from '@celery-watch/celery-protocol';
import type { KeyPath, Problem } from '@celery-watch/service';
import type { Combination, CustomMetric, Feed } from '../tracking/custom/custom-metric.js';
import { TakenNames } from './names.js';

export interface Definition {
  /** Of the entry in the list. */
  readonly index: number;
  readonly entry: MetricEntry;
  readonly feed: Feed;
  readonly combine: Combination;
  readonly maxSeries: number | undefined;
  readonly ttl: number | undefined;
}

/** Seconds for which the word of a task counts that is not seen to run: its own events are off, or got lost. */
const LONGEST_WORD = 3600;

/** Entries of one name are one metric that several events feed; they agree in all but where their values come from. */
export function metricsOf(
  definitions: readonly Definition[],
  defaults: { readonly maxSeries: number; readonly ttl: number },
): readonly CustomMetric[] {
  const byName = new Map<string, Definition[]>();
  for (const each of definitions) byName.set(each.entry.name, [...(byName.get(each.entry.name) ?? []), each]);
  return [...byName.values()].map((entries) => {
    const [first] = entries as [Definition];
    return {
      entry: first.entry,
      feeds: entries.map(({ entry, feed }) => ({
        ...feed,
        labels: first.entry.labels.map((label) => feed.labels[entry.labels.indexOf(label)] as (typeof feed.labels)[0]),
      })),
      combine: first.combine,
      maxSeries: first.maxSeries ?? defaults.maxSeries,
      ttl: first.ttl ?? (first.combine === 'last' ? defaults.ttl : Math.min(defaults.ttl, LONGEST_WORD)),
    };
  });
}

/** A problem for each metric that cannot stand beside one of these, which are known only when all options are read. */
export function clashProblems(
  definitions: readonly Definition[],
  others: readonly MetricEntry[],
  placeOf: (path: KeyPath) => string,
): readonly Problem[] {
  const taken = new TakenNames(others);
  return definitions.flatMap(({ index, entry }) => {
    const owner = taken.ownerOf(entry);
    const at: KeyPath = [index, 'name'];
    const wanted = `another name: the page has ${owner ?? ''} already`;
    return owner === undefined
      ? []
      : [{ key: `custom_metrics[${index}].name`, where: placeOf(at), value: entry.name, wanted }];
  });
}

/** In what two entries of one name differ that must agree; nothing where they are one metric. */
export function differencesOf(one: Definition, other: Definition): readonly string[] {
  const parts: readonly (readonly [string, (each: Definition) => unknown])[] = [
    ['type', ({ entry }) => entry.type],
    ['help', ({ entry }) => entry.help],
    ['labels', ({ entry }) => [...entry.labels].sort()],
    ['buckets', ({ entry }) => entry.buckets],
    ['combine', ({ combine }) => combine],
    ['max_series', ({ maxSeries }) => maxSeries],
    ['ttl', ({ ttl }) => ttl],
  ];
  return parts.flatMap(([key, part]) => (JSON.stringify(part(one)) === JSON.stringify(part(other)) ? [] : [key]));
}
