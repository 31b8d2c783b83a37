// Which names a metric of the user's own and its labels may have: none that is somebody else's, now or in a later
// version, and none that Prometheus gives away itself.
import type { MetricEntry, MetricType } from '@celery-watch/celery-protocol';
import { takenNames } from '@celery-watch/metrics';

/** Something wrong with a name: completes "wanted …". */
export interface NameProblem {
  readonly wanted: string;
  readonly fix?: string;
}

/** What begins so belongs to somebody, who may take more of it tomorrow. */
const OWNED: Readonly<Record<string, string>> = {
  celery_: 'the metrics of this exporter, of which a later version may have more',
  process_: 'the metrics of the process that the exporter is',
  nodejs_: 'the metrics of Node.js',
  scrape_: 'what Prometheus notes of each scrape',
};
const OF_PROMETHEUS: ReadonlySet<string> = new Set(['up', 'ALERTS', 'ALERTS_FOR_STATE']);
const PREFIX_FIX = 'begin with the name of your application, such as myapp_rows_imported_total';

/** What is wrong with a name by itself, whatever other metrics there are. */
export function nameProblem(name: string, type: MetricType | undefined): NameProblem | undefined {
  if (!/^[a-zA-Z_][a-zA-Z0-9_]*$/.test(name))
    return { wanted: 'a name of letters, digits and _, such as myapp_rows_imported_total' };
  const owned = Object.keys(OWNED).find((prefix) => name.startsWith(prefix));
  if (owned !== undefined)
    return { wanted: `no name that begins with ${owned}: so begin ${OWNED[owned] ?? ''}`, fix: PREFIX_FIX };
  if (OF_PROMETHEUS.has(name)) return { wanted: 'no name that Prometheus gives itself', fix: PREFIX_FIX };
  if (type === 'counter' && !/._total$/.test(name))
    return { wanted: 'a name that ends in _total, since it is a counter', fix: `name it ${name}_total` };
  if (type !== 'counter' && type !== undefined && name.endsWith('_total'))
    return { wanted: `a name without _total, which stands for a counter, not for a ${type}` };
  const ofHistograms = /_(?:bucket|sum|count|created)$/.exec(name)?.[0];
  if (ofHistograms !== undefined)
    return { wanted: `a name that does not end in ${ofHistograms}, as the parts of a histogram do` };
  return undefined;
}

/** The metrics whose names are given away, by each name that they take in either format. */
export class TakenNames {
  readonly #owners = new Map<string, string>();

  constructor(entries: readonly MetricEntry[]) {
    for (const entry of entries) this.take(entry);
  }

  take(entry: MetricEntry): void {
    for (const name of takenNames(entry)) this.#owners.set(name, entry.name);
  }

  /** The metric beside which this one cannot stand. */
  ownerOf(entry: MetricEntry): string | undefined {
    for (const name of takenNames(entry)) {
      const owner = this.#owners.get(name);
      if (owner !== undefined) return owner;
    }
    return undefined;
  }
}

const LABELS: Readonly<Record<string, string>> = {
  broker: 'the exporter itself gives it, where it watches several brokers',
  le: 'it belongs to the buckets of histograms',
  quantile: 'it belongs to summaries',
  job: 'Prometheus gives it to everything that it scrapes',
  instance: 'Prometheus gives it to everything that it scrapes',
};

/** What is wrong with the name of a label. */
export function labelProblem(label: string): NameProblem | undefined {
  if (label.startsWith('__')) return { wanted: 'a label that does not begin with __: those are of Prometheus' };
  if (!/^[a-zA-Z_][a-zA-Z0-9_]*$/.test(label)) return { wanted: 'a label name of letters, digits and _' };
  if (Object.hasOwn(LABELS, label))
    return { wanted: `another name than ${label}: ${LABELS[label] ?? ''}`, fix: `such as event_${label}` };
  return undefined;
}
