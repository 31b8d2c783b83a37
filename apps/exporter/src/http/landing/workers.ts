// The workers on the landing page, those that need a look first.
import { isSkewed, skewText } from '../diagnosis/workers.js';
import { type Html, name, visibleHtml as html } from '@celery-watch/html';
import type { Status, WorkerStatus } from '../status.js';
import { ago, count, cut, some } from '../wording.js';
import { badge, type Column, table } from './table.js';

const UNSAID = '–';
/** Characters of a text that stands on one line. */
const LONGEST_WORD = 24;

export function workersSection({ workers, broker }: Status): Html {
  const up = workers.filter((each) => each.up).length;
  return html`<section aria-labelledby="workers">
<h2 id="workers">Workers</h2>
${workers.length === 0 ? '' : html`<p class="muted">${broker.isUp ? '' : 'As last known, before the connection was lost: '}${count(up)} up, ${count(workers.length - up)} down. Those that need a look stand first.</p>`}
${table({ caption: 'Workers, those that need a look first', columns: columns(broker.isUp), rows: byInterest(workers), empty: 'No worker has been seen.' })}
</section>`;
}

const columns = (isHeard: boolean): readonly Column<WorkerStatus>[] => [
  { title: 'Worker', cell: ({ nodename }) => name(cut(nodename)) },
  { title: 'State', kind: 'brief', cell: (worker) => state(worker, isHeard) },
  { title: 'Task events', kind: 'brief', cell: taskEvents },
  { title: 'Last sign', kind: 'brief', cell: ({ silence }) => ago(silence) },
  { title: 'Running', kind: 'number', cell: running },
  { title: 'Pool', kind: 'brief', cell: ({ pool }) => (pool === '' ? UNSAID : name(cut(pool, LONGEST_WORD))) },
  {
    title: 'Queues',
    kind: 'text',
    cell: ({ queues }) =>
      queues === undefined ? UNSAID : queues.length === 0 ? 'none' : name(some(queues, (each) => cut(each, 40), 3)),
  },
  // Only heartbeats tell of starts that were not heard of.
  {
    title: 'Missed',
    kind: 'number',
    cell: ({ missed, clockSkew }) => (missed === 0 && clockSkew === undefined ? UNSAID : count(missed)),
  },
  {
    title: 'Clock',
    kind: 'brief',
    cell: (worker) =>
      worker.clockSkew === undefined
        ? UNSAID
        : isSkewed(worker)
          ? badge('warning', skewText(worker.clockSkew))
          : skewText(worker.clockSkew),
  },
  {
    title: 'Celery',
    kind: 'brief',
    cell: ({ version }) => (version === '' ? UNSAID : name(cut(version, LONGEST_WORD))),
  },
];

function state({ up, exit }: WorkerStatus, isHeard: boolean): Html {
  if (up) return isHeard ? badge('ok', 'up') : badge('note', 'was up');
  return exit === 'shutdown' ? badge('note', 'said goodbye') : badge('problem', 'silent');
}

function running({ up, active, processes }: WorkerStatus): string {
  if (!up || active === undefined) return UNSAID;
  return processes === undefined ? count(active) : `${count(active)} of ${count(processes)}`;
}

function taskEvents({ up, taskEvents: is }: WorkerStatus): Html | string {
  if (!up) return UNSAID;
  switch (is) {
    case 'on':
      return badge('ok', 'on');
    case 'idle':
      return badge('warning', 'off');
    case 'unavailable':
      return badge('warning', 'unavailable');
    case 'unknown':
      return badge('note', 'not known');
  }
}

/** Down before events off before anything else odd; then by name. */
function byInterest(workers: readonly WorkerStatus[]): readonly WorkerStatus[] {
  const ranked = workers.map((worker) => ({ worker, rank: rank(worker) }));
  ranked.sort((a, b) => a.rank - b.rank || (a.worker.nodename < b.worker.nodename ? -1 : 1));
  return ranked.map(({ worker }) => worker);
}

function rank(worker: WorkerStatus): number {
  if (!worker.up) return worker.exit === 'shutdown' ? 3 : 0;
  if (worker.taskEvents === 'idle' || worker.taskEvents === 'unavailable') return 1;
  if (isSkewed(worker) || worker.missed > 0) return 2;
  return worker.taskEvents === 'unknown' || worker.queues === undefined ? 4 : 5;
}
