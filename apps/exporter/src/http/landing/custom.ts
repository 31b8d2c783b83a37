// The metrics of the user's own on the landing page, with the event that each waits for and what was last seen; and
// events that nobody counts, so that a spelling mistake shows.
import { type Html, name, visibleHtml as html, withCode } from '@celery-watch/html';
import type { CustomMetricStatus } from '../custom-status.js';
import type { Status } from '../status.js';
import { ago, code, count, cut } from '../wording.js';
import { badge, type Column, table } from './table.js';

/** Nothing where there is nothing of the kind. */
export function customSection({ custom }: Status): Html | '' {
  if (custom.metrics.length === 0 && custom.uncounted.length === 0) return '';
  return html`<section aria-labelledby="custom">
<h2 id="custom">Metrics of your own</h2>
${
  custom.metrics.length === 0
    ? ''
    : html`<p class="muted">${withCode('Each counts the events that tasks send with `self.send_event(…)` under that type, as `custom_metrics` says.')}</p>
${table({ caption: 'Metrics of your own', columns: COLUMNS, rows: custom.metrics, empty: '' })}`
}
${uncountedTable(custom)}
</section>`;
}

const COLUMNS: readonly Column<CustomMetricStatus>[] = [
  {
    title: 'Metric',
    cell: (each) => html`${name(cut(each.name))}<br><span class="muted">${each.type}</span>`,
  },
  { title: 'Waits for', kind: 'text', cell: ({ events }) => withCode(events.map((each) => code(each)).join(', ')) },
  { title: 'Counted', kind: 'number', cell: ({ counted }) => count(counted) },
  {
    title: 'Not counted',
    kind: 'number',
    cell: ({ skipped }) => count(skipped.reduce((sum, [, n]) => sum + n, 0)),
  },
  { title: 'Series', kind: 'number', cell: ({ series }) => count(series) },
  { title: 'Last seen', kind: 'text', cell: lastSeen },
  { title: 'Last counted', kind: 'text', cell: lastCounted },
];

function lastSeen({ silence, events }: CustomMetricStatus): Html | string {
  if (silence !== undefined) return ago(silence);
  const advice =
    `No event of this type has come since the exporter began. Tasks send it with ` +
    `${code(`self.send_event("${events[0] ?? ''}", …)`)}, on this broker.`;
  return html`${badge('note', 'never seen yet')}<br><span class="muted">${withCode(advice)}</span>`;
}

function lastCounted({ last }: CustomMetricStatus): Html | string {
  if (last === undefined) return 'nothing yet';
  const labels = last.labels
    .filter(([, value]) => value !== '')
    .map(([label, value]) => `${label}="${cut(value, 40)}"`);
  return name(`${labels.length === 0 ? '' : `{${labels.join(', ')}} `}${String(last.value)}`);
}

function uncountedTable({ metrics, uncounted, uncountedOthers }: Status['custom']): Html | '' {
  if (uncounted.length === 0) return '';
  const rows = [...uncounted].sort(([, a], [, b]) => b - a);
  const columns: readonly Column<(typeof rows)[number]>[] = [
    { title: 'Event', cell: ([type]) => name(cut(type)) },
    { title: 'Events', kind: 'number', cell: ([, n]) => count(n) },
  ];
  const hint =
    metrics.length === 0
      ? 'Tasks of yours send these events. `custom_metrics` in the configuration file makes metrics of them.'
      : 'These come, and no entry of `custom_metrics` names them. If one should be counted, compare how it is spelled.';
  const more = uncountedOthers === 0 ? '' : ` ${count(uncountedOthers)} more events were of further types.`;
  return html`<p class="muted">${withCode(hint + more)}</p>
${table({ caption: 'Events that no metric counts', columns, rows, empty: '' })}`;
}
