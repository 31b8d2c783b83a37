// The variables that dashboards offer at their head.
import type { Builder } from '@grafana/grafana-foundation-sdk/cog';
import {
  DatasourceVariableBuilder,
  QueryVariableBuilder,
  type VariableModel,
  VariableRefresh,
  VariableSort,
} from '@grafana/grafana-foundation-sdk/dashboard';
import { brokerMetrics, relayMetrics, taskMetrics, workerMetrics } from '@celery-watch/celery-protocol';
import { type Expr, raw, re, select, series } from './promql.js';
import { DATASOURCE } from './panels/query.js';
import { ruleMetrics } from './rule-metrics.js';

export function datasourceVariable(): Builder<VariableModel> {
  return new DatasourceVariableBuilder('datasource')
    .label('Data source')
    .description('The Prometheus that scrapes the exporter and the relay.')
    .type('prometheus');
}

export const VARIABLES = {
  job: choice(
    'job',
    'Job',
    'Exporters: one job for each broker.',
    labelValues(select(brokerMetrics.up.name, {}), 'job'),
    false,
  ),
  name: choice('name', 'Task', 'Tasks to look at.', labelValues(series(taskMetrics.tasks), 'name'), true),
  /** Queues that tasks are seen in, among them `unknown`. */
  taskQueue: choice(
    'queue',
    'Queue',
    'Queues that the tasks went through.',
    labelValues(series(taskMetrics.tasks, { name: re('$name') }), 'queue'),
    true,
  ),
  /** Queues that the exporter reads at the broker. */
  queue: choice('queue', 'Queue', 'Queues to look at.', labelValues(series(ruleMetrics.queueLength), 'queue'), true),
  worker: choice('worker', 'Worker', 'Workers to look at.', labelValues(series(workerMetrics.up), 'worker'), true),
  relay: choice(
    'relay',
    'Relay',
    'Alert relays: the jobs under which they are scraped.',
    labelValues(select(relayMetrics.accepted.name, {}), 'job'),
    false,
  ),
} as const satisfies Readonly<Record<string, () => Builder<VariableModel>>>;

export type VariableName = keyof typeof VARIABLES;

function choice(
  name: string,
  label: string,
  about: string,
  query: string,
  multi: boolean,
): () => Builder<VariableModel> {
  return () =>
    new QueryVariableBuilder(name)
      .label(label)
      .description(about)
      .datasource(DATASOURCE)
      .query({ query, refId: `${name}-variable` })
      .refresh(VariableRefresh.OnTimeRangeChanged)
      .sort(VariableSort.AlphabeticalCaseInsensitiveAsc)
      .multi(multi)
      .includeAll(true)
      // Not the list of what is known: that is empty when the exporter is down, and then alerts must still be found.
      .allValue('.*')
      .current({ text: multi ? ['All'] : 'All', value: multi ? ['$__all'] : '$__all' });
}

function labelValues<L extends string>(of: Expr<L>, label: NoInfer<L> | 'job'): string {
  return raw(`label_values(${of.replace(/\{\}$/, '')}, ${label})`);
}
