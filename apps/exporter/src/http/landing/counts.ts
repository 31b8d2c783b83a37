// The small tables of the landing page: the broker, the events, what was lost, the tasks that are followed, the
// pollers.
import { exporterMetrics, type MetricEntry } from '@celery-watch/celery-protocol';
import { sum } from '../diagnosis/finding.js';
import { type Html, name, type Content, withCode, visibleHtml as html } from '@celery-watch/html';
import { missedStarts, type Status } from '../status.js';
import { ago, count, counted, cut, span } from '../wording.js';
import { badge, type Column, table } from './table.js';

/**
 * Since when it is as it is; of one that takes no messages that is not known. It is connected, but nothing goes on
 * there.
 */
export function brokerState({ isUp, blockedFor, forSeconds }: Status['broker'], since: ' ' | ' for '): Html {
  if (!isUp) return html`${badge('problem', 'not connected')}${since}${span(forSeconds)}`;
  return blockedFor === undefined
    ? html`${badge('ok', 'connected')}${since}${span(forSeconds)}`
    : badge('warning', 'blocked');
}

export function brokerSection({ broker, unacked, delayed }: Status): Html {
  return facts('broker', 'Broker', [
    ['Address', name(broker.url)],
    ['State', brokerState(broker, ' for ')],
    ...(broker.isUp ? [] : [['Reason', name(broker.reason)] as const]),
    ...(broker.blockedFor === undefined ? [] : [['Takes no messages', name(broker.blockedFor)] as const]),
    ...(unacked === undefined
      ? []
      : [['Held by workers', `${counted(unacked, 'message')} not acknowledged yet`] as const]),
    ...(delayed === undefined ? [] : [['Delayed by the broker', counted(delayed, 'task')] as const]),
    ['Failures', `${counted(broker.failures, 'failed attempt')} or lost connection${broker.failures === 1 ? '' : 's'}`],
    ['Reconnected', broker.reconnects === 1 ? 'once' : `${count(broker.reconnects)} times`],
    ...(broker.unheard === undefined || broker.unheard === 0
      ? []
      : [['Not heard', `what happened in ${span(broker.unheard)}`] as const]),
  ]);
}

export function eventsSection({ events }: Status): Html {
  const rows = [...events.byType].sort(([, a], [, b]) => b - a);
  const columns: readonly Column<(typeof rows)[number]>[] = [
    { title: 'Type', cell: ([type]) => name(cut(type)) },
    { title: 'Events', kind: 'number', cell: ([, n]) => count(n) },
  ];
  return html`<section aria-labelledby="events">
<h2 id="events">Events by type</h2>
${rows.length === 0 ? '' : html`<p class="muted">${withCode(`${count(events.total)} in all. \`task-sent\` events ${events.sent > 0 ? 'arrive' : 'do not arrive'}.`)}</p>`}
${table({ caption: 'Events by type', columns, rows, empty: 'No event has arrived yet.' })}
</section>`;
}

/** Everything that was not counted, or not under its own name, since the exporter began. */
export function lossesSection({ workers, events, tasks, dropped }: Status): Html {
  const m = exporterMetrics;
  const rows: readonly (readonly [what: string, n: number, entry: MetricEntry])[] = [
    ['Started tasks whose event never arrived', sum(workers.map(missedStarts)), m.missed],
    ['Tasks whose end was not heard', sum(workers.map((each) => each.missedEnds)), m.missed],
    ...(events.dropped === undefined ? [] : [['Thrown away by the broker', events.dropped, m.droppedEvents] as const]),
    ...each('Refused', events.refused, m.refused),
    ['Second events about one execution, left out', events.duplicates, m.duplicates],
    ['Tasks that found no room in the table', tasks.evicted, m.evicted],
    ['Tasks given up after a long silence', tasks.expired, m.expired],
    ...each('Over the cap of', dropped, m.droppedSeries),
  ];
  const columns: readonly Column<(typeof rows)[number]>[] = [
    { title: 'What', cell: ([what]) => name(what) },
    { title: 'Count', kind: 'number', cell: ([, n]) => count(n) },
    { title: 'Metric', kind: 'text', cell: ([, , entry]) => withCode(`\`${entry.name}\``) },
  ];
  return html`<section aria-labelledby="losses">
<h2 id="losses">Missed, refused, dropped</h2>
<p class="muted">Since the exporter began.</p>
${table({ caption: 'Missed, refused, dropped', columns, rows, empty: '' })}
</section>`;
}

export function tasksSection({ tasks }: Status): Html {
  const taken = sum(tasks.silent.map((each) => each.taken));
  return facts('tasks', 'Tasks that are followed', [
    [
      'Waiting',
      `${count(tasks.waiting)} sent, received, or due for a retry${taken === 0 ? '' : `; some of them were taken by a worker that tells nothing of such tasks (${count(taken)} so far)`}`,
    ],
    ['Running', count(tasks.running)],
    ['Ended', `${count(tasks.ended)} kept a moment for late events`],
    ['Series', `${counted(tasks.series, 'pair')} of task name and queue`],
  ]);
}

export function pollersSection({ pollers }: Status): Html {
  const columns: readonly Column<Status['pollers'][number]>[] = [
    { title: 'Asks for', cell: (poller) => poller.name },
    { title: 'Last success', kind: 'brief', cell: ({ secondsSinceSuccess }) => ago(secondsSinceSuccess) },
    { title: 'Failures', kind: 'number', cell: ({ failures }) => count(failures) },
    { title: 'Last error', kind: 'text', cell: ({ lastError }) => (lastError === '' ? 'none' : name(cut(lastError))) },
  ];
  return html`<section aria-labelledby="pollers">
<h2 id="pollers">Questions asked in the background</h2>
<p class="muted">A scrape reads memory; only these ask the broker and the workers.</p>
${table({ caption: 'Questions asked in the background', columns, rows: pollers, empty: 'None.' })}
</section>`;
}

function facts(id: string, title: string, rows: readonly (readonly [term: string, value: Content])[]): Html {
  return html`<section aria-labelledby="${id}">
<h2 id="${id}">${title}</h2>
<dl class="panel">
${rows.map(([term, value]) => html`<div><dt>${term}</dt><dd>${value}</dd></div>\n`)}</dl>
</section>`;
}

function each(
  what: string,
  counts: readonly (readonly [string, number])[],
  entry: MetricEntry,
): (readonly [string, number, MetricEntry])[] {
  return counts.map(([label, n]) => [`${what}: ${cut(label)}`, n, entry] as const);
}
