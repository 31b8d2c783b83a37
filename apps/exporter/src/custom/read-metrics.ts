// Reads custom_metrics of the configuration file: every mistake in it at once, each with its place and its reason.
import { METRIC_CATALOGUE, type MetricEntry, type MetricType } from '@celery-watch/celery-protocol';
import {
  custom,
  duration,
  integer,
  type KeyPath,
  type Mistake,
  numberList,
  oneOf,
  readFields,
  type Report,
  text,
} from '@celery-watch/service';
import { COMBINATIONS, type LabelSource } from '../tracking/custom/custom-metric.js';
import { countedBy } from './celery-events.js';
import { type Definition, differencesOf } from './definition.js';
import { readField, readLabelSource } from './label-notation.js';
import { labelProblem, nameProblem, TakenNames } from './names.js';

export const CUSTOM_METRICS_WANTED =
  'a list of metrics, each with event, name, type and help, such as - {event: rows-imported, ' +
  'name: myapp_rows_imported_total, type: counter, help: Rows imported., value: rows}';

/** Anything: it is looked at below. */
const asItStands = custom((raw) => raw).optional();

const FIELDS = {
  event: text(),
  name: text(),
  type: oneOf(['counter', 'gauge', 'histogram']),
  help: text(),
  value: asItStands,
  labels: asItStands,
  buckets: numberList({ ascending: true }).optional(),
  combine: oneOf(COMBINATIONS).optional(),
  max_series: integer({ min: 1, max: 100_000 }).optional(),
  ttl: duration({ min: 60 }).optional(),
} as const;

/** The metrics that the list defines, without those in which something is wrong: each mistake is reported. */
export function readCustomMetrics(raw: unknown, report: Report): readonly Definition[] {
  if (!Array.isArray(raw)) {
    report({ at: [], wanted: CUSTOM_METRICS_WANTED });
    return [];
  }
  const taken = new TakenNames(METRIC_CATALOGUE);
  const byName = new Map<string, Definition>();
  return raw.flatMap((each: unknown, index) => {
    const definition = readEntry(each, index, taken, report);
    if (definition === undefined) return [];
    const at: KeyPath = [index, 'name'];
    const before = byName.get(definition.entry.name);
    if (before !== undefined) {
      for (const difference of differencesOf(before, definition))
        report({
          at: [index, difference],
          wanted: `the same ${difference} as in custom_metrics[${before.index}], which has this name too`,
          fix: 'make them equal, or give one another name',
        });
      return [definition];
    }
    const owner = taken.ownerOf(definition.entry);
    if (owner !== undefined)
      report({
        at,
        wanted: `a name that can stand beside ${owner}: in one of the two formats they share a name`,
        shows: true,
      });
    taken.take(definition.entry);
    byName.set(definition.entry.name, definition);
    return [definition];
  });
}

function readEntry(raw: unknown, index: number, taken: TakenNames, report: Report): Definition | undefined {
  const at: KeyPath = [index];
  const mistakes: Mistake[] = [];
  const refuse: Report = (mistake) => {
    mistakes.push(mistake);
    report({ shows: true, ...mistake });
  };
  const read = readFields(raw, FIELDS, at, refuse);
  const { event, name, type, help, buckets, combine = 'last' } = read;
  if (event !== undefined) checkEvent(event, [...at, 'event'], refuse);
  if (name !== undefined) checkName(name, type, [...at, 'name'], taken, refuse);
  if (help?.trim() === '') refuse({ at: [...at, 'help'], wanted: 'a sentence for those who read the metric' });
  const value = readValue(read.value, type, [...at, 'value'], refuse);
  const labels = readLabels(read.labels, [...at, 'labels'], refuse);
  if (type === 'histogram' && buckets === undefined && !hasKey(raw, 'buckets'))
    refuse({ at: [...at, 'buckets'], wanted: 'the upper bounds of the histogram, such as [0.1, 1, 10]' });
  if (type !== undefined && type !== 'histogram' && buckets !== undefined)
    refuse({ at: [...at, 'buckets'], wanted: `none: a ${type} has no buckets`, fix: 'remove the line', shows: false });
  if (type !== undefined && type !== 'gauge' && read.combine !== undefined)
    refuse({ at: [...at, 'combine'], wanted: `none: only a gauge is combined, not a ${type}`, fix: 'remove the line' });
  if (mistakes.length > 0 || event === undefined || name === undefined || type === undefined || help === undefined)
    return undefined;
  const entry = { name, type, help, labels: labels.map(([label]) => label), ...(buckets && { buckets }) };
  return {
    index,
    entry,
    feed: { event, value: value ?? 1, labels: labels.map(([, source]) => source) },
    combine,
    maxSeries: read.max_series,
    ttl: read.ttl,
  };
}

