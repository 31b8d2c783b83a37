// The page at / where there are several brokers: how each of them fares, those that need a look first, and a way to the
// page of each.
import { type Html, name, visibleHtml as html } from '@celery-watch/html';
import { diagnose } from './diagnosis.js';
import { sum } from './diagnosis/finding.js';
import { brokerState } from './landing/counts.js';
import { frame } from './landing/frame.js';
import { badge, type Column, table } from './landing/table.js';
import { hrefOf } from './landing-page.js';
import type { Finding } from './diagnosis.js';
import type { Status } from './status.js';
import { count, counted } from './wording.js';

interface Row {
  readonly status: Status;
  readonly findings: readonly Finding[];
}

/** A whole HTML page. Every status is of a broker with a name. */
export function brokersPage(statuses: readonly [Status, ...(readonly Status[])]): string {
  const rows = statuses.map((status): Row => ({ status, findings: diagnose(status) }));
  const up = statuses.filter(({ broker }) => broker.isUp).length;
  return frame({
    title: 'Celery exporter',
    heading: 'Celery exporter',
    about: statuses[0],
    here: './',
    sections: html`<section aria-labelledby="brokers">
<h2 id="brokers">Brokers</h2>
<p class="muted">${count(up)} of ${counted(statuses.length, 'broker')} connected. Those that need a look stand first; the page of each tells what is found and what to do.</p>
${table({ caption: 'Brokers, those that need a look first', columns: COLUMNS, rows: byInterest(rows), empty: '', isWhole: true })}
</section>`,
  });
}

const COLUMNS: readonly Column<Row>[] = [
  { title: 'Broker', cell: ({ status: { broker } }) => linkTo(broker.name ?? '') },
  { title: 'State', kind: 'brief', cell: ({ status: { broker } }) => brokerState(broker, ' ') },
  { title: 'Findings', kind: 'brief', cell: ({ findings }) => tally(findings) },
  {
    title: 'Workers up',
    kind: 'number',
    cell: ({ status: { broker, workers } }) =>
      known(broker, workers, `${count(workers.filter((each) => each.up).length)} of ${count(workers.length)}`),
  },
  {
    title: 'Queues',
    kind: 'number',
    cell: ({ status: { broker, queues } }) => known(broker, queues, count(queues.length)),
  },
  {
    title: 'Messages',
    kind: 'number',
    cell: ({ status: { broker, queues } }) => known(broker, queues, count(sum(queues.map((each) => each.length)))),
  },
  { title: 'Address', kind: 'text', cell: ({ status: { broker } }) => name(broker.url) },
];

function linkTo(broker: string): Html {
  return html`<a href="${hrefOf(broker)}">${name(broker)}</a>`;
}

/** Of the worst level only; the page of the broker tells them all. */
function tally(findings: readonly Finding[]): Html {
  for (const level of ['problem', 'warning', 'note'] as const) {
    const n = findings.filter((each) => each.level === level).length;
    if (n > 0) return badge(level, counted(n, level));
  }
  return badge('ok', 'none');
}

/** Of a broker that is away it is what was last known, and nothing where nothing was. */
function known({ isUp }: Status['broker'], things: readonly unknown[], text: string): Html | string {
  if (isUp) return text;
  return things.length === 0 ? '–' : html`<span class="muted">last known: ${text}</span>`;
}

function byInterest(rows: readonly Row[]): readonly Row[] {
  const has = ({ findings }: Row, level: Finding['level']): number =>
    Number(findings.some((each) => each.level === level));
  const nameOf = ({ status: { broker } }: Row): string => broker.name ?? '';
  return [...rows].sort(
    (a, b) =>
      Number(a.status.broker.isUp) - Number(b.status.broker.isUp) ||
      has(b, 'problem') - has(a, 'problem') ||
      has(b, 'warning') - has(a, 'warning') ||
      (nameOf(a) < nameOf(b) ? -1 : 1),
  );
}
