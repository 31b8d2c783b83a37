// The table of alerts that fire now.
import { UIDS } from './dashboard.js';
import type { Placeable } from './panels/query.js';
import { table } from './panels/table.js';
import { MappingType } from '@grafana/grafana-foundation-sdk/dashboard';
import { type Match, max, SCOPE_LABELS } from './promql.js';
import { ALERT_LABELS, alertsSince } from './rule-metrics.js';

/** @param of what the alerts name; where it is not said, all */
export function alertTable(of: Match<'name'> = {}, title = 'Firing alerts'): Placeable {
  return table({
    title,
    about:
      'What fires now, since when, and on what. Each name is a section of docs/monitoring/ALERT_HANDLING_GUIDE.md. ' +
      'Empty is good.',
    nothing: 'none',
    labels: [
      { label: 'alertname', title: 'Alert', width: 260 },
      { label: 'severity', title: 'Severity', width: 100, mappings: SEVERITY },
      // On the page of one task it would be the same in each row.
      ...(of.name === undefined
        ? [{ label: 'name', title: 'Task', details: { uid: UIDS.task, variable: 'task' } }]
        : []),
      { label: 'queue', title: 'Queue', details: { uid: UIDS.queuesWorkers, variable: 'queue' } },
      { label: 'worker', title: 'Worker', details: { uid: UIDS.queuesWorkers, variable: 'worker' } },
      ...(of.name === undefined ? [{ label: 'channel', title: 'Channel' }] : []),
      ...SCOPE_LABELS.map((label) => ({
        label,
        title: `${label.slice(0, 1).toUpperCase()}${label.slice(1)}`,
        width: 120,
      })),
    ],
    values: [
      { title: 'Since', expr: `${max(ALERT_LABELS, alertsSince(of))} * 1000`, unit: 'dateTimeFromNow', width: 160 },
    ],
    sortBy: { title: 'Severity', descending: false },
  });
}

const SEVERITY = [
  {
    type: MappingType.ValueToText as const,
    options: {
      critical: { text: 'critical', color: 'red', index: 0 },
      warning: { text: 'warning', color: 'orange', index: 1 },
    },
  },
];