function checkEvent(event: string, at: KeyPath, refuse: Report): void {
  const metric = countedBy(event);
  if (metric !== undefined)
    refuse({ at, wanted: `an event of your own: this one is Celery's, and is counted already`, fix: `see ${metric}` });
  else if (event.trim() !== event || event === '')
    refuse({ at, wanted: 'the type of an event, as send_event() gets it, such as rows-imported' });
  else if (event.includes('*'))
    refuse({ at, wanted: 'the type of one event', fix: 'write one entry for each type; they may share a name' });
}

function checkName(name: string, type: MetricType | undefined, at: KeyPath, taken: TakenNames, refuse: Report): void {
  const entry: MetricEntry = { name, type: type ?? 'gauge', help: '', labels: [] };
  const owner = taken.ownerOf(entry);
  const isOurs = owner !== undefined && METRIC_CATALOGUE.some((each) => each.name === owner);
  const problem = isOurs
    ? {
        wanted: `another name: ${owner} is a metric of the exporter itself`,
        fix: 'begin with the name of your application',
      }
    : nameProblem(name, type);
  if (problem) refuse({ at, ...problem });
}

/** @param type undefined where it was refused: then only that is judged which is wrong with every type */
function readValue(
  raw: unknown,
  type: MetricType | undefined,
  at: KeyPath,
  refuse: Report,
): string | number | undefined {
  if (raw === undefined || raw === null) {
    if (type !== 'counter' && type !== undefined) refuse({ at, wanted: 'the name of the field that holds the number' });
    return 1;
  }
  if (typeof raw === 'number') {
    const takesAny = type === 'gauge' || type === undefined;
    if (Number.isFinite(raw) && (raw >= 0 || takesAny) && Math.abs(raw) < 1e15) return raw;
    refuse({ at, wanted: takesAny ? 'a number' : `a number from 0 up: a ${type} takes no other` });
    return undefined;
  }
  if (typeof raw !== 'string') {
    refuse({ at, wanted: 'the name of a field, or a number', shows: false });
    return undefined;
  }
  if (/^[+-]?\.?\d/.test(raw) || /^[$=]/.test(raw)) {
    refuse({ at, wanted: 'the name of a field, or a number without quotes' });
    return undefined;
  }
  const read = readField(raw);
  if ('field' in read) return read.field;
  refuse({ at, wanted: read.wanted });
  return undefined;
}

/** A mapping from labels to sources, or a list of sources that are also the labels' names. */
function readLabels(raw: unknown, at: KeyPath, refuse: Report): readonly (readonly [string, LabelSource])[] {
  if (raw === undefined || raw === null) return [];
  if (typeof raw !== 'object') {
    refuse({ at, wanted: 'labels, such as {kind: kind, task: $task}, or a list of fields, such as [kind, $task]' });
    return [];
  }
  const pairs: readonly (readonly [key: string | number, label: unknown, source: unknown])[] = Array.isArray(raw)
    ? raw.map((each: unknown, i) => [i, typeof each === 'string' ? each.replace(/^\$/, '') : each, each] as const)
    : Object.entries(raw).map(([label, source]: [string, unknown]) => [label, label, source] as const);
  const read = pairs.flatMap(([key, label, source]): (readonly [string, LabelSource])[] => {
    const place = [...at, key];
    if (typeof source !== 'string' || typeof label !== 'string') {
      refuse({ at: place, wanted: 'the name of a field, or $task, $queue, $worker, or =text: put it in quotes' });
      return [];
    }
    if (typeof key === 'number' && source.startsWith('=')) {
      refuse({ at: place, wanted: 'labels as a mapping, where one is a text: {label: =text}' });
      return [];
    }
    const problem = labelProblem(label);
    if (problem) refuse({ at: place, ...problem });
    const found = readLabelSource(source);
    if ('wanted' in found) refuse({ at: place, wanted: found.wanted });
    return problem || 'wanted' in found ? [] : [[label, found]];
  });
  const names = read.map(([label]) => label);
  const twice = names.find((label, i) => names.indexOf(label) !== i);
  if (twice !== undefined) refuse({ at, wanted: `each label once: ${twice} stands twice`, shows: false });
  return read;
}

function hasKey(raw: unknown, key: string): boolean {
  return typeof raw === 'object' && raw !== null && Object.hasOwn(raw, key);
}
