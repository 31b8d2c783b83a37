// Every metric that may be named in rules, dashboards and guides: the catalogues, what the rules record, and
// Prometheus' own.
import {
  BROKER_LABEL,
  DELIVERY_VERDICTS,
  EXIT_REASONS,
  METRIC_CATALOGUE,
  type MetricEntry,
  PROCESS_METRICS,
  RELAY_METRIC_CATALOGUE,
  TASK_STATES,
} from '@celery-watch/celery-protocol';
import { inspectPromql } from './promql/inspect.js';
import { isKnown, type Labels, NO_LABELS, union } from './promql/labels.js';
import { isSyntaxProblem, parsePromql } from './promql/parse.js';
import { selectorsIn } from './promql/selector.js';
import type { KnownMetric, MetricLookup } from './promql/context.js';
import type { Rule } from './sources/rule-file.js';
import { overrideLabels, THRESHOLD } from './thresholds.js';

/** Labels that Prometheus gives to everything it scrapes, by prometheus.yml or by what finds targets in Kubernetes. */
export const TARGET_LABELS = ['job', 'instance', 'component', 'namespace', 'cluster', 'pod'] as const;

/** What Prometheus makes for each target. */
const OF_SCRAPES = new Set([
  'up',
  'scrape_duration_seconds',
  'scrape_samples_scraped',
  'scrape_samples_post_metric_relabeling',
  'scrape_series_added',
]);
/** What Prometheus makes of alerts. */
const OF_ALERTS = new Set(['ALERTS', 'ALERTS_FOR_STATE']);
/** Metrics of programs that are not ours; their labels are not known here. */
const FOREIGN = /^(?:process|nodejs|prometheus|alertmanager|go)_[a-z0-9_]+$/;

/** Labels with a closed list of values. */
const CLOSED: Readonly<Record<string, Readonly<Record<string, readonly string[]>>>> = {
  celery_tasks_total: { state: TASK_STATES },
  celery_worker_tasks_total: { state: TASK_STATES },
  celery_worker_exits_total: { reason: EXIT_REASONS },
  alert_relay_deliveries_total: { verdict: DELIVERY_VERDICTS },
};

export class KnownMetrics implements MetricLookup {
  /** Names as they are scraped: a histogram has three. */
  readonly #catalogued = new Map<string, KnownMetric>();
  readonly #histograms = new Set<string>();
  readonly #recordings = new Map<string, Rule[]>();
  readonly #alerts: readonly Rule[];
  readonly #rules: readonly Rule[];
  readonly #labels = new Map<string, Labels>();
  readonly #visited = new Set<string>();
  readonly #ofTarget: ReadonlySet<string>;

  constructor(
    rules: readonly Rule[],
    catalogue: readonly MetricEntry[] = [...METRIC_CATALOGUE, ...RELAY_METRIC_CATALOGUE],
    /** What else tells targets apart, by the head of the rule file. */
    scope: readonly string[] = [],
  ) {
    this.#ofTarget = new Set([...TARGET_LABELS, ...scope.filter((label) => label !== BROKER_LABEL)]);
    for (const entry of catalogue) this.#admit(entry);
    this.#rules = rules;
    this.#alerts = rules.filter(({ kind }) => kind === 'alert');
    for (const rule of rules)
      if (rule.kind === 'record') this.#recordings.set(rule.name, [...(this.#recordings.get(rule.name) ?? []), rule]);
  }

  metric(name: string): KnownMetric | undefined {
    const catalogued = this.#catalogued.get(name);
    if (catalogued !== undefined) return catalogued;
    if (this.#recordings.has(name))
      return { labels: this.#labelsOfRecording(name), values: this.#valuesOfRecording(name) };
    if (OF_SCRAPES.has(name)) return { labels: this.#ofTarget, type: 'gauge' };
    if (OF_ALERTS.has(name)) return { labels: this.#labelsOfAlerts() };
    return FOREIGN.test(name) ? { labels: 'any' } : undefined;
  }

  native(name: string): KnownMetric | undefined {
    return this.#histograms.has(name) ? this.#catalogued.get(`${name}_count`) : undefined;
  }

  hint(name: string): string | undefined {
    return this.#histograms.has(name) ? 'a histogram has series that end in _bucket, _sum and _count' : undefined;
  }

  /** Whether a text can name it, where a histogram's name without an ending will do. */
  isName(name: string): boolean {
    return this.#histograms.has(name) || this.metric(name) !== undefined;
  }

  /** Whether any name begins so. */
  isPrefix(start: string): boolean {
    return [...this.#catalogued.keys(), ...this.#recordings.keys()].some((name) => name.startsWith(start));
  }

  #admit(entry: MetricEntry): void {
    const { name, type, labels } = entry;
    const isOfBroker = !RELAY_METRIC_CATALOGUE.includes(entry) && !PROCESS_METRICS.includes(entry);
    const all = new Set([...labels, ...(isOfBroker ? [BROKER_LABEL] : []), ...this.#ofTarget]);
    const values = CLOSED[name];
    if (type !== 'histogram') {
      this.#catalogued.set(name, { labels: all, type, values });
      return;
    }
    this.#histograms.add(name);
    this.#catalogued.set(`${name}_bucket`, { labels: new Set([...all, 'le']), type: 'counter' });
    for (const suffix of ['_sum', '_count']) this.#catalogued.set(name + suffix, { labels: all, type: 'counter' });
  }

  #labelsOfRecording(name: string): Labels {
    const found = this.#labels.get(name);
    if (found !== undefined) return found;
    // A rule that refers to itself adds nothing to what it says of itself elsewhere.
    this.#labels.set(name, 'unknown');
    let labels: Labels = name.startsWith(THRESHOLD) ? overrideLabels(this.#rules, name) : 'unknown';
    for (const rule of this.#recordings.get(name) ?? [])
      labels = union(labels, union(labelsOf(rule, this), new Set(Object.keys(rule.labels))));
    this.#labels.set(name, labels);
    return labels;
  }

  /** What a recording is made of has the values that it can have. */
  #valuesOfRecording(name: string): KnownMetric['values'] {
    const values: Record<string, readonly string[]> = {};
    // Recordings may be made of each other in a circle.
    if (this.#visited.has(name)) return values;
    this.#visited.add(name);
    for (const rule of this.#recordings.get(name) ?? []) {
      const parsed = parsePromql(rule.expr);
      if (isSyntaxProblem(parsed)) continue;
      for (const selector of selectorsIn(parsed.root, parsed.text)) {
        if (selector.name !== undefined) Object.assign(values, this.metric(selector.name)?.values);
      }
    }
    this.#visited.delete(name);
    return values;
  }

  #labelsOfAlerts(): Labels {
    const labels = new Set(['alertname', 'alertstate']);
    for (const rule of this.#alerts) {
      const own = union(labelsOf(rule, this), new Set(Object.keys(rule.labels)));
      if (isKnown(own)) for (const label of own) labels.add(label);
    }
    return labels;
  }
}

function labelsOf(rule: Rule, metrics: MetricLookup): Labels {
  const { labels } = inspectPromql(rule.expr, metrics);
  return labels === 'none' ? NO_LABELS : labels;
}
