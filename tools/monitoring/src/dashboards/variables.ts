// The variables that dashboards offer at their head.
import type { Builder } from '@grafana/grafana-foundation-sdk/cog';
import {
  DatasourceVariableBuilder,
  QueryVariableBuilder,
  type VariableModel,
  VariableRefresh,
  VariableSort,
} from '@grafana/grafana-foundation-sdk/dashboard';
import { BROKER_LABEL, brokerMetrics, relayMetrics, taskMetrics, workerMetrics } from '@celery-watch/celery-protocol';
import { SCOPE } from './alert-thresholds.js';
import { type Expr, type Match, raw, re, select, series } from './promql.js';
import { DATASOURCE } from './panels/query.js';
import { ruleMetrics } from './rule-metrics.js';

export function datasourceVariable(): Builder<VariableModel> {
  return new DatasourceVariableBuilder('datasource')
    .label('Data source')
    .description('The Prometheus that scrapes the exporter and the relay.')
    .type('prometheus');
}

/** What tells brokers apart, each label within the choices before it; one that no target has offers nothing but All. */
export function scopeVariables(): Builder<VariableModel>[] {
  return SCOPE.map((label, i) => {
    const before: Match<string> = Object.fromEntries(SCOPE.slice(0, i).map((each) => [each, re(`$${each}`)]));
    const title = `${label.slice(0, 1).toUpperCase()}${label.slice(1)}`;
    const whole = `${SCOPE.join(', ')} together are one broker.`;
    const about =
      label === BROKER_LABEL
        ? `Brokers: the names that an exporter of several gives them; it offers none where brokers have none. ${whole}`
        : `Exporters: their label ${label}. ${whole}`;
    return choice(label, title, about, labelValues(select(brokerMetrics.up.name, before), label))();
  });
}

export const VARIABLES = {
  name: choice('name', 'Task', 'Tasks to look at.', labelValues(series(taskMetrics.tasks), 'name')),
  /** Just one, of another name than `name`, so that several tasks chosen elsewhere do not come along in a link. */
  task: oneOf('task', 'Task', 'The task to look at.', labelValues(series(taskMetrics.tasks), 'name')),
  /** Queues that tasks are seen in, among them `unknown`. */
  taskQueue: choice(
    'queue',
    'Queue',
    'Queues that the tasks went through.',
    labelValues(series(taskMetrics.tasks, { name: re('$name') }), 'queue'),
  ),
  /** Queues that the exporter reads at the broker. */
  queue: choice('queue', 'Queue', 'Queues to look at.', labelValues(series(ruleMetrics.queueLength), 'queue')),
  worker: choice('worker', 'Worker', 'Workers to look at.', labelValues(series(workerMetrics.up), 'worker')),
  relay: choice(
    'relay',
    'Relay',
    'Alert relays: the jobs under which they are scraped.',
    labelValues(select(relayMetrics.accepted.name, {}), 'job'),
  ),
} as const satisfies Readonly<Record<string, () => Builder<VariableModel>>>;

export type VariableName = keyof typeof VARIABLES;

function oneOf(name: string, label: string, about: string, query: string): () => QueryVariableBuilder {
  return () =>
    new QueryVariableBuilder(name)
      .label(label)
      .description(about)
      .datasource(DATASOURCE)
      .query({ query, refId: `${name}-variable` })
      .refresh(VariableRefresh.OnTimeRangeChanged)
      .sort(VariableSort.AlphabeticalCaseInsensitiveAsc)
      .multi(false)
      .includeAll(false);
}

function choice(name: string, label: string, about: string, query: string): () => QueryVariableBuilder {
  return () =>
    oneOf(name, label, about, query)()
      .multi(true)
      .includeAll(true)
      // Not the list of what is known: that is empty when the exporter is down, and then alerts must still be found.
      .allValue('.*')
      .current({ text: ['All'], value: ['$__all'] });
}

function labelValues<L extends string>(of: Expr<L>, label: NoInfer<L> | 'job'): string {
  return raw(`label_values(${of.replace(/\{\}$/, '')}, ${label})`);
}
