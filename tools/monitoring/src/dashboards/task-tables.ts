// Tables with one row for each task.
import { taskMetrics } from '@celery-watch/celery-protocol';
import { UIDS } from './dashboard.js';
import { HEIGHT, type Section } from './grid.js';
import { scopeColumns, table } from './panels/table.js';

import {
  type Expr,
  type Match,
  max,
  perSecond,
  quantile,
  ratio,
  re,
  series,
  total,
  ofEach,
  type Scope,
} from './promql.js';
import { ruleMetrics } from './rule-metrics.js';

const TASK = { label: 'name', title: 'Task', details: { uid: UIDS.task, variable: 'task' } };
/** Over all that the page shows, so that rare tasks have a row too. */
const SHOWN = '$__range';

export function taskTables(name: Match<'name'>, chosen: Match<'name' | 'queue'>): Section {
  const stateRate = (state: string): Expr<Scope | 'name'> =>
    perSecond(ofEach('name'), taskMetrics.tasks, { ...chosen, state: re(state) }, SHOWN);
  const tasks = table({
    title: 'Tasks',
    about:
      'Each task over the time shown above. Sort by any column; a click on a name opens that task alone. ' +
      'Failure ratio and P95 turn red where the alerts fire.',
    nothing: '-',
    labels: [TASK, ...scopeColumns(UIDS.tasks)],
    values: [
      { title: 'Started /s', expr: stateRate('started'), unit: 'ops' },
      { title: 'Failed /s', expr: stateRate('failed'), unit: 'ops' },
      {
        title: 'Failure ratio',
        unit: 'percentunit',
        decimals: 1,
        limit: 'task_failure_ratio',
        expr: ratio(stateRate('failed'), stateRate('succeeded|failed')),
      },
      { title: 'Retried /s', expr: stateRate('retried'), unit: 'ops' },
      {
        title: 'P95 run time',
        unit: 's',
        limit: 'task_duration_seconds',
        expr: quantile(0.95, ofEach('name'), taskMetrics.duration, chosen, SHOWN),
      },
      { title: 'Running', expr: total(ofEach('name'), taskMetrics.running, chosen), unit: 'short' },
    ],
    sortBy: { title: 'Started /s', descending: true },
  });
  const pause = max(ofEach('name'), series(ruleMetrics.successPause, name));
  const usual = max(ofEach('name'), series(ruleMetrics.usualPause, name));
  const successes = table({
    title: 'Time since the last success',
    about:
      'A task that stopped succeeding makes no noise by itself. Usual: its longest pause of the last 14 days, at ' +
      'least a few minutes. ' +
      'Overdue: how many times the usual; red is the threshold of CeleryTaskNotSucceeded, which speaks of tasks ' +
      'that have succeeded for days.',
    nothing: '-',
    labels: [TASK, ...scopeColumns(UIDS.tasks)],
    values: [
      { title: 'Last success', expr: pause, unit: 's', decimals: 0 },
      { title: 'Usual', expr: usual, unit: 's', decimals: 0 },
      {
        title: 'Overdue',
        unit: 'none',
        decimals: 1,
        limit: 'success_pause_factor',
        expr: `${pause} / ${usual}`,
      },
    ],
    sortBy: { title: 'Last success', descending: true },
  });
  return {
    title: 'Which task is it?',
    lines: [
      {
        height: HEIGHT.table,
        panels: [
          [14, tasks],
          [10, successes],
        ],
      },
    ],
  };
}
