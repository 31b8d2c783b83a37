// The metrics of the user's own on the landing page, with the event that each waits for and what was last seen; and
// events that nobody counts, so that a spelling mistake shows.
import { type Html, name, visibleHtml as html, withCode } from '@celery-watch/html';
import type { CustomMetricStatus } from '../custom-status.js';
import type { Status } from '../status.js';
import { ago, code, count, cut } from '../wording.js';
import { badge, type Column, table } from './table.js';

/** Nothing where there is nothing of the kind. */
export function customSection({ custom: { metrics } }: Status): Html | '' {
  if (metrics.length === 0) return '';
  const [unseen] = metrics.filter(({ silence }) => silence === undefined);
  const advice =
    unseen === undefined
      ? ''
      : ' Of those never seen no event has come since the exporter began: a task sends one with ' +
        `${code(`self.send_event("${unseen.events[0] ?? ''}", …)`)}, on this broker.`;
  return html`<section aria-labelledby="custom">
<h2 id="custom">Metrics of your own</h2>
<p class="muted">${withCode(`They count events that tasks send themselves, as \`custom_metrics\` says.${advice}`)}</p>
${table({ caption: 'Metrics of your own', columns: COLUMNS, rows: metrics, empty: '' })}
</section>`;
}

const COLUMNS: readonly Column<CustomMetricStatus>[] = [
  {
    title: 'Metric',
    cell: (each) => html`${withCode(code(each.name))}<br><span class="muted">${each.type}</span>`,
  },
  { title: 'Waits for', kind: 'text', cell: ({ events }) => withCode(events.map((each) => code(each)).join(', ')) },
  { title: 'Counted', kind: 'number', cell: ({ counted }) => count(counted) },
  {
    title: 'Not counted',
    kind: 'number',
    cell: ({ skipped }) => count(skipped.reduce((sum, [, n]) => sum + n, 0)),
  },
  { title: 'Series', kind: 'number', cell: ({ series }) => count(series) },
  { title: 'Last seen', kind: 'brief', cell: lastSeen },
  { title: 'Last counted', kind: 'text', cell: lastCounted },
];

function lastSeen({ silence }: CustomMetricStatus): Html | string {
  return silence === undefined ? badge('note', 'never seen yet') : ago(silence);
}

function lastCounted({ last }: CustomMetricStatus): Html | string {
  if (last === undefined) return 'nothing yet';
  const labels = last.labels
    .filter(([, value]) => value !== '')
    .map(([label, value]) => `${label}="${cut(value, 40)}"`);
  return name(`${labels.length === 0 ? '' : `{${labels.join(', ')}} `}${String(last.value)}`);
}

/** Events that come and that no metric waits for; nothing where there are none. */
export function uncountedSection({ custom: { metrics, uncounted, uncountedOthers } }: Status): Html | '' {
  if (uncounted.length === 0) return '';
  const rows = [...uncounted].sort(([, a], [, b]) => b - a);
  const columns: readonly Column<(typeof rows)[number]>[] = [
    { title: 'Event', cell: ([type]) => name(cut(type)) },
    { title: 'Events', kind: 'number', cell: ([, n]) => count(n) },
  ];
  const hint =
    metrics.length === 0
      ? 'Tasks of yours send these. `custom_metrics` in the configuration file makes metrics of them.'
      : 'Tasks of yours send these, and no entry of `custom_metrics` names them. If one should be counted, compare how it is spelled.';
  const more = uncountedOthers === 0 ? '' : ` ${count(uncountedOthers)} more events were of further types.`;
  return html`<section aria-labelledby="uncounted">
<h2 id="uncounted">Events that no metric counts</h2>
<p class="muted">${withCode(hint + more)}</p>
${table({ caption: 'Events that no metric counts', columns, rows, empty: '' })}
</section>`;
}
